//! JUnit XML: a suite for each section of the contract, a test case for each case.

use super::broken::{Broken, broken};
use super::shown::{Shown, elapsed, fails, reason, section, shown};
use super::visible::visible;
use crate::model::finding::{Check, Standing, Status};
use crate::model::report::{CaseResult, Report};
use quick_junit::{NonSuccessKind, Property, TestCase, TestCaseStatus, TestSuite};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::Duration;

pub(super) fn render(report: &Report) -> String {
    let broken = broken(report);
    let known: HashMap<&str, &Broken<'_>> = broken.iter().map(|it| (it.id, it)).collect();
    let mut suites: Vec<TestSuite> = Vec::new();
    let mut index: HashMap<&str, usize> = HashMap::new();
    for case in &report.cases {
        let section = section(case);
        let at = *index.entry(section).or_insert_with(|| {
            let mut suite = TestSuite::new(visible(section).as_ref());
            suite.extra.insert(
                "timestamp".into(),
                visible(&report.run.started_at).as_ref().into(),
            );
            suite.set_time(Duration::ZERO);
            suites.push(suite);
            suites.len() - 1
        });
        let time = elapsed(case);
        let suite = &mut suites[at];
        suite.set_time(suite.time.unwrap_or_default() + time);
        suite.add_test_case(test_case(case, section, time, &known));
    }
    if let Some(first) = suites.first_mut() {
        first.properties = about(report);
    }
    let mut out = quick_junit::Report::new("sharecheck");
    out.set_time(Duration::from_millis(report.run.duration_ms));
    out.add_test_suites(suites);
    let text = out.to_string().unwrap_or_default();
    // Jenkins' schema knows this count of a suite only, not of the root, which comes first.
    let skipped = counted(report, &[Shown::Skipped, Shown::Undecided]);
    text.replacen(&format!(" skipped=\"{skipped}\""), "", 1)
}

fn counted(report: &Report, kinds: &[Shown]) -> usize {
    let of_kind = |case: &&CaseResult| kinds.contains(&shown(case));
    report.cases.iter().filter(of_kind).count()
}

fn about(report: &Report) -> Vec<Property> {
    let outcome = &report.outcome;
    let safe = match outcome.multi_backup_safe {
        Some(true) => "true",
        Some(false) => "false",
        None => "unknown",
    };
    [
        ("target", visible(&report.run.target).into_owned()),
        ("contract", report.run.contract.name().to_owned()),
        ("seed", report.run.seed.to_string()),
        ("run", visible(&report.run.id).into_owned()),
        ("verdict", outcome.verdict.words().to_owned()),
        ("exit_code", outcome.exit_code.to_string()),
        (
            "stage",
            outcome
                .stage
                .map_or("unknown", crate::model::report::Stage::name)
                .to_owned(),
        ),
        ("multi_backup_safe", safe.to_owned()),
    ]
    .into_iter()
    .chain(
        report
            .notices
            .iter()
            .map(|notice| ("notice", visible(notice).into_owned())),
    )
    .map(|(name, value)| Property::new(name, value))
    .collect()
}

fn test_case(
    case: &CaseResult,
    section: &str,
    time: Duration,
    known: &HashMap<&str, &Broken<'_>>,
) -> TestCase {
    let kind = shown(case);
    let failed: Vec<&Check> = case
        .checks
        .iter()
        .filter(|it| it.status == Status::Failed)
        .collect();
    let (counted, mild): (Vec<&Check>, Vec<&Check>) =
        failed.into_iter().partition(|it| fails(it.standing));
    let status = match kind {
        Shown::Passed | Shown::Warned => TestCaseStatus::success(),
        Shown::Failed => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            if let Some(first) = counted.first() {
                let known_only = counted
                    .iter()
                    .all(|it| it.standing == Some(Standing::Known));
                let prefix = if known_only { "known failure: " } else { "" };
                status.set_message(format!(
                    "{prefix}{}: {}",
                    visible(&first.requirement),
                    visible(&first.message)
                ));
                status.set_type(visible(first.code.as_deref().unwrap_or("failed")).as_ref());
            }
            status.set_description(counted.iter().map(|it| told(it, known)).collect::<String>());
            status
        }
        Shown::Errored => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message(reason(case, Status::Errored));
            status.set_type("errored");
            status
        }
        Shown::Undecided | Shown::Skipped => {
            let mut status = TestCaseStatus::skipped();
            let of = if kind == Shown::Skipped {
                Status::Skipped
            } else {
                Status::Undecided
            };
            status.set_message(format!("{}: {}", kind.name(), reason(case, of)));
            status
        }
    };
    let mut out = TestCase::new(
        format!("{} {}", visible(&case.id), visible(&case.title)),
        status,
    );
    out.set_classname(format!("sharecheck.{}", visible(section)));
    out.set_time(time);
    out.set_system_out(beside(case, kind, &mild, known));
    out
}

/// What Jenkins' schema has no element for: the requirement, the status, and what is broken without counting.
fn beside(
    case: &CaseResult,
    kind: Shown,
    mild: &[&Check],
    known: &HashMap<&str, &Broken<'_>>,
) -> String {
    let mut out = format!("status: {}\n", kind.name());
    if let Some(own) = case.checks.first() {
        let (id, level) = (visible(&own.requirement), own.level.name());
        let _ = writeln!(out, "requirement: {id} ({level})");
    }
    for check in mild {
        let _ = write!(out, "warning: {}", told(check, known));
    }
    out
}

/// A failed check in a few lines.
fn told(check: &Check, known: &HashMap<&str, &Broken<'_>>) -> String {
    let mut out = format!(
        "{} ({}): {}\n",
        visible(&check.requirement),
        check.level.name(),
        visible(&check.message)
    );
    let requirement = known
        .get(check.requirement.as_str())
        .and_then(|it| it.requirement);
    for (name, text) in [
        ("expected", check.expected.as_deref()),
        ("came", check.observed.as_deref()),
        ("at", check.place().as_deref()),
        ("wallet", requirement.map(|it| it.consequence.as_str())),
        ("mend", requirement.map(|it| it.fix.as_str())),
    ] {
        if let Some(text) = text {
            let _ = writeln!(out, "  {name}: {}", visible(text));
        }
    }
    out
}
