//! The API over real connections, as a backend uses it.

mod api;
mod told;

use std::net::SocketAddr;

use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{Client, Running, Settings, Via, start};

const KEY: &str = "custodian-key-0123456789";

fn settings() -> Settings {
    Settings::local(KEY.into())
}

/// A local Portal, and a backend's requests to it.
struct Bench {
    running: Running,
}

#[derive(Debug, Default)]
struct Answer {
    status: u16,
    head: String,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }
}

impl Bench {
    async fn new(settings: Settings) -> Self {
        let running = start(settings).await.unwrap();
        Self { running }
    }

    fn address(&self) -> SocketAddr {
        let (_, address) = self.running.base_url().split_once("://").unwrap();
        address.parse().unwrap()
    }

    async fn send(&self, line: &str, key: Option<&str>, body: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address()).await.unwrap();
        exchange(&mut stream, line, key, body).await
    }

    async fn made(&self) -> Value {
        let line = "POST /api/v3/custodians/me/clients";
        let answer = self.send(line, Some(KEY), "{}").await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    /// A client with wallets on both curves, and its key.
    fn client(&self) -> (String, String) {
        let client = Client::new();
        let (id, key) = (client.id.clone(), client.api_key.clone());
        let portal = self.running.portal();
        portal.add_client(client).unwrap();
        portal.make_wallets(&id, &["SECP256K1", "ED25519"]).unwrap();
        (id, key.expose_secret().to_owned())
    }

    async fn tell(&self, via: Via, key: &str, body: &Value) -> u16 {
        let method = match via {
            Via::V1 | Via::V2 => "PUT",
            Via::Pairs => "PATCH",
        };
        let line = format!("{method} {}", via.path());
        let answer = self.send(&line, Some(key), &body.to_string()).await;
        answer.status
    }

    /// What a client's pairs of a method have come to, as its own key is shown.
    async fn statuses(&self, key: &str) -> Vec<String> {
        let answer = self.send("GET /api/v3/clients/me", Some(key), "").await;
        let me = answer.json();
        let wallets = me["wallets"].as_array().unwrap().iter();
        let pairs = wallets.flat_map(|it| it["backupSharePairs"].as_array().unwrap());
        let words = pairs.map(|pair| {
            let word = |key: &str| pair[key].as_str().unwrap().to_owned();
            format!("{} {}", word("backupMethod"), word("status"))
        });
        words.collect()
    }
}

/// Sends one request over a connection of its own and reads to its end.
async fn exchange<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    line: &str,
    key: Option<&str>,
    body: &str,
) -> Answer {
    let bearer = key.map_or(String::new(), |key| {
        format!("Authorization: Bearer {key}\r\n")
    });
    let request = format!(
        "{line} HTTP/1.1\r\nHost: portal\r\nConnection: close\r\n{bearer}Content-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    let text = String::from_utf8_lossy(&bytes);
    let Some((head, text)) = text.split_once("\r\n\r\n") else {
        return Answer::default();
    };
    Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        head: head.to_lowercase(),
        text: text.to_owned(),
    }
}

fn stored(success: bool, method: &str) -> Value {
    json!({ "success": success, "backupMethod": method })
}
