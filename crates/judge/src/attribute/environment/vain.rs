//! What no preflight can see of clients that it must not write to, seen afterwards.

use crate::model::cause::{Advice, Cause, names_client};
use crate::model::transcript::Transcript;

/// Why a run has tested nothing although it went through: not one well-formed request was taken, and what came
/// instead says that the path, the client or the secret is not the right one. A pool client is not written to
/// before its trial, so this shows only afterwards.
pub(super) fn in_vain(transcripts: &[Transcript]) -> Option<Advice> {
    let mut first = None;
    let mut stored = false;
    for transcript in transcripts {
        let plain = transcript.exchanges.iter().filter_map(|exchange| {
            let request = transcript.request(exchange)?;
            (request.is_plain_store() || request.is_plain_fetch())
                .then_some((exchange, request.is_plain_store()))
        });
        let opening = transcript.opening.iter().map(|exchange| (exchange, false));
        for (exchange, store) in opening.chain(plain) {
            stored |= store;
            let cause = Cause::of(&exchange.outcome)?;
            let told = exchange
                .reply()
                .is_some_and(|reply| names_client(&reply.body));
            let outside = match cause {
                Cause::Missing(_)
                | Cause::NoRoute(_)
                | Cause::Refused(_)
                | Cause::Gateway(_)
                | Cause::Forgery(_)
                | Cause::TooMany => cause,
                Cause::Status(status) if told => Cause::UnknownClient(status),
                Cause::Trouble(_)
                | Cause::Page(_)
                | Cause::Redirect(..)
                | Cause::NothingBehind(_)
                | Cause::Quota(..)
                | Cause::ServerError(_)
                | Cause::Alike(_)
                | Cause::UnknownClient(_)
                | Cause::Status(_) => return None,
            };
            // What a store says weighs more: a fetch may miss a share that is not there yet.
            if let (true, Cause::Missing(status)) = (store && told, &outside) {
                first = Some(Cause::UnknownClient(*status));
            } else {
                first.get_or_insert(outside);
            }
        }
    }
    let cause = first.filter(|_| stored)?;
    Some(Advice {
        cause: format!("not one request was taken ({cause})"),
        next: cause.next(),
    })
}
