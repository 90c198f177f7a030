//! The one place that touches the custodian's network: sends a request once, and says what came of it as
//! data. No redirect is followed, nothing is sent twice, an answer is read up to a limit.

use crate::contract::body;
use crate::exchange::{RawReply, Trouble};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use url::Url;

/// An answer longer than this is not read to its end. All shares of one test client, escaped at their
/// worst, stay below half of it.
const LONGEST_ANSWER: usize = 8 << 20;

/// So many connections are made at once at the most: a listen queue holds 128 on many systems, 5 on some.
const CONNECTING_AT_ONCE: usize = 16;

/// A connection that was idle for longer is not used again: servers close idle ones without a word, some
/// within a tenth of a second, and a request must not meet that.
const IDLE: Duration = Duration::from_millis(20);

/// How to reach a custodian.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The base URL below which the webhooks stand.
    pub base: Url,
    /// Headers that go with every request, such as a gateway's.
    pub headers: Vec<(String, String)>,
    /// The limit of one request, from its first byte to the answer's last.
    pub max_time: Duration,
    /// The limit of making a connection.
    pub connect_timeout: Duration,
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
    /// The HTTP client refuses the settings.
    #[error("cannot set up the HTTP client: {0}")]
    Client(String),
}

/// A request to one of the webhooks.
#[derive(Clone, Default)]
pub struct Post {
    /// The path below the base URL, with a query if there is one.
    pub path: String,
    /// Headers besides `Accept` and `Content-Type`.
    pub headers: Vec<(String, String)>,
    /// The content type.
    pub content_type: String,
    /// The body.
    pub body: String,
    /// Whether it must go over a connection of its own: a request that provokes a server to hang up must not
    /// be mistaken for one that met a connection closed before.
    pub alone: bool,
}

impl Post {
    /// The fetch with which every look at a client begins.
    pub fn fetch(client_id: &str, secret: &SecretString) -> Self {
        Self {
            path: body::FETCH.to_owned(),
            headers: vec![(
                body::SECRET_HEADER.to_owned(),
                secret.expose_secret().to_owned(),
            )],
            content_type: "application/json".to_owned(),
            body: body::fetch(client_id),
            alone: false,
        }
    }
}

/// What came of a request.
#[derive(Debug)]
pub struct Delivery {
    /// The answer, or why there is none.
    pub outcome: Result<RawReply, Trouble>,
    /// Whether it went over a connection that an earlier request had used.
    pub reused: bool,
    /// When it was handed to the client.
    pub started: Instant,
    /// When the answer was whole.
    pub ended: Instant,
}

tokio::task_local! {
    static CONNECTED: Cell<bool>;
}

/// A client for one custodian.
#[derive(Clone, Debug)]
pub struct Http {
    pooled: reqwest::Client,
    single: reqwest::Client,
    base: String,
    headers: HeaderMap,
    /// Whether connections are used again.
    reuse: Arc<AtomicBool>,
    sent: Arc<AtomicUsize>,
}

impl Http {
    /// Makes a client. Reads no certificate store unless the URL asks for TLS.
    pub fn new(settings: &Settings) -> Result<Self, HttpError> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        for (name, value) in &settings.headers {
            let (name, value) = header(name, value)?;
            headers.append(name, value);
        }
        let tls = if settings.base.scheme() == "https" {
            Some(tls()?)
        } else {
            None
        };
        let connecting = Arc::new(Semaphore::new(CONNECTING_AT_ONCE));
        let build = |idle: usize| {
            let mut builder = reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
                .user_agent(concat!("sharecheck/", env!("CARGO_PKG_VERSION")))
                .timeout(settings.max_time)
                .connect_timeout(settings.connect_timeout)
                .pool_max_idle_per_host(idle)
                .pool_idle_timeout(IDLE)
                .connector_layer(Counted {
                    connecting: Arc::clone(&connecting),
                });
            builder = match tls.clone() {
                Some(config) => builder.tls_backend_preconfigured(config),
                // Never used for plain HTTP, but without it the client would look for a certificate store.
                None => builder.tls_backend_preconfigured(no_roots()?),
            };
            builder
                .build()
                .map_err(|error| HttpError::Client(causes(&error)))
        };
        Ok(Self {
            pooled: build(usize::MAX)?,
            single: build(0)?,
            base: settings.base.as_str().trim_end_matches('/').to_owned(),
            headers,
            reuse: Arc::new(AtomicBool::new(true)),
            sent: Arc::default(),
        })
    }

    /// From now on every request gets a connection of its own.
    pub fn stop_reusing(&self) {
        self.reuse.store(false, Ordering::Relaxed);
    }

    /// How many requests were sent so far.
    pub fn sent(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }

    /// Sends a request, once.
    pub async fn post(&self, post: Post) -> Delivery {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let client = if !post.alone && self.reuse.load(Ordering::Relaxed) {
            &self.pooled
        } else {
            &self.single
        };
        let mut headers = self.headers.clone();
        for (name, value) in &post.headers {
            if let Ok((name, value)) = header(name, value) {
                headers.insert(name, value);
            }
        }
        if let Ok(kind) = HeaderValue::from_str(&post.content_type) {
            headers.insert(CONTENT_TYPE, kind);
        }
        let request = client
            .post(format!("{}{}", self.base, post.path))
            .headers(headers)
            .body(post.body);
        let started = Instant::now();
        let (outcome, connected) = CONNECTED
            .scope(Cell::new(false), async {
                let outcome = read(request).await;
                (outcome, CONNECTED.with(Cell::get))
            })
            .await;
        if !connected && matches!(outcome, Err(Trouble::Closed)) {
            self.stop_reusing();
        }
        Delivery {
            outcome,
            reused: !connected,
            started,
            ended: Instant::now(),
        }
    }
}

/// A header as it can be sent; the error does not hold the value.
pub fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), HttpError> {
    let wrong = |what: String| HttpError::Header(name.to_owned(), what);
    let key = HeaderName::from_bytes(name.as_bytes()).map_err(|error| wrong(error.to_string()))?;
    let mut value = HeaderValue::from_bytes(value.as_bytes())
        .map_err(|_| wrong("its value holds a control character".into()))?;
    value.set_sensitive(true);
    Ok((key, value))
}

async fn read(request: reqwest::RequestBuilder) -> Result<RawReply, Trouble> {
    let mut response = request.send().await.map_err(|error| trouble(&error))?;
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| {
            (
                name.as_str().to_owned(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        })
        .chain(
            (response.version() < reqwest::Version::HTTP_11)
                .then(|| ("connection".to_owned(), "close".to_owned())),
        )
        .collect();
    let mut reply = RawReply {
        status: response.status().as_u16(),
        headers,
        body: Vec::new(),
    };
    while let Some(chunk) = response.chunk().await.map_err(|error| trouble(&error))? {
        if reply.body.len() + chunk.len() > LONGEST_ANSWER {
            return Err(Trouble::TooLarge);
        }
        reply.body.extend_from_slice(&chunk);
    }
    Ok(reply)
}

fn causes(error: &dyn std::error::Error) -> String {
    let mut all = vec![error.to_string()];
    let mut next = error.source();
    while let Some(cause) = next {
        all.push(cause.to_string());
        next = cause.source();
    }
    all.join(": ")
}

fn trouble(error: &reqwest::Error) -> Trouble {
    let mut next = std::error::Error::source(error);
    let mut last = String::new();
    let mut refused = false;
    while let Some(cause) = next {
        let io = cause.downcast_ref::<std::io::Error>();
        refused |= io.is_some_and(|io| io.kind() == std::io::ErrorKind::ConnectionRefused);
        last = cause.to_string();
        next = cause.source();
    }
    let all = causes(error).to_lowercase();
    if error.is_connect() {
        return if error.is_timeout() {
            Trouble::ConnectTimeout
        } else if refused {
            Trouble::Refused
        } else if all.contains("dns") || all.contains("failed to lookup") {
            Trouble::Dns
        } else if all.contains("certificate") || all.contains("tls") || all.contains("alert") {
            Trouble::Tls(last)
        } else {
            Trouble::Connect(last)
        };
    }
    if error.is_timeout() {
        Trouble::Timeout
    } else if all.contains("invalid") || all.contains("parse") || all.contains("too large") {
        Trouble::NotHttp
    } else {
        Trouble::Closed
    }
}

/// A TLS configuration with the operating system's roots.
fn tls() -> Result<rustls::ClientConfig, HttpError> {
    use rustls_platform_verifier::BuilderVerifierExt as _;
    let wrong = |error: rustls::Error| HttpError::Tls(error.to_string());
    let builder = || {
        rustls::ClientConfig::builder_with_provider(Arc::new(
            rustls::crypto::ring::default_provider(),
        ))
        .with_safe_default_protocol_versions()
        .map_err(wrong)
    };
    let mut config = match builder()?.with_platform_verifier() {
        Ok(ready) => ready.with_no_client_auth(),
        // A slim container has no certificate store: the web's own roots stand in.
        Err(_) => {
            let mut roots = rustls::RootCertStore::empty();
            roots.add_parsable_certificates(
                webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned(),
            );
            builder()?
                .with_root_certificates(roots)
                .with_no_client_auth()
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn no_roots() -> Result<rustls::ClientConfig, HttpError> {
    rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map(|builder| {
            builder
                .with_root_certificates(rustls::RootCertStore::empty())
                .with_no_client_auth()
        })
        .map_err(|error| HttpError::Tls(error.to_string()))
}

/// A layer around the connector: bounds how many connections are being made, and tells the request that
/// asked for one.
#[derive(Clone, Debug)]
struct Counted {
    connecting: Arc<Semaphore>,
}

impl<S> tower::Layer<S> for Counted {
    type Service = Counting<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Counting {
            inner,
            connecting: Arc::clone(&self.connecting),
        }
    }
}

/// The connector with its bound.
#[derive(Clone, Debug)]
struct Counting<S> {
    inner: S,
    connecting: Arc<Semaphore>,
}

impl<S, R> tower::Service<R> for Counting<S>
where
    S: tower::Service<R> + Clone + Send + 'static,
    S::Future: Send,
    S::Response: Send,
    S::Error: Send,
    R: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(
        &mut self,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let _ = CONNECTED.try_with(|connected| connected.set(true));
        let connecting = Arc::clone(&self.connecting);
        let mut inner = self.inner.clone();
        std::mem::swap(&mut inner, &mut self.inner);
        Box::pin(async move {
            let _permit = connecting.acquire_owned().await;
            inner.call(request).await
        })
    }
}
