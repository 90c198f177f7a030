//! What is kept of a user share, in whose place, and which one is given back.

use serde_json::Value;

use super::{Half, User, UserShareBody, rows};
use crate::fault::Fault;
use crate::refusal::Refusal;
use crate::store::UNKNOWN_METHOD;

/// Where a user share without a method goes if `UNKNOWN` does not find it.
const NO_METHOD: &str = "\u{1}UNKNOWN";

/// A user share that can be kept, or is taken for one.
pub(super) fn read(half: &Half, body: &[u8]) -> Result<UserShareBody, Refusal> {
    let mut json: Option<Value> = None;
    if let Ok(Value::Object(mut object)) = serde_json::from_slice(body) {
        if half.has(Fault::UserShareUndefined) && !object.contains_key("cipherText") {
            object.insert("cipherText".to_owned(), "undefined".into());
        }
        if half.has(Fault::UserShareIgnoresMethod) {
            object.shift_remove("backupMethod");
        }
        json = Some(Value::Object(object));
    }
    match json {
        Some(json) => UserShareBody::read(json.to_string().as_bytes()),
        None => UserShareBody::read(body),
    }
}

/// Where the user share of this method is kept.
pub(super) fn place(half: &Half, method: Option<&str>) -> String {
    let one = [Fault::UserShareSingle, Fault::UserShareIgnoresMethod];
    let place = match method {
        Some(_) if half.behaviour.has_any(&one) => UNKNOWN_METHOD,
        Some(method) => method,
        None if half.has(Fault::UserShareUnknownLost) => NO_METHOD,
        None => UNKNOWN_METHOD,
    };
    place.to_owned()
}

/// The text that is in the place of this method.
pub(super) async fn there(
    half: &Half,
    user: &User,
    method: Option<&str>,
) -> sqlx::Result<Option<String>> {
    let pool = half.endpoints.store.pool();
    rows::exactly(pool, &user.client, &place(half, method)).await
}

/// Keeps a user share, and does to the others what is done to them.
pub(super) async fn keep(half: &Half, user: &User, share: &UserShareBody) -> Result<(), Refusal> {
    share.fits()?;
    let (store, client) = (&half.endpoints.store, &user.client);
    let method = share.method.as_deref();
    let place = place(half, method);
    if half.has(Fault::UserShareTakesCustodianShares) {
        let method = method.unwrap_or(UNKNOWN_METHOD);
        half.take_custodian_shares(client, method).await?;
    }
    half.recoveries.backed_up(client);
    let stays = half.has(Fault::UserShareKeepFirst) && there(half, user, method).await?.is_some()
        || half.has(Fault::RecoveryKeepsOldUserShare) && half.recoveries.were_by(client, &place);
    if stays {
        return Ok(());
    }
    if half.has(Fault::UserShareDropsOthers) {
        rows::delete_others(store.pool(), client, &place).await?;
    }
    let by_age = [Fault::UserShareLatest, Fault::UserShareMixedUp];
    if half.behaviour.has_any(&by_age) {
        // A row that is changed keeps its number: the newest one has to be made anew.
        rows::delete(store.pool(), client, &place).await?;
    }
    store
        .put(client, &place, &written(half, &share.cipher_text))
        .await?;
    Ok(())
}

/// Puts back what was there before.
pub(super) async fn roll_back(
    half: &Half,
    user: &User,
    method: Option<&str>,
    old: Option<String>,
) -> sqlx::Result<()> {
    let (store, place) = (&half.endpoints.store, place(half, method));
    match old {
        Some(old) => store.put(&user.client, &place, &old).await,
        None => rows::delete(store.pool(), &user.client, &place).await,
    }
}

/// Removes the user share in whose place one came that was refused.
pub(super) async fn drop_first(half: &Half, user: &User, body: &[u8]) -> sqlx::Result<()> {
    if !half.has(Fault::UserShareDropsFirst) {
        return Ok(());
    }
    let method = method_of(body);
    let place = place(half, method.as_deref());
    rows::delete(half.endpoints.store.pool(), &user.client, &place).await
}

/// The method of a body that may be of no use otherwise.
pub(super) fn method_of(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let method = body.get("backupMethod")?.as_str()?;
    (!method.is_empty()).then(|| method.to_owned())
}

/// The text that is given back to who asks for this method.
pub(super) async fn find(
    half: &Half,
    user: &User,
    method: Option<&str>,
) -> sqlx::Result<Option<String>> {
    let (pool, client) = (half.endpoints.store.pool(), &user.client);
    if half.has(Fault::UserShareLatest) {
        return rows::latest_of(pool, client).await;
    }
    let mut text = there(half, user, method).await?;
    let fallback = place(half, None);
    let named = method.is_some_and(|method| method != UNKNOWN_METHOD);
    if text.is_none() && named && !half.has(Fault::UserShareNoFallback) {
        text = rows::exactly(pool, client, &fallback).await?;
    }
    if text.is_some() && half.has(Fault::UserShareMixedUp) {
        return rows::latest(pool).await;
    }
    Ok(text)
}

/// The text that is kept.
fn written(half: &Half, text: &str) -> String {
    let mut text = text.to_owned();
    if half.has(Fault::UserSharePlus) {
        text = text.replace('+', " ");
    }
    if half.has(Fault::UserShareTruncates) {
        text.truncate(text.floor_char_boundary(65_535));
    }
    if half.has(Fault::UserShare255) {
        text = text.chars().take(255).collect();
    }
    text
}
