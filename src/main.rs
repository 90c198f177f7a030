//! The command line: what was typed becomes what is meant, and an exit code.

mod cli;

use clap::{Parser, Subcommand};
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
    /// Look whether a custodian can be tested, and what stands in the way
    Doctor(Box<cli::doctor::Doctor>),
    /// List cases and requirements
    List(cli::list::List),
    /// Explain a requirement or a case
    Explain(cli::explain::Explain),
    /// Serve the reference custodian, with or without a fault
    Serve(cli::serve::Serve),
    /// Prove on this machine that every case can pass and can fail
    Selftest(cli::selftest::Selftest),
}

fn main() -> ExitCode {
    let done = std::panic::catch_unwind(|| match Cli::parse().command {
        Command::Run(args) => cli::run::run(&args),
        Command::Doctor(args) => cli::doctor::doctor(&args),
        Command::List(args) => cli::list::list(&args),
        Command::Explain(args) => cli::explain::explain(&args),
        Command::Serve(args) => {
            cli::run::secret(None).and_then(|secret| cli::serve::serve(args, secret))
        }
        Command::Selftest(args) => cli::selftest::selftest(&args),
    });
    match done {
        Ok(Ok(code)) => code,
        Ok(Err(error)) => cli::bad_input(&error),
        // The panic's message went to standard error; it holds no secret, since none has a Display.
        Err(_) => ExitCode::from(70),
    }
}
