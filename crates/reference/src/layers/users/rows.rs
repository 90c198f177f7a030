//! Statements over user shares that a correct custodian has no use for.

use sqlx::SqlitePool;

/// The text that this client has in exactly this place.
pub(super) async fn exactly(
    pool: &SqlitePool,
    client: &str,
    place: &str,
) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar(
        r#"SELECT "cipherText" FROM "UserBackupShare" JOIN "User" ON "User"."id" = "userId"
           WHERE "clientId" = ?1 AND "backupMethod" = ?2"#,
    )
    .bind(client)
    .bind(place)
    .fetch_optional(pool)
    .await
}

/// The text that was stored last for this client.
pub(super) async fn latest_of(pool: &SqlitePool, client: &str) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar(
        r#"SELECT "cipherText" FROM "UserBackupShare" JOIN "User" ON "User"."id" = "userId"
           WHERE "clientId" = ?1 ORDER BY "UserBackupShare".rowid DESC LIMIT 1"#,
    )
    .bind(client)
    .fetch_optional(pool)
    .await
}

/// The text that was stored last for anybody.
pub(super) async fn latest(pool: &SqlitePool) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar(r#"SELECT "cipherText" FROM "UserBackupShare" ORDER BY rowid DESC LIMIT 1"#)
        .fetch_optional(pool)
        .await
}

/// Removes what this client has in this place.
pub(super) async fn delete(pool: &SqlitePool, client: &str, place: &str) -> sqlx::Result<()> {
    sqlx::query(
        r#"DELETE FROM "UserBackupShare" WHERE "backupMethod" = ?2
           AND "userId" IN (SELECT "id" FROM "User" WHERE "clientId" = ?1)"#,
    )
    .bind(client)
    .bind(place)
    .execute(pool)
    .await?;
    Ok(())
}

/// Removes what this client has in other places.
pub(super) async fn delete_others(
    pool: &SqlitePool,
    client: &str,
    place: &str,
) -> sqlx::Result<()> {
    sqlx::query(
        r#"DELETE FROM "UserBackupShare" WHERE "backupMethod" <> ?2
           AND "userId" IN (SELECT "id" FROM "User" WHERE "clientId" = ?1)"#,
    )
    .bind(client)
    .bind(place)
    .execute(pool)
    .await?;
    Ok(())
}
