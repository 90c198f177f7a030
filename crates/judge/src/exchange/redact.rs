//! Takes secrets out of text, in every spelling that servers are known to echo them in.

use super::strangers::Strangers;
use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::fmt::Write as _;
use std::ops::Range;

/// Knows the secrets of a run and replaces them by `‹secret›`. Its `Debug` shows none of them.
#[derive(Default)]
pub struct Redactor {
    /// Finds every spelling of a secret.
    any: Option<AhoCorasick>,
    /// Finds those of secrets long enough not to be met by chance.
    telling: Option<AhoCorasick>,
    strangers: Strangers,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let count = self.any.as_ref().map_or(0, AhoCorasick::patterns_len);
        write!(f, "Redactor({count} spellings)")
    }
}

/// The inner base64 of a secret that is shorter than this would also match ordinary words.
const SHORTEST_ENCODED: usize = 6;

/// A secret shorter than this may stand in an answer by chance.
const SHORTEST_TELLING: usize = 10;

impl Redactor {
    /// For these secrets; empty ones count for nothing.
    ///
    /// # Panics
    ///
    /// If no searcher can be built, which takes gigabytes of secrets.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let secrets: Vec<&str> = secrets
            .into_iter()
            .filter(|secret| !secret.is_empty())
            .collect();
        let finder = |secrets: &[&str]| {
            let mut all: Vec<String> = secrets.iter().flat_map(|it| spellings(it)).collect();
            // Most spellings of most tokens are alike, and a run may know a hundred tokens.
            all.sort_unstable();
            all.dedup();
            let mut builder = AhoCorasick::builder();
            let finder = builder.ascii_case_insensitive(true).build(&all);
            // Without it secrets would be shown: better no run at all.
            let finder = finder.expect("some hundred short texts fit into a searcher");
            (!all.is_empty()).then_some(finder)
        };
        let long: Vec<&str> = secrets
            .iter()
            .copied()
            .filter(|secret| secret.len() >= SHORTEST_TELLING)
            .collect();
        Self {
            any: finder(&secrets),
            telling: finder(&long),
            strangers: Strangers::default(),
        }
    }

    /// The same, telling `strangers` of every share of somebody's that it meets.
    #[must_use]
    pub fn telling(self, strangers: &Strangers) -> Self {
        Self {
            strangers: strangers.clone(),
            ..self
        }
    }

    /// The shares of somebody's that were met.
    pub fn strangers(&self) -> &Strangers {
        &self.strangers
    }

    /// Whether a text, or what bytes there are of one, shows a secret. A short one, such as `test`, is redacted but not told:
    /// any text may hold it.
    pub fn leaks(&self, text: impl AsRef<[u8]>) -> bool {
        let text = text.as_ref();
        self.telling.as_ref().is_some_and(|it| it.is_match(text))
    }

    /// The text without secrets, cut to so many characters.
    pub fn text(&self, text: &str, most: usize) -> String {
        // Cut last: a secret at the place of the cut must be replaced before.
        shorten(&self.whole(text), most)
    }

    /// The text without secrets, uncut.
    pub fn whole(&self, text: &str) -> String {
        let Some(any) = &self.any else {
            return text.to_owned();
        };
        // One spelling may reach into another: what they cover together goes.
        let mut covered: Vec<Range<usize>> = Vec::new();
        let mut all: Vec<_> = any
            .find_overlapping_iter(text)
            .map(|it| it.range())
            .collect();
        all.sort_by_key(|it| it.start);
        for found in all {
            match covered.last_mut() {
                Some(last) if found.start < last.end => last.end = last.end.max(found.end),
                _ => covered.push(found),
            }
        }
        let mut out = String::with_capacity(text.len());
        let mut last = 0;
        for found in covered {
            out.push_str(&text[last..found.start]);
            out.push_str("‹secret›");
            last = found.end;
        }
        out.push_str(&text[last..]);
        out
    }
}

/// Cuts a text to so many characters and says how many were left out.
pub(super) fn shorten(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}‹{} more bytes›", &text[..at], text.len() - at),
        None => text.to_owned(),
    }
}

/// A text as the report for browsers has it.
pub(super) fn in_page(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#x27;")
        .replace('/', "&#x2f;")
}

fn spellings(secret: &str) -> Vec<String> {
    let json = serde_json::to_string(secret).unwrap_or_default();
    let percent: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let percent_all = secret.bytes().fold(String::new(), |mut all, byte| {
        let _ = write!(all, "%{byte:02x}");
        all
    });
    let hex = secret.bytes().fold(String::new(), |mut all, byte| {
        let _ = write!(all, "{byte:02x}");
        all
    });
    let html = secret
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;");
    let reversed: String = secret.chars().rev().collect();
    let mut all = vec![
        secret.to_owned(),
        json.trim_matches('"').to_owned(),
        percent.replace('+', "%20"),
        percent,
        percent_all,
        html.replace('\'', "&#39;"),
        in_page(secret),
        html,
        reversed,
    ];
    if hex.len() >= SHORTEST_ENCODED {
        all.push(hex);
    }
    all.extend(base64_cores(secret));
    all.into_iter()
        .filter(|spelling| !spelling.is_empty())
        .collect()
}

/// The part of the secret's base64 that is the same whatever stands before and after it.
fn base64_cores(secret: &str) -> Vec<String> {
    (0..3)
        .flat_map(|before| {
            let padded = [vec![0; before], secret.as_bytes().to_vec()].concat();
            let encoded = STANDARD_NO_PAD.encode(&padded);
            let start = [0, 2, 3][before];
            let end = if padded.len() % 3 == 0 {
                encoded.len()
            } else {
                encoded.len() - 1
            };
            let core = encoded.get(start..end).unwrap_or_default().to_owned();
            [core.replace('+', "-").replace('/', "_"), core]
        })
        .filter(|core| core.len() >= SHORTEST_ENCODED)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};

    #[test]
    fn every_spelling_of_a_secret_goes() {
        let secret = "s3cr&t-\"Öl\"+/42";
        let redactor = Redactor::new([secret]);
        for text in [
            format!("before {secret} behind"),
            secret.to_uppercase(),
            serde_json::to_string(&format!("x{secret}")).unwrap(),
            url::form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
            STANDARD.encode(format!("X-Webhook-Secret: {secret}\r\n")),
            URL_SAFE.encode(format!("ab{secret}")),
            STANDARD.encode(format!("a{secret}bc")),
        ] {
            assert!(redactor.leaks(&text), "{text}");
            let clean = redactor.whole(&text);
            assert!(
                clean.contains("‹secret›") && !redactor.leaks(&clean),
                "{clean}"
            );
        }
    }

    #[test]
    fn a_cut_never_halves_a_secret() {
        let redactor = Redactor::new(["0123456789"]);
        assert_eq!(
            redactor.text("abcdef0123456789", 9),
            "abcdef‹se‹7 more bytes›"
        );
    }

    #[test]
    fn debug_shows_nothing() {
        assert!(!format!("{:?}", Redactor::new(["hunter2"])).contains("hunter2"));
    }
}
