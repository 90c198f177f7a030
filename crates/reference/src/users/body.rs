//! What an app sends: in go bytes, out comes a user share that can be kept, or the reason why not.

use axum::http::StatusCode;
use serde_json::{Map, Value};

use crate::body::{is_name, method, object};
use crate::refusal::Refusal;

/// The largest user share that is kept, in bytes; real ones have a few thousand.
const LARGEST: usize = 1024 * 1024;

/// The body of a store. It cannot be printed: the text in it is a user's.
pub(crate) struct UserShareBody {
    /// None if the app sent none, as those from before the migration do.
    pub(crate) method: Option<String>,
    /// The text to be returned byte for byte. What is in it only the user's device knows.
    pub(crate) cipher_text: String,
}

impl UserShareBody {
    /// Unknown keys are ignored.
    pub(crate) fn read(body: &[u8]) -> Result<Self, Refusal> {
        let mut object = object(body)?;
        let method = method(&mut object)?;
        let cipher_text = cipher_text(&mut object)?;
        Ok(Self {
            method,
            cipher_text,
        })
    }

    /// Whether it is small enough to be kept.
    pub(crate) fn fits(&self) -> Result<(), Refusal> {
        if self.cipher_text.len() <= LARGEST {
            return Ok(());
        }
        let status = StatusCode::INSUFFICIENT_STORAGE;
        Err(Refusal::new(status, "cipherText is larger than 1 MiB"))
    }
}

fn cipher_text(object: &mut Map<String, Value>) -> Result<String, Refusal> {
    match object.remove("cipherText") {
        Some(Value::String(text)) if is_name(&text) => Ok(text),
        _ => Err(Refusal::unusable(
            "cipherText is not a text, or an empty one",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_is_taken_and_nothing_else() {
        let body = br#"{"backupMethod":"X","cipherText":" +/=\u00e9","more":1}"#;
        let read = UserShareBody::read(body).unwrap();
        assert_eq!(
            (read.method.as_deref(), &*read.cipher_text),
            (Some("X"), " +/=é")
        );
        for body in [
            "",
            "[]",
            "{}",
            r#"{"cipherText":null}"#,
            r#"{"cipherText":""}"#,
            r#"{"cipherText":7}"#,
            r#"{"cipherText":{"a":1}}"#,
            r#"{"cipherText":["a"]}"#,
            r#"{"cipherText":"a","backupMethod":7}"#,
        ] {
            assert!(UserShareBody::read(body.as_bytes()).is_err(), "{body}");
        }
    }
}
