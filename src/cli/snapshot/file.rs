//! A snapshot's two files, in insta's format: the approved one, and beside it the one that waits for approval.

use crate::cli::Error;
use sharecheck::contract::Contract;
use sharecheck::model::behaviour::{Behaviour, Unreadable};
use std::fmt::Display;
use std::path::{Path, PathBuf};

/// What our files name as their source; by it they are told from others of insta's.
const SOURCE: &str = "sharecheck";

/// Why a snapshot cannot be compared, shown or approved.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SnapshotError {
    /// There is no approved snapshot where none may be written.
    #[error(
        "there is no approved snapshot {snapshot}, and nothing is written here: a gate without it would test nothing\n\
         run the same command on your machine, look at {}, then sharecheck snapshot accept {snapshot}, and commit it",
        .snapshot.pending.display()
    )]
    Missing {
        /// Where it would be.
        snapshot: SnapshotFile,
    },
    /// It was approved under the other contract.
    #[error(
        "{snapshot} was approved under contract {approved}, and this run is under {asked}: give --contract {approved}, \
         or another file"
    )]
    Contract {
        /// The snapshot.
        snapshot: SnapshotFile,
        /// Its contract.
        approved: String,
        /// The run's.
        asked: Contract,
    },
    /// It is no snapshot of ours, or a damaged one.
    #[error(
        "{}:{line}: not a snapshot of sharecheck's: {cause}\n  {line} | {}\nbring the approved file back from \
         version control, or remove it and approve anew",
        .path.display(),
        .shown.escape_debug()
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        cause: String,
        /// Its text.
        shown: String,
    },
    /// Nothing waits for approval.
    #[error("nothing is pending for {snapshot}: there is no {}", .snapshot.pending.display())]
    NothingPending {
        /// Where it would wait.
        snapshot: SnapshotFile,
    },
    /// A review is asked for where nobody can answer.
    #[error(
        "a review needs a terminal; sharecheck snapshot diff shows what is pending, accept and reject take it"
    )]
    NoTerminal,
}

/// Where a snapshot is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SnapshotFile {
    /// What was approved, `….snap`.
    pub(crate) approved: PathBuf,
    /// What waits for approval, `….snap.new`.
    pub(crate) pending: PathBuf,
}

impl SnapshotFile {
    /// The snapshot that is meant, with `.snap`, with `.snap.new` or without either.
    pub(crate) fn of(path: &Path) -> Self {
        let text = path.as_os_str().to_string_lossy();
        let bare = text.strip_suffix(".new").unwrap_or(&text);
        let bare = bare.strip_suffix(".snap").unwrap_or(bare);
        Self {
            approved: format!("{bare}.snap").into(),
            pending: format!("{bare}.snap.new").into(),
        }
    }

    /// Every snapshot below a folder where something of ours waits, hidden folders and those of builds left out.
    pub(crate) fn pending_below(folder: &Path) -> Vec<Self> {
        let mut snapshots = Vec::new();
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = entry.path();
            let kind = entry.file_type();
            if kind.is_ok_and(|kind| kind.is_dir()) {
                let built = ["target", "node_modules"].contains(&name.as_str());
                if !built && !name.starts_with('.') {
                    snapshots.extend(Self::pending_below(&path));
                }
            } else if name.ends_with(".snap.new") && is_ours(&path) {
                snapshots.push(Self::of(path.strip_prefix(".").unwrap_or(&path)));
            }
        }
        snapshots.sort_by(|a, b| a.approved.cmp(&b.approved));
        snapshots
    }

    /// What was approved, if anything was.
    pub(crate) fn approved(&self) -> Result<Option<Behaviour>, Error> {
        read(&self.approved)
    }

    /// What waits, if anything does.
    pub(crate) fn pending(&self) -> Result<Option<Behaviour>, Error> {
        read(&self.pending)
    }
}

impl Display for SnapshotFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.approved.display().fmt(f)
    }
}

/// A snapshot file's text: insta's head, and the behaviour.
pub(crate) fn written(behaviour: &Behaviour) -> String {
    format!(
        "---\nsource: {SOURCE}\ndescription: What a custodian does under contract {}\n---\n{}",
        behaviour.contract,
        behaviour.text()
    )
}

fn is_ours(path: &Path) -> bool {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    // A file without a head is of an older kind, which insta complains about by itself.
    text.starts_with("---")
        && insta::Snapshot::from_file(path)
            .is_ok_and(|snapshot| snapshot.metadata().source() == Some(SOURCE))
}

fn read(path: &Path) -> Result<Option<Behaviour>, Error> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(Error::unreadable(path.display().to_string(), cause)),
    };
    let wrong = |line: usize, cause: &dyn Display| {
        let shown = text.lines().nth(line - 1).unwrap_or_default();
        SnapshotError::Unreadable {
            path: path.to_owned(),
            line,
            cause: cause.to_string(),
            shown: shown.to_owned(),
        }
    };
    let mut lines = text.split_inclusive('\n');
    if lines.next().map(str::trim_end) != Some("---") {
        return Err(wrong(1, &"the line --- was expected").into());
    }
    let head: Vec<&str> = lines.take_while(|line| line.trim_end() != "---").collect();
    let above = head.len() + 2;
    insta::Snapshot::from_file(path).map_err(|error| wrong(2, &error))?;
    let body: String = text.split_inclusive('\n').skip(above).collect();
    let behaviour =
        Behaviour::read(&body).map_err(|Unreadable { line, what }| wrong(above + line, &what))?;
    Ok(Some(behaviour))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("custodian")]
    #[case("custodian.snap")]
    #[case("custodian.snap.new")]
    fn a_snapshot_is_named_with_and_without_its_endings(#[case] path: &str) {
        let snapshot = SnapshotFile::of(Path::new(path));
        assert_eq!(snapshot.approved, Path::new("custodian.snap"));
        assert_eq!(snapshot.pending, Path::new("custodian.snap.new"));
    }
}
