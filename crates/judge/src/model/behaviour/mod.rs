//! What a custodian does, so normalised that two runs against an unchanged one give the same text: no times,
//! ids, seeds or lengths, no leftovers, no winners of races. A report goes in. Pure.

mod drift;
mod free;
mod order;
mod rewrites;
mod steps;
mod take;
mod text;

pub use drift::{Apart, Change, Drift, Example, Part, Place, What};
pub use text::Unreadable;

use crate::exchange::Exchange;
use crate::model::finding::{Check, Status};
use crate::model::report::{CaseResult, Report};
use crate::model::requirement::Level;

/// What a custodian was seen to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behaviour {
    /// The contract's name.
    pub contract: String,
    /// Whether the clients were made up, so that none held anything before; otherwise less can be told.
    pub made_up: bool,
    /// SHA-256 of the cases and requirements, in hexadecimal.
    pub suite: String,
    /// How the shares of an answer are ordered, in words; only a whole run can tell.
    pub order: Option<String>,
    /// What it comes to; only a whole run that could tell has it.
    pub conclusion: Option<Conclusion>,
    /// The cases that came to a verdict, in the suite's order.
    pub cases: Vec<Case>,
}

/// What a run comes to, in the words of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conclusion {
    /// Whether `isMultiBackupEnabled` may be set.
    pub safe: bool,
    /// The stage's name.
    pub stage: String,
    /// The known faults that it looks like, the weightiest first.
    pub looks_like: Vec<String>,
}

impl Conclusion {
    fn of(report: &Report) -> Option<Self> {
        let outcome = &report.outcome;
        Some(Self {
            safe: outcome.multi_backup_safe.filter(|_| report.run.whole)?,
            stage: outcome.stage?.name().to_owned(),
            looks_like: looks_like(report),
        })
    }
}

/// The known faults that a run looks like, the weightiest first; those that nothing tells apart as one.
pub fn looks_like(report: &Report) -> Vec<String> {
    let named = report.diagnosis.iter().map(|it| {
        let alike = it.alike.iter().map(|other| other.fault.as_str());
        let all: Vec<&str> = std::iter::once(it.suspect.fault.as_str())
            .chain(alike)
            .collect();
        all.join(" or ")
    });
    named.collect()
}

/// What a custodian was seen to do in one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// A line for each check: status, requirement and code. What is only worth knowing is noted where it fails.
    pub verdicts: Vec<String>,
    /// What was sent and what came, in the order of the script.
    pub steps: Vec<Step>,
}

/// One step of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What was sent, in words that are the same in every run of the same suite.
    pub sent: String,
    /// What came; nothing where it depends on timing or on leftovers.
    pub came: Option<String>,
}

impl Case {
    /// As lines for people to compare.
    pub fn lines(&self) -> Vec<String> {
        let steps = self.steps.iter().enumerate();
        let steps = steps.map(|(at, step)| format!("{} {step}", at + 1));
        self.verdicts.iter().cloned().chain(steps).collect()
    }
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.sent)?;
        match &self.came {
            Some(came) => write!(f, "{ARROW}{came}"),
            None => Ok(()),
        }
    }
}

/// Stands between what was sent and what came, and nowhere else.
const ARROW: &str = " → ";

impl Behaviour {
    /// What the custodian did in this run.
    pub fn of(report: &Report) -> Self {
        let order = report.run.whole.then(|| order::order(&report.cases));
        let told = report.cases.iter().filter(|case| is_told(case));
        Self {
            contract: report.run.contract.name().to_owned(),
            made_up: report.run.made_up,
            suite: report.tool.suite.clone(),
            order: order.flatten().map(str::to_owned),
            conclusion: Conclusion::of(report),
            cases: told.map(|case| told_of(case, report.run.made_up)).collect(),
        }
    }

    /// What was seen of what the contract leaves free, in words.
    pub fn free(&self) -> Vec<String> {
        let order = self.order.iter().map(|order| ("order of shares", order));
        free::seen(&self.cases.iter())
            .into_iter()
            .chain(order.map(|(what, order)| (what, order.clone())))
            .map(|(what, came)| format!("{what}: {came}"))
            .collect()
    }

    fn case(&self, id: &str) -> Option<&Case> {
        self.cases.iter().find(|case| case.id == id)
    }
}

/// Whether a case came to a verdict in all that it asks, and the custodian was there throughout; its repetitions
/// tell nothing new.
fn is_told(case: &CaseResult) -> bool {
    let open = |check: &Check| matches!(check.status, Status::Undecided | Status::Errored);
    !case.exchanges.is_empty()
        && !case.id.contains('#')
        && matches!(case.status, Status::Passed | Status::Failed)
        && !case.checks.iter().any(open)
        && !case.exchanges.iter().any(Exchange::tells_nothing)
}

fn told_of(case: &CaseResult, made_up: bool) -> Case {
    let status = |check: &Check| match (check.status, check.level) {
        (Status::Failed, Level::Informational) => rewrites::NOTED,
        (status, Level::Informational | Level::Recommended | Level::Required) => status.name(),
    };
    let line = |check: &Check| match &check.code {
        Some(code) => format!("{} {}: {code}", status(check), check.requirement),
        None => format!("{} {}", status(check), check.requirement),
    };
    let mut verdicts: Vec<String> = case.checks.iter().map(line).collect();
    // What a race shows first differs from run to run; the case's own requirement comes first always.
    if let [_, others @ ..] = verdicts.as_mut_slice() {
        others.sort_unstable();
    }
    Case {
        id: case.id.clone(),
        title: case.title.split_whitespace().collect::<Vec<_>>().join(" "),
        verdicts,
        steps: steps::steps(case, made_up || case.fresh),
    }
}
