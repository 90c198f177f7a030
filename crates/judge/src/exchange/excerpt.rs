//! The beginning of a body for people to read: what we made by its label, of the rest what reads as a message. What
//! is shown is an allow-list: whatever could be somebody's data becomes its length.

use super::prose;
use super::redact::{Redactor, shorten};
use super::{Found, Lexicon, strangers};
use crate::contract::document::Document;
use crate::contract::malformed::Malformed;
use crate::contract::{answer, share};
use serde_json::Value;
use std::borrow::Cow;

const MOST: usize = 400;
/// Of a request more is shown: it is to be repeated.
const MOST_SENT: usize = 2000;
/// The keys whose texts are messages for people.
const MESSAGES: [&str; 16] = [
    "error",
    "errors",
    "message",
    "msg",
    "detail",
    "details",
    "title",
    "reason",
    "code",
    "name",
    "status",
    "statuscode",
    "description",
    "type",
    "path",
    "stack",
];

/// A request's body: ours throughout, but long.
pub(super) fn of_request(body: &str, lexicon: &Lexicon, redactor: &Redactor) -> String {
    let mut text = Cow::Borrowed(body);
    for (serial, (label, share)) in &lexicon.shares {
        let mark = share::mark(&lexicon.run, *serial);
        let marked = share.contains(&mark);
        // The search for a whole share is slow, and most shares are not in this body. A sealed one shows no mark.
        if marked && !text.contains(&mark) {
            continue;
        }
        let quoted = Value::from(share.as_str()).to_string();
        // It may stand in a string with something before or behind it.
        let bare = &quoted[1..quoted.len() - 1];
        let label = format!("‹share {label}›");
        text = if marked {
            without_marked(&text, bare, &mark, &label).into()
        } else {
            text.replace(bare, &label).into()
        };
    }
    redactor.text(&text, MOST_SENT)
}

/// A text with a label in each place of a share that holds a mark: looking for the mark is quicker than for the share.
fn without_marked(text: &str, share: &str, mark: &str, label: &str) -> String {
    let ahead = share.find(mark).unwrap_or_default();
    let mut out = String::new();
    let mut done = 0;
    for (at, _) in text.match_indices(mark) {
        let start = at.checked_sub(ahead).filter(|start| *start >= done);
        let Some(start) =
            start.filter(|it| text.get(*it..).is_some_and(|it| it.starts_with(share)))
        else {
            continue;
        };
        out.push_str(&text[done..start]);
        out.push_str(label);
        done = start + share.len();
    }
    out.push_str(&text[done..]);
    out
}

/// A short text of an answer's, such as a header.
pub(super) fn phrase(text: &str, most: usize, lexicon: &Lexicon, redactor: &Redactor) -> String {
    shorten(&message(text, lexicon, redactor), most)
}

/// A key of an answer's.
pub(super) fn key(key: &str, redactor: &Redactor) -> String {
    let clean = redactor.whole(key);
    if clean != key || prose::is_word(key) {
        clean
    } else {
        format!("‹{} bytes›", key.len())
    }
}

/// Whether a text of an answer is shown as a message as it stands, by what is remembered of a stranger's.
pub(super) fn shows(text: &str, lexicon: &Lexicon, redactor: &Redactor) -> bool {
    let piece = strangers::middle(text);
    piece.is_none_or(|piece| message(&piece, lexicon, redactor) == piece)
}

fn message(text: &str, lexicon: &Lexicon, redactor: &Redactor) -> String {
    prose::readable(&redactor.whole(text), |word| lexicon.is_ours(word))
}

/// Where in an answer's JSON a value stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Position {
    /// Under a key that holds messages.
    Message,
    /// Under any other key.
    Value,
    /// Where shares stand.
    Shares,
}

impl Position {
    fn under(self, key: &str) -> Self {
        let key = key.to_lowercase();
        if self == Self::Shares || key.contains("share") {
            Self::Shares
        } else if MESSAGES.contains(&key.as_str()) {
            Self::Message
        } else {
            Self::Value
        }
    }
}

/// Hears an answer: whose it is, and what it answers.
pub(super) struct Listener<'a> {
    /// The symbolic client.
    pub(super) client: &'a str,
    /// The body of the request.
    pub(super) sent: &'a str,
    /// Whether the answer is no success.
    pub(super) refused: bool,
    /// What texts mean.
    pub(super) lexicon: &'a Lexicon,
    /// What must not be shown.
    pub(super) redactor: &'a Redactor,
}

impl Listener<'_> {
    /// The beginning of an answer's body of so many bytes.
    pub(super) fn excerpt(&self, document: &Document<'_>, bytes: usize) -> String {
        if let Some(value) = &document.value {
            let mut symbols = self.symbols(value, Position::Value).to_string();
            let whole = !document
                .fault
                .as_ref()
                .is_some_and(Malformed::is_unreadable);
            if !whole {
                symbols.push_str(" ‹breaks off›");
            }
            return self.redactor.text(&symbols, MOST);
        }
        let Some(text) = &document.text else {
            return format!("‹{bytes} bytes, not text›");
        };
        let end = text.floor_char_boundary(64 << 10);
        let text = &text[..end];
        match self.found(text) {
            Found::Foreign(_) | Found::Debris(_) => {
                shorten(&message(text, self.lexicon, self.redactor), MOST)
            }
            found @ (Found::Share { .. } | Found::Leftover | Found::Elsewhere(_) | Found::Ours) => {
                format!("‹{found}›")
            }
        }
    }

    fn symbols(&self, value: &Value, position: Position) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text, position)),
            Value::Array(items) => {
                let shown = 12;
                let mut out: Vec<Value> = items
                    .iter()
                    .take(shown)
                    .map(|item| self.symbols(item, position))
                    .collect();
                if items.len() > shown {
                    out.push(Value::String(format!("‹{} more›", items.len() - shown)));
                }
                Value::Array(out)
            }
            Value::Object(map) => Value::Object(
                map.iter()
                    .map(|(name, item)| {
                        let symbol = self.symbols(item, position.under(name));
                        (key(name, self.redactor), symbol)
                    })
                    .collect(),
            ),
            Value::Number(number) => {
                let digits = number.to_string();
                if prose::short_number(&digits) {
                    value.clone()
                } else {
                    Value::String(format!("‹{} bytes›", digits.len()))
                }
            }
            Value::Null | Value::Bool(_) => value.clone(),
        }
    }

    fn text(&self, text: &str, position: Position) -> String {
        if let Some(inner) = answer::nested(text) {
            return self.symbols(&inner, position).to_string();
        }
        match self.found(text) {
            found @ (Found::Share { .. } | Found::Leftover | Found::Elsewhere(_) | Found::Ours) => {
                format!("‹{found}›")
            }
            Found::Foreign(_) | Found::Debris(_) if position == Position::Message => {
                message(text, self.lexicon, self.redactor)
            }
            Found::Foreign(_) if position == Position::Value => {
                if self.lexicon.is_ours(text) || text.is_empty() {
                    text.to_owned()
                } else if self.redactor.leaks(text) {
                    message(text, self.lexicon, self.redactor)
                } else {
                    format!("‹{} bytes›", text.len())
                }
            }
            found @ (Found::Foreign(_) | Found::Debris(_)) => format!("‹{found}›"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn shares_in_a_request_are_labels_wherever_they_stand() {
        let (one, two) = (
            share::text("0a1b2c3d", 1, 3, share::Shape::Plain),
            share::text("0a1b2c3d", 1, 4, share::Shape::Edges),
        );
        let sealed = share::text("0a1b2c3d", 1, 5, share::Shape::Sealed);
        let own = [(3, "one", &one), (4, "two", &two), (5, "half", &sealed)];
        let own = own.map(|(serial, label, text)| (serial, (label.to_owned(), text.clone())));
        let lexicon = Lexicon {
            run: "0a1b2c3d".to_owned(),
            shares: own.into(),
            ..Lexicon::default()
        };
        let shown = |text: &str| of_request(text, &lexicon, &Redactor::default());
        let quoted = |text: &str| Value::from(text).to_string();
        let body = format!("[{0},{1},{0},\"x{2}\"]", quoted(&one), quoted(&two), sealed);
        assert_eq!(
            shown(&body),
            "[\"‹share one›\",\"‹share two›\",\"‹share one›\",\"x‹share half›\"]"
        );
        let cut = &body[..one.len() / 2];
        assert_eq!(shown(cut), cut);
    }

    fn lexicon() -> Lexicon {
        Lexicon {
            paths: Lexicon::paths_below("/app/portal"),
            words: ["id-0099".to_owned()].into(),
            ..Lexicon::default()
        }
    }

    fn shown(body: &str) -> String {
        let listener = Listener {
            client: "a",
            sent: "",
            refused: true,
            lexicon: &lexicon(),
            redactor: &Redactor::default(),
        };
        listener.excerpt(&Document::new(body.as_bytes()), body.len())
    }

    #[rstest]
    #[case(
        r#"{"error":"clientId is required"}"#,
        r#"{"error":"clientId is required"}"#
    )]
    #[case(
        r#"{"statusCode":404,"path":"/app/portal/backup","timestamp":1732432000}"#,
        r#"{"statusCode":404,"path":"/app/portal/backup","timestamp":"‹10 bytes›"}"#
    )]
    #[case(
        r#"{"error":{"code":"P2002","meta":{"target":"user-778"}},"note":"anything"}"#,
        r#"{"error":{"code":"P2002","meta":{"target":"‹8 bytes›"}},"note":"‹8 bytes›"}"#
    )]
    #[case(
        r#"{"clientId":"id-0099","ok":true}"#,
        r#"{"clientId":"id-0099","ok":true}"#
    )]
    #[case(
        r#"{"real-user-7788":1,"backupShares":[{"message":"a b"}]}"#,
        r#"{"‹14 bytes›":1,"backupShares":[{"message":"‹3 bytes›"}]}"#
    )]
    #[case(
        "<pre>Cannot POST /app/portal/backup</pre>",
        "<pre>Cannot POST /app/portal/backup</pre>"
    )]
    #[case(
        r#"{"statusCode":200,"body":"{\"backupShares\":[\"a b\"]}"}"#,
        r#"{"statusCode":200,"body":"{\"backupShares\":[\"‹3 bytes›\"]}"}"#
    )]
    #[case(r#"{"error":"no","x":["#, r#"{"error":"no","x":[]} ‹breaks off›"#)]
    #[case(
        r#"ERROR near { "clientId": "real-user-77" }"#,
        "ERROR near ‹30 bytes›"
    )]
    fn messages_stay_and_data_becomes_its_length(#[case] body: &str, #[case] readable: &str) {
        assert_eq!(shown(body), readable);
    }
}
