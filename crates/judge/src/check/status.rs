//! Statuses that the contract advises, each over the exchanges that it speaks of.

use crate::check::each;
use crate::exchange::{Exchange, Reply, Trouble, Webhook};
use crate::exchange::{Secret, Spelling};
use crate::model::finding::{Finding, Verdict};
use crate::model::transcript::Transcript;
use crate::model::trial::{Action, Body};

/// What came, in a few words.
pub fn outcome(exchange: &Exchange) -> String {
    match &exchange.outcome {
        Ok(reply) => {
            let kind = reply.content_type.as_deref().unwrap_or("no content type");
            format!("{} ({kind}, {} bytes)", reply.status, reply.bytes)
        }
        Err(trouble) => trouble.to_string(),
    }
}

fn finding(
    code: &'static str,
    message: &str,
    expected: &str,
    index: usize,
    exchange: &Exchange,
) -> Finding {
    Finding {
        code,
        message: message.to_owned(),
        expected: expected.to_owned(),
        observed: outcome(exchange),
        subject: None,
        exchange: Some(index),
    }
}

/// `endpoint.status-200`.
pub fn store_is_200(transcript: &Transcript) -> Verdict {
    let stores = transcript.numbered().filter(|(_, request, exchange)| {
        request.is_plain_store() && exchange.reply().is_some_and(Reply::is_success)
    });
    each(
        stores,
        "no store was acknowledged",
        |(index, _, exchange)| {
            (exchange.reply()?.status != 200).then(|| {
                finding(
                    "not-200",
                    "a store is acknowledged with another status than 200",
                    "200",
                    index,
                    exchange,
                )
            })
        },
    )
}

/// `secret.status`. Where every bad secret is taken, that is another requirement's matter.
pub fn secret_refused_with_401_or_403(transcript: &Transcript) -> Verdict {
    let bad = || {
        let all = transcript.numbered();
        all.filter(|(_, request, _)| request.secret != Secret::Right)
    };
    let taken = |exchange: &Exchange| exchange.reply().is_some_and(Reply::is_success);
    if bad().next().is_some() && bad().all(|(.., exchange)| taken(exchange)) {
        return Verdict::Void("the bad secret of this case is taken, not refused".to_owned());
    }
    let refused = bad().filter(|(.., exchange)| exchange.reply().is_some() && !taken(exchange));
    each(
        refused,
        "no request with a bad secret was refused",
        |(index, _, exchange)| {
            let status = exchange.reply()?.status;
            (status != 401 && status != 403).then(|| {
                finding(
                    "other-status",
                    "a bad secret is refused with another status",
                    "401 or 403",
                    index,
                    exchange,
                )
            })
        },
    )
}

/// `input.status-4xx`. A fetch without a usable client that is answered 200 with no share is not objected to.
pub fn unusable_refused_with_4xx(transcript: &Transcript) -> Verdict {
    let unusable = transcript
        .numbered()
        .filter(|(_, request, _)| request.is_unusable());
    each(
        unusable,
        "no unusable request was sent",
        |(index, _, exchange)| {
            let wrong = match &exchange.outcome {
                Ok(reply) => reply.status >= 500 || (300..400).contains(&reply.status),
                Err(trouble) => !transcript.tells_nothing(exchange) && *trouble != Trouble::Timeout,
            };
            wrong.then(|| {
                finding(
                    "not-4xx",
                    "an unusable request is not answered with a 4xx",
                    "a 4xx",
                    index,
                    exchange,
                )
            })
        },
    )
}

/// `input.unknown-client`.
pub fn unknown_client_not_5xx(transcript: &Transcript) -> Verdict {
    let unknown = transcript.numbered().filter(|(_, request, _)| {
        matches!(
            request.body,
            Body::Fetch {
                spelling: Spelling::Unknown | Spelling::Constructor | Spelling::Proto,
                ..
            }
        )
    });
    each(
        unknown,
        "no unknown client was asked for",
        |(index, _, exchange)| {
            let wrong = match &exchange.outcome {
                Ok(reply) => reply.status >= 500 || (300..400).contains(&reply.status),
                Err(_) => !transcript.tells_nothing(exchange),
            };
            wrong.then(|| {
                let expected = "a 4xx, or 200 with an empty array";
                finding(
                    "unknown-client-failed",
                    "a client that it does not know makes it fail",
                    expected,
                    index,
                    exchange,
                )
            })
        },
    )
}

/// `replace.concurrent-status`.
pub fn no_race_ends_in_5xx(transcript: &Transcript) -> Verdict {
    let raced = transcript.numbered().filter(|(_, request, exchange)| {
        let step = exchange
            .place
            .step
            .and_then(|step| transcript.trial.script.get(step));
        request.webhook == Webhook::Backup
            && step.is_some_and(|step| matches!(step.action, Action::Concurrently(_)))
    });
    each(raced, "no stores ran at once", |(index, _, exchange)| {
        let wrong = match &exchange.outcome {
            Ok(reply) => reply.status >= 500,
            Err(trouble) => *trouble != Trouble::Timeout && !transcript.tells_nothing(exchange),
        };
        wrong.then(|| {
            finding(
                "race-failed",
                "stores that run at once make it fail",
                "an answer, and no 5xx",
                index,
                exchange,
            )
        })
    })
}

/// `endpoint.capacity`.
pub fn all_at_once_are_served(transcript: &Transcript) -> Verdict {
    let at_once = transcript.numbered().filter(|(_, _, exchange)| {
        let step = exchange
            .place
            .step
            .and_then(|step| transcript.trial.script.get(step));
        step.is_some_and(|step| matches!(step.action, Action::Concurrently(_)))
    });
    each(at_once, "nothing ran at once", |(index, _, exchange)| {
        let wrong = match &exchange.outcome {
            Ok(reply) => reply.status >= 500 || reply.status == 429,
            Err(trouble) => *trouble == Trouble::Closed && !exchange.reused,
        };
        wrong.then(|| {
            finding(
                "too-many",
                "requests that run at once are refused",
                "an answer, and neither 5xx nor 429",
                index,
                exchange,
            )
        })
    })
}
