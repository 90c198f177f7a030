//! The file of a list of known failures: read, held to the suite, shown a slip in its place.

use crate::cli::BadInput;
use serde::Deserialize;
use sharecheck::model::finding::CODES;
use sharecheck::model::known::{Day, KnownFailure};
use sharecheck::nearest::nearest;
use sharecheck::pipeline::load::{Slip, Suite, parse};
use std::ops::Range;
use std::path::Path;
use toml::Spanned;

/// A list as it was written.
#[derive(Clone, Debug)]
pub(super) struct List {
    path: String,
    /// The file's text.
    pub(super) source: String,
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    #[serde(default)]
    known_failure: Vec<Entry>,
}

/// An entry whose values know where they stand.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    requirement: Spanned<String>,
    case: Option<Spanned<String>>,
    code: Spanned<String>,
    reason: Spanned<String>,
    owner: Spanned<String>,
    expires: Spanned<toml::value::Date>,
    #[serde(default)]
    flaky: bool,
}

impl List {
    /// Reads a list; its ids need not exist.
    pub(super) fn read(path: &Path) -> Result<Self, BadInput> {
        let source = std::fs::read_to_string(path)
            .map_err(|error| BadInput(format!("cannot read {}: {error}", path.display())))?;
        Self::parse(path, source)
    }

    /// The same from a text.
    pub(super) fn parse(path: &Path, source: String) -> Result<Self, BadInput> {
        let path = path.display().to_string();
        let entries = parse::<File>(&path, &source)?.known_failure;
        let list = Self {
            path,
            source,
            entries,
        };
        list.entries.iter().try_for_each(|it| list.filled(it))?;
        list.unique()?;
        Ok(list)
    }

    /// The entries, in the order of the file.
    pub(super) fn entries(&self) -> Vec<KnownFailure> {
        self.entries.iter().map(meant).collect()
    }

    /// Holds the list to the requirements, codes and cases that there are.
    pub(super) fn held_to(&self, suite: &Suite) -> Result<(), BadInput> {
        for entry in &self.entries {
            let requirements = suite.requirements.iter().map(|it| it.id.as_str());
            self.exists("requirement", &entry.requirement, requirements)?;
            self.exists("failure code", &entry.code, CODES)?;
            if let Some(case) = &entry.case {
                let cases = suite.cases.iter().map(|it| it.id.as_str());
                self.exists("case", case, cases)?;
            }
        }
        Ok(())
    }

    fn exists<'a>(
        &self,
        what: &str,
        typed: &Spanned<String>,
        known: impl IntoIterator<Item = &'a str> + Clone,
    ) -> Result<(), BadInput> {
        let name = typed.get_ref();
        if known.clone().into_iter().any(|it| it == name) {
            return Ok(());
        }
        let help = nearest(name, known).map(|it| format!("did you mean `{it}`?"));
        self.slip(typed.span(), &format!("there is no {what} {name}"), help)
    }

    fn filled(&self, entry: &Entry) -> Result<(), BadInput> {
        for (key, text, help) in [
            ("reason", &entry.reason, "say why this is accepted for now"),
            ("owner", &entry.owner, "say who answers for it"),
        ] {
            if text.get_ref().trim().is_empty() {
                let message = format!("`{key}` is empty");
                return self.slip(text.span(), &message, Some(help.to_owned()));
            }
        }
        Ok(())
    }

    fn unique(&self) -> Result<(), BadInput> {
        for (index, entry) in self.entries.iter().enumerate() {
            let meant = meant(entry);
            let twin = self.entries[..index]
                .iter()
                .any(|other| meant.is_same(&self::meant(other)));
            if twin {
                let message = format!("two entries speak of {meant}");
                let help = "keep one of them".to_owned();
                return self.slip(entry.requirement.span(), &message, Some(help));
            }
        }
        Ok(())
    }

    fn slip(
        &self,
        span: Range<usize>,
        message: &str,
        help: Option<String>,
    ) -> Result<(), BadInput> {
        Err(Slip::new(&self.path, &self.source, span, message, help).into())
    }
}

fn meant(entry: &Entry) -> KnownFailure {
    KnownFailure {
        requirement: entry.requirement.get_ref().clone(),
        case: entry.case.as_ref().map(|case| case.get_ref().clone()),
        code: entry.code.get_ref().clone(),
        reason: entry.reason.get_ref().clone(),
        owner: entry.owner.get_ref().clone(),
        // What TOML takes for a date is a day, or too far away to matter.
        expires: Day::read(&entry.expires.get_ref().to_string()).unwrap_or(Day::LAST),
        flaky: entry.flaky,
    }
}
