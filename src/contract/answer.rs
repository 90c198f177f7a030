//! Reads the body of a fetch answer: which version's form it has, and every text in it that could be a
//! share, also where the form is wrong. Takes bytes, never fails: what cannot be read is said in `fault`.

use crate::contract::share::{MARK, Maker, maker};
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

/// A fetch answer as far as it could be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Which keys it has.
    pub form: Form,
    /// What is wrong with it as an answer of its form, in words without any text of the answer.
    pub fault: Option<String>,
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
    /// Everything that could be somebody's share, wherever it stands.
    pub fn all(self) -> impl Iterator<Item = String> {
        self.texts.into_iter().chain(self.beside)
    }
}

/// Reads an answer's body. An empty one has no form and no texts.
pub fn read(body: &[u8]) -> Answer {
    match parse(body) {
        Some(Value::Object(map)) => object(&map),
        Some(Value::String(text)) if is_answer(&text) => Answer {
            fault: Some("the answer is a string that holds the JSON, not an object".to_owned()),
            ..read(text.as_bytes())
        },
        Some(other) => {
            let mut texts = Vec::new();
            collect(&other, &mut texts);
            Answer {
                form: Form::Neither,
                fault: Some(format!("the answer is {}, not an object", kind(&other))),
                texts,
                beside: Vec::new(),
                other_keys: Vec::new(),
            }
        }
        None => {
            let text = String::from_utf8_lossy(body);
            let raw = matches!(maker(&text), Maker::Us(_)).then(|| text.into_owned());
            let what = if body.iter().all(u8::is_ascii_whitespace) {
                "empty"
            } else {
                "no JSON"
            };
            Answer {
                form: Form::Neither,
                fault: Some(format!("the answer is {what}")),
                texts: raw.into_iter().collect(),
                beside: Vec::new(),
                other_keys: Vec::new(),
            }
        }
    }
}

/// Whether a text is an answer's JSON, as one that was serialised twice holds it; any other may be a share.
fn is_answer(text: &str) -> bool {
    parse(text.as_bytes()).is_some_and(|value| {
        let mut keys = ["backupShares", "backupShare"].iter();
        keys.any(|key| value.get(key).is_some())
    })
}

/// Parses JSON; a lone surrogate escape, which only a text meant to provoke a refusal holds, becomes U+FFFD.
pub fn parse(body: &[u8]) -> Option<Value> {
    serde_json::from_slice(body).ok().or_else(|| {
        let text = std::str::from_utf8(body).ok()?;
        text.contains("\\u")
            .then(|| serde_json::from_str(&without_lone_surrogates(text)).ok())?
    })
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
            (
                Form::Neither,
                Some("the answer has no backupShares".to_owned()),
            )
        }
    };
    Answer {
        form,
        fault,
        texts,
        beside,
        other_keys,
    }
}

/// Reads the value of `backupShares`; what is wrong with it, if anything.
fn array(value: &Value, texts: &mut Vec<String>) -> Option<String> {
    match value {
        Value::Array(items) => {
            let odd = items.iter().find(|item| !item.is_string()).map(kind);
            texts.extend(items.iter().map(share_in));
            odd.map(|kind| format!("an element of backupShares is {kind}, not a string"))
        }
        Value::String(text) => {
            match serde_json::from_str::<Value>(text) {
                Ok(Value::Array(items)) => items.iter().for_each(|item| texts.push(share_in(item))),
                _ if text.is_empty() => {}
                _ => texts.push(text.clone()),
            }
            Some("backupShares is a string, not an array".to_owned())
        }
        Value::Object(map) => {
            map.values().for_each(|item| texts.push(share_in(item)));
            Some("backupShares is an object, not an array".to_owned())
        }
        other @ (Value::Null | Value::Bool(_) | Value::Number(_)) => {
            Some(format!("backupShares is {}, not an array", kind(other)))
        }
    }
}

/// Reads the value of `backupShare`; what is wrong with it, if anything.
fn single(value: &Value, texts: &mut Vec<String>) -> Option<String> {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Null => {}
        Value::Array(items) => texts.extend(items.iter().map(share_in)),
        other @ (Value::Bool(_) | Value::Number(_) | Value::Object(_)) => {
            texts.push(share_in(other));
        }
    }
    (!value.is_string() && !value.is_null())
        .then(|| format!("backupShare is {}, not a string", kind(value)))
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
    object || matches!(maker(text), Maker::Us(_))
}

/// What a JSON value is, with its article.
pub fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn without_lone_surrogates(text: &str) -> String {
    let unit = |at: usize| {
        text.get(at..at + 6)
            .filter(|s| s.starts_with("\\u"))
            .and_then(|s| u16::from_str_radix(&s[2..], 16).ok())
    };
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let high = unit(at).filter(|u| (0xd800..0xdc00).contains(u));
        let pair = high.is_some() && unit(at + 6).is_some_and(|u| (0xdc00..0xe000).contains(&u));
        if pair {
            out.push_str(&text[at..at + 12]);
            at += 12;
        } else if unit(at).is_some_and(|u| (0xd800..0xe000).contains(&u)) {
            out.push('\u{fffd}');
            at += 6;
        } else if text[at..].starts_with('\\') {
            let escaped = text[at + 1..].chars().next().map_or(0, char::len_utf8);
            out.push_str(&text[at..=at + escaped]);
            at += 1 + escaped;
        } else {
            let length = text[at..].chars().next().map_or(1, char::len_utf8);
            out.push_str(&text[at..at + length]);
            at += length;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

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
        assert_eq!((answer.form, answer.fault.as_deref()), (form, fault));
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
