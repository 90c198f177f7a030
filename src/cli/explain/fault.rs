//! A fault of the reference custodian, and what to do about one in yours.

use sharecheck::model::finding::Status;
use sharecheck::model::remedy::{Remedy, Stack};
use sharecheck::model::signature::{Extent, Signature};
use sharecheck::pipeline::load::Suite;
use sharecheck::reference::Fault;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How many cases are named for each requirement.
const MOST_CASES: usize = 3;

pub(super) fn describe_fault(text: &mut String, fault: Fault, suite: &Suite) {
    let name = fault.name();
    let _ = writeln!(text, "fault {name}\n  The custodian {}.", fault.claim());
    for signature in suite.signatures.iter().filter(|it| it.fault == name) {
        describe_signature(text, signature);
    }
    let _ = writeln!(text, "\nTo see it\n  sharecheck run --reference {name}");
}

/// The requirements that the fault breaks, and where it shows.
fn describe_signature(text: &mut String, signature: &Signature) {
    let mut broken: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for mark in &signature.checks {
        if mark.status == Status::Failed {
            broken
                .entry(&mark.requirement)
                .or_default()
                .push(&mark.case);
        }
    }
    let _ = writeln!(text, "\nBreaks, contract {}", signature.contract);
    for (requirement, cases) in broken {
        let named = cases.iter().take(MOST_CASES).copied();
        let named: Vec<&str> = named.collect();
        let more = match cases.len() - named.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let _ = writeln!(text, "  {requirement}  in {}{more}", named.join(", "));
    }
    match signature.extent {
        Extent::Races => text.push_str("  and by chance more, in cases that race\n"),
        Extent::Load => text.push_str("  and by chance more, as much is under way at once\n"),
        Extent::Whole | Extent::Alone => {}
    }
}

/// What to do, for one stack or for all.
pub(super) fn describe_remedy(text: &mut String, remedy: &Remedy, stack: Option<Stack>) {
    let _ = writeln!(text, "\nTo mend it: {}", remedy.title);
    let wanted = |it: &Stack| stack.is_none_or(|stack| stack == *it);
    for fix in remedy.fixes.iter().filter(|fix| wanted(&fix.stack)) {
        let applies = fix.applies.as_deref();
        let applies = applies.map_or_else(String::new, |it| format!(" ({it})"));
        let _ = writeln!(text, "\n  {}{applies}", fix.stack.title());
        for line in fix.code.lines() {
            let _ = writeln!(text, "{}", format!("    {line}").trim_end());
        }
    }
    text.push_str("\n  Mind\n");
    for sentence in &remedy.mind {
        let _ = writeln!(text, "  * {sentence}");
    }
}
