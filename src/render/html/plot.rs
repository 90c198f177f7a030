//! How long answers took, as bars over a logarithmic scale that ends behind the contract's deadline. Places are
//! percentages of the width, so that the plot fits any window and its words keep their size.

use crate::contract::DEADLINE_MS;
use crate::exchange::Webhook;
use crate::model::report::{Latency, Report};
use crate::render::words::{many, number};
use serde::Serialize;

/// The scale's lower end: a tenth of a millisecond.
const FIRST_MS: f64 = 0.1;
/// How many powers of ten the scale covers.
const DECADES: usize = 6;
/// How many bars there are for each power of ten.
const BARS: usize = 6;

/// The latency of one webhook.
#[derive(Serialize)]
pub(super) struct Plot {
    name: &'static str,
    /// The same as words.
    summary: String,
    bars: Vec<Bar>,
    ticks: Vec<Tick>,
    deadline: f64,
    /// The median and the 99th percentile, if anything was answered.
    marks: Vec<Tick>,
    answered: String,
    unanswered: String,
    figures: Vec<String>,
}

/// Some answers that took about as long. All sizes are percentages.
#[derive(Serialize)]
struct Bar {
    at: f64,
    width: f64,
    height: f64,
    top: f64,
    title: String,
}

/// A place on the scale, and its name.
#[derive(Serialize)]
struct Tick {
    at: f64,
    name: String,
}

impl Plot {
    /// Stores and fetches.
    pub(super) fn both(report: &Report) -> [Self; 2] {
        [
            Self::of(report, Webhook::Backup, &report.latency.store),
            Self::of(report, Webhook::Fetch, &report.latency.fetch),
        ]
    }

    fn of(report: &Report, webhook: Webhook, latency: &Latency) -> Self {
        let all = report.cases.iter().flat_map(|case| &case.exchanges);
        let mut counts = [0_usize; DECADES * BARS];
        let (mut answered, mut unanswered) = (0, 0);
        for exchange in all.filter(|it| it.sent.webhook == webhook) {
            if exchange.outcome.is_err() {
                unanswered += 1;
                continue;
            }
            answered += 1;
            counts[bar(exchange.elapsed_us())] += 1;
        }
        let name = match webhook {
            Webhook::Backup => "Stores",
            Webhook::Fetch => "Fetches",
            Webhook::UserStore => "User stores",
            Webhook::UserFetch => "User fetches",
        };
        let figures = [
            latency.p50_ms,
            latency.p95_ms,
            latency.p99_ms,
            latency.max_ms,
        ]
        .map(duration);
        let summary = if answered == 0 {
            format!("{name}: none was answered")
        } else {
            format!(
                "{name}: {} answered; half within {}, 99 in 100 within {}, the slowest after {}; the deadline is 10 s",
                number(answered),
                figures[0],
                figures[2],
                figures[3]
            )
        };
        let marks = [("p50", latency.p50_ms), ("p99", latency.p99_ms)];
        Self {
            name,
            summary,
            bars: bars(&counts),
            ticks: ticks(),
            #[expect(clippy::cast_precision_loss, reason = "ten thousand")]
            deadline: place(DEADLINE_MS as f64),
            marks: marks
                .into_iter()
                .filter(|_| answered > 0)
                .map(|(name, ms)| Tick {
                    at: place(ms),
                    name: format!("{name} {}", duration(ms)),
                })
                .collect(),
            answered: number(answered),
            unanswered: number(unanswered),
            figures: figures
                .into_iter()
                .map(|it| if answered == 0 { "–".to_owned() } else { it })
                .collect(),
        }
    }
}

/// The bar that a time belongs to.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a percentage of a few dozen bars"
)]
fn bar(us: u64) -> usize {
    let all = DECADES * BARS;
    let at = place(us as f64 / 1000.0) / 100.0 * all as f64;
    (at as usize).min(all - 1)
}

/// How far along the scale a time in milliseconds stands, in percent.
#[expect(clippy::cast_precision_loss, reason = "a handful of decades")]
fn place(ms: f64) -> f64 {
    rounded(((ms.max(FIRST_MS) / FIRST_MS).log10() / DECADES as f64 * 100.0).min(100.0))
}

fn rounded(percent: f64) -> f64 {
    (percent * 100.0).round() / 100.0
}

#[expect(clippy::cast_precision_loss, reason = "counts of requests")]
fn bars(counts: &[usize]) -> Vec<Bar> {
    let most = counts.iter().copied().max().unwrap_or_default().max(1);
    let width = 100.0 / counts.len() as f64;
    let start = |index: usize| FIRST_MS * 10_f64.powf(index as f64 / BARS as f64);
    counts
        .iter()
        .enumerate()
        .filter(|(_, count)| **count > 0)
        .map(|(index, &count)| {
            // A single answer among thousands must stay visible.
            let height = (count as f64 / most as f64 * 100.0).max(3.0);
            Bar {
                at: rounded(index as f64 * width),
                width: rounded(width - 0.25),
                height: rounded(height),
                top: rounded(100.0 - height),
                title: format!(
                    "{} took {} to {}",
                    many(count, "request"),
                    duration(start(index)),
                    duration(start(index + 1))
                ),
            }
        })
        .collect()
}

fn ticks() -> Vec<Tick> {
    [1.0, 10.0, 100.0, 1000.0]
        .into_iter()
        .map(|ms| Tick {
            at: place(ms),
            name: duration(ms),
        })
        .collect()
}

/// Milliseconds as people say them, to two digits or so.
fn duration(ms: f64) -> String {
    if ms >= 1000.0 {
        let text = format!("{:.1}", ms / 1000.0);
        format!("{} s", text.trim_end_matches(".0"))
    } else if ms >= 10.0 {
        format!("{ms:.0} ms")
    } else {
        let text = format!("{ms:.1}");
        format!("{} ms", text.trim_end_matches(".0"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_stands_where_its_logarithm_puts_it() {
        let places = [0.0, 0.1, 1.0, 10_000.0, 1e9].map(|ms| place(ms).to_string());
        assert_eq!(places, ["0", "0", "16.67", "83.33", "100"]);
        assert_eq!([0, 100, 1000, u64::MAX].map(bar), [0, 0, 6, 35]);
    }

    #[test]
    fn times_read_well() {
        assert_eq!(
            [0.25, 1.0, 9.96, 12.4, 1000.0, 1250.0].map(duration),
            ["0.2 ms", "1 ms", "10 ms", "12 ms", "1 s", "1.2 s"]
        );
    }
}
