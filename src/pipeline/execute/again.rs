//! Trials that are run a second time, alone: what failed beside other trials may have failed because of them, and only
//! a trial by itself shows what the custodian does by itself. See docs/adr/0009.

use crate::model::transcript::Transcript;
use crate::model::trial::Trial;
use std::collections::BTreeMap;

/// A custodian of which so many trials fail alone too does not fail by chance.
const FAILING: usize = 32;

/// So many are run again at the most, each of which takes its time.
const MOST: usize = 128;

/// What trials have shown beside others, until it is seen what they show alone.
pub(super) struct Again {
    first: BTreeMap<usize, Box<Transcript>>,
    /// The index of the next one.
    next: usize,
    left: usize,
    /// How many may fail alone as well before no more are looked at.
    failing_left: usize,
}

/// What becomes of a trial that is over.
pub(super) enum Fate {
    /// It counts as it is.
    Counts(Box<Transcript>),
    /// It is to be run alone, under this index.
    Again(usize, Trial),
}

impl Again {
    /// For so many trials, whose indices end there. Where none runs beside another, none is run again.
    pub(super) fn new(trials: usize, jobs: usize) -> Self {
        Self {
            first: BTreeMap::new(),
            next: trials,
            left: if jobs > 1 { MOST } else { 0 },
            failing_left: FAILING,
        }
    }

    /// Whether a trial is one that must run alone.
    pub(super) fn is_alone(&self, index: usize) -> bool {
        self.first.contains_key(&index)
    }

    /// Says what becomes of a trial that is over. `may` says whether it can be run again at all.
    pub(super) fn weigh(
        &mut self,
        index: usize,
        mut transcript: Box<Transcript>,
        may: bool,
    ) -> Fate {
        if let Some(first) = self.first.remove(&index) {
            if transcript.failures() == 0 {
                transcript.failed_beside_others = first.failures();
            } else {
                self.failing_left = self.failing_left.saturating_sub(1);
            }
            return Fate::Counts(transcript);
        }
        let disturbed = transcript.failures() > 0 || transcript.was_cut_off();
        if !may || self.left == 0 || self.failing_left == 0 || !disturbed {
            return Fate::Counts(transcript);
        }
        self.left -= 1;
        let (index, trial) = (self.next, transcript.trial.clone());
        self.next += 1;
        self.first.insert(index, transcript);
        Fate::Again(index, trial)
    }

    /// Those that need not be run again, since enough have failed alone: what they have shown counts.
    pub(super) fn spared(&mut self) -> BTreeMap<usize, Box<Transcript>> {
        if self.failing_left == 0 {
            std::mem::take(&mut self.first)
        } else {
            BTreeMap::new()
        }
    }

    /// What counts of the trials that were not run again after all, each with the index it would have had.
    pub(super) fn rest(self) -> BTreeMap<usize, Box<Transcript>> {
        self.first
    }
}
