//! `diff`: compares two reports.

use super::reports::{plain_style, read_report};
use super::{Error, say};
use clap::{Args, ValueEnum};
use sharecheck::pipeline::diff::diff as compare;
use sharecheck::render::{DifferenceFormat, Style, difference};
use std::path::PathBuf;
use std::process::ExitCode;

/// Compares two reports: two deploys, or two environments.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sharecheck diff before.json after.json                       two deploys
  sharecheck diff staging.json production.json -q              two environments; only what is worse
  sharecheck diff before.json after.json --format markdown     a comment for a pull request
  sharecheck diff before.json after.json --format html > diff.html

The answer comes first, with stage and cause; then a line for each requirement that differs, and for
each thing that the contract leaves free. Worse is what fails now and did not, and what passed and can
no longer be told.

Next: sharecheck explain ID tells what a requirement means and how to mend it.

Exit codes: 0 nothing is worse, 1 something is, 2 a file is no report, or the two have nothing in common.")]
pub(crate) struct Diff {
    /// The earlier JSON report
    #[arg(value_name = "A.json")]
    a: PathBuf,
    /// The later one
    #[arg(value_name = "B.json")]
    b: PathBuf,
    /// What goes to standard output; the JSON is described by schemas/difference.json
    #[arg(long, value_enum, default_value = "terminal")]
    format: Form,
    /// Say only what is worse, and the verdict
    #[arg(short, long)]
    quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    Terminal,
    Json,
    Markdown,
    Html,
}

pub(crate) fn diff(args: &Diff) -> Result<ExitCode, Error> {
    let (name_a, a) = read_report(&args.a)?;
    let (name_b, b) = read_report(&args.b)?;
    let Some(found) = compare((&name_a, &a), (&name_b, &b)) else {
        return Err(Error::NothingInCommon {
            a: name_a,
            b: name_b,
        });
    };
    let style = Style {
        quiet: args.quiet,
        ..plain_style()
    };
    let format = match args.format {
        Form::Terminal => DifferenceFormat::Terminal,
        Form::Json => DifferenceFormat::Json,
        Form::Markdown => DifferenceFormat::Markdown,
        Form::Html => DifferenceFormat::Html,
    };
    say(&difference(format, &found, &style))?;
    Ok(ExitCode::from(found.exit_code))
}
