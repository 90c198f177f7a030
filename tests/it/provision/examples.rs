//! The examples of hooks, each with the real thing behind it.

use super::run;
use crate::bench::{As, Custodian, SECRET, code, complaint, has, sharecheck, told};
use sharecheck::hook::Answer;
use std::path::{Path, PathBuf};
use std::process::Command;

fn example(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples/provision")
        .join(path)
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
