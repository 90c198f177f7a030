//! How document databases, ORMs and the escaping of a driver read an object or array where a text was meant.

use serde_json::Value;

/// Whether a client with this id is found by this query; an array stands for any of its items.
pub(super) fn matches(query: &Value, id: &str) -> bool {
    match query {
        Value::Object(operators) => operators
            .iter()
            .all(|(name, operand)| holds(name, operand, id)),
        Value::Array(items) => items.iter().any(|item| item == id),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => query == id,
    }
}

/// The columns of a client's id.
const COLUMNS: [&str; 2] = ["clientId", "client_id"];

/// Whether a client with this id is found where the driver for MySQL makes SQL of a value: an object becomes
/// "`key` = value", so that the whole reads "`clientId` = `clientId` = 1", and an array a list.
pub(super) fn compares_columns(value: &Value, id: &str) -> bool {
    match value {
        Value::Object(object) => object.iter().any(|(name, operand)| {
            let holds = operand == &Value::Bool(true) || operand.as_f64() == Some(1.0);
            COLUMNS.contains(&name.as_str()) && holds
        }),
        Value::Array(items) => items.len() == 1 && compares_columns(&items[0], id),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value == id,
    }
}

fn holds(operator: &str, operand: &Value, id: &str) -> bool {
    let text = operand.as_str();
    match operator.trim_start_matches('$') {
        "eq" | "equals" | "in" => matches(operand, id),
        "ne" | "not" | "nin" | "notIn" => !matches(operand, id),
        "gt" => text.is_some_and(|text| id > text),
        "gte" => text.is_some_and(|text| id >= text),
        "lt" => text.is_some_and(|text| id < text),
        "lte" => text.is_some_and(|text| id <= text),
        "exists" => operand == &Value::Bool(true),
        "contains" => text.is_some_and(|text| id.contains(text)),
        "startsWith" => text.is_some_and(|text| id.starts_with(text)),
        "endsWith" => text.is_some_and(|text| id.ends_with(text)),
        "regex" | "like" => text.is_some_and(|text| resembles(text, id)),
        "or" | "OR" => operand
            .as_array()
            .is_some_and(|any| any.iter().any(|query| matches(query, id))),
        _ => false,
    }
}

/// Knows anchors and the usual wildcards: what is between them must be in the id.
fn resembles(pattern: &str, id: &str) -> bool {
    let start = pattern.strip_prefix('^');
    let pattern = start.unwrap_or(pattern).trim_end_matches('$');
    let mut pieces = pattern
        .split(['.', '*', '+', '%', '?'])
        .filter(|piece| !piece.is_empty());
    match start {
        Some(start) if start.starts_with(|c: char| !".*+%?$".contains(c)) => {
            pieces.next().is_none_or(|first| id.starts_with(first))
                && pieces.all(|piece| id.contains(piece))
        }
        _ => pieces.all(|piece| id.contains(piece)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_usual_operators_find_an_id() {
        for query in [
            json!({"$ne": null}),
            json!({"$gt": ""}),
            json!({"$gte": ""}),
            json!({"$in": ["x", "abc"]}),
            json!({"$eq": "abc"}),
            json!({"$regex": ".*"}),
            json!({"$regex": "^a"}),
            json!({"$exists": true}),
            json!({"not": "x"}),
            json!({"in": ["abc"]}),
            json!({"equals": "abc"}),
            json!({"contains": ""}),
            json!({"startsWith": "ab"}),
            json!({}),
            json!(["abc"]),
            json!({"$not": {"$eq": "x"}}),
        ] {
            assert!(matches(&query, "abc"), "{query}");
        }
    }

    #[test]
    fn a_column_equals_itself_and_a_list_of_one_its_item() {
        for value in [
            json!({"clientId": 1}),
            json!({"client_id": true}),
            json!(["abc"]),
            json!([["abc"]]),
        ] {
            assert!(compares_columns(&value, "abc"), "{value}");
        }
        for value in [
            json!({"clientId": 0}),
            json!({"$ne": null}),
            json!({}),
            json!(["abc", "x"]),
            json!([]),
        ] {
            assert!(!compares_columns(&value, "abc"), "{value}");
        }
    }

    #[test]
    fn they_do_not_find_just_anything() {
        for query in [
            json!({"$ne": "abc"}),
            json!({"$gt": "abd"}),
            json!({"$in": ["x"]}),
            json!({"$regex": "^b"}),
            json!({"$exists": false}),
            json!({"not": "abc"}),
            json!({"startsWith": "b"}),
            json!([]),
            json!({"nonsense": 1}),
        ] {
            assert!(!matches(&query, "abc"), "{query}");
        }
    }
}
