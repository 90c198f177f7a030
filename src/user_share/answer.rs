//! What an answer of the fetch says: a text, none, or neither.

use super::reading::{Mistake, Reading};
use crate::exchange::RawReply;
use serde_json::Value;
use toml::de::DeValue;

/// Where the text stands if nothing is said.
const POINTER: &str = "/cipherText";

/// The statuses that mean that there is none if nothing is said.
const NONE: [u16; 2] = [204, 404];

/// What a fetch of a user share brings.
#[derive(Clone, PartialEq, Eq)]
pub enum Answer {
    /// There is none.
    None,
    /// This text.
    Text(String),
    /// An answer that succeeds and holds no text where one is looked for: many say so that there is none, and a wrong
    /// `answer` looks the same. What came, without any of the answer's text.
    Untold(String),
    /// It cannot be seen; what came in its place, without any of the answer's text.
    Unreadable(String),
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            // It may be somebody's.
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Untold(why) => write!(f, "Untold({why:?})"),
            Self::Unreadable(why) => write!(f, "Unreadable({why:?})"),
        }
    }
}

impl Answer {
    /// What a text says: nobody recovers with an empty one, so that it is as good as none.
    fn of(text: String) -> Self {
        if text.is_empty() {
            Self::None
        } else {
            Self::Text(text)
        }
    }
}

/// Whether a pointer comes past `null` or an empty list, which is how many say that there is none.
fn ends_early(json: &Value, pointer: &str) -> bool {
    let ends = pointer.match_indices('/').map(|(at, _)| &pointer[..at]);
    ends.filter_map(|part| json.pointer(part))
        .any(|it| it.is_null() || it.as_array().is_some_and(Vec::is_empty))
}

/// Where an answer holds the text, and which answers hold none.
#[derive(Clone, Debug)]
pub(super) struct Location {
    pointer: String,
    none: Vec<u16>,
}

impl Location {
    /// Reads the keys `answer` and `none`.
    pub(super) fn new(table: &Reading<'_>) -> Result<Self, Mistake> {
        let pointer = match table.text("answer")? {
            Some((text, span)) if !text.is_empty() && !text.starts_with('/') => {
                let help = format!("did you mean `/{}`?", text.replace('.', "/"));
                let message = "`answer` is a JSON pointer: it begins with /, or is empty";
                return Err(Mistake::new(span, message, &help));
            }
            Some((text, _)) => text.to_owned(),
            None => POINTER.to_owned(),
        };
        Ok(Self {
            pointer,
            none: none(table)?,
        })
    }

    /// What an answer says.
    pub(super) fn read(&self, reply: &RawReply) -> Answer {
        let status = reply.status;
        if self.none.contains(&status) {
            return Answer::None;
        }
        if !(200..300).contains(&status) {
            return Answer::Unreadable(status.to_string());
        }
        let but = |what: &str| Answer::Unreadable(format!("{status}, but {what}"));
        let untold = |what: &str| {
            let what = format!("{status}, but {what}, which does not show that there is none");
            Answer::Untold(what)
        };
        if reply.body.trim_ascii().is_empty() {
            return untold("the answer is empty");
        }
        let json: Option<Value> = serde_json::from_slice(&reply.body).ok();
        if self.pointer.is_empty() {
            let is_json = reply
                .header("content-type")
                .is_some_and(|it| it.contains("json"));
            return match (json.filter(|_| is_json), std::str::from_utf8(&reply.body)) {
                (Some(Value::Null), _) => Answer::None,
                (Some(Value::String(text)), _) => Answer::of(text),
                (_, Ok(text)) => Answer::Text(text.to_owned()),
                (_, Err(_)) => but("the answer is not UTF-8"),
            };
        }
        let Some(json) = json else {
            return but("the answer is no JSON");
        };
        let at = &self.pointer;
        match json.pointer(at) {
            Some(Value::Null) => Answer::None,
            Some(Value::String(text)) => Answer::of(text.clone()),
            None if ends_early(&json, at) => Answer::None,
            None => untold(&format!("{at} leads to nothing")),
            Some(Value::Bool(_)) => but(&format!("a boolean stands at {at}, not a text")),
            Some(Value::Number(_)) => but(&format!("a number stands at {at}, not a text")),
            Some(Value::Array(_)) => but(&format!("an array stands at {at}, not a text")),
            Some(Value::Object(_)) => but(&format!("an object stands at {at}, not a text")),
        }
    }
}

fn none(table: &Reading<'_>) -> Result<Vec<u16>, Mistake> {
    let Some(value) = table.value("none") else {
        return Ok(NONE.to_vec());
    };
    let wrong = |span| {
        let message = "`none` is a list of HTTP statuses";
        Mistake::new(
            span,
            message,
            "such as [404]; [] if no status means that there is none",
        )
    };
    let DeValue::Array(items) = value.get_ref() else {
        return Err(wrong(value.span()));
    };
    let each = items.iter().map(|item| match item.get_ref() {
        DeValue::Integer(number) => {
            let status = number.as_str().parse().ok();
            let status = status.filter(|it| (200..600).contains(it));
            status.ok_or_else(|| wrong(item.span()))
        }
        DeValue::String(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_)
        | DeValue::Table(_) => Err(wrong(item.span())),
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn text(text: &str) -> Answer {
        Answer::Text(text.to_owned())
    }

    fn no(why: &str) -> Answer {
        let why = why.to_owned();
        if why.ends_with("which does not show that there is none") {
            Answer::Untold(why)
        } else {
            Answer::Unreadable(why)
        }
    }

    #[rstest]
    #[case("/cipherText", 200, r#"{"cipherText":"x"}"#, text("x"))]
    #[case("/cipherText", 200, r#"{"cipherText":""}"#, Answer::None)]
    #[case("/cipherText", 200, "null", Answer::None)]
    #[case("/data/cipherText", 200, r#"{"data":null}"#, Answer::None)]
    #[case("/data/0/text", 200, r#"{"data":[]}"#, Answer::None)]
    #[case("/0/text", 200, "[]", Answer::None)]
    #[case(
        "/data/0/text",
        200,
        r#"{"data":[{}]}"#,
        no("200, but /data/0/text leads to nothing, which does not show that there is none")
    )]
    #[case("/cipherText", 200, r#"{"cipherText":null}"#, Answer::None)]
    #[case("/data/0/text", 201, r#"{"data":[{"text":"x"}]}"#, text("x"))]
    #[case("/cipherText", 404, "<html>", Answer::None)]
    #[case("/cipherText", 204, "", Answer::None)]
    #[case(
        "/cipherText",
        200,
        "{}",
        no("200, but /cipherText leads to nothing, which does not show that there is none")
    )]
    #[case(
        "/cipherText",
        200,
        r#"{"cipherText":{"a":1}}"#,
        no("200, but an object stands at /cipherText, not a text")
    )]
    #[case(
        "/cipherText",
        200,
        " ",
        no("200, but the answer is empty, which does not show that there is none")
    )]
    #[case("/cipherText", 200, "<html>", no("200, but the answer is no JSON"))]
    #[case("/cipherText", 401, "{}", no("401"))]
    #[case("/cipherText", 302, "", no("302"))]
    #[case("", 200, "x+/=", text("x+/="))]
    #[case("", 200, "{\"a\":1}", text("{\"a\":1}"))]
    #[case(
        "",
        200,
        "",
        no("200, but the answer is empty, which does not show that there is none")
    )]
    fn an_answer_shows_a_text_or_none_or_neither(
        #[case] pointer: &str,
        #[case] status: u16,
        #[case] body: &str,
        #[case] expected: Answer,
    ) {
        let location = Location {
            pointer: pointer.to_owned(),
            none: NONE.to_vec(),
        };
        let reply = |headers| RawReply {
            status,
            headers,
            body: body.as_bytes().to_vec(),
        };
        assert_eq!(location.read(&reply(Vec::new())), expected);
        if pointer.is_empty() && status == 200 {
            let json = vec![("content-type".to_owned(), "application/json".to_owned())];
            assert_eq!(location.read(&reply(json)), expected, "as JSON");
        }
    }

    #[test]
    fn a_body_that_is_one_json_text_is_that_text() {
        let location = Location {
            pointer: String::new(),
            none: Vec::new(),
        };
        let read = |body: &str| {
            location.read(&RawReply {
                status: 200,
                headers: vec![("content-type".to_owned(), "application/json".to_owned())],
                body: body.as_bytes().to_vec(),
            })
        };
        assert_eq!(read("\"x\\\"y\""), text("x\"y"));
        assert_eq!(read("null"), Answer::None);
        assert_eq!(read("\"\""), Answer::None);
    }
}
