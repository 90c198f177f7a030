//! The custodian with one fault: what stands around the good routes and under them to spoil them.
//!
//! A request passes `door`, `secrets` and `inputs`, then the good routes over a `storage` that errs in keeping
//! (`replacement`, `texts`) or in finding (`lookup`), and its answer passes `answers`. A new fault gets its line in
//! `fault.rs`, an arm in one of these and its proof in `tests`.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each place has some of the faults and lets the others through; the tests miss none"
)]

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use secrecy::SecretString;
use sqlx::SqlitePool;
use tower::ServiceExt;

use super::fault::Fault;
use super::server::{self, Custodian, admit};
use super::{Contract, Settings};
use call::Call;
use storage::FaultyStore;

mod answers;
mod call;
mod door;
mod inputs;
mod lookup;
mod operators;
mod replacement;
mod secrets;
mod storage;
mod texts;

#[cfg(test)]
mod tests;

/// What every place may use.
#[derive(Clone, Debug)]
struct Site {
    fault: Fault,
    base: Arc<str>,
    secret: SecretString,
    contract: Contract,
    store: Arc<FaultyStore>,
    good: Router,
}

/// The routes of a custodian that has this fault, below `base`.
pub(super) async fn router(
    base: &str,
    fault: Fault,
    settings: &Settings,
) -> sqlx::Result<(Router, SqlitePool)> {
    let store = Arc::new(FaultyStore::open(fault, settings).await?);
    let pool = store.pool().clone();
    let contract = match fault {
        Fault::LegacyAnswer => Contract::V5,
        _ => settings.contract,
    };
    let secret = settings.secret.clone();
    let custodian = Custodian {
        store: Arc::clone(&store),
        secret: secret.clone(),
        contract,
    };
    let good = server::router(base, custodian);
    let site = Site {
        fault,
        base: base.into(),
        secret,
        contract,
        store,
        good,
    };
    Ok((Router::new().fallback(handle).with_state(site), pool))
}

async fn handle(State(site): State<Site>, request: Request) -> Response {
    let mut call = match Call::read(&site, request).await {
        Ok(call) => call,
        Err(refusal) => return refusal.into_response(),
    };
    if let Some(answer) = door::stop(&site, &mut call) {
        return answer;
    }
    let answer = answer(&site, &mut call).await;
    answers::spoil(&site, &call, answer).await
}

async fn answer(site: &Site, call: &mut Call) -> Response {
    secrets::unlock(site, call);
    if admit(&site.secret, &call.parts.headers).is_ok() {
        match inputs::misread(site, call).await {
            Ok(None) => {}
            Ok(Some(answer)) => return answer,
            Err(refusal) => return refusal.into_response(),
        }
    }
    match site.good.clone().oneshot(call.to_request()).await {
        Ok(answer) => answer,
        Err(never) => match never {},
    }
}
