//! Settings from flags, the environment and `sharecheck.toml`. Every flag of `run` is a setting, with a key in
//! the file and a variable in the environment: adding a flag is enough. What is not on the command line is
//! put there, so that each value is read and judged in one way, wherever it came from.

mod file;
mod init;
mod layers;
mod schema;
mod setting;
mod show;

pub(crate) use init::{Init, init};
pub(crate) use layers::{Failed, layered, strange_variables};
pub(crate) use show::{Config, config};

use clap::Args;
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
