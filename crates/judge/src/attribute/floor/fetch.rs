//! Fetches: what a client's own must bring.

use super::{
    Asked, Client, Kept, Sighting, Walker, has_extra_keys, readable, replacing, runs_at_once, span,
    words,
};
use crate::contract::Contract;
use crate::contract::answer::Form;
use crate::exchange::{Exchange, Found, Reply, Trouble};
use crate::model::effect::{Condition, Effect, Question};
use crate::model::finding::{Finding, Subject};
use crate::model::history::{Departed, Departure, Span};
use crate::model::trial::{Effect as Change, Request, Slot};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of a slot before a fetch is held against it.
#[derive(Clone)]
pub(super) struct Before {
    pub(super) seen: bool,
    /// Whether a store was acknowledged since it was last looked at.
    stored: bool,
    put: BTreeSet<Condition>,
    pub(super) since: BTreeSet<Condition>,
    beside: BTreeSet<Condition>,
    overlap: BTreeSet<Condition>,
    proves: Option<String>,
    /// How many other shares the client holds.
    others: usize,
    /// Whether the fetch brings two for the slot: then it is not single, whatever else is right.
    doubled: bool,
    /// Since when its share is there.
    kept: Option<Kept>,
}

impl Before {
    fn of(
        client: &Client,
        slot: &Slot,
        asked: (Span, bool),
        group: &[Asked<'_>],
        name: &str,
    ) -> Self {
        let (run, at_once) = asked;
        let (since, proves) = client.since(slot, run.from_us);
        let mut overlap = BTreeSet::new();
        for (_, request, exchange) in group {
            let Change::Stores(other, _) = &request.effect else {
                continue;
            };
            let store = span(exchange);
            if request.client == name && !store.is_before(run) && !run.is_before(store) {
                overlap.insert(if other == slot {
                    Condition::Overlapped
                } else {
                    Condition::OverlappedOther
                });
            }
        }
        if at_once {
            overlap.insert(Condition::AtOnce);
        }
        if overlap.contains(&Condition::Overlapped) {
            overlap.remove(&Condition::OverlappedOther);
        }
        let (seen, since_us) = client.history.seen(slot);
        let kept = client.put.get(slot).map(|put| Kept {
            first_us: put.first_us,
            store: put.span,
            shown_us: client.history.shown(slot),
        });
        let put = client.put.get(slot).cloned().unwrap_or_default();
        Self {
            seen,
            stored: !seen || put.span.to_us == since_us,
            put: put.conditions,
            since,
            beside: client.beside(slot, run),
            overlap,
            proves,
            others: client.history.holding(run).filter(|it| *it != slot).count(),
            doubled: false,
            kept,
        }
    }

    /// What a look at the slot comes with.
    fn conditions(&self, question: Question) -> BTreeSet<Condition> {
        let parts: &[&BTreeSet<Condition>] = match question {
            Question::Shown => &[&self.put, &self.since, &self.beside, &self.overlap],
            Question::Single | Question::Kept if self.stored => {
                &[&self.put, &self.since, &self.overlap]
            }
            Question::Single
            | Question::Kept
            | Question::Taken
            | Question::Answered
            | Question::UserTaken
            | Question::UserShown
            | Question::UserWhole
            | Question::Proper => &[&self.since, &self.overlap],
        };
        parts.iter().copied().flatten().copied().collect()
    }
}

impl<'a> Walker<'a> {
    /// A fetch of a client's own shares; `group` is what ran at once with it.
    pub(super) fn fetch(&mut self, asked: Asked<'a>, group: &[Asked<'a>]) {
        let (at, request, exchange) = asked;
        if !self.answered(asked, group) {
            return;
        }
        let Some(reply) = readable(exchange) else {
            return;
        };
        if self.others_shares(at, &request.client, reply, None) {
            // What is missing from an answer that holds somebody else's shares is that answer's matter.
            let own = self.own(&request.client, reply);
            let run = span(exchange);
            if own.is_empty() || self.client(&request.client).history.misses(&own, run) {
                return;
            }
        }
        let run = span(exchange);
        let own = self.own(&request.client, reply);
        let allowed = self.client(&request.client).history.allowed(run);
        let at_once = runs_at_once(exchange, group);
        let looked = self.look(&request.client, (run, at_once), group, &own);
        let garbled = self.strangers(at, &request.client, reply, &looked, &allowed);
        let mut departed = false;
        for (slot, before, departure) in looked {
            departed |= departure.is_some();
            let seen = words::seen_by(at, reply, &allowed);
            self.slot(
                &slot,
                &before,
                departure.as_ref(),
                garbled,
                &seen,
                &request.client,
            );
        }
        if !departed {
            self.unexpected(asked, reply, &own);
        }
    }

    /// What there is at the end of the run.
    pub(super) fn closing(&mut self, at: usize, exchange: &'a Exchange) {
        let client = exchange.sent.client.clone();
        let Some(reply) = readable(exchange).filter(|reply| !is_shapeless(reply)) else {
            return;
        };
        let others = self.others_shares(at, &client, reply, None);
        let run = span(exchange);
        let own = self.own(&client, reply);
        if others && self.client(&client).history.misses(&own, run) {
            return;
        }
        let allowed = self.client(&client).history.allowed(run);
        for (slot, mut before, departure) in self.look(&client, (run, false), &[], &own) {
            let missing = |it: &Departed| it.how == Departure::Missing;
            if departure.as_ref().is_some_and(|it| !missing(it)) {
                continue;
            }
            before.since.insert(Condition::Later);
            let seen = words::seen_by(at, reply, &allowed);
            self.slot(&slot, &before, departure.as_ref(), false, &seen, &client);
        }
    }

    /// The texts that are this client's, or nobody's.
    fn own(&self, client: &str, reply: &Reply) -> Vec<Found> {
        let own = reply.reading.found.iter().filter(|found| match found {
            Found::Share { label, .. } => self.is_of(label, client),
            Found::Leftover
            | Found::Elsewhere(_)
            | Found::Ours
            | Found::Debris(_)
            | Found::Foreign(_) => true,
        });
        own.cloned().collect()
    }

    /// Holds what was found against the client's history, with what was known before of each slot.
    fn look(
        &mut self,
        name: &str,
        asked: (Span, bool),
        group: &[Asked<'_>],
        own: &[Found],
    ) -> Vec<(Slot, Before, Option<Departed>)> {
        let (run, _) = asked;
        let client = self.client(name);
        let slots: BTreeSet<Slot> = client.put.keys().cloned().collect();
        let known: BTreeMap<Slot, Before> = slots
            .into_iter()
            .map(|slot| {
                let before = Before::of(client, &slot, asked, group, name);
                (slot, before)
            })
            .collect();
        let sure: BTreeSet<Slot> = client.history.holding(run).cloned().collect();
        let looked = client.history.look(own, run, group.is_empty());
        let doubled: BTreeSet<Slot> = looked
            .iter()
            .filter(|(_, it)| it.as_ref().is_some_and(Departed::is_one_too_many))
            .map(|(slot, _)| slot.clone())
            .collect();
        let client = self.client(name);
        let mut all = Vec::new();
        for (slot, departed) in looked {
            let matters = departed.is_some() || sure.contains(&slot);
            let mut before = match known.get(&slot) {
                Some(before) => before.clone(),
                None => Before::of(client, &slot, asked, group, name),
            };
            before.doubled = doubled.contains(&slot);
            if matters {
                all.push((slot, before, departed));
            }
        }
        // What is told first must not hang on what the methods are called.
        all.sort_by_key(|(_, before, departed)| (departed.as_ref().map(|it| it.how), before.seen));
        all
    }

    /// One slot in one fetch.
    fn slot(
        &mut self,
        slot: &Slot,
        before: &Before,
        departed: Option<&Departed>,
        garbled: bool,
        seen: &words::SeenBy<'_>,
        client: &str,
    ) {
        let effect = departed.map(|it| match it.how {
            Departure::Missing if before.seen => Effect::Gone,
            Departure::Missing if garbled => Effect::Unrecognisable,
            Departure::Missing => Effect::Lost,
            Departure::Older => Effect::Stale,
            Departure::Doubled | Departure::Twice => Effect::Doubled,
            Departure::Revived => Effect::Revived,
        });
        let presence = if before.seen {
            Question::Kept
        } else {
            Question::Shown
        };
        let questions = match effect {
            Some(effect) => vec![effect.question()],
            None if before.doubled => vec![presence],
            None => vec![presence, Question::Single],
        };
        for question in questions {
            let refused = departed.and_then(|it| {
                let all = &self.clients.get(client)?.refused;
                all.get(&it.label).cloned().flatten()
            });
            let mut conditions = match (effect, question) {
                (Some(Effect::Stale), _) if before.seen => {
                    before.put.union(&before.since).copied().collect()
                }
                _ => before.conditions(question),
            };
            // Of stores at once, too, one that is over before another is sent is one that has to be replaced.
            if effect == Some(Effect::Stale) && conditions.contains(&Condition::RacedSame) {
                conditions.insert(replacing(slot));
            }
            if effect.is_some() {
                let racing = conditions.iter().filter(|it| it.is_racing()).copied();
                let racing: Vec<Condition> = racing.collect();
                self.client(client).scars.extend(racing);
            }
            self.see(Sighting {
                at: seen.at,
                question,
                effect,
                conditions,
                others: before.others,
                method: slot.0.clone(),
                proves: refused.or_else(|| before.proves.clone()),
                finding: departed.zip(effect).map(|(it, effect)| {
                    let overlapped = before.overlap.contains(&Condition::Overlapped);
                    let (code, message) = words::describe(effect, it, overlapped);
                    Finding {
                        subject: Some(Subject {
                            client: client.to_owned(),
                            share: Some(it.label.clone()),
                            method: slot.0.clone(),
                        }),
                        ..seen.finding(code, &message)
                    }
                }),
                kept: before.kept,
                faded: false,
            });
        }
    }

    /// Whether a fetch of a client's own was answered with what its slots can be held against.
    fn answered(&mut self, asked: Asked<'a>, group: &[Asked<'a>]) -> bool {
        let (at, request, exchange) = asked;
        let run = span(exchange);
        let expects = self.client(&request.client).history.expects_some(run);
        let status = exchange.reply().map_or(0, |reply| reply.status);
        if (300..400).contains(&status) {
            let message = "a fetch is redirected";
            let finding = words::finding("unreadable", message, "200", at, exchange);
            self.direct(Effect::FetchRedirected, None, finding);
            return false;
        }
        let empty = matches!(status, 204 | 404 | 410);
        let malformed = exchange
            .reply()
            .is_some_and(|reply| status == 200 && !reply.reading.found.is_empty());
        let reply = readable(exchange);
        if reply.is_none() && !expects && status >= 400 {
            // Of a client without a share there is nothing to be lost, and nothing to be learned.
            return false;
        }
        if reply.is_none() && (malformed || exchange.outcome == Err(Trouble::Timeout)) {
            let message = "a fetch got no answer that can be read";
            let finding = words::finding("unreadable", message, "200", at, exchange);
            self.seen.gaps.push(finding);
            return false;
        }
        let garbage = exchange
            .reply()
            .is_some_and(|it| it.status == 200 && reply.is_none());
        if garbage && !expects {
            // The form of an answer without shares is a recommendation, and has a look of its own.
            return false;
        }
        if garbage || expects && reply.is_some_and(|reply| is_shapeless(reply) && !empty) {
            let message = "a fetch for a client with shares is answered without backupShares";
            let expected = r#"{"backupShares": ["<share>", …]}"#;
            let mut finding = words::finding("no-backup-shares", message, expected, at, exchange);
            if let Some(fault) = exchange.reply().and_then(|it| it.reading.fault.as_ref()) {
                finding.code = fault.code().unwrap_or(finding.code);
                finding.observed = format!("{}; {fault}", finding.observed);
            }
            self.direct(Effect::Shapeless, None, finding);
            return false;
        }
        let effect = match reply {
            None => Some(Effect::FetchFailed),
            Some(_) if expects && empty => Some(Effect::FetchEmpty),
            Some(reply) => (expects && reply.status != 200).then_some(Effect::FetchFailed),
        };
        if expects || effect.is_some() {
            let (code, message) = match effect {
                Some(Effect::FetchFailed) if reply.is_none() => {
                    ("unreadable", "a fetch got no answer that can be read")
                }
                _ => (
                    "not-200",
                    "a fetch for a client with shares is not answered with 200",
                ),
            };
            let finding = words::finding(code, message, "200 with the shares", at, exchange);
            let at_once = runs_at_once(exchange, group);
            let (conditions, proves) = self.fetched_with(request, (run, at_once), group);
            // An answer that breaks off, or fails for what the share holds, is no odd request's doing.
            let of_shape = [Condition::Large, Condition::Huge, Condition::Shaped];
            let shaped = of_shape.iter().any(|it| conditions.contains(it));
            let proves = proves.filter(|_| reply.is_some() && !shaped);
            self.see(Sighting {
                at,
                question: Question::Answered,
                effect,
                conditions,
                others: 0,
                method: None,
                proves,
                finding: effect.map(|_| finding),
                kept: None,
                faded: false,
            });
        }
        reply.is_some()
    }

    /// What a fetch comes with, and the requirement of the last request before it that is none of Portal's, if any share
    /// has lived through one.
    fn fetched_with(
        &mut self,
        request: &Request,
        asked: (Span, bool),
        group: &[Asked<'_>],
    ) -> (BTreeSet<Condition>, Option<String>) {
        let (run, at_once) = asked;
        let name = request.client.clone();
        let client = self.client(&name);
        let held: Vec<Slot> = client.history.holding(run).cloned().collect();
        let mut all = BTreeSet::new();
        let mut proves = None;
        if at_once {
            all.insert(Condition::AtOnce);
        }
        for slot in &held {
            let before = Before::of(client, slot, asked, group, &name);
            proves = before.proves.or(proves);
            let shape = [Condition::Large, Condition::Huge, Condition::Shaped];
            let put = before.put.into_iter().filter(|it| shape.contains(it));
            all.extend(put.chain(before.since).chain(before.overlap));
        }
        if held.len() > 1 {
            all.insert(Condition::BesideMethod);
        }
        // Where no share has a method, that it has none tells nothing apart.
        let v6 = self.transcript.trial.contract == Contract::V6;
        if v6 && !held.is_empty() && held.iter().all(|slot| slot.0.is_none()) {
            all.insert(Condition::V5);
        }
        if has_extra_keys(request) {
            all.insert(Condition::ExtraKeys);
        }
        (all, proves)
    }

    /// Other shares than the case says, where the history leaves either.
    fn unexpected(&mut self, asked: Asked<'a>, reply: &Reply, own: &[Found]) {
        let (at, request, _) = asked;
        let Some(wanted) = &request.labels else {
            return;
        };
        // Where something went wrong before, what the case says of the end no longer holds.
        if !self.seen.gaps.is_empty() || self.seen.departures().next().is_some() {
            return;
        }
        let mut came = words::labels_in(own);
        // What was told of once is not told of again.
        let history = &self.client(&request.client).history;
        came.retain(|label| wanted.contains(label) || !history.tolerates(label));
        if !lacks(&came, wanted) && !lacks(wanted, &came) {
            return;
        }
        let expected = words::list(wanted);
        let seen = words::seen_by(at, reply, &expected);
        let message = "the fetch brings other shares than it must";
        let own = self.transcript.trial.requirement.clone();
        self.see(Sighting {
            at,
            question: Question::Proper,
            effect: Some(Effect::Unexpected),
            conditions: BTreeSet::new(),
            others: 0,
            method: None,
            proves: Some(own),
            finding: Some(seen.finding("not-as-expected", message)),
            kept: None,
            faded: false,
        });
    }
}

/// Whether an answer has no list of shares, and no share elsewhere either.
fn is_shapeless(reply: &Reply) -> bool {
    let listed = matches!(reply.reading.form, Form::Shares | Form::Both | Form::Legacy);
    let readable = listed && reply.reading.fault.is_none();
    reply.reading.found.is_empty() && !readable
}

/// Whether `these` lack one of `wanted`, counted with its multiplicity.
fn lacks(these: &[String], wanted: &[String]) -> bool {
    let count = |list: &[String], label: &String| list.iter().filter(|it| *it == label).count();
    wanted
        .iter()
        .any(|label| count(these, label) < count(wanted, label))
}
