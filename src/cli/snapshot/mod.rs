//! `snapshot`: approves, rejects and shows what `run --snapshot` has kept for approval.

mod compare;
mod file;
mod review;

pub(crate) use compare::{SnapshotArgs, compare};
pub(crate) use file::SnapshotError;

use super::reports::plain_style;
use super::{Error, say};
use clap::{Args, Subcommand};
use file::SnapshotFile;
use review::review;
use sharecheck::model::behaviour::{Behaviour, Drift};
use sharecheck::render::drift;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The exit code of a difference.
const DRIFT: u8 = 5;

/// Approves, rejects and shows what `run --snapshot` has kept for approval.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sharecheck run -u … --snapshot custodian     the first run writes custodian.snap.new
  sharecheck snapshot diff custodian           show what is different; exit 5 if anything is
  sharecheck snapshot review custodian         accept or reject one change after the other
  sharecheck snapshot accept custodian         accept all of it: custodian.snap.new becomes custodian.snap
  sharecheck snapshot reject custodian         reject all of it: custodian.snap.new is removed

Next: commit custodian.snap, and run with --snapshot custodian in CI.")]
pub(crate) struct Snapshot {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Show one change after the other, and ask for each: accept, reject, skip or quit
    #[command(after_help = "Examples:
  sharecheck snapshot review                 what waits below this folder
  sharecheck snapshot review custodian       this one

Answers, the word or its first letter:
  accept    the change becomes part of custodian.snap
  reject    the change is removed from custodian.snap.new
  skip      the change stays in custodian.snap.new
  quit      the same for this change and all others; what was accepted and rejected before stays so

Next: commit what was accepted. Where nobody can answer, use snapshot accept and snapshot reject.")]
    Review(Files),
    /// Accept all that waits
    #[command(after_help = "Examples:
  sharecheck snapshot accept custodian       custodian.snap.new becomes custodian.snap
  sharecheck snapshot accept --all           what waits below this folder

Next: commit it.")]
    Accept(Chosen),
    /// Reject all that waits
    #[command(after_help = "Examples:
  sharecheck snapshot reject custodian       custodian.snap.new is removed
  sharecheck snapshot reject --all           what waits below this folder

Next: mend the custodian, and run again with --snapshot custodian.")]
    Reject(Chosen),
    /// Show each change, with a case that shows it; exit 5 if there is one
    #[command(after_help = "Examples:
  sharecheck snapshot diff                   what waits below this folder
  sharecheck snapshot diff custodian         this one

Next: sharecheck snapshot review FILE goes through it; snapshot accept takes all of it, snapshot reject nothing.
Exit codes: 0 nothing is different, 2 bad input, 5 something is.")]
    Diff(Files),
}

#[derive(Args, Debug)]
struct Files {
    /// Snapshots, with or without .snap; all that wait below this folder if none is named
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

#[derive(Args, Debug)]
struct Chosen {
    /// Snapshots, with or without .snap
    #[arg(value_name = "FILE", required_unless_present = "all")]
    files: Vec<PathBuf>,
    /// All that wait below this folder
    #[arg(long, conflicts_with = "files")]
    all: bool,
}

pub(crate) fn snapshot(args: &Snapshot) -> Result<ExitCode, Error> {
    match &args.action {
        Action::Review(files) => review(&files.snapshots()),
        Action::Accept(chosen) => each(chosen, accept),
        Action::Reject(chosen) => each(chosen, reject),
        Action::Diff(files) => diff(&files.snapshots()),
    }
}

impl Files {
    fn snapshots(&self) -> Vec<SnapshotFile> {
        if self.files.is_empty() {
            SnapshotFile::pending_below(Path::new("."))
        } else {
            self.files
                .iter()
                .map(|path| SnapshotFile::of(path))
                .collect()
        }
    }
}

/// Looks at every file before the first is changed.
fn each(chosen: &Chosen, act: fn(&SnapshotFile) -> Result<(), Error>) -> Result<ExitCode, Error> {
    let snapshots = Files {
        files: chosen.files.clone(),
    }
    .snapshots();
    for snapshot in &snapshots {
        waiting(snapshot)?;
    }
    if snapshots.is_empty() {
        say("nothing is pending below this folder")?;
    }
    snapshots.iter().try_for_each(act)?;
    Ok(ExitCode::SUCCESS)
}

fn waiting(snapshot: &SnapshotFile) -> Result<Behaviour, Error> {
    let pending = snapshot.pending()?;
    pending.ok_or_else(|| {
        let snapshot = snapshot.clone();
        SnapshotError::NothingPending { snapshot }.into()
    })
}

fn accept(snapshot: &SnapshotFile) -> Result<(), Error> {
    std::fs::rename(&snapshot.pending, &snapshot.approved)
        .map_err(|cause| Error::unwritable(&snapshot.approved, cause))?;
    say(&format!("accepted {snapshot}"))
}

fn reject(snapshot: &SnapshotFile) -> Result<(), Error> {
    std::fs::remove_file(&snapshot.pending).map_err(|cause| Error::Unremovable {
        path: snapshot.pending.clone(),
        cause,
    })?;
    say(&format!("rejected {}", snapshot.pending.display()))
}

fn diff(snapshots: &[SnapshotFile]) -> Result<ExitCode, Error> {
    let mut differs = false;
    for snapshot in snapshots {
        match snapshot.pending()? {
            Some(pending) => differs |= show(snapshot, &pending)?,
            None => say(&format!("nothing is pending for {snapshot}"))?,
        }
    }
    if snapshots.is_empty() {
        say("nothing is pending below this folder")?;
    }
    Ok(if differs {
        ExitCode::from(DRIFT)
    } else {
        ExitCode::SUCCESS
    })
}

/// Shows what waits against what was approved, and says whether anything is different.
fn show(snapshot: &SnapshotFile, pending: &Behaviour) -> Result<bool, Error> {
    let Some(approved) = snapshot.approved()? else {
        say(&first(snapshot, pending))?;
        return Ok(true);
    };
    let found = found(pending, &approved);
    say(&told(snapshot, &found))?;
    Ok(!found.is_none())
}

/// How what waits differs from what was approved; the suite is that of what waits.
fn found(pending: &Behaviour, approved: &Behaviour) -> Drift {
    let known: Vec<&str> = pending.cases.iter().map(|case| case.id.as_str()).collect();
    pending.against(approved, &known)
}

/// What is said of a snapshot that would be the first.
fn first(snapshot: &SnapshotFile, pending: &Behaviour) -> String {
    let waiting = match pending.cases.len() {
        1 => "1 case waits".to_owned(),
        count => format!("{count} cases wait"),
    };
    format!(
        "{snapshot}: not approved yet; {waiting}. What the contract leaves free:\n  {}",
        pending.free().join("\n  ")
    )
}

fn told(snapshot: &SnapshotFile, found: &Drift) -> String {
    if found.is_none() {
        return format!("{snapshot}: nothing is different");
    }
    let name = snapshot.to_string();
    let suite = drift::not_compared(found, &name).map(|line| format!("{line}\n"));
    format!(
        "{name}\n{}{}",
        drift::examples(found, &name, &plain_style()),
        suite.unwrap_or_default(),
    )
}
