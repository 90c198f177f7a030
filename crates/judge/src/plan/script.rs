//! A case to a trial: every label, lane and repetition spelled out.

use super::wallet::Halves;
use super::{PlanError, Selection};
use crate::contract::Contract;
use crate::contract::method::UNKNOWN;
use crate::contract::share::Shape;
use crate::exchange::Webhook;
use crate::exchange::{Credentials, Secret, Spelling};
use crate::model::case::{Case, Expect, Fetch, Send, Step, Store, substitute};
use crate::model::effect::Condition;
use crate::model::requirement::{Part, Requirements};
use crate::model::trial::{Action, Body, Effect, Request, ScriptStep, Slot, Trial};
use std::collections::{BTreeMap, BTreeSet};

/// Spells a case out.
pub(super) fn spell_out(
    case: &Case,
    selection: &Selection,
    requirements: &Requirements,
) -> Result<Trial, PlanError> {
    let contract = selection.contract;
    let wrong = |what: String| PlanError::Case(case.id.clone(), what);
    let mut labels = BTreeMap::new();
    let mut script = Vec::new();
    let needed = |step: &&Step| !(step.guard && selection.local);
    let steps: Vec<Step> = case.steps.iter().filter(needed).cloned().collect();
    let mut halves = Halves::default();
    add_steps(&steps, contract, &mut script, &mut labels, &mut halves).map_err(wrong)?;
    expect_guards(&mut script);
    if let Some(label) = &case.before_migration {
        labels.entry(label.clone()).or_insert(Shape::Plain);
    }
    let mut clients: BTreeSet<String> = BTreeSet::new();
    let requests = || {
        script
            .iter()
            .flat_map(|step: &ScriptStep| step.action.lanes())
            .flatten()
    };
    for request in requests() {
        clients.insert(request.client.clone());
        if let Body::UserStore { credentials, .. } | Body::UserFetch { credentials, .. } =
            &request.body
            && let Credentials::Of(other) = credentials
        {
            clients.insert(other.clone());
        }
        for label in request.labels.iter().flatten() {
            if !labels.contains_key(label) {
                return Err(wrong(format!(
                    "a fetch expects the share {label}, which no step stores"
                )));
            }
        }
    }
    if case.before_migration.is_some() && clients.len() > 1 {
        return Err(wrong(
            "a case with before_migration has one client".to_owned(),
        ));
    }
    let applies = |id: &String| {
        requirements
            .get(id)
            .is_none_or(|r| r.contracts.contains(&contract))
    };
    Ok(Trial {
        id: case.id.clone(),
        title: case.title.clone(),
        requirement: case.requirement.clone(),
        also: case.also.iter().filter(|id| applies(id)).cloned().collect(),
        fresh: case.fresh,
        any_method: contract == Contract::V6
            && requirements
                .get(&case.requirement)
                .is_some_and(|it| it.judged.any_method),
        before_migration: case.before_migration.clone(),
        contract,
        clients: clients.into_iter().collect(),
        labels,
        backups: halves.backups,
        script,
        hears: requirements
            .get(&case.requirement)
            .is_some_and(|it| it.part == Part::Portal),
        lasts: requirements.get(&case.requirement).is_some_and(|it| {
            let mut breaks = it.judged.breaks.iter();
            breaks.any(|it| it.when.contains(&Condition::Later))
        }),
    })
}

fn add_steps(
    steps: &[Step],
    contract: Contract,
    script: &mut Vec<ScriptStep>,
    labels: &mut BTreeMap<String, Shape>,
    halves: &mut Halves,
) -> Result<(), String> {
    for step in steps {
        if let Some(actions) = halves.actions(step, labels)? {
            script.extend(actions.into_iter().map(|action| ScriptStep {
                action,
                control: step.control,
                guard: step.guard,
            }));
        } else if let Some(rounds) = &step.repeat {
            for round in 1..=step.times {
                let filled = substitute(rounds, &[("{round}", &round.to_string())])
                    .map_err(|e| e.to_string())?;
                add_steps(&filled, contract, script, labels, halves)?;
            }
        } else if let Some(lanes) = &step.concurrently {
            let mut spelled = Vec::new();
            for lane in lanes {
                for number in 1..=lane.lanes {
                    spelled.push(chain(lane, number, contract, labels)?);
                }
            }
            script.push(ScriptStep {
                action: Action::Concurrently(spelled),
                control: step.control,
                guard: step.guard,
            });
        } else if step.restart {
            script.push(ScriptStep {
                action: Action::Restart,
                control: step.control,
                guard: step.guard,
            });
        } else {
            for request in chain(step, 1, contract, labels)? {
                script.push(ScriptStep {
                    action: Action::Request(request),
                    control: step.control,
                    guard: step.guard,
                });
            }
        }
    }
    Ok(())
}

/// What a guard has stored comes back in the fetches behind it, too.
fn expect_guards(script: &mut [ScriptStep]) {
    let mut stored: Vec<(String, String)> = Vec::new();
    for step in script {
        let Action::Request(request) = &mut step.action else {
            continue;
        };
        match (&request.body, &mut request.labels) {
            (Body::Store { label, .. }, _) if step.guard => {
                stored.push((request.client.clone(), label.clone()));
            }
            (_, Some(labels)) if !step.guard => {
                let own = stored
                    .iter()
                    .filter(|(client, _)| *client == request.client);
                labels.extend(own.map(|(_, label)| label.clone()));
            }
            _ => {}
        }
    }
}

/// The requests of one lane.
fn chain(
    step: &Step,
    lane: usize,
    contract: Contract,
    labels: &mut BTreeMap<String, Shape>,
) -> Result<Vec<Request>, String> {
    (1..=step.times)
        .map(|turn| {
            let pairs = [("{lane}", lane.to_string()), ("{turn}", turn.to_string())];
            let pairs = pairs.each_ref().map(|(name, text)| (*name, text.as_str()));
            let filled = substitute(std::slice::from_ref(step), &pairs)
                .map_err(|error| error.to_string())?;
            let Some(step) = filled.into_iter().next() else {
                return Err("an empty step".to_owned());
            };
            match (step.store, step.fetch, step.send) {
                (Some(it), _, _) => Ok(store(it, contract, labels)),
                (_, Some(it), _) => Ok(fetch(it)),
                (_, _, Some(it)) => Ok(send(it, contract, labels)),
                (None, None, None) => Err("an empty step".to_owned()),
            }
        })
        .collect()
}

fn store(it: Store, contract: Contract, labels: &mut BTreeMap<String, Shape>) -> Request {
    let method = it.method.filter(|_| contract == Contract::V6);
    labels.insert(it.share.clone(), it.shape);
    let slot = Slot(method.clone());
    let effect = match it.expect {
        Expect::Free => Effect::MayStore(slot, it.share.clone()),
        Expect::Accepted | Expect::Refused | Expect::NoShare => {
            Effect::Stores(slot, it.share.clone())
        }
    };
    Request {
        webhook: Webhook::Backup,
        client: it.client,
        body: Body::Store {
            method,
            label: it.share,
            extra_keys: it.extra_keys,
        },
        secret: it.secret,
        content_type: None,
        expect: it.expect,
        effect,
        labels: None,
        proves: it.proves,
    }
}

fn fetch(it: Fetch) -> Request {
    let expect = if it.secret != Secret::Right {
        Expect::Refused
    } else if it.id == Spelling::Exact {
        Expect::Accepted
    } else {
        Expect::NoShare
    };
    Request {
        webhook: Webhook::Fetch,
        client: it.client,
        body: Body::Fetch {
            spelling: it.id,
            extra_keys: it.extra_keys,
        },
        secret: it.secret,
        content_type: None,
        expect,
        effect: Effect::None,
        labels: it.expect,
        proves: it.proves,
    }
}

fn send(it: Send, contract: Contract, labels: &mut BTreeMap<String, Shape>) -> Request {
    for (_, label) in it.body.match_indices("share ").filter_map(|(at, _)| {
        let end = it.body[at..].find('>')?;
        (it.body[..at].ends_with('<') || it.body[..at].ends_with("<raw "))
            .then(|| (at, it.body[at + 6..at + end].to_owned()))
    }) {
        labels.entry(label).or_insert(it.shape);
    }
    let default = match it.to {
        Webhook::Backup | Webhook::UserStore => Expect::Refused,
        Webhook::Fetch | Webhook::UserFetch => Expect::NoShare,
    };
    let effect = it.may_store.map_or(Effect::None, |may| {
        let slot = Slot(
            may.method
                .filter(|method| contract == Contract::V6 && method != UNKNOWN),
        );
        Effect::MayStore(slot, may.share)
    });
    Request {
        webhook: it.to,
        client: it.client,
        body: Body::Raw(it.body),
        secret: it.secret,
        content_type: it.content_type,
        expect: it.expect.unwrap_or(default),
        effect,
        labels: None,
        proves: it.proves,
    }
}
