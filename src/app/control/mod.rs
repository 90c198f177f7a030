//! The control endpoints below `/_sharecheck/`: what an app with the SDK does, for tests in any language. `guard` keeps them
//! from being a way for others to the custodian's webhooks.

mod guard;

pub use guard::Guard;

use super::{Apps, Backup, Recovery, Refused};
use crate::contract::Contract;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use sharecheck_portal::{Bearer, Call, Mood, Portal, Via};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The largest body that is read, in bytes: a `cipherText` of 64 KiB has room in it, however it is escaped.
const BODY_LIMIT: usize = 1 << 20;

/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(10);

/// What the routes work on.
#[derive(Clone, Debug)]
struct Works {
    /// Nothing where no custodian is named.
    apps: Option<Apps>,
    portal: Portal,
    started: Instant,
}

/// The routes, for the listener of a Portal. Without apps there is no custodian to back anything up to.
pub fn routes(apps: Option<Apps>, portal: Portal, guard: Guard) -> Router {
    let works = Works {
        apps,
        portal,
        started: Instant::now(),
    };
    Router::new()
        .route("/_sharecheck/wallets", post(wallets))
        .route("/_sharecheck/backups", post(backups))
        .route("/_sharecheck/recoveries", post(recoveries))
        .route("/_sharecheck/mood", post(mood))
        .route("/_sharecheck/calls", get(calls))
        .route_layer(from_fn_with_state(Arc::new(guard), admitted))
        .with_state(works)
}

async fn admitted(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    match guard.admit(&request) {
        Ok(()) => next.run(request).await,
        Err(no) => no.into_response(),
    }
}

/// A status of 4xx or 5xx, and what to do about it.
struct No(StatusCode, String);

impl IntoResponse for No {
    fn into_response(self) -> Response {
        answered(self.0, &json!({ "error": self.1 }))
    }
}

impl From<Refused> for No {
    fn from(refused: Refused) -> Self {
        let status = match refused {
            Refused::UnknownClient(_) => StatusCode::NOT_FOUND,
            Refused::NoWallet(_) => StatusCode::CONFLICT,
            Refused::Method(_) => StatusCode::BAD_REQUEST,
            Refused::Foreign(_) | Refused::Unseen { .. } => StatusCode::FORBIDDEN,
            Refused::Unreachable(_) => StatusCode::BAD_GATEWAY,
        };
        Self(status, refused.to_string())
    }
}

fn answered(status: StatusCode, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

fn ok(body: &Value) -> Response {
    answered(StatusCode::OK, body)
}

impl Works {
    fn apps(&self) -> Result<&Apps, No> {
        let why =
            "no custodian is named whose webhooks could be called: start with --custodian URL";
        let none = || No(StatusCode::CONFLICT, why.to_owned());
        self.apps.as_ref().ok_or_else(none)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct OfClient {
    client_id: String,
}

async fn wallets(State(works): State<Works>, body: Body) -> Result<Response, No> {
    let OfClient { client_id } = read(body).await?;
    let made = works.apps()?.make_wallet(&client_id).await?;
    Ok(ok(&json!({
        "clientId": client_id,
        "walletId": made.wallet_id,
        "curves": made.curves,
    })))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct OfBackup {
    client_id: String,
    backup_method: String,
    #[serde(default)]
    version: Contract,
}

async fn backups(State(works): State<Works>, body: Body) -> Result<Response, No> {
    let of: OfBackup = read(body).await?;
    let apps = works.apps()?;
    let backup = apps.back_up(&of.client_id, &of.backup_method, of.version);
    Ok(ok(&backed_up(&backup.await?)))
}

fn backed_up(backup: &Backup) -> Value {
    let mut body = Map::new();
    let mut put = |key: &str, value: Value| drop(body.insert(key.to_owned(), value));
    put("backedUp", json!(backup.finished.is_some()));
    let stores = backup.stores.iter();
    let stores: Map<String, Value> = stores
        .map(|(curve, stored)| (curve.name().to_owned(), json!(stored.to_string())))
        .collect();
    put("curves", Value::Object(stores));
    if let Some(finished) = &backup.finished {
        put("cipherText", json!(finished.cipher_text));
        // An app with a v5 SDK has none to hand on.
        if let Some(method) = &finished.method {
            put("backupMethod", json!(method));
        }
        put("backupSharePairIds", json!(finished.pair_ids));
    }
    Value::Object(body)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct OfRecovery {
    client_id: String,
    backup_method: String,
    #[serde(default)]
    cipher_text: Option<String>,
}

async fn recoveries(State(works): State<Works>, body: Body) -> Result<Response, No> {
    let of: OfRecovery = read(body).await?;
    let apps = works.apps()?;
    let text = of.cipher_text.as_deref();
    let recovery = apps.recover(&of.client_id, &of.backup_method, text);
    Ok(ok(&recovered(&recovery.await?)))
}

fn recovered(recovery: &Recovery) -> Value {
    let curves = recovery.curves.iter();
    let curves: Map<String, Value> = curves
        .map(|(curve, half)| (curve.name().to_owned(), json!(half.to_string())))
        .collect();
    json!({
        "recovered": recovery.recovered,
        "curves": curves,
        "portalTold": recovery.told,
        "why": recovery.why.as_ref().map(ToString::to_string),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct OfMood {
    mood: String,
    #[serde(default)]
    client_id: Option<String>,
}

async fn mood(State(works): State<Works>, body: Body) -> Result<Response, No> {
    let of: OfMood = read(body).await?;
    let mood: Mood = of
        .mood
        .parse()
        .map_err(|error| No(StatusCode::BAD_REQUEST, format!("mood {error}")))?;
    let client = of.client_id.as_deref();
    if let Some(id) = client.filter(|id| works.portal.client(id).is_none()) {
        return Err(Refused::UnknownClient(id.to_owned()).into());
    }
    works.portal.set_mood(client, mood);
    Ok(ok(&json!({ "mood": mood.name(), "clientId": client })))
}

async fn calls(State(works): State<Works>) -> Response {
    let calls = works.portal.calls();
    let calls: Vec<Value> = calls.iter().map(|it| heard(it, works.started)).collect();
    ok(&json!({ "heard": works.portal.heard(), "calls": calls }))
}

fn heard(call: &Call, started: Instant) -> Value {
    let since = call.at.saturating_duration_since(started).as_millis();
    let (client, key) = match &call.bearer {
        Bearer::Client(id) => (Some(id.clone()), "client's".to_owned()),
        Bearer::Custodian => (None, "custodian's".to_owned()),
        Bearer::Unknown(digits) => (None, format!("unknown {digits}")),
        Bearer::None => (None, "none".to_owned()),
    };
    let (version, pairs) = match call.via {
        Via::V1 => ("v1", None),
        Via::V2 => ("v2", None),
        Via::Pairs => ("v3", Some(&call.pair_ids)),
    };
    json!({
        "ms": u64::try_from(since).unwrap_or(u64::MAX),
        "version": version,
        "path": call.via.path(),
        "clientId": client,
        "key": key,
        "success": call.success,
        "backupMethod": call.method,
        "backupSharePairIds": pairs,
        "told": call.progress.map(sharecheck_portal::Progress::name),
        "answered": (call.status != 0).then_some(call.status),
    })
}

async fn read<T: DeserializeOwned>(body: Body) -> Result<T, No> {
    let whole = tokio::time::timeout(BODY_TIME, to_bytes(body, BODY_LIMIT)).await;
    let whole: Bytes = match whole {
        Ok(Ok(whole)) => whole,
        Ok(Err(_)) => {
            let why = "the body is longer than 1 MiB, or broke off";
            return Err(No(StatusCode::PAYLOAD_TOO_LARGE, why.to_owned()));
        }
        Err(_) => {
            let why = "the body did not arrive within 10 s";
            return Err(No(StatusCode::REQUEST_TIMEOUT, why.to_owned()));
        }
    };
    // The message names keys and places; a value is shown only where it is a single word of the wrong kind.
    serde_json::from_slice(&whole)
        .map_err(|error| No(StatusCode::BAD_REQUEST, format!("the body: {error}")))
}
