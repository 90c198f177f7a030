//! The faults that a failing run looks like, in sentences.

use super::visible::visible;
use super::words::{many, number};
use crate::model::remedy::Stack;
use crate::model::report::{Diagnosis, Report, Suspect};

/// A fault that the run looks like.
pub(super) struct Likeness<'a> {
    /// What stands before it: the first is what it looks like, the others come on top.
    pub(super) word: &'static str,
    /// What the custodian does and how many checks say so, as a fragment without a full stop.
    pub(super) text: String,
    /// The diagnosis itself.
    pub(super) diagnosis: &'a Diagnosis,
}

/// So many checks that agree are more than a chance likeness.
const TELLING: usize = 3;

/// What the run looks like, what explains most first.
pub(super) fn likenesses(report: &Report) -> Vec<Likeness<'_>> {
    let first = std::iter::once(true).chain(std::iter::repeat(false));
    let all = first.zip(&report.diagnosis);
    all.map(|(first, diagnosis)| Likeness {
        word: match (first, diagnosis.agree < TELLING) {
            (true, false) => "Looks like:",
            (false, false) => "Also like:",
            (true, true) => "Could be:",
            (false, true) => "Could also be:",
        },
        text: text(diagnosis),
        diagnosis,
    })
    .collect()
}

fn text(it: &Diagnosis) -> String {
    let says = |suspect: &Suspect| visible(&suspect.says).into_owned();
    let others = it.alike.iter().map(|other| format!("; or {}", says(other)));
    let agree = if it.agree < TELLING {
        String::new()
    } else {
        format!("{} of {} agree; ", number(it.agree), many(it.of, "check"))
    };
    format!(
        "{}{} ({agree}details may differ)",
        says(&it.suspect),
        others.collect::<String>(),
    )
}

/// The stacks that the remedies are written for.
pub(super) fn stacks(it: &Diagnosis) -> String {
    let fixes = || it.remedies.iter().flat_map(|remedy| &remedy.fixes);
    let written = |stack: &Stack| fixes().any(|fix| fix.stack == *stack);
    let titles: Vec<&str> = Stack::ALL
        .iter()
        .copied()
        .filter(written)
        .map(Stack::title)
        .collect();
    titles.join(", ")
}

/// How much of what failed has another cause, if anything has.
pub(super) fn unexplained(report: &Report) -> Option<String> {
    let left = report.diagnosis.last()?.unexplained;
    let subject = match report.diagnosis.len() {
        1 => "It does",
        _ => "They do",
    };
    (left > 0).then(|| format!("{subject} not explain {}.", many(left, "failed check")))
}
