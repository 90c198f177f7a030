//! What is written down of clients, calls and moods; behind one lock.

use std::collections::{HashMap, VecDeque};

use crate::answer::Refusal;
use crate::call::{Bearer, Call, Via};
use crate::client::{Client, Pair, Progress};
use crate::mood::Mood;
use crate::pace::Pace;
use crate::tell::Said;

/// So many clients are kept; more are refused.
const CLIENTS: usize = 100_000;

/// So many calls are kept; of more the oldest are forgotten.
const CALLS: usize = 100_000;

/// There is no room for another client, or its id is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Full {
    /// As many clients are there as are kept.
    #[error("the local Portal keeps 100,000 clients and no more: start it again")]
    Clients,
    /// There is one of this id.
    #[error("there is a client of this id already")]
    Taken,
}

#[derive(Default)]
pub(crate) struct Book {
    pub(crate) clients: Vec<Client>,
    pub(crate) by_id: HashMap<String, usize>,
    pub(crate) by_key: HashMap<u64, usize>,
    pub(crate) calls: VecDeque<Call>,
    /// How many calls were forgotten.
    pub(crate) forgotten: usize,
    pub(crate) mood: Mood,
    pub(crate) moods: HashMap<String, Mood>,
    pub(crate) pace: Pace,
}

impl Book {
    /// Adds a client that is found by these keys.
    pub(crate) fn add(&mut self, client: Client, keys: [u64; 2]) -> Result<(), Full> {
        if self.by_id.contains_key(&client.id) {
            return Err(Full::Taken);
        }
        if self.clients.len() >= CLIENTS {
            return Err(Full::Clients);
        }
        let place = self.clients.len();
        self.by_key.extend(keys.map(|key| (key, place)));
        self.by_id.insert(client.id.clone(), place);
        self.clients.push(client);
        Ok(())
    }

    /// Writes a call down; how many there were.
    pub(crate) fn note(&mut self, call: Call) -> usize {
        if self.calls.len() >= CALLS {
            self.calls.pop_front();
            self.forgotten += 1;
        }
        self.calls.push_back(call);
        self.forgotten + self.calls.len()
    }

    pub(crate) fn client(&self, id: &str) -> Option<&Client> {
        self.clients.get(*self.by_id.get(id)?)
    }

    pub(crate) fn client_mut(&mut self, id: &str) -> Option<&mut Client> {
        self.clients.get_mut(*self.by_id.get(id)?)
    }

    pub(crate) fn mood_for(&self, bearer: &Bearer) -> Mood {
        let own = match bearer {
            Bearer::Client(id) => self.moods.get(id),
            Bearer::Unknown(_) | Bearer::Custodian | Bearer::None => None,
        };
        own.copied().unwrap_or(self.mood)
    }

    /// The one method of these pairs.
    pub(crate) fn method(&self, id: &str, pair_ids: &[String]) -> Option<String> {
        let pairs = self.client(id)?.wallets.iter().flat_map(|it| &it.pairs);
        let mut methods = pairs.filter(|pair| pair_ids.contains(&pair.id));
        let first = &methods.next()?.method;
        methods
            .all(|pair| pair.method == *first)
            .then(|| first.clone())
    }

    /// Does what a call says. `lenient`: a client of which no wallet is known may have any pair.
    pub(crate) fn follow(
        &mut self,
        via: Via,
        bearer: &Bearer,
        said: &Said,
        lenient: bool,
    ) -> Result<(), Refusal> {
        let Bearer::Client(id) = bearer else {
            // Nothing is known of a client that was made elsewhere.
            return Ok(());
        };
        let Some(client) = self.client_mut(id) else {
            return Ok(());
        };
        if via == Via::Pairs {
            let known = |id: &String| {
                let mut pairs = client.wallets.iter().flat_map(|it| &it.pairs);
                pairs.any(|pair| pair.id == *id)
            };
            let any = lenient && client.wallets.is_empty();
            if !any && !said.pair_ids.iter().all(known) {
                return Err(Refusal::unusable(
                    "backupSharePairIds names a pair that the client does not have",
                ));
            }
            if let Some(progress) = said.progress {
                advance(client, &said.pair_ids, progress);
            }
        } else if said.success == Some(true) {
            stored(client, said.method.as_deref());
        }
        Ok(())
    }
}

/// Lets these pairs come as far as that; none goes back.
pub(crate) fn advance(client: &mut Client, pair_ids: &[String], progress: Progress) {
    let pairs = client.wallets.iter_mut().flat_map(|it| &mut it.pairs);
    for pair in pairs.filter(|pair| pair_ids.contains(&pair.id)) {
        pair.progress = pair.progress.max(progress);
    }
}

/// The latest backup by this method, or by any, has its user share. One user share holds the halves of all curves, so a method
/// with a curve stands for the bare one.
fn stored(client: &mut Client, method: Option<&str>) {
    let curves: Vec<String> = client.wallets.iter().map(|it| it.curve.clone()).collect();
    let bare = method.map(|method| {
        let curve = |curve: &String| method.strip_suffix(curve.as_str())?.strip_suffix('-');
        curves.iter().find_map(curve).unwrap_or(method)
    });
    for wallet in &mut client.wallets {
        let of_method = |pair: &&mut Pair| bare.is_none_or(|bare| pair.method == bare);
        if let Some(pair) = wallet.pairs.iter_mut().rev().find(of_method) {
            pair.progress = Progress::ClientShare;
        }
    }
}
