//! Cases to trials: selects, spells out labels, lanes and repetitions, and counts the price. Pure.

mod shard;

pub use shard::cut;

use crate::contract::Contract;
use crate::contract::method::UNKNOWN;
use crate::contract::share::Shape;
use crate::exchange::Webhook;
use crate::model::case::{Case, Expect, Fetch, Secret, Send, Spelling, Step, Store, substitute};
use crate::model::requirement::{Level, Requirements};
use crate::model::shard::{Part, Shard};
use crate::model::trial::{Action, Body, Effect, LeftOut, Request, ScriptStep, Slot, Trial};
use crate::nearest::nearest;
use globset::{Glob, GlobSet, GlobSetBuilder};
use std::collections::{BTreeMap, BTreeSet};

/// What to run.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a thing that is there or not"
)]
pub struct Selection {
    /// The contract to hold the custodian to.
    pub contract: Contract,
    /// Ids and globs of cases and requirements; none: all.
    pub select: Vec<String>,
    /// The same, to leave out.
    pub skip: Vec<String>,
    /// The lowest level of requirement that a case must prove to be run.
    pub level: Level,
    /// How often each case is run.
    pub repeat: usize,
    /// Whether there is a restart command.
    pub can_restart: bool,
    /// Whether a hook makes the clients, which can give them shares from before the migration.
    pub hook: bool,
    /// Whether the custodian is on this machine.
    pub local: bool,
    /// Whether the built-in cases are left out.
    pub only_own: bool,
}

impl Default for Selection {
    fn default() -> Self {
        Self {
            contract: Contract::V6,
            select: Vec::new(),
            skip: Vec::new(),
            level: Level::Informational,
            repeat: 1,
            can_restart: false,
            hook: false,
            local: true,
            only_own: false,
        }
    }
}

/// What will be sent.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The trials, in the order of the cases.
    pub trials: Vec<Trial>,
    /// What was left out.
    pub left_out: Vec<LeftOut>,
    /// Whether nothing was left out by selection, or for another shard.
    pub whole: bool,
    /// The contract to hold the custodian to.
    pub contract: Contract,
    /// Which part this is, if not all of it.
    pub shard: Option<Part>,
}

impl Plan {
    /// How many requests it sends.
    pub fn requests(&self) -> usize {
        self.trials.iter().map(Trial::requests).sum()
    }

    /// The longest chain of requests of which each waits for the one before.
    pub fn longest_chain(&self) -> usize {
        self.trials.iter().map(Trial::chain).max().unwrap_or(0)
    }
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// A selector is no glob.
    #[error("{0} is no pattern: {1}")]
    NotAPattern(String, String),
    /// A selector matches nothing.
    #[error("{selector} matches no case and no requirement{}", .near.as_ref().map(|n| format!("; did you mean {n}?")).unwrap_or_default())]
    MatchesNothing {
        /// The selector.
        selector: String,
        /// What it may have been meant to be.
        near: Option<String>,
    },
    /// All selectors together leave nothing to run.
    #[error("nothing is left to run: {0}")]
    Nothing(String),
    /// More shards than there is to run.
    #[error("nothing runs in {shard}: there {} to run, so make at most {trials} shard{}",
        if *.trials == 1 { "is 1 case".to_owned() } else { format!("are {trials} cases") },
        if *.trials == 1 { "" } else { "s" })]
    EmptyShard {
        /// The one without a case.
        shard: Shard,
        /// How many trials there are.
        trials: usize,
    },
    /// A case makes no sense once it is spelled out.
    #[error("case {0}: {1}")]
    Case(String, String),
}

/// Plans a run.
pub fn plan(
    cases: &[Case],
    requirements: &Requirements,
    selection: &Selection,
) -> Result<Plan, PlanError> {
    let of_contract: Vec<&Case> = cases
        .iter()
        .filter(|case| case.contracts.contains(&selection.contract))
        .collect();
    let select = Patterns::new(&selection.select, cases)?;
    let skip = Patterns::new(&selection.skip, cases)?;
    let mut plan = Plan {
        trials: Vec::new(),
        left_out: Vec::new(),
        whole: !selection.only_own,
        contract: selection.contract,
        shard: None,
    };
    for case in of_contract {
        let reason = if !selection.select.is_empty() && !select.matches(case) {
            Some("not selected".to_owned())
        } else if skip.matches(case) {
            Some("left out by --skip".to_owned())
        } else if requirements.level(&case.requirement) < selection.level {
            Some(format!("below --level {}", selection.level.name()))
        } else {
            None
        };
        let restarts = case.steps.iter().any(|step| step.restart);
        if let Some(reason) = reason {
            plan.whole = false;
            plan.left_out.push(left_out(case, reason));
        } else if case.stays_local(selection.contract) && !selection.local {
            let reason = "runs only against a custodian on this machine: a broken one might touch other clients";
            plan.left_out.push(left_out(case, reason.to_owned()));
        } else if case.before_migration.is_some() && !selection.hook {
            let reason = "only a hook can make a client with a share from before the migration (--provision)";
            plan.left_out.push(left_out(case, reason.to_owned()));
        } else if restarts && !selection.can_restart {
            plan.left_out.push(left_out(
                case,
                "no restart command was given (--restart)".to_owned(),
            ));
        } else {
            let trial = spell_out(case, selection, requirements)?;
            plan.trials
                .extend((1..=selection.repeat).map(|round| Trial {
                    id: if round == 1 {
                        trial.id.clone()
                    } else {
                        format!("{}#{round}", trial.id)
                    },
                    ..trial.clone()
                }));
        }
    }
    if plan.trials.is_empty() {
        let said = [&selection.select[..], &selection.skip[..]]
            .concat()
            .join(" ");
        return Err(PlanError::Nothing(format!(
            "contract {}, {said}",
            selection.contract
        )));
    }
    Ok(plan)
}

fn left_out(case: &Case, reason: String) -> LeftOut {
    let requirements = std::iter::once(&case.requirement)
        .chain(&case.also)
        .cloned()
        .collect();
    LeftOut {
        id: case.id.clone(),
        title: case.title.clone(),
        requirements,
        reason,
        undecides: false,
        shard: None,
    }
}

struct Patterns(GlobSet);

impl Patterns {
    fn new(typed: &[String], cases: &[Case]) -> Result<Self, PlanError> {
        let mut set = GlobSetBuilder::new();
        for text in typed {
            let glob = |text: &str| {
                Glob::new(text).map_err(|error| {
                    PlanError::NotAPattern(text.to_owned(), error.kind().to_string())
                })
            };
            let mut one = GlobSetBuilder::new();
            // `replace` selects the whole group, as do the family's ids `method.documented`.
            for pattern in [glob(text)?, glob(&format!("{text}.*"))?] {
                one.add(pattern.clone());
                set.add(pattern);
            }
            let one = Self(
                one.build()
                    .map_err(|error| PlanError::NotAPattern(text.clone(), error.to_string()))?,
            );
            if !cases.iter().any(|case| one.matches(case)) {
                let ids: BTreeSet<&str> = cases
                    .iter()
                    .flat_map(|case| [case.id.as_str(), case.requirement.as_str()])
                    .collect();
                let near = nearest(text, ids).map(str::to_owned);
                return Err(PlanError::MatchesNothing {
                    selector: text.clone(),
                    near,
                });
            }
        }
        set.build()
            .map(Self)
            .map_err(|error| PlanError::NotAPattern(typed.join(" "), error.to_string()))
    }

    fn matches(&self, case: &Case) -> bool {
        self.0.is_match(&case.id)
            || std::iter::once(&case.requirement)
                .chain(&case.also)
                .any(|id| self.0.is_match(id))
    }
}

/// Spells a case out.
fn spell_out(
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
    add_steps(&steps, contract, &mut script, &mut labels).map_err(wrong)?;
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
        before_migration: case.before_migration.clone(),
        contract,
        clients: clients.into_iter().collect(),
        labels,
        script,
    })
}

fn add_steps(
    steps: &[Step],
    contract: Contract,
    script: &mut Vec<ScriptStep>,
    labels: &mut BTreeMap<String, Shape>,
) -> Result<(), String> {
    for step in steps {
        if let Some(rounds) = &step.repeat {
            for round in 1..=step.times {
                let filled = substitute(rounds, &[("{round}", &round.to_string())])
                    .map_err(|e| e.to_string())?;
                add_steps(&filled, contract, script, labels)?;
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
        Webhook::Backup => Expect::Refused,
        Webhook::Fetch => Expect::NoShare,
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
    }
}
