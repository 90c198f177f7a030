//! What Portal was told of the user's halves, and when.

use super::{Asked, Walker, taken, words};
use crate::contract::method::UNKNOWN;
use crate::exchange::{Exchange, Found};
use crate::model::case::Mood;
use crate::model::effect::Effect;
use crate::model::history::Taken;
use crate::model::transcript::{Key, Told, Via};
use crate::model::trial::{Action, Body, Cipher, Request};
use std::collections::BTreeMap;

impl<'a> Walker<'a> {
    /// Portal answers otherwise from now on.
    pub(super) fn turn(&mut self, mood: Mood) {
        for client in &self.transcript.trial.clients {
            self.users.entry(client.clone()).or_default().mood = Some(mood);
        }
    }

    /// Holds what Portal heard against what was handed in.
    pub(super) fn told(&mut self) {
        let Some(all) = self
            .transcript
            .told
            .as_ref()
            .filter(|_| self.transcript.trial.hears)
        else {
            return;
        };
        let stores = self.handed_in_stores();
        let shared = shared_keys(all, &stores);
        for (number, (asked, mood)) in stores.iter().enumerate() {
            let (_, request, exchange) = *asked;
            let from = exchange.started_us;
            let next = stores[number + 1..].iter();
            let mut next = next.filter(|((_, it, _), _)| it.client == request.client);
            let until = next.next().map_or(u64::MAX, |((.., it), _)| it.started_us);
            let own: Vec<&Told> = all
                .iter()
                .filter(|it| {
                    (from..until).contains(&it.at_us) && concerns(&it.key, &request.client)
                })
                .collect();
            self.heard(*asked, *mood, &own, &shared);
        }
    }

    /// Whether Portal refused something while a request ran.
    pub(super) fn portal_refused(&self, exchange: &Exchange) -> bool {
        let ran = exchange.started_us..=exchange.ended_us;
        let mut told = self.transcript.told.iter().flatten();
        told.any(|it| ran.contains(&it.at_us) && !(200..300).contains(&it.status))
    }

    /// The label that came the next time that a user share was asked for which was handed in under this method; nothing where
    /// nobody asked, or something else came.
    fn came_next(&self, asked: Asked<'a>, method: &str) -> Option<&'a str> {
        let (at, request, _) = asked;
        let mut later = self.transcript.numbered().filter(|(index, other, _)| {
            let fetches = matches!(&other.body, Body::UserFetch { method: it, .. } if it == method);
            *index > at && fetches && other.client == request.client && other.has_own_credentials()
        });
        let (.., exchange) = later.next()?;
        match exchange.reply()?.reading.found.first()? {
            Found::Share {
                label,
                altered: None,
                ..
            } => Some(label),
            Found::Share { .. }
            | Found::Leftover
            | Found::Elsewhere(_)
            | Found::Ours
            | Found::Debris(_)
            | Found::Foreign(_) => None,
        }
    }

    /// Every user store with its own credentials, and Portal's mood at it.
    fn handed_in_stores(&self) -> Vec<(Asked<'a>, Mood)> {
        let mut mood = Mood::Well;
        let mut stores = Vec::new();
        for (index, step) in self.transcript.trial.script.iter().enumerate() {
            if let Action::Portal(now) = step.action {
                mood = now;
            }
            let asked = self.transcript.of_step(index);
            let own = asked.filter(|(_, request, _)| {
                let stores = matches!(request.body, Body::UserStore { .. });
                stores && request.has_own_credentials()
            });
            stores.extend(own.map(|it| (it, mood)));
        }
        stores
    }

    fn heard(&mut self, asked: Asked<'a>, mood: Mood, told: &[&Told], shared: &[String]) {
        let (at, request, exchange) = asked;
        let Body::UserStore { method, text, .. } = &request.body else {
            return;
        };
        let state = taken(exchange);
        let named = method.as_deref().unwrap_or(UNKNOWN);
        let next = self.came_next(asked, named);
        let right = |it: &&&Told| fault(it, method.as_deref(), shared).is_none();
        let kept = matches!(text, Cipher::Label(label) if next == Some(label));
        let well = mood == Mood::Well;
        let told_well = self.told_well.contains(named);
        if told.iter().any(|it| right(&it)) {
            self.told_well.insert(named.to_owned());
        }
        let acknowledged = state == Taken::Acknowledged;
        let mut tell = |effect: Effect, code: &'static str, message: &str, expected: &str| {
            let mut finding = words::finding(code, message, expected, at, exchange);
            finding.observed = heard_in_words(told);
            self.direct(effect, None, finding);
        };
        if told.iter().any(|it| it.via == Via::V1) {
            let message = "Portal is told through the v1 endpoint, which knows no backup method";
            tell(
                Effect::ToldV1,
                "told-v1",
                message,
                "the v2 endpoint, or backup-share-pairs",
            );
        }
        if matches!(text, Cipher::Unusable(_)) || state == Taken::Refused || !acknowledged && well {
            // What was taken for a user share and is kept as one is another's matter.
            let vain = !acknowledged && !kept || next.is_some();
            if vain
                && told
                    .iter()
                    .any(|it| it.success == Some(true) && is_heard(it))
            {
                let message = "Portal is told that a user share was stored which was not kept";
                tell(
                    Effect::ToldInVain,
                    "told-in-vain",
                    message,
                    "no word of success",
                );
            }
        } else if acknowledged && !well {
            // 202 says that it is still to be done. Who never tells is not to be blamed for the trouble.
            let later = exchange.reply().is_some_and(|it| it.status == 202);
            if told_well && !told.iter().any(|it| right(&it)) && !later {
                let message =
                    "Portal could not be told of a user share, and the app hears of success";
                tell(
                    Effect::DownHidden,
                    "portal-down-hidden",
                    message,
                    "an error, or Portal told later",
                );
            }
        } else if !well {
            // The app hears of the trouble.
        } else if let Some(it) = told.iter().find(right) {
            if it.there == Some(false) && kept {
                let message = "Portal is told that a user share is stored before it is there";
                tell(
                    Effect::ToldEarly,
                    "told-early",
                    message,
                    "told after it was stored",
                );
            }
        } else if let Some((code, message)) = told
            .iter()
            .find_map(|it| fault(it, method.as_deref(), shared))
        {
            tell(Effect::Mistold, code, message, WANTED);
        } else {
            let message = "Portal does not hear that a user share was stored";
            tell(Effect::Untold, "portal-untold", message, WANTED);
        }
        // Where Portal refuses what it is told, the app may hear of it as well.
        if well && !acknowledged && matches!(text, Cipher::Label(_)) {
            let refused = told.iter().find(|it| !is_heard(it));
            if let Some((code, message)) =
                refused.and_then(|it| fault(it, method.as_deref(), shared))
            {
                tell(Effect::Mistold, code, message, WANTED);
            }
        }
    }
}

/// What Portal must hear.
const WANTED: &str = "PUT /api/v2/clients/me/wallet/stored-client-backup-share with the client's key, success and the method";

/// Whether Portal took a call.
fn is_heard(told: &Told) -> bool {
    (200..300).contains(&told.status)
}

/// Whether a call may speak of this client.
fn concerns(key: &Key, client: &str) -> bool {
    match key {
        Key::Client(other) => other == client,
        Key::AnotherClient | Key::Custodian | Key::Unknown(_) | Key::Missing => true,
    }
}

/// Keys that Portal does not know, and that came for more than one client: of no client's own.
fn shared_keys(all: &[Told], stores: &[(Asked<'_>, Mood)]) -> Vec<String> {
    let mut clients: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for it in all {
        let Key::Unknown(key) = &it.key else {
            continue;
        };
        let before = stores.iter().rev();
        let mut before = before.filter(|((.., exchange), _)| exchange.started_us <= it.at_us);
        if let Some(((_, request, _), _)) = before.next() {
            clients.entry(key).or_default().push(&request.client);
        }
    }
    let shared = clients
        .into_iter()
        .filter(|(_, of)| of.iter().any(|it| it != &of[0]));
    shared.map(|(key, _)| key.to_owned()).collect()
}

/// Why Portal can make nothing of a call, as a code and a sentence.
fn fault(
    told: &Told,
    method: Option<&str>,
    shared: &[String],
) -> Option<(&'static str, &'static str)> {
    let foreign = match &told.key {
        Key::Client(_) => false,
        Key::Unknown(key) => shared.contains(key),
        Key::AnotherClient | Key::Custodian | Key::Missing => true,
    };
    let same = |told: &str, method: &str| {
        told == method
            || told
                .strip_prefix(method)
                .is_some_and(|it| it.starts_with('-'))
    };
    if told.via == Via::V1 {
        Some((
            "told-v1",
            "Portal is told of a user share through the v1 endpoint only",
        ))
    } else if foreign {
        let message = "Portal is told of a user share with another key than the client's own";
        Some(("told-with-another-key", message))
    } else if told.via == Via::V2 && told.method.is_none() {
        Some((
            "told-without-method",
            "Portal is told of a user share without its backup method",
        ))
    } else if let (Some(told), Some(method)) = (&told.method, method)
        && !same(told, method)
    {
        Some((
            "told-another-method",
            "Portal is told of a user share under another backup method",
        ))
    } else if told.success != Some(true) {
        Some((
            "told-no-success",
            "Portal is told of a user share, and not that it was stored",
        ))
    } else {
        (!(200..300).contains(&told.status)).then_some((
            "told-in-no-form",
            "Portal refuses what it is told of a user share",
        ))
    }
}

/// What Portal heard, for people.
fn heard_in_words(told: &[&Told]) -> String {
    let each = told.iter().map(|it| {
        let via = match it.via {
            Via::V1 => "v1",
            Via::V2 => "v2",
            Via::Pairs => "backup-share-pairs",
        };
        let success = match it.success {
            Some(true) => "success",
            Some(false) => "no success",
            None => "nothing of success",
        };
        let method = it.method.as_deref().unwrap_or("no method");
        format!("{via}: {success}, {method}, answered {}", it.status)
    });
    let each: Vec<String> = each.collect();
    if each.is_empty() {
        "Portal heard nothing".to_owned()
    } else {
        each.join("; ")
    }
}

impl Request {
    /// Whether an app's request carries the user's own credentials.
    fn has_own_credentials(&self) -> bool {
        use crate::exchange::Credentials::Own;
        match &self.body {
            Body::UserStore { credentials, .. } | Body::UserFetch { credentials, .. } => {
                *credentials == Own
            }
            Body::Store { .. } | Body::Fetch { .. } | Body::Raw(_) => true,
        }
    }
}
