//! One request and what came of it, as symbols: shares become labels, foreign texts their length, secrets
//! a word. That happens here, in `Exchange::capture`, so that nothing further on can leak or outgrow it.

mod excerpt;
mod flaw;
mod redact;
mod strangers;

pub use flaw::{Flaw, PROXY_REFUSES, PROXY_WANTS_LOGIN};
pub use redact::Redactor;
pub use strangers::Strangers;

use crate::contract::answer::{self, Answer, Form};
use crate::contract::share::{Maker, maker};
use crate::contract::{Contract, wire};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Which of the two webhooks a request went to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Webhook {
    /// `POST {base}/backup`.
    Backup,
    /// `POST {base}/backup/fetch`.
    Fetch,
}

impl Webhook {
    /// Its path below the base URL.
    pub fn path(self) -> &'static str {
        match self {
            Self::Backup => crate::contract::body::BACKUP,
            Self::Fetch => crate::contract::body::FETCH,
        }
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

/// What was sent, without secrets and without the text of a share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sent {
    /// Which webhook.
    pub webhook: Webhook,
    /// The symbolic client.
    pub client: String,
    /// The label of the share that a well-formed store carries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<String>,
    /// The backup method of a well-formed v6 store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The body with labels in place of shares, cut to a few hundred characters.
    pub body: String,
    /// The length of the real body in bytes.
    pub bytes: usize,
    /// What was unusual about the request, such as `secret: missing`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oddity: Option<String>,
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
    /// The connection could not be made: TLS, with the cause.
    Tls(String),
    /// The connection could not be made: the proxy, or something else, with the cause.
    Connect(String),
    /// No answer, or no whole one, within the limit.
    Timeout,
    /// The connection ended before the answer did.
    Closed,
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
            Self::Timeout | Self::Closed | Self::TooLarge | Self::NotHttp => false,
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
            Self::TooLarge => f.write_str("answer longer than we read"),
            Self::NotHttp => f.write_str("what came is no HTTP"),
        }
    }
}

/// How a share that came back differs from the one that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Alteration {
    /// Cut after so many bytes.
    Cut(usize),
    /// The same but for white space.
    WhiteSpace,
    /// The same JSON, written otherwise.
    Reserialized,
    /// It came as a JSON object, not as text.
    Parsed,
    /// Different from the byte with this index on.
    From(usize),
}

impl std::fmt::Display for Alteration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cut(bytes) => write!(f, "cut after {bytes} bytes"),
            Self::WhiteSpace => f.write_str("its white space changed"),
            Self::Reserialized => f.write_str("parsed and written anew"),
            Self::Parsed => f.write_str("returned as JSON, not as text"),
            Self::From(byte) => write!(f, "different from byte {byte} on"),
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
    },
    /// A text that the opening fetch of the same client had brought.
    Leftover,
    /// A share of ours that belongs to another client of this run.
    Elsewhere,
    /// A share of ours that cannot be placed: from an earlier run, or too damaged.
    Ours,
    /// What a broken custodian made of a bad request of ours.
    Debris,
    /// A text that we did not make, of so many bytes.
    Foreign(usize),
}

impl std::fmt::Display for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Share {
                label,
                altered: None,
            } => write!(f, "share {label}"),
            Self::Share {
                label,
                altered: Some(how),
            } => write!(f, "share {label}, {how}"),
            Self::Leftover => f.write_str("left by an earlier run or trial"),
            Self::Elsewhere => f.write_str("a share of another client of this run"),
            Self::Ours => f.write_str("a share of ours"),
            Self::Debris => f.write_str("debris"),
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
    pub fault: Option<String>,
    /// Its texts in their order.
    pub found: Vec<Found>,
    /// The other keys of the object.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_keys: Vec<String>,
}

/// An answer, without the text of anything that we did not make.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reply {
    /// The HTTP status.
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

    /// Whether it tells nothing of the custodian: it was not reached, or the request may have met a used
    /// connection as it was being closed, which HTTP allows at any time.
    pub fn tells_nothing(&self) -> bool {
        self.outcome.as_ref().is_err_and(|trouble| {
            trouble.is_unreachable() || self.reused && *trouble == Trouble::Closed
        })
    }

    /// How long it took, in microseconds.
    pub fn elapsed_us(&self) -> u64 {
        self.ended_us.saturating_sub(self.started_us)
    }
}

/// What came over the wire, before it becomes symbols.
#[derive(Debug, Default)]
pub struct RawReply {
    /// The HTTP status.
    pub status: u16,
    /// Header names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// What is needed to turn texts into symbols: the shares of one trial, and what was there before it.
#[derive(Debug, Default)]
pub struct Lexicon {
    /// The run's mark.
    pub run: String,
    /// The contract whose form a fetch answer is held to.
    pub contract: Contract,
    /// Serial to label and text, for the shares of this trial.
    pub shares: HashMap<u32, (String, String)>,
    /// For each symbolic client, the texts that its opening fetch brought.
    pub leftovers: HashMap<String, HashSet<String>>,
}

impl Lexicon {
    /// The symbol for a text that came back for this client.
    pub fn found(&self, client: &str, text: &str) -> Found {
        if self
            .leftovers
            .get(client)
            .is_some_and(|texts| texts.contains(text))
        {
            return Found::Leftover;
        }
        match maker(text) {
            Maker::Us(Some(origin)) if origin.run == self.run => self
                .shares
                .get(&origin.serial)
                .map_or(Found::Elsewhere, |(label, sent)| Found::Share {
                    label: label.clone(),
                    altered: alteration(sent, text),
                }),
            Maker::Us(_) => Found::Ours,
            Maker::Debris => Found::Debris,
            Maker::Somebody => Found::Foreign(text.len()),
        }
    }

    /// Reads the body of an answer for this client.
    pub fn read(&self, client: &str, body: &[u8]) -> Reading {
        let Answer {
            form,
            fault,
            texts,
            other_keys,
        } = answer::read(body);
        let fault =
            fault.or_else(|| wire::fetch_answer_error(self.contract, &answer::parse(body)?));
        Reading {
            form,
            fault,
            found: texts.iter().map(|text| self.found(client, text)).collect(),
            other_keys,
        }
    }
}

/// Turns an answer into symbols; the raw one is dropped here.
pub fn reply(raw: &RawReply, client: &str, lexicon: &Lexicon, redactor: &Redactor) -> Reply {
    let header = |name: &str| {
        raw.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    let content_type = header("content-type")
        .map(|value| value.split(';').next().unwrap_or("").trim().to_lowercase());
    let shown = [
        "location",
        "retry-after",
        "www-authenticate",
        "server",
        "connection",
        "allow",
    ];
    let headers = shown
        .iter()
        .filter_map(|name| {
            Some((
                (*name).to_owned(),
                excerpt::phrase(header(name)?, 200, redactor),
            ))
        })
        .collect();
    let mut reading = lexicon.read(client, &raw.body);
    if reading
        .found
        .iter()
        .any(|it| matches!(it, Found::Foreign(_)))
    {
        let texts = answer::read(&raw.body).texts;
        let foreign = texts.iter().filter(|text| maker(text) == Maker::Somebody);
        foreign.for_each(|text| redactor.strangers().remember(text));
    }
    for key in &mut reading.other_keys {
        *key = excerpt::phrase(key, 60, redactor);
    }
    let text = String::from_utf8_lossy(&raw.body);
    let leaked =
        redactor.leaks(&text) || raw.headers.iter().any(|(_, value)| redactor.leaks(value));
    Reply {
        status: raw.status,
        content_type: content_type.map(|kind| excerpt::phrase(&kind, 100, redactor)),
        headers,
        reading,
        body: excerpt::of_answer(&raw.body, client, lexicon, redactor),
        bytes: raw.body.len(),
        internals: if leaked {
            Some("the secret".to_owned())
        } else {
            excerpt::internals(&text).map(str::to_owned)
        },
    }
}

/// The body of a request with labels in place of shares, cut short.
pub fn request_excerpt(body: &str, lexicon: &Lexicon, redactor: &Redactor) -> String {
    excerpt::of_request(body, lexicon, redactor)
}

fn alteration(sent: &str, came: &str) -> Option<Alteration> {
    if sent == came {
        return None;
    }
    let bare = |text: &str| {
        text.chars()
            .filter(|c| !c.is_whitespace())
            .collect::<String>()
    };
    let first_difference = sent
        .bytes()
        .zip(came.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    let came_value = serde_json::from_str::<serde_json::Value>(came).ok();
    Some(if sent.starts_with(came) {
        Alteration::Cut(came.len())
    } else if bare(sent) == bare(came) {
        Alteration::WhiteSpace
    } else if came_value.is_some() && came_value == serde_json::from_str(sent).ok() {
        Alteration::Reserialized
    } else {
        Alteration::From(first_difference)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::share::{self, Shape};

    fn lexicon() -> Lexicon {
        let text = share::text("0a1b2c3d", 1, 3, Shape::Plain);
        Lexicon {
            run: "0a1b2c3d".into(),
            shares: HashMap::from([(3, ("old".to_owned(), text))]),
            leftovers: HashMap::from([("a".to_owned(), HashSet::from(["left".to_owned()]))]),
            ..Lexicon::default()
        }
    }

    #[test]
    fn texts_become_symbols() {
        let lexicon = lexicon();
        let own = lexicon.shares[&3].1.clone();
        let share = |altered| Found::Share {
            label: "old".into(),
            altered,
        };
        assert_eq!(lexicon.found("a", &own), share(None));
        assert_eq!(
            lexicon.found("a", &own[..300]),
            share(Some(Alteration::Cut(300)))
        );
        assert_eq!(
            lexicon.found("a", &format!("{own} ")),
            share(Some(Alteration::WhiteSpace))
        );
        assert_eq!(lexicon.found("a", "left"), Found::Leftover);
        assert_eq!(lexicon.found("b", "left"), Found::Foreign(4));
        assert_eq!(
            lexicon.found("a", &share::text("0a1b2c3d", 1, 4, Shape::Plain)),
            Found::Elsewhere
        );
        assert_eq!(
            lexicon.found("a", &share::text("ffffffff", 1, 3, Shape::Plain)),
            Found::Ours
        );
        assert_eq!(lexicon.found("a", "undefined"), Found::Debris);
    }

    #[test]
    fn nothing_foreign_and_no_share_is_kept_of_an_answer() {
        let lexicon = lexicon();
        let own = lexicon.shares[&3].1.clone();
        let body =
            serde_json::json!({ "backupShares": [own, "a real share of somebody"], "note": "ok" });
        let raw = RawReply {
            status: 200,
            headers: vec![],
            body: body.to_string().into_bytes(),
        };
        let reply = reply(&raw, "a", &lexicon, &Redactor::default());
        let kept = serde_json::to_string(&reply).unwrap();
        assert!(
            !kept.contains("real share") && !kept.contains(&own[..60]),
            "{kept}"
        );
        assert!(
            kept.contains("‹share old›")
                && kept.contains("‹24 bytes›")
                && kept.contains("\\\"note\\\":\\\"ok\\\"")
        );
    }
}
