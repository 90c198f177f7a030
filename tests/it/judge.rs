//! A recorded run judged again: the same report to the byte, from a whole log and from one that breaks off.

use crate::bench::{As, Custodian, SECRET, always, code, complaint, held, sharecheck, told};
use rstest::rstest;
use serde_json::Value;
use sharecheck::reference::Fault;
use std::io::Write as _;
use std::path::Path;
use std::process::{Output, Stdio};

/// Runs these cases and records them; the report is `live.json`, the log `run.ndjson`.
fn recorded(folder: &Path, url: &str, more: &[&str]) -> Output {
    sharecheck(folder)
        .env("SHARECHECK_SECRET", SECRET)
        .args(["run", "--url", url, "--no-progress"])
        .args(["--log-run", "run.ndjson", "--report", "json=live.json"])
        .args(more)
        .output()
        .unwrap()
}

fn judged(folder: &Path, log: &str) -> Output {
    sharecheck(folder)
        .args(["judge", log, "--report", "json=again.json"])
        .output()
        .unwrap()
}

fn file(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap()
}

fn report(folder: &Path, name: &str) -> Value {
    serde_json::from_str(&file(folder, name)).unwrap()
}

#[rstest]
#[case::conforming(None, &[], 0)]
#[case::failing(Some(Fault::Append), &["replace.same-method", "v5.coexists"], 1)]
#[case::strict(Some(Fault::Append), &["replace.same-method", "--strict"], 1)]
#[case::repeated(None, &["replace.same-method.passkey", "--repeat", "11"], 0)]
#[case::starved(None, &["fetch.isolated.*", "--client-id", "one"], 4)]
#[case::stopped(Some(Fault::Append), &["replace", "--fail-fast", "--jobs", "1"], 1)]
fn a_recorded_run_gives_the_same_report_to_the_byte(
    #[case] fault: Option<Fault>,
    #[case] more: &[&str],
    #[case] expected: i32,
) {
    let folder = tempfile::tempdir().unwrap();
    let custodian = Custodian::start(&As {
        fault,
        ..As::default()
    });
    let live = recorded(folder.path(), &custodian.url, more);
    assert_eq!(code(&live), expected, "{}", told(&live, &[]));
    drop(custodian);
    let again = judged(folder.path(), "run.ndjson");
    assert_eq!(code(&again), expected, "{}", complaint(&again));
    assert!(file(folder.path(), "again.json") == file(folder.path(), "live.json"));
    assert_eq!(
        shown(&again),
        shown(&live),
        "what is shown is the same, too"
    );
}

/// What is shown, but for where the reports went.
fn shown(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stdout);
    let lines = said.lines().filter(|line| !line.starts_with("Reports: "));
    lines.collect::<Vec<_>>().join("\n")
}

/// What stands between us and the custodian is no fault of the custodian's, now or later.
#[rstest]
#[case::nobody_there("http://127.0.0.1:9".to_owned())]
#[case::a_gateway(always("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"))]
#[case::a_refusal(always(
    "HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
))]
fn what_could_not_be_tested_then_cannot_be_judged_now(#[case] url: String) {
    let folder = tempfile::tempdir().unwrap();
    let live = recorded(folder.path(), &url, &["store", "--client-id", "one,two"]);
    let again = judged(folder.path(), "run.ndjson");
    assert_eq!(code(&again), code(&live), "{}", told(&live, &[]));
    assert_ne!(code(&live), 0);
    assert_ne!(code(&live), 1);
    assert!(file(folder.path(), "again.json") == file(folder.path(), "live.json"));
}

#[test]
fn a_run_that_was_killed_is_judged_by_what_it_had_seen() {
    let folder = tempfile::tempdir().unwrap();
    let custodian = Custodian::start(&As::default());
    recorded(folder.path(), &custodian.url, &["replace"]);
    let log = file(folder.path(), "run.ndjson");
    let third = log
        .match_indices("{\"line\":\"transcript\"")
        .nth(2)
        .unwrap()
        .0;
    // Torn in the middle of a line, as a process that is killed leaves it.
    std::fs::write(folder.path().join("torn.ndjson"), &log[..third + 100]).unwrap();
    let output = judged(folder.path(), "torn.ndjson");
    assert_eq!(code(&output), 130, "{}", complaint(&output));
    let report = report(folder.path(), "again.json");
    assert_eq!(report["outcome"]["verdict"], "interrupted");
    assert_eq!(report["run"]["halted"], "killed");
    let cases = report["cases"].as_array().unwrap();
    let because = |text: &str| {
        let all = cases
            .iter()
            .flat_map(|case| case["checks"].as_array().unwrap());
        all.filter(|check| check["message"] == text).count()
    };
    let passed = cases.iter().filter(|case| case["status"] == "passed");
    assert_eq!(passed.count(), 2);
    assert!(because("the run was killed") > 0);
    assert_eq!(report["outcome"]["multi_backup_safe"], Value::Null);
}

fn own_case(id: &str) -> String {
    format!(
        r#"
        [[case]]
        id = "{id}"
        title = "A share comes back"
        requirement = "fetch.isolated"
        steps = [
          {{ store = {{ method = "PASSKEY", share = "old" }} }},
          {{ fetch = {{ expect = ["old"] }} }},
        ]
        "#
    )
}

#[test]
fn a_run_under_another_suite_is_judged_by_todays_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let custodian = Custodian::start(&As::default());
    let write = |name: &str, text: String| std::fs::write(folder.path().join(name), text).unwrap();
    write("own.toml", own_case("own.one"));
    let one = ["own.one", "--cases", "own.toml"];
    recorded(folder.path(), &custodian.url, &one);
    let log = file(folder.path(), "run.ndjson");
    write(
        "whole.ndjson",
        log.replacen("\"whole\":false", "\"whole\":true", 1),
    );
    let judged = || {
        let output = sharecheck(folder.path())
            .args(["judge", "whole.ndjson", "--report", "json=again.json"])
            .args(["--cases", "own.toml"])
            .output()
            .unwrap();
        let report = report(folder.path(), "again.json");
        (report, String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (same, _) = judged();
    assert_eq!(
        (&same["run"]["whole"], &same["notices"]),
        (&true.into(), &Value::Null)
    );
    // A case that the run could not know.
    write("own.toml", own_case("own.one") + &own_case("own.two"));
    let (newer, shown) = judged();
    let notice = newer["notices"][0].as_str().unwrap();
    assert!(notice.starts_with("recorded with suite "), "{notice}");
    assert_eq!(
        newer["run"]["whole"], false,
        "what was not run is not proved"
    );
    assert!(shown.contains("notice recorded with suite"), "{shown}");
}

#[test]
fn own_cases_alone_prove_no_contract() {
    let folder = tempfile::tempdir().unwrap();
    let custodian = Custodian::start(&As::default());
    std::fs::write(folder.path().join("own.toml"), own_case("own.one")).unwrap();
    let own = ["--cases", "own.toml", "--only-own-cases"];
    recorded(folder.path(), &custodian.url, &own);
    let report = report(folder.path(), "live.json");
    assert_eq!(report["run"]["whole"], false);
    assert_eq!(report["outcome"]["multi_backup_safe"], Value::Null);
}

#[test]
fn a_log_may_come_on_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let custodian = Custodian::start(&As::default());
    let live = recorded(folder.path(), &custodian.url, &["replace"]);
    let mut child = sharecheck(folder.path())
        .args(["judge", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let log = file(folder.path(), "run.ndjson");
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(log.as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!((code(&output), shown(&output)), (code(&live), shown(&live)));
}

#[test]
fn what_is_no_run_log_is_shown_where_it_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let custodian = Custodian::start(&As::default());
    recorded(folder.path(), &custodian.url, &["replace.same-method"]);
    let log = file(folder.path(), "run.ndjson");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let (first, rest) = log.split_once('\n').unwrap();
    write("empty.ndjson", "");
    write(
        "other.ndjson",
        &log.replacen("\"format\":2", "\"format\":3", 1),
    );
    write("headless.ndjson", rest);
    write("twice.ndjson", &format!("{log}{log}"));
    write(
        "broken.ndjson",
        &format!("{first}\n{{\"line\":\"exchange\",\"id\":}}\n{rest}"),
    );
    write(
        "unknown.ndjson",
        &format!("{first}\n{{\"line\":\"exchagne\"}}\n{rest}"),
    );
    let names = [
        "empty.ndjson",
        "other.ndjson",
        "headless.ndjson",
        "twice.ndjson",
        "broken.ndjson",
        "unknown.ndjson",
        "live.json",
        "nowhere.ndjson",
    ];
    let lines = format!(":{}:", log.lines().count() + 1);
    let texts = names.map(|name| {
        let output = sharecheck(folder.path())
            .args(["judge", name])
            .output()
            .unwrap();
        assert_eq!(code(&output), 2);
        format!(
            "$ sharecheck judge {name}\n{}",
            told(&output, &[(&lines, ":LAST:")])
        )
    });
    held("judge.mistakes", &texts.join("\n\n"));
}

#[test]
fn a_secret_that_is_known_is_looked_for_in_what_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let custodian = Custodian::start(&As::default());
    recorded(folder.path(), &custodian.url, &["replace.same-method"]);
    let log = file(folder.path(), "run.ndjson");
    let leaky = log.replace("\"target\":\"", &format!("\"target\":\"{SECRET}"));
    std::fs::write(folder.path().join("leaky.ndjson"), leaky).unwrap();
    let output = sharecheck(folder.path())
        .env("SHARECHECK_SECRET", SECRET)
        .args(["judge", "leaky.ndjson", "--report", "json=again.json"])
        .output()
        .unwrap();
    assert_eq!(code(&output), 70);
    assert!(!folder.path().join("again.json").exists());
    assert!(!told(&output, &[]).contains(SECRET));
}
