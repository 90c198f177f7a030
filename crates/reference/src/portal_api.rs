//! The part of Portal's REST API that a custodian's backend calls: makes a client, tells of a user share.
//!
//! Over plain http only, as the local Portal serves it: what the reference custodian is told in tests can never be told
//! to the real Portal, whose address begins with https.

use std::fmt;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderValue, Method, Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::time::timeout;
use url::Url;

use super::refusal::Refusal;

/// Where Portal is told of a user share.
pub(super) const STORED: &str = "/api/v2/clients/me/wallet/stored-client-backup-share";

/// Where a client is made.
const CLIENTS: &str = "/api/v3/custodians/me/clients";

/// How long Portal may take; the app waits for it.
const PATIENCE: Duration = Duration::from_secs(3);

/// The largest answer that is read, in bytes.
const ANSWER_LIMIT: usize = 256 * 1024;

/// A client that Portal has made.
#[derive(Debug)]
pub(super) struct NewClient {
    /// What Portal calls it.
    pub(super) id: String,
    /// With what its user's calls are made.
    pub(super) api_key: SecretString,
}

/// Why Portal did not do what it was asked. Its own words are no part of it: they may hold anything.
#[derive(Debug, thiserror::Error)]
pub(super) enum PortalError {
    /// The key cannot stand in a header.
    #[error("the key for Portal is no text that a header can hold")]
    Key,
    /// Nothing listens there, or the connection broke.
    #[error("Portal cannot be reached: {0}")]
    Unreachable(#[from] hyper_util::client::legacy::Error),
    /// It took too long.
    #[error("Portal did not answer within 3 s")]
    Late,
    /// It said no.
    #[error("Portal answered {0}")]
    Status(StatusCode),
    /// It made a client and did not say which.
    #[error("Portal's answer has no id and clientApiKey")]
    Answer,
}

impl From<PortalError> for Refusal {
    fn from(error: PortalError) -> Self {
        Self::new(
            StatusCode::BAD_GATEWAY,
            "Portal could not be told: what was sent is kept, send it again later",
        )
        .because(error.to_string())
    }
}

/// A Portal to call.
pub(super) struct PortalApi {
    base: String,
    custodian_key: SecretString,
    client: Client<HttpConnector, Body>,
}

impl PortalApi {
    /// The Portal at this address, such as `http://127.0.0.1:4000`; none if it is no plain address of http.
    pub(super) fn at(address: &str, custodian_key: SecretString) -> Option<Self> {
        let url = Url::parse(address).ok()?;
        let plain = url.scheme() == "http"
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        let mut connector = HttpConnector::new();
        // Small requests must not wait for each other.
        connector.set_nodelay(true);
        plain.then(|| Self {
            base: url.as_str().trim_end_matches('/').to_owned(),
            custodian_key,
            client: Client::builder(TokioExecutor::new()).build(connector),
        })
    }

    /// The custodian's own key.
    pub(super) fn custodian_key(&self) -> &SecretString {
        &self.custodian_key
    }

    /// Makes a client.
    pub(super) async fn make_client(&self) -> Result<NewClient, PortalError> {
        let body = self
            .send(Method::POST, CLIENTS, &self.custodian_key, &json!({}))
            .await?;
        let text = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
        match (text("id"), text("clientApiKey")) {
            (Some(id), Some(key)) if !id.is_empty() => Ok(NewClient {
                id,
                api_key: key.into(),
            }),
            _ => Err(PortalError::Answer),
        }
    }

    /// Says whether the user share of this method was stored, with the key of the client.
    pub(super) async fn tell(
        &self,
        client_key: &SecretString,
        success: bool,
        method: &str,
    ) -> Result<(), PortalError> {
        let body = json!({ "success": success, "backupMethod": method });
        self.send(Method::PUT, STORED, client_key, &body).await?;
        Ok(())
    }

    /// Sends a request and gives the JSON of its answer, null if that is none.
    pub(super) async fn send(
        &self,
        verb: Method,
        path: &str,
        key: &SecretString,
        body: &Value,
    ) -> Result<Value, PortalError> {
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", key.expose_secret()))
            .map_err(|_| PortalError::Key)?;
        bearer.set_sensitive(true);
        let request = Request::builder()
            .method(verb)
            .uri(format!("{}{path}", self.base))
            .header(AUTHORIZATION, bearer)
            .header(CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .map_err(|_| PortalError::Key)?;
        let exchange = async {
            let response = self.client.request(request).await?;
            let status = response.status();
            if !status.is_success() {
                return Err(PortalError::Status(status));
            }
            let body = to_bytes(Body::new(response.into_body()), ANSWER_LIMIT).await;
            Ok(serde_json::from_slice(&body.unwrap_or_default()).unwrap_or_default())
        };
        timeout(PATIENCE, exchange)
            .await
            .map_err(|_| PortalError::Late)?
    }
}

impl fmt::Debug for PortalApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PortalApi")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_addresses_of_http_are_called() {
        let at = |address| PortalApi::at(address, "key".into()).map(|portal| portal.base);
        assert_eq!(at("http://127.0.0.1:4/"), Some("http://127.0.0.1:4".into()));
        assert_eq!(at("http://a:4/b/"), Some("http://a:4/b".into()));
        for address in [
            "https://api.portalhq.io",
            "a:4",
            "",
            "http://",
            "http://u:p@a",
            "http://a?b",
        ] {
            assert_eq!(at(address), None, "{address}");
        }
    }
}
