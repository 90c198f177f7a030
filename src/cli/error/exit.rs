//! The exit code of each error, as the README has them. Never renumbered.

use super::Error;
use sharecheck::audit::look::Trouble;
use sharecheck::http::HttpError;
use sharecheck::pipeline::load::LoadError;
use sharecheck::portal;
use sharecheck::proof::ProofError;
use sharecheck::reference::StartError;
use sharecheck::rehearse::state::StateError;
use std::io::ErrorKind;

/// The exit code of a mistake in what was typed, set or written: nothing was sent.
const BAD_INPUT: u8 = 2;

/// The exit code of a machine or network that does not let us do it.
const ENVIRONMENT: u8 = 3;

/// The exit code of what could hurt somebody.
const REFUSED: u8 = 6;

/// The exit code of a bug of ours.
pub(crate) const BUG: u8 = 70;

impl Error {
    /// The exit code, as the README has it. Never renumbered.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Clap(error) => of_clap(error),
            Self::Flag { .. }
            | Self::Command { .. }
            | Self::Variable { .. }
            | Self::Slip(_)
            | Self::NoConfiguration { .. }
            | Self::NoProfile { .. }
            | Self::NoTarget
            | Self::NoSecret
            | Self::UnsendableSecret(_)
            | Self::EmptyClientId(_)
            | Self::NoTestClients(_)
            | Self::Unreadable { .. }
            | Self::NoSuchName(_)
            | Self::NothingNamed { .. }
            | Self::UrlAsId(_)
            | Self::NotRun(_)
            | Self::Twice(_)
            | Self::Exists(_)
            | Self::CredentialsInFile
            | Self::Answer(_)
            | Self::NoStatement(_)
            | Self::NoJsonReport
            | Self::Report(_)
            | Self::NotARunLog { .. }
            | Self::Merge(_)
            | Self::NothingInCommon { .. }
            | Self::Uncut(_)
            | Self::Snapshot(_)
            | Self::Plan(_)
            | Self::NoTargetToAudit(_)
            | Self::Audit(Trouble::NotThere(_)) => BAD_INPUT,
            Self::Audit(Trouble::Live(_)) => ENVIRONMENT,
            Self::Production(_) => REFUSED,
            Self::State { cause, .. } => of_state(cause),
            Self::Load(error) => of_load(error),
            Self::Http(error) => of_http(error),
            Self::Reference(error) => of_start(error),
            Self::Portal(error) => of_portal(error),
            Self::Proof(error) => of_proof(error),
            Self::Unwritable { cause, .. } => of_writing(cause),
            Self::Runtime(_) | Self::Terminal(_) | Self::Output(_) | Self::Unremovable { .. } => {
                ENVIRONMENT
            }
            Self::Leak(_) | Self::OwnUrl { .. } | Self::OwnEndpoints | Self::Panic => BUG,
        }
    }
}

/// The help and the version are no errors.
pub(in crate::cli) fn of_clap(error: &clap::Error) -> u8 {
    if error.use_stderr() { BAD_INPUT } else { 0 }
}

/// What our own cases hold is our own mistake; what a user's hold is the user's.
fn of_load(error: &LoadError) -> u8 {
    match error {
        LoadError::Unreadable { .. } | LoadError::Slip(_) | LoadError::NoFiles(_) => BAD_INPUT,
        LoadError::Signature { .. } => BUG,
    }
}

fn of_state(cause: &StateError) -> u8 {
    match cause {
        StateError::Io(cause) => of_writing(cause),
        StateError::Full => ENVIRONMENT,
        StateError::InUse
        | StateError::NotOne
        | StateError::Format(_)
        | StateError::Damaged { .. } => BAD_INPUT,
    }
}

fn of_http(error: &HttpError) -> u8 {
    match error {
        HttpError::Header(..) | HttpError::Tls(_) | HttpError::Route(_) => BAD_INPUT,
        HttpError::Client(_) => ENVIRONMENT,
    }
}

fn of_start(error: &StartError) -> u8 {
    match error {
        StartError::BasePath(_)
        | StartError::PortalAddress
        | StartError::EmptySecret
        | StartError::FaultOfV5(_)
        | StartError::Conflict(..) => BAD_INPUT,
        StartError::Listen { .. } | StartError::Database(_) => ENVIRONMENT,
    }
}

fn of_portal(error: &portal::StartError) -> u8 {
    match error {
        portal::StartError::Listen { .. } => ENVIRONMENT,
        portal::StartError::EmptyKey | portal::StartError::Tls(_) => BAD_INPUT,
    }
}

/// Nothing in a proof comes from the user: what the machine does not refuse is our own mistake.
fn of_proof(error: &ProofError) -> u8 {
    match error {
        ProofError::Start(StartError::Listen { .. } | StartError::Database(_))
        | ProofError::Portal(portal::StartError::Listen { .. })
        | ProofError::Http(HttpError::Client(_)) => ENVIRONMENT,
        ProofError::Start(
            StartError::BasePath(_)
            | StartError::PortalAddress
            | StartError::EmptySecret
            | StartError::FaultOfV5(_)
            | StartError::Conflict(..),
        )
        | ProofError::Http(HttpError::Header(..) | HttpError::Tls(_) | HttpError::Route(_))
        | ProofError::Portal(portal::StartError::EmptyKey | portal::StartError::Tls(_))
        | ProofError::Endpoints(_)
        | ProofError::Plan(_)
        | ProofError::Url(_) => BUG,
    }
}

/// Whether a path can name no file at all, whatever the machine: then it is a mistake.
fn is_mistaken(cause: &std::io::Error) -> bool {
    matches!(
        cause.kind(),
        ErrorKind::IsADirectory
            | ErrorKind::NotADirectory
            | ErrorKind::NotFound
            | ErrorKind::InvalidInput
            | ErrorKind::InvalidFilename
    )
}

fn of_writing(cause: &std::io::Error) -> u8 {
    if is_mistaken(cause) {
        BAD_INPUT
    } else {
        ENVIRONMENT
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use std::io;
    use std::path::Path;

    fn written(kind: ErrorKind) -> Error {
        Error::unwritable(Path::new("report.json"), kind.into())
    }

    fn taken() -> Error {
        Error::Reference(StartError::Listen {
            address: ([127, 0, 0, 1], 8080).into(),
            source: ErrorKind::AddrInUse.into(),
        })
    }

    #[rstest]
    #[case::typo(Error::flag("--url", "x".to_owned(), "no scheme"), 2)]
    #[case::no_secret(Error::NoSecret, 2)]
    #[case::unreadable(Error::unreadable("x", ErrorKind::NotFound.into()), 2)]
    #[case::a_folder(written(ErrorKind::IsADirectory), 2)]
    #[case::full(written(ErrorKind::StorageFull), 3)]
    #[case::forbidden(written(ErrorKind::PermissionDenied), 3)]
    #[case::output(Error::Output(ErrorKind::StorageFull.into()), 3)]
    #[case::taken(taken(), 3)]
    #[case::no_threads(Error::Runtime(io::Error::other("no")), 3)]
    #[case::empty_secret(Error::Reference(StartError::EmptySecret), 2)]
    #[case::leak(Error::Leak(vec!["report.json".to_owned()]), 70)]
    #[case::bug(Error::Panic, 70)]
    fn a_mistake_the_machine_and_a_bug_are_three_things(#[case] error: Error, #[case] code: u8) {
        assert_eq!(error.exit_code(), code, "{error}");
    }
}
