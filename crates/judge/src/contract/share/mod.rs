//! Synthetic shares: made to look like Portal's, unique within a run, and marked so that they are known
//! again after a custodian has cut, parsed, re-serialized or encoded them.

mod maker;

pub use maker::{Debris, Maker, Origin, maker};

use super::wallet::Seal;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt::Write as _;

/// The word that no real share holds and each of ours begins with.
pub const MARK: &str = "sharecheck";

/// What a synthetic share is made to look like. All are valid JSON objects without a byte-order mark,
/// U+0000 or lone surrogates, save `Nul` and `NotJson`, which a custodian may refuse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// About two kB of compact ASCII JSON, like a share of Portal's.
    #[default]
    Plain,
    /// Exactly 4 KiB.
    Size4k,
    /// Exactly 16 KiB.
    Size16k,
    /// Exactly 64 KiB, one byte more than a 16-bit length can say.
    Size64k,
    /// Exactly 1 MiB.
    Size1m,
    /// White space of every JSON kind between the tokens and inside a string.
    Spaced,
    /// White space before and after the object.
    Edges,
    /// Keys in no order, and keys that look like integers, which some languages sort.
    Keys,
    /// Escapes that a parser would resolve: `\/`, `\u0041`, surrogate pairs.
    Escapes,
    /// About 40 KiB of characters of two, three and four bytes, so that some lie across any boundary.
    Throughout,
    /// Exactly 64 KiB of such characters.
    Wide64k,
    /// The same, one byte further on: what lies between two characters there lies inside one here.
    Shifted64k,
    /// About 500 bytes of such characters: nearly all of a store's body.
    Dense,
    /// Raw characters of every plane, composed and decomposed, joiners and direction marks.
    Unicode,
    /// Integers beyond 2^53, exponents, trailing zeros, a negative zero.
    Integers,
    /// Text that templates, shells, HTML, SQL or URLs would change.
    Lookalikes,
    /// Holds U+0000, which a database may refuse: provokes a refusal.
    Nul,
    /// Carries the mark but is no JSON: provokes a refusal.
    NotJson,
    /// No share but a user's `cipherText`: base64, about 700 characters.
    Sealed,
    /// Such a text of exactly 4 KiB.
    Sealed4k,
    /// Such a text of exactly 64 KiB.
    Sealed64k,
    /// Such a text of exactly 4 MiB, more than any real one: provokes a refusal.
    Sealed4m,
}

impl Shape {
    /// Whether it is there for its size.
    pub fn is_sized(self) -> bool {
        matches!(
            self,
            Self::Size4k | Self::Size16k | Self::Size64k | Self::Size1m
        )
    }

    /// Of a sealed text how long it is at least; nothing of a share.
    fn sealed(self) -> Option<usize> {
        match self {
            Self::Sealed => Some(0),
            Self::Sealed4k => Some(4 << 10),
            Self::Sealed64k => Some(64 << 10),
            Self::Sealed4m => Some(4 << 20),
            Self::Plain
            | Self::Size4k
            | Self::Size16k
            | Self::Size64k
            | Self::Size1m
            | Self::Spaced
            | Self::Edges
            | Self::Keys
            | Self::Escapes
            | Self::Throughout
            | Self::Wide64k
            | Self::Shifted64k
            | Self::Dense
            | Self::Unicode
            | Self::Integers
            | Self::Lookalikes
            | Self::Nul
            | Self::NotJson => None,
        }
    }

    /// Whether it is there to be refused, if a custodian likes.
    pub fn provokes(self) -> bool {
        matches!(self, Self::Nul | Self::NotJson | Self::Sealed4m)
    }

    /// What it looks like, in a few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Plain => "like Portal's",
            Self::Size4k => "of 4 KiB",
            Self::Size16k => "of 16 KiB",
            Self::Size64k => "of 64 KiB",
            Self::Size1m => "of 1 MiB",
            Self::Spaced => "with white space inside",
            Self::Edges => "with white space around it",
            Self::Keys => "with unordered keys",
            Self::Escapes => "with escapes",
            Self::Throughout => "of 40 KiB in characters of several bytes",
            Self::Wide64k => "of 64 KiB in characters of several bytes",
            Self::Shifted64k => "of 64 KiB in characters of several bytes, one byte further on",
            Self::Dense => "of 500 bytes in characters of several bytes",
            Self::Unicode => "with characters of every plane",
            Self::Integers => "with large integers",
            Self::Lookalikes => "that looks like HTML, SQL and templates",
            Self::Nul => "with U+0000",
            Self::NotJson => "that is no JSON",
            Self::Sealed => "sealed",
            Self::Sealed4k => "sealed, of 4 KiB",
            Self::Sealed64k => "sealed, of 64 KiB",
            Self::Sealed4m => "sealed, of 4 MiB",
        }
    }
}

/// What the share with this number, and no other, holds.
pub fn mark(run: &str, serial: u32) -> String {
    format!("{}{serial}-", of_run(run))
}

/// What every share of a run holds, and no other.
pub fn of_run(run: &str) -> String {
    format!("r{run}-s")
}

/// The text of the share with this number. The same arguments give the same text.
pub fn text(run: &str, seed: u64, serial: u32, shape: Shape) -> String {
    let mut dice =
        fastrand::Rng::with_seed(seed ^ u64::from(serial).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let marked = format!("\"{MARK}\":\"{}\"", mark(run, serial));
    match shape.sealed() {
        Some(bytes) => Seal::new(run, seed, serial).text(bytes),
        None => shaped(&marked, &mut dice, shape),
    }
}

/// A text that stands for a share where lines are printed: of its shape and length, with its label in the place of
/// its number. What is long of it is one piece that comes again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandIn {
    /// What stands before the long part.
    pub before: String,
    /// The piece that the long part consists of.
    pub piece: &'static str,
    /// How often it comes.
    pub times: usize,
    /// What stands behind the long part.
    pub after: String,
}

impl StandIn {
    /// For the share with this label, of this shape.
    pub fn new(label: &str, shape: Shape) -> Self {
        let mark = format!("\"{MARK}\":{}", Value::from(format!("repeat {label}")));
        let mut dice = fastrand::Rng::with_seed(0);
        let bytes = text("00000000", 0, 1000, shape).len();
        match shape {
            Shape::Plain | Shape::Size4k | Shape::Size16k | Shape::Size64k | Shape::Size1m => {}
            Shape::Throughout | Shape::Wide64k | Shape::Shifted64k | Shape::Dense => {
                let before = format!("{{{mark},\"id\":\"{}\",\"text\":\"", hex(&mut dice, 24));
                let after = "\"}".to_owned();
                return Self {
                    times: (bytes - before.len() - after.len()).div_ceil(WIDE.len()),
                    before,
                    piece: WIDE,
                    after,
                };
            }
            Shape::Sealed | Shape::Sealed4k | Shape::Sealed64k | Shape::Sealed4m => {
                let before = sealed_mark(&mark);
                return Self {
                    times: bytes.saturating_sub(before.len()),
                    before,
                    piece: "A",
                    after: String::new(),
                };
            }
            Shape::Spaced
            | Shape::Edges
            | Shape::Keys
            | Shape::Escapes
            | Shape::Unicode
            | Shape::Integers
            | Shape::Lookalikes
            | Shape::Nul
            | Shape::NotJson => return Self::whole(shaped(&mark, &mut dice, shape)),
        }
        let before = format!(
            "{{{mark},\"share\":\"{}\",\"pubkey\":{{\"X\":\"{}\",\"Y\":\"{}\"}},\"parties\":[1,2],\"legacy\":false,\"proof\":\"",
            decimal(&mut dice, 9),
            decimal(&mut dice, 9),
            decimal(&mut dice, 9)
        );
        let after = "\"}".to_owned();
        Self {
            times: bytes.saturating_sub(before.len() + after.len()),
            before,
            piece: "7",
            after,
        }
    }

    /// For the share with this label, where neither its length nor its shape matters.
    pub fn short(label: &str) -> Self {
        let words = Value::from(format!("repeat {label}"));
        Self::whole(format!("{{\"{MARK}\":{words}}}"))
    }

    fn whole(text: String) -> Self {
        Self {
            before: text,
            piece: "",
            times: 0,
            after: String::new(),
        }
    }

    /// All of it.
    pub fn text(&self) -> String {
        let long = self.piece.repeat(self.times);
        format!("{}{long}{}", self.before, self.after)
    }
}

/// A character each of two, three and four bytes.
const WIDE: &str = "é漢😀";

/// A text of this shape with this mark in it.
fn shaped(mark: &str, dice: &mut fastrand::Rng, shape: Shape) -> String {
    match shape {
        Shape::Plain => plain(mark, dice),
        Shape::Size4k => sized(mark, dice, 4 << 10),
        Shape::Size16k => sized(mark, dice, 16 << 10),
        Shape::Size64k => sized(mark, dice, 64 << 10),
        Shape::Size1m => sized(mark, dice, 1 << 20),
        Shape::Spaced => format!(
            "{{{mark} ,\n\t\"id\"  :\t\"{}\",\r\n  \"points\" : [ 1,2 ,  3\t],\n\n \"note\":\" two  spaces, a tail \" }} ",
            hex(dice, 24)
        ),
        Shape::Edges => format!(" \n\t{{{mark},\"id\":\"{}\"}} \r\n", hex(dice, 24)),
        Shape::Keys => format!(
            "{{{mark},\"z\":\"{}\",\"10\":1,\"9\":2,\"01\":3,\"b\":{{\"y\":1,\"x\":2}},\"a\":null,\"\":true,\"B\":false,\"1\":[]}}",
            hex(dice, 24)
        ),
        Shape::Escapes => format!(
            "{{{mark},\"id\":\"{}\",\"path\":\"a\\/b\\\\c\",\"letter\":\"\\u0041\\u00e9\\u00E9\",\"pair\":\"\\ud83d\\ude00\",\"line\":\"\\n\\r\\t\\b\\f\\\"\",\"sep\":\"\\u2028\\u2029\"}}",
            hex(dice, 24)
        ),
        Shape::Throughout => wide(mark, dice, &WIDE.repeat(4600)),
        Shape::Dense => wide(mark, dice, &WIDE.repeat(50)),
        Shape::Wide64k => placed(mark, dice, 0),
        Shape::Shifted64k => placed(mark, dice, 1),
        Shape::Unicode => format!(
            "{{{mark},\"id\":\"{}\",\"composed\":\"é\u{212b}ﬁ\",\"decomposed\":\"e\u{301}A\u{30a}\",\"planes\":\"ß漢字ไทย😀𝒳\u{10ffff}\u{20000}\",\"joined\":\"👩‍👩‍👧‍👦\u{200d}\u{fe0f}\",\"marks\":\"\u{202e}\u{2028}\u{2029}\u{a0}\u{3000}\",\"dotted\":\"İıſK\"}}",
            hex(dice, 24)
        ),
        Shape::Integers => format!(
            "{{{mark},\"beyond\":9007199254740993,\"huge\":{},\"negative\":-9223372036854775809,\"float\":1.10,\"exponent\":1E5,\"tiny\":1e-300,\"zero\":-0,\"whole\":1.0}}",
            (0..150)
                .map(|i| char::from(b'1' + u8::from(i > 0) * dice.u8(0..8)))
                .collect::<String>()
        ),
        Shape::Lookalikes => format!(
            "{{{mark},\"id\":\"{}\",\"html\":\"<b>&amp;&lt;</b><script>1</script>\",\"sql\":\"'; -- ''\",\"format\":\"%s %d %% %41\",\"template\":\"${{x}} {{{{y}}}} #{{z}} $1\",\"plus\":\"a+b%20c\",\"dollar\":\"$$ $& \\\\0\"}}",
            hex(dice, 24)
        ),
        Shape::Nul => format!("{{{mark},\"id\":\"{}\",\"nul\":\"\0\"}}", hex(dice, 24)),
        Shape::NotJson => format!("{{{mark},\"id\":\"{}\",", hex(dice, 24)),
        Shape::Sealed | Shape::Sealed4k | Shape::Sealed64k | Shape::Sealed4m => sealed_mark(mark),
    }
}

/// A mark as a sealed text begins with it: base64, whole by itself.
fn sealed_mark(mark: &str) -> String {
    let width = mark.len().next_multiple_of(3);
    STANDARD.encode(format!("{mark:<width$}"))
}

/// The text with which `--tombstone` overwrites what a run stored: a valid share that says so.
pub fn tombstone(run: &str) -> String {
    format!(
        "{{\"{MARK}\":\"r{run}-tombstone-\",\"note\":\"left by a conformance run; holds no key material\"}}"
    )
}

fn hex(dice: &mut fastrand::Rng, digits: usize) -> String {
    (0..digits)
        .map(|_| char::from(b"0123456789abcdef"[dice.usize(0..16)]))
        .collect()
}

fn decimal(dice: &mut fastrand::Rng, digits: usize) -> String {
    (0..digits)
        .map(|i| {
            char::from(if i == 0 {
                b'1' + dice.u8(0..9)
            } else {
                b'0' + dice.u8(0..10)
            })
        })
        .collect()
}

/// An object of two dozen keys with 2,048-bit integers, as by the contract's description of a share.
fn plain(mark: &str, dice: &mut fastrand::Rng) -> String {
    let mut text = format!("{{{mark}");
    for key in [
        "clientId",
        "backupSharePairId",
        "id",
        "ssid",
        "rid",
        "chainCode",
        "epoch",
        "partyId",
    ] {
        let _ = write!(text, ",\"{key}\":\"{}\"", hex(dice, 32));
    }
    for key in ["share", "bks", "p", "q", "y"] {
        let _ = write!(text, ",\"{key}\":\"{}\"", decimal(dice, 77));
    }
    let _ = write!(text, ",\"paillierN\":\"{}\"", decimal(dice, 617));
    for key in ["pubkey", "partialPubkey1", "partialPubkey2", "commitment"] {
        let _ = write!(
            text,
            ",\"{key}\":{{\"X\":\"{}\",\"Y\":\"{}\"}}",
            decimal(dice, 77),
            decimal(dice, 77)
        );
    }
    text.push_str(",\"threshold\":1,\"parties\":[1,2],\"curve\":\"secp256k1\",\"version\":\"v6\",\"legacy\":false}");
    text
}

fn sized(mark: &str, dice: &mut fastrand::Rng, bytes: usize) -> String {
    let mut text = plain(mark, dice);
    text.pop();
    text.push_str(",\"proof\":\"");
    while text.len() + 2 < bytes {
        let room = bytes - 2 - text.len();
        text.push_str(&hex(dice, room.min(64)));
    }
    text.push_str("\"}");
    text
}

/// A share that is little else than this text.
fn wide(mark: &str, dice: &mut fastrand::Rng, text: &str) -> String {
    format!(
        "{{{mark},\"id\":\"{}\",\"text\":\"{text}\"}}",
        hex(dice, 24)
    )
}

/// Exactly 64 KiB of wide characters, the first of them so many bytes behind a multiple of a piece's length: the edges of
/// its characters do not depend on the mark.
fn placed(mark: &str, dice: &mut fastrand::Rng, shift: usize) -> String {
    const BYTES: usize = 64 << 10;
    let around = wide(mark, &mut dice.clone(), "").len();
    let start = around - "\"}".len();
    let lead = (WIDE.len() + shift - start % WIDE.len()) % WIDE.len();
    let room = BYTES - around - lead;
    let text = [
        "x".repeat(lead),
        WIDE.repeat(room / WIDE.len()),
        "x".repeat(room % WIDE.len()),
    ];
    wide(mark, dice, &text.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALID: [Shape; 16] = [
        Shape::Throughout,
        Shape::Wide64k,
        Shape::Shifted64k,
        Shape::Dense,
        Shape::Plain,
        Shape::Size4k,
        Shape::Size16k,
        Shape::Size64k,
        Shape::Size1m,
        Shape::Spaced,
        Shape::Edges,
        Shape::Keys,
        Shape::Escapes,
        Shape::Unicode,
        Shape::Integers,
        Shape::Lookalikes,
    ];

    #[test]
    fn every_shape_but_the_provoking_ones_is_a_json_object_without_hostile_characters() {
        for shape in VALID {
            let text = text("0a1b2c3d", 7, 12, shape);
            assert!(
                serde_json::from_str::<serde_json::Map<_, _>>(&text).is_ok(),
                "{shape:?}: {text}"
            );
            assert!(
                !text.contains('\0') && !text.contains('\u{feff}') && !text.contains("\\u0000")
            );
        }
        assert!(serde_json::from_str::<Value>(&text("0a1b2c3d", 7, 12, Shape::NotJson)).is_err());
    }

    #[test]
    fn sizes_are_exact() {
        for (shape, bytes) in [
            (Shape::Size4k, 4096),
            (Shape::Size16k, 16384),
            (Shape::Size64k, 65536),
            (Shape::Wide64k, 65536),
            (Shape::Shifted64k, 65536),
            (Shape::Size1m, 1 << 20),
        ] {
            assert_eq!(text("0a1b2c3d", 1, 2, shape).len(), bytes);
        }
    }

    #[test]
    fn every_offset_of_64_kib_lies_inside_a_character_of_one_of_two_shares() {
        for (even, odd) in [(9, 10), (99, 100), (4242, 7)] {
            let even = text("0a1b2c3d", 1, even, Shape::Wide64k);
            let odd = text("0a1b2c3d", 1, odd, Shape::Shifted64k);
            for at in 128..65_520 {
                let inside = !even.is_char_boundary(at) || !odd.is_char_boundary(at);
                assert!(inside, "{at}");
            }
        }
    }

    #[test]
    fn a_stand_in_is_as_long_and_of_the_shape_of_what_it_stands_for_and_known_as_ours() {
        for shape in [&VALID[..], &[Shape::Nul, Shape::NotJson]].concat() {
            let real = text("0a1b2c3d", 1, 1000, shape);
            let stand_in = StandIn::new("old", shape);
            let text = stand_in.text();
            assert_eq!(maker(&text), Maker::Us(None), "{shape:?}");
            assert!(text.len().abs_diff(real.len()) < 20, "{shape:?}: {text}");
            assert!(!shape.is_sized() || text.len() == real.len(), "{shape:?}");
            let json = |text: &str| serde_json::from_str::<Value>(text).is_ok();
            assert_eq!(json(&text), json(&real), "{shape:?}: {text}");
            let printed = stand_in.before.len() + stand_in.after.len();
            assert!(printed < 700, "{shape:?} takes {printed} bytes to print");
        }
        let short = StandIn::short("a \"b\"").text();
        assert_eq!(short, r#"{"sharecheck":"repeat a \"b\""}"#);
        assert_eq!(maker(&short), Maker::Us(None));
    }
}
