//! An error of the HTTP client to a `Trouble`: what went wrong, in words that are the same on every system.

use super::route::Unresolved;
use super::tls::Admission;
use crate::exchange::{Flaw, Obstacle, Trouble};
use rustls::{AlertDescription, CertificateError};
use std::error::Error;
use std::io;

/// Why there is no answer, or no whole one.
pub(super) fn trouble(error: &reqwest::Error, admission: &Admission) -> Trouble {
    let all = causes(error).to_lowercase();
    // Before anything else: a server that wants a client certificate says so after the connection was made.
    if let Some(tls) = find::<rustls::Error>(error) {
        return Trouble::Tls(flaw(tls, admission.identified()));
    }
    if error.is_connect() {
        let refused = find::<io::Error>(error)
            .is_some_and(|io| io.kind() == io::ErrorKind::ConnectionRefused);
        return if error.is_timeout() {
            Trouble::ConnectTimeout
        } else if all.contains("proxy authorization required") {
            Trouble::Connect(Obstacle::ProxyWantsLogin)
        } else if all.contains("tunnel error") && all.contains("unsuccessful") {
            Trouble::Connect(Obstacle::ProxyRefuses)
        } else if find::<Unresolved>(error).is_some() {
            Trouble::Dns
        } else if refused {
            Trouble::Refused
        } else if all.contains("tls handshake eof") {
            Trouble::Tls(Flaw::ClosedInHandshake)
        } else {
            Trouble::Connect(Obstacle::Other(last(error)))
        };
    }
    if error.is_timeout() {
        Trouble::Timeout
    } else if all.contains("invalid") || all.contains("parse") || all.contains("too large") {
        Trouble::NotHttp
    } else if admission.is_denied() {
        // The alert that says so may be lost, since the request was sent before it came.
        Trouble::Tls(not_admitted(admission.identified()))
    } else {
        Trouble::Closed
    }
}

/// Why a server that asks for a client certificate refused the connection.
fn not_admitted(identified: bool) -> Flaw {
    if identified {
        Flaw::ClientCertificateRefused
    } else {
        Flaw::ClientCertificateWanted
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "there are dozens that nobody here can do anything about"
)]
fn flaw(error: &rustls::Error, identified: bool) -> Flaw {
    use AlertDescription as Alert;
    use CertificateError as Bad;
    use rustls::Error as Tls;
    match error {
        // A bad signature is one by an authority that only has the name of one that is trusted.
        Tls::InvalidCertificate(Bad::UnknownIssuer | Bad::BadSignature) => Flaw::UnknownIssuer,
        Tls::InvalidCertificate(Bad::NotValidForName | Bad::NotValidForNameContext { .. }) => {
            Flaw::WrongName
        }
        Tls::InvalidCertificate(Bad::Other(why)) => Flaw::Unfit(why.to_string()),
        Tls::InvalidCertificate(Bad::Expired | Bad::ExpiredContext { .. }) => Flaw::Expired,
        Tls::InvalidCertificate(Bad::NotValidYet | Bad::NotValidYetContext { .. }) => {
            Flaw::NotYetValid
        }
        Tls::AlertReceived(
            Alert::BadCertificate
            | Alert::UnknownCA
            | Alert::CertificateUnknown
            | Alert::CertificateExpired
            | Alert::AccessDenied
            | Alert::DecryptError,
        ) if identified => Flaw::ClientCertificateRefused,
        // The second is what TLS 1.2 says.
        Tls::AlertReceived(Alert::CertificateRequired | Alert::BadCertificate) => {
            Flaw::ClientCertificateWanted
        }
        Tls::InvalidMessage(_) => Flaw::NotTls,
        other => Flaw::Other(other.to_string()),
    }
}

/// The first cause of this type. An I/O error hides the one that it was made of from `source`.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(cause) = next {
        if let Some(found) = cause.downcast_ref::<T>() {
            return Some(found);
        }
        let inner = cause
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        next = match inner {
            Some(inner) => Some(inner),
            None => cause.source(),
        };
    }
    None
}

/// The error and all its causes, in one line.
pub(super) fn causes(error: &dyn Error) -> String {
    let mut all = vec![error.to_string()];
    let mut next = error.source();
    while let Some(cause) = next {
        all.push(cause.to_string());
        next = cause.source();
    }
    all.join(": ")
}

fn last(error: &dyn Error) -> String {
    let mut last = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        last = cause.to_string();
        next = cause.source();
    }
    last
}
