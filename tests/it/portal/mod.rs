//! The local Portal: an app's backups and recoveries through its control endpoints, who is kept out of them, and the
//! same in this process.

mod apps;
mod control;
mod docs;
mod start;
mod walk;

use crate::bench::{SECRET, sharecheck};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};

const KEY: &str = "portal-key-0123456789";
const TOKEN: &str = "control-token-0123456789";

/// What `serve` serves, in a process of its own, which ends with this.
struct Served {
    process: Child,
    url: String,
}

impl Served {
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        Self::try_start(folder, arguments).unwrap_or_else(|| panic!("{arguments:?}: no URL"))
    }

    /// Nothing where it ends without a URL.
    fn try_start(folder: &Path, arguments: &[&str]) -> Option<Self> {
        let mut process = sharecheck(folder)
            .env("SHARECHECK_SECRET", SECRET)
            .env("SHARECHECK_PORTAL_KEY", KEY)
            .env("SHARECHECK_CONTROL_TOKEN", TOKEN)
            .arg("serve")
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(process.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let url = line.trim().to_owned();
        let started = url.starts_with("http");
        let served = Self { process, url };
        started.then_some(served)
    }

    fn control(&self, path: &str, body: &Value) -> (u16, Value) {
        let line = format!("POST /_sharecheck/{path}");
        send(&self.url, &line, TOKEN, None, &body.to_string())
    }

    /// What a control endpoint answers that does what it is asked.
    fn does(&self, path: &str, body: &Value) -> Value {
        let (status, answer) = self.control(path, body);
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// A client with a wallet: its id and key.
    fn client(&self) -> (String, String) {
        let line = "POST /api/v3/custodians/me/clients";
        let (status, made) = send(&self.url, line, KEY, None, "{}");
        assert_eq!(status, 200, "{made}");
        let text = |key: &str| made[key].as_str().unwrap().to_owned();
        let id = text("id");
        let wallet = self.does("wallets", &json!({ "clientId": id }));
        assert_eq!(wallet["curves"], json!(["SECP256K1", "ED25519"]));
        assert!(wallet["walletId"].is_string());
        (id, text("clientApiKey"))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Sends a request with this bearer, under this host if one is named; the status, and the JSON of the answer.
fn send(url: &str, line: &str, bearer: &str, host: Option<&str>, body: &str) -> (u16, Value) {
    let address = url.strip_prefix("http://").unwrap();
    let host = host.unwrap_or(address);
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "{line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAuthorization: Bearer {bearer}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, text) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(text).unwrap_or_default())
}

/// What a backend does that has kept the user share.
fn tell(url: &str, key: &str, body: &Value) -> u16 {
    let line = "PUT /api/v2/clients/me/wallet/stored-client-backup-share";
    send(url, line, key, None, &body.to_string()).0
}
