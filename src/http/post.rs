//! A request, and what came of it.

use crate::contract::body;
use crate::exchange::{RawReply, Trouble};
use futures_util::stream::{self, StreamExt as _};
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use std::time::{Duration, Instant};

/// Between the two writes of a body that is parted.
const BETWEEN_PARTS: Duration = Duration::from_millis(20);

/// A request: a POST, as the webhooks take it, unless something else is said.
#[derive(Clone)]
pub struct Post {
    /// The HTTP method.
    pub method: Method,
    /// The path below the base URL, with a query if there is one.
    pub path: String,
    /// Headers besides `Accept` and `Content-Type`.
    pub headers: Vec<(String, String)>,
    /// The content type; none is sent where it is empty.
    pub content_type: String,
    /// The body.
    pub body: String,
    /// Whether it must go over a connection of its own: a request that provokes a server to hang up must not
    /// be mistaken for one that met a connection closed before.
    pub alone: bool,
    /// After how many bytes the body is parted: the rest follows in a write of its own, a moment later.
    pub parted: Option<usize>,
}

impl Default for Post {
    fn default() -> Self {
        Self {
            method: Method::POST,
            path: String::new(),
            headers: Vec::new(),
            content_type: String::new(),
            body: String::new(),
            alone: false,
            parted: None,
        }
    }
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
            ..Self::default()
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

/// A body in two writes, as a network may deliver it.
pub(super) fn in_two(mut body: Vec<u8>, at: usize) -> reqwest::Body {
    let rest = body.split_off(at.min(body.len()));
    let parts = [(body, Duration::ZERO), (rest, BETWEEN_PARTS)];
    let parts = stream::iter(parts).then(async |(part, pause)| {
        tokio::time::sleep(pause).await;
        Ok::<_, std::convert::Infallible>(part)
    });
    reqwest::Body::wrap_stream(Box::pin(parts))
}
