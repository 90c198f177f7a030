//! No output holds a secret or a foreign share, whatever a custodian answers.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::*;
use sharecheck::contract::Contract;
use sharecheck::exchange::{
    Credentials, Exchange, Lexicon, Place, RawReply, Redactor, Secret, Sent, Spelling, Webhook,
    reply,
};
use sharecheck::model::finding::Status;
use sharecheck::model::report::{CaseResult, Run};
use sharecheck::pipeline::load::{Sources, Suite, load};
use sharecheck::pipeline::report;
use sharecheck::render::{Format, Style, render, unpacked};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::OnceLock;

fn suite() -> &'static Suite {
    static SUITE: OnceLock<Suite> = OnceLock::new();
    let faults: Vec<&str> = sharecheck::reference::Fault::ALL
        .iter()
        .map(|fault| fault.name())
        .collect();
    SUITE.get_or_init(|| load(&Sources::default(), &faults).unwrap())
}

/// The ways in which servers are known to show what they were sent.
fn spelled(secret: &str, how: usize, before: &str) -> String {
    match how {
        0 => format!("{before}{secret}"),
        1 => STANDARD.encode(format!("{before}{secret}tail")),
        2 => URL_SAFE_NO_PAD.encode(format!("{before}{secret}")),
        3 => {
            let bytes = format!("{before}{secret}").into_bytes();
            bytes.iter().fold(String::new(), |mut all, byte| {
                let _ = write!(all, "{byte:02x}");
                all
            })
        }
        4 => url::form_urlencoded::byte_serialize(format!("{before}{secret}").as_bytes()).collect(),
        5 => secret.chars().rev().collect(),
        6 => secret.to_ascii_uppercase(),
        _ => serde_json::to_string(&format!("{before}{secret}")).unwrap(),
    }
}

/// Where in an answer the text stands.
fn answer(text: &str, place: usize) -> RawReply {
    let html = format!("<html><body><pre>Error at /srv/x.js\nheaders: {text}</pre></body></html>");
    let (status, body) = match place {
        0 => (
            200,
            serde_json::json!({ "backupShares": [text] }).to_string(),
        ),
        1 => (500, html),
        2 => (
            401,
            serde_json::json!({ "error": format!("bad secret {text}"), text: 1 }).to_string(),
        ),
        3 => (200, text.to_owned()),
        4 => (400, format!("no: {text} {text}")),
        _ => (302, String::new()),
    };
    let headers = ["location", "www-authenticate", "server", "content-type"]
        .map(|name| (name.to_owned(), format!("x {text}")))
        .to_vec();
    RawReply {
        status,
        headers,
        body: body.into_bytes(),
    }
}

/// Everything that is written of a run with this one exchange.
fn outputs(outcome: &RawReply, redactor: &Redactor) -> Vec<String> {
    let lexicon = Lexicon {
        run: "0a1b2c3d".into(),
        ..Lexicon::default()
    };
    let exchange = Exchange {
        place: Place::default(),
        sent: Sent {
            webhook: Webhook::Fetch,
            client: "a".into(),
            share: None,
            method: None,
            body: r#"{"clientId":"c"}"#.into(),
            bytes: 16,
            secret: Secret::Right,
            spelling: Spelling::Exact,
            content_type: None,
            serials: Vec::new(),
            own: None,
            credentials: Credentials::Own,
        },
        expected: None,
        outcome: Ok(reply(
            outcome,
            r#"{"clientId":"c"}"#,
            "a",
            &lexicon,
            redactor,
        )),
        reused: false,
        started_us: 0,
        ended_us: 1000,
    };
    let case = CaseResult {
        fresh: false,
        id: "endpoint.fetch".into(),
        title: "t".into(),
        status: Status::Passed,
        checks: Vec::new(),
        clients: BTreeMap::from([("a".to_owned(), "c".to_owned())]),
        shapes: BTreeMap::new(),
        acts: BTreeMap::new(),
        exchanges: vec![exchange],
    };
    let run = Run {
        id: "0a1b2c3d-0000-4000-8000-000000000000".into(),
        seed: 1,
        started_at: "2026-01-01T00:00:00.000Z".into(),
        duration_ms: 1,
        target: "http://localhost/".into(),
        contract: Contract::V6,
        jobs: 1,
        requests: 1,
        strict: false,
        require_all: false,
        build: None,
        whole: true,
        shard: None,
        made_up: false,
        curl: Vec::new(),
        reference: None,
        freedoms: Vec::new(),
        halted: None,
        webhooks: true,
        held: None,
    };
    let report = report(suite(), vec![case], &[], run, &[]);
    let style = Style {
        colour: false,
        width: 100,
        verbose: 2,
        quiet: false,
    };
    Format::ALL
        .iter()
        .map(|format| unpacked(&render(*format, &report, &style)).into_owned())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_output_holds_the_secret(
        secret in "[A-Za-z0-9_/+=-]{12,40}",
        before in "[a-z]{0,5}",
        how in 0_usize..8,
        place in 0_usize..6,
    ) {
        let redactor = Redactor::new([secret.as_str()]);
        for text in outputs(&answer(&spelled(&secret, how, &before), place), &redactor) {
            prop_assert!(!redactor.leaks(&text), "{how} {place}: {text}");
        }
    }

    #[test]
    fn no_output_holds_a_foreign_share(
        share in "[A-Za-z0-9]{48,400}",
        place in 0_usize..5,
    ) {
        let quoted = format!("{{\"p\":\"{share}\"}}");
        for text in outputs(&answer(&quoted, place), &Redactor::default()) {
            prop_assert!(!text.contains(&share[..24]), "{place}: {text}");
        }
    }

    #[test]
    fn no_output_holds_a_value_of_a_foreign_share(
        client in "[a-z]{4,8}-[a-z]{4}-[0-9]{2,4}",
        number in "[1-9][0-9]{5,60}",
        text in "[A-Z]{4,12}-[a-z0-9]{6,30}[0-9]",
        spaced in any::<bool>(),
        place in 0_usize..9,
    ) {
        let values = [client, number, text];
        let [client, number, text] = &values;
        let gap = if spaced { " " } else { "" };
        let share = format!(
            r#"{{{gap}"clientId":{gap}"{client}",{gap}"p":{gap}"{number}",{gap}"n":{gap}{number},{gap}"q":{gap}"{text}"{gap}}}"#
        );
        for output in outputs(&shown(&share, &values, place), &Redactor::default()) {
            for value in &values {
                prop_assert!(!output.contains(value.as_str()), "{place} {value}: {output}");
            }
        }
    }
}

/// Where servers show a share that they hold, or a value of it, if not in a fetch's answer.
fn shown(share: &str, values: &[String; 3], place: usize) -> RawReply {
    let [client, number, text] = values;
    let body = match place {
        0 => format!("ERROR near {share}"),
        1 => format!("<html><pre>Error: near {share}\n at x ({client}, {number})</pre></html>"),
        2 => format!(r#"{{"row": {share}, "rows": [{share}]}}"#),
        3 => serde_json::json!({ "message": format!("cannot read {share}"), "hint": client })
            .to_string(),
        4 => serde_json::json!({ "error": { "detail": share, "value": text, "client": client } })
            .to_string(),
        5 => format!("duplicate key ({client}, {text}) = {number}; client {client}: '{number}'"),
        6 => format!("<td title='{client}'>{number}</td><td>{text}</td>"),
        7 => {
            serde_json::json!({ number: 1, text: client, "message": [client, number] }).to_string()
        }
        _ => String::new(),
    };
    let value = |name: &str| match name {
        "location" => format!("/clients/{client}?q={number}"),
        "server" => format!("x/{number} {share}"),
        _ => format!("x {share}"),
    };
    let headers = [
        "location",
        "www-authenticate",
        "server",
        "allow",
        "content-type",
    ];
    RawReply {
        status: 500,
        headers: headers.map(|name| (name.to_owned(), value(name))).to_vec(),
        body: body.into_bytes(),
    }
}
