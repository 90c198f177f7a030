//! The secret: who is let in, and when that is asked.

use axum::http::StatusCode;
use secrecy::ExposeSecret;

use super::Site;
use super::call::{Call, Route};
use crate::fault::Fault;
use crate::freedom::Freedom;
use crate::refusal::Refusal;
use crate::server::admit;

/// Refuses whoever may not come in.
pub(super) fn enter(site: &Site, call: &Call) -> Result<(), Refusal> {
    let asked_later = site.has(Fault::SecretRefusedAfterStore) && call.route == Route::Store;
    if asked_later || passes(site, call) {
        return Ok(());
    }
    refuse(site, call)
}

/// Refuses, now that everything is done, whom `enter` let through without asking.
pub(super) fn refuse_late(site: &Site, call: &Call) -> Result<(), Refusal> {
    if passes(site, call) {
        return Ok(());
    }
    refuse(site, call)
}

fn refuse(site: &Site, call: &Call) -> Result<(), Refusal> {
    admit(&site.secret, call.headers()).map_err(|refusal| {
        if site.takes(Freedom::Secret403) {
            Refusal::new(
                StatusCode::FORBIDDEN,
                "the webhook secret is missing or wrong",
            )
        } else {
            refusal
        }
    })
}

/// Whether a fault takes the secret that came for the right one.
fn passes(site: &Site, call: &Call) -> bool {
    let secret = site.secret.expose_secret().as_bytes();
    let given = call.secret();
    let wrongly = |fault: Fault, passes: bool| passes && site.has(fault);
    wrongly(Fault::SecretUnchecked, true)
        || wrongly(Fault::FetchSecretUnchecked, call.route == Route::Fetch)
        || wrongly(Fault::SecretMissingAllowed, given.is_empty())
        || wrongly(Fault::SecretPrefix, given.starts_with(secret))
        || wrongly(Fault::SecretSuffix, given.ends_with(secret))
        || wrongly(Fault::SecretCapitals, given == secret.to_ascii_uppercase())
        || wrongly(Fault::SecretCaseBlind, given.eq_ignore_ascii_case(secret))
        || !given.is_empty()
            && (wrongly(Fault::SecretPresenceOnly, true)
                || wrongly(Fault::SecretPrefixOf, secret.starts_with(given))
                || wrongly(Fault::SecretSuffixOf, secret.ends_with(given)))
}
