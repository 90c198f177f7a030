//! Faults of finding shares: whose are returned, and which of them.

use std::collections::HashSet;

use super::storage::FaultyStore;
use crate::reference::fault::Fault;
use crate::reference::refusal::Refusal;
use crate::reference::store::UNKNOWN_METHOD;

macro_rules! found {
    ($which:literal) => {
        concat!(
            r#"SELECT "clientId", "backupMethod", "share" FROM "User"
               LEFT JOIN "CustodianBackupShare" ON "CustodianBackupShare"."userId" = "User"."id"
               WHERE "#,
            $which,
            r#" ORDER BY "CustodianBackupShare".rowid"#
        )
    };
}

/// A share with what it was stored under.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) client: String,
    pub(super) method: String,
    pub(super) share: String,
}

/// The shares that the fault returns to this client.
pub(super) async fn all(store: &FaultyStore, client: &str) -> Result<Vec<String>, Refusal> {
    if store.fault != Fault::StaleReads {
        return fresh(store, client).await;
    }
    // Taken out as it is used: every second fetch is served from it, however fast or slow they come.
    if let Some(shares) = store.cache.lock().await.remove(client) {
        return Ok(shares);
    }
    let shares = fresh(store, client).await?;
    store
        .cache
        .lock()
        .await
        .insert(client.to_owned(), shares.clone());
    Ok(shares)
}

async fn fresh(store: &FaultyStore, client: &str) -> Result<Vec<String>, Refusal> {
    let mut found = rows(store, client).await?;
    match store.fault {
        Fault::LatestOnly => drop(found.drain(..found.len().saturating_sub(1))),
        Fault::Secp256k1Only => found.retain(|found| !found.method.ends_with("-ED25519")),
        Fault::TenAtMost => found.truncate(10),
        Fault::DistinctTexts => {
            let mut seen = HashSet::new();
            found.retain(|found| seen.insert(found.share.clone()));
        }
        Fault::V5Hidden => found.retain(|found| found.method != UNKNOWN_METHOD),
        Fault::V6WriteOnly | Fault::FetchV5RowOnly => {
            found.retain(|found| found.method == UNKNOWN_METHOD);
        }
        _ => {}
    }
    Ok(found.into_iter().map(|found| found.share).collect())
}

/// What is stored for the clients that the fault takes for this one, oldest first.
pub(super) async fn rows(store: &FaultyStore, client: &str) -> Result<Vec<Found>, Refusal> {
    let query = match store.fault {
        Fault::ClientPrefixMatch => found!(r#"substr("clientId", 1, length(?1)) = ?1"#),
        Fault::ClientExtensionMatch => found!(r#"substr(?1, 1, length("clientId")) = "clientId""#),
        Fault::ClientIgnored => found!("?1 IS NOT NULL"),
        Fault::ClientCaseBlind => found!(r#""clientId" = ?1 COLLATE NOCASE"#),
        _ => found!(r#""clientId" = ?1"#),
    };
    let client = match store.fault {
        Fault::ClientTrimmed => client.trim(),
        _ => client,
    };
    let found = select(store, query, client).await?;
    let unknown_is_empty = store.good.any_client() && store.fault != Fault::UnknownClient500;
    if found.is_empty() && !unknown_is_empty {
        return Err(store.unknown_client());
    }
    Ok(found.into_iter().flatten().collect())
}

/// What is stored for anybody.
pub(super) async fn everything(store: &FaultyStore) -> Result<Vec<Found>, Refusal> {
    let found = select(store, found!("?1 IS NOT NULL"), "").await?;
    Ok(found.into_iter().flatten().collect())
}

/// One item for each share, none for a user without any.
async fn select(
    store: &FaultyStore,
    query: &'static str,
    client: &str,
) -> sqlx::Result<Vec<Option<Found>>> {
    let rows: Vec<(String, Option<String>, Option<String>)> = sqlx::query_as(query)
        .bind(client)
        .fetch_all(store.pool())
        .await?;
    let found = |(client, method, share): (String, Option<String>, Option<String>)| {
        Some(Found {
            client,
            method: method?,
            share: share?,
        })
    };
    Ok(rows.into_iter().map(found).collect())
}
