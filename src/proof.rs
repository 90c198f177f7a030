//! The suite against the reference custodian and its faults: what shows that every case can pass, and that
//! it can fail. Used by `selftest` and by the tests.

use crate::built_in;
use crate::contract::Contract;
use crate::exchange::Strangers;
use crate::http::{self, Http};
use crate::model::case::Case;
use crate::model::finding::{Check, Status};
use crate::model::report::{CaseResult, Report, Stage};
use crate::model::signature::{Extent, Mark, Signature};
use crate::pipeline::execute::{self, Brake};
use crate::pipeline::load::Suite;
use crate::pipeline::plan::{Listens, Selection, UserHalf, plan};
use crate::pipeline::provision::Provider;
use crate::pipeline::{self, Observer, Settings, Silent};
use crate::portal;
use crate::reference::{self, Fault, Freedom, Layer, LogSink, Shows};
use crate::user_share::Mistake;
use crate::users::Users;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// The secret of both sides, which run in one process.
const SECRET: &str = "Proof-of-the-suite-0123456789";

/// How many cases run at once where nobody says.
pub const JOBS: usize = 64;

/// Why the suite could not be run.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The reference custodian did not start.
    #[error("the reference custodian did not start: {0}")]
    Start(#[from] reference::StartError),
    /// The local Portal did not start.
    #[error("the local Portal did not start: {0}")]
    Portal(#[from] portal::StartError),
    /// What is told of the reference custodian's own endpoints cannot be read.
    #[error("the reference custodian's own endpoints: {0}")]
    Endpoints(#[from] Mistake),
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

/// Runs the suite against the reference custodian, with faults or none.
pub async fn against(
    suite: &Suite,
    contract: Contract,
    faults: &[Fault],
) -> Result<Report, ProofError> {
    cases_against(suite, contract, faults, Vec::new()).await
}

/// What a run is made against, and how.
#[derive(Clone, Debug)]
pub struct Bench<'a> {
    /// The contract that is asked for.
    pub contract: Contract,
    /// What the custodian does wrong.
    pub faults: &'a [Fault],
    /// What it does in another way, and may.
    pub freedoms: &'a [Freedom],
    /// The cases; all of them if none is named.
    pub select: Vec<String>,
    /// How many cases run at once, unless a fault can only be seen alone.
    pub jobs: usize,
}

/// Runs the cases that are selected; all of them if nothing is.
pub async fn cases_against(
    suite: &Suite,
    contract: Contract,
    faults: &[Fault],
    select: Vec<String>,
) -> Result<Report, ProofError> {
    let bench = Bench {
        contract,
        faults,
        freedoms: &[],
        select,
        jobs: JOBS,
    };
    run(suite, bench).await
}

/// Runs the suite as the bench says.
pub async fn run(suite: &Suite, bench: Bench<'_>) -> Result<Report, ProofError> {
    watched(suite, bench, Arc::new(Silent)).await
}

/// The same, and tells an observer what happens.
pub async fn watched(
    suite: &Suite,
    bench: Bench<'_>,
    observer: Arc<dyn Observer>,
) -> Result<Report, ProofError> {
    let portal = if bench.looks_at_wallets() {
        Some(portal::start(portal::Settings::local(SECRET.into())).await?)
    } else {
        None
    };
    let running = Arc::new(bench.custodian(portal.as_ref()).await?);
    let mut alone = bench.faults.iter();
    let alone = alone.any(|fault| fault.shows() == Shows::Alone);
    let select = if alone {
        naming_any(suite, bench.faults)
    } else if bench.breaks_the_users_half() && bench.select.is_empty() {
        of_user_half(suite)
    } else {
        bench.select.clone()
    };
    let selection = Selection {
        contract: bench.contract,
        select,
        user_half: portal.as_ref().map(|_| UserHalf {
            portal: Listens::Local,
            without_method: true,
            credentials: true,
        }),
        ..Selection::default()
    };
    let planned = plan(&suite.cases, &suite.requirements, &selection)?;
    let max_time = Duration::from_secs(10);
    let http = Http::new(&http::HttpSettings {
        base: url::Url::parse(running.base_url())?,
        headers: Vec::new(),
        max_time,
        connect_timeout: max_time,
        network: http::Network::default(),
    })?;
    let users = Users::default();
    let half = match &portal {
        None => None,
        Some(portal) => {
            let half = execute::UserHalf {
                endpoints: built_in::endpoints()?,
                http: http.clone(),
                users: users.clone(),
                portal: None,
                enrol: None,
            };
            Some(built_in::enrolling(half, &running, &portal.portal()))
        }
    };
    let settings = Settings {
        jobs: if alone { 1 } else { bench.jobs },
        max_time,
        users,
        user_half: half,
        ..bench.settings(running.base_url())
    };
    let report = pipeline::run(planned, suite, http, &settings, observer, &Brake::default()).await;
    drop(settings);
    if let Some(running) = Arc::into_inner(running) {
        running.stop().await;
    }
    if let Some(portal) = portal {
        portal.stop().await;
    }
    Ok(report)
}

impl Bench<'_> {
    /// Whether a fault is one of the user's half, which shows in its own cases only.
    fn breaks_the_users_half(&self) -> bool {
        self.faults.iter().any(|it| it.layer() == Layer::Users)
    }

    /// Whether the user's half is looked at: where it may be broken, and on the correct custodian.
    fn looks_at_wallets(&self) -> bool {
        let correct = self.faults.is_empty() && self.freedoms.is_empty();
        self.breaks_the_users_half() || correct && self.contract == Contract::V6
    }

    async fn custodian(
        &self,
        portal: Option<&portal::Running>,
    ) -> Result<reference::Running, ProofError> {
        let settings = reference::Settings {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            base_path: "/portal".to_owned(),
            secret: SECRET.into(),
            database: None,
            clients: Vec::new(),
            latency: Duration::ZERO,
            contract: match self.contract {
                Contract::V5 => reference::Contract::V5,
                Contract::V6 => reference::Contract::V6,
            },
            faults: self.faults.to_vec(),
            freedoms: self.freedoms.to_vec(),
            users: portal.map(|it| reference::Users {
                portal: Some(it.base_url().to_owned()),
                custodian_key: SECRET.into(),
            }),
            log: LogSink::Quiet,
        };
        Ok(reference::start(settings).await?)
    }

    /// What is the same in every run, with a custodian at this URL.
    fn settings(&self, target: &str) -> Settings {
        Settings {
            secret: SECRET.into(),
            credentials: Vec::new(),
            users: Users::default(),
            user_half: None,
            strangers: Strangers::default(),
            target: target.to_owned(),
            facts: Vec::new(),
            curl: Vec::new(),
            reference: None,
            freedoms: Vec::new(),
            provider: Provider::Open {
                known: !self.freedoms.iter().any(|it| it.forgets_unused_clients()),
            },
            jobs: self.jobs,
            seed: 1,
            max_time: Duration::ZERO,
            restart: None,
            strict: false,
            require_all: false,
            build: None,
            fail_fast: false,
            tombstone: false,
            known: Vec::new(),
        }
    }
}

/// The ids of the cases that look at the user's half.
fn of_user_half(suite: &Suite) -> Vec<String> {
    let cases = suite.cases.iter().filter(|it| it.has_user_half());
    cases.map(|case| case.id.clone()).collect()
}

/// The ids of the cases that name any of these faults.
pub fn naming_any(suite: &Suite, faults: &[Fault]) -> Vec<String> {
    let named = |case: &&Case| {
        let mut faults = faults.iter().map(|fault| fault.name());
        faults.any(|fault| case.catches.iter().any(|name| name == fault))
    };
    let cases = suite.cases.iter().filter(named);
    cases.map(|case| case.id.clone()).collect()
}

/// The cases that name a fault.
fn naming(suite: &Suite, fault: Fault) -> impl Iterator<Item = &Case> {
    let names = move |case: &&Case| case.catches.iter().any(|name| name == fault.name());
    suite.cases.iter().filter(names)
}

/// Whether a case is there for a requirement.
fn proves(case: &Case, requirement: &str) -> bool {
    case.requirement == requirement || case.also.iter().any(|also| also == requirement)
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
    if fault.shows() != Shows::Later && naming(suite, fault).next().is_none() {
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
            .filter(|check| proves(case, &check.requirement))
            .any(|check| check.status == Status::Failed)
    };
    naming(suite, fault)
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

/// Whether this machine was too busy: an answer came late though the custodian held none back.
pub fn was_starved(fault: Fault, report: &Report) -> bool {
    let checks = report.cases.iter().flat_map(|case| &case.checks);
    let mut late = checks.filter(|check| check.code.as_deref() == Some("too-late"));
    fault.shows() != Shows::Alone && late.next().is_some()
}

/// What a report shows of a fault, without what differs from run to run.
pub fn signature(suite: &Suite, fault: Fault, report: &Report) -> Signature {
    let extent = match fault.shows() {
        Shows::Steadily | Shows::Later => Extent::Whole,
        Shows::InRaces => Extent::Races,
        Shows::UnderLoad => Extent::Load,
        Shows::Alone => Extent::Alone,
    };
    // The preflight is no case of the suite.
    let cases = report.cases.iter().filter_map(|result| {
        let case = suite.cases.iter().find(|case| case.id == result.id)?;
        Some((case, result))
    });
    let marks = |(case, result): (&Case, &CaseResult)| {
        let by_chance = match extent {
            Extent::Races => case.races(),
            Extent::Load => true,
            Extent::Whole | Extent::Alone => false,
        };
        if !by_chance {
            marks(result)
                .map(|mark| Mark {
                    code: mark.code.filter(|_| !case.stores_race()),
                    ..mark
                })
                .collect()
        } else if case.catches.iter().any(|name| name == fault.name()) {
            vec![promised(case, result)]
        } else {
            Vec::new()
        }
    };
    Signature {
        fault: fault.name().to_owned(),
        contract: report.run.contract,
        claim: fault.claim().to_owned(),
        extent,
        outcome: outcome(report, extent),
        checks: cases.flat_map(marks).collect(),
    }
}

/// The checks of a case that did not pass.
fn marks(result: &CaseResult) -> impl Iterator<Item = Mark> {
    let open = |check: &&Check| !matches!(check.status, Status::Passed | Status::Skipped);
    result.checks.iter().filter(open).map(|check| Mark {
        case: result.id.clone(),
        requirement: check.requirement.clone(),
        status: check.status,
        code: check.code.clone(),
    })
}

/// What a case that races must show of a fault that it names: the first of its requirements that failed. Which
/// of several stores wins is chance, and so is what is wrong then.
fn promised(case: &Case, result: &CaseResult) -> Mark {
    let failed = |id: &String| {
        let mut checks = result.checks.iter();
        checks.find(|check| check.requirement == *id && check.status == Status::Failed)
    };
    let mut named = std::iter::once(&case.requirement).chain(&case.also);
    let shown = named.find_map(failed);
    let code = shown.and_then(|check| check.code.clone());
    Mark {
        case: case.id.clone(),
        requirement: shown
            .map_or(&case.requirement, |check| &check.requirement)
            .clone(),
        status: Status::Failed,
        code: code.filter(|_| !case.stores_race()),
    }
}

/// The outcome in words. The stage may depend on what a race has shown.
fn outcome(report: &Report, extent: Extent) -> String {
    let outcome = &report.outcome;
    let stage = match extent {
        Extent::Whole => outcome.stage.map_or("not known", Stage::name),
        Extent::Races | Extent::Load | Extent::Alone => "not held",
    };
    let safe = match outcome.multi_backup_safe {
        Some(true) => "yes",
        Some(false) => "no",
        None => "not known",
    };
    format!(
        "{}, exit {}, stage {stage}, multi-backup safe: {safe}",
        outcome.verdict.words(),
        outcome.exit_code
    )
}
