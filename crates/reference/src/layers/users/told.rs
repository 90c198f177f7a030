//! What Portal is told of user shares, when, and with which key.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::http::Method;
use serde_json::json;

use super::{Half, User, keep};
use crate::fault::Fault;
use crate::portal_api::{PortalApi, PortalError, STORED};
use crate::store::UNKNOWN_METHOD;

/// The same by version 1 of the API.
const STORED_V1: &str = "/api/v1/clients/me/wallet/stored-client-backup-share";

/// By which method Portal was told of each client for the first time.
#[derive(Debug, Default)]
pub(super) struct Told(Mutex<HashMap<String, String>>);

impl Told {
    fn first(&self, client: &str, method: &str) -> String {
        let mut first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = first.entry(client.to_owned());
        first.or_insert_with(|| method.to_owned()).clone()
    }
}

/// Tells that the user share of this method is stored.
pub(super) async fn of_stored(
    half: &Half,
    user: &User,
    method: Option<&str>,
) -> Result<(), PortalError> {
    tell(half, user, true, method).await
}

/// Tells that the user share of this method could not be kept.
pub(super) async fn of_failed(half: &Half, user: &User, method: Option<&str>) {
    if !half.has(Fault::PortalFailureUntold) {
        let success = half.has(Fault::PortalToldAnyway);
        // The app learns of the failure in any case.
        drop(tell(half, user, success, method).await);
    }
}

/// Tells of a user share that was refused, which is nothing to tell of.
pub(super) async fn of_refused(half: &Half, user: &User, body: &[u8]) {
    if half.has(Fault::PortalToldAnyway) {
        let method = keep::method_of(body);
        drop(tell(half, user, true, method.as_deref()).await);
    }
}

async fn tell(
    half: &Half,
    user: &User,
    success: bool,
    method: Option<&str>,
) -> Result<(), PortalError> {
    let Some(portal) = &half.endpoints.portal else {
        return Ok(());
    };
    if half.has(Fault::PortalUntold) {
        return Ok(());
    }
    let mut method = method.unwrap_or(UNKNOWN_METHOD).to_owned();
    if half.has(Fault::PortalToldWrongMethod) {
        method = half.told.first(&user.client, &method);
    }
    let (path, body) = if half.has(Fault::PortalToldV1) {
        (STORED_V1, json!({ "success": success }))
    } else if half.has(Fault::PortalToldBare) {
        (STORED, json!({ "success": success }))
    } else {
        (
            STORED,
            json!({ "success": success, "backupMethod": method }),
        )
    };
    let key = key(half, portal, user);
    portal.send(Method::PUT, path, key, &body).await?;
    Ok(())
}

fn key<'a>(half: &Half, portal: &'a PortalApi, user: &'a User) -> &'a secrecy::SecretString {
    if half.has(Fault::PortalToldCustodianKey) {
        portal.custodian_key()
    } else {
        &user.api_key
    }
}
