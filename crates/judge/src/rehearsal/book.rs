//! What was sent for one client, and what that leaves it to hold.

use crate::contract::Contract;
use crate::contract::share::{self, Shape};
use crate::model::history::{History, Span, Taken};
use crate::model::trial::Slot;

/// When something was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Before the new version came.
    Before,
    /// While it came.
    During,
    /// Once it was there.
    After,
}

/// A store that was sent, or was going to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The share's number in the rehearsal.
    pub serial: u32,
    /// The method; none as v5 sends it.
    pub method: Option<String>,
    /// What the share looks like.
    pub shape: Shape,
    /// When it was sent.
    pub step: Step,
    /// What came of it.
    pub taken: Taken,
    /// Its place in the order of all that happened: of what was before it in that order, it came after.
    pub span: Span,
}

impl Stored {
    /// By what the share is called.
    pub fn label(&self) -> String {
        label(self.serial)
    }
}

/// By what the share with this number is called.
pub(super) fn label(serial: u32) -> String {
    format!("s{serial}")
}

/// What is known of one client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Book {
    /// The client's id.
    pub client: String,
    /// Its stores, in the order in which they were sent.
    pub stores: Vec<Stored>,
    /// The digests of texts of ours that were there before all of it.
    pub leftovers: Vec<String>,
}

/// So many older stores of a slot are kept in mind, to know one again that comes back in the place of a newer one.
const OLDER: usize = 8;

impl Book {
    /// The store of the share with this number.
    pub fn stored(&self, serial: u32) -> Option<&Stored> {
        self.stores.iter().find(|it| it.serial == serial)
    }

    /// The text of the share that a store carries, made anew.
    pub fn text(stored: &Stored, marks: (&str, u64)) -> String {
        share::text(marks.0, marks.1, stored.serial, stored.shape)
    }

    /// Whether stores with a method were sent while a version may have answered that keeps one share for a client: where each
    /// of them went depends on who took it.
    pub(super) fn is_mixed(&self, old: Contract) -> bool {
        let mut during = self.stores.iter().filter(|it| it.step == Step::During);
        old == Contract::V5 && during.any(|it| it.method.is_some())
    }

    /// What a fetch may show, where the old version keeps this contract.
    pub fn history(&self, old: Contract) -> History {
        let mut history = History::default();
        let mixed = self.is_mixed(old);
        let slot = |it: &Stored| match it.step {
            Step::Before | Step::During if mixed => Slot(None),
            Step::Before | Step::During | Step::After => Slot(it.method.clone()),
        };
        for stored in self.counting(slot) {
            let label = stored.label();
            let free = mixed && stored.step != Step::After;
            if free || stored.taken == Taken::Refused {
                history.tolerate(&label);
            }
            if stored.taken != Taken::Refused {
                history.store(&slot(stored), &label, stored.taken, stored.span);
            }
        }
        history
    }

    /// The stores that a fetch may still show, and a few that it may not.
    fn counting(&self, slot: impl Fn(&Stored) -> Slot) -> Vec<&Stored> {
        let mut counting: Vec<&Stored> = Vec::new();
        let mut older: Vec<(Slot, usize)> = Vec::new();
        let mut newest: Vec<(Slot, Span)> = Vec::new();
        for stored in self.stores.iter().rev() {
            let slot = slot(stored);
            let gone = newest
                .iter()
                .any(|(of, span)| *of == slot && stored.span.is_before(*span));
            if gone {
                match older.iter_mut().find(|(of, _)| *of == slot) {
                    Some((_, count)) if *count >= OLDER => continue,
                    Some((_, count)) => *count += 1,
                    None => older.push((slot, 1)),
                }
            } else if stored.taken == Taken::Acknowledged {
                newest.push((slot, stored.span));
            }
            counting.push(stored);
        }
        counting.reverse();
        counting
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::exchange::Found;

    pub(in crate::rehearsal) fn stored(
        serial: u32,
        method: Option<&str>,
        step: Step,
        taken: Taken,
    ) -> Stored {
        let at = u64::from(serial) * 10;
        let open = matches!(taken, Unanswered);
        Stored {
            serial,
            method: method.map(str::to_owned),
            shape: Shape::Plain,
            step,
            taken,
            span: Span {
                from_us: at,
                to_us: if open { u64::MAX } else { at + 1 },
            },
        }
    }

    pub(in crate::rehearsal) fn book(stores: Vec<Stored>) -> Book {
        Book {
            client: "c".to_owned(),
            stores,
            leftovers: Vec::new(),
        }
    }

    const END: Span = Span {
        from_us: u64::MAX,
        to_us: u64::MAX,
    };

    fn misses(book: &Book, old: Contract, there: &[u32]) -> bool {
        let found: Vec<Found> = there
            .iter()
            .map(|serial| Found::Share {
                label: label(*serial),
                altered: None,
                digest: None,
            })
            .collect();
        book.history(old).misses(&found, END)
    }

    use Step::{Before, During};
    use Taken::{Acknowledged, Failed, Refused, Unanswered};

    #[test]
    fn an_intent_without_an_answer_may_be_there_at_any_later_time() {
        let all = book(vec![
            stored(1, None, Before, Acknowledged),
            stored(2, None, During, Unanswered),
            stored(3, None, During, Acknowledged),
        ]);
        assert!(!misses(&all, Contract::V6, &[3]));
        assert!(!misses(&all, Contract::V6, &[2]), "it was taken late");
        assert!(misses(&all, Contract::V6, &[1]));
        assert!(misses(&all, Contract::V6, &[]));
    }

    #[test]
    fn a_store_that_failed_leaves_the_old_one_or_the_new_one() {
        for taken in [Failed, Unanswered] {
            let all = book(vec![
                stored(1, None, Before, Acknowledged),
                stored(2, None, During, taken),
            ]);
            assert!(!misses(&all, Contract::V6, &[1]));
            assert!(!misses(&all, Contract::V6, &[2]));
            assert!(misses(&all, Contract::V6, &[]));
        }
        let refused = book(vec![
            stored(1, None, Before, Acknowledged),
            stored(2, None, During, Refused),
        ]);
        assert!(misses(&refused, Contract::V6, &[2]));
        assert!(!misses(&refused, Contract::V6, &[1, 2]));
    }

    #[test]
    fn with_methods_under_an_old_v5_the_last_one_has_to_be_there_and_others_may() {
        let all = book(vec![
            stored(1, None, Before, Acknowledged),
            stored(2, Some("GDRIVE"), During, Acknowledged),
            stored(3, Some("GDRIVE"), During, Acknowledged),
        ]);
        for there in [&[3][..], &[1, 3], &[2, 3], &[1, 2, 3]] {
            let mut history = all.history(Contract::V5);
            let found: Vec<Found> = there
                .iter()
                .map(|it| Found::Share {
                    label: label(*it),
                    altered: None,
                    digest: None,
                })
                .collect();
            let departed = history.look(&found, END, true);
            assert!(
                departed.iter().all(|(_, it)| it.is_none()),
                "{there:?}: {departed:?}"
            );
        }
        assert!(misses(&all, Contract::V5, &[2]));
        // Under an old v6 each method is a slot of its own.
        assert!(misses(&all, Contract::V6, &[3]));
        assert!(!misses(&all, Contract::V6, &[1, 3]));
    }

    #[test]
    fn many_stores_are_judged_as_few() {
        let mut stores: Vec<Stored> = (1..5000)
            .map(|serial| stored(serial, None, During, Acknowledged))
            .collect();
        stores.push(stored(5000, None, During, Failed));
        let all = book(stores);
        assert!(all.counting(|it| Slot(it.method.clone())).len() < 20);
        assert!(!misses(&all, Contract::V6, &[4999]));
        assert!(!misses(&all, Contract::V6, &[5000]));
        assert!(misses(&all, Contract::V6, &[4998]));
    }
}
