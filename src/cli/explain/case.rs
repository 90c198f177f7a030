//! A case, step by step.

use super::sheet::Sheet;
use sharecheck::contract::Contract;
use sharecheck::exchange::{Credentials, Secret, Spelling};
use sharecheck::model::act::Act;
use sharecheck::model::case::{Case, Expect, Step, Until};
use sharecheck::pipeline::load::Suite;
use std::fmt::Write as _;

/// How many ids are named in one place.
const MOST_IDS: usize = 6;

pub(super) fn describe_case(case: &Case, suite: &Suite) -> String {
    let mut sheet = Sheet::new(&format!("case {}", case.id));
    sheet.prose(&case.title);
    sheet.gap();
    let level = suite.requirements.level(&case.requirement).name();
    sheet.field("proves", &format!("{} ({level})", case.requirement));
    if let Some(requirement) = suite.requirements.get(&case.requirement) {
        sheet.field("", &requirement.statement);
    }
    if !case.also.is_empty() {
        sheet.field("also", &case.also.join(", "));
    }
    if !case.catches.is_empty() {
        let faults = case.catches.iter().map(String::as_str);
        sheet.ids("catches", faults.collect(), MOST_IDS);
    }
    if case.fresh {
        sheet.field("client", "one that never held a share");
    }
    sheet.gap();
    for (number, step) in case.steps.iter().enumerate() {
        sheet.item(&format!("{}.", number + 1), &describe_step(step));
    }
    sheet.text()
}

fn describe_step(step: &Step) -> String {
    let mut words = if let Some(store) = &step.store {
        let method = store
            .method
            .as_deref()
            .map_or("no method (v5)".to_owned(), |method| {
                format!("method {method}")
            });
        format!(
            "store share {} for client {}, {method}{}: {}",
            store.share,
            store.client,
            secret(store.secret),
            expected(store.expect)
        )
    } else if let Some(fetch) = &step.fetch {
        let expect = fetch
            .expect
            .as_ref()
            .map_or("what the ledger allows".to_owned(), |labels| {
                if labels.is_empty() {
                    "no share".to_owned()
                } else {
                    labels.join(" + ")
                }
            });
        let id = if fetch.id == Spelling::Exact {
            String::new()
        } else {
            format!(", id {}", name(&fetch.id))
        };
        let secret = secret(fetch.secret);
        format!("fetch for client {}{id}{secret}: {expect}", fetch.client)
    } else if let Some(send) = &step.send {
        let expect = send.expect.map_or("refused, or no share", expected);
        format!(
            "send to {} the body {}{}: {expect}",
            send.to.path().unwrap_or_default(),
            send.body,
            secret(send.secret)
        )
    } else if let Some(half) = describe_half(step) {
        half
    } else if let Some(lanes) = &step.concurrently {
        let lanes: Vec<String> = lanes.iter().map(describe_step).collect();
        format!("at once: {}", lanes.join("; "))
    } else if let Some(rounds) = &step.repeat {
        let rounds: Vec<String> = rounds.iter().map(describe_step).collect();
        format!("over and over: {}", rounds.join("; then "))
    } else {
        "restart the custodian".to_owned()
    };
    for (count, what) in [(step.lanes, "lanes"), (step.times, "times")] {
        if count > 1 {
            let _ = write!(words, " [{count} {what}]");
        }
    }
    if step.control {
        words.push_str(" (control)");
    }
    if step.guard {
        words.push_str(
            " (guard: sent to another machine only, and the case ends here if it goes wrong)",
        );
    }
    words
}

/// A step of the user's half; nothing where it is none.
fn describe_half(step: &Step) -> Option<String> {
    let whose = |credentials: &Credentials| match credentials {
        Credentials::Own => String::new(),
        Credentials::Missing => ", without credentials".to_owned(),
        Credentials::Of(client) => format!(", with the credentials of client {client}"),
    };
    let method = |method: &Option<String>| {
        let named = method.as_ref().map(|it| format!("method {it}"));
        named.unwrap_or_else(|| "no method".to_owned())
    };
    if let Some(it) = &step.user_store {
        let text = it
            .text
            .as_ref()
            .map(|label| format!("the user share {label}"));
        let unusable = it
            .unusable
            .map(|what| format!("no usable user share ({})", name(&what)));
        let text = text.or(unusable).unwrap_or_default();
        Some(format!(
            "hand in {text} for client {}, {}{}{}",
            it.client,
            method(&it.method),
            whose(&it.credentials),
            // That it is taken goes without saying, as far as Portal can be told of it.
            if it.credentials != Credentials::Own || it.unusable.is_some() {
                format!(": {}", expected(Expect::Refused))
            } else if it.shape.provokes() {
                format!(": {}", expected(Expect::Free))
            } else {
                String::new()
            }
        ))
    } else if let Some(it) = &step.user_fetch {
        Some(format!(
            "ask for the user share of client {}, method {}{}: {}",
            it.client,
            it.method,
            whose(&it.credentials),
            if it.credentials == Credentials::Own {
                "what was handed in"
            } else {
                expected(Expect::NoShare)
            }
        ))
    } else if let Some(it) = &step.backup {
        let until = match it.until {
            Until::End => "",
            Until::FirstShare => ", broken off after the first custodian share",
            Until::Shares => ", broken off after the custodian shares",
        };
        let v5 = if it.contract == Contract::V5 {
            ", as apps of v5 do"
        } else {
            ""
        };
        Some(format!(
            "back up the wallet of client {} by {}{v5} (the backup {}){until}",
            it.client, it.method, it.text
        ))
    } else if let Some(it) = &step.recover {
        let free = if it.free {
            format!(": {}", expected(Expect::Free))
        } else {
            String::new()
        };
        Some(format!(
            "recover the wallet of client {} by {} from both halves of the backup {}{free}",
            it.client, it.method, it.text
        ))
    } else {
        step.portal.map(|mood| Act::Portal(mood).to_string())
    }
}

/// What is done to the secret, if anything.
fn secret(secret: Secret) -> String {
    if secret == Secret::Right {
        String::new()
    } else {
        format!(", secret {}", name(&secret))
    }
}

fn expected(expect: Expect) -> &'static str {
    match expect {
        Expect::Accepted => "accepted",
        Expect::Refused => "refused",
        Expect::NoShare => "no share",
        Expect::Free => "anything may come of it",
    }
}

/// A word of case files, in words.
fn name(word: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(word).unwrap_or_default();
    value.as_str().unwrap_or_default().replace('-', " ")
}
