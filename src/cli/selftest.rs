//! `selftest`: the suite against the reference custodian, which must pass, and against each of its faults,
//! which must fail every case that names it. Prints the matrix.

use super::error::BUG;
use super::{Error, runtime, say, warn};
use clap::Args;
use sharecheck::contract::Contract;
use sharecheck::pipeline::load::{Sources, load};
use sharecheck::proof;
use sharecheck::reference::{Fault, Shows};
use std::io::IsTerminal as _;
use std::process::ExitCode;

/// Proves on this machine that every case can pass and can fail.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sharecheck selftest                       all faults; takes about a minute
  sharecheck selftest append stale-reads    these two

A fault that takes a restart or a migration to be seen is not run here.

Next: sharecheck explain FAULT tells what a fault is, sharecheck run --reference FAULT shows it.

Exit codes: 0 every case is proved, 70 one is not.")]
pub(crate) struct Selftest {
    /// Only these faults
    #[arg(value_name = "FAULT")]
    faults: Vec<String>,
    /// Say only what is not proved
    #[arg(short, long)]
    quiet: bool,
}

pub(crate) fn selftest(args: &Selftest) -> Result<ExitCode, Error> {
    let suite = load(&Sources::default(), &super::list::fault_names())?;
    let asked = if args.faults.is_empty() {
        Fault::ALL.to_vec()
    } else {
        args.faults
            .iter()
            .map(|name| name.parse::<Fault>())
            .collect::<Result<Vec<_>, _>>()?
    };
    let (later, faults): (Vec<Fault>, Vec<Fault>) = asked
        .into_iter()
        .partition(|fault| fault.shows() == Shows::Later);
    if faults.is_empty() {
        return Err(Error::NotRun(later));
    }
    let width = faults
        .iter()
        .map(|fault| fault.name().len())
        .max()
        .unwrap_or(0)
        .max(22);
    let mut unproved = Vec::new();
    let tell = |name: &str, broken: &[&str]| {
        if !args.quiet {
            let broken = if broken.is_empty() {
                "nothing is broken".to_owned()
            } else {
                broken.join(" ")
            };
            say(&format!("{name:width$}  {broken}"))?;
        }
        Ok::<(), Error>(())
    };
    runtime()?.block_on(async {
        for contract in [Contract::V6, Contract::V5] {
            let report = proof::against(&suite, contract, &[]).await?;
            tell(
                &format!("no fault, contract {contract}"),
                &proof::broken(&report),
            )?;
            unproved.extend(proof::complaints(&report));
        }
        for (number, fault) in faults.iter().enumerate() {
            if std::io::stderr().is_terminal() && !args.quiet {
                warn(&format!(
                    "({}/{}) {}: {}",
                    number + 1,
                    faults.len(),
                    fault.name(),
                    fault.claim()
                ));
            }
            for contract in proof::contracts_of(&suite, *fault) {
                let report = proof::against(&suite, contract, &[*fault]).await?;
                tell(
                    &format!("{} {contract}", fault.name()),
                    &proof::broken(&report),
                )?;
                unproved.extend(proof::unproved(&suite, *fault, &report));
            }
        }
        Ok::<(), Error>(())
    })?;
    if !later.is_empty() {
        say(&not_run(&later))?;
    }
    for line in &unproved {
        say(&format!("not proved: {line}"))?;
    }
    if unproved.is_empty() {
        say(&format!(
            "proved: {} fault{}, each caught by every case that names it",
            faults.len(),
            if faults.len() == 1 { "" } else { "s" }
        ))?;
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::from(BUG))
}

/// What is said of faults that one run cannot show.
pub(super) fn not_run(later: &[Fault]) -> String {
    let names: Vec<&str> = later.iter().map(|fault| fault.name()).collect();
    let (they, take) = if later.len() == 1 {
        ("it", "takes")
    } else {
        ("they", "take")
    };
    format!(
        "not run here: {}: {they} {take} a restart or a migration",
        names.join(", ")
    )
}
