//! The gate's truth table: statuses × levels × strict × halted × known × drift, and nothing left out.

use super::known::{Seen, accept, review};
use super::*;
use crate::model::finding::Evidence;
use crate::model::known::{Day, KnownFailure};
use rstest::rstest;

const TODAY: &str = "2026-06-15";

fn check(id: &str, level: Level, status: Status, code: &str) -> Check {
    Check {
        requirement: id.to_owned(),
        level,
        status,
        code: Some(code.to_owned()),
        message: String::new(),
        behind: None,
        rows: None,
        expected: None,
        observed: None,
        subject: None,
        evidence: None,
        standing: None,
    }
}

fn case(id: &str, checks: Vec<Check>) -> CaseResult {
    CaseResult {
        fresh: false,
        id: id.to_owned(),
        title: String::new(),
        status: Status::of(checks.iter().map(|check| check.status)),
        checks,
        clients: BTreeMap::new(),
        shapes: BTreeMap::new(),
        acts: BTreeMap::new(),
        exchanges: Vec::new(),
    }
}

fn requirement(id: &str, level: Level, cases: &[CaseResult]) -> RequirementResult {
    let checks = cases.iter().flat_map(|case| &case.checks);
    let own = checks.filter(|check| check.requirement == id);
    RequirementResult {
        id: id.to_owned(),
        level,
        part: Part::Webhooks,
        status: Status::of(own.map(|check| check.status)),
        cases: Vec::new(),
        statement: String::new(),
        breach: String::new(),
        consequence: String::new(),
        fix: String::new(),
        source: String::new(),
    }
}

fn entry(id: &str, code: &str, expires: &str) -> KnownFailure {
    KnownFailure {
        requirement: id.to_owned(),
        case: None,
        code: code.to_owned(),
        reason: "for now".to_owned(),
        owner: "team".to_owned(),
        expires: Day::read(expires).unwrap(),
        flaky: false,
    }
}

/// What a run was held to, and why it ended.
struct Terms {
    run: Run,
    known: Vec<KnownFailure>,
}

fn terms(strict: bool, halted: Option<Halted>, known: Vec<KnownFailure>) -> Terms {
    let run = Run {
        id: String::new(),
        seed: 1,
        started_at: format!("{TODAY}T12:00:00.000Z"),
        duration_ms: 1,
        target: "http://localhost/".to_owned(),
        contract: Contract::V6,
        jobs: 1,
        requests: 1,
        strict,
        require_all: false,
        build: None,
        whole: true,
        made_up: false,
        curl: Vec::new(),
        reference: None,
        freedoms: Vec::new(),
        shard: None,
        halted,
        webhooks: true,
        held: None,
    };
    Terms { run, known }
}

/// Gives every failure its standing.
fn weighed(cases: &mut [CaseResult], terms: &Terms) {
    for case in cases {
        stand(&mut case.checks, terms.run.strict);
        let today = Day::read(TODAY).unwrap();
        accept(&case.id, &mut case.checks, &terms.known, today);
    }
}

/// What a run of these cases comes to, and what is said of the list.
fn outcome(
    mut cases: Vec<CaseResult>,
    levels: &[(&str, Level)],
    terms: &Terms,
) -> (Outcome, Vec<String>) {
    let today = Day::read(TODAY).unwrap();
    weighed(&mut cases, terms);
    let requirements: Vec<_> = levels
        .iter()
        .map(|(id, level)| requirement(id, *level, &cases))
        .collect();
    let mut outcome = gate(
        &Requirements::default(),
        &requirements,
        &cases,
        &[],
        &terms.run,
    );
    let seen = Seen {
        requirements: &requirements,
        cases: &cases,
        whole: terms.run.whole,
    };
    let review = review(&terms.known, &seen, today);
    drift(&mut outcome, review.drift);
    (outcome, review.notices)
}

/// How the list of known failures stands to the one requirement that is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Listed {
    No,
    Yes,
    OtherCode,
    Expired,
}

/// What the table says, as a sentence would: nothing of the code under test is used.
fn expected(
    status: Status,
    level: Level,
    strict: bool,
    halted: Option<&Halted>,
    listed: Listed,
) -> u8 {
    let counts = level == Level::Required || strict && level == Level::Recommended;
    let excused = listed == Listed::Yes;
    match halted {
        Some(Halted::Bug(_)) => return 70,
        Some(Halted::Foreign(_)) => return 6,
        Some(Halted::Killed) => return 130,
        Some(Halted::Signal(signal)) => return 128 + signal,
        Some(Halted::Environment(_)) | None => {}
    }
    if counts && status == Status::Failed && !excused {
        return 1;
    }
    if halted.is_some() || counts && status == Status::Errored {
        return 3;
    }
    if counts && status == Status::Undecided {
        return 4;
    }
    let nothing_seen = matches!(
        status,
        Status::Skipped | Status::Undecided | Status::Errored
    );
    if nothing_seen {
        return 4;
    }
    // What an expired entry spoke of was seen, and so was it that a listed failure passes.
    let stale = matches!(listed, Listed::Yes | Listed::OtherCode) && status == Status::Passed;
    let expired = listed == Listed::Expired;
    if stale || expired { 5 } else { 0 }
}

#[test]
fn the_truth_table_holds_for_every_combination() {
    let halts = [
        None,
        Some(Halted::Environment("no way in".to_owned())),
        Some(Halted::Foreign("a share".to_owned())),
        Some(Halted::Signal(2)),
        Some(Halted::Signal(15)),
        Some(Halted::Bug("ours".to_owned())),
    ];
    let mut rows = 0;
    for status in Status::ALL {
        for level in [Level::Required, Level::Recommended, Level::Informational] {
            for strict in [false, true] {
                for halted in &halts {
                    for listed in [Listed::No, Listed::Yes, Listed::OtherCode, Listed::Expired] {
                        let known = match listed {
                            Listed::No => vec![],
                            Listed::Yes => vec![entry("r", "lost", TODAY)],
                            Listed::OtherCode => vec![entry("r", "cut", TODAY)],
                            Listed::Expired => vec![entry("r", "lost", "2026-06-14")],
                        };
                        let cases = vec![case("c", vec![check("r", level, status, "lost")])];
                        let terms = terms(strict, halted.clone(), known);
                        let (outcome, _) = outcome(cases, &[("r", level)], &terms);
                        let row =
                            format!("{status:?} {level:?} strict {strict} {halted:?} {listed:?}");
                        let wanted = expected(status, level, strict, halted.as_ref(), listed);
                        assert_eq!(outcome.exit_code, wanted, "{row}");
                        let broken = level == Level::Required && status == Status::Failed;
                        assert!(!broken || outcome.multi_backup_safe == Some(false), "{row}");
                        assert!(
                            outcome.exit_code == 0
                                || outcome.multi_backup_safe != Some(true)
                                || outcome.exit_code == 5,
                            "{row}"
                        );
                        rows += 1;
                    }
                }
            }
        }
    }
    assert_eq!(rows, 5 * 3 * 2 * 6 * 4);
}

/// Of two things the weightier one decides: 70, 6, then a signal, 1, 3, 4, 5.
#[rstest]
#[case(&[Status::Failed, Status::Errored, Status::Undecided], None, 1)]
#[case(&[Status::Failed, Status::Undecided], Some(Halted::Environment(String::new())), 1)]
#[case(&[Status::Errored, Status::Undecided], None, 3)]
#[case(&[Status::Undecided, Status::Passed], Some(Halted::Environment(String::new())), 3)]
#[case(&[Status::Undecided, Status::Passed], None, 4)]
#[case(&[Status::Passed], None, 5)]
#[case(&[Status::Failed, Status::Errored], Some(Halted::Foreign(String::new())), 6)]
#[case(&[Status::Failed, Status::Errored], Some(Halted::Bug(String::new())), 70)]
#[case(&[Status::Failed, Status::Undecided], Some(Halted::Signal(2)), 130)]
#[case(&[Status::Passed], Some(Halted::Signal(15)), 143)]
fn the_weightiest_decides(
    #[case] statuses: &[Status],
    #[case] halted: Option<Halted>,
    #[case] code: u8,
) {
    let ids = ["a", "b", "c", "d"];
    let mut checks: Vec<Check> = statuses
        .iter()
        .zip(ids)
        .map(|(status, id)| check(id, Level::Required, *status, "lost"))
        .collect();
    // Beside all of them stands an entry that is stale.
    checks.push(check("stale", Level::Required, Status::Passed, "lost"));
    let cases = checks
        .into_iter()
        .map(|it| case(&format!("of.{}", it.requirement), vec![it]))
        .collect();
    let levels: Vec<(&str, Level)> = ids[..statuses.len()]
        .iter()
        .copied()
        .chain(["stale"])
        .map(|id| (id, Level::Required))
        .collect();
    let terms = terms(false, halted, vec![entry("stale", "lost", TODAY)]);
    let (outcome, notices) = outcome(cases, &levels, &terms);
    assert_eq!(outcome.exit_code, code, "{:?}", outcome.reasons);
    assert!(notices.iter().any(|notice| notice.contains("stale")));
}

/// Two cases of two requirements: the first is broken as known, and leaves the second undecided.
fn behind(second: Vec<Check>, others: Vec<CaseResult>) -> u8 {
    let mut known = check("r", Level::Required, Status::Failed, "lost");
    known.evidence = Some(Evidence::Exchange(3));
    let mut cases = vec![case("first", [vec![known], second].concat())];
    cases.extend(others);
    let levels = [("r", Level::Required), ("s", Level::Required)];
    outcome(
        cases,
        &levels,
        &terms(false, None, vec![entry("r", "lost", TODAY)]),
    )
    .0
    .exit_code
}

fn open_at(exchange: Option<usize>) -> Vec<Check> {
    let mut open = check("s", Level::Required, Status::Undecided, "undecided");
    open.evidence = exchange.map(Evidence::Exchange);
    vec![open]
}

fn kept() -> Vec<CaseResult> {
    vec![case(
        "other",
        vec![check("s", Level::Required, Status::Passed, "")],
    )]
}

#[test]
fn what_a_known_failure_hides_is_excused_only_where_another_case_shows_it_to_be_kept() {
    assert_eq!(behind(open_at(Some(3)), kept()), 0);
    assert_eq!(behind(open_at(Some(3)), vec![]), 4, "never seen to be kept");
    assert_eq!(
        behind(open_at(Some(2)), kept()),
        4,
        "another exchange left it open"
    );
    assert_eq!(behind(open_at(None), kept()), 4, "no exchange left it open");
    let elsewhere = [kept(), vec![case("third", open_at(Some(3)))]].concat();
    assert_eq!(
        behind(open_at(Some(3)), elsewhere),
        4,
        "no known failure in that case"
    );
}

#[test]
fn what_got_no_client_is_never_excused() {
    let known = check("r", Level::Required, Status::Failed, "lost");
    let mut cases = vec![
        case("c", vec![known]),
        case("d", vec![check("s", Level::Required, Status::Passed, "")]),
    ];
    let terms = terms(false, None, vec![entry("r", "lost", TODAY)]);
    weighed(&mut cases, &terms);
    let mut requirements = vec![
        requirement("r", Level::Required, &cases),
        requirement("s", Level::Required, &cases),
    ];
    assert_eq!(
        gate(
            &Requirements::default(),
            &requirements,
            &cases,
            &[],
            &terms.run
        )
        .exit_code,
        0
    );
    requirements[1].status = Status::Undecided;
    let starved = LeftOut {
        id: "e".to_owned(),
        title: String::new(),
        requirements: vec!["s".to_owned()],
        reason: "no client".to_owned(),
        undecides: true,
        shard: None,
    };
    assert_eq!(
        gate(
            &Requirements::default(),
            &requirements,
            &cases,
            std::slice::from_ref(&starved),
            &terms.run
        )
        .exit_code,
        4
    );
    // Nor is it where the requirement is broken as known in another case.
    requirements[1].status = Status::Passed;
    let starved = LeftOut {
        requirements: vec!["r".to_owned()],
        ..starved
    };
    assert_eq!(
        gate(
            &Requirements::default(),
            &requirements,
            &cases,
            &[starved],
            &terms.run
        )
        .exit_code,
        4
    );
}

#[test]
fn a_run_with_known_failures_is_never_called_safe() {
    let cases = vec![
        case(
            "c",
            vec![check("r", Level::Required, Status::Failed, "lost")],
        ),
        case("d", vec![check("s", Level::Required, Status::Passed, "")]),
    ];
    let levels = [("r", Level::Required), ("s", Level::Required)];
    let (outcome, _) = outcome(
        cases,
        &levels,
        &terms(false, None, vec![entry("r", "lost", TODAY)]),
    );
    assert_eq!(
        (outcome.exit_code, outcome.multi_backup_safe),
        (0, Some(false))
    );
    assert_eq!(outcome.reasons, ["1 broken as known: r"]);
}

#[test]
fn a_known_failure_does_not_hide_what_could_not_be_tested() {
    let checks = |status| vec![check("r", Level::Required, status, "lost")];
    let cases = vec![
        case("c", checks(Status::Failed)),
        case("d", checks(Status::Errored)),
    ];
    let terms = terms(false, None, vec![entry("r", "lost", TODAY)]);
    let (outcome, _) = outcome(cases, &[("r", Level::Required)], &terms);
    assert_eq!(outcome.exit_code, 3);
}

#[test]
fn what_was_not_looked_at_is_named_and_leaves_a_run_undecided_where_all_is_asked_for() {
    let of = |id: &str, level, status| case(id, vec![check(id, level, status, "")]);
    let cases = vec![
        of("kept", Level::Required, Status::Passed),
        of("unseen", Level::Required, Status::Skipped),
        of("advice", Level::Recommended, Status::Skipped),
    ];
    let levels = [
        ("kept", Level::Required),
        ("unseen", Level::Required),
        ("advice", Level::Recommended),
    ];
    let mut terms = terms(false, None, Vec::new());
    let (lenient, _) = outcome(cases.clone(), &levels, &terms);
    assert_eq!(
        (lenient.exit_code, lenient.multi_backup_safe),
        (0, Some(true))
    );
    assert_eq!(lenient.reasons, ["1 not looked at: unseen"]);
    terms.run.require_all = true;
    let (demanding, _) = outcome(cases, &levels, &terms);
    assert_eq!(
        (demanding.exit_code, demanding.multi_backup_safe),
        (4, None)
    );
    assert_eq!(
        demanding.reasons,
        ["1 not looked at, which --require-all asks for: unseen"]
    );
}
