//! Workflow commands: what GitHub shows as annotations of a job. It shows ten errors and ten warnings of a
//! step, so the worst come first and a notice tells the rest.

use super::broken::{Broken, broken};
use super::happened::happened;
use super::suspects::likenesses;
use super::visible::visible;
use super::wallets::half_told;
use super::words::{accepted, answer, last_line, list, question, sentence};
use crate::model::finding::Standing;
use crate::model::report::{Report, Ruling};
use std::fmt::Write as _;

/// GitHub drops what goes beyond.
const MOST: usize = 10;

pub(super) fn render(report: &Report, place: Option<&str>) -> String {
    let all = broken(report);
    let of = |standings: &[Standing]| -> Vec<&Broken<'_>> {
        all.iter()
            .filter(|it| standings.contains(&it.standing))
            .collect()
    };
    let errors = of(&[Standing::Counted]);
    let warnings = of(&[Standing::Known, Standing::Warning]);
    let mut out = String::new();
    let stopped = happened(report);
    let mut room = MOST;
    if !stopped.is_empty() {
        let kind = match report.outcome.verdict {
            Ruling::Drift => "warning",
            Ruling::Conforms
            | Ruling::DoesNotConform
            | Ruling::CouldNotTest
            | Ruling::Undecided
            | Ruling::Refused
            | Ruling::InternalError
            | Ruling::Interrupted => "error",
        };
        let text: Vec<&str> = stopped
            .iter()
            .map(|it| it.strip_prefix("$ ").unwrap_or(it))
            .collect();
        command(&mut out, kind, "sharecheck", &text.join("\n"));
        room -= 1;
    }
    for it in errors.iter().take(room) {
        annotate(&mut out, report, "error", it, place);
    }
    for it in warnings.iter().take(room) {
        annotate(&mut out, report, "warning", it, place);
    }
    let rest: Vec<&str> = errors
        .iter()
        .skip(room)
        .chain(warnings.iter().skip(room))
        .chain(&of(&[Standing::Note]))
        .map(|it| it.id)
        .collect();
    let (word, why) = answer(report);
    let mut text = format!("{} {word} {why}", question(report));
    if let Some(half) = half_told(report) {
        let _ = write!(text, " {half}");
    }
    let _ = write!(text, "\n{}", last_line(report, &all));
    for it in likenesses(report) {
        let _ = write!(text, "\n{} {}", it.word, it.text);
    }
    if !rest.is_empty() {
        let _ = write!(text, "\nBesides these: {}", list(&rest, 50));
    }
    for notice in &report.notices {
        let _ = write!(text, "\n{}", sentence(&visible(notice)));
    }
    command(&mut out, "notice", "sharecheck", &text);
    out
}

fn annotate(out: &mut String, report: &Report, kind: &str, it: &Broken<'_>, place: Option<&str>) {
    let best = it.best();
    let mut text = visible(&best.check.message).into_owned();
    for (name, what) in [
        ("expected", &best.check.expected),
        ("came", &best.check.observed),
        ("at", &best.check.place()),
    ] {
        if let Some(what) = what {
            let _ = write!(text, "\n{name}: {}", visible(what));
        }
    }
    if let Some(requirement) = it.requirement {
        let (consequence, fix) = (visible(&requirement.consequence), visible(&requirement.fix));
        let _ = write!(text, "\n{consequence}\nTo mend it: {fix}");
    }
    if let Some(by) = accepted(report, &best) {
        let _ = write!(text, "\naccepted {}", visible(&by));
    }
    let cases: Vec<&str> = it.sightings.iter().map(|it| it.case.id.as_str()).collect();
    let _ = write!(text, "\nseen in: {}", list(&cases, 6));
    let known = if it.standing == Standing::Known {
        ", known failure"
    } else {
        ""
    };
    let title = format!("{} ({}{known})", visible(it.id), it.level.name());
    let place = best.check.file().or(place.map(|path| (path, 1, 1)));
    pinned(out, kind, place, &title, &text);
}

fn command(out: &mut String, kind: &str, title: &str, text: &str) {
    pinned(out, kind, None, title, text);
}

/// One command on one line, pinned to a place of a file if there is one. What it says comes after `::`, escaped, and so can
/// begin no command of its own.
fn pinned(
    out: &mut String,
    kind: &str,
    place: Option<(&str, usize, usize)>,
    title: &str,
    text: &str,
) {
    let data = |text: &str| {
        text.replace('%', "%25")
            .replace('\r', "%0D")
            .replace('\n', "%0A")
    };
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let place = place.map(|(path, line, column)| {
        format!(
            "file={},line={line},col={column},",
            property(&visible(path))
        )
    });
    let (place, title) = (place.unwrap_or_default(), property(title));
    let _ = writeln!(out, "::{kind} {place}title={title}::{}", data(text));
}
