//! What the local Portal knows: its clients, what was heard of backups, and how it treats whom. All of it is shared by the
//! routes and by whoever started it.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, StatusCode};
use futures_util::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use subtle::ConstantTimeEq;
use tokio::sync::watch;

use crate::Settings;
use crate::answer::Refusal;
use crate::bearer::bearer;
use crate::book::{Book, Full, advance};
use crate::call::{Bearer, Call, Via};
use crate::client::{Client, Progress, Wallet, key};
use crate::mood::Mood;
use crate::show;
use crate::stand_in;
use crate::tell::read;

/// What `Retry-After` says where too many requests are only pretended, in seconds.
const PRETENDED: u64 = 1;

/// Is awaited before a call is answered.
pub type BeforeAnswer = dyn Fn(Call) -> BoxFuture<'static, ()> + Send + Sync;

/// What a client's request is answered.
#[derive(Debug)]
pub(crate) enum Answer {
    NoContent,
    Json(Value),
    Refused(Refusal),
    Nothing,
}

impl Answer {
    fn status(&self) -> u16 {
        match self {
            Self::NoContent => 204,
            Self::Json(_) => 200,
            Self::Refused(refusal) => refusal.status.as_u16(),
            Self::Nothing => 0,
        }
    }
}

/// A handle on what a local Portal knows; every copy is of the same.
#[derive(Clone)]
pub struct Portal(Arc<Shared>);

struct Shared {
    custodian_key: SecretString,
    takes_any_key: bool,
    limited: bool,
    /// Makes of a key what it is found by, and told from others by: of no use outside of this process.
    digests: RandomState,
    book: Mutex<Book>,
    heard: watch::Sender<usize>,
    hook: Mutex<Option<Arc<BeforeAnswer>>>,
    closed: watch::Sender<bool>,
    /// Is touched whenever a mood was set.
    moods: watch::Sender<()>,
}

impl fmt::Debug for Portal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Portal")
    }
}

impl Portal {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self(Arc::new(Shared {
            custodian_key: settings.custodian_key.clone(),
            takes_any_key: settings.takes_any_key,
            limited: settings.limited,
            digests: RandomState::new(),
            book: Mutex::new(Book {
                mood: settings.fault.unwrap_or_default(),
                ..Book::default()
            }),
            heard: watch::Sender::new(0),
            hook: Mutex::default(),
            closed: watch::Sender::new(false),
            moods: watch::Sender::new(()),
        }))
    }

    /// Adds a client.
    pub fn add_client(&self, client: Client) -> Result<(), Full> {
        let keys = [&client.api_key, &client.session_token].map(|key| self.digest(key));
        self.book().add(client, keys)
    }

    /// The client of this id.
    pub fn client(&self, id: &str) -> Option<Client> {
        self.book().client(id).cloned()
    }

    /// All clients, in the order in which they came.
    pub fn clients(&self) -> Vec<Client> {
        self.book().clients.clone()
    }

    /// The key of the client of this id.
    pub fn api_key(&self, id: &str) -> Option<SecretString> {
        self.book().client(id).map(|client| client.api_key.clone())
    }

    /// Whether a key that no client of its own has is taken for that of a client made elsewhere.
    pub fn takes_any_key(&self) -> bool {
        self.0.takes_any_key
    }

    /// Gives a client a wallet on each of these curves, in the place of those that it has; nothing for a client that is
    /// not known.
    pub fn make_wallets(&self, id: &str, curves: &[&str]) -> Option<Vec<Wallet>> {
        let mut book = self.book();
        let client = book.client_mut(id)?;
        client.wallets = curves.iter().map(|curve| Wallet::new(curve)).collect();
        Some(client.wallets.clone())
    }

    /// Begins a backup by this bare method of a client's wallets on these curves, whose custodian shares are stored:
    /// the ids of the pairs, in the order of the wallets. Nothing for a client that is not known.
    pub fn back_up(&self, id: &str, method: &str, curves: &[&str]) -> Option<Vec<String>> {
        let mut book = self.book();
        let client = book.client_mut(id)?;
        let wallets = client.wallets.iter_mut();
        let wallets = wallets.filter(|wallet| curves.contains(&wallet.curve.as_str()));
        Some(wallets.map(|wallet| wallet.back_up(method)).collect())
    }

    /// What the SDK tells: these pairs of a client have come so far.
    pub fn progressed(&self, id: &str, pair_ids: &[String], progress: Progress) {
        if let Some(client) = self.book().client_mut(id) {
            advance(client, pair_ids, progress);
        }
    }

    /// How far these pairs of a client have all come; nothing where one is not known.
    pub fn progress(&self, id: &str, pair_ids: &[String]) -> Option<Progress> {
        let book = self.book();
        let pairs = book.client(id)?.wallets.iter().flat_map(|it| &it.pairs);
        let known: Vec<Progress> = pairs
            .filter(|pair| pair_ids.contains(&pair.id))
            .map(|pair| pair.progress)
            .collect();
        let all = known.len() == pair_ids.len();
        known.into_iter().min().filter(|_| all)
    }

    /// Sets how it treats one client, or all of them, whatever was set for single ones before.
    pub fn set_mood(&self, client: Option<&str>, mood: Mood) {
        let mut book = self.book();
        match client {
            Some(id) if book.by_id.contains_key(id) => _ = book.moods.insert(id.to_owned(), mood),
            Some(_) => {}
            None => {
                book.mood = mood;
                book.moods.clear();
            }
        }
        drop(book);
        self.0.moods.send_replace(());
    }

    /// Everything that was heard so far of user shares, in order; of more than 100,000 calls the latest.
    pub fn calls(&self) -> Vec<Call> {
        self.calls_since(0)
    }

    /// The same, without as many as were seen before.
    pub fn calls_since(&self, seen: usize) -> Vec<Call> {
        let book = self.book();
        let known = seen.saturating_sub(book.forgotten);
        book.calls.iter().skip(known).cloned().collect()
    }

    /// How many calls were heard so far, those that are forgotten among them.
    pub fn heard(&self) -> usize {
        *self.0.heard.borrow()
    }

    /// Waits until there were more calls than were seen, or so long; whether there were.
    pub async fn next_call(&self, seen: usize, within: Duration) -> bool {
        let mut heard = self.0.heard.subscribe();
        let more = heard.wait_for(|heard| *heard > seen);
        matches!(tokio::time::timeout(within, more).await, Ok(Ok(_)))
    }

    /// What is awaited before any call is answered, or nothing. It is run to its end, though the caller hangs up.
    pub fn before_answer(&self, hook: Option<Arc<BeforeAnswer>>) {
        *self.0.hook.lock().unwrap_or_else(PoisonError::into_inner) = hook;
    }

    /// Awaits what must be done before this call is answered.
    pub(crate) async fn before_this(&self, call: Call) {
        let hook = {
            let hook = self.0.hook.lock();
            hook.unwrap_or_else(PoisonError::into_inner).clone()
        };
        if let Some(hook) = hook {
            // A task of its own: that of the connection ends with it.
            drop(tokio::spawn(hook(call)).await);
        }
    }

    /// Makes a new session for a client: the client with its new token.
    pub(crate) fn new_session(&self, id: &str) -> Option<Client> {
        let token = key();
        let new = self.digest(&token);
        let mut book = self.book();
        let place = *book.by_id.get(id)?;
        let old = std::mem::replace(&mut book.clients.get_mut(place)?.session_token, token);
        book.by_key.remove(&self.digest(&old));
        book.by_key.insert(new, place);
        book.clients.get(place).cloned()
    }

    /// So many clients behind the one of this id, and how many there are; nothing where there is no such client.
    pub(crate) fn page(&self, behind: Option<&str>, take: usize) -> Option<(Vec<Client>, usize)> {
        let book = self.book();
        let start = match behind {
            Some(id) => book.by_id.get(id)? + 1,
            None => 0,
        };
        let page = book.clients.iter().skip(start).take(take);
        Some((page.cloned().collect(), book.clients.len()))
    }

    /// Whose key a request came with.
    pub(crate) fn bearer(&self, headers: &HeaderMap) -> Bearer {
        let Some(given) = bearer(headers) else {
            return Bearer::None;
        };
        let own = self.0.custodian_key.expose_secret().as_bytes();
        if bool::from(own.ct_eq(given.as_bytes())) {
            return Bearer::Custodian;
        }
        let digest = self.0.digests.hash_one(given);
        let book = self.book();
        let client = book
            .by_key
            .get(&digest)
            .and_then(|place| book.clients.get(*place));
        let fits = |client: &&Client| {
            let mut keys = [&client.api_key, &client.session_token].into_iter();
            keys.any(|key| bool::from(key.expose_secret().as_bytes().ct_eq(given.as_bytes())))
        };
        match client.filter(fits) {
            Some(client) => Bearer::Client(client.id.clone()),
            None => Bearer::Unknown(format!("{:08x}", digest >> 32)),
        }
    }

    /// Counts a request where that is limited.
    pub(crate) fn paced(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        if !self.0.limited {
            return Ok(());
        }
        let key = self.0.digests.hash_one(bearer(headers));
        let counted = self.book().pace.count(key, Instant::now());
        counted.map_err(Refusal::too_many)
    }

    /// What a client is shown of itself.
    pub(crate) fn shown(&self, bearer: &Bearer, headers: &HeaderMap) -> Answer {
        if let Some(answer) = self.hindered(bearer, headers) {
            return answer;
        }
        let known = match bearer {
            Bearer::Client(id) => self.client(id),
            Bearer::Unknown(_) | Bearer::Custodian | Bearer::None => None,
        };
        // Of one that was made elsewhere not even the id is known.
        let mut client = known.unwrap_or_else(|| Client::known_as("made-elsewhere"));
        if self.0.takes_any_key && client.wallets.is_empty() {
            client.wallets = stand_in::wallets();
        }
        Answer::Json(show::v3(&client))
    }

    /// Notes a call, and does what it says: the call, and what it is answered.
    pub(crate) fn told(
        &self,
        via: Via,
        bearer: &Bearer,
        headers: &HeaderMap,
        body: &[u8],
    ) -> (Call, Answer) {
        let (mut said, usable) = read(via, body);
        let answer = match (self.hindered(bearer, headers), usable) {
            (Some(answer), _) => answer,
            (None, Err(refusal)) => Answer::Refused(refusal),
            (None, Ok(())) => match self.book().follow(via, bearer, &said, self.0.takes_any_key) {
                Ok(()) => Answer::NoContent,
                Err(refusal) => Answer::Refused(refusal),
            },
        };
        let mut book = self.book();
        if let Bearer::Client(id) = bearer {
            said.method = said.method.or_else(|| book.method(id, &said.pair_ids));
        }
        if self.0.takes_any_key {
            said.method = said.method.or_else(|| stand_in::method(&said.pair_ids));
        }
        let call = Call {
            at: Instant::now(),
            via,
            bearer: bearer.clone(),
            success: said.success,
            progress: said.progress,
            method: said.method,
            pair_ids: said.pair_ids,
            status: answer.status(),
        };
        let heard = book.note(call.clone());
        drop(book);
        self.0.heard.send_replace(heard);
        (call, answer)
    }

    /// What a client's request is answered whatever it says, if there is such a thing.
    fn hindered(&self, bearer: &Bearer, headers: &HeaderMap) -> Option<Answer> {
        let refused = |why: &str| {
            let refusal = Refusal::new(StatusCode::UNAUTHORIZED, why);
            Some(Answer::Refused(refusal))
        };
        match bearer {
            Bearer::Client(_) => {}
            Bearer::Unknown(_) if self.0.takes_any_key => {}
            Bearer::Unknown(_) => return refused("no client has this key"),
            Bearer::Custodian => {
                return refused("this is the custodian's key: these paths want the client's");
            }
            Bearer::None => {
                return refused("Authorization: Bearer with the client's key is missing");
            }
        }
        if let Err(refusal) = self.paced(headers) {
            return Some(Answer::Refused(refusal));
        }
        match self.book().mood_for(bearer) {
            Mood::Well => None,
            Mood::TooMany => Some(Answer::Refused(Refusal::too_many(PRETENDED))),
            Mood::Fails => Some(Answer::Refused(Refusal::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "an error that was asked for",
            ))),
            Mood::Hangs => Some(Answer::Nothing),
        }
    }

    /// Waits until whoever has this key is not let hang any more.
    pub(crate) async fn recovers(&self, bearer: &Bearer) {
        let mut moods = self.0.moods.subscribe();
        while self.book().mood_for(bearer) == Mood::Hangs {
            // It lives as long as this.
            drop(moods.changed().await);
        }
    }

    /// Ends what is let hang.
    pub(crate) fn close(&self) {
        self.0.closed.send_replace(true);
    }

    /// Waits until it is closed.
    pub(crate) async fn closed(&self) {
        // It lives as long as this.
        drop(
            self.0
                .closed
                .subscribe()
                .wait_for(|is_closed| *is_closed)
                .await,
        );
    }

    fn digest(&self, key: &SecretString) -> u64 {
        self.0.digests.hash_one(key.expose_secret())
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
