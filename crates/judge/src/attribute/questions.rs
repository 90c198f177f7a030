//! What is to be seen alone before anybody is blamed: of each cluster of departures three cases, in the catalogue's
//! order, and all others of it where those three go well. It ends by number, not by time.

use super::blame::{Blamer, is_later, is_racing};
use super::chance;
use super::floor::Sighting;
use super::{Attempt, Tried};
use crate::check;
use crate::model::effect::{Condition, Effect, Look};
use crate::model::finding::Verdict;
use crate::model::requirement::{Level, Requirements};
use crate::model::transcript::{CutShort, Transcript};
use crate::model::trial::Rerun;
use std::collections::{BTreeMap, BTreeSet};

/// So many cases stand for a cluster.
const REPRESENTATIVES: usize = 3;

/// So often a race is looked at alone that shows nothing: what shows in one of a hundred tries is to be seen.
const RACES: usize = 4;

/// What cases have in common that went wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Cluster {
    /// An answer was late.
    Late,
    /// A request told nothing.
    Gap,
    /// A look at answers, of this requirement, found something wrong.
    Look(String),
    /// A departure, what was under way, and the requirement that it breaks.
    Departure(Effect, Course, Option<String>),
}

/// In which course of things something went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Course {
    /// One request after the other.
    Plain,
    /// Requests of the case ran at once.
    Racing,
    /// The case was long over.
    Later,
}

impl Course {
    fn of(sighting: &Sighting) -> Self {
        if is_later(sighting) {
            Self::Later
        } else if is_racing(sighting) {
            Self::Racing
        } else {
            Self::Plain
        }
    }
}

/// What is to be run alone next; nothing where enough was seen. `order` is the catalogue's; `may` says whether a trial can
/// be run again at all.
pub fn questions(
    transcripts: &[Transcript],
    requirements: &Requirements,
    order: &[String],
    may: &dyn Fn(&Transcript) -> bool,
) -> Vec<Rerun> {
    let all = Tried::each(transcripts.iter());
    let by_id: BTreeMap<&str, &Tried<'_>> = all
        .iter()
        .filter_map(|it| Some((it.attempts.first()?.transcript.trial.id.as_str(), it)))
        .collect();
    let now = Blamer::of(&all, requirements);
    let mut wanted: BTreeSet<String> = BTreeSet::new();
    if !chance::loses(&all) {
        let once = chance::unrepeated(&all).into_iter();
        let once = once.chain(chance::unproved(&all));
        let again = once.filter(|id| {
            by_id
                .get(id)
                .is_some_and(|it| it.attempts.iter().all(|it| may(it.transcript)))
        });
        wanted.extend(again.map(str::to_owned));
    }
    let beside_others = if transcripts.iter().any(|it| it.alone) {
        let first = Tried::each(transcripts.iter().filter(|it| !it.alone));
        let blamer = Blamer::of(&first, requirements);
        clusters(&first, &blamer, requirements, order, may)
    } else {
        clusters(&all, &now, requirements, order, may)
    };
    for (cluster, ids) in beside_others {
        let alone = |id: &String| {
            let tried = by_id.get(id.as_str());
            let attempts = tried.into_iter().flat_map(|it| &it.attempts);
            attempts
                .filter(|it| it.transcript.alone)
                .collect::<Vec<_>>()
        };
        let stands: Vec<&String> = ids.iter().take(REPRESENTATIVES).collect();
        let unseen: Vec<&String> = stands
            .iter()
            .copied()
            .filter(|id| alone(id).is_empty())
            .collect();
        if !unseen.is_empty() {
            wanted.extend(unseen.into_iter().cloned());
            continue;
        }
        let shows = |attempt: &&Attempt<'_>| {
            departures(attempt, &now, requirements)
                .iter()
                .any(|it| it.is_like(&cluster))
        };
        // What is only recommended may leave a run green: then each of its cases must have gone well alone.
        let weighs = cluster
            .requirement()
            .is_some_and(|id| requirements.level(id) == Level::Required);
        if weighs && stands.iter().all(|id| alone(id).iter().any(shows)) {
            continue;
        }
        // What is gone at the end has disturbed nothing in the case: some of them are enough.
        if !cluster.is_later() {
            wanted.extend(ids.iter().filter(|id| alone(id).is_empty()).cloned());
        }
        if cluster.is_a_race() {
            let few = |id: &&&String| {
                let attempts = alone(id);
                attempts.len() < RACES && !attempts.iter().any(shows)
            };
            wanted.extend(stands.iter().filter(few).map(|id| (*id).clone()));
        }
    }
    let again = order.iter().filter(|id| wanted.contains(id.as_str()));
    let again: Vec<Rerun> = again.cloned().map(Rerun::Again).collect();
    if again.is_empty() {
        placebos(&by_id, &now, requirements, order, may)
    } else {
        again
    }
}

/// What may be to blame for what comes after it.
const EVENTS: [Condition; 3] = [
    Condition::AfterAcknowledged,
    Condition::AfterRefused,
    Condition::AfterFailed,
];

/// Of each effect that a request is accused of which Portal never sends, the first trials without their placebo.
fn placebos(
    by_id: &BTreeMap<&str, &Tried<'_>>,
    blamer: &Blamer<'_>,
    requirements: &Requirements,
    order: &[String],
    may: &dyn Fn(&Transcript) -> bool,
) -> Vec<Rerun> {
    let mut seen: BTreeMap<(Effect, Condition, &str), usize> = BTreeMap::new();
    let mut wanted = Vec::new();
    for tried in order.iter().filter_map(|id| by_id.get(id.as_str())) {
        let Some(last) = tried.last().filter(|it| it.transcript.alone) else {
            continue;
        };
        let mut accused = BTreeSet::new();
        for (sighting, effect, _) in last.sightings.departures() {
            let event = blamer
                .accused(sighting, effect)
                .filter(|it| EVENTS.contains(it));
            let ids = blamer.blame(sighting, effect).into_iter();
            let required = ids.filter(|id| requirements.level(id) == Level::Required);
            for id in required {
                accused.extend(event.map(|event| (effect, event, id)));
            }
        }
        let few = |it: &(Effect, Condition, &str)| {
            seen.get(it).is_none_or(|seen| *seen < REPRESENTATIVES)
        };
        if !accused.iter().any(few) {
            continue;
        }
        let trial = &last.transcript.trial;
        if tried.placebos.is_empty() {
            if trial.placebo().is_none() || !may(last.transcript) {
                continue;
            }
            wanted.push(Rerun::Placebo(trial.id.clone()));
        }
        for it in accused {
            *seen.entry(it).or_default() += 1;
        }
    }
    wanted
}

impl Cluster {
    /// Whether both speak of the same.
    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Departure(a, course, own), Self::Departure(b, other, others)) => {
                a.question() == b.question() && course == other && own == others
            }
            (Self::Late, Self::Late) | (Self::Gap, Self::Gap) => true,
            (Self::Look(one), Self::Look(other)) => one == other,
            (Self::Late | Self::Gap | Self::Look(_) | Self::Departure(..), _) => false,
        }
    }

    fn requirement(&self) -> Option<&str> {
        match self {
            Self::Look(id) => Some(id),
            Self::Departure(_, _, id) => id.as_deref(),
            Self::Late | Self::Gap => None,
        }
    }

    fn is_a_race(&self) -> bool {
        matches!(self, Self::Departure(_, Course::Racing, _))
    }

    fn is_later(&self) -> bool {
        matches!(self, Self::Departure(_, Course::Later, _))
    }
}

/// The clusters of what went wrong beside others, each with its cases in the catalogue's order.
fn clusters(
    tried: &[Tried<'_>],
    blamer: &Blamer<'_>,
    requirements: &Requirements,
    order: &[String],
    may: &dyn Fn(&Transcript) -> bool,
) -> BTreeMap<Cluster, Vec<String>> {
    let mut of_case: BTreeMap<&str, Vec<Cluster>> = BTreeMap::new();
    for attempt in tried.iter().filter_map(Tried::last) {
        if may(attempt.transcript) {
            let found = departures(attempt, blamer, requirements);
            of_case.insert(&attempt.transcript.trial.id, found);
        }
    }
    let mut clusters: BTreeMap<Cluster, Vec<String>> = BTreeMap::new();
    for id in order {
        for cluster in of_case.remove(id.as_str()).into_iter().flatten() {
            let ids = clusters.entry(cluster).or_default();
            if ids.last() != Some(id) {
                ids.push(id.clone());
            }
        }
    }
    clusters
}

/// What went wrong in an attempt that other cases may have to do with.
fn departures(
    attempt: &Attempt<'_>,
    blamer: &Blamer<'_>,
    requirements: &Requirements,
) -> Vec<Cluster> {
    let mut found = Vec::new();
    for (sighting, effect, _) in attempt.sightings.departures() {
        // Others' shares count wherever they are seen; what the case shows without them is to be seen as well.
        let others = effect == Effect::OthersShare;
        if (effect.is_direct() && !others) || blamer.is_told_otherwise(effect) {
            continue;
        }
        let id = blamer
            .blame(sighting, effect)
            .last()
            .map(|it| (*it).to_owned());
        found.push(Cluster::Departure(effect, Course::of(sighting), id));
    }
    let in_time = requirements
        .iter()
        .any(|it| it.judged.look == Some(Look::InTime));
    let late = || {
        matches!(
            check::look(Look::InTime, attempt.transcript),
            Verdict::Broken(_)
        )
    };
    if in_time && late() {
        found.push(Cluster::Late);
    }
    let named = attempt.transcript.trial.requirements();
    for requirement in named.filter_map(|id| requirements.get(id)) {
        let Some(look) = requirement
            .judged
            .look
            .filter(|_| !requirement.judged.every_case)
        else {
            continue;
        };
        if matches!(check::look(look, attempt.transcript), Verdict::Broken(_)) {
            found.push(Cluster::Look(requirement.id.clone()));
        }
    }
    let unreachable = matches!(attempt.transcript.cut_short, Some(CutShort::Unreachable(_)));
    if !attempt.sightings.gaps.is_empty() || unreachable {
        found.push(Cluster::Gap);
    }
    found
}
