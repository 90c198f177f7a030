//! How requests were answered while a new version came, drawn second by second. Places along the time are percentages of the
//! width, so that the drawing fits any window.

use crate::model::rehearsal::Piece;
use crate::model::report::Report;
use crate::render::rehearsed::{lines, sum};
use crate::render::words::{many, seconds};
use serde::Serialize;

/// A timeline.
#[derive(Serialize)]
pub(super) struct Drawing {
    summary: String,
    pieces: Vec<Bar>,
    turns: Vec<Turn>,
    lines: Vec<Line>,
    end: String,
}

/// A piece of it; sizes in percent, from below.
#[derive(Serialize)]
struct Bar {
    at: f64,
    width: f64,
    /// What was served.
    good_top: f64,
    good: f64,
    /// What was not.
    bad: f64,
    slow_top: f64,
    title: String,
}

/// Where other versions answer.
#[derive(Serialize)]
struct Turn {
    at: f64,
    name: String,
}

/// A line of words.
#[derive(Serialize)]
struct Line {
    bad: bool,
    text: String,
}

/// The timeline of a report; none where nothing was sent.
pub(super) fn drawing(report: &Report) -> Option<Drawing> {
    let line = report.rehearsal.as_ref()?.timeline.as_ref()?;
    let last = line.pieces.last()?;
    let all = last.at_s + line.step_s;
    let counts = |it: &Piece| it.answered + it.failed + it.late + it.gaps;
    let most = line.pieces.iter().map(counts).max().unwrap_or(1).max(1);
    let slowest = line
        .pieces
        .iter()
        .map(|it| it.slowest_ms)
        .max()
        .unwrap_or(1)
        .max(1);
    let bars = line.pieces.iter().map(|it| {
        let wrong = it.failed + it.late + it.gaps;
        let (good, bad) = (percent(it.answered, most), percent(wrong, most));
        let versions: Vec<&str> = it.versions.keys().map(String::as_str).collect();
        Bar {
            at: percent(it.at_s, all),
            width: (percent(line.step_s, all) - 0.1).max(0.1),
            good_top: 100.0 - good,
            good,
            bad,
            slow_top: 100.0 - percent(it.slowest_ms, slowest),
            title: format!(
                "{} s: {} served, {} not; the slowest took {}{}{}",
                it.at_s,
                it.answered,
                wrong,
                seconds(it.slowest_ms),
                if versions.is_empty() { "" } else { "; " },
                versions.join(" and ")
            ),
        }
    });
    let turns = line.turns().into_iter().map(|(at, versions)| Turn {
        at: percent(at, all),
        name: versions.join(" and "),
    });
    Some(Drawing {
        summary: sum(line),
        pieces: bars.collect(),
        turns: turns.collect(),
        lines: lines(line)
            .into_iter()
            .map(|(bad, text)| Line {
                bad,
                text: text.trim().to_owned(),
            })
            .collect(),
        end: many(usize::try_from(all).unwrap_or(usize::MAX), "second"),
    })
}

/// One number as a part of another, in percent.
#[expect(clippy::cast_precision_loss, reason = "counts of requests and seconds")]
fn percent<T: TryInto<u64>, U: TryInto<u64>>(part: T, of: U) -> f64 {
    let (part, of) = (
        part.try_into().unwrap_or(0),
        of.try_into().unwrap_or(1).max(1),
    );
    (part as f64 / of as f64 * 10_000.0).round() / 100.0
}
