//! Approved behaviour against what a run has seen: what is different, and what is approved when the run is.

use super::{Behaviour, Case, free};
use std::collections::{BTreeMap, HashSet};

/// How a run differs from what was approved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    /// Whether the approved run had other clients (made up, or given), so that no case can be compared.
    pub other_clients: bool,
    /// Whether the cases or requirements are others than those approved.
    pub other_suite: bool,
    /// Whether the run has cases, but none that was approved.
    pub nothing_in_common: bool,
    /// What the contract leaves free and is different now.
    pub free: Vec<FreeChange>,
    /// The cases in which something is broken that was not.
    pub worse: Vec<Changed>,
    /// The other cases that are different.
    pub changed: Vec<Changed>,
    /// The ids of cases that were not approved.
    pub new: Vec<String>,
    /// The ids of cases whose script is another one in the suite of today.
    pub rewritten: Vec<String>,
    /// The ids of approved cases that are no more.
    pub gone: Vec<String>,
}

/// A question that the contract leaves free, and its answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreeChange {
    /// The question.
    pub what: String,
    /// The approved answer, if there was one.
    pub approved: Option<String>,
    /// The answer of now, if there is one.
    pub now: Option<String>,
}

/// A case that is different.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
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
        *self == Self::default()
    }

    /// Whether it speaks of the custodian and not of a suite that has changed.
    pub fn is_the_custodians(&self) -> bool {
        let different = !(self.free.is_empty() && self.worse.is_empty() && self.changed.is_empty());
        self.other_clients || self.nothing_in_common || different
    }
}

impl Behaviour {
    /// How this run differs from what was approved. `known` are the ids of all cases that the suite has now,
    /// also of those that did not run.
    pub fn against(&self, approved: &Self, known: &[&str]) -> Drift {
        let mut drift = Drift {
            other_clients: self.made_up != approved.made_up,
            other_suite: self.suite != approved.suite,
            gone: approved.beyond(known).map(|case| case.id.clone()).collect(),
            ..Drift::default()
        };
        if drift.other_clients {
            return drift;
        }
        let mut same_script = HashSet::new();
        for case in &self.cases {
            match approved.case(&case.id) {
                None => drift.new.push(case.id.clone()),
                Some(before) if drift.other_suite && !has_the_script_of(case, before) => {
                    drift.rewritten.push(case.id.clone());
                }
                Some(before) => {
                    same_script.insert(case.id.as_str());
                    if case.lines() != before.lines() {
                        drift.tell(case, before);
                    }
                }
            }
        }
        drift.nothing_in_common = !self.cases.is_empty() && drift.new.len() == self.cases.len();
        drift.free = self.free_against(approved, &same_script);
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
            ..self
        }
    }

    fn beyond<'a>(&'a self, known: &'a [&str]) -> impl Iterator<Item = &'a Case> {
        let known: HashSet<&str> = known.iter().copied().collect();
        self.cases
            .iter()
            .filter(move |case| !known.contains(case.id.as_str()))
    }

    fn free_against(&self, approved: &Self, common: &HashSet<&str>) -> Vec<FreeChange> {
        let answers = |side: &Self| -> BTreeMap<&str, String> {
            let cases = side
                .cases
                .iter()
                .filter(|case| common.contains(case.id.as_str()));
            free::seen(&cases).into_iter().collect()
        };
        let (mut before, mut now) = (answers(approved), answers(self));
        if let (Some(was), Some(is)) = (&approved.order, &self.order) {
            before.insert("order of shares", was.clone());
            now.insert("order of shares", is.clone());
        }
        let all: std::collections::BTreeSet<&str> =
            before.keys().chain(now.keys()).copied().collect();
        all.into_iter()
            .filter(|what| before.get(what) != now.get(what))
            .map(|what| FreeChange {
                what: what.to_owned(),
                approved: before.get(what).cloned(),
                now: now.get(what).cloned(),
            })
            .collect()
    }
}

impl Drift {
    fn tell(&mut self, case: &Case, before: &Case) {
        let failures = |case: &Case| -> HashSet<String> {
            let failed = case
                .verdicts
                .iter()
                .filter_map(|line| line.strip_prefix("failed "));
            failed
                .map(|line| line.split(':').next().unwrap_or(line).to_owned())
                .collect()
        };
        let worse = !failures(case).is_subset(&failures(before));
        let list = if worse {
            &mut self.worse
        } else {
            &mut self.changed
        };
        list.push(Changed {
            id: case.id.clone(),
            title: case.title.clone(),
            approved: before.lines(),
            now: case.lines(),
        });
    }
}

fn has_the_script_of(case: &Case, before: &Case) -> bool {
    let sent = |case: &Case| {
        case.steps
            .iter()
            .map(|step| step.sent.clone())
            .collect::<Vec<_>>()
    };
    sent(case) == sent(before)
}
