//! Clients for tests, by the protocol of `docs/provisioning.md`: makes one through Portal, or makes an id up, and takes
//! away with all its shares what was made.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{Router, post};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::json;
use subtle::ConstantTimeEq;
use tokio::sync::Mutex;

use super::{Endpoints, bearer};
use crate::journal::Entry;
use crate::portal_api::PortalError;
use crate::refusal::{Refusal, json_response};
use crate::store::SqliteStore;

/// The version of the protocol.
const VERSION: u32 = 1;

/// What becomes of a client in the half that the webhooks keep.
pub(crate) trait Webhooks: Send + Sync + 'static {
    /// Serves this client from now on.
    fn know(&self, client: &str) -> impl Future<Output = Result<(), Refusal>> + Send;
    /// Keeps a share as one from before the migration.
    fn keep_v5(
        &self,
        client: &str,
        share: &str,
    ) -> impl Future<Output = Result<(), Refusal>> + Send;
    /// Forgets this client, who has no row in the database any more.
    fn forget(&self, client: &str) -> impl Future<Output = Result<(), Refusal>> + Send;
}

/// Both halves are in one database: what was done to the user is done.
impl Webhooks for SqliteStore {
    async fn know(&self, _: &str) -> Result<(), Refusal> {
        Ok(())
    }

    async fn keep_v5(&self, client: &str, share: &str) -> Result<(), Refusal> {
        Ok(self.put(client, None, share).await?)
    }

    async fn forget(&self, _: &str) -> Result<(), Refusal> {
        Ok(())
    }
}

/// What a hook is asked for.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    version: u32,
    action: Action,
    idempotency_key: String,
    kind: Kind,
    share: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Action {
    Setup,
    Teardown,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Fresh,
    Reusable,
    WithV5Share,
}

/// Where clients are made.
#[derive(Debug)]
struct Provision<W> {
    endpoints: Arc<Endpoints>,
    webhooks: W,
    /// One set-up at a time: two of one key must not make two clients.
    turn: Mutex<()>,
}

/// The route below `base`.
pub(crate) fn router<W: Webhooks>(base: &str, endpoints: Arc<Endpoints>, webhooks: W) -> Router {
    let provision = Provision {
        endpoints,
        webhooks,
        turn: Mutex::default(),
    };
    Router::new()
        .route(&format!("{base}/provision"), post(handle::<W>))
        .with_state(Arc::new(provision))
}

async fn handle<W: Webhooks>(
    State(provision): State<Arc<Provision<W>>>,
    Extension(entry): Extension<Entry>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let secret = provision.endpoints.secret.expose_secret().as_bytes();
    let given = bearer(&headers).unwrap_or_default().as_bytes();
    if !bool::from(given.ct_eq(secret)) {
        let message = "the secret is missing or wrong: send the webhook secret as a bearer token";
        return Err(Refusal::new(StatusCode::UNAUTHORIZED, message));
    }
    let asked: Asked = serde_json::from_slice(&body)
        .map_err(|_| Refusal::unusable("the body is no request for a test client"))?;
    if asked.version != VERSION || asked.idempotency_key.is_empty() {
        return Err(Refusal::unusable("only version 1 is spoken, with a key"));
    }
    let _turn = provision.turn.lock().await;
    match asked.action {
        Action::Setup => provision.set_up(&asked, &entry).await,
        Action::Teardown => provision.tear_down(&asked, &entry).await,
    }
}

impl<W: Webhooks> Provision<W> {
    async fn set_up(&self, asked: &Asked, entry: &Entry) -> Result<Response, Refusal> {
        let share = match asked.kind {
            Kind::Fresh | Kind::Reusable => None,
            Kind::WithV5Share => Some(asked.share.as_deref().ok_or(NO_SHARE)?),
        };
        let client = self.client(&asked.idempotency_key).await?;
        entry.tell_client(&client);
        self.webhooks.know(&client).await?;
        if let Some(share) = share {
            self.webhooks.keep_v5(&client, share).await?;
        }
        let token = self.endpoints.tokens.of(&client);
        let answer = json!({ "clientId": client, "user": client, "token": token });
        Ok(json_response(StatusCode::OK, &answer))
    }

    /// The client of this set-up, made unless it came before.
    async fn client(&self, key: &str) -> Result<String, Refusal> {
        let endpoints = &self.endpoints;
        if let Some(client) = endpoints.store.noted(key).await? {
            return Ok(client);
        }
        let (client, api_key) = match &endpoints.portal {
            Some(portal) => {
                let made = portal.make_client().await.map_err(not_made)?;
                (made.id, Some(made.api_key))
            }
            None => (format!("test-{:032x}", fastrand::u128(..)), None),
        };
        endpoints.store.enrol(&client, api_key.as_ref()).await?;
        endpoints.store.note(key, &client).await?;
        Ok(client)
    }

    /// Takes away what a set-up of this key has made, and nothing else: a user who was not made here stays.
    async fn tear_down(&self, asked: &Asked, entry: &Entry) -> Result<Response, Refusal> {
        let client = self.endpoints.store.noted(&asked.idempotency_key).await?;
        if let Some(client) = &client {
            entry.tell_client(client);
            self.endpoints.store.remove(client).await?;
            self.webhooks.forget(client).await?;
        }
        let answer = json!({ "removed": client.is_some() });
        Ok(json_response(StatusCode::OK, &answer))
    }
}

const NO_SHARE: Refusal = Refusal::unusable("a client with a v5 share needs the text of it");

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn not_made(error: PortalError) -> Refusal {
    let message = "Portal made no client";
    Refusal::new(StatusCode::BAD_GATEWAY, message).because(error.to_string())
}
