//! `merge`: joins the reports of all shards of a run.

use super::Error;
use super::artifacts::Artifacts;
use super::reports::{ReportArgs, read_report};
use super::selection::SuiteArgs;
use super::target::secret;
use clap::Args;
use sharecheck::exchange::Strangers;
use sharecheck::pipeline::merge::merge as join;
use std::path::PathBuf;
use std::process::ExitCode;

/// Joins the reports of all shards of a run.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sharecheck run --shard 1/3 --report json=shard-1.json        in one job; 2/3 and 3/3 in others
  sharecheck merge shard-1.json shard-2.json shard-3.json      the verdict on all of it
  sharecheck merge shard-*.json --report json=report.json --report junit=report.xml

The merged report is the one that a single run would have given, and the exit code is that run's. All shards must be \
of one plan: the same cases, contract, target and strictness. Exit code 2 if they are not, or if one is missing.

Next: sharecheck explain ID tells what a red line means and how to mend it.")]
pub(crate) struct Merge {
    /// The JSON report of each shard, in any order
    #[arg(value_name = "REPORT.json", required = true)]
    shards: Vec<PathBuf>,
    #[command(flatten)]
    suite: SuiteArgs,
    #[command(flatten)]
    reports: ReportArgs,
}

pub(crate) fn merge(args: &Merge) -> Result<ExitCode, Error> {
    let shards: Result<Vec<_>, Error> = args.shards.iter().map(|path| read_report(path)).collect();
    let report = join(shards?, &args.suite.suite()?)?;
    args.reports.check(report.run.whole, [])?;
    let artifacts = Artifacts::new(secret(None)?.as_slice(), &Strangers::default());
    args.reports.deliver(&report, artifacts, [])
}
