//! The custodian's own endpoints: what was handed in there must come back to the same user, by the same method.

use super::client::Happened;
use super::{Asked, Sighting, Taken, Walker, taken, words};
use crate::contract::method::UNKNOWN;
use crate::contract::share::Shape;
use crate::exchange::{Credentials, Exchange, Found};
use crate::model::case::{Expect, Mood};
use crate::model::effect::{Condition, Effect};
use crate::model::finding::{Finding, Subject};
use crate::model::trial::{Body, Cipher, Request};
use std::collections::{BTreeMap, BTreeSet};

/// What one user handed in, as far as a walk has come.
#[derive(Clone, Debug, Default)]
pub(super) struct User {
    slots: BTreeMap<String, Slot>,
    /// Whether a wallet of this user was recovered.
    pub(super) recovered: bool,
    /// Whether a wallet is being recovered: who was backed up under v5 is asked for by name.
    pub(super) recovers: bool,
    /// How Portal answers at the moment.
    pub(super) mood: Option<Mood>,
    /// Texts that came with somebody else's credentials, or none.
    intruders: BTreeSet<String>,
}

/// What is known of one method.
#[derive(Clone, Debug, Default)]
struct Slot {
    /// The labels that may be there; none stands for nothing.
    may: BTreeSet<Option<String>>,
    /// What it came with.
    put: BTreeSet<Condition>,
    /// What happened since.
    since: BTreeSet<Condition>,
    /// Every label that was there.
    older: BTreeSet<String>,
    /// Whether something was there when it was last acknowledged or seen.
    there: bool,
}

impl Slot {
    fn may_be_empty(&self) -> bool {
        self.may.is_empty() || self.may.contains(&None)
    }

    /// Whether what came is what may be there. One from before the migration may stand in for a method that has none.
    fn fits(&self, user: &User, label: Option<&str>) -> bool {
        let here = |label: &str| self.may.contains(&Some(label.to_owned()));
        let before = |label: &str| self.may_be_empty() && user.method_of(label) == Some(UNKNOWN);
        label.is_some_and(|it| here(it) || before(it))
    }

    /// What must be there.
    fn due(&self) -> String {
        let first = self.may.iter().flatten().next();
        first.cloned().unwrap_or_else(|| "none".to_owned())
    }

    /// How something else than what may be there departs from it: an effect, a code and a sentence.
    fn departure(
        &self,
        user: &User,
        method: &str,
        label: Option<&str>,
    ) -> (Effect, &'static str, String) {
        let due = self.due();
        match label {
            Some(label) if self.older.contains(label) => (
                Effect::UserStale,
                "user-share-not-replaced",
                format!("an older user share comes back under {method} in the place of {due}"),
            ),
            Some(label) => (
                Effect::UserSwapped,
                "user-share-of-another-method",
                format!(
                    "asked for the user share under {method}, the one under {} comes back",
                    user.method_of(label).unwrap_or("another method")
                ),
            ),
            None => (
                Effect::UserLost,
                "user-share-lost",
                format!("the user share {due} under {method} does not come back"),
            ),
        }
    }
}

impl User {
    /// Whether Portal cannot be told at the moment.
    pub(super) fn is_cut_off(&self) -> bool {
        self.mood.is_some_and(|it| it != Mood::Well)
    }

    /// The method under which a label was handed in last.
    fn method_of(&self, label: &str) -> Option<&str> {
        let mut slots = self.slots.iter();
        let slot = slots.find(|(_, it)| it.older.contains(label));
        slot.map(|(method, _)| method.as_str())
    }

    /// Whether something is surely there under other methods.
    fn has_others(&self, method: &str) -> bool {
        let mut others = self.slots.iter().filter(|(other, _)| *other != method);
        others.any(|(_, it)| !it.may.contains(&None))
    }

    /// The slot that an app means which asks by this method.
    fn asked_for(&self, method: &str) -> Slot {
        let slot = self.slots.get(method).cloned().unwrap_or_default();
        match self.slots.get(UNKNOWN) {
            Some(before) if self.recovers && slot.may.is_empty() => {
                let mut slot = before.clone();
                slot.since.insert(Condition::AskedByName);
                slot
            }
            Some(_) | None => slot,
        }
    }

    /// Something happened to all methods but one.
    fn note(&mut self, but: Option<&str>, condition: Condition) {
        let slots = self.slots.iter_mut();
        for (_, slot) in slots.filter(|(method, _)| but != Some(method.as_str())) {
            slot.since.insert(condition);
        }
    }
}

/// What stands for a text that an earlier run has left.
const LEFT: &str = "what an earlier run left";

/// The name of a method's slot.
fn named(method: Option<&String>) -> &str {
    method.map_or(UNKNOWN, String::as_str)
}

impl<'a> Walker<'a> {
    /// What a user has under a method before the trial.
    pub(super) fn had(&mut self, exchange: &Exchange) {
        let found = exchange.reply().and_then(|it| it.reading.found.first());
        let method = exchange.sent.method.as_deref();
        if let (Some(Found::Leftover), Some(method)) = (found, method) {
            let user = self.users.entry(exchange.sent.client.clone()).or_default();
            let slot = user.slots.entry(method.to_owned()).or_default();
            slot.may = BTreeSet::from([Some(LEFT.to_owned())]);
            slot.older.insert(LEFT.to_owned());
            slot.there = true;
        }
    }

    /// A user's half is handed in.
    pub(super) fn hand_in(&mut self, asked: Asked<'a>) {
        let (_, request, exchange) = asked;
        let Body::UserStore {
            method,
            text,
            credentials,
        } = &request.body
        else {
            return;
        };
        let method = named(method.as_ref());
        let state = taken(exchange);
        match (text, credentials) {
            (Cipher::Label(label), Credentials::Own) => {
                self.handed_in(asked, method, label, state);
            }
            (text, Credentials::Missing | Credentials::Of(_)) => {
                let user = self.users.entry(request.client.clone()).or_default();
                if let Cipher::Label(label) = text {
                    user.intruders.insert(label.clone());
                }
                user.note(None, Condition::AfterStranger);
            }
            (Cipher::Unusable(_), Credentials::Own) => {
                let user = self.users.entry(request.client.clone()).or_default();
                let condition = match state {
                    Taken::Acknowledged => Condition::AfterAcknowledged,
                    Taken::Refused => Condition::AfterRefused,
                    Taken::Failed | Taken::Unanswered => Condition::AfterFailed,
                };
                user.note(None, condition);
            }
        }
    }

    /// Whether an answer passes on what Portal was told to say, so that it tells something all the same.
    pub(super) fn passes_on(&self, request: &Request, exchange: &Exchange) -> bool {
        let user = self.users.get(&request.client);
        request.webhook.is_own() && exchange.reply().is_some() && user.is_some_and(User::is_cut_off)
    }

    /// A user's half is handed in, and nobody knows whether it arrived.
    pub(super) fn may_have_been_handed_in(&mut self, request: &Request) {
        if let Body::UserStore {
            method,
            text: Cipher::Label(label),
            credentials: Credentials::Own,
        } = &request.body
        {
            let user = self.users.entry(request.client.clone()).or_default();
            let slot = user.slots.entry(named(method.as_ref()).to_owned());
            let slot = slot.or_default();
            if slot.may.is_empty() {
                slot.may.insert(None);
            }
            slot.may.insert(Some(label.clone()));
            slot.older.insert(label.clone());
        }
    }

    /// A usable one, by its own user.
    fn handed_in(&mut self, asked: Asked<'a>, method: &str, label: &str, state: Taken) {
        let (at, request, exchange) = asked;
        let acknowledged = state == Taken::Acknowledged;
        let user = self.users.entry(request.client.clone()).or_default();
        let mut conditions = BTreeSet::new();
        let shape = self.transcript.trial.labels.get(label);
        if matches!(shape, Some(Shape::Sealed4k | Shape::Sealed64k)) {
            conditions.insert(Condition::Large);
        }
        if method == UNKNOWN {
            conditions.insert(Condition::V5);
        }
        let slot = user.slots.get(method);
        if slot.is_some_and(|it| it.there) {
            conditions.insert(Condition::Replacing);
        }
        if user.has_others(method) {
            conditions.insert(Condition::BesideMethod);
        }
        if user.recovered {
            conditions.insert(Condition::AfterRecovery);
        }
        if !acknowledged && self.portal_refused(exchange) {
            conditions.insert(Condition::PortalRefused);
        }
        let user = self.users.entry(request.client.clone()).or_default();
        let cut_off = user.is_cut_off();
        if cut_off {
            conditions.insert(Condition::PortalDown);
        }
        let slot = user.slots.entry(method.to_owned()).or_default();
        slot.there |= acknowledged;
        if acknowledged {
            slot.may.clear();
        } else if slot.may.is_empty() {
            slot.may.insert(None);
        }
        if state != Taken::Refused || cut_off {
            slot.may.insert(Some(label.to_owned()));
            slot.older.insert(label.to_owned());
            slot.put.clone_from(&conditions);
            slot.since.clear();
        }
        user.note(Some(method), Condition::BesideMethod);
        if acknowledged {
            self.happened(&request.client, exchange, Happened::HandedIn);
        }
        // What Portal's absence makes of it is another question, and so is a text that may be refused.
        if cut_off || request.expect == Expect::Free {
            return;
        }
        let finding = (!acknowledged).then(|| {
            let message = format!("the user share {label} under {method} is not taken");
            Finding {
                subject: Some(about(request, method, label)),
                ..words::finding("user-share-refused", &message, "a 2xx", at, exchange)
            }
        });
        self.look_at(at, finding, Effect::UserRefused, conditions, method);
    }

    /// A user's half is asked for.
    pub(super) fn hand_out(&mut self, asked: Asked<'a>) {
        let (at, request, exchange) = asked;
        let Body::UserFetch {
            method,
            credentials,
        } = &request.body
        else {
            return;
        };
        if self.strangers_half(at, &request.client, exchange) {
            return;
        }
        let found = exchange.reply().and_then(|it| it.reading.found.first());
        if *credentials != Credentials::Own {
            if let Some(Found::Share { .. } | Found::Leftover) = found {
                let whose = match credentials {
                    Credentials::Of(_) => "another user's credentials",
                    Credentials::Missing | Credentials::Own => "no credentials",
                };
                let message = format!("a user share is given to a request with {whose}");
                let finding =
                    words::finding("user-share-shown", &message, "a refusal", at, exchange);
                self.direct(Effect::UserGivenAway, None, finding);
            }
            return;
        }
        self.came_back(asked, method, found);
    }

    /// What came to the user's own question.
    fn came_back(&mut self, asked: Asked<'a>, method: &str, found: Option<&Found>) {
        let (at, request, exchange) = asked;
        let user = self.users.entry(request.client.clone()).or_default();
        let user = user.clone();
        let slot = user.asked_for(method);
        let label = label_of(found);
        if label.is_some_and(|it| user.intruders.contains(it)) {
            let message =
                "a user share comes back that was handed in without the user's own credentials";
            let expected = "the user's own";
            let finding = words::finding("user-share-foreign", message, expected, at, exchange);
            self.direct(Effect::UserGivenAway, None, finding);
            return;
        }
        let mut conditions: BTreeSet<Condition> = slot.put.union(&slot.since).copied().collect();
        if conditions.contains(&Condition::AskedByName) {
            // That it came without a method is the reason for asking so, not another one.
            conditions.remove(&Condition::V5);
        }
        let fits = slot.fits(&user, label);
        if slot.may_be_empty() && !fits {
            match found {
                None if is_read(exchange) || slot.may.is_empty() => return,
                Some(Found::Debris(_) | Found::Foreign(_) | Found::Ours) => {
                    let message = format!("a text that is no user share comes back under {method}");
                    let finding =
                        words::finding("user-share-debris", &message, "none", at, exchange);
                    self.direct(Effect::UserDebris, None, finding);
                    return;
                }
                Some(Found::Share { .. }) => {
                    conditions.insert(Condition::BesideMethod);
                }
                Some(Found::Leftover | Found::Elsewhere(_)) | None => return,
            }
        }
        let due = slot.due();
        let told = |code, message: &str, expected: &str| Finding {
            observed: observed(found, exchange),
            subject: Some(about(request, method, expected)),
            ..words::finding(code, message, expected, at, exchange)
        };
        let departure = (!fits).then(|| slot.departure(&user, method, label));
        let wrong = departure.as_ref().map_or(Effect::UserLost, |it| it.0);
        let finding = departure.map(|(_, code, message)| told(code, &message, &due));
        self.look_at(at, finding, wrong, conditions.clone(), method);
        if let (Some(Found::Share { label, altered, .. }), true) = (found, fits) {
            let finding = altered.as_ref().map(|how| {
                let message =
                    format!("the user share {label} under {method} comes back altered: {how}");
                told("user-share-altered", &message, label)
            });
            self.look_at(at, finding, Effect::UserAltered, conditions, method);
        }
        self.settle(&request.client, method, label);
    }

    /// Goes on from what was seen, so that one departure is told once.
    fn settle(&mut self, client: &str, method: &str, label: Option<&str>) {
        let user = self.users.entry(client.to_owned()).or_default();
        let Some(slot) = user.slots.get_mut(method) else {
            return;
        };
        slot.there = label.is_some();
        let here = label.map(str::to_owned);
        if slot.may.contains(&here) {
            // It was found once: that it came without a method does not explain a later loss.
            if here.is_some() {
                slot.put.remove(&Condition::V5);
            }
            slot.may = BTreeSet::from([here]);
        } else {
            slot.may.insert(here);
            slot.may.insert(None);
        }
        slot.since.clear();
    }

    /// Whether an answer holds somebody else's half.
    pub(super) fn strangers_half(
        &mut self,
        at: usize,
        client: &str,
        exchange: &'a Exchange,
    ) -> bool {
        let Some(reply) = exchange.reply() else {
            return false;
        };
        let mut all = reply.reading.found.iter().chain(&reply.reading.beside);
        let others = all.any(|it| match it {
            Found::Elsewhere(_) => true,
            Found::Share { label, .. } => !self.is_of(label, client),
            Found::Leftover | Found::Ours | Found::Debris(_) | Found::Foreign(_) => false,
        });
        if others {
            let message = "the user share of another user is in an answer";
            let finding = words::finding(
                "user-share-of-another",
                message,
                "the user's own",
                at,
                exchange,
            );
            self.direct(Effect::UserGivenAway, None, finding);
        }
        others
    }

    /// One look; without a finding nothing is wrong.
    fn look_at(
        &mut self,
        at: usize,
        finding: Option<Finding>,
        effect: Effect,
        conditions: BTreeSet<Condition>,
        method: &str,
    ) {
        self.see(Sighting {
            at,
            question: effect.question(),
            effect: finding.as_ref().map(|_| effect),
            conditions,
            others: 0,
            method: Some(method.to_owned()),
            proves: None,
            finding,
            kept: None,
            faded: false,
        });
    }
}

/// What a finding is about.
fn about(request: &Request, method: &str, label: &str) -> Subject {
    Subject {
        client: request.client.clone(),
        share: Some(label.to_owned()),
        method: Some(method.to_owned()),
    }
}

/// The label of what came, where it is a text of ours for this user.
fn label_of(found: Option<&Found>) -> Option<&str> {
    match found? {
        Found::Share { label, .. } => Some(label),
        Found::Leftover => Some(LEFT),
        Found::Elsewhere(_) | Found::Ours | Found::Debris(_) | Found::Foreign(_) => None,
    }
}

/// Whether an answer says something of the user's half.
pub(super) fn is_read(exchange: &Exchange) -> bool {
    exchange
        .reply()
        .is_some_and(|it| it.reading.fault.is_none())
}

fn observed(found: Option<&Found>, exchange: &Exchange) -> String {
    let status = exchange.reply().map_or(0, |it| it.status);
    match found {
        Some(found @ Found::Share { .. }) => format!("{found}").replacen("share ", "", 1),
        Some(found) => format!("{status}: {found}"),
        None if is_read(exchange) => format!("{status}: none"),
        None => crate::check::status::outcome(exchange),
    }
}
