//! Contrast: what an effect comes with in this run, and does not come without. Takes all that was looked at, gives for
//! each departure the condition to blame. An effect that also comes with nothing in particular is blamed on nothing
//! else.

use super::floor::Sighting;
use crate::model::effect::{Condition, Effect, Question};
use std::collections::{BTreeMap, BTreeSet};

/// What a share is like, or what it takes the place of.
const NATURE: [Condition; 6] = [
    Condition::Large,
    Condition::Shaped,
    Condition::ReplacingV5,
    Condition::Replacing,
    Condition::V5,
    Condition::Bare,
];

/// What is to blame for a departure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Accused {
    /// The condition; none where the effect comes with nothing in particular.
    pub(super) condition: Option<Condition>,
    /// Whether the effect comes only sometimes where the condition is there.
    pub(super) by_chance: bool,
}

/// What a method is like of which there are several.
const BY_METHOD: [Condition; 3] = [Condition::Bare, Condition::Open, Condition::Padded];

/// What a share has that takes the place of another.
const REPLACING: [Condition; 3] = [
    Condition::Replacing,
    Condition::ReplacingV5,
    Condition::Unknown,
];

/// Conditions as a set of bits.
type Set = u64;

const fn bit(condition: Condition) -> Set {
    1 << (condition as u32)
}

/// All conditions of a race.
const RACING_SET: Set = {
    let [a, b, c, d, e] = Condition::RACING;
    bit(a) | bit(b) | bit(c) | bit(d) | bit(e)
};

fn set(conditions: &BTreeSet<Condition>) -> Set {
    conditions.iter().map(|it| bit(*it)).sum()
}

/// So many shares that were shown at once make it sure that they always are.
const ENOUGH: usize = 20;

/// What was seen under the same conditions.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    fine: usize,
    wrong: usize,
}

impl Tally {
    fn count(&mut self, sighting: &Sighting) {
        match sighting.effect {
            Some(_) => self.wrong += 1,
            None => self.fine += 1,
        }
    }
}

/// The methods that always fail, where all others never do.
fn failing(by_method: &BTreeMap<&str, Tally>) -> BTreeSet<String> {
    let (wrong, fine): (Vec<_>, Vec<_>) = by_method.iter().partition(|(_, it)| it.wrong > 0);
    let chance = wrong.iter().any(|(_, it)| it.fine > 0);
    let sum = |of: &[(&&str, &Tally)]| of.iter().map(|(_, it)| it.wrong + it.fine).sum::<usize>();
    if chance || sum(&wrong) < 2 || sum(&fine) < 2 {
        return BTreeSet::new();
    }
    wrong
        .into_iter()
        .map(|(method, _)| (*method).to_owned())
        .collect()
}

/// What was seen of one question.
#[derive(Clone, Debug, Default)]
struct Answers {
    by_set: BTreeMap<Set, Tally>,
    /// The conditions under which one method fails at times, and not always or never.
    fickle: BTreeSet<Set>,
    /// Documented methods that always fail where others never do.
    failing: BTreeSet<String>,
    /// The simplest observations of a share without a method.
    v5: Tally,
    /// Those of a share with one.
    v6: Tally,
}

/// All observations of a run, by question.
#[derive(Clone, Debug, Default)]
pub(super) struct Contrast(BTreeMap<Question, Answers>);

impl Contrast {
    /// Of everything that was looked at in the attempts that count.
    pub(super) fn of<'a>(sightings: impl Iterator<Item = &'a Sighting>) -> Self {
        let mut by_question: BTreeMap<Question, Vec<&Sighting>> = BTreeMap::new();
        for it in sightings.filter(|it| it.question != Question::Proper) {
            by_question.entry(it.question).or_default().push(it);
        }
        let all = by_question
            .into_iter()
            .map(|(question, sightings)| (question, Answers::of(&sightings)));
        Self(all.collect())
    }

    /// Whether fetches are answered at all, so that one that says that nothing is there speaks of the shares.
    pub(super) fn some_fetch_answered(&self) -> bool {
        let answers = self.0.get(&Question::Answered);
        answers.is_some_and(|it| it.by_set.values().any(|tally| tally.fine > 0))
    }

    /// Whether not one store was acknowledged of all that were looked at.
    pub(super) fn takes_nothing(&self) -> bool {
        let answers = self.0.get(&Question::Taken);
        answers.is_some_and(|it| it.by_set.values().all(|tally| tally.fine == 0))
    }

    /// Whether a share that takes the place of another is not shown now and then, and one that takes none always is: then
    /// it is the replacing that fails, at times, and no answer that comes too early.
    pub(super) fn fails_to_replace(&self) -> bool {
        self.0
            .get(&Question::Shown)
            .is_some_and(Answers::fails_to_replace)
    }

    /// Whether what is seen here is of the kind of which the replacing fails, at times, whatever runs beside it.
    pub(super) fn is_by_replacing(&self, sighting: &Sighting) -> bool {
        let mut replacing = REPLACING.iter();
        self.fails_to_replace() && replacing.any(|it| sighting.conditions.contains(it))
    }

    /// Whether a share may be missing from the first fetch after it with nothing to blame for it: what is missing later
    /// says no more then.
    pub(super) fn shows_by_chance(&self) -> bool {
        let answers = self.0.get(&Question::Shown);
        answers.is_some_and(|it| {
            let by_luck = |nature: &Condition| it.comes_and_goes(*nature);
            if it.fails_to_replace() {
                return false;
            }
            it.by_set.get(&0).is_some_and(|tally| tally.wrong > 0) || NATURE.iter().any(by_luck)
        })
    }

    /// What is to blame for a departure.
    pub(super) fn accuse(&self, sighting: &Sighting, effect: Effect) -> Accused {
        let own = set(&sighting.conditions);
        let nothing = Answers::default();
        let answers = self.0.get(&effect.question()).unwrap_or(&nothing);
        let shown = effect.question() == Question::Shown;
        let fails = |method: &String| answers.failing.contains(method);
        let condition = if sighting.method.as_ref().is_some_and(fails) {
            Some(Condition::Method)
        } else {
            match answers.least(own) {
                0 => answers.of_the_simplest(),
                // Who fails to replace at times fails in a race as well, which is not to blame.
                least if least & RACING_SET != 0 && shown && answers.fails_to_replace() => {
                    let replacing = REPLACING.into_iter().find(|it| own & bit(*it) != 0);
                    replacing.or_else(|| Some(answers.necessary(least)))
                }
                least => Some(answers.necessary(least)),
            }
        };
        let by_chance = answers.is_by_chance(condition);
        // What a share is like decides always or never: what comes and goes with it has another cause.
        let like = condition.is_some_and(|it| NATURE.contains(&it) && answers.comes_and_goes(it));
        let like = like && !answers.fails_to_replace();
        Accused {
            condition: condition.filter(|_| !(like && shown)),
            by_chance,
        }
    }
}

impl Answers {
    fn of(sightings: &[&Sighting]) -> Self {
        let simple = |it: &&&Sighting| it.conditions.is_empty();
        let mut by_method: BTreeMap<&str, Tally> = BTreeMap::new();
        for it in sightings.iter().filter(simple) {
            if let Some(method) = &it.method {
                by_method.entry(method).or_default().count(it);
            }
        }
        let failing = failing(&by_method);
        let mut all = Self {
            failing,
            ..Self::default()
        };
        let mut tallies: BTreeMap<(Set, Option<&str>), Tally> = BTreeMap::new();
        for it in sightings {
            let key = (set(&it.conditions), it.method.as_deref());
            tallies.entry(key).or_default().count(it);
        }
        let fickle = tallies.iter().filter(|(_, it)| it.wrong > 0 && it.fine > 0);
        all.fickle = fickle.map(|((set, _), _)| *set).collect();
        for it in sightings {
            let key = set(&it.conditions);
            if key == bit(Condition::V5) {
                all.v5.count(it);
            }
            if it
                .method
                .as_ref()
                .is_some_and(|method| all.failing.contains(method))
            {
                continue;
            }
            if key == 0 && it.method.is_some() {
                all.v6.count(it);
            }
            all.by_set.entry(key).or_default().count(it);
        }
        all
    }

    /// The fewest of these conditions with which the effect was seen.
    fn least(&self, own: Set) -> Set {
        let wrong = self.by_set.iter().filter(|(_, tally)| tally.wrong > 0);
        let within = wrong.map(|(set, _)| *set).filter(|set| set & !own == 0);
        // What also comes without a race needs none.
        let racing = |set: Set| (set & RACING_SET).count_ones();
        // What also comes with Portal's own requests needs no other.
        let unusual = |set: Set| set & bit(Condition::AfterAcknowledged);
        within
            .min_by_key(|set| (racing(*set), unusual(*set), set.count_ones(), *set))
            .unwrap_or(own)
    }

    /// Of conditions that come together, the one without which the effect does not come; of several, the one with which
    /// it comes most often, then the first in the order of precedence.
    fn necessary(&self, least: Set) -> Condition {
        let of = |set: Set| {
            Condition::ALL
                .into_iter()
                .filter(move |it| set & bit(*it) != 0)
        };
        // With fewer conditions nothing was wrong: where requests ran at once, that is what was added.
        let racing = RACING_SET & least;
        let many = least & bit(Condition::BesideMany);
        let without_a_race = self
            .by_set
            .iter()
            .any(|(set, tally)| tally.wrong > 0 && set & many != 0 && set & RACING_SET == 0);
        let added = if racing == 0 || without_a_race {
            many
        } else {
            racing
        };
        let members: Vec<Condition> = of(if added == 0 { least } else { added }).collect();
        let fine_without = |without: Condition| {
            let rest = least & !bit(without);
            self.by_set.get(&rest).is_some_and(|tally| tally.fine > 0)
        };
        let needed: Vec<Condition> = members
            .iter()
            .copied()
            .filter(|it| fine_without(*it))
            .collect();
        // What does no harm by itself is not to blame for what comes with others.
        let clear = |it: &Condition| {
            let alone = self.by_set.get(&bit(*it));
            alone.is_some_and(|tally| tally.fine > 0 && tally.wrong == 0)
        };
        let unclear: Vec<Condition> = members.iter().copied().filter(|it| !clear(it)).collect();
        let of = if !needed.is_empty() {
            needed
        } else if unclear.is_empty() {
            members
        } else {
            unclear
        };
        let most = of
            .into_iter()
            .rev()
            .max_by_key(|it| self.per_thousand_wrong(*it, racing != 0));
        most.unwrap_or(Condition::BesideCases)
    }

    /// How often the effect comes where the condition is, in races or without.
    fn per_thousand_wrong(&self, condition: Condition, racing: bool) -> usize {
        let with = self.by_set.iter().filter(|(set, _)| {
            let races = *set & RACING_SET != 0;
            *set & bit(condition) != 0 && races == racing
        });
        let (wrong, all) = with.fold((0, 0), |(wrong, all), (_, tally)| {
            (wrong + tally.wrong, all + tally.wrong + tally.fine)
        });
        (wrong * 1000).checked_div(all).unwrap_or(0)
    }

    /// Where the simplest of all fails: whether it is whatever has a method.
    fn of_the_simplest(&self) -> Option<Condition> {
        let always = self.v6.wrong > 0 && self.v6.fine == 0;
        (always && self.v5.fine > 0 && self.v5.wrong == 0).then_some(Condition::V6)
    }

    /// Whether, without a race, nothing but what takes the place of another fails to show.
    fn fails_to_replace(&self) -> bool {
        let replacing: Set = REPLACING.into_iter().map(bit).sum();
        let alone = self
            .by_set
            .iter()
            .filter(|(set, _)| **set & RACING_SET == 0);
        let (with, without): (Vec<_>, Vec<_>) = alone.partition(|(set, _)| **set & replacing != 0);
        let sum = |of: &[(&Set, &Tally)]| {
            let of = of.iter().map(|(_, tally)| tally);
            of.fold((0, 0), |(wrong, fine), it| {
                (wrong + it.wrong, fine + it.fine)
            })
        };
        let ((fails, _), (others, shown)) = (sum(&with), sum(&without));
        fails > 0 && others == 0 && shown >= ENOUGH
    }

    /// Whether with this condition alone the effect comes sometimes.
    fn comes_and_goes(&self, condition: Condition) -> bool {
        let tally = self.by_set.get(&bit(condition));
        tally.is_some_and(|it| it.wrong > 0 && it.fine > 0)
    }

    fn is_by_chance(&self, condition: Option<Condition>) -> bool {
        let needed = condition
            .filter(|it| !matches!(it, Condition::V6 | Condition::Method))
            .map_or(0, bit);
        let with = |set: Set| {
            let simple = needed == 0 && set == 0;
            simple || needed != 0 && set & needed != 0
        };
        let fine = |racing: bool| {
            let sets = self.by_set.iter().filter(|(set, tally)| {
                let races = *set & RACING_SET & !needed != 0;
                tally.wrong > 0 && with(**set) && races == racing
            });
            sets.map(|(_, tally)| tally.fine).reduce(|a, b| a + b)
        };
        // What nobody documented may be taken in one word and not in another.
        let by_method = condition.is_some_and(|it| BY_METHOD.contains(&it));
        if by_method && !self.fickle.iter().any(|set| with(*set)) {
            return false;
        }
        // In a race it is chance what a request meets; where that is all there is, it has to do.
        let fine = fine(false).or_else(|| fine(true)).unwrap_or(0);
        fine > 0 && !matches!(condition, Some(Condition::Method))
    }
}
