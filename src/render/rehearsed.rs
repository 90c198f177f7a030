//! What a rehearsal's report says in sentences, and how requests were answered while the new version came.

use super::page::{Ink, Page};
use super::visible::visible;
use super::words::{list, many, number, seconds};
use crate::contract::Contract;
use crate::model::finding::Status;
use crate::model::rehearsal::{Phase, Piece, Rehearsal, Timeline};
use crate::model::report::{Report, Ruling};
use crate::model::requirement::Level;

/// So many lines of the timeline are told.
const MOST_LINES: usize = 12;

/// The answer to a rehearsal's question: whether it is a Yes, or cannot be told.
pub(super) fn is_yes(report: &Report) -> Option<bool> {
    match report.outcome.verdict {
        Ruling::Conforms => Some(true),
        Ruling::DoesNotConform => Some(false),
        Ruling::CouldNotTest
        | Ruling::Undecided
        | Ruling::Drift
        | Ruling::Refused
        | Ruling::InternalError
        | Ruling::Interrupted => None,
    }
}

/// The answer in a word, and why.
pub(super) fn answer(report: &Report, rehearsal: &Rehearsal) -> (&'static str, String) {
    let asked = format!(
        "{} with {}",
        many(rehearsal.clients, "client"),
        many(rehearsal.shares, "share")
    );
    let failed = report
        .requirements
        .iter()
        .filter(|it| it.status == Status::Failed);
    let counts =
        |level: Level| level == Level::Required || report.run.strict && level == Level::Recommended;
    let broken: Vec<&str> = failed
        .filter(|it| counts(it.level))
        .map(|it| it.id.as_str())
        .collect();
    let why = match (report.outcome.verdict, rehearsal.phase) {
        (Ruling::Conforms, Phase::During) => "What went wrong, if anything, is told above.".to_owned(),
        (Ruling::Conforms, Phase::Before | Phase::After) => format!("{asked} were asked for."),
        (Ruling::Conforms, Phase::Compare) => {
            "What was stored through the old version was seen through the new one, where they share a database.".to_owned()
        }
        (Ruling::DoesNotConform, _) => {
            let verb = if broken.len() == 1 { "is" } else { "are" };
            format!("{} {verb} broken; {asked} were asked for.", list(&broken, 4))
        }
        (Ruling::Refused, _) => "It was stopped for safety.".to_owned(),
        (Ruling::Interrupted, _) => "It was stopped before its end.".to_owned(),
        (Ruling::InternalError, _) => "sharecheck itself failed.".to_owned(),
        (Ruling::CouldNotTest | Ruling::Undecided | Ruling::Drift, _) => {
            let reason = report.outcome.reasons.first();
            reason.map_or_else(|| "Nothing was asked for.".to_owned(), |it| super::words::sentence(&visible(it)))
        }
    };
    let word = match is_yes(report) {
        Some(true) if rehearsal.phase == Phase::During && !served(rehearsal) => {
            "No, but nothing required is broken."
        }
        Some(true) => "Yes.",
        Some(false) => "No.",
        None => "Cannot be told.",
    };
    (word, why)
}

fn served(rehearsal: &Rehearsal) -> bool {
    let line = rehearsal.timeline.as_ref();
    line.is_none_or(|it| !it.pieces.iter().any(Piece::is_bad))
}

/// In the place of the stage: which versions there are.
pub(super) fn versions(rehearsal: &Rehearsal) -> String {
    let of = |contract: Contract| contract.name();
    match (rehearsal.phase, rehearsal.now) {
        (Phase::Before, _) => format!("The old version keeps contract {}.", of(rehearsal.old)),
        (Phase::Compare, Some(now)) => {
            format!(
                "The old version answers as {}, the new one as {}.",
                of(rehearsal.old),
                of(now)
            )
        }
        (_, Some(now)) => format!(
            "The old version kept contract {}; now fetches are answered as {}.",
            of(rehearsal.old),
            of(now)
        ),
        (_, None) => format!("The old version kept contract {}.", of(rehearsal.old)),
    }
}

/// The timeline in lines: when which version answered, and when something went wrong. What goes on over several pieces is one
/// line.
pub(super) fn lines(line: &Timeline) -> Vec<(bool, String)> {
    let mut told: Vec<(u64, bool, String)> = line
        .turns()
        .into_iter()
        .map(|(at, versions)| {
            let names: Vec<String> = versions.iter().map(|it| visible(it).into_owned()).collect();
            (at, false, format!("{} answers", names.join(" and ")))
        })
        .collect();
    let mut bad: Vec<(u64, u64, Piece)> = Vec::new();
    for piece in line.pieces.iter().filter(|it| it.is_bad()) {
        match bad
            .last_mut()
            .filter(|(_, end, _)| piece.at_s <= end + line.step_s)
        {
            Some((_, end, sum)) => {
                *end = piece.at_s;
                sum.failed += piece.failed;
                sum.late += piece.late;
                sum.gaps += piece.gaps;
                sum.answered += piece.answered;
                sum.slowest_ms = sum.slowest_ms.max(piece.slowest_ms);
            }
            None => bad.push((piece.at_s, piece.at_s, piece.clone())),
        }
    }
    for (from, to, sum) in bad {
        let parts = [
            (sum.failed, "failed"),
            (sum.late, "late"),
            (sum.gaps, "without an acknowledged share"),
        ];
        let parts = parts.into_iter().filter(|(count, _)| *count > 0);
        let parts: Vec<String> = parts
            .map(|(count, what)| format!("{} {what}", number(count)))
            .collect();
        let for_s = to + line.step_s - from;
        let all = sum.answered + sum.failed + sum.late + sum.gaps;
        told.push((
            from,
            true,
            format!(
                "for {for_s} s: {} of {}, the slowest {}",
                parts.join(", "),
                many(all, "request"),
                seconds(sum.slowest_ms)
            ),
        ));
    }
    told.sort_by_key(|(at, bad, _)| (*at, *bad));
    let more = told.len().saturating_sub(MOST_LINES);
    let mut lines: Vec<(bool, String)> = told
        .into_iter()
        .take(MOST_LINES)
        .map(|(at, bad, text)| (bad, format!("{at:>5} s  {text}")))
        .collect();
    if more > 0 {
        lines.push((
            false,
            format!(
                "and {} more; the JSON report has each second",
                many(more, "line")
            ),
        ));
    }
    lines
}

/// What all requests came to, in a line.
pub(super) fn sum(line: &Timeline) -> String {
    let of = |what: fn(&Piece) -> usize| -> usize { line.pieces.iter().map(what).sum() };
    let (answered, failed, late, gaps) = (
        of(|it| it.answered),
        of(|it| it.failed),
        of(|it| it.late),
        of(|it| it.gaps),
    );
    let slowest = line
        .pieces
        .iter()
        .map(|it| it.slowest_ms)
        .max()
        .unwrap_or(0);
    format!(
        "{} while the new version came: {} served, {} failed, {} late, {} without an acknowledged share; the slowest took {}",
        many(answered + failed + late + gaps, "request"),
        number(answered),
        number(failed),
        number(late),
        number(gaps),
        seconds(slowest)
    )
}

impl Page {
    /// The timeline.
    pub(super) fn timeline(&mut self, report: &Report) {
        let line = report
            .rehearsal
            .as_ref()
            .and_then(|it| it.timeline.as_ref());
        let Some(line) = line.filter(|it| !it.pieces.is_empty()) else {
            return;
        };
        self.gap();
        self.bullet(Ink::Strong, "timeline", &sum(line));
        for (bad, text) in lines(line) {
            self.paint(if bad { Ink::Bad } else { Ink::Plain }, &text);
            self.end();
        }
        self.gap();
    }

    /// What there is to know besides: a rehearsal's facts are told without asking.
    pub(super) fn rehearsed_facts(&mut self, report: &Report) {
        if report.rehearsal.is_some() {
            for fact in &report.facts {
                self.bullet(Ink::Faint, "fact", &visible(fact));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn the_timeline_tells_turns_and_what_went_wrong_together() {
        let mut line = Timeline::default();
        for second in 0..10 {
            let version = if second < 5 { "v5" } else { "v6" };
            line.add(
                second,
                Piece {
                    answered: 1,
                    versions: BTreeMap::from([(version.to_owned(), 1)]),
                    ..Piece::default()
                },
            );
        }
        for second in [4, 5] {
            line.add(
                second,
                Piece {
                    failed: 2,
                    slowest_ms: 900,
                    ..Piece::default()
                },
            );
        }
        let told: Vec<String> = lines(&line).into_iter().map(|(_, text)| text).collect();
        assert_eq!(
            told,
            [
                "    0 s  v5 answers",
                "    4 s  for 2 s: 4 failed of 6 requests, the slowest 0.9 s",
                "    5 s  v6 answers",
            ]
        );
        assert!(
            sum(&line).starts_with("14 requests while the new version came: 10 served, 4 failed")
        );
    }
}
