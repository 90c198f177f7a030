//! The endpoints of the app: the user's encrypted half is kept and given back by its method, and Portal is told.
//!
//! In goes what `portal.backup()` gave the app, out comes what `portal.recover()` needs. Nothing here knows of faults.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Extension, Path, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use axum::routing::{Router, put};
use secrecy::SecretString;
use serde_json::json;
use sqlx::SqlitePool;
use url::form_urlencoded;

use super::journal::Entry;
use super::portal_api::{PortalApi, PortalError};
use super::refusal::{Refusal, json_response};
use super::server::{BODY_LIMIT, stored};
use super::store::UNKNOWN_METHOD;
use super::{Settings, StartError, Users};
pub(super) use body::UserShareBody;
pub(super) use provision::Webhooks;
pub(super) use store::{User, UserStore};
use token::Tokens;

mod body;
pub(super) mod provision;
mod store;
mod token;

/// Where an app keeps and finds its user share, below the base path.
pub(super) const PATH: &str = "/users/{clientId}/backup-share";

/// What stands behind the endpoints.
#[derive(Debug)]
pub(super) struct Endpoints {
    /// Where users and their shares are kept.
    pub(super) store: UserStore,
    /// With what users are let in.
    pub(super) tokens: Tokens,
    /// Who is told; nobody where there is no Portal.
    pub(super) portal: Option<PortalApi>,
    /// What opens the endpoint that makes clients.
    pub(super) secret: SecretString,
}

impl Endpoints {
    /// Over a database that has the tables.
    pub(super) async fn open(
        pool: SqlitePool,
        users: &Users,
        settings: &Settings,
    ) -> Result<Arc<Self>, StartError> {
        let portal = |address: &String| {
            let portal = PortalApi::at(address, users.custodian_key.clone());
            portal.ok_or(StartError::PortalAddress)
        };
        Ok(Arc::new(Self {
            portal: users.portal.as_ref().map(portal).transpose()?,
            store: UserStore::open(pool).await?,
            tokens: Tokens::new(settings.secret.clone()),
            secret: settings.secret.clone(),
        }))
    }

    /// The user of this client, if it is the one who asks.
    pub(super) async fn admit(&self, headers: &HeaderMap, client: &str) -> Result<User, Refusal> {
        let user = self.who_asks(headers).await?;
        if user.client == client {
            return Ok(user);
        }
        let message = "the token is another user's";
        Err(Refusal::new(StatusCode::FORBIDDEN, message))
    }

    /// The user whose token this is.
    pub(super) async fn who_asks(&self, headers: &HeaderMap) -> Result<User, Refusal> {
        let message = "the token is missing or wrong";
        let nobody = || Refusal::new(StatusCode::UNAUTHORIZED, message);
        let client = bearer(headers).and_then(|token| self.tokens.client(token));
        let client = client.ok_or_else(nobody)?;
        self.store.user(&client).await?.ok_or_else(nobody)
    }

    /// Keeps a user share in the place of the one of the same method.
    async fn keep(&self, user: &User, share: &UserShareBody) -> Result<(), Refusal> {
        share.fits()?;
        let method = share.method.as_deref().unwrap_or(UNKNOWN_METHOD);
        let done = self.store.put(&user.client, method, &share.cipher_text);
        Ok(done.await?)
    }

    /// Tells Portal whether the user share of this method was stored.
    pub(super) async fn tell(
        &self,
        user: &User,
        success: bool,
        method: Option<&str>,
    ) -> Result<(), PortalError> {
        let Some(portal) = &self.portal else {
            return Ok(());
        };
        let method = method.unwrap_or(UNKNOWN_METHOD);
        portal.tell(&user.api_key, success, method).await
    }
}

/// The routes below `base`, which is empty or starts with a slash and does not end with one.
pub(super) fn router(base: &str, endpoints: Arc<Endpoints>) -> Router {
    Router::new()
        .route(&format!("{base}{PATH}"), put(store).get(fetch))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(endpoints)
}

async fn store(
    State(endpoints): State<Arc<Endpoints>>,
    Path(client): Path<String>,
    Extension(entry): Extension<Entry>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let user = endpoints.admit(&headers, &client).await?;
    entry.tell_client(&client);
    let share = UserShareBody::read(&body)?;
    let method = share.method.as_deref();
    if let Err(refusal) = endpoints.keep(&user, &share).await {
        // The app learns of this failure in any case, whether Portal does or not.
        drop(endpoints.tell(&user, false, method).await);
        return Err(refusal);
    }
    // Only now, and never before: Portal lets the user recover by what it was told is there.
    endpoints.tell(&user, true, method).await?;
    Ok(stored())
}

async fn fetch(
    State(endpoints): State<Arc<Endpoints>>,
    Path(client): Path<String>,
    Extension(entry): Extension<Entry>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Refusal> {
    let user = endpoints.admit(&headers, &client).await?;
    entry.tell_client(&client);
    let method = method_asked_for(&uri);
    let method = method.as_deref().unwrap_or(UNKNOWN_METHOD);
    found(endpoints.store.get(&user.client, method).await?)
}

/// The answer to a fetch that found this text, or none.
pub(super) fn found(text: Option<String>) -> Result<Response, Refusal> {
    let nothing = || Refusal::new(StatusCode::NOT_FOUND, "no user share of this method");
    let text = text.ok_or_else(nothing)?;
    Ok(json_response(
        StatusCode::OK,
        &json!({ "cipherText": text }),
    ))
}

/// The method that a fetch names; none if it names none.
pub(super) fn method_asked_for(uri: &Uri) -> Option<String> {
    let mut query = form_urlencoded::parse(uri.query()?.as_bytes());
    let (_, method) = query.find(|(key, _)| key == "backupMethod")?;
    (!method.is_empty()).then(|| method.into_owned())
}

/// What a request brings as its bearer token.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let given = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = given.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
