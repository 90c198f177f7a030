//! The diagnosis names a fault by what it breaks, several at once too, and says nothing where nothing is near.

use crate::proof::{snapshot, suite, suspects};
use rstest::rstest;
use sharecheck::contract::Contract;
use sharecheck::model::finding::{Check, Status};
use sharecheck::model::report::{CaseResult, Diagnosis};
use sharecheck::model::requirement::Level;
use sharecheck::model::signature::{Extent, Mark, Signature};
use sharecheck::pipeline::diagnose::diagnose;
use sharecheck::pipeline::load::Suite;
use std::collections::BTreeMap;
use std::fmt::Write as _;

fn check(requirement: &str, status: Status, code: Option<&str>) -> Check {
    Check {
        requirement: requirement.to_owned(),
        level: Level::Required,
        status,
        code: code.map(str::to_owned),
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

/// The results of a run in which these checks did not pass, and all others did.
fn run(suite: &Suite, contract: Contract, marks: &[&Mark]) -> Vec<CaseResult> {
    let cases = suite
        .cases
        .iter()
        .filter(|case| case.contracts.contains(&contract));
    cases
        .map(|case| {
            let own = std::iter::once(&case.requirement).chain(&case.also);
            let mut checks: BTreeMap<&str, Check> = own
                .map(|id| (id.as_str(), check(id, Status::Passed, None)))
                .collect();
            for mark in marks.iter().filter(|mark| mark.case == case.id) {
                let broken = check(&mark.requirement, mark.status, mark.code.as_deref());
                let held = checks
                    .entry(&mark.requirement)
                    .or_insert_with(|| broken.clone());
                if broken.status >= held.status {
                    *held = broken;
                }
            }
            CaseResult {
                id: case.id.clone(),
                title: case.title.clone(),
                status: Status::of(checks.values().map(|check| check.status)),
                checks: checks.into_values().collect(),
                fresh: false,
                clients: BTreeMap::new(),
                shapes: BTreeMap::new(),
                acts: BTreeMap::new(),
                exchanges: Vec::new(),
            }
        })
        .collect()
}

fn signature<'a>(suite: &'a Suite, fault: &str) -> &'a Signature {
    suite
        .signatures
        .iter()
        .find(|it| it.fault == fault)
        .unwrap()
}

fn diagnosed(suite: &Suite, contract: Contract, marks: &[&Mark]) -> Vec<Diagnosis> {
    let cases = run(suite, contract, marks);
    diagnose(&suite.signatures, &suite.remedies, contract, &cases)
}

#[test]
fn every_fault_is_named_first() {
    let suite = suite();
    let mut held = String::new();
    for it in &suite.signatures {
        let named = diagnosed(&suite, it.contract, &it.checks.iter().collect::<Vec<_>>());
        let first = named
            .first()
            .unwrap_or_else(|| panic!("nothing is said of {}", it.fault));
        let alike = suspects(first);
        assert!(
            alike.contains(&it.fault.as_str()),
            "{} is taken for {alike:?}",
            it.fault
        );
        assert!(
            it.extent != Extent::Whole || first.unexplained == 0,
            "{}",
            it.fault
        );
        assert_eq!(named.len(), 1, "{}", it.fault);
        assert!(!first.remedies.is_empty(), "{}", it.fault);
        if alike.len() > 1 {
            let _ = writeln!(held, "{} {}: {}", it.fault, it.contract, alike.join(" or "));
        }
    }
    snapshot("diagnosis.alike", &held);
}

/// Takes each signature away in turn. What breaks the same in the same way may be taken for another then; a snapshot holds
/// which.
#[test]
fn a_fault_that_nobody_knows_gets_no_name_but_of_what_is_like_it() {
    let suite = suite();
    let mut held = String::new();
    for it in &suite.signatures {
        let marks: Vec<&Mark> = it.checks.iter().collect();
        let cases = run(&suite, it.contract, &marks);
        let mut others = suite.signatures.clone();
        others.retain(|other| other.fault != it.fault);
        let said = diagnose(&others, &suite.remedies, it.contract, &cases);
        if !said.is_empty() {
            let names: Vec<String> = said.iter().map(|it| suspects(it).join(" or ")).collect();
            let _ = writeln!(
                held,
                "{} {}: {}",
                it.fault,
                it.contract,
                names.join(" and ")
            );
        }
    }
    snapshot("diagnosis.left-out", &held);
}

#[rstest]
#[case(&["append", "secret-unchecked"])]
#[case(&["v5-refused", "client-operator", "method-coerced"])]
#[case(&["share-cut-4000", "empty-404"])]
fn faults_that_come_together_are_told_apart(#[case] faults: &[&str]) {
    let suite = suite();
    let marks = faults
        .iter()
        .flat_map(|fault| &signature(&suite, fault).checks);
    let named = diagnosed(&suite, Contract::V6, &marks.collect::<Vec<_>>());
    let mut found: Vec<&str> = Vec::new();
    for it in &named {
        found.extend(suspects(it).iter().filter(|name| faults.contains(name)));
    }
    found.sort_unstable();
    let mut wanted = faults.to_vec();
    wanted.sort_unstable();
    assert_eq!(found, wanted, "{named:?}");
}

#[test]
fn one_failure_of_many_names_no_fault() {
    let suite = suite();
    let first = |fault: &str| signature(&suite, fault).failed().next().unwrap();
    let marks = [
        "append",
        "share-cut-255",
        "documented-methods-only",
        "v5-hidden",
    ]
    .map(first);
    assert_eq!(diagnosed(&suite, Contract::V6, &marks), []);
}

#[test]
fn a_failure_of_another_kind_does_not_speak_for_a_fault() {
    let suite = suite();
    let others: Vec<Mark> = signature(&suite, "append")
        .failed()
        .map(|mark| Mark {
            code: Some("otherwise".to_owned()),
            ..mark.clone()
        })
        .collect();
    assert_eq!(
        diagnosed(&suite, Contract::V6, &others.iter().collect::<Vec<_>>()),
        []
    );
}

#[test]
fn only_cases_that_ran_are_counted() {
    let suite = suite();
    let append = signature(&suite, "append");
    let mut cases = run(
        &suite,
        Contract::V6,
        &append.checks.iter().collect::<Vec<_>>(),
    );
    cases.retain(|case| case.id.starts_with("replace.same-method."));
    let named = diagnose(&suite.signatures, &suite.remedies, Contract::V6, &cases);
    assert_eq!(named[0].suspect.fault, "append");
    let ran = append
        .failed()
        .filter(|it| it.case.starts_with("replace.same-method."));
    let count = ran.count();
    assert_eq!((named[0].agree, named[0].of), (count, count));
}

#[test]
fn a_run_without_failures_or_without_answers_has_no_diagnosis() {
    let suite = suite();
    assert_eq!(diagnosed(&suite, Contract::V6, &[]), []);
    assert_eq!(
        diagnose(&suite.signatures, &suite.remedies, Contract::V6, &[]),
        []
    );
}
