//! What a custodian was being sent when it stopped answering: what it may have died of. Pure.

use crate::exchange::Trouble;
use crate::model::cause::{Advice, Cause};
use crate::model::log::Ended;
use crate::model::transcript::Transcript;
use std::collections::BTreeSet;

/// So long before it was found gone a request may have been given up of which it died; in microseconds.
const SHORTLY_US: u64 = 1_000_000;

/// An answer that was read so long after that had come before.
const LATE_US: u64 = 50_000;

/// A longer body may be too much for a custodian.
const LARGE: usize = 32 << 10;

/// So many of the last requests are named.
const SUSPECTS: usize = 3;

/// Says so where a custodian answered, and then was gone and did not come back.
pub(super) fn gone(transcripts: &[Transcript], ended: &Ended) -> Option<Advice> {
    let died = Cause::Trouble(Trouble::Died);
    let never_back = ended.broken_off.as_ref() == Some(&died);
    let (mut answered, mut last, mut fell) = (0_usize, 0, 0);
    let mut closed = Vec::new();
    for transcript in transcripts {
        for exchange in transcript.opening.iter().chain(&transcript.exchanges) {
            let like_portals = transcript
                .request(exchange)
                .is_none_or(|it| it.is_plain_store() || it.is_plain_fetch());
            let harmless = like_portals && exchange.sent.bytes < LARGE;
            if never_back && exchange.outcome == Err(Trouble::Died) {
                fell = fell.max(exchange.ended_us);
            }
            match &exchange.outcome {
                Ok(_) => {
                    answered += 1;
                    last = last.max(exchange.ended_us);
                }
                Err(trouble) if trouble.is_unreachable() => fell = fell.max(exchange.ended_us),
                Err(Trouble::Closed | Trouble::Died) if !harmless => {
                    closed.push((exchange, &transcript.trial.id));
                }
                Err(_) => {}
            }
        }
    }
    if answered == 0 || fell == 0 || last > fell.saturating_add(LATE_US) {
        return None;
    }
    closed.retain(|(it, _)| it.ended_us >= last.saturating_sub(SHORTLY_US));
    // What was sent after the first of them was given up met nobody.
    let first = closed.iter().map(|(it, _)| it.ended_us).min();
    closed.retain(|(it, _)| Some(it.started_us) <= first);
    // Most die of a body that is no JSON; else of what came last.
    closed.sort_by_key(|(it, _)| {
        let reads = serde_json::from_str::<serde::de::IgnoredAny>(&it.sent.body).is_ok();
        (reads, std::cmp::Reverse(it.started_us))
    });
    closed.truncate(SUSPECTS);
    let cases: BTreeSet<&str> = closed.iter().map(|(_, id)| id.as_str()).collect();
    let then = if cases.is_empty() {
        "add --jobs 1 to see which request it dies of".to_owned()
    } else {
        let suspects = closed
            .iter()
            .map(|(it, id)| format!("{id} (the body {})", it.sent.body));
        format!(
            "it may have died of {}; add --skip {} to see the rest",
            suspects.collect::<Vec<_>>().join(" or "),
            cases.into_iter().collect::<Vec<_>>().join(" --skip ")
        )
    };
    Some(Advice {
        cause: format!("the custodian answered {answered} requests, and is gone since"),
        next: format!("look into the custodian's log, and start it again; {then}"),
    })
}
