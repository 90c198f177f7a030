//! Faults of keeping a share: what happens to the one that was there, and to those beside it.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use sqlx::SqliteExecutor;
use tokio::time::sleep;

use super::storage::FaultyStore;
use super::texts::{Fate, place, written};
use crate::reference::fault::Fault;
use crate::reference::refusal::Refusal;
use crate::reference::store::UNKNOWN_METHOD;

/// How long another request may slip in between two statements.
const GAP: Duration = Duration::from_millis(6);

/// Which rows a new share of the user ?1 and the method ?2 takes the place of.
const SLOT: &str =
    r#"DELETE FROM "CustodianBackupShare" WHERE "userId" = ?1 AND "backupMethod" = ?2"#;
const SLOT_AND_UNKNOWN: &str = r#"DELETE FROM "CustodianBackupShare"
    WHERE "userId" = ?1 AND "backupMethod" IN (?2, 'UNKNOWN')"#;
const WITH_PREFIX: &str = r#"DELETE FROM "CustodianBackupShare"
    WHERE "userId" = ?1 AND substr("backupMethod", 1, length(?2)) = ?2"#;
const WHOLE_USER: &str =
    r#"DELETE FROM "CustodianBackupShare" WHERE "userId" = ?1 AND ?2 IS NOT NULL"#;

/// A share that is about to be kept.
#[derive(Debug)]
struct Slot<'a> {
    store: &'a FaultyStore,
    user: &'a str,
    method: &'a str,
    share: &'a str,
}

/// Keeps a share as the fault does.
pub(super) async fn put(
    store: &FaultyStore,
    client: &str,
    method: Option<&str>,
    share: &str,
) -> Result<(), Refusal> {
    let fault = store.fault;
    let Fate::Kept(place) = place(fault, method)? else {
        return Ok(());
    };
    let written = written(fault, share)?;
    let user = &store.user(client).await?;
    let slot = Slot {
        store,
        user,
        method: &place,
        share: &written,
    };
    let v5 = method.is_none();
    match fault {
        Fault::Append | Fault::V5SingleAppendArray => slot.insert().await,
        Fault::V5Appends if v5 => slot.insert().await,
        Fault::KeepFirst | Fault::V5SingleKeepsFirst => slot.insert_if_empty().await,
        Fault::V5KeepsFirst if v5 => slot.insert_if_empty().await,
        Fault::RefuseSecond if !slot.texts().await?.is_empty() => Err(Refusal::new(
            StatusCode::CONFLICT,
            "there is a share of this method",
        )),
        Fault::RedeliveryAppends if slot.is_there().await? => slot.insert().await,
        Fault::Redelivery409 if slot.is_there().await? => Err(Refusal::new(
            StatusCode::CONFLICT,
            "this share is there already",
        )),
        Fault::WipeOthers => slot.replace(WHOLE_USER).await,
        Fault::V5DeletesV6 if v5 => slot.replace(WHOLE_USER).await,
        Fault::V6DeletesV5 if place != UNKNOWN_METHOD => slot.replace(SLOT_AND_UNKNOWN).await,
        Fault::MethodPrefixMatch => slot.replace(WITH_PREFIX).await,
        Fault::DeleteThenInsert => slot.delete_then_insert().await,
        Fault::InsertThenDelete => slot.insert_then_delete().await,
        Fault::CheckThenInsert => slot.check_then_insert().await,
        Fault::LostUpdate => slot.rewrite_user().await,
        Fault::Concurrent500 => slot.replace_alone().await,
        _ => slot.replace(SLOT).await,
    }
}

/// Takes away the share of this client and method and puts none in its place.
pub(super) async fn delete_slot(
    store: &FaultyStore,
    client: &str,
    method: &str,
) -> Result<(), Refusal> {
    Ok(delete(store.pool(), SLOT, &store.user(client).await?, method).await?)
}

/// Takes away all shares of this client.
pub(super) async fn delete_client(store: &FaultyStore, client: &str) -> Result<(), Refusal> {
    Ok(delete(store.pool(), WHOLE_USER, &store.user(client).await?, "").await?)
}

impl Slot<'_> {
    async fn replace(&self, old: &'static str) -> Result<(), Refusal> {
        let mut transaction = self.store.pool().begin().await?;
        delete(&mut *transaction, old, self.user, self.method).await?;
        insert(&mut *transaction, self.user, self.method, self.share).await?;
        Ok(transaction.commit().await?)
    }

    async fn insert(&self) -> Result<(), Refusal> {
        insert(self.store.pool(), self.user, self.method, self.share).await?;
        Ok(())
    }

    async fn insert_if_empty(&self) -> Result<(), Refusal> {
        sqlx::query(
            r#"INSERT OR IGNORE INTO "CustodianBackupShare" ("userId", "backupMethod", "share")
               VALUES (?1, ?2, ?3)"#,
        )
        .bind(self.user)
        .bind(self.method)
        .bind(self.share)
        .execute(self.store.pool())
        .await?;
        Ok(())
    }

    async fn delete_then_insert(&self) -> Result<(), Refusal> {
        delete(self.store.pool(), SLOT, self.user, self.method).await?;
        sleep(GAP).await;
        self.insert().await
    }

    async fn insert_then_delete(&self) -> Result<(), Refusal> {
        let new = insert(self.store.pool(), self.user, self.method, self.share).await?;
        sleep(GAP).await;
        sqlx::query(
            r#"DELETE FROM "CustodianBackupShare"
               WHERE "userId" = ?1 AND "backupMethod" = ?2 AND rowid < ?3"#,
        )
        .bind(self.user)
        .bind(self.method)
        .bind(new)
        .execute(self.store.pool())
        .await?;
        Ok(())
    }

    async fn check_then_insert(&self) -> Result<(), Refusal> {
        let there = !self.texts().await?.is_empty();
        sleep(GAP).await;
        if !there {
            return self.insert().await;
        }
        sqlx::query(
            r#"UPDATE "CustodianBackupShare" SET "share" = ?3
               WHERE "userId" = ?1 AND "backupMethod" = ?2"#,
        )
        .bind(self.user)
        .bind(self.method)
        .bind(self.share)
        .execute(self.store.pool())
        .await?;
        Ok(())
    }

    async fn rewrite_user(&self) -> Result<(), Refusal> {
        let read: Vec<(String, String)> = sqlx::query_as(
            r#"SELECT "backupMethod", "share" FROM "CustodianBackupShare" WHERE "userId" = ?1"#,
        )
        .bind(self.user)
        .fetch_all(self.store.pool())
        .await?;
        sleep(GAP).await;
        let mut transaction = self.store.pool().begin().await?;
        delete(&mut *transaction, WHOLE_USER, self.user, self.method).await?;
        for (method, share) in read.iter().filter(|(method, _)| method != self.method) {
            insert(&mut *transaction, self.user, method, share).await?;
        }
        insert(&mut *transaction, self.user, self.method, self.share).await?;
        Ok(transaction.commit().await?)
    }

    async fn replace_alone(&self) -> Result<(), Refusal> {
        let turn = {
            let mut busy = self.store.busy.lock().await;
            Arc::clone(busy.entry(self.user.to_owned()).or_default())
        };
        let Ok(_turn) = turn.try_lock() else {
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            return Err(Refusal::new(
                status,
                "could not serialize access due to concurrent update",
            ));
        };
        sleep(GAP).await;
        self.replace(SLOT).await
    }

    async fn is_there(&self) -> sqlx::Result<bool> {
        Ok(self.texts().await?.iter().any(|text| text == self.share))
    }

    async fn texts(&self) -> sqlx::Result<Vec<String>> {
        sqlx::query_scalar(
            r#"SELECT "share" FROM "CustodianBackupShare"
               WHERE "userId" = ?1 AND "backupMethod" = ?2"#,
        )
        .bind(self.user)
        .bind(self.method)
        .fetch_all(self.store.pool())
        .await
    }
}

async fn delete(
    database: impl SqliteExecutor<'_>,
    which: &'static str,
    user: &str,
    method: &str,
) -> sqlx::Result<()> {
    sqlx::query(which)
        .bind(user)
        .bind(method)
        .execute(database)
        .await?;
    Ok(())
}

/// Gives the number of the new row, which is higher than those of all others.
async fn insert(
    database: impl SqliteExecutor<'_>,
    user: &str,
    method: &str,
    share: &str,
) -> sqlx::Result<i64> {
    let done = sqlx::query(
        r#"INSERT INTO "CustodianBackupShare" ("userId", "backupMethod", "share")
           VALUES (?1, ?2, ?3)"#,
    )
    .bind(user)
    .bind(method)
    .bind(share)
    .execute(database)
    .await?;
    Ok(done.last_insert_rowid())
}
