//! What is told of a run while it is under way: the run log, the progress, a test.

use crate::exchange::Exchange;
use crate::model::log::{Began, Beside, Ended, Looked};
use crate::model::report::Report;
use crate::model::requirement::Requirement;
use crate::model::residue::Residue;
use crate::model::transcript::Transcript;
use crate::model::trial::Trial;

/// Told of what happens, as it happens.
pub trait Observer: Send + Sync {
    /// A run is about to begin: nothing was sent yet.
    fn began(&self, _: &Began) {}
    /// The look before the first trial is over.
    fn looked(&self, _: &Looked) {}
    /// A hook has made a client for the run: the key of its set-up, and its id.
    fn made(&self, _: &str, _: &str) {}
    /// A request that belongs to no trial is over.
    fn beside(&self, _: &Beside) {}
    /// A trial was given these clients, in the order of its symbolic ones.
    fn bound(&self, _: &Trial, _: &[String]) {}
    /// An exchange of the named trial is over.
    fn exchange(&self, _: &str, _: &Exchange) {}
    /// An attempt at a trial is over.
    fn trial(&self, _: &Transcript) {}
    /// Answers of the named trial alone show that this requirement is broken, and that somebody is harmed by it.
    fn shown(&self, _: &str, _: &Requirement) {}
    /// A client of this attempt at the named trial was fetched at the end of the run.
    fn closing(&self, _: &str, _: usize, _: &Exchange) {}
    /// Nothing more will be sent: this was left behind, and these teardowns failed, in a line each.
    fn left(&self, _: &Residue, _: &[String]) {}
    /// The run is over, and this is its report.
    fn ended(&self, _: &Ended, _: &Report) {}
}

/// An observer that does nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {}
