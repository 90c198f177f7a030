//! The deadline: every request is answered, whole, within ten seconds.

use crate::check::each;
use crate::contract::DEADLINE_MS;
use crate::exchange::Trouble;
use crate::model::finding::{Finding, Verdict};
use crate::model::transcript::Transcript;

/// `endpoint.deadline`.
pub fn kept(transcript: &Transcript) -> Verdict {
    let all = transcript
        .opening
        .iter()
        .chain(&transcript.exchanges)
        .enumerate()
        .filter(|(_, it)| !it.sent.webhook.is_own());
    let verdict = each(all, "nothing was sent", |(index, exchange)| {
        let waited_ms = exchange.elapsed_us() / 1000;
        let timed_out =
            exchange.outcome == Err(Trouble::Timeout) && transcript.max_time_ms >= DEADLINE_MS;
        (timed_out || waited_ms > DEADLINE_MS).then(|| Finding {
            code: "too-late",
            message: format!(
                "{} was not answered within the deadline",
                exchange.sent.line()
            ),
            expected: "a whole answer within 10 s".to_owned(),
            observed: match &exchange.outcome {
                Ok(reply) => format!("{} after {:.1} s", reply.status, seconds(waited_ms)),
                Err(trouble) => format!("{trouble} ({:.1} s)", seconds(waited_ms)),
            },
            subject: None,
            exchange: Some(index),
        })
    });
    let impatient = transcript
        .exchanges
        .iter()
        .any(|exchange| exchange.outcome == Err(Trouble::Timeout));
    if verdict == Verdict::Kept && impatient {
        return Verdict::Unknown(format!(
            "gave up after {:.1} s (--max-time), before the contract's 10 s",
            seconds(transcript.max_time_ms)
        ));
    }
    verdict
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of one request")]
fn seconds(ms: u64) -> f64 {
    ms as f64 / 1000.0
}
