//! Settings from flags, the environment and `sharecheck.toml`. Every flag of `run` is a setting, with a key in
//! the file and a variable in the environment: adding a flag is enough. What is not on the command line is
//! put there, so that each value is read and judged in one way, wherever it came from.

mod file;
mod init;
mod layers;
mod schema;
mod setting;
mod show;

pub(crate) use file::find;
pub(crate) use init::{Init, init};
pub(crate) use show::{Config, config};

use super::suggest::with_suggestion;
use super::{Error, help, warn};
use clap::{Args, Parser};
use layers::{Choice, audit, innermost, layered, section, strange_variables};
use setting::variable;
use sharecheck::audit::role::Told;
use sharecheck::user_share::Endpoints;
use std::ffi::OsString;
use std::path::PathBuf;

/// Says where the configuration is.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Configuration")]
pub(crate) struct ConfigArgs {
    /// The configuration file; without it, sharecheck.toml from here up to the repository's root
    #[arg(
        long,
        value_name = "FILE",
        env = "SHARECHECK_CONFIG",
        conflicts_with = "no_config"
    )]
    pub(super) config: Option<PathBuf>,
    /// Read no configuration file
    #[arg(long)]
    pub(super) no_config: bool,
    /// Let the table [profile.NAME] of the file go before the rest of it
    #[arg(long, value_name = "NAME", env = "SHARECHECK_PROFILE")]
    pub(super) profile: Option<String>,
}

impl ConfigArgs {
    /// Which file and profile are meant, with what a variable says of that.
    fn choice(&self, environment: &dyn Fn(&str) -> Option<String>) -> Choice {
        let said = |key: &str| environment(&variable(key)).filter(|text| !text.is_empty());
        let file = said("config").filter(|_| !self.no_config);
        Choice {
            file: self.config.clone().or_else(|| file.map(Into::into)),
            none: self.no_config,
            profile: self.profile.clone().or_else(|| said("profile")),
        }
    }

    /// Which table is which, as the file tells it.
    pub(crate) fn audit(&self) -> Result<Told, Error> {
        let environment = |name: &str| std::env::var(name).ok();
        Ok(audit(&self.choice(&environment))?.unwrap_or_default())
    }

    /// The custodian's own endpoints as the file tells them, if it does.
    pub(crate) fn endpoints(&self) -> Result<Option<Endpoints>, Error> {
        let environment = |name: &str| std::env::var(name).ok();
        let found = section(&self.choice(&environment))?;
        let Some((file, section)) = found else {
            return Ok(None);
        };
        let endpoints = section.endpoints();
        endpoints
            .map(Some)
            .map_err(|mistake| file.mistake(mistake).into())
    }
}

/// The command line as it was typed, with all that the environment and the file say. Warns of variables that do
/// nothing.
pub(crate) fn parsed<Cli: Parser>() -> Result<Cli, Error> {
    let typed: Vec<OsString> = std::env::args_os().collect();
    let command = help::of(Cli::command(), &typed);
    let environment = |name: &str| std::env::var(name).ok();
    let matches = layered(&command, typed.clone(), &environment).map_err(|error| {
        let Error::Clap(said) = error else {
            return error;
        };
        let words = typed.iter().map(|it| it.to_string_lossy().into_owned());
        let words: Vec<String> = words.collect();
        Error::Clap(with_suggestion(said, &command, &words))
    })?;
    let takes_settings =
        innermost(&matches).is_some_and(|it| it.try_contains_id("no_config").is_ok());
    if takes_settings {
        let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        for warning in strange_variables(&command, names) {
            warn(&warning);
        }
    }
    Cli::from_arg_matches(&matches).map_err(Error::Clap)
}
