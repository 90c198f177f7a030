//! Notices when a custodian gives nearly nothing but one wrong answer: from the beginning, or from some moment on.

use super::lock;
use crate::exchange::{Exchange, Trouble};
use crate::model::cause::Cause;
use crate::model::quota::Quota;
use std::collections::HashMap;
use std::sync::Mutex;

/// Counts the outcomes of well-formed requests.
#[derive(Debug)]
pub(super) struct Breaker {
    /// How many requests the run sends, so far as it is planned.
    planned: usize,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    good: usize,
    bad: HashMap<Cause, usize>,
    /// The cause of the last answers, and how many they are.
    lately: Option<(Cause, usize)>,
}

impl Breaker {
    /// Of a run of so many requests.
    pub(super) fn new(planned: usize) -> Self {
        Self {
            planned,
            counts: Mutex::default(),
        }
    }

    /// What to stop for at once: a limit that the run cannot keep within.
    pub(super) fn limit(&self, exchange: &Exchange) -> Option<Cause> {
        let refused = exchange.reply().filter(|reply| reply.status == 429)?;
        let quota = Quota::of(&refused.headers)?;
        Some(Cause::Quota(quota, self.planned))
    }

    /// Counts a well-formed request's outcome; says what to stop for.
    /// Connections that are closed at once while others are served say only that there were too many: `crowded`.
    pub(super) fn count(&self, exchange: &Exchange, crowded: bool) -> Option<Cause> {
        let mut counts = lock(&self.counts);
        let most = match &exchange.outcome {
            Ok(reply) if reply.is_success() && Cause::of(&exchange.outcome).is_none() => {
                counts.good += 1;
                counts.lately = None;
                return None;
            }
            Ok(_) => 60,
            Err(Trouble::Closed) if crowded => return None,
            Err(Trouble::Timeout) => 8,
            Err(_) => 30,
        };
        let cause = Cause::of(&exchange.outcome)?;
        let bad = counts.bad.entry(cause.clone()).or_default();
        *bad += 1;
        let bad = *bad;
        let lately = match counts.lately.take() {
            Some((last, times)) if last == cause => times + 1,
            Some(_) | None => 1,
        };
        counts.lately = Some((cause.clone(), lately));
        let always = bad >= most && counts.good * 20 <= bad;
        let in_between = cause.is_in_between() || exchange.outcome.is_err();
        let since = lately >= most && cause.is_in_between();
        (always && in_between || since).then_some(cause)
    }
}
