//! What the local Portal hears in a run: who may listen and when, how long a word is waited for, and whose it is.

use super::Half;
use crate::contract::method::UNKNOWN;
use crate::model::case::Mood;
use crate::model::transcript::{Key, Told, Via};
use crate::model::trial::{Body, Cipher, Request};
use crate::pipeline::execute::lock;
use crate::user_share::{Answer, Credentials, Outgoing};
use sharecheck_portal::{Bearer, Call, Portal};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{RwLockReadGuard, RwLockWriteGuard};

/// How long Portal is listened to after a user share was acknowledged: a backend may tell it afterwards.
const LISTEN: Duration = Duration::from_secs(3);

/// The same once it is known that nothing comes.
const LISTEN_NO_MORE: Duration = Duration::from_millis(200);

/// So long without any call, and no more is under way.
const SILENCE: Duration = Duration::from_secs(1);

/// So many that came to nothing show that.
const IN_VAIN: u32 = 2;

/// How long the custodian's endpoint is asked while it waits for Portal: one that serves one request at a time would wait for
/// both.
const MEANWHILE: Duration = Duration::from_millis(700);

/// The same once it is known that no answer comes meanwhile.
const MEANWHILE_DEAF: Duration = Duration::from_millis(100);

/// A user share that is being handed in, and what the custodian's endpoint gives when Portal is told of it.
pub(super) struct Watched {
    fetch: Outgoing,
    text: String,
    /// Since when; what was told before speaks of something else.
    since: Instant,
    seen: Vec<(Instant, bool)>,
}

/// The right to listen to Portal alone, or beside others that do not.
pub(in crate::pipeline::execute) enum Turn<'a> {
    Alone(#[expect(dead_code, reason = "held")] RwLockWriteGuard<'a, ()>),
    Beside(#[expect(dead_code, reason = "held")] RwLockReadGuard<'a, ()>),
}

impl Half {
    /// Has the custodian's endpoint asked whenever Portal is told of what is being handed in.
    pub(super) fn listen(&self) {
        let Some(portal) = &self.told.portal else {
            return;
        };
        let (watched, http) = (Arc::clone(&self.watched), self.told.http.clone());
        let (endpoints, stale) = (self.told.endpoints.clone(), Arc::clone(&self.stale));
        let deaf = Arc::new(AtomicU32::new(0));
        portal.before_answer(Some(Arc::new(move |call: Call| {
            let (watched, http) = (Arc::clone(&watched), http.clone());
            let (endpoints, stale) = (endpoints.clone(), Arc::clone(&stale));
            let deaf = Arc::clone(&deaf);
            Box::pin(async move {
                let others = lock(&stale).contains(&call.bearer);
                if call.success != Some(true) || !(200..300).contains(&call.status) || others {
                    return;
                }
                let found = {
                    let watched = lock(&watched);
                    let id = match &call.bearer {
                        Bearer::Client(id) => Some(id),
                        Bearer::Unknown(_) => watched.keys().next().filter(|_| watched.len() == 1),
                        Bearer::Custodian | Bearer::None => None,
                    };
                    let now = id.and_then(|id| Some((id, watched.get(id)?)));
                    let now = now.filter(|(_, it)| it.since <= call.at);
                    now.map(|(id, it)| (id.clone(), it.fetch.clone()))
                };
                let Some((id, fetch)) = found else {
                    return;
                };
                let is_deaf = deaf.load(Ordering::Relaxed) >= IN_VAIN;
                let patience = if is_deaf { MEANWHILE_DEAF } else { MEANWHILE };
                let asked = tokio::time::timeout(patience, http.post(fetch.post()));
                let Ok(delivery) = asked.await else {
                    deaf.fetch_add(1, Ordering::Relaxed);
                    return;
                };
                let Ok(raw) = &delivery.outcome else {
                    return;
                };
                let mut watched = lock(&watched);
                if let Some(it) = watched.get_mut(&id).filter(|it| it.since <= call.at) {
                    let there = match endpoints.read(raw) {
                        Answer::None => false,
                        Answer::Text(text) => text == it.text,
                        Answer::Untold(_) | Answer::Unreadable(_) => return,
                    };
                    it.seen.push((call.at, there));
                }
            })
        })));
    }

    /// Waits for the right to run a trial.
    pub(in crate::pipeline::execute) async fn turn<'a>(
        &self,
        alone: bool,
        ids: impl Iterator<Item = &'a String>,
    ) -> Turn<'_> {
        let Some(portal) = self.told.portal.as_ref().filter(|_| alone) else {
            return Turn::Beside(self.ears.read().await);
        };
        let turn = self.ears.write().await;
        self.quiet(portal).await;
        let ids: HashSet<&String> = ids.collect();
        let owners = lock(&self.owners);
        let others = owners
            .iter()
            .filter(|(_, of)| of.iter().all(|it| !ids.contains(it)));
        *lock(&self.stale) = others.map(|(key, _)| key.clone()).collect();
        Turn::Alone(turn)
    }

    /// Waits until no word of what others have handed in can be hoped for.
    async fn quiet(&self, portal: &Portal) {
        let Some(last) = lock(&self.unheard).take() else {
            return;
        };
        let end = last + LISTEN;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let known = portal.heard();
            if left.is_zero() || !portal.next_call(known, left.min(SILENCE)).await {
                return;
            }
        }
    }

    /// A trial that does not listen has handed something in.
    pub(in crate::pipeline::execute) fn unheard(&self) {
        *lock(&self.unheard) = Some(Instant::now());
    }

    /// Waits until Portal, which was away, has heard that something was stored of which it could not be told then.
    pub(in crate::pipeline::execute) async fn wait_for_later(&self, seen: usize, id: &str) {
        let Some(portal) = &self.told.portal else {
            return;
        };
        let late = |call: &Call| {
            let told = call.success == Some(true) && (200..300).contains(&call.status);
            told && self.is_of(call, id)
        };
        let hopeless = [&self.in_vain, &self.never_later]
            .iter()
            .any(|it| it.load(Ordering::Relaxed) >= IN_VAIN);
        let patience = if hopeless { LISTEN_NO_MORE } else { LISTEN };
        if !hears(portal, seen, patience, late).await {
            self.never_later.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Whether a call may speak of this client.
    fn is_of(&self, call: &Call, id: &str) -> bool {
        match &call.bearer {
            Bearer::Client(other) => other == id,
            Bearer::Unknown(_) => !lock(&self.stale).contains(&call.bearer),
            Bearer::Custodian | Bearer::None => true,
        }
    }

    /// Has Portal answer a trial's clients otherwise from now on; where it does not know them, everybody.
    pub(in crate::pipeline::execute) fn set_mood<'a>(
        &self,
        ids: impl Iterator<Item = &'a String>,
        mood: Mood,
    ) {
        let Some(portal) = &self.told.portal else {
            return;
        };
        let mood = match mood {
            Mood::Well => sharecheck_portal::Mood::Well,
            Mood::TooMany => sharecheck_portal::Mood::TooMany,
            Mood::Fails => sharecheck_portal::Mood::Fails,
            Mood::Hangs => sharecheck_portal::Mood::Hangs,
        };
        for id in ids {
            let known = portal.api_key(id).is_some();
            portal.set_mood(known.then_some(id.as_str()), mood);
        }
    }

    /// How much Portal has heard so far; nothing where nobody listens.
    pub(in crate::pipeline::execute) fn heard(&self) -> Option<usize> {
        self.told.portal.as_ref().map(Portal::heard)
    }

    /// Watches what a client hands in until Portal was told of it.
    pub(in crate::pipeline::execute) fn watch(
        &self,
        request: &Request,
        id: &str,
        texts: &BTreeMap<String, String>,
    ) {
        let Body::UserStore {
            method,
            text: Cipher::Label(label),
            ..
        } = &request.body
        else {
            return;
        };
        let method = method.as_deref().unwrap_or(UNKNOWN);
        let user = self.told.users.of(id);
        let fetch = self.told.endpoints.fetch(&user, &Credentials::Own, method);
        if let (Some(fetch), Some(text)) = (fetch, texts.get(label)) {
            let watched = Watched {
                fetch,
                text: text.clone(),
                since: Instant::now(),
                seen: Vec::new(),
            };
            lock(&self.watched).insert(id.to_owned(), watched);
        }
    }

    /// Waits until Portal has heard more than that of a client, as long as that can be hoped for, which is not long where no
    /// word is due; and what was seen when it was told.
    pub(in crate::pipeline::execute) async fn wait_for_word(
        &self,
        seen: usize,
        id: &str,
        due: bool,
    ) -> Vec<(Instant, bool)> {
        if let Some(portal) = &self.told.portal {
            let hopeless = !due || self.in_vain.load(Ordering::Relaxed) >= IN_VAIN;
            let patience = if hopeless { LISTEN_NO_MORE } else { LISTEN };
            if !hears(portal, seen, patience, |call| self.is_of(call, id)).await {
                self.in_vain.fetch_add(u32::from(due), Ordering::Relaxed);
            }
        }
        let watched = lock(&self.watched).remove(id);
        watched.map_or_else(Vec::new, |it| it.seen)
    }

    /// A trial that listened is over: whose keys it has heard since then.
    pub(in crate::pipeline::execute) fn learn(
        &self,
        seen: usize,
        bound: &BTreeMap<String, String>,
    ) {
        let stale = lock(&self.stale).clone();
        let calls = self.told.portal.iter().flat_map(|it| it.calls_since(seen));
        let keys = calls.map(|it| it.bearer);
        let keys = keys.filter(|it| matches!(it, Bearer::Unknown(_)) && !stale.contains(it));
        for key in keys {
            let owners = bound.values().cloned().collect();
            lock(&self.owners).entry(key).or_insert(owners);
        }
    }

    /// What Portal has heard since then of a trial's clients, in microseconds since an instant.
    pub(in crate::pipeline::execute) fn told_since(
        &self,
        seen: usize,
        bound: &BTreeMap<String, String>,
        there: &[(Instant, bool)],
        since: Instant,
    ) -> Vec<Told> {
        let calls = self.told.portal.iter().flat_map(|it| it.calls_since(seen));
        let calls: Vec<Call> = calls.collect();
        let stale = lock(&self.stale).clone();
        // A word that was late, of what others had handed in. Where nothing else came it is one key for all.
        let own = |it: &Call| match &it.bearer {
            Bearer::Client(id) => bound.values().any(|own| own == id),
            Bearer::Unknown(_) => !stale.contains(&it.bearer),
            Bearer::Custodian | Bearer::None => true,
        };
        let has_own = calls.iter().any(own);
        let calls = calls.into_iter().filter(|it| !has_own || own(it));
        calls
            .map(|call| Told {
                via: match call.via {
                    sharecheck_portal::Via::V1 => Via::V1,
                    sharecheck_portal::Via::V2 => Via::V2,
                    sharecheck_portal::Via::Pairs => Via::Pairs,
                },
                key: match &call.bearer {
                    Bearer::Client(id) => {
                        let mut own = bound.iter().filter(|(_, it)| *it == id);
                        let own = own.next().map(|(client, _)| Key::Client(client.clone()));
                        own.unwrap_or(Key::AnotherClient)
                    }
                    Bearer::Custodian => Key::Custodian,
                    Bearer::Unknown(digits) if !stale.contains(&call.bearer) => {
                        Key::Unknown(digits.clone())
                    }
                    Bearer::Unknown(_) => Key::AnotherClient,
                    Bearer::None => Key::Missing,
                },
                success: call.success,
                method: call.method,
                status: call.status,
                at_us: u64::try_from(call.at.saturating_duration_since(since).as_micros())
                    .unwrap_or(u64::MAX),
                there: there
                    .iter()
                    .find(|(at, _)| *at == call.at)
                    .map(|(_, it)| *it),
            })
            .collect()
    }
}

/// Waits until Portal has heard such a call since then, or so long; whether it has.
async fn hears(
    portal: &Portal,
    seen: usize,
    patience: Duration,
    such: impl Fn(&Call) -> bool,
) -> bool {
    let until = Instant::now() + patience;
    loop {
        let known = portal.heard();
        if portal.calls_since(seen).iter().any(&such) {
            return true;
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() || !portal.next_call(known, left).await {
            return false;
        }
    }
}
