//! Reports made by hand: one that holds every status at every level, every trouble and alteration, and
//! hostile text; and a small one for each verdict.

use crate::contract::Contract;
use crate::contract::answer::Form;
use crate::exchange::{Alteration, Exchange, Found, Place, Reading, Reply, Sent, Trouble, Webhook};
use crate::model::finding::{Check, Standing, Status};
use crate::model::report::{
    CaseResult, Counts, FORMAT, Latencies, Latency, Outcome, Report, RequirementResult, Ruling,
    Run, Stage, Tool,
};
use crate::model::requirement::Level;
use std::collections::BTreeMap;

/// Text that tries to break out of every form.
pub(super) const HOSTILE: &str = "<b>&amp; \"quoted\" 'single' ]]> \u{1b}[31mred\u{1b}[0m \u{9b}2J\r\n::error::gotcha\n\
    ok 1 - fake # TODO | `tick` ``` <!-- \u{202e}evil\u{202c} \u{0} \u{7f} %0A \\ \u{2028}</details><script>alert(1)</script>";

/// The large one: does not conform.
pub(super) fn report() -> Report {
    let mut cases = vec![
        good(),
        same_method(),
        also_broken(),
        hostile(),
        alterations(),
        troubles(),
    ];
    cases.extend(tolerated());
    cases.extend(unanswered());
    cases.push(case(
        "method.open",
        "Any method is taken",
        vec![
            passed("method.advice", Level::Recommended),
            passed("method.note", Level::Informational),
        ],
    ));
    let outcome = Outcome {
        verdict: Ruling::DoesNotConform,
        exit_code: 1,
        stage: Some(Stage::V6Partial),
        multi_backup_safe: Some(false),
        reasons: vec![
            "7 broken: replace.same-method, share.verbatim".to_owned(),
            HOSTILE.to_owned(),
        ],
    };
    let mut report = of(cases, outcome);
    report.facts = vec![
        "keeps backupSharePairId apart".to_owned(),
        HOSTILE.to_owned(),
    ];
    report.notices = vec!["secret.known: accepted until 2026-12-31, in 39 days".to_owned()];
    report
}

/// One of each verdict, the large one first.
pub(super) fn all() -> Vec<Report> {
    let small = |verdict, exit_code, stage: Option<Stage>, reason: &str, cases| {
        of(
            cases,
            Outcome {
                verdict,
                exit_code,
                stage,
                multi_backup_safe: stage.map(|stage| stage == Stage::V6),
                reasons: (!reason.is_empty())
                    .then(|| reason.to_owned())
                    .into_iter()
                    .collect(),
            },
        )
    };
    let v6 = Some(Stage::V6);
    let foreign = "client test-1 holds a share of 1834 bytes that is not ours";
    let unreached = "https://staging.example.com/portal: connection refused";
    let stale = "1 known failure passes now: secret.known";
    let leak = "the secret got into an artifact";
    vec![
        report(),
        small(
            Ruling::Conforms,
            0,
            v6,
            "",
            vec![good(), left_out("durable.restart", Level::Required)],
        ),
        small(Ruling::Refused, 6, None, foreign, vec![]),
        small(
            Ruling::CouldNotTest,
            3,
            None,
            unreached,
            vec![unreachable()],
        ),
        small(
            Ruling::Undecided,
            4,
            None,
            "1 undecided: fetch.isolated",
            vec![good(), starved("fetch.isolated")],
        ),
        small(
            Ruling::Undecided,
            4,
            None,
            "nothing was tested",
            vec![left_out("endpoint.fetch", Level::Required)],
        ),
        small(Ruling::Drift, 5, v6, stale, vec![good()]),
        small(
            Ruling::Interrupted,
            130,
            None,
            "stopped by a signal",
            vec![good()],
        ),
        small(Ruling::InternalError, 70, None, leak, vec![]),
    ]
}

fn good() -> CaseResult {
    case(
        "endpoint.backup",
        "A store is answered",
        vec![passed("endpoint.backup", Level::Required)],
    )
}

fn starved(id: &str) -> CaseResult {
    let why = "only one client was given, two are needed";
    CaseResult {
        exchanges: Vec::new(),
        ..case(
            id,
            "A case that could not be decided",
            vec![undecided(id, Level::Required, why)],
        )
    }
}

fn left_out(id: &str, level: Level) -> CaseResult {
    let why = match level {
        Level::Required => "no restart command was given (--restart)",
        Level::Recommended | Level::Informational => "not selected",
    };
    CaseResult {
        exchanges: Vec::new(),
        ..case(
            id,
            "A case that was left out",
            vec![bare(id, level, Status::Skipped, Some("not-run"), why)],
        )
    }
}

fn unreachable() -> CaseResult {
    let check = bare(
        "endpoint.backup",
        Level::Required,
        Status::Errored,
        Some("not-run"),
        "connection refused",
    );
    CaseResult {
        exchanges: vec![exchange(
            0,
            store("a", "one", Some("GDRIVE")),
            Err(Trouble::Refused),
        )],
        ..case("endpoint.backup", "A store is answered", vec![check])
    }
}

/// Failures that do not fail the run.
fn tolerated() -> [CaseResult; 4] {
    let with = |standing, check| Check {
        standing: Some(standing),
        ..check
    };
    let known = failed(
        "secret.wrong",
        Level::Required,
        "accepted",
        "a wrong secret is accepted",
    );
    let html = failed(
        "endpoint.json",
        Level::Recommended,
        "other-type",
        "the answer is sent as text/html",
    );
    let created = failed(
        "endpoint.status-200",
        Level::Informational,
        "not-200",
        "another status than 200",
    );
    let trace = failed(
        "input.no-internals",
        Level::Recommended,
        "shown",
        "an answer shows a stack trace",
    );
    let held = "the client has held a share before";
    [
        case(
            "secret.known",
            "A wrong secret is refused",
            vec![with(Standing::Known, known)],
        ),
        case(
            "endpoint.json",
            "A fetch is answered as JSON",
            vec![
                with(Standing::Warning, html),
                passed("endpoint.fetch", Level::Required),
            ],
        ),
        case(
            "endpoint.status-200",
            "A store is answered with 200",
            vec![with(Standing::Note, created)],
        ),
        case(
            "fetch.empty",
            "A client without shares has an empty array",
            vec![
                undecided("fetch.empty", Level::Recommended, held),
                with(Standing::Warning, trace),
            ],
        ),
    ]
}

/// What could not be told, not be tested, or was left out.
fn unanswered() -> Vec<CaseResult> {
    let control = "a control failed: the store was answered 500";
    let large = undecided("share.size-large", Level::Informational, control);
    let mut cases = vec![
        starved("fetch.isolated"),
        starved("replace.atomic"),
        case("share.size-large", "A large share is taken", vec![large]),
        left_out("durable.restart", Level::Required),
        left_out("method.exact", Level::Recommended),
        left_out("share.note", Level::Informational),
    ];
    let errored = [
        ("v5.accepted", Level::Required),
        ("v5.is-unknown", Level::Recommended),
        ("v5.note", Level::Informational),
    ];
    cases.extend(errored.map(|(id, level)| {
        let check = bare(
            id,
            level,
            Status::Errored,
            Some("environment"),
            "the restart command ended with 1",
        );
        case(id, "A case that met trouble of ours", vec![check])
    }));
    cases
}

/// A report of these cases, with its requirements and counts worked out.
pub(super) fn of(cases: Vec<CaseResult>, outcome: Outcome) -> Report {
    let requirements = requirements(&cases);
    let counts = Counts {
        requirements: tally(requirements.iter().map(|it| it.status)),
        cases: tally(cases.iter().map(|it| it.status)),
        checks: tally(cases.iter().flat_map(|it| &it.checks).map(|it| it.status)),
        failed: tally(
            requirements
                .iter()
                .filter(|it| it.status == Status::Failed)
                .map(|it| it.level),
        ),
    };
    Report {
        format: FORMAT,
        tool: Tool {
            name: "sharecheck".to_owned(),
            version: "0.1.0".to_owned(),
            suite: "5f1d7a84db00d2fce00b31a7fc73224d".to_owned(),
        },
        run: Run {
            id: "8b1c4a1e-6f0b-4f57-9d59-2f1f3c5e7a90".to_owned(),
            seed: 42,
            started_at: "2026-11-22T10:00:00.250Z".to_owned(),
            duration_ms: 940,
            target: "https://staging.example.com/portal/".to_owned(),
            contract: Contract::V6,
            jobs: 4,
            requests: cases.iter().map(|it| it.exchanges.len()).sum::<usize>() + 1500,
        },
        outcome,
        counts,
        requirements,
        cases,
        latency: Latencies {
            store: Latency {
                p50_ms: 3.1,
                p95_ms: 8.0,
                p99_ms: 21.5,
                max_ms: 40.0,
            },
            fetch: Latency {
                p50_ms: 1.2,
                p95_ms: 2.9,
                p99_ms: 9.0,
                max_ms: 12.25,
            },
        },
        facts: Vec::new(),
        notices: Vec::new(),
    }
}

/// A case of these checks, with one plain exchange.
pub(super) fn case(id: &str, title: &str, checks: Vec<Check>) -> CaseResult {
    CaseResult {
        id: id.to_owned(),
        title: title.to_owned(),
        status: Status::of(checks.iter().map(|it| it.status)),
        checks,
        clients: BTreeMap::from([("a".to_owned(), "test-1".to_owned())]),
        exchanges: vec![exchange(0, fetch("a", "test-1"), Ok(shares(&[])))],
    }
}

pub(super) fn bare(
    id: &str,
    level: Level,
    status: Status,
    code: Option<&str>,
    message: &str,
) -> Check {
    Check {
        requirement: id.to_owned(),
        level,
        status,
        code: code.map(str::to_owned),
        message: message.to_owned(),
        expected: None,
        observed: None,
        exchange: None,
        standing: None,
    }
}

fn passed(id: &str, level: Level) -> Check {
    bare(
        id,
        level,
        Status::Passed,
        None,
        "Does what the contract asks.",
    )
}

fn undecided(id: &str, level: Level, why: &str) -> Check {
    bare(id, level, Status::Undecided, Some("undecided"), why)
}

fn failed(id: &str, level: Level, code: &str, message: &str) -> Check {
    Check {
        expected: Some("what the contract asks".to_owned()),
        observed: Some("200 (text/html, 33 bytes)".to_owned()),
        exchange: Some(0),
        standing: Some(Standing::Counted),
        ..bare(id, level, Status::Failed, Some(code), message)
    }
}

fn same_method() -> CaseResult {
    let check = Check {
        expected: Some("the share new, once".to_owned()),
        observed: Some("the shares old and new".to_owned()),
        exchange: Some(3),
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
                },
                Found::Share {
                    label: "new".to_owned(),
                    altered: None,
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
fn also_broken() -> CaseResult {
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

fn hostile() -> CaseResult {
    let check = Check {
        expected: Some(HOSTILE.to_owned()),
        observed: Some(HOSTILE.to_owned()),
        ..failed("input.malformed", Level::Required, "accepted", HOSTILE)
    };
    let mut sent = fetch("a", HOSTILE);
    sent.body = format!("{{\"clientId\": {HOSTILE}");
    sent.oddity = Some("secret: prefix, content type: text/plain".to_owned());
    let mut answer = reply(500, Some("text/html"), HOSTILE);
    answer.internals = Some("a stack trace".to_owned());
    answer.headers = BTreeMap::from([("server".to_owned(), HOSTILE.to_owned())]);
    answer.reading.fault = Some(HOSTILE.to_owned());
    answer.reading.other_keys = vec![HOSTILE.to_owned()];
    CaseResult {
        clients: BTreeMap::from([("a".to_owned(), HOSTILE.to_owned())]),
        exchanges: vec![exchange(0, sent, Ok(answer))],
        ..case("input.hostile", HOSTILE, vec![check])
    }
}

fn alterations() -> CaseResult {
    let altered = [
        Alteration::Cut(255),
        Alteration::WhiteSpace,
        Alteration::Reserialized,
        Alteration::Parsed,
        Alteration::From(12),
    ];
    let mut found: Vec<Found> = altered
        .into_iter()
        .map(|it| Found::Share {
            label: "one".to_owned(),
            altered: Some(it),
        })
        .collect();
    found.extend([
        Found::Leftover,
        Found::Elsewhere,
        Found::Ours,
        Found::Debris,
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
                exchange: Some(1),
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

fn troubles() -> CaseResult {
    let troubles = [
        Trouble::Dns,
        Trouble::Refused,
        Trouble::ConnectTimeout,
        Trouble::Tls(HOSTILE.to_owned()),
        Trouble::Connect("the proxy said 407".to_owned()),
        Trouble::Timeout,
        Trouble::Closed,
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
                exchange: Some(5),
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

fn store(client: &str, share: &str, method: Option<&str>) -> Sent {
    let method_text = method.map_or_else(String::new, |it| format!(",\"backupMethod\":\"{it}\""));
    Sent {
        webhook: Webhook::Backup,
        client: client.to_owned(),
        share: Some(share.to_owned()),
        method: method.map(str::to_owned),
        body: format!("{{\"clientId\":\"test-1\",\"share\":\"‹share {share}›\"{method_text}}}"),
        bytes: 2100,
        oddity: None,
    }
}

fn fetch(client: &str, id: &str) -> Sent {
    let body = serde_json::json!({ "clientId": id }).to_string();
    Sent {
        webhook: Webhook::Fetch,
        client: client.to_owned(),
        share: None,
        method: None,
        bytes: body.len(),
        body,
        oddity: None,
    }
}

fn reply(status: u16, content_type: Option<&str>, body: &str) -> Reply {
    Reply {
        status,
        content_type: content_type.map(str::to_owned),
        headers: BTreeMap::new(),
        reading: Reading {
            form: Form::Neither,
            fault: None,
            found: Vec::new(),
            other_keys: Vec::new(),
        },
        body: body.to_owned(),
        bytes: body.len(),
        internals: None,
    }
}

fn shares(found: &[Found]) -> Reply {
    let texts: Vec<String> = found.iter().map(|it| format!("‹{it}›")).collect();
    let body = serde_json::json!({ "backupShares": texts }).to_string();
    let mut reply = reply(200, Some("application/json"), &body);
    reply.reading.form = Form::Shares;
    reply.reading.found = found.to_vec();
    reply
}

fn exchange(step: usize, sent: Sent, outcome: Result<Reply, Trouble>) -> Exchange {
    let started_us = 1000 + 5000 * u64::try_from(step).unwrap();
    Exchange {
        place: Place {
            step: step.checked_sub(1),
            lane: 0,
            turn: 0,
        },
        expected: step.checked_sub(1).map(|_| match sent.webhook {
            Webhook::Backup => "a 2xx".to_owned(),
            Webhook::Fetch => "what was acknowledged".to_owned(),
        }),
        sent,
        outcome,
        reused: step > 0,
        started_us,
        ended_us: started_us + 3250,
    }
}

fn requirements(cases: &[CaseResult]) -> Vec<RequirementResult> {
    let mut all: Vec<RequirementResult> = Vec::new();
    for (case, check) in cases
        .iter()
        .flat_map(|case| case.checks.iter().map(move |check| (case, check)))
    {
        let id = check.requirement.as_str();
        if let Some(known) = all.iter_mut().find(|it| it.id == id) {
            known.status = known.status.max(check.status);
            if known.cases.last() != Some(&case.id) {
                known.cases.push(case.id.clone());
            }
            continue;
        }
        all.push(RequirementResult {
            id: id.to_owned(),
            level: check.level,
            status: check.status,
            cases: vec![case.id.clone()],
            statement: format!("Keeps `{id}`."),
            consequence: "Portal cannot read the share back. A user who lost the phone cannot recover the wallet or reach \
                the money in it."
                .to_owned(),
            fix: "Replace the row of this client and method in one transaction, for instance with an upsert over a unique \
                key, and answer only after the commit."
                .to_owned(),
            source: "MG, SM".to_owned(),
        });
    }
    all
}

fn tally<K: Ord>(keys: impl Iterator<Item = K>) -> BTreeMap<K, usize> {
    keys.fold(BTreeMap::new(), |mut all, key| {
        *all.entry(key).or_default() += 1;
        all
    })
}
