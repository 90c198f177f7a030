//! A difference as a page for a browser, in the look of a run's page: what the runs come to, the requirements at a glance
//! before and after with a frame around what is different, and a row for each of these. It has no script.

use super::sign::{Sign, Text};
use super::{STYLE, policy, templates};
use crate::model::difference::{Compared, Difference, Side, Standpoint};
use crate::model::report::Stage;
use crate::render::difference::{because, beside, lead, rest, verdict};
use crate::render::shown::Shown;
use crate::render::visible::visible;
use crate::render::words::{QUESTION, many, sentence};
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};

const PAGE: &str = concat!(include_str!("signs.html"), include_str!("diff.html"));
/// The look of a run's page, and what is only here.
const MORE: &str = include_str!("diff.css");
/// How many cases are listed in one place.
const MOST_CASES: usize = 6;

/// A difference as a page, whole in one file.
pub(in crate::render) fn difference(difference: &Difference) -> String {
    // The template is fixed, and a test renders it: what it asks for is there.
    page(difference).unwrap_or_else(|error| format!("sharecheck cannot write this page: {error}\n"))
}

fn page(difference: &Difference) -> Result<String, minijinja::Error> {
    let style = format!("{STYLE}{MORE}");
    templates(PAGE)?
        .get_template("page.html")?
        .render(context! {
            policy => policy(&style, None),
            style => Value::from_safe_string(style),
            view => Value::from(Serde(View::of(difference))),
        })
}

/// All of the page.
#[derive(Serialize)]
struct View<'a> {
    question: &'static str,
    answer: String,
    /// `yes`, `no` or `open`.
    tone: &'static str,
    stage: String,
    stages: Vec<Rung>,
    cause: Option<String>,
    verdict: String,
    sides: [About<'a>; 2],
    /// The requirements before and after, by section.
    maps: [Map<'a>; 2],
    changed: Vec<Row<'a>>,
    facts: Vec<FactRow<'a>>,
    rest: Vec<String>,
}

/// A stage, and whether the custodian stood or stands there.
#[derive(Serialize)]
struct Rung {
    name: &'static str,
    was: bool,
    is: bool,
}

/// One of the reports.
#[derive(Serialize)]
struct About<'a> {
    word: &'static str,
    name: Text<'a>,
    target: Text<'a>,
    build: Option<Text<'a>>,
    started_at: Text<'a>,
    run: Text<'a>,
}

/// The requirements at a glance.
#[derive(Serialize)]
struct Map<'a> {
    word: &'static str,
    sections: Vec<Section<'a>>,
}

/// A part of the contract.
#[derive(Serialize)]
struct Section<'a> {
    name: Text<'a>,
    marks: Vec<Mark<'a>>,
}

/// A requirement in the map.
#[derive(Serialize)]
struct Mark<'a> {
    id: Text<'a>,
    level: &'static str,
    sign: Sign,
    changed: bool,
    /// Whether there is a row of it to lead to.
    row: bool,
}

/// A requirement that differs.
#[derive(Serialize)]
struct Row<'a> {
    change: &'static str,
    id: Text<'a>,
    level: &'static str,
    was: Sign,
    is: Sign,
    because: Option<String>,
    count: String,
    cases: Vec<Text<'a>>,
    more: usize,
}

/// Something that the contract leaves free.
#[derive(Serialize)]
struct FactRow<'a> {
    what: Text<'a>,
    was: Text<'a>,
    is: Text<'a>,
    beside: String,
}

impl<'a> View<'a> {
    fn of(it: &'a Difference) -> Self {
        let lead = lead(it);
        Self {
            question: QUESTION,
            answer: lead.answer,
            tone: match it.b.multi_backup_safe {
                Some(true) => "yes",
                Some(false) => "no",
                None => "open",
            },
            stage: lead.stage,
            stages: stages(it),
            cause: lead.cause.as_deref().map(sentence),
            verdict: verdict(it),
            sides: [about("before", &it.a), about("after", &it.b)],
            maps: [
                map("Before", it, |it| &it.was),
                map("After", it, |it| &it.is),
            ],
            changed: it.changed().map(|(_, it)| row(it)).collect(),
            facts: it
                .facts
                .iter()
                .map(|fact| FactRow {
                    what: visible(&fact.what),
                    was: visible(&fact.was),
                    is: visible(&fact.is),
                    beside: beside(fact),
                })
                .collect(),
            rest: rest(it),
        }
    }
}

fn stages(it: &Difference) -> Vec<Rung> {
    let rung = |stage: Stage| Rung {
        name: stage.name(),
        was: it.a.stage == Some(stage),
        is: it.b.stage == Some(stage),
    };
    Stage::ALL.map(rung).into()
}

fn about<'a>(word: &'static str, side: &'a Side) -> About<'a> {
    About {
        word,
        name: visible(&side.name),
        target: visible(&side.target),
        build: side.build.as_deref().map(visible),
        started_at: visible(&side.started_at),
        run: visible(&side.run),
    }
}

/// Both maps have the same requirements in the same places.
fn map<'a>(
    word: &'static str,
    difference: &'a Difference,
    stand: fn(&Compared) -> &Standpoint,
) -> Map<'a> {
    let rows = difference.changed().map(|(_, it)| it.requirement.as_str());
    let rows: HashSet<&str> = rows.collect();
    let mut sections: BTreeMap<&str, Vec<Mark<'a>>> = BTreeMap::new();
    for it in &difference.requirements {
        let name = it.requirement.split('.').next().unwrap_or_default();
        sections.entry(name).or_default().push(Mark {
            id: visible(&it.requirement),
            level: it.level.name(),
            sign: sign(stand(it)),
            changed: it.change.is_some(),
            row: rows.contains(it.requirement.as_str()),
        });
    }
    for marks in sections.values_mut() {
        marks.sort_by(|a, b| a.id.cmp(&b.id));
    }
    Map {
        word,
        sections: sections
            .into_iter()
            .map(|(name, marks)| Section {
                name: visible(name),
                marks,
            })
            .collect(),
    }
}

fn sign(it: &Standpoint) -> Sign {
    Sign::of(Shown::of(it.status, it.standing))
}

fn row(it: &Compared) -> Row<'_> {
    let alike = it
        .cases
        .iter()
        .filter(|case| Some(case.change) == it.change);
    let count = alike.clone().count();
    Row {
        change: it.change.map_or("", |change| change.name()),
        id: visible(&it.requirement),
        level: it.level.name(),
        was: sign(&it.was),
        is: sign(&it.is),
        because: because(it),
        count: many(count, "case"),
        cases: alike
            .take(MOST_CASES)
            .map(|case| visible(&case.case))
            .collect(),
        more: count.saturating_sub(MOST_CASES),
    }
}
