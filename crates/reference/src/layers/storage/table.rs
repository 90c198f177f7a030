//! The rows of all clients in memory: what every statement works on.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::time::Instant;

/// A share with what it is kept under.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Higher than that of every row that was there before it.
    pub(crate) id: i64,
    pub(crate) client: Arc<str>,
    pub(crate) method: Arc<str>,
    pub(crate) share: Arc<str>,
    /// When it was written.
    pub(crate) since: Instant,
}

/// All rows, oldest first, and the clients that are known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    users: BTreeSet<Arc<str>>,
    rows: Vec<Row>,
    last: i64,
}

impl Table {
    pub(crate) fn rows(&self) -> &[Row] {
        &self.rows
    }

    pub(crate) fn users(&self) -> &BTreeSet<Arc<str>> {
        &self.users
    }

    pub(crate) fn add_user(&mut self, client: &str) {
        if !self.users.contains(client) {
            self.users.insert(client.into());
        }
    }

    pub(crate) fn remove_user(&mut self, client: &str) {
        self.users.remove(client);
        self.rows.retain(|row| &*row.client != client);
    }

    /// Forgets the rows of all clients but so many, those that were stored for longest ago first.
    pub(crate) fn keep_latest_clients(&mut self, most: usize) {
        let mut kept: BTreeSet<Arc<str>> = BTreeSet::new();
        for row in self.rows.iter().rev() {
            if kept.len() < most {
                kept.insert(Arc::clone(&row.client));
            }
        }
        self.rows.retain(|row| kept.contains(&row.client));
    }

    /// Adds a row and gives its id.
    pub(crate) fn insert(&mut self, client: &str, method: &str, share: &str) -> i64 {
        self.put_back(client.into(), method.into(), share.into(), None)
    }

    /// Adds a row that has an id already, or a new one.
    pub(crate) fn put_back(
        &mut self,
        client: Arc<str>,
        method: Arc<str>,
        share: Arc<str>,
        id: Option<i64>,
    ) -> i64 {
        let id = id.unwrap_or(self.last + 1);
        self.last = self.last.max(id);
        self.rows.push(Row {
            id,
            client,
            method,
            share,
            since: Instant::now(),
        });
        id
    }

    /// Takes away every row that `gone` says.
    pub(crate) fn remove(&mut self, gone: impl Fn(&Row) -> bool) {
        self.rows.retain(|row| !gone(row));
    }

    /// Changes the text of every row that `meant` says.
    pub(crate) fn update(&mut self, meant: impl Fn(&Row) -> bool, share: &str) {
        for row in self.rows.iter_mut().filter(|row| meant(row)) {
            row.share = share.into();
            row.since = Instant::now();
        }
    }
}
