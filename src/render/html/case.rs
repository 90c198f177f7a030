//! A case on the page: what was asked of it, and what was sent and came back.

use super::exchange::{Hues, Row};
use super::lanes::{Lanes, lanes};
use super::requirements::Places;
use super::sign::{Sign, Text};
use crate::model::finding::{Check, Status};
use crate::model::report::{CaseResult, Report};
use crate::render::repeat::repeat;
use crate::render::shown::{Shown, elapsed, shown};
use crate::render::visible::visible;
use crate::render::words::{many, seconds, sentence};
use serde::Serialize;
use std::collections::HashMap;

/// A case.
#[derive(Serialize)]
pub(super) struct Case<'a> {
    anchor: String,
    id: Text<'a>,
    title: Text<'a>,
    sign: Sign,
    level: &'static str,
    size: String,
    checks: Vec<Asked<'a>>,
    clients: Vec<(Text<'a>, Text<'a>)>,
    shares: Vec<(Text<'a>, usize)>,
    rows: Vec<Row<'a>>,
    lanes: Vec<Lanes>,
    repeat: Vec<String>,
}

/// A check.
#[derive(Serialize)]
struct Asked<'a> {
    sign: Sign,
    requirement: Text<'a>,
    level: &'static str,
    /// What is wrong; nothing where it passed.
    message: Option<String>,
    expected: Option<Text<'a>>,
    came: Option<Text<'a>>,
    /// The number of the exchange that shows it.
    exchange: Option<usize>,
}

/// The cases of a report by what they count as, in the report's order.
pub(super) fn by_kind<'a>(
    report: &'a Report,
    places: &Places<'_>,
) -> HashMap<Shown, Vec<Case<'a>>> {
    let mut all: HashMap<Shown, Vec<Case<'a>>> = HashMap::new();
    for case in &report.cases {
        let kind = shown(case);
        let entry = all.entry(kind).or_default();
        let anchor = places.anchor(&case.id);
        entry.push(Case::of(report, case, anchor, kind));
    }
    all
}

impl<'a> Case<'a> {
    fn of(report: &Report, case: &'a CaseResult, anchor: String, kind: Shown) -> Self {
        let mut hues = Hues::default();
        let rows = Row::all(case, &mut hues);
        let broken = case
            .checks
            .iter()
            .find(|it| it.status == Status::Failed && it.exchange().is_some());
        Self {
            anchor,
            id: visible(&case.id),
            title: visible(&case.title),
            sign: Sign::of(kind),
            level: case.checks.first().map_or("", |check| check.level.name()),
            size: size(case),
            checks: case.checks.iter().map(Asked::of).collect(),
            clients: case
                .clients
                .iter()
                .map(|(name, id)| (visible(name), visible(id)))
                .collect(),
            shares: hues.into_labels(),
            rows,
            lanes: lanes(
                case,
                broken.and_then(|it| case.exchanges.get(it.exchange()?)),
            ),
            repeat: broken
                .and_then(Check::exchange)
                .map_or_else(Vec::new, |index| repeat(report, case, index)),
        }
    }
}

impl<'a> Asked<'a> {
    fn of(check: &'a Check) -> Self {
        let passed = check.status == Status::Passed;
        Self {
            sign: Sign::of(Shown::of(check.status, check.standing)),
            requirement: visible(&check.requirement),
            level: check.level.name(),
            message: (!passed).then(|| sentence(&visible(&check.message))),
            expected: check.expected.as_deref().map(visible),
            came: check.observed.as_deref().map(visible),
            exchange: check.exchange(),
        }
    }
}

/// How much was sent, and how long that took.
fn size(case: &CaseResult) -> String {
    match case.exchanges.len() {
        0 => "nothing sent".to_owned(),
        count => {
            let ms = u64::try_from(elapsed(case).as_millis()).unwrap_or(u64::MAX);
            format!("{} in {}", many(count, "request"), seconds(ms))
        }
    }
}
