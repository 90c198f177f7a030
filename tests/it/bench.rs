//! What several tests need: a custodian in this process, the binary beside it, and snapshots.

use assert_cmd::cargo::CommandCargoExt as _;
use sharecheck::reference::{Contract, Fault, LogSink, Running, Settings, start};
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;
use tokio::runtime::Runtime;

/// Long enough to be told if it shows.
pub(crate) const SECRET: &str = "Bench-secret-0123456789";

/// A reference custodian that lives as long as this.
pub(crate) struct Custodian {
    runtime: Runtime,
    running: Option<Running>,
    pub(crate) url: String,
}

/// How a custodian is to be.
#[derive(Default)]
pub(crate) struct As {
    pub(crate) clients: &'static [&'static str],
    pub(crate) fault: Option<Fault>,
    pub(crate) latency: Duration,
}

impl Custodian {
    pub(crate) fn start(how: &As) -> Self {
        let runtime = Runtime::new().unwrap();
        let running = runtime
            .block_on(start(Settings {
                address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
                base_path: "/portal".to_owned(),
                secret: SECRET.into(),
                database: None,
                clients: how.clients.iter().map(|id| (*id).to_owned()).collect(),
                latency: how.latency,
                contract: Contract::V6,
                faults: how.fault.into_iter().collect(),
                freedoms: Vec::new(),
                users: None,
                log: LogSink::Quiet,
            }))
            .unwrap();
        Self {
            runtime,
            url: running.base_url().to_owned(),
            running: Some(running),
        }
    }

    /// Stores a text for a client, as Portal would.
    pub(crate) fn store(&self, client: &str, share: &str) {
        let body = serde_json::json!({ "clientId": client, "share": share, "backupMethod": "PASSWORD-SECP256K1" });
        let answer = self.post("/backup", &body.to_string());
        assert!(answer.starts_with("HTTP/1.1 2"), "{answer}");
    }

    /// What it answers to a fetch.
    pub(crate) fn fetch(&self, client: &str) -> String {
        let body = serde_json::json!({ "clientId": client });
        self.post("/backup/fetch", &body.to_string())
    }

    fn post(&self, path: &str, body: &str) -> String {
        post(&self.url, path, body)
    }
}

/// What a custodian at this base URL answers, as text.
pub(crate) fn post(url: &str, path: &str, body: &str) -> String {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, base) = rest.split_once('/').unwrap_or((rest, ""));
    let slash = if base.is_empty() { "" } else { "/" };
    let mut stream = TcpStream::connect(host).unwrap();
    let length = body.len();
    write!(
        stream,
        "POST {slash}{base}{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nX-Webhook-Secret: {SECRET}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

impl Drop for Custodian {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            self.runtime.block_on(running.stop());
        }
    }
}

/// A server that gives each request the same answer, until the test ends.
pub(crate) fn always(answer: &'static str) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer_one(stream, answer));
        }
    });
    url
}

fn answer_one(mut stream: TcpStream, answer: &str) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|count| count == 1) {
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    let _ = stream.read_exact(&mut body);
    let _ = stream.write_all(answer.as_bytes());
}

/// The binary, in an empty environment but for the path, in this folder.
pub(crate) fn sharecheck(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("sharecheck").unwrap();
    command.current_dir(folder).env_clear();
    // As wide as lines become, so that few sentences are parted.
    command.env("COLUMNS", "100");
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command
}

/// What a command said and how it ended, in one text; the places that differ from machine to machine have names.
pub(crate) fn told(output: &Output, names: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (stream, bytes) in [("out", &output.stdout), ("err", &output.stderr)] {
        let said = String::from_utf8_lossy(bytes);
        if !said.trim().is_empty() {
            let _ = writeln!(text, "-- {stream}\n{}", said.trim_end());
        }
    }
    let _ = write!(text, "-- exit {}", code(output));
    for (place, name) in names {
        text = text.replace(place, name);
    }
    text
}

/// The exit code; 0 stands for a process that a signal ended, which no test expects.
pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or_default()
}

/// Standard error.
pub(crate) fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Holds a text against a snapshot of this name.
pub(crate) fn held(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// Writes a file that can be run.
#[cfg(unix)]
pub(crate) fn script(path: &Path, text: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path.to_owned()
}

/// Whether a program can be started here; a test that needs it says that it was skipped otherwise.
pub(crate) fn has(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}

/// Waits until a file holds a text: other processes write it.
#[cfg(unix)]
pub(crate) fn wait_for(path: &Path, text: &str) {
    let until = std::time::Instant::now() + Duration::from_mins(1);
    while !std::fs::read_to_string(path).is_ok_and(|all| all.contains(text)) {
        assert!(
            std::time::Instant::now() < until,
            "{} never came",
            path.display()
        );
        std::thread::yield_now();
    }
}

/// Holds a schema in `schemas/` to the type that it is of.
pub(crate) fn schema_held(name: &str, schema: &schemars::Schema) {
    let text = serde_json::to_string_pretty(schema).unwrap();
    schema_text_held(name, &format!("{text}\n"));
}

/// The same, to the text that a command gives.
pub(crate) fn schema_text_held(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("schemas/{name}.json"));
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == text,
        "schemas/{name}.json is out of date: run UPDATE_SCHEMAS=1 cargo test schema"
    );
}
