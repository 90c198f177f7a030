//! What is not the custodian's doing: nothing of it was reached, something in between answered, it was gone, or it does
//! not know the clients. Comes before anybody is blamed.

mod gone;
mod half;
mod vain;

use crate::model::cause::{Advice, Cause};
use crate::model::log::{Began, Ended};
use crate::model::transcript::Transcript;
use crate::model::trial::{Effect, Slot};
use gone::gone;
use half::half_in_vain;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use vain::in_vain;

/// What is known of everything between us and a working custodian.
#[derive(Clone, Debug, Default)]
pub struct Circumstances {
    /// Why not one request was taken.
    pub vain: Option<Advice>,
    /// That it answered, and then was gone.
    pub gone: Option<Advice>,
    /// What stood in between and ended the run.
    pub in_between: Option<Cause>,
    /// Clients that the custodian does not know.
    unknown: BTreeSet<String>,
    /// Why nothing is known of the user's half.
    half: Option<String>,
}

impl Circumstances {
    /// Those of a run.
    pub fn of(transcripts: &[Transcript], began: &Began, ended: &Ended) -> Self {
        let vain = began.may_be_missed.then(|| in_vain(transcripts)).flatten();
        let in_between = ended.broken_off.clone();
        let in_between = in_between
            .filter(Cause::is_in_between)
            .filter(|cause| transcripts.iter().any(|it| meets(it, cause)));
        Self {
            vain,
            gone: gone(transcripts, ended),
            in_between,
            unknown: if began.made_up {
                BTreeSet::new()
            } else {
                unknown_clients(transcripts)
            },
            half: half_in_vain(transcripts),
        }
    }

    /// Why a transcript says nothing of the custodian, if so.
    pub(super) fn excuse(&self, transcript: &Transcript) -> Option<String> {
        // A custodian that was not reached as a custodian is not to blame for any of it.
        if let Some(vain) = &self.vain {
            return Some(vain.cause.clone());
        }
        if let Some(cause) = &self.in_between
            && meets(transcript, cause)
        {
            return Some(cause.told());
        }
        if let Some(why) = self
            .half
            .as_ref()
            .filter(|_| transcript.trial.has_user_half())
        {
            return Some(why.clone());
        }
        let mut ids = transcript.bound.values();
        let id = ids.find(|id| self.unknown.contains(*id))?;
        Some(format!(
            "the custodian does not know the client {id}: it answers its stores with 404"
        ))
    }
}

/// The clients of a pool of which every plain store was answered with 404, though the same method was taken for others.
fn unknown_clients(transcripts: &[Transcript]) -> BTreeSet<String> {
    let mut missing: BTreeMap<&str, HashSet<&Slot>> = BTreeMap::new();
    let mut known: HashSet<&str> = HashSet::new();
    let mut taken: HashSet<&Slot> = HashSet::new();
    for it in transcripts {
        for (_, request, exchange) in it.numbered().filter(|(_, it, _)| it.is_plain_store()) {
            let (Some(id), Effect::Stores(slot, _)) =
                (it.bound.get(&request.client), &request.effect)
            else {
                continue;
            };
            match exchange.reply().map(|reply| reply.status) {
                Some(404) => _ = missing.entry(id).or_default().insert(slot),
                Some(200..=299) => _ = (known.insert(id), taken.insert(slot)),
                Some(_) | None => _ = known.insert(id),
            }
        }
    }
    let unknown = missing
        .into_iter()
        .filter(|(id, slots)| !known.contains(id) && slots.is_subset(&taken));
    unknown.map(|(id, _)| id.to_owned()).collect()
}

/// Whether a transcript met this cause.
fn meets(transcript: &Transcript, cause: &Cause) -> bool {
    let mut all = transcript.exchanges.iter().chain(&transcript.opening);
    all.any(|exchange| {
        let met = Cause::of(&exchange.outcome);
        // The run as a whole is told of the limit, one request only that there are too many.
        met.as_ref() == Some(cause)
            || matches!((met, cause), (Some(Cause::TooMany), Cause::Quota(..)))
    })
}
