//! `judge`: judges a recorded run again, offline.

use super::artifacts::Artifacts;
use super::reports::ReportArgs;
use super::selection::SuiteArgs;
use super::target::secret;
use super::{Error, read};
use clap::Args;
use sharecheck::exchange::Strangers;
use sharecheck::pipeline::judge_again;
use sharecheck::pipeline::recall::recall;
use std::path::PathBuf;
use std::process::ExitCode;

/// Judges a recorded run again.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sharecheck run -u http://localhost:3000 --log-run run.ndjson
  sharecheck judge run.ndjson                                  the same verdict, nothing is sent
  sharecheck judge run.ndjson --report junit=report.xml        a report that was not asked for then
  sharecheck judge run.ndjson --format json > report.json
  xz -dc run.ndjson.xz | sharecheck judge -

The cases and requirements are those of this sharecheck; where they differ from those of the run, the report says so. \
A run that was killed is judged by what it had seen, and is interrupted (exit 130). Otherwise the exit code is that \
of the run under today's rules.

Next: sharecheck explain ID tells what a red line means and how to mend it.")]
pub(crate) struct Judge {
    /// What --log-run has written; - is standard input
    #[arg(value_name = "RUN.ndjson")]
    log: PathBuf,
    #[command(flatten)]
    suite: SuiteArgs,
    #[command(flatten)]
    reports: ReportArgs,
}

pub(crate) fn judge(args: &Judge) -> Result<ExitCode, Error> {
    let (name, log) = read(&args.log)?;
    let suite = args.suite.suite()?;
    let record = recall(&log).map_err(|cause| Error::NotARunLog { name, cause })?;
    let report = judge_again(record, &suite);
    args.reports.check(report.run.whole, [])?;
    let artifacts = Artifacts::new(secret(None)?.as_slice(), &Strangers::default());
    args.reports.deliver(&report, artifacts, [])
}
