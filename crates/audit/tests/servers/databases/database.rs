//! A new database on any of the engines.

use super::server::{mariadb, postgres};
use super::sqlite;
use secrecy::SecretString;
use sqlx::{AssertSqlSafe, MySqlConnection, PgConnection, SqliteConnection};

/// A database, and a connection of its owner to it.
pub(crate) enum Database {
    Postgres(PgConnection),
    MariaDb(MySqlConnection),
    Sqlite(
        SqliteConnection,
        #[expect(dead_code, reason = "held for its end: it removes the folder")] tempfile::TempDir,
    ),
}

impl Database {
    /// A new one with these tables, and its address.
    pub(crate) async fn make(engine: &str, sql: &str) -> (SecretString, Self) {
        match engine {
            "postgres" => {
                let (url, connection) = postgres::database(sql).await;
                (url, Self::Postgres(connection))
            }
            "mariadb" => {
                let (url, connection) = mariadb::database(sql).await;
                (url, Self::MariaDb(connection))
            }
            _ => {
                let home = tempfile::tempdir().unwrap();
                let file = home.path().join("app.db");
                let connection = sqlite::make(&file, sql).await;
                (sqlite::url(&file), Self::Sqlite(connection, home))
            }
        }
    }

    /// Runs statements as the owner.
    pub(crate) async fn run(&mut self, sql: &str) {
        match self {
            Self::Postgres(it) => postgres::run(it, sql).await,
            Self::MariaDb(it) => mariadb::run(it, sql).await,
            Self::Sqlite(it, _) => {
                let query = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
                query.execute(it).await.unwrap();
            }
        }
    }

    /// How many rows a query lists.
    pub(crate) async fn count(&mut self, query: &str) -> usize {
        let query = sqlx::raw_sql(AssertSqlSafe(query.to_owned()));
        match self {
            Self::Postgres(it) => query.fetch_all(it).await.unwrap().len(),
            Self::MariaDb(it) => query.fetch_all(it).await.unwrap().len(),
            Self::Sqlite(it, _) => query.fetch_all(it).await.unwrap().len(),
        }
    }
}
