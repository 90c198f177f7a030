//! The file of a list of known failures: read, held to the suite, shown a slip in its place.

use crate::cli::Error;
use serde::Deserialize;
use sharecheck::audit;
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
    /// What the entries mean, in the same order.
    pub(super) known: Vec<KnownFailure>,
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
    expires: Spanned<toml::Value>,
    #[serde(default)]
    flaky: bool,
}

impl List {
    /// Reads a list; its ids need not exist.
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let source = std::fs::read_to_string(path)
            .map_err(|cause| Error::unreadable(path.display().to_string(), cause))?;
        Self::parse(path, source)
    }

    /// The same from a text.
    pub(super) fn parse(path: &Path, source: String) -> Result<Self, Error> {
        let path = path.display().to_string();
        let entries = parse::<File>(&path, &source)?.known_failure;
        let mut list = Self {
            path,
            source,
            entries,
            known: Vec::new(),
        };
        for entry in &list.entries {
            let meant = list.meant(entry)?;
            if list.known.iter().any(|other| other.is_same(&meant)) {
                let message = format!("two entries speak of {meant}");
                let help = Some("keep one of them".to_owned());
                return Err(list.slip(entry.requirement.span(), &message, help));
            }
            list.known.push(meant);
        }
        Ok(list)
    }

    /// Holds the list to the requirements, codes and cases that there are.
    pub(super) fn held_to(&self, suite: &Suite) -> Result<(), Error> {
        for entry in &self.entries {
            let requirements = suite.requirements.iter().map(|it| it.id.as_str());
            self.exists("requirement", &entry.requirement, requirements)?;
            let codes = CODES.iter().chain(audit::report::CODES);
            self.exists("failure code", &entry.code, codes.copied())?;
            // What an audit judges is named by the team itself: a table, an app.
            let of_audit = |case: &&Spanned<String>| {
                let begin = format!("{}@", entry.requirement.get_ref());
                !case.get_ref().starts_with(&begin)
            };
            if let Some(case) = entry.case.as_ref().filter(of_audit) {
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
    ) -> Result<(), Error> {
        let name = typed.get_ref();
        if known.clone().into_iter().any(|it| it == name) {
            return Ok(());
        }
        let help = nearest(name, known).map(|it| format!("did you mean `{it}`?"));
        Err(self.slip(typed.span(), &format!("there is no {what} {name}"), help))
    }

    fn meant(&self, entry: &Entry) -> Result<KnownFailure, Error> {
        Ok(KnownFailure {
            requirement: entry.requirement.get_ref().clone(),
            case: entry.case.as_ref().map(|case| case.get_ref().clone()),
            code: entry.code.get_ref().clone(),
            reason: self.filled("reason", &entry.reason, "say why this is accepted for now")?,
            owner: self.filled("owner", &entry.owner, "say who answers for it")?,
            expires: self.day(&entry.expires)?,
            flaky: entry.flaky,
        })
    }

    fn filled(&self, key: &str, text: &Spanned<String>, help: &str) -> Result<String, Error> {
        if text.get_ref().trim().is_empty() {
            let message = format!("`{key}` is empty");
            return Err(self.slip(text.span(), &message, Some(help.to_owned())));
        }
        Ok(text.get_ref().clone())
    }

    fn day(&self, value: &Spanned<toml::Value>) -> Result<Day, Error> {
        let text = match value.get_ref() {
            toml::Value::Datetime(date) => date.to_string(),
            toml::Value::String(_)
            | toml::Value::Integer(_)
            | toml::Value::Float(_)
            | toml::Value::Boolean(_)
            | toml::Value::Array(_)
            | toml::Value::Table(_) => String::new(),
        };
        Day::try_from(text).map_err(|_| {
            let help = "write 2026-12-31, without quotes".to_owned();
            self.slip(value.span(), "`expires` must be a day", Some(help))
        })
    }

    fn slip(&self, span: Range<usize>, message: &str, help: Option<String>) -> Error {
        Slip::new(&self.path, &self.source, span, message, help).into()
    }
}
