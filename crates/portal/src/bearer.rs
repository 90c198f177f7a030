//! The bearer of a request, as it was sent.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

/// What stands behind `Bearer` in the one header of that name, if there is anything.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let text = all.next()?.to_str().ok()?;
    if all.next().is_some() {
        return None;
    }
    let (scheme, key) = text.split_once(' ')?;
    let key = key.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !key.is_empty()).then_some(key)
}
