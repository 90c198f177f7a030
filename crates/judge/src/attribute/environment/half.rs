//! The custodian's own endpoint that takes no user share at all: it does not know the users, or is told wrongly.

use crate::model::case::Expect;
use crate::model::transcript::Transcript;
use crate::model::trial::{Body, Request};
use std::collections::BTreeSet;

/// Why nothing is known of the user's half, if not one user share was taken and each was refused as what does not belong there.
pub(super) fn half_in_vain(transcripts: &[Transcript]) -> Option<String> {
    // What Portal refuses may be passed on to the app.
    let mut told = transcripts.iter().flat_map(|it| it.told.iter().flatten());
    if told.any(|it| !(200..300).contains(&it.status)) {
        return None;
    }
    let mut statuses = BTreeSet::new();
    for (_, _, exchange) in transcripts
        .iter()
        .flat_map(Transcript::numbered)
        .filter(|(_, request, _)| is_well_formed(request))
    {
        match exchange.reply()?.status {
            status @ (400 | 401 | 403 | 404 | 405 | 415 | 422) => _ = statuses.insert(status),
            _ => return None,
        }
    }
    let statuses: Vec<String> = statuses.iter().map(u16::to_string).collect();
    (!statuses.is_empty()).then(|| {
        format!(
            "not one user share was taken: your own endpoint answers {}. Does it know the users of these clients (a hook or \
             --clients tells user and token), and is [user-share.store] what it wants? sharecheck doctor shows both requests",
            statuses.join(" and ")
        )
    })
}

/// Whether it hands a text in that has to be taken.
fn is_well_formed(request: &Request) -> bool {
    matches!(request.body, Body::UserStore { .. }) && request.expect == Expect::Accepted
}
