//! The custodian with faults and freedoms: a request passes the layers one after the other, and each does what those say
//! that are its own.
//!
//! `front`, `door`, `ids`, `body`, then `storage`, which asks `text`, `others` and `time`, and with the answer back
//! through `front`. A new fault gets its line in `fault.rs`, a new freedom in `freedom.rs`, its behaviour in the file of
//! its layer and its proof in `tests`; what it cannot be had together with stands in `conflict.rs`.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use secrecy::SecretString;
use sqlx::SqlitePool;

use super::behaviour::Behaviour;
use super::body::FetchBody;
use super::fault::Fault;
use super::freedom::Freedom;
use super::refusal::Refusal;
use super::server::stored;
use super::{Contract, Settings};
use call::{Call, Route};
use front::{Asked, sent};
use storage::Storage;

pub(super) use front::OneLine;

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

    fn takes(&self, freedom: Freedom) -> bool {
        self.behaviour.takes(freedom)
    }
}

/// The routes of a custodian that has these faults and freedoms, below `base`, and its database if it has one.
pub(super) async fn router(
    base: &str,
    settings: &Settings,
) -> sqlx::Result<(Router, Option<SqlitePool>)> {
    let behaviour = Arc::new(Behaviour::new(&settings.faults, &settings.freedoms));
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
    let asked = Asked::of(request.headers());
    let answer = match Call::read(&site, request).await {
        Ok(mut call) => called(&site, &mut call).await,
        Err(refusal) => refusal.into_response(),
    };
    time::hold_back(&site).await;
    sent(&site, &asked, answer).await
}

async fn called(site: &Site, call: &mut Call) -> Response {
    if let Some(answer) = front::stop(site, call) {
        return answer;
    }
    let answer = answer(site, call).await;
    let answer = answer.unwrap_or_else(IntoResponse::into_response);
    front::leave(site, call, answer).await
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
    if front::hangs_up_on(site, call) {
        return Ok(front::hang_up());
    }
    ids::misread(site, call).await?;
    ids::no_odd_ones(site, call)?;
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
    ids::no_odd_ones(site, call)?;
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
