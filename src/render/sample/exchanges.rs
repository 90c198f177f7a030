//! The sample's cases whose exchanges matter, and what exchanges are made of.

use super::HOSTILE;
use super::cases::{case, failed};
use crate::contract::answer::Form;
use crate::contract::malformed::Malformed;
use crate::contract::share::{Debris, Shape};
use crate::contract::wallet::{Curve, Recovered, UserHalf};
use crate::exchange::{
    Alteration, Credentials, Exchange, Flaw, Found, Obstacle, Own, Place, Reading, Reply, Secret,
    Sent, Spelling, Trouble, Webhook,
};
use crate::model::act::Act;
use crate::model::case::Mood;
use crate::model::finding::{Check, Evidence};
use crate::model::report::CaseResult;
use crate::model::requirement::Level;
use std::collections::BTreeMap;

pub(super) fn same_method() -> CaseResult {
    let check = Check {
        expected: Some("the share new, once".to_owned()),
        observed: Some("the shares old and new".to_owned()),
        subject: None,
        evidence: Some(Evidence::Exchange(3)),
        ..failed(
            "replace.same-method",
            Level::Required,
            "kept-old",
            "a replaced share still comes back",
        )
    };
    let exchanges = vec![
        exchange(0, fetch("a", "test-1"), Ok(shares(&[]))),
        exchange(
            1,
            store("a", "old", Some("PASSWORD-SECP256K1")),
            Ok(reply(204, None, "")),
        ),
        exchange(
            2,
            store("a", "new", Some("PASSWORD-SECP256K1")),
            Ok(reply(204, None, "")),
        ),
        exchange(
            3,
            fetch("a", "test-1"),
            Ok(shares(&[
                Found::Share {
                    label: "old".to_owned(),
                    altered: None,
                    digest: None,
                },
                Found::Share {
                    label: "new".to_owned(),
                    altered: None,
                    digest: None,
                },
            ])),
        ),
    ];
    CaseResult {
        exchanges,
        ..case(
            "replace.same-method",
            "A newer share takes the place of the one stored under the same method",
            vec![check],
        )
    }
}

/// Shows the same requirement broken otherwise, and a second one by the same exchange.
pub(super) fn also_broken() -> CaseResult {
    let first = failed(
        "replace.redelivery",
        Level::Required,
        "twice",
        "a second delivery adds a share",
    );
    let second = failed(
        "replace.same-method",
        Level::Required,
        "twice",
        "the same share comes back twice",
    );
    let third = failed(
        "fetch.array",
        Level::Required,
        "no-array",
        "the answer has no backupShares",
    );
    case(
        "replace.redelivery",
        "A second delivery changes nothing",
        vec![first, second, third],
    )
}

pub(super) fn hostile() -> CaseResult {
    let check = Check {
        expected: Some(HOSTILE.to_owned()),
        observed: Some(HOSTILE.to_owned()),
        subject: None,
        ..failed("input.malformed", Level::Required, "accepted", HOSTILE)
    };
    let mut sent = fetch("a", HOSTILE);
    sent.body = format!("{{\"clientId\": {HOSTILE}");
    sent.secret = Secret::Prefix;
    sent.content_type = Some("text/plain".to_owned());
    let mut answer = reply(500, Some("text/html"), HOSTILE);
    answer.internals = Some("a stack trace".to_owned());
    answer.headers = BTreeMap::from([("server".to_owned(), HOSTILE.to_owned())]);
    answer.reading.fault = Some(Malformed::NoShares);
    answer.reading.other_keys = vec![HOSTILE.to_owned()];
    CaseResult {
        clients: BTreeMap::from([("a".to_owned(), HOSTILE.to_owned())]),
        exchanges: vec![exchange(0, sent, Ok(answer))],
        ..case("input.hostile", HOSTILE, vec![check])
    }
}

pub(super) fn alterations() -> CaseResult {
    let altered = [
        Alteration::Cut(255),
        Alteration::Trimmed {
            start: false,
            end: true,
        },
        Alteration::WhiteSpace,
        Alteration::Reserialized,
        Alteration::Parsed,
        Alteration::Replaced(20),
        Alteration::AllReplaced,
        Alteration::From(12),
    ];
    let mut found: Vec<Found> = altered
        .into_iter()
        .map(|it| Found::Share {
            label: "one".to_owned(),
            altered: Some(it),
            digest: Some("0f1e2d3c4b5a6978".to_owned()),
        })
        .collect();
    found.extend([
        Found::Leftover,
        Found::Elsewhere(12),
        Found::Ours,
        Found::Debris(Debris::Word("undefined".to_owned())),
        Found::Foreign(77),
    ]);
    let mut large = store("a", "one", Some("GDRIVE"));
    large.bytes = 65_000;
    let exchanges = vec![
        exchange(
            0,
            large,
            Ok(reply(201, Some("application/json"), "{\"ok\":true}")),
        ),
        exchange(1, fetch("a", "test-1"), Ok(shares(&found))),
    ];
    CaseResult {
        exchanges,
        ..case(
            "share.verbatim",
            "Shares come back byte for byte",
            vec![Check {
                evidence: Some(Evidence::Exchange(1)),
                ..failed(
                    "share.verbatim",
                    Level::Required,
                    "altered",
                    "a share came back altered",
                )
            }],
        )
    }
}

pub(super) fn troubles() -> CaseResult {
    let troubles = [
        Trouble::Dns,
        Trouble::Refused,
        Trouble::ConnectTimeout,
        Trouble::Tls(Flaw::Other(HOSTILE.to_owned())),
        Trouble::Connect(Obstacle::Other("the proxy said 407".to_owned())),
        Trouble::Timeout,
        Trouble::Closed,
        Trouble::Died,
        Trouble::TooLarge,
        Trouble::NotHttp,
    ];
    let exchanges = troubles
        .into_iter()
        .enumerate()
        .map(|(step, trouble)| exchange(step, store("a", "one", None), Err(trouble)))
        .collect();
    CaseResult {
        exchanges,
        ..case(
            "endpoint.deadline",
            "Every request is answered in time",
            vec![Check {
                evidence: Some(Evidence::Exchange(5)),
                ..failed(
                    "endpoint.deadline",
                    Level::Required,
                    "too-late",
                    "POST /backup was not answered within the deadline",
                )
            }],
        )
    }
}

pub(super) fn store(client: &str, share: &str, method: Option<&str>) -> Sent {
    let method_text = method.map_or_else(String::new, |it| format!(",\"backupMethod\":\"{it}\""));
    Sent {
        webhook: Webhook::Backup,
        own: None,
        credentials: Credentials::Own,
        client: client.to_owned(),
        share: Some(share.to_owned()),
        method: method.map(str::to_owned),
        body: format!("{{\"clientId\":\"test-1\",\"share\":\"‹share {share}›\"{method_text}}}"),
        bytes: 2100,
        secret: Secret::Right,
        spelling: Spelling::Exact,
        content_type: None,
        serials: Vec::new(),
    }
}

pub(super) fn fetch(client: &str, id: &str) -> Sent {
    let body = serde_json::json!({ "clientId": id }).to_string();
    Sent {
        webhook: Webhook::Fetch,
        own: None,
        credentials: Credentials::Own,
        client: client.to_owned(),
        share: None,
        method: None,
        bytes: body.len(),
        body,
        secret: Secret::Right,
        spelling: Spelling::Exact,
        content_type: None,
        serials: Vec::new(),
    }
}

/// An app asks for its half by this method.
pub(in crate::render) fn user_fetch(client: &str, method: &str) -> Sent {
    Sent {
        webhook: Webhook::UserFetch,
        own: Some(Own {
            method: "GET".to_owned(),
            url: format!("https://app.example.com/users/test-1/backup-share?backupMethod={method}"),
            headers: vec!["Authorization: Bearer $USER_TOKEN".to_owned()],
        }),
        method: Some(method.to_owned()),
        body: String::new(),
        bytes: 0,
        ..fetch(client, "test-1")
    }
}

/// An app hands its half in.
fn user_store(client: &str, text: &str, method: &str) -> Sent {
    let body = format!("{{\"backupMethod\":\"{method}\",\"cipherText\":\"‹share {text}›\"}}");
    Sent {
        webhook: Webhook::UserStore,
        own: Some(Own {
            method: "PUT".to_owned(),
            url: "https://app.example.com/users/test-1/backup-share".to_owned(),
            headers: vec!["Authorization: Bearer $USER_TOKEN".to_owned()],
        }),
        bytes: 402,
        body,
        ..store(client, text, Some(method))
    }
}

/// A wallet whose user's half is not there any more, once Portal was away.
pub(super) fn parted() -> CaseResult {
    let found = |label: &str| Found::Share {
        label: label.to_owned(),
        altered: None,
        digest: None,
    };
    let at = |step: usize, turn: usize, sent, outcome| {
        let mut exchange = exchange(step, sent, outcome);
        exchange.place.turn = turn;
        exchange
    };
    let share = "backup.ed25519";
    let missing = r#"{"error":"no user share of this method"}"#;
    let exchanges = vec![
        at(0, 0, fetch("a", "test-1"), Ok(shares(&[]))),
        at(
            1,
            0,
            store("a", share, Some("GDRIVE-ED25519")),
            Ok(reply(204, None, "")),
        ),
        at(
            3,
            0,
            user_store("a", "backup", "GDRIVE"),
            Ok(reply(200, Some("application/json"), "{\"stored\":true}")),
        ),
        at(4, 0, fetch("a", "test-1"), Ok(shares(&[found(share)]))),
        at(
            4,
            1,
            user_fetch("a", "GDRIVE"),
            Ok(reply(404, Some("application/json"), missing)),
        ),
    ];
    let check = Check {
        expected: Some("ED25519 put together again".to_owned()),
        observed: Some("404: none".to_owned()),
        evidence: Some(Evidence::Exchange(4)),
        ..failed(
            "wallet.recoverable",
            Level::Required,
            "user-half-missing",
            "the wallet cannot be recovered by GDRIVE: the user's half does not come back",
        )
    };
    let recover = Act::Recover {
        curves: vec![Curve::Ed25519],
        halves: Recovered {
            user_half: UserHalf::Missing,
            together: Vec::new(),
            parted: Vec::new(),
        },
    };
    CaseResult {
        exchanges,
        acts: BTreeMap::from([(1, Act::Portal(Mood::Fails)), (3, recover)]),
        shapes: BTreeMap::from([("backup".to_owned(), Shape::Sealed)]),
        ..case(
            "wallet.recoverable.gdrive",
            "A wallet that was backed up by GDRIVE is put together again",
            vec![check],
        )
    }
}

fn reply(status: u16, content_type: Option<&str>, body: &str) -> Reply {
    Reply {
        status,
        content_type: content_type.map(str::to_owned),
        headers: BTreeMap::new(),
        reading: Reading {
            more: 0,
            form: Form::Neither,
            fault: None,
            beside: Vec::new(),
            found: Vec::new(),
            other_keys: Vec::new(),
        },
        body: body.to_owned(),
        bytes: body.len(),
        internals: None,
    }
}

pub(super) fn shares(found: &[Found]) -> Reply {
    let texts: Vec<String> = found.iter().map(|it| format!("‹{it}›")).collect();
    let body = serde_json::json!({ "backupShares": texts }).to_string();
    let mut reply = reply(200, Some("application/json"), &body);
    reply.reading.form = Form::Shares;
    reply.reading.found = found.to_vec();
    reply
}

pub(super) fn exchange(step: usize, sent: Sent, outcome: Result<Reply, Trouble>) -> Exchange {
    let started_us = 1000 + 5000 * u64::try_from(step).unwrap();
    Exchange {
        place: Place {
            step: step.checked_sub(1),
            lane: 0,
            turn: 0,
        },
        expected: step.checked_sub(1).map(|_| match sent.webhook {
            Webhook::Backup | Webhook::UserStore => "a 2xx".to_owned(),
            Webhook::Fetch | Webhook::UserFetch => "what was acknowledged".to_owned(),
        }),
        sent,
        outcome,
        reused: step > 0,
        started_us,
        ended_us: started_us + 3250,
    }
}
