//! The custodian as a rehearsal sees it: stores and fetches as Portal sends them, and nothing else.

use super::state::Answer;
use crate::contract::body;
use crate::exchange::{RawReply, Redactor, Strangers, Trouble, is_somebodys};
use crate::http::{Delivery, Http, Post};
use crate::rehearsal::Answered;
use secrecy::{ExposeSecret as _, SecretString};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// How often a fetch that came to nothing is sent at the most.
const TRIES: usize = 3;

/// How long between two of them.
const BETWEEN: Duration = Duration::from_millis(200);

/// The longest text of a version that is kept, in characters.
const LONGEST_VERSION: usize = 40;

/// The way to one custodian. Clones share everything.
#[derive(Clone)]
pub struct Custodian {
    http: Http,
    secret: SecretString,
    redactor: Arc<Redactor>,
    strangers: Strangers,
    clock: Instant,
    /// The header that tells which version answers.
    version_header: Option<String>,
}

/// An answer to a fetch.
pub(super) struct Fetched {
    /// What the client holds, or why that cannot be told.
    pub(super) answered: Result<Answered, String>,
    /// What came over the wire.
    pub(super) delivery: Delivery,
}

impl Custodian {
    /// By this client and with this secret; `redactor` knows what must not be shown.
    pub fn new(
        http: Http,
        secret: SecretString,
        redactor: Redactor,
        strangers: &Strangers,
    ) -> Self {
        Self {
            http,
            secret,
            redactor: Arc::new(redactor),
            strangers: strangers.clone(),
            clock: Instant::now(),
            version_header: None,
        }
    }

    /// The same, where a header tells which version answers.
    #[must_use]
    pub fn with_version_header(self, name: Option<&str>) -> Self {
        Self {
            version_header: name.map(str::to_lowercase),
            ..self
        }
    }

    /// The way to it.
    pub fn http(&self) -> &Http {
        &self.http
    }

    /// What knows the texts that must not be shown.
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Stores a share: as v5 does it, or with a method. `alone` takes a connection of its own.
    pub(super) async fn store(
        &self,
        client: &str,
        (text, method): (&str, Option<&str>),
        alone: bool,
    ) -> Delivery {
        let header = body::SECRET_HEADER.to_owned();
        let post = Post {
            path: body::BACKUP.to_owned(),
            headers: vec![(header, self.secret.expose_secret().to_owned())],
            content_type: "application/json".to_owned(),
            body: body::store(client, text, method),
            alone,
            ..Post::default()
        };
        self.http.post(post).await
    }

    /// Fetches what a client holds, once.
    pub(super) async fn fetch_once(&self, client: &str, alone: bool) -> Fetched {
        let post = Post {
            alone,
            ..Post::fetch(client, &self.secret)
        };
        let delivery = self.http.post(post).await;
        let answered = match &delivery.outcome {
            Ok(raw) => Answered::of(raw),
            Err(trouble) => Err(trouble.to_string()),
        };
        if let Ok(answered) = &answered {
            let sent = body::fetch(client);
            let texts = answered.answer.texts.iter().chain(&answered.answer.beside);
            let foreign = texts.filter(|text| is_somebodys(&sent, text));
            foreign.for_each(|text| self.strangers.remember(text));
        }
        Fetched { answered, delivery }
    }

    /// The same, again where it came to nothing.
    pub(super) async fn fetch(&self, client: &str) -> Fetched {
        let mut tries = 1;
        loop {
            let fetched = self.fetch_once(client, tries > 1).await;
            if fetched.answered.is_ok() || tries == TRIES {
                return fetched;
            }
            tries += 1;
            tokio::time::sleep(BETWEEN).await;
        }
    }

    /// The texts that a client holds; none where that cannot be told.
    pub async fn held(&self, client: &str) -> Vec<String> {
        let answered = self.fetch(client).await.answered;
        answered.map_or_else(|_| Vec::new(), |it| it.answer.texts)
    }

    /// What came of a request, as a state file has it.
    pub(super) fn answer(&self, delivery: &Delivery) -> Answer {
        let took = delivery.ended.saturating_duration_since(delivery.started);
        let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let now_ms = now.map_or(0, |it| u64::try_from(it.as_millis()).unwrap_or(u64::MAX));
        let outcome = delivery.outcome.as_ref();
        let trouble = outcome.err();
        Answer {
            status: outcome.ok().map(RawReply::meant_status),
            not_sent: trouble.is_some_and(Trouble::is_unreachable),
            timed_out: trouble == Some(&Trouble::Timeout),
            at_ms: now_ms.saturating_sub(took_ms),
            took_ms,
            version: outcome.ok().and_then(|it| self.version(it)),
        }
    }

    /// What a header says of the version.
    pub(super) fn version(&self, raw: &RawReply) -> Option<String> {
        let value = raw.header(self.version_header.as_deref()?)?;
        let printable: String = value.chars().filter(|c| !c.is_control()).collect();
        Some(self.redactor.text(&printable, LONGEST_VERSION))
    }

    /// When a request was sent and when its answer was whole, in microseconds since this began.
    pub(super) fn times_us(&self, delivery: &Delivery) -> (u64, u64) {
        delivery.times_us(self.clock)
    }
}
