//! The lines of a state file: one JSON object each, without the text of any share and without a secret.

use crate::contract::Contract;
use crate::contract::share::Shape;
use crate::rehearsal::Pattern;
use serde::{Deserialize, Serialize};

/// The version of the file's format.
pub const FORMAT: u32 = 1;

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Line {
    /// What is rehearsed; always the first.
    Rehearsal(Header),
    /// The contract that the old version keeps; before the first client.
    Old(Contract),
    /// So many clients are asked of a hook.
    Need(usize),
    /// A hook has made a client.
    Made(Made),
    /// A client, and what the old version was given for it.
    Client(Client),
    /// The old version has given all of it back.
    Seeded(Seeded),
    /// A store is about to be sent.
    Intent(Intent),
    /// It was answered, or will not be.
    Outcome(Outcome),
    /// A fetch was answered, or will not be.
    Fetch(Fetch),
    /// The clients that a hook has made were taken down.
    TakenDown(usize),
}

/// What is rehearsed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The version of the format.
    pub format: u32,
    /// The rehearsal's UUID.
    pub run: String,
    /// The seed of the shares' texts.
    pub seed: u64,
    /// The custodian's base URL, without credentials.
    pub target: String,
    /// When it began, RFC 3339 in UTC.
    pub began: String,
    /// The version of this tool.
    pub version: String,
}

impl Header {
    /// The mark that each share of the rehearsal carries.
    pub fn mark(&self) -> String {
        let digits = self.run.chars().filter(char::is_ascii_hexdigit);
        digits.take(8).collect()
    }
}

/// A client that a hook has made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// The key of its set-up.
    pub key: String,
    /// Its id.
    pub id: String,
}

/// What a client is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// What it was given.
    #[serde(rename = "is")]
    pub pattern: Pattern,
    /// Of one that gets stores while the new version comes: whether they carry a method.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub with_method: bool,
    /// Whether it gets stores once the new version is there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub aside: bool,
}

impl Role {
    /// Whether anything may still be stored for it.
    pub fn is_spare(self) -> bool {
        self.aside || self.pattern == Pattern::Load
    }
}

/// A share that was stored: its number in the rehearsal, its method, and what it looks like.
pub type Given = (u32, Option<String>, Shape);

/// A client, and what the old version has acknowledged for it, in this order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// Its id.
    pub id: String,
    /// What it is there for.
    #[serde(flatten)]
    pub role: Role,
    /// What was stored.
    pub given: Vec<Given>,
    /// The digests of the texts that it held before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<String>,
}

/// What the old version has given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seeded {
    /// How many clients there are.
    pub clients: usize,
    /// How many shares they hold.
    pub shares: usize,
}

/// When the store was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// While the new version came.
    During,
    /// Once it was there.
    After,
}

/// A store that is about to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// The share's number in the rehearsal.
    #[serde(rename = "n")]
    pub serial: u32,
    /// The client's id.
    pub id: String,
    /// The method; none as v5 sends it.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// What the share looks like.
    #[serde(rename = "s")]
    pub shape: Shape,
    /// When.
    pub when: When,
}

/// What came of a store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The share's number.
    #[serde(rename = "n")]
    pub serial: u32,
    /// What the answer was, and when.
    #[serde(flatten)]
    pub answer: Answer,
}

/// What came of a fetch while the new version came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetch {
    /// What the answer was, and when.
    #[serde(flatten)]
    pub answer: Answer,
    /// The version by whose form it was answered.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub form: Option<Contract>,
    /// Whether it lacked a share that had been acknowledged.
    #[serde(rename = "g", default, skip_serializing_if = "std::ops::Not::not")]
    pub gap: bool,
}

/// An answer, or its absence.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The status; none where there was no answer.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Whether the request never reached the custodian.
    #[serde(rename = "x", default, skip_serializing_if = "std::ops::Not::not")]
    pub not_sent: bool,
    /// Whether there was no answer within the limit.
    #[serde(rename = "l", default, skip_serializing_if = "std::ops::Not::not")]
    pub timed_out: bool,
    /// When the request was sent, in milliseconds since 1970.
    #[serde(rename = "t")]
    pub at_ms: u64,
    /// How long the answer took, in milliseconds.
    #[serde(rename = "d")]
    pub took_ms: u64,
    /// What a header says of the version.
    #[serde(rename = "v", default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}
