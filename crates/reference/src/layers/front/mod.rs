//! HTTP: what is answered before anybody looks at the request, and what becomes of the answer.

use std::time::Duration;

use axum::RequestExt;
use axum::body::{Body, to_bytes};
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::header::{ALLOW, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::Site;
use super::call::{Call, Route};
use crate::fault::Fault;
use crate::freedom::Freedom;
use crate::layers::text;
use crate::refusal::{Refusal, json_response};

mod gzip;
mod line;
mod refused;
mod sent;

pub(crate) use line::OneLine;
pub(super) use sent::{Asked, sent};

/// Longer than Portal waits.
const TOO_LONG: Duration = Duration::from_secs(11);

/// The answer that ends the call, if there is one already.
pub(super) fn stop(site: &Site, call: &mut Call) -> Option<Response> {
    redirected(site, call)
        .or_else(|| limited(site, call))
        .or_else(|| unrouted(site, call))
}

/// What becomes of the answer on its way out.
pub(super) async fn leave(site: &Site, call: &Call, answer: Response) -> Response {
    let status = answer.status();
    if status.is_client_error() || status.is_server_error() {
        return refused::told(site, call, answer);
    }
    if hangs_up_on(site, call) {
        return answer;
    }
    let late = match call.route {
        Route::Store => Fault::SlowStore,
        Route::Fetch | Route::Elsewhere => Fault::SlowFetch,
    };
    if site.has(late) {
        tokio::time::sleep(TOO_LONG).await;
    }
    match call.route {
        Route::Store => acknowledged(site, call, answer),
        Route::Fetch | Route::Elsewhere => {
            let answer = found(site, answer);
            if site.has(Fault::LengthInCharacters) {
                counted_in_characters(answer).await
            } else {
                answer
            }
        }
    }
}

/// What is read of an answer whose length is said in characters.
async fn counted_in_characters(answer: Response) -> Response {
    let (parts, body) = answer.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let characters = String::from_utf8_lossy(&body).chars().count();
    Response::from_parts(parts, Body::from(body.slice(..characters.min(body.len()))))
}

/// The answer to a path that leads nowhere.
pub(super) fn no_route() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "no such route")
}

/// Whether a store gets no answer.
pub(super) fn hangs_up_on(site: &Site, call: &Call) -> bool {
    site.has(Fault::HangsUp) && call.route == Route::Store && call.body.len() > 32 * 1024
}

/// No answer: its body fails before anything was sent, upon which the server closes the connection.
pub(super) fn hang_up() -> Response {
    let mut failing = Request::new(Body::from("--"));
    DefaultBodyLimit::max(1).apply(&mut failing);
    Response::new(failing.with_limited_body().into_body())
}

/// Sends whoever calls a route to the same with a slash, where the route really is.
fn redirected(site: &Site, call: &mut Call) -> Option<Response> {
    for (fault, route, path) in [
        (Fault::StoreRedirect, Route::Store, "/backup"),
        (Fault::FetchRedirect, Route::Fetch, "/backup/fetch"),
    ] {
        if !site.has(fault) {
            continue;
        }
        let path = format!("{}{path}", site.base);
        let slashed = format!("{path}/");
        if call.route == route {
            let mut answer = StatusCode::TEMPORARY_REDIRECT.into_response();
            let location = HeaderValue::try_from(slashed).ok()?;
            answer.headers_mut().insert(LOCATION, location);
            return Some(answer);
        }
        if call.parts.uri.path() == slashed && call.parts.method == Method::POST {
            call.route = route;
            call.parts.uri = path.parse::<Uri>().ok()?;
            return None;
        }
    }
    None
}

/// What stands before the routes and does not let this request through.
fn limited(site: &Site, call: &Call) -> Option<Response> {
    let refusal = if site.has(Fault::Store404) && call.route == Route::Store {
        no_route()
    } else if site.has(Fault::BodyLimit100k) && call.body.len() > 100 * 1024 {
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large")
    } else {
        return None;
    };
    Some(refusal.into_response())
}

/// What is asked of no route, or in another way than by POST.
fn unrouted(site: &Site, call: &Call) -> Option<Response> {
    if call.route != Route::Elsewhere {
        return None;
    }
    if !matches!(call.path(site), Some("/backup" | "/backup/fetch")) {
        return Some(no_route().into_response());
    }
    let looks = matches!(call.parts.method, Method::GET | Method::HEAD);
    if looks && site.takes(Freedom::Get200) {
        let answer = json_response(StatusCode::OK, &json!({ "webhook": "post to it" }));
        return Some(answer);
    }
    let mut answer = StatusCode::METHOD_NOT_ALLOWED.into_response();
    let post = HeaderValue::from_static("POST");
    answer.headers_mut().insert(ALLOW, post);
    Some(answer)
}

/// A store that was taken.
fn acknowledged(site: &Site, call: &Call, answer: Response) -> Response {
    if site.has(Fault::Store204) || site.takes(Freedom::Stored204) {
        return StatusCode::NO_CONTENT.into_response();
    }
    let mut answer = if site.takes(Freedom::StoredEmpty) {
        StatusCode::OK.into_response()
    } else if site.takes(Freedom::StoredText) {
        "stored".into_response()
    } else if site.takes(Freedom::StoredRow) {
        row(site, call)
    } else {
        answer
    };
    if site.takes(Freedom::Stored201) {
        *answer.status_mut() = StatusCode::CREATED;
    } else if site.takes(Freedom::Stored202) {
        *answer.status_mut() = StatusCode::ACCEPTED;
    }
    answer
}

/// What a store has written, as a mapper of objects gives it back.
fn row(site: &Site, call: &Call) -> Response {
    let share = call.share();
    let share = share.and_then(|share| text::written(&site.behaviour, share).ok());
    let row = json!({
        "id": "9b2f6a54-0c1e-4f0e-8d55-3f6f0c6f7a11",
        "clientId": call.client(),
        "backupMethod": call.method(),
        "share": share,
        "createdAt": "2026-11-28T09:30:00.000Z",
    });
    json_response(StatusCode::OK, &row)
}

/// A fetch that was answered well.
fn found(site: &Site, mut answer: Response) -> Response {
    if site.has(Fault::FetchTextPlain) {
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        answer.headers_mut().insert(CONTENT_TYPE, plain);
    }
    answer
}

/// A page for people.
fn html(status: StatusCode, page: String) -> Response {
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    let mut answer = Response::new(Body::from(page));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, kind);
    answer
}
