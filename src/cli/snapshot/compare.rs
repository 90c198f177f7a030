//! `run --snapshot`: holds a run against what was approved, and keeps what differs for approval.

use super::file::{SnapshotError, SnapshotFile, written};
use crate::cli::Error;
use crate::cli::artifacts::Artifacts;
use crate::cli::reports::ReportArgs;
use crate::cli::warn;
use clap::{Args, ValueEnum};
use sharecheck::contract::Contract;
use sharecheck::model::behaviour::Behaviour;
use sharecheck::model::finding::Status;
use sharecheck::model::report::{Report, Ruling};
use sharecheck::pipeline::gate;
use sharecheck::render::{Style, drift};
use std::path::PathBuf;

/// How many changes are shown after a run.
const MOST_CHANGES: usize = 10;

/// Says what a run is compared with.
#[derive(Args, Debug)]
pub(crate) struct SnapshotArgs {
    /// Compare what the custodian does with an approved snapshot; a change that conforms is drift, exit 5
    #[arg(long, value_name = "FILE", env = "SHARECHECK_SNAPSHOT")]
    snapshot: Option<PathBuf>,
    /// What is written when the run differs: FILE.snap.new (new), FILE.snap at once (always) or nothing (no); auto
    /// is no in CI and new elsewhere
    #[arg(
        long,
        value_enum,
        default_value = "auto",
        value_name = "WHAT",
        env = "SHARECHECK_SNAPSHOT_UPDATE"
    )]
    snapshot_update: Update,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Update {
    Auto,
    New,
    Always,
    No,
}

/// An approved snapshot, or where the first one will be kept.
pub(crate) struct Compared {
    snapshot: SnapshotFile,
    approved: Option<Behaviour>,
    update: Update,
}

impl SnapshotArgs {
    /// Reads what was approved, before anything is sent.
    pub(crate) fn load(&self, contract: Contract) -> Result<Option<Compared>, Error> {
        let Some(path) = &self.snapshot else {
            return Ok(None);
        };
        let snapshot = SnapshotFile::of(path);
        let approved = snapshot.approved()?;
        let update = match self.snapshot_update {
            Update::Auto if in_ci() => Update::No,
            Update::Auto => Update::New,
            given @ (Update::New | Update::Always | Update::No) => given,
        };
        match &approved {
            None if update == Update::No => Err(SnapshotError::Missing { snapshot }.into()),
            Some(approved) if approved.contract != contract.name() => {
                Err(SnapshotError::Contract {
                    snapshot,
                    approved: approved.contract.clone(),
                    asked: contract,
                }
                .into())
            }
            None | Some(_) => Ok(Some(Compared {
                snapshot,
                approved,
                update,
            })),
        }
    }
}

/// As insta sees it.
fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| !["", "0", "false"].contains(&value.as_str()))
}

/// Holds a run against what was approved, if anything was asked for, and shows what differs.
pub(crate) fn compare(
    compared: Option<Compared>,
    report: &mut Report,
    shown: &ReportArgs,
    artifacts: &mut Artifacts,
) -> Result<(), Error> {
    let Some(compared) = compared else {
        return Ok(());
    };
    let diff = compared.hold(report, &shown.style(), artifacts)?;
    if !shown.quiet && !diff.is_empty() {
        artifacts.show(&diff, warn);
    }
    Ok(())
}

impl Compared {
    /// Tells the report what has drifted, and keeps it for approval. Gives the diff for people to read.
    fn hold(
        self,
        report: &mut Report,
        style: &Style,
        artifacts: &mut Artifacts,
    ) -> Result<String, Error> {
        let snapshot = self.snapshot.to_string();
        if !is_finished(report) {
            let notice =
                format!("the run did not come to its end and was not compared with {snapshot}");
            report.notices.push(notice);
            return Ok(String::new());
        }
        let now = Behaviour::of(report);
        let known: Vec<String> = report.cases.iter().map(|case| case.id.clone()).collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let Some(approved) = &self.approved else {
            self.write(&now, artifacts)?;
            report.notices.push(match self.update {
                Update::Always => format!("{snapshot} was written: the first approved snapshot"),
                Update::Auto | Update::New | Update::No => format!(
                    "{snapshot} is not there yet; this run waits in {}: look at it, then sharecheck snapshot accept \
                     {snapshot}",
                    self.snapshot.pending.display()
                ),
            });
            return Ok(String::new());
        };
        let found = now.against(approved, &known);
        if let Some(open) = undecided(report) {
            report.notices.push(format!(
                "{open} came to no verdict and was not compared with {snapshot}"
            ));
        }
        report
            .notices
            .extend(drift::not_compared(&found, &snapshot));
        let next = now.over(approved, &known, report.run.whole);
        if found.is_none() {
            self.tidy();
            return Ok(String::new());
        }
        self.write(&next, artifacts)?;
        if found.is_the_custodians() {
            gate::drift(&mut report.outcome, drift::reasons(&found, &snapshot));
        }
        report.notices.push(match self.update {
            Update::Always => format!("{snapshot} was written anew: approved unseen"),
            Update::No => format!(
                "nothing was written; to approve, run the same command with --snapshot-update new and then sharecheck \
                 snapshot review {snapshot}"
            ),
            Update::Auto | Update::New => format!(
                "what came waits in {}: sharecheck snapshot review {snapshot}",
                self.snapshot.pending.display()
            ),
        });
        Ok(drift::changes(&found, &snapshot, style, MOST_CHANGES))
    }

    fn write(&self, behaviour: &Behaviour, artifacts: &mut Artifacts) -> Result<(), Error> {
        match self.update {
            Update::Always => {
                artifacts.write(&self.snapshot.approved, &written(behaviour))?;
                self.tidy();
                Ok(())
            }
            Update::Auto | Update::New => {
                artifacts.write(&self.snapshot.pending, &written(behaviour))
            }
            Update::No => Ok(()),
        }
    }

    /// What waited from an earlier run is no longer what came.
    fn tidy(&self) {
        if self.update != Update::No {
            let _ = std::fs::remove_file(&self.snapshot.pending);
        }
    }
}

/// Whether the run went to its end and met the custodian throughout.
fn is_finished(report: &Report) -> bool {
    let judged = match report.outcome.verdict {
        Ruling::Conforms | Ruling::DoesNotConform | Ruling::Undecided | Ruling::Drift => true,
        Ruling::CouldNotTest | Ruling::Refused | Ruling::InternalError | Ruling::Interrupted => {
            false
        }
    };
    judged && report.counts.cases_with(Status::Errored) == 0
}

fn undecided(report: &Report) -> Option<String> {
    match report.counts.cases_with(Status::Undecided) {
        0 => None,
        1 => Some("1 case".to_owned()),
        more => Some(format!("each of {more} cases")),
    }
}
