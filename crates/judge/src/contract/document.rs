//! The body of an answer, parsed once: its JSON, its text, and what is wrong with its bytes. Takes bytes, never
//! fails: what cannot be read is said in `fault`.

use crate::contract::malformed::{Coding, Malformed};
use serde_json::Value;
use serde_json::error::Category;
use std::borrow::Cow;

/// A body as far as it could be understood.
#[derive(Clone, Debug, PartialEq)]
pub struct Document<'a> {
    /// What it holds as text; nothing where the bytes are none.
    pub text: Option<Cow<'a, str>>,
    /// Its JSON; where that breaks off, what there is of it.
    pub value: Option<Value>,
    /// What is wrong with the bytes, whatever the JSON in them says.
    pub fault: Option<Malformed>,
}

impl<'a> Document<'a> {
    /// Reads a body of which no header is known.
    pub fn new(body: &'a [u8]) -> Self {
        Self::with_headers(body, |_| None)
    }

    /// Reads a body; `header` gives the value of a header by its name in lower case.
    pub fn with_headers<'b>(body: &'a [u8], header: impl Fn(&str) -> Option<&'b str>) -> Self {
        if let Some(coding) = Coding::of(body) {
            return Self::compressed(coding);
        }
        let (text, marked) = without_mark(body);
        let bytes = text.as_ref().map_or(body, |text| text.as_bytes());
        if let Some(value) = parse(bytes) {
            let fault = marked.then_some(Malformed::ByteOrderMark);
            let text = text.or_else(|| Some(String::from_utf8_lossy(body)));
            return Self {
                text,
                value: Some(value),
                fault,
            };
        }
        let named = header("content-encoding").and_then(Coding::named);
        if let Some(coding) = named.filter(|_| !is_plain(body)) {
            return Self::compressed(coding);
        }
        let whole = header("content-length").and_then(|length| length.trim().parse().ok());
        let (value, fault) = if bytes.iter().all(u8::is_ascii_whitespace) {
            (None, Malformed::Empty)
        } else if breaks_off(bytes) {
            let counted = whole == Some(body.len()) && !body.is_ascii();
            let fault = if counted {
                Malformed::LengthInCharacters
            } else {
                Malformed::BreaksOff
            };
            (salvaged(bytes), fault)
        } else {
            (None, Malformed::NotJson)
        };
        let text = text.or_else(|| is_text(body).then(|| String::from_utf8_lossy(body)));
        Self {
            text,
            value,
            fault: Some(fault),
        }
    }

    fn compressed(coding: Coding) -> Self {
        Self {
            text: None,
            value: None,
            fault: Some(Malformed::Compressed(coding)),
        }
    }
}

/// Parses JSON; a lone surrogate escape, which only a text meant to provoke a refusal holds, becomes U+FFFD.
pub fn parse(body: &[u8]) -> Option<Value> {
    serde_json::from_slice(body).ok().or_else(|| {
        let text = std::str::from_utf8(body).ok()?;
        text.contains("\\u")
            .then(|| serde_json::from_str(&without_lone_surrogates(text)).ok())?
    })
}

/// The text behind a byte-order mark, and whether there was one.
fn without_mark(body: &[u8]) -> (Option<Cow<'_, str>>, bool) {
    let units = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let pairs = rest.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        Cow::Owned(
            char::decode_utf16(pairs)
                .map(|it| it.unwrap_or('\u{fffd}'))
                .collect(),
        )
    };
    match body {
        [0xef, 0xbb, 0xbf, rest @ ..] => (Some(String::from_utf8_lossy(rest)), true),
        [0xff, 0xfe, rest @ ..] => (Some(units(rest, u16::from_le_bytes)), true),
        [0xfe, 0xff, rest @ ..] => (Some(units(rest, u16::from_be_bytes)), true),
        _ => (None, false),
    }
}

/// Whether bytes read as text: of the first characters hardly one is a control character.
fn is_text(body: &[u8]) -> bool {
    let start = String::from_utf8_lossy(&body[..body.len().min(1024)]);
    let control = start.chars().take(200).filter(|c| is_control(*c));
    control.count() <= 4
}

/// Whether bytes are UTF-8 without any control character, as no compressed ones are.
fn is_plain(body: &[u8]) -> bool {
    std::str::from_utf8(body).is_ok_and(|text| !text.chars().any(is_control))
}

fn is_control(c: char) -> bool {
    c.is_control() && !c.is_whitespace()
}

/// Whether an object or array ends before its last bracket.
fn breaks_off(body: &[u8]) -> bool {
    let opens = matches!(body.trim_ascii_start().first(), Some(b'{' | b'['));
    let parsed = serde_json::from_slice::<serde::de::IgnoredAny>(body);
    opens && parsed.is_err_and(|error| error.classify() == Category::Eof)
}

/// What there is of JSON that breaks off: its open strings and brackets closed.
fn salvaged(body: &[u8]) -> Option<Value> {
    let mut closers = Vec::new();
    let (mut in_string, mut escape) = (false, None);
    for (at, byte) in body.iter().enumerate() {
        match (in_string, escape, byte) {
            // Behind a backslash stands one character, or `u` and four digits.
            (true, Some(from), _) => {
                let longer = body.get(from + 1) == Some(&b'u');
                escape = escape.filter(|_| at < from + if longer { 5 } else { 1 });
            }
            (true, None, b'\\') => escape = Some(at),
            (true, None, b'"') => in_string = false,
            (false, _, b'"') => in_string = true,
            (false, _, b'{') => closers.push('}'),
            (false, _, b'[') => closers.push(']'),
            (false, _, b'}' | b']') => _ = closers.pop(),
            (_, _, _) => {}
        }
    }
    let end = escape.unwrap_or(body.len());
    let mut text = String::from_utf8_lossy(&body[..end]).into_owned();
    if in_string {
        let whole = text.trim_end_matches('\u{fffd}').len();
        text.truncate(whole);
        text.push('"');
    }
    let open = text.trim_end().trim_end_matches(',').len();
    text.truncate(open);
    if text.ends_with(':') {
        text.push_str("null");
    }
    text.extend(closers.into_iter().rev());
    parse(text.as_bytes())
}

fn without_lone_surrogates(text: &str) -> String {
    let unit = |at: usize| {
        text.get(at..at + 6)
            .filter(|s| s.starts_with("\\u"))
            .and_then(|s| u16::from_str_radix(&s[2..], 16).ok())
    };
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let high = unit(at).filter(|u| (0xd800..0xdc00).contains(u));
        let pair = high.is_some() && unit(at + 6).is_some_and(|u| (0xdc00..0xe000).contains(&u));
        if pair {
            out.push_str(&text[at..at + 12]);
            at += 12;
        } else if unit(at).is_some_and(|u| (0xd800..0xe000).contains(&u)) {
            out.push('\u{fffd}');
            at += 6;
        } else if text[at..].starts_with('\\') {
            let escaped = text[at + 1..].chars().next().map_or(0, char::len_utf8);
            out.push_str(&text[at..=at + escaped]);
            at += 1 + escaped;
        } else {
            let length = text[at..].chars().next().map_or(1, char::len_utf8);
            out.push_str(&text[at..at + length]);
            at += length;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    fn read<'a>(body: &'a [u8], headers: &[(&str, &str)]) -> Document<'a> {
        let header = |name: &str| headers.iter().find(|it| it.0 == name).map(|it| it.1);
        Document::with_headers(body, header)
    }

    #[rstest]
    #[case(b"\x1f\x8b\x08\0\0\0\0\0", "", Coding::Gzip)]
    #[case(b"\x1f\x8b\x08\0\0\0\0\0", "br", Coding::Gzip)]
    #[case(b"\x28\xb5\x2f\xfd\x04", "", Coding::Zstd)]
    #[case(b"\x78\x9c\xab\x56", "", Coding::Deflate)]
    #[case(b"\xab\x56\x4a\x4c", "Deflate", Coding::Deflate)]
    #[case(b"\x0b\x02\x80{\"a\":1}\x03", "br", Coding::Brotli)]
    #[case(b"\x00\xfe/usr/lib/node/x.js", "identity, x-gzip", Coding::Gzip)]
    fn compressed_bytes_are_named_and_no_text(
        #[case] body: &[u8],
        #[case] encoding: &str,
        #[case] coding: Coding,
    ) {
        let document = read(body, &[("content-encoding", encoding)]);
        assert_eq!(document.fault, Some(Malformed::Compressed(coding)));
        assert_eq!((document.text, document.value), (None, None));
    }

    #[test]
    fn a_wrong_content_encoding_hides_no_json_and_no_page() {
        let gzip = [("content-encoding", "gzip")];
        assert_eq!(read(b"{}", &gzip).fault, None);
        assert_eq!(read(b"<html>", &gzip).fault, Some(Malformed::NotJson));
        assert_eq!(read(b" ", &gzip).fault, Some(Malformed::Empty));
    }

    #[rstest]
    #[case(b"\xef\xbb\xbf{\"a\":1}")]
    #[case(b"\xff\xfe{\0\"\0a\0\"\0:\x001\0}\0")]
    #[case(b"\xfe\xff\0{\0\"\0a\0\"\0:\x001\0}")]
    fn what_stands_behind_a_byte_order_mark_is_read(#[case] body: &[u8]) {
        let document = Document::new(body);
        assert_eq!(document.fault, Some(Malformed::ByteOrderMark));
        assert_eq!(document.value, Some(json!({ "a": 1 })));
        assert_eq!(document.text.as_deref(), Some("{\"a\":1}"));
    }

    #[rstest]
    #[case(r#"{"s":["ab","c"#, json!({ "s": ["ab", "c"] }))]
    #[case(r#"{"s":["a\"b\"#, json!({ "s": ["a\"b"] }))]
    #[case(r#"{"s":["a\u00"#, json!({ "s": ["a"] }))]
    #[case(r#"{"s":["a\\"#, json!({ "s": ["a\\"] }))]
    #[case(r#"{"s":["a\u00e9"#, json!({ "s": ["aé"] }))]
    #[case(r#"{"s":[1, "#, json!({ "s": [1] }))]
    #[case(r#"{"s":[],"t":"#, json!({ "s": [], "t": null }))]
    fn what_there_is_of_json_that_breaks_off_is_read(#[case] body: &str, #[case] value: Value) {
        let document = Document::new(body.as_bytes());
        assert_eq!(document.fault, Some(Malformed::BreaksOff));
        assert_eq!(document.value, Some(value));
    }

    #[rstest]
    #[case("{\"s\":[\"漢字\"", Malformed::LengthInCharacters)]
    #[case("{\"s\":[\"ab\"", Malformed::BreaksOff)]
    fn a_length_that_counts_characters_is_suspected_where_some_take_several_bytes(
        #[case] body: &str,
        #[case] fault: Malformed,
    ) {
        let length = body.len().to_string();
        let document = read(body.as_bytes(), &[("content-length", &length)]);
        assert_eq!(document.fault, Some(fault));
        let chunked = read(body.as_bytes(), &[]);
        assert_eq!(chunked.fault, Some(Malformed::BreaksOff));
        let cut = read(&body.as_bytes()[..body.len() - 2], &[]);
        assert_eq!(cut.fault, Some(Malformed::BreaksOff));
    }

    #[rstest]
    #[case(b"hello", true)]
    #[case(b"caf\xe9 at /usr/lib", true)]
    #[case(b"\0\x01\x02\x03\x04\x05\x06/usr/lib/x", false)]
    fn what_is_no_json_may_be_text(#[case] body: &[u8], #[case] text: bool) {
        let document = Document::new(body);
        assert_eq!(document.fault, Some(Malformed::NotJson));
        assert_eq!(document.text.is_some(), text);
    }

    #[test]
    fn no_bytes_are_too_odd() {
        proptest::proptest!(|(body: Vec<u8>)| {
            let _ = Document::new(&body);
        });
        let json = r#"{"a":["\u00e9\\",{"b":[1.5e3,true,null,"é😀"]}]}"#.as_bytes();
        for end in 0..json.len() {
            let _ = Document::new(&json[..end]);
        }
    }
}
