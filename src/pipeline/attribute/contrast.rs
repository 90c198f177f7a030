//! Contrast: what an effect comes with in this run, and does not come without. Takes all that was looked at, gives for
//! each departure the condition to blame. An effect that also comes with nothing in particular is blamed on nothing
//! else.

use super::floor::Sighting;
use crate::model::effect::{Condition, Effect, Question};
use std::collections::{BTreeMap, BTreeSet};

/// What is to blame for a departure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Accused {
    /// The condition; none where the effect comes with nothing in particular.
    pub(super) condition: Option<Condition>,
    /// Whether the effect comes only sometimes where the condition is there.
    pub(super) by_chance: bool,
}

/// Conditions as a set of bits.
type Set = u64;

fn bit(condition: Condition) -> Set {
    1 << (condition as u32)
}

fn set(conditions: &BTreeSet<Condition>) -> Set {
    conditions.iter().map(|it| bit(*it)).sum()
}

/// What was seen under the same conditions.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    fine: usize,
    wrong: usize,
}

/// What was seen of one question.
#[derive(Clone, Debug, Default)]
struct Answers {
    by_set: BTreeMap<Set, Tally>,
    /// Of the simplest observations, and of those of a share without a method: by method.
    by_method: BTreeMap<Option<String>, Tally>,
}

/// All observations of a run, by question.
#[derive(Clone, Debug, Default)]
pub(super) struct Contrast(BTreeMap<Question, Answers>);

impl Contrast {
    /// Of everything that was looked at in the attempts that count.
    pub(super) fn of<'a>(sightings: impl Iterator<Item = &'a Sighting>) -> Self {
        let mut all = Self::default();
        for it in sightings.filter(|it| it.question != Question::Proper) {
            let answers = all.0.entry(it.question).or_default();
            let key = set(&it.conditions);
            let count = |tally: &mut Tally| match it.effect {
                Some(_) => tally.wrong += 1,
                None => tally.fine += 1,
            };
            count(answers.by_set.entry(key).or_default());
            if key == 0 || key == bit(Condition::V5) {
                count(answers.by_method.entry(it.method.clone()).or_default());
            }
        }
        all
    }

    /// Whether fetches are answered at all, so that one that says that nothing is there speaks of the shares.
    pub(super) fn some_fetch_answered(&self) -> bool {
        let answers = self.0.get(&Question::Answered);
        answers.is_some_and(|it| it.by_set.values().any(|tally| tally.fine > 0))
    }

    /// What is to blame for a departure.
    pub(super) fn accuse(&self, sighting: &Sighting, effect: Effect) -> Accused {
        let own = set(&sighting.conditions);
        let nothing = Answers::default();
        let answers = self.0.get(&effect.question()).unwrap_or(&nothing);
        let condition = match answers.least(own) {
            0 => answers.of_the_simplest(sighting.method.as_ref()),
            least => Some(answers.necessary(least)),
        };
        Accused {
            condition,
            by_chance: answers.is_by_chance(condition),
        }
    }
}

impl Answers {
    /// The fewest of these conditions with which the effect was seen.
    fn least(&self, own: Set) -> Set {
        let wrong = self.by_set.iter().filter(|(_, tally)| tally.wrong > 0);
        let within = wrong.map(|(set, _)| *set).filter(|set| set & !own == 0);
        within
            .min_by_key(|set| (set.count_ones(), *set))
            .unwrap_or(own)
    }

    /// Of conditions that come together, the one without which the effect does not come; if several do not, or it
    /// was not seen, the first one in the order of precedence.
    fn necessary(&self, least: Set) -> Condition {
        let members = Condition::ALL.into_iter().filter(|it| least & bit(*it) != 0);
        let members: Vec<Condition> = members.collect();
        let fine_without = |without: Condition| {
            let rest = least & !bit(without);
            self.by_set.get(&rest).is_some_and(|tally| tally.fine > 0)
        };
        let found = members.iter().find(|it| fine_without(**it));
        let first = found.or(members.first());
        first.copied().unwrap_or(Condition::BesideCases)
    }

    /// Where the simplest of all fails: whether it is only some methods, or whatever has one.
    fn of_the_simplest(&self, method: Option<&String>) -> Option<Condition> {
        let v5 = self.by_method.get(&None).copied().unwrap_or_default();
        let named = || self.by_method.iter().filter(|(method, _)| method.is_some());
        let always = |tally: &Tally| tally.fine == 0;
        let some_fine = named().any(|(_, tally)| tally.wrong == 0 && tally.fine > 0);
        let own = self.by_method.get(&method.cloned());
        if method.is_some() && some_fine && own.is_some_and(|it| it.wrong > 1 && always(it)) {
            return Some(Condition::Method);
        }
        let all_wrong = named().all(|(_, tally)| always(tally));
        (all_wrong && v5.fine > 0 && v5.wrong == 0).then_some(Condition::V6)
    }

    fn is_by_chance(&self, condition: Option<Condition>) -> bool {
        let needed = condition.map_or(0, |it| match it {
            Condition::V6 | Condition::Method => 0,
            it => bit(it),
        });
        let with = self.by_set.iter().filter(|(set, tally)| {
            let simple = needed == 0 && **set == 0;
            tally.wrong > 0 && (simple || needed != 0 && *set & needed != 0)
        });
        let fine: usize = with.map(|(_, tally)| tally.fine).sum();
        fine > 0 && !matches!(condition, Some(Condition::Method))
    }
}
