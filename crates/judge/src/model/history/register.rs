//! One slot as an atomic register: which values a fetch may show, by the stores that were sent.

use super::{Span, Taken, Value};
use std::collections::BTreeSet;

/// A store.
#[derive(Clone, Debug)]
pub(super) struct Write {
    pub(super) label: String,
    pub(super) span: Span,
    pub(super) taken: Taken,
}

/// What one slot may hold, and what was stored into it.
#[derive(Clone, Debug)]
pub(super) struct Register {
    /// What it may hold from before the writes.
    pub(super) may: BTreeSet<Value>,
    pub(super) writes: Vec<Write>,
    /// Whether a fetch has shown the present value.
    pub(super) seen: bool,
    /// Since when the present value is there, or was last seen.
    pub(super) since_us: u64,
    /// When the last fetch was sent that showed it.
    pub(super) shown_us: Option<u64>,
}

/// One that nothing was ever stored in.
impl Default for Register {
    fn default() -> Self {
        Self {
            may: BTreeSet::from([None]),
            writes: Vec::new(),
            seen: false,
            since_us: 0,
            shown_us: None,
        }
    }
}

impl Register {
    /// What a fetch of this time may show.
    pub(super) fn admissible(&self, fetch: Span) -> BTreeSet<Value> {
        let sure = |write: &&Write| write.taken == Taken::Acknowledged;
        let over = |write: &&Write| write.span.is_before(fetch);
        let settled: Vec<&Write> = self.writes.iter().filter(sure).filter(over).collect();
        let mut values: BTreeSet<Value> = BTreeSet::new();
        if settled.is_empty() {
            values.extend(self.may.iter().cloned());
        }
        for write in &self.writes {
            let begun = write.span.from_us <= fetch.to_us;
            let replaced = settled.iter().any(|other| write.span.is_before(other.span));
            // Of stores at once one that was acknowledged must stay: one that failed beside it need not.
            let outdone = write.taken == Taken::Failed
                && settled
                    .iter()
                    .any(|other| !other.span.is_before(write.span));
            if begun && !replaced && !outdone {
                values.insert(Some(write.label.clone()));
            }
        }
        values
    }

    pub(super) fn knows(&self, label: &str) -> bool {
        let is = |value: &Value| value.as_deref() == Some(label);
        self.may.iter().any(is) || self.writes.iter().any(|write| write.label == label)
    }
}
