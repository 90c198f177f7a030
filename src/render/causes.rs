//! Why requirements or cases have no answer: equal reasons together, the commonest first.

use crate::model::finding::Status;
use crate::model::report::Report;
use crate::model::requirement::Level;
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::HashMap;

/// A reason, and what it concerns.
pub(super) struct Cause<'a> {
    /// The reason, as the checks give it.
    pub(super) message: Cow<'a, str>,
    /// The requirement that it lies with, where it is another's.
    pub(super) behind: Option<&'a str>,
    /// The ids that it concerns.
    pub(super) ids: Vec<&'a str>,
    /// The highest level among them.
    pub(super) level: Level,
}

/// Why requirements have this status, each under the first reason that was given for it.
pub(super) fn of_requirements(report: &Report, status: Status) -> Vec<Cause<'_>> {
    let mut first: HashMap<&str, (Cow<'_, str>, Option<&str>)> = HashMap::new();
    for check in report.cases.iter().flat_map(|case| &case.checks) {
        if check.status == status {
            first
                .entry(&check.requirement)
                .or_insert_with(|| match &check.behind {
                    Some(id) => (
                        Cow::Owned(format!("not to be told behind {id}")),
                        Some(id.as_str()),
                    ),
                    None => (Cow::Borrowed(check.message.as_str()), None),
                });
        }
    }
    let unsaid = (Cow::Borrowed("no case has looked at it"), None);
    grouped(
        report
            .requirements
            .iter()
            .filter(|it| it.status == status)
            .map(|it| {
                let why = first.get(it.id.as_str()).unwrap_or(&unsaid).clone();
                (why, it.id.as_str(), it.level)
            }),
    )
}

/// Why cases have this status.
pub(super) fn of_cases(report: &Report, status: Status) -> Vec<Cause<'_>> {
    grouped(
        report
            .cases
            .iter()
            .filter(|case| case.status == status)
            .map(|case| {
                let check = case.checks.iter().find(|check| check.status == status);
                let message = check.map_or("no reason given", |check| check.message.as_str());
                let message = Cow::Borrowed(message);
                let level = check.map_or(Level::Informational, |check| check.level);
                ((message, None), case.id.as_str(), level)
            }),
    )
}

/// A reason, and the requirement that it lies with, where it is another's.
type Why<'a> = (Cow<'a, str>, Option<&'a str>);

fn grouped<'a>(all: impl Iterator<Item = (Why<'a>, &'a str, Level)>) -> Vec<Cause<'a>> {
    let mut causes: Vec<Cause<'a>> = Vec::new();
    let mut index: HashMap<Cow<'a, str>, usize> = HashMap::new();
    for ((message, behind), id, level) in all {
        let at = *index.entry(message.clone()).or_insert_with(|| {
            causes.push(Cause {
                message,
                behind,
                ids: Vec::new(),
                level,
            });
            causes.len() - 1
        });
        causes[at].ids.push(id);
        causes[at].level = causes[at].level.max(level);
    }
    causes.sort_by_key(|cause| (Reverse(cause.level), Reverse(cause.ids.len())));
    causes
}
