//! The user's half of a wallet in a run: the custodian's own endpoints, the users behind the clients, and the local Portal
//! that hears what the backend tells.

mod portal;

use crate::exchange::{self, Held, Lexicon, Own, Redactor, Sent, request_excerpt};
use crate::exchange::{Secret, Spelling};
use crate::http::{Delivery, Http};
use crate::model::case::Unusable;
use crate::model::trial::{Body, Cipher, Request};
use crate::user_share::{Answer, Credentials, Endpoints, Garbage, Outgoing, Text};
use crate::users::Users;
use futures_util::future::BoxFuture;
pub(super) use portal::Turn;
use portal::Watched;
use sharecheck_portal::{Bearer, Portal};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex};
use std::time::Instant;
use tokio::sync::RwLock;

/// Makes a user of a client whose id was made up; why not, if not.
pub type Enrol = dyn Fn(String) -> BoxFuture<'static, Result<(), String>> + Send + Sync;

/// What a run is told of the user's half.
#[derive(Clone)]
pub struct UserHalf {
    /// The custodian's own endpoints.
    pub endpoints: Endpoints,
    /// The way to them.
    pub http: Http,
    /// The users behind the clients.
    pub users: Users,
    /// The local Portal, where it listens.
    pub portal: Option<Portal>,
    /// How a client becomes a user, where that is possible.
    pub enrol: Option<Arc<Enrol>>,
}

/// The same, under way.
pub(super) struct Half {
    told: UserHalf,
    /// Whoever listens to Portal does so alone, since not every call says whose it is.
    ears: RwLock<()>,
    in_vain: AtomicU32,
    /// The same of words that came late, after Portal was away.
    never_later: AtomicU32,
    watched: Arc<Mutex<HashMap<String, Watched>>>,
    /// When a trial that does not listen last handed something in: its word may still be under way.
    unheard: Mutex<Option<Instant>>,
    /// The clients of the trial that listened when an unknown key was first heard.
    owners: Mutex<HashMap<Bearer, HashSet<String>>>,
    /// The keys of other clients than those of the trial that listens now.
    stale: Arc<Mutex<HashSet<Bearer>>>,
}

impl Half {
    pub(super) fn new(told: UserHalf) -> Self {
        let half = Self {
            told,
            ears: RwLock::new(()),
            in_vain: AtomicU32::new(0),
            never_later: AtomicU32::new(0),
            watched: Arc::default(),
            unheard: Mutex::new(None),
            owners: Mutex::default(),
            stale: Arc::default(),
        };
        half.listen();
        half
    }

    /// Makes users of a trial's clients, where that is possible.
    pub(super) async fn enrol(&self, ids: impl Iterator<Item = &String>) -> Result<(), String> {
        let Some(enrol) = &self.told.enrol else {
            return Ok(());
        };
        for id in ids {
            enrol(id.clone()).await?;
        }
        Ok(())
    }

    /// Why a client's user cannot be asked for, if so.
    pub(super) fn lacks(&self, id: &str) -> Option<String> {
        self.told.endpoints.lacks(&self.told.users.of(id))
    }

    /// The request as it goes over the wire; nothing where the endpoints cannot be asked so.
    pub(super) fn outgoing(
        &self,
        request: &Request,
        bound: &BTreeMap<String, String>,
        texts: &BTreeMap<String, String>,
    ) -> Option<Outgoing> {
        let user = |client: &str| Some(self.told.users.of(bound.get(client)?));
        let own = user(&request.client)?;
        let credentials = |it: &exchange::Credentials| {
            Some(match it {
                exchange::Credentials::Own => Credentials::Own,
                exchange::Credentials::Missing => Credentials::None,
                exchange::Credentials::Of(other) => Credentials::Of(user(other)?),
            })
        };
        match &request.body {
            Body::UserStore {
                method,
                text,
                credentials: whose,
            } => {
                let text = match text {
                    Cipher::Label(label) => Text::Cipher(texts.get(label)?),
                    Cipher::Unusable(what) => Text::Garbage(garbage(*what)),
                };
                let endpoints = &self.told.endpoints;
                endpoints.store(&own, &credentials(whose)?, method.as_deref(), &text)
            }
            Body::UserFetch {
                method,
                credentials: whose,
            } => self
                .told
                .endpoints
                .fetch(&own, &credentials(whose)?, method),
            Body::Store { .. } | Body::Fetch { .. } | Body::Raw(_) => None,
        }
    }

    /// Sends it.
    pub(super) async fn send(&self, outgoing: &Outgoing) -> Delivery {
        self.told.http.post(outgoing.post()).await
    }

    /// What an answer of the custodian's own endpoint says.
    pub(super) fn read(&self, raw: &exchange::RawReply) -> Answer {
        self.told.endpoints.read(raw)
    }

    /// What is kept of a request.
    pub(super) fn sent(
        &self,
        request: &Request,
        outgoing: &Outgoing,
        lexicon: &Lexicon,
        redactor: &Redactor,
    ) -> Sent {
        let shown = outgoing.shown();
        let (share, method, credentials) = match &request.body {
            Body::UserStore {
                method,
                text,
                credentials,
            } => {
                let label = match text {
                    Cipher::Label(label) => Some(label.clone()),
                    Cipher::Unusable(_) => None,
                };
                (label, method.clone(), credentials.clone())
            }
            Body::UserFetch {
                method,
                credentials,
            } => (None, Some(method.clone()), credentials.clone()),
            Body::Store { .. } | Body::Fetch { .. } | Body::Raw(_) => {
                (None, None, exchange::Credentials::Own)
            }
        };
        let headers = shown.headers.iter();
        Sent {
            webhook: request.webhook,
            client: request.client.clone(),
            share,
            method,
            body: request_excerpt(&shown.body, lexicon, redactor),
            serials: crate::pipeline::execute::request::serials(&request.carries(), lexicon),
            bytes: shown.body.len(),
            secret: Secret::Right,
            spelling: Spelling::Exact,
            content_type: Some(shown.content_type.clone())
                .filter(|it| !it.is_empty() && it != "application/json"),
            own: Some(Own {
                method: shown.method.to_string(),
                url: redactor.whole(&format!("{}{}", self.told.http.base(), shown.path)),
                headers: headers
                    .map(|(name, value)| redactor.whole(&format!("{name}: {value}")))
                    .collect(),
            }),
            credentials,
        }
    }
}

/// What an answer holds, for the judge.
pub(super) fn held(answer: &Answer) -> Held {
    match answer {
        Answer::None => Held::None,
        Answer::Text(text) => Held::Text(text.clone()),
        Answer::Untold(why) | Answer::Unreadable(why) => Held::Unreadable(why.clone()),
    }
}

fn garbage(what: Unusable) -> Garbage {
    match what {
        Unusable::Missing => Garbage::Missing,
        Unusable::Null => Garbage::Null,
        Unusable::Empty => Garbage::Empty,
        Unusable::Number => Garbage::Number,
        Unusable::Boolean => Garbage::Boolean,
        Unusable::Array => Garbage::Array,
        Unusable::Object => Garbage::Object,
    }
}
