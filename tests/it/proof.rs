//! The suite proves itself: everything passes against the correct custodian, and every fault is caught by
//! every case that names it. The matrix is a snapshot, so that a verdict that changes shows in review.

use sharecheck::contract::Contract;
use sharecheck::model::effect::Judging;
use sharecheck::model::report::{Diagnosis, Report};
use sharecheck::model::requirement::Level;
use sharecheck::model::signature::Signature;
use sharecheck::pipeline::diagnose::diagnose;
use sharecheck::pipeline::load::{Sources, Suite, load};
use sharecheck::proof;
use sharecheck::reference::{Fault, Layer, Shows, conflict};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

pub(crate) fn suite() -> Suite {
    let faults: Vec<&str> = Fault::ALL.iter().map(|fault| fault.name()).collect();
    load(&Sources::default(), &faults).unwrap_or_else(|error| panic!("{error}"))
}

pub(crate) fn snapshot(name: &str, text: &str) {
    snapshot_in("../../snapshots", name, text);
}

fn snapshot_in(folder: &str, name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// A report without what differs from run to run.
fn normalised(report: &Report) -> String {
    let mut text = String::new();
    let outcome = &report.outcome;
    let stage = outcome
        .stage
        .map_or("unknown", sharecheck::model::report::Stage::name);
    let _ = writeln!(
        text,
        "exit {}, stage {stage}, safe {:?}",
        outcome.exit_code, outcome.multi_backup_safe
    );
    for case in &report.cases {
        let _ = writeln!(text, "{} {}", case.id, case.status.name());
        for check in &case.checks {
            let code = check.code.as_deref().unwrap_or("");
            let _ = writeln!(
                text,
                "  {} {} {code}",
                check.requirement,
                check.status.name()
            );
        }
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn the_correct_custodian_passes_every_case() {
    let suite = suite();
    for contract in [Contract::V6, Contract::V5] {
        let report = proof::against(&suite, contract, &[]).await.unwrap();
        assert_eq!(
            proof::complaints(&report),
            Vec::<String>::new(),
            "contract {contract}"
        );
        assert_eq!(report.outcome.exit_code, 0);
        assert_eq!(report.diagnosis, []);
        assert_eq!(
            report.outcome.multi_backup_safe,
            Some(contract == Contract::V6)
        );
        snapshot(&format!("proof.correct-{contract}"), &normalised(&report));
    }
}

/// A race need not show in every run, and a busy machine spoils one: a fault is given so many.
const RUNS: usize = 3;

/// Runs the suite against a fault until every case that names it has failed and all else is as it is known to be, and says
/// what has not failed.
#[expect(
    clippy::print_stdout,
    reason = "the test harness shows it if the test fails"
)]
async fn prove(suite: &Suite, fault: Fault, contract: Contract) -> (Report, Vec<String>) {
    let mut known = suite.signatures.iter();
    let known = known.find(|it| it.fault == fault.name() && it.contract == contract);
    let mut run = 1;
    loop {
        let report = proof::against(suite, contract, &[fault]).await.unwrap();
        let unproved = proof::unproved(suite, fault, &report);
        let starved = proof::was_starved(fault, &report);
        let seen = proof::signature(suite, fault, &report);
        let same = known == Some(&seen);
        if unproved.is_empty() && !starved && same || run == RUNS {
            return (report, unproved);
        }
        println!(
            "{fault} {contract}, run {run}: starved {starved}, not shown {unproved:?}, as known {same}"
        );
        for change in known.into_iter().flat_map(|known| changes(known, &seen)) {
            println!("  {change}");
        }
        run += 1;
    }
}

/// What one of two signatures has and the other has not.
fn changes(known: &Signature, seen: &Signature) -> Vec<String> {
    let (known, seen) = (known.to_string(), seen.to_string());
    let gone = known.lines().filter(|line| !seen.contains(line));
    let new = seen.lines().filter(|line| !known.contains(line));
    let gone = gone.map(|line| format!("- {line}"));
    gone.chain(new.map(|line| format!("+ {line}"))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_is_caught_by_every_case_that_names_it() {
    let suite = Arc::new(suite());
    // Two at a time: a run waits as often as it works.
    let at_once = Arc::new(tokio::sync::Semaphore::new(2));
    let mut runs = tokio::task::JoinSet::new();
    for fault in Fault::ALL
        .iter()
        // Those that take more than a run have tests of their own: `restart.rs` and `migration.rs`.
        .filter(|fault| fault.shows() != Shows::Later)
    {
        for contract in proof::contracts_of(&suite, *fault) {
            let (suite, fault, at_once) = (Arc::clone(&suite), *fault, Arc::clone(&at_once));
            runs.spawn(async move {
                let _turn = at_once.acquire_owned().await.unwrap();
                let (report, unproved) = prove(&suite, fault, contract).await;
                (fault, contract, report, unproved)
            });
        }
    }
    let mut unproved = Vec::new();
    let mut signatures = BTreeMap::new();
    let mut reports = Vec::new();
    while let Some(run) = runs.join_next().await {
        let (fault, contract, report, open) = run.unwrap();
        unproved.extend(open);
        let name = format!("{}.{contract}", fault.name());
        signatures.insert(name, proof::signature(&suite, fault, &report));
        reports.push((fault, contract, report.cases));
    }
    assert!(unproved.is_empty(), "{}", unproved.join("\n"));
    for (name, signature) in &signatures {
        snapshot_in("../../snapshots/faults", name, &signature.to_string());
    }
    snapshot("proof.matrix", &matrix(signatures.values()));
    let signatures: Vec<Signature> = signatures.into_values().collect();
    for (fault, contract, cases) in reports {
        let named = diagnose(&signatures, &[], contract, &cases);
        let first = named.first().map(suspects).unwrap_or_default();
        assert!(
            first.contains(&fault.name()),
            "{fault} is diagnosed as {first:?}"
        );
    }
}

/// The faults that show at the webhooks; those of the user's half show in its own cases only.
pub(crate) fn of_webhooks() -> impl Iterator<Item = Fault> {
    Fault::ALL
        .iter()
        .copied()
        .filter(|it| it.layer() != Layer::Users)
}

/// The number in an environment variable.
pub(crate) fn number(name: &str, otherwise: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.map_or(otherwise, |text| text.parse().unwrap())
}

/// So many faults out of these that can be had together.
pub(crate) fn drawn(rng: &mut fastrand::Rng, pool: &[Fault], size: usize) -> Vec<Fault> {
    let mut drawn: Vec<Fault> = Vec::new();
    while drawn.len() < size {
        let fault = *rng.choice(pool).unwrap();
        let goes = |other: &Fault| *other != fault && conflict(*other, fault).is_none();
        if drawn.iter().all(goes) {
            drawn.push(fault);
        }
    }
    drawn
}

/// The faults that a diagnosis does not tell apart.
pub(crate) fn suspects(diagnosis: &Diagnosis) -> Vec<&str> {
    let all = std::iter::once(&diagnosis.suspect).chain(&diagnosis.alike);
    all.map(|suspect| suspect.fault.as_str()).collect()
}

/// The requirements that each fault breaks, at a glance.
fn matrix<'a>(signatures: impl Iterator<Item = &'a Signature>) -> String {
    let lines = signatures.map(|signature| {
        let failed = signature.failed().map(|mark| mark.requirement.as_str());
        let broken: BTreeSet<&str> = failed.collect();
        let name = format!("{} {}", signature.fault, signature.contract);
        format!(
            "{name:35} {}",
            broken.into_iter().collect::<Vec<_>>().join(" ")
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_case_names_a_fault_and_every_required_requirement_has_a_case() {
    let suite = suite();
    for case in &suite.cases {
        // What the contract leaves open cannot fail.
        let free = suite.requirements.get(&case.requirement);
        let free = free
            .is_some_and(|it| it.judged == Judging::default() && it.level == Level::Informational);
        assert!(
            free || !case.catches.is_empty(),
            "{} names no fault",
            case.id
        );
    }
    let live = suite.requirements.iter().filter(|it| it.part.is_live());
    for requirement in live {
        for contract in &requirement.contracts {
            let proves = |case: &&sharecheck::model::case::Case| {
                case.contracts.contains(contract)
                    && (case.requirement == requirement.id || case.also.contains(&requirement.id))
            };
            assert!(
                suite.cases.iter().any(|case| proves(&case)),
                "nothing proves {} under {contract}",
                requirement.id
            );
            if requirement.level == Level::Required {
                let primary = suite
                    .cases
                    .iter()
                    .filter(proves)
                    .any(|case| case.requirement == requirement.id);
                assert!(primary, "no case is there for {} itself", requirement.id);
            }
        }
    }
}

#[test]
fn every_fault_is_named_by_a_case() {
    let suite = suite();
    let named: BTreeSet<&str> = suite
        .cases
        .iter()
        .flat_map(|case| &case.catches)
        .map(String::as_str)
        .collect();
    for fault in Fault::ALL {
        let named = named.contains(fault.name());
        assert!(named, "no case names {fault}");
    }
}

#[test]
fn the_ids_of_cases_never_change() {
    let suite = suite();
    let ids: Vec<&str> = suite.cases.iter().map(|case| case.id.as_str()).collect();
    snapshot("cases.ids", &ids.join("\n"));
}
