//! What explains most of what is wrong: the broken requirements, each with what lies behind it.

use crate::model::finding::{Check, Status};
use crate::model::report::{CaseResult, Cause, Frequency};
use crate::model::requirement::Requirements;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// The causes of a run, the weightiest first: by level, then by how many checks it fails or leaves open. `frequency` says how
/// often a requirement was seen to be broken, if that comes and goes.
pub(crate) fn of(
    cases: &[CaseResult],
    requirements: &Requirements,
    frequency: impl Fn(&str) -> Option<Frequency>,
) -> Vec<Cause> {
    let all = || cases.iter().flat_map(|case| &case.checks);
    let failed = |check: &&Check| check.status == Status::Failed;
    let ids: BTreeSet<&str> = all()
        .filter(failed)
        .map(|check| check.requirement.as_str())
        .collect();
    let mut found: Vec<Cause> = requirements
        .iter()
        .filter(|it| ids.contains(it.id.as_str()))
        .map(|it| {
            let broken = all().filter(failed).filter(|own| own.requirement == it.id);
            let behind = || all().filter(|check| check.behind.as_ref() == Some(&it.id));
            let concerned: BTreeSet<&str> =
                behind().map(|check| check.requirement.as_str()).collect();
            Cause {
                requirement: it.id.clone(),
                failed: broken.count(),
                undecided: behind().count(),
                behind: concerned.into_iter().map(str::to_owned).collect(),
                frequency: frequency(&it.id),
            }
        })
        .collect();
    found.sort_by_key(|it| {
        let level = requirements.level(&it.requirement);
        (Reverse(level), Reverse(it.undecided + it.failed))
    });
    found
}
