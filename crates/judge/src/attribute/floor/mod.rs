//! The floor: one transcript to what was looked at in it, each with what it came with and how it departs from the
//! contract, if it does. Blames nobody. `store` and `fetch` look at one kind of request each, `others` at whose a text is,
//! `words` tells it.

mod client;
mod fetch;
mod others;
mod portal;
mod raced;
mod recovery;
mod store;
mod user;
mod words;

use super::origins::Origins;
use crate::exchange::{Exchange, Reply, Trouble, Webhook};
use crate::model::case::Expect;
use crate::model::effect::{Condition, Effect, Question};
use crate::model::finding::Finding;
use crate::model::history::{Span, Taken};
use crate::model::transcript::Transcript;
use crate::model::trial::{Action, Body, Effect as Change, Request, Slot};
use client::{Client, Happened, Put, of_method, of_shape};
use raced::{Raced, runs_at_once};
use std::collections::{BTreeMap, BTreeSet};
use user::User;

/// One thing that was looked at.
#[derive(Clone, Debug)]
pub(super) struct Sighting {
    /// The index, among all exchanges of the transcript, of the one that shows it.
    pub(super) at: usize,
    /// What was asked.
    pub(super) question: Question,
    /// What is wrong; nothing where it is as it must be.
    pub(super) effect: Option<Effect>,
    /// What it came with.
    pub(super) conditions: BTreeSet<Condition>,
    /// How many other shares the client held by then.
    pub(super) others: usize,
    /// The method of the slot; none for a share without one, or where no slot is meant.
    pub(super) method: Option<String>,
    /// The requirement that the request proves which it comes from, or which came before.
    pub(super) proves: Option<String>,
    /// What is to be told of it; there wherever something is wrong.
    pub(super) finding: Option<Finding>,
    /// Since when the share was there that is looked for.
    pub(super) kept: Option<Kept>,
    /// Whether it is gone since others were served, as shares of this run are that were there for sure.
    pub(super) faded: bool,
}

/// Since when a share is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    /// When the first store of its slot was acknowledged.
    pub(super) first_us: u64,
    /// Its store.
    pub(super) store: Span,
    /// When the last fetch was sent that showed it; nothing where none has.
    pub(super) shown_us: Option<u64>,
}

/// What was seen in a transcript.
#[derive(Clone, Debug, Default)]
pub(super) struct Sightings {
    /// All that was looked at, in order.
    pub(super) all: Vec<Sighting>,
    /// What could not be looked at, and why: a request that tells nothing of the custodian.
    pub(super) gaps: Vec<Finding>,
    /// How many of the script's requests were answered or tried.
    pub(super) walked: usize,
}

impl Sightings {
    /// What is wrong.
    pub(super) fn departures(&self) -> impl Iterator<Item = (&Sighting, Effect, &Finding)> {
        self.all
            .iter()
            .filter_map(|it| Some((it, it.effect?, it.finding.as_ref()?)))
    }

    /// Marks what was looked at after the custodian's process had ended at one of these times, in microseconds,
    /// and had been started anew: whatever it kept in memory is gone.
    pub(super) fn restarted_at(&mut self, deaths: &[u64], transcript: &Transcript) {
        let Some(began) = transcript
            .opening
            .iter()
            .chain(&transcript.exchanges)
            .next()
        else {
            return;
        };
        for sighting in &mut self.all {
            let looked = transcript.at(sighting.at).map(|it| it.started_us);
            let meanwhile = |death: &u64| *death >= began.ended_us && looked >= Some(*death);
            if deaths.iter().any(meanwhile) {
                sighting.conditions.insert(Condition::Restarted);
            }
        }
    }
}

/// Looks at a transcript.
pub(super) fn look(transcript: &Transcript, origins: &Origins) -> Sightings {
    let mut walker = Walker {
        transcript,
        origins,
        clients: BTreeMap::new(),
        users: BTreeMap::new(),
        told_well: BTreeSet::new(),
        seen: Sightings::default(),
    };
    walker.begin();
    for (index, step) in transcript.trial.script.iter().enumerate() {
        let group: Vec<Asked<'_>> = transcript.of_step(index).collect();
        walker.seen.walked += group.len();
        match &step.action {
            Action::Restart => walker.everywhere(&Happened::Restarted),
            Action::Request(_) => group.iter().for_each(|asked| walker.request(*asked)),
            Action::Concurrently(_) => walker.race(&group),
            Action::Recover(recovery) => walker.recover(index, recovery, &group),
            Action::Portal(mood) => walker.turn(*mood),
        }
    }
    walker.end();
    walker.told();
    walker.seen
}

/// An exchange with its request and its index among all exchanges.
type Asked<'a> = (usize, &'a Request, &'a Exchange);

struct Walker<'a> {
    transcript: &'a Transcript,
    origins: &'a Origins,
    clients: BTreeMap<String, Client>,
    users: BTreeMap<String, User>,
    /// Whether Portal was told of any user share as it should be.
    told_well: BTreeSet<String>,
    seen: Sightings,
}

/// When an exchange ran.
fn span(exchange: &Exchange) -> Span {
    Span {
        from_us: exchange.started_us,
        to_us: exchange.ended_us,
    }
}

/// What a share comes with that takes the place of another.
fn replacing(slot: &Slot) -> Condition {
    match slot.0 {
        None => Condition::ReplacingV5,
        Some(_) => Condition::Replacing,
    }
}

/// How a custodian took a request.
fn taken(exchange: &Exchange) -> Taken {
    match exchange.reply().map(|reply| reply.status) {
        Some(200..=299) => Taken::Acknowledged,
        Some(300..=499) => Taken::Refused,
        Some(_) => Taken::Failed,
        None => Taken::Unanswered,
    }
}

impl<'a> Walker<'a> {
    fn begin(&mut self) {
        let trial = &self.transcript.trial;
        for name in &trial.clients {
            self.clients.insert(name.clone(), Client::default());
        }
        if let (Some(label), Some(name)) = (&trial.before_migration, trial.clients.first()) {
            let client = self.clients.entry(name.clone()).or_default();
            let slot = Slot(None);
            client
                .history
                .store(&slot, label, Taken::Acknowledged, Span::default());
            let put = Put {
                first_us: 0,
                span: Span::default(),
                conditions: BTreeSet::from([Condition::Migrated]),
            };
            client.put.insert(slot, put);
        }
        for (index, exchange) in self.transcript.opening.iter().enumerate() {
            let Some(reply) = exchange.reply() else {
                continue;
            };
            let client = exchange.sent.client.clone();
            if exchange.sent.webhook.is_own() {
                self.strangers_half(index, &client, exchange);
                self.had(exchange);
            } else {
                self.others_shares(index, &client, reply, None);
            }
        }
    }

    fn request(&mut self, asked: Asked<'a>) {
        let (at, request, exchange) = asked;
        if self.transcript.tells_nothing(exchange) && !self.passes_on(request, exchange) {
            self.may_have_been_handed_in(request);
            if let Change::Stores(slot, label) | Change::MayStore(slot, label) = &request.effect {
                let client = self.clients.entry(request.client.clone()).or_default();
                client
                    .history
                    .store(slot, label, Taken::Unanswered, span(exchange));
            }
            let message = words::tells_nothing(exchange);
            let gap = words::finding("cut-off", message, "an answer", at, exchange);
            self.seen.gaps.push(gap);
            return;
        }
        if exchange.outcome == Err(Trouble::Died) && request.expect != Expect::Accepted {
            let message =
                "the custodian's process ends on it, and with it whatever else was being served";
            let finding = words::finding("died", message, "a refusal: 4xx", at, exchange);
            self.direct(Effect::Died, Some(self.proves(request)), finding);
        }
        match (request.webhook, request.expect) {
            (Webhook::Fetch, Expect::Accepted) => self.fetch(asked, &[]),
            (Webhook::Fetch, Expect::Refused | Expect::NoShare) => self.no_share(asked),
            (Webhook::Fetch, Expect::Free) => {}
            (Webhook::Backup, Expect::Accepted) => self.plain_store(asked, None),
            (Webhook::Backup, Expect::Refused | Expect::NoShare) => self.bad_store(asked),
            (Webhook::Backup, Expect::Free) => self.free_store(asked),
            (Webhook::UserStore, _) => self.hand_in(asked),
            (Webhook::UserFetch, _) => self.hand_out(asked),
        }
    }

    /// Requests that ran at once: first what they stored, then what those of them saw that fetched.
    fn race(&mut self, group: &[Asked<'a>]) {
        let raced = Raced::of(group);
        for asked in group {
            let (_, request, exchange) = *asked;
            let plain = request.webhook == Webhook::Backup && request.expect == Expect::Accepted;
            if plain && !self.transcript.tells_nothing(exchange) {
                self.plain_store(*asked, Some((&raced, group)));
            } else if request.webhook == Webhook::Backup || self.transcript.tells_nothing(exchange)
            {
                self.request(*asked);
            }
        }
        for asked in group {
            let (_, request, exchange) = *asked;
            let fetches = request.webhook == Webhook::Fetch;
            if fetches && !self.transcript.tells_nothing(exchange) {
                match request.expect {
                    Expect::Accepted => self.fetch(*asked, group),
                    Expect::Refused | Expect::NoShare => self.no_share(*asked),
                    Expect::Free => {}
                }
            }
        }
        let over = group.iter().map(|(.., exchange)| exchange.ended_us).max();
        for (name, client) in &mut self.clients {
            let at = over.unwrap_or_default();
            for slot in raced.same(name) {
                client
                    .happened
                    .push((at, Happened::RacedSame(slot.clone())));
            }
            if raced.others() {
                client.happened.push((at, Happened::RacedOther));
            }
        }
    }

    /// What is there at the very end, after others were served.
    fn end(&mut self) {
        let behind = self.transcript.opening.len() + self.transcript.exchanges.len();
        for (number, exchange) in self.transcript.closing.iter().enumerate() {
            self.closing(behind + number, exchange);
        }
    }

    fn everywhere(&mut self, event: &Happened) {
        let last = self.transcript.exchanges.iter();
        let at = last.map(|it| it.ended_us).max().unwrap_or_default();
        let earlier = self.seen_until();
        for client in self.clients.values_mut() {
            client.happened.push((earlier.unwrap_or(at), event.clone()));
        }
    }

    /// When the last exchange was over that was looked at.
    fn seen_until(&self) -> Option<u64> {
        let at = self.seen.all.last()?.at;
        Some(self.transcript.at(at)?.ended_us)
    }

    fn client(&mut self, name: &str) -> &mut Client {
        self.clients.entry(name.to_owned()).or_default()
    }

    fn happened(&mut self, client: &str, exchange: &Exchange, event: Happened) {
        let at = exchange.ended_us;
        self.client(client).happened.push((at, event));
    }

    /// The requirement that a request is sent for, where it is not one that Portal sends.
    fn proves(&self, request: &Request) -> String {
        let own = &self.transcript.trial.requirement;
        request.proves.as_ref().unwrap_or(own).clone()
    }

    /// Whether a share was sent for this client, by any request, or was there before the first.
    fn is_of(&self, label: &str, client: &str) -> bool {
        let trial = &self.transcript.trial;
        trial.held_before(label, client)
            || trial
                .script
                .iter()
                .flat_map(|step| step.action.lanes())
                .flatten()
                .filter(|request| request.client == client)
                .any(|request| request.carries().iter().any(|it| it == label))
    }

    /// The requirement that a share was sent for, where its store was none of Portal's.
    fn sent_for(&self, label: &str) -> Option<String> {
        let serial = self.transcript.serial(label)?;
        self.origins.get(serial).map(str::to_owned)
    }

    /// What the text of a share, and its method, come with.
    fn nature(&self, slot: &Slot, label: &str, extra_keys: bool) -> BTreeSet<Condition> {
        let shape = self.transcript.trial.labels.get(label);
        let v6 = self.transcript.trial.contract == crate::contract::Contract::V6;
        let mut all: BTreeSet<Condition> = shape
            .into_iter()
            .flat_map(|it| of_shape(*it))
            .copied()
            .collect();
        if v6 {
            all.extend(of_method(slot));
        }
        if extra_keys {
            all.insert(Condition::ExtraKeys);
        }
        all
    }

    fn see(&mut self, sighting: Sighting) {
        self.seen.all.push(sighting);
    }

    /// Something that the answer alone shows.
    fn direct(&mut self, effect: Effect, proves: Option<String>, finding: Finding) {
        self.see(Sighting {
            at: finding.exchange.unwrap_or_default(),
            question: effect.question(),
            effect: Some(effect),
            conditions: BTreeSet::new(),
            others: 0,
            method: None,
            proves,
            finding: Some(finding),
            kept: None,
            faded: false,
        });
    }
}

/// The answer of a fetch, if it can be read: 2xx with JSON, or a 4xx that says that nothing is there.
pub(super) fn readable(exchange: &Exchange) -> Option<&Reply> {
    let reply = exchange.reply()?;
    match reply.status {
        204 | 404 | 410 => Some(reply),
        // What is no JSON may be a single share, as it was sent.
        200..=299 => (reply.reading.is_json() || reply.reading.is_bare_share()).then_some(reply),
        _ => None,
    }
}

/// Whether a request's body adds keys that nobody knows.
fn has_extra_keys(request: &Request) -> bool {
    match request.body {
        Body::Store { extra_keys, .. } | Body::Fetch { extra_keys, .. } => extra_keys,
        Body::Raw(_) | Body::UserStore { .. } | Body::UserFetch { .. } => false,
    }
}
