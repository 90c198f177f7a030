//! Which cases are run: of which contract, which of them, how often, and whose.

use super::base_url::without_credentials;
use super::suggest::is_url;
use super::{Error, whole};
use clap::{Args, ValueEnum};
use sharecheck::contract::Contract;
use sharecheck::model::requirement::Level;
use sharecheck::model::shard::Shard;
use sharecheck::pipeline::load::{Sources, Suite, load};
use sharecheck::pipeline::plan::{Plan, Selection, UserHalf, cut};
use std::path::PathBuf;

/// Says which cases are run.
#[derive(Args, Debug)]
#[command(next_help_heading = "Cases")]
pub(crate) struct SelectionArgs {
    /// Run only these cases or requirements: ids, groups such as replace, or globs
    #[arg(value_name = "ID", help_heading = None::<&str>)]
    select: Vec<String>,
    /// The contract to hold the custodian to; v5 is one that has not migrated
    #[arg(long, default_value = "v6", value_name = "v5|v6", value_parser = contract, env = "SHARECHECK_CONTRACT")]
    pub(crate) contract: Contract,
    /// Leave out these cases or requirements (repeatable)
    #[arg(long, value_name = "ID")]
    skip: Vec<String>,
    /// Run only cases whose requirement has at least this level
    #[arg(long, value_enum, default_value = "informational")]
    level: LevelArg,
    /// Run each case so many times, each time on clients of its own
    #[arg(long, default_value_t = 1, value_parser = whole(1_u16..=1000), allow_negative_numbers = true)]
    repeat: u16,
    /// Run only this part of the cases, such as 2/3; sharecheck merge joins the reports of all parts
    #[arg(long, value_name = "K/N", env = "SHARECHECK_SHARD")]
    shard: Option<Shard>,
    #[command(flatten)]
    pub(crate) suite: SuiteArgs,
}

/// Says which cases there are.
#[derive(Args, Debug)]
#[command(next_help_heading = "Cases")]
pub(crate) struct SuiteArgs {
    /// Your own case files or folders (repeatable)
    #[arg(long, value_name = "PATH")]
    cases: Vec<PathBuf>,
    /// Use only the cases of --cases
    #[arg(long, requires = "cases")]
    only_own_cases: bool,
}

/// What can be done here, on which some cases depend.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Can {
    /// Whether the custodian is on this machine.
    pub(crate) local: bool,
    /// Whether a hook makes the clients.
    pub(crate) hook: bool,
    /// Whether the custodian can be restarted.
    pub(crate) restart: bool,
    /// What is told of the user's half of wallets.
    pub(crate) user_half: Option<UserHalf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LevelArg {
    Informational,
    Recommended,
    Required,
}

impl SuiteArgs {
    /// All cases and requirements that there are.
    pub(crate) fn suite(&self) -> Result<Suite, Error> {
        let sources = Sources {
            paths: self.cases.clone(),
            only_own: self.only_own_cases,
        };
        Ok(load(&sources, &super::list::fault_names())?)
    }
}

impl SelectionArgs {
    /// Refuses a base URL among the ids: it was meant to be tested.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self.select.iter().find(|it| is_url(it)) {
            Some(url) => Err(Error::UrlAsId(without_credentials(url))),
            None => Ok(()),
        }
    }

    /// The part of a plan that is meant.
    pub(crate) fn part(&self, plan: Plan) -> Result<Plan, Error> {
        match self.shard {
            Some(shard) => Ok(cut(plan, shard)?),
            None => Ok(plan),
        }
    }

    /// What of them is meant, with a selector that stood elsewhere.
    pub(crate) fn selection(&self, elsewhere: Option<String>, can: Can) -> Selection {
        Selection {
            contract: self.contract,
            select: elsewhere.into_iter().chain(self.select.clone()).collect(),
            skip: self.skip.clone(),
            level: match self.level {
                LevelArg::Informational => Level::Informational,
                LevelArg::Recommended => Level::Recommended,
                LevelArg::Required => Level::Required,
            },
            repeat: usize::from(self.repeat),
            can_restart: can.restart,
            hook: can.hook,
            local: can.local,
            only_own: self.suite.only_own_cases,
            user_half: can.user_half,
        }
    }
}

/// The contract of this name.
pub(crate) fn contract(text: &str) -> Result<Contract, String> {
    match text {
        "v5" => Ok(Contract::V5),
        "v6" => Ok(Contract::V6),
        other => Err(format!("{other} is no contract: v5 or v6")),
    }
}
