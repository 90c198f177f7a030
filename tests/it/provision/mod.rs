//! The provisioning hooks and their examples: set up, probed, torn down, whatever happens in between.

mod examples;

use crate::bench::{
    As, Custodian, SECRET, code, complaint, held, schema_held, script, sharecheck, told,
};
use sharecheck::hook::{Answer, Request};
use std::path::Path;
use std::process::{Command, Output};

/// A hook that keeps a journal of what it was asked, and makes clients named after their keys.
const HOOK: &str = r#"#!/bin/sh
read -r request
echo "$request" >> "$1/journal"
[ -z "$SHARECHECK_SECRET$SHARECHECK_HEADER" ] || echo "the secret was handed on" >> "$1/journal"
key=$(echo "$request" | sed 's/.*"idempotencyKey":"\([^"]*\)".*/\1/')
echo "{\"clientId\":\"made-$key\"}"
"#;

fn run(folder: &Path, url: &str, arguments: &[&str]) -> Output {
    sharecheck(folder)
        .env("SHARECHECK_SECRET", SECRET)
        .env("SHARECHECK_JOBS", "2")
        .env("SHARECHECK_HEADER", "X-Staging-Token: for-the-gateway")
        .args(["run", "--url", url, "--no-progress"])
        .args(arguments)
        .output()
        .unwrap()
}

fn journal(folder: &Path) -> Vec<Request> {
    let text = std::fs::read_to_string(folder.join("journal")).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
        .collect()
}

#[test]
fn the_schemas_are_those_of_the_types() {
    for (name, schema) in [
        ("provision-request", schemars::schema_for!(Request)),
        ("provision-answer", schemars::schema_for!(Answer)),
        (
            "residue",
            schemars::schema_for!(sharecheck::model::residue::Residue),
        ),
    ] {
        schema_held(name, &schema);
    }
}

#[test]
fn every_example_in_the_protocol_is_valid() {
    let text = include_str!("../../../docs/provisioning.md");
    let (mut requests, mut answers) = (0, 0);
    for block in text.split("```json\n").skip(1) {
        let json = block.split("```").next().unwrap();
        let value: serde_json::Value = serde_json::from_str(json).unwrap();
        let (name, count) = if value.get("action").is_some() {
            ("provision-request", &mut requests)
        } else {
            ("provision-answer", &mut answers)
        };
        *count += 1;
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("schemas/{name}.json"));
        let schema: serde_json::Value =
            serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        assert!(jsonschema::is_valid(&schema, &value), "{json}");
    }
    assert!(requests >= 2 && answers >= 1);
}

#[cfg(unix)]
#[test]
fn each_client_of_a_command_is_torn_down_and_the_secret_is_not_handed_on() {
    let folder = tempfile::tempdir().unwrap();
    let custodian = Custodian::start(&As::default());
    script(&folder.path().join("my hook"), HOOK);
    let output = run(
        folder.path(),
        &custodian.url,
        &[
            "--provision",
            "'./my hook' .",
            "lifecycle",
            "--residue",
            "left.json",
            "--log-run",
            "log",
        ],
    );
    assert_eq!(code(&output), 0, "{}", told(&output, &[]));
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    let made = log
        .lines()
        .filter(|line| line.contains("\"line\":\"client\""));
    assert_eq!(
        made.count(),
        2,
        "whoever was killed knows whom to take away"
    );
    let asked = journal(folder.path());
    let of = |action: &str| {
        let mut keys: Vec<&str> = asked
            .iter()
            .filter(|it| serde_json::to_value(it.action).unwrap() == action)
            .map(|it| it.idempotency_key.as_str())
            .collect();
        keys.sort_unstable();
        keys
    };
    assert_eq!(of("setup").len(), 2, "no more than jobs can use");
    assert_eq!(of("setup"), of("teardown"));
    for teardown in asked.iter().filter(|it| it.client_id.is_some()) {
        assert_eq!(
            teardown.client_id.as_deref(),
            Some(format!("made-{}", teardown.idempotency_key).as_str())
        );
    }
    assert!(
        !complaint(&output).contains("left behind"),
        "all was taken away"
    );
    let left: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("left.json")).unwrap()).unwrap();
    assert_eq!(left["left"][0]["removed"], true);
}

#[cfg(unix)]
#[test]
fn a_set_up_that_fails_is_the_environments_fault_and_what_was_made_is_torn_down() {
    let custodian = Custodian::start(&As::default());
    for (name, text) in [
        (
            "fails",
            "grep -q reusable-2 && { echo 'relation \"User\" does not exist' >&2; exit 3; }; echo '{\"clientId\":\"a\"}'",
        ),
        ("silent", "cat > /dev/null"),
        ("nonsense", "cat > /dev/null; echo ok"),
        ("twice", "cat > /dev/null; echo '{\"clientId\":\"same\"}'"),
        (
            "late",
            "cat > /dev/null; echo 'waiting for the database' >&2; exec tail -f /dev/null",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            "#!/bin/sh\nread -r request\necho \"$request\" >> journal\necho \"$request\" | {{ {text}\n}}\n"
        );
        script(&folder.path().join("hook"), &text);
        let output = run(
            folder.path(),
            &custodian.url,
            &[
                "--provision",
                "./hook",
                "--provision-timeout",
                "2s",
                "lifecycle",
                "-q",
            ],
        );
        assert_eq!(code(&output), 3, "{name}: {}", told(&output, &[]));
        let said = told(&output, &[]);
        let expected = match name {
            "fails" => "relation \"User\" does not exist",
            "silent" => "its answer is empty",
            "nonsense" => "its answer is not one JSON object",
            "twice" => "gives client same a second time",
            _ => "no answer within 2s",
        };
        assert!(said.contains(expected), "{name}: {said}");
        assert!(
            name != "late" || said.contains("waiting for the database"),
            "{said}"
        );
        let asked = journal(folder.path());
        let teardowns = asked
            .iter()
            .filter(|it| serde_json::to_value(it.action).unwrap() == "teardown");
        assert_eq!(
            teardowns.count() * 2,
            asked.len(),
            "{name}: every set-up has its teardown"
        );
    }
}

#[cfg(unix)]
#[test]
fn an_interrupt_during_the_set_up_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let custodian = Custodian::start(&As::default());
    let text = "#!/bin/sh\nread -r request\necho \"$request\" >> journal\ncase $request in *setup*) exec tail -f /dev/null;; esac\n";
    script(&folder.path().join("hook"), text);
    let child = sharecheck(folder.path())
        .env("SHARECHECK_SECRET", SECRET)
        .args([
            "run",
            "--url",
            &custodian.url,
            "--provision",
            "./hook",
            "--jobs",
            "1",
        ])
        .args(["replace.same-method", "--log-run", "log"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    crate::bench::wait_for(&folder.path().join("journal"), "setup");
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(killed.unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 130, "{}", told(&output, &[]));
    let asked = journal(folder.path());
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0].idempotency_key, asked[1].idempotency_key);
    assert_eq!(asked[1].client_id, None, "only the key is known");
}

#[cfg(unix)]
#[test]
fn a_signal_during_the_teardown_is_told_by_the_exit_code() {
    // Whoever runs this under nohup has the hangup ignored, here and in what is started here.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    let hangup = ignored.is_some_and(|mask| mask & 1 == 0);
    let signals = [("-INT", 130), ("-TERM", 143)].into_iter();
    for (signal, expected) in signals.chain(hangup.then_some(("-HUP", 129))) {
        let folder = tempfile::tempdir().unwrap();
        let custodian = Custodian::start(&As::default());
        let text = "#!/bin/sh\nread -r request\necho \"$request\" >> journal\n\
                    case $request in *teardown*) until [ -e go ]; do :; done; sleep 1;; esac\n\
                    echo '{\"clientId\":\"made\"}'\n";
        script(&folder.path().join("hook"), text);
        let child = sharecheck(folder.path())
            .env("SHARECHECK_SECRET", SECRET)
            .args(["run", "--url", &custodian.url, "--provision", "./hook"])
            .args(["--jobs", "1", "replace.same-method"])
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        crate::bench::wait_for(&folder.path().join("journal"), "teardown");
        let killed = Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status();
        assert!(killed.unwrap().success());
        std::fs::write(folder.path().join("go"), "").unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(code(&output), expected, "{}", told(&output, &[]));
    }
}

#[cfg(unix)]
#[test]
fn a_failed_teardown_is_told_and_changes_no_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let custodian = Custodian::start(&As::default());
    script(
        &folder.path().join("hook"),
        "#!/bin/sh\nread -r request\ncase $request in *teardown*) echo 'still in use' >&2; exit 1;; esac\necho '{\"clientId\":\"made\"}'\n",
    );
    let output = run(
        folder.path(),
        &custodian.url,
        &["--provision", "./hook", "--jobs=1", "replace.same-method"],
    );
    assert_eq!(code(&output), 0);
    let said = complaint(&output);
    assert!(said.contains("warning: the teardown of client made failed: it ended with exit status: 1; it wrote:\n  still in use"), "{said}");
    assert!(said.contains("left behind on 1 client"), "{said}");
}

#[test]
fn a_command_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let custodian = Custodian::start(&As::default());
    let output = run(
        folder.path(),
        &custodian.url,
        &["--provision", "no-such-command", "lifecycle", "-q"],
    );
    assert_eq!(code(&output), 3);
    assert!(told(&output, &[]).contains("cannot start no-such-command"));
}

#[test]
fn mistakes_with_a_hook_say_what_to_type_next() {
    let folder = tempfile::tempdir().unwrap();
    let url = "http://127.0.0.1:9";
    let shown: Vec<String> = [
        &["--provision", "make client | tail -1"][..],
        &["--provision", "'make client"],
        &["--provision", ""],
        &["--provision", "a", "--client-id", "b"],
        &["--provision-url", "example.com/clients"],
        &[
            "--provision-url",
            "https://user:hunter2@example.com/clients",
        ],
        &["--provision-shell"],
        &[
            "--provision-url",
            "http://127.0.0.1:9",
            "-x",
            "http://127.0.0.1:9",
        ],
    ]
    .iter()
    .map(|arguments| {
        let output = sharecheck(folder.path())
            .env("SHARECHECK_SECRET", SECRET)
            .env("SHARECHECK_PROVISION_SECRET", "for-the-hook")
            .args(["run", "--url", url])
            .args(*arguments)
            .output()
            .unwrap();
        format!("$ {}\n{}", arguments.join(" "), told(&output, &[]))
    })
    .collect();
    held("mistakes.hooks", &shown.join("\n\n"));
}
