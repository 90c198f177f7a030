//! Faults that change or refuse a method, or change the text of a share, on its way into the database.

use std::borrow::Cow;

use axum::http::StatusCode;
use serde_json::{Map, Value};

use crate::reference::fault::Fault;
use crate::reference::refusal::Refusal;
use crate::reference::store::UNKNOWN_METHOD;

/// Where a share of the method `UNKNOWN` goes if it is kept apart from those without a method.
const EXPLICIT_UNKNOWN: &str = "\u{1}UNKNOWN";

const BARE: [&str; 4] = ["GDRIVE", "ICLOUD", "PASSWORD", "PASSKEY"];
const CURVES: [&str; 2] = ["-SECP256K1", "-ED25519"];

/// What becomes of the share of a method.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fate<'a> {
    /// It is kept under this method.
    Kept(Cow<'a, str>),
    /// It is acknowledged, and that was all.
    Dropped,
}

/// Where the fault keeps a share of this method, unless it refuses it.
pub(super) fn place(fault: Fault, method: Option<&str>) -> Result<Fate<'_>, Refusal> {
    let Some(method) = method else {
        return match fault {
            Fault::V5Refused => Err(Refusal::unusable("backupMethod is missing")),
            _ => Ok(Fate::Kept(UNKNOWN_METHOD.into())),
        };
    };
    let bare = BARE.contains(&method);
    let curve = CURVES.iter().any(|curve| method.ends_with(curve));
    let documented = curve
        && method
            .split_once('-')
            .is_some_and(|(start, _)| BARE.contains(&start));
    let refused = match fault {
        Fault::DocumentedMethodsOnly => !documented,
        Fault::BareMethodsOnly => curve,
        Fault::CurveMethodsOnly => bare,
        Fault::NoPasskey => method.starts_with("PASSKEY-"),
        _ => false,
    };
    if refused {
        return Err(Refusal::unusable(
            "backupMethod is not one of the supported ones",
        ));
    }
    Ok(match fault {
        Fault::NinthMethodDropped if !documented && !bare && method != UNKNOWN_METHOD => {
            Fate::Dropped
        }
        Fault::CurveBlind => Fate::Kept(method.split('-').next().unwrap_or_default().into()),
        Fault::MethodCut20 => Fate::Kept(method.chars().take(20).collect::<String>().into()),
        Fault::MethodCaseBlind => Fate::Kept(method.to_uppercase().into()),
        Fault::MethodTrimmed => Fate::Kept(method.trim().into()),
        Fault::V5OwnSlot | Fault::V6WriteOnly | Fault::FetchV5RowOnly
            if method == UNKNOWN_METHOD =>
        {
            Fate::Kept(EXPLICIT_UNKNOWN.into())
        }
        _ => Fate::Kept(method.into()),
    })
}

/// What the fault makes of the text of a share.
pub(super) fn written(fault: Fault, share: &str) -> Result<Cow<'_, str>, Refusal> {
    Ok(match fault {
        Fault::ShareReserialised => rewritten(share, through_floats).into(),
        Fault::ShareKeysSorted => rewritten(share, sorted).into(),
        Fault::ShareTrimmed => share.trim().into(),
        Fault::ShareBmpOnly => share
            .chars()
            .map(|c| if c > '\u{ffff}' { '?' } else { c })
            .collect::<String>()
            .into(),
        Fault::ShareAsciiEscaped => ascii(share).into(),
        Fault::ShareObjectObject => "[object Object]".into(),
        Fault::ShareCut255 => share.chars().take(255).collect::<String>().into(),
        Fault::ShareCut4000 => share.chars().take(4000).collect::<String>().into(),
        Fault::ShareLimit64k if share.len() >= 65_536 => {
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            return Err(Refusal::new(status, "the database did not answer"));
        }
        _ => share.into(),
    })
}

/// What JavaScript's `String(value)` gives.
pub(super) fn js_string(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(bool) => bool.to_string(),
        Value::Number(number) => number.as_f64().unwrap_or(f64::NAN).to_string(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let item = |item: &Value| {
                if item.is_null() {
                    String::new()
                } else {
                    js_string(item)
                }
            };
            items.iter().map(item).collect::<Vec<_>>().join(",")
        }
        Value::Object(_) => "[object Object]".to_owned(),
    }
}

fn rewritten(share: &str, change: impl Fn(Value) -> Value) -> String {
    serde_json::from_str(share).map_or_else(|_| share.to_owned(), |json| change(json).to_string())
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "only whole numbers that fit get there"
)]
fn through_floats(value: Value) -> Value {
    match value {
        Value::Number(number) => match number.as_f64() {
            Some(float) if float.fract() == 0.0 && float.abs() < 1e15 => Value::from(float as i64),
            Some(float) => Value::from(float),
            None => Value::Null,
        },
        Value::Array(items) => items.into_iter().map(through_floats).collect(),
        Value::Object(object) => object
            .into_iter()
            .map(|(key, value)| (key, through_floats(value)))
            .collect(),
        other @ (Value::Null | Value::Bool(_) | Value::String(_)) => other,
    }
}

fn sorted(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut entries: Vec<_> = object
                .into_iter()
                .map(|(key, value)| (key, sorted(value)))
                .collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(Map::from_iter(entries))
        }
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => other,
    }
}

fn ascii(share: &str) -> String {
    let mut units = [0; 2];
    let mut text = String::with_capacity(share.len());
    for c in share.chars() {
        if c.is_ascii() {
            text.push(c);
        } else {
            let escapes = c
                .encode_utf16(&mut units)
                .iter()
                .map(|unit| format!("\\u{unit:04x}"));
            text.extend(escapes);
        }
    }
    text
}
