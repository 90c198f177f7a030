//! TLS settings to a `rustls` configuration. Made for `https` only: nothing here looks at a certificate
//! store, or at a file, for plain HTTP.

use super::HttpError;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, ConfigBuilder, DigitallySignedStruct, RootCertStore,
    SignatureScheme,
};
use rustls::{
    WantsVerifier, client::ResolvesClientCert, client::WantsClientCert, sign::CertifiedKey,
};
use rustls_platform_verifier::BuilderVerifierExt as _;
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whose certificates are trusted.
#[derive(Clone, Debug, Default)]
pub enum Trust {
    /// What the operating system trusts; the web's own roots where it has no store.
    #[default]
    System,
    /// The certificates in this PEM text, and what they have signed; no others.
    These(String),
    /// Anybody's: nothing is verified.
    Anybody,
}

/// Who we are, to a server that asks.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The certificate and those that lead to its root, as PEM.
    pub chain: String,
    /// The private key, as PEM, unencrypted.
    pub key: SecretString,
}

/// A configuration with HTTP/2 and HTTP/1.1 offered by ALPN.
pub(super) fn config(
    trust: &Trust,
    identity: Option<&Identity>,
    admission: &Arc<Admission>,
) -> Result<ClientConfig, HttpError> {
    let trusting = match trust {
        Trust::System => {
            if let Ok(ready) = builder()?.with_platform_verifier() {
                ready
            } else {
                // A slim container has no certificate store: the public roots are used instead.
                let mut roots = RootCertStore::empty();
                roots.add_parsable_certificates(
                    webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned(),
                );
                builder()?.with_root_certificates(roots)
            }
        }
        Trust::These(pem) => builder()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(These::new(pem)?)),
        Trust::Anybody => builder()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anybody(
                Arc::new(ring::default_provider()),
            ))),
    };
    let mut config = identify(trusting, identity)?;
    config.client_auth_cert_resolver = Arc::new(ClientCertResolver {
        shows: config.client_auth_cert_resolver,
        admission: Arc::clone(admission),
    });
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// A configuration without roots, for plain HTTP: without one the client would look for a certificate store.
pub(super) fn unused() -> Result<ClientConfig, HttpError> {
    Ok(builder()?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth())
}

fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, HttpError> {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(wrong)
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn wrong(error: rustls::Error) -> HttpError {
    HttpError::Tls(error.to_string())
}

fn certificates(pem: &str, of: &str) -> Result<Vec<CertificateDer<'static>>, HttpError> {
    let all: Vec<_> = CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|error| HttpError::Tls(format!("{of} cannot be read: {error}")))?;
    if all.is_empty() {
        return Err(HttpError::Tls(format!(
            "{of} holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)"
        )));
    }
    Ok(all)
}

fn identify(
    trusting: ConfigBuilder<ClientConfig, WantsClientCert>,
    identity: Option<&Identity>,
) -> Result<ClientConfig, HttpError> {
    let Some(Identity { chain, key }) = identity else {
        return Ok(trusting.with_no_client_auth());
    };
    let chain = certificates(chain, "--cert")?;
    // The parser's own message could hold a line of the file.
    let key = PrivateKeyDer::from_pem_slice(key.expose_secret().as_bytes()).map_err(|_| {
        HttpError::Tls(
            "--key (or --cert without it) holds no private key in PEM form, or an encrypted one"
                .to_owned(),
        )
    })?;
    trusting
        .with_client_auth_cert(chain, key)
        .map_err(|error| HttpError::Tls(format!("--cert and --key: {error}")))
}

/// What is known of a server that may ask for a client certificate.
#[derive(Debug)]
pub(super) struct Admission {
    identified: bool,
    asked: AtomicBool,
    granted: AtomicBool,
}

impl Admission {
    /// Nothing yet. `identified`: whether we have a certificate to show.
    pub(super) fn new(identified: bool) -> Self {
        Self {
            identified,
            asked: AtomicBool::new(false),
            granted: AtomicBool::new(false),
        }
    }

    /// Whether we have a certificate to show.
    pub(super) fn identified(&self) -> bool {
        self.identified
    }

    /// An answer came: the server accepts our certificate, or needs none.
    pub(super) fn granted(&self) {
        self.granted.store(true, Ordering::Relaxed);
    }

    /// Whether the server asked and has never answered since.
    pub(super) fn is_denied(&self) -> bool {
        self.asked.load(Ordering::Relaxed) && !self.granted.load(Ordering::Relaxed)
    }
}

/// Notes that the server asked for a client certificate, and shows what there is.
#[derive(Debug)]
struct ClientCertResolver {
    shows: Arc<dyn ResolvesClientCert>,
    admission: Arc<Admission>,
}

impl ResolvesClientCert for ClientCertResolver {
    fn resolve(
        &self,
        authorities: &[&[u8]],
        schemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        self.admission.asked.store(true, Ordering::Relaxed);
        self.shows.resolve(authorities, schemes)
    }

    fn only_raw_public_keys(&self) -> bool {
        self.shows.only_raw_public_keys()
    }

    fn has_certs(&self) -> bool {
        self.shows.has_certs()
    }
}

/// Believes what these certificates have signed, and each of them where a server shows it as its own, as curl does: one
/// that a server has signed for itself need be no authority's, and one of an authority need not be known.
#[derive(Debug)]
struct These {
    signed: Arc<WebPkiServerVerifier>,
    certificates: Vec<CertificateDer<'static>>,
}

impl These {
    fn new(pem: &str) -> Result<Self, HttpError> {
        let certificates = certificates(pem, "--cacert")?;
        let mut roots = RootCertStore::empty();
        for certificate in &certificates {
            roots.add(certificate.clone()).map_err(wrong)?;
        }
        let provider = Arc::new(ring::default_provider());
        let signed = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .map_err(|error| HttpError::Tls(format!("--cacert: {error}")))?;
        Ok(Self {
            signed,
            certificates,
        })
    }
}

impl ServerCertVerifier for These {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verified = self.signed.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        // The dates are looked at before anything else, so that another error leaves them right.
        let but_for_dates = matches!(&verified, Err(rustls::Error::InvalidCertificate(error))
            if !is_about_dates(error));
        if but_for_dates && self.certificates.contains(end_entity) {
            verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
            return Ok(ServerCertVerified::assertion());
        }
        verified
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.signed
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.signed
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.signed.supported_verify_schemes()
    }
}

fn is_about_dates(error: &CertificateError) -> bool {
    matches!(
        error,
        CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. }
    )
}

/// Accepts every certificate; the signatures of the handshake are still verified.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
