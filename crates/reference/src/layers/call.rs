//! One request as the layers see it: its route, its headers, and its body both raw and parsed.

use axum::body::{Bytes, to_bytes};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use serde_json::{Map, Value};

use super::{Site, text};
use crate::body::is_json_object;
use crate::fault::Fault;
use crate::freedom::Freedom;
use crate::journal::Entry;
use crate::refusal::Refusal;
use crate::server::{BODY_LIMIT, SECRET_HEADER};
use crate::store::UNKNOWN_METHOD;

/// Which of the two webhooks was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Store,
    Fetch,
    /// None of them.
    Elsewhere,
}

/// A request that was read to its end.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) route: Route,
    pub(super) parts: Parts,
    pub(super) body: Bytes,
    /// The body, if it is a JSON object.
    pub(super) json: Option<Map<String, Value>>,
}

impl Call {
    pub(super) async fn read(site: &Site, request: Request) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        let too_large = |_| Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large");
        let body = if site.has(Fault::PiecesDecoded) {
            text::from_pieces(body).await.map_err(too_large)?.into()
        } else {
            to_bytes(body, BODY_LIMIT).await.map_err(too_large)?
        };
        let body = if site.has(Fault::ChunksDecoded) {
            text::from_chunks(&body).into()
        } else {
            body
        };
        let route = match path(site, &parts) {
            Some("/backup") if parts.method == Method::POST => Route::Store,
            Some("/backup/fetch") if parts.method == Method::POST => Route::Fetch,
            _ => Route::Elsewhere,
        };
        let json = serde_json::from_slice(&body).ok();
        let call = Self {
            route,
            parts,
            body,
            json,
        };
        if let Some(client) = call.client() {
            call.tell_client(client);
        }
        Ok(call)
    }

    /// What stands behind the base path.
    pub(super) fn path(&self, site: &Site) -> Option<&str> {
        path(site, &self.parts)
    }

    /// Notes whose call it is, for the log.
    pub(super) fn tell_client(&self, client: &str) {
        if let Some(entry) = self.parts.extensions.get::<Entry>() {
            entry.tell_client(client);
        }
    }

    /// The headers as they came.
    pub(super) fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    /// The secret as it came; empty if there is none.
    pub(super) fn secret(&self) -> &[u8] {
        let given = self.headers().get(SECRET_HEADER);
        given.map_or(&b""[..], |value| value.as_bytes())
    }

    /// The value of a key of the body.
    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        self.json.as_ref()?.get(key)
    }

    /// Changes the body; null takes the key away.
    pub(super) fn set(&mut self, key: &str, value: Value) {
        if let Some(json) = &mut self.json {
            if value.is_null() {
                json.shift_remove(key);
            } else {
                json.insert(key.to_owned(), value);
            }
            self.body = Value::Object(json.clone()).to_string().into();
        }
    }

    /// The body with another share.
    pub(super) fn with_share(&self, share: &str) -> Vec<u8> {
        let mut json = self.json.clone().unwrap_or_default();
        json.insert("share".to_owned(), share.into());
        Value::Object(json).to_string().into()
    }

    /// The client, if usable.
    pub(super) fn client(&self) -> Option<&str> {
        self.get("clientId")?
            .as_str()
            .filter(|client| !client.is_empty())
    }

    /// The method, if usable: what has none counts as `UNKNOWN`.
    pub(super) fn method(&self) -> Option<&str> {
        match self.get("backupMethod") {
            None | Some(Value::Null) => Some(UNKNOWN_METHOD),
            Some(Value::String(method)) if method.is_empty() => Some(UNKNOWN_METHOD),
            Some(value) => value.as_str(),
        }
    }

    /// The share, if usable.
    pub(super) fn share(&self) -> Option<&str> {
        self.get("share")?
            .as_str()
            .filter(|share| is_json_object(share))
    }
}

fn path<'a>(site: &Site, parts: &'a Parts) -> Option<&'a str> {
    let path = parts.uri.path().strip_prefix(&*site.base)?;
    let unslashed = path.strip_suffix('/');
    let unslashed = unslashed.filter(|_| site.takes(Freedom::TrailingSlash));
    Some(unslashed.unwrap_or(path))
}
