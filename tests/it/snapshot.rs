//! `run --snapshot` and `sharecheck snapshot`: the same bytes from an unchanged custodian, drift from one that does
//! otherwise what the contract leaves free, and nothing written where nothing may be.

use crate::bench::{As, Custodian, SECRET, code, complaint, held, sharecheck, told};
use std::path::Path;
use std::process::Output;

/// Some cases of every kind, races among them, that take a second.
const SOME: [&str; 6] = [
    "endpoint.backup",
    "endpoint.fetch",
    "replace.same-method",
    "replace.concurrent-same",
    "v5",
    "fetch.array",
];

fn run(folder: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    sharecheck(folder)
        .envs(variables.iter().copied())
        .args(["run", "--no-progress"])
        .args(arguments)
        .output()
        .unwrap()
}

/// A run of some cases against the built-in custodian, with a fault or without one.
fn reference(folder: &Path, variables: &[(&str, &str)], fault: &str, more: &[&str]) -> Output {
    let with = format!("--reference={fault}");
    let arguments = [&SOME[..], &[with.as_str(), "--snapshot", "custodian"], more].concat();
    run(folder, variables, &arguments)
}

fn snapshot(folder: &Path, arguments: &[&str]) -> Output {
    sharecheck(folder)
        .arg("snapshot")
        .args(arguments)
        .output()
        .unwrap()
}

/// A folder with the approved snapshot of the custodian without a fault.
fn approved() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let first = reference(folder.path(), &[], "", &["-q"]);
    assert_eq!(code(&first), 0, "{}", told(&first, &[]));
    assert_eq!(code(&snapshot(folder.path(), &["accept", "custodian"])), 0);
    folder
}

fn text(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap()
}

fn exists(folder: &Path, name: &str) -> bool {
    folder.join(name).exists()
}

#[test]
fn two_runs_against_an_unchanged_custodian_give_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    for (name, jobs) in [("one", "64"), ("two", "1")] {
        let output = run(
            folder.path(),
            &[],
            &["--reference", "--snapshot", name, "--jobs", jobs, "-q"],
        );
        assert_eq!(code(&output), 0, "{}", told(&output, &[]));
    }
    let one = text(folder.path(), "one.snap.new");
    assert_eq!(one, text(folder.path(), "two.snap.new"));
    assert!(one.contains("order of shares: by backup method"), "{one}");
    assert!(one.matches("\ncase ").count() > 200);
}

#[test]
fn leftovers_of_an_earlier_run_change_no_byte() {
    let custodian = Custodian::start(&As {
        clients: &["ann-1x", "bob-2y", "cid-3z"],
        ..As::default()
    });
    let folder = tempfile::tempdir().unwrap();
    for name in ["fresh", "used"] {
        let clients = [
            "--client-id",
            "ann-1x",
            "--client-id",
            "bob-2y",
            "--client-id",
            "cid-3z",
        ];
        let target = [
            "--url",
            &custodian.url,
            "--snapshot",
            name,
            "--skip",
            "fetch.empty",
            "-q",
        ];
        let output = run(
            folder.path(),
            &[("SHARECHECK_SECRET", SECRET)],
            &[&target[..], &clients[..], &SOME[..], &["method", "input"]].concat(),
        );
        assert!([0, 4].contains(&code(&output)), "{}", told(&output, &[]));
    }
    let fresh = text(folder.path(), "fresh.snap.new");
    assert_eq!(fresh, text(folder.path(), "used.snap.new"));
    assert!(
        fresh.contains("clients given") && !fresh.contains("ann-1x"),
        "{fresh}"
    );
}

#[test]
fn what_the_contract_leaves_free_may_change_and_is_drift() {
    let folder = approved();
    let output = reference(folder.path(), &[], "store-204", &[]);
    assert_eq!(code(&output), 5, "{}", told(&output, &[]));
    let shown = String::from_utf8_lossy(&output.stderr).into_owned();
    held("snapshot.drift", &shown);
    let waiting = snapshot(folder.path(), &["diff"]);
    assert_eq!(code(&waiting), 5);
    assert_eq!(code(&snapshot(folder.path(), &["accept", "--all"])), 0);
    let again = reference(folder.path(), &[], "store-204", &["-q"]);
    assert_eq!(code(&again), 0, "{}", told(&again, &[]));
}

#[test]
fn a_free_change_of_every_store_is_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let whole = |with: &str, more: &[&str]| {
        let fault = format!("--reference={with}");
        let arguments = [fault.as_str(), "--snapshot", "custodian"];
        run(folder.path(), &[], &[&arguments[..], more].concat())
    };
    assert_eq!(code(&whole("", &["-q"])), 0);
    assert_eq!(code(&snapshot(folder.path(), &["accept", "custodian"])), 0);
    let output = whole("store-204", &["-q"]);
    assert_eq!(code(&output), 5, "{}", told(&output, &[]));
    let shown = snapshot(folder.path(), &["diff", "custodian"]);
    held("snapshot.diff", &told(&shown, &[]));

    let broken = complaint(&whole("append", &[]));
    let lead = [
        "May we set isMultiBackupEnabled? Yes → No",
        "stage     v6 → v6-partial",
        "cause     now looks like append",
    ];
    assert!(broken.starts_with(&lead.join("\n")), "{broken}");
    assert!(
        broken.contains("\nworse     replace.same-method: passed → failed, "),
        "{broken}"
    );
}

#[test]
fn a_broken_custodian_is_broken_and_not_adrift() {
    let folder = approved();
    let output = reference(folder.path(), &[], "append", &[]);
    assert_eq!(code(&output), 1);
    let said = told(&output, &[]);
    assert!(
        said.contains("\nworse ") && !said.contains("drift:"),
        "{said}"
    );
}

#[test]
fn nothing_is_written_in_ci_unless_asked() {
    let empty = tempfile::tempdir().unwrap();
    let output = reference(empty.path(), &[("CI", "true")], "", &[]);
    assert_eq!(code(&output), 2, "a gate without its file tests nothing");
    held("snapshot.missing-in-ci", &told(&output, &[]));
    assert_eq!(empty.path().read_dir().unwrap().count(), 0);

    let folder = approved();
    let output = reference(folder.path(), &[("CI", "true")], "store-204", &[]);
    assert_eq!(code(&output), 5);
    assert!(!exists(folder.path(), "custodian.snap.new"));
    let before = text(folder.path(), "custodian.snap");
    let asked = ["--snapshot-update", "always"];
    reference(folder.path(), &[("CI", "true")], "store-204", &asked);
    assert_ne!(before, text(folder.path(), "custodian.snap"));
}

#[test]
fn a_snapshot_that_cannot_be_read_is_told_before_anything_is_sent() {
    let folder = approved();
    let whole = text(folder.path(), "custodian.snap");
    let mut said = String::new();
    for damaged in [
        "not a snapshot".to_owned(),
        whole.replace("passed endpoint.backup", "perhaps endpoint.backup"),
        whole.replace("\ncontract v6", "\ncontract v5"),
        whole.replace("\nsuite ", "\nsweet dreams\nsuite "),
    ] {
        std::fs::write(folder.path().join("custodian.snap"), &damaged).unwrap();
        let output = reference(folder.path(), &[], "", &[]);
        assert_eq!(code(&output), 2);
        assert_eq!(text(folder.path(), "custodian.snap"), damaged);
        said.push_str(&told(&output, &[]));
        said.push_str("\n\n");
    }
    held("snapshot.unreadable", said.trim_end());
}

#[test]
fn a_filtered_run_compares_what_ran_and_keeps_the_rest() {
    let folder = approved();
    let before = text(folder.path(), "custodian.snap")
        .matches("\ncase ")
        .count();
    let arguments = ["--snapshot", "custodian", "endpoint.backup"];
    let same = run(
        folder.path(),
        &[],
        &[&["--reference", "", "-q"], &arguments[..]].concat(),
    );
    assert_eq!(code(&same), 0, "{}", told(&same, &[]));
    assert!(!exists(folder.path(), "custodian.snap.new"));
    let other = run(
        folder.path(),
        &[],
        &[&["--reference", "store-204", "-q"], &arguments[..]].concat(),
    );
    assert_eq!(code(&other), 5);
    snapshot(folder.path(), &["accept", "custodian.snap"]);
    let after = text(folder.path(), "custodian.snap");
    assert_eq!(after.matches("\ncase ").count(), before);
    assert!(after.contains("204 no body") && after.contains("200 application/json {stored}"));
}

#[test]
fn a_run_that_did_not_end_is_not_compared_and_writes_nothing() {
    let folder = approved();
    let target = ["--url", "http://127.0.0.1:9", "--snapshot", "custodian"];
    let output = run(
        folder.path(),
        &[("SHARECHECK_SECRET", SECRET)],
        &[&target[..], &SOME[..]].concat(),
    );
    assert_eq!(code(&output), 3);
    assert!(told(&output, &[]).contains("was not compared with custodian.snap"));
    assert!(!exists(folder.path(), "custodian.snap.new"));
}

#[test]
fn what_waits_is_shown_rejected_and_never_reviewed_without_a_terminal() {
    let folder = approved();
    assert_eq!(code(&snapshot(folder.path(), &["diff", "custodian"])), 0);
    reference(folder.path(), &[], "store-204", &["-q"]);
    let review = snapshot(folder.path(), &["review"]);
    assert_eq!(code(&review), 2, "{}", told(&review, &[]));
    assert_eq!(
        code(&snapshot(folder.path(), &["reject", "custodian.snap.new"])),
        0
    );
    assert!(!exists(folder.path(), "custodian.snap.new"));
    assert_eq!(
        code(&snapshot(folder.path(), &["accept", "custodian"])),
        2,
        "nothing waits"
    );
    assert_eq!(code(&snapshot(folder.path(), &["accept"])), 2, "say what");
}

#[test]
fn insta_reads_what_is_written() {
    let folder = approved();
    let read = insta::Snapshot::from_file(&folder.path().join("custodian.snap")).unwrap();
    assert_eq!(read.metadata().source(), Some("sharecheck"));
    let body = read.as_text().unwrap().to_string();
    assert!(body.contains("case endpoint.backup"), "{body}");
}
