//! A custodian on another machine that takes a store without a client for one of every client: a whole run must leave
//! the shares of others alone.

use crate::bench::{SECRET, code, sharecheck};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use rstest::rstest;
use serde_json::{Value, json};
use sharecheck::model::finding::Status;
use sharecheck::model::report::Report;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

type Rows = Arc<Mutex<BTreeMap<(String, String), String>>>;

/// Whether it knows backup methods.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    V5,
    V6,
}

/// Replaces the rows that match what is defined of client and method, as an ORM does that drops empty conditions.
fn store(rows: &Rows, version: Version, body: &Value) -> StatusCode {
    let text = |key: &str| body.get(key).and_then(Value::as_str);
    let client = text("clientId");
    if body.get("clientId").is_some_and(|id| !id.is_string()) {
        return StatusCode::BAD_REQUEST;
    }
    let method = text("backupMethod").filter(|_| version == Version::V6);
    let mut rows = rows.lock().unwrap();
    let hit = |row: &(String, String)| {
        client.is_none_or(|client| row.0 == client)
            && (client.is_some() || method.is_none_or(|method| row.1 == method))
            && (client.is_none() || row.1 == method.unwrap_or("UNKNOWN"))
    };
    rows.retain(|row, _| !hit(row));
    if let (Some(client), Some(share)) = (client, text("share")) {
        let row = (client.to_owned(), method.unwrap_or("UNKNOWN").to_owned());
        rows.insert(row, share.to_owned());
    }
    StatusCode::OK
}

fn fetch(rows: &Rows, body: &Value) -> Value {
    let client = body.get("clientId").and_then(Value::as_str);
    let rows = rows.lock().unwrap();
    let own = rows
        .iter()
        .filter(|(row, _)| Some(row.0.as_str()) == client);
    let shares: Vec<&String> = own.map(|(_, share)| share).collect();
    json!({ "backupShares": shares })
}

fn custodian(version: Version, rows: Rows) -> Router {
    let parsed =
        |text: &str| serde_json::from_str::<Value>(text).map_err(|_| StatusCode::BAD_REQUEST);
    let stores = move |State(rows): State<Rows>, body: String| async move {
        parsed(&body).map_or_else(|refused| refused, |body| store(&rows, version, &body))
    };
    let fetches = move |State(rows): State<Rows>, body: String| async move {
        parsed(&body).map(|body| fetch(&rows, &body).to_string())
    };
    Router::new()
        .route("/backup", post(stores))
        .route("/backup/fetch", post(fetches))
        .with_state(rows)
}

#[rstest]
#[case::no_methods(Version::V5, "v6")]
#[case::methods(Version::V6, "v6")]
#[case::not_migrated(Version::V5, "v5")]
#[tokio::test(flavor = "multi_thread")]
async fn the_shares_of_others_survive_a_whole_run(
    #[case] version: Version,
    #[case] contract: &str,
) {
    let other = ("somebody".to_owned(), "GDRIVE-SECP256K1".to_owned());
    let rows: Rows = Arc::default();
    rows.lock()
        .unwrap()
        .insert(other.clone(), "theirs".to_owned());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let to = format!("custodian.example:80:{}", listener.local_addr().unwrap());
    let app = custodian(version, Arc::clone(&rows));
    let serving = tokio::spawn(async move { axum::serve(listener, app).await });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let contract = contract.to_owned();
    let output = tokio::task::spawn_blocking(move || {
        sharecheck(&path)
            .env("SHARECHECK_SECRET", SECRET)
            .args([
                "run",
                "--no-progress",
                "--open-clients",
                "--report=json=report.json",
            ])
            .args(["--url", "http://custodian.example", "--connect-to", &to])
            .args(["--contract", &contract])
            .output()
            .unwrap()
    });
    let output = output.await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(code(&output), 1, "{said}");
    serving.abort();
    let kept = rows.lock().unwrap().get(&other).cloned();
    assert_eq!(kept.as_deref(), Some("theirs"), "{said}");
    let report = std::fs::read(folder.path().join("report.json")).unwrap();
    let report: Report = serde_json::from_slice(&report).unwrap();
    // Of the case's own requirement: what a guard has shown is a check besides.
    let status = |id: &str| {
        let mut all = report.cases.iter();
        let case = all.find(|case| case.id == id)?;
        Some(case.checks.first()?.status)
    };
    // What no JSON parser takes is sent whatever the custodian is.
    assert_ne!(status("input.malformed.truncated"), Some(Status::Skipped));
    assert_eq!(status("input.malformed.array"), Some(Status::Skipped));
}
