//! Where clients come from, and what guards those that are somebody's.

use crate::bench::{As, Custodian, SECRET, always, code, complaint, held, sharecheck, told};
use sharecheck::model::residue::{Residue, State};
use std::path::Path;
use std::process::Output;

/// A share that is not ours.
const FOREIGN: &str = r#"{"clientId":"c","share":"90210777333111"}"#;

fn run(folder: &Path, url: &str, arguments: &[&str]) -> Output {
    sharecheck(folder)
        .env("SHARECHECK_SECRET", SECRET)
        .args(["run", "--url", url, "--no-progress"])
        .args(arguments)
        .output()
        .unwrap()
}

fn residue(path: &Path) -> Residue {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Everything that a run has put anywhere.
fn everything(folder: &Path, output: &Output) -> String {
    let mut all = told(output, &[]);
    for entry in std::fs::read_dir(folder).unwrap() {
        all += &String::from_utf8_lossy(&std::fs::read(entry.unwrap().path()).unwrap());
    }
    all
}

#[test]
fn a_share_that_is_not_ours_stops_the_run_before_any_write_and_shows_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let custodian = Custodian::start(&As {
        clients: &["ours", "theirs"],
        ..As::default()
    });
    custodian.store("theirs", FOREIGN);
    let output = run(
        folder.path(),
        &custodian.url,
        &[
            "--client-id",
            "ours,theirs",
            "--log-run",
            "log",
            "--report",
            "json=report",
            "--report",
            "har=har",
        ],
    );
    assert_eq!(code(&output), 6);
    assert!(complaint(&output).is_empty() || !complaint(&output).contains("left behind"));
    let all = everything(folder.path(), &output);
    assert!(all.contains("client theirs holds a share that this tool did not make"));
    assert!(!all.contains("90210777333111"), "{all}");
    assert!(
        !all.contains(&format!("{} bytes", FOREIGN.len())),
        "not even its length"
    );
    assert!(custodian.fetch("ours").contains("\"backupShares\":[]"));
    assert!(custodian.fetch("theirs").contains("90210777333111"));
}

#[test]
fn an_adopted_client_is_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    let custodian = Custodian::start(&As::default());
    custodian.store("theirs", FOREIGN);
    let output = run(
        folder.path(),
        &custodian.url,
        &[
            "--adopt",
            "theirs",
            "replace.same-method",
            "--report",
            "json=report",
        ],
    );
    assert_eq!(code(&output), 0, "{}", told(&output, &[]));
    assert!(!everything(folder.path(), &output).contains("90210777333111"));
    let twice = run(
        folder.path(),
        &custodian.url,
        &["--adopt", "a", "--adopt", "b"],
    );
    assert_eq!(code(&twice), 2);
}

#[test]
fn a_pool_that_is_too_small_leaves_cases_undecided() {
    let folder = tempfile::tempdir().unwrap();
    let custodian = Custodian::start(&As::default());
    let output = run(
        folder.path(),
        &custodian.url,
        &["--client-id", "only", "fetch.isolated", "--format", "json"],
    );
    assert_eq!(code(&output), 4, "{}", told(&output, &[]));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let case = report["cases"]
        .as_array()
        .unwrap()
        .iter()
        .find(|case| case["id"] == "fetch.isolated.two-clients")
        .unwrap();
    assert_eq!(case["status"], "skipped");
    assert_eq!(
        case["checks"][0]["message"],
        "needs 2 clients, the pool has 1"
    );
}

#[test]
fn what_is_left_behind_is_listed_and_can_be_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let custodian = Custodian::start(&As::default());
    let arguments = [
        "--client-id",
        "mine",
        "lifecycle.backup",
        "--report",
        "json=out/report.json",
    ];
    let output = run(folder.path(), &custodian.url, &arguments);
    assert_eq!(code(&output), 0);
    assert!(
        complaint(&output)
            .contains("left behind on 1 client: 4 synthetic shares; listed in out/residue.json"),
        "{}",
        complaint(&output)
    );
    let left = residue(&folder.path().join("out/residue.json")).left;
    let methods: Vec<&str> = left.iter().filter_map(|it| it.method.as_deref()).collect();
    assert_eq!(
        methods,
        [
            "PASSKEY-ED25519",
            "PASSKEY-SECP256K1",
            "PASSWORD-ED25519",
            "PASSWORD-SECP256K1"
        ]
    );
    assert!(
        left.iter()
            .all(|it| it.client == "mine" && it.state == State::Stored)
    );
    let output = run(
        folder.path(),
        &custodian.url,
        &[&arguments[..], &["--tombstone", "--residue", "left.json"]].concat(),
    );
    assert_eq!(code(&output), 0);
    let left = residue(&folder.path().join("left.json")).left;
    assert!(left.iter().all(|it| it.state == State::Tombstone));
    let kept = custodian.fetch("mine");
    assert_eq!(
        kept.matches("left by a conformance run; holds no key material")
            .count(),
        4
    );
    let again = run(folder.path(), &custodian.url, &arguments);
    assert_eq!(
        code(&again),
        0,
        "tombstones are ours: {}",
        told(&again, &[])
    );
}

#[test]
fn on_this_machine_a_custodian_that_answers_500_for_a_client_without_shares_is_tested() {
    let folder = tempfile::tempdir().unwrap();
    let url = always(
        "HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}",
    );
    let output = run(
        folder.path(),
        &url,
        &["--client-id", "a", "replace.same-method"],
    );
    assert_ne!(code(&output), 6, "{}", told(&output, &[]));
}

/// Answers that show neither a share nor that there is none.
const UNTOLD: [&str; 4] = [
    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}",
    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 26\r\n\r\n{\"error\":\"no such client\"}",
];

/// What leads a name that is not this machine's to this one.
fn led(url: &str) -> String {
    format!("custodian.example:80:{}", &url["http://".len()..])
}

#[test]
fn an_answer_that_tells_nothing_of_shares_stops_a_run_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    for answer in UNTOLD {
        let to = led(&always(answer));
        let there = [
            "--connect-to",
            &to,
            "--client-id=a,b",
            "replace.same-method",
        ];
        let stopped = run(folder.path(), "http://custodian.example", &there);
        let said = told(&stopped, &[]);
        assert_eq!(code(&stopped), 6, "{answer}: {said}");
        let unwrapped = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(unwrapped.contains("--client-holds-nothing"), "{said}");
    }
}

#[test]
fn a_custodian_is_elsewhere_if_its_name_is_and_somebody_can_vouch_for_its_clients() {
    let folder = tempfile::tempdir().unwrap();
    let local = always(UNTOLD[0]);
    let port = local.rsplit_once(':').unwrap().1;
    let resolve = format!("custodian.example:{port}:127.0.0.1");
    let named = format!("http://custodian.example:{port}");
    let only = ["--client-id=a", "replace.same-method"];
    let there = [&only[..], &["--resolve", &resolve]].concat();
    assert_eq!(code(&run(folder.path(), &named, &there)), 6);
    for flag in ["--client-holds-nothing", "--adopt=a"] {
        let vouched = run(folder.path(), &named, &[&there[..], &[flag]].concat());
        assert_eq!(code(&vouched), 1, "{flag}: {}", told(&vouched, &[]));
    }
    let here = run(folder.path(), &local, &only);
    assert_eq!(code(&here), 1, "{}", told(&here, &[]));
}

#[test]
fn somebody_can_vouch_in_the_environment_or_a_file_but_not_for_a_share_that_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let url = always(UNTOLD[0]);
    let to = led(&url);
    let doctor = |flag: &str, value: &str, to: &str| {
        let mut command = sharecheck(folder.path());
        command.env("SHARECHECK_SECRET", SECRET).env(flag, value);
        command.args(["doctor", "-u", "http://custodian.example", "--client-id=a"]);
        command.args(["--connect-to", to]).output().unwrap()
    };
    let variable = "SHARECHECK_CLIENT_HOLDS_NOTHING";
    assert_eq!(code(&doctor(variable, "false", &to)), 6);
    assert_ne!(code(&doctor(variable, "true", &to)), 6);
    std::fs::write(
        folder.path().join("sharecheck.toml"),
        "client-holds-nothing = true\n",
    )
    .unwrap();
    assert_ne!(code(&doctor("X", "", &to)), 6);
    let shares = always(
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 30\r\n\r\n{\"backupShares\":[\"{\\\"p\\\":1}\"]}",
    );
    let to = led(&shares);
    assert_eq!(code(&doctor(variable, "true", &to)), 6);
}

#[test]
fn clients_that_are_made_for_the_run_need_nobody_to_vouch_for_them() {
    let folder = tempfile::tempdir().unwrap();
    let url = always(UNTOLD[0]);
    let to = led(&url);
    let there = ["--connect-to", &to, "replace.same-method"];
    let hook = r#"--provision=echo "{\"clientId\":\"made-$$\"}""#;
    for made in [&["--open-clients"][..], &[hook, "--provision-shell"]] {
        let arguments = [&there[..], made].concat();
        let output = run(folder.path(), "http://custodian.example", &arguments);
        assert_eq!(code(&output), 1, "{made:?}: {}", told(&output, &[]));
    }
}

#[test]
fn an_empty_client_id_is_not_taken_for_no_client() {
    let folder = tempfile::tempdir().unwrap();
    let custodian = Custodian::start(&As::default());
    let refused = |output: &Output| {
        let said = complaint(output);
        assert!(said.contains("gives an empty client id"), "{said}");
        assert_eq!(code(output), 2);
    };
    for flags in [
        &["--client-id", ""][..],
        &["--client-id", " "],
        &["--client-id", "a,"],
        &["--client-id", "a", "--client-id", ""],
        &["--adopt", ""],
    ] {
        refused(&run(folder.path(), &custodian.url, flags));
    }
    for command in ["run", "doctor"] {
        for value in ["", " ", ",", "a,,b"] {
            let output = sharecheck(folder.path())
                .env("SHARECHECK_SECRET", SECRET)
                .env("SHARECHECK_CLIENT_ID", value)
                .args([command, "-u", &custodian.url])
                .output();
            refused(&output.unwrap());
        }
    }
    let file = folder.path().join("sharecheck.toml");
    for value in [r#""""#, r#"["a", ""]"#] {
        std::fs::write(&file, format!("client-id = {value}\n")).unwrap();
        refused(&run(folder.path(), &custodian.url, &[]));
    }
    // A flag goes before what an empty variable says.
    std::fs::remove_file(file).unwrap();
    let output = sharecheck(folder.path())
        .env("SHARECHECK_SECRET", SECRET)
        .env("SHARECHECK_CLIENT_ID", "")
        .args(["doctor", "-u", &custodian.url, "--client-id=a"])
        .output()
        .unwrap();
    assert_eq!(code(&output), 0, "{}", told(&output, &[]));
}

#[test]
fn a_plan_is_priced_and_nothing_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let url = "http://127.0.0.1:9/nobody-listens-here";
    let text = run(folder.path(), url, &["--dry-run", "lifecycle.backup"]);
    let shown = told(&text, &[]);
    let of_other_cases = |line: &&str| !line.starts_with("left out: ");
    let shown: Vec<&str> = shown.lines().filter(of_other_cases).collect();
    held("dry-run", &shown.join("\n"));
    let json = run(
        folder.path(),
        url,
        &[
            "--dry-run",
            "--format",
            "json",
            "fetch.isolated",
            "--client-id",
            "one",
        ],
    );
    assert_eq!(code(&json), 0);
    let price: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(price["pool"], 1);
    assert!(price["price"]["requests"].as_u64().unwrap() > 0);
    assert_eq!(
        price["short"]["needs 2 clients, the pool has 1"][0],
        "fetch.isolated.two-clients"
    );
}
