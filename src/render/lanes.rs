//! What ran at once in a case, as lanes over time: stores and fetches, each round on an axis of its own.

use super::broken::Sighting;
use crate::exchange::{Exchange, Webhook};
use crate::model::report::CaseResult;
use std::collections::{BTreeMap, BTreeSet};

/// Requests that ran at once.
pub(super) struct Round<'a> {
    /// How long it took, in microseconds.
    pub(super) took_us: u64,
    /// Its lanes: those that store first.
    pub(super) lanes: Vec<Vec<Bar<'a>>>,
}

/// One request.
pub(super) struct Bar<'a> {
    /// The request and its answer.
    pub(super) exchange: &'a Exchange,
    /// When it was sent after the round began, in microseconds.
    pub(super) from_us: u64,
    /// How it went.
    pub(super) sight: Sight,
    /// Whether a failed check points at it.
    pub(super) shows: bool,
}

/// How a request went, as far as it alone tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// A store that was acknowledged.
    Stored,
    /// A fetch that brought as many shares as there must be.
    Whole,
    /// A fetch that brought more or fewer, or a request that was not answered as it must be.
    Wrong,
    /// A fetch of which nobody can tell how many it must bring.
    Open,
}

impl<'a> Round<'a> {
    /// Those of a case in their order; `shows` is the exchange that shows what is wrong, if anything is.
    pub(super) fn all(case: &'a CaseResult, shows: Option<&Exchange>) -> Vec<Self> {
        rounds(case)
            .into_iter()
            .map(|(step, exchanges)| Self::of(&exchanges, due(case, step), shows))
            .collect()
    }

    fn of(exchanges: &[&'a Exchange], due: Option<usize>, shows: Option<&Exchange>) -> Self {
        let began = exchanges.iter().map(|it| it.started_us).min();
        let began = began.unwrap_or_default();
        let ended = exchanges.iter().map(|it| it.ended_us).max();
        let mut lanes: BTreeMap<(bool, usize), Vec<Bar<'a>>> = BTreeMap::new();
        for exchange in exchanges {
            let fetches = exchange.sent.webhook.gives();
            let lane = lanes.entry((fetches, exchange.place.lane)).or_default();
            lane.push(Bar {
                exchange,
                from_us: exchange.started_us - began,
                sight: Sight::of(exchange, due),
                shows: shows.is_some_and(|it| std::ptr::eq(it, *exchange)),
            });
        }
        Self {
            took_us: ended.unwrap_or_default().saturating_sub(began).max(1),
            lanes: lanes.into_values().collect(),
        }
    }
}

impl Sight {
    fn of(exchange: &Exchange, due: Option<usize>) -> Self {
        let Some(reply) = exchange.reply().filter(|it| it.is_success()) else {
            return Self::Wrong;
        };
        match (exchange.sent.webhook, due) {
            (Webhook::Backup | Webhook::UserStore, _) => Self::Stored,
            (Webhook::Fetch | Webhook::UserFetch, None) => Self::Open,
            (Webhook::Fetch | Webhook::UserFetch, Some(due)) => {
                if reply.reading.found.len() == due {
                    Self::Whole
                } else {
                    Self::Wrong
                }
            }
        }
    }

    /// The sign for it in text.
    pub(super) fn sign(self) -> char {
        match self {
            Self::Stored => '▇',
            Self::Whole => '✓',
            Self::Wrong => '✕',
            Self::Open => '·',
        }
    }
}

/// The exchanges of each step of a case in which several ran at once.
fn rounds(case: &CaseResult) -> BTreeMap<usize, Vec<&Exchange>> {
    let mut steps: BTreeMap<usize, Vec<&Exchange>> = BTreeMap::new();
    for exchange in &case.exchanges {
        if let Some(step) = exchange.place.step {
            steps.entry(step).or_default().push(exchange);
        }
    }
    steps.retain(|_, exchanges| exchanges.iter().any(|it| it.place.lane > 0));
    steps
}

/// How many shares each fetch of a step must bring: where it only replaces shares of the one client that was stored for.
fn due(case: &CaseResult, step: usize) -> Option<usize> {
    let slots = |of: &dyn Fn(usize) -> bool| -> BTreeSet<(&str, Option<&str>)> {
        let stores = case.exchanges.iter().filter(|it| it.sent.share.is_some());
        stores
            .filter(|it| it.place.step.is_some_and(of))
            .map(|it| (it.sent.client.as_str(), it.sent.method.as_deref()))
            .collect()
    };
    let (before, now) = (slots(&|it| it < step), slots(&|it| it == step));
    let clients: BTreeSet<&str> = before.iter().map(|(client, _)| *client).collect();
    (clients.len() == 1 && now.is_subset(&before)).then_some(before.len())
}

/// What ran at once as lines of text: what each request of a kind came to, in the order of their answers.
pub(super) fn signs(sighting: &Sighting<'_>) -> Vec<String> {
    const MOST: usize = 40;
    let rounds = Round::all(sighting.case, sighting.exchange());
    let round = rounds.iter().find(|it| it.bars().any(|bar| bar.shows));
    let Some(round) = round else {
        return Vec::new();
    };
    [(false, "stores"), (true, "fetches")]
        .into_iter()
        .filter_map(|(gives, name)| {
            let mut bars: Vec<&Bar<'_>> = round.bars().collect();
            bars.retain(|it| it.exchange.sent.webhook.gives() == gives);
            bars.sort_by_key(|it| it.exchange.ended_us);
            let signs: String = bars.iter().take(MOST).map(|it| it.sight.sign()).collect();
            (!signs.is_empty()).then(|| format!("{name:<7} {signs}"))
        })
        .collect()
}

impl<'a> Round<'a> {
    /// Its requests, lane by lane.
    pub(super) fn bars(&self) -> impl Iterator<Item = &Bar<'a>> {
        self.lanes.iter().flatten()
    }
}
