//! The log: one line for each request, with no key, no token and no body in it.

use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use serde_json::{Map, Value, json};

use crate::call::{Bearer, Call, Via};

/// Takes one line of the log, without its line end.
pub type LineWriter = dyn Fn(&str) + Send + Sync;

/// Where the log goes.
#[derive(Clone, Default)]
pub enum LogSink {
    /// Nowhere.
    #[default]
    Quiet,
    /// To this function, in words, from any thread.
    Text(Arc<LineWriter>),
    /// To this function, a JSON object a line.
    Json(Arc<LineWriter>),
}

impl fmt::Debug for LogSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Quiet => "Quiet",
            Self::Text(_) => "Text",
            Self::Json(_) => "Json",
        })
    }
}

/// What the line of one request will say, as far as it is known.
#[derive(Clone, Debug)]
pub(crate) struct Entry(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    sink: LogSink,
    method: String,
    path: String,
    started: Instant,
    noted: Mutex<Noted>,
}

#[derive(Debug, Default)]
struct Noted {
    bearer: Option<Bearer>,
    call: Option<Call>,
    written: bool,
}

impl Entry {
    /// Notes whose key it came with.
    pub(crate) fn note_bearer(&self, bearer: &Bearer) {
        self.noted().bearer = Some(bearer.clone());
    }

    /// Notes what it tells.
    pub(crate) fn note_call(&self, call: &Call) {
        self.noted().call = Some(call.clone());
    }

    /// Writes the line, if it is not written yet; status 0 is no answer.
    pub(crate) fn write(&self, status: u16) {
        let mut noted = self.noted();
        if std::mem::replace(&mut noted.written, true) {
            return;
        }
        match &self.0.sink {
            LogSink::Quiet => {}
            LogSink::Text(write) => write(&self.text(&noted, status)),
            LogSink::Json(write) => write(&self.json(&noted, status).to_string()),
        }
    }

    fn text(&self, noted: &Noted, status: u16) -> String {
        let mut line = format!("{} {} ", self.0.method, self.0.path);
        line.push_str(&match status {
            0 => "no answer".to_owned(),
            status => status.to_string(),
        });
        match &noted.bearer {
            Some(Bearer::Client(id)) => _ = write!(line, " client={}", shortened(id, 80)),
            Some(Bearer::Custodian) => line.push_str(" custodian"),
            Some(Bearer::Unknown(digest)) => _ = write!(line, " unknown-key={digest}"),
            Some(Bearer::None) => line.push_str(" no-key"),
            None => {}
        }
        if let Some(call) = &noted.call {
            if let Some(success) = call.success {
                _ = write!(line, " success={success}");
            }
            if let Some(method) = &call.method {
                _ = write!(line, " method={}", shortened(method, 80));
            }
            if call.via == Via::V1 {
                line.push_str(" (v1: multi-backup asks for /api/v2)");
            }
        }
        line
    }

    fn json(&self, noted: &Noted, status: u16) -> Value {
        let mut line = Map::new();
        let mut put = |key: &str, value: Value| drop(line.insert(key.to_owned(), value));
        let now = humantime::format_rfc3339_millis(SystemTime::now());
        put("at", json!(now.to_string()));
        put("method", json!(self.0.method));
        put("path", json!(self.0.path));
        put("status", json!((status != 0).then_some(status)));
        let took = self.0.started.elapsed().as_millis();
        put("ms", json!(u64::try_from(took).unwrap_or(u64::MAX)));
        match &noted.bearer {
            Some(Bearer::Client(id)) => put("client", json!(id)),
            Some(Bearer::Custodian) => put("key", json!("custodian")),
            Some(Bearer::Unknown(digest)) => put("unknownKey", json!(digest)),
            Some(Bearer::None) => put("key", Value::Null),
            None => {}
        }
        if let Some(call) = &noted.call {
            put("success", json!(call.success));
            put("backupMethod", json!(call.method));
            if call.via == Via::Pairs {
                put("backupSharePairIds", json!(call.pair_ids));
            }
        }
        Value::Object(line)
    }

    fn noted(&self) -> std::sync::MutexGuard<'_, Noted> {
        self.0.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets the request through and writes the line.
pub(crate) async fn accompany(
    State(sink): State<LogSink>,
    mut request: Request,
    next: Next,
) -> Response {
    let entry = Entry(Arc::new(Inner {
        sink,
        method: request.method().to_string(),
        path: shortened(request.uri().path(), 120),
        started: Instant::now(),
        noted: Mutex::default(),
    }));
    request.extensions_mut().insert(entry.clone());
    let response = next.run(request).await;
    entry.write(response.status().as_u16());
    response
}

/// A text that cannot forge a line, of so many characters at most.
pub(crate) fn shortened(text: &str, length: usize) -> String {
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
    fn a_text_is_shortened_and_cannot_forge_a_line() {
        assert_eq!(shortened("abc", 8), "abc");
        assert_eq!(shortened("abcdefghi", 8), "abcdefgh…");
        assert_eq!(shortened("a\nb", 8), "a\\nb");
    }
}
