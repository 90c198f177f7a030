//! The endpoints of the app with faults: who is let in, what is kept and given back, what Portal is told.
//!
//! Their requests pass no other layer: what the webhooks do wrong, these do right.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Extension, Path, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use axum::routing::put;

use super::storage::Storage;
use super::storage::table::Row;
use crate::behaviour::Behaviour;
use crate::fault::Fault;
use crate::journal::Entry;
use crate::layer::Layer;
use crate::refusal::Refusal;
use crate::server::{BODY_LIMIT, stored};
use crate::store::StoreError;
use crate::users::{Endpoints, PATH, User, UserShareBody, Webhooks, found, method_asked_for};
use crate::{Settings, Users};
use recovery::Recoveries;
use told::Told;

mod keep;
pub(super) mod recovery;
mod rows;
mod told;

/// The endpoints that this custodian has: those that it was told to, or those that one of its faults is in.
pub(super) fn wanted(settings: &Settings) -> Option<Users> {
    let mut faults = settings.faults.iter();
    let brought = faults.any(|fault| fault.layer() == Layer::Users);
    let alone = || Users {
        portal: None,
        custodian_key: "no Portal".into(),
    };
    settings.users.clone().or_else(|| brought.then(alone))
}

/// The half that the webhooks keep, as the endpoints of the app see it.
#[derive(Clone, Debug)]
pub(crate) struct Shares(Arc<Storage>);

impl Shares {
    pub(super) fn new(storage: Arc<Storage>) -> Self {
        Self(storage)
    }

    /// Serves this client from now on.
    pub(crate) async fn add(&self, client: &str) -> sqlx::Result<()> {
        self.0.add_user(client).await
    }
}

impl Webhooks for Shares {
    async fn know(&self, client: &str) -> Result<(), Refusal> {
        Ok(self.add(client).await?)
    }

    async fn keep_v5(&self, client: &str, share: &str) -> Result<(), Refusal> {
        self.0.put(client, None, share).await
    }

    async fn forget(&self, client: &str) -> Result<(), Refusal> {
        let forget = self.0.change(|table| table.remove_user(client));
        Ok(forget.await?)
    }
}

/// The half that the app keeps.
#[derive(Debug)]
pub(super) struct Half {
    behaviour: Arc<Behaviour>,
    endpoints: Arc<Endpoints>,
    shares: Shares,
    recoveries: Arc<Recoveries>,
    told: Told,
}

impl Half {
    pub(super) fn new(
        behaviour: Arc<Behaviour>,
        endpoints: Arc<Endpoints>,
        shares: Shares,
        recoveries: Arc<Recoveries>,
    ) -> Self {
        Self {
            behaviour,
            endpoints,
            shares,
            recoveries,
            told: Told::default(),
        }
    }

    fn has(&self, fault: Fault) -> bool {
        self.behaviour.has(fault)
    }

    /// The user of this client, if whoever asks is let in.
    async fn admit(&self, headers: &HeaderMap, client: &str) -> Result<User, Refusal> {
        if !self.has(Fault::UserShareNoToken) {
            if !self.has(Fault::UserShareAnybody) {
                return self.endpoints.admit(headers, client).await;
            }
            self.endpoints.who_asks(headers).await?;
        }
        let user = self.endpoints.store.user(client).await?;
        user.ok_or_else(|| StoreError::UnknownClient.into())
    }

    /// Removes the custodian shares of this method, of whatever curve.
    async fn take_custodian_shares(&self, client: &str, method: &str) -> sqlx::Result<()> {
        let bare = |method: &str| method.split('-').next().map(str::to_owned);
        let of_it = |row: &Row| &*row.client == client && bare(&row.method) == bare(method);
        self.shares.0.change(|table| table.remove(of_it)).await
    }
}

/// The routes below `base`.
pub(super) fn router(base: &str, half: Half) -> Router {
    Router::new()
        .route(&format!("{base}{PATH}"), put(store).get(fetch))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(Arc::new(half))
}

async fn store(
    State(half): State<Arc<Half>>,
    Path(client): Path<String>,
    Extension(entry): Extension<Entry>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let half = &half;
    let user = half.admit(&headers, &client).await?;
    entry.tell_client(&client);
    let share = match keep::read(half, &body) {
        Ok(share) => share,
        Err(refusal) => {
            keep::drop_first(half, &user, &body).await?;
            told::of_refused(half, &user, &body).await;
            return Err(refusal);
        }
    };
    let method = share.method.as_deref();
    let told = if half.has(Fault::PortalToldBefore) {
        Some(told::of_stored(half, &user, method).await)
    } else {
        None
    };
    let old = keep::there(half, &user, method).await?;
    if let Err(refusal) = keep::keep(half, &user, &share).await {
        told::of_failed(half, &user, method).await;
        return Err(refusal);
    }
    let told = match told {
        Some(told) => told,
        None => told::of_stored(half, &user, method).await,
    };
    if let Err(error) = told {
        if half.has(Fault::PortalDownDrops) {
            keep::roll_back(half, &user, method, old).await?;
        } else if !half.has(Fault::PortalDownHides) {
            return Err(error.into());
        }
    }
    Ok(stored())
}

async fn fetch(
    State(half): State<Arc<Half>>,
    Path(client): Path<String>,
    Extension(entry): Extension<Entry>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Refusal> {
    let user = half.admit(&headers, &client).await?;
    entry.tell_client(&client);
    let method = method_asked_for(&uri);
    let text = keep::find(&half, &user, method.as_deref()).await?;
    if text.is_some() {
        let place = keep::place(&half, method.as_deref());
        half.recoveries.user_half_came(&client, &place);
    }
    found(text)
}
