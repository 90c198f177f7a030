//! A plan to one of its parts, for parallel CI jobs. Pure: the same cases fall into the same parts, whatever the
//! seed, the jobs and the order of the cases.

use super::{Plan, PlanError};
use crate::model::shard::{Part, Shard};
use crate::model::trial::Trial;
use std::cmp::Reverse;

/// Leaves of a plan what one shard runs; the rest is left out, and the reason says where it runs.
pub fn cut(plan: Plan, shard: Shard) -> Result<Plan, PlanError> {
    if shard.number.get() > plan.trials.len() {
        return Err(PlanError::EmptyShard {
            shard,
            trials: plan.trials.len(),
        });
    }
    let numbers = split(&plan.trials, shard);
    let mut cut = Plan {
        trials: Vec::new(),
        left_out: plan.left_out,
        whole: false,
        contract: plan.contract,
        shard: Some(Part {
            shard,
            whole_once_merged: plan.whole,
        }),
    };
    for (trial, place) in plan.trials.into_iter().zip(numbers) {
        if place == shard {
            cut.trials.push(trial);
        } else {
            cut.left_out.push(trial.planned().elsewhere(place));
        }
    }
    Ok(cut)
}

/// In which shard each trial runs: the costliest first, each where there is least so far.
fn split(trials: &[Trial], any: Shard) -> Vec<Shard> {
    let mut loads: Vec<(usize, Shard)> = Shard::all(any.of).map(|shard| (0, shard)).collect();
    let mut by_cost: Vec<usize> = (0..trials.len()).collect();
    by_cost.sort_by_key(|at| (Reverse(cost(&trials[*at])), &trials[*at].id));
    let mut places = vec![any; trials.len()];
    for at in by_cost {
        if let Some(least) = loads.iter_mut().min() {
            places[at] = least.1;
            least.0 += cost(&trials[at]);
        }
    }
    places
}

/// What a trial takes: its requests, and once more those that wait for one another.
fn cost(trial: &Trial) -> usize {
    trial.requests() + trial.chain()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Contract;
    use crate::model::trial::{Action, ScriptStep};
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    fn trial(number: usize, clients: usize, steps: usize) -> Trial {
        Trial {
            id: format!("case-{number}"),
            title: String::new(),
            requirement: "endpoint.backup".to_owned(),
            also: Vec::new(),
            fresh: false,
            any_method: false,
            before_migration: None,
            contract: Contract::V6,
            clients: (0..clients).map(|number| number.to_string()).collect(),
            backups: BTreeMap::new(),
            labels: BTreeMap::new(),
            hears: false,
            lasts: false,
            script: (0..steps)
                .map(|_| ScriptStep {
                    action: Action::Concurrently(vec![Vec::new()]),
                    control: false,
                    guard: false,
                })
                .collect(),
        }
    }

    fn plan(trials: Vec<Trial>) -> Plan {
        Plan {
            trials,
            left_out: Vec::new(),
            whole: true,
            contract: Contract::V6,
            shard: None,
        }
    }

    fn shard(text: &str) -> Shard {
        text.parse().unwrap()
    }

    proptest! {
        #[test]
        fn every_case_is_in_one_shard_and_no_shard_has_much_more_than_another(
            sizes in prop::collection::vec((1_usize..4, 0_usize..20), 1..60),
            of in 1_usize..12,
        ) {
            let of = of.min(sizes.len());
            let trials: Vec<Trial> = sizes
                .iter()
                .enumerate()
                .map(|(number, (clients, steps))| trial(number, *clients, *steps))
                .collect();
            let mut seen = BTreeSet::new();
            let mut loads = Vec::new();
            for part in Shard::all(of.try_into().unwrap()) {
                let cut = cut(plan(trials.clone()), part).unwrap();
                prop_assert_eq!(cut.trials.len() + cut.left_out.len(), trials.len());
                prop_assert!(!cut.trials.is_empty());
                loads.push(cut.trials.iter().map(cost).sum::<usize>());
                for trial in &cut.trials {
                    prop_assert!(seen.insert(trial.id.clone()), "{} is in two shards", trial.id);
                }
            }
            prop_assert_eq!(seen.len(), trials.len());
            let most = trials.iter().map(cost).max().unwrap();
            prop_assert!(loads.iter().max().unwrap() - loads.iter().min().unwrap() <= most);
        }

        #[test]
        fn the_order_of_the_cases_does_not_matter(
            mut trials in Just((0..30).map(|n| trial(n, 1 + n % 3, n % 7)).collect::<Vec<_>>()).prop_shuffle(),
        ) {
            let ids = |trials: &[Trial]| -> BTreeSet<String> { trials.iter().map(|it| it.id.clone()).collect() };
            let shuffled = ids(&cut(plan(trials.clone()), shard("2/4")).unwrap().trials);
            trials.sort_by(|a, b| a.id.cmp(&b.id));
            let sorted = ids(&cut(plan(trials), shard("2/4")).unwrap().trials);
            prop_assert_eq!(shuffled, sorted);
        }
    }

    #[test]
    fn what_runs_elsewhere_says_where() {
        let cut = cut(plan(vec![trial(1, 1, 1), trial(2, 1, 1)]), shard("1/2")).unwrap();
        let rest = &cut.left_out[0];
        assert_eq!(rest.reason, "in shard 2 of 2");
        assert!(!rest.undecides && !cut.whole && cut.shard.unwrap().whole_once_merged);
    }

    #[test]
    fn a_shard_without_cases_is_an_error() {
        let error = cut(plan(vec![trial(1, 1, 1), trial(2, 1, 1)]), shard("3/9")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "nothing runs in shard 3 of 9: there are 2 cases to run, so make at most 2 shards"
        );
    }
}
