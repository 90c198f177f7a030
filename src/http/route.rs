//! Where connections really go: `--resolve` and `--connect-to` applied to the one host and port that a run
//! talks to, and the resolver that does it. The URL, the `Host` header and the name in the certificate stay.

use super::HttpError;
use reqwest::dns::{Addrs, Name, Resolve as Resolver, Resolving};
use reqwest::header::HeaderValue;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use url::{Host, Url};

/// An address for a host and port: curl's `--resolve`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolve {
    /// The host; `*` is any.
    host: String,
    port: u16,
    addresses: Vec<IpAddr>,
}

/// Another host and port in the place of one: curl's `--connect-to`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectTo {
    /// `None` is any host.
    host: Option<String>,
    /// `None` is any port.
    port: Option<u16>,
    /// `None` is the same host.
    to_host: Option<String>,
    /// `None` is the same port.
    to_port: Option<u16>,
}

/// Splits at the first `most - 1` colons that stand outside brackets; takes the brackets off.
fn fields(text: &str, most: usize) -> Vec<&str> {
    let mut out = Vec::new();
    let (mut start, mut inside) = (0, false);
    for (at, character) in text.char_indices() {
        match character {
            '[' => inside = true,
            ']' => inside = false,
            ':' if !inside && out.len() + 1 < most => {
                out.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    out.push(&text[start..]);
    out.into_iter().map(bare).collect()
}

fn bare(text: &str) -> &str {
    text.strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
        .unwrap_or(text)
}

fn port(text: &str) -> Result<u16, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err(format!("{text:?} is no port")),
        Ok(port) => Ok(port),
    }
}

impl FromStr for Resolve {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let [host, at, addresses] = fields(text, 3)[..] else {
            return Err(
                "write HOST:PORT:ADDRESS, such as staging.example.com:443:10.0.0.7".to_owned(),
            );
        };
        if host.is_empty() {
            return Err("the host is missing; * is any".to_owned());
        }
        let addresses = addresses.split(',').map(|text| {
            let text = bare(text.trim());
            text.parse()
                .map_err(|_| format!("{text:?} is no IP address; --connect-to takes a name"))
        });
        Ok(Self {
            host: host.to_lowercase(),
            port: port(at)?,
            addresses: addresses.collect::<Result<_, _>>()?,
        })
    }
}

impl FromStr for ConnectTo {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let [host, at, to_host, to_port] = fields(text, 4)[..] else {
            return Err(
                "write HOST1:PORT1:HOST2:PORT2; an empty field is any, or the same".to_owned(),
            );
        };
        let name = |text: &str| (!text.is_empty()).then(|| text.to_lowercase());
        let number = |text: &str| (!text.is_empty()).then(|| port(text)).transpose();
        Ok(Self {
            host: name(host),
            port: number(at)?,
            to_host: name(to_host),
            to_port: number(to_port)?,
        })
    }
}

impl std::fmt::Display for Resolve {
    /// As curl takes it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let addresses = self.addresses.iter().map(|address| match address {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => format!("[{address}]"),
        });
        let addresses: Vec<String> = addresses.collect();
        let (host, port) = (in_brackets(&self.host), self.port);
        write!(f, "{host}:{port}:{}", addresses.join(","))
    }
}

impl std::fmt::Display for ConnectTo {
    /// As curl takes it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = |name: &Option<String>| name.as_deref().map(in_brackets).unwrap_or_default();
        let port = |port: Option<u16>| port.map(|it| it.to_string()).unwrap_or_default();
        let (from, from_port) = (name(&self.host), port(self.port));
        let (to, to_port) = (name(&self.to_host), port(self.to_port));
        write!(f, "{from}:{from_port}:{to}:{to_port}")
    }
}

/// A host as it stands before a port.
fn in_brackets(host: &str) -> String {
    if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    }
}

/// Where a name leads.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Destination {
    Addresses(Vec<SocketAddr>),
    Name(String, u16),
}

/// How the requests of a run go over the wire.
#[derive(Clone, Debug, Default)]
pub(super) struct Route {
    /// The base URL as the HTTP client gets it, without a slash at the end.
    pub(super) base: String,
    /// The `Host` header, where that URL has another one.
    pub(super) host: Option<HeaderValue>,
    /// Whether a rule holds, so that no proxy of the environment may get in between.
    pub(super) ruled: bool,
    /// Whether HTTP/2 would name the wrong host.
    pub(super) http1_only: bool,
    /// Where connections go, for people.
    pub(super) to: Option<String>,
    /// Whether connections leave this machine though the URL's host may be it.
    leaves: bool,
    names: Names,
}

impl Route {
    /// The route to a base URL.
    pub(super) fn new(
        base: &Url,
        resolve: &[Resolve],
        connect_to: &[ConnectTo],
    ) -> Result<Self, HttpError> {
        let mut route = Self {
            base: base.as_str().trim_end_matches('/').to_owned(),
            ..Self::default()
        };
        let (Some(host), Some(port)) = (base.host(), base.port_or_known_default()) else {
            return Ok(route);
        };
        let name = match host {
            Host::Domain(name) => name.to_lowercase(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        };
        let Some(destination) = destination(&name, port, resolve, connect_to) else {
            return Ok(route);
        };
        route.ruled = true;
        route.leaves = match &destination {
            Destination::Name(name, _) => {
                name != "localhost" && !name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
            }
            Destination::Addresses(all) => !all.iter().all(|address| address.ip().is_loopback()),
        };
        route.to = Some(match &destination {
            Destination::Name(name, port) if name.contains(':') => format!("[{name}]:{port}"),
            Destination::Name(name, port) => format!("{name}:{port}"),
            Destination::Addresses(all) => {
                let all: Vec<String> = all.iter().map(ToString::to_string).collect();
                all.join(", ")
            }
        });
        let to_port = match &destination {
            Destination::Name(_, port) => *port,
            Destination::Addresses(all) => all.first().map_or(port, SocketAddr::port),
        };
        let named = matches!(base.host(), Some(Host::Domain(_)));
        let mut wire = base.clone();
        if !named {
            // The HTTP client asks no resolver for an address, so the URL itself must lead there.
            lead(&mut wire, &name, &destination)?;
        }
        if base.port().is_some() && to_port != port || !named {
            // A port in the URL wins over the resolver's.
            let _ = wire.set_port(Some(to_port));
        }
        if wire.as_str() != base.as_str() {
            let authority = match base.port() {
                Some(port) => format!("{}:{port}", base.host_str().unwrap_or_default()),
                None => base.host_str().unwrap_or_default().to_owned(),
            };
            route.host = HeaderValue::from_str(&authority).ok();
            route.http1_only = true;
            wire.as_str()
                .trim_end_matches('/')
                .clone_into(&mut route.base);
        }
        if named {
            route.names = Names(Some((name, destination)));
        }
        Ok(route)
    }

    /// Whether a rule leads away from this machine.
    pub(super) fn leaves(&self) -> bool {
        self.leaves
    }

    /// The resolver that leads there.
    pub(super) fn names(&self) -> Names {
        self.names.clone()
    }
}

fn destination(
    name: &str,
    port: u16,
    resolve: &[Resolve],
    connect_to: &[ConnectTo],
) -> Option<Destination> {
    let rule = connect_to.iter().find(|rule| {
        rule.host.as_deref().is_none_or(|host| host == name)
            && rule.port.is_none_or(|at| at == port)
    });
    let to_name = rule
        .and_then(|rule| rule.to_host.as_deref())
        .unwrap_or(name);
    let to_port = rule.and_then(|rule| rule.to_port).unwrap_or(port);
    // The last one wins, as it does with curl.
    let known = resolve
        .iter()
        .rfind(|known| (known.host == "*" || known.host == to_name) && known.port == to_port);
    match known {
        Some(known) => Some(Destination::Addresses(
            known
                .addresses
                .iter()
                .map(|address| SocketAddr::new(*address, to_port))
                .collect(),
        )),
        None => rule.map(|_| Destination::Name(to_name.to_owned(), to_port)),
    }
}

/// Points a URL whose host is an address at the destination.
fn lead(wire: &mut Url, own: &str, destination: &Destination) -> Result<(), HttpError> {
    let to = match destination {
        Destination::Name(name, _) => name.clone(),
        Destination::Addresses(all) => all
            .first()
            .map(|address| address.ip().to_string())
            .unwrap_or_default(),
    };
    if to == own {
        return Ok(());
    }
    if wire.scheme() == "https" {
        return Err(HttpError::Route(
            "a TLS connection to an IP address cannot be sent elsewhere: its certificate is for that \
             address; use a host name in --url"
                .to_owned(),
        ));
    }
    let host = if to.contains(':') {
        format!("[{to}]")
    } else {
        to
    };
    wire.set_host(Some(&host))
        .map_err(|error| HttpError::Route(format!("--connect-to {host}: {error}")))
}

/// The resolver: the system's, but for the one name that a rule is about.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(Option<(String, Destination)>);

/// A name without an address.
#[derive(Debug, thiserror::Error)]
#[error("{0} does not resolve")]
pub(super) struct Unresolved(String, #[source] Option<std::io::Error>);

impl Resolver for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let destination = match &self.0 {
            Some((own, destination)) if name.as_str().eq_ignore_ascii_case(own) => {
                destination.clone()
            }
            Some(_) | None => Destination::Name(name.as_str().to_owned(), 0),
        };
        Box::pin(async move {
            let found: Vec<SocketAddr> = match destination {
                Destination::Addresses(all) => all,
                Destination::Name(name, port) => {
                    let found = tokio::net::lookup_host((name.as_str(), port)).await;
                    let found = found.map(Iterator::collect);
                    found.map_err(|error| Unresolved(name, Some(error)))?
                }
            };
            if found.is_empty() {
                return Err(Unresolved(name.as_str().to_owned(), None).into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn route(base: &str, resolve: &[&str], connect_to: &[&str]) -> Result<Route, HttpError> {
        let all = |texts: &[&str]| -> Vec<Resolve> {
            texts.iter().map(|text| text.parse().unwrap()).collect()
        };
        let others: Vec<ConnectTo> = connect_to
            .iter()
            .map(|text| text.parse().unwrap())
            .collect();
        Route::new(&Url::parse(base).unwrap(), &all(resolve), &others)
    }

    #[rstest]
    #[case("https://a.example/x/", &["a.example:443:10.0.0.7"], &[], "https://a.example/x", Some("10.0.0.7:443"))]
    #[case("https://a.example/", &["a.example:80:10.0.0.7"], &[], "https://a.example", None)]
    #[case("https://a.example/", &["b.example:443:10.0.0.7"], &[], "https://a.example", None)]
    #[case("https://A.example/", &["*:443:::1,10.0.0.7"], &[], "https://a.example", Some("[::1]:443, 10.0.0.7:443"))]
    #[case("https://a.example/", &["a.example:443:10.0.0.1", "a.example:443:10.0.0.2"], &[], "https://a.example", Some("10.0.0.2:443"))]
    #[case("https://a.example/", &[], &["a.example:443:b.example:8443"], "https://a.example", Some("b.example:8443"))]
    #[case("https://a.example/", &[], &["::b.example:"], "https://a.example", Some("b.example:443"))]
    #[case("https://a.example/", &[], &["a.example:8443:b.example:"], "https://a.example", None)]
    #[case("https://a.example/", &["b.example:8443:10.0.0.7"], &["a.example::b.example:8443"], "https://a.example", Some("10.0.0.7:8443"))]
    #[case("http://a.example:3000/p", &[], &["a.example:3000::4000"], "http://a.example:4000/p", Some("a.example:4000"))]
    #[case("http://127.0.0.1:3000/p", &[], &["127.0.0.1:3000:[::1]:4000"], "http://[::1]:4000/p", Some("[::1]:4000"))]
    #[case("http://[::1]:3000/p", &[], &["[::1]:3000:localhost:80"], "http://localhost/p", Some("localhost:80"))]
    fn only_the_matching_host_and_port_are_led_elsewhere(
        #[case] base: &str,
        #[case] resolve: &[&str],
        #[case] connect_to: &[&str],
        #[case] wire: &str,
        #[case] to: Option<&str>,
    ) {
        let route = route(base, resolve, connect_to).unwrap();
        assert_eq!((route.base.as_str(), route.to.as_deref()), (wire, to));
        assert_eq!(route.ruled, to.is_some());
    }

    #[test]
    fn the_host_header_stays_where_the_url_must_change() {
        let route = route("https://a.example:3000/", &[], &["::b.example:4000"]).unwrap();
        assert_eq!(route.host.unwrap(), "a.example:3000");
        assert!(route.http1_only);
    }

    #[test]
    fn tls_to_an_address_goes_nowhere_else() {
        assert!(route("https://127.0.0.1:3000/", &[], &["::b.example:"]).is_err());
        assert!(route("https://127.0.0.1:3000/", &[], &[":::4000"]).is_ok());
    }

    #[rstest]
    #[case("a.example:443:10.0.0.7,[::1]")]
    #[case("*:443:[::1]")]
    #[case("[::1]:80:10.0.0.7")]
    fn a_resolve_is_written_as_it_was_read(#[case] text: &str) {
        assert_eq!(text.parse::<Resolve>().unwrap().to_string(), text);
    }

    #[rstest]
    #[case("a.example:443:localhost:8443")]
    #[case("::b.example:")]
    #[case("127.0.0.1:3000:[::1]:4000")]
    fn a_connect_to_is_written_as_it_was_read(#[case] text: &str) {
        assert_eq!(text.parse::<ConnectTo>().unwrap().to_string(), text);
    }

    #[rstest]
    #[case("a.example:443")]
    #[case(":443:10.0.0.7")]
    #[case("a.example:0:10.0.0.7")]
    #[case("a.example:443:b.example")]
    #[case("a.example:443:")]
    fn no_resolve(#[case] text: &str) {
        assert!(text.parse::<Resolve>().is_err());
    }

    #[rstest]
    #[case("a.example:443:b.example")]
    #[case("a.example:x:b.example:1")]
    #[case("::b.example:70000")]
    fn no_connect_to(#[case] text: &str) {
        assert!(text.parse::<ConnectTo>().is_err());
    }
}
