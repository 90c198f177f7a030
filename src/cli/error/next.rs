//! What to type next after an error, where its message does not say it.

use super::Error;
use crate::cli::reports::ReadError;
use sharecheck::audit::target::NoTarget;
use sharecheck::pipeline::plan::PlanError;
use sharecheck::portal;
use sharecheck::reference::StartError;
use std::io::ErrorKind;

impl Error {
    /// What to type next, where the message does not say it.
    pub(crate) fn next(&self) -> Option<String> {
        match self {
            Self::NoConfiguration { .. } => Some("sharecheck init writes one".to_owned()),
            Self::Plan(
                PlanError::MatchesNothing { near: None, .. } | PlanError::NotAPattern(..),
            ) => Some("sharecheck list shows all cases and requirements".to_owned()),
            Self::EmptyClientId(_) => Some("name a test client, or leave it out".to_owned()),
            Self::UrlAsId(url) => Some(format!("sharecheck run -u {url}")),
            Self::NoSuchName(unknown) => Some(format!(
                "sharecheck serve --list-{}s shows all",
                unknown.kind
            )),
            Self::NothingNamed { .. } => {
                Some("sharecheck explain shows all that can be explained".to_owned())
            }
            Self::Report(ReadError::NotAReport { name, .. }) => {
                Some(format!("sharecheck run … --report json={name} writes one"))
            }
            Self::Reference(error) => after_start(error),
            Self::Portal(portal::StartError::Listen { .. }) => {
                Some("name another address with --listen; 127.0.0.1:0 takes a free port".to_owned())
            }
            Self::Output(cause) | Self::Unwritable { cause, .. } => after_writing(cause),
            Self::NoTargetToAudit(NoTarget::Password { .. }) => Some(
                "put the URL into SHARECHECK_DATABASE_URL, or into a file: --database-url-file FILE"
                    .to_owned(),
            ),
            Self::Production(_) => Some(
                "sharecheck rehearse before -u … --client-id TEST-1,TEST-2 --state FILE".to_owned(),
            ),
            Self::NoTargetToAudit(_)
            | Self::Audit(_)
            | Self::State { .. }
            | Self::Clap(_)
            | Self::Flag { .. }
            | Self::Command { .. }
            | Self::Variable { .. }
            | Self::Slip(_)
            | Self::NoProfile { .. }
            | Self::NoTarget
            | Self::NoSecret
            | Self::UnsendableSecret(_)
            | Self::NoTestClients(_)
            | Self::Unreadable { .. }
            | Self::Load(_)
            | Self::Plan(_)
            | Self::Http(_)
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
            | Self::Portal(portal::StartError::EmptyKey | portal::StartError::Tls(_))
            | Self::Proof(_)
            | Self::Runtime(_)
            | Self::Terminal(_)
            | Self::Unremovable { .. }
            | Self::Leak(_)
            | Self::OwnUrl { .. }
            | Self::OwnEndpoints
            | Self::Panic => None,
        }
    }
}

fn after_start(error: &StartError) -> Option<String> {
    match error {
        StartError::Listen { address, .. } if address.port() != 0 => {
            Some("name another --port; without one a free one is taken".to_owned())
        }
        StartError::Database(_) => Some(
            "name a file that can be written with --database, or leave it out to keep the shares in memory".to_owned(),
        ),
        StartError::FaultOfV5(_) => Some("add --contract v5".to_owned()),
        StartError::PortalAddress => Some(
            "start a local Portal, and give the http:// address that it prints".to_owned(),
        ),
        StartError::Listen { .. }
        | StartError::BasePath(_)
        | StartError::EmptySecret
        | StartError::Conflict(..) => None,
    }
}

fn after_writing(cause: &std::io::Error) -> Option<String> {
    use ErrorKind::{
        IsADirectory, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull,
    };
    let known = [
        (
            StorageFull,
            "make room on the disk, or write to another one",
        ),
        (
            QuotaExceeded,
            "make room on the disk, or write to another one",
        ),
        (
            PermissionDenied,
            "name a file in a folder that you may write to",
        ),
        (
            ReadOnlyFilesystem,
            "name a file in a folder that you may write to",
        ),
        (IsADirectory, "name a file in it"),
    ];
    let next = known.iter().find(|(kind, _)| *kind == cause.kind());
    next.map(|(_, next)| (*next).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_cause_and_what_to_type_next_are_told() {
        let taken = Error::Reference(StartError::Listen {
            address: ([127, 0, 0, 1], 8080).into(),
            source: ErrorKind::AddrInUse.into(),
        });
        let said = taken.to_string();
        assert!(said.starts_with("cannot listen on 127.0.0.1:8080: "));
        assert!(taken.next().is_some_and(|next| next.contains("--port")));
        let full = Error::unwritable(Path::new("report.json"), ErrorKind::StorageFull.into());
        assert!(full.next().is_some_and(|next| next.contains("room")));
        assert_eq!(Error::NoTarget.next(), None, "the message says it");
    }
}
