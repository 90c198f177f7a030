//! How a body is read and checked: what is refused, and what is taken for usable that is not.

use axum::http::StatusCode;
use serde_json::Value;

use super::Site;
use super::call::{Call, Route};
use super::storage::place::paired;
use super::text::js_string;
use crate::body::StoreBody;
use crate::fault::Fault;
use crate::freedom::Freedom;
use crate::refusal::Refusal;

/// The body of a store, if it can be used.
pub(super) fn read(site: &Site, call: &Call) -> Result<StoreBody, Refusal> {
    let method = call.get("backupMethod");
    let empty = method.is_some_and(|method| method.is_null() || method == "");
    if empty && site.takes(Freedom::NullMethodRefused) {
        return Err(Refusal::unusable("backupMethod is empty"));
    }
    let mut body = if let Some(text) = any_text(site, call) {
        let usable = StoreBody::read(&call.with_share("{}"), site.contract)?;
        let share = text.to_owned();
        StoreBody { share, ..usable }
    } else {
        StoreBody::read(&call.body, site.contract)?
    };
    let pair = call.get("backupSharePairId").and_then(Value::as_str);
    if let (Some(pair), Some(method)) = (pair, &mut body.method)
        && site.takes(Freedom::SharePerPair)
    {
        *method = paired(method, pair);
    }
    Ok(body)
}

/// A share that is not the text of a JSON object, where any text is taken.
fn any_text<'a>(site: &Site, call: &'a Call) -> Option<&'a str> {
    let text = call.get("share")?.as_str()?;
    let other = !text.is_empty() && call.share().is_none();
    (other && site.takes(Freedom::AnyText)).then_some(text)
}

/// Refuses keys that nobody documented.
pub(super) fn no_extra_keys(site: &Site, call: &Call) -> Result<(), Refusal> {
    let known: &[&str] = match call.route {
        Route::Store => &["clientId", "share", "backupMethod"],
        Route::Fetch | Route::Elsewhere => &["clientId"],
    };
    let mut keys = call.json.iter().flat_map(|json| json.keys());
    if !site.has(Fault::ExtraKeysRefused) || keys.all(|key| known.contains(&key.as_str())) {
        return Ok(());
    }
    Err(Refusal::unusable("the body has keys that are not allowed"))
}

/// Takes a method for another, and does what a method of another type does.
pub(super) async fn misread_method(site: &Site, call: &mut Call) -> Result<(), Refusal> {
    if let Some(value) = call.get("backupMethod") {
        let falsy = value == &Value::Bool(false) || value.as_f64() == Some(0.0);
        if site.has(Fault::MethodCoerced) && !value.is_null() && !value.is_string() {
            let method = js_string(value);
            call.set("backupMethod", method.into());
        } else if site.has(Fault::FalsyMethodIsUnknown) && falsy {
            call.set("backupMethod", Value::Null);
        }
    }
    let (Some(client), Some(_)) = (call.client(), call.share()) else {
        return Ok(());
    };
    let method = call.get("backupMethod");
    let none = method.is_some_and(|method| method.is_null() || method == "");
    if site.has(Fault::FalsyMethodWipes) && none {
        site.storage.delete_client(client).await?;
    }
    if site.has(Fault::MethodObjectDeletes)
        && method.is_some_and(|method| method.is_object() || method.is_array())
    {
        site.storage.delete_client(client).await?;
        return Err(database_error());
    }
    Ok(())
}

/// What is done where the share, or the whole body, is of no use. True if the store counts as done.
pub(super) async fn took_what_is_unusable(site: &Site, call: &Call) -> Result<bool, Refusal> {
    if call.json.is_none() {
        return malformed(site, call).await;
    }
    let (Some(client), Some(method)) = (call.client(), call.method()) else {
        return Ok(false);
    };
    let given = call.get("share");
    let is_text = given.is_some_and(Value::is_string);
    let text = given
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty());
    if site.has(Fault::ShareToString) && !is_text {
        let share = given.map_or_else(|| "undefined".to_owned(), js_string);
        site.storage.put(client, Some(method), &share).await?;
        return Ok(true);
    }
    if site.has(Fault::EmptyShareStored) && is_text && text.is_none() {
        site.storage.put(client, Some(method), "").await?;
        return Ok(true);
    }
    if site.has(Fault::AckNoShare) && text.is_none() {
        return Ok(true);
    }
    let unusable = call.share().is_none();
    if site.has(Fault::NoShareDeletes) && text.is_none()
        || site.has(Fault::RefuseAfterDelete) && unusable
    {
        site.storage.delete_slot(client, method).await?;
    }
    if site.has(Fault::DeleteSurvivesFailedInsert)
        && text.is_some_and(|text| unusable || text.len() > 256 * 1024)
    {
        site.storage.delete_slot(client, method).await?;
        return Err(database_error());
    }
    Ok(false)
}

/// A store whose body is no JSON object.
async fn malformed(site: &Site, call: &Call) -> Result<bool, Refusal> {
    if site.has(Fault::Malformed200) {
        return Ok(true);
    }
    if site.has(Fault::SurrogateDestroys) {
        let mended = String::from_utf8_lossy(&call.body).replace("\\ud800", "");
        let text = |key: &str| {
            let body: Value = serde_json::from_str(&mended).ok()?;
            Some(body.get(key)?.as_str()?.to_owned())
        };
        if let (Some(client), Some(method)) = (text("clientId"), text("backupMethod")) {
            site.storage.delete_slot(&client, &method).await?;
            return Err(database_error());
        }
    }
    Ok(false)
}

/// What is answered where the database has failed.
pub(super) fn database_error() -> Refusal {
    Refusal::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "the database did not answer",
    )
}
