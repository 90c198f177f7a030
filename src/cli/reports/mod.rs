//! What is written when a report stands: the forms that were asked for, to files and to standard output.

mod github;
mod read;
mod statement;
mod targets;

pub(crate) use read::{ReadError, read_report};
pub(crate) use targets::placed;

use super::Error;
use super::artifacts::{Artifacts, can_write, place_of};
use super::{say, warn};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use github::{Job, annotated};
use sharecheck::model::report::Report;
use sharecheck::render::{Format, Style, render};
use statement::StatementArgs;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use targets::{Target, Wanted, targets};

/// How wide the output is where there is no terminal, in characters.
const WITHOUT_A_TERMINAL: usize = 80;
/// How wide a line of prose may be at the most.
const WIDEST: usize = 100;

/// Says which reports are written, and how the one for people looks.
#[derive(Args, Debug)]
pub(crate) struct ReportArgs {
    /// Write a report (repeatable), such as junit=report.xml or junit,html; - is standard output
    #[arg(long, value_name = "FORMAT[=PATH]")]
    report: Vec<Wanted>,
    /// The folder of reports without a path [default: sharecheck-report]; alone, it gets json, junit, markdown, html
    #[arg(long, value_name = "FOLDER")]
    report_dir: Option<PathBuf>,
    /// Add no page to a GitHub job's summary and no annotations
    #[arg(long)]
    no_ci_integration: bool,
    #[command(flatten)]
    statement: StatementArgs,
    /// What goes to standard output
    #[arg(long, default_value = "terminal", value_name = "FORMAT", value_parser = formats())]
    pub(crate) format: Format,
    /// Whether the terminal output has colours
    #[arg(long, value_enum, default_value = "auto", env = "SHARECHECK_COLOR")]
    color: Colour,
    /// Say only the verdict
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// Say more: every case
    #[arg(short, long, action = clap::ArgAction::Count)]
    verbose: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Colour {
    Auto,
    Always,
    Never,
}

impl Colour {
    /// Makes what is printed keep to it, whatever it is printed to.
    fn hold(self) {
        match self {
            Self::Auto => {}
            Self::Always => anstream::ColorChoice::AlwaysAnsi.write_global(),
            Self::Never => anstream::ColorChoice::Never.write_global(),
        }
    }
}

/// Reads a format, and knows all names for the help and for completions.
fn formats() -> impl TypedValueParser<Value = Format> {
    let names = Format::ALL.map(Format::name);
    PossibleValuesParser::new(names).try_map(|text| text.parse::<Format>())
}

impl ReportArgs {
    /// Refuses what cannot be written, before anything is sent: two files in one place, the command's `others` among
    /// them, a folder that takes none, a statement of a part of the contract.
    pub(crate) fn check(
        &self,
        whole: bool,
        others: impl IntoIterator<Item = PathBuf>,
    ) -> Result<(), Error> {
        let targets = self.targets();
        let json = json_file(&targets).is_some();
        self.statement.check(whole, json)?;
        let mut taken = HashSet::new();
        let files = targets.iter().map(|it| it.path.clone());
        let reports = files.chain(self.statement.paths().cloned());
        for path in reports.chain(others) {
            let place = place_of(&path).map_err(|cause| Error::unwritable(&path, cause))?;
            if !taken.insert(place) {
                return Err(Error::Twice(path));
            }
            if path != Path::new("-") {
                can_write(&path)?;
            }
        }
        Ok(())
    }

    /// Ends a command that comes to a report, after other files were written to `artifacts` with or without success:
    /// writes the report in every form and gives its exit code. What is to be said of a finished report, whoever
    /// made it, belongs at the beginning of this.
    pub(crate) fn deliver(
        &self,
        report: &Report,
        mut artifacts: Artifacts,
        before: impl IntoIterator<Item = Result<(), Error>>,
    ) -> Result<ExitCode, Error> {
        self.color.hold();
        let written = self.write(report, &mut artifacts);
        artifacts.scan()?;
        let done = before.into_iter().chain(written);
        let alone = self.targets().iter().all(Target::is_output);
        for error in done.filter_map(Result::err) {
            if report.outcome.exit_code == 0 && alone && matches!(error, Error::Output(_)) {
                // Nobody could read the verdict.
                return Err(error);
            }
            warn(&format!("error: {error}; the verdict stands"));
        }
        Ok(ExitCode::from(report.outcome.exit_code))
    }

    /// Writes every report, and one to standard output; gives what came of each.
    fn write(&self, report: &Report, artifacts: &mut Artifacts) -> Vec<Result<(), Error>> {
        let job = Job::here().filter(|_| !self.no_ci_integration);
        let targets = self.targets();
        let mut done = self.write_targets(report, job.as_ref(), artifacts);
        let json = json_file(&targets);
        done.extend(self.statement.write(report, json, artifacts));
        let asked = |job: &&Job| !targets.iter().any(|it| job.is_summary(&it.path));
        if let Some(job) = job.as_ref().filter(asked) {
            done.push(job.summarize(report, artifacts));
        }
        let taken = targets.iter().any(Target::is_output);
        let text = render(self.format, report, &self.style());
        if taken {
            artifacts.show(&text, warn);
        } else if job.is_some() && self.format == Format::Terminal {
            done.extend(artifacts.show(&annotated(&text, report), say));
        } else {
            done.extend(artifacts.show(&text, say));
        }
        done
    }

    /// Writes the reports that have a place of their own; gives what came of each.
    fn write_targets(
        &self,
        report: &Report,
        job: Option<&Job>,
        artifacts: &mut Artifacts,
    ) -> Vec<Result<(), Error>> {
        let plain = Style {
            verbose: self.verbose,
            ..Style::default()
        };
        let mut done = Vec::new();
        for target in self.targets() {
            let text = render(target.format, report, &plain);
            if target.is_output() {
                done.extend(artifacts.show(&text, say));
            } else if job.is_some_and(|job| job.is_summary(&target.path)) {
                done.push(artifacts.append(&target.path, &text));
            } else {
                done.push(artifacts.write(&target.path, &text));
            }
        }
        done
    }

    /// A file beside the first report that is written to one, which a device is not.
    pub(crate) fn beside(&self, name: &str) -> Option<PathBuf> {
        let targets = self.targets();
        let first = targets.iter().find(|target| target.is_file())?;
        let path = first.path.with_file_name(name);
        // A report that was asked for goes before what was not.
        let taken = targets.iter().any(|target| target.path == path);
        (!taken).then_some(path)
    }

    fn targets(&self) -> Vec<Target> {
        targets(&self.report, self.report_dir.as_deref())
    }

    /// How the report for people looks.
    pub(crate) fn style(&self) -> Style {
        let colour = match self.color {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => {
                use anstream::AutoStream;
                AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never
            }
        };
        Style {
            colour,
            width: width(),
            verbose: self.verbose,
            quiet: self.quiet,
        }
    }
}

/// How wide the output is: as wide as the terminal, but no line of prose is read well that is longer than the widest.
fn width() -> usize {
    let told = std::env::var("COLUMNS").ok();
    let told = told.and_then(|text| text.parse().ok());
    let here = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    told.or_else(here).unwrap_or(WITHOUT_A_TERMINAL).min(WIDEST)
}

/// The file of the JSON report.
fn json_file(targets: &[Target]) -> Option<&Path> {
    let mut files = targets.iter().filter(|it| !it.is_output());
    let json = files.find(|it| it.format == Format::Json)?;
    Some(&json.path)
}
