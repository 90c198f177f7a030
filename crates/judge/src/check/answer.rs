//! The shape of fetch answers, and that every share in them is, byte for byte, the one that was sent.

use crate::check::each;
use crate::check::status::outcome;
use crate::contract::Contract;
use crate::contract::answer::Form;
use crate::contract::malformed::Malformed;
use crate::exchange::Secret;
use crate::exchange::{Alteration, Exchange, Found, Reply};
use crate::model::case::Expect;
use crate::model::finding::{Finding, Verdict};
use crate::model::transcript::Transcript;
use crate::model::trial::Effect;

/// The 200 answers to plain fetches.
fn answers(transcript: &Transcript) -> impl Iterator<Item = (usize, &Exchange, &Reply)> {
    transcript
        .numbered()
        .filter_map(|(index, request, exchange)| {
            let reply = exchange
                .reply()
                .filter(|reply| request.is_plain_fetch() && reply.status == 200)?;
            Some((index, exchange, reply))
        })
}

const NONE: &str = "no fetch was answered with 200";

/// `endpoint.json`.
pub fn is_json(transcript: &Transcript) -> Verdict {
    each(answers(transcript), NONE, |(index, exchange, reply)| {
        let kind = reply.content_type.as_deref().unwrap_or("none");
        (kind != "application/json").then(|| Finding {
            code: "content-type",
            message: "a fetch answer has another content type".to_owned(),
            expected: "application/json".to_owned(),
            observed: outcome(exchange),
            subject: None,
            exchange: Some(index),
        })
    })
}

/// `fetch.array`. Without any share in it, the answer's shape is `fetch.empty`'s matter.
pub fn is_array(transcript: &Transcript) -> Verdict {
    if transcript.trial.contract == Contract::V5 {
        return Verdict::Unknown("belongs to contract v6".to_owned());
    }
    let none = "no fetch brought a share";
    let with_shares = answers(transcript).filter(|(_, _, reply)| {
        !reply.reading.found.is_empty()
            || reply.reading.form != Form::Neither && reply.reading.fault.is_none()
    });
    each(with_shares, none, |(index, _, reply)| {
        let (code, observed) = match (reply.reading.form, &reply.reading.fault) {
            (Form::Legacy, _) => ("legacy-answer", "only backupShare, as in v5".to_owned()),
            (Form::Neither, fault) => {
                let fault = fault.as_ref().map(ToString::to_string);
                ("no-backup-shares", fault.unwrap_or_default())
            }
            (Form::Shares | Form::Both, Some(fault)) => {
                ("not-an-array-of-strings", fault.to_string())
            }
            (Form::Shares | Form::Both, None) => return None,
        };
        let spoilt = reply.reading.fault.as_ref().and_then(Malformed::code);
        let code = spoilt.unwrap_or(code);
        Some(Finding {
            code,
            message: "a fetch does not answer backupShares as an array of strings".to_owned(),
            expected: r#"{"backupShares": ["<share>", …]}"#.to_owned(),
            observed,
            subject: None,
            exchange: Some(index),
        })
    })
}

/// `fetch.no-legacy-key`.
pub fn has_no_legacy_key(transcript: &Transcript) -> Verdict {
    each(answers(transcript), NONE, |(index, _, reply)| {
        matches!(reply.reading.form, Form::Both | Form::Legacy).then(|| Finding {
            code: "legacy-key",
            message: "a fetch answer still has backupShare".to_owned(),
            expected: "no key backupShare".to_owned(),
            observed: "backupShare is there".to_owned(),
            subject: None,
            exchange: Some(index),
        })
    })
}

/// `fetch.empty`: the first fetch of a client that never had a share.
pub fn is_empty_array(transcript: &Transcript) -> Verdict {
    let Some((index, _, exchange)) = transcript
        .numbered()
        .find(|(_, request, _)| request.is_plain_fetch())
    else {
        return Verdict::Unknown("no fetch was sent".to_owned());
    };
    let kept = exchange.reply().is_some_and(|reply| {
        reply.status == 200
            && matches!(reply.reading.form, Form::Shares | Form::Both)
            && reply.reading.fault.is_none()
            && reply.reading.found.is_empty()
    });
    if kept {
        return Verdict::Kept;
    }
    if transcript.tells_nothing(exchange) {
        return Verdict::Unknown("the fetch was cut off".to_owned());
    }
    let refused = exchange
        .reply()
        .is_some_and(|reply| (400..500).contains(&reply.status));
    if refused && !transcript.clients_known {
        let reason = "the client id was made up: the custodian need not know it (give --client-id)";
        return Verdict::Unknown(reason.to_owned());
    }
    let code = match exchange.reply() {
        Some(reply) if reply.status != 200 => "not-200",
        Some(reply) => {
            let spoilt = reply.reading.fault.as_ref().and_then(Malformed::code);
            spoilt.unwrap_or("empty-answer")
        }
        None => "empty-answer",
    };
    Verdict::Broken(Finding {
        code,
        message: "a client without a share does not get an empty array".to_owned(),
        expected: r#"200 {"backupShares": []}"#.to_owned(),
        observed: match exchange
            .reply()
            .and_then(|reply| reply.reading.fault.as_ref())
        {
            Some(fault) => format!("{}; {fault}", outcome(exchange)),
            None => outcome(exchange),
        },
        subject: None,
        exchange: Some(index),
    })
}

/// `v5.single-share`, the shape of it: under contract v5 a fetch answers `backupShare`, a string.
pub fn is_single_share(transcript: &Transcript) -> Verdict {
    if transcript.trial.contract == Contract::V6 {
        return Verdict::Unknown("belongs to contract v5".to_owned());
    }
    let with_shares = answers(transcript).filter(|(_, _, reply)| !reply.reading.found.is_empty());
    each(
        with_shares,
        "no fetch brought a share",
        |(index, _, reply)| {
            let observed = match (reply.reading.form, &reply.reading.fault) {
                (Form::Legacy | Form::Both, None) => return None,
                (Form::Shares, _) => "backupShares, as in v6".to_owned(),
                (Form::Legacy | Form::Both | Form::Neither, fault) => {
                    fault.as_ref().map(ToString::to_string).unwrap_or_default()
                }
            };
            Some(Finding {
                code: "not-backup-share",
                message: "a fetch does not answer backupShare as a string".to_owned(),
                expected: r#"{"backupShare": "<share>"}"#.to_owned(),
                observed,
                subject: None,
                exchange: Some(index),
            })
        },
    )
}

/// `share.verbatim`, in whatever answer a share of the trial stands. Texts that a custodian need not
/// take are left out, and so is size, which has requirements of its own.
pub fn shares_unaltered(transcript: &Transcript) -> Verdict {
    // A case about sizes tells of what is cut by its own requirement.
    let sized = transcript
        .trial
        .labels
        .values()
        .any(|shape| shape.is_sized());
    let found = transcript
        .numbered()
        .filter(|(_, request, _)| {
            request.secret == Secret::Right && request.expect == Expect::Accepted
        })
        .filter_map(|(index, _, exchange)| Some((index, exchange.reply()?)))
        .flat_map(|(index, reply)| reply.reading.found.iter().map(move |found| (index, found)))
        .filter_map(|(index, found)| match found {
            Found::Share { label, altered, .. } => Some((index, label, altered.as_ref())),
            Found::Leftover
            | Found::Elsewhere(_)
            | Found::Ours
            | Found::Debris(_)
            | Found::Foreign(_) => None,
        })
        .filter(|(_, label, altered)| {
            // A text that a custodian may refuse, it need not keep as it is either.
            let free = !is_plainly_stored(transcript, label);
            let cut_in_size = sized && matches!(altered, Some(Alteration::Cut(_)));
            !free && !cut_in_size
        });
    each(found, "no share came back", |(index, label, altered)| {
        altered_share(transcript, index, label, altered?)
    })
}

/// Whether a share was sent by a store that a conforming custodian must accept.
fn is_plainly_stored(transcript: &Transcript, label: &str) -> bool {
    let steps = transcript.trial.script.iter();
    let mut requests = steps.flat_map(|step| step.action.lanes()).flatten();
    requests.any(|request| {
        request.is_plain_store()
            && matches!(&request.effect, Effect::Stores(_, stored) if stored == label)
    })
}

/// `share.size`, `share.size-large`: the share of that size comes back whole.
pub fn shares_whole(transcript: &Transcript) -> Verdict {
    let found = transcript
        .numbered()
        .filter(|(_, request, _)| request.is_plain_fetch())
        .filter_map(|(index, _, exchange)| Some((index, exchange.reply()?)))
        .flat_map(|(index, reply)| reply.reading.found.iter().map(move |found| (index, found)));
    for (index, found) in found {
        if let Found::Share {
            label,
            altered: Some(altered),
            ..
        } = found
            && let Some(finding) = altered_share(transcript, index, label, altered)
        {
            return Verdict::Broken(finding);
        }
    }
    Verdict::Kept
}

fn altered_share(
    transcript: &Transcript,
    index: usize,
    label: &str,
    altered: &Alteration,
) -> Option<Finding> {
    let shape = transcript.trial.labels.get(label).copied()?;
    Some(Finding {
        code: altered.code(),
        message: match altered {
            Alteration::Replaced(_) => format!(
                "a share ({}) comes back with U+FFFD where other characters were: bytes were decoded piece by piece; \
                 collect all of a body (Buffer.concat), then decode it once",
                shape.words()
            ),
            Alteration::AllReplaced => format!(
                "a share ({}) comes back with U+FFFD where any other character than ASCII was: bytes were not read as UTF-8",
                shape.words()
            ),
            Alteration::Cut(_)
            | Alteration::Trimmed { .. }
            | Alteration::WhiteSpace
            | Alteration::Reserialized
            | Alteration::Parsed
            | Alteration::From(_) => {
                format!(
                    "a share ({}) does not come back as it was sent",
                    shape.words()
                )
            }
        },
        expected: format!("the share {label}, byte for byte"),
        observed: altered.to_string(),
        subject: None,
        exchange: Some(index),
    })
}
