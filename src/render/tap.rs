//! Test Anything Protocol, version 14: a test point for each case. What is undecided is skipped, and a run
//! that is no verdict on the custodian bails out, so that nobody takes it for green.

use super::shown::{Shown, reason, shown};
use super::visible::visible;
use crate::model::finding::{Standing, Status};
use crate::model::report::{CaseResult, Report, Ruling};
use std::fmt::Write as _;

pub(super) fn render(report: &Report) -> String {
    let mut out = format!("TAP version 14\n1..{}", report.cases.len());
    out.push_str(if report.cases.is_empty() {
        " # SKIP nothing was tested\n"
    } else {
        "\n"
    });
    for (index, case) in report.cases.iter().enumerate() {
        point(&mut out, index + 1, case);
    }
    for notice in &report.notices {
        let _ = writeln!(out, "# {}", visible(notice));
    }
    if let Some(why) = bail(report) {
        let _ = writeln!(out, "Bail out! {}", escaped(&why));
    }
    out
}

fn point(out: &mut String, number: usize, case: &CaseResult) {
    let kind = shown(case);
    let (ok, directive) = match (kind, case.status) {
        (Shown::Failed, _) if is_known(case) => ("not ok", " # TODO known failure".to_owned()),
        (Shown::Failed, _) | (_, Status::Errored) => ("not ok", String::new()),
        (_, Status::Undecided) => {
            let why = escaped(&reason(case, Status::Undecided));
            ("ok", format!(" # SKIP undecided: {why}"))
        }
        (_, Status::Skipped) => (
            "ok",
            format!(" # SKIP {}", escaped(&reason(case, Status::Skipped))),
        ),
        (_, Status::Passed | Status::Failed) => ("ok", String::new()),
    };
    let _ = writeln!(
        out,
        "{ok} {number} - {} {}{directive}",
        escaped(&case.id),
        escaped(&case.title)
    );
    match kind {
        Shown::Passed | Shown::Skipped | Shown::Undecided => {}
        Shown::Warned | Shown::Failed | Shown::Tripped | Shown::Errored => {
            details(out, case, kind);
        }
    }
}

fn details(out: &mut String, case: &CaseResult, kind: Shown) {
    let _ = writeln!(out, "  ---\n  status: {}\n  checks:", kind.name());
    for check in &case.checks {
        match check.status {
            Status::Passed | Status::Skipped => continue,
            Status::Failed | Status::Undecided | Status::Errored => {}
        }
        let standing = match check.standing {
            Some(Standing::Counted) => "counted",
            Some(Standing::Known) => "known",
            Some(Standing::Warning) => "warning",
            Some(Standing::Note) => "note",
            None => "none",
        };
        let _ = writeln!(out, "    - requirement: {}", yaml(&check.requirement));
        let _ = writeln!(out, "      level: {}", check.level.name());
        let _ = writeln!(out, "      status: {}", check.status.name());
        let _ = writeln!(out, "      standing: {standing}");
        let _ = writeln!(out, "      message: {}", yaml(&check.message));
        for (name, text) in [
            ("expected", &check.expected),
            ("observed", &check.observed),
            ("at", &check.place()),
        ] {
            if let Some(text) = text {
                let _ = writeln!(out, "      {name}: {}", yaml(text));
            }
        }
    }
    out.push_str("  ...\n");
}

/// Whether a team has accepted for now what a case fails by.
fn is_known(case: &CaseResult) -> bool {
    let own = case.checks.first();
    own.is_some_and(|it| it.standing == Some(Standing::Known))
}

fn bail(report: &Report) -> Option<String> {
    let reason = report
        .outcome
        .reasons
        .first()
        .map(String::as_str)
        .unwrap_or_default();
    match report.outcome.verdict {
        Ruling::Conforms | Ruling::DoesNotConform | Ruling::Drift => None,
        other @ (Ruling::CouldNotTest
        | Ruling::Undecided
        | Ruling::Refused
        | Ruling::InternalError
        | Ruling::Interrupted) => Some(format!("{}: {reason}", other.words())),
    }
}

/// A text in a description or directive.
fn escaped(text: &str) -> String {
    visible(text).replace('\\', "\\\\").replace('#', "\\#")
}

/// A text as a quoted YAML scalar, on one line.
fn yaml(text: &str) -> String {
    format!(
        "\"{}\"",
        visible(text).replace('\\', "\\\\").replace('"', "\\\"")
    )
}
