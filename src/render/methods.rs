//! Backup methods against requirements: under which methods each requirement was seen to be kept, and under which to be
//! broken, as far as checks name a share.

use super::visible::visible;
use super::words::{list, number};
use crate::contract::method::{BARE, DOCUMENTED};
use crate::exchange::Webhook;
use crate::model::finding::{Check, Status};
use crate::model::report::{CaseResult, Frequency, Report};
use std::collections::{BTreeMap, BTreeSet};

/// The groups of the contract that speak of shares under methods. The others speak of requests and answers as such.
const GROUPS: [&str; 5] = ["method", "share", "replace", "store", "v5"];

/// What is seen in fewer than one of so many looks may not be seen in the next run.
const RARE: usize = 100;

/// How many methods are named in one place.
const MOST_METHODS: usize = 4;

/// A method as a case tries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Method<'a> {
    /// A store without one, as v5 sends it.
    None,
    /// A store with this one.
    Named(&'a str),
}

impl<'a> Method<'a> {
    fn of(name: Option<&'a str>) -> Self {
        name.map_or(Self::None, Self::Named)
    }

    /// As a sentence has it.
    fn name(self) -> &'a str {
        match self {
            Self::None => "no method (v5)",
            Self::Named(name) => name,
        }
    }

    /// The method without its curve, and the curve, if it is one that the sources name.
    pub(super) fn parts(self) -> Option<(&'a str, Option<&'a str>)> {
        match self {
            Self::Named(name) if DOCUMENTED.contains(&name) => {
                let (bare, curve) = name.split_once('-')?;
                Some((bare, Some(curve)))
            }
            Self::Named(name) if BARE.contains(&name) => Some((name, None)),
            Self::None | Self::Named(_) => None,
        }
    }
}

/// What was seen of one requirement under each method that it was tried with.
#[derive(Debug, Default)]
pub(super) struct Tried<'a> {
    /// Whether it was kept under a method; under one that is not here it was not tried.
    pub(super) kept: BTreeMap<Method<'a>, bool>,
}

impl<'a> Tried<'a> {
    /// What a report shows of a requirement; nothing where methods do not matter.
    pub(super) fn of(report: &'a Report, requirement: &str) -> Self {
        let mut tried = Self::default();
        let group = requirement.split('.').next().unwrap_or_default();
        if !GROUPS.contains(&group) {
            return tried;
        }
        for case in &report.cases {
            for check in case
                .checks
                .iter()
                .filter(|it| it.requirement == requirement)
            {
                tried.add(case, check);
            }
        }
        tried
    }

    fn add(&mut self, case: &'a CaseResult, check: &'a Check) {
        match check.status {
            Status::Passed => {
                for method in stored(case) {
                    self.kept.entry(method).or_insert(true);
                }
            }
            Status::Failed => {
                if let Some(method) = broken(case, check) {
                    self.kept.insert(method, false);
                }
            }
            Status::Skipped | Status::Undecided | Status::Errored => {}
        }
    }

    /// The methods under which it was broken.
    fn broken(&self) -> impl Iterator<Item = Method<'a>> {
        let broken = self.kept.iter().filter(|(_, kept)| !**kept);
        broken.map(|(method, _)| *method)
    }

    /// Whether it is a matter of the method, in words; none where one method only was tried, or none is to blame.
    fn extent(&self) -> Option<String> {
        let all = self.kept.len();
        let broken: Vec<Method<'_>> = self.broken().collect();
        if all < 2 || broken.is_empty() {
            return None;
        }
        let names: Vec<&str> = shortened(&broken, &self.kept);
        Some(if broken.len() == all {
            format!("with all {} methods that were tried", number(all))
        } else if names.len() < MOST_METHODS && broken.len() * 2 <= all {
            format!("only with {}", list(&names, MOST_METHODS))
        } else {
            let kept = self.kept.iter().filter(|(_, kept)| **kept);
            let kept: Vec<Method<'_>> = kept.map(|(method, _)| *method).collect();
            let kept = shortened(&kept, &self.kept);
            let (broken, all) = (number(broken.len()), number(all));
            format!(
                "with {broken} of {all} methods; not with {}",
                list(&kept, MOST_METHODS)
            )
        })
    }
}

/// When a requirement is broken, as a sentence: at times, or whenever some methods are used; none where there is nothing to
/// say.
pub(super) fn extent(report: &Report, requirement: &str) -> Option<String> {
    let mut causes = report.causes.iter();
    let cause = causes.find(|it| it.requirement == requirement);
    if let Some(Frequency { wrong, of }) = cause.and_then(|it| it.frequency) {
        let how = if wrong * RARE < of {
            "It is flaky"
        } else {
            "It comes and goes"
        };
        let (wrong, of) = (number(wrong), number(of));
        return Some(format!("{how}: seen in {wrong} of {of} looks."));
    }
    let extent = Tried::of(report, requirement).extent()?;
    Some(format!("It is so {}.", visible(&extent)))
}

/// The names of some methods; where all forms of one are among them that were tried, it is named once.
fn shortened<'a>(some: &[Method<'a>], tried: &BTreeMap<Method<'a>, bool>) -> Vec<&'a str> {
    let bare = |it: &Method<'a>| it.parts().map(|(bare, _)| bare);
    let mut names: Vec<&str> = Vec::new();
    for method in some {
        let kin = |it: &&Method<'a>| bare(method).is_some() && bare(it) == bare(method);
        let whole = tried.keys().filter(kin).count();
        let name = match bare(method) {
            Some(bare) if whole > 1 && some.iter().filter(kin).count() == whole => bare,
            Some(_) | None => method.name(),
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The methods that a case stores under.
fn stored(case: &CaseResult) -> BTreeSet<Method<'_>> {
    let sent = case.exchanges.iter().map(|it| &it.sent);
    sent.filter(|it| it.webhook == Webhook::Backup && it.share.is_some())
        .map(|it| Method::of(it.method.as_deref()))
        .collect()
}

/// The method under which a failed check shows its requirement to be broken: that of the share that it is about, or the
/// only one of its case.
fn broken<'a>(case: &'a CaseResult, check: &'a Check) -> Option<Method<'a>> {
    let named = check.subject.as_ref().filter(|it| it.share.is_some());
    if let Some(subject) = named {
        return Some(Method::of(subject.method.as_deref()));
    }
    let mut all = stored(case).into_iter();
    all.next().filter(|_| all.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const ALL: [&str; 4] = ["PASSKEY", "PASSKEY-ED25519", "GDRIVE", "SIGNET"];

    #[rstest]
    #[case(&ALL, Some("with all 4 methods that were tried"))]
    #[case(&["PASSKEY", "PASSKEY-ED25519"], Some("only with PASSKEY"))]
    #[case(&["PASSKEY-ED25519"], Some("only with PASSKEY-ED25519"))]
    #[case(&["PASSKEY", "GDRIVE", "SIGNET"], Some("with 3 of 4 methods; not with PASSKEY-ED25519"))]
    #[case(&[], None)]
    fn whether_the_method_matters_is_told(#[case] broken: &[&str], #[case] expected: Option<&str>) {
        let kept = ALL.map(|name| (Method::Named(name), !broken.contains(&name)));
        let tried = Tried {
            kept: BTreeMap::from(kept),
        };
        assert_eq!(tried.extent().as_deref(), expected);
    }

    #[test]
    fn of_one_method_nothing_can_be_said() {
        let tried = Tried {
            kept: BTreeMap::from([(Method::None, false)]),
        };
        assert_eq!(tried.extent(), None);
    }
}
