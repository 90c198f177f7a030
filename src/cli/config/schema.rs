//! The JSON Schema of `sharecheck.toml`, made from the settings.

use super::file::AUDIT;
use super::setting::{Kind, Setting};
use serde_json::{Map, Value, json};
use sharecheck::user_share::SECTION;

/// The schema as it stands in `schemas/config.json`.
pub(super) fn schema(settings: &[Setting]) -> Value {
    let keys: Map<String, Value> = settings
        .iter()
        .filter(|setting| !setting.dangerous)
        .map(|setting| (setting.key.clone(), of(setting)))
        .collect();
    let mut keys = keys;
    keys.insert(SECTION.to_owned(), user_share());
    keys.insert(AUDIT.to_owned(), audit());
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
        "description": "The configuration of sharecheck: every key is a flag of sharecheck run, but for audit, user-share and profile",
        "type": "object",
        "properties": all,
        "additionalProperties": false,
    })
}

/// The table that tells an audit which table is which.
fn audit() -> Value {
    let text = |description: &str| json!({ "description": description, "type": "string" });
    let keeping = |what: &str| {
        json!({
            "description": format!("Where {what} are kept; a column may be a path into JSON, such as payload.share"),
            "type": "object",
            "properties": {
                "table": text("The table's name, with its schema where that is not the usual one"),
                "user": text("The column that tells whose share it is"),
                "method": text("The column of the backup method"),
                "curve": text("The column of the curve, where the method stands in two"),
                "share": text("The column of the share, or of the cipher text"),
                "created": text("The column of the time at which the row was written"),
                "only": text("Where one table keeps both kinds: the column that tells them apart and its value, such as kind=CUSTODIAN"),
                "elsewhere": { "description": "Whether they are kept somewhere that is not looked at", "type": "boolean", "default": false },
            },
            "additionalProperties": false,
        })
    };
    json!({
        "description": "What sharecheck audit cannot work out by itself; see docs/audit.md",
        "type": "object",
        "properties": {
            "targets": { "description": "What is audited where the command line names nothing", "type": "array", "items": { "type": "string" } },
            "custodian-share": keeping("custodian shares"),
            "user-share": keeping("user shares"),
            "users": {
                "description": "Where users are kept",
                "type": "object",
                "properties": {
                    "table": text("The table's name, with its schema where that is not the usual one"),
                    "client-id": text("The column of the id that Portal knows a client by"),
                    "client-api-key": text("The column of the client's key for Portal's API"),
                },
                "required": ["table"],
                "additionalProperties": false,
            },
        },
        "additionalProperties": false,
    })
}

/// The table of the user's endpoints.
fn user_share() -> Value {
    let holds = "may hold {client_id}, {method}, {user} and {token}";
    let common = json!({
        "method": { "enum": ["GET", "POST", "PUT", "PATCH", "DELETE"] },
        "path": { "description": format!("The path below the base URL, with the query; {holds}"), "type": "string", "pattern": "^/" },
        "headers": { "description": format!("Each {holds}"), "type": "object", "additionalProperties": { "type": "string" } },
        "content-type": { "description": "What the body is; application/json for a table", "type": "string" },
        "body": { "description": format!("A table, or a text; {holds}"), "type": ["string", "object", "array"] },
    });
    let mut fetch = common.clone();
    if let Some(keys) = fetch.as_object_mut() {
        keys.insert("answer".to_owned(), json!({
            "description": "Where the answer holds the text, as a JSON pointer; empty: the whole body is the text",
            "type": "string", "pattern": "^(/.*)?$", "default": "/cipherText",
        }));
        keys.insert("none".to_owned(), json!({
            "description": "The statuses that mean that there is none",
            "type": "array", "items": { "type": "integer", "minimum": 200, "maximum": 599 }, "default": [204, 404],
        }));
    }
    let request = |description: &str, keys: Value| {
        json!({
            "description": description, "type": "object", "properties": keys,
            "required": ["method", "path"], "additionalProperties": false,
        })
    };
    json!({
        "description": "The custodian's own endpoints, which keep the user's half of a backup; see docs/wallets.md",
        "type": "object",
        "properties": {
            "url": { "description": "Their base URL; the custodian's if it is not there", "type": "string" },
            "told-by": {
                "description": "Who tells Portal that a user share was stored",
                "enum": ["backend", "app"], "default": "backend",
            },
            "store": request("How a user share is stored; holds {cipher_text} too", common),
            "fetch": request("How one is fetched", fetch),
        },
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
