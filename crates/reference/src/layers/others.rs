//! What other requests do to one: statements that another slips between, whole documents written back, caches.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::http::StatusCode;
use tokio::sync::Mutex;
use tokio::time::sleep;

use super::storage::keep::{self, Slot};
use super::storage::table::{Row, Table};
use super::storage::{Storage, show};
use crate::fault::Fault;
use crate::refusal::Refusal;

/// How long another request may slip in between two statements.
const GAP: Duration = Duration::from_millis(6);

/// What requests leave to one another beside the shares.
#[derive(Debug, Default)]
pub(super) struct Others {
    /// What was found for each client.
    cache: Mutex<HashMap<String, Vec<Row>>>,
    /// The client of the last fetch.
    current: Mutex<String>,
    /// How many requests are under way.
    under_way: AtomicUsize,
    /// Held while something is stored for a client.
    busy: Mutex<HashMap<Arc<str>, Arc<Mutex<()>>>>,
    /// How many fetches were answered.
    answered: AtomicUsize,
}

impl Others {
    /// How many fetches were answered before this one.
    pub(super) fn turn(&self) -> usize {
        self.answered.fetch_add(1, Ordering::Relaxed)
    }

    /// What a fetch by this id sees.
    pub(super) async fn found(&self, storage: &Storage, client: &str) -> Result<Vec<Row>, Refusal> {
        let current = if storage.behaviour.has(Fault::SharedVariable) {
            client.clone_into(&mut *self.current.lock().await);
            sleep(GAP).await;
            self.current.lock().await.clone()
        } else {
            client.to_owned()
        };
        let client = current.as_str();
        let fresh = async || {
            let rows = storage.rows(client).await?;
            Ok(show::shown(&storage.behaviour, rows))
        };
        if !storage.behaviour.has(Fault::StaleReads) {
            return fresh().await;
        }
        // Taken out as it is used: every second fetch is served from it, however fast or slow they come.
        if let Some(rows) = self.cache.lock().await.remove(client) {
            return Ok(rows);
        }
        let rows = fresh().await?;
        let mut cache = self.cache.lock().await;
        cache.insert(client.to_owned(), rows.clone());
        Ok(rows)
    }
}

/// A request that has a connection to the database.
#[derive(Debug)]
pub(super) struct Connection<'a>(&'a AtomicUsize);

impl Drop for Connection<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// So many connections there are.
const CONNECTIONS: usize = 15;

/// Takes a connection, for a moment, if there is one left.
pub(super) async fn connect(storage: &Storage) -> Result<Option<Connection<'_>>, Refusal> {
    if !storage.behaviour.has(Fault::TooManyConnections) {
        return Ok(None);
    }
    let count = &storage.others.under_way;
    let before = count.fetch_add(1, Ordering::SeqCst);
    let connection = Connection(count);
    if before >= CONNECTIONS {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        return Err(Refusal::new(status, "too many clients already"));
    }
    sleep(GAP).await;
    Ok(Some(connection))
}

/// Writes a share, and lets others in between where the faults do.
pub(super) async fn write(storage: &Storage, slot: &Slot) -> Result<(), Refusal> {
    if storage.behaviour.has(Fault::Concurrent500) {
        let turn = {
            let mut busy = storage.others.busy.lock().await;
            Arc::clone(busy.entry(Arc::clone(&slot.client)).or_default())
        };
        let Ok(_turn) = turn.try_lock() else {
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            let message = "could not serialize access due to concurrent update";
            return Err(Refusal::new(status, message));
        };
        sleep(GAP).await;
        return Ok(statements(storage, slot).await?);
    }
    Ok(statements(storage, slot).await?)
}

async fn statements(storage: &Storage, slot: &Slot) -> sqlx::Result<()> {
    let behaviour = &storage.behaviour;
    if behaviour.has(Fault::DeleteThenInsert) {
        delete_then_insert(storage, slot).await
    } else if behaviour.has(Fault::InsertThenDelete) {
        insert_then_delete(storage, slot).await
    } else if behaviour.has(Fault::CheckThenInsert) {
        check_then_insert(storage, slot).await
    } else if behaviour.has(Fault::LostUpdate) {
        rewrite(storage, slot, |row| row.client == slot.client).await
    } else if behaviour.has(Fault::FileRewrite) {
        rewrite(storage, slot, |_| true).await
    } else {
        storage
            .change(|table| keep::apply(behaviour, slot, table))
            .await
    }
}

async fn delete_then_insert(storage: &Storage, slot: &Slot) -> sqlx::Result<()> {
    let old = |row: &Row| keep::replaces(&storage.behaviour, slot, row);
    storage.change(|table| table.remove(old)).await?;
    sleep(GAP).await;
    storage.change(|table| slot.insert(table)).await?;
    Ok(())
}

async fn insert_then_delete(storage: &Storage, slot: &Slot) -> sqlx::Result<()> {
    let new = storage.change(|table| slot.insert(table)).await?;
    sleep(GAP).await;
    let old = |row: &Row| row.id < new && keep::replaces(&storage.behaviour, slot, row);
    storage.change(|table| table.remove(old)).await
}

async fn check_then_insert(storage: &Storage, slot: &Slot) -> sqlx::Result<()> {
    let there = |table: &Table| table.rows().iter().any(|row| slot.holds(row));
    let there = storage.read(there).await;
    sleep(GAP).await;
    let beside = |row: &Row| !slot.holds(row) && keep::replaces(&storage.behaviour, slot, row);
    storage
        .change(|table| {
            table.remove(beside);
            if there {
                table.update(|row| slot.holds(row), &slot.share);
            } else {
                slot.insert(table);
            }
        })
        .await
}

/// Reads the rows that `document` says, and writes them all back with the one that is new.
async fn rewrite(
    storage: &Storage,
    slot: &Slot,
    document: impl Fn(&Row) -> bool,
) -> sqlx::Result<()> {
    let read = storage
        .read(|table| {
            let rows = table.rows().iter().filter(|row| document(row));
            rows.cloned().collect::<Vec<_>>()
        })
        .await;
    sleep(GAP).await;
    storage
        .change(|table| {
            table.remove(&document);
            for row in read {
                table.put_back(row.client, row.method, row.share, Some(row.id));
            }
            keep::apply(&storage.behaviour, slot, table);
        })
        .await
}
