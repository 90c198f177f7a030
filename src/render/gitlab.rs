//! A code quality report of GitLab's: an entry for each failed check, worst first.

use super::broken::{Sighting, failed};
use super::fingerprint::{PLACE, fingerprint};
use super::visible::{self, visible};
use crate::model::finding::Standing;
use crate::model::report::Report;
use crate::model::requirement::Level;
use serde_json::{Value, json};
use std::cmp::Reverse;

pub(super) fn render(report: &Report, place: Option<&str>) -> String {
    let place = place.unwrap_or(PLACE);
    let mut all: Vec<Sighting<'_>> = failed(report).collect();
    all.sort_by_key(|it| (it.standing(), Reverse(it.check.level)));
    visible::json(
        &all.iter()
            .map(|it| entry(it, place))
            .collect::<Vec<Value>>(),
    )
}

fn entry(it: &Sighting<'_>, place: &str) -> Value {
    let check = it.check;
    let (path, line, _) = check.file().unwrap_or((place, 1, 1));
    json!({
        "description": format!(
            "{}: {} (case {})",
            visible(&check.requirement),
            visible(&check.message),
            visible(&it.case.id)
        ),
        "check_name": check.requirement,
        "fingerprint": fingerprint(it),
        "severity": severity(it),
        "location": { "path": visible(path), "lines": { "begin": line } },
    })
}

fn severity(it: &Sighting<'_>) -> &'static str {
    match (it.standing(), it.check.level) {
        (Standing::Known | Standing::Note, _) => "info",
        (Standing::Counted | Standing::Warning, Level::Required) => "critical",
        (Standing::Counted, Level::Recommended | Level::Informational) => "major",
        (Standing::Warning, Level::Recommended | Level::Informational) => "minor",
    }
}
