//! What is wrong with a TLS connection, in phrases that are the same on every system: `Trouble::Tls` holds
//! one of them, and whoever explains it knows it again.

/// What `Trouble::Connect` says of a proxy that wants to know who asks.
pub const PROXY_WANTS_LOGIN: &str = "the proxy asks for a user and a password";

/// What `Trouble::Connect` says of a proxy that does not lead to the host.
pub const PROXY_REFUSES: &str = "the proxy does not connect to it";

/// A way in which TLS fails that somebody can do something about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// No root that we trust has signed the certificate.
    UnknownIssuer,
    /// The certificate is for other names.
    WrongName,
    /// The certificate is too old.
    Expired,
    /// The certificate begins in the future.
    NotYetValid,
    /// The server wants a client certificate and got none.
    ClientCertificateWanted,
    /// The server does not take the client certificate that it got.
    ClientCertificateRefused,
    /// What answers does not speak TLS.
    NotTls,
}

impl Flaw {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::UnknownIssuer,
        Self::WrongName,
        Self::Expired,
        Self::NotYetValid,
        Self::ClientCertificateWanted,
        Self::ClientCertificateRefused,
        Self::NotTls,
    ];

    /// The phrase.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::UnknownIssuer => "the certificate is signed by nobody that is trusted here",
            Self::WrongName => "the certificate is for other host names",
            Self::Expired => "the certificate has expired",
            Self::NotYetValid => "the certificate is not valid yet",
            Self::ClientCertificateWanted => "the server wants a client certificate",
            Self::ClientCertificateRefused => "the server does not take our client certificate",
            Self::NotTls => "what answers there does not speak TLS",
        }
    }

    /// The flaw with this phrase.
    pub fn told_by(phrase: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|flaw| flaw.phrase() == phrase)
    }
}
