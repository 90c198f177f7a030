//! What is wrong with the shape of a fetch answer. None of it holds any text of the answer, so that all of it may
//! be written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// What a JSON value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl Kind {
    /// What this value is.
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Boolean,
            Value::Number(_) => Self::Number,
            Value::String(_) => Self::String,
            Value::Array(_) => Self::Array,
            Value::Object(_) => Self::Object,
        }
    }
}

impl fmt::Display for Kind {
    /// With its article.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        })
    }
}

/// How bytes were compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Coding {
    /// `gzip`.
    Gzip,
    /// `deflate`, with zlib's frame or without.
    Deflate,
    /// `br`.
    Brotli,
    /// `zstd`.
    Zstd,
    /// `compress`.
    Compress,
}

impl Coding {
    /// What the first bytes tell of themselves.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x1f, 0x8b, 0x08, ..] => Some(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstd),
            [0x1f, 0x9d, ..] => Some(Self::Compress),
            [0x78, 0x01 | 0x9c | 0xda, ..] => Some(Self::Deflate),
            _ => None,
        }
    }

    /// The last coding that a `content-encoding` names.
    pub fn named(header: &str) -> Option<Self> {
        let last = header.rsplit(',').next().unwrap_or_default();
        match last.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => Some(Self::Gzip),
            "deflate" => Some(Self::Deflate),
            "br" => Some(Self::Brotli),
            "zstd" => Some(Self::Zstd),
            "compress" | "x-compress" => Some(Self::Compress),
            _ => None,
        }
    }
}

impl fmt::Display for Coding {
    /// As `content-encoding` has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
            Self::Compress => "compress",
        })
    }
}

/// What is wrong with an answer as one of its form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Malformed {
    /// There is no body.
    Empty,
    /// It is no JSON.
    NotJson,
    /// It came compressed, though nobody asked for that.
    Compressed(Coding),
    /// It begins with a byte-order mark, which JSON must not.
    ByteOrderMark,
    /// Its JSON ends before the last bracket.
    BreaksOff,
    /// The same where `Content-Length` says, in a body with characters of several bytes.
    LengthInCharacters,
    /// It is what a function hands to its gateway: the answer stands as text in its `body`.
    Envelope,
    /// It is a JSON string that holds the JSON.
    StringOfJson,
    /// It is JSON, but no object.
    NotAnObject(Kind),
    /// It has no `backupShares`, the key of v6.
    NoShares,
    /// It has no `backupShare`, the key of v5.
    NoShare,
    /// `backupShares` is no array.
    SharesAre(Kind),
    /// An element of `backupShares` is no string.
    ElementIs(Kind),
    /// `backupShare` is no string.
    ShareIs(Kind),
    /// An answer of the custodian's own endpoint holds no user share where it should, nor says that there is none: how, as
    /// a clause.
    NoUserShare(String),
}

impl Malformed {
    /// The code of a finding where the body as a whole is spoilt on its way, whatever it holds.
    pub fn code(&self) -> Option<&'static str> {
        match self {
            Self::Compressed(_) => Some("compressed"),
            Self::ByteOrderMark => Some("byte-order-mark"),
            Self::LengthInCharacters => Some("length-in-characters"),
            Self::Envelope => Some("envelope"),
            Self::Empty
            | Self::NotJson
            | Self::BreaksOff
            | Self::StringOfJson
            | Self::NotAnObject(_)
            | Self::NoShares
            | Self::NoShare
            | Self::SharesAre(_)
            | Self::ElementIs(_)
            | Self::ShareIs(_)
            | Self::NoUserShare(_) => None,
        }
    }

    /// Whether nothing can be read of such an answer.
    pub fn is_unreadable(&self) -> bool {
        match self {
            Self::Empty
            | Self::NotJson
            | Self::Compressed(_)
            | Self::BreaksOff
            | Self::LengthInCharacters
            | Self::NoUserShare(_) => true,
            Self::ByteOrderMark
            | Self::Envelope
            | Self::StringOfJson
            | Self::NotAnObject(_)
            | Self::NoShares
            | Self::NoShare
            | Self::SharesAre(_)
            | Self::ElementIs(_)
            | Self::ShareIs(_) => false,
        }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the answer is empty"),
            Self::NotJson => f.write_str("the answer is no JSON"),
            Self::Compressed(coding) => {
                write!(f, "the answer came compressed ({coding}), though nobody asked for that")
            }
            Self::ByteOrderMark => {
                f.write_str("the answer begins with a byte-order mark, which JSON must not")
            }
            Self::BreaksOff => f.write_str("the answer's JSON breaks off before its end"),
            Self::LengthInCharacters => f.write_str(
                "the answer's JSON breaks off where Content-Length says, and holds characters of several bytes: \
                 the length seems to count characters, not bytes",
            ),
            Self::Envelope => f.write_str(
                "the answer is the envelope of a function (statusCode, body) that no gateway has opened",
            ),
            Self::StringOfJson => {
                f.write_str("the answer is a string that holds the JSON, not an object")
            }
            Self::NotAnObject(kind) => write!(f, "the answer is {kind}, not an object"),
            Self::NoShares => f.write_str("the answer has no backupShares"),
            Self::NoShare => f.write_str("the answer has no backupShare"),
            Self::SharesAre(kind) => write!(f, "backupShares is {kind}, not an array"),
            Self::ElementIs(kind) => {
                write!(f, "an element of backupShares is {kind}, not a string")
            }
            Self::ShareIs(kind) => write!(f, "backupShare is {kind}, not a string"),
            Self::NoUserShare(how) => f.write_str(how),
        }
    }
}
