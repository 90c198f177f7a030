//! A difference for people at a terminal; quiet, only what is worse and the verdict.

use super::{cases, lead, rest, turn, verdict};
use crate::model::difference::{Change, Compared, Difference};
use crate::model::requirement::Level;
use crate::render::Style;
use crate::render::lead::NAME;
use crate::render::page::{Ink, Page, wrapped};
use crate::render::visible::visible;
use crate::render::words::many;

pub(super) fn render(difference: &Difference, style: &Style) -> String {
    let mut page = Page::new(style);
    let shown = |change| !style.quiet || change == Change::Worse;
    let changed: Vec<(Change, &Compared)> = difference
        .changed()
        .filter(|(change, _)| shown(*change))
        .collect();
    if !style.quiet {
        page.lead(&lead(difference));
        page.gap();
    }
    let lengths = changed.iter().map(|(_, it)| it.requirement.chars().count());
    let width = lengths.max().unwrap_or_default();
    for (change, it) in &changed {
        line(&mut page, *change, it, width);
    }
    if !style.quiet {
        for fact in &difference.facts {
            let [what, was, is] = [&fact.what, &fact.was, &fact.is].map(|it| visible(it));
            let cases = match fact.cases {
                0 => String::new(),
                count => format!(" ({})", many(count, "case")),
            };
            let text = format!("{what}: {was} → {is}{cases}");
            page.row(Ink::Plain, Change::Different.name(), &text);
        }
        for text in rest(difference) {
            page.row(Ink::Faint, "note", &text);
        }
        page.gap();
    }
    let ink = if difference.worse {
        Ink::Bad
    } else {
        Ink::Good
    };
    page.paint(ink, &verdict(difference));
    page.end();
    page.text()
}

fn ink(change: Change) -> Ink {
    match change {
        Change::Worse => Ink::Bad,
        Change::Better => Ink::Good,
        Change::Different => Ink::Plain,
    }
}

fn line(page: &mut Page, change: Change, it: &Compared, width: usize) {
    let level = match it.level {
        Level::Required => String::new(),
        Level::Recommended | Level::Informational => format!(" ({})", it.level.name()),
    };
    let cases = match cases(it) {
        cases if cases.is_empty() => cases,
        cases => format!(", {cases}"),
    };
    let first = format!("{:<NAME$}", change.name());
    let id = format!("{:<width$} ", visible(&it.requirement));
    page.paint(ink(change), &first);
    page.paint(Ink::Plain, &id);
    let used = first.len() + id.chars().count();
    let text = format!("{}{cases}{level}", turn(it));
    let text = wrapped(&text, page.style.width, used, &" ".repeat(NAME + 2));
    page.line(&text);
}
