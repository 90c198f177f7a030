//! What a job of GitHub Actions gets by itself: a page in its summary, and annotations.

use crate::cli::Error;
use crate::cli::artifacts::Artifacts;
use sharecheck::model::report::Report;
use sharecheck::render::{Format, Style, render_at, summary};
use std::path::{Path, PathBuf};

/// GitHub takes no more of a step's summary.
const MOST: usize = 1 << 20;

/// The job in which this runs.
#[derive(Debug)]
pub(super) struct Job {
    /// The step's summary, to which every command of the step adds.
    summary: Option<PathBuf>,
}

impl Job {
    /// The job that the environment tells of.
    pub(super) fn here() -> Option<Self> {
        let said = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
        (said("GITHUB_ACTIONS").as_deref() == Some("true")).then(|| Self {
            summary: said("GITHUB_STEP_SUMMARY").map(PathBuf::from),
        })
    }

    /// Whether a path is that of the summary.
    pub(super) fn is_summary(&self, path: &Path) -> bool {
        self.summary.as_deref() == Some(path)
    }

    /// Adds a page to the summary, as long as there is room.
    pub(super) fn summarize(
        &self,
        report: &Report,
        artifacts: &mut Artifacts,
    ) -> Result<(), Error> {
        let Some(path) = &self.summary else {
            return Ok(());
        };
        let taken = std::fs::metadata(path).map_or(0, |it| it.len());
        let room = MOST.saturating_sub(usize::try_from(taken).unwrap_or(MOST));
        artifacts.append(path, &summary(report, room))
    }
}

/// The text for people, in which no line is taken for a command, and the annotations behind it.
pub(super) fn annotated(text: &str, report: &Report, place: Option<&str>) -> String {
    let annotations = render_at(Format::Github, report, &Style::default(), place);
    // The author of a text that is shown cannot know the word that ends the stop.
    let word = uuid::Uuid::new_v4();
    format!("::stop-commands::{word}\n{text}::{word}::\n{annotations}")
}
