//! What a case counts as in every form but JSON, which has the statuses themselves; and what else several
//! forms tell of a case.

use super::visible::visible;
use crate::model::finding::{Check, Standing, Status};
use crate::model::report::{CaseResult, Report};
use std::collections::BTreeMap;
use std::time::Duration;

/// What a case counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shown {
    /// Nothing is wrong with it.
    Passed,
    /// Only what is recommended or worth knowing is wrong with it.
    Warned,
    /// Its own requirement is broken, in a way that counts or that a team has accepted for now.
    Failed,
    /// Its own requirement is not broken, but another one is in it.
    Tripped,
    /// It could not be told.
    Undecided,
    /// It was left out.
    Skipped,
    /// It could not be tested.
    Errored,
}

impl Shown {
    /// All of them, in the order in which they are counted.
    pub const ALL: [Self; 7] = [
        Self::Passed,
        Self::Warned,
        Self::Failed,
        Self::Tripped,
        Self::Undecided,
        Self::Skipped,
        Self::Errored,
    ];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Warned => "warned",
            Self::Failed => "failed",
            Self::Tripped => "tripped",
            Self::Undecided => "undecided",
            Self::Skipped => "skipped",
            Self::Errored => "errored",
        }
    }

    /// What one status counts as; a failure that does not fail the run is a warning.
    pub(super) fn of(status: Status, standing: Option<Standing>) -> Self {
        match status {
            Status::Passed => Self::Passed,
            Status::Failed if fails(standing) => Self::Failed,
            Status::Failed => Self::Warned,
            Status::Undecided => Self::Undecided,
            Status::Skipped => Self::Skipped,
            Status::Errored => Self::Errored,
        }
    }
}

/// What a case counts as: by its own requirement. What else is broken in it is told where that requirement is.
pub fn shown(case: &CaseResult) -> Shown {
    let own = case.checks.first();
    let kind = Shown::of(case.status, own.and_then(|it| it.standing));
    let broken = |it: &Check| it.status == Status::Failed && fails(it.standing);
    match kind {
        Shown::Failed | Shown::Tripped => kind,
        Shown::Passed | Shown::Warned | Shown::Undecided | Shown::Skipped | Shown::Errored => {
            if case.checks.iter().skip(1).any(broken) {
                Shown::Tripped
            } else {
                kind
            }
        }
    }
}

/// The first requirement that is broken in a case and is not its own.
pub(super) fn tripped_over(case: &CaseResult) -> Option<&Check> {
    let mut others = case.checks.iter().skip(1);
    others.find(|it| it.status == Status::Failed && fails(it.standing))
}

/// Whether a failed check makes its case a failure. One that no gate has looked at does.
pub(super) fn fails(standing: Option<Standing>) -> bool {
    match standing {
        None | Some(Standing::Counted | Standing::Known) => true,
        Some(Standing::Warning | Standing::Note) => false,
    }
}

/// How many cases count as what; everything is named, zeros too.
pub(super) fn tally(report: &Report) -> BTreeMap<Shown, usize> {
    let mut all: BTreeMap<Shown, usize> = Shown::ALL.into_iter().map(|it| (it, 0)).collect();
    for case in &report.cases {
        *all.entry(shown(case)).or_default() += 1;
    }
    all
}

/// The part of the contract that a case belongs to: the first word of its requirement's id.
pub(super) fn section(case: &CaseResult) -> &str {
    let id = case
        .checks
        .first()
        .map_or(&case.id, |check| &check.requirement);
    id.split('.').next().unwrap_or(id)
}

/// How long a case took, from its first request to its last answer.
pub(super) fn elapsed(case: &CaseResult) -> Duration {
    let start = case.exchanges.iter().map(|it| it.started_us).min();
    let end = case.exchanges.iter().map(|it| it.ended_us).max();
    let us = end
        .unwrap_or_default()
        .saturating_sub(start.unwrap_or_default());
    Duration::from_micros(us)
}

/// Why a case has this status, as its first check of that status says.
pub(super) fn reason(case: &CaseResult, status: Status) -> String {
    let check = case.checks.iter().find(|it| it.status == status);
    check.map_or_else(
        || "no reason given".to_owned(),
        |it| visible(&it.message).into_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample;
    use rstest::rstest;

    #[rstest]
    #[case(&[(Status::Passed, None)], Shown::Passed)]
    #[case(&[(Status::Passed, None), (Status::Undecided, None)], Shown::Passed)]
    #[case(&[(Status::Failed, Some(Standing::Counted)), (Status::Errored, None)], Shown::Failed)]
    #[case(&[(Status::Failed, Some(Standing::Known))], Shown::Failed)]
    #[case(&[(Status::Failed, None)], Shown::Failed)]
    #[case(&[(Status::Failed, Some(Standing::Warning)), (Status::Passed, None)], Shown::Warned)]
    #[case(&[(Status::Passed, None), (Status::Failed, Some(Standing::Counted))], Shown::Tripped)]
    #[case(&[(Status::Undecided, None), (Status::Failed, Some(Standing::Known))], Shown::Tripped)]
    #[case(&[(Status::Passed, None), (Status::Failed, Some(Standing::Note))], Shown::Passed)]
    #[case(&[(Status::Errored, None), (Status::Failed, Some(Standing::Warning))], Shown::Errored)]
    #[case(&[(Status::Skipped, None)], Shown::Skipped)]
    fn a_case_counts_by_its_own_requirement(
        #[case] checks: &[(Status, Option<Standing>)],
        #[case] expected: Shown,
    ) {
        let mut case = sample::report().cases[0].clone();
        let like = case.checks[0].clone();
        case.checks = checks
            .iter()
            .map(|(status, standing)| Check {
                status: *status,
                standing: *standing,
                ..like.clone()
            })
            .collect();
        case.status = case.checks[0].status;
        assert_eq!(shown(&case), expected);
    }
}
