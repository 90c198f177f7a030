//! How a custodian is reached.

use super::{ConnectTo, Identity, Proxy, Rate, Resolve, Trace, Trust};
use secrecy::SecretString;
use std::time::Duration;
use url::Url;

/// How to reach a custodian.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// The base URL below which the webhooks stand.
    pub base: Url,
    /// Headers that go with every request, such as a gateway's: name and value.
    pub headers: Vec<(String, SecretString)>,
    /// The limit of one request, from its first byte to the answer's last.
    pub max_time: Duration,
    /// The limit of making a connection.
    pub connect_timeout: Duration,
    /// Everything between here and there.
    pub network: Network,
}

/// Everything between here and the custodian; the default is what a plain client does.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// Whose certificates are believed.
    pub trust: Trust,
    /// Who we are, to a server that asks for a certificate.
    pub identity: Option<Identity>,
    /// The proxy.
    pub proxy: Proxy,
    /// Addresses for a host and port.
    pub resolve: Vec<Resolve>,
    /// Other hosts and ports in the place of one.
    pub connect_to: Vec<ConnectTo>,
    /// Whether HTTP/2 is not offered.
    pub http1_only: bool,
    /// The pace of everything that is sent.
    pub rate: Option<Rate>,
    /// The trace that every request belongs to.
    pub trace: Option<Trace>,
}

/// Why no client can be made of the settings.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// A header cannot be sent.
    #[error("header {0} cannot be sent: {1}")]
    Header(String, String),
    /// The TLS settings do not work.
    #[error("cannot set up TLS: {0}")]
    Tls(String),
    /// A rule for connections cannot be kept.
    #[error("{0}")]
    Route(String),
    /// The HTTP client refuses the settings.
    #[error("cannot set up the HTTP client: {0}")]
    Client(String),
}
