//! What differs between two reports, for people: the worse first, a line each, and the verdict last.

use super::Style;
use super::page::{Ink, Page};
use super::visible::{self, visible};
use super::words::many;
use crate::model::difference::{Change, Changed, Difference, Standpoint};
use schemars::generate::SchemaSettings;
use serde_json::Value;

/// The difference as JSON.
pub fn difference_json(difference: &Difference) -> String {
    visible::json(difference)
}

/// The JSON Schema of a difference, draft 2020-12.
pub fn difference_schema() -> Value {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<Difference>()
        .to_value()
}

/// The difference for people at a terminal; quiet, only what is worse and the verdict.
pub fn difference(difference: &Difference, style: &Style) -> String {
    let mut page = Page::new(style);
    for list in [&difference.requirements, &difference.checks] {
        for it in list {
            if !style.quiet || it.change == Change::Worse {
                line(&mut page, it);
            }
        }
    }
    if !style.quiet {
        rest(&mut page, difference);
    }
    verdict(&mut page, difference);
    page.text()
}

fn line(page: &mut Page, it: &Changed) {
    let ink = match it.change {
        Change::Worse => Ink::Bad,
        Change::Better => Ink::Good,
        Change::Different => Ink::Faint,
    };
    page.paint(ink, &format!("{:<9}", it.change.name()));
    let place = it.case.as_deref().map_or_else(
        || format!(" ({})", it.level.name()),
        |case| format!(" in {}", visible(case)),
    );
    page.line(&format!(
        " {}{place}: {} → {}",
        visible(&it.requirement),
        standpoint(&it.was),
        standpoint(&it.is)
    ));
}

fn standpoint(it: &Standpoint) -> String {
    match &it.code {
        Some(code) => format!("{} ({})", it.status.name(), visible(code)),
        None => it.status.name().to_owned(),
    }
}

fn rest(page: &mut Page, difference: &Difference) {
    for it in &difference.others {
        let or_none = |text: &str| {
            if text.is_empty() {
                "–".to_owned()
            } else {
                visible(text).into_owned()
            }
        };
        page.line(&format!(
            "different {}: {} → {}",
            it.what,
            or_none(&it.was),
            or_none(&it.is)
        ));
    }
    for (cases, side) in [
        (&difference.only_in_a, &difference.a),
        (&difference.only_in_b, &difference.b),
    ] {
        if !cases.is_empty() {
            page.line(&format!(
                "{} only in {}",
                many(cases.len(), "case"),
                visible(&side.name)
            ));
        }
    }
    for note in &difference.notes {
        page.line(&format!("note      {note}"));
    }
}

fn verdict(page: &mut Page, difference: &Difference) {
    let all = [Change::Worse, Change::Better, Change::Different].map(|change| {
        let [requirements, checks] = difference.count(change);
        let what = match (requirements, checks) {
            (0, 0) => return None,
            (0, checks) => many(checks, "check"),
            (requirements, 0) => many(requirements, "requirement"),
            (requirements, checks) => format!(
                "{} and {}",
                many(requirements, "requirement"),
                many(checks, "check")
            ),
        };
        Some(format!("{what} {}", change.name()))
    });
    let counts: Vec<String> = all.into_iter().flatten().collect();
    let counts = if counts.is_empty() {
        "no status differs".to_owned()
    } else {
        counts.join(", ")
    };
    let (ink, word) = if difference.worse {
        (Ink::Bad, "worse")
    } else {
        (Ink::Good, "nothing worse")
    };
    let exit = difference.exit_code;
    page.paint(ink, &format!("{word}: {counts} · exit {exit}"));
    page.end();
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_published_schema_is_that_of_the_types() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/difference.json");
        let text = visible::json(&difference_schema());
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let held = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            held == text,
            "schemas/difference.json is out of date: run the tests with UPDATE_SCHEMAS=1"
        );
    }
}
