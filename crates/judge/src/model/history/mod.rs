//! What a client's fetches may hold, as it follows from the stores that were sent for it. Each slot, a client and
//! method, is an atomic register: a fetch shows one value of it, which no other has surely taken the place of. Times
//! tell the order of what ran at once. Pure; it goes on from what was seen, so that one departure is told once.

mod register;

use crate::exchange::Found;
use crate::model::trial::Slot;
use register::{Register, Write};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// When something ran, in microseconds since the run began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// When it was sent.
    pub from_us: u64,
    /// When its answer was whole.
    pub to_us: u64,
}

impl Span {
    /// Whether it was over before another began.
    pub fn is_before(self, other: Self) -> bool {
        self.to_us < other.from_us
    }
}

/// What a store came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It was acknowledged.
    Acknowledged,
    /// It was refused: nothing may have changed.
    Refused,
    /// It failed with a 5xx: it may have taken place or not.
    Failed,
    /// There was no answer: it may have taken place or not.
    Unanswered,
}

/// What a slot holds: the label of a share, or nothing.
pub type Value = Option<String>;

/// How a fetch departs from what a slot may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Departure {
    /// A share that must be there is not.
    Missing,
    /// An older one is there in its place.
    Older,
    /// Two are there.
    Doubled,
    /// One is there more often than it is kept.
    Twice,
    /// One is there whose store was refused.
    Revived,
}

/// A departure, with the share in question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departed {
    /// In which way.
    pub how: Departure,
    /// The label of the share that should be there, or should not.
    pub label: String,
    /// Its slot, where it has one.
    pub slot: Option<Slot>,
}

impl Departed {
    /// Whether more is there than one share.
    pub fn is_one_too_many(&self) -> bool {
        matches!(self.how, Departure::Doubled | Departure::Twice)
    }
}

/// What is known of one client.
#[derive(Clone, Debug, Default)]
pub struct History {
    registers: BTreeMap<Slot, Register>,
    /// Every label that was acknowledged, and the slots in which.
    delivered: BTreeMap<String, BTreeSet<Slot>>,
    /// Labels that others took the place of, with their slots.
    replaced: BTreeMap<String, Slot>,
    /// Labels that may come back or not.
    free: BTreeSet<String>,
    refused: BTreeSet<String>,
    /// Labels whose store failed and was never acknowledged: half of one is no share.
    halves: BTreeSet<String>,
}

impl History {
    /// A well-formed store was answered, or was not.
    pub fn store(&mut self, slot: &Slot, label: &str, taken: Taken, span: Span) {
        match taken {
            Taken::Refused => {
                if !self.delivered.contains_key(label) {
                    self.refused.insert(label.to_owned());
                }
                return;
            }
            Taken::Acknowledged => {
                let slots = self.delivered.entry(label.to_owned()).or_default();
                slots.insert(slot.clone());
                self.halves.remove(label);
                self.refused.remove(label);
                self.may_be_erased(slot);
            }
            Taken::Failed | Taken::Unanswered => {
                if !self.delivered.contains_key(label) {
                    self.halves.insert(label.to_owned());
                }
            }
        }
        self.replaced.remove(label);
        let register = self.registers.entry(slot.clone()).or_default();
        let again = register.writes.is_empty()
            && register.may.len() == 1
            && register.may.contains(&Some(label.to_owned()));
        if taken == Taken::Acknowledged {
            register.seen &= again;
            register.shown_us = register.shown_us.filter(|_| again);
            register.since_us = span.to_us;
        }
        register.writes.push(Write {
            label: label.to_owned(),
            span,
            taken,
        });
    }

    /// The contract leaves it open whether a store in this slot takes the place of what some others hold.
    fn may_be_erased(&mut self, slot: &Slot) {
        let mut others = self.registers.iter_mut();
        others
            .by_ref()
            .filter(|(other, _)| *other != slot && other.may_be(slot))
            .for_each(|(_, register)| {
                let now = register.admissible(Span {
                    from_us: u64::MAX,
                    to_us: u64::MAX,
                });
                register.may = now;
                register.may.insert(None);
                register.writes.clear();
            });
    }

    /// A request that is neither right nor wrong was acknowledged: the slot may hold the share, or the share may be
    /// kept beside it.
    pub fn may_store(&mut self, slot: &Slot, label: &str) {
        self.free.insert(label.to_owned());
        if let Some(register) = self.registers.get_mut(slot) {
            let mut now = register.admissible(Span {
                from_us: u64::MAX,
                to_us: u64::MAX,
            });
            now.insert(Some(label.to_owned()));
            register.may = now;
            register.writes.clear();
        }
    }

    /// A label that may come back or not, since a broken custodian acknowledged what it must refuse.
    pub fn tolerate(&mut self, label: &str) {
        self.free.insert(label.to_owned());
    }

    /// Whether a slot surely holds a share at this time, and which, if it is known.
    pub fn holds(&self, slot: &Slot, at: Span) -> Option<Option<String>> {
        let may = self.registers.get(slot)?.admissible(at);
        if may.contains(&None) {
            return None;
        }
        let mut values = may.into_iter().flatten();
        let first = values.next();
        Some(first.filter(|_| values.next().is_none()))
    }

    /// Whether a slot may hold this very share at this time.
    pub fn may_hold(&self, slot: &Slot, label: &str, at: Span) -> bool {
        let register = self.registers.get(slot);
        register.is_some_and(|it| it.admissible(at).contains(&Some(label.to_owned())))
    }

    /// The slots that surely hold a share at this time.
    pub fn holding(&self, at: Span) -> impl Iterator<Item = &Slot> {
        self.registers
            .iter()
            .filter(move |(_, register)| !register.admissible(at).contains(&None))
            .map(|(slot, _)| slot)
    }

    /// The slots in which this label was acknowledged.
    pub fn delivered(&self, label: &str) -> Option<&BTreeSet<Slot>> {
        self.delivered.get(label)
    }

    /// Whether some share must be in a fetch of this time.
    pub fn expects_some(&self, at: Span) -> bool {
        self.holding(at).next().is_some()
    }

    /// Whether a slot's present share was seen, and since when it is there or was last seen.
    pub fn seen(&self, slot: &Slot) -> (bool, u64) {
        let register = self.registers.get(slot);
        register.map_or((false, 0), |it| (it.seen, it.since_us))
    }

    /// When the last fetch was sent that showed a slot's present share; nothing where none has.
    pub fn shown(&self, slot: &Slot) -> Option<u64> {
        self.registers.get(slot)?.shown_us
    }

    /// The labels that the next fetch brings if the custodian is right and nothing is left open.
    pub fn settled(&self) -> Option<Vec<String>> {
        let at = Span {
            from_us: u64::MAX,
            to_us: u64::MAX,
        };
        let mut labels = Vec::new();
        for register in self.registers.values() {
            let may = register.admissible(at);
            let mut values = may.into_iter();
            match (values.next(), values.next()) {
                (Some(Some(label)), None) => labels.push(label),
                (Some(None), None) | (None, _) => {}
                (Some(_), Some(_)) => return None,
            }
        }
        Some(labels)
    }

    /// What a fetch of this time may bring, for people.
    pub fn allowed(&self, at: Span) -> String {
        let slots = self.registers.values().map(|register| {
            let may = register.admissible(at);
            either(may.iter().map(|it| it.as_deref().unwrap_or("nothing")))
        });
        let slots: Vec<String> = slots.filter(|may| may != "nothing").collect();
        if slots.is_empty() {
            "no share".to_owned()
        } else {
            slots.join(" + ")
        }
    }

    /// Whether something is not there that must be.
    pub fn misses(&self, found: &[Found], fetch: Span) -> bool {
        let counts = self.counts(found);
        let mut registers = self.registers.values();
        registers.any(|register| {
            let may = register.admissible(fetch);
            let there = may.iter().flatten().any(|label| counts.contains_key(label));
            !there && !may.contains(&None)
        })
    }

    /// Whether this label may turn up without anybody minding.
    pub fn tolerates(&self, label: &str) -> bool {
        self.free.contains(label)
    }

    /// Holds what a fetch found against what it may show: for each slot that was looked at, how it departs, if it
    /// does; and what is there besides. `settles` goes on from what was seen: not where other requests ran at once, of
    /// which each may have seen another moment.
    pub fn look(
        &mut self,
        found: &[Found],
        fetch: Span,
        settles: bool,
    ) -> Vec<(Slot, Option<Departed>)> {
        let mut counts = self.counts(found);
        let mut looked = Vec::new();
        let mut chosen: BTreeMap<String, BTreeSet<Slot>> = BTreeMap::new();
        for slot in self.order(fetch) {
            let Some(register) = self.registers.get_mut(&slot) else {
                continue;
            };
            let may = register.admissible(fetch);
            let there = |label: &String| counts.get(label).is_some_and(|count| *count > 0);
            // What may be kept beside the share that is meant does not stand for it.
            let mut labels: Vec<&String> = may.iter().flatten().collect();
            labels.sort_by_key(|label| self.free.contains(*label));
            let here = labels.into_iter().find(|label| there(label)).cloned();
            if let Some(label) = &here {
                *counts.entry(label.clone()).or_default() -= 1;
                let slots = chosen.entry(label.clone()).or_default();
                slots.insert(slot.clone());
            }
            let departed = (here.is_none() && !may.contains(&None)).then(|| Departed {
                how: Departure::Missing,
                label: either(may.iter().flatten().map(String::as_str)),
                slot: Some(slot.clone()),
            });
            if departed.is_some() && settles {
                // It may come late: that is told once.
                self.free.extend(may.iter().flatten().cloned());
            }
            if settles {
                let before = std::mem::take(&mut register.may).into_iter().flatten();
                let old = std::mem::take(&mut register.writes);
                let old = old.into_iter().map(|write| write.label);
                for label in may.into_iter().flatten().chain(before).chain(old) {
                    if here.as_ref() != Some(&label) && !self.free.contains(&label) {
                        self.replaced.insert(label, slot.clone());
                    }
                }
                register.may = BTreeSet::from([here.clone()]);
                register.seen = true;
                register.since_us = fetch.to_us;
                register.shown_us = here.as_ref().map(|_| fetch.from_us);
            }
            looked.push((slot, departed));
        }
        let doubtful = doubtful(&looked, &chosen);
        looked.retain(|(slot, departed)| departed.is_some() || !doubtful.contains_key(slot));
        for (slot, label) in doubtful.iter().filter(|_| settles) {
            if let Some(register) = self.registers.get_mut(slot) {
                register.may = BTreeSet::from([None, Some(label.clone())]);
            }
        }
        let rest: Vec<String> = counts
            .into_iter()
            .filter(|(_, left)| *left > 0)
            .map(|(label, _)| label)
            .collect();
        self.besides(rest, &chosen, settles, &mut looked);
        looked
    }

    /// What is there that no slot accounts for.
    fn besides(
        &mut self,
        rest: Vec<String>,
        chosen: &BTreeMap<String, BTreeSet<Slot>>,
        settles: bool,
        looked: &mut Vec<(Slot, Option<Departed>)>,
    ) {
        for label in rest {
            let elsewhere = self.left_in(&label, chosen.get(&label));
            let twice = elsewhere.is_none() && chosen.contains_key(&label);
            let slot = elsewhere.or_else(|| self.slot_of(&label));
            if !twice && self.free.contains(&label) {
                continue;
            }
            let missing = slot.as_ref().and_then(|slot| {
                let mut all = looked.iter_mut();
                all.find(|(other, it)| other == slot && it.is_some())
            });
            if let (Some((_, Some(departed))), false) = (missing, twice) {
                // One departure: the older one is there and the newer one is not.
                if departed.how == Departure::Missing {
                    departed.how = Departure::Older;
                }
            } else {
                let how = if twice {
                    Departure::Twice
                } else if self.refused.contains(&label) {
                    Departure::Revived
                } else {
                    Departure::Doubled
                };
                let departed = Departed {
                    how,
                    label: label.clone(),
                    slot: slot.clone(),
                };
                let place = slot.unwrap_or(Slot(None));
                looked.push((place, Some(departed)));
            }
            if settles {
                self.free.insert(label);
            }
        }
    }

    /// How often each label is there. Half of a share whose store failed counts for nothing.
    fn counts(&self, found: &[Found]) -> BTreeMap<String, usize> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for item in found {
            if let Found::Share { label, altered, .. } = item
                && (altered.is_none() || !self.halves.contains(label))
            {
                *counts.entry(label.clone()).or_default() += 1;
            }
        }
        counts
    }

    /// The slots, those that leave no choice first, so that a text that is kept in two is counted for both; where it came
    /// once, for the one that was stored last, whatever the slots are called.
    fn order(&self, fetch: Span) -> Vec<Slot> {
        let mut order: Vec<(usize, Reverse<u64>, Slot)> = self
            .registers
            .iter()
            .map(|(slot, register)| {
                let choice = register.admissible(fetch).len();
                (choice, Reverse(register.since_us), slot.clone())
            })
            .collect();
        order.sort();
        order.into_iter().map(|(.., slot)| slot).collect()
    }

    /// Of a text that was stored in several slots, the one that it was replaced in: `shown` are those that account for
    /// it.
    fn left_in(&self, label: &str, shown: Option<&BTreeSet<Slot>>) -> Option<Slot> {
        let mut slots = self.delivered.get(label)?.difference(shown?);
        slots.next().cloned()
    }

    /// The slot that a label belongs to, or belonged to.
    fn slot_of(&self, label: &str) -> Option<Slot> {
        let known = self.registers.iter().find(|(_, it)| it.knows(label));
        let known = known.map(|(slot, _)| slot.clone());
        known.or_else(|| self.replaced.get(label).cloned())
    }
}

/// The slots of a text that was stored in several and came less often, with its label: nobody can tell which of them it is
/// in.
fn doubtful(
    looked: &[(Slot, Option<Departed>)],
    chosen: &BTreeMap<String, BTreeSet<Slot>>,
) -> BTreeMap<Slot, String> {
    let mut doubtful = BTreeMap::new();
    for (slot, departed) in looked {
        let label = departed.as_ref().map(|it| &it.label);
        if let Some((label, others)) = label.and_then(|it| chosen.get_key_value(it)) {
            let slots = others.iter().chain([slot]);
            doubtful.extend(slots.map(|slot| (slot.clone(), label.clone())));
        }
    }
    doubtful
}

/// One of these, for people.
fn either<'a>(names: impl Iterator<Item = &'a str>) -> String {
    const SHOWN: usize = 3;
    let names: Vec<&str> = names.collect();
    let more = names.len().saturating_sub(SHOWN);
    let first = names[..names.len() - more].join(" or ");
    if more == 0 {
        first
    } else {
        format!("{first} or one of {more} others")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(method: &str) -> Slot {
        Slot(Some(method.to_owned()))
    }

    fn shares(labels: &[&str]) -> Vec<Found> {
        let shares = labels.iter().map(|label| Found::Share {
            label: (*label).to_owned(),
            altered: None,
            digest: None,
        });
        shares.collect()
    }

    fn at(number: u64) -> Span {
        Span {
            from_us: number * 10,
            to_us: number * 10 + 5,
        }
    }

    /// A history of stores one after the other: slot, label, and what they came to.
    fn of(stores: &[(&str, &str, Taken)]) -> History {
        let mut history = History::default();
        for (number, (method, label, taken)) in (1..).zip(stores) {
            let slot = match *method {
                "" => Slot(None),
                method => slot(method),
            };
            history.store(&slot, label, *taken, at(number));
        }
        history
    }

    fn departures(history: &mut History, labels: &[&str]) -> Vec<(Departure, String)> {
        let looked = history.look(&shares(labels), at(1000), true);
        let departed = looked.into_iter().filter_map(|(_, departed)| departed);
        departed.map(|it| (it.how, it.label)).collect()
    }

    use Taken::{Acknowledged, Failed, Refused};

    #[test]
    fn a_newer_share_takes_the_place_of_the_older() {
        let history = of(&[("A", "old", Acknowledged), ("A", "new", Acknowledged)]);
        assert_eq!(history.settled(), Some(vec!["new".to_owned()]));
        assert_eq!(departures(&mut history.clone(), &["new"]), []);
        let both = departures(&mut history.clone(), &["old", "new"]);
        assert_eq!(both, [(Departure::Doubled, "old".to_owned())]);
        let older = departures(&mut history.clone(), &["old"]);
        assert_eq!(older, [(Departure::Older, "new".to_owned())]);
        let none = departures(&mut history.clone(), &[]);
        assert_eq!(none, [(Departure::Missing, "new".to_owned())]);
    }

    #[test]
    fn a_first_store_that_failed_may_have_left_nothing() {
        let history = of(&[("A", "s", Failed)]);
        assert_eq!(departures(&mut history.clone(), &["s"]), []);
        assert_eq!(departures(&mut history.clone(), &[]), []);
        assert!(!history.expects_some(at(1000)));
    }

    #[test]
    fn after_a_failed_store_one_of_two_is_kept_whatever_they_are_called() {
        for (old, new) in [("a", "z"), ("z", "a")] {
            let history = of(&[("A", old, Acknowledged), ("A", new, Failed)]);
            assert_eq!(departures(&mut history.clone(), &[old]), []);
            assert_eq!(departures(&mut history.clone(), &[new]), []);
            let both = departures(&mut history.clone(), &[old, new]);
            assert_eq!(both.len(), 1, "{both:?}");
            assert_eq!(both[0].0, Departure::Doubled);
        }
    }

    #[test]
    fn after_a_refused_store_all_is_as_before() {
        let history = of(&[("A", "old", Acknowledged), ("A", "bad", Refused)]);
        assert_eq!(departures(&mut history.clone(), &["old"]), []);
        let both = departures(&mut history.clone(), &["old", "bad"]);
        assert_eq!(both, [(Departure::Revived, "bad".to_owned())]);
    }

    #[test]
    fn of_stores_at_once_any_that_was_acknowledged_may_stay_and_one_must() {
        let mut history = of(&[("A", "old", Acknowledged)]);
        for (label, taken) in [("x", Acknowledged), ("y", Acknowledged), ("z", Failed)] {
            history.store(&slot("A"), label, taken, at(7));
        }
        assert_eq!(departures(&mut history.clone(), &["y"]), []);
        assert_eq!(departures(&mut history.clone(), &["x"]), []);
        let both = departures(&mut history.clone(), &["x", "y"]);
        assert_eq!(both, [(Departure::Doubled, "y".to_owned())]);
        let none = departures(&mut history.clone(), &[]);
        assert_eq!(none[0].0, Departure::Missing);
        let old = departures(&mut history, &["old"]);
        assert_eq!(old[0].0, Departure::Older);
    }

    #[test]
    fn a_fetch_beside_a_store_shows_the_old_share_or_the_new_one() {
        let mut history = of(&[("A", "old", Acknowledged)]);
        let long = Span {
            from_us: 9000,
            to_us: 20_000,
        };
        history.store(&slot("A"), "new", Acknowledged, long);
        for labels in [["old"], ["new"]] {
            let looked = history.look(&shares(&labels), at(1000), false);
            assert!(looked.iter().all(|(_, departed)| departed.is_none()));
        }
        assert_eq!(departures(&mut history, &[])[0].0, Departure::Missing);
    }

    #[test]
    fn one_text_under_two_methods_comes_back_twice() {
        let history = of(&[("A", "same", Acknowledged), ("B", "same", Acknowledged)]);
        assert_eq!(departures(&mut history.clone(), &["same", "same"]), []);
        let once = departures(&mut history.clone(), &["same"]);
        assert_eq!(once, [(Departure::Missing, "same".to_owned())]);
        let thrice = departures(&mut history.clone(), &["same", "same", "same"]);
        assert_eq!(thrice, [(Departure::Twice, "same".to_owned())]);
    }

    #[test]
    fn slots_that_need_not_be_held_apart_may_displace_each_other() {
        let history = of(&[("", "five", Acknowledged), ("UNKNOWN", "six", Acknowledged)]);
        assert_eq!(departures(&mut history.clone(), &["six"]), []);
        assert_eq!(departures(&mut history.clone(), &["five", "six"]), []);
    }

    #[test]
    fn what_is_missing_is_told_once_and_may_come_late() {
        let mut history = of(&[("A", "share", Acknowledged)]);
        assert_eq!(departures(&mut history, &[]).len(), 1);
        assert_eq!(departures(&mut history, &[]), []);
        assert_eq!(departures(&mut history, &["share"]), []);
    }
}
