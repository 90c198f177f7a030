//! Shards: each says that it is one, and merged they are what one run would have been.

use crate::bench::{As, Custodian, SECRET, code, complaint, held, sharecheck, told};
use rstest::rstest;
use serde_json::Value;
use sharecheck::reference::Fault;
use std::path::Path;
use std::process::Output;

const CASES: [&str; 3] = ["replace.same-method", "v5.coexists", "fetch.isolated"];

fn run(folder: &Path, url: &str, name: &str, more: &[&str]) -> Output {
    sharecheck(folder)
        .env("SHARECHECK_SECRET", SECRET)
        .args(["run", "--url", url, "--no-progress", "--seed", "7"])
        .args(["--report", &format!("json={name}")])
        .args(more)
        .output()
        .unwrap()
}

fn merged(folder: &Path, shards: &[&str]) -> Output {
    sharecheck(folder)
        .arg("merge")
        .args(shards)
        .args(["--report", "json=merged.json"])
        .output()
        .unwrap()
}

fn report(folder: &Path, name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join(name)).unwrap()).unwrap()
}

/// A report without what differs from run to run: ids, times, client ids, each shard's own preflight, and
/// clients that several of them had.
fn normalised(mut report: Value) -> Value {
    for key in ["id", "started_at", "duration_ms", "requests", "held"] {
        report["run"][key] = Value::Null;
    }
    report["latency"] = Value::Null;
    report["facts"] = Value::Null;
    for case in report["cases"].as_array_mut().unwrap() {
        case["clients"] = Value::Null;
        let exchanges = case["exchanges"].as_array().unwrap().len();
        case["exchanges"] = exchanges.into();
        for check in case["checks"].as_array_mut().unwrap() {
            check["observed"] = Value::Null;
        }
    }
    report
}

#[rstest]
#[case::conforming(None, 0)]
#[case::append(Some(Fault::Append), 1)]
#[case::v5_alone(Some(Fault::V5Hidden), 1)]
fn merged_shards_are_what_one_run_is(#[case] fault: Option<Fault>, #[case] expected: i32) {
    let folder = tempfile::tempdir().unwrap();
    let custodian = Custodian::start(&As {
        fault,
        ..As::default()
    });
    let whole = run(folder.path(), &custodian.url, "whole.json", &CASES);
    assert_eq!(code(&whole), expected, "{}", told(&whole, &[]));
    for shard in ["1", "2", "3"] {
        let part = format!("{shard}/3");
        let name = format!("{shard}.json");
        run(
            folder.path(),
            &custodian.url,
            &name,
            &[&CASES[..], &["--shard", &part]].concat(),
        );
        let report = report(folder.path(), &name);
        assert_eq!(report["run"]["whole"], false);
        assert_eq!(report["outcome"]["stage"], Value::Null);
    }
    let output = merged(folder.path(), &["3.json", "1.json", "2.json"]);
    assert_eq!(code(&output), expected, "{}", complaint(&output));
    let first = std::fs::read(folder.path().join("merged.json")).unwrap();
    let (one, joined) = (
        report(folder.path(), "whole.json"),
        report(folder.path(), "merged.json"),
    );
    assert_eq!(normalised(joined), normalised(one));
    merged(folder.path(), &["1.json", "2.json", "3.json"]);
    assert_eq!(
        std::fs::read(folder.path().join("merged.json")).unwrap(),
        first,
        "in whatever order they come"
    );
}

#[test]
fn what_is_not_all_shards_of_one_plan_is_not_merged() {
    let folder = tempfile::tempdir().unwrap();
    let custodian = Custodian::start(&As::default());
    let part = |name: &str, more: &[&str]| {
        run(folder.path(), &custodian.url, name, more);
    };
    part("one.json", &["replace.same-method", "--shard", "1/3"]);
    part("two.json", &["replace.same-method", "--shard", "2/3"]);
    part("three.json", &["replace.same-method", "--shard", "3/3"]);
    part(
        "strict.json",
        &["replace.same-method", "--shard", "3/3", "--strict"],
    );
    part("other.json", &["v5.coexists", "--shard", "3/3"]);
    part("of-two.json", &["replace.same-method", "--shard", "2/2"]);
    part("alone.json", &["v5.coexists"]);
    std::fs::write(
        folder.path().join("no.json"),
        "{\n  \"format\": 1,\n  oh\n}",
    )
    .unwrap();
    let sets: [&[&str]; 9] = [
        &[],
        &["one.json"],
        &["one.json", "three.json"],
        &["one.json", "two.json", "three.json", "two.json"],
        &["one.json", "two.json", "strict.json"],
        &["one.json", "two.json", "other.json"],
        &["one.json", "of-two.json"],
        &["alone.json"],
        &["no.json"],
    ];
    let texts = sets.map(|shards| {
        let output = merged(folder.path(), shards);
        assert_eq!(code(&output), 2);
        format!(
            "$ sharecheck merge {}\n{}",
            shards.join(" "),
            told(&output, &[])
        )
    });
    held("merge.mistakes", &texts.join("\n\n"));
}
