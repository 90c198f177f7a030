//! The provisioning hooks and their examples: set up, probed, torn down, whatever happens in between.

use crate::bench::{As, Custodian, SECRET, code, complaint, has, held, script, sharecheck, told};
use sharecheck::hook::{Answer, Request};
use std::path::{Path, PathBuf};
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

fn example(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples/provision")
        .join(path)
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
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("schemas/{name}.json"));
        let text = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            written == text,
            "schemas/{name}.json is out of date: run UPDATE_SCHEMAS=1 cargo test schemas"
        );
    }
}

#[test]
fn every_example_in_the_protocol_is_valid() {
    let text = include_str!("../../docs/provisioning.md");
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
fn the_express_route_makes_clients_and_takes_them_away() {
    if !has("node") {
        println!("skipped: node is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let custodian = Custodian::start(&As::default());
    // Express itself is not needed to run a route: this gives it what Express would.
    let server = format!(
        r#"import {{ createServer }} from "node:http";
import {{ testClients }} from "{}";
const there = new Map();
const users = {{
  create: async (id, {{ v5Share }}) => there.set(id, v5Share ?? null),
  remove: async (id) => there.delete(id),
}};
const route = testClients({{ token: "a-token-of-its-own", users }});
createServer(async (request, response) => {{
  if (request.method === "GET") return response.end(JSON.stringify([...there.keys()]));
  let body = "";
  for await (const chunk of request) body += chunk;
  route(
    {{ body: JSON.parse(body), get: (name) => request.headers[name] }},
    {{ status(code) {{ response.statusCode = code; return this; }}, json: (value) => response.end(JSON.stringify(value)) }},
  );
}}).listen(0, "127.0.0.1", function () {{ console.log(this.address().port); }});
"#,
        example("express/test-clients.js").display()
    );
    std::fs::write(folder.path().join("server.mjs"), server).unwrap();
    let mut node = Command::new("node")
        .arg("server.mjs")
        .current_dir(folder.path())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut port = String::new();
    std::io::BufRead::read_line(
        &mut std::io::BufReader::new(node.stdout.take().unwrap()),
        &mut port,
    )
    .unwrap();
    let url = format!("http://127.0.0.1:{}/internal/test-clients", port.trim());
    let with_token = |token: &str| {
        sharecheck(folder.path())
            .env("SHARECHECK_SECRET", SECRET)
            .env("SHARECHECK_PROVISION_SECRET", token)
            .args([
                "run",
                "--url",
                &custodian.url,
                "--provision-url",
                &url,
                "lifecycle",
            ])
            .args(["--jobs", "3", "--no-progress", "--residue", "left.json"])
            .output()
            .unwrap()
    };
    let right = with_token("a-token-of-its-own");
    let wrong = with_token("a-wrong-token-entirely");
    let _ = node.kill();
    let _ = node.wait();
    assert_eq!(code(&right), 0, "{}", told(&right, &[]));
    let left = std::fs::read_to_string(folder.path().join("left.json")).unwrap();
    assert!(!left.contains("\"removed\": false"), "{left}");
    assert_eq!(code(&wrong), 3);
    let said = told(&wrong, &[]);
    assert!(
        said.contains("it answered 401") && said.contains("wrong token"),
        "{said}"
    );
    assert!(!said.contains("a-wrong-token-entirely"));
}

#[test]
fn the_prisma_command_upserts_and_deletes() {
    if !has("node") {
        println!("skipped: node is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let custodian = Custodian::start(&As::default());
    // The client that Prisma generates needs a database and a build; this one writes down what it is asked.
    let module = folder.path().join("node_modules/@prisma/client");
    std::fs::create_dir_all(&module).unwrap();
    std::fs::write(
        module.join("index.js"),
        r#"const { appendFileSync } = require("node:fs");
const note = (what) => async (how) => appendFileSync("asked", `${what} ${JSON.stringify(how)}\n`);
exports.PrismaClient = class {
  user = { upsert: note("user.upsert"), deleteMany: note("user.deleteMany") };
  custodianBackupShare = { deleteMany: note("custodianBackupShare.deleteMany") };
  $transaction = (all) => Promise.all(all);
  $disconnect = async () => {};
};
"#,
    )
    .unwrap();
    std::fs::copy(
        example("prisma/test-client.cjs"),
        folder.path().join("test-client.cjs"),
    )
    .unwrap();
    let output = run(
        folder.path(),
        &custodian.url,
        &[
            "--provision",
            "node test-client.cjs",
            "--jobs=1",
            "replace.same-method",
        ],
    );
    assert_eq!(code(&output), 0, "{}", told(&output, &[]));
    let asked = std::fs::read_to_string(folder.path().join("asked")).unwrap();
    let count = |what: &str| asked.lines().filter(|line| line.starts_with(what)).count();
    assert!(count("user.upsert") > 0);
    assert_eq!(count("user.upsert"), count("user.deleteMany"));
    assert_eq!(
        count("user.upsert"),
        count("custodianBackupShare.deleteMany")
    );
}

#[cfg(unix)]
#[test]
fn the_psql_script_makes_clients_and_takes_them_away() {
    let Some(database) = Database::start() else {
        println!("skipped: no PostgreSQL server can be started here");
        return;
    };
    let call = |request: &str| {
        let mut child = Command::new(example("psql/test-client.sh"))
            .env("PGHOST", database.folder.path())
            .env("PGUSER", "postgres")
            .env("PGDATABASE", "postgres")
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), request.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    database.psql(
        r#"create table "User" ("id" text primary key, "clientId" text unique not null, "clientApiKey" text unique not null);
           create table "CustodianBackupShare" ("id" text primary key, "share" text not null,
             "backupMethod" text not null default 'UNKNOWN', "userId" text not null references "User" ("id"),
             unique ("userId", "backupMethod"))"#,
    );
    let request = |action: &str, kind: &str, key: &str| {
        serde_json::json!({
            "version": 1, "action": action, "runId": "r", "idempotencyKey": key, "kind": kind,
            "share": (kind == "with-v5-share").then_some("{\"sharecheck\":\"it's \\\\ ours\"}"),
        })
        .to_string()
    };
    let hostile = "k'); drop table \"User\"; --";
    for key in ["plain", hostile] {
        for _ in 0..2 {
            let output = call(&request("setup", "with-v5-share", key));
            assert!(output.status.success(), "{}", told(&output, &[]));
            let answer: Answer = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(answer.client_id, format!("sharecheck-{key}"));
        }
    }
    let count = |what: &str| database.psql(&format!("select count(*) from {what}"));
    assert_eq!(count("\"User\""), "2");
    assert_eq!(
        count("\"CustodianBackupShare\" where \"share\" = '{\"sharecheck\":\"it''s \\\\ ours\"}'"),
        "2"
    );
    for key in ["plain", hostile, "never-there"] {
        assert!(
            call(&request("teardown", "with-v5-share", key))
                .status
                .success()
        );
    }
    assert_eq!(count("\"User\""), "0");
    let broken = call("no JSON");
    assert!(!broken.status.success() && complaint(&broken).contains("json"));
}

/// A PostgreSQL server on a socket in a folder of its own.
#[cfg(unix)]
struct Database {
    folder: tempfile::TempDir,
    tools: PathBuf,
    root: bool,
}

#[cfg(unix)]
impl Database {
    fn start() -> Option<Self> {
        let found = Command::new("pg_config").arg("--bindir").output().ok();
        let from_config =
            found.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
        let packaged = std::fs::read_dir("/usr/lib/postgresql")
            .into_iter()
            .flatten();
        let packaged = packaged.flatten().map(|entry| entry.path().join("bin"));
        let tools = from_config
            .into_iter()
            .chain(packaged)
            .find(|tools| tools.join("initdb").exists())?;
        let id = Command::new("id").arg("-u").output().ok()?;
        let database = Self {
            folder: tempfile::tempdir().ok()?,
            tools,
            // The server will not run as root.
            root: String::from_utf8_lossy(&id.stdout).trim() == "0",
        };
        let path = database.folder.path().display().to_string();
        if database.root {
            let given = Command::new("chown").args(["postgres", &path]).status();
            given.ok().filter(std::process::ExitStatus::success)?;
        }
        let data = format!("{path}/data");
        database.tool("initdb", &["-D", &data, "-A", "trust", "-U", "postgres"])?;
        let options = format!("-k {path} -c listen_addresses='' -c fsync=off");
        database.tool(
            "pg_ctl",
            &[
                "-D",
                &data,
                "-w",
                "-o",
                &options,
                "-l",
                &format!("{path}/log"),
                "start",
            ],
        )?;
        Some(database)
    }

    fn tool(&self, name: &str, arguments: &[&str]) -> Option<()> {
        let program = self.tools.join(name);
        let mut command = if self.root {
            let mut command = Command::new("setpriv");
            command
                .args(["--reuid=postgres", "--regid=postgres", "--clear-groups"])
                .arg(program);
            command
        } else {
            Command::new(program)
        };
        command.args(arguments).current_dir(self.folder.path());
        command
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null());
        command.status().ok()?.success().then_some(())
    }

    fn psql(&self, statement: &str) -> String {
        let output = Command::new("psql")
            .args([
                "-X", "-q", "-t", "-A", "-U", "postgres", "-d", "postgres", "-c", statement,
            ])
            .arg("-h")
            .arg(self.folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", told(&output, &[]));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}

#[cfg(unix)]
impl Drop for Database {
    fn drop(&mut self) {
        let data = self.folder.path().join("data").display().to_string();
        let _ = self.tool("pg_ctl", &["-D", &data, "-m", "immediate", "stop"]);
    }
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
