//! What helps somebody at the command line: help in two lengths, suggestions, explanations of one screen, and what a run
//! can come to at best.

use crate::bench::{SECRET, code, complaint, sharecheck, told};
use std::path::Path;
use std::process::Output;

/// The lines of a terminal, and a few that scroll.
const SCREEN: usize = 26;

fn said(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = sharecheck(folder);
    command
        .env("COLUMNS", "80")
        .env("SHARECHECK_SECRET", SECRET);
    command.args(arguments).output().unwrap()
}

fn out(arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let output = said(folder.path(), arguments);
    assert_eq!(code(&output), 0, "{arguments:?}: {}", told(&output, &[]));
    String::from_utf8(output.stdout).unwrap()
}

fn refused(arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let output = said(folder.path(), arguments);
    assert_eq!(code(&output), 2, "{arguments:?}: {}", told(&output, &[]));
    complaint(&output)
}

const COMMANDS: [&str; 16] = [
    "run",
    "audit",
    "rehearse",
    "judge",
    "merge",
    "diff",
    "doctor",
    "list",
    "explain",
    "known-failures",
    "serve",
    "snapshot",
    "init",
    "config",
    "completions",
    "selftest",
];

#[test]
fn the_short_help_fits_on_a_screen_and_begins_with_what_to_try() {
    let folder = tempfile::tempdir().unwrap();
    let root = out(&["-h"]);
    let first = root.find("sharecheck run --reference").unwrap();
    assert!(first < root.find("Commands:").unwrap(), "{root}");
    assert!(COMMANDS.iter().all(|name| root.contains(name)), "{root}");
    let mut all = vec![("sharecheck".to_owned(), root)];
    for command in COMMANDS {
        all.push((command.to_owned(), out(&[command, "-h"])));
    }
    all.push(("write".to_owned(), out(&["known-failures", "write", "-h"])));
    for step in ["before", "during", "after", "around", "compare", "clean"] {
        all.push((step.to_owned(), out(&["rehearse", step, "-h"])));
    }
    for served in ["custodian", "portal"] {
        all.push((served.to_owned(), out(&["serve", served, "-h"])));
    }
    for (command, text) in all {
        assert!(text.lines().count() <= SCREEN, "{command}:\n{text}");
        let mut lines = text.lines().filter(|it| !it.starts_with("Usage: "));
        let wide = lines.find(|line| line.chars().count() > 80);
        assert_eq!(wide, None, "{command}");
        assert!(text.contains("--help"), "{command}");
    }
    let alone = sharecheck(folder.path()).output().unwrap();
    assert!(complaint(&alone).contains("Try first:"), "nothing typed");
}

#[test]
fn the_long_help_has_every_command_and_flag_in_groups() {
    let root = out(&["--help"]);
    for group in ["Test a custodian:", "Look at finished runs:", "Options:"] {
        assert!(root.contains(group), "{root}");
    }
    assert!(!root.contains("Others:"), "every command has a group");
    let run = out(&["run", "--help"]);
    for group in [
        "Cases:",
        "Custodian:",
        "Reports:",
        "Clients:",
        "Connection:",
    ] {
        assert!(run.contains(&format!("\n{group}\n")), "{group}\n{run}");
    }
    let (_, ungrouped) = run.split_once("\nOptions:\n").unwrap();
    let ungrouped = ungrouped.lines().take_while(|line| !line.is_empty());
    let flags = ungrouped.filter(|line| line.contains("--")).count();
    assert_eq!(flags, 2, "the help and the version: {run}");
    let words = run.split_whitespace().collect::<Vec<_>>().join(" ");
    let formats = "terminal, json, junit, ctrf, tap, sarif, markdown, github, gitlab, har, html";
    assert!(words.contains(&format!("formats: {formats}")), "{words}");
    assert!(words.contains("every case and the curl lines"), "{words}");
}

#[test]
fn a_slip_is_answered_with_what_was_meant() {
    for (typed, meant) in [
        (&["rnu"][..], "'run'"),
        (&["expl"], "'explain'"),
        (&["run", "--reference", "--clientid", "a"], "'--client-id'"),
        (&["run", "--reference", "--require"], "'--require-all'"),
        (
            &["run", "--reference", "--report-folder", "a"],
            "'--report-dir'",
        ),
        (
            &["run", "http://localhost:3000"],
            "sharecheck run -u http://localhost:3000",
        ),
        (
            &["doctor", "http://u:p@localhost:3000"],
            "sharecheck doctor -u http://…@localhost:3000",
        ),
    ] {
        let text = refused(typed);
        assert!(text.contains(meant), "{typed:?}: {text}");
        assert!(
            !text.contains("u:p@") && !text.contains("as a value"),
            "{text}"
        );
    }
}

#[test]
fn what_is_no_number_is_told_with_its_bounds() {
    for jobs in ["-1", "0", "many", "1025"] {
        let text = refused(&["run", "--reference", "--jobs", jobs]);
        let says = "must be a whole number from 1 to 1024";
        assert!(text.contains(says) && text.contains("--jobs"), "{text}");
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("sharecheck.toml"), "jobs = \"many\"\n").unwrap();
    let output = said(folder.path(), &["run", "--reference"]);
    let says = "error: `jobs` must be a whole number from 1 to 1024\n --> sharecheck.toml:1:8";
    assert!(complaint(&output).contains(says), "{}", complaint(&output));
}

#[test]
fn what_contradicts_itself_is_bad_input() {
    for (arguments, says) in [
        (
            &["run", "--reference", "-q", "-v"][..],
            "cannot be used with",
        ),
        (
            &["run", "--reference", "--adopt", "nope"],
            "nothing to adopt",
        ),
        (
            &[
                "run",
                "-u",
                "http://127.0.0.1:9",
                "--client-id=a",
                "--adopt=nope",
            ],
            "--adopt nope: is none of the clients that are named",
        ),
        (&["init", "--client-id", ""], "empty client id"),
        (
            &["doctor", "-u", "http://127.0.0.1:9", "--client-id="],
            "empty client id",
        ),
        (
            &["diff", "no-such.json", "neither.json"],
            "cannot read no-such.json",
        ),
    ] {
        let text = refused(arguments);
        assert!(text.contains(says), "{arguments:?}: {text}");
    }
}

#[test]
fn a_variable_means_one_thing_in_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let with = |arguments: &[&str]| {
        let mut command = sharecheck(folder.path());
        command.env("SHARECHECK_FORMAT", "junit").args(arguments);
        command.output().unwrap()
    };
    let run = with(&["run", "--reference", "replace.same-method.passkey"]);
    assert!(told(&run, &[]).contains("<testsuites"));
    let config = with(&["config"]);
    assert_eq!(code(&config), 0, "{}", told(&config, &[]));
    assert!(
        told(&config, &[]).contains("SHARECHECK_FORMAT"),
        "it is shown"
    );
    let help = with(&["config", "--help"]);
    assert!(!told(&help, &[]).contains("[env: SHARECHECK_FORMAT"));
}

#[test]
fn an_explanation_is_a_screen() {
    let listed = out(&["list", "--format", "json"]);
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let ids = listed["requirements"].as_array().unwrap().iter();
    let mut ids: Vec<&str> = ids.map(|it| it["id"].as_str().unwrap()).collect();
    ids.extend(["append", "order-rotating", "lifecycle.recovery"]);
    for id in ids {
        let text = out(&["explain", id]);
        // Some ids are those of a requirement and of a case.
        let text = text.split("\n\ncase ").next().unwrap();
        assert!(text.lines().count() <= 30, "{id}:\n{text}");
        let code = |line: &&str| !line.starts_with("    ") || line.starts_with("           ");
        let wide = text.lines().filter(code).find(|it| it.chars().count() > 80);
        assert_eq!(wide, None, "{id}");
    }
    let first = out(&["explain", "append"]);
    assert!(first.contains("--stack sql|prisma|mongoose"), "{first}");
    assert!(!first.contains("prisma."), "{first}");
    let prisma = out(&["explain", "append", "--stack", "prisma"]);
    assert!(prisma.contains("upsert({"), "{prisma}");
}

#[test]
fn explain_alone_lists_all_and_a_group_is_what_run_takes() {
    let all = out(&["explain"]);
    for name in [
        "replace.same-method",
        "durable.restart",
        "append",
        "stored-204",
    ] {
        assert!(all.contains(name), "{name}: {all}");
    }
    assert!(all.lines().all(|line| line.chars().count() <= 80), "{all}");
    let group = out(&["explain", "replace"]);
    let dry = out(&["run", "--reference", "--dry-run", "replace"]);
    let rows = group.lines().take_while(|line| !line.is_empty());
    let rows = rows.filter(|row| !row.starts_with("   "));
    let counts = rows.map(|row| {
        row.split_whitespace()
            .nth(1)
            .unwrap()
            .parse::<usize>()
            .unwrap()
    });
    let cases = dry.lines().take_while(|line| !line.is_empty()).count();
    assert_eq!(counts.sum::<usize>(), cases, "{group}");
    assert!(refused(&["explain", "replcae"]).contains("did you mean"));
}

/// What a dry run says that the run can come to, and what it comes to.
fn best(arguments: &[&str]) -> (serde_json::Value, serde_json::Value) {
    let ask = |more: &[&str]| -> serde_json::Value {
        let folder = tempfile::tempdir().unwrap();
        let all = [&["run", "--reference", "--format", "json"], arguments, more].concat();
        let output = said(folder.path(), &all);
        serde_json::from_slice(&output.stdout).unwrap()
    };
    (
        ask(&["--dry-run"])["best"].take(),
        ask(&[])["outcome"].take(),
    )
}

#[test]
fn a_dry_run_says_what_a_correct_custodian_would_come_to() {
    for (arguments, answer) in [
        (&["replace"][..], "cannot be told"),
        (&["replace", "--require-all"], "cannot be told"),
        (&["--skip", "share"], "cannot be told"),
        (&["--contract", "v5", "v5"], "no"),
        (&["fetch.isolated", "--client-id", "one"], "cannot be told"),
    ] {
        let (best, outcome) = best(arguments);
        assert_eq!(
            best["exit_code"], outcome["exit_code"],
            "{arguments:?}: {best} {outcome}"
        );
        assert_eq!(best["answer"], answer, "{arguments:?}");
        assert!(!best["why"].as_array().unwrap().is_empty(), "{arguments:?}");
    }
    let dry = |more: &[&str]| out(&[&["run", "--reference", "--dry-run", "-q"], more].concat());
    let whole = dry(&[]);
    let says = "at best: exit 0, isMultiBackupEnabled: yes, as far as it was looked at";
    assert!(whole.contains(says), "{whole}");
    assert!(whole.contains("durable.restart"), "{whole}");
    let all = dry(&["--require-all"]);
    assert!(
        all.contains("at best: exit 4,") && all.contains("--restart"),
        "{all}"
    );
}
