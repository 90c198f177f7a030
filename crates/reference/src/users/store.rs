//! Where the users and their encrypted halves are kept: the tables `User` and `UserBackupShare`.

use secrecy::{ExposeSecret, SecretString};
use sqlx::SqlitePool;

use crate::store::UNKNOWN_METHOD;

/// A user of the custodian.
#[derive(Clone, Debug)]
pub(crate) struct User {
    /// What Portal calls the user's client.
    pub(crate) client: String,
    /// With what Portal is told about that client.
    pub(crate) api_key: SecretString,
}

/// Users and user shares in an SQLite database.
#[derive(Clone, Debug)]
pub(crate) struct UserStore {
    pool: SqlitePool,
}

impl UserStore {
    /// In a database that has the tables of `tables.sql`.
    pub(crate) async fn open(pool: SqlitePool) -> sqlx::Result<Self> {
        sqlx::raw_sql(include_str!("users.sql"))
            .execute(&pool)
            .await?;
        Ok(Self { pool })
    }

    /// The open database.
    pub(crate) fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    /// Makes a user of this client unless there is one. Without a key of Portal the user has one that opens nothing.
    pub(crate) async fn enrol(&self, client: &str, key: Option<&SecretString>) -> sqlx::Result<()> {
        sqlx::query(
            r#"INSERT INTO "User" ("clientId", "clientApiKey")
               VALUES (?1, coalesce(?2, 'unset-' || lower(hex(randomblob(16)))))
               ON CONFLICT ("clientId")
               DO UPDATE SET "clientApiKey" = coalesce(?2, "clientApiKey")"#,
        )
        .bind(client)
        .bind(key.map(ExposeSecret::expose_secret))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The user of this client.
    pub(crate) async fn user(&self, client: &str) -> sqlx::Result<Option<User>> {
        let key: Option<String> =
            sqlx::query_scalar(r#"SELECT "clientApiKey" FROM "User" WHERE "clientId" = ?1"#)
                .bind(client)
                .fetch_optional(&self.pool)
                .await?;
        Ok(key.map(|key| User {
            client: client.to_owned(),
            api_key: key.into(),
        }))
    }

    /// Keeps a text in the place of the one that this client has under this method. In one statement: whatever becomes
    /// of it, the old text is there or the new one.
    pub(crate) async fn put(&self, client: &str, method: &str, text: &str) -> sqlx::Result<()> {
        sqlx::query(
            r#"INSERT INTO "UserBackupShare" ("userId", "backupMethod", "cipherText")
               SELECT "id", ?2, ?3 FROM "User" WHERE "clientId" = ?1
               ON CONFLICT ("userId", "backupMethod")
               DO UPDATE SET "id" = excluded."id", "cipherText" = excluded."cipherText", "createdAt" = excluded."createdAt""#,
        )
        .bind(client)
        .bind(method)
        .bind(text)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The text that this client has under this method, else the one that came without a method: who backed up before
    /// the migration is asked for by a named method today.
    pub(crate) async fn get(&self, client: &str, method: &str) -> sqlx::Result<Option<String>> {
        sqlx::query_scalar(
            r#"SELECT "cipherText" FROM "UserBackupShare" JOIN "User" ON "User"."id" = "userId"
               WHERE "clientId" = ?1 AND "backupMethod" IN (?2, ?3)
               ORDER BY "backupMethod" = ?2 DESC LIMIT 1"#,
        )
        .bind(client)
        .bind(method)
        .bind(UNKNOWN_METHOD)
        .fetch_optional(&self.pool)
        .await
    }

    /// Removes the user of this client, with both kinds of shares.
    pub(crate) async fn remove(&self, client: &str) -> sqlx::Result<()> {
        let mut transaction = self.pool.begin().await?;
        for statement in [
            r#"DELETE FROM "TestClient" WHERE "userId" IN (SELECT "id" FROM "User" WHERE "clientId" = ?1)"#,
            r#"DELETE FROM "UserBackupShare" WHERE "userId" IN (SELECT "id" FROM "User" WHERE "clientId" = ?1)"#,
            r#"DELETE FROM "CustodianBackupShare" WHERE "userId" IN (SELECT "id" FROM "User" WHERE "clientId" = ?1)"#,
            r#"DELETE FROM "User" WHERE "clientId" = ?1"#,
        ] {
            sqlx::query(statement)
                .bind(client)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await
    }

    /// Notes which client was made for this set-up.
    pub(crate) async fn note(&self, key: &str, client: &str) -> sqlx::Result<()> {
        sqlx::query(
            r#"INSERT INTO "TestClient" ("idempotencyKey", "userId")
               SELECT ?1, "id" FROM "User" WHERE "clientId" = ?2"#,
        )
        .bind(key)
        .bind(client)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The client that was made for this set-up.
    pub(crate) async fn noted(&self, key: &str) -> sqlx::Result<Option<String>> {
        sqlx::query_scalar(
            r#"SELECT "clientId" FROM "TestClient" JOIN "User" ON "User"."id" = "userId"
               WHERE "idempotencyKey" = ?1"#,
        )
        .bind(key)
        .fetch_optional(&self.pool)
        .await
    }
}
