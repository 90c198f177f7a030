//! What a client's next fetch must return, as it follows from the stores that were acknowledged, refused
//! or left without an answer. Pure; fed by the judge in the order of the transcript.

use crate::exchange::Found;
use crate::model::trial::Slot;
use std::collections::{BTreeMap, BTreeSet};

/// What happened to a client since a slot was last seen to be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// A v6 store of another slot was acknowledged.
    OtherStored,
    /// A v5 store was acknowledged, or a v6 one where the slot is the v5 share's.
    OtherVersionStored,
    /// A store was refused (3xx, 4xx).
    Refused,
    /// A store failed (5xx, no answer).
    Failed,
    /// A request that no custodian may acknowledge was acknowledged.
    WronglyAcknowledged,
    /// Stores of this slot ran at once.
    RacedSame,
    /// Stores of other slots ran at once.
    RacedOther,
    /// The custodian was restarted.
    Restarted,
    /// The custodian went from v5 to v6.
    Migrated,
}

/// How a fetch differs from what the ledger allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deviation {
    /// In which way.
    pub kind: Difference,
    /// The share in question.
    pub label: String,
    /// Its slot, where it has one.
    pub slot: Option<Slot>,
    /// What happened since the slot was last seen to be right.
    pub since: BTreeSet<Event>,
    /// Whether an earlier fetch had brought the share.
    pub seen_before: bool,
}

/// The ways in which a fetch differs from the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// A share that must be there is not.
    Missing,
    /// A share that another took the place of is there.
    Superseded,
    /// Two shares of one slot are there.
    BothKept,
    /// A share is there more often than it is kept.
    Duplicate,
    /// A share is there whose store was refused.
    Revived,
}

#[derive(Clone, Debug, Default)]
struct Kept {
    /// What the slot may hold; `None` stands for nothing.
    may: BTreeSet<Option<String>>,
    seen: bool,
    since: BTreeSet<Event>,
}

/// One client's page of the ledger.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    slots: BTreeMap<Slot, Kept>,
    delivered: BTreeMap<String, usize>,
    superseded: BTreeMap<String, Slot>,
    tolerated: BTreeSet<String>,
    /// Those that may be kept beside the share whose slot they may have taken.
    beside: BTreeSet<String>,
    refused: BTreeSet<String>,
    /// Those whose store failed and was never acknowledged.
    failed: BTreeSet<String>,
    raced: BTreeSet<Slot>,
    /// Slots that were there while others raced.
    raced_beside: BTreeSet<Slot>,
}

impl Ledger {
    /// A store of `label` was acknowledged.
    pub fn accept(&mut self, slot: &Slot, label: &str) {
        *self.delivered.entry(label.to_owned()).or_default() += 1;
        self.failed.remove(label);
        for (other, kept) in self.slots.iter_mut().filter(|(other, _)| *other != slot) {
            kept.since.insert(if other.0.is_none() || slot.0.is_none() {
                Event::OtherVersionStored
            } else {
                Event::OtherStored
            });
            if other.may_be(slot) {
                kept.may.insert(None);
            }
        }
        let kept = self.slots.entry(slot.clone()).or_default();
        for old in kept.may.iter().flatten().filter(|old| *old != label) {
            self.superseded.insert(old.clone(), slot.clone());
        }
        let redelivered = kept.may.contains(&Some(label.to_owned()));
        *kept = Kept {
            may: BTreeSet::from([Some(label.to_owned())]),
            seen: redelivered && kept.seen,
            since: BTreeSet::new(),
        };
        self.superseded.remove(label);
    }

    /// A well-formed store was refused: all must be as it was.
    pub fn refuse(&mut self, label: &str) {
        if !self.delivered.contains_key(label) {
            self.refused.insert(label.to_owned());
        }
        self.note(Event::Refused);
    }

    /// A store failed: the slot may hold the old share or the new one.
    pub fn fail(&mut self, slot: &Slot, label: &str) {
        let kept = self.slots.entry(slot.clone()).or_insert_with(|| Kept {
            may: BTreeSet::from([None]),
            ..Kept::default()
        });
        kept.may.insert(Some(label.to_owned()));
        self.tolerated.insert(label.to_owned());
        if !self.delivered.contains_key(label) {
            self.failed.insert(label.to_owned());
        }
        self.note(Event::Failed);
    }

    /// A request that is neither right nor wrong was acknowledged: the slot may hold the share, or the share
    /// may be kept beside it.
    pub fn may_accept(&mut self, slot: &Slot, label: &str) {
        self.tolerated.insert(label.to_owned());
        self.beside.insert(label.to_owned());
        if let Some(kept) = self.slots.get_mut(slot) {
            kept.may.insert(Some(label.to_owned()));
        }
    }

    /// Something happened to the client as a whole.
    pub fn note(&mut self, event: Event) {
        self.slots
            .values_mut()
            .for_each(|kept| _ = kept.since.insert(event));
    }

    /// A label that may come back or not, since a broken custodian acknowledged what it must refuse.
    pub fn tolerate(&mut self, label: &str) {
        self.tolerated.insert(label.to_owned());
    }

    /// Stores of one slot ran at once: it must hold one that was acknowledged or left unanswered; if none
    /// was, what it held before or one of those that failed.
    pub fn race(
        &mut self,
        slot: &Slot,
        acknowledged: &[String],
        unanswered: &[String],
        failed: &[String],
    ) {
        let racers = acknowledged.len() + unanswered.len() + failed.len();
        for (other, kept) in self.slots.iter_mut().filter(|(other, _)| *other != slot) {
            kept.since.insert(Event::RacedOther);
            self.raced_beside.insert(other.clone());
        }
        if racers > 1 {
            self.raced.insert(slot.clone());
        }
        let kept = self.slots.entry(slot.clone()).or_insert_with(|| Kept {
            may: BTreeSet::from([None]),
            ..Kept::default()
        });
        if acknowledged.is_empty() {
            kept.may
                .extend(failed.iter().chain(unanswered).cloned().map(Some));
        } else {
            for old in kept.may.iter().flatten() {
                self.superseded.insert(old.clone(), slot.clone());
            }
            kept.may = acknowledged
                .iter()
                .chain(unanswered)
                .cloned()
                .map(Some)
                .collect();
            kept.seen = false;
            for label in failed {
                self.refused.insert(label.clone());
            }
        }
        for label in acknowledged.iter().chain(unanswered).chain(failed) {
            *self.delivered.entry(label.clone()).or_default() += 1;
            self.superseded.remove(label);
        }
        kept.since = BTreeSet::from([if racers > 1 {
            Event::RacedSame
        } else {
            Event::RacedOther
        }]);
    }

    /// Whether a slot surely holds a share, and this one if one is named.
    pub fn holds(&self, slot: &Slot, label: Option<&str>) -> bool {
        let kept = self.slots.get(slot);
        kept.is_some_and(|kept| {
            let surely = kept.may.len() == 1 && !kept.may.contains(&None);
            surely && label.is_none_or(|label| kept.may.contains(&Some(label.to_owned())))
        })
    }

    /// Whether a store of this share was acknowledged, under whatever method.
    pub fn was_delivered(&self, label: &str) -> bool {
        self.delivered.contains_key(label)
    }

    /// Whether some share must come back.
    pub fn expects_some(&self) -> bool {
        self.slots.values().any(|kept| !kept.may.contains(&None))
    }

    /// The labels that the next fetch brings if the custodian is right and nothing is left open.
    pub fn settled(&self) -> Option<Vec<String>> {
        self.slots
            .values()
            .map(|kept| {
                if kept.may.len() == 1 {
                    kept.may.iter().next().cloned().flatten()
                } else {
                    None
                }
            })
            .collect()
    }

    /// What the slots may hold, for people.
    pub fn allowed(&self) -> String {
        let slots: Vec<String> = self
            .slots
            .values()
            .map(|kept| {
                let names = kept.may.iter();
                either(names.map(|may| may.as_deref().unwrap_or("nothing")))
            })
            .filter(|may| may != "nothing")
            .collect();
        if slots.is_empty() {
            "no share".to_owned()
        } else {
            slots.join(" + ")
        }
    }

    /// Holds a fetch against the ledger, and goes on from what it brought, so that one defect is told once.
    #[expect(
        clippy::too_many_lines,
        reason = "one pass over slots and one over what is left"
    )]
    pub fn settle(&mut self, found: &[Found]) -> Vec<Deviation> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for item in found {
            if let Found::Share { label, altered } = item {
                // Half of a share whose store failed is neither the old share nor the new one.
                if altered.is_none() || !self.failed.contains(label) {
                    *counts.entry(label).or_default() += 1;
                }
            }
        }
        let mut deviations = Vec::new();
        // Slots that leave no choice go first, so that a text kept under two methods is counted for both.
        let mut order: Vec<Slot> = self.slots.keys().cloned().collect();
        order.sort_by_key(|slot| self.slots.get(slot).map_or(0, |kept| kept.may.len()));
        let mut satisfied: BTreeMap<String, Slot> = BTreeMap::new();
        let mut rivals: BTreeSet<String> = BTreeSet::new();
        for slot in order {
            let Some(kept) = self.slots.get_mut(&slot) else {
                continue;
            };
            let here = kept
                .may
                .iter()
                .flatten()
                .find(|label| counts.get(label.as_str()).is_some_and(|n| *n > 0))
                .cloned();
            match here {
                Some(label) => {
                    *counts.entry(found_label(found, &label)).or_default() -= 1;
                    let others = kept.may.iter().flatten().filter(|other| **other != label);
                    let others: Vec<String> = others.cloned().collect();
                    let either = others.iter().filter(|other| !self.beside.contains(*other));
                    rivals.extend(either.cloned());
                    self.superseded
                        .extend(others.into_iter().map(|other| (other, slot.clone())));
                    satisfied.insert(label.clone(), slot.clone());
                    *kept = Kept {
                        may: BTreeSet::from([Some(label)]),
                        seen: true,
                        since: BTreeSet::new(),
                    };
                }
                None if kept.may.contains(&None) => {
                    *kept = Kept {
                        may: BTreeSet::from([None]),
                        seen: true,
                        since: BTreeSet::new(),
                    };
                }
                None => {
                    deviations.push(Deviation {
                        kind: Difference::Missing,
                        label: either(kept.may.iter().flatten().map(String::as_str)),
                        slot: Some(slot.clone()),
                        since: kept.since.clone(),
                        seen_before: kept.seen,
                    });
                    *kept = Kept {
                        may: BTreeSet::from([None]),
                        seen: true,
                        since: BTreeSet::new(),
                    };
                }
            }
        }
        for label in counts
            .into_iter()
            .filter(|(_, left)| *left > 0)
            .map(|(label, _)| label)
        {
            let superseded = self.superseded.get(label);
            let rival =
                superseded.is_some_and(|slot| satisfied.values().any(|other| other == slot));
            let kind = if satisfied.contains_key(label) {
                Difference::Duplicate
            } else if self.tolerated.contains(label) && !rivals.contains(label) {
                continue;
            } else if self.refused.contains(label) {
                Difference::Revived
            } else if superseded.is_some() && rival {
                Difference::BothKept
            } else {
                Difference::Superseded
            };
            let slot = superseded.or_else(|| satisfied.get(label)).cloned();
            let raced = slot.as_ref().is_some_and(|slot| self.raced.contains(slot))
                || self.refused.contains(label) && !self.raced.is_empty();
            let beside = slot
                .as_ref()
                .is_some_and(|slot| self.raced_beside.contains(slot));
            deviations.push(Deviation {
                kind,
                label: label.to_owned(),
                slot,
                since: match (raced, beside) {
                    (true, _) => BTreeSet::from([Event::RacedSame]),
                    (false, true) => BTreeSet::from([Event::RacedOther]),
                    (false, false) => BTreeSet::new(),
                },
                seen_before: self.delivered.get(label).is_some_and(|n| *n > 1),
            });
            self.tolerated.insert(label.to_owned());
        }
        deviations
    }

    /// The slots' present state, for judging fetches that ran while stores did.
    pub fn snapshot(&self) -> BTreeMap<Slot, BTreeSet<Option<String>>> {
        self.slots
            .iter()
            .map(|(slot, kept)| (slot.clone(), kept.may.clone()))
            .collect()
    }

    /// Whether this label may turn up without anybody minding.
    pub fn tolerates(&self, label: &str) -> bool {
        self.tolerated.contains(label)
    }
}

/// One of these, for people.
fn either<'a>(names: impl Iterator<Item = &'a str>) -> String {
    const SHOWN: usize = 3;
    let names: Vec<&str> = names.collect();
    let more = names.len().saturating_sub(SHOWN);
    let first = names[..names.len() - more].join(" or ");
    match more {
        0 => first,
        more => format!("{first} or one of {more} more"),
    }
}

/// The label as it stands in `found`, which lives as long as the counts do.
fn found_label<'a>(found: &'a [Found], wanted: &str) -> &'a str {
    found
        .iter()
        .find_map(|item| match item {
            Found::Share { label, .. } if label == wanted => Some(label.as_str()),
            Found::Share { .. }
            | Found::Leftover
            | Found::Elsewhere
            | Found::Ours
            | Found::Debris
            | Found::Foreign(_) => None,
        })
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(method: &str) -> Slot {
        Slot(Some(method.to_owned()))
    }

    fn shares(labels: &[&str]) -> Vec<Found> {
        labels
            .iter()
            .map(|label| Found::Share {
                label: (*label).to_owned(),
                altered: None,
            })
            .collect()
    }

    fn kinds(ledger: &mut Ledger, labels: &[&str]) -> Vec<(Difference, String)> {
        ledger
            .settle(&shares(labels))
            .into_iter()
            .map(|d| (d.kind, d.label))
            .collect()
    }

    #[test]
    fn after_a_failed_store_one_of_two_is_kept_whatever_they_are_called() {
        for (old, new) in [("a", "z"), ("z", "a")] {
            let mut ledger = Ledger::default();
            ledger.accept(&slot("A"), old);
            ledger.fail(&slot("A"), new);
            assert_eq!(kinds(&mut ledger.clone(), &[old]), []);
            assert_eq!(kinds(&mut ledger.clone(), &[new]), []);
            let both = kinds(&mut ledger, &[old, new]);
            assert_eq!(both.len(), 1, "{both:?}");
            assert_eq!(both[0].0, Difference::BothKept);
        }
    }

    #[test]
    fn a_newer_share_takes_the_place_of_the_older() {
        let mut ledger = Ledger::default();
        ledger.accept(&slot("A"), "old");
        ledger.accept(&slot("A"), "new");
        assert_eq!(ledger.settled(), Some(vec!["new".to_owned()]));
        assert_eq!(kinds(&mut ledger.clone(), &["new"]), []);
        assert_eq!(
            kinds(&mut ledger.clone(), &["old", "new"]),
            [(Difference::BothKept, "old".into())]
        );
        assert_eq!(
            kinds(&mut ledger, &["old"]),
            [
                (Difference::Missing, "new".into()),
                (Difference::Superseded, "old".into())
            ]
        );
    }

    #[test]
    fn after_a_refused_store_all_is_as_before_and_after_a_failed_one_old_or_new() {
        let mut ledger = Ledger::default();
        ledger.accept(&slot("A"), "old");
        ledger.refuse("bad");
        assert_eq!(kinds(&mut ledger.clone(), &["old"]), []);
        assert_eq!(
            kinds(&mut ledger.clone(), &["old", "bad"]),
            [(Difference::Revived, "bad".into())]
        );
        let lost = ledger.clone().settle(&[]);
        assert!(lost[0].since.contains(&Event::Refused));
        ledger.fail(&slot("A"), "bad");
        assert_eq!(kinds(&mut ledger.clone(), &["old"]), []);
        assert_eq!(kinds(&mut ledger.clone(), &["bad"]), []);
        assert_eq!(
            kinds(&mut ledger, &[]),
            [(Difference::Missing, "bad or old".into())]
        );
    }

    #[test]
    fn after_a_race_exactly_one_acknowledged_share_is_there() {
        let mut ledger = Ledger::default();
        ledger.accept(&slot("A"), "old");
        ledger.race(&slot("A"), &["x".into(), "y".into()], &[], &["z".into()]);
        assert_eq!(kinds(&mut ledger.clone(), &["y"]), []);
        assert_eq!(
            kinds(&mut ledger.clone(), &["x", "y"]),
            [(Difference::BothKept, "y".into())]
        );
        assert_eq!(
            kinds(&mut ledger.clone(), &["x", "z"]),
            [(Difference::Revived, "z".into())]
        );
        assert_eq!(kinds(&mut ledger, &[])[0].0, Difference::Missing);
    }

    #[test]
    fn one_text_under_two_methods_comes_back_twice() {
        let mut ledger = Ledger::default();
        ledger.accept(&slot("A"), "same");
        ledger.accept(&slot("B"), "same");
        assert_eq!(kinds(&mut ledger.clone(), &["same", "same"]), []);
        assert_eq!(
            kinds(&mut ledger.clone(), &["same"]),
            [(Difference::Missing, "same".into())]
        );
        assert_eq!(
            kinds(&mut ledger, &["same", "same", "same"]),
            [(Difference::Duplicate, "same".into())]
        );
    }

    #[test]
    fn slots_that_need_not_be_held_apart_may_displace_each_other() {
        let mut ledger = Ledger::default();
        ledger.accept(&Slot(None), "five");
        ledger.accept(&slot("UNKNOWN"), "six");
        assert_eq!(kinds(&mut ledger.clone(), &["six"]), []);
        assert_eq!(kinds(&mut ledger, &["five", "six"]), []);
    }
}
