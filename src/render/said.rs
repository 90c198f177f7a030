//! What a refusal or a failure says of itself, in its own words.

use super::page::cut;
use super::visible::visible;
use crate::exchange::Exchange;
use serde_json::Value;

/// So many characters of what a refusal says are shown.
const MOST_WORDS: usize = 200;

/// The keys under which a refusal has its words, the most telling first.
const WORDS: [&str; 8] = [
    "message",
    "detail",
    "details",
    "error_description",
    "reason",
    "errors",
    "error",
    "title",
];

/// The words of an answer that is no success.
pub(super) fn said(exchange: &Exchange) -> Option<String> {
    let reply = exchange.reply().filter(|it| !it.is_success())?;
    let body = reply.body.trim();
    let document = serde_json::from_str(body).ok();
    let words = document.as_ref().and_then(words_in);
    let words = words.or_else(|| title(body).map(str::to_owned));
    let words = words.unwrap_or_else(|| body.to_owned());
    let words = visible(words.trim());
    (!words.is_empty()).then(|| cut(&words, MOST_WORDS))
}

/// The title of a page.
fn title(page: &str) -> Option<&str> {
    let lower = page.to_ascii_lowercase();
    let start = lower.find("<title>")? + "<title>".len();
    let end = lower[start..].find("</title>")?;
    Some(&page[start..start + end])
}

/// What a document says under a key that has words, wherever that stands.
fn words_in(document: &Value) -> Option<String> {
    match document {
        Value::String(text) => Some(text.clone()),
        Value::Array(all) => {
            let all: Vec<String> = all.iter().filter_map(words_in).collect();
            (!all.is_empty()).then(|| all.join("; "))
        }
        Value::Object(keys) => WORDS.iter().find_map(|key| words_in(keys.get(*key)?)),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case(json!({"statusCode": 400, "message": ["no a", "no b"], "error": "Bad Request"}), Some("no a; no b"))]
    #[case(json!({"error": {"code": 3, "message": "bad method"}}), Some("bad method"))]
    #[case(json!({"errors": [{"detail": "too long"}]}), Some("too long"))]
    #[case(json!({"title": "Forbidden"}), Some("Forbidden"))]
    #[case(json!({"ok": false}), None)]
    fn the_words_of_a_refusal_are_found(#[case] body: Value, #[case] words: Option<&str>) {
        assert_eq!(words_in(&body).as_deref(), words);
    }

    #[test]
    fn a_page_says_its_title() {
        let page = "<html><Title>Request blocked</title><h1>é</h1>";
        assert_eq!(title(page), Some("Request blocked"));
        assert_eq!(title("<title>cut off"), None);
    }
}
