//! The ways in which suites of this kind went falsely green, one test each: none of them may end with exit 0, and
//! nothing that was not seen may count as passed.

use crate::bench::{As, Custodian, SECRET, code, complaint, sharecheck, told};
use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use sharecheck::model::finding::Status;
use sharecheck::model::report::Report;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

fn run(folder: &Path, url: &str, arguments: &[&str]) -> Output {
    sharecheck(folder)
        .env("SHARECHECK_SECRET", SECRET)
        .args(["run", "--no-progress", "--report=json=report.json"])
        .args(["--url", url])
        .args(arguments)
        .output()
        .unwrap()
}

fn report(folder: &Path) -> Report {
    serde_json::from_slice(&std::fs::read(folder.join("report.json")).unwrap()).unwrap()
}

fn passed(report: &Report) -> Vec<&str> {
    let all = report.requirements.iter();
    all.filter(|it| it.status == Status::Passed)
        .map(|it| it.id.as_str())
        .collect()
}

/// Counts who connects, and answers nobody.
fn listener() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let connected = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&connected);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            counter.fetch_add(1, Ordering::SeqCst);
            drop(stream);
        }
    });
    (url, connected)
}

#[test]
fn nothing_selected_a_typo_and_an_unreadable_configuration_are_errors_and_send_nothing() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("broken.toml"), "url = \n").unwrap();
    std::fs::write(folder.path().join("typo.toml"), "ulr = \"http://x\"\n").unwrap();
    std::fs::write(folder.path().join("no-case.toml"), "# nothing yet\n").unwrap();
    let (url, connected) = listener();
    for arguments in [
        &["--skip", "*"][..],
        &["replace.*", "--skip", "replace"],
        &["replace.same-metod"],
        &["--skip", "no.such"],
        &["--config", "broken.toml"],
        &["--config", "typo.toml"],
        &["--config", "no-such.toml"],
        &["--cases", "no-case.toml", "--only-own-cases"],
    ] {
        let output = run(folder.path(), &url, arguments);
        let said = complaint(&output);
        assert_eq!(code(&output), 2, "{arguments:?}: {said}");
        assert!(said.starts_with("error: "), "{arguments:?}: {said}");
        assert!(!folder.path().join("report.json").exists());
    }
    assert_eq!(connected.load(Ordering::SeqCst), 0, "nothing was sent");
}

#[test]
fn a_run_of_which_every_case_is_skipped_is_undecided() {
    let folder = tempfile::tempdir().unwrap();
    // A secret without letters cannot be spoiled by swapping their case: its one case does not apply.
    let custodian = Custodian::start(&As::default());
    let output = sharecheck(folder.path())
        .env("SHARECHECK_SECRET", "1234567890")
        .args([
            "run",
            "--reference",
            "--no-progress",
            "secret.wrong.case-swapped",
        ])
        .output()
        .unwrap();
    assert_eq!(code(&output), 4, "{}", told(&output, &[]));
    drop(custodian);
}

#[test]
fn a_refused_first_connection_is_no_refused_request() {
    let folder = tempfile::tempdir().unwrap();
    let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let output = run(folder.path(), &url, &["secret", "input"]);
    assert_eq!(code(&output), 3, "{}", told(&output, &[]));
    let report = report(folder.path());
    assert_eq!(passed(&report), Vec::<&str>::new());
    assert_eq!(report.outcome.multi_backup_safe, None);
}

/// A custodian that gives every fetch and every store the same answer, whatever is asked.
async fn stubborn(fetch: (StatusCode, &'static str), store: StatusCode) -> String {
    let routes = Router::new()
        .route("/backup", post(move || async move { store }))
        .route("/backup/fetch", post(move || async move { fetch }));
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_for_the_wrong_reason_proves_nothing() {
    let empty = (StatusCode::OK, "{\"backupShares\":[]}");
    for store in [StatusCode::BAD_REQUEST, StatusCode::UNAUTHORIZED] {
        let url = stubborn(empty, store).await;
        let (output, report) = tokio::task::spawn_blocking(move || {
            let folder = tempfile::tempdir().unwrap();
            let output = run(folder.path(), &url, &["secret", "input", "store", "fetch"]);
            (output, report(folder.path()))
        })
        .await
        .unwrap();
        assert_ne!(code(&output), 0);
        let proved: Vec<&str> = passed(&report)
            .into_iter()
            .filter(|id| !ANSWERS_ALONE.contains(id))
            .collect();
        assert_eq!(proved, Vec::<&str>::new(), "{store}");
    }
}

/// What can be seen of answers as such, whatever they refuse.
const ANSWERS_ALONE: [&str; 6] = [
    "fetch.array",
    "fetch.empty",
    "fetch.no-legacy-key",
    "input.no-internals",
    "input.status-4xx",
    "input.unknown-client",
];

#[test]
fn a_custodian_that_dies_half_way_does_not_pass() {
    let folder = tempfile::tempdir().unwrap();
    let custodian = Custodian::start(&As {
        latency: Duration::from_millis(30),
        ..As::default()
    });
    let log = folder.path().join("run.ndjson");
    let mut child = sharecheck(folder.path())
        .env("SHARECHECK_SECRET", SECRET)
        .args(["run", "--no-progress", "--quiet", "--jobs=4", "--url"])
        .args([&custodian.url, "--report=json=report.json"])
        .args(["--log-run=run.ndjson"])
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    crate::bench::wait_for(&log, "\"line\":\"transcript\"");
    drop(custodian);
    let code = child.wait().unwrap().code().unwrap();
    assert!([1, 3, 4].contains(&code), "exit {code}");
    let report = report(folder.path());
    assert_ne!(report.outcome.multi_backup_safe, Some(true));
    let unanswered = report.cases.iter().filter(|case| {
        let mut exchanges = case.exchanges.iter();
        exchanges.any(|exchange| exchange.outcome.is_err())
    });
    let green: Vec<&str> = unanswered
        .filter(|case| case.status == Status::Passed)
        .map(|case| case.id.as_str())
        .collect();
    assert_eq!(green, Vec::<&str>::new(), "passed without an answer");
    let checks = report.cases.iter().flat_map(|case| &case.checks);
    let lost: Vec<_> = checks
        .filter(|check| check.status == Status::Failed && is_loss(&check.requirement))
        .collect();
    assert!(lost.is_empty(), "who is gone has lost no share: {lost:#?}");
}

fn is_loss(requirement: &str) -> bool {
    ["share.", "replace.", "v5.", "fetch.", "store."]
        .iter()
        .any(|section| requirement.starts_with(section))
}

#[test]
fn a_yes_says_how_far_it_goes_and_is_none_where_all_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        sharecheck(folder.path())
            .args(["run", "--reference", "--no-progress", "--build", "4f1c2"])
            .args(["--report=json=report.json"])
            .args(arguments)
            .output()
            .unwrap()
    };
    let lenient = run(&[]);
    let said = told(&lenient, &[]);
    assert_eq!(code(&lenient), 0, "{said}");
    for text in [
        "Yes, as far as it was looked at.",
        "durable.restart",
        "build 4f1c2",
    ] {
        assert!(said.contains(text), "{text}\n{said}");
    }
    assert_eq!(report(folder.path()).run.build.as_deref(), Some("4f1c2"));
    let demanding = run(&["--require-all"]);
    let said = told(&demanding, &[]);
    assert_eq!(code(&demanding), 4, "{said}");
    assert!(said.contains("Cannot be told."), "{said}");
    assert_eq!(report(folder.path()).outcome.multi_backup_safe, None);
}
