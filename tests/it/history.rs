//! What the authors of cases expect is what the history of its stores says: two accounts of one script, kept apart, must agree.

use sharecheck::contract::Contract;
use sharecheck::exchange::Found;
use sharecheck::model::case::Expect;
use sharecheck::model::history::{History, Span, Taken};
use sharecheck::model::trial::{Action, Effect, Request, Slot, Trial};
use sharecheck::pipeline::load::{Sources, load};
use sharecheck::pipeline::plan::{Selection, plan};
use sharecheck::reference::Fault;
use std::collections::BTreeMap;

type Histories = BTreeMap<String, History>;

/// One step after the other.
fn at(step: usize) -> Span {
    let step = u64::try_from(step).unwrap();
    Span {
        from_us: 10 * step,
        to_us: 10 * step + 5,
    }
}

/// What a custodian that keeps the contract makes of one request.
fn take(histories: &mut Histories, request: &Request, run: Span) {
    let history = histories.entry(request.client.clone()).or_default();
    match (&request.effect, request.expect) {
        (Effect::Stores(slot, label), Expect::Accepted) => {
            history.store(slot, label, Taken::Acknowledged, run);
        }
        (Effect::Stores(slot, label), Expect::Refused | Expect::NoShare) => {
            history.store(slot, label, Taken::Refused, run);
        }
        (Effect::Stores(slot, label), Expect::Free) | (Effect::MayStore(slot, label), _) => {
            history.may_store(slot, label);
        }
        (Effect::None, _) => {}
    }
}

/// What the history says instead, if it does. A recommendation may ask for one of several things that it allows.
fn contradicts(history: &History, expected: &[String], run: Span) -> Option<String> {
    let brought: Vec<Found> = expected
        .iter()
        .map(|label| Found::Share {
            label: label.clone(),
            altered: None,
            digest: None,
        })
        .collect();
    let settled = history.settled().map(|mut labels| {
        labels.sort();
        labels
    });
    let mut sorted = expected.to_vec();
    sorted.sort();
    let other = settled.is_some_and(|labels| labels != sorted);
    let looked = history.clone().look(&brought, run, true);
    let forbidden = looked.iter().any(|(_, departed)| departed.is_some());
    (other || forbidden).then(|| history.allowed(run))
}

/// The fetches of a trial whose expectation differs from the history's, and how many were compared.
fn disagreements(trial: &Trial) -> (Vec<String>, usize) {
    let mut histories = Histories::new();
    if let (Some(label), Some(client)) = (&trial.before_migration, trial.clients.first()) {
        let history = histories.entry(client.clone()).or_default();
        history.store(&Slot(None), label, Taken::Acknowledged, Span::default());
    }
    let mut disagreements = Vec::new();
    let mut compared = 0;
    for (number, step) in trial.script.iter().enumerate() {
        let request = match &step.action {
            Action::Request(request) => request,
            Action::Concurrently(lanes) => {
                let requests = lanes.iter().flatten();
                requests.for_each(|it| take(&mut histories, it, at(number + 1)));
                continue;
            }
            Action::Restart | Action::Recover(_) | Action::Portal(_) => continue,
        };
        take(&mut histories, request, at(number + 1));
        let Some(expected) = request.labels.as_ref().filter(|_| request.is_plain_fetch()) else {
            continue;
        };
        let history = histories.entry(request.client.clone()).or_default();
        compared += 1;
        if let Some(said) = contradicts(history, expected, at(number + 1)) {
            let number = number + 1;
            disagreements.push(format!(
                "{} step {number}: the case says {expected:?}, the history {said}",
                trial.id
            ));
        }
    }
    (disagreements, compared)
}

#[test]
fn what_each_case_expects_is_what_the_history_says() {
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
