//! `selftest`: the suite against the reference custodian, which must pass, and against each of its faults,
//! which must fail every case that names it. Prints the matrix.

use super::error::BUG;
use super::{Error, runtime, say, warn};
use clap::Args;
use sharecheck::contract::Contract;
use sharecheck::model::report::Report;
use sharecheck::pipeline::load::Suite;
use sharecheck::pipeline::load::{Sources, load};
use sharecheck::proof;
use sharecheck::proof::ProofError;
use sharecheck::reference::{Fault, Shows};
use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// So many faults are tried at once: some keep a request waiting for seconds.
const AT_ONCE: usize = 8;

/// So often the whole suite is asked where a case that names a fault does not fail.
const AGAIN: usize = 2;

/// Proves on this machine that every case can pass and can fail.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sharecheck selftest                       all faults; takes half a minute
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
    let told = |lines: &[String]| {
        let mut shown = lines.iter().filter(|_| !args.quiet);
        shown.try_for_each(|line| say(line))
    };
    let suite = Arc::new(suite);
    let unproved = runtime()?.block_on(async {
        let (lines, mut unproved) = correct(&suite, width).await?;
        told(&lines)?;
        let turns = Arc::new(Semaphore::new(AT_ONCE));
        let all = faults.iter().map(|fault| {
            let (suite, turns, fault) = (Arc::clone(&suite), Arc::clone(&turns), *fault);
            tokio::spawn(async move {
                let _turn = turns.acquire().await;
                proving(&suite, fault, width).await
            })
        });
        let all: Vec<_> = all.collect();
        for (number, (fault, proved)) in faults.iter().zip(all).enumerate() {
            let proved = proved.await;
            let (lines, open) =
                proved.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))?;
            if std::io::stderr().is_terminal() && !args.quiet {
                let (at, of) = (number + 1, faults.len());
                warn(&format!("({at}/{of}) {}: {}", fault.name(), fault.claim()));
            }
            told(&lines)?;
            unproved.extend(open);
        }
        Ok::<_, Error>(unproved)
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

/// What is told of a fault, and which cases did not fail with it.
type Proved = (Vec<String>, Vec<String>);

/// The suite against the custodian without a fault, by both contracts.
async fn correct(suite: &Suite, width: usize) -> Result<Proved, ProofError> {
    let (mut lines, mut unproved) = (Vec::new(), Vec::new());
    for contract in [Contract::V6, Contract::V5] {
        let report = proof::against(suite, contract, &[]).await?;
        let name = format!("no fault, contract {contract}");
        lines.push(line(&name, width, &report));
        unproved.extend(proof::complaints(&report));
    }
    Ok((lines, unproved))
}

/// The cases that name a fault against the custodian with it. A busy machine may be late, and of some cases less can be
/// told apart than of all: where one does not fail, the whole suite is asked.
async fn proving(suite: &Suite, fault: Fault, width: usize) -> Result<Proved, ProofError> {
    let (mut lines, mut unproved) = (Vec::new(), Vec::new());
    for contract in proof::contracts_of(suite, fault) {
        let named = proof::naming_any(suite, &[fault]);
        let mut report = proof::cases_against(suite, contract, &[fault], named).await?;
        let mut open = proof::unproved(suite, fault, &report);
        for _ in 0..AGAIN {
            if open.is_empty() {
                break;
            }
            report = proof::against(suite, contract, &[fault]).await?;
            open = proof::unproved(suite, fault, &report);
        }
        let name = format!("{} {contract}", fault.name());
        lines.push(line(&name, width, &report));
        unproved.extend(open);
    }
    Ok((lines, unproved))
}

/// What is broken in a report, in a line.
fn line(name: &str, width: usize, report: &Report) -> String {
    let broken = proof::broken(report);
    let broken = if broken.is_empty() {
        "nothing is broken".to_owned()
    } else {
        broken.join(" ")
    };
    format!("{name:width$}  {broken}")
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
