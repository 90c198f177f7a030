//! The command line: what was typed becomes what is meant, and an exit code.

mod cli;

use clap::{CommandFactory as _, Parser, Subcommand};
use cli::Error;
use cli::config::parsed;
use std::process::ExitCode;

/// Finds out before your users do whether a custodian of Portal backup shares keeps the multi-backup contract
#[derive(Parser, Debug)]
#[command(
    name = "sharecheck",
    version,
    propagate_version = true,
    after_help = "Examples:
  sharecheck run --reference                     the built-in custodian, right away
  export SHARECHECK_SECRET=…                     what X-Webhook-Secret holds
  sharecheck doctor -u http://localhost:3000     can yours be tested?
  sharecheck run -u http://localhost:3000        does yours keep the contract?
  sharecheck run -u https://staging.example.com/portal --client-id test-1,test-2
  sharecheck explain replace.same-method         what a red line means

sharecheck COMMAND --help has examples of each command.

Exit codes: 0 conforms, 1 does not, 2 bad input, 3 could not test, 4 undecided, 5 drift only, 6 refused for safety, \
70 our bug, 129, 130 and 143 stopped by a signal."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Hold a custodian against the contract
    Run(Box<cli::run::Run>),
    /// Look at the database and the code behind the webhooks
    Audit(Box<cli::audit::Audit>),
    /// Judge a recorded run again
    Judge(cli::judge::Judge),
    /// Compare two reports
    Diff(cli::diff::Diff),
    /// Join the reports of all shards of a run
    Merge(cli::merge::Merge),
    /// See that nothing is lost when a new version goes live
    Rehearse(Box<cli::rehearse::Rehearse>),
    /// See whether a custodian can be tested, and what hinders it
    Doctor(Box<cli::doctor::Doctor>),
    /// List cases and requirements
    List(cli::list::List),
    /// Explain a requirement, a case or a fault, and how to mend it
    Explain(cli::explain::Explain),
    /// Keep the list of failures that are accepted for now
    KnownFailures(cli::known_failures::KnownFailures),
    /// Serve the reference custodian, with or without a fault, or a local Portal
    Serve(cli::serve::Serve),
    /// Approve, reject or show what `run --snapshot` has kept
    Snapshot(cli::snapshot::Snapshot),
    /// Write a first configuration file
    Init(cli::config::Init),
    /// Show what is configured, and where each value comes from
    Config(cli::config::Config),
    /// Write what a shell needs to complete the command line
    Completions(cli::completions::Completions),
    /// Prove on this machine that every case can pass and can fail
    Selftest(cli::selftest::Selftest),
}

fn main() -> ExitCode {
    // A panic's own message goes to standard error; it holds no secret, since none has a Display.
    let done = std::panic::catch_unwind(|| carry_out(parsed::<Cli>()?.command));
    match done.unwrap_or(Err(Error::Panic)) {
        Ok(code) => code,
        Err(error) => cli::failed(&error),
    }
}

fn carry_out(command: Command) -> Result<ExitCode, Error> {
    match command {
        Command::Run(args) => cli::run::run(&args),
        Command::Audit(args) => cli::audit::audit(&args),
        Command::Rehearse(args) => cli::rehearse::rehearse(&args),
        Command::Judge(args) => cli::judge::judge(&args),
        Command::Merge(args) => cli::merge::merge(&args),
        Command::Diff(args) => cli::diff::diff(&args),
        Command::Doctor(args) => cli::doctor::doctor(&args),
        Command::List(args) => cli::list::list(&args),
        Command::Explain(args) => cli::explain::explain(&args),
        Command::KnownFailures(args) => cli::known_failures::known_failures(&args),
        Command::Serve(args) => cli::serve::serve(args),
        Command::Snapshot(args) => cli::snapshot::snapshot(&args),
        Command::Init(args) => cli::config::init(&args),
        Command::Config(args) => cli::config::config(&args, Cli::command()),
        Command::Completions(args) => cli::completions::completions(&args, Cli::command()),
        Command::Selftest(args) => cli::selftest::selftest(&args),
    }
}
