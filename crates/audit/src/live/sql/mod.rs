//! One connection to PostgreSQL, MySQL, MariaDB or SQLite that only reads: every statement runs inside a read-only
//! transaction with time limits, and every value comes as text.

mod cancel;
mod connect;

pub(super) use cancel::Canceller;

use super::Settings;
use super::address::Address;
use super::trouble::{self, Trouble};
use crate::schema::Engine;
use futures_util::TryStreamExt;
use sqlx::{
    AssertSqlSafe, Connection, Executor, MySqlConnection, PgConnection, Row as _, SqliteConnection,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// A connection that only reads.
pub(super) struct Sql {
    wire: Wire,
    /// What answers.
    pub(super) engine: Engine,
    /// Its version: 150002 for PostgreSQL 15.2, 80036 for MySQL 8.0.36, 101106 for MariaDB 10.11.6.
    pub(super) version: u32,
    /// The address that it came from.
    pub(super) address: Address,
    settings: Settings,
    state: Arc<State>,
}

/// What the canceller shares with the connection.
#[derive(Default)]
struct State {
    /// Told to stop: no statement begins any more, and SQLite ends the one that runs.
    stop: AtomicBool,
    /// The process or thread in the server that runs our statements; 0 before there is one.
    process: AtomicU64,
    /// When SQLite must be ready, in milliseconds since the connection was opened; 0 for never.
    until: AtomicU64,
}

enum Wire {
    Postgres(PgConnection),
    MySql(MySqlConnection),
    Sqlite(SqliteConnection),
}

/// Whose language an engine speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    /// PostgreSQL's, which `CockroachDB` speaks too.
    Postgres,
    /// MySQL's and MariaDB's.
    MySql,
    /// SQLite's.
    Sqlite,
}

impl Language {
    /// That of an engine.
    pub(super) fn of(engine: Engine) -> Self {
        match engine {
            Engine::MySql | Engine::MariaDb => Self::MySql,
            Engine::Sqlite => Self::Sqlite,
            Engine::PostgreSql | Engine::CockroachDb | Engine::MongoDb | Engine::SqlServer => {
                Self::Postgres
            }
        }
    }
}

/// A row of an answer, as text.
pub(super) struct Row(Vec<Option<String>>);

impl Row {
    /// The text at this index; empty where there is none.
    pub(super) fn text(&self, index: usize) -> &str {
        self.0.get(index).and_then(Option::as_deref).unwrap_or("")
    }

    /// The text at this index, if there is one.
    pub(super) fn given(&self, index: usize) -> Option<&str> {
        self.0.get(index).and_then(Option::as_deref)
    }

    /// The number at this index; none where there is no whole number.
    pub(super) fn number(&self, index: usize) -> Option<u64> {
        self.given(index)?.parse().ok()
    }

    /// Whether it says true there, in any engine's word for it.
    pub(super) fn yes(&self, index: usize) -> bool {
        matches!(self.text(index), "t" | "true" | "1" | "YES")
    }
}

impl Sql {
    /// What goes wrong with a statement, in our words.
    fn trouble(&self, error: &sqlx::Error) -> Trouble {
        let stopped = self.state.stop.load(Ordering::Relaxed);
        trouble::of(error, &self.address.name, &self.address.hidden, stopped)
    }

    /// Runs one statement and hands over each row of its answer.
    pub(super) async fn each(
        &mut self,
        sql: &str,
        mut take: impl FnMut(Row),
    ) -> Result<(), Trouble> {
        if self.state.stop.load(Ordering::Relaxed) {
            let name = self.address.name.clone();
            return Err(Trouble::Stopped { name });
        }
        let query = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        // Each arm is the same text for another type of rows.
        macro_rules! all {
            ($connection:expr) => {{
                let mut rows = query.fetch($connection);
                loop {
                    match rows.try_next().await {
                        Ok(Some(row)) => {
                            let values = (0..row.len())
                                .map(|at| row.try_get_unchecked::<Option<String>, _>(at));
                            match values.collect() {
                                Ok(values) => take(Row(values)),
                                Err(error) => break Err(error),
                            }
                        }
                        Ok(None) => break Ok(()),
                        Err(error) => break Err(error),
                    }
                }
            }};
        }
        let done = match &mut self.wire {
            Wire::Postgres(connection) => all!(connection),
            Wire::MySql(connection) => all!(connection),
            Wire::Sqlite(connection) => all!(connection),
        };
        done.map_err(|error| self.trouble(&error))
    }

    /// All rows of an answer.
    pub(super) async fn all(&mut self, sql: &str) -> Result<Vec<Row>, Trouble> {
        let mut rows = Vec::new();
        self.each(sql, |row| rows.push(row)).await?;
        Ok(rows)
    }

    /// The first row of an answer.
    pub(super) async fn one(&mut self, sql: &str) -> Result<Option<Row>, Trouble> {
        Ok(self.all(sql).await?.into_iter().next())
    }

    async fn run(&mut self, sql: &str) -> Result<(), Trouble> {
        self.each(sql, |_| {}).await
    }

    /// Begins a read-only transaction whose statements may take so long each, and sees that it is one.
    pub(super) async fn begin(&mut self, limit: Duration) -> Result<(), Trouble> {
        let lock = self.settings.lock;
        let read_only = match Language::of(self.engine) {
            Language::MySql => {
                for setting in mysql_limits(self.engine, limit, lock) {
                    self.run(&setting).await?;
                }
                self.run("SET SESSION TRANSACTION READ ONLY").await?;
                self.run("START TRANSACTION READ ONLY").await?;
                let variable = if self.engine == Engine::MySql && self.version >= 80003 {
                    "transaction_read_only"
                } else {
                    "tx_read_only"
                };
                self.one(&format!("SELECT CAST(@@session.{variable} AS CHAR)"))
                    .await?
            }
            Language::Sqlite => {
                let until = connect::age().saturating_add(millis(limit));
                self.state.until.store(until, Ordering::Relaxed);
                self.run("PRAGMA query_only = ON").await?;
                self.run("BEGIN").await?;
                self.one("SELECT CAST(query_only AS TEXT) FROM pragma_query_only")
                    .await?
            }
            Language::Postgres => {
                self.run("BEGIN READ ONLY").await?;
                let (limit, lock) = (millis(limit), millis(lock));
                self.run(&format!("SET LOCAL statement_timeout = {limit}"))
                    .await?;
                self.run(&format!("SET LOCAL lock_timeout = {lock}"))
                    .await?;
                self.run("SET LOCAL idle_in_transaction_session_timeout = 60000")
                    .await?;
                if self.engine == Engine::PostgreSql {
                    self.run("SET LOCAL search_path = ''").await?;
                    // A policy that hides rows makes the statement fail: counts of a part would pass for all.
                    self.run("SET LOCAL row_security = off").await?;
                }
                let pid = self
                    .one("SELECT pg_catalog.pg_backend_pid()::pg_catalog.text")
                    .await?;
                let pid = pid.and_then(|row| row.number(0)).unwrap_or(0);
                self.state.process.store(pid, Ordering::Relaxed);
                self.one("SELECT pg_catalog.current_setting('transaction_read_only')")
                    .await?
            }
        };
        if read_only.is_some_and(|row| matches!(row.text(0), "on" | "1" | "ON")) {
            return Ok(());
        }
        self.end().await;
        let name = self.address.name.clone();
        Err(Trouble::Writable { name })
    }

    /// Ends the transaction. Nothing was written, so it makes no difference whether that arrives.
    pub(super) async fn end(&mut self) {
        self.state.until.store(0, Ordering::Relaxed);
        // Not by `run`: it has to be tried after a stop as well.
        let sql = "ROLLBACK";
        let _ = match &mut self.wire {
            Wire::Postgres(connection) => connection.execute(sql).await.map(|_| ()),
            Wire::MySql(connection) => connection.execute(sql).await.map(|_| ()),
            Wire::Sqlite(connection) => connection.execute(sql).await.map(|_| ()),
        };
        // Behind a pooler the process serves somebody else from now on.
        if !self.engine.is_mysql() {
            self.state.process.store(0, Ordering::Relaxed);
        }
    }

    /// Says goodbye to the server.
    pub(super) async fn close(self) {
        let _ = match self.wire {
            Wire::Postgres(connection) => connection.close().await,
            Wire::MySql(connection) => connection.close().await,
            Wire::Sqlite(connection) => connection.close().await,
        };
    }

    /// How long is waited for what.
    pub(super) fn limits(&self) -> Settings {
        self.settings
    }
}

/// A name in an engine's quotes.
pub(super) fn quoted(engine: Engine, name: &str) -> String {
    if engine.is_mysql() {
        format!("`{}`", name.replace('`', "``"))
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

/// A text as a literal of an engine.
pub(super) fn literal(engine: Engine, text: &str) -> String {
    let text = text.replace('\'', "''");
    if engine.is_mysql() {
        return format!("'{}'", text.replace('\\', "\\\\"));
    }
    format!("'{text}'")
}

fn mysql_limits(engine: Engine, limit: Duration, lock: Duration) -> [String; 3] {
    let statement = if engine == Engine::MariaDb {
        format!("max_statement_time = {}", limit.as_secs_f64())
    } else {
        format!("max_execution_time = {}", millis(limit))
    };
    let lock = lock.as_secs().max(1);
    [
        format!("SET SESSION {statement}"),
        format!("SET SESSION lock_wait_timeout = {lock}"),
        format!("SET SESSION innodb_lock_wait_timeout = {lock}"),
    ]
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
