//! Reports made by hand: one that holds every status at every level, every trouble and alteration, and
//! hostile text; and a small one for each verdict.

mod cases;
mod exchanges;
mod suspects;

pub(super) use cases::{bare, case};
pub(super) use exchanges::user_fetch;

use crate::contract::Contract;
use crate::contract::wallet::Curve;
use crate::model::finding::Status;
use crate::model::known::{Day, KnownFailure};
use crate::model::report::{
    CaseResult, Counts, FORMAT, Held, Latencies, Latency, Outcome, Report, RequirementResult,
    Ruling, Run, Stage, Tool,
};
use crate::model::requirement::{Level, Part};
use crate::model::wallets::{Cell, Wallets};
use cases::{good, left_out, passed, recovered, starved, tolerated, unanswered, unreachable};
use exchanges::{also_broken, alterations, hostile, parted, same_method, troubles};
use std::collections::BTreeMap;
use suspects::suspected;

/// Text that is meant to break every format.
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
        parted(),
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
    report.known_failures = vec![KnownFailure {
        requirement: "secret.wrong".to_owned(),
        case: None,
        code: "accepted".to_owned(),
        reason: HOSTILE.to_owned(),
        owner: "wallet-team".to_owned(),
        expires: Day::read("2026-12-31").unwrap(),
        flaky: false,
    }];
    report.diagnosis = suspected();
    report.wallets = Some(wallets(14));
    report.notices = vec![
        "known failure secret.wrong (accepted) of wallet-team expires on 2026-12-31 (in 9 days)"
            .to_owned(),
    ];
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
    let mut both = small(Ruling::Conforms, 0, v6, "", vec![good(), recovered()]);
    both.wallets = Some(wallets(18));
    vec![
        report(),
        both,
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
            webhooks: true,
            requests: cases.iter().map(|it| it.exchanges.len()).sum::<usize>() + 1500,
            strict: false,
            require_all: false,
            build: Some("4f1c2".to_owned()),
            whole: true,
            shard: None,
            halted: None,
            held: Some(Held {
                clients: 41,
                bytes: 1_250_000,
            }),
            made_up: false,
            curl: Vec::new(),
            reference: None,
            freedoms: Vec::new(),
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
        causes: Vec::new(),
        known_failures: Vec::new(),
        wallets: None,
        audited: Vec::new(),
        rehearsal: None,
        notices: Vec::new(),
        diagnosis: Vec::new(),
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
            part: part(id),
            status: check.status,
            cases: vec![case.id.clone()],
            statement: format!("Keeps `{id}`."),
            breach: format!("Does not keep `{id}`."),
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

/// What a requirement speaks of.
fn part(id: &str) -> Part {
    match id.split('.').next() {
        Some("wallet" | "user-share") => Part::UserHalf,
        Some("portal-api") => Part::Portal,
        Some(_) | None => Part::Webhooks,
    }
}

/// So many wallets of 18 came back; those that did not were asked for by one method.
pub(super) fn wallets(whole: usize) -> Wallets {
    let cell = |method: &str, curve, whole, of| Cell {
        method: method.to_owned(),
        curve,
        whole,
        of,
    };
    Wallets {
        whole,
        of: 18,
        grid: vec![
            cell("GDRIVE", Curve::Secp256k1, whole - 11, 7),
            cell("GDRIVE", Curve::Ed25519, whole - 13, 5),
            cell("PASSKEY", Curve::Secp256k1, 6, 6),
            cell("PASSKEY", Curve::Ed25519, 6, 6),
            cell("PASSWORD", Curve::Secp256k1, 5, 5),
        ],
    }
}

fn tally<K: Ord>(keys: impl Iterator<Item = K>) -> BTreeMap<K, usize> {
    keys.fold(BTreeMap::new(), |mut all, key| {
        *all.entry(key).or_default() += 1;
        all
    })
}
