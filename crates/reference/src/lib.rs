//! A correct custodian over an SQLite database, and the faults that it can be told to have.
//!
//! The custodian is in `server`, `body` and `store`, its endpoints for the app in `users` and `portal_api`; whoever wants
//! an example to copy needs no more. The faults are named in `fault`, what the contract leaves free in `freedom`; both are done in `layers`, and what cannot be had
//! together is in `conflict`.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::serve::{Listener, ListenerExt};
use secrecy::{ExposeSecret, SecretString};
use sqlx::SqlitePool;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

mod behaviour;
mod body;
mod conflict;
mod fault;
mod feature;
mod freedom;
mod journal;
mod layer;
mod layers;
mod named;
mod portal_api;
mod refusal;
mod server;
mod store;
mod users;

#[cfg(test)]
mod app;
#[cfg(test)]
mod portal;
#[cfg(test)]
mod tests;

pub use conflict::conflict;
pub use fault::{Fault, Shows};
pub use feature::Feature;
pub use freedom::Freedom;
pub use journal::{LineWriter, LogSink};
pub use layer::Layer;
pub use named::UnknownName;

use journal::Journal;
use server::Custodian;
use store::SqliteStore;
use users::{Endpoints, provision};

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
    /// What it does wrong.
    pub faults: Vec<Fault>,
    /// What it does in another way, and may.
    pub freedoms: Vec<Freedom>,
    /// The endpoints for the app; without them there are the webhooks alone. A fault of the layer `users` brings them,
    /// with no Portal behind them.
    pub users: Option<Users>,
    /// Where its log goes.
    pub log: LogSink,
}

/// The custodian's own endpoints, where the app keeps the user's encrypted half.
#[derive(Clone, Debug)]
pub struct Users {
    /// The Portal that makes clients and is told of each user share, such as `http://127.0.0.1:4000`, without a path of
    /// its API; none: nobody is told, and ids of clients are made up.
    pub portal: Option<String>,
    /// The custodian's own key for that Portal.
    pub custodian_key: SecretString,
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
    /// It is not called in any other way.
    #[error(
        "the address of Portal is no plain http:// address: the reference custodian calls no other, so that the real \
         Portal never hears of a backup that was made up"
    )]
    PortalAddress,
    /// Anybody could guess it.
    #[error("the webhook secret is empty")]
    EmptySecret,
    /// The fault needs the other contract to show.
    #[error("the fault {0} belongs to a v5 custodian")]
    FaultOfV5(Fault),
    /// No custodian can have both.
    #[error("{together} cannot be had together: {2}", together = named(*.0, *.1))]
    Conflict(Feature, Feature, &'static str),
}

fn named(a: Feature, b: Feature) -> String {
    if a.kind() == b.kind() {
        format!("the {}s {a} and {b}", a.kind())
    } else {
        format!("the {} {a} and the {} {b}", a.kind(), b.kind())
    }
}

/// Why no user was made.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// It has no endpoints for users.
    #[error("the custodian was started without endpoints for users")]
    NoUsers,
    /// The database failed, or another client has this key.
    #[error("the user could not be made")]
    Database(#[from] sqlx::Error),
}

/// A custodian that answers requests. Dropping it ends it as [`Running::stop`] does, without waiting.
#[derive(Debug)]
pub struct Running {
    base_url: String,
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
    pool: Option<SqlitePool>,
    users: Option<Enrolment>,
}

/// Where users are made.
#[derive(Debug)]
struct Enrolment {
    endpoints: Arc<Endpoints>,
    /// The half of the webhooks, where it has a list of clients of its own.
    webhooks: Option<layers::Shares>,
}

/// What answers the requests, and what it works on.
struct App {
    routes: Router,
    pool: Option<SqlitePool>,
    users: Option<Enrolment>,
}

/// Opens the database, listens, and answers requests from then on. Wants a tokio runtime around it.
pub async fn start(settings: Settings) -> Result<Running, StartError> {
    if settings.secret.expose_secret().is_empty() {
        return Err(StartError::EmptySecret);
    }
    let base = plain_path(&settings.base_path)?;
    let App {
        routes: app,
        pool,
        users,
    } = app(&base, &settings).await?;
    let address = settings.address;
    let unheard = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(unheard)?;
    let base_url = format!("http://{}{base}", listener.local_addr().map_err(unheard)?);
    let (stop, stopped) = oneshot::channel();
    let server = if settings.freedoms.contains(&Freedom::OneConnection) {
        tokio::spawn(serve(layers::OneLine::new(listener), app, stopped))
    } else {
        // Small answers must not wait for each other.
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        tokio::spawn(serve(listener, app, stopped))
    };
    Ok(Running {
        base_url,
        stop,
        server,
        pool,
        users,
    })
}

/// Answers requests until it is stopped.
async fn serve<L: Listener>(listener: L, app: Router, stopped: oneshot::Receiver<()>)
where
    L::Addr: fmt::Debug,
{
    let stopped = async { drop(stopped.await) };
    let serving = axum::serve(listener, app).with_graceful_shutdown(stopped);
    // It never gives an error: what fails is a connection, not the server.
    drop(serving.await);
}

impl Running {
    /// The URL to configure as the webhook: scheme, address, base path, no slash at the end.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Makes a user of this client, whom Portal knows by this key, and gives the token that lets the user in. A user whom
    /// it has gets the key and the same token as before.
    pub async fn enrol(&self, client_id: &str, api_key: &str) -> Result<String, EnrolError> {
        let users = self.users.as_ref().ok_or(EnrolError::NoUsers)?;
        let endpoints = &users.endpoints;
        let api_key = SecretString::from(api_key);
        endpoints.store.enrol(client_id, Some(&api_key)).await?;
        if let Some(webhooks) = &users.webhooks {
            webhooks.add(client_id).await?;
        }
        Ok(endpoints.tokens.of(client_id))
    }

    /// Ends it: takes no more requests, lets the open ones finish for up to a second, closes the database.
    pub async fn stop(mut self) {
        // It fails if the server has ended, which is what is wanted.
        let _ = self.stop.send(());
        if tokio::time::timeout(GRACE, &mut self.server).await.is_err() {
            self.server.abort();
        }
        if let Some(pool) = self.pool {
            pool.close().await;
        }
    }

    /// Waits until it has ended by itself, which it does not do in good health.
    pub async fn finished(&mut self) {
        drop((&mut self.server).await);
    }
}

async fn app(base: &str, settings: &Settings) -> Result<App, StartError> {
    possible(settings)?;
    let mut app = if settings.faults.is_empty() && settings.freedoms.is_empty() {
        correct(base, settings).await?
    } else {
        layers::app(base, settings).await?
    };
    let journal = Journal {
        log: settings.log.clone(),
        latency: settings.latency,
    };
    let accompanied = from_fn_with_state(journal, journal::accompany);
    app.routes = app.routes.layer(accompanied);
    Ok(app)
}

async fn correct(base: &str, settings: &Settings) -> Result<App, StartError> {
    let store = SqliteStore::open(settings.database.as_deref(), &settings.clients).await?;
    let pool = store.pool().clone();
    let custodian = Custodian {
        store: store.clone(),
        secret: settings.secret.clone(),
        contract: settings.contract,
    };
    let mut routes = server::router(base, custodian);
    let mut enrolment = None;
    if let Some(users) = &settings.users {
        let endpoints = Endpoints::open(pool.clone(), users, settings).await?;
        routes = routes
            .merge(users::router(base, Arc::clone(&endpoints)))
            .merge(provision::router(base, Arc::clone(&endpoints), store));
        enrolment = Some(Enrolment {
            endpoints,
            webhooks: None,
        });
    }
    Ok(App {
        routes,
        pool: Some(pool),
        users: enrolment,
    })
}

/// Whether there can be such a custodian.
fn possible(settings: &Settings) -> Result<(), StartError> {
    let faults = &settings.faults;
    let of_v5 = |fault: &&Fault| fault.contract() == Contract::V5;
    if let Some(fault) = faults.iter().find(of_v5)
        && settings.contract == Contract::V6
    {
        return Err(StartError::FaultOfV5(*fault));
    }
    let freedoms = settings.freedoms.iter().copied().map(Feature::from);
    let features: Vec<Feature> = faults
        .iter()
        .copied()
        .map(Feature::from)
        .chain(freedoms)
        .collect();
    for (number, feature) in features.iter().enumerate() {
        for other in &features[..number] {
            if let Some(reason) = conflict(*other, *feature) {
                return Err(StartError::Conflict(*other, *feature, reason));
            }
        }
    }
    Ok(())
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
