//! Ends, in the database, what runs there for us.

use super::{Sql, State, connect};
use crate::live::address::{Address, Scheme};
use sqlx::{AssertSqlSafe, Connection};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How long a cancellation may take before it is given up: the statement's own time limit ends it then.
const LIMIT: Duration = Duration::from_secs(3);

/// Ends the statement that a connection runs, from outside of it.
#[derive(Clone)]
pub(in crate::live) struct Canceller {
    address: Address,
    state: Arc<State>,
}

impl Sql {
    /// What ends the statement that runs, whichever that is by then.
    pub(in crate::live) fn canceller(&self) -> Canceller {
        Canceller {
            address: self.address.clone(),
            state: Arc::clone(&self.state),
        }
    }
}

impl Canceller {
    /// Lets no further statement begin and ends the one that runs, through a connection of its own. Whatever goes wrong
    /// with that is left to the statement's time limit.
    pub(in crate::live) async fn cancel(&self) {
        self.state.stop.store(true, Ordering::Relaxed);
        let process = self.state.process.load(Ordering::Relaxed);
        if process == 0 {
            return;
        }
        let _ = match self.address.scheme {
            Scheme::Postgres => tokio::time::timeout(LIMIT, self.postgres(process)).await,
            Scheme::MySql => tokio::time::timeout(LIMIT, self.mysql(process)).await,
            // SQLite looks at `stop` by itself.
            Scheme::Sqlite | Scheme::MongoDb => Ok(None),
        };
    }

    async fn postgres(&self, process: u64) -> Option<()> {
        let mut connection = connect::postgres(&self.address, LIMIT).await.ok()?;
        let sql = format!("SELECT pg_catalog.pg_cancel_backend({process})");
        let query = sqlx::raw_sql(AssertSqlSafe(sql));
        query.execute(&mut connection).await.ok()?;
        connection.close().await.ok()
    }

    async fn mysql(&self, process: u64) -> Option<()> {
        let mut connection = connect::mysql(&self.address, LIMIT).await.ok()?;
        let query = sqlx::raw_sql(AssertSqlSafe(format!("KILL QUERY {process}")));
        query.execute(&mut connection).await.ok()?;
        connection.close().await.ok()
    }
}
