//! The best that a run can still come to, told from its plan before anything is sent.

use super::price::short;
use serde::Serialize;
use sharecheck::contract::Contract;
use sharecheck::model::requirement::{Level, Part, Requirement, Requirements};
use sharecheck::model::trial::Trial;
use sharecheck::pipeline::plan::Plan;
use sharecheck::render::wrapped;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// How many ids are named in one place.
const MOST_IDS: usize = 4;

/// What a run is held to besides its plan.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// Whether recommended requirements count as required ones.
    pub(crate) strict: bool,
    /// Whether what counts must all be looked at.
    pub(crate) require_all: bool,
    /// How many clients were named, if any were.
    pub(crate) pool: Option<usize>,
    /// Whether ids are made up that the custodian may not know.
    pub(crate) made_up: bool,
}

/// The best exit code, the best answer to the team's question, and why there is none better.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Outlook {
    /// The lowest exit code that the run can still have.
    pub(crate) exit_code: u8,
    /// The best answer to whether `isMultiBackupEnabled` may be set.
    pub(crate) answer: &'static str,
    /// Why it is no better, and on what it hangs, a sentence each.
    pub(crate) why: Vec<String>,
}

/// Whether any case of a plan, or one that it leaves out, speaks of a requirement.
fn speaks_of(plan: &Plan, id: &str) -> bool {
    let mut trials = plan.trials.iter().flat_map(Trial::requirements);
    let mut left_out = plan.left_out.iter().flat_map(|it| &it.requirements);
    trials.any(|it| it == id) || left_out.any(|it| it == id)
}

/// What the gate will make of this plan if the custodian keeps all of the contract.
pub(crate) fn outlook(plan: &Plan, requirements: &Requirements, terms: Terms) -> Outlook {
    let short = short(&plan.trials, terms.pool);
    let starved: BTreeSet<&str> = short.values().flatten().copied().collect();
    let asked = |it: &Requirement, of: &dyn Fn(&str) -> bool| {
        let trials = plan.trials.iter().filter(|trial| of(&trial.id));
        trials.flat_map(Trial::requirements).any(|id| id == it.id)
    };
    let counted: Vec<&Requirement> = requirements
        .iter()
        .filter(|it| it.contracts.contains(&plan.contract))
        .filter(|it| it.part == Part::Webhooks || speaks_of(plan, &it.id))
        .filter(|it| it.level == Level::Required || terms.strict && it.level == Level::Recommended)
        .collect();
    let open: Vec<&str> = ids(&counted, |it| asked(it, &|id| starved.contains(id)));
    let missed: Vec<&str> = ids(&counted, |it| !asked(it, &|_| true));
    let must_look = terms.require_all && plan.shard.is_none();
    let mut why = Vec::new();
    if !open.is_empty() {
        why.push(format!(
            "too few clients leave undecided: {}",
            listed(&open)
        ));
    }
    if !missed.is_empty() {
        let asks = if must_look {
            ", which --require-all asks for"
        } else {
            ""
        };
        why.push(format!(
            "not looked at{asks}: {}{}",
            listed(&missed),
            reasons(plan, &missed)
        ));
    }
    let undecided = !open.is_empty() || must_look && !missed.is_empty();
    let answer = if plan.contract == Contract::V5 && plan.shard.is_none() {
        why.push("a run of contract v5 says nothing of v6".to_owned());
        "no"
    } else if undecided || !plan.whole || plan.shard.is_some() {
        if !plan.whole {
            why.push(
                "only a part of the contract is run, which proves nothing of the whole".to_owned(),
            );
        }
        "cannot be told"
    } else if missed.is_empty() {
        "yes"
    } else {
        "yes, as far as it was looked at"
    };
    if terms.made_up {
        why.push(
            "client ids are made up: exit 3 if the custodian takes none that it does not know"
                .to_owned(),
        );
    }
    Outlook {
        exit_code: if undecided { 4 } else { 0 },
        answer,
        why,
    }
}

impl Outlook {
    /// For people.
    pub(crate) fn lines(&self, width: usize) -> String {
        let mut text = format!(
            "at best: exit {}, isMultiBackupEnabled: {}\n",
            self.exit_code, self.answer
        );
        for why in &self.why {
            let _ = writeln!(text, "  {}", wrapped(why, width, 2, "    "));
        }
        text
    }
}

fn ids<'a>(counted: &[&'a Requirement], of: impl Fn(&Requirement) -> bool) -> Vec<&'a str> {
    let found = counted.iter().filter(|it| of(it));
    found.map(|it| it.id.as_str()).collect()
}

fn listed(ids: &[&str]) -> String {
    let shown: Vec<&str> = ids.iter().take(MOST_IDS).copied().collect();
    match ids.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Why no case of these requirements runs, each reason once.
fn reasons(plan: &Plan, missed: &[&str]) -> String {
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for case in &plan.left_out {
        if case
            .requirements
            .iter()
            .any(|id| missed.contains(&id.as_str()))
        {
            *reasons.entry(&case.reason).or_default() += 1;
        }
    }
    let mut reasons: Vec<(&str, usize)> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let named: Vec<&str> = reasons.iter().take(2).map(|(reason, _)| *reason).collect();
    if named.is_empty() {
        return String::new();
    }
    format!(" ({})", named.join("; "))
}
