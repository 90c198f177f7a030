//! Whether a text of an answer only repeats what the request itself has sent.

use crate::contract::share::{Maker, maker};

/// Fewer letters and digits than this may stand in any request by chance.
const SHORTEST: usize = 8;

/// A cut may halve an escape, such as `\u00e9`: so many letters at either end of a text tell nothing.
const FRAY: usize = 6;

/// Whether a text is a part of a request's body: as it was sent, or with its escapes resolved or escaped once more, as
/// a server does that repeats what it refuses, perhaps cut short.
pub fn is_echo(sent: &str, text: &str) -> bool {
    let mut text: Vec<char> = letters(text).chars().collect();
    if text.len() < SHORTEST {
        return false;
    }
    if text.len() > 4 * FRAY {
        text.drain(..FRAY);
        text.truncate(text.len() - FRAY);
    }
    let text = String::from_iter(text);
    let inside = |sent: &str| letters(sent).contains(&text);
    inside(sent)
        || serde_json::from_str(sent)
            .is_ok_and(|value: serde_json::Value| texts(&value).into_iter().any(inside))
}

/// Whether a text in an answer to this request could be somebody's share: we did not make it, and did not send it.
pub fn is_somebodys(sent: &str, text: &str) -> bool {
    maker(text) == Maker::Somebody && !is_echo(sent, text)
}

/// What no escaping and no quoting changes.
fn letters(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut escaped = false;
    for c in text.chars() {
        if c == '\\' {
            escaped = true;
            continue;
        }
        // A line break is a letter once it is escaped.
        let of_an_escape = escaped && "nrtbf".contains(c);
        if c.is_alphanumeric() && !of_an_escape {
            out.push(c);
        }
        escaped = false;
    }
    out
}

fn texts(value: &serde_json::Value) -> Vec<&str> {
    use serde_json::Value;
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(map) => map.values().flat_map(texts).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::body;
    use crate::contract::share::{self, Shape};
    use rstest::rstest;

    #[rstest]
    #[case(Shape::Plain)]
    #[case(Shape::Spaced)]
    #[case(Shape::Keys)]
    #[case(Shape::Lookalikes)]
    #[case(Shape::Unicode)]
    fn a_part_of_a_request_is_known_as_it_is_and_escaped(#[case] shape: Shape) {
        let share = share::text("0a1b2c3d", 1, 3, shape);
        let sent = body::store("test-1", &share, Some("PASSKEY"));
        let once = serde_json::to_string(&sent).unwrap();
        let twice = serde_json::to_string(&once).unwrap();
        for text in [&share, &sent, &once, &twice] {
            for part in [
                0..text.len(),
                0..text.len() / 2,
                60..text.len() - 9,
                31..122,
            ] {
                let end = text.ceil_char_boundary(part.end);
                let start = text.ceil_char_boundary(part.start);
                let part = &text[start..end];
                assert!(is_echo(&sent, part), "{part}");
                assert!(is_echo(&sent, &format!("{part}…")), "{part}");
            }
        }
    }

    #[test]
    fn what_was_not_sent_is_no_echo() {
        let share = share::text("0a1b2c3d", 1, 3, Shape::Plain);
        let sent = body::store("test-1", &share, None);
        let other = share::text("0a1b2c3d", 1, 4, Shape::Plain);
        assert!(!is_echo(&sent, &other));
        assert!(!is_echo(&sent, &format!("{sent}{other}")));
        assert!(!is_echo(&sent, "test-1"));
        assert!(!is_echo(&sent, ""));
    }
}
