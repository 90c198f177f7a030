//! What is told of a run while it is under way: the run log, the progress, and what is left behind.

mod log;
mod progress;

pub(crate) use log::RunLog;
pub(crate) use progress::Progress;

use super::Error;
use clap::Args;
use sharecheck::exchange::Exchange;
use sharecheck::model::log::{Began, Beside, Ended, Looked};
use sharecheck::model::report::Report;
use sharecheck::model::requirement::Requirement;
use sharecheck::model::residue::Residue;
use sharecheck::model::transcript::Transcript;
use sharecheck::model::trial::Trial;
use sharecheck::pipeline::Observer;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Says what is to be seen of a run besides its report.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "What is seen of a run")]
pub(crate) struct WatchArgs {
    /// Say what it would send and come to at best; send nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Write everything that happens to this file as it happens, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub(crate) log_run: Option<PathBuf>,
    /// Write what was left behind to this file; without it, to residue.json beside the first report
    #[arg(long, value_name = "FILE")]
    pub(crate) residue: Option<PathBuf>,
    /// Show no progress
    #[arg(long)]
    pub(crate) no_progress: bool,
}

impl WatchArgs {
    /// The run log.
    pub(crate) fn log(&self) -> Result<Option<RunLog>, Error> {
        self.log_run.as_deref().map(RunLog::new).transpose()
    }

    /// The files that are asked for.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &PathBuf> {
        self.log_run.iter().chain(&self.residue)
    }
}

/// Tells several of everything.
pub(crate) struct All(pub(crate) Vec<Arc<dyn Observer>>);

impl Observer for All {
    fn began(&self, began: &Began) {
        self.0.iter().for_each(|it| it.began(began));
    }
    fn looked(&self, looked: &Looked) {
        self.0.iter().for_each(|it| it.looked(looked));
    }
    fn made(&self, key: &str, id: &str) {
        self.0.iter().for_each(|it| it.made(key, id));
    }
    fn beside(&self, beside: &Beside) {
        self.0.iter().for_each(|it| it.beside(beside));
    }
    fn bound(&self, trial: &Trial, clients: &[String]) {
        self.0.iter().for_each(|it| it.bound(trial, clients));
    }
    fn exchange(&self, case: &str, exchange: &Exchange) {
        self.0.iter().for_each(|it| it.exchange(case, exchange));
    }
    fn trial(&self, transcript: &Transcript) {
        self.0.iter().for_each(|it| it.trial(transcript));
    }
    fn shown(&self, case: &str, requirement: &Requirement) {
        self.0.iter().for_each(|it| it.shown(case, requirement));
    }
    fn closing(&self, case: &str, attempt: usize, exchange: &Exchange) {
        self.0
            .iter()
            .for_each(|it| it.closing(case, attempt, exchange));
    }
    fn left(&self, residue: &Residue, notes: &[String]) {
        self.0.iter().for_each(|it| it.left(residue, notes));
    }
    fn ended(&self, ended: &Ended, report: &Report) {
        self.0.iter().for_each(|it| it.ended(ended, report));
    }
}

/// Keeps what a run has left behind.
#[derive(Debug, Default)]
pub(crate) struct Keeper(Mutex<Option<(Residue, Vec<String>)>>);

impl Keeper {
    /// What was left, and what went wrong with the clearing up.
    pub(crate) fn take(&self) -> Option<(Residue, Vec<String>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Observer for Keeper {
    fn left(&self, residue: &Residue, notes: &[String]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Some((residue.clone(), notes.to_vec()));
    }
}
