//! What no answer may show: stack traces, file paths, the secret.

use crate::check::each;
use crate::model::finding::{Finding, Verdict};
use crate::model::transcript::Transcript;

/// `input.no-internals`.
pub fn hidden(transcript: &Transcript) -> Verdict {
    let all = transcript
        .opening
        .iter()
        .chain(&transcript.exchanges)
        .enumerate()
        .filter(|(_, it)| !it.sent.webhook.is_own());
    let answered = all.filter_map(|(index, exchange)| Some((index, exchange.reply()?)));
    each(answered, "nothing was answered", |(index, reply)| {
        let shown = reply.internals.as_ref()?;
        Some(Finding {
            code: if shown == "the secret" {
                "secret-shown"
            } else {
                "internals-shown"
            },
            message: format!("an answer ({}) shows {shown}", reply.status),
            expected: "an answer that tells nothing of the server's inside".to_owned(),
            observed: shown.clone(),
            subject: None,
            exchange: Some(index),
        })
    })
}
