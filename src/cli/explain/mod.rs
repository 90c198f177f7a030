//! `explain`: a requirement, a case, a fault or a freedom, why it matters, how to mend it, and the steps.

mod fault;

use super::{Error, say};
use clap::{Args, ValueEnum};
use fault::{describe_fault, describe_remedy};
use sharecheck::exchange::{Secret, Spelling};
use sharecheck::model::case::{Case, Expect, Step};
use sharecheck::model::remedy::{Remedy, Stack};
use sharecheck::model::requirement::Requirement;
use sharecheck::nearest::nearest;
use sharecheck::pipeline::load::{Sources, Suite, load};
use sharecheck::reference::{Fault, Freedom};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// Explains a requirement, a case, a fault or a freedom.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sharecheck explain replace.atomic                   a requirement
  sharecheck explain lifecycle.recovery               a case, step by step
  sharecheck explain append                           a fault, and how to mend it
  sharecheck explain append --stack prisma            the same for one stack
  sharecheck explain stored-204                       a freedom that the contract leaves

Next: sharecheck run -u … ID runs a requirement or a case alone. sharecheck list shows all ids, sharecheck serve \
--list-faults all faults, --list-freedoms all freedoms.")]
pub(crate) struct Explain {
    /// The id of a requirement or a case, or the name of a fault or freedom
    id: String,
    /// Show the remedies for this stack only
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
}

impl From<StackArg> for Stack {
    fn from(typed: StackArg) -> Self {
        match typed {
            StackArg::Sql => Self::Sql,
            StackArg::Prisma => Self::Prisma,
            StackArg::Mongoose => Self::Mongoose,
            StackArg::Express => Self::Express,
        }
    }
}

pub(crate) fn explain(args: &Explain) -> Result<ExitCode, Error> {
    let sources = Sources {
        paths: args.cases.clone(),
        only_own: false,
    };
    let suite = load(&sources, &super::list::fault_names())?;
    let mut parts = Vec::new();
    if let Some(requirement) = suite.requirements.get(&args.id) {
        let mut text = String::new();
        describe_requirement(&mut text, requirement, &suite);
        remedies(&mut text, &suite, args, |remedy| &remedy.requirements);
        parts.push(text);
    }
    if let Some(case) = suite.cases.iter().find(|case| case.id == args.id) {
        let mut text = String::new();
        describe_case(&mut text, case, &suite);
        parts.push(text);
    }
    if let Ok(fault) = args.id.parse::<Fault>() {
        let mut text = String::new();
        describe_fault(&mut text, fault, &suite);
        remedies(&mut text, &suite, args, |remedy| &remedy.faults);
        parts.push(text);
    }
    if let Ok(freedom) = args.id.parse::<Freedom>() {
        parts.push(describe_freedom(freedom));
    }
    if parts.is_empty() {
        return Err(unknown(&args.id, &suite));
    }
    say(&parts.join("\n"))?;
    Ok(ExitCode::SUCCESS)
}

fn remedies(text: &mut String, suite: &Suite, args: &Explain, of: fn(&Remedy) -> &Vec<String>) {
    for remedy in suite.remedies.iter().filter(|it| of(it).contains(&args.id)) {
        describe_remedy(text, remedy, args.stack.map(Stack::from));
    }
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
    format!(
        "freedom {name}\n  The custodian {}.\n\nThe contract leaves that free: it breaks nothing.\n\nTo see it\n  \
         sharecheck run --reference --freedom {name}\n",
        freedom.claim()
    )
}

fn describe_requirement(text: &mut String, requirement: &Requirement, suite: &Suite) {
    let contracts: Vec<&str> = requirement
        .contracts
        .iter()
        .map(|contract| contract.name())
        .collect();
    let _ = writeln!(
        text,
        "requirement {}  ({}, contract {}, source {})\n\nA conforming custodian …\n  {}\n\nWithout it\n  {}\n\nHow to mend it\n  {}\n\nProved by",
        requirement.id,
        requirement.level.name(),
        contracts.join(" and "),
        requirement.source,
        requirement.statement,
        requirement.consequence,
        requirement.fix,
    );
    let proves =
        |case: &&Case| case.requirement == requirement.id || case.also.contains(&requirement.id);
    for case in suite.cases.iter().filter(proves) {
        let _ = writeln!(text, "  {}  {}", case.id, case.title);
    }
}

fn describe_case(text: &mut String, case: &Case, suite: &Suite) {
    let level = suite.requirements.level(&case.requirement).name();
    let _ = writeln!(
        text,
        "case {}\n  {}\n\nProves {} ({level})",
        case.id, case.title, case.requirement
    );
    if let Some(requirement) = suite.requirements.get(&case.requirement) {
        let _ = writeln!(text, "  {}", requirement.statement);
    }
    if !case.also.is_empty() {
        let _ = writeln!(text, "Proves as well: {}", case.also.join(", "));
    }
    if !case.catches.is_empty() {
        let _ = writeln!(text, "Catches the faults: {}", case.catches.join(", "));
    }
    let _ = writeln!(
        text,
        "\nSteps{}",
        if case.fresh {
            " (on a client that never held a share)"
        } else {
            ""
        }
    );
    for (number, step) in case.steps.iter().enumerate() {
        let _ = writeln!(text, "  {}. {}", number + 1, describe_step(step));
    }
}

fn describe_step(step: &Step) -> String {
    let mut words = if let Some(store) = &step.store {
        let method = store
            .method
            .as_deref()
            .map_or("no method (v5)".to_owned(), |method| {
                format!("method {method}")
            });
        format!(
            "store share {} for client {}, {method}{}: {}",
            store.share,
            store.client,
            secret(store.secret),
            expected(store.expect)
        )
    } else if let Some(fetch) = &step.fetch {
        let expect = fetch
            .expect
            .as_ref()
            .map_or("what the ledger allows".to_owned(), |labels| {
                if labels.is_empty() {
                    "no share".to_owned()
                } else {
                    labels.join(" + ")
                }
            });
        let id = if fetch.id == Spelling::Exact {
            String::new()
        } else {
            format!(", id {}", name(&fetch.id))
        };
        let secret = secret(fetch.secret);
        format!("fetch for client {}{id}{secret}: {expect}", fetch.client)
    } else if let Some(send) = &step.send {
        let expect = send.expect.map_or("refused, or no share", expected);
        format!(
            "send to {} the body {}{}: {expect}",
            send.to.path(),
            send.body,
            secret(send.secret)
        )
    } else if let Some(lanes) = &step.concurrently {
        let lanes: Vec<String> = lanes.iter().map(describe_step).collect();
        format!("at once: {}", lanes.join("; "))
    } else if let Some(rounds) = &step.repeat {
        let rounds: Vec<String> = rounds.iter().map(describe_step).collect();
        format!("over and over: {}", rounds.join("; then "))
    } else {
        "restart the custodian".to_owned()
    };
    for (count, what) in [(step.lanes, "lanes"), (step.times, "times")] {
        if count > 1 {
            let _ = write!(words, " [{count} {what}]");
        }
    }
    if step.control {
        words.push_str(" (control)");
    }
    if step.guard {
        words.push_str(
            " (guard: sent to another machine only, and the case ends here if it goes wrong)",
        );
    }
    words
}

/// What is done to the secret, if anything.
fn secret(secret: Secret) -> String {
    if secret == Secret::Right {
        String::new()
    } else {
        format!(", secret {}", name(&secret))
    }
}

fn expected(expect: Expect) -> &'static str {
    match expect {
        Expect::Accepted => "accepted",
        Expect::Refused => "refused",
        Expect::NoShare => "no share",
        Expect::Free => "anything may come of it",
    }
}

/// A word of case files, in words.
fn name(word: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(word).unwrap_or_default();
    value.as_str().unwrap_or_default().replace('-', " ")
}
