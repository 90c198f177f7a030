//! What a fetch shows: which of the rows that were found, and in which form.

use std::collections::HashSet;

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::table::Row;
use crate::Contract;
use crate::behaviour::Behaviour;
use crate::fault::Fault;
use crate::freedom::Freedom;
use crate::layers::{Site, text};
use crate::refusal::{Refusal, json_response};
use crate::store::UNKNOWN_METHOD;

/// The answer to a fetch that found these rows.
pub(crate) fn answer(site: &Site, rows: &[Row]) -> Result<Response, Refusal> {
    let mut body = match site.contract {
        Contract::V6 => in_v6(&site.behaviour, &ordered(site, rows))?,
        Contract::V5 => in_v5(&site.behaviour, rows)?,
    };
    if site.takes(Freedom::MoreKeys) {
        body["count"] = rows.len().into();
        body["methods"] = rows.iter().map(|row| &*row.method).collect();
        body["next"] = Value::Null;
    }
    Ok(json_response(StatusCode::OK, &body))
}

/// The rows in the order in which the answer has them: by method, as the unique key of the correct custodian gives them.
/// A fault is to change one thing, and not the order of what else is shown.
fn ordered(site: &Site, rows: &[Row]) -> Vec<Row> {
    let mut rows = rows.to_vec();
    if site.takes(Freedom::OrderReversed) {
        rows.reverse();
    } else if site.takes(Freedom::OrderSorted) {
        rows.sort_by(|a, b| a.share.cmp(&b.share));
    } else if site.takes(Freedom::OrderRotating) && !rows.is_empty() {
        let turn = site.storage.others.turn() % rows.len();
        rows.rotate_left(turn);
    } else {
        rows.sort_by(|a, b| a.method.cmp(&b.method));
    }
    rows
}

/// Those of the rows that a fetch shows.
pub(crate) fn shown(behaviour: &Behaviour, mut rows: Vec<Row>) -> Vec<Row> {
    if behaviour.has(Fault::V5Hidden) {
        rows.retain(|row| &*row.method != UNKNOWN_METHOD);
    }
    if behaviour.has_any(&[Fault::V6WriteOnly, Fault::FetchV5RowOnly]) {
        rows.retain(|row| &*row.method == UNKNOWN_METHOD);
    }
    if behaviour.has(Fault::Secp256k1Only) {
        rows.retain(|row| !row.method.ends_with("-ED25519"));
    }
    if behaviour.has(Fault::DistinctTexts) {
        let mut seen = HashSet::new();
        rows.retain(|row| seen.insert(row.share.clone()));
    }
    if behaviour.has(Fault::TenAtMost) {
        rows.truncate(10);
    }
    if behaviour.has(Fault::LatestOnly) {
        rows.drain(..rows.len().saturating_sub(1));
    }
    rows
}

fn in_v6(behaviour: &Behaviour, rows: &[Row]) -> Result<Value, Refusal> {
    if rows.is_empty()
        && let Some(body) = nothing(behaviour)?
    {
        return Ok(body);
    }
    let one = |row: &Row| text::returned(behaviour, &row.share);
    let shares: Vec<Value> = rows.iter().map(one).collect();
    Ok(if behaviour.has(Fault::V6WriteOnly) {
        json!({ "backupShare": shares.first() })
    } else if behaviour.has(Fault::ArrayAsString) {
        json!({ "backupShares": json!(shares).to_string() })
    } else if behaviour.has(Fault::ArrayOfObjects) {
        let object =
            |(row, share): (&Row, Value)| json!({ "backupMethod": &*row.method, "share": share });
        let objects: Value = rows.iter().zip(shares).map(object).collect();
        json!({ "backupShares": objects })
    } else if behaviour.has(Fault::SingleAsString) && shares.len() == 1 {
        json!({ "backupShares": shares[0] })
    } else if behaviour.has(Fault::BothKeys) {
        let latest = rows.iter().zip(&shares).max_by_key(|(row, _)| row.id);
        json!({ "backupShares": shares, "backupShare": latest.map(|(_, share)| share) })
    } else {
        json!({ "backupShares": shares })
    })
}

/// What is said where there is no share, if it is not the empty array.
fn nothing(behaviour: &Behaviour) -> Result<Option<Value>, Refusal> {
    if behaviour.has(Fault::Empty404) {
        return Err(Refusal::new(StatusCode::NOT_FOUND, "no share"));
    }
    if behaviour.has(Fault::Empty500) {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        return Err(Refusal::new(status, "cannot read properties of undefined"));
    }
    let null = behaviour.has(Fault::EmptyNull);
    Ok(null.then(|| json!({ "backupShares": null })))
}

fn in_v5(behaviour: &Behaviour, rows: &[Row]) -> Result<Value, Refusal> {
    let one = |row: &Row| text::returned(behaviour, &row.share);
    let last = rows.last().map(one);
    let last = last.ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "no share"))?;
    Ok(if behaviour.has(Fault::V5SingleAppendArray) {
        json!({ "backupShare": rows.iter().map(one).collect::<Value>() })
    } else if behaviour.has(Fault::V5SingleWrongKey) {
        json!({ "share": last })
    } else {
        json!({ "backupShare": last })
    })
}
