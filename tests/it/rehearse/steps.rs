//! The steps one by one: hours apart, from elsewhere, twice; and what is refused.

use super::custodian::{Custodian, How};
use super::{codes, judged, rehearse, status};
use crate::bench::{SECRET, code, complaint, sharecheck, told};
use rstest::rstest;
use sharecheck::contract::share::{self, Shape};
use sharecheck::model::finding::Status;
use std::path::PathBuf;
use tempfile::TempDir;

struct Rehearsal {
    folder: TempDir,
    deployed: PathBuf,
    custodian: Custodian,
}

impl Rehearsal {
    /// After `before`, which is green.
    fn new(how: How, v5: bool, more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let deployed = folder.path().join("deployed");
        let custodian = Custodian::start(how, v5, deployed.clone());
        let this = Self {
            folder,
            deployed,
            custodian,
        };
        let mut command = rehearse(this.folder.path(), "before");
        command
            .args(["--url", &this.custodian.url, "--state", "s.ndjson"])
            .args(more);
        let (output, report) = judged(command, this.folder.path());
        assert_eq!(code(&output), 0, "{}", told(&output, &[]));
        assert_eq!(
            report.rehearsal.unwrap().old.name(),
            if v5 { "v5" } else { "v6" }
        );
        this
    }

    fn deploy(&self) {
        std::fs::write(&self.deployed, "").unwrap();
    }

    fn after(&self, more: &[&str]) -> (std::process::Output, sharecheck::model::report::Report) {
        let mut command = rehearse(self.folder.path(), "after");
        command
            .args(["--state", "s.ndjson", "--settle", "500ms"])
            .args(more);
        judged(command, self.folder.path())
    }

    fn state(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("s.ndjson")).unwrap()
    }
}

#[rstest]
#[case(How::Right, true, 0)]
#[case(How::Drops, true, 1)]
#[case(How::Names, true, 1)]
#[case(How::Right, false, 0)]
fn run_twice_it_says_the_same(#[case] how: How, #[case] v5: bool, #[case] expected: i32) {
    for clients in [&[][..], &["--client-id", "a,b"]] {
        let rehearsal = Rehearsal::new(how, v5, clients);
        rehearsal.deploy();
        let statuses = || {
            let (output, report) = rehearsal.after(&[]);
            assert_eq!(code(&output), expected, "{}", told(&output, &[]));
            let all = report.requirements.iter();
            all.map(|it| (it.id.clone(), it.status)).collect::<Vec<_>>()
        };
        let first = statuses();
        assert_eq!(statuses(), first);
        assert_eq!(statuses(), first);
        assert_eq!(rehearsal.custodian.odd(), [""; 0]);
    }
}

#[test]
fn the_state_holds_no_share_and_no_secret() {
    let rehearsal = Rehearsal::new(How::Right, true, &["--seed", "7"]);
    let state = rehearsal.state();
    assert!(!state.contains(SECRET));
    for word in ["pubkey", "paillierN", "\"sharecheck\""] {
        assert!(!state.contains(word), "{word}");
    }
    assert!(state.len() < 6000, "{}", state.len());
}

#[test]
fn before_any_deploy_all_is_there_and_that_is_told() {
    let rehearsal = Rehearsal::new(How::Right, true, &[]);
    let (output, report) = rehearsal.after(&[]);
    assert_eq!(code(&output), 0, "{}", told(&output, &[]));
    assert!(
        report
            .notices
            .iter()
            .any(|it| it.contains("no migration to v6")),
        "{:?}",
        report.notices
    );
    assert_eq!(status(&report, "v5.survives-migration"), None);
}

#[test]
fn another_runs_share_is_told_as_that_and_is_no_loss() {
    let rehearsal = Rehearsal::new(How::Right, true, &["--client-id", "a,b,c"]);
    rehearsal
        .custodian
        .put("a", &share::text("ffffffff", 1, 1, Shape::Plain));
    rehearsal.deploy();
    let (output, report) = rehearsal.after(&[]);
    assert_eq!(code(&output), 3, "{}", told(&output, &[]));
    let checks = report.cases.iter().flat_map(|it| &it.checks);
    let said: Vec<&str> = checks.map(|it| it.message.as_str()).collect();
    assert!(said.iter().any(|it| it.contains("another run")), "{said:?}");
    assert_eq!(codes(&report, "rehearsal.kept"), [""; 0]);
}

#[test]
fn somebodys_share_that_turns_up_stops_it_and_nothing_is_stored() {
    let rehearsal = Rehearsal::new(How::Right, true, &["--client-id", "a,b,c"]);
    rehearsal.deploy();
    let mut command = rehearse(rehearsal.folder.path(), "after");
    command.args(["--state", "s.ndjson"]);
    let (output, _) = judged(command, rehearsal.folder.path());
    assert_eq!(code(&output), 0, "{}", told(&output, &[]));
    rehearsal
        .custodian
        .put("c", r#"{"p":"somebody's, 90210777333111"}"#);
    let before = rehearsal.state();
    let (output, report) = rehearsal.after(&[]);
    assert_eq!(code(&output), 6, "{}", told(&output, &[]));
    assert_eq!(rehearsal.state(), before, "nothing was stored");
    assert!(
        !serde_json::to_string(&report)
            .unwrap()
            .contains("90210777333111")
    );
}

#[test]
fn a_custodian_that_does_not_answer_has_lost_nothing() {
    let rehearsal = Rehearsal::new(How::Right, true, &["--client-id", "a,b,c"]);
    let nobody = crate::bench::always(
        "HTTP/1.1 404 x\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}",
    );
    let (output, report) = rehearsal.after(&["--url", &nobody]);
    assert_eq!(code(&output), 3, "{}", told(&output, &[]));
    assert!(
        report.outcome.reasons[0].contains("is this the custodian"),
        "{:?}",
        report.outcome.reasons
    );
}

#[test]
fn a_load_ends_by_time_by_header_by_path_and_by_command() {
    for (how, deployed) in [
        (&["--for", "1s"][..], false),
        (&["--until", "header:x-version=2"], true),
        (&["--until", "path:/healthz/new"], true),
        (&["--until", "command:true"], false),
    ] {
        let rehearsal = Rehearsal::new(How::Right, true, &["--client-id", "a,b,c,d"]);
        if deployed {
            rehearsal.deploy();
        }
        let mut command = rehearse(rehearsal.folder.path(), "during");
        command
            .args([
                "--state",
                "s.ndjson",
                "--rate",
                "50/s",
                "--version-header",
                "X-Version",
            ])
            .args(how);
        let (output, report) = judged(command, rehearsal.folder.path());
        // What is over at once may be over before anything was sent, which is no pass.
        let at_once = how[1] == "command:true" || how[1].starts_with("path:");
        let ended = code(&output);
        assert!(
            ended == 0 || at_once && ended == 4,
            "{}",
            told(&output, &[])
        );
        let timeline = report.rehearsal.unwrap().timeline.unwrap();
        if how[0] == "--for" {
            assert!(
                timeline
                    .pieces
                    .iter()
                    .any(|it| it.versions.contains_key("1")),
                "{timeline:?}"
            );
        }
        rehearsal.deploy();
        let (output, report) = rehearsal.after(&[]);
        assert_eq!(code(&output), 0, "{}", told(&output, &[]));
        if how[0] == "--for" {
            assert_eq!(status(&report, "rehearsal.during"), Some(Status::Passed));
        }
        assert_eq!(rehearsal.custodian.odd(), [""; 0]);
    }
}

#[test]
fn production_refuses_a_run_and_takes_a_rehearsal_of_named_clients() {
    let folder = tempfile::tempdir().unwrap();
    let custodian = Custodian::start(How::Right, true, folder.path().join("deployed"));
    std::fs::write(
        folder.path().join("sharecheck.toml"),
        "environment = \"production\"\n",
    )
    .unwrap();
    for arguments in [
        &["run", "--client-id", "a"][..],
        &["doctor", "--client-id", "a"],
        &["rehearse", "before", "--state", "s.ndjson"],
    ] {
        let mut command = sharecheck(folder.path());
        command
            .env("SHARECHECK_SECRET", SECRET)
            .args(arguments)
            .args(["--url", &custodian.url]);
        let output = command.output().unwrap();
        assert_eq!(code(&output), 6, "{arguments:?}: {}", told(&output, &[]));
        assert!(complaint(&output).contains("production"), "{arguments:?}");
    }
    assert_eq!(custodian.requests(), 0, "nothing was sent");
    let mut command = rehearse(folder.path(), "before");
    command.args([
        "--url",
        &custodian.url,
        "--client-id",
        "a,b",
        "--state",
        "s.ndjson",
    ]);
    let (output, _) = judged(command, folder.path());
    assert_eq!(code(&output), 0, "{}", told(&output, &[]));
    assert!(
        complaint(&output).starts_with("production: only the clients that you name"),
        "it is told first"
    );
    assert_eq!(custodian.odd(), [""; 0]);
}

#[test]
fn what_cannot_be_used_is_told_and_nothing_is_sent() {
    let rehearsal = Rehearsal::new(How::Right, true, &["--client-id", "a,b"]);
    let sent = rehearsal.custodian.requests();
    let path = rehearsal.folder.path();
    std::fs::write(path.join("other.ndjson"), "{}\n").unwrap();
    let state = rehearsal.state();
    let first: Vec<&str> = state.split_inclusive('\n').take(3).collect();
    let half = first.concat();
    std::fs::write(path.join("half.ndjson"), half).unwrap();
    let url = rehearsal.custodian.url.clone();
    for (step, arguments, said) in [
        (
            "before",
            &["--url", &url, "--state", "s.ndjson"][..],
            "is there already",
        ),
        (
            "before",
            &["--url", &url, "--state", "n.ndjson", "--client-id", "a"],
            "two clients",
        ),
        ("after", &["--state", "none.ndjson"], "none.ndjson"),
        (
            "after",
            &["--state", "other.ndjson"],
            "no state of a rehearsal",
        ),
        (
            "after",
            &["--state", "half.ndjson"],
            "did not come to its end",
        ),
        (
            "during",
            &["--state", "s.ndjson", "--until", "soon"],
            "header:NAME=VALUE",
        ),
        ("around", &["--url", &url], "--deploy: is missing"),
        ("around", &["--url", &url, "--deploy", "a | b"], "sh -c"),
        (
            "clean",
            &["--state", "other.ndjson"],
            "no state of a rehearsal",
        ),
    ] {
        let output = rehearse(path, step).args(arguments).output().unwrap();
        assert_eq!(
            code(&output),
            2,
            "{step} {arguments:?}: {}",
            told(&output, &[])
        );
        assert!(
            complaint(&output).contains(said),
            "{step}: {}",
            complaint(&output)
        );
    }
    assert_eq!(rehearsal.custodian.requests(), sent);
}

#[cfg(unix)]
#[test]
fn clients_of_a_hook_are_taken_down_by_the_last_look_and_not_before() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("hook.log");
    let script = "#!/bin/sh\nread request\necho \"$request\" >> hook.log\n\
                  key=$(echo \"$request\" | sed 's/.*idempotencyKey\":\"\\([^\"]*\\).*/\\1/')\necho \"{\\\"clientId\\\":\\\"made-$key\\\"}\"\n";
    let hook = crate::bench::script(&folder.path().join("hook.sh"), script);
    let deployed = folder.path().join("deployed");
    let custodian = Custodian::start(How::Right, true, deployed.clone());
    let with_hook = |step: &str, more: &[&str]| {
        let mut command = rehearse(folder.path(), step);
        command
            .args(["--state", "s.ndjson", "--provision"])
            .arg(&hook)
            .args(more);
        judged(command, folder.path()).0
    };
    let output = with_hook("before", &["--url", &custodian.url, "--count", "4"]);
    assert_eq!(code(&output), 0, "{}", told(&output, &[]));
    std::fs::write(&deployed, "").unwrap();
    let teardowns = || {
        let log = std::fs::read_to_string(&log).unwrap();
        log.lines()
            .filter(|it| it.contains("\"teardown\"") && it.contains("made-"))
            .count()
    };
    for (last, expected) in [(&[][..], 0), (&["--last"], 4)] {
        let output = with_hook("after", last);
        assert_eq!(code(&output), 0, "{}", told(&output, &[]));
        assert_eq!(teardowns(), expected);
    }
    let again = rehearse(folder.path(), "after")
        .args(["--state", "s.ndjson"])
        .output()
        .unwrap();
    assert!(
        complaint(&again).contains("taken down"),
        "{}",
        complaint(&again)
    );
}

#[test]
fn two_versions_over_one_table_go_together_and_over_two_that_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let compare = |old: &str, new: &str, more: &[&str]| {
        let mut command = rehearse(folder.path(), "compare");
        command.args(["--old", old, "--new", new]).args(more);
        judged(command, folder.path())
    };
    let one = Custodian::start(How::OneTable, false, folder.path().join("never"));
    let (output, report) = compare(&one.url, &one.url, &[]);
    assert_eq!(code(&output), 0, "{}", told(&output, &[]));
    assert_eq!(status(&report, "rehearsal.during"), Some(Status::Passed));
    assert!(
        report.facts.iter().any(|it| it.contains("one database")),
        "{:?}",
        report.facts
    );
    let other = Custodian::start(How::Right, true, folder.path().join("never"));
    let (output, report) = compare(&other.url, &one.url, &[]);
    assert_eq!(code(&output), 0, "{}", told(&output, &[]));
    let said = report.notices.join("\n");
    assert!(
        said.contains("a database of its own")
            && said.contains("the old one answers 204, the new one 200"),
        "{said}"
    );
    let (output, report) = compare(&other.url, &one.url, &["--shared"]);
    assert_eq!(code(&output), 1, "{}", told(&output, &[]));
    assert_eq!(codes(&report, "rehearsal.during")[0], "lost");
    for custodian in [one, other] {
        assert_eq!(custodian.odd(), [""; 0]);
    }
}

#[cfg(unix)]
#[test]
fn commands_stand_in_the_repositorys_own_file_and_no_variable_brings_one() {
    let folder = tempfile::tempdir().unwrap();
    let deployed = folder.path().join("deployed");
    let custodian = Custodian::start(How::Right, true, deployed.clone());
    // It runs beside the file, wherever that is named from.
    let inner = folder.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    std::fs::write(
        folder.path().join("sharecheck.toml"),
        format!(
            "url = \"{}\"\ncontract = \"v6\"\ndeploy = \"touch deployed\"\n",
            custodian.url
        ),
    )
    .unwrap();
    let mut command = rehearse(&inner, "around");
    command.env("SHARECHECK_DEPLOY", "touch elsewhere").args([
        "--config",
        "../sharecheck.toml",
        "--rate",
        "20/s",
    ]);
    let (output, report) = judged(command, folder.path());
    assert_eq!(code(&output), 0, "{}", told(&output, &[]));
    assert!(deployed.exists() && !inner.join("elsewhere").exists());
    assert!(
        complaint(&output).contains("SHARECHECK_DEPLOY does nothing"),
        "{}",
        complaint(&output)
    );
    assert_eq!(
        report.rehearsal.unwrap().old.name(),
        "v5",
        "the run's contract is not the old version's"
    );
}
