//! What an audit looked at, and what each part of the migration comes to where not only the webhooks were looked at.

use super::words::{list, missed};
use crate::model::finding::Status;
use crate::model::report::Report;
use crate::model::requirement::{Level, Part};

/// How many ids are listed in one place.
const MOST_IDS: usize = 3;

/// What one part of the migration comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    /// The part's name.
    pub(super) name: &'static str,
    /// What it comes to: `kept`, `broken`, `cannot be told`, `not looked at`.
    pub(super) word: &'static str,
    /// Whether it is kept; null where that is not known.
    pub(super) kept: Option<bool>,
    /// The requirements meant, where some are.
    pub(super) ids: String,
}

impl Told {
    /// On a line.
    pub(super) fn line(&self) -> String {
        let ids = if self.ids.is_empty() {
            String::new()
        } else {
            format!(": {}", self.ids)
        };
        format!("{}: {}{ids}", self.name, self.word)
    }
}

/// Each part of the migration and what it comes to; empty where there was no audit.
pub(super) fn parts(report: &Report) -> Vec<Told> {
    if report.audited.is_empty() {
        return Vec::new();
    }
    let named: [(&'static str, &[Part]); 3] = [
        ("webhooks", &[Part::Webhooks, Part::UserHalf, Part::Portal]),
        ("database", &[Part::Database]),
        ("code", &[Part::Code]),
    ];
    named.map(|(name, parts)| told(report, name, parts)).into()
}

fn told(report: &Report, name: &'static str, parts: &[Part]) -> Told {
    let own = || {
        report
            .requirements
            .iter()
            .filter(|it| parts.contains(&it.part))
    };
    let required = |status: Status| -> Vec<&str> {
        let with = own().filter(move |it| it.level == Level::Required && it.status == status);
        with.map(|it| it.id.as_str()).collect()
    };
    let seen = own().any(|it| matches!(it.status, Status::Passed | Status::Failed));
    let (broken, open) = (required(Status::Failed), required(Status::Undecided));
    let unseen = required(Status::Skipped);
    let (word, kept, ids) = if !broken.is_empty() {
        ("broken", Some(false), broken)
    } else if !open.is_empty() {
        ("cannot be told", None, open)
    } else if !seen {
        ("not looked at", None, Vec::new())
    } else if unseen.is_empty() {
        ("kept", Some(true), Vec::new())
    } else {
        ("kept, but for what was not looked at", Some(true), unseen)
    };
    Told {
        name,
        word,
        kept,
        ids: list(&ids, MOST_IDS),
    }
}

/// What stands in the way of an answer where nothing is broken: the parts that were not looked at.
pub(super) fn unseen(report: &Report) -> Option<String> {
    if report.run.webhooks {
        return None;
    }
    let ids: Vec<&str> = missed(report).iter().map(|it| it.id.as_str()).collect();
    let also = if ids.is_empty() {
        String::new()
    } else {
        format!("; nor {}", list(&ids, MOST_IDS))
    };
    Some(format!(
        "The webhooks were not looked at{also}: sharecheck run -u … --audit TARGET judges them together."
    ))
}
