//! The suite against the reference custodian and its faults: what shows that every case can pass, and that
//! it can fail. Used by `selftest` and by the tests.

use crate::contract::Contract;
use crate::exchange::Strangers;
use crate::http::{self, Http};
use crate::model::case::Case;
use crate::model::finding::Status;
use crate::model::report::Report;
use crate::pipeline::execute::Brake;
use crate::pipeline::load::Suite;
use crate::pipeline::plan::{Selection, plan};
use crate::pipeline::provision::Provider;
use crate::pipeline::{self, Settings, Silent};
use crate::reference::{self, Fault, LogSink};
use secrecy::SecretString;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// The secret between the two; both live in one process.
const SECRET: &str = "Proof-of-the-suite-0123456789";

/// Faults that keep every request waiting, or that let trials see one another: only the cases that name
/// them are run.
pub const ALONE: [&str; 3] = ["slow-store", "slow-fetch", "client-ignored"];

/// Faults that no single run against one custodian can show: each needs a restart or a migration.
pub const BEYOND_ONE_RUN: [&str; 2] = ["memory-only", "migration-drops-v5"];

/// Why the suite could not be run.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The reference custodian did not start.
    #[error("the reference custodian did not start: {0}")]
    Start(#[from] reference::StartError),
    /// There is no plan.
    #[error(transparent)]
    Plan(#[from] pipeline::plan::PlanError),
    /// There is no HTTP client.
    #[error(transparent)]
    Http(#[from] http::HttpError),
    /// The reference custodian gave a URL that is none.
    #[error(transparent)]
    Url(#[from] url::ParseError),
}

/// Runs the suite against the reference custodian, with a fault or none.
pub async fn against(
    suite: &Suite,
    contract: Contract,
    fault: Option<Fault>,
) -> Result<Report, ProofError> {
    let secret: SecretString = SECRET.into();
    let running = reference::start(reference::Settings {
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        base_path: "/portal".to_owned(),
        secret: secret.clone(),
        database: None,
        clients: Vec::new(),
        latency: Duration::ZERO,
        contract: match contract {
            Contract::V5 => reference::Contract::V5,
            Contract::V6 => reference::Contract::V6,
        },
        fault,
        log: LogSink::Quiet,
    })
    .await?;
    let alone = fault.filter(|fault| ALONE.contains(&fault.name()));
    let naming = |fault: Fault| {
        let names = move |case: &&Case| case.catches.iter().any(|it| it == fault.name());
        suite.cases.iter().filter(names).map(|case| case.id.clone())
    };
    let selection = Selection {
        contract,
        select: alone
            .map(|fault| naming(fault).collect())
            .unwrap_or_default(),
        ..Selection::default()
    };
    let plan = plan(&suite.cases, &suite.requirements, &selection)?;
    let max_time = Duration::from_secs(10);
    let http = Http::new(&http::Settings {
        base: url::Url::parse(running.base_url())?,
        headers: Vec::new(),
        max_time,
        connect_timeout: max_time,
        network: http::Network::default(),
    })?;
    let settings = Settings {
        secret,
        credentials: Vec::new(),
        strangers: Strangers::default(),
        target: running.base_url().to_owned(),
        provider: Provider::Open { known: true },
        jobs: 64,
        seed: 1,
        max_time,
        strict: false,
        fail_fast: false,
        tombstone: false,
        known: Vec::new(),
    };
    let report = pipeline::run(
        plan,
        suite,
        http,
        &settings,
        Arc::new(Silent),
        &Brake::default(),
    )
    .await;
    running.stop().await;
    Ok(report)
}

/// The contracts under which a fault has to be shown: its own, and v5 where a case of v5 alone names it.
pub fn contracts_of(suite: &Suite, fault: Fault) -> Vec<Contract> {
    let own = match fault.contract() {
        reference::Contract::V5 => Contract::V5,
        reference::Contract::V6 => Contract::V6,
    };
    let v5_alone = suite.cases.iter().any(|case| {
        case.contracts == [Contract::V5] && case.catches.iter().any(|it| it == fault.name())
    });
    if own == Contract::V6 && v5_alone {
        vec![own, Contract::V5]
    } else {
        vec![own]
    }
}

/// The requirements that a report says are broken, in the contract's order.
pub fn broken(report: &Report) -> Vec<&str> {
    let failed = report
        .requirements
        .iter()
        .filter(|requirement| requirement.status == Status::Failed);
    failed.map(|requirement| requirement.id.as_str()).collect()
}

/// What a run against the correct custodian shows that it should not.
pub fn complaints(report: &Report) -> Vec<String> {
    let fine = |status| matches!(status, Status::Passed | Status::Skipped);
    report
        .cases
        .iter()
        .flat_map(|case| case.checks.iter().map(move |check| (case, check)))
        .filter(|(_, check)| !fine(check.status))
        .map(|(case, check)| {
            format!(
                "{}: {} {}: {}",
                case.id,
                check.requirement,
                check.status.name(),
                check.message
            )
        })
        .collect()
}

/// The cases of a report's contract that name a fault and do not fail with it; a fault that no case names.
pub fn unproved(suite: &Suite, fault: Fault, report: &Report) -> Vec<String> {
    let contract = report.run.contract;
    let naming: Vec<&Case> = suite
        .cases
        .iter()
        .filter(|case| case.catches.iter().any(|name| name == fault.name()))
        .collect();
    if naming.is_empty() && !BEYOND_ONE_RUN.contains(&fault.name()) {
        return vec![format!("no case names {}", fault.name())];
    }
    let counts = |case: &&Case| match contract {
        Contract::V6 => case.contracts.contains(&Contract::V6),
        // A v6 fault is shown to a v5 custodian for the cases that only v5 has.
        Contract::V5 => case.contracts == [Contract::V5],
    };
    let fails = |case: &&Case| {
        let result = report.cases.iter().find(|result| result.id == case.id);
        let checks = result.into_iter().flat_map(|result| &result.checks);
        checks
            .filter(|check| {
                check.requirement == case.requirement || case.also.contains(&check.requirement)
            })
            .any(|check| check.status == Status::Failed)
    };
    naming
        .into_iter()
        .filter(counts)
        .filter(|case| !fails(case))
        .map(|case| {
            format!(
                "{} does not fail with {}, contract {contract}",
                case.id,
                fault.name()
            )
        })
        .collect()
}
