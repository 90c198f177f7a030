//! What the authors of cases expect is what the ledger says: two accounts of one script, kept apart, must agree.

use sharecheck::contract::Contract;
use sharecheck::exchange::Found;
use sharecheck::model::case::Expect;
use sharecheck::model::ledger::Ledger;
use sharecheck::model::trial::{Action, Effect, Request, Slot, Trial};
use sharecheck::pipeline::load::{Sources, load};
use sharecheck::pipeline::plan::{Selection, plan};
use sharecheck::reference::Fault;
use std::collections::BTreeMap;

type Ledgers = BTreeMap<String, Ledger>;

/// What a custodian that keeps the contract makes of one request.
fn take(ledgers: &mut Ledgers, request: &Request) {
    let ledger = ledgers.entry(request.client.clone()).or_default();
    match (&request.effect, request.expect) {
        (Effect::Stores(slot, label), Expect::Accepted) => ledger.accept(slot, label),
        (Effect::Stores(_, label), Expect::Refused | Expect::NoShare) => ledger.refuse(label),
        (Effect::Stores(slot, label), Expect::Free) | (Effect::MayStore(slot, label), _) => {
            ledger.may_accept(slot, label);
        }
        (Effect::None, _) => {}
    }
}

/// Lanes at once: where several store into one slot, any of them may have been the last.
fn race(ledgers: &mut Ledgers, lanes: &[Vec<Request>]) {
    let mut racers: BTreeMap<(&str, &Slot), Vec<String>> = BTreeMap::new();
    for request in lanes.iter().flatten() {
        if let (Effect::Stores(slot, label), Expect::Accepted) = (&request.effect, request.expect) {
            let of_slot = racers.entry((&request.client, slot)).or_default();
            of_slot.push(label.clone());
        }
    }
    for ((client, slot), labels) in racers {
        let ledger = ledgers.entry(client.to_owned()).or_default();
        ledger.race(slot, &labels, &[], &[]);
    }
}

/// What the ledger says instead, if it does. A recommendation may ask for one of several things that it allows.
fn contradicts(ledger: &Ledger, expected: &[String]) -> Option<String> {
    let brought: Vec<Found> = expected
        .iter()
        .map(|label| Found::Share {
            label: label.clone(),
            altered: None,
        })
        .collect();
    let settled = ledger.settled().map(|mut labels| {
        labels.sort();
        labels
    });
    let mut sorted = expected.to_vec();
    sorted.sort();
    let other = settled.is_some_and(|labels| labels != sorted);
    let forbidden = !ledger.clone().settle(&brought).is_empty();
    (other || forbidden).then(|| ledger.allowed())
}

/// The fetches of a trial whose expectation differs from the ledger's, and how many were compared.
fn disagreements(trial: &Trial) -> (Vec<String>, usize) {
    let mut ledgers = Ledgers::new();
    if let (Some(label), Some(client)) = (&trial.before_migration, trial.clients.first()) {
        let ledger = ledgers.entry(client.clone()).or_default();
        ledger.accept(&Slot(None), label);
    }
    let mut disagreements = Vec::new();
    let mut compared = 0;
    for (number, step) in trial.script.iter().enumerate() {
        let request = match &step.action {
            Action::Request(request) => request,
            Action::Concurrently(lanes) => {
                race(&mut ledgers, lanes);
                continue;
            }
            Action::Restart => continue,
        };
        take(&mut ledgers, request);
        let Some(expected) = request.labels.as_ref().filter(|_| request.is_plain_fetch()) else {
            continue;
        };
        let ledger = ledgers.entry(request.client.clone()).or_default();
        compared += 1;
        if let Some(said) = contradicts(ledger, expected) {
            let number = number + 1;
            disagreements.push(format!(
                "{} step {number}: the case says {expected:?}, the ledger {said}",
                trial.id
            ));
        }
    }
    (disagreements, compared)
}

#[test]
fn what_each_case_expects_is_what_the_ledger_says() {
    let faults: Vec<&str> = Fault::ALL.iter().map(|fault| fault.name()).collect();
    let suite = load(&Sources::default(), &faults).unwrap_or_else(|error| panic!("{error}"));
    for (contract, at_least) in [(Contract::V6, 300), (Contract::V5, 30)] {
        let selection = Selection {
            contract,
            hook: true,
            ..Selection::default()
        };
        let plan = plan(&suite.cases, &suite.requirements, &selection).unwrap();
        let (all, compared): (Vec<_>, Vec<_>) = plan.trials.iter().map(disagreements).unzip();
        assert_eq!(all.concat(), Vec::<String>::new(), "contract {contract}");
        let compared: usize = compared.iter().sum();
        assert!(compared >= at_least, "only {compared} fetches compared");
    }
}
