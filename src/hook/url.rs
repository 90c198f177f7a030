//! A hook that is a URL.

use super::{HookError, tail};
use crate::http::{Http, Post};
use secrecy::{ExposeSecret, SecretString};

/// A URL that takes requests as POSTs.
#[derive(Debug)]
pub struct Endpoint {
    http: Http,
    secret: Option<SecretString>,
}

impl Endpoint {
    /// Through this client, whose base is the whole URL; with a secret to be sent as a bearer token.
    pub fn new(http: Http, secret: Option<SecretString>) -> Self {
        Self { http, secret }
    }

    /// Posts once; gives the answer's body.
    pub(super) async fn call(&self, body: String) -> Result<String, HookError> {
        let bearer = self.secret.as_ref().map(|secret| {
            (
                "authorization".to_owned(),
                format!("Bearer {}", secret.expose_secret()),
            )
        });
        let delivery = self
            .http
            .post(Post {
                headers: bearer.into_iter().collect(),
                content_type: "application/json".to_owned(),
                body,
                alone: true,
                ..Post::default()
            })
            .await;
        let reply = delivery.outcome.map_err(HookError::NoAnswer)?;
        let text = String::from_utf8_lossy(&reply.body).into_owned();
        if (200..300).contains(&reply.status) {
            Ok(text)
        } else {
            Err(HookError::Status {
                status: reply.status,
                said: tail(&text.chars().take(500).collect::<String>()),
            })
        }
    }
}
