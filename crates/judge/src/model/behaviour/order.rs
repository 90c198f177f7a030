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

/// How many orders of the same shares there must have been to choose from, all answers together, before a rule is told
/// from chance: with 3 rules a custodian that shuffles fits one by luck in 3 of so many runs. 12 answers of two shares
/// have 4,096 orders.
const ORDERS: u64 = 1 << 12;

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

/// The order in words; none where too few answers held several shares to tell a rule from chance.
pub(super) fn order(cases: &[CaseResult]) -> Option<&'static str> {
    let mut seen = Orders::default();
    for case in cases {
        seen.look(case);
    }
    seen.told()
}

/// In how many ways answers of so many shares each could have been ordered.
fn orders(sizes: impl Iterator<Item = usize>) -> u64 {
    sizes.fold(1, |all, size| {
        let places = std::iter::successors(Some(1), |place| Some(place + 1));
        places.take(size).fold(all, u64::saturating_mul)
    })
}

/// What was seen of orders.
#[derive(Default)]
struct Orders<'a> {
    /// The shares of each answer; one that says the same again tells nothing new and is left out.
    answers: Vec<Vec<Stored<'a>>>,
    /// How many shares there were in each answer that was the same when fetched again.
    repeated: Vec<usize>,
    /// Whether the same shares came in another order when they were fetched again.
    unstable: bool,
}

impl<'a> Orders<'a> {
    fn told(&self) -> Option<&'static str> {
        if self.unstable {
            return Some("not the same when fetched again");
        }
        let fits = |rule: &&(&'static str, Rule)| {
            let mut answers = self.answers.iter();
            // Two shares of one method are a breach of its own, and say nothing of the order.
            answers.all(|answer| answer.is_sorted_by(|a, b| rule.1(a, b).is_le()))
        };
        match RULES.iter().find(fits) {
            Some((name, _)) => {
                (orders(self.answers.iter().map(Vec::len)) >= ORDERS).then_some(*name)
            }
            None => (orders(self.repeated.iter().copied()) >= ORDERS)
                .then_some("another one, the same when fetched again"),
        }
    }

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
                if self.again(last.insert(&sent.client, labels.clone()), &labels) {
                    continue;
                }
                let known = labels
                    .iter()
                    .map(|label| stored.get(&(sent.client.as_str(), *label))?.clone());
                self.answers.extend(known.collect::<Option<Vec<_>>>());
            }
        }
    }

    /// Two fetches with no store between them; whether they brought the same in the same order.
    fn again(&mut self, before: Option<Vec<&str>>, now: &[&str]) -> bool {
        let sorted = |labels: &[&str]| {
            let mut labels: Vec<String> = labels.iter().map(|it| (*it).to_owned()).collect();
            labels.sort_unstable();
            labels
        };
        let Some(before) = before else { return false };
        let same = before == now;
        self.unstable |= !same && sorted(&before) == sorted(now);
        if same {
            self.repeated.push(now.len());
        }
        same
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

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// So many answers of two shares, stored one after the other and returned in this order.
    fn seen(answers: usize, later_first: bool) -> Orders<'static> {
        let [a, b] = [(0, "B"), (1, "A")].map(|(turn, method)| Stored { turn, method });
        let answer = if later_first { vec![b, a] } else { vec![a, b] };
        Orders {
            answers: vec![answer; answers],
            ..Orders::default()
        }
    }

    #[rstest]
    #[case(0, None)]
    #[case(11, None)]
    #[case(12, Some("the one stored last comes last"))]
    fn a_rule_is_told_once_chance_is_unlikely(
        #[case] answers: usize,
        #[case] expected: Option<&str>,
    ) {
        assert_eq!(seen(answers, false).told(), expected);
    }

    #[rstest]
    #[case(11, None)]
    #[case(12, Some("another one, the same when fetched again"))]
    fn that_an_order_is_stable_is_told_after_enough_fetches(
        #[case] again: usize,
        #[case] expected: Option<&str>,
    ) {
        let opposite = seen(1, true).answers;
        let mut seen = seen(1, false);
        seen.answers.extend(opposite);
        seen.repeated = vec![2; again];
        assert_eq!(seen.told(), expected);
        seen.unstable = true;
        assert_eq!(
            seen.told(),
            Some("not the same when fetched again"),
            "one fetch is enough for that"
        );
    }

    #[test]
    fn few_answers_of_many_shares_tell_as_much() {
        assert!(orders([7].into_iter()) >= ORDERS);
        assert_eq!(orders([2, 3].into_iter()), 12);
        assert_eq!(orders([100, 100].into_iter()), u64::MAX);
    }
}
