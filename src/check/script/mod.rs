//! Walks a transcript along its script with the ledger in hand. Gives what broke the script, step by step,
//! and what broke the two invariants, whichever case it happened in.

mod blame;
mod race;

use crate::check::status::outcome;
use crate::exchange::{Exchange, Found, Reply, Trouble, Webhook};
use crate::model::case::{Expect, Secret};
use crate::model::finding::Finding;
use crate::model::ledger::{Deviation, Difference, Event, Ledger};
use crate::model::transcript::Transcript;
use crate::model::trial::{Action, Body, Effect, Request, Slot};
use std::collections::BTreeMap;

/// What broke a step of the script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Break {
    /// Whether the step was a control.
    pub control: bool,
    /// Whether it says nothing about the requirement, such as an answer that cannot be read.
    pub unclear: bool,
    /// What was found.
    pub finding: Finding,
}

/// The outcome of a walk.
#[derive(Clone, Debug, Default)]
pub struct Walk {
    /// What broke the script, in order.
    pub breaks: Vec<Break>,
    /// What broke a requirement that holds in every case.
    pub general: Vec<(&'static str, Finding)>,
    /// How many of the script's requests were answered or tried.
    pub walked: usize,
}

/// What is said of an exchange that tells nothing.
const CUT_OFF: &str =
    "the custodian was not reached, or a used connection was closed under the request";

/// Walks a transcript.
pub fn walk(transcript: &Transcript) -> Walk {
    let mut walker = Walker {
        transcript,
        ledgers: BTreeMap::new(),
        walk: Walk::default(),
        read: false,
    };
    for client in &transcript.trial.clients {
        walker.ledgers.insert(client.clone(), Ledger::default());
    }
    if let (Some(label), Some(client)) = (
        &transcript.trial.before_migration,
        transcript.trial.clients.first(),
    ) {
        let ledger = walker.ledger(client);
        ledger.accept(&Slot(None), label);
        ledger.note(Event::Migrated);
    }
    for (index, exchange) in transcript.opening.iter().enumerate() {
        if let Some(reply) = exchange.reply() {
            walker.leaks(index, reply);
        }
    }
    for (index, step) in transcript.trial.script.iter().enumerate() {
        match &step.action {
            Action::Restart => walker
                .ledgers
                .values_mut()
                .for_each(|ledger| ledger.note(Event::Restarted)),
            Action::Request(_) => {
                for (at, request, exchange) in transcript.of_step(index) {
                    walker.walk.walked += 1;
                    walker.request(step.control, at, request, exchange);
                }
            }
            Action::Concurrently(_) => {
                let group: Vec<_> = transcript.of_step(index).collect();
                walker.walk.walked += group.len();
                walker.race(step.control, &group);
            }
        }
    }
    walker.walk
}

struct Walker<'a> {
    transcript: &'a Transcript,
    ledgers: BTreeMap<String, Ledger>,
    walk: Walk,
    /// Whether a fetch that had to bring a share was readable so far.
    read: bool,
}

/// How a custodian took a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taken {
    Acknowledged,
    Refused,
    Failed,
}

fn taken(exchange: &Exchange) -> Taken {
    match exchange.reply().map(|reply| reply.status) {
        Some(200..=299) => Taken::Acknowledged,
        Some(300..=499) => Taken::Refused,
        Some(_) | None => Taken::Failed,
    }
}

impl Walker<'_> {
    fn ledger(&mut self, client: &str) -> &mut Ledger {
        self.ledgers.entry(client.to_owned()).or_default()
    }

    fn breaks(&mut self, control: bool, finding: Finding) {
        self.walk.breaks.push(Break {
            control,
            unclear: false,
            finding,
        });
    }

    fn unclear(&mut self, control: bool, finding: Finding) {
        self.walk.breaks.push(Break {
            control,
            unclear: true,
            finding,
        });
    }

    fn general(&mut self, requirement: &'static str, finding: Finding) {
        let requirement = blame::in_contract(self.transcript.trial.contract, requirement);
        self.walk.general.push((requirement, finding));
    }

    fn request(&mut self, control: bool, at: usize, request: &Request, exchange: &Exchange) {
        if exchange.tells_nothing() {
            if let Effect::Stores(slot, label) | Effect::MayStore(slot, label) = &request.effect {
                self.ledger(&request.client).fail(slot, label);
            }
            self.unclear(
                control,
                finding("cut-off", CUT_OFF, "an answer", at, exchange),
            );
            return;
        }
        match (request.webhook, request.expect) {
            (Webhook::Fetch, Expect::Accepted) => self.fetch(control, at, request, exchange),
            (Webhook::Fetch, Expect::Refused) => {
                if taken(exchange) == Taken::Acknowledged {
                    let message = format!(
                        "a fetch with a bad secret ({}) is answered",
                        secret_name(request.secret)
                    );
                    self.breaks(
                        control,
                        finding("answered", &message, "a refusal: 401 or 403", at, exchange),
                    );
                }
                self.no_share(control, at, request, exchange);
            }
            (Webhook::Fetch, Expect::NoShare) => self.no_share(control, at, request, exchange),
            (Webhook::Backup, Expect::Accepted) => {
                self.plain_store(control, at, request, exchange);
            }
            (Webhook::Backup, Expect::Refused | Expect::NoShare) => {
                self.bad_store(control, at, request, exchange);
            }
            (Webhook::Backup, Expect::Free) => self.free_store(request, exchange),
            (Webhook::Fetch, Expect::Free) => {}
        }
    }

    /// A store that a conforming custodian acknowledges.
    fn plain_store(&mut self, control: bool, at: usize, request: &Request, exchange: &Exchange) {
        let Effect::Stores(slot, label) = &request.effect else {
            return;
        };
        let ledger = self.ledgers.entry(request.client.clone()).or_default();
        match taken(exchange) {
            Taken::Acknowledged => return ledger.accept(slot, label),
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
        if code == "redirected" || (plain && code != "refused") {
            self.general("endpoint.backup", found.clone());
        }
        if blame::refusal_matters(&self.transcript.trial.requirement) {
            self.breaks(control, found);
        } else {
            self.unclear(control, found);
        }
    }

    /// A store that no custodian may acknowledge.
    fn bad_store(&mut self, control: bool, at: usize, request: &Request, exchange: &Exchange) {
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
    fn free_store(&mut self, request: &Request, exchange: &Exchange) {
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

    /// A request that must bring no share of anybody.
    fn no_share(&mut self, control: bool, at: usize, request: &Request, exchange: &Exchange) {
        if exchange.outcome == Err(Trouble::TooLarge) {
            let message =
                "an answer longer than all shares of a client came to a request that must get none";
            self.breaks(
                control,
                finding("too-large", message, "no share of anybody", at, exchange),
            );
        }
        let Some(reply) = exchange.reply() else {
            return;
        };
        // An id made from a client's may be another client's of the same pool: only what must not be there counts.
        let derived = matches!(request.body, Body::Fetch { .. }) && request.secret == Secret::Right;
        let returned = reply.reading.found.iter().filter(|found| match found {
            Found::Share { .. } | Found::Leftover => true,
            Found::Elsewhere | Found::Ours | Found::Foreign(_) => !derived && reply.is_success(),
            Found::Debris => false,
        });
        let shares = returned.count();
        if shares > 0 {
            let message = format!("{shares} share(s) came back to a request that must get none");
            self.breaks(
                control,
                finding(
                    "share-returned",
                    &message,
                    "no share of anybody",
                    at,
                    exchange,
                ),
            );
        }
    }

    /// A fetch of a client's own shares.
    fn fetch(&mut self, control: bool, at: usize, request: &Request, exchange: &Exchange) {
        let expects_some = self.ledger(&request.client).expects_some();
        let extra_keys = matches!(
            request.body,
            Body::Fetch {
                extra_keys: true,
                ..
            }
        );
        let Some(reply) = readable(exchange) else {
            // Of a client without a share there is nothing to be lost, and nothing to be learned.
            let refused = exchange.reply().is_some_and(|reply| reply.status >= 400);
            if !expects_some && refused {
                return;
            }
            let found = finding(
                "unreadable",
                "a fetch got no answer that can be read",
                "200 with the shares",
                at,
                exchange,
            );
            let redirected = exchange
                .reply()
                .is_some_and(|reply| (300..400).contains(&reply.status));
            if (expects_some || redirected) && !extra_keys {
                self.general("endpoint.fetch", found.clone());
            }
            // No answer at all says that the webhook failed, not what became of the shares.
            if self.read && !control && exchange.outcome.is_ok() {
                self.breaks(control, found);
            } else {
                self.unclear(control, found);
            }
            return;
        };
        if expects_some && reply.status != 200 {
            let message = "a fetch for a client with shares is not answered with 200";
            self.general(
                "endpoint.fetch",
                finding("not-200", message, "200", at, exchange),
            );
        }
        self.leaks(at, reply);
        let own: Vec<Found> = reply
            .reading
            .found
            .iter()
            .filter(|found| match found {
                Found::Share { label, .. } => self.is_of(label, &request.client),
                Found::Leftover
                | Found::Elsewhere
                | Found::Ours
                | Found::Debris
                | Found::Foreign(_) => true,
            })
            .cloned()
            .collect();
        let allowed = self.ledger(&request.client).allowed();
        let deviations = self.ledger(&request.client).settle(&own);
        let garbled = self.strangers(control, at, reply, &deviations, &allowed);
        self.blame(&deviations, &allowed, at, reply);
        let beside = deviations.len();
        let primary = self.transcript.trial.requirement.clone();
        let deviations: Vec<Deviation> = deviations
            .into_iter()
            .filter(|deviation| !blame::is_beside_the_point(&primary, deviation))
            .collect();
        let came = labels_in(&own);
        let differs = request.labels.as_ref().is_some_and(|wanted| {
            let too_many = lacks(wanted, &came);
            lacks(&came, wanted) || too_many && beside == deviations.len()
        });
        if deviations.is_empty() && !differs {
            self.read |= expects_some;
            return;
        }
        let matter = deviations
            .iter()
            .find(|deviation| blame::matters(&primary, deviation, self.is_proof(&deviation.label)));
        let (code, message) = matter.or(deviations.first()).map_or_else(
            || {
                (
                    "not-as-expected",
                    "the fetch brings other shares than it must".to_owned(),
                )
            },
            blame::describe,
        );
        let expected = request
            .labels
            .as_ref()
            .map_or(allowed, |wanted| list(wanted));
        let found = seen(code, &message, &expected, at, reply);
        if !garbled && (matter.is_some() || deviations.is_empty()) {
            self.breaks(control, found);
        } else {
            self.unclear(control, found);
        }
    }

    /// Puts each deviation down to the requirement that it breaks.
    fn blame(&mut self, deviations: &[Deviation], allowed: &str, at: usize, reply: &Reply) {
        let by_method_type = self.transcript.trial.requirement == "input.method-type";
        for deviation in deviations {
            let (code, message) = blame::describe(deviation);
            let requirement = match blame::requirement(deviation) {
                // So the contract has it: whatever such a store costs counts as another method's share.
                _ if by_method_type && deviation.kind == Difference::Missing => {
                    Some("replace.keeps-others")
                }
                requirement => requirement,
            };
            if let Some(requirement) = requirement {
                self.general(requirement, seen(code, &message, allowed, at, reply));
            }
        }
    }

    /// Whether a share was stored by a step that is no control.
    fn is_proof(&self, label: &str) -> bool {
        let trial = &self.transcript.trial;
        let before = trial.before_migration.as_deref() == Some(label);
        let mut proofs = trial.script.iter().filter(|step| !step.control);
        before
            || proofs.any(|step| {
                let requests = step.action.lanes().into_iter().flatten();
                requests
                    .into_iter()
                    .any(|request| labels_of(request).iter().any(|it| it == label))
            })
    }

    /// Texts that nobody stored for this client and that were not there before. Says whether a share seems
    /// to be among them, changed beyond recognition.
    fn strangers(
        &mut self,
        control: bool,
        at: usize,
        reply: &Reply,
        deviations: &[Deviation],
        allowed: &str,
    ) -> bool {
        let lost_at_once = deviations.iter().any(|deviation| {
            deviation.kind == Difference::Missing
                && !deviation.seen_before
                && deviation.since.is_empty()
        });
        let debris = reply.reading.found.contains(&Found::Debris);
        let unknown = reply
            .reading
            .found
            .iter()
            .any(|found| matches!(found, Found::Ours | Found::Foreign(_)));
        let garbled = (unknown || debris) && lost_at_once;
        if garbled {
            let message = "a share comes back so changed that it is not known again";
            self.general(
                "share.verbatim",
                seen("unrecognisable", message, allowed, at, reply),
            );
        } else if unknown {
            let message = "a fetch brings a text that was never stored for this client";
            self.general(
                "fetch.isolated",
                seen("foreign-share", message, allowed, at, reply),
            );
        } else if debris && self.transcript.trial.requirement.starts_with("input.") {
            let message = "a fetch brings a text that is no share, made of an unusable request";
            self.breaks(control, seen("debris", message, allowed, at, reply));
        }
        garbled
    }

    /// Shares of other clients of the run.
    fn leaks(&mut self, at: usize, reply: &Reply) {
        let client = self
            .transcript
            .opening
            .iter()
            .chain(&self.transcript.exchanges)
            .nth(at);
        let client = client
            .map(|exchange| exchange.sent.client.clone())
            .unwrap_or_default();
        let others = reply.reading.found.iter().filter(|found| match found {
            Found::Elsewhere => true,
            Found::Share { label, .. } => !self.is_of(label, &client),
            Found::Leftover | Found::Ours | Found::Debris | Found::Foreign(_) => false,
        });
        let count = others.count();
        if count > 0 {
            let message = format!("a fetch brings {count} share(s) of another client");
            self.general(
                "fetch.isolated",
                seen(
                    "share-of-another",
                    &message,
                    "shares of this client only",
                    at,
                    reply,
                ),
            );
        }
    }

    /// Whether a share was sent for this client, by any request, or was there before the first.
    fn is_of(&self, label: &str, client: &str) -> bool {
        if self.transcript.trial.held_before(label, client) {
            return true;
        }
        let requests = self
            .transcript
            .trial
            .script
            .iter()
            .flat_map(|step| step.action.lanes())
            .flatten();
        requests
            .filter(|request| request.client == client)
            .any(|request| labels_of(request).iter().any(|it| it == label))
    }
}

/// The answer of a fetch, if it can be read: 2xx with JSON, or a 4xx that says that nothing is there.
fn readable(exchange: &Exchange) -> Option<&Reply> {
    let reply = exchange.reply()?;
    let is_json = !reply
        .reading
        .fault
        .as_deref()
        .is_some_and(|fault| fault.ends_with("no JSON") || fault.ends_with("empty"));
    match reply.status {
        204 | 404 | 410 => Some(reply),
        200..=299 => (is_json || !reply.reading.found.is_empty()).then_some(reply),
        _ => None,
    }
}

/// The labels of every share that a request carries.
fn labels_of(request: &Request) -> Vec<String> {
    match &request.body {
        Body::Store { label, .. } => vec![label.clone()],
        Body::Fetch { .. } => Vec::new(),
        Body::Raw(body) => body
            .split('<')
            .filter_map(|part| {
                let inner = part.split_once('>')?.0;
                inner
                    .strip_prefix("raw ")
                    .unwrap_or(inner)
                    .strip_prefix("share ")
                    .map(str::to_owned)
            })
            .collect(),
    }
}

fn labels_in(found: &[Found]) -> Vec<String> {
    found
        .iter()
        .filter_map(|item| match item {
            Found::Share { label, .. } => Some(label.clone()),
            Found::Leftover
            | Found::Elsewhere
            | Found::Ours
            | Found::Debris
            | Found::Foreign(_) => None,
        })
        .collect()
}

/// Whether `these` lack one of `wanted`, counted with its multiplicity.
fn lacks(these: &[String], wanted: &[String]) -> bool {
    let count = |list: &[String], label: &String| list.iter().filter(|it| *it == label).count();
    wanted
        .iter()
        .any(|label| count(these, label) < count(wanted, label))
}

fn list(labels: &[String]) -> String {
    if labels.is_empty() {
        "no share".to_owned()
    } else {
        labels.join(" + ")
    }
}

fn secret_name(secret: Secret) -> String {
    serde_json::to_value(secret)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn finding(
    code: &'static str,
    message: &str,
    expected: &str,
    at: usize,
    exchange: &Exchange,
) -> Finding {
    Finding {
        code,
        message: message.to_owned(),
        expected: expected.to_owned(),
        observed: outcome(exchange),
        exchange: Some(at),
    }
}

/// A finding about the shares in an answer.
fn seen(code: &'static str, message: &str, expected: &str, at: usize, reply: &Reply) -> Finding {
    let mut names: Vec<String> = labels_in(&reply.reading.found);
    let mut others = BTreeMap::new();
    for found in &reply.reading.found {
        let name = match found {
            Found::Share { .. } | Found::Leftover => continue,
            Found::Elsewhere => "a share of another client".to_owned(),
            Found::Ours => "a share of ours that cannot be placed".to_owned(),
            Found::Debris => "debris".to_owned(),
            Found::Foreign(bytes) => format!("an unknown text of {bytes} bytes"),
        };
        *others.entry(name).or_insert(0_usize) += 1;
    }
    names.extend(others.into_iter().take(3).map(|(name, n)| {
        if n == 1 {
            name
        } else {
            format!("{n} × {name}")
        }
    }));
    let status = if reply.status == 200 {
        String::new()
    } else {
        format!("{}: ", reply.status)
    };
    Finding {
        code,
        message: message.to_owned(),
        expected: expected.to_owned(),
        observed: format!("{status}{}", list(&names)),
        exchange: Some(at),
    }
}
