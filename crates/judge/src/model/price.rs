//! What a plan costs, told before anything is sent.

use crate::model::trial::{Action, Trial};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What a run will take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Price {
    /// How many cases will be sent, repetitions counted.
    pub cases: usize,
    /// How many requests they send, the opening fetches among them.
    pub requests: usize,
    /// How many clients that never held a share they need.
    pub fresh_clients: usize,
    /// How many other clients one of them needs at once: fewer leave cases out.
    pub reusable_clients: usize,
    /// With so many other clients no case waits for one.
    pub useful_clients: usize,
    /// How many clients with a share from before the migration a hook must make.
    pub migrated_clients: usize,
    /// How often the custodian is restarted.
    pub restarts: usize,
    /// The longest chain of requests of which each waits for the one before.
    pub longest_chain: usize,
    /// What an answer was taken to need for the estimate, in milliseconds.
    pub latency_ms: u64,
    /// What the run needs at the least if every answer takes that long, and at the pace that was asked for, in
    /// milliseconds.
    pub least_ms: u64,
}

impl Price {
    /// Of these trials, so many at once at the most, on a pool of so many clients if there is one, with requests so
    /// far apart.
    pub fn of(
        trials: &[Trial],
        jobs: usize,
        pool: Option<usize>,
        latency: Duration,
        apart: Duration,
    ) -> Self {
        let longest_chain = trials.iter().map(Trial::chain).max().unwrap_or(0);
        let by_jobs = trials
            .iter()
            .map(Trial::chain)
            .sum::<usize>()
            .div_ceil(jobs.max(1));
        let by_pool = pool.map_or(0, |clients| {
            let turns = trials
                .iter()
                .map(|trial| trial.chain() * trial.clients.len());
            turns.sum::<usize>().div_ceil(clients.max(1))
        });
        let latency_ms = u64::try_from(latency.as_millis()).unwrap_or(u64::MAX);
        let rounds = longest_chain.max(by_jobs).max(by_pool);
        let requests: usize = trials.iter().map(Trial::requests).sum();
        let by_latency = latency_ms.saturating_mul(u64::try_from(rounds).unwrap_or(u64::MAX));
        let by_pace = apart.saturating_mul(u32::try_from(requests).unwrap_or(u32::MAX));
        let by_pace = u64::try_from(by_pace.as_millis()).unwrap_or(u64::MAX);
        Self {
            cases: trials.len(),
            requests,
            fresh_clients: fresh(trials),
            reusable_clients: most(trials),
            useful_clients: reusable(trials, jobs),
            migrated_clients: trials
                .iter()
                .filter(|trial| trial.before_migration.is_some())
                .count(),
            restarts: trials
                .iter()
                .flat_map(|trial| &trial.script)
                .filter(|step| step.action == Action::Restart)
                .count(),
            longest_chain,
            latency_ms,
            least_ms: by_latency.max(by_pace),
        }
    }
}

/// How many clients that never held a share these trials need.
pub fn fresh(trials: &[Trial]) -> usize {
    let fresh = trials.iter().filter(|trial| trial.fresh);
    fresh.map(|trial| trial.clients.len()).sum()
}

/// How many other clients can be in use at once.
pub fn reusable(trials: &[Trial], jobs: usize) -> usize {
    let mut needs: Vec<usize> = others(trials).map(|trial| trial.clients.len()).collect();
    needs.sort_unstable_by(|a, b| b.cmp(a));
    let at_once: usize = needs.iter().take(jobs.max(1)).sum();
    at_once.min(jobs.max(most(trials)))
}

fn most(trials: &[Trial]) -> usize {
    let needs = others(trials).map(|trial| trial.clients.len());
    needs.max().unwrap_or(0)
}

/// The trials that can do with a client that held shares before.
fn others(trials: &[Trial]) -> impl Iterator<Item = &Trial> {
    trials
        .iter()
        .filter(|trial| !trial.fresh && trial.before_migration.is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Contract;
    use crate::model::trial::ScriptStep;

    fn trial(fresh: bool, clients: usize, steps: usize) -> Trial {
        Trial {
            id: "t".to_owned(),
            title: String::new(),
            requirement: String::new(),
            also: Vec::new(),
            fresh,
            any_method: false,
            before_migration: None,
            contract: Contract::V6,
            clients: (0..clients).map(|number| number.to_string()).collect(),
            backups: std::collections::BTreeMap::new(),
            labels: std::collections::BTreeMap::new(),
            hears: false,
            lasts: false,
            script: (0..steps)
                .map(|_| ScriptStep {
                    action: Action::Restart,
                    control: false,
                    guard: false,
                })
                .collect(),
        }
    }

    #[test]
    fn the_least_time_is_bound_by_chain_jobs_or_pool() {
        let trials = vec![trial(false, 1, 0), trial(false, 2, 0), trial(true, 1, 0)];
        let at = Duration::from_millis(50);
        let price = Price::of(&trials, 64, None, at, Duration::ZERO);
        assert_eq!(
            (
                price.fresh_clients,
                price.reusable_clients,
                price.useful_clients
            ),
            (1, 2, 3)
        );
        assert_eq!((price.longest_chain, price.least_ms), (1, 50));
        assert_eq!(
            Price::of(&trials, 1, None, at, Duration::ZERO).least_ms,
            150
        );
        let (requests, apart) = (price.requests, Duration::from_secs(1));
        let paced = Price::of(&trials, 64, None, at, apart).least_ms;
        assert_eq!(paced, 1000 * u64::try_from(requests).unwrap());
        assert_eq!(
            Price::of(&trials, 64, Some(2), at, Duration::ZERO).least_ms,
            100
        );
    }

    #[test]
    fn no_more_clients_are_asked_for_than_jobs_can_use() {
        let many: Vec<Trial> = (0..100).map(|_| trial(false, 2, 0)).collect();
        assert_eq!(reusable(&many, 8), 8);
        assert_eq!(reusable(&many, 1), 2);
        assert_eq!(reusable(&many[..2], 64), 4);
        assert_eq!(reusable(&[], 64), 0);
    }
}
