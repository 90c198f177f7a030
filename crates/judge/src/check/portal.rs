//! What Portal must hear of user shares that could not be kept.

use crate::model::finding::{Finding, Verdict};
use crate::model::transcript::{Told, Transcript};
use crate::model::trial::{Body, Cipher};

/// `portal-api.failure-told`. A refusal is an answer to the app; only a 5xx says that the custodian could not.
pub fn hears_of_failures(transcript: &Transcript) -> Verdict {
    let Some(told) = &transcript.told else {
        return Verdict::Void("nobody heard what Portal is told".to_owned());
    };
    let mut failed = transcript.numbered().filter(|(_, request, exchange)| {
        let usable = matches!(
            &request.body,
            Body::UserStore {
                text: Cipher::Label(_),
                ..
            }
        );
        let ran = exchange.started_us..=exchange.ended_us;
        // Where Portal refused what it was told, the trouble may be that.
        let refused = |it: &Told| ran.contains(&it.at_us) && !(200..300).contains(&it.status);
        let failed = exchange.reply().is_some_and(|it| it.status >= 500);
        usable && failed && !told.iter().any(refused)
    });
    let Some((index, _, exchange)) = failed.next() else {
        return Verdict::Void("no user share failed to be stored".to_owned());
    };
    if !told.iter().any(|it| it.success == Some(true)) {
        return Verdict::Unknown("Portal hears of no user share at all".to_owned());
    }
    let heard = told
        .iter()
        .any(|it| it.success == Some(false) && it.at_us >= exchange.started_us);
    if heard {
        return Verdict::Kept;
    }
    Verdict::Broken(Finding {
        code: "failure-untold",
        message: "Portal does not hear that a user share could not be stored".to_owned(),
        expected: "success: false".to_owned(),
        observed: "Portal heard nothing of it".to_owned(),
        subject: None,
        exchange: Some(index),
    })
}
