//! A report in each form that people and machines read, a file each. Pure: a report goes in, text comes out.
//! To add a form: a file with its `render`, and its variant of `Format` with the lines that this one needs.

mod again;
mod audited;
mod badge;
mod broken;
mod causes;
mod ctrf;
mod curl;
mod difference;
pub mod drift;
mod fingerprint;
mod github;
mod gitlab;
mod happened;
mod har;
mod html;
mod json;
mod junit;
mod lanes;
mod lead;
mod markdown;
mod methods;
mod page;
mod rehearsed;
mod repeat;
mod said;
mod sarif;
mod shell;
mod shown;
mod statement;
mod story;
mod suspects;
mod tap;
mod terminal;
mod users;
mod visible;
mod wallets;
mod words;

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod any;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod snapshots;
#[cfg(test)]
mod speed;

pub use badge::badge;
pub use difference::{DifferenceFormat, difference, difference_schema};
pub use html::unpacked;
pub use json::schema;
pub use markdown::summary;
pub use page::{cut, wrapped};
pub use repeat::{first, repeat};
pub use shown::{Shown, shown};
pub use statement::{NoStatement, Subject, statement};

use crate::model::report::Report;

/// A form in which a report can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// For people at a terminal.
    Terminal,
    /// The report itself; its JSON Schema is `schemas/report.json`.
    Json,
    /// JUnit XML, as Jenkins and GitLab read it.
    Junit,
    /// Common Test Report Format.
    Ctrf,
    /// Test Anything Protocol, version 14.
    Tap,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// A page in GitHub's Markdown, for a job's summary.
    Markdown,
    /// Workflow commands that GitHub turns into annotations.
    Github,
    /// A code quality report of GitLab's.
    Gitlab,
    /// The exchanges as an HTTP archive, version 1.2.
    Har,
    /// A page for a browser.
    Html,
}

/// How a report for people looks; the other forms need nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether to colour.
    pub colour: bool,
    /// How many characters a line of prose has at the most.
    pub width: usize,
    /// How much more than usual is told: 1 adds a line for each case, 2 its checks and exchanges.
    pub verbose: u8,
    /// Whether only what is broken and the verdict are told, a line each.
    pub quiet: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            colour: false,
            width: 100,
            verbose: 0,
            quiet: false,
        }
    }
}

/// A name that is none of a format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} is no report format; did you mean {near}? There are {all}", all = Format::names())]
pub struct UnknownFormat {
    /// What was given.
    pub name: String,
    /// The name that is most like it.
    pub near: &'static str,
}

impl Format {
    /// Every format that can be asked for, in the order in which help names them.
    pub const ALL: [Self; 11] = [
        Self::Terminal,
        Self::Json,
        Self::Junit,
        Self::Ctrf,
        Self::Tap,
        Self::Sarif,
        Self::Markdown,
        Self::Github,
        Self::Gitlab,
        Self::Har,
        Self::Html,
    ];

    /// The name by which it is asked for.
    pub fn name(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Json => "json",
            Self::Junit => "junit",
            Self::Ctrf => "ctrf",
            Self::Tap => "tap",
            Self::Sarif => "sarif",
            Self::Markdown => "markdown",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Har => "har",
            Self::Html => "html",
        }
    }

    /// The name of its file in a folder of reports.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Terminal => "report.txt",
            Self::Json => "report.json",
            Self::Junit => "junit.xml",
            Self::Ctrf => "ctrf.json",
            Self::Tap => "report.tap",
            Self::Sarif => "report.sarif",
            Self::Markdown => "summary.md",
            Self::Github => "github.txt",
            Self::Gitlab => "gl-code-quality-report.json",
            Self::Har => "report.har",
            Self::Html => "report.html",
        }
    }

    /// All names, with commas between them.
    pub fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        let known = Self::ALL.into_iter().find(|format| format.name() == name);
        known.ok_or_else(|| {
            let likeness = |format: &Self| strsim::jaro_winkler(format.name(), name);
            let near = Self::ALL
                .into_iter()
                .max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
            UnknownFormat {
                name: name.to_owned(),
                near: near.unwrap_or(Self::Terminal).name(),
            }
        })
    }
}

/// The report in this form, ended by a newline.
pub fn render(format: Format, report: &Report, style: &Style) -> String {
    render_at(format, report, style, None)
}

/// The same, where findings that name no file are pinned to this one: a path from the root of the user's repository.
pub fn render_at(format: Format, report: &Report, style: &Style, place: Option<&str>) -> String {
    match format {
        Format::Terminal => terminal::render(report, style),
        Format::Json => json::render(report),
        Format::Junit => junit::render(report),
        Format::Ctrf => ctrf::render(report),
        Format::Tap => tap::render(report),
        Format::Sarif => sarif::render(report, place),
        Format::Markdown => markdown::render(report),
        Format::Github => github::render(report, place),
        Format::Gitlab => gitlab::render(report, place),
        Format::Har => har::render(report),
        Format::Html => html::render(report),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_found_by_its_name() {
        for format in Format::ALL {
            assert_eq!(format.name().parse(), Ok(format));
        }
    }

    #[test]
    fn a_slip_is_answered_with_the_nearest_name() {
        let error = "junti".parse::<Format>().unwrap_err();
        assert_eq!(error.near, "junit");
        assert!(error.to_string().contains("did you mean junit?"));
    }

    #[test]
    fn no_two_formats_share_a_file() {
        let mut files = Format::ALL.map(Format::file_name).to_vec();
        files.sort_unstable();
        files.dedup();
        assert_eq!(files.len(), Format::ALL.len());
    }
}
