//! An authority and certificates that it signed: good ones, and ones with one flaw each.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, date_time_ymd,
};
use rustls::RootCertStore;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

/// An authority of our own, and a folder for the PEM files that flags name.
pub(super) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: tempfile::TempDir,
}

/// What is wrong with a certificate.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Flawed {
    Not,
    Expired,
    NotYetValid,
    OtherName,
}

/// A server for `localhost` and 127.0.0.1 whose certificate is its own authority's or nobody's, and the file that holds it.
pub(super) fn self_signed(
    is_ca: IsCa,
    flawed: Flawed,
) -> (Arc<ServerConfig>, tempfile::NamedTempFile) {
    let mut params = CertificateParams::new(names(flawed)).unwrap();
    params.is_ca = is_ca;
    dated(&mut params, flawed);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(certificate.pem().as_bytes()).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key);
    (Arc::new(config.unwrap()), file)
}

fn names(flawed: Flawed) -> Vec<String> {
    if flawed == Flawed::OtherName {
        return vec!["other.example".to_owned()];
    }
    ["localhost", "a.example", "127.0.0.1"]
        .map(str::to_owned)
        .to_vec()
}

fn dated(params: &mut CertificateParams, flawed: Flawed) {
    match flawed {
        Flawed::Expired => {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2021, 1, 1);
        }
        Flawed::NotYetValid => params.not_before = date_time_ymd(4000, 1, 1),
        Flawed::Not | Flawed::OtherName => {}
    }
}

impl Authority {
    pub(super) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(DnType::CommonName, "An authority for tests");
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        Self {
            issuer,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path: PathBuf = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    /// The file for `--cacert`.
    pub(super) fn cacert(&self) -> String {
        self.file("ca.pem", &self.issuer.pem())
    }

    /// The files for `--cert` and `--key`.
    pub(super) fn client(&self) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (
            self.file("client.pem", &certificate.pem()),
            self.file("client.key", &key.serialize_pem()),
        )
    }

    /// A server for `localhost`, `a.example` and 127.0.0.1 that speaks these protocols. `clients`: who must have
    /// signed a client's certificate.
    pub(super) fn server(
        &self,
        flawed: Flawed,
        protocols: &[&str],
        clients: Option<&Authority>,
    ) -> Arc<ServerConfig> {
        self.server_and_leaf(flawed, protocols, clients).0
    }

    /// The same, and a file with its own certificate alone.
    pub(super) fn server_and_leaf(
        &self,
        flawed: Flawed,
        protocols: &[&str],
        clients: Option<&Authority>,
    ) -> (Arc<ServerConfig>, tempfile::NamedTempFile) {
        let mut params = CertificateParams::new(names(flawed)).unwrap();
        dated(&mut params, flawed);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(authority.issuer.der().clone()).unwrap();
                let verifier = WebPkiClientVerifier::builder_with_provider(
                    Arc::new(roots),
                    Arc::new(ring::default_provider()),
                );
                builder.with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let mut config = builder
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        config.alpn_protocols = protocols
            .iter()
            .map(|protocol| protocol.as_bytes().to_vec())
            .collect();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(certificate.pem().as_bytes()).unwrap();
        (Arc::new(config), file)
    }
}
