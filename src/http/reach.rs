//! How far requests go: whether they stay on this machine.

use super::route::Route;
use super::{HttpError, Network, Proxy};
use url::{Host, Url};

/// How far requests to a URL go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// They stay on this machine.
    Here,
    /// The URL names this host, which counts as another machine whatever it leads to.
    Away(String),
    /// The URL names this machine, but requests go through a proxy, whose own machine that name may mean.
    Proxied(String),
    /// The URL names this machine, but a rule leads elsewhere: from where, and where to.
    Led(String, String),
}

impl Reach {
    /// Where requests to this URL go.
    pub fn of(base: &Url, network: &Network) -> Result<Self, HttpError> {
        let host = base.host_str().unwrap_or_default().to_owned();
        let route = Route::new(base, &network.resolve, &network.connect_to)?;
        Ok(if !is_loopback(base) {
            Self::Away(host)
        } else if matches!(network.proxy, Proxy::Through(_)) {
            Self::Proxied(host)
        } else if route.leaves() {
            Self::Led(host, route.to.unwrap_or_default())
        } else {
            Self::Here
        })
    }

    /// Whether they stay on this machine.
    pub fn is_here(&self) -> bool {
        *self == Self::Here
    }

    /// Whose wire they go over first.
    pub fn goes_to(&self) -> &str {
        match self {
            Self::Here => "this machine",
            Self::Away(host) => host,
            Self::Proxied(_) => "the proxy",
            Self::Led(_, to) => to,
        }
    }
}

impl std::fmt::Display for Reach {
    /// Where the custodian is, as a clause.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Here => f.write_str("the custodian is on this machine"),
            Self::Away(host) => write!(f, "{host} is not on this machine"),
            Self::Proxied(host) => write!(
                f,
                "requests to {host} go through a proxy, and may end on another machine than this one"
            ),
            Self::Led(host, to) => {
                write!(f, "{host} is led to {to}, which is not on this machine")
            }
        }
    }
}

/// Whether a URL names this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}
