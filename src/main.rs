//! The command line: what was typed becomes what is meant, and an exit code.

mod cli;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use cli::config::{Failed, layered, strange_variables};
use std::process::ExitCode;

/// Finds out before your users do whether a custodian of Portal backup shares keeps the multi-backup contract
#[derive(Parser, Debug)]
#[command(
    name = "sharecheck",
    version,
    propagate_version = true,
    after_help = "Examples:
  sharecheck run --reference                     against the built-in custodian: needs nothing
  sharecheck run -u http://localhost:3000        against yours; the secret is in SHARECHECK_SECRET
  sharecheck run -u https://staging.example.com/portal --client-id test-1 --client-id test-2
  sharecheck explain replace.same-method         what a red line means and how to mend it

Exit codes: 0 conforms, 1 does not, 2 bad input, 3 could not test, 4 undecided, 5 drift only,
6 refused for safety, 70 our bug, 130 interrupted."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Hold a custodian against the contract
    Run(Box<cli::run::Run>),
    /// Judge a recorded run again
    Judge(cli::judge::Judge),
    /// Compare two reports
    Diff(cli::diff::Diff),
    /// Join the reports of all shards of a run
    Merge(cli::merge::Merge),
    /// Look whether a custodian can be tested, and what stands in the way
    Doctor(Box<cli::doctor::Doctor>),
    /// List cases and requirements
    List(cli::list::List),
    /// Explain a requirement, a case or a fault, and how to mend it
    Explain(cli::explain::Explain),
    /// Keep the list of failures that are accepted for now
    KnownFailures(cli::known_failures::KnownFailures),
    /// Serve the reference custodian, with or without a fault
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
    match std::panic::catch_unwind(carry_out) {
        Ok(Ok(code)) => code,
        Ok(Err(Failed::Config(error))) => cli::bad_input(&error),
        Ok(Err(Failed::Clap(error))) => {
            let _ = error.print();
            ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(cli::BAD_INPUT))
        }
        // The panic's message went to standard error; it holds no secret, since none has a Display.
        Err(_) => ExitCode::from(70),
    }
}

fn carry_out() -> Result<ExitCode, Failed> {
    let environment = |name: &str| std::env::var(name).ok();
    let matches = layered(&Cli::command(), std::env::args_os().collect(), &environment)?;
    if matches
        .subcommand()
        .is_some_and(|(_, it)| it.try_contains_id("no_config").is_ok())
    {
        let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        for warning in strange_variables(&Cli::command(), names) {
            cli::warn(&warning);
        }
    }
    let cli = Cli::from_arg_matches(&matches).map_err(Failed::Clap)?;
    Ok(match cli.command {
        Command::Run(args) => cli::run::run(&args)?,
        Command::Judge(args) => cli::judge::judge(&args)?,
        Command::Merge(args) => cli::merge::merge(&args)?,
        Command::Diff(args) => cli::diff::diff(&args)?,
        Command::Doctor(args) => cli::doctor::doctor(&args)?,
        Command::List(args) => cli::list::list(&args)?,
        Command::Explain(args) => cli::explain::explain(&args)?,
        Command::KnownFailures(args) => cli::known_failures::known_failures(&args)?,
        Command::Serve(args) => cli::serve::serve(args, cli::target::secret(None)?)?,
        Command::Snapshot(args) => cli::snapshot::snapshot(&args)?,
        Command::Init(args) => cli::config::init(&args)?,
        Command::Config(args) => cli::config::config(&args, Cli::command())?,
        Command::Completions(args) => cli::completions::completions(&args, Cli::command()),
        Command::Selftest(args) => cli::selftest::selftest(&args)?,
    })
}
