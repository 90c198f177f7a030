//! The run log: written as it happens, and free of secrets.

#[cfg(unix)]
use crate::bench::wait_for;
use crate::bench::{As, Custodian, SECRET, code, sharecheck};
use sharecheck::model::log::{Line, Purpose};
use sharecheck::reference::Fault;
use std::collections::HashSet;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

fn purpose(line: &Line) -> Option<Purpose> {
    match line {
        Line::Beside(beside) => Some(beside.purpose),
        Line::Run(_)
        | Line::Preflight(_)
        | Line::Client { .. }
        | Line::Trial { .. }
        | Line::Exchange { .. }
        | Line::Transcript(_)
        | Line::Closing { .. }
        | Line::End { .. } => None,
    }
}

fn is_request(line: &Line) -> bool {
    purpose(line).is_some() || matches!(line, Line::Exchange { .. } | Line::Closing { .. })
}

fn lines(path: &Path) -> Vec<Line> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn a_run_log_tells_what_was_going_to_happen_and_how_it_ended() {
    let folder = tempfile::tempdir().unwrap();
    let custodian = Custodian::start(&As {
        fault: Some(Fault::Append),
        ..As::default()
    });
    let output = sharecheck(folder.path())
        .env("SHARECHECK_SECRET", SECRET)
        .args([
            "run",
            "--url",
            &custodian.url,
            "replace.same-method",
            "--no-progress",
        ])
        .args([
            "--log-run",
            "logs/run.ndjson",
            "--report",
            "json=report.json",
        ])
        .output()
        .unwrap();
    assert_eq!(code(&output), 1);
    let log = folder.path().join("logs/run.ndjson");
    assert!(!std::fs::read_to_string(&log).unwrap().contains(SECRET));
    let lines = lines(&log);
    let Some(Line::Run(began)) = lines.first() else {
        panic!("the first line tells what was going to happen");
    };
    let Some(Line::End { exit_code, .. }) = lines.last() else {
        panic!("the last line tells how it ended");
    };
    let report: sharecheck::model::report::Report =
        serde_json::from_slice(&std::fs::read(folder.path().join("report.json")).unwrap()).unwrap();
    assert_eq!((&began.id, began.seed), (&report.run.id, report.run.seed));
    assert_eq!(began.tool, report.tool);
    assert_eq!(*exit_code, 1);
    assert!(!began.whole && !began.left_out.is_empty());
    let over = lines
        .iter()
        .filter(|line| matches!(line, Line::Transcript(it) if it.attempt == 1));
    assert_eq!(over.count(), began.trials.len());
    // Every request is in the log, whatever it was sent for.
    let Some(Line::End { ended, .. }) = lines.last() else {
        panic!("the last line tells how it ended");
    };
    let purposes: HashSet<Purpose> = lines.iter().filter_map(purpose).collect();
    assert!(purposes.contains(&Purpose::Preflight) && purposes.contains(&Purpose::Provision));
    let requests = lines.iter().filter(|line| is_request(line)).count();
    assert_eq!(requests, ended.requests);
}

#[cfg(unix)]
#[test]
fn a_signal_stops_the_sending_and_leaves_a_report_of_what_was_seen() {
    for (signal, expected) in [("INT", 130), ("TERM", 143)] {
        let folder = tempfile::tempdir().unwrap();
        let custodian = Custodian::start(&As {
            latency: Duration::from_millis(100),
            ..As::default()
        });
        let mut child = sharecheck(folder.path())
            .env("SHARECHECK_SECRET", SECRET)
            .args([
                "run",
                "--url",
                &custodian.url,
                "--no-progress",
                "--jobs",
                "4",
            ])
            .args(["--log-run", "run.ndjson", "--report", "json=report.json"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        wait_for(&folder.path().join("run.ndjson"), "\"line\":\"transcript\"");
        let killed = std::process::Command::new("kill")
            .args([format!("-{signal}"), child.id().to_string()])
            .status();
        assert!(killed.unwrap().success());
        let said: Vec<String> = BufReader::new(child.stderr.take().unwrap())
            .lines()
            .map_while(Result::ok)
            .collect();
        assert_eq!(child.wait().unwrap().code(), Some(expected));
        let report: serde_json::Value =
            serde_json::from_slice(&std::fs::read(folder.path().join("report.json")).unwrap())
                .unwrap();
        assert_eq!(report["outcome"]["exit_code"], expected);
        let cases = report["cases"].as_array().unwrap();
        let with = |status: &str| cases.iter().filter(|case| case["status"] == status).count();
        assert!(with("passed") > 0, "what was finished stays judged");
        assert!(with("skipped") > 0, "what was not is not left out");
        let lines = lines(&folder.path().join("run.ndjson"));
        assert!(
            matches!(lines.last(), Some(Line::End { exit_code, .. }) if i32::from(*exit_code) == expected)
        );
        let residue: sharecheck::model::residue::Residue =
            serde_json::from_slice(&std::fs::read(folder.path().join("residue.json")).unwrap())
                .unwrap();
        assert!(!residue.left.is_empty());
        assert!(
            said.iter().any(|line| line.contains("left behind on")),
            "{said:?}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_waiting_for_a_custodian() {
    let folder = tempfile::tempdir().unwrap();
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let mut child = sharecheck(folder.path())
        .env("SHARECHECK_SECRET", SECRET)
        .args(["run", "--no-progress", "--wait", "1h", "--url", &url])
        .args(["--report", "json=report.json"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    let first = said.next().unwrap().unwrap();
    assert!(first.contains("waiting up to 1h"), "{first}");
    let killed = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(killed.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let report = std::fs::read(folder.path().join("report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    assert_eq!(report["run"]["requests"], 0);
}
