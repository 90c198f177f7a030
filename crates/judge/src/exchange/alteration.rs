//! How a share changes in a custodian's hands.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a share that came back differs from the one that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Alteration {
    /// Cut after so many bytes.
    Cut(usize),
    /// The same but for the white space around it, which is gone.
    Trimmed {
        /// At its start.
        start: bool,
        /// At its end.
        end: bool,
    },
    /// The same but for white space.
    WhiteSpace,
    /// The same JSON, written otherwise.
    Reserialized,
    /// It came as a JSON object, not as text.
    Parsed,
    /// U+FFFD stands where other characters were, first at the byte with this index.
    Replaced(usize),
    /// U+FFFD stands where every character beyond ASCII was.
    AllReplaced,
    /// Different from the byte with this index on.
    From(usize),
}

impl Alteration {
    /// The code of a finding about it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Cut(_) => "cut",
            Self::Trimmed { .. } | Self::WhiteSpace => "white-space",
            Self::Reserialized | Self::Parsed => "reserialized",
            Self::Replaced(_) | Self::AllReplaced => "replacement-character",
            Self::From(_) => "altered",
        }
    }
}

impl std::fmt::Display for Alteration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cut(bytes) => write!(f, "cut after {bytes} bytes"),
            Self::Trimmed { start, end } => f.write_str(match (start, end) {
                (true, false) => "the blank at its start is gone",
                (false, _) => "the blank at its end is gone",
                (true, true) => "the blanks at its start and end are gone",
            }),
            Self::WhiteSpace => f.write_str("its white space changed"),
            Self::Reserialized => f.write_str("parsed and written anew"),
            Self::Parsed => f.write_str("returned as JSON, not as text"),
            Self::Replaced(byte) => {
                write!(
                    f,
                    "U+FFFD where another character was, first at byte {byte}"
                )
            }
            Self::AllReplaced => f.write_str("U+FFFD where any character beyond ASCII was"),
            Self::From(byte) => write!(f, "different from byte {byte} on"),
        }
    }
}

/// What decoders put in the place of bytes that are no character.
const REPLACEMENT: char = '\u{fffd}';

/// How a text that came differs from the one that was sent; nothing where it does not.
pub(super) fn alteration(sent: &str, came: &str) -> Option<Alteration> {
    if sent == came {
        return None;
    }
    let bare = |text: &str| {
        text.chars()
            .filter(|c| !c.is_whitespace())
            .collect::<String>()
    };
    let first_difference = sent
        .bytes()
        .zip(came.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    let came_value = serde_json::from_str::<serde_json::Value>(came).ok();
    // Half of a character at the end is no more than its cut.
    let whole = came.trim_end_matches(REPLACEMENT);
    // Half of white space may be left.
    let (start, end) = (
        sent.len() - sent.trim_start().len() > came.len() - came.trim_start().len(),
        sent.len() - sent.trim_end().len() > came.len() - came.trim_end().len(),
    );
    Some(if sent.trim() == came.trim() && (start || end) {
        Alteration::Trimmed { start, end }
    } else if sent.starts_with(whole) && whole.len() < sent.len() {
        Alteration::Cut(whole.len())
    } else if let Some(at) = came
        .find(REPLACEMENT)
        .filter(|_| !sent.contains(REPLACEMENT))
    {
        let beyond = |c: char| !c.is_ascii() && c != REPLACEMENT;
        if came.contains(beyond) {
            Alteration::Replaced(at)
        } else {
            Alteration::AllReplaced
        }
    } else if bare(sent) == bare(came) {
        Alteration::WhiteSpace
    } else if came_value.is_some() && came_value == serde_json::from_str(sent).ok() {
        Alteration::Reserialized
    } else {
        Alteration::From(first_difference)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_that_are_gone_are_no_cut() {
        let trimmed = |start, end| Some(Alteration::Trimmed { start, end });
        assert_eq!(alteration("{1} ", "{1}"), trimmed(false, true));
        assert_eq!(alteration(" {1}\n", "{1}"), trimmed(true, true));
        assert_eq!(alteration("  {1}", " {1}"), trimmed(true, false));
        assert_eq!(alteration("{1}", "{1} "), Some(Alteration::WhiteSpace));
        assert_eq!(alteration("{1} ", "{1"), Some(Alteration::Cut(2)));
    }
}
