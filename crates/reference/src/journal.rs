//! The log: one line for each request, with neither a share nor the secret in it.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;

/// Takes one line of the log, without its line end.
pub type LineWriter = dyn Fn(&str) + Send + Sync;

/// Where the log goes.
#[derive(Clone, Default)]
pub enum LogSink {
    /// Nowhere.
    #[default]
    Quiet,
    /// To this function, from any thread.
    Lines(Arc<LineWriter>),
}

impl fmt::Debug for LogSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Quiet => "Quiet",
            Self::Lines(_) => "Lines",
        })
    }
}

/// Why a request failed, for the log only.
#[derive(Clone, Debug)]
pub(super) struct Cause(pub(super) String);

/// What the line of one request will say, as far as it is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry(Arc<OnceLock<String>>);

impl Entry {
    /// Notes the beginning of the client's id.
    pub(super) fn tell_client(&self, client: &str) {
        let _: &String = self.0.get_or_init(|| shortened(client, 8));
    }
}

/// How each request is accompanied.
#[derive(Clone, Debug)]
pub(super) struct Journal {
    /// Where the lines go.
    pub(super) log: LogSink,
    /// How long each answer is held back.
    pub(super) latency: Duration,
}

/// Lets the request through, holds the answer back, and writes the line.
pub(super) async fn accompany(
    State(journal): State<Journal>,
    mut request: Request,
    next: Next,
) -> Response {
    let entry = Entry::default();
    request.extensions_mut().insert(entry.clone());
    // A route stands as it was written: an id in the path is told shortened, as all others.
    let route = request.extensions().get::<MatchedPath>();
    let path = route.map_or(request.uri().path(), MatchedPath::as_str);
    let what = format!("{} {}", request.method(), shortened(path, 80));
    let response = next.run(request).await;
    if !journal.latency.is_zero() {
        tokio::time::sleep(journal.latency).await;
    }
    if let LogSink::Lines(write) = &journal.log {
        let client = entry.0.get().map_or("-", String::as_str);
        let status = response.status().as_u16();
        match response.extensions().get::<Cause>() {
            Some(Cause(cause)) => write(&format!("{what} {status} client={client} ({cause})")),
            None => write(&format!("{what} {status} client={client}")),
        }
    }
    response
}

fn shortened(text: &str, length: usize) -> String {
    let mut start: String = text
        .chars()
        .take(length)
        .flat_map(char::escape_debug)
        .collect();
    if text.chars().nth(length).is_some() {
        start.push('…');
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_shortened_and_cannot_forge_a_line() {
        assert_eq!(shortened("abc", 8), "abc");
        assert_eq!(shortened("abcdefghi", 8), "abcdefgh…");
        assert_eq!(shortened("a\nb", 8), "a\\nb");
    }
}
