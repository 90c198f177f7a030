//! For the tests: an app of a user, and Portal's REST API as far as the custodian calls it.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::response::{IntoResponse, Response};
use axum::{Router, serve};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::portal::{Answer, Portal};
use super::{Running, Users};

pub(super) const CUSTODIAN_KEY: &str = "custodian-key";

/// How Portal answers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Mood {
    #[default]
    Well,
    Status(StatusCode),
    Hangs,
}

#[derive(Debug, Default)]
struct Heard {
    calls: Vec<Value>,
    clients: usize,
    mood: Mood,
}

/// What a custodian calls; notes each call as path, key and body.
#[derive(Clone, Debug)]
pub(super) struct Rest {
    pub(super) users: Users,
    heard: Arc<Mutex<Heard>>,
}

impl Rest {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard: Arc<Mutex<Heard>> = Arc::default();
        let app = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&heard));
        tokio::spawn(async { serve(listener, app).await });
        let users = Users {
            portal: Some(format!("http://{address}/")),
            custodian_key: CUSTODIAN_KEY.into(),
        };
        Self { users, heard }
    }

    pub(super) fn mood(&self, mood: Mood) {
        self.heard.lock().unwrap().mood = mood;
    }

    /// The calls so far, each with its verb and path, key and body.
    pub(super) fn calls(&self) -> Vec<Value> {
        std::mem::take(&mut self.heard.lock().unwrap().calls)
    }
}

/// The call that tells of a user share of this client.
pub(super) fn told(client: &str, success: bool, method: &str) -> Value {
    json!([
        "PUT /api/v2/clients/me/wallet/stored-client-backup-share",
        format!("Bearer key-of-{client}"),
        { "success": success, "backupMethod": method },
    ])
}

async fn answer(State(heard): State<Arc<Mutex<Heard>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let key = parts.headers.get(AUTHORIZATION).unwrap().to_str().unwrap();
    let call = format!("{} {}", parts.method, parts.uri);
    let made = call == "POST /api/v3/custodians/me/clients";
    let body: Value = serde_json::from_slice(&body).unwrap();
    let (mood, number) = {
        let mut heard = heard.lock().unwrap();
        heard.calls.push(json!([call, key, body]));
        heard.clients += usize::from(made);
        (heard.mood, heard.clients)
    };
    match mood {
        Mood::Well if made => {
            let id = format!("client-{number}");
            let key = format!("key-of-{id}");
            Body::from(json!({ "id": id, "clientApiKey": key }).to_string()).into_response()
        }
        Mood::Well => StatusCode::NO_CONTENT.into_response(),
        Mood::Status(status) => status.into_response(),
        Mood::Hangs => std::future::pending().await,
    }
}

/// The app of a user of the custodian.
#[derive(Debug)]
pub(super) struct App {
    pub(super) custodian: Portal,
    pub(super) client: String,
    pub(super) token: String,
}

impl App {
    pub(super) async fn new(running: &Running, custodian: &Portal, client: &str) -> Self {
        let key = format!("key-of-{client}");
        Self {
            custodian: custodian.clone(),
            client: client.to_owned(),
            token: running.enrol(client, &key).await.unwrap(),
        }
    }

    /// Of a user that was made by a hook.
    pub(super) fn with(custodian: &Portal, made: &Value) -> Self {
        let text = |key: &str| made[key].as_str().unwrap().to_owned();
        Self {
            custodian: custodian.clone(),
            client: text("clientId"),
            token: text("token"),
        }
    }

    /// The status of a store of this text, under this method or none.
    pub(super) async fn store(&self, method: Option<&str>, text: &str) -> u16 {
        let mut body = json!({ "cipherText": text });
        if let Some(method) = method {
            body["backupMethod"] = method.into();
        }
        self.send(&body.to_string()).await.status
    }

    pub(super) async fn send(&self, body: &str) -> Answer {
        self.ask("PUT", "", &format!("Bearer {}", self.token), body)
            .await
    }

    /// The text of this method, or of none, that is given to this user.
    pub(super) async fn fetch(&self, method: Option<&str>) -> Option<String> {
        let query = method.map(|method| format!("?backupMethod={method}"));
        let bearer = format!("Bearer {}", self.token);
        let query = query.unwrap_or_default();
        let answer = self.ask("GET", &query, &bearer, "").await;
        Some(answer.json()["cipherText"].as_str()?.to_owned())
    }

    /// What this bearer is answered who asks for this user's shares.
    pub(super) async fn ask(&self, verb: &str, query: &str, bearer: &str, body: &str) -> Answer {
        let path = format!("/users/{}/backup-share{query}", self.client);
        let headers = format!("Authorization: {bearer}\r\nConnection: close\r\n");
        self.custodian.ask(verb, &path, &headers, body).await
    }
}
