//! `list`: cases and requirements.

use super::{Error, say};
use clap::{Args, ValueEnum};
use serde_json::json;
use sharecheck::contract::Contract;
use sharecheck::model::requirement::Part;
use sharecheck::pipeline::load::{Sources, Suite, load};
use sharecheck::reference::Fault;
use std::path::PathBuf;
use std::process::ExitCode;

/// Lists cases and requirements.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sharecheck list                      every case under the requirement that it proves
  sharecheck list requirements         the requirements, with their levels
  sharecheck list --contract v5        those for a custodian that has not migrated
  sharecheck list --format json | jq '.cases[].id'

Those of the user's half are looked at where sharecheck.toml tells your own endpoints: see docs/wallets.md.

Next: sharecheck explain ID tells what one means, sharecheck run -u … ID runs it alone.")]
pub(crate) struct List {
    /// What to list
    #[arg(value_enum, default_value = "all")]
    what: What,
    /// List what belongs to this contract; v5 is the one before the migration
    #[arg(long, default_value = "v6", value_name = "v5|v6", value_parser = super::selection::contract)]
    contract: Contract,
    /// Your own case files or folders, beside the built-in ones (repeatable)
    #[arg(long, value_name = "PATH")]
    cases: Vec<PathBuf>,
    /// The form of the list
    #[arg(long, value_enum, default_value = "text")]
    format: ListFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    All,
    Cases,
    Requirements,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ListFormat {
    Text,
    Json,
}

/// The names that a case may give in `catches`.
pub(crate) fn fault_names() -> Vec<&'static str> {
    Fault::ALL.iter().map(|fault| fault.name()).collect()
}

pub(crate) fn list(args: &List) -> Result<ExitCode, Error> {
    let suite = load(
        &Sources {
            paths: args.cases.clone(),
            only_own: false,
        },
        &fault_names(),
    )?;
    say(&match args.format {
        ListFormat::Text => text(&suite, args),
        ListFormat::Json => json(&suite, args),
    })?;
    Ok(ExitCode::SUCCESS)
}

fn json(suite: &Suite, args: &List) -> String {
    let of = |contracts: &[Contract]| contracts.contains(&args.contract);
    let cases: Vec<_> = suite
        .cases
        .iter()
        .filter(|case| of(&case.contracts) && args.what != What::Requirements)
        .map(|case| {
            json!({
                "id": case.id, "title": case.title, "requirement": case.requirement, "also": case.also,
                "catches": case.catches, "contracts": case.contracts, "fresh": case.fresh,
            })
        })
        .collect();
    let requirements: Vec<_> = suite
        .requirements
        .iter()
        .filter(|requirement| of(&requirement.contracts) && args.what != What::Cases)
        .collect();
    format!(
        "{:#}",
        json!({ "format": 1, "suite": suite.digest, "requirements": requirements, "cases": cases })
    )
}

fn text(suite: &Suite, args: &List) -> String {
    let mut lines = Vec::new();
    let requirements = suite
        .requirements
        .iter()
        .filter(|it| it.contracts.contains(&args.contract));
    for requirement in requirements {
        if args.what != What::Cases {
            // These are looked at where sharecheck.toml tells the custodian's own endpoints only.
            let half = match requirement.part {
                Part::Webhooks => "",
                Part::UserHalf => ", user's half",
                Part::Portal => ", user's half: Portal",
                Part::Database => ", audit: database",
                Part::Code => ", audit: code",
                Part::Rehearsal => ", rehearsal",
            };
            lines.push(format!(
                "{}  ({}{half})  {}",
                requirement.id,
                requirement.level.name(),
                requirement.statement
            ));
        }
        if args.what != What::Requirements {
            let cases = suite
                .cases
                .iter()
                .filter(|case| case.requirement == requirement.id);
            for case in cases.filter(|case| case.contracts.contains(&args.contract)) {
                let indent = if args.what == What::Cases { "" } else { "    " };
                lines.push(format!("{indent}{}  {}", case.id, case.title));
            }
        }
    }
    lines.join("\n")
}
