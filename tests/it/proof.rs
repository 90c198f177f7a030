//! The suite proves itself: everything passes against the correct custodian, and every fault is caught by
//! every case that names it. The matrix is a snapshot, so that a verdict that changes shows in review.

use sharecheck::contract::Contract;
use sharecheck::model::report::Report;
use sharecheck::model::requirement::Level;
use sharecheck::pipeline::load::{Sources, Suite, load};
use sharecheck::proof;
use sharecheck::reference::Fault;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

fn suite() -> Suite {
    let faults: Vec<&str> = Fault::ALL.iter().map(|fault| fault.name()).collect();
    load(&Sources::default(), &faults).unwrap_or_else(|error| panic!("{error}"))
}

fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots");
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
        let report = proof::against(&suite, contract, None).await.unwrap();
        assert_eq!(
            proof::complaints(&report),
            Vec::<String>::new(),
            "contract {contract}"
        );
        assert_eq!(report.outcome.exit_code, 0);
        assert_eq!(
            report.outcome.multi_backup_safe,
            Some(contract == Contract::V6)
        );
        snapshot(&format!("proof.correct-{contract}"), &normalised(&report));
    }
}

/// A race need not show in every run: a fault is given so many.
const RUNS: usize = 3;

/// Runs the suite against a fault until every case that names it has failed, and says what has not.
async fn prove(suite: &Suite, fault: Fault, contract: Contract) -> (Report, Vec<String>) {
    let mut last = None;
    for _ in 0..RUNS {
        let report = proof::against(suite, contract, Some(fault)).await.unwrap();
        let unproved = proof::unproved(suite, fault, &report);
        let done = unproved.is_empty();
        last = Some((report, unproved));
        if done {
            break;
        }
    }
    last.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_is_caught_by_every_case_that_names_it() {
    let suite = Arc::new(suite());
    // Two at a time: a run waits as often as it works.
    let at_once = Arc::new(tokio::sync::Semaphore::new(2));
    let mut runs = tokio::task::JoinSet::new();
    for fault in Fault::ALL
        .iter()
        .filter(|fault| !proof::BEYOND_ONE_RUN.contains(&fault.name()))
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
    let mut matrix = BTreeMap::new();
    while let Some(run) = runs.join_next().await {
        let (fault, contract, report, open) = run.unwrap();
        unproved.extend(open);
        // What else a fault breaks can depend on timing; what is named must be broken, and is kept.
        let named = suite
            .cases
            .iter()
            .filter(|case| case.catches.iter().any(|name| name == fault.name()));
        let named: BTreeSet<&str> = named
            .flat_map(|case| case.also.iter().chain([&case.requirement]))
            .map(String::as_str)
            .collect();
        let status = "replace.concurrent-status";
        let kept =
            |id: &&str| named.contains(id) && (*id != status || fault.name() == "concurrent-500");
        let broken: Vec<&str> = proof::broken(&report).into_iter().filter(kept).collect();
        matrix.insert(format!("{} {contract}", fault.name()), broken.join(" "));
    }
    assert!(unproved.is_empty(), "{}", unproved.join("\n"));
    let width = matrix.keys().map(String::len).max().unwrap_or(0);
    let lines = matrix
        .iter()
        .map(|(fault, broken)| format!("{fault:width$}  {broken}"));
    snapshot("proof.matrix", &lines.collect::<Vec<_>>().join("\n"));
}

#[test]
fn every_case_names_a_fault_and_every_required_requirement_has_a_case() {
    let suite = suite();
    for case in &suite.cases {
        assert!(!case.catches.is_empty(), "{} names no fault", case.id);
    }
    // The one waits for a restart command; `migration.rs` proves the other.
    let waiting = ["durable.restart", "v5.survives-migration"];
    for requirement in suite
        .requirements
        .iter()
        .filter(|it| !waiting.contains(&it.id.as_str()))
    {
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
    let missing: Vec<&str> = Fault::ALL
        .iter()
        .map(|fault| fault.name())
        .filter(|name| !named.contains(name))
        .collect();
    assert_eq!(
        missing,
        ["memory-only"],
        "a restart is not among the cases yet"
    );
}

#[test]
fn the_ids_of_cases_never_change() {
    let suite = suite();
    let ids: Vec<&str> = suite.cases.iter().map(|case| case.id.as_str()).collect();
    snapshot("cases.ids", &ids.join("\n"));
}
