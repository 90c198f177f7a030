//! What was seen, as findings.

use crate::check::status::outcome;
use crate::exchange::{Exchange, Found, Reply, Trouble};
use crate::model::effect::Effect;
use crate::model::finding::Finding;
use crate::model::history::{Departed, Departure};
use std::collections::BTreeMap;

/// What is said of an exchange that tells nothing.
pub(super) fn tells_nothing(exchange: &Exchange) -> &'static str {
    match &exchange.outcome {
        Ok(_) => "something counts requests: send more slowly, --rate-limit 5/s",
        Err(Trouble::Timeout) => "gave up before the contract's 10 s (--max-time)",
        Err(Trouble::Died) => "the custodian's process ended meanwhile",
        Err(_) => {
            "the custodian was not reached, or a used connection was closed under the request"
        }
    }
}

/// A finding about an answer as such.
pub(super) fn finding(
    code: &'static str,
    message: &str,
    expected: &str,
    at: usize,
    exchange: &Exchange,
) -> Finding {
    Finding {
        code,
        message: message.to_owned(),
        expected: expected.to_owned(),
        observed: outcome(exchange),
        subject: None,
        exchange: Some(at),
    }
}

/// An answer with shares, and what it may hold.
pub(super) struct SeenBy<'a> {
    /// The exchange's index.
    pub(super) at: usize,
    reply: &'a Reply,
    expected: &'a str,
}

/// An answer with shares, and what it may hold.
pub(super) fn seen_by<'a>(at: usize, reply: &'a Reply, expected: &'a str) -> SeenBy<'a> {
    SeenBy {
        at,
        reply,
        expected,
    }
}

impl SeenBy<'_> {
    /// A finding about the shares in the answer.
    pub(super) fn finding(&self, code: &'static str, message: &str) -> Finding {
        let reading = &self.reply.reading;
        let mut names: Vec<String> = labels_in(&reading.found);
        let mut others = BTreeMap::new();
        for found in &reading.found {
            let name = match found {
                Found::Share { .. } | Found::Leftover => continue,
                Found::Elsewhere(_) => "a share of another client".to_owned(),
                Found::Ours => "a share of ours that cannot be placed".to_owned(),
                Found::Debris(what) => what.to_string(),
                Found::Foreign(bytes) => format!("an unknown text of {bytes} bytes"),
            };
            *others.entry(name).or_insert(0_usize) += 1;
        }
        names.extend(others.into_iter().take(3).map(|(name, count)| {
            if count == 1 {
                name
            } else {
                format!("{count} × {name}")
            }
        }));
        if reading.more > 0 {
            names.push(format!("{} more", reading.more));
        }
        let status = match self.reply.status {
            200 => String::new(),
            status => format!("{status}: "),
        };
        Finding {
            code,
            message: message.to_owned(),
            expected: self.expected.to_owned(),
            observed: format!("{status}{}", list(&names)),
            subject: None,
            exchange: Some(self.at),
        }
    }
}

/// The labels of the shares among what was found.
pub(super) fn labels_in(found: &[Found]) -> Vec<String> {
    let labels = found.iter().filter_map(|item| match item {
        Found::Share { label, .. } => Some(label.clone()),
        Found::Leftover
        | Found::Elsewhere(_)
        | Found::Ours
        | Found::Debris(_)
        | Found::Foreign(_) => None,
    });
    labels.collect()
}

/// Labels, for people.
pub(super) fn list(labels: &[String]) -> String {
    if labels.is_empty() {
        "no share".to_owned()
    } else {
        labels.join(" + ")
    }
}

/// A code and a sentence for a share that departs from what its slot may hold; `overlapped` where a store into the
/// slot was under way.
pub(super) fn describe(
    effect: Effect,
    departed: &Departed,
    overlapped: bool,
) -> (&'static str, String) {
    let Departed { label, slot, how } = departed;
    let under = slot
        .as_ref()
        .map(|slot| format!(" under {slot}"))
        .unwrap_or_default();
    let place = slot.as_ref().map_or_else(
        || "the share".to_owned(),
        |slot| format!("the share under {slot}"),
    );
    match effect {
        Effect::Lost | Effect::Gone if overlapped => {
            ("gap", format!("while it is replaced, {place} is not there"))
        }
        Effect::Doubled if overlapped => (
            "both-shown",
            format!("while {place} is replaced, two are there"),
        ),
        Effect::Stale if overlapped => (
            "stale",
            format!("an older share comes back after {label}{under} was acknowledged"),
        ),
        Effect::Lost => (
            "lost",
            format!("the share {label}{under} does not come back"),
        ),
        Effect::Gone => (
            "gone",
            format!("the share {label}{under} was there, and does not come back any more"),
        ),
        Effect::Stale => (
            "not-replaced",
            format!("an older share comes back in the place of {label}{under}"),
        ),
        Effect::Unrecognisable => (
            "unrecognisable",
            format!("the share {label}{under} comes back so changed that it is not known again"),
        ),
        Effect::Doubled if *how == Departure::Twice => (
            "duplicate",
            format!("the share {label}{under} comes back more often than it is kept"),
        ),
        Effect::Doubled => (
            "two-kept",
            format!("the share {label}{under} comes back beside the one that took its place"),
        ),
        Effect::Revived => (
            "refused-but-kept",
            format!("the share {label} comes back though its store was not acknowledged"),
        ),
        Effect::StoreRedirected
        | Effect::StoreRefused
        | Effect::StoreFailed
        | Effect::StoreUnanswered
        | Effect::FetchRedirected
        | Effect::FetchFailed
        | Effect::FetchEmpty
        | Effect::Shapeless
        | Effect::Unexpected
        | Effect::Debris
        | Effect::OthersShare
        | Effect::UnknownText
        | Effect::Acknowledged
        | Effect::ShareReturned
        | Effect::Died
        | Effect::UserRefused
        | Effect::UserLost
        | Effect::UserStale
        | Effect::UserSwapped
        | Effect::UserAltered
        | Effect::UserGivenAway
        | Effect::UserDebris
        | Effect::Parted
        | Effect::Untold
        | Effect::Mistold
        | Effect::ToldEarly
        | Effect::ToldInVain
        | Effect::ToldV1
        | Effect::DownHidden => (
            "not-as-expected",
            "the fetch brings other shares than it must".to_owned(),
        ),
    }
}
