//! The two webhooks of a correct custodian: in go requests, out come answers. Nothing here knows of faults.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Extension, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{Router, post};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use subtle::ConstantTimeEq;

use super::Contract;
use super::body::{FetchBody, StoreBody};
use super::journal::Entry;
use super::refusal::{Refusal, json_response};
use super::store::SqliteStore;

/// The header that carries the secret.
pub(super) const SECRET_HEADER: &str = "x-webhook-secret";

/// The largest body that is read, in bytes; real shares have a few thousand.
pub(super) const BODY_LIMIT: usize = 8 * 1024 * 1024;

/// A custodian over a store.
#[derive(Debug)]
pub(super) struct Custodian {
    /// Where it keeps the shares.
    pub(super) store: SqliteStore,
    /// What Portal must send.
    pub(super) secret: SecretString,
    /// The version that it speaks.
    pub(super) contract: Contract,
}

/// The routes below `base`, which is empty or starts with a slash and does not end with one.
pub(super) fn router(base: &str, custodian: Custodian) -> Router {
    Router::new()
        .route(&format!("{base}/backup"), post(backup))
        .route(&format!("{base}/backup/fetch"), post(fetch))
        .fallback(|| async { Refusal::new(StatusCode::NOT_FOUND, "no such route") })
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(Arc::new(custodian))
}

/// Refuses whoever does not bring the secret.
pub(super) fn admit(secret: &SecretString, headers: &HeaderMap) -> Result<(), Refusal> {
    let given = headers
        .get(SECRET_HEADER)
        .map_or(&b""[..], |value| value.as_bytes());
    if bool::from(given.ct_eq(secret.expose_secret().as_bytes())) {
        Ok(())
    } else {
        Err(Refusal::new(
            StatusCode::UNAUTHORIZED,
            "the webhook secret is missing or wrong",
        ))
    }
}

async fn backup(
    State(custodian): State<Arc<Custodian>>,
    Extension(entry): Extension<Entry>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    admit(&custodian.secret, &headers)?;
    let StoreBody {
        client,
        method,
        share,
    } = StoreBody::read(&body, custodian.contract)?;
    entry.tell_client(&client);
    custodian
        .store
        .put(&client, method.as_deref(), &share)
        .await?;
    Ok(stored())
}

/// The answer to a store that was kept.
pub(super) fn stored() -> Response {
    json_response(StatusCode::OK, &json!({ "stored": true }))
}

async fn fetch(
    State(custodian): State<Arc<Custodian>>,
    Extension(entry): Extension<Entry>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    admit(&custodian.secret, &headers)?;
    let FetchBody { client } = FetchBody::read(&body)?;
    entry.tell_client(&client);
    let shares = custodian.store.all(&client).await?;
    fetched(custodian.contract, shares)
}

/// The answer to a fetch that found these shares.
fn fetched(contract: Contract, mut shares: Vec<String>) -> Result<Response, Refusal> {
    let answer = match contract {
        Contract::V6 => json!({ "backupShares": shares }),
        Contract::V5 => match shares.pop() {
            Some(share) => json!({ "backupShare": share }),
            None => return Err(Refusal::new(StatusCode::NOT_FOUND, "no share")),
        },
    };
    Ok(json_response(StatusCode::OK, &answer))
}
