//! One request and what came of it, as symbols: shares become labels, foreign texts their length, secrets
//! a word. That happens in `capture`, so that nothing after it can show them, and so that
//! its size is bounded.

mod alteration;
mod capture;
mod echo;
mod excerpt;
mod flaw;
mod internals;
mod prose;
mod redact;
mod sent;
mod strangers;

pub use alteration::Alteration;
pub use capture::{Held, Lexicon, RawReply, digest, reply, request_excerpt, user_reply};
pub use echo::{is_echo, is_somebodys};
pub use flaw::{Flaw, Obstacle};
pub use redact::Redactor;
pub use sent::{Credentials, Own, Secret, Sent, Spelling};
pub use strangers::Strangers;

use crate::contract::answer::Form;
use crate::contract::malformed::Malformed;
use crate::contract::share::Debris;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where a request went: one of the two webhooks, or one of the custodian's own endpoints for the user's half.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Webhook {
    /// `POST {base}/backup`.
    Backup,
    /// `POST {base}/backup/fetch`.
    Fetch,
    /// Where an app hands its `cipherText` in.
    UserStore,
    /// Where an app asks for it.
    UserFetch,
}

impl Webhook {
    /// A webhook's path below the base URL; nothing of the custodian's own endpoints, which have no fixed one.
    pub fn path(self) -> Option<&'static str> {
        match self {
            Self::Backup => Some(crate::contract::body::BACKUP),
            Self::Fetch => Some(crate::contract::body::FETCH),
            Self::UserStore | Self::UserFetch => None,
        }
    }

    /// What is asked of it, in a word or two.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Backup => "store",
            Self::Fetch => "fetch",
            Self::UserStore => "user store",
            Self::UserFetch => "user fetch",
        }
    }

    /// Whether it answers with what is kept.
    pub fn gives(self) -> bool {
        matches!(self, Self::Fetch | Self::UserFetch)
    }

    /// Whether it is one of the custodian's own endpoints.
    pub fn is_own(self) -> bool {
        self.path().is_none()
    }
}

/// Where in a trial's script a request stands; lane and turn are 0 in a step of one request.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
)]
pub struct Place {
    /// The step's index in the script; `None` for the opening fetch.
    pub step: Option<usize>,
    /// The lane's index in a concurrent step.
    pub lane: usize,
    /// The request's index in its lane.
    pub turn: usize,
}

/// Why there is no answer, or no whole one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Trouble {
    /// The name does not resolve.
    Dns,
    /// Nothing listens there.
    Refused,
    /// The connection could not be made in time.
    ConnectTimeout,
    /// The connection could not be made: TLS fails.
    Tls(Flaw),
    /// The connection could not be made: the proxy, or something else in between.
    Connect(Obstacle),
    /// No answer, or no whole one, within the limit.
    Timeout,
    /// The connection ended before the answer did.
    Closed,
    /// The same, and nothing listened there at once after it: the process that had taken the request was gone.
    Died,
    /// The answer is longer than we read.
    TooLarge,
    /// What came is no HTTP.
    NotHttp,
}

impl Trouble {
    /// Whether the request never reached the custodian.
    pub fn is_unreachable(&self) -> bool {
        match self {
            Self::Dns | Self::Refused | Self::ConnectTimeout | Self::Tls(_) | Self::Connect(_) => {
                true
            }
            Self::Timeout | Self::Closed | Self::Died | Self::TooLarge | Self::NotHttp => false,
        }
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Dns => f.write_str("the name does not resolve"),
            Self::Refused => f.write_str("connection refused"),
            Self::ConnectTimeout => f.write_str("no connection in time"),
            Self::Tls(cause) => write!(f, "TLS: {cause}"),
            Self::Connect(cause) => write!(f, "no connection: {cause}"),
            Self::Timeout => f.write_str("no answer in time"),
            Self::Closed => f.write_str("connection closed before the answer was whole"),
            Self::Died => f.write_str("connection closed, and the process behind it gone"),
            Self::TooLarge => f.write_str("answer longer than we read"),
            Self::NotHttp => f.write_str("what came is no HTTP"),
        }
    }
}

/// A text of a fetch answer, as a symbol.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Found {
    /// A share that this trial sent, by its label.
    Share {
        /// The label.
        label: String,
        /// How it was changed, if it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        altered: Option<Alteration>,
        /// What it became, if it was changed: the first 16 hexadecimal digits of that text's SHA-256.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        digest: Option<String>,
    },
    /// A text that the opening fetch of the same client had brought.
    Leftover,
    /// A share of ours that belongs to another client of this run, by its number in the run.
    Elsewhere(u32),
    /// A share of ours that cannot be placed: from an earlier run, or too damaged.
    Ours,
    /// What a broken custodian made of a bad request of ours.
    Debris(Debris),
    /// A text that we did not make, of so many bytes.
    Foreign(usize),
}

impl std::fmt::Display for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Share {
                label,
                altered: None,
                ..
            } => write!(f, "share {label}"),
            Self::Share {
                label,
                altered: Some(how),
                ..
            } => write!(f, "share {label}, {how}"),
            Self::Leftover => f.write_str("left by an earlier run or trial"),
            Self::Elsewhere(_) => f.write_str("a share of another client of this run"),
            Self::Ours => f.write_str("a share of ours"),
            Self::Debris(what) => write!(f, "{what}"),
            Self::Foreign(bytes) => write!(f, "{bytes} bytes"),
        }
    }
}

/// A fetch answer as symbols.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reading {
    /// Which version's keys it has.
    pub form: Form,
    /// What is wrong with its shape.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Malformed>,
    /// Its texts in their order, or of very many alike the first.
    pub found: Vec<Found>,
    /// How many more there are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: usize,
    /// Shares under other keys, beside a well-formed `backupShares`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<Found>,
    /// The other keys of the object.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_keys: Vec<String>,
}

impl Reading {
    /// Whether the body could be read as JSON, whatever it holds.
    pub fn is_json(&self) -> bool {
        !self.fault.as_ref().is_some_and(Malformed::is_unreadable)
    }

    /// Whether the whole body is one share, byte for byte.
    pub fn is_bare_share(&self) -> bool {
        matches!(self.found[..], [Found::Share { altered: None, .. }]) && self.form == Form::Neither
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// An answer, without the text of anything that we did not make.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reply {
    /// The HTTP status; of a function's envelope that no gateway has opened, the one that stands in it.
    pub status: u16,
    /// The content type, lower case, without parameters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Selected headers, redacted.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// What the body holds, read as a fetch answer (of a store, too: it must hold no foreign share).
    pub reading: Reading,
    /// The body's beginning, redacted.
    pub body: String,
    /// The body's length in bytes.
    pub bytes: usize,
    /// What the answer shows of the server's inside: `stack trace`, `file path`, `the secret`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub internals: Option<String>,
}

impl Reply {
    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// One request and its answer or the trouble in its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Exchange {
    /// Where it stands in the script.
    pub place: Place,
    /// What was sent.
    pub sent: Sent,
    /// What had to come back, in words; nothing for an opening fetch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What came back.
    #[serde(with = "written")]
    #[schemars(with = "Written")]
    pub outcome: Result<Reply, Trouble>,
    /// Whether the request went over a connection that an earlier one had used.
    pub reused: bool,
    /// When it was sent, in microseconds since the run began.
    pub started_us: u64,
    /// When the answer was whole, in microseconds since the run began.
    pub ended_us: u64,
}

/// How the outcome of an exchange is written: `{"reply": …}` or `{"trouble": …}`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Written {
    /// The answer.
    Reply(Reply),
    /// Why there is none.
    Trouble(Trouble),
}

/// Between an outcome and how it is written.
mod written {
    use super::{Reply, Trouble, Written};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// `Written` of what somebody else holds.
    #[derive(Serialize)]
    #[serde(rename_all = "kebab-case")]
    enum Lent<'a> {
        Reply(&'a Reply),
        Trouble(&'a Trouble),
    }

    pub(super) fn serialize<S: Serializer>(
        outcome: &Result<Reply, Trouble>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match outcome {
            Ok(reply) => Lent::Reply(reply),
            Err(trouble) => Lent::Trouble(trouble),
        }
        .serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Result<Reply, Trouble>, D::Error> {
        Ok(match Written::deserialize(deserializer)? {
            Written::Reply(reply) => Ok(reply),
            Written::Trouble(trouble) => Err(trouble),
        })
    }
}

impl Exchange {
    /// The answer, if there is one.
    pub fn reply(&self) -> Option<&Reply> {
        self.outcome.as_ref().ok()
    }

    /// Whether it tells nothing of the custodian: it was not reached, the request may have met a used connection as
    /// it was being closed, which HTTP allows at any time, the process may have died of another request, or something
    /// counts requests, which Portal is not held to.
    pub fn tells_nothing(&self) -> bool {
        match &self.outcome {
            Ok(reply) => reply.status == 429,
            Err(Trouble::Died) => true,
            Err(trouble) => trouble.is_unreachable() || self.reused && *trouble == Trouble::Closed,
        }
    }

    /// How long it took, in microseconds.
    pub fn elapsed_us(&self) -> u64 {
        self.ended_us.saturating_sub(self.started_us)
    }
}
