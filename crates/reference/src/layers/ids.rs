//! How the id of a client is read: what is taken for an id, and which clients are meant by it.

use std::borrow::Cow;

use serde_json::Value;

use super::Site;
use super::call::{Call, Route};
use super::operators;
use super::storage::table::Row;
use super::text::js_string;
use crate::behaviour::Behaviour;
use crate::fault::Fault;
use crate::freedom::Freedom;
use crate::refusal::Refusal;

/// The faults that find other clients than the one with this very id.
const INEXACT: &[Fault] = &[
    Fault::ClientPrefixMatch,
    Fault::ClientExtensionMatch,
    Fault::ClientIgnored,
    Fault::ClientCaseBlind,
    Fault::ClientTrimmed,
    Fault::ClientPattern,
    Fault::ClientPath,
    Fault::ClientSanitised,
    Fault::ClientInUrl,
    Fault::JoinedKeys,
];

/// Whether a client is found by its very id only.
pub(super) fn are_exact(behaviour: &Behaviour) -> bool {
    !behaviour.has_any(INEXACT)
}

/// The id under which a new client is kept.
pub(super) fn kept_as<'a>(behaviour: &Behaviour, id: &'a str) -> Cow<'a, str> {
    let mut id = id;
    if behaviour.has(Fault::ClientPath) {
        id = file_name(id);
    }
    if behaviour.has(Fault::ClientInUrl) {
        id = id.split(['?', '#']).next().unwrap_or_default();
    }
    if behaviour.has(Fault::ClientTrimmed) {
        id = id.trim();
    }
    if behaviour.has(Fault::ClientSanitised) {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        id.replace(|c| !plain(c), "_").into()
    } else {
        id.into()
    }
}

/// The signs that may stand between the client and the method of a key, or in either.
const SIGNS: [char; 4] = [':', '/', '|', '-'];

/// The key under which a share is kept where client and method are one text; every sign is the same one.
pub(super) fn key(client: &str, method: &str) -> String {
    format!("{client}:{method}").replace(SIGNS, ":")
}

/// Whether a fetch shows this row because its key begins with the id.
pub(super) fn begins(behaviour: &Behaviour, asked: &str, row: &Row) -> bool {
    behaviour.has(Fault::JoinedKeys) && key(&row.client, &row.method).starts_with(&key(asked, ""))
}

/// What is left of a path when it is joined to a folder.
pub(super) fn file_name(id: &str) -> &str {
    let behind = id.rsplit_once("../").map_or(id, |(_, behind)| behind);
    let mut name = behind;
    while let Some(shorter) = name.strip_prefix("./").or_else(|| name.strip_prefix('/')) {
        name = shorter;
    }
    name
}

/// Whether a text, such as a client's id, fits a pattern: `%`, `*` and `.*` stand for anything, `_` and `?` for one character.
pub(super) fn fits(pattern: &str, client: &str) -> bool {
    let plain = pattern
        .replace(".*", "*")
        .replace('%', "*")
        .replace('_', "?");
    let plain = plain.trim_start_matches('^').trim_end_matches('$');
    let (mut pattern, mut client) = (plain.chars(), client.chars());
    loop {
        let rest = pattern.as_str();
        match (pattern.next(), client.next()) {
            (None, None) => return true,
            (Some('*'), _) if rest == "*" => return true,
            (Some('?'), Some(_)) => {}
            (Some(a), Some(b)) if a == b => {}
            (None | Some(_), _) => return false,
        }
    }
}

/// Whether these are two spellings of one id.
pub(super) fn are_one(behaviour: &Behaviour, a: &str, b: &str) -> bool {
    spelt(behaviour, a) == spelt(behaviour, b)
}

/// Whether a fetch by the id `asked` shows the shares of `client`.
pub(super) fn shows(behaviour: &Behaviour, asked: &str, client: &str) -> bool {
    let (asked, client) = (spelt(behaviour, asked), spelt(behaviour, client));
    asked == client
        || behaviour.has(Fault::ClientIgnored)
        || behaviour.has(Fault::ClientPrefixMatch) && client.starts_with(&*asked)
        || behaviour.has(Fault::ClientPattern) && fits(&asked, &client)
        || behaviour.has(Fault::ClientExtensionMatch) && asked.starts_with(&*client)
}

fn spelt<'a>(behaviour: &Behaviour, id: &'a str) -> Cow<'a, str> {
    let id = kept_as(behaviour, id);
    if behaviour.has(Fault::ClientCaseBlind) {
        id.to_ascii_lowercase().into()
    } else {
        id
    }
}

/// Puts an id in the place of what is none.
pub(super) async fn misread(site: &Site, call: &mut Call) -> Result<(), Refusal> {
    let bucket = site.has(Fault::MissingClientBucket);
    let taken_for = match call.get("clientId") {
        None if bucket && call.json.is_some() => "undefined".to_owned(),
        Some(Value::Null) if bucket => "null".to_owned(),
        Some(value) if site.has(Fault::ClientCoerced) && !value.is_null() && !value.is_string() => {
            js_string(value)
        }
        _ => return Ok(()),
    };
    if call.route == Route::Store && !taken_for.is_empty() {
        site.storage.add_user(&taken_for).await?;
    }
    call.set("clientId", taken_for.into());
    Ok(())
}

/// Refuses ids of another form than those that are made here, where that is done.
pub(super) fn no_odd_ones(site: &Site, call: &Call) -> Result<(), Refusal> {
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
    let odd = |client: &str| !client.chars().all(plain);
    if site.takes(Freedom::OddIdsRefused) && call.client().is_some_and(odd) {
        return Err(Refusal::unusable("clientId has another form"));
    }
    Ok(())
}

/// Replaces the share of this method for every client that has one and is meant, if the store means more than one.
pub(super) async fn overwrote(site: &Site, call: &Call) -> Result<bool, Refusal> {
    let given = call.get("clientId");
    let meant: Box<dyn Fn(&Row) -> bool + Send> = match given {
        None | Some(Value::Null) if site.has(Fault::MissingClientHitsAll) => Box::new(|_| true),
        Some(query @ (Value::Object(_) | Value::Array(_)))
            if site.has(Fault::ClientOperatorStore) =>
        {
            Box::new(|row| operators::matches(query, &row.client))
        }
        Some(query @ (Value::Object(_) | Value::Array(_)))
            if site.has(Fault::ClientColumnStore) =>
        {
            Box::new(|row| operators::compares_columns(query, &row.client))
        }
        Some(Value::String(pattern)) if site.has(Fault::ClientPatternStore) => {
            Box::new(|row| fits(pattern, &row.client))
        }
        _ => return Ok(false),
    };
    let (Some(method), Some(share)) = (call.method(), call.share()) else {
        return Ok(false);
    };
    let mut rows = site.storage.everything().await;
    rows.retain(|row| &*row.method == method && meant(row));
    // A text is the id of a client besides.
    if let Some(Value::String(id)) = given
        && rows.iter().all(|row| &*row.client == id)
    {
        return Ok(false);
    }
    for row in rows {
        site.storage.put(&row.client, Some(method), share).await?;
    }
    Ok(true)
}

/// What a fetch finds whose id is taken for a query.
pub(super) async fn queried(site: &Site, call: &Call) -> Option<Vec<Row>> {
    let given = call.get("clientId");
    let nobody = given.is_none_or(|given| given.is_null() || given == "");
    if nobody && site.has(Fault::FetchWithoutClientReturnsAll) {
        return Some(site.storage.everything().await);
    }
    let query = given.filter(|given| given.is_object() || given.is_array())?;
    let is_meant = if site.has(Fault::ClientOperator) {
        operators::matches
    } else if site.has(Fault::ClientColumn) {
        operators::compares_columns
    } else {
        return None;
    };
    let mut rows = site.storage.everything().await;
    rows.retain(|row| is_meant(query, &row.client));
    Some(rows)
}
