//! Reads the body of a fetch answer: which version's form it has, and every text in it that could be a
//! share, also where the form is wrong. Takes bytes, never fails: what cannot be read is said in `fault`.

use crate::contract::Contract;
use crate::contract::document::{self, Document};
use crate::contract::malformed::{Kind, Malformed};
use crate::contract::share::{MARK, Maker, maker};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The keys by which a fetch answer is told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// `backupShares`, as v6 has it.
    Shares,
    /// `backupShare`, as v5 has it.
    Legacy,
    /// Both keys.
    Both,
    /// Neither key.
    Neither,
}

impl Form {
    /// The key of this contract that an answer of this form does not have.
    pub fn lacks(self, contract: Contract) -> Option<Malformed> {
        match (contract, self) {
            (Contract::V5, Self::Shares | Self::Neither) => Some(Malformed::NoShare),
            (Contract::V6, Self::Legacy | Self::Neither) => Some(Malformed::NoShares),
            (Contract::V5, Self::Legacy | Self::Both)
            | (Contract::V6, Self::Shares | Self::Both) => None,
        }
    }
}

/// A fetch answer as far as it could be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Which keys it has.
    pub form: Form,
    /// What is wrong with it as an answer of its form.
    pub fault: Option<Malformed>,
    /// The status that the envelope of a function gives.
    pub status: Option<u16>,
    /// Every text that stands where shares stand, or could be one where none stands there.
    pub texts: Vec<String>,
    /// Beside a well-formed `backupShares`, every text under another key that could be a share.
    pub beside: Vec<String>,
    /// The other keys of the object, which the contract leaves free.
    pub other_keys: Vec<String>,
}

/// A text this long outside the known keys is taken for a possible share.
const COULD_BE_A_SHARE: usize = 256;

impl Answer {
    /// Whether it says that there is no share: a known key is there, and nothing in it. An answer without either
    /// key says nothing of shares.
    pub fn says_none(&self) -> bool {
        let readable = match &self.fault {
            Some(Malformed::SharesAre(kind) | Malformed::ShareIs(kind)) => {
                !matches!(kind, Kind::Boolean | Kind::Number)
            }
            Some(fault) => !fault.is_unreadable(),
            None => true,
        };
        let nothing = self.texts.is_empty() && self.beside.is_empty();
        self.form != Form::Neither && readable && nothing
    }

    /// Reads a body.
    pub fn of(document: &Document<'_>) -> Self {
        let answer = match &document.value {
            Some(value) => of_value(value),
            None => Self {
                texts: document
                    .text
                    .iter()
                    .filter(|text| is_ours(text))
                    .map(ToString::to_string)
                    .collect(),
                ..Self::nothing()
            },
        };
        match &document.fault {
            Some(fault) => Self {
                fault: Some(fault.clone()),
                ..answer
            },
            None => answer,
        }
    }

    fn nothing() -> Self {
        Self {
            form: Form::Neither,
            fault: None,
            status: None,
            texts: Vec::new(),
            beside: Vec::new(),
            other_keys: Vec::new(),
        }
    }

    /// Everything that could be somebody's share, wherever it stands.
    pub fn all(self) -> impl Iterator<Item = String> {
        self.texts.into_iter().chain(self.beside)
    }
}

/// Reads an answer's body of which no header is known.
pub fn read(body: &[u8]) -> Answer {
    Answer::of(&Document::new(body))
}

fn of_value(value: &Value) -> Answer {
    match value {
        Value::Object(map) => match enveloped(map) {
            Some(inner) => Answer {
                fault: Some(Malformed::Envelope),
                ..inner
            },
            None => object(map),
        },
        Value::String(text) => match nested(text) {
            Some(value) => Answer {
                fault: Some(Malformed::StringOfJson),
                ..of_value(&value)
            },
            None => other(value),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => other(value),
    }
}

fn other(value: &Value) -> Answer {
    let mut texts = Vec::new();
    collect(value, &mut texts);
    Answer {
        fault: Some(Malformed::NotAnObject(Kind::of(value))),
        texts,
        ..Answer::nothing()
    }
}

/// The answer's JSON in a text, as one that was serialised twice holds it; any other text may be a share.
pub fn nested(text: &str) -> Option<Value> {
    const KEYS: [&str; 2] = ["backupShares", "backupShare"];
    // A key may be written in escapes. Of most shares this is all that is looked at.
    let named = |key: &&str| text.contains(&format!("\"{key}\""));
    if !KEYS.iter().any(named) && !text.contains("\\u") {
        return None;
    }
    let value = document::parse(text.as_bytes())?;
    let mut keys = KEYS.iter();
    keys.any(|key| value.get(key).is_some()).then_some(value)
}

/// The keys of what a function hands to its gateway.
const ENVELOPE: [&str; 7] = [
    "statusCode",
    "status",
    "headers",
    "multiValueHeaders",
    "cookies",
    "isBase64Encoded",
    "body",
];

/// The answer inside of an envelope, if the object is one.
fn enveloped(map: &serde_json::Map<String, Value>) -> Option<Answer> {
    let status = map.get("statusCode").or_else(|| map.get("status"))?;
    let status = u16::try_from(status.as_u64()?).ok()?;
    let body = map.get("body")?;
    let known = |key: &String| ENVELOPE.contains(&key.as_str());
    if !(100..600).contains(&status) || !map.keys().all(known) {
        return None;
    }
    let mut inner = match body {
        Value::String(text) => {
            let encoded = map.get("isBase64Encoded") == Some(&Value::Bool(true));
            let decoded = STANDARD.decode(text).ok().filter(|_| encoded);
            read(decoded.as_deref().unwrap_or(text.as_bytes()))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            of_value(body)
        }
    };
    inner.status = Some(status);
    let silent = inner.form == Form::Neither && inner.texts.is_empty();
    // What is neither an answer nor a refusal, and long, may be the share itself.
    if let Value::String(text) = body
        && silent
        && status < 400
        && text.len() >= COULD_BE_A_SHARE
    {
        inner.texts.push(text.clone());
    }
    Some(inner)
}

fn object(map: &serde_json::Map<String, Value>) -> Answer {
    let other_keys: Vec<String> = map
        .keys()
        .filter(|key| !["backupShare", "backupShares"].contains(&key.as_str()))
        .cloned()
        .collect();
    let legacy = map.get("backupShare");
    let (mut texts, mut beside) = (Vec::new(), Vec::new());
    let (form, fault) = match (map.get("backupShares"), legacy) {
        (Some(shares), legacy) => {
            // Other keys are free, and may say anything of this client's shares; but a share under them counts as one.
            let others = map.iter().filter(|(key, _)| *key != "backupShares");
            others.for_each(|(_, value)| collect(value, &mut beside));
            beside.retain(|text| looks_like_a_share(text));
            if let Some(share) = legacy {
                _ = single(share, &mut beside);
                beside.retain(|text| !text.trim().is_empty());
            }
            let form = legacy.map_or(Form::Shares, |_| Form::Both);
            (form, array(shares, &mut texts))
        }
        (None, Some(share)) => (Form::Legacy, single(share, &mut texts)),
        (None, None) => {
            map.values().for_each(|value| collect(value, &mut texts));
            (Form::Neither, Some(Malformed::NoShares))
        }
    };
    Answer {
        form,
        fault,
        status: None,
        texts,
        beside,
        other_keys,
    }
}

/// Reads the value of `backupShares`; what is wrong with it, if anything.
fn array(value: &Value, texts: &mut Vec<String>) -> Option<Malformed> {
    match value {
        Value::Array(items) => {
            texts.extend(items.iter().map(share_in));
            let odd = items.iter().find(|item| !item.is_string());
            return odd.map(|item| Malformed::ElementIs(Kind::of(item)));
        }
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(Value::Array(items)) => items.iter().for_each(|item| texts.push(share_in(item))),
            _ if text.is_empty() => {}
            _ => texts.push(text.clone()),
        },
        Value::Object(map) => map.values().for_each(|item| texts.push(share_in(item))),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    Some(Malformed::SharesAre(Kind::of(value)))
}

/// Reads the value of `backupShare`; what is wrong with it, if anything.
fn single(value: &Value, texts: &mut Vec<String>) -> Option<Malformed> {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Null => {}
        Value::Array(items) => texts.extend(items.iter().map(share_in)),
        other @ (Value::Bool(_) | Value::Number(_) | Value::Object(_)) => {
            texts.push(share_in(other));
        }
    }
    (!value.is_string() && !value.is_null()).then(|| Malformed::ShareIs(Kind::of(value)))
}

/// The share that an element stands for: itself, the text in its `share` key, or its own JSON.
fn share_in(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(map) if map.contains_key(MARK) => value.to_string(),
        Value::Object(map) => ["share", "backupShare", "value"]
            .iter()
            .find_map(|key| map.get(*key)?.as_str())
            .map_or_else(|| value.to_string(), str::to_owned),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_)) => {
            other.to_string()
        }
    }
}

/// Collects what could be a share in a place where none belongs.
fn collect(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            if looks_like_a_share(text) || text.len() >= COULD_BE_A_SHARE {
                texts.push(text.clone());
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(map) if map.contains_key(MARK) => texts.push(value.to_string()),
        Value::Object(map) => map.values().for_each(|item| collect(item, texts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whether a text is a JSON object, as every share is, or one of ours.
fn looks_like_a_share(text: &str) -> bool {
    let object = matches!(
        serde_json::from_str::<Value>(text),
        Ok(Value::Object(ref map)) if !map.is_empty()
    );
    object || is_ours(text)
}

fn is_ours(text: &str) -> bool {
    matches!(maker(text), Maker::Us(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const ENVELOPED: &str =
        "the answer is the envelope of a function (statusCode, body) that no gateway has opened";

    #[test]
    fn an_envelope_has_a_status_and_may_hold_a_share_alone() {
        let share = format!("{{\"p\":[{}0]}}", "1,".repeat(300));
        for (status, texts) in [(200, vec![share.clone()]), (500, Vec::new())] {
            let body = serde_json::json!({ "statusCode": status, "body": share }).to_string();
            let answer = read(body.as_bytes());
            assert_eq!((answer.status, answer.texts), (Some(status), texts));
        }
    }

    #[rstest]
    #[case(r#"{"backupShares":["a","b"]}"#, Form::Shares, None, &["a", "b"])]
    #[case(r#"{"backupShares":[]}"#, Form::Shares, None, &[])]
    #[case(r#"{"backupShare":"a"}"#, Form::Legacy, None, &["a"])]
    #[case(r#"{"backupShare":null}"#, Form::Legacy, None, &[])]
    #[case(r#"{"backupShare":"a","backupShares":["a"]}"#, Form::Both, None, &["a"])]
    #[case(r#"{"backupShares":"[\"a\"]"}"#, Form::Shares, Some("backupShares is a string, not an array"), &["a"])]
    #[case(r#"{"backupShares":"a"}"#, Form::Shares, Some("backupShares is a string, not an array"), &["a"])]
    #[case(r#"{"backupShares":null}"#, Form::Shares, Some("backupShares is null, not an array"), &[])]
    #[case(r#"{"backupShares":{"GDRIVE":"a"}}"#, Form::Shares, Some("backupShares is an object, not an array"), &["a"])]
    #[case(
        r#"{"backupShares":[{"share":"a","backupMethod":"X"}]}"#,
        Form::Shares, Some("an element of backupShares is an object, not a string"), &["a"]
    )]
    #[case(r#"{"error":"no such client"}"#, Form::Neither, Some("the answer has no backupShares"), &[])]
    #[case(r#"{"data":"{\"p\":1}"}"#, Form::Neither, Some("the answer has no backupShares"), &["{\"p\":1}"])]
    #[case(
        r#""{\"backupShares\":[\"a\"]}""#,
        Form::Shares, Some("the answer is a string that holds the JSON, not an object"), &["a"]
    )]
    #[case(
        r#"{"statusCode":200,"headers":{},"body":"{\"backupShares\":[\"a\"]}"}"#,
        Form::Shares, Some(ENVELOPED), &["a"]
    )]
    #[case(
        r#"{"statusCode":200,"body":"eyJiYWNrdXBTaGFyZSI6ImEifQ==","isBase64Encoded":true}"#,
        Form::Legacy, Some(ENVELOPED), &["a"]
    )]
    #[case(r#"{"status":404,"body":{"error":"no such client"}}"#, Form::Neither, Some(ENVELOPED), &[])]
    #[case(r#"{"status":404,"body":"x","path":"/"}"#, Form::Neither, Some("the answer has no backupShares"), &[])]
    #[case(r#""{\"p\":1}""#, Form::Neither, Some("the answer is a string, not an object"), &["{\"p\":1}"])]
    #[case(r"[1]", Form::Neither, Some("the answer is an array, not an object"), &[])]
    #[case("<html>", Form::Neither, Some("the answer is no JSON"), &[])]
    #[case(" ", Form::Neither, Some("the answer is empty"), &[])]
    fn every_form_is_told_apart(
        #[case] body: &str,
        #[case] form: Form,
        #[case] fault: Option<&str>,
        #[case] texts: &[&str],
    ) {
        let answer = read(body.as_bytes());
        let told = answer.fault.map(|fault| fault.to_string());
        assert_eq!((answer.form, told.as_deref()), (form, fault));
        assert_eq!(answer.texts, texts);
    }

    #[test]
    fn a_share_beside_a_good_array_is_seen_and_other_keys_are_free() {
        let beside = |body: &str| read(body.as_bytes()).beside;
        let none: [&str; 0] = [];
        assert_eq!(
            beside(r#"{"backupShares":[],"backupShare":"old"}"#),
            ["old"]
        );
        assert_eq!(beside(r#"{"backupShares":[],"backupShare":null}"#), none);
        assert_eq!(beside(r#"{"backupShares":[],"backupShare":""}"#), none);
        let nested = r#"{"backupShares":[],"user":{"shares":["{\"p\":1}"]},"count":3}"#;
        assert_eq!(beside(nested), [r#"{"p":1}"#]);
        let token = format!(r#"{{"backupShares":[],"token":"{}"}}"#, "e".repeat(600));
        assert_eq!(beside(&token), none);
    }

    #[test]
    fn a_lone_surrogate_does_not_hide_the_other_shares() {
        let answer = read(br#"{"backupShares":["a \ud800 \\ud800 \ud83d\ude00","b"]}"#);
        assert_eq!(answer.texts, ["a \u{fffd} \\ud800 😀", "b"]);
    }
}
