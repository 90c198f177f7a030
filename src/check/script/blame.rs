//! Which requirement a deviation from the ledger breaks: what happened since the slot was last right
//! tells the cause.

use crate::contract::Contract;
use crate::model::ledger::{Deviation, Difference, Event};

/// A code and a sentence.
pub(super) fn describe(deviation: &Deviation) -> (&'static str, String) {
    let Deviation {
        kind, label, slot, ..
    } = deviation;
    let under = slot
        .as_ref()
        .map(|slot| format!(" under {slot}"))
        .unwrap_or_default();
    match kind {
        Difference::Missing => (
            "lost",
            format!("the share {label}{under} does not come back"),
        ),
        Difference::Superseded => (
            "not-replaced",
            format!("the share {label}{under} comes back though another took its place"),
        ),
        Difference::BothKept => (
            "two-kept",
            format!("the share {label}{under} comes back beside the one that took its place"),
        ),
        Difference::Duplicate => (
            "duplicate",
            format!("the share {label}{under} comes back more often than it is kept"),
        ),
        Difference::Revived => (
            "refused-but-kept",
            format!("the share {label} comes back though its store was not acknowledged"),
        ),
    }
}

/// The requirement, or nothing where it is only the case's own matter.
pub(super) fn requirement(deviation: &Deviation) -> Option<&'static str> {
    let v5 = deviation.slot.as_ref().is_some_and(|slot| slot.0.is_none());
    let since = |event| deviation.since.contains(&event);
    Some(match deviation.kind {
        Difference::Missing if since(Event::WronglyAcknowledged) => return None,
        Difference::Missing if since(Event::Restarted) => "durable.restart",
        Difference::Missing if since(Event::Migrated) => "v5.survives-migration",
        _ if since(Event::RacedSame) => "replace.concurrent-same",
        // Gone, or back to what it was before: another store has written over it what it had read.
        Difference::Missing | Difference::Superseded if since(Event::RacedOther) => {
            "replace.concurrent-other"
        }
        Difference::Missing if is_between_versions(deviation) => "v5.coexists",
        Difference::Missing if since(Event::OtherStored) && deviation.seen_before => {
            "replace.keeps-others"
        }
        Difference::Missing if since(Event::OtherStored) => "share.all",
        Difference::Missing if since(Event::Refused) || since(Event::Failed) => {
            "store.all-or-nothing"
        }
        Difference::Missing if deviation.seen_before => "share.all",
        Difference::Missing if v5 => "v5.returned",
        Difference::Missing => "share.read-after-write",
        Difference::Superseded | Difference::BothKept if v5 => "v5.replaced",
        Difference::Superseded | Difference::BothKept => "replace.same-method",
        Difference::Duplicate if deviation.seen_before => "replace.redelivery",
        Difference::Duplicate => "share.all",
        Difference::Revived => "store.all-or-nothing",
    })
}

/// Whether a share was lost to a store of the other version and of no other. A v6 share that was lost while both a
/// v5 store and another v6 store came is put down to the latter: that is the commoner fault.
fn is_between_versions(deviation: &Deviation) -> bool {
    let v5 = deviation.slot.as_ref().is_some_and(|slot| slot.0.is_none());
    let since = |event| deviation.since.contains(&event);
    since(Event::OtherVersionStored) && (v5 || !since(Event::OtherStored))
}

/// Under contract v5 a client has one share: what v6 tells apart is one requirement there.
pub(super) fn in_contract(contract: Contract, requirement: &'static str) -> &'static str {
    let shared = [
        "share.read-after-write",
        "share.verbatim",
        "fetch.isolated",
        "endpoint.backup",
        "endpoint.fetch",
    ];
    match contract {
        Contract::V6 => requirement,
        Contract::V5 if shared.contains(&requirement) => requirement,
        Contract::V5 => "v5.single-share",
    }
}

/// Whether a deviation speaks against the requirement that a case proves; what does not leaves it open.
/// `proof` says whether the share was stored by a step that is no control.
pub(super) fn matters(primary: &str, deviation: &Deviation, proof: bool) -> bool {
    if requirement(deviation) == Some(primary) {
        return true;
    }
    let new_one_lost = deviation.kind == Difference::Missing && !deviation.seen_before;
    let not_replaced = matches!(
        deviation.kind,
        Difference::Superseded | Difference::BothKept | Difference::Duplicate
    );
    let after = |events: &[Event]| events.iter().any(|event| deviation.since.contains(event));
    match primary {
        "share.all"
        | "method.distinct"
        | "method.exact"
        | "replace.keeps-others"
        | "v5.survives-migration" => deviation.kind == Difference::Missing,
        "method.documented"
        | "method.bare"
        | "method.open"
        | "share.size"
        | "share.size-large"
        | "share.verbatim"
        | "input.extra-keys"
        | "v5.returned"
        | "share.read-after-write" => new_one_lost && proof,
        "replace.same-method" | "v5.replaced" | "v5.single-share" => not_replaced || new_one_lost,
        // A second delivery that takes the share away is as bad as one that doubles it.
        "replace.redelivery" => not_replaced || deviation.kind == Difference::Missing,
        _ if primary.starts_with("input.")
            || primary.starts_with("secret.")
            || primary.starts_with("store.") =>
        {
            let touched = after(&[Event::Refused, Event::Failed, Event::WronglyAcknowledged]);
            deviation.kind == Difference::Revived
                || deviation.kind == Difference::Missing && touched
        }
        _ => false,
    }
}

/// Whether a deviation says nothing about the requirement that a case proves: where shares only have to be
/// there, one too many is another requirement's matter.
pub(super) fn is_beside_the_point(primary: &str, deviation: &Deviation) -> bool {
    let presence = [
        "endpoint.fetch",
        "share.",
        "method.",
        "fetch.isolated",
        "client.exact",
        "replace.keeps-others",
        "replace.concurrent-other",
        "v5.coexists",
        "v5.returned",
        "v5.survives-migration",
        "input.extra-keys",
    ];
    deviation.kind != Difference::Missing
        && requirement(deviation) != Some(primary)
        && presence.iter().any(|start| primary.starts_with(start))
}

/// Whether a store that is not acknowledged speaks against the requirement that a case proves.
pub(super) fn refusal_matters(primary: &str) -> bool {
    let acceptance = [
        "endpoint.backup",
        "method.documented",
        "method.bare",
        "method.open",
        "share.size",
        "share.size-large",
        "share.verbatim",
        "replace.same-method",
        "replace.redelivery",
        "v5.accepted",
        "v5.is-unknown",
        "v5.replaced",
        "v5.single-share",
        "input.extra-keys",
    ];
    acceptance.contains(&primary)
}
