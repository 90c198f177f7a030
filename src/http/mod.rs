//! The one place that touches the custodian's network: sends a request once, and says what came of it as
//! data. No redirect is followed, nothing is sent twice, an answer is read up to a limit.

mod connect;
mod pace;
mod proxy;
mod route;
mod tls;
mod trace;
mod trouble;

pub use pace::Rate;
pub use proxy::{PROXY_VARIABLES, Proxy, Via};
pub use route::{ConnectTo, Resolve};
use tls::Admission;
pub use tls::{Identity, Trust};
pub use trace::Trace;

use crate::contract::body;
use crate::exchange::{RawReply, Trouble};
use connect::{Counted, watched};
use futures_util::stream::{self, StreamExt as _};
use pace::Pace;
use proxy::Proxied;
use reqwest::header::{
    ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue,
};
use route::Route;
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::time::timeout_at;
use trouble::{causes, trouble};
use url::{Host, Url};

/// An answer longer than this is not read to its end. All shares of one test client, escaped at their
/// worst, stay below half of it.
const LONGEST_ANSWER: usize = 4 << 20;

/// A connection that was idle for longer is not used again: servers close idle ones without a word, some
/// within a tenth of a second, and a request must not meet that.
const IDLE: Duration = Duration::from_millis(5);

/// How much longer than before an answer may take and not count as one that had to wait, in milliseconds.
const CROWDED_MS: u64 = 1000;

/// How long between two looks while waiting for a custodian.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// Between the two writes of a body that is parted.
const BETWEEN_PARTS: Duration = Duration::from_millis(20);

/// How to reach a custodian.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// The base URL below which the webhooks stand.
    pub base: Url,
    /// Headers that go with every request, such as a gateway's: name and value.
    pub headers: Vec<(String, SecretString)>,
    /// The limit of one request, from its first byte to the answer's last.
    pub max_time: Duration,
    /// The limit of making a connection.
    pub connect_timeout: Duration,
    /// Everything between here and there.
    pub network: Network,
}

/// Everything between here and the custodian; the default is what a plain client does.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// Whose certificates are believed.
    pub trust: Trust,
    /// Who we are, to a server that asks for a certificate.
    pub identity: Option<Identity>,
    /// The proxy.
    pub proxy: Proxy,
    /// Addresses for a host and port.
    pub resolve: Vec<Resolve>,
    /// Other hosts and ports in the place of one.
    pub connect_to: Vec<ConnectTo>,
    /// Whether HTTP/2 is not offered.
    pub http1_only: bool,
    /// The pace of everything that is sent.
    pub rate: Option<Rate>,
    /// The trace that every request belongs to.
    pub trace: Option<Trace>,
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
    /// A rule for connections cannot be kept.
    #[error("{0}")]
    Route(String),
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
    /// After how many bytes the body is parted: the rest follows in a write of its own, a moment later.
    pub parted: Option<usize>,
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
            parted: None,
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

/// Is told of every request: the path that it went to, the length of its body in bytes, and what came of it.
type Told = dyn Fn(&str, usize, &Delivery) + Send + Sync;

#[derive(Clone)]
struct Listener(Arc<Told>);

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Listener")
    }
}

impl Delivery {
    /// When it was sent and when its answer was whole, in microseconds since an instant.
    pub fn times_us(&self, since: Instant) -> (u64, u64) {
        let us = |at: Instant| {
            let past = at.saturating_duration_since(since);
            u64::try_from(past.as_micros()).unwrap_or(u64::MAX)
        };
        (us(self.started), us(self.ended))
    }
}

/// A client for one custodian.
#[derive(Clone, Debug)]
pub struct Http {
    pooled: reqwest::Client,
    single: reqwest::Client,
    plain: reqwest::Client,
    base: Url,
    /// The base URL as it goes over the wire, without a slash at the end.
    wire: String,
    headers: HeaderMap,
    /// Whether connections are used again.
    reuse: Arc<AtomicBool>,
    sent: Arc<AtomicUsize>,
    /// How many connections were slow to be made.
    strained: Arc<AtomicUsize>,
    /// The longest that an answer took, or its absence, in milliseconds.
    slowest_ms: Arc<AtomicU64>,
    /// An answer that takes longer than this was kept waiting behind others; in milliseconds.
    patience_ms: Arc<AtomicU64>,
    /// Whether the custodian serves few connections at once.
    careful: Arc<AtomicBool>,
    /// Whether an answer came over HTTP/2.
    http2: Arc<AtomicBool>,
    pace: Option<Arc<Pace>>,
    trace: Option<Trace>,
    admission: Arc<Admission>,
    via: Option<Via>,
    listener: Option<Listener>,
}

impl Http {
    /// Makes a client. Reads no certificate store unless TLS is asked for.
    pub fn new(settings: &HttpSettings) -> Result<Self, HttpError> {
        let network = &settings.network;
        let route = Route::new(&settings.base, &network.resolve, &network.connect_to)?;
        let mut headers = HeaderMap::new();
        for (name, value) in &settings.headers {
            let (name, value) = header(name, value.expose_secret())?;
            headers.append(name, value);
        }
        if !headers.contains_key(ACCEPT) {
            headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        }
        if let Some(host) = &route.host {
            headers.insert(HOST, host.clone());
        }
        let proxy = Proxied::new(&network.proxy, &settings.base, &route)?;
        let http1_only = network.http1_only || route.http1_only;
        // For plain HTTP it is never used, but without one the client would look for a certificate store.
        let admission = Arc::new(Admission::new(network.identity.is_some()));
        let tls = if settings.base.scheme() == "https" || proxy.speaks_tls() {
            tls::config(&network.trust, network.identity.as_ref(), &admission)?
        } else {
            tls::unused()?
        };
        let strained = Arc::default();
        let counted = Counted::new(&strained);
        let build = |idle: usize, http1_only: bool| {
            let mut tls = tls.clone();
            if http1_only {
                tls.alpn_protocols.retain(|protocol| protocol != b"h2");
            }
            let mut builder = reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
                .user_agent(concat!("sharecheck/", env!("CARGO_PKG_VERSION")))
                .timeout(settings.max_time)
                .connect_timeout(settings.connect_timeout)
                .pool_max_idle_per_host(idle)
                .pool_idle_timeout(IDLE)
                .dns_resolver(route.names())
                .tls_backend_preconfigured(tls)
                .connector_layer(counted.clone());
            if http1_only {
                builder = builder.http1_only();
            }
            proxy
                .applied(builder)
                .build()
                .map_err(|error| HttpError::Client(causes(&error)))
        };
        Ok(Self {
            pooled: build(usize::MAX, http1_only)?,
            single: build(0, http1_only)?,
            // With HTTP/2 an error that a server sends at the end of the handshake is lost.
            plain: build(0, true)?,
            base: settings.base.clone(),
            wire: route.base.clone(),
            headers,
            reuse: Arc::new(AtomicBool::new(true)),
            sent: Arc::default(),
            strained,
            slowest_ms: Arc::default(),
            patience_ms: Arc::new(AtomicU64::new(u64::MAX)),
            careful: Arc::default(),
            http2: Arc::default(),
            pace: network.rate.map(|rate| Arc::new(Pace::new(rate))),
            trace: network.trace.clone(),
            admission,
            via: proxy.via().or(route.to.map(Via::Rule)),
            listener: None,
        })
    }

    /// The same client, which tells of each webhook request once it is over: the path, the length of the body in bytes, and
    /// what came.
    #[must_use]
    pub fn telling(&self, told: impl Fn(&str, usize, &Delivery) + Send + Sync + 'static) -> Self {
        Self {
            listener: Some(Listener(Arc::new(told))),
            ..self.clone()
        }
    }

    /// The base URL, without credentials and without a slash at the end.
    pub fn base(&self) -> String {
        let mut base = self.base.clone();
        let _ = (base.set_username(""), base.set_password(None));
        base.as_str().trim_end_matches('/').to_owned()
    }

    /// Where connections go if not to the base URL's host: a proxy, or what a rule says.
    pub fn via(&self) -> Option<&Via> {
        self.via.as_ref()
    }

    /// The id of the trace that the requests belong to.
    pub fn trace(&self) -> Option<&Trace> {
        self.trace.as_ref()
    }

    /// Whether an answer came over HTTP/2.
    pub fn spoke_http2(&self) -> bool {
        self.http2.load(Ordering::Relaxed)
    }

    /// Asks the base URL for anything with a `GET` that carries no secret: whether HTTP is spoken there.
    pub async fn knock(&self) -> Result<RawReply, Trouble> {
        let request = self
            .plain
            .get(self.wire.as_str())
            .headers(self.dressed(&[]));
        self.read(request).await
    }

    /// Waits until anything answers that is no gateway without a server behind it. `not_yet` is told each time why
    /// not; the error is what was told last.
    pub async fn wait(
        &self,
        until: tokio::time::Instant,
        mut not_yet: impl FnMut(&str),
    ) -> Result<(), String> {
        let mut last = "no answer".to_owned();
        loop {
            last = match timeout_at(until, self.knock()).await {
                Ok(Ok(reply)) if (502..=504).contains(&reply.status) => {
                    format!("{}: nothing behind the gateway yet", reply.status)
                }
                // No certificate becomes right by waiting.
                Ok(Ok(_) | Err(Trouble::Tls(_))) => return Ok(()),
                Ok(Err(trouble)) => trouble.to_string(),
                Err(_) => return Err(last),
            };
            not_yet(&last);
            if tokio::time::Instant::now() + LOOK_AGAIN >= until {
                return Err(last);
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// From now on every request gets a connection of its own.
    pub fn stop_reusing(&self) {
        self.reuse.store(false, Ordering::Relaxed);
    }

    /// Makes connections one after the other and few at once from now on: a server that closes each one after its
    /// answer is often one that serves them one by one, with a short queue.
    pub fn go_easy(&self) {
        self.stop_reusing();
        self.careful.store(true, Ordering::Relaxed);
    }

    /// How many requests were sent so far.
    pub fn sent(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }

    /// The longest that an answer took so far, or the wait for one that never came, in milliseconds.
    pub fn slowest_ms(&self) -> u64 {
        self.slowest_ms.load(Ordering::Relaxed)
    }

    /// What was sent so far was sent almost alone: answers that take many times as long from now on are kept waiting
    /// by what is sent besides.
    pub fn compare_from_now_on(&self) {
        let patience = self
            .slowest_ms()
            .saturating_mul(5)
            .saturating_add(CROWDED_MS);
        self.patience_ms.store(patience, Ordering::Relaxed);
    }

    /// How long an answer may take before it is late, in milliseconds.
    pub fn patience_ms(&self) -> u64 {
        self.patience_ms.load(Ordering::Relaxed)
    }

    /// Whether a connection was lost on the way since this was last asked.
    pub fn lost_a_connection(&self) -> bool {
        let lost = self.strained.swap(0, Ordering::Relaxed) > 0;
        if lost {
            // Where a server takes few connections, none is kept while it is idle.
            self.stop_reusing();
        }
        lost
    }

    /// Whether the custodian is to be spared from the start.
    pub fn is_careful(&self) -> bool {
        self.careful.load(Ordering::Relaxed)
    }

    /// Sends a request, once.
    pub async fn post(&self, post: Post) -> Delivery {
        if let Some(pace) = &self.pace {
            pace.turn().await;
        }
        self.sent.fetch_add(1, Ordering::Relaxed);
        let bytes = post.body.len();
        let reuse = self.reuse.load(Ordering::Relaxed);
        let pooled = reuse && !post.alone;
        let client = if pooled { &self.pooled } else { &self.single };
        let mut headers = self.dressed(&post.headers);
        if let Ok(kind) = HeaderValue::from_str(&post.content_type) {
            headers.insert(CONTENT_TYPE, kind);
        }
        let body = match post.parted {
            Some(at) => {
                headers.insert(CONTENT_LENGTH, HeaderValue::from(post.body.len()));
                in_two(post.body.into_bytes(), at)
            }
            None => post.body.into(),
        };
        let request = client
            .post(format!("{}{}", self.wire, post.path))
            .headers(headers)
            .body(body);
        let started = Instant::now();
        let (outcome, connected) = watched(self.read(request)).await;
        // A new connection may have been made for it while a used one became free: where an answer came, that does not
        // matter; where the connection closed without one, nobody can tell which of the two it was.
        let closed = matches!(outcome, Err(Trouble::Closed));
        let reused = !connected || pooled && closed;
        if reused && closed {
            self.stop_reusing();
        }
        let ended = Instant::now();
        if matches!(outcome, Ok(_) | Err(Trouble::Timeout)) {
            let ms = u64::try_from((ended - started).as_millis()).unwrap_or(u64::MAX);
            self.slowest_ms.fetch_max(ms, Ordering::Relaxed);
        }
        let delivery = Delivery {
            outcome,
            reused,
            started,
            ended,
        };
        if let Some(Listener(told)) = &self.listener {
            told(&post.path, bytes, &delivery);
        }
        delivery
    }

    /// The headers of every request, and these.
    fn dressed(&self, more: &[(String, String)]) -> HeaderMap {
        let mut headers = self.headers.clone();
        if let Some(trace) = &self.trace
            && let Ok((name, value)) = header("traceparent", &trace.header())
        {
            headers.insert(name, value);
        }
        for (name, value) in more {
            if let Ok((name, value)) = header(name, value) {
                headers.insert(name, value);
            }
        }
        headers
    }

    async fn read(&self, request: reqwest::RequestBuilder) -> Result<RawReply, Trouble> {
        let told = |error: &reqwest::Error| trouble(error, &self.admission);
        let mut response = request.send().await.map_err(|error| told(&error))?;
        self.admission.granted();
        if response.version() == reqwest::Version::HTTP_2 {
            self.http2.store(true, Ordering::Relaxed);
        }
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
        while let Some(chunk) = response.chunk().await.map_err(|error| told(&error))? {
            if reply.body.len() + chunk.len() > LONGEST_ANSWER {
                return Err(Trouble::TooLarge);
            }
            reply.body.extend_from_slice(&chunk);
        }
        Ok(reply)
    }
}

/// A body in two writes, as a network may deliver it.
fn in_two(mut body: Vec<u8>, at: usize) -> reqwest::Body {
    let rest = body.split_off(at.min(body.len()));
    let parts = [(body, Duration::ZERO), (rest, BETWEEN_PARTS)];
    let parts = stream::iter(parts).then(async |(part, pause)| {
        tokio::time::sleep(pause).await;
        Ok::<_, std::convert::Infallible>(part)
    });
    reqwest::Body::wrap_stream(Box::pin(parts))
}

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

/// A header as it can be sent; the error does not hold the value.
pub fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), HttpError> {
    let wrong = |what: String| HttpError::Header(name.to_owned(), what);
    let key = HeaderName::from_bytes(name.as_bytes()).map_err(|error| wrong(error.to_string()))?;
    let mut value = HeaderValue::from_bytes(value.as_bytes())
        .map_err(|_| wrong("its value holds a control character".into()))?;
    value.set_sensitive(true);
    Ok((key, value))
}
