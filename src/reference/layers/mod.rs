//! The custodian with faults: a request passes the layers one after the other, and each does what the faults say
//! that are its own.
//!
//! `front`, `door`, `ids`, `body`, then `storage`, which asks `text`, `others` and `time`, and with the answer back
//! through `front`. A new fault gets its line in `fault.rs`, its behaviour in the file of its layer and its proof in
//! `tests`; what it cannot be had together with stands in `conflict.rs`.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use secrecy::SecretString;
use sqlx::SqlitePool;

use super::behaviour::Behaviour;
use super::body::FetchBody;
use super::fault::Fault;
use super::refusal::Refusal;
use super::server::stored;
use super::{Contract, Settings};
use call::{Call, Route};
use storage::Storage;

mod body;
mod call;
mod door;
mod front;
mod ids;
mod operators;
mod others;
mod storage;
mod text;
mod time;

#[cfg(test)]
mod tests;

/// What every layer may use.
#[derive(Debug)]
struct Site {
    behaviour: Arc<Behaviour>,
    base: String,
    secret: SecretString,
    contract: Contract,
    storage: Arc<Storage>,
}

impl Site {
    fn has(&self, fault: Fault) -> bool {
        self.behaviour.has(fault)
    }
}

/// The routes of a custodian that has these faults, below `base`, and its database if it has one.
pub(super) async fn router(
    base: &str,
    settings: &Settings,
) -> sqlx::Result<(Router, Option<SqlitePool>)> {
    let behaviour = Arc::new(Behaviour::new(&settings.faults));
    let storage = Storage::open(Arc::clone(&behaviour), settings).await?;
    let database = storage.database().cloned();
    let contract = if behaviour.has(Fault::LegacyAnswer) {
        Contract::V5
    } else {
        settings.contract
    };
    let site = Site {
        behaviour,
        base: base.to_owned(),
        secret: settings.secret.clone(),
        contract,
        storage,
    };
    let routes = Router::new().fallback(handle).with_state(Arc::new(site));
    Ok((routes, database))
}

async fn handle(State(site): State<Arc<Site>>, request: Request) -> Response {
    let mut call = match Call::read(&site, request).await {
        Ok(call) => call,
        Err(refusal) => return refusal.into_response(),
    };
    if let Some(answer) = front::stop(&site, &mut call) {
        return answer;
    }
    let answer = answer(&site, &mut call).await;
    let answer = answer.unwrap_or_else(IntoResponse::into_response);
    front::leave(&site, &call, answer).await
}

async fn answer(site: &Site, call: &mut Call) -> Result<Response, Refusal> {
    door::enter(site, call)?;
    let answer = match call.route {
        Route::Store => store(site, call).await,
        Route::Fetch => fetch(site, call).await,
        Route::Elsewhere => Err(front::no_route()),
    };
    door::refuse_late(site, call)?;
    answer
}

async fn store(site: &Site, call: &mut Call) -> Result<Response, Refusal> {
    if let Some(answer) = front::hang_up_on(site, call) {
        return Ok(answer);
    }
    ids::misread(site, call).await?;
    body::no_extra_keys(site, call)?;
    if ids::overwrote(site, call).await? {
        return Ok(stored());
    }
    body::misread_method(site, call).await?;
    if body::took_what_is_unusable(site, call).await? {
        return Ok(stored());
    }
    let body = body::read(site, call)?;
    call.tell_client(&body.client);
    let _connection = others::connect(&site.storage).await?;
    time::put(&site.storage, body).await?;
    Ok(stored())
}

async fn fetch(site: &Site, call: &mut Call) -> Result<Response, Refusal> {
    ids::misread(site, call).await?;
    body::no_extra_keys(site, call)?;
    let rows = if let Some(rows) = ids::queried(site, call).await {
        rows
    } else {
        let FetchBody { client } = FetchBody::read(&call.body)?;
        call.tell_client(&client);
        let _connection = others::connect(&site.storage).await?;
        site.storage.found(&client).await?
    };
    storage::show::answer(site, &rows)
}
