//! A difference in GitHub's Markdown, for a pull request: the answer first, then a row for each requirement.

use super::{beside, cases, lead, rest, turn, verdict};
use crate::model::difference::{Change, Compared, Difference, Side};
use crate::model::requirement::Level;
use crate::render::markdown::{code, text};
use crate::render::words::{QUESTION, many};
use std::fmt::Write as _;

/// So many facts are told: a comment on GitHub has room for 65,536 characters.
const MOST_FACTS: usize = 40;

pub(super) fn render(difference: &Difference) -> String {
    let lead = lead(difference);
    let sign = if difference.worse { "❌" } else { "✅" };
    let mut out = format!(
        "## {sign} {QUESTION} {}\n\nStage: {}\n",
        text(&lead.answer),
        text(&lead.stage)
    );
    if let Some(cause) = &lead.cause {
        let _ = writeln!(out, "\n**Cause: {}**", text(cause));
    }
    table(&mut out, difference);
    let facts = difference.facts.iter().take(MOST_FACTS).map(|fact| {
        let beside = match beside(fact) {
            beside if beside.is_empty() => beside,
            beside => format!(" ({})", text(&beside)),
        };
        format!(
            "{}: {} → {}{beside}",
            text(&fact.what),
            code(&fact.was),
            code(&fact.is)
        )
    });
    let more = difference.facts.len().saturating_sub(MOST_FACTS);
    let more = (more > 0).then(|| format!("and {} more", many(more, "difference")));
    let rest = rest(difference).into_iter().map(|line| text(&line));
    let items: Vec<String> = facts.chain(more).chain(rest).collect();
    if !items.is_empty() {
        let _ = writeln!(out, "\n* {}", items.join("\n* "));
    }
    let _ = writeln!(
        out,
        "\n**{}**\n\n{} → {}",
        text(&verdict(difference)),
        side(&difference.a),
        side(&difference.b)
    );
    out
}

fn table(out: &mut String, difference: &Difference) {
    let mut head = "\n| | requirement | was → is | seen in |\n|---|---|---|---|\n";
    for (change, it) in difference.changed() {
        let _ = writeln!(
            out,
            "{head}| {} | {}{} | {} | {} |",
            word(change),
            code(&it.requirement),
            level(it),
            text(&turn(it)),
            cases(it)
        );
        head = "";
    }
}

fn word(change: Change) -> String {
    match change {
        Change::Worse => format!("**{}**", change.name()),
        Change::Better | Change::Different => change.name().to_owned(),
    }
}

fn level(it: &Compared) -> String {
    match it.level {
        Level::Required => String::new(),
        Level::Recommended | Level::Informational => format!(" ({})", it.level.name()),
    }
}

fn side(it: &Side) -> String {
    let build = it.build.as_deref();
    let build = build.map_or_else(String::new, |build| format!(", build {}", code(build)));
    format!(
        "{} ({}{build}, {})",
        code(&it.name),
        code(&it.target),
        text(&it.started_at)
    )
}
