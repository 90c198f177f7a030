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

/// The question that a step answers, if it is one of them.
pub(super) fn kind(step: &Step) -> Option<&'static str> {
    let mut all = QUESTIONS.iter();
    all.find(|(_, asked)| asked(step)).map(|(what, _)| *what)
}

/// The webhook that a step asks.
pub(super) fn verb(step: &Step) -> &'static str {
    let stores = ["store ", "replace ", "send backup "];
    if stores.iter().any(|verb| step.sent.starts_with(verb)) {
        "store"
    } else {
        "fetch"
    }
}

/// What came without the shares in it, which differ from case to case.
pub(super) fn shape(step: &Step) -> &str {
    let came = step.came.as_deref().unwrap_or("nothing that can be told");
    match came.rfind(" [") {
        Some(from) if came.ends_with(']') && !came.ends_with("[]") => &came[..from],
        Some(_) | None => came,
    }
}

/// The questions that these cases answer, and the answers without the shares in them.
pub(super) fn seen<'a>(
    cases: &(impl Iterator<Item = &'a Case> + Clone),
) -> Vec<(&'static str, String)> {
    let answered = QUESTIONS.iter().filter_map(|(what, asked)| {
        let steps = cases.clone().flat_map(|case| &case.steps);
        let answers: BTreeSet<&str> = steps
            .filter(|step| asked(step))
            .filter(|step| step.came.as_deref().is_some_and(|came| came != TAKEN))
            .map(shape)
            .collect();
        (!answers.is_empty()).then(|| (*what, listed(&answers)))
    });
    answered.collect()
}

fn listed(answers: &BTreeSet<&str>) -> String {
    let mut told: Vec<String> = answers
        .iter()
        .take(MOST)
        .map(|it| (*it).to_owned())
        .collect();
    if answers.len() > MOST {
        told.push(format!("{} others", answers.len() - MOST));
    }
    told.join(" or ")
}
