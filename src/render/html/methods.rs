//! Requirements by backup method: a table in which a fault of one method shows as a column, and one of all as a row.

use super::sign::Text;
use crate::contract::method::BARE;
use crate::contract::wallet::Curve;
use crate::model::report::Report;
use crate::render::broken::Broken;
use crate::render::methods::{Method, Tried, extent};
use crate::render::visible::visible;
use crate::render::wallets::{Grid, Seen, together};
use crate::render::words::{headline, sentence};
use serde::Serialize;

/// The curves that a documented method has, and the column without one.
const CURVES: [Option<&str>; 3] = [None, Some("SECP256K1"), Some("ED25519")];

/// The table.
#[derive(Serialize)]
pub(super) struct Methods<'a> {
    /// The methods without a curve, each over as many columns as there are curves.
    bare: [&'static str; 4],
    /// The columns under one of them.
    curves: [&'static str; 3],
    rows: Vec<Row<'a>>,
    /// What it tells of each broken requirement.
    sentences: Vec<String>,
}

/// A requirement.
#[derive(Serialize)]
struct Row<'a> {
    requirement: Text<'a>,
    cells: Vec<Cell>,
}

/// What was seen of it under the methods of a column.
#[derive(Serialize)]
struct Cell {
    /// `kept`, `broken` or `untried`.
    kind: &'static str,
    mark: String,
    /// Requirement, method and what was seen, for whoever does not see the place of a cell.
    title: String,
}

/// How wallets were put together again: a row for each method, a column for each curve.
#[derive(Serialize)]
pub(super) struct Wallets<'a> {
    /// How many, of how many.
    sentence: String,
    curves: [&'static str; 2],
    rows: Vec<Recovered<'a>>,
}

/// Those of one method.
#[derive(Serialize)]
struct Recovered<'a> {
    method: Text<'a>,
    cells: Vec<Cell>,
}

/// Of a report that looked at the user's half.
pub(super) fn wallets(report: &Report) -> Option<Wallets<'_>> {
    let sentence = sentence(&together(report)?);
    let grid = Grid::of(report)?;
    let rows = grid.rows.into_iter().map(|(method, cells)| Recovered {
        cells: grid
            .curves
            .into_iter()
            .zip(cells)
            .map(|(curve, seen)| Cell::recovered(&method, curve, seen.as_ref()))
            .collect(),
        method,
    });
    Some(Wallets {
        sentence,
        curves: grid.curves.map(Curve::name),
        rows: rows.collect(),
    })
}

/// Of a report in which some requirement was tried with several methods.
pub(super) fn methods<'a>(report: &'a Report, all: &[Broken<'a>]) -> Option<Methods<'a>> {
    let mut rows = Vec::new();
    for requirement in &report.requirements {
        let tried = Tried::of(report, &requirement.id);
        if tried.kept.len() > 1 {
            rows.push(Row {
                requirement: visible(&requirement.id),
                cells: cells(&requirement.id, &tried),
            });
        }
    }
    let sentences = all.iter().filter_map(|it| {
        let extent = extent(report, it.id)?;
        Some(format!("{} {extent}", headline(it)))
    });
    (!rows.is_empty()).then(|| Methods {
        bare: BARE,
        curves: CURVES.map(|it| it.unwrap_or("–")),
        rows,
        sentences: sentences.collect(),
    })
}

fn cells(requirement: &str, tried: &Tried<'_>) -> Vec<Cell> {
    let known = BARE
        .iter()
        .flat_map(|bare| CURVES.map(|curve| (*bare, curve)));
    let mut cells: Vec<Cell> = known
        .map(|parts| {
            let (bare, curve) = parts;
            let name = curve.map_or_else(|| bare.to_owned(), |curve| format!("{bare}-{curve}"));
            Cell::of(requirement, &name, tried, |it| it.parts() == Some(parts))
        })
        .collect();
    let other = |it: Method<'_>| it != Method::None && it.parts().is_none();
    cells.push(Cell::of(requirement, "other methods", tried, other));
    let none = |it: Method<'_>| it == Method::None;
    cells.push(Cell::of(requirement, "no method", tried, none));
    cells
}

impl Cell {
    /// Of the methods that belong into its column.
    fn of(
        requirement: &str,
        name: &str,
        tried: &Tried<'_>,
        belongs: impl Fn(Method<'_>) -> bool,
    ) -> Self {
        let some = tried.kept.iter().filter(|(method, _)| belongs(**method));
        let (kind, mark) = match some.map(|(_, kept)| *kept).min() {
            Some(true) => ("kept", "✓"),
            Some(false) => ("broken", "✕"),
            None => ("untried", ""),
        };
        let seen = match kind {
            "untried" => "not tried",
            kind => kind,
        };
        Self {
            kind,
            mark: mark.to_owned(),
            title: format!("{} with {name}: {seen}", visible(requirement)),
        }
    }

    /// Of the recoveries of a curve by a method.
    fn recovered(method: &str, curve: Curve, seen: Option<&Seen>) -> Self {
        let kind = match seen {
            Some(Seen { all: true, .. }) => "kept",
            Some(Seen { all: false, .. }) => "broken",
            None => "untried",
        };
        let count = seen.map_or_else(
            || "not tried".to_owned(),
            |it| format!("{} put together again", it.count),
        );
        Self {
            kind,
            mark: seen.map_or_else(String::new, Seen::text),
            title: format!("{} by {method}: {count}", curve.name()),
        }
    }
}
