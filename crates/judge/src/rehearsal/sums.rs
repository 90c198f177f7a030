//! What looks at many clients come to together; its size does not grow with their number.

use super::look::Looked;
use crate::exchange::Exchange;
use std::collections::BTreeMap;

/// So many clients are shown of those that lack something.
const SHOWN: usize = 3;

/// How often something is wrong, and where it was seen first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wrong {
    /// So many clients have it.
    pub clients: usize,
    /// What it is, of the first one.
    pub words: String,
    /// What the first one had to hold.
    pub expected: String,
    /// What it held.
    pub observed: String,
    /// The id of the first one.
    pub client: String,
    /// The place of the fetch that shows it, among those that are shown; none where it is not.
    pub shown: Option<usize>,
}

/// What the clients of one kind come to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sums {
    /// How many clients were asked for.
    pub clients: usize,
    /// How many shares they had to hold.
    pub shares: usize,
    /// What is wrong, by its code.
    pub wrong: BTreeMap<&'static str, Wrong>,
    /// How many clients lack or hold something that they must not.
    pub bad: usize,
    /// How many could not be looked at, and why the first one could not.
    pub unseen: Option<(usize, String)>,
    /// How many hold what another run of ours has stored meanwhile, and the first one's id.
    pub another_run: Option<(usize, String)>,
    /// The fetches of a few clients with something wrong, each with the client's id.
    pub exchanges: Vec<(String, Exchange)>,
}

impl Sums {
    /// Adds what was seen of a client; `show` gives its fetch.
    pub fn add(&mut self, client: &str, looked: &Looked, show: impl FnOnce(&str) -> Exchange) {
        self.add_whole(client, looked);
        if looked.another_run || looked.faults.is_empty() {
            return;
        }
        self.bad += 1;
        let place = self.exchanges.len();
        let is_shown = place < SHOWN;
        if is_shown {
            // As many symbols as clients are shown.
            let symbol = (place + 1).to_string();
            self.exchanges.push((client.to_owned(), show(&symbol)));
        }
        let mut told = Vec::new();
        for fault in &looked.faults {
            let wrong = self.wrong.entry(fault.code).or_insert_with(|| Wrong {
                words: fault.words.clone(),
                expected: looked.expected.clone(),
                observed: looked.observed.clone(),
                client: client.to_owned(),
                shown: is_shown.then_some(place),
                ..Wrong::default()
            });
            if !told.contains(&fault.code) {
                wrong.clients += 1;
                told.push(fault.code);
            }
        }
    }

    /// Adds a client with nothing wrong, or that another run has stored for.
    pub fn add_whole(&mut self, client: &str, looked: &Looked) {
        self.clients += 1;
        self.shares += looked.shares;
        if looked.another_run {
            let (count, _) = self
                .another_run
                .get_or_insert_with(|| (0, client.to_owned()));
            *count += 1;
        }
    }

    /// Adds a client that could not be looked at.
    pub fn add_unseen(&mut self, why: &str) {
        self.clients += 1;
        let (count, _) = self.unseen.get_or_insert_with(|| (0, why.to_owned()));
        *count += 1;
    }

    /// How many clients were looked at.
    pub fn seen(&self) -> usize {
        let unseen = self.unseen.as_ref().map_or(0, |(count, _)| *count);
        let others = self.another_run.as_ref().map_or(0, |(count, _)| *count);
        self.clients - unseen - others
    }
}
