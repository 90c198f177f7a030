//! Why a connection could not be made though something was there: what is wrong with TLS, or stands in between.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A way in which TLS fails.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Flaw {
    /// No root that we trust has signed the certificate.
    UnknownIssuer,
    /// The certificate is for other names.
    WrongName,
    /// The certificate is too old.
    Expired,
    /// The certificate is none that a server may show, such as one of an authority; why, in the library's words.
    Unfit(String),
    /// The certificate begins in the future.
    NotYetValid,
    /// The server wants a client certificate and got none.
    ClientCertificateWanted,
    /// The server does not take the client certificate that it got.
    ClientCertificateRefused,
    /// What answers does not speak TLS.
    NotTls,
    /// The server closed the connection before the handshake was over.
    ClosedInHandshake,
    /// Anything else, in the words of the TLS library.
    Other(String),
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unfit(words) => {
                return write!(f, "the certificate is not fit for a server: {words}");
            }
            Self::UnknownIssuer => "the certificate is signed by nobody that is trusted here",
            Self::WrongName => "the certificate is for other host names",
            Self::Expired => "the certificate has expired",
            Self::NotYetValid => "the certificate is not valid yet",
            Self::ClientCertificateWanted => "the server wants a client certificate",
            Self::ClientCertificateRefused => "the server does not take our client certificate",
            Self::NotTls => "what answers there does not speak TLS",
            Self::ClosedInHandshake => "the connection was closed during the handshake",
            Self::Other(words) => words,
        })
    }
}

/// What keeps a connection from being made, beside TLS, a name and a port.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Obstacle {
    /// The proxy wants to know who asks.
    ProxyWantsLogin,
    /// The proxy does not lead to the host.
    ProxyRefuses,
    /// Anything else, in the words of the HTTP client.
    Other(String),
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ProxyWantsLogin => "the proxy asks for a user and a password",
            Self::ProxyRefuses => "the proxy does not connect to it",
            Self::Other(words) => words,
        })
    }
}
