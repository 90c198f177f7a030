//! The one place that touches the custodian's network: sends a request once, and says what came of it as
//! data. No redirect is followed, nothing is sent twice, an answer is read up to a limit.

mod connect;
mod pace;
mod post;
mod proxy;
mod reach;
mod route;
mod settings;
mod sight;
mod tls;
mod trace;
mod trouble;

pub use pace::Rate;
pub use post::{Delivery, Post};
pub use proxy::{PROXY_VARIABLES, Proxy, Via};
pub use reach::{Reach, is_loopback};
pub use reqwest::Method;
pub use route::{ConnectTo, Resolve};
pub use settings::{HttpError, HttpSettings, Network};
pub use sight::{Sight, sight};
use tls::Admission;
pub use tls::{Identity, Trust};
pub use trace::Trace;

use crate::contract::body;
use crate::exchange::{RawReply, Trouble};
use connect::{Counted, watched};
use pace::Pace;
use post::in_two;
use proxy::Proxied;
use reqwest::header::{
    ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue,
};
use route::Route;
use secrecy::ExposeSecret;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::time::timeout_at;
use trouble::{causes, trouble};
use url::Url;

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

/// Is told of every request: the path that it went to, the length of its body in bytes, and what came of it.
type Told = dyn Fn(&str, usize, &Delivery) + Send + Sync;

#[derive(Clone)]
struct Listener(Arc<Told>);

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Listener")
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
    /// Where the two webhooks are, by their paths below the base URL.
    webhooks: Arc<[(&'static str, Url)]>,
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

/// The URLs of the webhooks below this one, parsed once.
fn webhooks(base: &str) -> Arc<[(&'static str, Url)]> {
    let paths = [body::BACKUP, body::FETCH].into_iter();
    let urls = paths.filter_map(|path| Some((path, Url::parse(&format!("{base}{path}")).ok()?)));
    urls.collect()
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
            webhooks: webhooks(&route.base),
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

    /// The same client, which keeps one pace with another: together they send no faster than it.
    #[must_use]
    pub fn in_pace_with(self, other: &Self) -> Self {
        Self {
            pace: other.pace.clone(),
            ..self
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
        if !post.content_type.is_empty()
            && let Ok(kind) = HeaderValue::from_str(&post.content_type)
        {
            headers.insert(CONTENT_TYPE, kind);
        }
        let body = match post.parted {
            Some(at) => {
                headers.insert(CONTENT_LENGTH, HeaderValue::from(post.body.len()));
                Some(in_two(post.body.into_bytes(), at))
            }
            // A GET or a DELETE has no body, not an empty one.
            None if post.body.is_empty() && post.method != Method::POST => None,
            None => Some(post.body.into()),
        };
        let mut webhooks = self.webhooks.iter();
        let request = match webhooks.find(|(path, _)| *path == post.path) {
            Some((_, url)) => client.request(post.method, url.clone()),
            None => client.request(post.method, format!("{}{}", self.wire, post.path)),
        };
        let mut request = request.headers(headers);
        if let Some(body) = body {
            request = request.body(body);
        }
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

/// A header as it can be sent; the error does not hold the value.
pub fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), HttpError> {
    let wrong = |what: String| HttpError::Header(name.to_owned(), what);
    let key = HeaderName::from_bytes(name.as_bytes()).map_err(|error| wrong(error.to_string()))?;
    let mut value = HeaderValue::from_bytes(value.as_bytes())
        .map_err(|_| wrong("its value holds a control character".into()))?;
    value.set_sensitive(true);
    Ok((key, value))
}
