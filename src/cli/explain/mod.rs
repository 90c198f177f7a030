//! `explain`: a requirement, a case, a fault or a freedom, why it matters, how to mend it, and the steps.

mod all;
mod case;
mod fault;
mod sheet;

use super::{Error, say};
use all::{everything, group_of, proofs};
use case::describe_case;
use clap::{Args, ValueEnum};
use fault::{describe_fault, with_remedies};
use sharecheck::model::remedy::{Remedy, Stack};
use sharecheck::model::requirement::{Part, Requirement};
use sharecheck::nearest::nearest;
use sharecheck::pipeline::load::{Sources, Suite, load};
use sharecheck::reference::{Fault, Freedom};
use sheet::Sheet;
use std::path::PathBuf;
use std::process::ExitCode;

/// How many cases of a requirement are named.
const MOST_CASES: usize = 3;

/// Explains a requirement, a case, a fault or a freedom.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sharecheck explain                                  all that can be explained
  sharecheck explain replace                          a group
  sharecheck explain replace.atomic                   a requirement
  sharecheck explain lifecycle.recovery               a case, step by step
  sharecheck explain append                           a fault, and how to mend it
  sharecheck explain append --stack prisma            the same, with the code for one stack
  sharecheck explain stored-204                       a freedom that the contract leaves

Next: sharecheck run -u … ID runs a requirement, a group or a case alone.")]
pub(crate) struct Explain {
    /// The id of a requirement or a case, a group such as replace, or the name of a fault or freedom; all if none
    id: Option<String>,
    /// Show all code for this stack; without it that for the first one
    #[arg(long, value_enum)]
    stack: Option<StackArg>,
    /// Your own case files or folders, beside the built-in ones (repeatable)
    #[arg(long, value_name = "PATH")]
    cases: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum StackArg {
    Sql,
    Prisma,
    Mongoose,
    Express,
    Django,
    Laravel,
    Spring,
}

impl From<StackArg> for Stack {
    fn from(typed: StackArg) -> Self {
        match typed {
            StackArg::Sql => Self::Sql,
            StackArg::Prisma => Self::Prisma,
            StackArg::Mongoose => Self::Mongoose,
            StackArg::Express => Self::Express,
            StackArg::Django => Self::Django,
            StackArg::Laravel => Self::Laravel,
            StackArg::Spring => Self::Spring,
        }
    }
}

pub(crate) fn explain(args: &Explain) -> Result<ExitCode, Error> {
    let sources = Sources {
        paths: args.cases.clone(),
        only_own: false,
    };
    let suite = load(&sources, &super::list::fault_names())?;
    let stack = args.stack.map(Stack::from);
    say(&match &args.id {
        None => everything(&suite),
        Some(id) => one(id, &suite, stack)?,
    })?;
    Ok(ExitCode::SUCCESS)
}

/// What has this name, or the group of it.
fn one(id: &str, suite: &Suite, stack: Option<Stack>) -> Result<String, Error> {
    let mut parts = Vec::new();
    let about = |of: fn(&Remedy) -> &Vec<String>| -> Vec<&Remedy> {
        let remedies = suite.remedies.iter();
        remedies
            .filter(|it| of(it).iter().any(|it| it == id))
            .collect()
    };
    if let Some(requirement) = suite.requirements.get(id) {
        let text = describe_requirement(requirement, suite);
        let remedies = about(|it| &it.requirements);
        parts.push(with_remedies(text, id, &remedies, stack));
    }
    if let Some(case) = suite.cases.iter().find(|case| case.id == id) {
        parts.push(describe_case(case, suite));
    }
    if let Ok(fault) = id.parse::<Fault>() {
        let remedies = about(|it| &it.faults);
        let text = describe_fault(fault, suite);
        parts.push(with_remedies(text, id, &remedies, stack));
    }
    if let Ok(freedom) = id.parse::<Freedom>() {
        parts.push(describe_freedom(freedom));
    }
    if parts.is_empty() {
        return group_of(id, suite).map_err(|_| unknown(id, suite));
    }
    Ok(parts.join("\n"))
}

fn unknown(id: &str, suite: &Suite) -> Error {
    let cases = suite.cases.iter().map(|case| case.id.as_str());
    let requirements = suite.requirements.iter().map(|it| it.id.as_str());
    let faults = Fault::ALL.iter().map(|fault| fault.name());
    let freedoms = Freedom::ALL.iter().map(|freedom| freedom.name());
    let near = nearest(id, cases.chain(requirements).chain(faults).chain(freedoms));
    Error::NothingNamed {
        id: id.to_owned(),
        near: near.map(str::to_owned),
    }
}

fn describe_freedom(freedom: Freedom) -> String {
    let name = freedom.name();
    let mut sheet = Sheet::new(&format!("freedom {name}"));
    sheet.prose(&format!("The custodian {}.", freedom.claim()));
    sheet.gap();
    sheet.prose("The contract leaves that free: it breaks nothing.");
    sheet.gap();
    sheet.field(
        "see it",
        &format!("sharecheck run --reference --freedom {name}"),
    );
    sheet.text()
}

fn describe_requirement(requirement: &Requirement, suite: &Suite) -> String {
    let contracts = requirement.contracts.iter().map(|it| it.name());
    let mut sheet = Sheet::new(&format!(
        "requirement {}  ({}, contract {}, source {})",
        requirement.id,
        requirement.level.name(),
        contracts.collect::<Vec<_>>().join(" and "),
        requirement.source,
    ));
    sheet.field("asks", &requirement.statement);
    sheet.field("wallet", &requirement.consequence);
    sheet.field("mend", &requirement.fix);
    for (code, fix) in &requirement.fixes {
        sheet.field("", &format!("{code}: {fix}"));
    }
    if requirement.part == Part::Rehearsal {
        sheet.field("seen by", "sharecheck rehearse: see docs/rehearsal.md");
    } else if !requirement.part.is_live() {
        sheet.field(
            "seen by",
            "sharecheck audit, and sharecheck run --audit TARGET: see docs/audit.md",
        );
        return sheet.text();
    }
    let cases: Vec<&str> = proofs(requirement, suite)
        .map(|it| it.id.as_str())
        .collect();
    sheet.ids("cases", cases, MOST_CASES);
    sheet.text()
}
