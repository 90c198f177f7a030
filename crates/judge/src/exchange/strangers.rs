//! Shares of somebody's that came back in answers: a piece of each is kept in memory, so that what a run writes can
//! be looked through for them, and is itself written nowhere.

use super::redact::in_page;
use std::sync::{Arc, Mutex, PoisonError};

/// A text shorter than this may stand in a report by chance.
const SHORTEST: usize = 32;

/// The length of the piece that is kept, in characters.
const PIECE: usize = 48;

/// How many pieces are kept: enough to tell that something is wrong.
const MOST: usize = 256;

/// Pieces of texts that this tool did not make. Clones share what they know; its `Debug` shows none of it.
#[derive(Clone, Default)]
pub struct Strangers(Arc<Mutex<Vec<String>>>);

impl std::fmt::Debug for Strangers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Strangers({} pieces)", self.pieces().len())
    }
}

impl Strangers {
    /// Remembers a piece of a text, as it is, as JSON writes it, and as an HTML page writes both.
    pub fn remember(&self, text: &str) {
        let Some(piece) = middle(text) else { return };
        let json = serde_json::to_string(&piece).unwrap_or_default();
        let escaped = json.trim_matches('"').to_owned();
        let mut pieces = self.pieces();
        let pages = [in_page(&piece), in_page(&escaped)];
        for spelling in [piece, escaped].into_iter().chain(pages) {
            if pieces.len() < MOST && !pieces.contains(&spelling) {
                pieces.push(spelling);
            }
        }
    }

    /// Whether a text holds one of them.
    pub fn shown_in(&self, text: &str) -> bool {
        self.pieces().iter().any(|piece| text.contains(piece))
    }

    fn pieces(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The middle of a text that is long enough: its ends are often those of every share.
pub(super) fn middle(text: &str) -> Option<String> {
    let length = text.chars().count();
    (length >= SHORTEST).then(|| {
        let before = length.saturating_sub(PIECE) / 2;
        text.chars().skip(before).take(PIECE).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_known_again_as_it_is_and_as_json_and_pages_write_it() {
        let strangers = Strangers::default();
        let share = format!(r#"{{"n":"{}"}}"#, "1234567890".repeat(9));
        strangers.remember(&share);
        strangers.remember(r#"{"a":"\"quoted\" and much more of it"}"#);
        assert!(strangers.shown_in(&format!("before {share} behind")));
        let quoted = serde_json::json!({ "x": r#"{"a":"\"quoted\" and much more of it"}"# });
        assert!(strangers.shown_in(&quoted.to_string()));
        let page = |value: &str| format!("{}", minijinja::HtmlEscape(value));
        assert!(strangers.shown_in(&page(&quoted.to_string())));
        assert!(strangers.shown_in(&page(r#"{"a":"\"quoted\" and much more of it"}"#)));
        assert!(!strangers.shown_in("before ‹90 bytes› behind"));
        assert!(!format!("{strangers:?}").contains("1234"));
    }

    #[test]
    fn what_any_report_may_hold_is_not_kept() {
        let strangers = Strangers::default();
        strangers.remember("not found");
        assert!(!strangers.shown_in("404 not found"));
    }
}
