//! The list of known failures held against what a run has seen: which failures are accepted, and which entries
//! are stale, expired or about to be. Pure; the day is an argument.

use crate::model::finding::{Check, Standing, Status};
use crate::model::known::{Day, KnownFailure, NOTICE_DAYS};
use crate::model::report::{CaseResult, RequirementResult};

/// What a run has seen.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// What became of the requirements.
    pub requirements: &'a [RequirementResult],
    /// What became of the cases, those left out included.
    pub cases: &'a [CaseResult],
    /// Whether every case of the contract was selected.
    pub whole: bool,
}

/// What there is to say about a list after a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Review {
    /// The entries that a failure was met by.
    pub met: Vec<KnownFailure>,
    /// What makes the list itself wrong, a line for each kind of it.
    pub drift: Vec<String>,
    /// What somebody should know of single entries, a line each.
    pub notices: Vec<String>,
}

/// What became of the failure that an entry speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Met {
    /// It is still there.
    Failed,
    /// The check fails with another code, which nobody has accepted.
    FailedOtherwise(String),
    /// The check passes.
    Passed,
    /// It cannot be told: not selected, not decided, not testable.
    Unseen,
}

/// Makes those failures of a case known that would count and that the list accepts on this day.
pub fn accept(case: &str, checks: &mut [Check], list: &[KnownFailure], today: Day) {
    for check in checks {
        let accepted = |it: &KnownFailure| it.in_force(today) && it.covers(case, check);
        if check.standing == Some(Standing::Counted) && list.iter().any(accepted) {
            check.standing = Some(Standing::Known);
        }
    }
}

/// What became of the failure that this entry speaks of.
pub fn met(entry: &KnownFailure, seen: &Seen<'_>) -> Met {
    let named = || seen.cases.iter().filter(|case| entry.names(&case.id));
    let failed: Vec<(&CaseResult, &Check)> = named()
        .flat_map(|case| case.checks.iter().map(move |check| (case, check)))
        .filter(|(_, check)| {
            check.requirement == entry.requirement && check.status == Status::Failed
        })
        .collect();
    if failed
        .iter()
        .any(|(case, check)| entry.covers(&case.id, check))
    {
        return Met::Failed;
    }
    let new = failed
        .iter()
        .find(|(_, check)| check.standing == Some(Standing::Counted));
    if let Some((_, check)) = new {
        return Met::FailedOtherwise(check.code.clone().unwrap_or_default());
    }
    let passed = failed.is_empty()
        && if entry.case.is_some() {
            named().next().is_some() && named().all(is_settled)
        } else {
            passes_everywhere(&entry.requirement, seen)
        };
    if passed { Met::Passed } else { Met::Unseen }
}

/// Whether a case ran to its end and left nothing open.
fn is_settled(case: &CaseResult) -> bool {
    let settled = |check: &Check| matches!(check.status, Status::Passed | Status::Failed);
    !case.checks.is_empty() && case.checks.iter().all(settled)
}

/// Whether every case of a requirement has run and passed. One that was not selected could be the one that fails.
fn passes_everywhere(id: &str, seen: &Seen<'_>) -> bool {
    let passed = seen
        .requirements
        .iter()
        .any(|it| it.id == id && it.status == Status::Passed);
    let mut checks = seen.cases.iter().flat_map(|case| &case.checks);
    let left_out = checks.any(|it| it.requirement == id && it.status == Status::Skipped);
    passed && (seen.whole || !left_out)
}

/// Goes through the list after a run.
pub fn review(list: &[KnownFailure], seen: &Seen<'_>, today: Day) -> Review {
    let mut review = Review::default();
    let (mut stale, mut expired) = (Vec::new(), Vec::new());
    for entry in list {
        let met = met(entry, seen);
        let left = entry.expires.since(today);
        if left < 0 {
            review.notices.push(format!(
                "known failure {entry} of {} expired on {} and is excused no longer",
                entry.owner, entry.expires
            ));
            if met != Met::Unseen {
                expired.push(entry.to_string());
            }
            continue;
        }
        if left <= NOTICE_DAYS {
            review.notices.push(format!(
                "known failure {entry} of {} expires on {} ({})",
                entry.owner,
                entry.expires,
                in_days(left)
            ));
        }
        match met {
            Met::Failed => review.met.push(entry.clone()),
            Met::FailedOtherwise(code) => review.notices.push(format!(
                "known failure {entry} now fails with the code {code}, which is a new failure"
            )),
            Met::Passed if !entry.flaky => {
                review.notices.push(format!(
                    "known failure {entry} of {} is stale: it passes now, so take it off the list",
                    entry.owner
                ));
                stale.push(entry.to_string());
            }
            Met::Passed | Met::Unseen => {}
        }
    }
    for (entries, what) in [(stale, "stale"), (expired, "expired")] {
        let s = if entries.len() == 1 { "" } else { "s" };
        if !entries.is_empty() {
            review.drift.push(format!(
                "{} known failure{s} {what}: {}",
                entries.len(),
                entries.join(", ")
            ));
        }
    }
    review
}

fn in_days(left: i64) -> String {
    match left {
        0 => "today is its last day".to_owned(),
        1 => "tomorrow".to_owned(),
        days => format!("in {days} days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::requirement::{Level, Part};
    use rstest::rstest;
    use std::collections::BTreeMap;

    const TODAY: &str = "2026-06-15";

    /// A case with one check: of the requirement `r`, with this status and code.
    fn case(id: &str, status: Status, code: &str) -> CaseResult {
        let check = Check {
            requirement: "r".to_owned(),
            level: Level::Required,
            status,
            code: Some(code.to_owned()),
            message: String::new(),
            behind: None,
            rows: None,
            expected: None,
            observed: None,
            subject: None,
            evidence: None,
            standing: (status == Status::Failed).then_some(Standing::Counted),
        };
        CaseResult {
            fresh: false,
            id: id.to_owned(),
            title: String::new(),
            status,
            checks: vec![check],
            clients: BTreeMap::new(),
            shapes: BTreeMap::new(),
            acts: BTreeMap::new(),
            exchanges: Vec::new(),
        }
    }

    fn entry(case: Option<&str>, expires: &str, flaky: bool) -> KnownFailure {
        KnownFailure {
            requirement: "r".to_owned(),
            case: case.map(str::to_owned),
            code: "lost".to_owned(),
            reason: "for now".to_owned(),
            owner: "wallet-team".to_owned(),
            expires: Day::read(expires).unwrap(),
            flaky,
        }
    }

    /// Whether every failure is known, what has drifted, and the notices.
    fn after(
        mut cases: Vec<CaseResult>,
        list: &[KnownFailure],
        whole: bool,
    ) -> (bool, Vec<String>, Vec<String>) {
        let today = Day::read(TODAY).unwrap();
        for case in &mut cases {
            accept(&case.id, &mut case.checks, list, today);
        }
        let requirements = [RequirementResult {
            id: "r".to_owned(),
            level: Level::Required,
            part: Part::Webhooks,
            status: Status::of(cases.iter().map(|case| case.status)),
            cases: Vec::new(),
            statement: String::new(),
            breach: String::new(),
            consequence: String::new(),
            fix: String::new(),
            source: String::new(),
        }];
        let seen = Seen {
            requirements: &requirements,
            cases: &cases,
            whole,
        };
        let review = review(list, &seen, today);
        let mut failed = cases.iter().flat_map(|case| &case.checks);
        let known = failed.all(|it| it.standing != Some(Standing::Counted));
        (known, review.drift, review.notices)
    }

    #[rstest]
    #[case("2026-06-14", false, "expired on 2026-06-14")]
    #[case("2026-06-15", true, "today is its last day")]
    #[case("2026-06-16", true, "tomorrow")]
    #[case("2026-06-29", true, "in 14 days")]
    #[case("2026-06-30", true, "")]
    fn an_entry_holds_through_its_last_day_and_is_told_of_from_fourteen_days_before(
        #[case] expires: &str,
        #[case] holds: bool,
        #[case] notice: &str,
    ) {
        let cases = vec![case("c", Status::Failed, "lost")];
        let (known, drift, notices) = after(cases, &[entry(None, expires, false)], true);
        assert_eq!(known, holds);
        assert_eq!(drift.is_empty(), holds);
        assert_eq!(notices.is_empty(), notice.is_empty());
        assert!(notices.iter().all(|it| it.contains(notice)), "{notices:?}");
    }

    #[test]
    fn another_code_is_a_new_failure() {
        let cases = vec![case("c", Status::Failed, "cut")];
        let (known, drift, notices) = after(cases, &[entry(None, "2026-12-31", false)], true);
        assert!(!known && drift.is_empty());
        assert_eq!(
            notices,
            ["known failure r (lost) now fails with the code cut, which is a new failure"]
        );
    }

    #[test]
    fn another_case_is_a_new_failure_where_the_entry_names_one() {
        let cases = || {
            vec![
                case("c#2", Status::Failed, "lost"),
                case("d", Status::Failed, "lost"),
            ]
        };
        let (known, ..) = after(cases(), &[entry(Some("c"), "2026-12-31", false)], true);
        assert!(!known);
        let (known, ..) = after(cases(), &[entry(None, "2026-12-31", false)], true);
        assert!(known);
    }

    /// Statuses of the two cases of `r`, whether all were selected, and whether the entry is stale then, without
    /// and with the first case named.
    #[rstest]
    #[case(Status::Passed, Status::Passed, true, true, true)]
    #[case(Status::Passed, Status::Failed, true, false, true)]
    #[case(Status::Passed, Status::Undecided, true, false, true)]
    #[case(Status::Passed, Status::Errored, true, false, true)]
    #[case(Status::Passed, Status::Skipped, true, true, true)]
    #[case(Status::Passed, Status::Skipped, false, false, true)]
    #[case(Status::Undecided, Status::Passed, true, false, false)]
    #[case(Status::Errored, Status::Passed, true, false, false)]
    #[case(Status::Skipped, Status::Skipped, false, false, false)]
    fn an_entry_is_stale_only_where_all_that_it_speaks_of_was_seen_to_pass(
        #[case] first: Status,
        #[case] second: Status,
        #[case] whole: bool,
        #[case] stale: bool,
        #[case] stale_by_case: bool,
    ) {
        for (named, wanted) in [(None, stale), (Some("c"), stale_by_case)] {
            let cases = || vec![case("c", first, "lost"), case("d", second, "lost")];
            let (_, drift, notices) = after(cases(), &[entry(named, "2026-12-31", false)], whole);
            assert_eq!(!drift.is_empty(), wanted, "{named:?}");
            assert_eq!(!notices.is_empty(), wanted, "{named:?}");
            let (_, drift, _) = after(cases(), &[entry(named, "2026-12-31", true)], whole);
            assert_eq!(drift, Vec::<String>::new(), "a flaky one may pass");
        }
    }

    #[test]
    fn a_recommendation_stays_a_warning() {
        let mut checks = case("c", Status::Failed, "lost").checks;
        checks[0].standing = Some(Standing::Warning);
        let list = [entry(None, "2026-12-31", false)];
        accept("c", &mut checks, &list, Day::read(TODAY).unwrap());
        assert_eq!(checks[0].standing, Some(Standing::Warning));
    }
}
