//! The JSON Schema of `sharecheck.toml`, made from the settings.

use super::setting::{Kind, Setting};
use serde_json::{Map, Value, json};

/// The schema as it stands in `schemas/config.json`.
pub(super) fn schema(settings: &[Setting]) -> Value {
    let keys: Map<String, Value> = settings
        .iter()
        .filter(|setting| !setting.dangerous)
        .map(|setting| (setting.key.clone(), of(setting)))
        .collect();
    let mut all = keys.clone();
    all.insert(
        "profile".to_owned(),
        json!({
            "description": "Tables that go before the rest of the file when they are chosen with --profile",
            "type": "object",
            "additionalProperties": { "type": "object", "properties": keys, "additionalProperties": false },
        }),
    );
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "sharecheck.toml",
        "description": "The configuration of sharecheck: every key is a flag of sharecheck run",
        "type": "object",
        "properties": all,
        "additionalProperties": false,
    })
}

fn of(setting: &Setting) -> Value {
    let one = if setting.values.is_empty() {
        json!({ "type": ["string", "number"] })
    } else {
        json!({ "enum": setting.values })
    };
    let mut schema = match setting.kind {
        Kind::Switch => json!({ "type": "boolean" }),
        Kind::Count => json!({ "type": "integer", "minimum": 0, "maximum": 255 }),
        Kind::One => one,
        Kind::Many => json!({ "anyOf": [one, { "type": "array", "items": one }] }),
    };
    if let Some(map) = schema.as_object_mut() {
        map.insert("description".to_owned(), json!(setting.help));
        if let [default] = setting.default.as_slice() {
            map.insert("default".to_owned(), json!(default));
        }
    }
    schema
}
