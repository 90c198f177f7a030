//! `diff`: what two runs come to leads, each requirement has a line, and what says nothing of the custodian has none.

use crate::bench::{code, held, sharecheck, told};
use rstest::rstest;
use std::collections::HashSet;
use std::path::Path;

/// Runs that take a moment.
const SOME: [&str; 3] = ["replace.same-method", "v5", "fetch"];

/// A report of the built-in custodian with this fault, or with none.
fn report(folder: &Path, fault: &str, more: &[&str]) -> String {
    let name = format!("{}.json", if fault.is_empty() { "correct" } else { fault });
    let output = sharecheck(folder)
        .args(["run", "--no-progress", "-q", "--seed", "7"])
        .args([&format!("--reference={fault}"), "--report"])
        .arg(format!("json={name}"))
        .args(more)
        .output()
        .unwrap();
    assert!([0, 1].contains(&code(&output)), "{}", told(&output, &[]));
    name
}

/// What `diff` says of two reports, and how it ends.
fn diff(folder: &Path, arguments: &[&str]) -> String {
    let output = sharecheck(folder)
        .arg("diff")
        .args(arguments)
        .output()
        .unwrap();
    format!(
        "$ sharecheck diff {}\n{}",
        arguments.join(" "),
        told(&output, &[])
    )
}

#[test]
fn the_answer_leads_and_each_requirement_has_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let correct = report(folder.path(), "", &SOME);
    let append = report(folder.path(), "append", &SOME);
    let elsewhere = report(folder.path(), "store-204", &["secret.wrong"]);
    let sets: [&[&str]; 6] = [
        &[&correct, &append],
        &[&correct, &append, "-q"],
        &[&append, &correct],
        &[&correct, &correct],
        &[&append, &elsewhere],
        &[&correct, "nowhere.json"],
    ];
    let texts = sets.map(|arguments| diff(folder.path(), arguments));
    held("diff", &texts.join("\n\n"));
}

#[rstest]
#[case("append", "v6-partial", "replace.same-method")]
#[case("no-passkey", "v6-partial", "method.documented")]
#[case("v5-hidden", "v6-breaks-v5", "v5.returned")]
#[case("share-cut-4000", "v6-partial", "share.size")]
fn a_fault_changes_one_thing_and_that_comes_first(
    #[case] fault: &str,
    #[case] stage: &str,
    #[case] broken: &str,
) {
    let folder = tempfile::tempdir().unwrap();
    let correct = report(folder.path(), "", &[]);
    let with = report(folder.path(), fault, &[]);
    let said = diff(folder.path(), &[&correct, &with]);
    let lines: Vec<&str> = said.lines().skip(2).collect();
    let answer = "May we set isMultiBackupEnabled? Yes → No";
    let stage = format!("stage     v6 → {stage}");
    assert_eq!(lines[..2], [answer, &stage], "{said}");
    assert!(
        lines[2].starts_with(&format!("cause     now looks like {fault}")),
        "{said}"
    );
    let first = lines.iter().find(|line| line.starts_with("worse "));
    assert!(first.is_some_and(|line| line.contains(broken)), "{said}");
    for noise in ["order of shares", " ms", "p95", "note "] {
        assert!(!said.contains(noise), "{noise}: {said}");
    }
    let rows = |id: &&&str| id.starts_with("worse ") || id.starts_with("different ");
    let ids: Vec<&str> = lines
        .iter()
        .filter(rows)
        .filter_map(|line| line.split_whitespace().nth(1))
        .collect();
    let each: HashSet<&str> = ids.iter().copied().collect();
    assert_eq!(
        ids.len(),
        each.len(),
        "one line for each requirement: {said}"
    );
}

#[test]
fn what_is_free_is_one_line_however_many_cases_show_it() {
    let folder = tempfile::tempdir().unwrap();
    let correct = report(folder.path(), "", &[]);
    let with = report(folder.path(), "store-204", &[]);
    held("diff.free", &diff(folder.path(), &[&correct, &with]));
}
