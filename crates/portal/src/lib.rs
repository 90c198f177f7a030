//! A local Portal: the part of its REST API that a custodian's backend calls, to develop and to test against.
//!
//! The routes are in `server`, what they know in `state`. It keeps everything in memory, up to a bound, and ends with its
//! process. It is no Portal: it holds no key material, signs nothing, and calls nobody by itself.

mod answer;
mod bearer;
mod book;
mod call;
mod client;
mod journal;
mod listener;
mod mood;
mod pace;
mod server;
mod show;
mod stand_in;
mod state;
mod tell;

#[cfg(test)]
mod tests;

pub use book::Full;
pub use call::{Bearer, Call, Via};
pub use client::{Client, Pair, Progress, Wallet};
pub use journal::{LineWriter, LogSink};
pub use listener::{Peer, Tls};
pub use mood::{Mood, NoMood};
pub use state::{BeforeAnswer, Portal};

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use listener::Door;

/// How long [`Running::stop`] waits for open requests.
const GRACE: Duration = Duration::from_secs(1);

/// What the local Portal is told before it starts.
#[derive(Clone)]
pub struct Settings {
    /// Where it listens; port 0 takes a free one.
    pub address: SocketAddr,
    /// The certificate that it shows; without one it speaks plain HTTP.
    pub tls: Option<Tls>,
    /// The bearer of the custodian's own endpoints, the "Portal API key".
    pub custodian_key: SecretString,
    /// Whether each key may send 200 requests a minute only.
    pub limited: bool,
    /// How it treats what comes with a client's key, from the start.
    pub fault: Option<Mood>,
    /// Whether a key that no client of its own has is taken for that of a client made elsewhere. A client of which no
    /// wallet is known is then shown with one on each curve, and a pair for each method.
    pub takes_any_key: bool,
    /// Where its log goes.
    pub log: LogSink,
    /// Further routes on the same listener, which guard themselves; they have no fallback.
    pub more: Option<Router>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("address", &self.address)
            .field("tls", &self.tls.is_some())
            .field("limited", &self.limited)
            .field("fault", &self.fault)
            .field("takes_any_key", &self.takes_any_key)
            .field("log", &self.log)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// On a free port of this machine, over plain HTTP, for this key, without a log.
    pub fn local(custodian_key: SecretString) -> Self {
        Self {
            address: SocketAddr::from((std::net::Ipv4Addr::LOCALHOST, 0)),
            tls: None,
            custodian_key,
            limited: false,
            fault: None,
            takes_any_key: false,
            log: LogSink::Quiet,
            more: None,
        }
    }
}

/// Why the local Portal did not start.
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
    /// Anybody could guess it.
    #[error("the custodian's key is empty")]
    EmptyKey,
    /// The certificate and its key do not work.
    #[error("cannot serve TLS: {0}")]
    Tls(String),
}

/// A local Portal that listens, and answers once it is told to. Between the two its URL is known, and further routes may be
/// made that know it too.
#[derive(Debug)]
pub struct Bound {
    listener: TcpListener,
    address: SocketAddr,
    settings: Settings,
    portal: Portal,
}

/// Listens, and answers nobody yet. Wants a tokio runtime around it.
pub async fn bind(settings: Settings) -> Result<Bound, StartError> {
    if settings.custodian_key.expose_secret().is_empty() {
        return Err(StartError::EmptyKey);
    }
    let address = settings.address;
    let unheard = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(unheard)?;
    let address = listener.local_addr().map_err(unheard)?;
    let portal = Portal::new(&settings);
    Ok(Bound {
        listener,
        address,
        settings,
        portal,
    })
}

/// Listens, and answers requests from then on. Wants a tokio runtime around it.
pub async fn start(settings: Settings) -> Result<Running, StartError> {
    bind(settings).await?.serve()
}

impl Bound {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it knows, to look at and to change.
    pub fn portal(&self) -> Portal {
        self.portal.clone()
    }

    /// Adds these routes to those of the settings.
    #[must_use]
    pub fn with(mut self, routes: Router) -> Self {
        self.settings.more = Some(match self.settings.more.take() {
            Some(others) => others.merge(routes),
            None => routes,
        });
        self
    }

    /// Answers requests from now on.
    pub fn serve(self) -> Result<Running, StartError> {
        let Self {
            listener,
            address,
            settings,
            portal,
        } = self;
        let scheme = if settings.tls.is_some() {
            "https"
        } else {
            "http"
        };
        let door = Door::new(listener, address, settings.tls.as_ref())?;
        let routes = server::router(portal.clone(), settings.more);
        let app = routes.layer(from_fn_with_state(settings.log, journal::accompany));
        let (stop, stopped) = oneshot::channel::<()>();
        let server = tokio::spawn(async move {
            let app = app.into_make_service_with_connect_info::<Peer>();
            let stopped = async { drop(stopped.await) };
            // It never gives an error: what fails is a connection, not the server.
            drop(axum::serve(door, app).with_graceful_shutdown(stopped).await);
        });
        Ok(Running {
            base_url: format!("{scheme}://{address}"),
            portal,
            stop,
            server,
        })
    }
}

/// A local Portal that answers requests. Dropping it ends it as [`Running::stop`] does, without waiting.
#[derive(Debug)]
pub struct Running {
    base_url: String,
    portal: Portal,
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
}

impl Running {
    /// What stands in the place of `https://api.portalhq.io`: scheme and address, no slash at the end.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// What it knows, to look at and to change.
    pub fn portal(&self) -> Portal {
        self.portal.clone()
    }

    /// Ends it: takes no more requests, lets the open ones finish for up to a second, hangs up on those that it has let
    /// hang.
    pub async fn stop(mut self) {
        self.portal.close();
        // It fails if the server has ended, which is what is wanted.
        let _ = self.stop.send(());
        if tokio::time::timeout(GRACE, &mut self.server).await.is_err() {
            self.server.abort();
        }
    }
}
