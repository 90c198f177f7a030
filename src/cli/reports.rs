//! What is written when a report stands: the forms that were asked for, to files and to standard output.

use super::BadInput;
use super::artifacts::Artifacts;
use super::{say, warn};
use clap::{Args, ValueEnum};
use sharecheck::model::report::Report;
use sharecheck::render::{Format, Style, render};
use std::path::{Path, PathBuf};

/// Says which reports are written, and how the one for people looks.
#[derive(Args, Debug)]
pub(crate) struct ReportArgs {
    /// Write a report (repeatable), such as junit=report.xml; - is standard output
    #[arg(long, value_name = "FORMAT=PATH", value_parser = report_target)]
    report: Vec<ReportTarget>,
    /// What goes to standard output
    #[arg(long, default_value = "terminal", value_name = "FORMAT", value_parser = format)]
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

#[derive(Clone, Debug)]
struct ReportTarget {
    format: Format,
    path: PathBuf,
}

fn format(text: &str) -> Result<Format, String> {
    text.parse::<Format>().map_err(|error| error.to_string())
}

fn report_target(text: &str) -> Result<ReportTarget, String> {
    let (name, path) = text
        .split_once('=')
        .ok_or("write FORMAT=PATH, such as junit=report.xml")?;
    if path.is_empty() {
        return Err("the path is missing; - is standard output".to_owned());
    }
    Ok(ReportTarget {
        format: format(name)?,
        path: path.into(),
    })
}

impl ReportArgs {
    /// Writes every report, and one to standard output; the first that fails is told after all were tried.
    pub(crate) fn write(&self, report: &Report, artifacts: &mut Artifacts) -> Result<(), BadInput> {
        let plain = Style {
            verbose: self.verbose,
            ..Style::default()
        };
        let mut outcome = Ok(());
        let mut taken = false;
        for target in &self.report {
            let text = render(target.format, report, &plain);
            if target.path == Path::new("-") {
                taken = true;
                artifacts.show(&text, say);
            } else {
                outcome = outcome.and(artifacts.write(&target.path, &text));
            }
        }
        let text = render(self.format, report, &self.style());
        artifacts.show(&text, if taken { warn } else { say });
        outcome
    }

    /// A file beside the first report that is written to one.
    pub(crate) fn beside(&self, name: &str) -> Option<PathBuf> {
        let mut paths = self.report.iter().map(|target| &target.path);
        let first = paths.find(|path| *path != Path::new("-"))?;
        Some(first.with_file_name(name))
    }

    fn style(&self) -> Style {
        let colour = match self.color {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => {
                use anstream::AutoStream;
                AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never
            }
        };
        let width = std::env::var("COLUMNS").ok();
        Style {
            colour,
            width: width.and_then(|text| text.parse().ok()).unwrap_or(100),
            verbose: self.verbose,
            quiet: self.quiet,
        }
    }
}
