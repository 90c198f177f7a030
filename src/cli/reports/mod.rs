//! What is written when a report stands: the forms that were asked for, to files and to standard output.

mod github;
mod read;
mod statement;
mod targets;

pub(crate) use read::{ReadError, read_report};
pub(crate) use targets::placed;

use super::Error;
use super::artifacts::{Artifacts, can_write, place_of};
use super::config::find as configuration;
use super::{say, warn};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use github::{Job, annotated};
use sharecheck::model::report::Report;
use sharecheck::render::{Format, Style, render_at, wrapped};
use statement::StatementArgs;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use targets::{Target, Wanted, targets};

/// How wide the output is where there is no terminal, in characters.
const WITHOUT_A_TERMINAL: usize = 80;
/// How wide a line of prose may be at the most.
const WIDEST: usize = 100;

/// The exit code of a report that is required and cannot be written.
const MISSING: u8 = 3;

/// Says which reports are written, and how the one for people looks.
#[derive(Args, Debug)]
#[command(next_help_heading = "Reports")]
pub(crate) struct ReportArgs {
    /// Write a report, such as junit=report.xml or junit,html
    #[arg(long, value_name = "FORMAT[=PATH]", help = format!(
        "Write a report, such as junit=report.xml or junit,html (repeatable); - is standard output; formats: {}",
        Format::names()
    ))]
    report: Vec<Wanted>,
    /// The folder of reports without a path [default: sharecheck-report]; alone, it gets json, junit, markdown, html
    #[arg(long, value_name = "FOLDER")]
    report_dir: Option<PathBuf>,
    /// Add no page to a GitHub job's summary and no annotations
    #[arg(long)]
    no_ci_integration: bool,
    /// The file of your repository at which SARIF, GitLab and GitHub point; without it the configuration file
    #[arg(long, value_name = "PATH")]
    annotate_file: Option<PathBuf>,
    /// Let a report that cannot be written turn an exit code of 0, 4 or 5 into 3
    #[arg(long)]
    report_required: bool,
    #[command(flatten)]
    statement: StatementArgs,
    /// What goes to standard output
    #[arg(long, default_value = "terminal", value_name = "FORMAT", value_parser = formats())]
    pub(crate) format: Format,
    /// Whether the terminal output has colours
    #[arg(long, value_enum, default_value = "auto", env = "SHARECHECK_COLOR")]
    color: Colour,
    /// Say only the verdict
    #[arg(short, long, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say every case and the curl lines to repeat failures; -vv also checks and exchanges
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
        if let Some(path) = self.annotate_file.as_deref().filter(|it| !it.is_file()) {
            let cause = "is no file: name one of your repository";
            return Err(Error::flag(
                "--annotate-file",
                path.display().to_string(),
                cause,
            ));
        }
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
        let mut code = report.outcome.exit_code;
        for error in done.filter_map(Result::err) {
            if code == 0 && alone && matches!(error, Error::Output(_)) {
                // Nobody could read the verdict.
                return Err(error);
            }
            // What weighs more than a report that is missing stays.
            if self.report_required && [0, 4, 5, MISSING].contains(&code) {
                code = MISSING;
                warn(&format!(
                    "error: {error}; the report is required: exit {MISSING}"
                ));
            } else {
                warn(&format!("error: {error}; the verdict stands"));
            }
        }
        Ok(ExitCode::from(code))
    }

    /// Writes every report, and one to standard output; gives what came of each.
    fn write(&self, report: &Report, artifacts: &mut Artifacts) -> Vec<Result<(), Error>> {
        let job = Job::here().filter(|_| !self.no_ci_integration);
        let targets = self.targets();
        let (mut done, written) = self.write_targets(report, job.as_ref(), artifacts);
        let json = json_file(&targets);
        done.extend(self.statement.write(report, json, artifacts));
        let asked = |job: &&Job| !targets.iter().any(|it| job.is_summary(&it.path));
        if let Some(job) = job.as_ref().filter(asked) {
            done.push(job.summarize(report, artifacts));
        }
        let taken = targets.iter().any(Target::is_output);
        let place = self.place();
        let mut text = render_at(self.format, report, &self.style(), place.as_deref());
        if self.format == Format::Terminal && !self.quiet && !written.is_empty() {
            text = told_where(&text, &written);
        }
        if taken {
            artifacts.show(&text, warn);
        } else if job.is_some() && self.format == Format::Terminal {
            done.extend(artifacts.show(&annotated(&text, report, place.as_deref()), say));
        } else {
            done.extend(artifacts.show(&text, say));
        }
        done
    }

    /// Writes the reports that have a place of their own; gives what came of each, and the paths of those that are there.
    fn write_targets(
        &self,
        report: &Report,
        job: Option<&Job>,
        artifacts: &mut Artifacts,
    ) -> (Vec<Result<(), Error>>, Vec<PathBuf>) {
        let plain = Style {
            verbose: self.verbose,
            ..Style::default()
        };
        let place = self.place();
        let (mut done, mut written) = (Vec::new(), Vec::new());
        for target in self.targets() {
            let text = render_at(target.format, report, &plain, place.as_deref());
            if target.is_output() {
                done.extend(artifacts.show(&text, say));
            } else if job.is_some_and(|job| job.is_summary(&target.path)) {
                done.push(artifacts.append(&target.path, &text));
            } else {
                let result = artifacts.write(&target.path, &text);
                written.extend(result.is_ok().then(|| target.path.clone()));
                done.push(result);
            }
        }
        (done, written)
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

    /// The file at which reports point, as the repository's root has it.
    fn place(&self) -> Option<String> {
        let here = std::env::current_dir().unwrap_or_default();
        let named = self.annotate_file.clone();
        let path = place_of(&named.or_else(|| configuration(&here))?).ok()?;
        let root = path.ancestors().find(|folder| folder.join(".git").exists());
        let base = root.map_or_else(|| here.canonicalize().unwrap_or_default(), Path::to_owned);
        let within = path.strip_prefix(&base).unwrap_or(&path);
        let parts = within
            .components()
            .map(|it| it.as_os_str().to_string_lossy());
        Some(parts.collect::<Vec<_>>().join("/"))
    }

    fn targets(&self) -> Vec<Target> {
        targets(&self.report, self.report_dir.as_deref())
    }

    /// How the report for people looks.
    pub(crate) fn style(&self) -> Style {
        let colour = match self.color {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => plain_style().colour,
        };
        Style {
            colour,
            verbose: self.verbose,
            quiet: self.quiet,
            ..plain_style()
        }
    }
}

/// How a text for people looks whose command has no options for that.
pub(crate) fn plain_style() -> Style {
    let choice = anstream::AutoStream::choice(&std::io::stdout());
    Style {
        colour: choice != anstream::ColorChoice::Never,
        width: width(),
        ..Style::default()
    }
}

/// How wide the output is: as wide as the terminal, but no line of prose is read well that is longer than the widest.
pub(crate) fn width() -> usize {
    let told = std::env::var("COLUMNS").ok();
    let told = told.and_then(|text| text.parse().ok());
    let here = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    told.or_else(here).unwrap_or(WITHOUT_A_TERMINAL).min(WIDEST)
}

/// A text for people with a line that says where the reports are; the verdict stays the last one.
fn told_where(text: &str, written: &[PathBuf]) -> String {
    let names = written.iter().map(|it| it.display().to_string());
    let names = format!("Reports: {}", names.collect::<Vec<_>>().join(", "));
    let names = wrapped(&names, width(), 0, "  ");
    let whole = text.trim_end_matches('\n');
    let (above, verdict) = whole.rsplit_once('\n').unwrap_or(("", whole));
    format!("{above}\n{names}\n{verdict}\n")
}

/// The file of the JSON report.
fn json_file(targets: &[Target]) -> Option<&Path> {
    let mut files = targets.iter().filter(|it| !it.is_output());
    let json = files.find(|it| it.format == Format::Json)?;
    Some(&json.path)
}
