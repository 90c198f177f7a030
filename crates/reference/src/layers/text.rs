//! What becomes of the text of a share, on its way into the database and out of it.

use axum::body::Body;
use axum::http::StatusCode;
use futures_util::StreamExt as _;
use serde_json::{Map, Value};

use crate::behaviour::Behaviour;
use crate::fault::Fault;
use crate::refusal::Refusal;

type Change = fn(&str) -> String;

/// The text that is kept.
pub(super) fn written(behaviour: &Behaviour, share: &str) -> Result<String, Refusal> {
    let mut text = share.to_owned();
    let steps: [(Fault, Change); 11] = [
        (Fault::ShareTrimmed, |text| text.trim().to_owned()),
        (Fault::ShareReserialised, |text| {
            rewritten(text, through_floats)
        }),
        (Fault::ShareKeysSorted, |text| rewritten(text, sorted)),
        (Fault::ShareBmpOnly, bmp_only),
        (Fault::ShareAsciiEscaped, ascii),
        (Fault::HtmlEscaped, html),
        (Fault::ShareObjectObject, |_| "[object Object]".to_owned()),
        (Fault::ShareCut255, |text| text.chars().take(255).collect()),
        (Fault::ShareCut4000, |text| {
            text.chars().take(4000).collect()
        }),
        (Fault::ShareCut64kBytes, |text| {
            text[..text.floor_char_boundary(65_535)].to_owned()
        }),
        (Fault::ShareCutToCharacters, |text| {
            text[..text.floor_char_boundary(text.chars().count())].to_owned()
        }),
    ];
    for (fault, change) in steps {
        if behaviour.has(fault) {
            text = change(&text);
        }
    }
    if behaviour.has(Fault::ShareLimit64k) && text.len() >= 65_536 {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        return Err(Refusal::new(status, "the database did not answer"));
    }
    Ok(text)
}

/// What a fetch returns of a share.
pub(super) fn returned(behaviour: &Behaviour, share: &str) -> Value {
    let text = || Value::from(share);
    if behaviour.has(Fault::ShareAsObject) {
        serde_json::from_str(share).unwrap_or_else(|_| text())
    } else {
        text()
    }
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

/// The text with everything that is not ASCII as escapes of JSON.
pub(super) fn ascii(share: &str) -> String {
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

fn html(share: &str) -> String {
    let share = share.replace('&', "&amp;").replace('<', "&lt;");
    share.replace('>', "&gt;")
}

/// What comes of a body that is decoded as it arrives: a character that two chunks share is lost.
pub(super) fn from_chunks(body: &[u8]) -> String {
    let chunks = body.chunks(8 * 1024);
    chunks.map(String::from_utf8_lossy).collect()
}

/// The same where each piece is decoded as it arrives, whatever its length.
pub(super) async fn from_pieces(body: Body) -> Result<String, axum::Error> {
    let mut text = String::new();
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        text.push_str(&String::from_utf8_lossy(&piece?));
    }
    Ok(text)
}

fn bmp_only(share: &str) -> String {
    let kept = |c| if c > '\u{ffff}' { '?' } else { c };
    share.chars().map(kept).collect()
}
