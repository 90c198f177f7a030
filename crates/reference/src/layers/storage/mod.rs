//! Where the shares are kept: rows in memory, and in a database behind it if one was given.

use std::borrow::Cow;
use std::sync::Arc;

use axum::http::StatusCode;
use sqlx::SqlitePool;
use tokio::sync::Mutex;

use super::others::Others;
use super::{ids, text};
use crate::Settings;
use crate::behaviour::Behaviour;
use crate::fault::Fault;
use crate::freedom::Freedom;
use crate::refusal::Refusal;
use crate::store::StoreError;
use keep::Slot;
use place::Fate;
use table::{Row, Table};

mod database;
pub(super) mod keep;
pub(super) mod place;
pub(super) mod show;
pub(super) mod table;

/// So many rows of all clients the first page has.
const FIRST_PAGE: usize = 100;

/// The shares of a custodian with faults.
#[derive(Debug)]
pub(super) struct Storage {
    pub(super) behaviour: Arc<Behaviour>,
    pub(super) others: Others,
    any_client: bool,
    table: Mutex<Table>,
    /// What every client has besides, never in the database.
    inherited: Mutex<Table>,
    database: Option<SqlitePool>,
}

impl Storage {
    pub(super) async fn open(
        behaviour: Arc<Behaviour>,
        settings: &Settings,
    ) -> sqlx::Result<Arc<Self>> {
        let path = settings.database.as_deref();
        let path = path.filter(|_| !behaviour.has(Fault::MemoryOnly));
        let (database, table) = match path {
            Some(path) => {
                let (pool, table) = database::opened(&behaviour, path).await?;
                (Some(pool), table)
            }
            None => (None, Table::default()),
        };
        let storage = Self {
            behaviour,
            others: Others::default(),
            any_client: settings.clients.is_empty(),
            table: Mutex::new(table),
            inherited: Mutex::default(),
            database,
        };
        for client in &settings.clients {
            storage.add_user(client).await?;
        }
        Ok(Arc::new(storage))
    }

    /// The database, if there is one.
    pub(super) fn database(&self) -> Option<&SqlitePool> {
        self.database.as_ref()
    }

    /// Keeps a share.
    pub(super) async fn put(
        &self,
        client: &str,
        method: Option<&str>,
        share: &str,
    ) -> Result<(), Refusal> {
        let fate = place::of(&self.behaviour, method)?;
        let user = self.user(client).await?;
        let Fate::Kept(place) = fate else {
            return Ok(());
        };
        if place::loses(&self.behaviour, client) {
            return Ok(());
        }
        let slot = Slot {
            place: Cow::into_owned(place),
            share: text::written(&self.behaviour, share)?,
            client: user,
            v5: method.is_none(),
        };
        if place::is_inherited(&self.behaviour, client) {
            let mut inherited = self.inherited.lock().await;
            inherited.remove(|row| slot.holds(row));
            slot.insert(&mut inherited);
            return Ok(());
        }
        keep::keep(self, &slot).await?;
        if self.behaviour.has(Fault::CacheOf60) {
            self.change(|table| table.keep_latest_clients(60)).await?;
        }
        Ok(())
    }

    /// What a fetch by this id sees, oldest first.
    pub(super) async fn found(&self, client: &str) -> Result<Vec<Row>, Refusal> {
        self.others.found(self, client).await
    }

    /// What is there for the clients that are meant by this id, oldest first.
    pub(super) async fn rows(&self, client: &str) -> Result<Vec<Row>, Refusal> {
        let behaviour = &self.behaviour;
        let table = self.table.lock().await;
        let exact = ids::are_exact(behaviour);
        let shown = |user: &str| {
            if exact {
                user == client
            } else {
                ids::shows(behaviour, client, user)
            }
        };
        let known = if exact {
            table.users().contains(client)
        } else {
            table.users().iter().any(|user| shown(user))
        };
        if !known && !self.any_client && behaviour.takes(Freedom::UnknownClientEmpty) {
            return Ok(Vec::new());
        }
        let unused = behaviour.has(Fault::UnknownClient500)
            || behaviour.takes(Freedom::UnknownClient400)
            || behaviour.takes(Freedom::UnknownClient404);
        if !known && (!self.any_client || unused) {
            return Err(self.unknown_client());
        }
        let mut rows = table.rows();
        if behaviour.has(Fault::FirstPage) {
            rows = &rows[rows.len().saturating_sub(FIRST_PAGE)..];
        }
        let own = rows
            .iter()
            .filter(|row| shown(&row.client) || ids::begins(behaviour, client, row));
        let mut all: Vec<Row> = own.cloned().collect();
        let inherited = self.inherited.lock().await;
        for row in inherited.rows() {
            if all.iter().all(|own| own.method != row.method) {
                all.push(row.clone());
            }
        }
        Ok(all)
    }

    /// What is there for anybody.
    pub(super) async fn everything(&self) -> Vec<Row> {
        self.table.lock().await.rows().to_vec()
    }

    /// Makes a user of this client unless there is one.
    pub(super) async fn add_user(&self, client: &str) -> Result<(), sqlx::Error> {
        self.change(|table| table.add_user(client)).await
    }

    /// Takes away the share of this client and method and puts none in its place.
    pub(super) async fn delete_slot(&self, client: &str, method: &str) -> Result<(), Refusal> {
        let client = self.user(client).await?;
        let gone = |row: &Row| row.client == client && &*row.method == method;
        Ok(self.change(|table| table.remove(gone)).await?)
    }

    /// Takes away all shares of this client.
    pub(super) async fn delete_client(&self, client: &str) -> Result<(), Refusal> {
        let client = self.user(client).await?;
        Ok(self
            .change(|table| table.remove(|row| row.client == client))
            .await?)
    }

    /// Looks at the rows as they are now.
    pub(super) async fn read<T>(&self, look: impl FnOnce(&Table) -> T) -> T {
        look(&*self.table.lock().await)
    }

    /// Changes the rows in one step, and the database with them.
    pub(super) async fn change<T>(
        &self,
        change: impl FnOnce(&mut Table) -> T,
    ) -> Result<T, sqlx::Error> {
        let mut table = self.table.lock().await;
        let Some(database) = &self.database else {
            return Ok(change(&mut table));
        };
        let mut next = table.clone();
        let made = change(&mut next);
        database::written(database, &table, &next).await?;
        *table = next;
        Ok(made)
    }

    /// The id that this client is kept under; it is made if any client is served.
    async fn user(&self, client: &str) -> Result<Arc<str>, Refusal> {
        let behaviour = &self.behaviour;
        let known = |table: &Table| {
            let users = table.users();
            let exact = users.get(client).cloned();
            exact.or_else(|| {
                let mut users = users.iter();
                let inexact = !ids::are_exact(behaviour);
                users
                    .find(|user| inexact && ids::are_one(behaviour, user, client))
                    .cloned()
            })
        };
        if let Some(user) = self.read(known).await {
            return Ok(user);
        }
        if !self.any_client {
            return Err(self.unknown_client());
        }
        let client: Arc<str> = (&*ids::kept_as(behaviour, client)).into();
        self.add_user(&client).await?;
        Ok(client)
    }

    fn unknown_client(&self) -> Refusal {
        if self.behaviour.has(Fault::UnknownClient500) {
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            return Refusal::new(status, "cannot read properties of null");
        }
        if self.behaviour.takes(Freedom::UnknownClient400) {
            return Refusal::unusable("no such client");
        }
        StoreError::UnknownClient.into()
    }
}
