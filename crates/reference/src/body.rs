//! The bodies that Portal sends: in go bytes, out comes a body that can be used, or the reason why not.

use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::Contract;
use super::refusal::Refusal;

/// The body of `POST /backup`.
#[derive(Debug)]
pub(super) struct StoreBody {
    /// Whose share it is.
    pub(super) client: String,
    /// None for a share that came without a method.
    pub(super) method: Option<String>,
    /// The text to be returned byte for byte.
    pub(super) share: String,
}

impl StoreBody {
    /// Unknown keys are ignored, for v5 the method is one of them.
    pub(super) fn read(body: &[u8], contract: Contract) -> Result<Self, Refusal> {
        let mut object = object(body)?;
        let client = client(&mut object)?;
        let method = match contract {
            Contract::V5 => None,
            Contract::V6 => method(&mut object)?,
        };
        let share = share(&mut object)?;
        Ok(Self {
            client,
            method,
            share,
        })
    }
}

/// The body of `POST /backup/fetch`.
#[derive(Debug)]
pub(super) struct FetchBody {
    /// Whose shares are wanted.
    pub(super) client: String,
}

impl FetchBody {
    /// Unknown keys are ignored.
    pub(super) fn read(body: &[u8]) -> Result<Self, Refusal> {
        Ok(Self {
            client: client(&mut object(body)?)?,
        })
    }
}

/// Whether `text` is a JSON object. A share is not looked into any further.
pub(super) fn is_json_object(text: &str) -> bool {
    text.trim_start_matches([' ', '\t', '\r', '\n'])
        .starts_with('{')
        && serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// The JSON object that a body is.
pub(super) fn object(body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    serde_json::from_slice(body).map_err(|_| Refusal::unusable("the body is no JSON object"))
}

fn client(object: &mut Map<String, Value>) -> Result<String, Refusal> {
    match object.remove("clientId") {
        Some(Value::String(client)) if is_name(&client) => Ok(client),
        _ => Err(Refusal::unusable("clientId is not a text, or an empty one")),
    }
}

/// The method of a body; none if it has none, or an empty one.
pub(super) fn method(object: &mut Map<String, Value>) -> Result<Option<String>, Refusal> {
    match object.remove("backupMethod") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(method)) if method.is_empty() => Ok(None),
        Some(Value::String(method)) if is_name(&method) => Ok(Some(method)),
        Some(_) => Err(Refusal::unusable("backupMethod is not a text")),
    }
}

fn share(object: &mut Map<String, Value>) -> Result<String, Refusal> {
    match object.remove("share") {
        Some(Value::String(share)) if is_json_object(&share) => Ok(share),
        _ => Err(Refusal::unusable("share is not the text of a JSON object")),
    }
}

/// Whether it can be kept under this text.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.contains('\0')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Option<(String, Option<String>, String)> {
        StoreBody::read(body.as_bytes(), Contract::V6)
            .ok()
            .map(|body| (body.client, body.method, body.share))
    }

    #[test]
    fn no_method_null_and_the_empty_text_are_the_same() {
        let expected = Some(("a".into(), None, "{}".into()));
        assert_eq!(read(r#"{"clientId":"a","share":"{}"}"#), expected);
        assert_eq!(
            read(r#"{"clientId":"a","share":"{}","backupMethod":null}"#),
            expected
        );
        assert_eq!(
            read(r#"{"clientId":"a","share":"{}","backupMethod":""}"#),
            expected
        );
    }

    #[test]
    fn the_share_is_taken_byte_for_byte() {
        let share = " {\"b\" : 1e400, \"a\":\"\\u00e9 \\/ 💥\"}\r\n";
        let body = serde_json::json!({"clientId": "a", "share": share, "more": [1]});
        assert_eq!(
            read(&body.to_string()),
            Some(("a".into(), None, share.into()))
        );
    }

    #[test]
    fn unusable_bodies_are_refused() {
        for body in [
            "",
            "[]",
            "null",
            "\"a\"",
            "{",
            "{}",
            "\u{feff}{}",
            r#"{"share":"{}"}"#,
            r#"{"clientId":null,"share":"{}"}"#,
            r#"{"clientId":"","share":"{}"}"#,
            r#"{"clientId":{"$ne":null},"share":"{}"}"#,
            r#"{"clientId":["a"],"share":"{}"}"#,
            r#"{"clientId":"a\u0000","share":"{}"}"#,
            r#"{"clientId":"a"}"#,
            r#"{"clientId":"a","share":null}"#,
            r#"{"clientId":"a","share":""}"#,
            r#"{"clientId":"a","share":7}"#,
            r#"{"clientId":"a","share":{}}"#,
            r#"{"clientId":"a","share":"[]"}"#,
            r#"{"clientId":"a","share":"{"}"#,
            r#"{"clientId":"a","share":"{\"a\":\"\u0000\"}"}"#,
            r#"{"clientId":"a","share":"{}\u0000"}"#,
            r#"{"clientId":"a","share":"{\"a\":\"\ud800\"}"}"#,
            r#"{"clientId":"a","share":"{}","backupMethod":0}"#,
            r#"{"clientId":"a","share":"{}","backupMethod":false}"#,
            r#"{"clientId":"a","share":"{}","backupMethod":{"not":"x"}}"#,
        ] {
            assert_eq!(read(body), None, "{body}");
        }
    }

    #[test]
    fn a_v5_custodian_does_not_look_at_the_method() {
        let body = br#"{"clientId":"a","share":"{}","backupMethod":7}"#;
        assert!(StoreBody::read(body, Contract::V5).is_ok_and(|body| body.method.is_none()));
    }
}
