//! Approved behaviour against what a run has seen: the changes, each told once however many cases show it, and what is
//! approved when the run is.

use super::{Behaviour, Case, Conclusion, rewrites};
use std::collections::HashSet;

/// How a run differs from what was approved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    /// Why nothing can be compared, if nothing can.
    pub apart: Option<Apart>,
    /// Whether the cases or requirements are others than those approved.
    pub other_suite: bool,
    /// What was approved, and what was seen, come to; only where both are told.
    pub concluded: Option<[Conclusion; 2]>,
    /// What is different, the weightiest first.
    pub changes: Vec<Change>,
}

/// Why nothing can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Apart {
    /// The clients were made up in the one and given in the other.
    OtherClients,
    /// The run has cases, but none that was approved.
    NothingInCommon,
}

/// One thing that is different, wherever it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What it is.
    pub what: What,
    /// Where it shows, in the suite's order.
    pub places: Vec<Place>,
    /// A case that shows it.
    pub example: Option<Example>,
}

/// What is different. The order is that in which people are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// What became of a requirement; each side is a status, with its code behind it.
    Verdict {
        /// The requirement.
        requirement: String,
        /// What was approved.
        was: String,
        /// What was seen.
        is: String,
        /// Whether it is broken now and was not.
        worse: bool,
    },
    /// Requests are answered in another way.
    Answer {
        /// Which requests.
        who: String,
        /// The approved answer, without the shares in it.
        was: String,
        /// The answer of now.
        is: String,
        /// The informational requirements that are kept or broken by nothing but that.
        noted: Vec<String>,
    },
    /// Requests bring other shares.
    Shares {
        /// Which requests.
        who: String,
    },
    /// Cases took another course: other requests follow from what came.
    Course,
    /// The shares of an answer come in another order.
    Order {
        /// The approved one.
        was: String,
        /// The one of now.
        is: String,
    },
    /// Cases that were not approved.
    New,
    /// Cases whose script is another one in the suite of today.
    Rewritten,
    /// Approved cases that are no more.
    Gone,
}

/// Where a change shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The case.
    pub case: String,
    /// What of it.
    pub part: Part,
}

/// A part of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// What became of this requirement.
    Verdict(String),
    /// The step with this index.
    Step(usize),
}

/// A case as it was and as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its approved lines.
    pub approved: Vec<String>,
    /// Its lines now.
    pub now: Vec<String>,
}

impl Drift {
    /// Whether nothing at all is different.
    pub fn is_none(&self) -> bool {
        let concluded = self.concluded.as_ref();
        let same = concluded.is_none_or(|[was, is]| was == is);
        same && self.apart.is_none() && !self.other_suite && self.changes.is_empty()
    }

    /// Whether it speaks of the custodian and not of a suite that has changed.
    pub fn is_the_custodians(&self) -> bool {
        self.apart.is_some() || self.changes.iter().any(Change::is_the_custodians)
    }

    /// How many cases differ only since the suite does, or were approved never: new, rewritten, gone.
    pub fn of_the_suite(&self) -> [Vec<&str>; 3] {
        [What::New, What::Rewritten, What::Gone].map(|kind| {
            let found = self.changes.iter().find(|change| change.what == kind);
            found.map(Change::cases).unwrap_or_default()
        })
    }
}

impl Change {
    /// Of these places, with one of the cases as an example.
    pub(super) fn new(what: What, places: Vec<Place>, before: &Behaviour, now: &Behaviour) -> Self {
        let mut change = Self {
            what,
            places,
            example: None,
        };
        change.example = change.example_of(before, now);
        change
    }

    /// What this change alone makes of a case that shows it: one of the requirement's own if there is one.
    fn example_of(&self, before: &Behaviour, now: &Behaviour) -> Option<Example> {
        let own = |place: &&Place| match &self.what {
            What::Verdict { requirement, .. } => place.case.starts_with(requirement.as_str()),
            What::Answer { .. }
            | What::Shares { .. }
            | What::Course
            | What::Order { .. }
            | What::New
            | What::Rewritten
            | What::Gone => false,
        };
        let plainest = self.places.iter().find(own);
        let id = &plainest.or(self.places.first())?.case;
        let was = before.case(id)?;
        let mut alone = Behaviour {
            contract: before.contract.clone(),
            made_up: before.made_up,
            suite: before.suite.clone(),
            order: None,
            conclusion: None,
            cases: vec![was.clone()],
        };
        let places = self.places.iter().filter(|place| place.case == *id);
        let here = Self {
            what: self.what.clone(),
            places: places.cloned().collect(),
            example: None,
        };
        alone.take(now, &here);
        let is = alone.case(id)?;
        Some(Example {
            id: id.clone(),
            title: is.title.clone(),
            approved: was.lines(),
            now: is.lines(),
        })
    }

    /// Whether it speaks of the custodian and not of a suite that has changed.
    pub fn is_the_custodians(&self) -> bool {
        match self.what {
            What::Verdict { .. }
            | What::Answer { .. }
            | What::Shares { .. }
            | What::Course
            | What::Order { .. } => true,
            What::New | What::Rewritten | What::Gone => false,
        }
    }

    /// The cases that show it, each once.
    pub fn cases(&self) -> Vec<&str> {
        let mut seen = HashSet::new();
        let cases = self.places.iter().map(|place| place.case.as_str());
        cases.filter(|case| seen.insert(*case)).collect()
    }
}

impl Behaviour {
    /// How this run differs from what was approved. `known` are the ids of all cases that the suite has now,
    /// also of those that did not run.
    pub fn against(&self, approved: &Self, known: &[&str]) -> Drift {
        let other_suite = self.suite != approved.suite;
        let mut drift = Drift {
            other_suite,
            ..Drift::default()
        };
        if self.made_up != approved.made_up {
            drift.apart = Some(Apart::OtherClients);
            return drift;
        }
        let (mut new, mut rewritten, mut common) = (Vec::new(), Vec::new(), Vec::new());
        for case in &self.cases {
            match approved.case(&case.id) {
                None => new.push(whole(case)),
                Some(before) if other_suite && !has_the_script_of(case, before) => {
                    rewritten.push(whole(case));
                }
                Some(before) => common.push((before, case)),
            }
        }
        if !self.cases.is_empty() && new.len() == self.cases.len() {
            drift.apart = Some(Apart::NothingInCommon);
            return drift;
        }
        let both = approved.conclusion.clone().zip(self.conclusion.clone());
        drift.concluded = both.map(|(was, is)| [was, is]);
        let mut found = rewrites::changes(&common);
        if let (Some(was), Some(is)) = (&approved.order, &self.order)
            && was != is
        {
            let (was, is) = (was.clone(), is.clone());
            found.push((What::Order { was, is }, Vec::new()));
        }
        found.extend([
            (What::New, new),
            (What::Rewritten, rewritten),
            (What::Gone, approved.beyond(known).map(whole).collect()),
        ]);
        // An order shows in no case of its own.
        found.retain(|(what, places)| !places.is_empty() || matches!(what, What::Order { .. }));
        let changes = found.into_iter();
        drift.changes = changes
            .map(|(what, places)| Change::new(what, places, approved, self))
            .collect();
        drift
    }

    /// What is approved when this run is: what it has told, and what was approved of the cases that it says
    /// nothing of. A whole run removes those that the suite does not have any more.
    #[must_use]
    pub fn over(self, approved: &Self, known: &[&str], whole: bool) -> Self {
        let of_both = known
            .iter()
            .filter_map(|id| self.case(id).or_else(|| approved.case(id)));
        let beyond = approved.beyond(known).filter(|_| !whole);
        Self {
            cases: of_both.chain(beyond).cloned().collect(),
            order: self.order.or_else(|| approved.order.clone()),
            conclusion: self.conclusion.or_else(|| approved.conclusion.clone()),
            ..self
        }
    }

    fn beyond<'a>(&'a self, known: &'a [&str]) -> impl Iterator<Item = &'a Case> {
        let known: HashSet<&str> = known.iter().copied().collect();
        self.cases
            .iter()
            .filter(move |case| !known.contains(case.id.as_str()))
    }
}

fn whole(case: &Case) -> Place {
    Place {
        case: case.id.clone(),
        part: Part::Whole,
    }
}

fn has_the_script_of(case: &Case, before: &Case) -> bool {
    let sent = |case: &Case| {
        let steps = case.steps.iter();
        steps.map(|step| step.sent.clone()).collect::<Vec<_>>()
    };
    sent(case) == sent(before)
}
