//! A custodian that migrates once a file is there, in one of many ways, and goes back when the file is gone. It counts
//! every request that Portal would not send.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each way is wrong in one place only"
)]

use crate::bench::SECRET;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// Nothing.
    Right,
    /// Nothing: both versions read and write one table from the start.
    OneTable,
    /// Old shares are not copied.
    Drops,
    /// Only one share in two is copied.
    DropsSome,
    /// Each is copied twice.
    Doubles,
    /// Cut to 255 characters.
    Cuts,
    /// Parsed, and written anew.
    Rewrites,
    /// Sealed, and not opened again.
    Seals,
    /// Each client gets that of the next one.
    Mixes,
    /// Put under a named method, so that a v5 store adds another.
    Names,
    /// What old instances write after the copy is not copied.
    LosesLate,
    /// For some seconds every request is refused.
    Refuses,
    /// Acknowledged and lost, for some seconds.
    Forgets,
    /// The shares appear a second after the new version.
    Slow,
    /// A v5 share and one under `UNKNOWN` are kept side by side.
    Apart,
}

#[derive(Default)]
struct Tables {
    old: BTreeMap<String, String>,
    new: BTreeMap<(String, String), Vec<String>>,
    migrated: bool,
    /// The clients that were copied.
    copied: HashSet<String>,
    requests: usize,
    since: usize,
    odd: Vec<String>,
}

/// Serves until the test ends.
#[derive(Clone)]
pub(crate) struct Custodian {
    pub(crate) url: String,
    tables: Arc<Mutex<Tables>>,
}

#[derive(Clone)]
struct Serving {
    how: How,
    /// The contract of the old version.
    v5: bool,
    deployed: PathBuf,
    tables: Arc<Mutex<Tables>>,
}

impl Custodian {
    /// Begins as v5, or as a v6 that is deployed anew.
    pub(crate) fn start(how: How, v5: bool, deployed: PathBuf) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let tables = Arc::new(Mutex::new(Tables::default()));
        let serving = Serving {
            how,
            v5,
            deployed,
            tables: Arc::clone(&tables),
        };
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let serving = serving.clone();
                std::thread::spawn(move || serving.connection(stream));
            }
        });
        Self { url, tables }
    }

    /// How many requests came.
    pub(crate) fn requests(&self) -> usize {
        self.tables.lock().unwrap().requests
    }

    /// What Portal would not have sent.
    pub(crate) fn odd(&self) -> Vec<String> {
        self.tables.lock().unwrap().odd.clone()
    }

    /// What a client holds by now, whatever the version.
    pub(crate) fn held(&self, client: &str) -> Vec<String> {
        let tables = self.tables.lock().unwrap();
        let new = tables.new.iter().filter(|((of, _), _)| of == client);
        let new = new.flat_map(|(_, shares)| shares.clone());
        let old = tables.old.get(client).filter(|_| !tables.migrated);
        old.cloned().into_iter().chain(new).collect()
    }

    /// Puts a share of somebody's there.
    pub(crate) fn put(&self, client: &str, share: &str) {
        let mut tables = self.tables.lock().unwrap();
        tables.old.insert(client.to_owned(), share.to_owned());
        let slot = (client.to_owned(), "OTHER".to_owned());
        tables.new.insert(slot, vec![share.to_owned()]);
    }
}

impl Serving {
    fn connection(&self, stream: TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut stream = stream;
        while let Some((line, headers, body)) = request(&mut reader) {
            let (status, answer) = self.answer(&line, &headers, &body);
            let text = format!(
                "HTTP/1.1 {status} x\r\nContent-Type: application/json\r\nX-Version: {}\r\nContent-Length: {}\r\n\r\n{answer}",
                if self.deployed.exists() { "2" } else { "1" },
                answer.len()
            );
            if stream.write_all(text.as_bytes()).is_err() {
                return;
            }
        }
    }

    fn answer(&self, line: &str, headers: &str, body: &str) -> (u16, String) {
        let new = self.deployed.exists();
        if line.starts_with("GET /healthz/new ") {
            return (if new { 200 } else { 503 }, String::new());
        }
        let mut tables = self.tables.lock().unwrap();
        tables.requests += 1;
        if let Some(odd) = odd(line, headers, body) {
            tables.odd.push(odd);
            return (401, "{}".to_owned());
        }
        if new {
            tables.since += 1;
            self.migrate(&mut tables);
        }
        let value: Value = serde_json::from_str(body).unwrap();
        let client = value["clientId"].as_str().unwrap().to_owned();
        let v5 = self.v5 && !new;
        if line.starts_with("POST /backup/fetch ") {
            return (200, self.shown(&tables, &client, v5));
        }
        let window = new && (3..12).contains(&tables.since);
        match self.how {
            How::Refuses if window => return (503, "{}".to_owned()),
            How::Forgets if window => return (200, "{}".to_owned()),
            _ => {}
        }
        let share = value["share"].as_str().unwrap().to_owned();
        // Every second old instance still answers for a while.
        let by_old = self.how == How::LosesLate && new && tables.since < 12;
        if v5 && self.how != How::OneTable || by_old {
            tables.old.insert(client, share);
            return (204, String::new());
        }
        let method = match value["backupMethod"].as_str() {
            Some(_) if v5 => "UNKNOWN",
            Some("UNKNOWN") if self.how == How::Apart => "UNKNOWN-6",
            None if self.how == How::Names => "UNKNOWN",
            Some(method) => method,
            None => "UNKNOWN",
        };
        tables.new.insert((client, method.to_owned()), vec![share]);
        (200, "{}".to_owned())
    }

    fn shown(&self, tables: &Tables, client: &str, v5: bool) -> String {
        if v5 {
            let one = match self.how {
                How::OneTable => {
                    let slot = (client.to_owned(), "UNKNOWN".to_owned());
                    tables.new.get(&slot).and_then(|it| it.first()).cloned()
                }
                _ => tables.old.get(client).cloned(),
            };
            return json!({ "backupShare": one }).to_string();
        }
        let late = self.how == How::Slow && tables.migrated && !slow_is_over(&self.deployed);
        let own = tables
            .new
            .iter()
            .filter(|((of, _), _)| of == client && !late);
        let shares: Vec<&String> = own.flat_map(|(_, shares)| shares).collect();
        json!({ "backupShares": shares }).to_string()
    }

    /// Copies the old table, once.
    fn migrate(&self, tables: &mut Tables) {
        if tables.migrated {
            return;
        }
        tables.migrated = true;
        let old: Vec<(String, String)> = tables.old.clone().into_iter().collect();
        for (place, (client, share)) in old.iter().enumerate() {
            let next = &old[(place + 1) % old.len()].1;
            let mut method = "UNKNOWN";
            let shares = match self.how {
                How::Drops => vec![],
                How::DropsSome if place % 2 == 0 => vec![],
                How::Doubles => vec![share.clone(), share.clone()],
                How::Cuts => vec![share.chars().take(255).collect()],
                How::Rewrites => {
                    let value: Value = serde_json::from_str(share).unwrap();
                    vec![serde_json::to_string_pretty(&value).unwrap()]
                }
                How::Seals => vec![sealed(share)],
                How::Mixes => vec![next.clone()],
                How::Names => {
                    method = "GDRIVE";
                    vec![share.clone()]
                }
                _ => vec![share.clone()],
            };
            tables.copied.insert(client.clone());
            tables
                .new
                .insert((client.clone(), method.to_owned()), shares);
        }
    }
}

/// What nobody knows again.
fn sealed(share: &str) -> String {
    let mut text = String::new();
    for byte in share.bytes() {
        let _ = write!(text, "{:02x}", byte ^ 0x5a);
    }
    text
}

fn slow_is_over(deployed: &PathBuf) -> bool {
    let made = std::fs::metadata(deployed).and_then(|it| it.modified());
    made.is_ok_and(|it| it.elapsed().is_ok_and(|it| it > Duration::from_secs(4)))
}

/// What Portal would not send, if anything.
fn odd(line: &str, headers: &str, body: &str) -> Option<String> {
    let told = |what: &str| Some(format!("{what}: {line}"));
    let headers = headers.to_lowercase();
    if !headers.contains(&format!("x-webhook-secret: {}", SECRET.to_lowercase())) {
        return told("no secret");
    }
    if !headers.contains("content-type: application/json") {
        return told("another content type");
    }
    let Ok(Value::Object(keys)) = serde_json::from_str::<Value>(body) else {
        return told("no object");
    };
    let names: Vec<&str> = keys.keys().map(String::as_str).collect();
    let texts = keys
        .values()
        .all(|it| it.as_str().is_some_and(|it| !it.is_empty()));
    let right: &[&[&str]] = if line.starts_with("POST /backup ") {
        &[
            &["clientId", "share"],
            &["clientId", "share", "backupMethod"],
        ]
    } else if line.starts_with("POST /backup/fetch ") {
        &[&["clientId"]]
    } else {
        &[]
    };
    if !texts || !right.contains(&names.as_slice()) {
        return told("other keys");
    }
    let share = keys.get("share").and_then(Value::as_str);
    let is_object = |it: &str| serde_json::from_str::<Value>(it).is_ok_and(|it| it.is_object());
    share
        .filter(|it| !is_object(it))
        .and_then(|_| told("a share that is no JSON"))
}

fn request(reader: &mut BufReader<TcpStream>) -> Option<(String, String, String)> {
    let mut line = String::new();
    if reader.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let (mut headers, mut length) = (String::new(), 0);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        if header.trim().is_empty() {
            break;
        }
        if let Some(value) = header.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        headers.push_str(&header);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((line, headers, String::from_utf8(body).ok()?))
}
