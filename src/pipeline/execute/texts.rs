//! The texts that a trial sends, made anew from the run's seed: of shares, of sealed texts, and of the backups of wallets.

use crate::contract::share;
use crate::contract::wallet::{Seal, Wallet};
use crate::model::trial::Trial;
use std::collections::HashMap;

/// Serial numbers of shares: so many for each trial.
pub(super) const SHARES_A_TRIAL: u32 = 4096;

/// The number in the run of the first share of the trial with this index.
pub(super) fn first_serial(index: usize) -> u32 {
    u32::try_from(index)
        .unwrap_or(0)
        .wrapping_mul(SHARES_A_TRIAL)
}

/// The shares of a plan's trial: serial number, label and text, in the order of the labels.
pub fn shares(index: usize, trial: &Trial, run: &str, seed: u64) -> Vec<(u32, String, String)> {
    let first = first_serial(index);
    let numbered = trial.labels.iter().zip(first..);
    let mut all: Vec<(u32, String, String)> = numbered
        .map(|((label, shape), serial)| {
            let text = share::text(run, seed, serial, *shape);
            (serial, label.clone(), text)
        })
        .collect();
    // A backup's text is made of its shares'.
    for (label, backup) in &trial.backups {
        let texts: HashMap<&str, &str> = all
            .iter()
            .map(|(_, label, text)| (label.as_str(), text.as_str()))
            .collect();
        let shares = backup.shares.iter();
        let shares = shares
            .filter_map(|(curve, label)| Some((*curve, (*texts.get(label.as_str())?).to_owned())));
        let shares = shares.collect();
        let wallet = wallet(trial, &backup.client, first, run, seed);
        if let Some((serial, _, text)) = all.iter_mut().find(|(_, it, _)| it == label) {
            *text = wallet.back_up(&shares, &Seal::new(run, seed, *serial));
        }
    }
    all
}

/// The wallet of a trial's client.
pub(super) fn wallet(trial: &Trial, client: &str, first: u32, run: &str, seed: u64) -> Wallet {
    let place = trial.clients.iter().position(|it| it == client);
    let place = u32::try_from(place.unwrap_or_default()).unwrap_or_default();
    Wallet::new(run, seed, first.wrapping_add(place))
}
