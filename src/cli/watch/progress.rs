//! How far a run is, on standard error: a bar on a terminal, now and then a line anywhere else.

use crate::cli::warn;
use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use sharecheck::exchange::Exchange;
use sharecheck::model::log::Began;
use sharecheck::model::requirement::Requirement;
use sharecheck::model::residue::Residue;
use sharecheck::model::transcript::Transcript;
use sharecheck::pipeline::Observer;
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Shows how far a run is.
#[derive(Debug)]
pub(crate) struct Progress(Mutex<Course>);

#[derive(Debug)]
struct Course {
    bar: Option<ProgressBar>,
    began: Instant,
    pace: Pace,
    count: Count,
    /// The requirements of which it was told that they are broken.
    told: HashSet<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    cases: usize,
    all_cases: usize,
    requests: usize,
    all_requests: usize,
    /// Cases that were run once more, alone.
    again: usize,
    /// Clients that were fetched once more, at the end.
    closing: usize,
}

impl Progress {
    /// A bar if `terminal`, lines otherwise.
    pub(crate) fn new(terminal: bool) -> Self {
        let bar = terminal.then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
            let style = ProgressStyle::with_template("{bar:24} {msg}{left}");
            let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
            bar.set_style(style.with_key("left", left));
            bar
        });
        Self(Mutex::new(Course {
            bar,
            began: Instant::now(),
            pace: Pace::default(),
            count: Count::default(),
            told: HashSet::new(),
        }))
    }

    fn step(&self, change: impl FnOnce(&mut Count)) {
        let mut course = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut course.count);
        let count = course.count;
        if let Some(bar) = &course.bar {
            bar.set_message(words(&count));
            bar.set_position(u64::try_from(count.requests).unwrap_or(u64::MAX));
        } else {
            let passed = course.began.elapsed();
            if course.pace.is_due(passed, &count) {
                let time = humantime::format_duration(Duration::from_secs(passed.as_secs()));
                warn(&format!("{}, {time}", words(&count)));
            }
        }
    }
}

/// What is left of the time, once the beginning, in which few requests run at once, no longer misleads.
fn left(state: &ProgressState, out: &mut dyn std::fmt::Write) {
    if state.fraction() >= 0.05 {
        let _ = write!(out, ", {:#} left", HumanDuration(state.eta()));
    }
}

fn words(count: &Count) -> String {
    let Count {
        cases,
        all_cases,
        requests,
        all_requests,
        again,
        closing,
    } = count;
    let mut parts = vec![
        format!("{cases}/{all_cases} cases"),
        format!("{requests}/{all_requests} requests"),
    ];
    if *again > 0 {
        parts.push(format!("{again} looked at again alone"));
    }
    if *closing > 0 {
        parts.push(format!("{closing} clients fetched once more"));
    }
    parts.join(", ")
}

/// When the next line is due: not in the first seconds, and then every tenth of the way or every half minute,
/// never more often than every five seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Pace {
    last: Duration,
    requests: usize,
}

impl Pace {
    fn is_due(&mut self, passed: Duration, count: &Count) -> bool {
        let since = passed.saturating_sub(self.last);
        let tenth = count.all_requests.div_ceil(10);
        let far = count.requests.saturating_sub(self.requests) >= tenth;
        let due = since >= Duration::from_secs(30) || since >= Duration::from_secs(5) && far;
        if due {
            *self = Self {
                last: passed,
                requests: count.requests,
            };
        }
        due
    }
}

impl Observer for Progress {
    fn began(&self, began: &Began) {
        let mut course = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        course.count.all_cases = began.trials.len();
        course.count.all_requests = began.requests;
        course.began = Instant::now();
        if let Some(bar) = &course.bar {
            bar.set_length(u64::try_from(began.requests).unwrap_or(u64::MAX));
            bar.set_message(words(&course.count));
            bar.enable_steady_tick(Duration::from_millis(200));
        }
    }
    fn exchange(&self, _: &str, _: &Exchange) {
        self.step(|count| count.requests += 1);
    }
    fn trial(&self, transcript: &Transcript) {
        self.step(|count| {
            if transcript.attempt == 1 {
                count.cases += 1;
            } else {
                count.again += 1;
            }
        });
    }
    fn shown(&self, case: &str, requirement: &Requirement) {
        let mut course = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Requirement { id, breach, .. } = requirement;
        if course.told.insert(id.clone()) {
            let line = format!("seen: {breach} ({id}, in {case})");
            match &course.bar {
                Some(bar) => bar.suspend(|| warn(&line)),
                None => warn(&line),
            }
        }
    }
    fn closing(&self, _: &str, _: usize, _: &Exchange) {
        self.step(|count| count.closing += 1);
    }
    fn left(&self, _: &Residue, _: &[String]) {
        let course = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bar) = &course.bar {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(requests: usize) -> Count {
        Count {
            cases: 1,
            all_cases: 20,
            requests,
            all_requests: 200,
            again: 0,
            closing: 0,
        }
    }

    #[test]
    fn a_line_comes_at_a_sane_pace() {
        let mut pace = Pace::default();
        let seconds = Duration::from_secs;
        assert!(!pace.is_due(seconds(4), &at(190)), "too early");
        assert!(pace.is_due(seconds(5), &at(20)), "five seconds and a tenth");
        assert!(!pace.is_due(seconds(9), &at(150)), "not five seconds later");
        assert!(!pace.is_due(seconds(20), &at(39)), "not a tenth further");
        assert!(pace.is_due(seconds(35), &at(21)), "half a minute");
        assert!(
            pace.is_due(seconds(65), &at(21)),
            "a run that stands still says so"
        );
    }

    #[test]
    fn a_line_says_how_far() {
        assert_eq!(words(&at(30)), "1/20 cases, 30/200 requests");
    }
}
