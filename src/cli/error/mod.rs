//! Why a command could not do what was asked: every way is a variant. What a custodian does is never one of them: that
//! is in a report. A new way of failing is a variant here, its exit code in `exit`, and what to type next in `next`.

mod exit;
mod next;

pub(crate) use exit::BUG;
pub(super) use exit::of_clap;

use super::reports::ReadError;
use super::snapshot::SnapshotError;
use sharecheck::audit::look::Trouble;
use sharecheck::audit::target::NoTarget;
use sharecheck::hook::WordsError;
use sharecheck::http::{HttpError, Reach};
use sharecheck::pipeline::load::{LoadError, Slip};
use sharecheck::pipeline::merge::MergeError;
use sharecheck::pipeline::plan::PlanError;
use sharecheck::pipeline::recall::RecallError;
use sharecheck::portal;
use sharecheck::proof::ProofError;
use sharecheck::reference::{Fault, StartError, UnknownName};
use sharecheck::rehearse::state::StateError;
use sharecheck::render::NoStatement;
use std::path::{Path, PathBuf};

/// Why a command could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// What was typed is nothing that can be audited.
    #[error(transparent)]
    NoTargetToAudit(#[from] NoTarget),
    /// A target of an audit could not be looked at.
    #[error(transparent)]
    Audit(#[from] Trouble),
    /// Clap refuses the command line, or has the help or the version to show.
    #[error(transparent)]
    Clap(clap::Error),
    /// A flag's value is not what the flag takes.
    #[error("{flag}{}: {cause}", .value.as_ref().map(|value| format!(" {value}")).unwrap_or_default())]
    Flag {
        /// The flag, with its dashes.
        flag: &'static str,
        /// The value, if it may be shown.
        value: Option<String>,
        /// What is wrong with it.
        cause: String,
    },
    /// A flag's command cannot be split into words.
    #[error("{flag} {line}: {cause}{}", if matches!(.cause, WordsError::Shell(_)) { .way_out } else { "" })]
    Command {
        /// The flag, with its dashes.
        flag: &'static str,
        /// The command as it was typed.
        line: String,
        /// What is wrong with it.
        cause: WordsError,
        /// What to write where only a shell would understand the command.
        way_out: &'static str,
    },
    /// A variable's value is not what the setting takes.
    #[error("{name} {cause}")]
    Variable {
        /// The variable.
        name: String,
        /// What is wrong with its value.
        cause: String,
    },
    /// The configuration or the list of known failures holds a mistake.
    #[error(transparent)]
    Slip(Box<Slip>),
    /// A profile is chosen and there is no configuration file.
    #[error("there is no profile {name}, for there is no configuration file ({file})")]
    NoConfiguration {
        /// The profile.
        name: String,
        /// The name that the file would have.
        file: &'static str,
    },
    /// The configuration file has no profile of this name.
    #[error(
        "no profile {name} in {}: {}{}",
        .file.display(),
        if .known.is_empty() { "it has none".to_owned() } else { format!("it has {}", .known.join(", ")) },
        did_you_mean(.near.as_deref())
    )]
    NoProfile {
        /// The profile.
        name: String,
        /// The file.
        file: PathBuf,
        /// The profiles that it has.
        known: Vec<String>,
        /// The one that may have been meant.
        near: Option<String>,
    },
    /// No custodian is named.
    #[error("no custodian to test: give its base URL with -u, or --reference for the built-in one")]
    NoTarget,
    /// There is no webhook secret.
    #[error("no webhook secret: set SHARECHECK_SECRET, or name a file with --secret-file")]
    NoSecret,
    /// A secret cannot stand in a header.
    #[error("{0} holds a control character and cannot be sent in a header")]
    UnsendableSecret(&'static str),
    /// A client id is empty.
    #[error("{0} gives an empty client id: is a variable unset that should hold one?")]
    EmptyClientId(&'static str),
    /// The custodian is elsewhere, and nobody says which of its clients are for tests.
    #[error(
        "{0}, and a store destroys what its client held: say which clients are for tests\n  \
         --client-id ID        an id that the custodian knows (repeatable), or --clients FILE\n  \
         --provision COMMAND   a command that makes clients, or --provision-url URL\n  \
         --open-clients        if the custodian takes any id"
    )]
    NoTestClients(Reach),
    /// A file cannot be read.
    #[error("{}cannot read {what}: {cause}", .flag.map(|flag| format!("{flag}: ")).unwrap_or_default())]
    Unreadable {
        /// The flag that names it, if more than one could.
        flag: Option<&'static str>,
        /// The file, or what it is for and the file.
        what: String,
        /// What the system says.
        cause: std::io::Error,
    },
    /// The cases, or the files that hold them, are not what they should be.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The selection leaves no plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The connection's flags do not work.
    #[error("{}", with_causes(.0))]
    Http(#[from] HttpError),
    /// There is no fault, or no freedom, of this name.
    #[error(transparent)]
    NoSuchName(#[from] UnknownName),
    /// Nothing that can be explained has this name.
    #[error("no requirement, no case, no fault and no freedom {id}{}", did_you_mean(.near.as_deref()))]
    NothingNamed {
        /// What was typed.
        id: String,
        /// What may have been meant.
        near: Option<String>,
    },
    /// Where real users are, this is not done.
    #[error(
        "{0}: refused, for this is production. There sharecheck only rehearses, for clients that you name with --client-id or \
         --clients, and sends what Portal sends"
    )]
    Production(&'static str),
    /// The state of a rehearsal cannot be used.
    #[error("{}: {cause}", .path.display())]
    State {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: StateError,
    },
    /// A base URL stands where ids of cases belong.
    #[error("{0} is no case and no requirement: a base URL stands behind -u")]
    UrlAsId(String),
    /// One run cannot show any of these faults.
    #[error("{}", super::selftest::not_run(.0))]
    NotRun(Vec<Fault>),
    /// Two files have one path.
    #[error("two files would be written to {}", .0.display())]
    Twice(PathBuf),
    /// A file is there already.
    #[error("{} is there already; --force writes over it", .0.display())]
    Exists(PathBuf),
    /// A URL with credentials would get into a file.
    #[error("credentials do not belong into a file: give the URL without them")]
    CredentialsInFile,
    /// An answer is none of those that were offered.
    #[error("{0} is none of 1, 2, 3, 4")]
    Answer(String),
    /// There can be no statement.
    #[error("no statement: {0}")]
    NoStatement(#[from] NoStatement),
    /// There can be no statement without a JSON report.
    #[error("a statement names the JSON report by its digest: add --report json=report.json")]
    NoJsonReport,
    /// A file is no report that can be read.
    #[error(transparent)]
    Report(#[from] ReadError),
    /// A file is no run log, or a damaged one.
    #[error("{name}{}{cause}", if .cause.to_string().starts_with(':') { "" } else { " " })]
    NotARunLog {
        /// The file.
        name: String,
        /// What is wrong with it.
        cause: RecallError,
    },
    /// Reports cannot be merged.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// Two reports have nothing in common.
    #[error("{a} and {b} cannot be compared: no requirement was looked at in both")]
    NothingInCommon {
        /// The earlier report.
        a: String,
        /// The later one.
        b: String,
    },
    /// Entries cannot be taken out of a list of known failures.
    #[error(
        "{} cannot be cut: write each entry under a [[known-failure]] of its own, on a line of its own",
        .0.display()
    )]
    Uncut(PathBuf),
    /// A snapshot cannot be compared, shown or approved.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The reference custodian did not start.
    #[error("{}", with_causes(.0))]
    Reference(#[from] StartError),
    /// The local Portal did not start.
    #[error("{}", with_causes(.0))]
    Portal(#[from] portal::StartError),
    /// The suite cannot be proved here.
    #[error("{}", with_causes(.0))]
    Proof(#[from] ProofError),
    /// There are no threads or sockets to work with.
    #[error("cannot start: {0}")]
    Runtime(std::io::Error),
    /// Nothing can be asked, or no answer be read.
    #[error("cannot ask: {0}")]
    Terminal(std::io::Error),
    /// Standard output takes no more.
    #[error("cannot write to standard output: {0}")]
    Output(std::io::Error),
    /// A file cannot be written.
    #[error("cannot write {}: {cause}", .path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// A file cannot be removed.
    #[error("cannot remove {}: {cause}", .path.display())]
    Unremovable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// These would have shown a secret or somebody's share, and so are not there.
    #[error(
        "bug in sharecheck: a secret or somebody's share got into {} and was kept back; please report this",
        .0.join(", ")
    )]
    Leak(Vec<String>),
    /// The reference custodian gave a URL that is none.
    #[error("bug in sharecheck: the reference custodian is at {url}: {cause}; please report this")]
    OwnUrl {
        /// The URL.
        url: String,
        /// What is wrong with it.
        cause: url::ParseError,
    },
    /// What is told of the reference custodian's own endpoints cannot be read.
    #[error(
        "bug in sharecheck: the reference custodian's own endpoints are told wrongly; please report this"
    )]
    OwnEndpoints,
    /// The code broke off.
    #[error("bug in sharecheck: it panicked, as shown above; please report this")]
    Panic,
}

impl Error {
    /// A mistake in the value of a flag.
    pub(crate) fn flag(
        flag: &'static str,
        value: impl Into<Option<String>>,
        cause: impl Into<String>,
    ) -> Self {
        Self::Flag {
            flag,
            value: value.into(),
            cause: cause.into(),
        }
    }

    /// A file that cannot be read.
    pub(crate) fn unreadable(what: impl Into<String>, cause: std::io::Error) -> Self {
        Self::Unreadable {
            flag: None,
            what: what.into(),
            cause,
        }
    }

    /// A file that cannot be written.
    pub(crate) fn unwritable(path: &Path, cause: std::io::Error) -> Self {
        Self::Unwritable {
            path: path.to_owned(),
            cause,
        }
    }
}

impl From<Slip> for Error {
    fn from(slip: Slip) -> Self {
        Self::Slip(Box::new(slip))
    }
}

fn did_you_mean(near: Option<&str>) -> String {
    near.map(|near| format!("; did you mean {near}?"))
        .unwrap_or_default()
}

/// An error with what it says of its causes, unless its own words hold it already.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let words = cause.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        next = cause.source();
    }
    text
}
