//! `doctor`: the same six lines each time, whatever stands there.

use crate::bench::{As, Custodian, SECRET, always, code, sharecheck, told};
use serde_json::Value;
use sharecheck::reference::Fault;
use std::path::Path;
use std::process::Output;

const NAMES: [&str; 6] = ["reach", "TLS", "secret", "store", "fetch", "clients"];

fn doctor(folder: &Path, url: &str, arguments: &[&str]) -> Output {
    let mut command = sharecheck(folder);
    command
        .env("SHARECHECK_SECRET", SECRET)
        .env("COLUMNS", "80");
    command.args(["doctor", "-u", url]).args(arguments);
    command.output().unwrap()
}

/// The exit code, the six lines, and all that was said.
fn looked(url: &str, arguments: &[&str]) -> (i32, Vec<String>, String) {
    let folder = tempfile::tempdir().unwrap();
    let output = doctor(folder.path(), url, arguments);
    let text = told(&output, &[]);
    let marks = ["✓ ", "✗ ", "! ", "- "];
    let lines = text
        .lines()
        .filter(|it| marks.iter().any(|mark| it.starts_with(mark)));
    let lines: Vec<String> = lines
        .filter(|it| !it.starts_with("-- "))
        .map(str::to_owned)
        .collect();
    let names: Vec<&str> = lines
        .iter()
        .map(|it| it.split(' ').nth(1).unwrap())
        .collect();
    assert_eq!(names, NAMES, "{text}");
    assert!(text.lines().all(|it| it.chars().count() <= 80), "{text}");
    let crosses = lines.iter().filter(|it| it.starts_with('✗')).count();
    assert_eq!(crosses > 0, [3, 6].contains(&code(&output)), "{text}");
    let told = |word: &str| {
        text.lines()
            .filter(|it| it.trim_start().starts_with(word))
            .count()
    };
    assert!(
        told("Seen: ") >= crosses && told("Next: ") >= crosses,
        "{text}"
    );
    (code(&output), lines, text)
}

#[test]
fn the_same_six_lines_whatever_stands_there() {
    let custodian = Custodian::start(&As::default());
    let (exit, lines, text) = looked(&custodian.url, &[]);
    assert_eq!(exit, 0, "{text}");
    assert!(
        lines[1].contains("not tried, because the URL begins with http://"),
        "{text}"
    );
    assert!(lines.iter().all(|it| !it.starts_with('!')), "{text}");
    assert!(text.contains("\nA run can begin.\n"), "{text}");
    let (exit, lines, text) = looked("http://127.0.0.1:9", &[]);
    assert_eq!(exit, 3, "{text}");
    assert!(lines[0].starts_with("✗ reach"), "{text}");
    assert!(
        lines[1..]
            .iter()
            .all(|it| it.contains("not tried, because")),
        "{text}"
    );
    let no = always("HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    let (exit, lines, text) = looked(&no, &["--client-id", "a"]);
    assert_eq!(exit, 3, "{text}");
    assert!(
        lines[0].starts_with("✓ reach") && lines[2].starts_with("✗ secret"),
        "{text}"
    );
}

#[test]
fn clients_that_are_alike_share_a_line() {
    let custodian = Custodian::start(&As::default());
    let ids: Vec<String> = (1..=200).map(|number| format!("c{number}")).collect();
    let (exit, lines, text) = looked(&custodian.url, &["--client-id", &ids.join(",")]);
    assert_eq!(exit, 0, "{text}");
    assert!(lines[5].contains("200 alike (c1, c2, c3, …)"), "{text}");
    assert!(text.lines().count() < 20, "{text}");
    custodian.store("c7", "{\"p\":\"a share that is somebody's\"}");
    let (exit, lines, text) = looked(&custodian.url, &["--client-id", &ids.join(",")]);
    assert_eq!(exit, 6, "{text}");
    assert!(
        lines[5].starts_with("✗ clients") && text.contains("c7"),
        "{text}"
    );
}

#[test]
fn a_custodian_of_the_other_contract_is_told_from_a_broken_one() {
    let single = always(
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 18\r\n\r\n{\"backupShare\":\"\"}",
    );
    let (exit, _, text) = looked(&single, &["--client-id", "a"]);
    assert_eq!(exit, 1, "{text}");
    assert!(
        text.contains("It answers like v5: try `--contract v5`."),
        "{text}"
    );
    let (_, _, text) = looked(&single, &["--client-id", "a", "--contract", "v5"]);
    assert!(!text.contains("It answers like"), "{text}");
    let v6 = Custodian::start(&As::default());
    let (_, _, text) = looked(&v6.url, &["--contract", "v5"]);
    assert!(
        text.contains("It answers like v6: try `--contract v6`."),
        "{text}"
    );
}

#[cfg(unix)]
#[test]
fn a_client_that_a_command_makes_is_looked_at_and_taken_away() {
    let folder = tempfile::tempdir().unwrap();
    let custodian = Custodian::start(&As::default());
    let hook = "tee -a asked.ndjson | grep -q setup && echo '{\"clientId\":\"made-1\"}' || true";
    let output = doctor(
        folder.path(),
        &custodian.url,
        &["--provision", hook, "--provision-shell"],
    );
    let text = told(&output, &[]);
    assert_eq!(code(&output), 0, "{text}");
    assert!(
        text.contains("✓ clients  the hook has made made-1, and taken it away again"),
        "{text}"
    );
    let asked = std::fs::read_to_string(folder.path().join("asked.ndjson")).unwrap();
    assert!(
        asked.contains("setup") && asked.contains("teardown"),
        "{asked}"
    );
    let (exit, lines, text) = looked(&custodian.url, &["--provision", "false"]);
    assert_eq!(exit, 3, "{text}");
    assert!(
        lines[5].starts_with("✗ clients") && text.contains("mend the hook"),
        "{text}"
    );
    let (_, lines, text) = looked("http://127.0.0.1:9", &["--provision", "false"]);
    assert!(lines[5].contains("not tried"), "{text}");
}

#[test]
fn what_is_told_as_json_is_what_is_told_to_people() {
    let folder = tempfile::tempdir().unwrap();
    let custodian = Custodian::start(&As {
        fault: Some(Fault::SecretUnchecked),
        ..As::default()
    });
    let output = doctor(folder.path(), &custodian.url, &["--format", "json"]);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let points = told["points"].as_array().unwrap();
    assert_eq!(points.len(), NAMES.len());
    assert_eq!(points[2]["about"], "secret");
    assert_eq!(points[2]["mark"], "odd");
    assert!(points[2]["advice"][0]["next"].is_string());
    assert_eq!(told["exit_code"], code(&output));
}
