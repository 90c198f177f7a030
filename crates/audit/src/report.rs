//! Findings as cases of a report: the form in which the gate, known failures and every report format take them.

use crate::finding::{Answer, Finding};
use sharecheck_judge::model::finding::{Check, Evidence, Status};
use sharecheck_judge::model::report::CaseResult;
use sharecheck_judge::model::requirement::Requirements;
use std::collections::{BTreeMap, HashMap};

/// The codes of all failures that an audit can find; a known failure names one of them.
pub const CODES: &[&str] = &[
    "api-key-not-unique",
    "charset-too-narrow",
    "client-id-not-unique",
    "client-id-nullable",
    "closed-list",
    "column-a-curve",
    "custodian-half-missing",
    "debris-key",
    "debris-share",
    "empty-share",
    "flag-off",
    "folds-case",
    "key-invalid",
    "key-nullable",
    "key-partial",
    "key-prefix",
    "key-replaces",
    "key-too-narrow",
    "key-too-wide",
    "left-behind",
    "list-of-shares",
    "method-nullable",
    "method-too-narrow",
    "no-default",
    "no-key",
    "no-method",
    "no-method-column",
    "no-reference",
    "no-time",
    "not-text",
    "old-mpc",
    "other-default",
    "sdk-too-old",
    "several-versions",
    "share-too-narrow",
    "two-rows",
    "user-half-missing",
    "v1-endpoint",
    "v5-columns-only",
];

/// Each finding as a case of its own, in the order of the contract. Its id is stable from one audit to the next: the
/// requirement, `@`, and what was judged, with `#2` behind it for the second of one kind.
pub fn cases(findings: Vec<Finding>, requirements: &Requirements) -> Vec<CaseResult> {
    let place: HashMap<&str, usize> = requirements
        .iter()
        .map(|it| it.id.as_str())
        .zip(0..)
        .collect();
    let mut findings = findings;
    // What is wrong comes before what is right, so that it keeps its number when others are mended.
    findings.sort_by_key(|it| {
        let place = place.get(it.requirement).copied().unwrap_or(usize::MAX);
        (
            place,
            it.subject.clone(),
            !matches!(it.answer, Answer::Broken(_)),
        )
    });
    let mut taken: HashMap<String, usize> = HashMap::new();
    let numbered = findings.into_iter().map(|finding| {
        let id = format!("{}@{}", finding.requirement, finding.subject);
        let count = taken.entry(id.clone()).or_default();
        *count += 1;
        let id = if *count == 1 {
            id
        } else {
            format!("{id}#{count}")
        };
        case(id, finding, requirements)
    });
    numbered.collect()
}

fn case(id: String, finding: Finding, requirements: &Requirements) -> CaseResult {
    let requirement = requirements.get(finding.requirement);
    let status = match finding.answer {
        Answer::Kept => Status::Passed,
        Answer::Broken(_) => Status::Failed,
        Answer::Unknown => Status::Undecided,
        Answer::Void => Status::Skipped,
    };
    let code = match finding.answer {
        Answer::Kept => None,
        Answer::Broken(code) => {
            debug_assert!(CODES.contains(&code), "{code} is missing in CODES");
            Some(code)
        }
        Answer::Unknown => Some("undecided"),
        Answer::Void => Some("nothing-to-see"),
    };
    let check = Check {
        requirement: finding.requirement.to_owned(),
        level: requirements.level(finding.requirement),
        status,
        code: code.map(str::to_owned),
        message: finding.message,
        behind: None,
        expected: finding.expected,
        observed: finding.observed,
        subject: None,
        evidence: finding.place.map(Evidence::Location),
        rows: finding.query,
        standing: None,
    };
    CaseResult {
        id,
        title: requirement.map_or_else(String::new, |it| it.statement.clone()),
        status,
        checks: vec![check],
        fresh: false,
        clients: BTreeMap::new(),
        shapes: BTreeMap::new(),
        acts: BTreeMap::new(),
        exchanges: Vec::new(),
    }
}
