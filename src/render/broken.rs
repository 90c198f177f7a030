//! The broken requirements of a report, worst first, each with every place where it was seen to be broken.

use crate::exchange::Exchange;
use crate::model::finding::{Check, Standing, Status};
use crate::model::report::{CaseResult, Report, RequirementResult};
use crate::model::requirement::Level;
use std::cmp::Reverse;
use std::collections::HashMap;

/// A requirement that was seen to be broken.
pub(super) struct Broken<'a> {
    /// Its id.
    pub(super) id: &'a str,
    /// Its level.
    pub(super) level: Level,
    /// The most serious standing among its failed checks.
    pub(super) standing: Standing,
    /// What the contract has on it.
    pub(super) requirement: Option<&'a RequirementResult>,
    /// Where it was seen, the most telling first; at least one.
    pub(super) sightings: Vec<Sighting<'a>>,
}

/// A failed check and its case.
#[derive(Clone, Copy)]
pub(super) struct Sighting<'a> {
    /// The case.
    pub(super) case: &'a CaseResult,
    /// The check.
    pub(super) check: &'a Check,
}

impl<'a> Sighting<'a> {
    /// The exchange that shows it.
    pub(super) fn exchange(&self) -> Option<&'a Exchange> {
        self.case.exchanges.get(self.check.exchange()?)
    }

    /// What the gate makes of it; what no gate has looked at counts.
    pub(super) fn standing(&self) -> Standing {
        self.check.standing.unwrap_or(Standing::Counted)
    }

    /// The plainest first: what shows without a race can be repeated by hand, and few requests are soon read.
    fn rank(&self) -> (Standing, bool, bool, bool, Option<usize>) {
        let own = self.case.checks.first().map(|check| &check.requirement);
        let beside = own != Some(&self.check.requirement);
        let unseen = self.exchange().is_none();
        let requests = self.check.exchange();
        (
            self.standing(),
            beside,
            unseen,
            self.follows_a_race(),
            requests,
        )
    }

    /// Whether requests ran at once before what shows it, or beside it.
    fn follows_a_race(&self) -> bool {
        let until = self.exchange().and_then(|it| it.place.step);
        let mut places = self.case.exchanges.iter().map(|it| it.place);
        places.any(|it| it.lane > 0 && (until.is_none() || it.step <= until))
    }
}

impl<'a> Broken<'a> {
    /// The most telling place.
    pub(super) fn best(&self) -> Sighting<'a> {
        self.sightings[0]
    }

    /// The places where something else is wrong than in the most telling one: one for each kind, and how many there are of
    /// it.
    pub(super) fn others(&self) -> Vec<(Sighting<'a>, usize)> {
        let mut others: Vec<(Sighting<'a>, usize)> = Vec::new();
        for sighting in &self.sightings {
            let says = |it: &Sighting<'_>| it.check.code == sighting.check.code;
            if says(&self.best()) {
                continue;
            }
            match others.iter_mut().find(|(other, _)| says(other)) {
                Some((_, count)) => *count += 1,
                None => others.push((*sighting, 1)),
            }
        }
        others
    }
}

/// What is broken: what counts first, then what is known, the warnings, the notes; each with what explains most first.
pub(super) fn broken(report: &Report) -> Vec<Broken<'_>> {
    let places: HashMap<&str, usize> = report
        .requirements
        .iter()
        .enumerate()
        .map(|(place, it)| (it.id.as_str(), place))
        .collect();
    let mut all: Vec<Broken<'_>> = Vec::new();
    let mut index: HashMap<&str, usize> = HashMap::new();
    for sighting in failed(report) {
        let id = sighting.check.requirement.as_str();
        let at = *index.entry(id).or_insert_with(|| {
            all.push(Broken {
                id,
                level: sighting.check.level,
                standing: sighting.standing(),
                requirement: places.get(id).map(|place| &report.requirements[*place]),
                sightings: Vec::new(),
            });
            all.len() - 1
        });
        let entry = &mut all[at];
        entry.level = entry.level.max(sighting.check.level);
        entry.standing = entry.standing.min(sighting.standing());
        entry.sightings.push(sighting);
    }
    for entry in &mut all {
        entry.sightings.sort_by_key(Sighting::rank);
    }
    let weight: HashMap<&str, usize> = report
        .causes
        .iter()
        .enumerate()
        .map(|(rank, cause)| (cause.requirement.as_str(), rank))
        .collect();
    all.sort_by_key(|it| {
        let rank = weight.get(it.id).copied().unwrap_or(usize::MAX);
        let place = places.get(it.id).copied().unwrap_or(usize::MAX);
        (it.standing, rank, Reverse(it.level), place)
    });
    all
}

/// Every failed check with its case, in the report's order.
pub(super) fn failed(report: &Report) -> impl Iterator<Item = Sighting<'_>> {
    report.cases.iter().flat_map(|case| {
        case.checks
            .iter()
            .filter(|check| check.status == Status::Failed)
            .map(move |check| Sighting { case, check })
    })
}
