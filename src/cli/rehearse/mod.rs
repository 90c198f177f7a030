//! `rehearse`: nothing is lost when the new version goes live. A file per subcommand; `session` has what they share, `told`
//! makes the report.

mod after;
mod around;
mod before;
mod clean;
mod commands;
mod compare;
mod during;
mod session;
mod told;

use super::Error;
use clap::{Args, Subcommand};
use std::process::ExitCode;

/// Rehearses a deploy or a migration of the database.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sharecheck rehearse around -u http://localhost:3000 --deploy './deploy.sh'   all of it, for CI
  sharecheck rehearse before -u https://staging.example.com --client-id t-1,t-2 --state r.ndjson
  sharecheck rehearse during --state r.ndjson --for 5m &      while the new version comes
  sharecheck rehearse after --state r.ndjson                  is everything still there?
  sharecheck rehearse compare --old http://localhost:3000 --new http://localhost:3001

SHARECHECK_SECRET holds what X-Webhook-Secret does. Any step may lie between before and after, done by anyone; hours
later, from another machine. The state file holds no share and no secret.

Next: docs/rehearsal.md has recipes for GitHub Actions, Kubernetes, blue and green, and a plain machine.")]
pub(crate) struct Rehearse {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Give clients of the old version shares that must survive
    Before(Box<before::Before>),
    /// Store and fetch a little while the new version comes
    During(Box<during::During>),
    /// See whether everything is still there
    After(Box<after::After>),
    /// All three, around one command
    Around(Box<around::Around>),
    /// Send the same to two versions that run side by side
    Compare(Box<compare::Compare>),
    /// Have the clients taken down that a hook has made
    Clean(Box<clean::Clean>),
}

pub(crate) fn rehearse(args: &Rehearse) -> Result<ExitCode, Error> {
    match &args.command {
        Command::Before(args) => before::before(args),
        Command::During(args) => during::during(args),
        Command::After(args) => after::after(args),
        Command::Around(args) => around::around(args),
        Command::Compare(args) => compare::compare(args),
        Command::Clean(args) => clean::clean(args),
    }
}
