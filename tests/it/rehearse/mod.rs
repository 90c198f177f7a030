//! A deploy is rehearsed around custodians that migrate well and badly, and with kills.

mod custodian;
#[cfg(unix)]
mod kills;
mod steps;

use crate::bench::{SECRET, code, sharecheck, told};
use custodian::{Custodian, How};
use rstest::rstest;
use sharecheck::model::finding::Status;
use sharecheck::model::report::Report;
use std::path::Path;
use std::process::{Command, Output};

/// The binary, with the secret.
pub(crate) fn rehearse(folder: &Path, step: &str) -> Command {
    let mut command = sharecheck(folder);
    command
        .env("SHARECHECK_SECRET", SECRET)
        .args(["rehearse", step]);
    command
}

/// What a command came to, with its report.
pub(crate) fn judged(mut command: Command, folder: &Path) -> (Output, Report) {
    let path = folder.join("report.json");
    let _ = std::fs::remove_file(&path);
    command.arg(format!("--report=json={}", path.display()));
    let output = command.output().unwrap();
    let text = std::fs::read(&path).unwrap_or_else(|_| panic!("{}", told(&output, &[])));
    (output, serde_json::from_slice(&text).unwrap())
}

fn around(how: How, v5: bool, more: &[&str]) -> (Output, Report, Custodian) {
    around_with(how, v5, "1s", more)
}

fn around_with(how: How, v5: bool, settle: &str, more: &[&str]) -> (Output, Report, Custodian) {
    let folder = tempfile::tempdir().unwrap();
    let deployed = folder.path().join("deployed");
    let custodian = Custodian::start(how, v5, deployed.clone());
    let mut command = rehearse(folder.path(), "around");
    command
        .args([
            "--url",
            &custodian.url,
            "--rate",
            "20/s",
            "--settle",
            settle,
        ])
        .arg("--deploy")
        .arg(format!("touch {}", deployed.display()))
        .args(more);
    let (output, report) = judged(command, folder.path());
    (output, report, custodian)
}

fn status(report: &Report, id: &str) -> Option<Status> {
    let mut all = report.requirements.iter();
    all.find(|it| it.id == id).map(|it| it.status)
}

/// The codes of all failed checks of a requirement.
fn codes(report: &Report, id: &str) -> Vec<String> {
    let checks = report.cases.iter().flat_map(|case| &case.checks);
    let failed = checks.filter(|it| it.requirement == id && it.status == Status::Failed);
    let mut codes: Vec<String> = failed.filter_map(|it| it.code.clone()).collect();
    codes.sort();
    codes.dedup();
    codes
}

#[rstest]
#[case::to_v6(How::Right, true)]
#[case::one_table(How::OneTable, true)]
#[case::v6_again(How::Right, false)]
fn a_right_migration_is_green(#[case] how: How, #[case] v5: bool) {
    let (output, report, custodian) = around(how, v5, &[]);
    assert_eq!(code(&output), 0, "{}", told(&output, &[]));
    let passed = Some(Status::Passed);
    for id in ["rehearsal.kept", "rehearsal.during", "rehearsal.served"] {
        assert_eq!(status(&report, id), passed, "{id}: {}", told(&output, &[]));
    }
    assert_eq!(
        status(&report, "v5.survives-migration"),
        passed.filter(|_| v5)
    );
    assert_eq!(status(&report, "v5.replaced"), passed);
    let rehearsal = report.rehearsal.unwrap();
    let timeline = rehearsal.timeline.unwrap();
    let turns: Vec<Vec<&str>> = timeline.turns().into_iter().map(|(_, it)| it).collect();
    if v5 {
        assert_eq!(
            (turns[0][0], turns.last().unwrap().as_slice()),
            ("v5", &["v6"][..])
        );
    }
    assert_eq!(custodian.odd(), [""; 0], "only what Portal sends");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("Is every share still there? Yes."), "{said}");
}

#[rstest]
#[case(How::Drops, "lost")]
#[case(How::DropsSome, "lost")]
#[case(How::Doubles, "duplicate")]
#[case(How::Cuts, "cut")]
#[case(How::Rewrites, "white-space")]
#[case(How::Seals, "unrecognisable")]
#[case(How::Mixes, "share-of-another")]
fn a_wrong_migration_is_red_for_what_it_does(#[case] how: How, #[case] expected: &str) {
    let (output, report, _) = around(how, true, &[]);
    assert_eq!(code(&output), 1, "{}", told(&output, &[]));
    let codes = codes(&report, "rehearsal.kept");
    assert!(codes.iter().any(|it| it == expected), "{codes:?}");
    let survives = match expected {
        "lost" | "unrecognisable" | "share-of-another" => Status::Failed,
        _ => Status::Passed,
    };
    assert_eq!(status(&report, "v5.survives-migration"), Some(survives));
}

#[test]
fn a_v5_store_that_adds_one_is_told_where_it_shows() {
    let (output, report, _) = around(How::Names, true, &[]);
    assert_eq!(code(&output), 1, "{}", told(&output, &[]));
    assert_eq!(codes(&report, "v5.replaced"), ["two-kept"]);
    assert_eq!(status(&report, "rehearsal.kept"), Some(Status::Passed));
    let (output, report, _) = around(How::Apart, true, &[]);
    assert_eq!(code(&output), 0, "a recommendation: {}", told(&output, &[]));
    assert_eq!(codes(&report, "v5.is-unknown"), ["two-kept"]);
}

#[test]
fn what_was_acknowledged_while_it_ran_has_to_be_there() {
    for how in [How::LosesLate, How::Forgets] {
        let (output, report, _) = around(how, true, &["--client-id", "a,b,c"]);
        // Later stores of the same client may have covered it up: a gap was seen then.
        let during = status(&report, "rehearsal.during");
        let seen = during == Some(Status::Failed)
            || status(&report, "rehearsal.served") == Some(Status::Failed);
        assert!(seen, "{how:?}: {}", told(&output, &[]));
    }
}

#[test]
fn requests_that_are_refused_meanwhile_are_a_warning_and_no_loss() {
    let (output, report, _) = around(How::Refuses, true, &[]);
    assert_eq!(code(&output), 0, "{}", told(&output, &[]));
    assert_eq!(codes(&report, "rehearsal.served"), ["server-error"]);
    assert_eq!(status(&report, "rehearsal.during"), Some(Status::Passed));
    let (output, ..) = around(How::Refuses, true, &["--strict"]);
    assert_eq!(code(&output), 1);
}

#[test]
fn a_slow_migration_is_waited_for() {
    let (output, ..) = around_with(How::Slow, true, "10s", &[]);
    assert_eq!(code(&output), 0, "{}", told(&output, &[]));
}

#[test]
fn a_deploy_that_fails_is_judged_all_the_same() {
    let (output, report, _) = around(How::Right, true, &["--deploy-timeout", "9s"]);
    assert_eq!(code(&output), 0, "{}", told(&output, &[]));
    assert!(report.run.halted.is_none());
    for (how, expected) in [(How::Right, 3), (How::Drops, 1)] {
        let folder = tempfile::tempdir().unwrap();
        let deployed = folder.path().join("deployed");
        let custodian = Custodian::start(how, true, deployed.clone());
        let mut command = rehearse(folder.path(), "around");
        command.args(["--url", &custodian.url, "--settle", "1s", "--deploy"]);
        command.arg(format!("sh -c 'touch {}; exit 3'", deployed.display()));
        let (output, report) = judged(command, folder.path());
        assert_eq!(code(&output), expected, "{}", told(&output, &[]));
        let reasons = report.outcome.reasons.join(" ");
        assert_eq!(
            expected == 3,
            reasons.contains("the deploy command failed"),
            "{reasons}"
        );
    }
}

#[test]
fn a_roll_back_is_a_fact_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let deployed = folder.path().join("deployed");
    let custodian = Custodian::start(How::Right, true, deployed.clone());
    let mut command = rehearse(folder.path(), "around");
    command
        .args([
            "--url",
            &custodian.url,
            "--rate",
            "20/s",
            "--settle",
            "1s",
            "--deploy",
        ])
        .arg(format!("touch {}", deployed.display()))
        .arg("--back")
        .arg(format!("rm {}", deployed.display()));
    let (output, report) = judged(command, folder.path());
    assert_eq!(code(&output), 0, "{}", told(&output, &[]));
    assert_eq!(
        status(&report, "rehearsal.back"),
        Some(Status::Failed),
        "a note"
    );
    let said = report.facts.join("\n");
    assert!(said.contains("do not get it from the old one"), "{said}");
}

#[test]
fn a_share_of_somebodys_stops_it_before_anything_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let custodian = Custodian::start(How::Right, true, folder.path().join("deployed"));
    custodian.put("b", r#"{"p":"a share of somebody's, 90210777333111"}"#);
    let mut command = rehearse(folder.path(), "before");
    command.args([
        "--url",
        &custodian.url,
        "--client-id",
        "a,b,c",
        "--state",
        "s.ndjson",
    ]);
    let (output, _) = judged(command, folder.path());
    assert_eq!(code(&output), 6, "{}", told(&output, &[]));
    assert!(custodian.held("a").is_empty() && custodian.held("c").is_empty());
    for file in ["report.json", "s.ndjson"] {
        let text = std::fs::read_to_string(folder.path().join(file)).unwrap();
        assert!(!text.contains("90210777333111"), "{file}");
    }
}
