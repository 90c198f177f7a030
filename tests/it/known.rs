//! Known failures from end to end: written from a report, excused, stale when mended, taken out again.

use crate::bench::{SECRET, code, complaint, held, schema_held, sharecheck, told};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Output;

const CASE: &str = "replace.same-method.passkey";

fn call(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = sharecheck(folder);
    command.env("SHARECHECK_SECRET", SECRET);
    command.args(arguments).output().unwrap()
}

/// Runs one case against the reference custodian, with a fault or none, and reports to `report.json`.
fn run(folder: &Path, fault: Option<&str>, more: &[&str]) -> (i32, String, Value) {
    let mut arguments = vec!["run", "--report", "json=report.json", "--no-progress"];
    arguments.extend(more);
    arguments.push("--reference");
    arguments.extend(fault);
    arguments.push(CASE);
    let output = call(folder, &arguments);
    let report = std::fs::read(folder.join("report.json")).unwrap_or_default();
    let report = serde_json::from_slice(&report).unwrap_or(Value::Null);
    (code(&output), told(&output, &[]), report)
}

const LISTED: [&str; 2] = ["--known-failures", "known.toml"];

fn entry(expires: &str) -> String {
    format!(
        "[[known-failure]]\nrequirement = \"replace.same-method\"\ncase = \"{CASE}\"\ncode = \"two-kept\"\n\
         reason = \"until the migration\"\nowner = \"wallet-team\"\nexpires = {expires}\n"
    )
}

#[test]
fn a_known_failure_is_excused_and_counted_until_it_is_mended() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let list = || std::fs::read_to_string(here.join("known.toml")).unwrap();
    let (exit, ..) = run(here, Some("append"), &[]);
    assert_eq!(exit, 1);
    let write = "known-failures write report.json -o known.toml --by-case --owner wallet-team --reason WAL-12";
    let output = call(here, &write.split(' ').collect::<Vec<_>>());
    assert_eq!(code(&output), 0, "{}", complaint(&output));
    assert!(list().contains(&format!("case = \"{CASE}\"\ncode = \"two-kept\"\n")));

    let (exit, said, report) = run(here, Some("append"), &LISTED);
    assert_eq!(exit, 0, "{said}");
    assert!(said.contains("conforms but for 1 known failure"), "{said}");
    assert!(
        said.contains("May we set isMultiBackupEnabled? No."),
        "{said}"
    );
    assert!(said.contains("by wallet-team until"), "{said}");
    assert_eq!(report["outcome"]["multi_backup_safe"], json!(false));
    assert_eq!(report["counts"]["requirements"]["failed"], json!(1));
    assert_eq!(report["counts"]["cases"]["failed"], json!(1));

    // Written twice, it stands there once.
    let before = list();
    let output = call(here, &write.split(' ').collect::<Vec<_>>());
    assert_eq!((code(&output), list()), (0, before));

    let (exit, said, _) = run(here, None, &LISTED);
    assert_eq!(exit, 5, "{said}");
    assert!(said.contains("1 known failure stale"), "{said}");
    let prune = [
        "known-failures",
        "prune",
        "known.toml",
        "--report",
        "report.json",
    ];
    let output = call(here, &prune);
    assert_eq!(code(&output), 0, "{}", complaint(&output));
    assert!(told(&output, &[]).contains("it passes") && !list().contains("[["));
    let (exit, said, _) = run(here, None, &LISTED);
    assert_eq!(exit, 0, "{said}");
}

#[test]
fn an_expired_entry_excuses_nothing_and_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    std::fs::write(here.join("known.toml"), entry("2020-01-31")).unwrap();
    let (exit, said, _) = run(here, Some("append"), &LISTED);
    assert_eq!(exit, 1);
    assert!(said.contains("expired on 2020-01-31"), "{said}");
    let (exit, said, _) = run(here, None, &LISTED);
    assert_eq!(exit, 5, "{said}");
}

#[test]
fn a_failure_that_comes_and_goes_may_stay_away() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let text = format!("{}flaky = true\n", entry("9999-12-31"));
    std::fs::write(here.join("known.toml"), text).unwrap();
    assert_eq!(run(here, Some("append"), &LISTED).0, 0);
    assert_eq!(run(here, None, &LISTED).0, 0);
}

#[test]
fn what_was_not_selected_is_neither_stale_nor_pruned() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let text = format!("# WAL-12\n{}", entry("9999-12-31")).replace(CASE, "lifecycle.recovery");
    std::fs::write(here.join("known.toml"), &text).unwrap();
    assert_eq!(run(here, None, &LISTED).0, 0);
    let output = call(
        here,
        &[
            "known-failures",
            "prune",
            "known.toml",
            "--report",
            "report.json",
        ],
    );
    assert_eq!(code(&output), 0, "{}", complaint(&output));
    assert!(told(&output, &[]).contains("nothing to remove"));
    assert_eq!(
        std::fs::read_to_string(here.join("known.toml")).unwrap(),
        text
    );
}

#[test]
fn what_could_not_be_tested_is_never_excused() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    std::fs::write(here.join("known.toml"), entry("9999-12-31")).unwrap();
    let arguments = [
        "run",
        "-u",
        "http://127.0.0.1:9",
        "--known-failures",
        "known.toml",
        CASE,
    ];
    let output = call(here, &arguments);
    assert_eq!(code(&output), 3, "{}", told(&output, &[]));
}

#[test]
fn a_failure_that_is_known_does_not_end_a_run_that_ends_at_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    std::fs::write(here.join("known.toml"), entry("9999-12-31")).unwrap();
    let more = [
        "--fail-fast",
        "--jobs",
        "1",
        "--repeat",
        "3",
        LISTED[0],
        LISTED[1],
    ];
    let (exit, said, report) = run(here, Some("append"), &more);
    assert_eq!(exit, 0, "{said}");
    assert_eq!(report["counts"]["cases"]["failed"], json!(3));
}

#[test]
fn mistakes_in_the_list() {
    let folder = tempfile::tempdir().unwrap();
    let good = entry("2099-12-31");
    let texts: Vec<String> = [
        good.replace("replace.same-method\"", "replace.samemethod\""),
        good.replace(CASE, "replace.same-method.passkeys"),
        good.replace("two-kept", "two-keep"),
        good.replace("owner", "onwer"),
        good.replace("owner = \"wallet-team\"\n", ""),
        good.replace("until the migration", " "),
        good.replace("2099-12-31", "\"2099-12-31\""),
        good.replace("2099-12-31", "2099-12-31T12:00:00Z"),
        good.replace("2099-12-31", "2099-13-31"),
        good.replace("known-failure", "known_failure"),
        format!("{good}\n{good}"),
    ]
    .iter()
    .map(|text| {
        std::fs::write(folder.path().join("known.toml"), text).unwrap();
        let arguments = [
            "run",
            "-u",
            "http://127.0.0.1:9",
            "--known-failures",
            "known.toml",
        ];
        let output = call(folder.path(), &arguments);
        assert_eq!(code(&output), 2);
        told(&output, &[])
    })
    .collect();
    held("mistakes.known-failures", &texts.join("\n\n"));
}

#[test]
fn the_schema_of_the_list_is_that_of_its_type() {
    let schema = schemars::schema_for!(sharecheck::model::known::KnownFailures);
    schema_held("known-failures", &schema);
    let schema = serde_json::to_value(&schema).unwrap();
    let mut value: Value = toml::from_str::<toml::Table>(&entry("\"2099-12-31\""))
        .unwrap()
        .try_into()
        .unwrap();
    assert!(jsonschema::is_valid(&schema, &value), "{value}");
    value["known-failure"][0]["onwer"] = json!("x");
    assert!(!jsonschema::is_valid(&schema, &value));
}

/// Every code that a known failure can name stands in the code that gives it.
#[test]
fn every_failure_code_is_given_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/judge/src");
    let files =
        ["check", "attribute/floor"].map(|folder| std::fs::read_dir(root.join(folder)).unwrap());
    let files = files.into_iter().flatten().map(|file| file.unwrap().path());
    let all: String = files
        .chain(["contract/malformed.rs", "exchange/alteration.rs"].map(|it| root.join(it)))
        .filter_map(|file| std::fs::read_to_string(file).ok())
        .collect();
    for code in sharecheck::model::finding::CODES {
        assert!(all.contains(&format!("\"{code}\"")), "{code}");
    }
}
