//! A share from before the migration: a hook stores it in a real v5 custodian, which then starts anew as v6 over
//! the same database. Proves what no run against one custodian can show.

use crate::bench::{SECRET, code, post, sharecheck, told};
use axum::Router;
use axum::extract::State;
use axum::routing;
use sharecheck::hook::{Action, Kind, Request};
use sharecheck::model::finding::{Check, Status};
use sharecheck::model::report::Report;
use sharecheck::reference::{Contract, Fault, LogSink, Running, Settings, start};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// A custodian that is set back to v5 for each client with an old share, and migrated again.
struct Migrating {
    address: SocketAddr,
    database: PathBuf,
    fault: Option<Fault>,
    running: Mutex<Option<Running>>,
}

impl Migrating {
    async fn new(folder: &Path, fault: Option<Fault>) -> Arc<Self> {
        let mut custodian = Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            database: folder.join("shares.db"),
            fault,
            running: Mutex::default(),
        };
        let running = custodian.started(Contract::V6).await;
        let host = running.base_url().trim_start_matches("http://");
        custodian.address = host.parse().unwrap();
        *custodian.running.lock().await = Some(running);
        Arc::new(custodian)
    }

    async fn started(&self, contract: Contract) -> Running {
        let settings = Settings {
            address: self.address,
            base_path: String::new(),
            secret: SECRET.into(),
            database: Some(self.database.clone()),
            clients: Vec::new(),
            latency: Duration::ZERO,
            contract,
            faults: self
                .fault
                .filter(|_| contract == Contract::V6)
                .into_iter()
                .collect(),
            freedoms: Vec::new(),
            users: None,
            log: LogSink::Quiet,
        };
        start(settings).await.unwrap()
    }

    /// Stores a share as it was stored before the migration.
    async fn stored_before(&self, client: &str, share: &str) {
        let mut running = self.running.lock().await;
        if let Some(v6) = running.take() {
            v6.stop().await;
        }
        let v5 = self.started(Contract::V5).await;
        let body = serde_json::json!({ "clientId": client, "share": share }).to_string();
        let url = v5.base_url().to_owned();
        let answer = tokio::task::spawn_blocking(move || post(&url, "/backup", &body));
        assert!(answer.await.unwrap().starts_with("HTTP/1.1 2"));
        v5.stop().await;
        *running = Some(self.started(Contract::V6).await);
    }
}

/// Answers as `docs/provisioning.md` says.
async fn hook(State(custodian): State<Arc<Migrating>>, body: String) -> String {
    let request: Request = serde_json::from_str(&body).unwrap();
    let client = format!("made-{}", request.idempotency_key);
    if request.action == Action::Setup && request.kind == Kind::WithV5Share {
        let share = request.share.expect("the text to store");
        custodian.stored_before(&client, &share).await;
    }
    serde_json::json!({ "clientId": client }).to_string()
}

async fn run(fault: Option<Fault>, more: &[&str]) -> (Output, Report) {
    let folder = tempfile::tempdir().unwrap();
    let custodian = Migrating::new(folder.path(), fault).await;
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .unwrap();
    let hook_url = format!("http://{}", listener.local_addr().unwrap());
    let routes = Router::new()
        .route("/", routing::post(hook))
        .with_state(Arc::clone(&custodian));
    let serving = tokio::spawn(async move { axum::serve(listener, routes).await });
    let report = folder.path().join("report.json");
    let mut command = sharecheck(folder.path());
    command
        .env("SHARECHECK_SECRET", SECRET)
        .env("SHARECHECK_PROVISION_SECRET", "a-secret-of-the-hook")
        .args(["run", "--no-progress", "--jobs", "4", "--url"])
        .arg(format!("http://{}", custodian.address))
        .args(["--provision-url", &hook_url])
        .arg(format!("--report=json={}", report.display()))
        .args(more);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    serving.abort();
    let report = serde_json::from_slice(&std::fs::read(&report).unwrap()).unwrap();
    (output, report)
}

fn status(report: &Report, id: &str) -> Status {
    let mut all = report.requirements.iter();
    all.find(|it| it.id == id).unwrap().status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_from_before_the_migration_is_asked_for_and_comes_back() {
    let (output, report) = run(None, &["v5"]).await;
    assert_eq!(code(&output), 0, "{}", told(&output, &[]));
    assert_eq!(status(&report, "v5.survives-migration"), Status::Passed);
    let replaced = "v5.survives-migration.replaced";
    let case = report.cases.iter().find(|it| it.id == replaced).unwrap();
    assert_eq!(case.status, Status::Passed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_drops_the_old_shares_is_caught_by_every_case_that_names_it() {
    let fault: Fault = "migration-drops-v5".parse().unwrap();
    let (output, report) = run(Some(fault), &["v5.survives-migration"]).await;
    assert_eq!(code(&output), 1, "{}", told(&output, &[]));
    assert_eq!(status(&report, "v5.survives-migration"), Status::Failed);
    let named = report
        .cases
        .iter()
        .filter(|case| case.id.starts_with("v5.survives-migration"));
    let fails = |check: &Check| check.status == Status::Failed;
    let fell: Vec<&str> = named
        .filter(|case| case.checks.iter().any(fails))
        .map(|case| case.id.as_str())
        .collect();
    assert_eq!(
        fell,
        ["v5.survives-migration", "v5.survives-migration.replaced"]
    );
}

#[test]
fn without_a_hook_the_report_says_that_the_migration_was_not_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let output = sharecheck(folder.path())
        .args(["run", "--reference", "--no-progress", "--format", "json"])
        .output()
        .unwrap();
    let report: Report = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(status(&report, "v5.survives-migration"), Status::Skipped);
    let mut cases = report.cases.iter();
    let case = cases.find(|it| it.id == "v5.survives-migration").unwrap();
    assert!(
        case.checks[0].message.contains("--provision"),
        "{}",
        case.checks[0].message
    );
}
