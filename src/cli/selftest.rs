//! `selftest`: the suite against the reference custodian, which must pass, and against each of its faults,
//! which must fail every case that names it. Prints the matrix.

use super::run::against_reference;
use super::{BadInput, runtime, say, warn};
use clap::Args;
use sharecheck::contract::Contract;
use sharecheck::model::finding::Status;
use sharecheck::model::report::Report;
use sharecheck::pipeline::load::{Sources, Suite, load};
use sharecheck::reference::{self, Fault};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::process::ExitCode;

/// Proves on this machine that every case can pass and can fail.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sharecheck selftest                    all faults
  sharecheck selftest append stale-reads")]
pub(crate) struct Selftest {
    /// Only these faults
    #[arg(value_name = "FAULT")]
    faults: Vec<String>,
}

pub(crate) fn selftest(args: &Selftest) -> Result<ExitCode, BadInput> {
    let suite = load(&Sources::default(), &super::list::fault_names())?;
    let faults = if args.faults.is_empty() {
        Fault::ALL.to_vec()
    } else {
        args.faults
            .iter()
            .map(|name| name.parse::<Fault>())
            .collect::<Result<_, _>>()?
    };
    let mut wrong = Vec::new();
    let mut lines = Vec::new();
    runtime()?.block_on(async {
        for contract in [Contract::V6, Contract::V5] {
            let report = against_reference(&suite, contract, None, &[]).await?;
            lines.push(format!(
                "no fault, contract {contract}: {}",
                summary(&report)
            ));
            for case in report
                .cases
                .iter()
                .filter(|case| !matches!(case.status, Status::Passed | Status::Skipped))
            {
                wrong.push(format!(
                    "{} is {} against the correct custodian, contract {contract}",
                    case.id,
                    case.status.name()
                ));
            }
        }
        for fault in faults {
            let contract = contract_of(fault);
            let report = against_reference(&suite, contract, Some(fault), &[]).await?;
            lines.push(format!("{}: {}", fault.name(), summary(&report)));
            wrong.extend(unproved(&suite, fault, contract, &report));
            warn(&format!("{} …", fault.name()));
        }
        Ok::<(), BadInput>(())
    })?;
    let mut text = lines.join("\n");
    for line in &wrong {
        let _ = write!(text, "\nnot proved: {line}");
    }
    let verdict = if wrong.is_empty() {
        "every fault is caught by every case that names it"
    } else {
        "the suite is not proved on this machine"
    };
    let _ = write!(text, "\n{verdict}");
    say(&text);
    Ok(ExitCode::from(if wrong.is_empty() { 0 } else { 70 }))
}

fn contract_of(fault: Fault) -> Contract {
    match fault.contract() {
        reference::Contract::V5 => Contract::V5,
        reference::Contract::V6 => Contract::V6,
    }
}

fn summary(report: &Report) -> String {
    let failed: BTreeSet<&str> = report
        .requirements
        .iter()
        .filter(|it| it.status == Status::Failed)
        .map(|it| it.id.as_str())
        .collect();
    if failed.is_empty() {
        "all passed".to_owned()
    } else {
        failed.into_iter().collect::<Vec<_>>().join(" ")
    }
}

/// The cases that name a fault and do not fail with it; a fault that no case fails with.
fn unproved(suite: &Suite, fault: Fault, contract: Contract, report: &Report) -> Vec<String> {
    let naming: Vec<_> = suite
        .cases
        .iter()
        .filter(|case| {
            case.contracts.contains(&contract)
                && case.catches.iter().any(|name| name == fault.name())
        })
        .collect();
    let mut wrong: Vec<String> = naming
        .iter()
        .filter(|case| {
            !report.cases.iter().any(|result| {
                result.id == case.id
                    && result.checks.iter().any(|check| {
                        check.requirement == case.requirement && check.status == Status::Failed
                    })
            })
        })
        .map(|case| format!("{} does not fail with {}", case.id, fault.name()))
        .collect();
    if naming.is_empty() {
        wrong.push(format!("no case names {}", fault.name()));
    }
    wrong
}
