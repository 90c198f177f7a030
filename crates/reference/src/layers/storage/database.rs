//! The same rows in the tables of an SQLite database, so that they outlive the process.

use std::collections::HashMap;
use std::sync::Arc;

use sqlx::{Sqlite, SqlitePool, Transaction};

use super::table::{Row, Table};
use crate::behaviour::Behaviour;
use crate::fault::Fault;
use crate::store::{SqliteStore, UNKNOWN_METHOD};

/// The faults whose table has no unique key.
const KEYLESS: &[Fault] = &[
    Fault::Append,
    Fault::RedeliveryAppends,
    Fault::DeleteThenInsert,
    Fault::InsertThenDelete,
    Fault::CheckThenInsert,
    Fault::V5Appends,
    Fault::V5SingleAppendArray,
];

/// Makes or changes the tables as the faults want them, and reads what is in them.
pub(super) async fn opened(
    behaviour: &Behaviour,
    path: &std::path::Path,
) -> sqlx::Result<(SqlitePool, Table)> {
    let pool = SqliteStore::open_without_keys(Some(path), &[])
        .await?
        .pool()
        .clone();
    let keys = if behaviour.has_any(KEYLESS) {
        r#"DROP INDEX IF EXISTS "CustodianBackupShare_userId_backupMethod_key""#
    } else {
        include_str!("../../keys.sql")
    };
    sqlx::raw_sql(keys).execute(&pool).await?;
    if behaviour.has(Fault::MigrationDropsV5) {
        sqlx::query(r#"DELETE FROM "CustodianBackupShare" WHERE "backupMethod" = ?1"#)
            .bind(UNKNOWN_METHOD)
            .execute(&pool)
            .await?;
    }
    let table = read(&pool).await?;
    Ok((pool, table))
}

async fn read(pool: &SqlitePool) -> sqlx::Result<Table> {
    let mut table = Table::default();
    let users: Vec<String> = sqlx::query_scalar(r#"SELECT "clientId" FROM "User""#)
        .fetch_all(pool)
        .await?;
    for user in users {
        table.add_user(&user);
    }
    let rows: Vec<(i64, String, String, String)> = sqlx::query_as(
        r#"SELECT "CustodianBackupShare".rowid, "clientId", "backupMethod", "share"
           FROM "CustodianBackupShare" JOIN "User" ON "User"."id" = "userId"
           ORDER BY "CustodianBackupShare".rowid"#,
    )
    .fetch_all(pool)
    .await?;
    for (id, client, method, share) in rows {
        table.put_back(client.into(), method.into(), share.into(), Some(id));
    }
    Ok(table)
}

/// Brings the tables from one state to the next.
pub(super) async fn written(pool: &SqlitePool, old: &Table, new: &Table) -> sqlx::Result<()> {
    let mut transaction = pool.begin().await?;
    for user in new.users().difference(old.users()) {
        sqlx::query(r#"INSERT INTO "User" ("clientId") VALUES (?1) ON CONFLICT DO NOTHING"#)
            .bind(&**user)
            .execute(&mut *transaction)
            .await?;
    }
    let by_id = |table: &Table| -> HashMap<i64, Row> {
        let rows = table.rows().iter();
        rows.map(|row| (row.id, row.clone())).collect()
    };
    let (old, new) = (by_id(old), by_id(new));
    for row in old.values().filter(|row| changed(row, new.get(&row.id))) {
        sqlx::query(r#"DELETE FROM "CustodianBackupShare" WHERE rowid = ?1"#)
            .bind(row.id)
            .execute(&mut *transaction)
            .await?;
    }
    for row in new.values().filter(|row| changed(row, old.get(&row.id))) {
        insert(&mut transaction, row).await?;
    }
    transaction.commit().await
}

/// Whether a row is not in the other state as it is in this one.
fn changed(row: &Row, other: Option<&Row>) -> bool {
    other.is_none_or(|other| {
        !Arc::ptr_eq(&row.share, &other.share)
            || row.client != other.client
            || row.method != other.method
    })
}

async fn insert(transaction: &mut Transaction<'_, Sqlite>, row: &Row) -> sqlx::Result<()> {
    sqlx::query(
        r#"INSERT INTO "CustodianBackupShare" (rowid, "userId", "backupMethod", "share")
           SELECT ?1, "id", ?3, ?4 FROM "User" WHERE "clientId" = ?2"#,
    )
    .bind(row.id)
    .bind(&*row.client)
    .bind(&*row.method)
    .bind(&*row.share)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
