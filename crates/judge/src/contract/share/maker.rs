//! Who made a text that came back: we, by the mark in each share, a broken custodian, or somebody else.

use super::MARK;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a share of ours comes from, as its mark says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    /// The first eight hexadecimal digits of the run's id.
    pub run: String,
    /// The share's number within its run.
    pub serial: u32,
}

/// Who made a text that came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Maker {
    /// We did, in the run and with the number given, where the mark is whole enough to say.
    Us(Option<Origin>),
    /// A broken custodian did, out of a bad request of ours.
    Debris(Debris),
    /// Somebody else: it could be a real share.
    Somebody,
}

/// What a broken custodian makes of a bad request of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Debris {
    /// Nothing, or blanks.
    Blank,
    /// What a language makes of a value that is no text, such as `undefined`, in small letters.
    Word(String),
    /// A number.
    Number,
    /// The beginning of our mark.
    Mark,
    /// Part of the request.
    Echo,
}

impl std::fmt::Display for Debris {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Blank => f.write_str("an empty text"),
            Self::Word(word) => write!(f, "the text {word}"),
            Self::Number => f.write_str("a number"),
            Self::Mark => f.write_str("the first bytes of a share"),
            Self::Echo => f.write_str("a part of the request"),
        }
    }
}

/// Who made this text, by its mark.
pub fn maker(text: &str) -> Maker {
    if let Some(behind) = behind_mark(text) {
        return Maker::Us(origin(&behind));
    }
    if let Some(debris) = debris(text) {
        return Maker::Debris(debris);
    }
    match decoded(text) {
        Some(inner) => Maker::Us(behind_mark(&inner).and_then(|behind| origin(&behind))),
        None => Maker::Somebody,
    }
}

/// More characters than the origin takes, however it is quoted.
const ORIGIN: usize = 80;

/// What follows the mark, in lower case, since a custodian may have changed it; nothing where there is no mark.
fn behind_mark(text: &str) -> Option<String> {
    let at = text
        .find(MARK)
        .or_else(|| text.to_ascii_lowercase().find(MARK))?;
    let behind = text[at + MARK.len()..].chars().take(ORIGIN);
    Some(behind.map(|c| c.to_ascii_lowercase()).collect())
}

/// The texts that languages make of a value that is no text.
const WORDS: [&str; 16] = [
    "undefined",
    "null",
    "nil",
    "none",
    "nan",
    "true",
    "false",
    "[object object]",
    "[]",
    "{}",
    "[null]",
    "0",
    "map[]",
    "[object array]",
    "<nil>",
    "array",
];

/// The letters of the lists and objects that are sent in the place of a user share, as languages write them:
/// `map[not:a text]`, `['not', 'a text']`, `not,a text`.
const LETTERS: [&str; 2] = ["notatext", "mapnotatext"];

/// No number in a bad request of ours is longer, however a server writes it.
const LONGEST_NUMBER: usize = 24;

fn is_no_text(text: &str) -> bool {
    let letters = text.chars().filter(char::is_ascii_alphabetic);
    let letters: String = letters.take(LETTERS[1].len() + 1).collect();
    LETTERS.contains(&letters.to_lowercase().as_str())
        && !text
            .chars()
            .any(|it| it.is_alphanumeric() && !it.is_ascii_alphabetic())
}

/// What our own bad requests turn into on a broken custodian: no share of anybody.
fn debris(text: &str) -> Option<Debris> {
    let bare = text.trim().trim_matches(['"', '\'']).trim();
    let word = || {
        let word = bare.to_lowercase();
        WORDS.contains(&word.as_str()).then_some(word)
    };
    if bare.is_empty() {
        Some(Debris::Blank)
    } else if bare.len() <= LONGEST_NUMBER && bare.parse::<f64>().is_ok() {
        Some(Debris::Number)
    } else if is_cut_mark(text) {
        Some(Debris::Mark)
    } else if is_no_text(bare) {
        Some(Debris::Echo)
    } else {
        word().map(Debris::Word)
    }
}

/// A text cut so short that only the beginning of the mark is left.
fn is_cut_mark(text: &str) -> bool {
    let opening = format!("{{\"{MARK}");
    let start = text.trim_start();
    let cut = start.len() >= 2 && start.len() < opening.len();
    cut && opening.starts_with(&start.to_ascii_lowercase())
}

/// The plain text inside a base64 or hexadecimal one, where it holds our mark.
fn decoded(text: &str) -> Option<String> {
    let compact: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '\0')
        .collect();
    if behind_mark(&compact).is_some() {
        return Some(compact);
    }
    if !compact.is_ascii() {
        return None;
    }
    let standard: String = compact
        .trim_end_matches('=')
        .chars()
        .map(|c| match c {
            '-' => '+',
            '_' => '/',
            other => other,
        })
        .collect();
    let whole = &standard[..standard.len() - standard.len() % 4];
    let from_base64 = STANDARD.decode(whole).ok();
    let from_hex = || {
        let digits = compact.trim_start_matches("\\x");
        (digits.len() >= 24 && digits.len().is_multiple_of(2)).then(|| {
            digits
                .as_bytes()
                .chunks(2)
                .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
                .collect::<Option<Vec<u8>>>()
        })?
    };
    [from_base64, from_hex()]
        .into_iter()
        .flatten()
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .find(|inner| behind_mark(inner).is_some())
}

/// Reads `r<run>-s<serial>-` behind the mark, whatever quoting a custodian has put in between.
fn origin(behind: &str) -> Option<Origin> {
    let start = behind.char_indices().take(24).find(|(i, c)| {
        *c == 'r'
            && behind[i + 1..]
                .chars()
                .take(8)
                .filter(char::is_ascii_hexdigit)
                .count()
                == 8
    })?;
    let rest = &behind[start.0 + 1..];
    let serial = rest.get(8..)?.strip_prefix("-s")?;
    let digits: String = serial.chars().take_while(char::is_ascii_digit).collect();
    serial[digits.len()..].starts_with('-').then_some(())?;
    Some(Origin {
        run: rest[..8].to_owned(),
        serial: digits.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Shape, text};
    use super::*;
    use serde_json::Value;
    use std::fmt::Write as _;

    #[test]
    fn what_languages_make_of_our_lists_and_objects_is_debris() {
        for text in [
            "map[not:a text]",
            "[not a text]",
            "not,a text",
            "{'not': 'a text'}",
            r#"["not","a text"]"#,
            "<nil>",
            "Array",
        ] {
            assert!(matches!(maker(text), Maker::Debris(_)), "{text}");
        }
        assert_eq!(maker("not a text 7"), Maker::Somebody);
        assert_eq!(maker("not a text either"), Maker::Somebody);
    }

    #[test]
    fn the_mark_survives_what_custodians_do_to_a_share() {
        let share = text("0a1b2c3d", 7, 42, Shape::Plain);
        let us = Maker::Us(Some(Origin {
            run: "0a1b2c3d".into(),
            serial: 42,
        }));
        let reserialized =
            serde_json::to_string_pretty(&serde_json::from_str::<Value>(&share).unwrap()).unwrap();
        let quoted = serde_json::to_string(&share).unwrap();
        for text in [
            share.clone(),
            share[..255].to_owned(),
            share.to_uppercase(),
            reserialized,
            serde_json::to_string(&quoted).unwrap(),
            quoted,
            share.replace('"', "&quot;"),
            STANDARD.encode(&share),
            // Its lower case is longer: positions in one are not those in the other.
            STANDARD.encode(format!("İİ{}", share.to_uppercase())),
            share.bytes().fold(String::new(), |mut all, b| {
                let _ = write!(all, "{b:02x}");
                all
            }),
        ] {
            assert_eq!(maker(&text), us, "{text}");
        }
        assert_eq!(maker(&share[..16]), Maker::Us(None));
        assert_eq!(maker(&share[..9]), Maker::Debris(Debris::Mark));
    }

    #[test]
    fn a_share_of_somebody_else_is_never_taken_for_ours() {
        for text in [
            "{\"share\":\"123\"}",
            "abc",
            "x",
            "{\"s\":1}",
            "e30=",
            "secret text of a wallet",
            "[1,2]",
            "{\"clientId\":\"a\"}",
        ] {
            assert_eq!(maker(text), Maker::Somebody, "{text}");
        }
        let word = |word: &str| Debris::Word(word.to_owned());
        for (text, debris) in [
            ("", Debris::Blank),
            ("undefined", word("undefined")),
            ("null", word("null")),
            ("[object Object]", word("[object object]")),
            ("12345", Debris::Number),
            ("true", word("true")),
            ("  ", Debris::Blank),
            ("{}", word("{}")),
            ("1e5", Debris::Number),
        ] {
            assert_eq!(maker(text), Maker::Debris(debris), "{text}");
        }
    }
}
