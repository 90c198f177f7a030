//! How many shares of a client are too many, in this run: a custodian that keeps the newest five, or answers ten at
//! most, fails with any method once there are so many, and what those methods have in common is not to blame.

use super::floor::{Sighting, Sightings};
use crate::model::effect::{Condition, Question};
use std::collections::{BTreeMap, BTreeSet};

/// With fewer others it is their methods that matter.
const FEWEST: usize = 4;

/// Marks what came with too many others.
pub(super) fn mark<'s>(all: impl Iterator<Item = &'s mut Sightings>) {
    let mut all: Vec<&mut Sightings> = all.collect();
    let counts = |it: &&Sighting| matches!(it.question, Question::Shown | Question::Kept);
    let looked = || all.iter().flat_map(|it| &it.all).filter(counts);
    let wrong = || looked().filter(|it| it.effect.is_some());
    let calm = |it: &&Sighting| !it.conditions.iter().any(|it| it.is_racing());
    let Some(fewest) = wrong().filter(calm).map(|it| it.others).min() else {
        return;
    };
    if fewest < FEWEST {
        return;
    }
    let mut fine: BTreeMap<Question, BTreeSet<&BTreeSet<Condition>>> = BTreeMap::new();
    for it in looked().filter(|it| it.effect.is_none() && it.others < fewest) {
        fine.entry(it.question).or_default().insert(&it.conditions);
    }
    // With the same methods beside it, but fewer of them, nothing is wrong.
    let without = |it: &Sighting| {
        let rest: BTreeSet<Condition> = it
            .conditions
            .iter()
            .copied()
            .filter(|it| *it != Condition::BesideMany)
            .collect();
        fine.get(&it.question)
            .is_some_and(|sets| sets.contains(&rest))
    };
    if !wrong().filter(calm).any(without) {
        return;
    }
    let sightings = all.iter_mut().flat_map(|it| &mut it.all);
    for it in sightings.filter(|it| it.others >= fewest) {
        if matches!(it.question, Question::Shown | Question::Kept) {
            it.conditions.insert(Condition::BesideMany);
        }
    }
}
