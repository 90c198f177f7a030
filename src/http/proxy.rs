//! Which proxy stands between here and the custodian, and what the HTTP client is told of it.

use super::route::Route;
use super::{HttpError, is_loopback};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// Which proxy the requests go through.
#[derive(Clone, Debug, Default)]
pub enum Proxy {
    /// What `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` say; none for a host on this machine.
    #[default]
    Environment,
    /// None.
    None,
    /// This one, an `http` or `https` URL, perhaps with a user and a password.
    Through(SecretString),
}

/// Where connections go if not to the host in the URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Via {
    /// The proxy at this URL, without credentials.
    Proxy(String),
    /// The proxy that this variable names.
    Variable(&'static str),
    /// Where a rule leads.
    Rule(String),
}

impl Via {
    /// Whether it is a proxy.
    pub fn is_proxy(&self) -> bool {
        match self {
            Self::Proxy(_) | Self::Variable(_) => true,
            Self::Rule(_) => false,
        }
    }
}

impl std::fmt::Display for Via {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Proxy(url) => write!(f, "the proxy {url}"),
            Self::Variable(name) => {
                write!(f, "the proxy in {name}, unless NO_PROXY spares the host")
            }
            Self::Rule(to) => f.write_str(to),
        }
    }
}

/// The proxy as the HTTP client gets it.
pub(super) struct Proxied {
    through: Option<(reqwest::Proxy, String)>,
    environment: bool,
    secure: bool,
}

impl Proxied {
    pub(super) fn new(proxy: &Proxy, base: &Url, route: &Route) -> Result<Self, HttpError> {
        let through = match proxy {
            Proxy::Through(text) => {
                let wrong = |_| HttpError::Client("--proxy is no URL".to_owned());
                let mut shown =
                    Url::parse(text.expose_secret()).map_err(|error| wrong(error.to_string()))?;
                let _ = (shown.set_username(""), shown.set_password(None));
                let proxy = reqwest::Proxy::all(text.expose_secret())
                    .map_err(|error| wrong(error.to_string()))?;
                let shown = shown.as_str().trim_end_matches('/').to_owned();
                Some((proxy.no_proxy(None), shown))
            }
            Proxy::Environment | Proxy::None => None,
        };
        // A proxy elsewhere cannot reach this machine, and a rule says where to connect.
        let environment = matches!(proxy, Proxy::Environment) && !route.ruled && !is_loopback(base);
        Ok(Self {
            through,
            environment,
            secure: base.scheme() == "https",
        })
    }

    pub(super) fn applied(&self, builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
        match &self.through {
            Some((proxy, _)) => builder.proxy(proxy.clone()),
            None if self.environment => builder,
            None => builder.no_proxy(),
        }
    }

    pub(super) fn speaks_tls(&self) -> bool {
        match &self.through {
            Some((_, shown)) => shown.starts_with("https:"),
            None => {
                self.environment
                    && environment_proxy(self.secure)
                        .is_some_and(|(_, value)| value.starts_with("https:"))
            }
        }
    }

    pub(super) fn via(&self) -> Option<Via> {
        match &self.through {
            Some((_, shown)) => Some(Via::Proxy(shown.clone())),
            None if self.environment => {
                environment_proxy(self.secure).map(|(name, _)| Via::Variable(name))
            }
            None => None,
        }
    }
}

/// The variables that may name a proxy.
pub const PROXY_VARIABLES: [&str; 6] = [
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
];

/// The variable that names a proxy for this scheme, and its value.
fn environment_proxy(secure: bool) -> Option<(&'static str, String)> {
    let own = if secure { 0..2 } else { 2..4 };
    own.chain(4..6)
        .map(|at| PROXY_VARIABLES[at])
        .filter_map(|name| Some((name, std::env::var(name).ok()?)))
        .find(|(_, value)| !value.is_empty())
}
