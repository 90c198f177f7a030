//! The beginning of a body for people to read: what we made by its label, what we did not by its length.

use super::redact::{Redactor, shorten};
use super::{Found, Lexicon};
use crate::contract::answer;
use serde_json::Value;

const MOST: usize = 400;
/// A text in an error message this long or longer could be more than a message.
const LONGEST_MESSAGE: usize = 120;
/// A run of characters without a space this long could be key material.
const LONGEST_WORD: usize = 40;

/// An answer's body.
pub(super) fn of_answer(
    body: &[u8],
    client: &str,
    lexicon: &Lexicon,
    redactor: &Redactor,
) -> String {
    if let Some(value) = answer::parse(body) {
        redactor.text(&symbols(&value, client, lexicon, false).to_string(), MOST)
    } else {
        let text = String::from_utf8_lossy(&body[..body.len().min(64 << 10)]);
        if text
            .chars()
            .take(200)
            .filter(|c| c.is_control() && !c.is_whitespace())
            .count()
            > 4
        {
            return format!("‹{} bytes, not text›", body.len());
        }
        match lexicon.found(client, &text) {
            Found::Foreign(_) | Found::Debris => shorten(&words(&redactor.whole(&text)), MOST),
            found @ (Found::Share { .. } | Found::Leftover | Found::Elsewhere | Found::Ours) => {
                format!("‹{found}›")
            }
        }
    }
}

/// A request's body: ours throughout, but long.
pub(super) fn of_request(body: &str, lexicon: &Lexicon, redactor: &Redactor) -> String {
    let mut text = body.to_owned();
    for (label, share) in lexicon.shares.values() {
        let quoted = serde_json::to_string(share).unwrap_or_default();
        text = text.replace(&quoted, &format!("\"‹share {label}›\""));
    }
    redactor.text(&text, MOST)
}

/// A short text of an answer's, such as a header or a key.
pub(super) fn phrase(text: &str, most: usize, redactor: &Redactor) -> String {
    shorten(&words(&redactor.whole(text)), most)
}

/// Signs of the server's inside in an answer.
pub(super) fn internals(text: &str) -> Option<&'static str> {
    let line_has =
        |test: fn(&str) -> bool| text.split(['\n', '<']).chain(text.split("\\n")).any(test);
    let is_frame = |line: &str| {
        let line = line.replace("&nbsp;", " ");
        let line = line.trim_start_matches("br>").trim();
        let node = line.starts_with("at ")
            && line.contains(':')
            && (line.contains('(') || line.contains('/'));
        let python = line.starts_with("File \"") && line.contains("line ");
        let java = line.starts_with("at ") && line.contains(".java:");
        let go = line.starts_with("goroutine ") && line.contains("[running]");
        let php = line.starts_with('#') && line.contains(".php(");
        let ruby = line.contains(".rb:") && line.contains(":in `");
        let rust = line.contains("panicked at ");
        node || python || java || go || php || ruby || rust
    };
    if line_has(is_frame) || text.contains("Traceback (most recent call last)") {
        return Some("a stack trace");
    }
    let is_path = |word: &str| {
        let word = word.trim_matches(|c: char| !(c.is_alphanumeric() || c == '/' || c == '\\'));
        let roots = [
            "/usr/", "/home/", "/app/", "/srv/", "/var/", "/opt/", "/root/", "/tmp/", "/Users/",
            "/etc/",
        ];
        let unix = roots
            .iter()
            .any(|root| word.starts_with(root) && word.len() > root.len());
        let windows = word.get(1..3) == Some(":\\") && word.len() > 6;
        unix || windows || word.contains("node_modules/")
    };
    let file_url = text.contains("file:///");
    (file_url
        || text
            .split(|c: char| c.is_whitespace() || "\"'()<>,;=".contains(c))
            .any(is_path))
    .then_some("a file path")
}

fn symbols(value: &Value, client: &str, lexicon: &Lexicon, in_shares: bool) -> Value {
    match value {
        Value::String(text) => {
            let found = lexicon.found(client, text);
            let message = !in_shares && text.len() < LONGEST_MESSAGE && words(text) == *text;
            if message && matches!(found, Found::Foreign(_) | Found::Debris) {
                value.clone()
            } else {
                Value::String(format!("‹{found}›"))
            }
        }
        Value::Array(items) => {
            let shown = 12;
            let mut out: Vec<Value> = items
                .iter()
                .take(shown)
                .map(|item| symbols(item, client, lexicon, in_shares))
                .collect();
            if items.len() > shown {
                out.push(Value::String(format!("‹{} more›", items.len() - shown)));
            }
            Value::Array(out)
        }
        Value::Object(map) => Value::Object(
            map.iter()
                .map(|(key, item)| {
                    let shares = in_shares || key.to_lowercase().contains("share");
                    (
                        shorten(&words(key), 60),
                        symbols(item, client, lexicon, shares),
                    )
                })
                .collect(),
        ),
        Value::Number(number) if number.to_string().len() > 20 => {
            Value::String("‹number›".to_owned())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// The text with every long run of non-space characters replaced by its length.
fn words(text: &str) -> String {
    text.split_inclusive(char::is_whitespace)
        .map(|word| {
            let bare = word.trim_end();
            if bare.len() < LONGEST_WORD {
                word.to_owned()
            } else {
                format!("‹{} bytes›{}", bare.len(), &word[bare.len()..])
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("{\"error\":\"no such client\"}", None)]
    #[case(
        "<pre>Error: x<br> &nbsp; at Layer.handle (/app/node_modules/express/lib/router.js:95:5)</pre>",
        Some("a stack trace")
    )]
    #[case(
        "Error: no\n    at async handler (file:///srv/x.js:1:2)",
        Some("a stack trace")
    )]
    #[case(
        "{\"stack\":\"Error: x\\n    at foo (/srv/app/index.js:3:4)\"}",
        Some("a stack trace")
    )]
    #[case("Traceback (most recent call last):", Some("a stack trace"))]
    #[case("cannot open /var/lib/shares.db", Some("a file path"))]
    #[case("C:\\app\\index.js failed", Some("a file path"))]
    #[case("Cannot POST /backup/fetch", None)]
    #[case("see https://example.com/home/docs at once (now)", None)]
    #[case("refused at 12:30 (UTC)", None)]
    fn internals_are_told_from_ordinary_messages(#[case] text: &str, #[case] seen: Option<&str>) {
        assert_eq!(internals(text), seen);
    }

    #[test]
    fn long_words_become_their_length() {
        assert_eq!(
            words(&format!("key {} end", "a".repeat(64))),
            "key ‹64 bytes› end"
        );
    }
}
