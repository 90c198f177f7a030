//! How an answer is sent, whatever it says: its headers, the spelling of its JSON, its coding, its connection.

use axum::body::{Body, to_bytes};
use axum::http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_ENCODING, CONTENT_TYPE, ETAG, SERVER, SET_COOKIE, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;

use super::gzip::gzip;
use crate::freedom::Freedom;
use crate::layers::{Site, text};

/// What servers tell of themselves and nobody has asked for.
const MORE: [(HeaderName, &str); 6] = [
    (SET_COOKIE, "session=c2hhcmVjaGVjaw; Path=/; HttpOnly"),
    (ETAG, "W/\"2-vyGp6PvFo4RvsFtPoIWeCReyIC8\""),
    (CACHE_CONTROL, "private, max-age=0, must-revalidate"),
    (SERVER, "nginx/1.27.0"),
    (VARY, "Accept, Origin"),
    (HeaderName::from_static("x-powered-by"), "Express"),
];

/// The answer as it goes out.
pub(in crate::layers) async fn sent(site: &Site, asked: &Asked, answer: Response) -> Response {
    let answer = escaped(site, answer).await;
    let mut answer = compressed(site, asked, answer).await;
    let is_json = is_json(answer.headers());
    let headers = answer.headers_mut();
    if site.takes(Freedom::Charset) && is_json {
        let kind = HeaderValue::from_static("application/json; charset=utf-8");
        headers.insert(CONTENT_TYPE, kind);
    }
    if site.takes(Freedom::MoreHeaders) {
        for (name, value) in MORE {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    // Who is left idle on the only connection would keep all others waiting.
    if site.takes(Freedom::ClosesConnections) || site.takes(Freedom::OneConnection) {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    if site.takes(Freedom::Chunked) && answer.status() != StatusCode::NO_CONTENT {
        // A stream does not know its length.
        return answer.map(|body| Body::from_stream(body.into_data_stream()));
    }
    answer
}

/// What a request asks of the form of its answer.
#[derive(Debug)]
pub(in crate::layers) struct Asked {
    gzip: bool,
}

impl Asked {
    /// Reads it from the request's headers.
    pub(in crate::layers) fn of(headers: &HeaderMap) -> Self {
        let codings = headers.get("accept-encoding");
        let codings = codings.and_then(|codings| codings.to_str().ok());
        let gzip = |codings: &str| codings.split(',').any(|coding| coding.trim() == "gzip");
        Self {
            gzip: codings.is_some_and(gzip),
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind == "application/json")
}

/// The same JSON as others write it.
async fn escaped(site: &Site, answer: Response) -> Response {
    if !site.takes(Freedom::AnswerEscaped) || !is_json(answer.headers()) {
        return answer;
    }
    changed(answer, |body| {
        let json = String::from_utf8_lossy(body);
        text::ascii(&json).replace('/', "\\/").into()
    })
    .await
}

async fn compressed(site: &Site, asked: &Asked, answer: Response) -> Response {
    if !site.takes(Freedom::Gzip) || !asked.gzip || !is_json(answer.headers()) {
        return answer;
    }
    let mut answer = changed(answer, gzip).await;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    answer
}

/// The answer with another body; what cannot be read, goes out empty.
async fn changed(answer: Response, change: impl FnOnce(&[u8]) -> Vec<u8>) -> Response {
    let (parts, body) = answer.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    Response::from_parts(parts, Body::from(change(&body)))
}
