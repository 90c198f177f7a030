//! A client, as far as a walk has come: what it was given, what happened to it since, and what a share of it comes with.

use crate::contract::method::{BARE, DOCUMENTED, UNKNOWN, folded};
use crate::contract::share::Shape;
use crate::model::effect::Condition;
use crate::model::history::{History, Span};
use crate::model::trial::Slot;
use std::collections::{BTreeMap, BTreeSet};

/// Something that happened to a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Happened {
    Stored(Slot),
    RacedSame(Slot),
    RacedOther,
    Refused(Option<String>),
    Failed(Option<String>),
    Acknowledged(Option<String>),
    Restarted,
    /// The user's half was handed in.
    HandedIn,
    Recovered,
}

/// The last acknowledged store of a slot.
#[derive(Clone, Debug, Default)]
pub(super) struct Put {
    /// When the first of the slot was acknowledged.
    pub(super) first_us: u64,
    /// When it was sent and acknowledged.
    pub(super) span: Span,
    /// What it came with.
    pub(super) conditions: BTreeSet<Condition>,
}

/// A client, as far as the walk has come.
#[derive(Clone, Debug, Default)]
pub(super) struct Client {
    pub(super) history: History,
    pub(super) happened: Vec<(u64, Happened)>,
    pub(super) put: BTreeMap<Slot, Put>,
    /// Conditions of races in which something went wrong: what they left behind shows later.
    pub(super) scars: BTreeSet<Condition>,
    /// Whether a share came back so changed that it was not known again.
    pub(super) garbled: bool,
    /// Labels that had to be refused and were, with the requirement of their request.
    pub(super) refused: BTreeMap<String, Option<String>>,
}

impl Client {
    /// What happened to a slot since it was last written or seen: conditions, and the requirement of the request
    /// that no custodian may take, if there was one.
    pub(super) fn since(&self, slot: &Slot, before: u64) -> (BTreeSet<Condition>, Option<String>) {
        let (_, since_us) = self.history.seen(slot);
        let mut conditions = self.scars.clone();
        let mut proves = None;
        let mut events = self.happened.iter();
        let events = events
            .by_ref()
            .filter(|(at, _)| *at >= since_us && *at <= before);
        for (_, event) in events {
            match event {
                Happened::Stored(other) if other != slot => conditions.extend(beside(slot, other)),
                Happened::Stored(_) => {}
                Happened::RacedSame(other) if other == slot => {
                    conditions.insert(Condition::RacedSame);
                }
                Happened::RacedSame(_) | Happened::RacedOther => {
                    conditions.insert(Condition::RacedOther);
                }
                Happened::Refused(what) => {
                    conditions.insert(Condition::AfterRefused);
                    proves = what.clone().or(proves);
                }
                Happened::Failed(what) => {
                    conditions.insert(Condition::AfterFailed);
                    proves = what.clone().or(proves);
                }
                Happened::Acknowledged(what) => {
                    conditions.insert(Condition::AfterAcknowledged);
                    proves = what.clone().or(proves);
                }
                Happened::Restarted => {
                    conditions.insert(Condition::Restarted);
                }
                Happened::HandedIn => {
                    conditions.insert(Condition::AfterUserShare);
                }
                Happened::Recovered => {
                    conditions.insert(Condition::AfterRecovery);
                }
            }
        }
        if conditions.contains(&Condition::RacedSame) {
            conditions.remove(&Condition::RacedOther);
        }
        (conditions, proves)
    }

    /// The requirement of the last request that was acknowledged and must not be.
    pub(super) fn last_acknowledged(&self) -> Option<&Option<String>> {
        self.happened
            .iter()
            .rev()
            .find_map(|(_, event)| match event {
                Happened::Acknowledged(proves) => Some(proves),
                Happened::Stored(_)
                | Happened::RacedSame(_)
                | Happened::RacedOther
                | Happened::Refused(_)
                | Happened::Failed(_)
                | Happened::Restarted
                | Happened::HandedIn
                | Happened::Recovered => None,
            })
    }

    /// What else is there beside a slot.
    pub(super) fn beside(&self, slot: &Slot, at: Span) -> BTreeSet<Condition> {
        /// So many others.
        const MANY: usize = 10;
        let others = self.history.holding(at).filter(|other| *other != slot);
        let others: Vec<&Slot> = others.collect();
        let many = (others.len() >= MANY).then_some(Condition::BesideMany);
        let all = others.into_iter().flat_map(|other| beside(slot, other));
        all.chain(many).collect()
    }
}

/// What a share under another method is to this slot.
pub(super) fn beside(slot: &Slot, other: &Slot) -> Vec<Condition> {
    let mut all = vec![Condition::BesideMethod];
    match (&slot.0, &other.0) {
        (Some(own), Some(other)) => {
            let bare = |method: &str| method.split('-').next().unwrap_or_default().to_owned();
            if folded(own) == folded(other) {
                all.push(Condition::BesideSpelling);
            } else if own.starts_with(other.as_str())
                || other.starts_with(own.as_str())
                || bare(own) == bare(other)
            {
                all.push(Condition::BesideKin);
            }
        }
        (None, Some(_)) | (Some(_), None) => all.push(Condition::BesideVersion),
        (None, None) => {}
    }
    all
}

pub(super) fn of_method(slot: &Slot) -> &'static [Condition] {
    let Some(method) = slot.0.as_deref() else {
        return &[Condition::V5];
    };
    if DOCUMENTED.contains(&method) {
        &[]
    } else if BARE.contains(&method) {
        &[Condition::Bare]
    } else if method == UNKNOWN {
        &[Condition::Unknown]
    } else if method.trim() != method {
        // Nobody documented it either.
        &[Condition::Open, Condition::Padded]
    } else {
        &[Condition::Open]
    }
}

pub(super) fn of_shape(shape: Shape) -> &'static [Condition] {
    match shape {
        Shape::Plain | Shape::Sealed | Shape::Sealed4k | Shape::Sealed64k | Shape::Sealed4m => &[],
        Shape::Size4k | Shape::Size16k | Shape::Size64k => &[Condition::Large],
        Shape::Size1m => &[Condition::Huge],
        Shape::Wide64k | Shape::Shifted64k => &[Condition::Large, Condition::Shaped],
        Shape::Spaced
        | Shape::Edges
        | Shape::Keys
        | Shape::Escapes
        | Shape::Throughout
        | Shape::Dense
        | Shape::Unicode
        | Shape::Integers
        | Shape::Lookalikes
        | Shape::Nul
        | Shape::NotJson => &[Condition::Shaped],
    }
}
