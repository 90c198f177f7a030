//! Stores against the script and the ledger: those that must be taken, those that must be refused, and those of
//! which the contract says neither.

use super::{Taken, Walker, blame, finding, labels_of, secret_name, taken};
use crate::contract::method::{BARE, DOCUMENTED, UNKNOWN};
use crate::exchange::{Exchange, Found, Trouble};
use crate::model::case::Secret;
use crate::model::ledger::{Event, Ledger};
use crate::model::trial::{Body, Effect, Request};

impl Walker<'_> {
    /// A store that a conforming custodian acknowledges.
    pub(super) fn plain_store(
        &mut self,
        control: bool,
        at: usize,
        request: &Request,
        exchange: &Exchange,
    ) {
        let Effect::Stores(slot, label) = &request.effect else {
            return;
        };
        if let Some(reply) = exchange.reply() {
            self.leaks(at, reply);
        }
        let ledger = self.ledgers.entry(request.client.clone()).or_default();
        let state = taken(exchange);
        if state == Taken::Acknowledged {
            return ledger.accept(slot, label);
        }
        let before = ledger.clone();
        match state {
            Taken::Acknowledged => {}
            Taken::Refused => ledger.refuse(label),
            Taken::Failed => ledger.fail(slot, label),
        }
        let code = match exchange.reply().map(|reply| reply.status) {
            Some(300..=399) => "redirected",
            Some(400..=499) => "refused",
            Some(_) => "server-error",
            None => "no-answer",
        };
        let message = format!("a store under {slot} is not acknowledged");
        let found = finding(code, &message, "2xx", at, exchange);
        let plain = self
            .transcript
            .trial
            .labels
            .get(label)
            .copied()
            .unwrap_or_default()
            == crate::contract::share::Shape::Plain;
        let works = self.transcript.numbered().any(|(_, request, exchange)| {
            request.is_plain_store() && taken(exchange) == Taken::Acknowledged
        });
        let requirement = match code {
            "redirected" => Some("endpoint.backup"),
            _ if !plain => None,
            "refused" => refused_against(request, exchange, &before),
            _ if !works => Some("endpoint.backup"),
            // Too late is too late, whatever was stored.
            _ if exchange.outcome == Err(Trouble::Timeout) => None,
            _ => speaks_against(request, &before),
        };
        if let Some(requirement) = requirement {
            self.general(requirement, found.clone());
        }
        if blame::refusal_matters(&self.transcript.trial.requirement) {
            self.breaks(control, found);
        } else {
            self.unclear(control, found);
        }
    }

    /// A store that no custodian may acknowledge.
    pub(super) fn bad_store(
        &mut self,
        control: bool,
        at: usize,
        request: &Request,
        exchange: &Exchange,
    ) {
        let labels = labels_of(request);
        let state = taken(exchange);
        let ledger = self.ledger(&request.client);
        match state {
            Taken::Acknowledged => {
                match &request.effect {
                    Effect::Stores(slot, label) | Effect::MayStore(slot, label) => {
                        ledger.may_accept(slot, label);
                    }
                    Effect::None => {}
                }
                for label in &labels {
                    ledger.tolerate(label);
                }
                self.ledgers
                    .values_mut()
                    .for_each(|ledger| ledger.note(Event::WronglyAcknowledged));
            }
            Taken::Refused => {
                for label in &labels {
                    ledger.refuse(label);
                }
                ledger.note(Event::Refused);
            }
            Taken::Failed => {
                for label in &labels {
                    ledger.refuse(label);
                }
                ledger.note(Event::Failed);
            }
        }
        if state == Taken::Acknowledged {
            let message = if request.secret == Secret::Right {
                "an unusable store is acknowledged".to_owned()
            } else {
                let how = secret_name(request.secret);
                format!("a store with a bad secret ({how}) is acknowledged")
            };
            self.breaks(
                control,
                finding("acknowledged", &message, "a refusal: 4xx", at, exchange),
            );
        }
        let returned =
            exchange.reply().is_some_and(|reply| {
                reply.reading.found.iter().any(
                    |found| matches!(found, Found::Share { label, .. } if !labels.contains(label)),
                )
            });
        if returned {
            let message = "the answer to a store that must be refused holds a share";
            self.breaks(
                control,
                finding("share-returned", message, "no share", at, exchange),
            );
        }
    }

    /// A store that may be taken or not.
    pub(super) fn free_store(&mut self, request: &Request, exchange: &Exchange) {
        let labels = labels_of(request);
        let ledger = self.ledger(&request.client);
        match (taken(exchange), &request.effect) {
            (Taken::Acknowledged, Effect::MayStore(slot, label) | Effect::Stores(slot, label)) => {
                ledger.may_accept(slot, label);
            }
            (Taken::Acknowledged, Effect::None) => {
                for label in &labels {
                    ledger.tolerate(label);
                }
            }
            (Taken::Refused, _) => labels.iter().for_each(|label| ledger.refuse(label)),
            (Taken::Failed, Effect::MayStore(slot, label) | Effect::Stores(slot, label)) => {
                ledger.fail(slot, label);
            }
            (Taken::Failed, Effect::None) => ledger.note(Event::Failed),
        }
    }
}

/// What the refusal of a plain store speaks against, whichever case it happens in. Who is not let in, or not
/// known, is refused for another reason than the store's.
fn refused_against(
    request: &Request,
    exchange: &Exchange,
    before: &Ledger,
) -> Option<&'static str> {
    match exchange.reply()?.status {
        413 => Some("share.size"),
        400 | 402 | 405 | 406 | 409..=422 => speaks_against(request, before),
        _ => None,
    }
}

/// What it speaks against if a plain store is not acknowledged though others are: its method, or what was there
/// before.
fn speaks_against(request: &Request, before: &Ledger) -> Option<&'static str> {
    let Effect::Stores(slot, label) = &request.effect else {
        return None;
    };
    if matches!(
        request.body,
        Body::Store {
            extra_keys: true,
            ..
        }
    ) {
        return None;
    }
    Some(match slot.0.as_deref() {
        _ if before.holds(slot, Some(label)) => "replace.redelivery",
        Some(UNKNOWN) => "v5.is-unknown",
        None if before.holds(slot, None) => "v5.replaced",
        Some(_) if before.holds(slot, None) => "replace.same-method",
        _ if before.was_delivered(label) => "share.all",
        None => "v5.accepted",
        Some(method) if DOCUMENTED.contains(&method) => "method.documented",
        Some(method) if BARE.contains(&method) => "method.bare",
        // Nobody names a method so, and a custodian may well say that it is none.
        Some(method) if method.trim() != method => return None,
        Some(_) => "method.open",
    })
}
