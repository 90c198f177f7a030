//! Cases to trials: selects, spells out labels, lanes and repetitions, and counts the price. Pure.

mod patterns;
mod script;
mod shard;
mod wallet;

pub use shard::cut;

use crate::contract::Contract;
use crate::exchange::Credentials;
use crate::model::case::{Case, Step};
use crate::model::requirement::{self, Level, Requirements};
use crate::model::shard::{Part, Shard};
use crate::model::trial::{LeftOut, Trial};
use patterns::Patterns;
use script::spell_out;

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
    /// What is told of the user's half; none: its cases are no part of the run.
    pub user_half: Option<UserHalf>,
}

/// What is told of the user's half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserHalf {
    /// Who hears what Portal is told.
    pub portal: Listens,
    /// Whether a `cipherText` can be handed in without a method.
    pub without_method: bool,
    /// Whether requests carry a user's credentials.
    pub credentials: bool,
}

/// Who hears what Portal is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listens {
    /// The local Portal.
    Local,
    /// Nobody that we could ask.
    Nobody,
    /// It may be the real Portal, which must not hear of backups that do not exist.
    Real,
    /// It is the app that tells Portal.
    App,
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
            user_half: None,
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
    let select = Patterns::new(&selection.select, cases)?;
    let asked = |case: &Case| !selection.select.is_empty() && select.matches(case);
    let of_contract: Vec<&Case> = cases
        .iter()
        .filter(|case| case.contracts.contains(&selection.contract))
        // Of what nobody has told anything, nothing is said unless it is asked for.
        .filter(|case| selection.user_half.is_some() || !case.has_user_half() || asked(case))
        .collect();
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
        } else if let Some(reason) = unseen_half(case, requirements, selection.user_half) {
            plan.left_out.push(left_out(case, reason.to_owned()));
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
        let mut all = plan.left_out.iter().filter(|it| it.reason == NOT_TOLD);
        let hint = all
            .next()
            .map_or(String::new(), |_| format!(" ({NOT_TOLD})"));
        return Err(PlanError::Nothing(format!(
            "contract {}, {said}{hint}",
            selection.contract
        )));
    }
    Ok(plan)
}

/// Why a case of the user's half is left out where nothing is told of that.
const NOT_TOLD: &str = "sharecheck.toml does not tell the custodian's own endpoints: [user-share.store], [user-share.fetch]";

/// Why a case cannot run for what is told of the user's half, if so.
fn unseen_half(
    case: &Case,
    requirements: &Requirements,
    told: Option<UserHalf>,
) -> Option<&'static str> {
    if !case.has_user_half() {
        return None;
    }
    let Some(told) = told else {
        return Some(NOT_TOLD);
    };
    let any = |of: fn(&Step) -> bool| case.steps.iter().any(|step| step.any(&of));
    let part = requirements.get(&case.requirement).map(|it| it.part);
    let asks_portal = part == Some(requirement::Part::Portal) || any(|step| step.portal.is_some());
    let without_method = any(|step| {
        let stores = step
            .user_store
            .as_ref()
            .is_some_and(|it| it.method.is_none());
        stores
            || step
                .backup
                .as_ref()
                .is_some_and(|it| it.contract == Contract::V5)
    });
    let credentials = any(|step| {
        let stores = step.user_store.as_ref().map(|it| &it.credentials);
        let fetches = step.user_fetch.as_ref().map(|it| &it.credentials);
        stores.or(fetches).is_some_and(|it| *it != Credentials::Own)
    });
    match told.portal {
        Listens::Real => Some(
            "the backend is not on this machine and may tell the real Portal of backups that do not exist: put the local \
             Portal in its place (--with-portal), or say --real-portal-is-told",
        ),
        Listens::Nobody if asks_portal => Some(
            "nobody hears what Portal is told: start the local Portal beside the run (--with-portal)",
        ),
        Listens::App if asks_portal => {
            Some("it is the app that tells Portal, not this backend (told-by = \"app\")")
        }
        _ if without_method && !told.without_method => {
            Some("the custodian's own endpoint cannot be asked without a method, as apps of v5 do")
        }
        _ if credentials && !told.credentials => Some(
            "the custodian's own endpoints are told without a {token}: there are no credentials to leave out",
        ),
        Listens::Local | Listens::Nobody | Listens::App => None,
    }
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
