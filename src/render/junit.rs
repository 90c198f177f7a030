//! JUnit XML: a suite of the requirements, which tells what is wrong, and one of the cases, which says where.

use super::broken::{Broken, broken};
use super::shown::{Shown, elapsed, fails, reason, section, shown};
use super::visible::visible;
use super::wallets::together;
use super::words::{headline, list};
use crate::model::finding::{Standing, Status};
use crate::model::report::{CaseResult, Report, RequirementResult};
use quick_junit::{NonSuccessKind, Property, TestCase, TestCaseStatus, TestSuite};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::Duration;

/// How many ids are listed in one place.
const MOST_IDS: usize = 6;

pub(super) fn render(report: &Report) -> String {
    let broken = broken(report);
    let broken: HashMap<&str, &Broken<'_>> = broken.iter().map(|it| (it.id, it)).collect();
    let mut requirements = suite("requirements", report);
    requirements.properties = about(report);
    for it in &report.requirements {
        let broken = broken.get(it.id.as_str()).copied();
        requirements.add_test_case(of_requirement(report, it, broken));
    }
    requirements.set_time(Duration::ZERO);
    let mut cases = suite("cases", report);
    cases.add_test_cases(report.cases.iter().map(of_case));
    cases.set_time(report.cases.iter().map(elapsed).sum());
    let skipped = requirements.skipped + cases.skipped;
    let mut out = quick_junit::Report::new("sharecheck");
    out.set_time(Duration::from_millis(report.run.duration_ms));
    out.add_test_suites([requirements, cases]);
    let text = out.to_string().unwrap_or_default();
    // Jenkins' schema knows this count of a suite only, not of the root, which comes first.
    text.replacen(&format!(" skipped=\"{skipped}\""), "", 1)
}

fn suite(name: &str, report: &Report) -> TestSuite {
    let mut suite = TestSuite::new(name);
    let began = visible(&report.run.started_at);
    suite
        .extra
        .insert("timestamp".into(), began.as_ref().into());
    suite
}

fn about(report: &Report) -> Vec<Property> {
    let outcome = &report.outcome;
    let safe = match outcome.multi_backup_safe {
        Some(true) => "true",
        Some(false) => "false",
        None => "unknown",
    };
    let build = report.run.build.as_deref();
    let build = build.map(|it| ("build", visible(it).into_owned()));
    let wallets = together(report).map(|it| ("wallets", it));
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
    .chain(build)
    .chain(wallets)
    .chain(
        report
            .notices
            .iter()
            .map(|notice| ("notice", visible(notice).into_owned())),
    )
    .map(|(name, value)| Property::new(name, value))
    .collect()
}

/// A requirement, with what is wrong and what to do: the one place that tells it.
fn of_requirement(
    report: &Report,
    requirement: &RequirementResult,
    broken: Option<&Broken<'_>>,
) -> TestCase {
    let standing = broken.map(|it| it.standing);
    let status = match Shown::of(requirement.status, standing) {
        Shown::Passed | Shown::Warned | Shown::Tripped => TestCaseStatus::success(),
        Shown::Failed => failure(requirement, broken),
        Shown::Errored => error(why(report, &requirement.id, Status::Errored)),
        Shown::Undecided => skipped(
            Status::Undecided,
            &why(report, &requirement.id, Status::Undecided),
        ),
        Shown::Skipped => skipped(
            Status::Skipped,
            &why(report, &requirement.id, Status::Skipped),
        ),
    };
    let mut out = TestCase::new(visible(&requirement.id).as_ref(), status);
    out.set_classname("sharecheck.requirements");
    out.set_time(Duration::ZERO);
    let mut beside = format!(
        "level: {}\n{}\n",
        requirement.level.name(),
        visible(&requirement.statement)
    );
    if let Some(it) = broken.filter(|it| !fails(Some(it.standing))) {
        beside.push_str("warning: ");
        beside.push_str(&told(it));
    }
    out.set_system_out(beside);
    out
}

fn failure(requirement: &RequirementResult, broken: Option<&Broken<'_>>) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    let Some(it) = broken else {
        status.set_message(visible(&requirement.breach).as_ref());
        return status;
    };
    let prefix = match it.standing {
        Standing::Known => "known failure: ",
        Standing::Counted | Standing::Warning | Standing::Note => "",
    };
    status.set_message(format!("{prefix}{}", headline(it)));
    let code = it.best().check.code.as_deref().unwrap_or("failed");
    status.set_type(visible(code).as_ref());
    status.set_description(told(it));
    status
}

fn error(why: String) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_message(why);
    status.set_type("errored");
    status
}

fn skipped(kind: Status, why: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(format!("{}: {why}", kind.name()));
    status
}

/// Why a requirement has this status, as the first check of it says that has it.
fn why(report: &Report, id: &str, status: Status) -> String {
    let mut checks = report.cases.iter().flat_map(|it| &it.checks);
    let first = checks.find(|it| it.requirement == id && it.status == status);
    first.map_or_else(
        || "no case of it ran".to_owned(),
        |it| visible(&it.message).into_owned(),
    )
}

/// A case, which fails for its own requirement only: what is wrong stands where that requirement is.
fn of_case(case: &CaseResult) -> TestCase {
    let own = case.checks.first();
    let id = own.map_or_else(String::new, |it| visible(&it.requirement).into_owned());
    let kind = shown(case);
    let status = match (kind, case.status) {
        (Shown::Failed, _) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(format!("breaks {id}, which tells it"));
            let code = own.and_then(|it| it.code.as_deref()).unwrap_or("failed");
            status.set_type(visible(code).as_ref());
            status
        }
        (Shown::Errored, _) | (Shown::Tripped, Status::Errored) => {
            error(reason(case, Status::Errored))
        }
        (_, kind @ (Status::Undecided | Status::Skipped)) => skipped(kind, &reason(case, kind)),
        (_, Status::Passed | Status::Failed | Status::Errored) => TestCaseStatus::success(),
    };
    let mut out = TestCase::new(visible(&case.id).as_ref(), status);
    out.set_classname(format!("sharecheck.cases.{}", visible(section(case))));
    out.set_time(elapsed(case));
    let mut beside = format!("{}\nstatus: {}\n", visible(&case.title), kind.name());
    if let Some(own) = own {
        let _ = writeln!(beside, "requirement: {id} ({})", own.level.name());
    }
    for other in case.checks.iter().skip(1) {
        if other.status == Status::Failed {
            let _ = writeln!(beside, "breaks as well: {}", visible(&other.requirement));
        }
    }
    out.set_system_out(beside);
    out
}

/// What is wrong with a requirement, in a few lines.
fn told(it: &Broken<'_>) -> String {
    let best = it.best();
    let mut out = format!(
        "{} ({}): {}\n",
        visible(it.id),
        it.level.name(),
        visible(&best.check.message)
    );
    let cases: Vec<&str> = it.sightings.iter().map(|it| it.case.id.as_str()).collect();
    for (name, text) in [
        ("expected", best.check.expected.as_deref()),
        ("came", best.check.observed.as_deref()),
        ("at", best.check.place().as_deref()),
        ("in", Some(list(&cases, MOST_IDS).as_str())),
        ("wallet", it.requirement.map(|it| it.consequence.as_str())),
        ("mend", it.requirement.map(|it| it.fix.as_str())),
    ] {
        if let Some(text) = text {
            let _ = writeln!(out, "  {name}: {}", visible(text));
        }
    }
    out
}
