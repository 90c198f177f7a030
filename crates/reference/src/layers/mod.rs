//! The custodian with faults and freedoms: a request passes the layers one after the other, and each does what those say
//! that are its own.
//!
//! `front`, `door`, `ids`, `body`, then `storage`, which asks `text`, `others` and `time`, and with the answer back
//! through `front`; what the app asks for goes to `users` alone. A new fault gets its line in `fault.rs`, a new freedom in `freedom.rs`, its behaviour in the file of
//! its layer and its proof in `tests`; what it cannot be had together with stands in `conflict.rs`.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use secrecy::SecretString;

use super::behaviour::Behaviour;
use super::body::FetchBody;
use super::fault::Fault;
use super::freedom::Freedom;
use super::refusal::Refusal;
use super::server::stored;
use super::store::SqliteStore;
use super::users::{Endpoints, provision};
use super::{App, Contract, Enrolment, Settings, StartError};
use call::{Call, Route};
use front::{Asked, sent};
use storage::Storage;
use users::recovery::Recoveries;

pub(super) use front::OneLine;
pub(super) use users::Shares;

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
mod users;

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
    recoveries: Arc<Recoveries>,
}

impl Site {
    fn has(&self, fault: Fault) -> bool {
        self.behaviour.has(fault)
    }

    fn takes(&self, freedom: Freedom) -> bool {
        self.behaviour.takes(freedom)
    }
}

/// A custodian that has these faults and freedoms, its routes below `base`.
pub(super) async fn app(base: &str, settings: &Settings) -> Result<App, StartError> {
    let behaviour = Arc::new(Behaviour::new(&settings.faults, &settings.freedoms));
    let storage = Storage::open(Arc::clone(&behaviour), settings).await?;
    let pool = storage.database().cloned();
    let contract = if behaviour.has(Fault::LegacyAnswer) {
        Contract::V5
    } else {
        settings.contract
    };
    let site = Site {
        behaviour: Arc::clone(&behaviour),
        base: base.to_owned(),
        secret: settings.secret.clone(),
        contract,
        storage: Arc::clone(&storage),
        recoveries: Arc::default(),
    };
    let recoveries = Arc::clone(&site.recoveries);
    let mut routes = Router::new().fallback(handle).with_state(Arc::new(site));
    let mut enrolment = None;
    if let Some(users) = users::wanted(settings) {
        let pool = match &pool {
            Some(pool) => pool.clone(),
            None => SqliteStore::open(None, &[]).await?.pool().clone(),
        };
        let endpoints = Endpoints::open(pool, &users, settings).await?;
        let shares = Shares::new(storage);
        let half = users::Half::new(
            behaviour,
            Arc::clone(&endpoints),
            shares.clone(),
            recoveries,
        );
        routes = routes
            .merge(users::router(base, half))
            .merge(provision::router(
                base,
                Arc::clone(&endpoints),
                shares.clone(),
            ));
        enrolment = Some(Enrolment {
            endpoints,
            webhooks: Some(shares),
        });
    }
    Ok(App {
        routes,
        pool,
        users: enrolment,
    })
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
        let rows = site.storage.found(&client).await?;
        site.recoveries.custodian_half_came(&client);
        rows
    };
    storage::show::answer(site, &rows)
}
