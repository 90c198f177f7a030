//! How the custodian is restarted, as typed; becomes a `Restart`.

use super::Error;
use clap::Args;
use sharecheck::hook::Restart;
use std::path::PathBuf;
use std::time::Duration;

/// Says how the custodian is restarted.
#[derive(Args, Debug)]
#[command(next_help_heading = "Restart")]
pub(crate) struct RestartArgs {
    /// A command that restarts the custodian and ends once the old one is gone, to see that shares survive it; run
    /// when all other cases are over
    #[arg(
        long,
        value_name = "COMMAND",
        env = "SHARECHECK_RESTART",
        conflicts_with_all = ["reference", "shard"]
    )]
    restart: Option<String>,
    /// The limit of the command and of the wait for the custodian's first answer, together
    #[arg(
        long,
        default_value = "60s",
        value_name = "TIME",
        value_parser = super::connection::duration,
        env = "SHARECHECK_RESTART_TIMEOUT"
    )]
    restart_timeout: Duration,
    /// The folder that the command runs in; set for a command from a configuration file
    #[arg(long, hide = true, value_name = "PATH")]
    restart_dir: Option<PathBuf>,
}

impl RestartArgs {
    /// The command as it is meant.
    pub(crate) fn restart(&self) -> Result<Option<Restart>, Error> {
        let Some(line) = &self.restart else {
            return Ok(None);
        };
        let words = super::command("--restart", line, ", or write sh -c '…'")?;
        let folder = self.restart_dir.clone();
        Ok(Some(Restart::new(words, folder, self.restart_timeout)))
    }
}
