//! A mistake in a file, shown at its place: in the file as a whole, or within one case of it.

use super::LoadError;
use crate::nearest::nearest;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use serde::Deserialize;
use std::ops::Range;

/// A mistake in a file, with its place.
#[derive(Debug)]
pub struct Slip {
    path: String,
    source: String,
    span: Range<usize>,
    message: String,
    help: Option<String>,
}

impl Slip {
    /// A mistake at this place of this file's text, with what may have been meant.
    pub fn new(
        path: &str,
        source: &str,
        span: Range<usize>,
        message: impl Into<String>,
        help: Option<String>,
    ) -> Self {
        Self {
            path: path.to_owned(),
            source: source.to_owned(),
            span,
            message: message.into(),
            help,
        }
    }
}

impl std::error::Error for Slip {}

impl std::fmt::Display for Slip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let snippet = Snippet::source(&self.source).path(&self.path).annotation(
            AnnotationKind::Primary
                .span(self.span.clone())
                .label(self.help.as_deref()),
        );
        let group = Level::ERROR.primary_title(&self.message).element(snippet);
        f.write_str(
            Renderer::plain()
                .render(&[group])
                .trim_start_matches("error: "),
        )
    }
}

/// Parses a file; an unknown key is shown in the file, with the known ones.
pub fn parse<T: serde::de::DeserializeOwned>(path: &str, source: &str) -> Result<T, LoadError> {
    toml::from_str(source).map_err(|error| {
        let message = error.message().trim_end().to_owned();
        let help = message.split_once("unknown field `").and_then(|(_, rest)| {
            let (typed, expected) = rest.split_once('`')?;
            let known = expected.split('`').skip(1).step_by(2);
            nearest(typed, known).map(|name| format!("did you mean `{name}`?"))
        });
        let span = error.span().unwrap_or(0..0);
        LoadError::Slip(Box::new(Slip::new(path, source, span, message, help)))
    })
}

/// A slip at the first place where `text` stands in quotes.
pub(super) fn slip(
    path: &str,
    source: &str,
    text: &str,
    message: String,
    help: Option<String>,
) -> LoadError {
    let quoted = format!("\"{text}\"");
    let at = source.find(&quoted).unwrap_or(0);
    let span = at..(at + quoted.len()).min(source.len());
    LoadError::Slip(Box::new(Slip::new(path, source, span, message, help)))
}

/// Where a case stands in its file.
pub(super) struct CaseLocation<'a> {
    path: &'a str,
    source: &'a str,
    range: Range<usize>,
    id: &'a str,
}

impl<'a> CaseLocation<'a> {
    pub(super) fn new(path: &'a str, source: &'a str, id: &'a str) -> Self {
        let quoted = [format!("\"{id}\""), format!("'{id}'")];
        // The id of a family's member is not in the file: search for what comes before the family's `{each}`.
        let start = quoted.iter().find_map(|it| source.find(it.as_str()));
        let start = start.or_else(|| {
            let mut at = source.match_indices("{each}").map(|(at, _)| at);
            at.find_map(|at| {
                let open = source[..at].rfind(['"', '\''])?;
                let head = &source[open + 1..at];
                (id.starts_with(head) && !head.is_empty()).then_some(open)
            })
        });
        let start = start.unwrap_or(0);
        let end = source[start..]
            .find("[[case]]")
            .map_or(source.len(), |length| start + length);
        Self {
            path,
            source,
            range: start..end,
            id,
        }
    }

    /// A slip at the first place in the case where this text stands.
    pub(super) fn text(&self, text: &str, message: String, help: Option<String>) -> LoadError {
        let own = &self.source[self.range.clone()];
        match own.find(text) {
            Some(at) => {
                let at = self.range.start + at;
                let span = at..at + text.len();
                let slip = Slip::new(self.path, self.source, span, message, help);
                LoadError::Slip(Box::new(slip))
            }
            None => slip(self.path, self.source, self.id, message, help),
        }
    }

    /// A slip at the step with this index.
    pub(super) fn step(&self, number: usize, message: String) -> LoadError {
        #[derive(Deserialize)]
        struct Spanned {
            case: Vec<SpannedCase>,
        }
        #[derive(Deserialize)]
        struct SpannedCase {
            steps: Vec<toml::Spanned<toml::Value>>,
        }
        let file: Option<Spanned> = toml::from_str(self.source).ok();
        let steps = file
            .into_iter()
            .flat_map(|file| file.case)
            .find_map(|case| {
                let first = case.steps.first()?;
                self.range
                    .contains(&first.span().start)
                    .then_some(case.steps)
            });
        let span = steps.and_then(|steps| Some(steps.get(number)?.span()));
        match span {
            Some(span) => LoadError::Slip(Box::new(Slip::new(
                self.path,
                self.source,
                span,
                message,
                None,
            ))),
            None => slip(self.path, self.source, self.id, message, None),
        }
    }
}
