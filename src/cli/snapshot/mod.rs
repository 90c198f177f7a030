//! `snapshot`: approves, rejects and shows what `run --snapshot` has kept for approval.

mod compare;
mod file;

pub(crate) use compare::{SnapshotArgs, compare};
pub(crate) use file::SnapshotError;

use super::{Error, say, warn};
use clap::{Args, Subcommand};
use file::SnapshotFile;
use sharecheck::model::behaviour::{Behaviour, Drift};
use sharecheck::render::{Style, drift};
use std::io::{BufRead as _, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The exit code of a difference.
const DRIFT: u8 = 5;

/// Approves, rejects and shows what `run --snapshot` has kept for approval.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sharecheck run -u … --snapshot custodian     the first run writes custodian.snap.new
  sharecheck snapshot diff custodian           what is different, exit 5 if anything is
  sharecheck snapshot accept custodian         it becomes custodian.snap: commit that
  sharecheck snapshot review                   one after the other, all below this folder

Next: commit custodian.snap, and run with --snapshot custodian in CI.")]
pub(crate) struct Snapshot {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Show each difference and ask what to do with it
    #[command(after_help = "Examples:
  sharecheck snapshot review                 one after the other, all below this folder
  sharecheck snapshot review custodian       this one

Next: commit what was accepted. Where nobody can answer, use accept and reject.")]
    Review(Files),
    /// Approve what waits
    #[command(after_help = "Examples:
  sharecheck snapshot accept custodian       custodian.snap.new becomes custodian.snap
  sharecheck snapshot accept --all           all below this folder

Next: commit it.")]
    Accept(Chosen),
    /// Throw away what waits
    #[command(after_help = "Examples:
  sharecheck snapshot reject custodian       custodian.snap.new is removed
  sharecheck snapshot reject --all           all below this folder

Next: mend the custodian, and run again with --snapshot custodian.")]
    Reject(Chosen),
    /// Show what is different; exit 5 if anything is
    #[command(after_help = "Examples:
  sharecheck snapshot diff                   all below this folder
  sharecheck snapshot diff custodian         this one

Next: sharecheck snapshot accept FILE approves it, reject throws it away.
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
        let waiting = match pending.cases.len() {
            1 => "1 case waits".to_owned(),
            count => format!("{count} cases wait"),
        };
        say(&format!(
            "{snapshot}: not approved yet; {waiting}. What the contract leaves free:\n  {}",
            pending.free().join("\n  ")
        ))?;
        return Ok(true);
    };
    let known: Vec<&str> = pending.cases.iter().map(|case| case.id.as_str()).collect();
    let found = pending.against(&approved, &known);
    say(&told(snapshot, &found))?;
    Ok(!found.is_none())
}

fn told(snapshot: &SnapshotFile, found: &Drift) -> String {
    if found.is_none() {
        return format!("{snapshot}: nothing is different");
    }
    let style = Style {
        colour: anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never,
        ..Style::default()
    };
    let name = snapshot.to_string();
    let suite = drift::not_compared(found, &name).map(|line| format!("{line}\n"));
    format!(
        "{name}\n{}{}",
        suite.unwrap_or_default(),
        drift::diff(found, &name, &style, usize::MAX)
    )
}

fn review(snapshots: &[SnapshotFile]) -> Result<ExitCode, Error> {
    if !(std::io::stdin().is_terminal() && std::io::stdout().is_terminal()) {
        return Err(SnapshotError::NoTerminal.into());
    }
    if snapshots.is_empty() {
        say("nothing is pending below this folder")?;
    }
    for snapshot in snapshots {
        let pending = waiting(snapshot)?;
        show(snapshot, &pending)?;
        match answer(snapshot)? {
            Answer::Accept => accept(snapshot)?,
            Answer::Reject => reject(snapshot)?,
            Answer::Skip => {}
            Answer::Quit => break,
        }
    }
    Ok(ExitCode::SUCCESS)
}

enum Answer {
    Accept,
    Reject,
    Skip,
    Quit,
}

/// Asks until it is told; the end of the input ends the review.
fn answer(snapshot: &SnapshotFile) -> Result<Answer, Error> {
    loop {
        warn(&format!("{snapshot}: a accept, r reject, s skip, q quit?"));
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line);
        if read.map_err(Error::Terminal)? == 0 {
            return Ok(Answer::Quit);
        }
        match line.trim() {
            "a" => return Ok(Answer::Accept),
            "r" => return Ok(Answer::Reject),
            "s" => return Ok(Answer::Skip),
            "q" => return Ok(Answer::Quit),
            _ => {}
        }
    }
}
