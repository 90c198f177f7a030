//! What ran at once.

use super::{Asked, span};
use crate::exchange::Exchange;
use crate::model::effect::Condition;
use crate::model::trial::{Effect as Change, Slot};
use std::collections::{BTreeMap, BTreeSet};

/// Which slots were stored into at once.
pub(super) struct Raced<'a>(BTreeMap<(&'a str, &'a Slot), BTreeSet<usize>>);

impl<'a> Raced<'a> {
    pub(super) fn of(group: &[Asked<'a>]) -> Self {
        let mut lanes: BTreeMap<(&str, &Slot), BTreeSet<usize>> = BTreeMap::new();
        for (_, request, exchange) in group {
            if let Change::Stores(slot, _) = &request.effect {
                let slot = lanes.entry((&request.client, slot)).or_default();
                slot.insert(exchange.place.lane);
            }
        }
        Self(lanes)
    }

    /// The slots of a client into which several lanes stored.
    pub(super) fn same<'b>(&'b self, client: &'b str) -> impl Iterator<Item = &'a Slot> + 'b {
        let own = self.0.iter().filter(move |((of, _), _)| *of == client);
        own.filter(|(_, lanes)| lanes.len() > 1)
            .map(|((_, slot), _)| *slot)
    }

    /// Whether stores went into several slots.
    pub(super) fn others(&self) -> bool {
        self.0.len() > 1
    }

    pub(super) fn condition(&self, client: &str, slot: &Slot) -> Option<Condition> {
        if self.same(client).any(|it| it == slot) {
            Some(Condition::RacedSame)
        } else {
            self.others().then_some(Condition::RacedOther)
        }
    }
}

/// Whether many of a group ran at once with an exchange.
pub(super) fn runs_at_once(exchange: &Exchange, group: &[Asked<'_>]) -> bool {
    /// So many others.
    const MANY: usize = 4;
    let own = span(exchange);
    let others = group.iter().filter(|(.., other)| {
        let it = span(other);
        !it.is_before(own) && !own.is_before(it)
    });
    others.count() > MANY
}
