//! The store of a custodian with a fault: the same tables, other statements.

use std::collections::HashMap;
use std::sync::Arc;

use axum::http::StatusCode;
use sqlx::SqlitePool;
use tokio::sync::Mutex;

use super::{lookup, replacement};
use crate::reference::Settings;
use crate::reference::fault::Fault;
use crate::reference::refusal::Refusal;
use crate::reference::store::{SqliteStore, Store, StoreError, UNKNOWN_METHOD};

/// A store that errs.
#[derive(Debug)]
pub(super) struct FaultyStore {
    pub(super) fault: Fault,
    pub(super) good: SqliteStore,
    /// What was found for each client, and when.
    pub(super) cache: Mutex<HashMap<String, Vec<String>>>,
    /// Held while something is stored for a user.
    pub(super) busy: Mutex<HashMap<String, Arc<Mutex<()>>>>,
}

impl FaultyStore {
    pub(super) async fn open(fault: Fault, settings: &Settings) -> sqlx::Result<Self> {
        let database = match fault {
            Fault::MemoryOnly => None,
            _ => settings.database.as_deref(),
        };
        let good = SqliteStore::open_without_keys(database, &settings.clients).await?;
        let keys = if keyless(fault) {
            r#"DROP INDEX IF EXISTS "CustodianBackupShare_userId_backupMethod_key""#
        } else {
            include_str!("../keys.sql")
        };
        sqlx::raw_sql(keys).execute(good.pool()).await?;
        if fault == Fault::MigrationDropsV5 {
            sqlx::query(r#"DELETE FROM "CustodianBackupShare" WHERE "backupMethod" = ?1"#)
                .bind(UNKNOWN_METHOD)
                .execute(good.pool())
                .await?;
        }
        Ok(Self {
            fault,
            good,
            cache: Mutex::default(),
            busy: Mutex::default(),
        })
    }

    pub(super) fn pool(&self) -> &SqlitePool {
        self.good.pool()
    }

    /// The id of the user that this client is, made if any client is served.
    pub(super) async fn user(&self, client: &str) -> Result<String, Refusal> {
        let client = match self.fault {
            Fault::ClientTrimmed => client.trim(),
            _ => client,
        };
        if let Some(user) = self.find_user(client).await? {
            return Ok(user);
        }
        if self.good.any_client() {
            self.good.add_client(client).await?;
        }
        self.find_user(client)
            .await?
            .ok_or_else(|| self.unknown_client())
    }

    pub(super) fn unknown_client(&self) -> Refusal {
        match self.fault {
            Fault::UnknownClient500 => Refusal::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "cannot read properties of null",
            ),
            _ => StoreError::UnknownClient.into(),
        }
    }

    async fn find_user(&self, client: &str) -> sqlx::Result<Option<String>> {
        let query = match self.fault {
            Fault::ClientCaseBlind => {
                r#"SELECT "id" FROM "User" WHERE "clientId" = ?1 COLLATE NOCASE"#
            }
            _ => r#"SELECT "id" FROM "User" WHERE "clientId" = ?1"#,
        };
        sqlx::query_scalar(query)
            .bind(client)
            .fetch_optional(self.pool())
            .await
    }
}

impl Store for Arc<FaultyStore> {
    type Error = Refusal;

    async fn put(&self, client: &str, method: Option<&str>, share: &str) -> Result<(), Refusal> {
        replacement::put(self, client, method, share).await
    }

    async fn all(&self, client: &str) -> Result<Vec<String>, Refusal> {
        lookup::all(self, client).await
    }
}

/// Whether the table has no unique key under this fault.
fn keyless(fault: Fault) -> bool {
    matches!(
        fault,
        Fault::Append
            | Fault::RedeliveryAppends
            | Fault::DeleteThenInsert
            | Fault::InsertThenDelete
            | Fault::CheckThenInsert
            | Fault::V5Appends
            | Fault::V5SingleAppendArray
    )
}
