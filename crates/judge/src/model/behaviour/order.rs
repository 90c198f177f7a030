//! How a custodian orders the shares of an answer: by a rule that fits every fetch of the run, or, if none does,
//! whether the order is at least the same when the same shares are fetched again.

use super::steps::is_plain_fetch;
use crate::contract::method::UNKNOWN;
use crate::exchange::{Exchange, Found, Webhook};
use crate::model::report::CaseResult;
use std::collections::HashMap;

/// When and under which method a share was stored.
#[derive(Clone, PartialEq, Eq)]
struct Stored<'a> {
    turn: usize,
    method: &'a str,
}

/// What a rule orders by.
type Rule = fn(&Stored<'_>, &Stored<'_>) -> std::cmp::Ordering;

/// The rules that do not depend on what earlier runs have left, with their names.
const RULES: [(&str, Rule); 3] = [
    ("the one stored last comes last", |a, b| a.turn.cmp(&b.turn)),
    ("the one stored last comes first", |a, b| {
        b.turn.cmp(&a.turn)
    }),
    ("by backup method", |a, b| a.method.cmp(b.method)),
];

/// The order in words; none where no answer held two shares whose order could tell.
pub(super) fn order(cases: &[CaseResult]) -> Option<&'static str> {
    let mut seen = Orders::default();
    for case in cases {
        seen.look(case);
    }
    let told = seen.answers.iter().any(|answer| answer.len() > 1);
    let fits = |rule: &&(&'static str, Rule)| {
        let ordered = |answer: &Vec<Stored<'_>>| answer.is_sorted_by(|a, b| rule.1(a, b).is_lt());
        seen.answers.iter().all(ordered)
    };
    let rule = RULES.iter().find(fits).map(|(name, _)| *name);
    told.then_some(match rule {
        Some(name) => name,
        None if seen.unstable => "not the same when fetched again",
        None => "another one, the same when fetched again",
    })
}

/// What was seen of orders.
#[derive(Default)]
struct Orders<'a> {
    answers: Vec<Vec<Stored<'a>>>,
    unstable: bool,
}

impl<'a> Orders<'a> {
    fn look(&mut self, case: &'a CaseResult) {
        let mut stored: HashMap<(&str, &str), Option<Stored<'_>>> = HashMap::new();
        let mut last: HashMap<&str, Vec<&str>> = HashMap::new();
        for (turn, exchange) in case.exchanges.iter().enumerate() {
            let sent = &exchange.sent;
            let Some(reply) = exchange.reply().filter(|reply| reply.is_success()) else {
                continue;
            };
            if sent.webhook == Webhook::Backup {
                last.remove(sent.client.as_str());
                if let Some(label) = &sent.share {
                    let place = stored.entry((&sent.client, label));
                    // Of a share that was stored twice it cannot be said which time counts.
                    place
                        .and_modify(|it| *it = None)
                        .or_insert_with(|| newly(turn, exchange));
                }
            } else if is_plain_fetch(case, sent) && !is_raced(exchange) {
                let labels: Vec<&str> = reply.reading.found.iter().filter_map(label).collect();
                self.again(last.insert(&sent.client, labels.clone()), &labels);
                let known = labels
                    .iter()
                    .map(|label| stored.get(&(sent.client.as_str(), *label))?.clone());
                self.answers.extend(known.collect::<Option<Vec<_>>>());
            }
        }
    }

    /// Two fetches with no store between them.
    fn again(&mut self, before: Option<Vec<&str>>, now: &[&str]) {
        let sorted = |labels: &[&str]| {
            let mut labels: Vec<String> = labels.iter().map(|it| (*it).to_owned()).collect();
            labels.sort_unstable();
            labels
        };
        self.unstable |=
            before.is_some_and(|before| before != now && sorted(&before) == sorted(now));
    }
}

/// A share whose place in time and whose method are sure.
fn newly(turn: usize, exchange: &Exchange) -> Option<Stored<'_>> {
    let method = exchange.sent.method.as_deref().unwrap_or(UNKNOWN);
    let sure = !is_raced(exchange) && !method.contains('{');
    sure.then_some(Stored { turn, method })
}

fn is_raced(exchange: &Exchange) -> bool {
    exchange.place.lane > 0 || exchange.place.turn > 0
}

fn label(found: &Found) -> Option<&str> {
    match found {
        Found::Share { label, .. } => Some(label),
        Found::Leftover
        | Found::Elsewhere(_)
        | Found::Ours
        | Found::Debris(_)
        | Found::Foreign(_) => None,
    }
}
