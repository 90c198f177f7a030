//! A tiny Portal for the tests: sends the webhooks over real connections.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Contract, Fault, Freedom, LogSink, Running, Settings, start};

pub(super) const SECRET: &str = "Whsec-0123456789abcdef";

pub(super) fn settings(fault: Option<Fault>) -> Settings {
    Settings {
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        base_path: String::new(),
        secret: SECRET.into(),
        database: None,
        clients: Vec::new(),
        latency: Duration::ZERO,
        contract: fault.map_or(Contract::V6, Fault::contract),
        faults: fault.into_iter().collect(),
        freedoms: Vec::new(),
        users: None,
        log: LogSink::Quiet,
    }
}

/// Of a custodian that takes these freedoms.
pub(super) fn free(freedoms: &[Freedom]) -> Settings {
    Settings {
        freedoms: freedoms.to_vec(),
        ..settings(None)
    }
}

pub(super) async fn started(settings: Settings) -> (Running, Portal) {
    let running = start(settings).await.unwrap();
    let portal = Portal {
        base: running.base_url().to_owned(),
    };
    (running, portal)
}

#[derive(Clone, Debug)]
pub(super) struct Portal {
    base: String,
}

#[derive(Debug, Default)]
pub(super) struct Answer {
    /// Zero if the connection was closed without an answer.
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) text: String,
}

impl Answer {
    fn read(bytes: &[u8]) -> Self {
        let answer = String::from_utf8_lossy(bytes);
        let Some((head, text)) = answer.split_once("\r\n\r\n") else {
            return Self::default();
        };
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Self {
            status,
            head: head.to_lowercase(),
            text: text.to_owned(),
        }
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }
}

impl Portal {
    pub(super) async fn store(&self, client: &str, method: &str, share: &str) -> Answer {
        self.backup(&json!({"clientId": client, "backupMethod": method, "share": share}))
            .await
    }

    pub(super) async fn store_v5(&self, client: &str, share: &str) -> Answer {
        self.backup(&json!({"clientId": client, "share": share}))
            .await
    }

    pub(super) async fn backup(&self, body: &Value) -> Answer {
        self.send("/backup", Some(SECRET), &body.to_string()).await
    }

    pub(super) async fn fetch(&self, client: &str) -> Answer {
        self.fetch_by(&json!(client)).await
    }

    pub(super) async fn fetch_by(&self, client: &Value) -> Answer {
        let body = json!({"clientId": client}).to_string();
        self.send("/backup/fetch", Some(SECRET), &body).await
    }

    /// What a fetch finds under `backupShares`, sorted; nothing if it has another shape.
    pub(super) async fn shares(&self, client: &str) -> Vec<String> {
        let body = self.fetch(client).await.json();
        let mut shares: Vec<String> =
            serde_json::from_value(body["backupShares"].clone()).unwrap_or_default();
        shares.sort();
        shares
    }

    pub(super) async fn send(&self, path: &str, secret: Option<&str>, body: &str) -> Answer {
        let secret = secret.map_or_else(String::new, |secret| {
            format!("X-Webhook-Secret: {secret}\r\n")
        });
        self.ask(
            "POST",
            path,
            &format!("{secret}Connection: close\r\n"),
            body,
        )
        .await
    }

    /// Sends these headers beside those that every request has, and reads until the connection is closed.
    pub(super) async fn ask(&self, verb: &str, path: &str, headers: &str, body: &str) -> Answer {
        let mut stream = self.connect().await;
        let request = self.request(verb, path, headers, body);
        let mut answer = Vec::new();
        if stream.write_all(request.as_bytes()).await.is_ok() {
            let _ = stream.read_to_end(&mut answer).await;
        }
        Answer::read(&answer)
    }

    /// Stores with this body, in two writes with a moment between them, of which the second begins at this byte of it.
    pub(super) async fn backup_in_two(&self, body: &str, at: usize) -> Answer {
        let headers = format!("X-Webhook-Secret: {SECRET}\r\nConnection: close\r\n");
        let request = self.request("POST", "/backup", &headers, body);
        let at = request.len() - body.len() + at;
        let (first, second) = request.as_bytes().split_at(at);
        let mut stream = self.connect().await;
        stream.write_all(first).await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
        stream.write_all(second).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        Answer::read(&answer)
    }

    /// A connection that nothing was sent over.
    pub(super) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.host()).await.unwrap()
    }

    fn host(&self) -> &str {
        let rest = self.base.strip_prefix("http://").unwrap();
        rest.split('/').next().unwrap()
    }

    fn request(&self, verb: &str, path: &str, headers: &str, body: &str) -> String {
        let host = self.host();
        let (_, base) = self.base.split_once(host).unwrap();
        let length = body.len();
        format!(
            "{verb} {base}{path} HTTP/1.1\r\nHost: {host}\r\nAccept: application/json\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
        )
    }
}
