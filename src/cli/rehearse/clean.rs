//! `rehearse clean`: has the clients taken down that a hook has made.

use super::after::take_down;
use super::during::url;
use super::session::{Common, of_state};
use crate::cli::clients::ClientArgs;
use crate::cli::{Error, runtime, say};
use clap::Args;
use sharecheck::rehearse::state::State;
use std::path::PathBuf;
use std::process::ExitCode;

/// Has the clients taken down that a hook has made.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sharecheck rehearse clean --state r.ndjson --provision 'node make-client.js'
  sharecheck rehearse clean --state r.ndjson --provision-url https://staging.example.com/test-clients

The hook must be the one of rehearse before. A client that is gone already is no error.

Exit codes: 0 all of them are gone, 2 bad input, 3 the hook failed for some.")]
pub(super) struct Clean {
    /// The file that holds the state of the rehearsal
    #[arg(help_heading = "Rehearsal", long, value_name = "FILE")]
    state: PathBuf,
    #[command(flatten)]
    clients: ClientArgs,
    #[command(flatten)]
    common: Common,
}

pub(super) fn clean(args: &Clean) -> Result<ExitCode, Error> {
    let read = || {
        let file = std::fs::File::open(&args.state)
            .map_err(|cause| of_state(&args.state, cause.into()))?;
        State::read(&file).map_err(|cause| of_state(&args.state, cause))
    };
    let state = read()?;
    if state.need == 0 {
        say("no hook has made clients for this rehearsal: there is nothing to take down")?;
        return Ok(ExitCode::SUCCESS);
    }
    if !args.clients.uses_hook() {
        let cause = "is needed: the hook that has made the clients of this rehearsal";
        return Err(Error::flag("--provision", None, cause));
    }
    let session = args
        .common
        .session(&url(None, &args.state)?, Some(&args.clients))?;
    runtime()?.block_on(take_down(&session, &args.state))?;
    if read()?.taken_down {
        say(&format!("{} clients were taken down", state.need))?;
        Ok(ExitCode::SUCCESS)
    } else {
        Ok(ExitCode::from(3))
    }
}
