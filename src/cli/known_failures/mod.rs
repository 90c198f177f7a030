//! `known-failures`: what a team has accepted for now, as a flag of `run` and as a file that is kept by commands.

mod list;
mod text;

use super::artifacts::write_whole;
use super::reports::read_report;
use super::{Error, say};
use clap::{Args, Subcommand};
use list::List;
use sharecheck::model::finding::Standing;
use sharecheck::model::known::{Day, KnownFailure};
use sharecheck::model::report::Report;
use sharecheck::pipeline::gate::known::{Met, Seen, met};
use sharecheck::pipeline::load::Suite;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::SystemTime;

/// How many days an entry holds, if nobody says how long.
const DAYS: u64 = 90;

/// Names the list of known failures.
#[derive(Args, Debug)]
#[command(next_help_heading = "What was approved")]
pub(crate) struct KnownArgs {
    /// A list of failures that are accepted for now; they stay failures, and do not fail the run
    #[arg(long, value_name = "FILE")]
    known_failures: Option<PathBuf>,
}

impl KnownArgs {
    /// The entries of the list, if one is named.
    pub(crate) fn entries(&self, suite: &Suite) -> Result<Vec<KnownFailure>, Error> {
        let Some(path) = &self.known_failures else {
            return Ok(Vec::new());
        };
        let list = List::read(path)?;
        list.held_to(suite)?;
        Ok(list.known)
    }
}

/// Keeps a list of known failures.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sharecheck known-failures write report.json -o known.toml --owner wallet-team --reason WAL-12
  sharecheck known-failures prune known.toml --report report.json

Next: sharecheck run -u … --known-failures known.toml; what is listed there does not fail the run.")]
pub(crate) struct KnownFailures {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Add the failures of a run that fail it
    Write(Write),
    /// Take out what has expired, and what a run has seen to pass
    Prune(Prune),
}

/// Adds the failures of a run that fail it.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sharecheck run -u … --report json=report.json
  sharecheck known-failures write report.json -o known.toml --owner wallet-team --reason WAL-12
  sharecheck run -u … --known-failures known.toml

Only failures are written: what was undecided or could not be tested cannot be accepted.
If failures come and go, run several times and give all reports.
What the list has already stays as it is.

Next: commit known.toml, and run with --known-failures known.toml.")]
struct Write {
    /// JSON reports of runs
    #[arg(value_name = "REPORT.json", required = true)]
    reports: Vec<PathBuf>,
    /// The list; made if it is not there
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Who answers for it
    #[arg(long)]
    owner: String,
    /// Why it is accepted, such as a ticket
    #[arg(long)]
    reason: String,
    /// The last day on which it is accepted; 90 days from today if not given
    #[arg(long, value_name = "DAY", value_parser = day)]
    expires: Option<Day>,
    /// Say that the failure comes and goes: a run without it is no drift
    #[arg(long)]
    flaky: bool,
    /// An entry for each case, so that the same failure in another case is a new one
    #[arg(long)]
    by_case: bool,
}

/// Takes out what has expired, and what a run has seen to pass.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sharecheck known-failures prune known.toml --report report.json

What the run did not look at, or could not decide, stays. So does a flaky entry until it expires.

Next: commit known.toml.")]
struct Prune {
    /// The list
    file: PathBuf,
    /// The JSON report of a run
    #[arg(long, value_name = "REPORT.json")]
    report: PathBuf,
}

fn day(text: &str) -> Result<Day, String> {
    Day::try_from(text.to_owned())
}

pub(crate) fn known_failures(args: &KnownFailures) -> Result<ExitCode, Error> {
    let today = Day::of(SystemTime::now());
    match &args.command {
        Command::Write(args) => write(args, today)?,
        Command::Prune(args) => prune(args, today)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn write(args: &Write, today: Day) -> Result<(), Error> {
    let said = [
        (
            "--owner",
            &args.owner,
            "it is empty: say who answers for it",
        ),
        (
            "--reason",
            &args.reason,
            "it is empty: say why this is accepted for now",
        ),
    ];
    for (flag, text, cause) in said {
        if text.trim().is_empty() {
            return Err(Error::flag(flag, None, cause));
        }
    }
    let expires = args.expires.unwrap_or_else(|| today.plus(DAYS));
    if expires < today {
        let cause = "that day is over: name one to come";
        return Err(Error::flag("--expires", expires.to_string(), cause));
    }
    let old = if args.output.exists() {
        List::read(&args.output)?
    } else {
        List::parse(&args.output, text::PREFACE.to_owned())?
    };
    let (mut new, mut kept): (Vec<KnownFailure>, Vec<&KnownFailure>) = Default::default();
    for path in &args.reports {
        for entry in failures(&read_report(path)?.1, args, expires) {
            match old.known.iter().find(|it| it.is_same(&entry)) {
                Some(there) if !kept.contains(&there) => kept.push(there),
                None if !new.iter().any(|it| it.is_same(&entry)) => new.push(entry),
                Some(_) | None => {}
            }
        }
    }
    if !new.is_empty() {
        keep(&args.output, &text::with(&old.source, &new))?;
    }
    for entry in &new {
        say(&format!("added {entry}, until {expires}"))?;
    }
    for entry in kept {
        say(&format!(
            "left as it is: {entry}, until {}; if it shall hold longer, change the day in {}",
            entry.expires,
            args.output.display()
        ))?;
    }
    if new.is_empty() {
        say("nothing to add: no other failure counts")?;
    }
    Ok(())
}

/// The failures that fail a run, as entries.
fn failures(report: &Report, args: &Write, expires: Day) -> Vec<KnownFailure> {
    let checks = report.cases.iter().flat_map(|case| {
        let counted = case.checks.iter();
        let counted = counted.filter(|check| check.standing == Some(Standing::Counted));
        counted.map(move |check| (case, check))
    });
    let bare = |id: &str| id.split('#').next().unwrap_or(id).to_owned();
    checks
        .map(|(case, check)| KnownFailure {
            requirement: check.requirement.clone(),
            case: args.by_case.then(|| bare(&case.id)),
            code: check.code.clone().unwrap_or_default(),
            reason: args.reason.clone(),
            owner: args.owner.clone(),
            expires,
            flaky: args.flaky,
        })
        .collect()
}

fn prune(args: &Prune, today: Day) -> Result<(), Error> {
    let list = List::read(&args.file)?;
    let (_, report) = read_report(&args.report)?;
    let seen = Seen {
        requirements: &report.requirements,
        cases: &report.cases,
        whole: report.run.whole,
    };
    let over = |entry: &KnownFailure| {
        if !entry.in_force(today) {
            Some("it has expired")
        } else if !entry.flaky && met(entry, &seen) == Met::Passed {
            Some("it passes")
        } else {
            None
        }
    };
    let gone: Vec<(usize, &KnownFailure, &str)> = list
        .known
        .iter()
        .enumerate()
        .filter_map(|(place, entry)| Some((place, entry, over(entry)?)))
        .collect();
    if gone.is_empty() {
        return say("nothing to remove");
    }
    let places: Vec<usize> = gone.iter().map(|(place, ..)| *place).collect();
    let text = text::without(&list.source, &places, list.known.len())
        .ok_or_else(|| Error::Uncut(args.file.clone()))?;
    keep(&args.file, &text)?;
    for (_, entry, why) in gone {
        say(&format!("removed {entry} of {}: {why}", entry.owner))?;
    }
    Ok(())
}

fn keep(path: &Path, text: &str) -> Result<(), Error> {
    // What was cut and joined must read as a list again before it takes the old one's place.
    List::parse(path, text.to_owned())?;
    write_whole(path, text).map_err(|cause| Error::unwritable(path, cause))
}
