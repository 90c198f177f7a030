//! Common Test Report Format: the report as other dashboards read it. What it has no word for stands in
//! `rawStatus`: `warned` (passed), `known-failure` (failed), `undecided` and `errored` (other).

use super::shown::{Shown, elapsed, fails, reason, section, shown, tally, tripped_over};
use super::visible::{self, visible};
use super::wallets::together;
use crate::model::finding::{Check, Standing, Status};
use crate::model::report::{CaseResult, Report};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

pub(super) fn render(report: &Report) -> String {
    let start = humantime::parse_rfc3339(&report.run.started_at).unwrap_or(SystemTime::UNIX_EPOCH);
    let start = millis(
        start
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default(),
    );
    let tests: Vec<Test<'_>> = report.cases.iter().map(|case| test(case, start)).collect();
    let count = |status| tests.iter().filter(|test| test.status == status).count();
    let shown = tally(report)
        .into_iter()
        .map(|(kind, count)| (kind.name(), count))
        .collect();
    visible::json(&Document {
        report_format: "CTRF",
        spec_version: "0.0.0",
        report_id: &report.run.id,
        timestamp: &report.run.started_at,
        generated_by: "sharecheck",
        results: Results {
            tool: Tool {
                name: &report.tool.name,
                version: &report.tool.version,
            },
            summary: Summary {
                tests: tests.len(),
                passed: count(Outcome::Passed),
                failed: count(Outcome::Failed),
                skipped: count(Outcome::Skipped),
                pending: 0,
                other: count(Outcome::Other),
                start,
                stop: start + report.run.duration_ms,
                extra: shown,
            },
            tests,
            extra: Extra {
                target: &report.run.target,
                build: report.run.build.as_deref(),
                contract: report.run.contract.name(),
                seed: report.run.seed,
                verdict: report.outcome.verdict.words(),
                exit_code: report.outcome.exit_code,
                stage: report.outcome.stage.map(crate::model::report::Stage::name),
                multi_backup_safe: report.outcome.multi_backup_safe,
                wallets: together(report),
                notices: &report.notices,
            },
        },
    })
}

fn test(case: &CaseResult, start: u64) -> Test<'_> {
    let kind = shown(case);
    let own = case.checks.first();
    let said = |check: &Check| {
        format!(
            "{}: {}",
            visible(&check.requirement),
            visible(&check.message)
        )
    };
    let known = own.is_some_and(|it| it.standing == Some(Standing::Known));
    let raw = if kind == Shown::Failed && known {
        "known-failure"
    } else {
        kind.name()
    };
    let status = match (kind, case.status) {
        (Shown::Failed, _) => Outcome::Failed,
        (_, Status::Passed | Status::Failed) => Outcome::Passed,
        (_, Status::Skipped) => Outcome::Skipped,
        (_, Status::Undecided | Status::Errored) => Outcome::Other,
    };
    let message = match kind {
        Shown::Passed => None,
        Shown::Tripped => {
            tripped_over(case).map(|it| format!("breaks as well {}", visible(&it.requirement)))
        }
        Shown::Warned | Shown::Failed => own.map(said),
        Shown::Undecided | Shown::Skipped | Shown::Errored => Some(reason(case, case.status)),
    };
    let first = case
        .exchanges
        .iter()
        .map(|it| it.started_us)
        .min()
        .unwrap_or_default();
    let title = visible(&case.title);
    let labels = [
        Some(("case", case.id.as_str())),
        own.map(|it| ("requirement", it.requirement.as_str())),
        own.map(|it| ("level", it.level.name())),
        Some(("section", section(case))),
        Some(("title", &title)),
    ];
    Test {
        name: visible(&case.id).into_owned(),
        status,
        duration: millis(elapsed(case)),
        start: start + first / 1000,
        suite: ["sharecheck", section(case)],
        message,
        raw_status: raw,
        labels: labels
            .into_iter()
            .flatten()
            .map(|(name, text)| (name, text.to_owned()))
            .collect(),
        steps: case
            .checks
            .iter()
            .map(|check| Step {
                name: said(check),
                status: of_check(check),
            })
            .collect(),
    }
}

fn of_check(check: &Check) -> Outcome {
    match check.status {
        Status::Failed if !fails(check.standing) => Outcome::Passed,
        Status::Failed => Outcome::Failed,
        Status::Passed => Outcome::Passed,
        Status::Skipped => Outcome::Skipped,
        Status::Undecided | Status::Errored => Outcome::Other,
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    Passed,
    Failed,
    Skipped,
    Other,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    report_format: &'a str,
    spec_version: &'a str,
    report_id: &'a str,
    timestamp: &'a str,
    generated_by: &'a str,
    results: Results<'a>,
}

#[derive(Serialize)]
struct Results<'a> {
    tool: Tool<'a>,
    summary: Summary<'a>,
    tests: Vec<Test<'a>>,
    extra: Extra<'a>,
}

#[derive(Serialize)]
struct Tool<'a> {
    name: &'a str,
    version: &'a str,
}

#[derive(Serialize)]
struct Summary<'a> {
    tests: usize,
    passed: usize,
    failed: usize,
    skipped: usize,
    pending: usize,
    other: usize,
    start: u64,
    stop: u64,
    extra: BTreeMap<&'a str, usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Test<'a> {
    name: String,
    status: Outcome,
    duration: u64,
    start: u64,
    suite: [&'a str; 2],
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    raw_status: &'a str,
    labels: BTreeMap<&'a str, String>,
    steps: Vec<Step>,
}

#[derive(Serialize)]
struct Step {
    name: String,
    status: Outcome,
}

#[derive(Serialize)]
struct Extra<'a> {
    target: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    build: Option<&'a str>,
    contract: &'a str,
    seed: u64,
    verdict: &'a str,
    exit_code: u8,
    stage: Option<&'a str>,
    multi_backup_safe: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wallets: Option<String>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    notices: &'a [String],
}
