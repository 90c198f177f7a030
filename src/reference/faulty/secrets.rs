//! Faults that let the wrong people in.

use axum::http::HeaderValue;
use secrecy::ExposeSecret;

use super::Site;
use super::call::{Call, Route};
use crate::reference::fault::Fault;
use crate::reference::server::SECRET_HEADER;

/// Puts the right secret in the place of one that the fault takes for it.
pub(super) fn unlock(site: &Site, call: &mut Call) {
    let secret = site.secret.expose_secret();
    let given = call
        .parts
        .headers
        .get(SECRET_HEADER)
        .map_or(&b""[..], |value| value.as_bytes());
    if passes(site.fault, call.route, given, secret.as_bytes())
        && let Ok(secret) = HeaderValue::from_bytes(secret.as_bytes())
    {
        call.parts.headers.insert(SECRET_HEADER, secret);
    }
}

fn passes(fault: Fault, route: Route, given: &[u8], secret: &[u8]) -> bool {
    match fault {
        Fault::SecretUnchecked => true,
        Fault::SecretMissingAllowed => given.is_empty(),
        Fault::FetchSecretUnchecked => route == Route::Fetch,
        Fault::SecretPresenceOnly => !given.is_empty(),
        Fault::SecretPrefix => given.starts_with(secret),
        Fault::SecretPrefixOf => !given.is_empty() && secret.starts_with(given),
        Fault::SecretSuffixOf => !given.is_empty() && secret.ends_with(given),
        Fault::SecretSuffix => given.ends_with(secret),
        Fault::SecretCapitals => given == secret.to_ascii_uppercase(),
        Fault::SecretCaseBlind => given.eq_ignore_ascii_case(secret),
        Fault::SecretRefusedAfterStore => route == Route::Store,
        _ => false,
    }
}
