//! What was seen to the report: the one way for a run that has just ended and for one that was recorded. Pure:
//! the same run gives the same report. What is to be said of a finished report comes after this.

use super::attribute::{Attribution, Circumstances, attribute};
use super::diagnose::diagnose;
use super::gate::{self, known};
use super::latency::latencies;
use super::load::Suite;
use super::recall::Record;
use crate::model::behaviour::Behaviour;
use crate::model::case::Case;
use crate::model::cause::Cause;
use crate::model::effect::Look;
use crate::model::finding::{Check, Evidence, Standing, Status};
use crate::model::known::{Day, KnownFailure};
use crate::model::log::{Began, Ended, Looked};
use crate::model::report::{
    CaseResult, Diagnosis, FORMAT, Halted, Held, Report, RequirementResult, Ruling, Run, Tool,
};
use crate::model::requirement::{Part, Requirement, Requirements};
use crate::model::transcript::Transcript;
use crate::model::trial::LeftOut;
use crate::model::wallets::Wallets;
use std::collections::{BTreeMap, HashMap, HashSet};

/// All that was seen of a run.
#[derive(Clone, Debug)]
pub struct Observed {
    /// What was going to happen.
    pub began: Began,
    /// What was found before the first trial.
    pub looked: Looked,
    /// Every attempt at every trial, in any order.
    pub transcripts: Vec<Transcript>,
    /// How it ended.
    pub ended: Ended,
}

/// Concludes from what was seen what the custodian is worth.
pub fn conclude(observed: Observed, suite: &Suite) -> Report {
    let Observed {
        began,
        looked,
        transcripts,
        ended,
    } = observed;
    let order = Order::of(suite);
    let circumstances = Circumstances::of(&transcripts, &began, &ended);
    let Attribution {
        mut cases,
        causes,
        circumstances,
    } = attribute(&transcripts, circumstances, &suite.requirements);
    let left_out = [&began.left_out[..], &ended.starved[..]].concat();
    cases.extend(left_out.iter().map(|it| absent(it, &suite.requirements)));
    let late = looked
        .late_ms
        .zip(suite.requirements.judged_by(Look::InTime));
    cases.extend(late.map(|(ms, requirement)| too_late(ms, requirement)));
    cases.sort_by_cached_key(|case| order.place(&case.id));
    let wallets = Wallets::of(&transcripts);
    let free = Wallets::facts(&transcripts);
    let terms = Terms::of(&began);
    for case in &mut cases {
        gate::stand(&mut case.checks, terms.strict);
        known::accept(&case.id, &mut case.checks, &terms.known, terms.today);
    }
    let Circumstances {
        vain,
        gone,
        in_between,
        ..
    } = circumstances;
    let broken_off = ended.broken_off.clone();
    let mut run = run(&began, &transcripts, ended);
    let known = is_known(suite, &began, &cases);
    run.whole &= known;
    if let Some(part) = &mut run.shard {
        part.whole_once_merged &= known;
    }
    let limited = in_between
        .as_ref()
        .filter(|cause| matches!(cause, Cause::Quota(..)))
        .map(Cause::advice);
    run.halted = run.halted.or_else(|| {
        let in_vain = vain.as_ref().map(|vain| vain.cause.clone());
        let seen = |case: &CaseResult| matches!(case.status, Status::Passed | Status::Failed);
        let broken_off = broken_off.filter(|_| !cases.iter().any(seen));
        let gone = gone.as_ref().map(|gone| gone.cause.clone());
        in_vain
            .or(gone)
            .or(limited.as_ref().map(|limited| limited.cause.clone()))
            .or(in_between.map(|cause| cause.told()))
            .or(broken_off.map(|cause| cause.told()))
            .map(Halted::Environment)
    });
    let mut report = report(suite, cases, &left_out, run, &began.known);
    report.causes = causes;
    report.wallets = wallets;
    let advice = looked.stop.or(vain).or(limited).or_else(|| gone.clone());
    let next = advice.map(|advice| advice.next);
    let next = next.or_else(|| half_not_testable(&report.cases, &suite.requirements));
    advise(&mut report, next.as_deref());
    report
        .facts
        .extend([looked.facts, began.facts, free].concat());
    let unsaid = gone.filter(|_| report.outcome.verdict != Ruling::CouldNotTest);
    report
        .notices
        .extend(unsaid.map(|gone| format!("{}: {}", gone.cause, gone.next)));
    report
        .notices
        .extend(judged_anew(&began.tool, &report.tool));
    report
}

/// Concludes anew from what a log tells.
pub fn judge_again(record: Record, suite: &Suite) -> Report {
    let Record {
        began,
        looked,
        transcripts,
        ended,
    } = record;
    let observed = Observed {
        began,
        looked,
        transcripts,
        ended,
    };
    conclude(observed, suite)
}

/// What a failure is weighed by, before all is seen.
#[derive(Clone, Debug)]
struct Terms {
    strict: bool,
    known: Vec<KnownFailure>,
    today: Day,
}

impl Terms {
    /// Those of a run.
    fn of(began: &Began) -> Self {
        Self {
            strict: began.strict,
            known: began.known.clone(),
            today: Day::of_run(&began.started_at),
        }
    }
}

/// Why the user's half could not be looked at, if so: that says what is missing.
fn half_not_testable(cases: &[CaseResult], requirements: &Requirements) -> Option<String> {
    let of_half = |check: &&Check| {
        let requirement = requirements.get(&check.requirement);
        requirement.is_some_and(|it| it.part != Part::Webhooks)
    };
    let checks = cases.iter().flat_map(|case| &case.checks).filter(of_half);
    let mut errored = checks.filter(|it| it.status == Status::Errored);
    Some(errored.next()?.message.clone())
}

/// Puts a report together from its cases, whose failures have their standing.
pub fn report(
    suite: &Suite,
    cases: Vec<CaseResult>,
    left_out: &[LeftOut],
    run: Run,
    known: &[KnownFailure],
) -> Report {
    let requirements = gate::results(
        &suite.requirements,
        &cases,
        left_out,
        run.contract,
        run.webhooks,
    );
    let seen = known::Seen {
        requirements: &requirements,
        cases: &cases,
        whole: run.whole,
    };
    let review = known::review(known, &seen, Day::of_run(&run.started_at));
    let mut report = weigh(
        &suite.requirements,
        tool(suite),
        run,
        requirements,
        cases,
        left_out,
    );
    gate::drift(&mut report.outcome, review.drift);
    report.known_failures = review.met;
    report.notices = review.notices;
    report.facts = Behaviour::of(&report).free();
    report.diagnosis = diagnosis(suite, &report);
    report
}

/// Decides, counts and measures.
pub(super) fn weigh(
    asked: &Requirements,
    tool: Tool,
    run: Run,
    requirements: Vec<RequirementResult>,
    cases: Vec<CaseResult>,
    left_out: &[LeftOut],
) -> Report {
    Report {
        format: FORMAT,
        tool,
        outcome: gate::gate(asked, &requirements, &cases, left_out, &run),
        run,
        counts: gate::counts(&requirements, &cases),
        latency: latencies(&cases),
        facts: Vec::new(),
        causes: Vec::new(),
        known_failures: Vec::new(),
        diagnosis: Vec::new(),
        wallets: None,
        audited: Vec::new(),
        rehearsal: None,
        notices: Vec::new(),
        requirements,
        cases,
    }
}

/// The known faults that explain what failed.
pub(super) fn diagnosis(suite: &Suite, report: &Report) -> Vec<Diagnosis> {
    // What is only worth knowing is no failure to be explained.
    let counts = |check: &Check| check.standing.is_some_and(|it| it != Standing::Note);
    let mut checks = report.cases.iter().flat_map(|case| &case.checks);
    if !checks.any(counts) {
        return Vec::new();
    }
    let contract = report.run.contract;
    diagnose(&suite.signatures, &suite.remedies, contract, &report.cases)
}

/// What makes a report of this suite.
pub fn tool(suite: &Suite) -> Tool {
    Tool {
        name: "sharecheck".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        suite: suite.digest.clone(),
    }
}

/// The order of a report's cases: that of the suite, each with its repetitions behind it.
struct Order<'a>(HashMap<&'a str, usize>);

impl<'a> Order<'a> {
    fn of(suite: &'a Suite) -> Self {
        let ids = suite.cases.iter().map(|case| case.id.as_str());
        Self(ids.zip(0..).collect())
    }

    fn place(&self, id: &str) -> (usize, usize, String) {
        let (bare, round) = id.split_once('#').unwrap_or((id, "1"));
        let known = self.0.get(bare).copied();
        (
            known.unwrap_or(usize::MAX),
            round.parse().unwrap_or(usize::MAX),
            id.to_owned(),
        )
    }
}

fn run(began: &Began, transcripts: &[Transcript], ended: Ended) -> Run {
    Run {
        id: began.id.clone(),
        seed: began.seed,
        started_at: began.started_at.clone(),
        duration_ms: ended.duration_ms,
        target: began.target.clone(),
        contract: began.contract,
        jobs: began.jobs,
        requests: ended.requests,
        webhooks: true,
        strict: began.strict,
        require_all: began.require_all,
        build: began.build.clone(),
        whole: began.whole,
        made_up: began.made_up,
        curl: began.curl.clone(),
        reference: began.reference.clone(),
        freedoms: began.freedoms.clone(),
        shard: began.shard,
        halted: ended.halted,
        held: Held::of(transcripts),
    }
}

/// Whether the run knew every case that the suite has by now, the built-in ones among them.
fn is_known(suite: &Suite, began: &Began, cases: &[CaseResult]) -> bool {
    let bare = |id: &str| id.split('#').next().unwrap_or_default().to_owned();
    let known: HashSet<String> = cases.iter().map(|case| bare(&case.id)).collect();
    let of_user = |case: &&Case| case.has_user_half();
    let user_half = suite
        .cases
        .iter()
        .filter(of_user)
        .any(|it| known.contains(&it.id));
    let mut of_contract = suite
        .cases
        .iter()
        .filter(|case| case.contracts.contains(&began.contract))
        .filter(|case| user_half || !case.has_user_half());
    suite.built_in && of_contract.all(|case| known.contains(&case.id))
}

/// A case that did not run, as a result: nothing is missing from a report without a word.
fn absent(case: &LeftOut, requirements: &Requirements) -> CaseResult {
    let code = match case.shard {
        Some(_) => OTHER_SHARD,
        None => "left-out",
    };
    let checks = case.requirements.iter().map(|id| Check {
        requirement: id.clone(),
        level: requirements.level(id),
        status: Status::Skipped,
        code: Some(code.to_owned()),
        message: case.reason.clone(),
        behind: None,
        rows: None,
        expected: None,
        observed: None,
        subject: None,
        evidence: None,
        standing: None,
    });
    CaseResult {
        id: case.id.clone(),
        title: case.title.clone(),
        status: Status::Skipped,
        checks: checks.collect(),
        fresh: false,
        clients: BTreeMap::new(),
        shapes: BTreeMap::new(),
        acts: BTreeMap::new(),
        exchanges: Vec::new(),
    }
}

/// The id under which the look before the first case stands among the cases.
pub(super) const PREFLIGHT: &str = "preflight";

/// What the look before the first case has shown: a custodian that sleeps until it is first asked is late for
/// the user who asks first.
fn too_late(ms: u64, requirement: &Requirement) -> CaseResult {
    let check = Check {
        requirement: requirement.id.clone(),
        level: requirement.level,
        status: Status::Failed,
        code: Some("too-late".to_owned()),
        message: "one of the first requests, before any case, got no answer in time".to_owned(),
        behind: None,
        expected: Some("an answer within 10 s".to_owned()),
        observed: Some(format!("{} s", ms / 1000)),
        subject: None,
        rows: None,
        evidence: Some(Evidence::Text(
            "a request of the look before the first case".to_owned(),
        )),
        standing: Some(Standing::Counted),
    };
    CaseResult {
        id: PREFLIGHT.to_owned(),
        title: "The first requests are answered".to_owned(),
        status: check.status,
        checks: vec![check],
        fresh: false,
        clients: BTreeMap::new(),
        shapes: BTreeMap::new(),
        acts: BTreeMap::new(),
        exchanges: Vec::new(),
    }
}

/// The code of a check that another part of the plan asks.
pub(super) const OTHER_SHARD: &str = "other-shard";

/// Says what to do next where nothing could be tested.
pub(super) fn advise(report: &mut Report, next: Option<&str>) {
    if let Some(next) = next
        && report.outcome.verdict == Ruling::CouldNotTest
    {
        let second = report.outcome.reasons.len().min(1);
        report
            .outcome
            .reasons
            .insert(second, format!("next: {next}"));
    }
}

/// What there is to say where others judged when the run was recorded.
fn judged_anew(then: &Tool, now: &Tool) -> Option<String> {
    let short = |tool: &Tool| {
        let digest: String = tool.suite.chars().take(12).collect();
        format!("suite {digest} of sharecheck {}", tool.version)
    };
    (then != now).then(|| {
        format!(
            "recorded with {}, judged with {}: cases that are new were not run",
            short(then),
            short(now)
        )
    })
}
