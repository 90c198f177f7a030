//! What was seen of what the contract leaves free, over all cases: a line a question. Made from the steps alone, so
//! it is as stable as they are.

use super::steps::TAKEN;
use super::{Case, Step};
use std::collections::BTreeSet;

/// How many different answers are listed for one question.
const MOST: usize = 4;

/// A question, and which steps answer it.
type Question = (&'static str, fn(&Step) -> bool);

/// To ask another question: a line.
const QUESTIONS: [Question; 9] = [
    ("a store under a method that held nothing", |it| {
        plain(it, "store ") && is_success(it)
    }),
    ("a store that replaces a share", |it| {
        plain(it, "replace ") && is_success(it)
    }),
    ("a fetch of shares", |it| {
        plain(it, "fetch ") && !it.sent.ends_with(BARE) && !is_empty(it)
    }),
    ("a fetch of a client without a share", |it| {
        plain(it, "fetch ") && it.sent.ends_with(BARE)
    }),
    ("a fetch of an unknown client", |it| {
        it.sent.ends_with("(client id: unknown)")
    }),
    ("a request without the secret", |it| {
        it.sent.contains("(secret: missing")
    }),
    ("a request with a wrong secret", |it| {
        it.sent.contains("(secret: ") && !it.sent.contains("(secret: missing")
    }),
    ("a store with an unusable body", |it| {
        it.sent.starts_with("send backup ")
    }),
    ("a fetch with an unusable body", |it| {
        it.sent.starts_with("send fetch ")
    }),
];

const BARE: &str = " before any store";

fn plain(step: &Step, verb: &str) -> bool {
    step.sent.starts_with(verb) && !step.sent.ends_with(')')
}

fn is_success(step: &Step) -> bool {
    step.came
        .as_deref()
        .is_some_and(|came| came.starts_with('2'))
}

fn is_empty(step: &Step) -> bool {
    step.came
        .as_deref()
        .is_some_and(|came| came.ends_with("[]"))
}

/// The questions that these cases answer, and the answers without the shares in them.
pub(super) fn seen<'a>(
    cases: &(impl Iterator<Item = &'a Case> + Clone),
) -> Vec<(&'static str, String)> {
    let answered = QUESTIONS.iter().filter_map(|(what, asked)| {
        let steps = cases.clone().flat_map(|case| &case.steps);
        let answers: BTreeSet<String> = steps
            .filter(|step| asked(step))
            .filter_map(|step| step.came.as_deref())
            .filter(|came| *came != TAKEN)
            .map(without_shares)
            .collect();
        (!answers.is_empty()).then(|| (*what, listed(&answers)))
    });
    answered.collect()
}

fn without_shares(came: &str) -> String {
    match (came.find(" ["), came.rfind(']')) {
        (Some(from), Some(to)) if from + 2 < to => format!("{}{}", &came[..from], &came[to + 1..]),
        (None | Some(_), None | Some(_)) => came.to_owned(),
    }
}

fn listed(answers: &BTreeSet<String>) -> String {
    let mut told: Vec<String> = answers.iter().take(MOST).cloned().collect();
    if answers.len() > MOST {
        told.push(format!("{} others", answers.len() - MOST));
    }
    told.join(" or ")
}
