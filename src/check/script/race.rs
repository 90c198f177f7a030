//! Requests that ran at once: what every fetch among them may have seen, and what must be kept afterwards.

use super::{Taken, Walker, finding, readable, seen, taken};
use crate::exchange::{Exchange, Found, Webhook};
use crate::model::case::Expect;
use crate::model::trial::{Effect, Request, Slot};
use std::collections::{BTreeMap, BTreeSet};

/// An exchange of a concurrent step, with its request and its index in the transcript.
type Racer<'a> = (usize, &'a Request, &'a Exchange);

impl Walker<'_> {
    /// Judges a concurrent step and carries the ledgers over it.
    pub(super) fn race(&mut self, control: bool, group: &[Racer<'_>]) {
        let cut_off = group
            .iter()
            .find(|(_, _, exchange)| self.transcript.tells_nothing(exchange));
        if let Some((at, _, exchange)) = cut_off {
            self.unclear(
                control,
                finding(
                    "cut-off",
                    super::cut_off(exchange),
                    "an answer",
                    *at,
                    exchange,
                ),
            );
        }
        let told = group
            .iter()
            .filter(|(_, _, exchange)| !self.transcript.tells_nothing(exchange));
        for (at, request, exchange) in
            told.filter(|(_, request, _)| request.webhook == Webhook::Fetch)
        {
            match request.expect {
                Expect::Accepted => self.overlapping_fetch(control, *at, request, exchange, group),
                Expect::Refused | Expect::NoShare => self.no_share(control, *at, request, exchange),
                Expect::Free => {}
            }
        }
        self.refused_beside_others(control, group);
        self.nothing_replaced(control, group);
        let mut slots: BTreeMap<(&str, &Slot), Vec<&Racer<'_>>> = BTreeMap::new();
        for racer in group {
            if let Effect::Stores(slot, _) = &racer.1.effect {
                slots
                    .entry((&racer.1.client, slot))
                    .or_default()
                    .push(racer);
            }
        }
        for ((client, slot), racers) in slots {
            self.keep(client, slot, &racers);
        }
    }

    /// Of stores that have nothing to do with one another each must be taken: nobody sends one again. (One that
    /// fails with a 5xx is `replace.concurrent-status`.) Where no store of the method was ever taken, it is the
    /// method that is refused.
    fn refused_beside_others(&mut self, control: bool, group: &[Racer<'_>]) {
        if self.transcript.trial.requirement != "replace.concurrent-other" {
            return;
        }
        let refused = group.iter().find(|(_, request, exchange)| {
            let status = exchange.reply().map_or(0, |reply| reply.status);
            request.is_plain_store() && (400..500).contains(&status) && status != 429
        });
        let Some((at, request, exchange)) = refused else {
            return;
        };
        let taken_elsewhere = self.transcript.numbered().any(|(_, other, exchange)| {
            let same = matches!((&other.effect, &request.effect),
                (Effect::Stores(slot, _), Effect::Stores(refused, _)) if slot == refused);
            same && taken(exchange) == Taken::Acknowledged
        });
        if taken_elsewhere {
            let message = "a store is refused because another one runs";
            self.breaks(control, finding("refused", message, "2xx", *at, exchange));
        } else {
            let message = "a store is refused, whether another one runs or not";
            self.unclear(control, finding("refused", message, "2xx", *at, exchange));
        }
    }

    /// Of a replacement that never came about a fetch beside it shows nothing.
    fn nothing_replaced(&mut self, control: bool, group: &[Racer<'_>]) {
        let stores = || {
            group
                .iter()
                .filter(|(_, request, _)| request.is_plain_store())
        };
        let any_taken = stores().any(|(_, _, exchange)| taken(exchange) == Taken::Acknowledged);
        if let (false, Some((at, _, exchange))) = (any_taken, stores().next()) {
            let message = "of the stores that ran at once none is acknowledged";
            self.unclear(control, finding("refused", message, "2xx", *at, exchange));
        }
    }

    /// Carries one slot over the race.
    fn keep(&mut self, client: &str, slot: &Slot, racers: &[&Racer<'_>]) {
        let lanes: BTreeSet<usize> = racers
            .iter()
            .map(|(_, _, exchange)| exchange.place.lane)
            .collect();
        let ledger = self.ledger(client);
        if lanes.len() == 1 {
            // One lane is a sequence: its last store counts.
            for (_, request, exchange) in racers {
                let Effect::Stores(_, label) = &request.effect else {
                    continue;
                };
                match taken(exchange) {
                    Taken::Acknowledged => {
                        ledger.race(slot, std::slice::from_ref(label), &[], &[]);
                    }
                    Taken::Refused => ledger.refuse(label),
                    Taken::Failed => ledger.fail(slot, label),
                }
            }
            return;
        }
        let (mut acknowledged, mut unanswered, mut failed) =
            (BTreeMap::new(), Vec::new(), Vec::new());
        for (_, request, exchange) in racers {
            let Effect::Stores(_, label) = &request.effect else {
                continue;
            };
            match (taken(exchange), &exchange.outcome) {
                // Of the stores that a lane had acknowledged one after the other only the last can have stayed.
                (Taken::Acknowledged, _) => {
                    _ = acknowledged.insert(exchange.place.lane, label.clone());
                }
                (Taken::Refused, _) => ledger.refuse(label),
                (Taken::Failed, Ok(_)) => failed.push(label.clone()),
                (Taken::Failed, Err(_)) => unanswered.push(label.clone()),
            }
        }
        let acknowledged: Vec<String> = acknowledged.into_values().collect();
        ledger.race(slot, &acknowledged, &unanswered, &failed);
    }

    /// A fetch that got nothing readable while a share was being replaced.
    fn unreadable_in_race(
        &mut self,
        control: bool,
        at: usize,
        fetch: &Exchange,
        expects_some: bool,
    ) {
        let message =
            "a fetch that ran while a share was being replaced got no answer that can be read";
        let expected = "200 with the old share or the new one";
        let found = finding("unreadable", message, expected, at, fetch);
        // No answer at all says that the webhook failed, not what a replacement shows meanwhile.
        let silent = fetch.outcome.is_err();
        // Nor does an answer that is the same without any replacement.
        let silent = silent || !self.read;
        if expects_some {
            let broken = if silent {
                "endpoint.fetch"
            } else {
                "replace.atomic"
            };
            self.general(broken, found.clone());
        }
        if silent {
            self.unclear(control, found);
        } else {
            self.breaks(control, found);
        }
    }

    /// A fetch that ran while shares were being replaced: of each slot the old share or a new one, never
    /// none, never two.
    fn overlapping_fetch(
        &mut self,
        control: bool,
        at: usize,
        request: &Request,
        fetch: &Exchange,
        group: &[Racer<'_>],
    ) {
        let before = self.ledger(&request.client).snapshot();
        let stores: Vec<Store<'_>> = group
            .iter()
            .filter(|(_, other, _)| other.client == request.client)
            .filter_map(|(_, other, exchange)| match &other.effect {
                Effect::Stores(slot, label) => Some(Store {
                    slot,
                    label,
                    exchange,
                }),
                Effect::MayStore(..) | Effect::None => None,
            })
            .collect();
        let Some(reply) = readable(fetch) else {
            let expects_some = before.values().any(|may| !may.contains(&None));
            return self.unreadable_in_race(control, at, fetch, expects_some);
        };
        self.leaks(at, reply);
        let slots: BTreeSet<&Slot> = before
            .keys()
            .chain(stores.iter().map(|store| store.slot))
            .collect();
        for slot in slots {
            let none = BTreeSet::from([None]);
            let may = before.get(slot).unwrap_or(&none);
            let of_slot: Vec<&Store<'_>> =
                stores.iter().filter(|store| store.slot == slot).collect();
            let labels: BTreeSet<&str> = may
                .iter()
                .flatten()
                .map(String::as_str)
                .chain(of_slot.iter().map(|store| store.label))
                .collect();
            let came: Vec<&str> = reply
                .reading
                .found
                .iter()
                .filter_map(|found| match found {
                    Found::Share { label, .. } => labels.get(label.as_str()).copied(),
                    Found::Leftover
                    | Found::Elsewhere
                    | Found::Ours
                    | Found::Debris
                    | Found::Foreign(_) => None,
                })
                .collect();
            let settled = !may.contains(&None)
                || of_slot.iter().any(|store| {
                    taken(store.exchange) == Taken::Acknowledged
                        && store.exchange.ended_us < fetch.started_us
                });
            let stale = came.len() == 1 && is_stale(came[0], &of_slot, fetch.started_us);
            let (requirement, code, message) = match came.len() {
                0 if settled && of_slot.is_empty() => (
                    "replace.keeps-others",
                    "lost",
                    format!("the share under {slot} is gone while other methods are stored"),
                ),
                0 if settled => (
                    "replace.atomic",
                    "gap",
                    format!("while it is replaced, the share under {slot} is not there"),
                ),
                2.. => (
                    "replace.atomic",
                    "both-shown",
                    format!(
                        "while it is replaced, {} shares under {slot} are there",
                        came.len()
                    ),
                ),
                1 if stale => (
                    "share.read-after-write",
                    "stale",
                    format!(
                        "a fetch brings the share {} under {slot} after a newer one was acknowledged",
                        came[0]
                    ),
                ),
                _ => continue,
            };
            let found = seen(code, &message, "the old share or the new one", at, reply);
            self.general(requirement, found.clone());
            self.breaks(control, found);
        }
    }
}

/// A store of the race.
struct Store<'a> {
    slot: &'a Slot,
    label: &'a str,
    exchange: &'a Exchange,
}

/// Whether a store that began after this label's was answered had itself been acknowledged before the
/// fetch began. A label from before the race is stale once any store was acknowledged by then.
fn is_stale(label: &str, stores: &[&Store<'_>], fetch_started_us: u64) -> bool {
    let own = stores.iter().find(|store| store.label == label);
    stores.iter().any(|store| {
        let done = taken(store.exchange) == Taken::Acknowledged
            && store.exchange.ended_us < fetch_started_us;
        let later = own.is_none_or(|own| own.exchange.ended_us < store.exchange.started_us);
        store.label != label && done && later
    })
}
