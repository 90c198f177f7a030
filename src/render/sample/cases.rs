//! The sample's cases whose checks matter.

use super::exchanges::{exchange, fetch, shares, store};
use crate::exchange::Trouble;
use crate::model::finding::{Check, Evidence, Location, Standing, Status};
use crate::model::report::CaseResult;
use crate::model::requirement::Level;
use std::collections::BTreeMap;

pub(super) fn good() -> CaseResult {
    case(
        "endpoint.backup",
        "A store is answered",
        vec![passed("endpoint.backup", Level::Required)],
    )
}

pub(super) fn recovered() -> CaseResult {
    case(
        "wallet.recoverable.passkey",
        "A wallet that was backed up by PASSKEY is put together again",
        vec![passed("wallet.recoverable", Level::Required)],
    )
}

pub(super) fn starved(id: &str) -> CaseResult {
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

pub(super) fn left_out(id: &str, level: Level) -> CaseResult {
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

pub(super) fn unreachable() -> CaseResult {
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
pub(super) fn tolerated() -> [CaseResult; 6] {
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
    let time = Check {
        evidence: Some(Evidence::Location(Location::File {
            path: "prisma/schema.prisma".to_owned(),
            line: 12,
            column: 3,
        })),
        ..failed(
            "db.time",
            Level::Recommended,
            "no-time",
            "no column says when a share was stored",
        )
    };
    let held = "the client has held a share before";
    let doubled = failed(
        "replace.same-method",
        Level::Required,
        "kept-old",
        "a replaced share still comes back",
    );
    [
        case(
            "fetch.plain",
            "A fetch is answered",
            vec![
                passed("endpoint.fetch", Level::Required),
                with(Standing::Counted, doubled),
            ],
        ),
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
        CaseResult {
            exchanges: Vec::new(),
            ..case(
                "schema.time",
                "A share's row has a time",
                vec![with(Standing::Warning, time)],
            )
        },
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
pub(super) fn unanswered() -> Vec<CaseResult> {
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

/// A case of these checks, with one plain exchange.
pub(in crate::render) fn case(id: &str, title: &str, checks: Vec<Check>) -> CaseResult {
    CaseResult {
        fresh: false,
        id: id.to_owned(),
        title: title.to_owned(),
        status: Status::of(checks.first().map(|it| it.status)),
        checks,
        clients: BTreeMap::from([("a".to_owned(), "test-1".to_owned())]),
        shapes: BTreeMap::new(),
        acts: BTreeMap::new(),
        exchanges: vec![exchange(0, fetch("a", "test-1"), Ok(shares(&[])))],
    }
}

pub(in crate::render) fn bare(
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
        behind: None,
        rows: None,
        expected: None,
        observed: None,
        subject: None,
        evidence: None,
        standing: None,
    }
}

pub(super) fn passed(id: &str, level: Level) -> Check {
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

pub(super) fn failed(id: &str, level: Level, code: &str, message: &str) -> Check {
    Check {
        expected: Some("what the contract asks".to_owned()),
        observed: Some("200 (text/html, 33 bytes)".to_owned()),
        subject: None,
        evidence: Some(Evidence::Exchange(0)),
        standing: Some(Standing::Counted),
        ..bare(id, level, Status::Failed, Some(code), message)
    }
}
