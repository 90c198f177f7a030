//! Faults of taking for usable what is not, and of what a refusal leaves behind.

use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::response::Response;
use axum::{RequestExt, extract::Request};
use serde_json::Value;

use super::Site;
use super::call::{Call, Route};
use super::texts::js_string;
use super::{lookup, operators, replacement};
use crate::reference::fault::Fault;
use crate::reference::refusal::Refusal;
use crate::reference::server::{fetched, stored};
use crate::reference::store::Store;

type Misreading = Result<Option<Response>, Refusal>;

/// Changes the call, or answers it, as the fault does.
pub(super) async fn misread(site: &Site, call: &mut Call) -> Misreading {
    match call.route {
        Route::Store => {
            client(site, call).await?;
            match store_client(site, call).await? {
                None => share(site, call).await,
                answered => Ok(answered),
            }
        }
        Route::Fetch => {
            client(site, call).await?;
            fetch(site, call).await
        }
        Route::Elsewhere => Ok(None),
    }
}

/// On both routes.
async fn client(site: &Site, call: &mut Call) -> Result<(), Refusal> {
    let given = call.get("clientId");
    let taken_for = match (site.fault, given) {
        (Fault::MissingClientBucket, None) if call.json.is_some() => "undefined".to_owned(),
        (Fault::MissingClientBucket, Some(Value::Null)) => "null".to_owned(),
        (Fault::ClientCoerced, Some(value)) if !value.is_null() && !value.is_string() => {
            js_string(value)
        }
        (Fault::ExtraKeysRefused, _) => return no_extra_keys(call),
        _ => return Ok(()),
    };
    if call.route == Route::Store && !taken_for.is_empty() {
        site.store.good.add_client(&taken_for).await?;
    }
    call.set("clientId", taken_for.into());
    Ok(())
}

/// Stores whose client or method is misread.
async fn store_client(site: &Site, call: &mut Call) -> Misreading {
    match (site.fault, call.get("clientId")) {
        (Fault::MissingClientHitsAll, None | Some(Value::Null)) => {
            if let (Some(method), Some(share)) = (call.method(), call.share()) {
                return overwrite(site, |_| true, method, share).await;
            }
        }
        (Fault::ClientOperatorStore, Some(query @ (Value::Object(_) | Value::Array(_)))) => {
            if let (Some(method), Some(share)) = (call.method(), call.share()) {
                return overwrite(site, |id| operators::matches(query, id), method, share).await;
            }
        }
        _ => {}
    }
    match (site.fault, call.get("backupMethod")) {
        (Fault::MethodCoerced, Some(value)) if !value.is_null() && !value.is_string() => {
            let method = js_string(value);
            call.set("backupMethod", method.into());
        }
        (Fault::FalsyMethodIsUnknown, Some(value))
            if value == &Value::Bool(false) || value.as_f64() == Some(0.0) =>
        {
            call.set("backupMethod", Value::Null);
        }
        (Fault::FalsyMethodWipes, method)
            if method.is_none_or(|method| method.is_null() || method == "") =>
        {
            if let (Some(client), Some(_)) = (call.client(), call.share()) {
                replacement::delete_client(&site.store, client).await?;
            }
        }
        (Fault::MethodObjectDeletes, Some(Value::Object(_) | Value::Array(_))) => {
            if let (Some(client), Some(_)) = (call.client(), call.share()) {
                replacement::delete_client(&site.store, client).await?;
                return Err(database_error());
            }
        }
        _ => {}
    }
    Ok(None)
}

/// Stores whose share, or whole body, is misread.
async fn share(site: &Site, call: &Call) -> Misreading {
    if site.fault == Fault::HangsUp && call.body.len() > 32 * 1024 {
        return Ok(Some(hang_up()));
    }
    if site.fault == Fault::Malformed200 && call.json.is_none() {
        return Ok(Some(stored()));
    }
    if site.fault == Fault::SurrogateDestroys && call.json.is_none() {
        let mended = String::from_utf8_lossy(&call.body).replace("\\ud800", "");
        let text = |key: &str| {
            let body: Value = serde_json::from_str(&mended).ok()?;
            Some(body.get(key)?.as_str()?.to_owned())
        };
        if let (Some(client), Some(method)) = (text("clientId"), text("backupMethod")) {
            replacement::delete_slot(&site.store, &client, &method).await?;
            return Err(database_error());
        }
    }
    let (Some(client), Some(method)) = (call.client(), call.method()) else {
        return Ok(None);
    };
    let given = call.get("share");
    let text = given
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty());
    match site.fault {
        Fault::ShareToString if !given.is_some_and(Value::is_string) => {
            let share = given.map_or_else(|| "undefined".to_owned(), js_string);
            site.store.put(client, Some(method), &share).await?;
            return Ok(Some(stored()));
        }
        Fault::EmptyShareStored if given.is_some_and(|given| given == "") => {
            site.store.put(client, Some(method), "").await?;
            return Ok(Some(stored()));
        }
        Fault::AckNoShare if text.is_none() => return Ok(Some(stored())),
        Fault::NoShareDeletes if text.is_none() => {
            replacement::delete_slot(&site.store, client, method).await?;
        }
        Fault::RefuseAfterDelete if call.share().is_none() => {
            replacement::delete_slot(&site.store, client, method).await?;
        }
        Fault::DeleteSurvivesFailedInsert
            if text.is_some_and(|text| call.share().is_none() || text.len() > 256 * 1024) =>
        {
            replacement::delete_slot(&site.store, client, method).await?;
            return Err(database_error());
        }
        _ => {}
    }
    Ok(None)
}

async fn fetch(site: &Site, call: &Call) -> Misreading {
    let wanted: Box<dyn Fn(&str) -> bool + Send> = match (site.fault, call.get("clientId")) {
        (Fault::FetchWithoutClientReturnsAll, given)
            if given.is_none_or(|given| given.is_null() || given == "") =>
        {
            Box::new(|_| true)
        }
        (Fault::ClientOperator, Some(query @ (Value::Object(_) | Value::Array(_)))) => {
            Box::new(|id| operators::matches(query, id))
        }
        _ => return Ok(None),
    };
    let found = lookup::everything(&site.store).await?;
    let shares = found
        .into_iter()
        .filter(|found| wanted(&found.client))
        .map(|found| found.share);
    fetched(site.contract, shares.collect()).map(Some)
}

/// Replaces the share of this method for every client that has one and is meant.
async fn overwrite(
    site: &Site,
    meant: impl Fn(&str) -> bool,
    method: &str,
    share: &str,
) -> Misreading {
    for found in lookup::everything(&site.store).await? {
        if found.method == method && meant(&found.client) {
            site.store.put(&found.client, Some(method), share).await?;
        }
    }
    Ok(Some(stored()))
}

fn no_extra_keys(call: &Call) -> Result<(), Refusal> {
    let known: &[&str] = match call.route {
        Route::Store => &["clientId", "share", "backupMethod"],
        Route::Fetch | Route::Elsewhere => &["clientId"],
    };
    let mut keys = call.json.iter().flat_map(|json| json.keys());
    if keys.all(|key| known.contains(&key.as_str())) {
        Ok(())
    } else {
        Err(Refusal::unusable("the body has keys that are not allowed"))
    }
}

fn database_error() -> Refusal {
    Refusal::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "the database did not answer",
    )
}

/// An answer whose body fails before anything was sent, upon which the server closes the connection.
fn hang_up() -> Response {
    let mut failing = Request::new(Body::from("--"));
    DefaultBodyLimit::max(1).apply(&mut failing);
    Response::new(failing.with_limited_body().into_body())
}
