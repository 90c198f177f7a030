//! What a run costs: before it, what it would send; after it, what it left behind.

use super::outlook::Outlook;
use super::reports::width;
use serde_json::json;
use sharecheck::model::price::Price;
use sharecheck::model::residue::{Residue, State};
use sharecheck::model::trial::Trial;
use sharecheck::pipeline::plan::Plan;
use sharecheck::render::wrapped;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

/// What an answer of a custodian not far away takes.
const LATENCY: Duration = Duration::from_millis(50);

/// How the price is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Telling {
    /// Every case, and the sums.
    Whole,
    /// The sums.
    Sums,
    /// As JSON.
    Json,
}

/// The plan's price, for clients of this origin, of which there are so many if they were named, with requests so
/// far apart.
pub(crate) fn price(
    plan: &Plan,
    jobs: usize,
    (origin, pool): (&str, Option<usize>),
    apart: Duration,
    telling: Telling,
    outlook: &Outlook,
) -> String {
    let price = Price::of(&plan.trials, jobs, pool, LATENCY, apart);
    let short = short(&plan.trials, pool);
    if telling == Telling::Json {
        let trials: Vec<_> = plan
            .trials
            .iter()
            .map(|trial| {
                json!({
                    "id": trial.id, "requests": trial.requests(), "chain": trial.chain(),
                    "clients": trial.clients.len(), "fresh": trial.fresh,
                })
            })
            .collect();
        let left_out: Vec<_> = plan
            .left_out
            .iter()
            .map(|case| json!({ "id": case.id, "reason": case.reason }))
            .collect();
        return format!(
            "{:#}",
            json!({
                "format": 1, "contract": plan.contract, "shard": plan.shard, "price": price, "clients": origin, "pool": pool,
                "short": short, "best": outlook, "cases": trials, "left_out": left_out,
            })
        );
    }
    let mut text = String::new();
    if telling == Telling::Whole {
        for trial in &plan.trials {
            let _ = writeln!(text, "{}  {}", trial.id, trial.title);
        }
        text.push('\n');
    }
    text.push_str(&sums(plan, &price, &short, origin, jobs));
    text.push_str(&outlook.lines(width()));
    text.push_str("nothing was sent");
    text
}

/// What the plan costs and leaves out, a line each.
fn sums(
    plan: &Plan,
    price: &Price,
    short: &BTreeMap<String, Vec<&str>>,
    origin: &str,
    jobs: usize,
) -> String {
    let mut text = String::new();
    let least = humantime::format_duration(Duration::from_millis(price.least_ms));
    let _ = write!(
        text,
        "{}, {} requests, and a few to look before; the longest chain has {}\n\
         clients: {} that never held a share, {} or more others (with {} no case waits); {origin}\n\
         at least {least}, if an answer takes {} ms, with {jobs} job{}\n",
        cases(price.cases),
        price.requests,
        price.longest_chain,
        price.fresh_clients,
        price.reusable_clients,
        price.useful_clients,
        price.latency_ms,
        if jobs == 1 { "" } else { "s" },
    );
    if let Some(part) = plan.shard {
        let _ = writeln!(text, "{}; the others run the rest", part.shard);
    }
    if price.migrated_clients > 0 {
        let _ = writeln!(
            text,
            "and {} with a share from before the migration, which the hook stores",
            price.migrated_clients
        );
    }
    if price.restarts > 0 {
        let _ = writeln!(
            text,
            "the custodian is restarted {}, when all other cases are over",
            match price.restarts {
                1 => "once".to_owned(),
                times => format!("{times} times"),
            }
        );
    }
    if !plan.left_out.is_empty() {
        let _ = writeln!(text, "left out: {}", cases(plan.left_out.len()));
    }
    for (reason, ids) in short {
        let _ = writeln!(
            text,
            "cannot run: {}: {reason}; their requirements would stay undecided (exit code 4)",
            ids.join(", ")
        );
    }
    let lines = text.lines().map(|line| wrapped(line, width(), 0, "  "));
    lines.map(|line| line + "\n").collect()
}

fn cases(count: usize) -> String {
    match count {
        1 => "1 case".to_owned(),
        count => format!("{count} cases"),
    }
}

/// The cases that a pool of so many clients is too small for, by the reason, even if none held a share.
pub(super) fn short(trials: &[Trial], pool: Option<usize>) -> BTreeMap<String, Vec<&str>> {
    let mut short: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let Some(pool) = pool else { return short };
    let mut fresh = 0;
    for trial in trials {
        let needed = trial.clients.len();
        let reason = if needed > pool {
            Some(format!("needs {needed} clients, the pool has {pool}"))
        } else if trial.fresh && fresh + needed > pool {
            Some(format!(
                "needs a client that never held a share, and the pool has only {pool}"
            ))
        } else {
            fresh += if trial.fresh { needed } else { 0 };
            None
        };
        if let Some(reason) = reason {
            short.entry(reason).or_default().push(&trial.id);
        }
    }
    short
}

/// What a run left behind, in a line; nothing if it left nothing.
pub(crate) fn left_behind(residue: &Residue, list: Option<&Path>) -> Option<String> {
    let clients: BTreeSet<&str> = residue.remaining().map(|it| it.client.as_str()).collect();
    let of = |state: State| residue.remaining().filter(|it| it.state == state).count();
    let what: Vec<String> = [
        (of(State::Stored), "synthetic share", "synthetic shares"),
        (of(State::Tombstone), "tombstone", "tombstones"),
        (
            of(State::Unsure),
            "that may have been stored",
            "that may have been stored",
        ),
    ]
    .into_iter()
    .filter(|(count, ..)| *count > 0)
    .map(|(count, one, many)| format!("{count} {}", if count == 1 { one } else { many }))
    .collect();
    if what.is_empty() {
        return None;
    }
    let list = match list {
        Some(path) => format!("listed in {}", path.display()),
        None => "--residue FILE lists them".to_owned(),
    };
    let plural = if clients.len() == 1 { "" } else { "s" };
    Some(format!(
        "left behind on {} client{plural}: {}; {list}",
        clients.len(),
        what.join(", ")
    ))
}
