//! How many wallets were put together again from both halves, and by which methods.

use crate::contract::wallet::Curve;
use crate::model::transcript::{Recovered, Transcript};
use crate::model::trial::{Action, Body, Recovery};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What recoveries came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Wallets {
    /// How many recoveries brought all curves of a wallet back, byte for byte.
    pub whole: usize,
    /// Of how many.
    pub of: usize,
    /// The same by method and curve.
    pub grid: Vec<Cell>,
}

/// The recoveries of one curve by one method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cell {
    /// The method that the app asked by.
    pub method: String,
    /// The curve.
    pub curve: Curve,
    /// How often its secret was put together again.
    pub whole: usize,
    /// Of how many times.
    pub of: usize,
}

impl Wallets {
    /// Of a run, by the last attempt at each trial; nothing where no wallet was to be recovered. What becomes of a backup that
    /// broke off is left to custodians, and does not count.
    pub fn of(transcripts: &[Transcript]) -> Option<Self> {
        let mut last: BTreeMap<&str, &Transcript> = BTreeMap::new();
        for it in transcripts.iter().filter(|it| !it.placebo) {
            let known = last.entry(&it.trial.id).or_insert(it);
            if known.attempt <= it.attempt {
                *known = it;
            }
        }
        let mut all = Self::default();
        let mut grid: BTreeMap<(&str, Curve), (usize, usize)> = BTreeMap::new();
        for transcript in last.into_values() {
            for (step, recovery) in recoveries(transcript) {
                let Some(outcome) = transcript.recovered.iter().find(|it| it.step == step) else {
                    continue;
                };
                all.of += 1;
                all.whole += usize::from(outcome.halves.is_whole(&recovery.curves));
                for curve in &recovery.curves {
                    let cell = grid.entry((method(recovery), *curve)).or_default();
                    cell.0 += usize::from(outcome.halves.together.contains(curve));
                    cell.1 += 1;
                }
            }
        }
        all.with(grid)
    }

    fn with(mut self, grid: BTreeMap<(&str, Curve), (usize, usize)>) -> Option<Self> {
        let cells = grid.into_iter().map(|((method, curve), (whole, of))| Cell {
            method: method.to_owned(),
            curve,
            whole,
            of,
        });
        self.grid = cells.collect();
        (self.of > 0).then_some(self)
    }

    /// Those of several runs that each looked at other cases; nothing where none of them looked.
    pub fn merged<'a>(some: impl IntoIterator<Item = &'a Self>) -> Option<Self> {
        let mut grid: BTreeMap<(&str, Curve), (usize, usize)> = BTreeMap::new();
        let mut all = Self::default();
        for it in some {
            all.whole += it.whole;
            all.of += it.of;
            for cell in &it.grid {
                let sum = grid.entry((&cell.method, cell.curve)).or_default();
                sum.0 += cell.whole;
                sum.1 += cell.of;
            }
        }
        all.with(grid)
    }

    /// What recoveries came to that the contract leaves open, each once.
    pub fn facts(transcripts: &[Transcript]) -> Vec<String> {
        let mut facts = BTreeSet::new();
        for transcript in transcripts.iter().filter(|it| !it.placebo) {
            let outcomes = &transcript.recovered;
            let open = outcomes.iter().filter(|it| {
                let step = transcript.trial.script.get(it.step);
                step.is_some_and(|it| matches!(&it.action, Action::Recover(it) if it.free))
            });
            // The first one shows that there is something to lose.
            let whole =
                |it: &Recovered| it.halves.parted.is_empty() && !it.halves.together.is_empty();
            let open: Vec<bool> = open.map(whole).collect();
            if let [true, .., last] = open[..] {
                let title = &transcript.trial.title;
                let what = if last {
                    "can still be recovered"
                } else {
                    "cannot be recovered any more"
                };
                facts.insert(format!("{title}: the older one {what}"));
            }
        }
        facts.into_iter().collect()
    }

    /// The methods, in order.
    pub fn methods(&self) -> Vec<&str> {
        let mut methods: Vec<&str> = self.grid.iter().map(|it| it.method.as_str()).collect();
        methods.dedup();
        methods
    }

    /// The recoveries of one curve by one method.
    pub fn cell(&self, method: &str, curve: Curve) -> Option<&Cell> {
        let mut cells = self.grid.iter();
        cells.find(|it| it.method == method && it.curve == curve)
    }
}

/// The recoveries of a trial that have to succeed, with their steps.
fn recoveries(transcript: &Transcript) -> impl Iterator<Item = (usize, &Recovery)> {
    let steps = transcript.trial.script.iter().enumerate();
    steps.filter_map(move |(index, step)| match &step.action {
        Action::Recover(recovery) => (!recovery.free).then_some((index, &**recovery)),
        Action::Request(_) | Action::Concurrently(_) | Action::Restart | Action::Portal(_) => None,
    })
}

fn method(recovery: &Recovery) -> &str {
    match &recovery.requests[1].body {
        Body::UserFetch { method, .. } => method,
        Body::Store { .. } | Body::Fetch { .. } | Body::Raw(_) | Body::UserStore { .. } => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wallets_of_shards_are_added_up() {
        let of = |method: &str, whole, of| Wallets {
            whole,
            of,
            grid: vec![Cell {
                method: method.to_owned(),
                curve: Curve::Ed25519,
                whole,
                of,
            }],
        };
        let shards = [of("GDRIVE", 1, 2), of("PASSKEY", 3, 3), of("GDRIVE", 2, 2)];
        let all = Wallets::merged(&shards).unwrap();
        assert_eq!((all.whole, all.of), (6, 7));
        assert_eq!(all.methods(), ["GDRIVE", "PASSKEY"]);
        let cell = all.cell("GDRIVE", Curve::Ed25519).unwrap();
        assert_eq!((cell.whole, cell.of), (3, 4));
        assert_eq!(Wallets::merged(&[]), None);
    }
}
