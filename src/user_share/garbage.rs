//! What stands in the place of a cipher text and is none.

use serde_json::{Value, json};

/// What is no cipher text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Garbage {
    /// The key or parameter is not there.
    Missing,
    /// `null`.
    Null,
    /// An empty text.
    Empty,
    /// A number.
    Number,
    /// `true`.
    Boolean,
    /// An object.
    Object,
    /// An array.
    Array,
}

impl Garbage {
    /// As it stands in a body; nothing where it is left out.
    pub(super) fn value(self) -> Option<Value> {
        match self {
            Self::Missing => None,
            Self::Null => Some(Value::Null),
            Self::Empty => Some(json!("")),
            Self::Number => Some(json!(7)),
            Self::Boolean => Some(json!(true)),
            Self::Object => Some(json!({ "not": "a text" })),
            Self::Array => Some(json!(["not", "a text"])),
        }
    }
}
