//! What a store does: which rows it takes the place of, and what it leaves.

use std::sync::Arc;

use axum::http::StatusCode;

use super::Storage;
use super::table::{Row, Table};
use crate::behaviour::Behaviour;
use crate::fault::Fault;
use crate::layers::{ids, others};
use crate::refusal::Refusal;
use crate::store::UNKNOWN_METHOD;

/// A share that is about to be kept.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    pub(crate) client: Arc<str>,
    /// The method, or what the custodian makes of it.
    pub(crate) place: String,
    pub(crate) share: String,
    /// Whether it came without a method.
    pub(crate) v5: bool,
}

impl Slot {
    /// Whether this row is in its place.
    pub(crate) fn holds(&self, row: &Row) -> bool {
        row.client == self.client && *row.method == self.place
    }

    /// Adds the row and gives its id.
    pub(crate) fn insert(&self, table: &mut Table) -> i64 {
        table.insert(&self.client, &self.place, &self.share)
    }
}

/// Keeps a share, in as many statements as it takes.
pub(super) async fn keep(storage: &Storage, slot: &Slot) -> Result<(), Refusal> {
    let behaviour = &storage.behaviour;
    let there = |table: &Table| {
        let rows = table.rows().iter().filter(|row| slot.holds(row));
        let shares: Vec<Arc<str>> = rows.map(|row| Arc::clone(&row.share)).collect();
        shares
    };
    let there = storage.read(there).await;
    let same = there.iter().any(|share| **share == slot.share);
    if behaviour.has(Fault::RefuseSecond) && !there.is_empty() {
        let status = StatusCode::CONFLICT;
        return Err(Refusal::new(status, "there is a share of this method"));
    }
    if behaviour.has(Fault::Redelivery409) && same {
        let status = StatusCode::CONFLICT;
        return Err(Refusal::new(status, "this share is there already"));
    }
    others::write(storage, slot).await
}

/// What a store does to the rows when nothing comes in between.
pub(crate) fn apply(behaviour: &Behaviour, slot: &Slot, table: &mut Table) {
    let there = || table.rows().iter().filter(|row| slot.holds(row));
    let first_stays = behaviour.has_any(&[Fault::KeepFirst, Fault::V5SingleKeepsFirst])
        || behaviour.has(Fault::V5KeepsFirst) && slot.v5;
    if first_stays && there().next().is_some() {
        return;
    }
    let again = there().any(|row| *row.share == slot.share);
    let piles_up = behaviour.has_any(&[Fault::Append, Fault::V5SingleAppendArray])
        || behaviour.has(Fault::V5Appends) && slot.v5
        || behaviour.has(Fault::RedeliveryAppends) && again;
    table.remove(|row| replaces(behaviour, slot, row) && !(piles_up && slot.holds(row)));
    slot.insert(table);
}

/// Whether a store takes the place of this row.
pub(crate) fn replaces(behaviour: &Behaviour, slot: &Slot, row: &Row) -> bool {
    let same_key = || ids::key(&row.client, &row.method) == ids::key(&slot.client, &slot.place);
    if behaviour.has(Fault::JoinedKeys) && same_key() {
        return true;
    }
    if row.client != slot.client {
        return false;
    }
    slot.holds(row)
        || behaviour.has(Fault::WipeOthers)
        || behaviour.has(Fault::V5DeletesV6) && slot.v5
        || behaviour.has(Fault::V6DeletesV5)
            && slot.place != UNKNOWN_METHOD
            && &*row.method == UNKNOWN_METHOD
        || behaviour.has(Fault::MethodPattern) && ids::fits(&slot.place, &row.method)
        || behaviour.has(Fault::MethodPrefixMatch) && row.method.starts_with(&slot.place)
}
