//! What the page's parts have in common: a status as it is shown, a text that is harmless.

use crate::render::shown::Shown;
use serde::Serialize;
use std::borrow::Cow;

/// A text of others, harmless to show.
pub(super) type Text<'a> = Cow<'a, str>;

/// A status as a word and as a mark, so that nobody needs its colour.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Sign {
    name: &'static str,
    mark: &'static str,
}

impl Sign {
    pub(super) fn of(kind: Shown) -> Self {
        let mark = match kind {
            Shown::Passed => "✓",
            Shown::Warned => "!",
            Shown::Failed => "✕",
            Shown::Tripped => "↷",
            Shown::Undecided => "?",
            Shown::Skipped => "–",
            Shown::Errored => "⊘",
        };
        Self {
            name: kind.name(),
            mark,
        }
    }
}

/// The order of the cases on the page: the most serious status first.
pub(super) const ORDER: [Shown; 7] = [
    Shown::Failed,
    Shown::Tripped,
    Shown::Errored,
    Shown::Undecided,
    Shown::Warned,
    Shown::Passed,
    Shown::Skipped,
];
