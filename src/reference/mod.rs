//! A correct custodian over an SQLite database, and the faults that it can be told to have.
//!
//! The custodian is in `server`, `body` and `store`; whoever wants an example to copy needs no more. The faults are
//! named in `fault` and done in `faulty`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::serve::ListenerExt;
use secrecy::{ExposeSecret, SecretString};
use sqlx::SqlitePool;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

mod body;
mod fault;
mod faulty;
mod journal;
mod refusal;
mod server;
mod store;

#[cfg(test)]
mod portal;
#[cfg(test)]
mod tests;

pub use fault::{Fault, Shows, UnknownFault};
pub use journal::{LineWriter, LogSink};

use journal::Journal;
use server::Custodian;
use store::SqliteStore;

/// How long [`Running::stop`] waits for open requests.
const GRACE: Duration = Duration::from_secs(1);

/// What the custodian is told before it starts.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it listens; port 0 takes a free one.
    pub address: SocketAddr,
    /// What stands before `/backup`, such as `/portal`; empty for nothing.
    pub base_path: String,
    /// What Portal must send in `X-Webhook-Secret`.
    pub secret: SecretString,
    /// The file of the database, made if there is none; without one the shares live in memory.
    pub database: Option<PathBuf>,
    /// The clients that it knows, beside those already in the database; empty: any client is known.
    pub clients: Vec<String>,
    /// How long each answer is held back.
    pub latency: Duration,
    /// The version of the contract that it keeps.
    pub contract: Contract,
    /// The one thing that it does wrong.
    pub fault: Option<Fault>,
    /// Where its log goes.
    pub log: LogSink,
}

/// The version of the contract that a custodian keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Contract {
    /// Not migrated: one share for each client, whatever its method.
    V5,
    /// Migrated: one share for each client and backup method.
    V6,
}

/// Why the custodian did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken or not ours.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The database cannot be opened, or its tables cannot be made.
    #[error("cannot open the database")]
    Database(#[from] sqlx::Error),
    /// The base path cannot stand in a URL as it is.
    #[error("cannot serve below {0:?}: not a plain path")]
    BasePath(String),
    /// Anybody could guess it.
    #[error("the webhook secret is empty")]
    EmptySecret,
    /// The fault needs the other contract to show.
    #[error("the fault {0} belongs to a v5 custodian")]
    FaultOfV5(Fault),
}

/// A custodian that answers requests. Dropping it ends it as [`Running::stop`] does, without waiting.
#[derive(Debug)]
pub struct Running {
    base_url: String,
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
    pool: SqlitePool,
}

/// Opens the database, listens, and answers requests from then on. Wants a tokio runtime around it.
pub async fn start(settings: Settings) -> Result<Running, StartError> {
    if settings.secret.expose_secret().is_empty() {
        return Err(StartError::EmptySecret);
    }
    let base = plain_path(&settings.base_path)?;
    let (app, pool) = app(&base, &settings).await?;
    let address = settings.address;
    let unheard = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(unheard)?;
    let base_url = format!("http://{}{base}", listener.local_addr().map_err(unheard)?);
    // Small answers must not wait for each other.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let (stop, stopped) = oneshot::channel();
    let server = tokio::spawn(async move {
        let stopped = async { drop(stopped.await) };
        // It never gives an error: what fails is a connection, not the server.
        drop(
            axum::serve(listener, app)
                .with_graceful_shutdown(stopped)
                .await,
        );
    });
    Ok(Running {
        base_url,
        stop,
        server,
        pool,
    })
}

impl Running {
    /// The URL to configure as the webhook: scheme, address, base path, no slash at the end.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Ends it: takes no more requests, lets the open ones finish for up to a second, closes the database.
    pub async fn stop(mut self) {
        // It fails if the server has ended, which is what is wanted.
        let _ = self.stop.send(());
        if tokio::time::timeout(GRACE, &mut self.server).await.is_err() {
            self.server.abort();
        }
        self.pool.close().await;
    }

    /// Waits until it has ended by itself, which it does not do in good health.
    pub async fn finished(&mut self) {
        drop((&mut self.server).await);
    }
}

async fn app(base: &str, settings: &Settings) -> Result<(Router, SqlitePool), StartError> {
    let (routes, pool) = match settings.fault {
        None => {
            let store = SqliteStore::open(settings.database.as_deref(), &settings.clients).await?;
            let pool = store.pool().clone();
            let Settings {
                secret, contract, ..
            } = settings.clone();
            (
                server::router(
                    base,
                    Custodian {
                        store,
                        secret,
                        contract,
                    },
                ),
                pool,
            )
        }
        Some(fault) if fault.contract() == Contract::V5 && settings.contract == Contract::V6 => {
            return Err(StartError::FaultOfV5(fault));
        }
        Some(fault) => faulty::router(base, fault, settings).await?,
    };
    let journal = Journal {
        log: settings.log.clone(),
        latency: settings.latency,
    };
    Ok((
        routes.layer(from_fn_with_state(journal, journal::accompany)),
        pool,
    ))
}

/// `portal/`, `/portal` and `/portal/` all become `/portal`, and `/` becomes nothing.
fn plain_path(path: &str) -> Result<String, StartError> {
    let trimmed = path.trim_matches('/');
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-._~%".contains(c);
    if !trimmed.chars().all(plain) {
        return Err(StartError::BasePath(path.to_owned()));
    }
    Ok(if trimmed.is_empty() {
        String::new()
    } else {
        format!("/{trimmed}")
    })
}
