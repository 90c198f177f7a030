//! Whose every text is that came: what belongs to other clients, to nobody, or must not come at all.

use super::fetch::Before;
use super::{Asked, Walker, words};
use crate::exchange::{Found, Reply, Secret, Spelling, Trouble};
use crate::model::effect::Effect;
use crate::model::history::{Departed, Departure};
use crate::model::trial::{Body, Request, Slot};

impl<'a> Walker<'a> {
    /// Texts that nobody stored for this client and that were not there before. Says whether a share seems to be
    /// among them, changed beyond recognition.
    pub(super) fn strangers(
        &mut self,
        at: usize,
        client: &str,
        reply: &Reply,
        looked: &[(Slot, Before, Option<Departed>)],
        allowed: &str,
    ) -> bool {
        let lost_at_once = looked.iter().any(|(_, before, departed)| {
            let missing = departed
                .as_ref()
                .is_some_and(|it| it.how == Departure::Missing);
            missing && !before.seen && before.since.is_empty()
        });
        let found = &reply.reading.found;
        let debris = found.iter().any(|it| matches!(it, Found::Debris(_)));
        let unknown = found
            .iter()
            .any(|found| matches!(found, Found::Ours | Found::Foreign(_)));
        let garbled = (unknown || debris) && lost_at_once;
        let seen = words::seen_by(at, reply, allowed);
        let client = self.clients.entry(client.to_owned()).or_default();
        client.garbled |= garbled;
        // What is made of every share needs no odd request.
        let acknowledged = client.last_acknowledged().cloned();
        let acknowledged = acknowledged.filter(|_| !client.garbled);
        if garbled {
            return true;
        }
        if unknown {
            let message = "a fetch brings a text that was never stored for this client";
            let finding = seen.finding("foreign-share", message);
            self.direct(Effect::UnknownText, None, finding);
        } else if let (true, Some(proves)) = (debris, acknowledged) {
            let message = "a fetch brings a text that is no share, made of an unusable request";
            let finding = seen.finding("debris", message);
            self.direct(Effect::Debris, proves, finding);
        } else if debris && reply.reading.fault.is_none() && !self.sends_raw() {
            let message = "a fetch brings a text that is no share, though only shares were stored";
            let finding = seen.finding("debris", message);
            self.direct(Effect::Debris, None, finding);
        }
        false
    }

    /// Whether the trial sends anything but what Portal sends: a broken custodian may make texts of it.
    fn sends_raw(&self) -> bool {
        let mut steps = self.transcript.trial.script.iter();
        steps.any(|step| {
            let mut requests = step.action.lanes().into_iter().flatten();
            requests.any(|request| matches!(request.body, Body::Raw(_)))
        })
    }

    /// Shares of other clients of the run; whether there are any. `proves` names the requirement of a request that is none of Portal's.
    pub(super) fn others_shares(
        &mut self,
        at: usize,
        client: &str,
        reply: &Reply,
        proves: Option<&str>,
    ) -> bool {
        let all = reply.reading.found.iter().chain(&reply.reading.beside);
        let others = all.filter(|found| match found {
            Found::Elsewhere(_) => true,
            Found::Share { label, .. } => !self.is_of(label, client),
            Found::Leftover | Found::Ours | Found::Debris(_) | Found::Foreign(_) => false,
        });
        let others: Vec<&Found> = others.collect();
        if !others.is_empty() {
            let message = format!("an answer holds {} of another client", shares(others.len()));
            let stray = others.iter().find_map(|found| match found {
                Found::Share { label, .. } => self.sent_for(label),
                Found::Elsewhere(serial) => self.origins.get(*serial).map(str::to_owned),
                Found::Leftover | Found::Ours | Found::Debris(_) | Found::Foreign(_) => None,
            });
            let proves = proves.map(str::to_owned).or(stray);
            let seen = words::seen_by(at, reply, "shares of this client only");
            let finding = seen.finding("share-of-another", &message);
            self.direct(Effect::OthersShare, proves, finding);
            return true;
        }
        false
    }

    /// A request that must bring no share of anybody.
    pub(super) fn no_share(&mut self, asked: Asked<'a>) {
        let (at, request, exchange) = asked;
        let proves = self.proves(request);
        if exchange.outcome == Err(Trouble::TooLarge) {
            let message =
                "an answer longer than all shares of a client came to a request that must get none";
            let expected = "no share of anybody";
            let finding = words::finding("too-large", message, expected, at, exchange);
            self.direct(Effect::ShareReturned, Some(proves.clone()), finding);
        }
        let Some(reply) = exchange.reply() else {
            return;
        };
        if request.secret != Secret::Right && reply.is_success() {
            let how = request.secret;
            let message = format!("a fetch with a bad secret ({how}) is answered");
            let expected = "a refusal: 401 or 403";
            let finding = words::finding("answered", &message, expected, at, exchange);
            self.direct(Effect::Acknowledged, Some(proves.clone()), finding);
        }
        let free = self.may_be_anothers(request) || !reply.is_success();
        if !free {
            self.others_shares(at, &request.client, reply, Some(&proves));
        }
        let all = reply.reading.found.iter().chain(&reply.reading.beside);
        let returned = all.filter(|found| match found {
            Found::Share { label, .. } => self.is_of(label, &request.client),
            Found::Leftover => true,
            Found::Ours | Found::Foreign(_) => !free,
            Found::Elsewhere(_) | Found::Debris(_) => false,
        });
        let count = returned.count();
        if count > 0 {
            let message = format!(
                "{} came back to a request that must get none",
                shares(count)
            );
            let expected = "no share of anybody";
            let finding = words::finding("share-returned", &message, expected, at, exchange);
            self.direct(Effect::ShareReturned, Some(proves), finding);
        }
    }

    /// Whether the id of a fetch, made from a client's, may be another client's of the same pool: then only what
    /// must not be there counts. Of ids that were made up no other is near.
    fn may_be_anothers(&self, request: &Request) -> bool {
        let Body::Fetch { spelling, .. } = &request.body else {
            return false;
        };
        let near = match spelling {
            Spelling::Exact
            | Spelling::Prefix
            | Spelling::Suffix
            | Spelling::Half
            | Spelling::Extension
            | Spelling::Numbered
            | Spelling::CaseSwapped
            | Spelling::LeadingSpace
            | Spelling::TrailingSpace => true,
            Spelling::Percent
            | Spelling::Underscore
            | Spelling::Quote
            | Spelling::Unknown
            | Spelling::Constructor
            | Spelling::Proto => false,
        };
        let id = self.transcript.bound.get(&request.client);
        let guessed = id.is_some_and(|id| uuid::Uuid::parse_str(id).is_ok());
        near && !guessed && request.secret == Secret::Right
    }
}

/// So many shares, in words.
fn shares(count: usize) -> String {
    match count {
        1 => "1 share".to_owned(),
        count => format!("{count} shares"),
    }
}
