//! A custodian that is restarted in the middle of a run: a script asks this process to do it, as a real one would ask
//! Docker or systemd.

use crate::bench::{SECRET, code, has, post, script, sharecheck, told};
use crate::servers::Server;
use rstest::rstest;
use sharecheck::model::finding::Status;
use sharecheck::model::report::Report;
use sharecheck::reference::{Contract, Fault, LogSink, Running, Settings, start};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Output;
use std::time::Duration;

async fn started(address: SocketAddr, database: &Path, fault: Option<Fault>) -> Running {
    let settings = Settings {
        address,
        base_path: String::new(),
        secret: SECRET.into(),
        database: Some(database.to_owned()),
        clients: Vec::new(),
        latency: Duration::ZERO,
        contract: Contract::V6,
        faults: fault.into_iter().collect(),
        freedoms: Vec::new(),
        users: None,
        log: LogSink::Quiet,
    };
    start(settings).await.unwrap()
}

/// Restarts the custodian each time that the script has left a file, and then takes the file away.
async fn restarting(mut running: Running, folder: &Path, fault: Option<Fault>, back: bool) {
    let host = running.base_url().trim_start_matches("http://").to_owned();
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    loop {
        ticks.tick().await;
        if !folder.join("wanted").exists() {
            continue;
        }
        running.stop().await;
        std::fs::remove_file(folder.join("wanted")).unwrap();
        if !back {
            return;
        }
        running = started(host.parse().unwrap(), &folder.join("shares.db"), fault).await;
    }
}

/// What the command does: it ends once the old custodian is gone, which may be before the new one is there.
const SCRIPT: &str =
    "#!/bin/sh\ntouch \"$1/wanted\"\nwhile [ -e \"$1/wanted\" ]; do sleep 0.02; done\n";

async fn run(fault: Option<Fault>, back: bool, more: &[&str]) -> (Output, Report) {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().to_owned();
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let running = started(anywhere, &here.join("shares.db"), fault).await;
    let command = script(&here.join("restart.sh"), SCRIPT);
    let mut tool = sharecheck(&here);
    tool.env("SHARECHECK_SECRET", SECRET)
        .args(["run", "--no-progress", "--url", running.base_url()])
        .arg(format!(
            "--restart={} {}",
            command.display(),
            here.display()
        ))
        .arg("--report=json=report.json")
        .args(more);
    let serving = tokio::spawn({
        let here = here.clone();
        async move { restarting(running, &here, fault, back).await }
    });
    let output = tokio::task::spawn_blocking(move || tool.output().unwrap());
    let output = output.await.unwrap();
    serving.abort();
    let report = std::fs::read(here.join("report.json")).unwrap();
    (output, serde_json::from_slice(&report).unwrap())
}

fn status(report: &Report) -> Status {
    let mut all = report.requirements.iter();
    all.find(|it| it.id == "durable.restart").unwrap().status
}

#[tokio::test(flavor = "multi_thread")]
async fn shares_in_a_database_survive_a_restart_that_comes_after_all_other_cases() {
    let (output, report) = run(None, true, &["durable", "replace", "v5"]).await;
    assert_eq!(code(&output), 0, "{}", told(&output, &[]));
    assert_eq!(status(&report), Status::Passed);
    let began = |case: &sharecheck::model::report::CaseResult| {
        let times = case.exchanges.iter().map(|exchange| exchange.started_us);
        times.min().unwrap_or_default()
    };
    let ended = |case: &sharecheck::model::report::CaseResult| {
        let times = case.exchanges.iter().map(|exchange| exchange.ended_us);
        times.max().unwrap_or_default()
    };
    let restarted = |id: &str| id == "durable.restart";
    let (own, others): (Vec<_>, Vec<_>) = report.cases.iter().partition(|it| restarted(&it.id));
    let last = others.into_iter().map(ended).max().unwrap();
    assert!(last > 0 && began(own[0]) > last);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_custodian_that_keeps_shares_in_memory_is_caught() {
    let fault: Fault = "memory-only".parse().unwrap();
    let (output, report) = run(Some(fault), true, &["durable.restart"]).await;
    assert_eq!(code(&output), 1, "{}", told(&output, &[]));
    assert_eq!(status(&report), Status::Failed);
    let broken = report.requirements.iter();
    let broken = broken.filter(|it| it.status == Status::Failed);
    assert_eq!(broken.count(), 1, "{}", told(&output, &[]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_custodian_that_does_not_come_back_is_not_called_forgetful() {
    let more = ["--restart-timeout=1s", "durable.restart"];
    let (output, report) = run(None, false, &more).await;
    let said = told(&output, &[]);
    assert_eq!(code(&output), 3, "{said}");
    assert_eq!(status(&report), Status::Errored);
    assert!(
        said.contains("did not answer within 1s after the restart"),
        "{said}"
    );
}

#[test]
fn a_command_that_fails_is_shown_with_what_it_said() {
    let folder = tempfile::tempdir().unwrap();
    let custodian = crate::bench::Custodian::start(&crate::bench::As::default());
    let output = sharecheck(folder.path())
        .env("SHARECHECK_SECRET", SECRET)
        .args([
            "run",
            "--no-progress",
            "durable.restart",
            "--url",
            &custodian.url,
        ])
        .args(["--restart", "sh -c 'echo no such container >&2; exit 1'"])
        .output()
        .unwrap();
    let said = told(&output, &[]);
    assert_eq!(code(&output), 3, "{said}");
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("the restart command failed"), "{said}");
    assert!(said.contains("it wrote: no such container"), "{said}");
}

#[test]
fn what_only_a_shell_understands_is_told_before_anything_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let output = sharecheck(folder.path())
        .env("SHARECHECK_SECRET", SECRET)
        .args([
            "run",
            "--url",
            "http://127.0.0.1:9",
            "--restart",
            "stop && start",
        ])
        .output()
        .unwrap();
    let said = told(&output, &[]);
    assert_eq!(code(&output), 2, "{said}");
    assert!(said.contains("sh -c '…'"), "{said}");
}

#[test]
fn without_a_command_the_report_says_that_no_restart_was_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let output = sharecheck(folder.path())
        .args(["run", "--reference", "--no-progress", "--format", "json"])
        .output()
        .unwrap();
    let report: Report = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(status(&report), Status::Skipped);
    let mut cases = report.cases.iter();
    let case = cases.find(|it| it.id == "durable.restart").unwrap();
    assert!(case.checks[0].message.contains("--restart"));
}

/// Lets the server be replaced by a new one each time that the script has left a file.
async fn replacing(file: &str, port: u16, folder: &Path) {
    let mut server = Some(Server::start_at(port, "node", file, folder));
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    loop {
        ticks.tick().await;
        if folder.join("wanted").exists() {
            // The old one ends with this.
            drop(server.take());
            std::fs::remove_file(folder.join("wanted")).unwrap();
            server = Some(Server::start_at(port, "node", file, folder));
        }
    }
}

/// What a run says of a server in `tests/servers` that can be restarted, and what the server has for a new client after it.
async fn run_against(file: &'static str, contract: &str) -> (Output, Report, String) {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().to_owned();
    let free = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let command = script(&here.join("restart.sh"), SCRIPT);
    let url = format!("http://127.0.0.1:{port}");
    let mut tool = sharecheck(&here);
    tool.env("SHARECHECK_SECRET", SECRET)
        .args(["run", "--no-progress", "--url", &url, "--wait=20s"])
        .args(["--contract", contract, "--report=json=report.json"])
        .arg(format!(
            "--restart={} {}",
            command.display(),
            here.display()
        ));
    let serving = tokio::spawn({
        let here = here.clone();
        async move { replacing(file, port, &here).await }
    });
    let output = tokio::task::spawn_blocking(move || tool.output().unwrap());
    let output = output.await.unwrap();
    let after = tokio::task::spawn_blocking(move || {
        post(&url, "/backup/fetch", r#"{"clientId":"nobody"}"#)
    });
    let after = after.await.unwrap();
    serving.abort();
    let report = std::fs::read(here.join("report.json")).unwrap();
    (output, serde_json::from_slice(&report).unwrap(), after)
}

/// A store for the client `__proto__` spoils such a server until it is restarted: the case restarts it.
#[rstest]
#[case::shown_to_all("prototype_client.js", "v6", true)]
#[case::shown_to_all_in_v5("prototype_user.js", "v5", true)]
#[case::kept_apart("fine_bare_object.js", "v6", false)]
#[tokio::test(flavor = "multi_thread")]
async fn clients_that_are_properties_of_an_object_are_found_and_left_clean(
    #[case] file: &'static str,
    #[case] contract: &str,
    #[case] spoilt: bool,
) {
    if !has("node") {
        println!("skipped: there is no node here");
        return;
    }
    let (output, report, after) = run_against(file, contract).await;
    let said = told(&output, &[]);
    assert_eq!(code(&output), i32::from(spoilt), "{said}");
    let required = sharecheck::model::requirement::Level::Required;
    let broken = report.requirements.iter();
    let broken = broken.filter(|it| it.status == Status::Failed && it.level == required);
    let broken: Vec<&str> = broken.map(|it| it.id.as_str()).collect();
    let right: &[&str] = if spoilt { &["client.literal"] } else { &[] };
    assert_eq!(broken, right, "{said}");
    let empty = after.contains(r#"{"backupShares":[]}"#) || after.starts_with("HTTP/1.1 404");
    assert!(empty, "{after}");
}
