//! Stores: those that must be taken, those that must be refused, and those of which the contract says neither.

use super::{
    Asked, Happened, Put, Raced, Sighting, Walker, has_extra_keys, replacing, runs_at_once, span,
    taken, words,
};
use crate::exchange::{Found, Secret, Trouble, Webhook};
use crate::model::effect::{Condition, Effect, Question};
use crate::model::history::Taken;
use crate::model::trial::{Effect as Change, Request, Slot};
use std::collections::BTreeSet;

impl<'a> Walker<'a> {
    /// A store that a conforming custodian acknowledges.
    pub(super) fn plain_store(
        &mut self,
        asked: Asked<'a>,
        raced: Option<(&Raced<'a>, &[Asked<'a>])>,
    ) {
        let (at, request, exchange) = asked;
        let Change::Stores(slot, label) = &request.effect else {
            return;
        };
        if let Some(reply) = exchange.reply() {
            self.others_shares(at, &request.client, reply, None);
        }
        let mut conditions = self.put_with(request, slot, label, exchange);
        let state = taken(exchange);
        let client = self.client(&request.client);
        client.history.store(slot, label, state, span(exchange));
        if state == Taken::Acknowledged {
            let now = exchange.ended_us;
            let first_us = client.put.get(slot).map_or(now, |put| put.first_us);
            let put = Put {
                first_us,
                span: span(exchange),
                conditions: conditions.clone(),
            };
            client.put.insert(slot.clone(), put);
        }
        let event = match state {
            Taken::Acknowledged => Happened::Stored(slot.clone()),
            Taken::Refused => Happened::Refused(None),
            Taken::Failed | Taken::Unanswered => Happened::Failed(None),
        };
        conditions.extend(client.beside(slot, span(exchange)));
        self.happened(&request.client, exchange, event);
        if let Some((raced, group)) = raced {
            conditions.extend(raced.condition(&request.client, slot));
            if meets_a_fetch(asked, group) {
                conditions.insert(Condition::Overlapped);
            }
            if runs_at_once(exchange, group) {
                conditions.insert(Condition::AtOnce);
            }
        }
        let status = exchange.reply().map(|reply| reply.status);
        let (effect, code) = match status {
            Some(200..=299) => (None, ""),
            Some(300..=399) => (Some(Effect::StoreRedirected), "redirected"),
            Some(..=499) => (Some(Effect::StoreRefused), "refused"),
            Some(_) => (Some(Effect::StoreFailed), "server-error"),
            None => (Some(Effect::StoreUnanswered), "no-answer"),
        };
        let message = format!("a store under {slot} is not acknowledged");
        let finding = words::finding(code, &message, "2xx", at, exchange);
        // Too late is too late, whatever was stored: the look at deadlines tells it.
        if exchange.outcome == Err(Trouble::Timeout) {
            self.seen.gaps.push(finding);
            return;
        }
        self.see(Sighting {
            at,
            question: Question::Taken,
            effect,
            conditions,
            others: 0,
            method: slot.0.clone(),
            proves: None,
            finding: effect.map(|_| finding),
            kept: None,
            faded: false,
        });
    }

    /// What a store comes with: its text, its method, and what its slot holds already.
    fn put_with(
        &mut self,
        request: &Request,
        slot: &Slot,
        label: &str,
        exchange: &crate::exchange::Exchange,
    ) -> BTreeSet<Condition> {
        let mut all = self.nature(slot, label, has_extra_keys(request));
        let run = span(exchange);
        let client = self.client(&request.client);
        let history = &client.history;
        let held = history.holds(slot, run);
        // What is there when an earlier store went wrong is unknown, and something may be replaced all the same.
        let mut puts = client.put.iter();
        let earlier = puts.any(|(other, put)| {
            (other == slot || slot.0.is_none() && other.may_be(slot)) && put.first_us < run.from_us
        });
        match held {
            _ if history.may_hold(slot, label, run) => {
                all.insert(Condition::Redelivered);
            }
            None if !earlier => {}
            Some(_) | None => {
                all.insert(replacing(slot));
            }
        }
        let known = history.delivered(label).into_iter().flatten();
        let known: Vec<Slot> = known.cloned().collect();
        if known.contains(slot) && !all.contains(&Condition::Redelivered) {
            all.insert(Condition::Returning);
        }
        for other in known.iter().filter(|it| *it != slot) {
            all.insert(Condition::SameText);
            // If one of them is missing, nobody can tell which.
            if let Some(put) = self.client(&request.client).put.get_mut(other) {
                put.conditions.insert(Condition::SameText);
            }
        }
        all
    }

    /// A store that no custodian may acknowledge.
    pub(super) fn bad_store(&mut self, asked: Asked<'a>) {
        let (at, request, exchange) = asked;
        let proves = Some(self.proves(request));
        let labels = request.carries();
        let state = taken(exchange);
        let client = self.client(&request.client);
        match state {
            Taken::Acknowledged => {
                if let Change::Stores(slot, label) | Change::MayStore(slot, label) = &request.effect
                {
                    client.history.may_store(slot, label);
                }
                for label in &labels {
                    client.history.tolerate(label);
                }
                // Such a store may have met any client.
                let at = exchange.ended_us;
                for other in self.clients.values_mut() {
                    let event = Happened::Acknowledged(proves.clone());
                    other.happened.push((at, event));
                }
            }
            Taken::Refused | Taken::Failed | Taken::Unanswered => {
                for label in &labels {
                    let slot = Slot(None);
                    client
                        .history
                        .store(&slot, label, Taken::Refused, span(exchange));
                    client.refused.insert(label.clone(), proves.clone());
                }
                let event = if state == Taken::Refused {
                    Happened::Refused(proves.clone())
                } else {
                    Happened::Failed(proves.clone())
                };
                self.happened(&request.client, exchange, event);
            }
        }
        if state == Taken::Acknowledged {
            let message = if request.secret == Secret::Right {
                "an unusable store is acknowledged".to_owned()
            } else {
                format!(
                    "a store with a bad secret ({}) is acknowledged",
                    request.secret
                )
            };
            let finding = words::finding("acknowledged", &message, "a refusal: 4xx", at, exchange);
            self.direct(Effect::Acknowledged, proves.clone(), finding);
        }
        let Some(reply) = exchange.reply() else {
            return;
        };
        self.others_shares(at, &request.client, reply, proves.as_deref());
        let returned = reply.reading.found.iter().any(|found| {
            matches!(found, Found::Share { label, .. }
                if !labels.contains(label) && self.is_of(label, &request.client))
        });
        if returned {
            let message = "the answer to a store that must be refused holds a share";
            let finding = words::finding("share-returned", message, "no share", at, exchange);
            self.direct(Effect::ShareReturned, proves, finding);
        }
    }

    /// A store that may be taken or not.
    pub(super) fn free_store(&mut self, asked: Asked<'a>) {
        let (_, request, exchange) = asked;
        let labels = request.carries();
        let state = taken(exchange);
        let run = span(exchange);
        let history = &mut self.client(&request.client).history;
        match (state, &request.effect) {
            (Taken::Acknowledged, Change::MayStore(slot, label) | Change::Stores(slot, label)) => {
                history.may_store(slot, label);
            }
            (Taken::Acknowledged, Change::None) => {
                for label in &labels {
                    history.tolerate(label);
                }
            }
            (Taken::Refused, _) => {
                for label in &labels {
                    history.store(&Slot(None), label, Taken::Refused, run);
                }
            }
            (
                Taken::Failed | Taken::Unanswered,
                Change::MayStore(slot, label) | Change::Stores(slot, label),
            ) => history.store(slot, label, state, run),
            (Taken::Failed | Taken::Unanswered, Change::None) => {}
        }
        let proves = self.proves(request);
        let event = match state {
            Taken::Acknowledged => Happened::Acknowledged(Some(proves)),
            Taken::Refused => Happened::Refused(None),
            Taken::Failed | Taken::Unanswered => Happened::Failed(None),
        };
        // It may have met another client than the one that it is for.
        let at = exchange.ended_us;
        for client in self.clients.values_mut() {
            client.happened.push((at, event.clone()));
        }
        // For its own client it is a store like any other besides.
        if let (Taken::Acknowledged, Change::MayStore(slot, _) | Change::Stores(slot, _)) =
            (state, &request.effect)
        {
            self.happened(&request.client, exchange, Happened::Stored(slot.clone()));
        }
    }
}

/// Whether a fetch of the same client ran while a store did.
fn meets_a_fetch((_, request, exchange): Asked<'_>, group: &[Asked<'_>]) -> bool {
    let run = span(exchange);
    group.iter().any(|(_, other, exchange)| {
        let fetch = span(exchange);
        let meets = !fetch.is_before(run) && !run.is_before(fetch);
        other.webhook == Webhook::Fetch && other.client == request.client && meets
    })
}
