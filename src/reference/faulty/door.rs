//! Faults that show before anybody looks at the secret.

use axum::http::header::LOCATION;
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use super::Site;
use super::call::{Call, Route};
use crate::reference::fault::Fault;
use crate::reference::refusal::Refusal;

/// The answer that ends the call, if there is one already.
pub(super) fn stop(site: &Site, call: &mut Call) -> Option<Response> {
    match (site.fault, call.route) {
        (Fault::StoreRedirect, _) => redirect(&format!("{}/backup", site.base), Route::Store, call),
        (Fault::FetchRedirect, _) => {
            redirect(&format!("{}/backup/fetch", site.base), Route::Fetch, call)
        }
        (Fault::Store404, Route::Store) => {
            Some(Refusal::new(StatusCode::NOT_FOUND, "no such route").into_response())
        }
        (Fault::BodyLimit100k, _) if call.body.len() > 100 * 1024 => Some(
            Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large").into_response(),
        ),
        _ => None,
    }
}

/// Sends whoever calls `path` to the same with a slash, where the route really is.
fn redirect(path: &str, route: Route, call: &mut Call) -> Option<Response> {
    let slashed = format!("{path}/");
    if call.route == route {
        let mut answer = StatusCode::TEMPORARY_REDIRECT.into_response();
        answer
            .headers_mut()
            .insert(LOCATION, HeaderValue::try_from(slashed).ok()?);
        return Some(answer);
    }
    if call.parts.uri.path() == slashed && call.parts.method == Method::POST {
        call.route = route;
        call.parts.uri = path.parse::<Uri>().ok()?;
    }
    None
}
