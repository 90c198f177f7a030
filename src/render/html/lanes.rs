//! What ran at once in a case, drawn: a lane is a row, a request a bar. Places along the time are percentages of the width, so
//! that the drawing fits any window.

use crate::exchange::Exchange;
use crate::model::report::CaseResult;
use crate::render::lanes::{Round, Sight};
use crate::render::words::{many, seconds};
use serde::Serialize;

/// So many rounds are drawn of a case.
const MOST_ROUNDS: usize = 3;
/// How high a lane is, in pixels.
const LANE: usize = 7;

/// A round.
#[derive(Serialize)]
pub(super) struct Lanes {
    caption: String,
    height: usize,
    bars: Vec<Bar>,
}

/// A request.
#[derive(Serialize)]
struct Bar {
    /// In percent.
    at: f64,
    /// In percent.
    width: f64,
    /// In pixels.
    top: usize,
    height: usize,
    class: &'static str,
    shows: bool,
    title: String,
}

/// The rounds of a case; none where nothing ran at once.
pub(super) fn lanes(case: &CaseResult, shows: Option<&Exchange>) -> Vec<Lanes> {
    let rounds = Round::all(case, shows);
    let all = rounds.len();
    let drawn = rounds.iter().enumerate().take(MOST_ROUNDS);
    drawn
        .map(|(number, round)| of(number, all, round))
        .collect()
}

/// The first round of a case in which what is wrong can be seen; none where it shows only later.
pub(super) fn telling(case: &CaseResult, shows: Option<&Exchange>) -> Option<Lanes> {
    let rounds = Round::all(case, shows);
    let all = rounds.len();
    let mut drawn = rounds.iter().enumerate();
    let (number, round) = drawn.find(|(_, round)| round.bars().any(|it| it.shows))?;
    Some(of(number, all, round))
}

fn of(number: usize, all: usize, round: &Round<'_>) -> Lanes {
    let took = round.took_us;
    let wrong = round.bars().filter(|it| it.sight == Sight::Wrong).count();
    let wrong = match wrong {
        0 => String::new(),
        some => format!(", {} wrong", many(some, "request")),
    };
    let bars = round.lanes.iter().enumerate().flat_map(|(lane, bars)| {
        bars.iter().map(move |it| {
            let answer = match it.exchange.reply() {
                Some(reply) => reply.status.to_string(),
                None => "no answer".to_owned(),
            };
            let found = it.exchange.reply().map_or(0, |it| it.reading.found.len());
            Bar {
                at: percent(it.from_us, took),
                width: percent(it.exchange.elapsed_us(), took).max(0.3),
                top: lane * LANE + 6,
                height: LANE - 2,
                class: match it.sight {
                    Sight::Stored => "stored",
                    Sight::Whole => "whole",
                    Sight::Wrong => "wrong",
                    Sight::Open => "open",
                },
                shows: it.shows,
                title: match it.sight {
                    Sight::Stored => format!("store: {answer}"),
                    Sight::Whole | Sight::Wrong | Sight::Open => {
                        format!("{answer}, {}", many(found, "share"))
                    }
                },
            }
        })
    });
    Lanes {
        caption: format!(
            "Round {} of {all}: {} at once in {}{wrong}",
            number + 1,
            many(round.bars().count(), "request"),
            seconds(took / 1000)
        ),
        height: round.lanes.len() * LANE + 8,
        bars: bars.collect(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of a few seconds")]
fn percent(us: u64, of: u64) -> f64 {
    (us as f64 / of as f64 * 10_000.0).round() / 100.0
}
