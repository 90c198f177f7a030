//! The suite against the reference custodian and its faults: what shows that every case can pass, and that
//! it can fail. Used by `selftest` and by the tests.

use crate::contract::Contract;
use crate::http::{self, Http};
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
    let selection = Selection {
        contract,
        ..Selection::default()
    };
    let plan = plan(&suite.cases, &suite.requirements, &selection)?;
    let max_time = Duration::from_secs(10);
    let http = Http::new(&http::Settings {
        base: url::Url::parse(running.base_url())?,
        headers: Vec::new(),
        max_time,
        connect_timeout: max_time,
    })?;
    let settings = Settings {
        secret,
        credentials: Vec::new(),
        target: running.base_url().to_owned(),
        provider: Provider::Open { known: true },
        jobs: 64,
        seed: 1,
        max_time,
        strict: false,
        fail_fast: false,
        tombstone: false,
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

/// The contract in which a fault shows.
pub fn contract_of(fault: Fault) -> Contract {
    match fault.contract() {
        reference::Contract::V5 => Contract::V5,
        reference::Contract::V6 => Contract::V6,
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

/// The cases that name a fault and do not fail with it, and a fault that no case names.
pub fn unproved(suite: &Suite, fault: Fault, report: &Report) -> Vec<String> {
    let contract = contract_of(fault);
    let names = |case: &&crate::model::case::Case| {
        case.contracts.contains(&contract) && case.catches.iter().any(|name| name == fault.name())
    };
    let naming: Vec<_> = suite.cases.iter().filter(names).collect();
    if naming.is_empty() {
        return vec![format!("no case names {}", fault.name())];
    }
    let fails = |case: &&&crate::model::case::Case| {
        let result = report.cases.iter().find(|result| result.id == case.id);
        let checks = result.into_iter().flat_map(|result| &result.checks);
        checks
            .filter(|check| {
                check.requirement == case.requirement || case.also.contains(&check.requirement)
            })
            .any(|check| check.status == Status::Failed)
    };
    naming
        .iter()
        .filter(|case| !fails(case))
        .map(|case| format!("{} does not fail with {}", case.id, fault.name()))
        .collect()
}
