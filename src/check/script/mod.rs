//! Walks a transcript along its script with the ledger in hand. Gives what broke the script, step by step,
//! and what broke the two invariants, whichever case it happened in.

mod blame;
mod fetch;
mod race;
mod store;

use crate::check::status::outcome;
use crate::contract::malformed::Malformed;
use crate::exchange::{Exchange, Found, Reply, Trouble, Webhook};
use crate::model::case::{Expect, Secret};
use crate::model::finding::Finding;
use crate::model::ledger::{Event, Ledger};
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
fn cut_off(exchange: &Exchange) -> &'static str {
    match &exchange.outcome {
        Ok(_) => "something counts requests: send more slowly, --rate-limit 5/s",
        Err(Trouble::Timeout) => "gave up before the contract's 10 s (--max-time)",
        Err(_) => {
            "the custodian was not reached, or a used connection was closed under the request"
        }
    }
}

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
        if self.transcript.tells_nothing(exchange) {
            if let Effect::Stores(slot, label) | Effect::MayStore(slot, label) = &request.effect {
                self.ledger(&request.client).fail(slot, label);
            }
            self.unclear(
                control,
                finding("cut-off", cut_off(exchange), "an answer", at, exchange),
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
}

/// The answer of a fetch, if it can be read: 2xx with JSON, or a 4xx that says that nothing is there.
fn readable(exchange: &Exchange) -> Option<&Reply> {
    let reply = exchange.reply()?;
    let fault = reply.reading.fault.as_ref();
    let is_json = !fault.is_some_and(Malformed::is_unreadable);
    match reply.status {
        204 | 404 | 410 => Some(reply),
        // What is no JSON may be a single share, as it was sent.
        200..=299 => (is_json || reply.reading.is_bare_share()).then_some(reply),
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
    if reply.reading.more > 0 {
        names.push(format!("{} more", reply.reading.more));
    }
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
