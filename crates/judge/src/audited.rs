//! What an audit has found as a report of its own, or beside what a run has seen: the same gate, the same known failures. Pure.

use super::conclude::report;
use super::gate::{self, known};
use super::load::Suite;
use crate::model::known::{Day, KnownFailure};
use crate::model::report::{Audited, CaseResult, Report, Ruling, Run};
use crate::model::requirement::Part;

/// What an audit has found.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// Each answer as a case.
    pub cases: Vec<CaseResult>,
    /// What was looked at.
    pub audited: Vec<Audited>,
}

/// The report of an audit alone.
pub fn audit(findings: Findings, run: Run, suite: &Suite, list: &[KnownFailure]) -> Report {
    let cases = standing(findings.cases, &run, list);
    let mut report = report(suite, cases, &[], run, list);
    report.audited = findings.audited;
    report
}

/// The report of a run with what an audit has found: one verdict on both.
#[must_use]
pub fn with_audit(
    mut report: Report,
    findings: Findings,
    suite: &Suite,
    list: &[KnownFailure],
) -> Report {
    let cases = standing(findings.cases, &report.run, list);
    let own = gate::results(&suite.requirements, &cases, &[], report.run.contract, false);
    report.requirements.extend(own);
    report.cases.extend(cases);
    report.audited = findings.audited;
    let before = report.outcome;
    report.outcome = gate::gate(
        &suite.requirements,
        &report.requirements,
        &report.cases,
        &[],
        &report.run,
    );
    // How far the webhooks are, no database changes.
    report.outcome.stage = before.stage;
    if before.verdict == Ruling::Drift {
        gate::drift(&mut report.outcome, before.reasons);
    } else {
        let next = before
            .reasons
            .into_iter()
            .filter(|it| it.starts_with("next: "));
        report.outcome.reasons.extend(next);
    }
    report.counts = gate::counts(&report.requirements, &report.cases);
    let seen = known::Seen {
        requirements: &report.requirements,
        cases: &report.cases,
        whole: report.run.whole,
    };
    // The others were held against what the run has seen.
    let of_audit = |it: &&KnownFailure| {
        let requirement = suite.requirements.get(&it.requirement);
        requirement.is_some_and(|it| matches!(it.part, Part::Database | Part::Code))
    };
    let list: Vec<KnownFailure> = list.iter().filter(of_audit).cloned().collect();
    let review = known::review(&list, &seen, Day::of_run(&report.run.started_at));
    gate::drift(&mut report.outcome, review.drift);
    report.known_failures.extend(review.met);
    report.notices.extend(review.notices);
    report
}

/// The cases with what each failure comes to.
fn standing(mut cases: Vec<CaseResult>, run: &Run, list: &[KnownFailure]) -> Vec<CaseResult> {
    let today = Day::of_run(&run.started_at);
    for case in &mut cases {
        gate::stand(&mut case.checks, run.strict);
        known::accept(&case.id, &mut case.checks, list, today);
    }
    cases
}
