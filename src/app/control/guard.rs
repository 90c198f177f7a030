//! Who may use the control endpoints: whoever is on this machine, knows the token, and has asked for this very listener. The
//! last keeps out a page in a browser whose name was made to lead here.

use super::No;
use axum::extract::{ConnectInfo, Request};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use sharecheck_portal::Peer;
use std::net::{IpAddr, SocketAddr};
use subtle::ConstantTimeEq as _;

/// Who may use the control endpoints.
#[derive(Clone, Debug)]
pub struct Guard {
    /// What is to stand behind `Authorization: Bearer`.
    pub token: SecretString,
    /// Where the listener is.
    pub address: SocketAddr,
    /// Whether others than this machine may use them.
    pub anywhere: bool,
    /// Names of the listener besides `localhost` and its address, such as that of a container, whatever the port.
    pub hosts: Vec<String>,
}

impl Guard {
    pub(super) fn admit(&self, request: &Request) -> Result<(), No> {
        let headers = request.headers();
        let peer = request.extensions().get::<ConnectInfo<Peer>>();
        let is_here = peer.is_some_and(|ConnectInfo(Peer(peer))| is_loopback(peer.ip()));
        if !is_here && !self.anywhere {
            let why =
                "control endpoints are for this machine; --control-anywhere opens them to others";
            return Err(No(StatusCode::FORBIDDEN, why.to_owned()));
        }
        if !only(headers, &HOST).is_some_and(|host| self.is_own(host)) {
            let why = format!(
                "the Host header is not this listener's: ask for http://{}, or name the host with --control-host",
                self.address
            );
            return Err(No(StatusCode::FORBIDDEN, why));
        }
        let given = only(headers, &AUTHORIZATION).and_then(|text| text.split_once(' '));
        let given = given.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let token = self.token.expose_secret().as_bytes();
        if !given.is_some_and(|(_, it)| bool::from(token.ct_eq(it.trim().as_bytes()))) {
            let why = "Authorization: Bearer with the control token is missing or wrong; it is the value of \
                       SHARECHECK_CONTROL_TOKEN, or was printed at the start";
            return Err(No(StatusCode::UNAUTHORIZED, why.to_owned()));
        }
        let is_json = only(headers, &CONTENT_TYPE).is_some_and(|kind| {
            let kind = kind.split(';').next().unwrap_or_default();
            kind.trim().eq_ignore_ascii_case("application/json")
        });
        if request.method() == Method::POST && !is_json {
            let why = "only JSON is taken: send Content-Type: application/json";
            return Err(No(StatusCode::UNSUPPORTED_MEDIA_TYPE, why.to_owned()));
        }
        Ok(())
    }

    fn is_own(&self, host: &str) -> bool {
        let Ok(authority) = host.parse::<Authority>() else {
            return false;
        };
        let name = authority.host();
        if self.hosts.iter().any(|it| it.eq_ignore_ascii_case(name)) {
            return true;
        }
        let port = authority.port_u16();
        let own = self.address.port();
        if port != Some(own) && (port.is_some() || ![80, 443].contains(&own)) {
            return false;
        }
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        match bare.parse::<IpAddr>() {
            // Nobody can make an address lead elsewhere.
            Ok(ip) => is_loopback(ip) || ip == self.address.ip() || self.anywhere,
            Err(_) => bare.eq_ignore_ascii_case("localhost"),
        }
    }
}

fn is_loopback(ip: IpAddr) -> bool {
    ip.to_canonical().is_loopback()
}

/// The value of a header that is there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut all = headers.get_all(name).iter();
    let value = all.next()?.to_str().ok()?;
    all.next().is_none().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use rstest::rstest;

    fn guard(anywhere: bool) -> Guard {
        Guard {
            token: "token-0123456789".into(),
            address: SocketAddr::from(([127, 0, 0, 1], 4000)),
            anywhere,
            hosts: vec!["portal".to_owned()],
        }
    }

    fn status(guard: &Guard, peer: [u8; 4], headers: &[(&str, &str)]) -> u16 {
        let mut request = Request::post("/_sharecheck/wallets");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::empty()).unwrap();
        let peer = Peer(SocketAddr::from((peer, 5000)));
        request.extensions_mut().insert(ConnectInfo(peer));
        let refused = guard.admit(&request);
        refused.map_or_else(|No(status, _)| status.as_u16(), |()| 200)
    }

    const TOKEN: (&str, &str) = ("authorization", "Bearer token-0123456789");
    const JSON: (&str, &str) = ("content-type", "application/json; charset=utf-8");

    #[rstest]
    #[case::address("127.0.0.1:4000", 200)]
    #[case::name("localhost:4000", 200)]
    #[case::six("[::1]:4000", 200)]
    #[case::named("portal:9999", 200)]
    #[case::other_port("127.0.0.1:4001", 403)]
    #[case::no_port("127.0.0.1", 403)]
    #[case::rebound("evil.example:4000", 403)]
    #[case::below_localhost("localhost.evil.example:4000", 403)]
    #[case::other_address("10.0.0.7:4000", 403)]
    #[case::credentials("localhost@evil.example:4000", 403)]
    #[case::empty("", 403)]
    fn the_host_must_be_the_listeners_own(#[case] host: &str, #[case] expected: u16) {
        let headers = [("host", host), TOKEN, JSON];
        assert_eq!(status(&guard(false), [127, 0, 0, 1], &headers), expected);
    }

    #[test]
    fn others_than_this_machine_and_others_than_json_are_kept_out() {
        let own = ("host", "127.0.0.1:4000");
        let all = [own, TOKEN, JSON];
        assert_eq!(status(&guard(false), [10, 0, 0, 7], &all), 403);
        assert_eq!(status(&guard(true), [10, 0, 0, 7], &all), 200);
        let elsewhere = [("host", "10.0.0.1:4000"), TOKEN, JSON];
        assert_eq!(status(&guard(true), [10, 0, 0, 7], &elsewhere), 200);
        assert_eq!(status(&guard(false), [127, 0, 0, 1], &[own, JSON]), 401);
        let wrong = [own, ("authorization", "Bearer token-012345678"), JSON];
        assert_eq!(status(&guard(false), [127, 0, 0, 1], &wrong), 401);
        let basic = [own, ("authorization", "Basic token-0123456789"), JSON];
        assert_eq!(status(&guard(false), [127, 0, 0, 1], &basic), 401);
        let form = [own, TOKEN, ("content-type", "text/plain")];
        assert_eq!(status(&guard(false), [127, 0, 0, 1], &form), 415);
        assert_eq!(status(&guard(false), [127, 0, 0, 1], &[own, TOKEN]), 415);
        let twice = [own, ("host", "evil.example"), TOKEN, JSON];
        assert_eq!(status(&guard(false), [127, 0, 0, 1], &twice), 403);
        assert_eq!(status(&guard(false), [127, 0, 0, 1], &[TOKEN, JSON]), 403);
    }
}
