//! Where the shares are kept: in go a client, a backup method and a share, out come all shares of a client.
//!
//! The schema is in `tables.sql` and `keys.sql`.

use std::path::Path;
use std::str::FromStr;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

/// The method of a share that came without one, as a v5 SDK sends it.
pub(super) const UNKNOWN_METHOD: &str = "UNKNOWN";

/// Why a share was neither kept nor returned.
#[derive(Debug, thiserror::Error)]
pub(super) enum StoreError {
    /// Only listed clients are served, and this is none of them.
    #[error("no such client")]
    UnknownClient,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Shares in an SQLite database.
#[derive(Clone, Debug)]
pub(super) struct SqliteStore {
    pool: SqlitePool,
    any_client: bool,
}

impl SqliteStore {
    /// Opens the database, a file or memory, and serves `clients`, or any client if there are none.
    pub(super) async fn open(database: Option<&Path>, clients: &[String]) -> sqlx::Result<Self> {
        let store = Self::open_without_keys(database, clients).await?;
        sqlx::raw_sql(include_str!("keys.sql"))
            .execute(&store.pool)
            .await?;
        Ok(store)
    }

    /// The same without the unique keys of the shares, which a table with duplicates could not be given.
    pub(super) async fn open_without_keys(
        database: Option<&Path>,
        clients: &[String],
    ) -> sqlx::Result<Self> {
        // One connection: SQLite has one writer anyway, and a database in memory lives in its connection.
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_with(options(database)?)
            .await?;
        sqlx::raw_sql(include_str!("tables.sql"))
            .execute(&pool)
            .await?;
        let store = Self {
            pool,
            any_client: clients.is_empty(),
        };
        for client in clients {
            store.add_client(client).await?;
        }
        Ok(store)
    }

    /// The open database.
    pub(super) fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    /// Makes a user of this client unless there is one.
    async fn add_client(&self, client: &str) -> sqlx::Result<()> {
        sqlx::query(r#"INSERT INTO "User" ("clientId") VALUES (?1) ON CONFLICT DO NOTHING"#)
            .bind(client)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Replaces in one statement, so that nobody ever sees no share, or two. False if there is no such user.
    async fn replace(&self, client: &str, method: &str, share: &str) -> sqlx::Result<bool> {
        let done = sqlx::query(
            r#"INSERT INTO "CustodianBackupShare" ("userId", "backupMethod", "share")
               SELECT "id", ?2, ?3 FROM "User" WHERE "clientId" = ?1
               ON CONFLICT ("userId", "backupMethod")
               DO UPDATE SET "id" = excluded."id", "share" = excluded."share", "createdAt" = excluded."createdAt""#,
        )
        .bind(client)
        .bind(method)
        .bind(share)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Keeps `share` in the place of the one that this client has under this method.
    pub(super) async fn put(
        &self,
        client: &str,
        method: Option<&str>,
        share: &str,
    ) -> Result<(), StoreError> {
        let method = method.unwrap_or(UNKNOWN_METHOD);
        if self.replace(client, method, share).await? {
            return Ok(());
        }
        if !self.any_client {
            return Err(StoreError::UnknownClient);
        }
        self.add_client(client).await?;
        self.replace(client, method, share).await?;
        Ok(())
    }

    /// All shares of this client, of whatever method.
    pub(super) async fn all(&self, client: &str) -> Result<Vec<String>, StoreError> {
        // A user without shares gives one row of null, no user gives none.
        let rows: Vec<Option<String>> = sqlx::query_scalar(
            r#"SELECT "share" FROM "User"
               LEFT JOIN "CustodianBackupShare" ON "CustodianBackupShare"."userId" = "User"."id"
               WHERE "clientId" = ?1"#,
        )
        .bind(client)
        .fetch_all(&self.pool)
        .await?;
        if rows.is_empty() && !self.any_client {
            return Err(StoreError::UnknownClient);
        }
        Ok(rows.into_iter().flatten().collect())
    }
}

fn options(database: Option<&Path>) -> sqlx::Result<SqliteConnectOptions> {
    let options = match database {
        // FULL: a share that was acknowledged survives a power cut, too.
        Some(path) => SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full),
        None => SqliteConnectOptions::from_str("sqlite::memory:")?
            .journal_mode(SqliteJournalMode::Memory)
            .synchronous(SqliteSynchronous::Off),
    };
    Ok(options.foreign_keys(true))
}
