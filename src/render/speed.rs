//! How long the forms take.

use super::{Format, Style, render, sample};
use crate::model::report::Report;
use std::time::{Duration, Instant};

/// In an optimized build ten thousand cases take less than a second in each form. A debug build is many times slower, and the
/// tests beside this one want the processor too: so there a second becomes thirty.
const MOST: Duration = if cfg!(debug_assertions) {
    Duration::from_secs(30)
} else {
    Duration::from_secs(1)
};

/// The sample's cases, as often as it takes.
fn of_size(cases: usize) -> Report {
    let like = sample::report();
    let mut report = like.clone();
    report.cases = (0..cases)
        .map(|number| {
            let mut case = like.cases[number % like.cases.len()].clone();
            case.id = format!("{}-{number}", case.id);
            case
        })
        .collect();
    report
}

/// The shortest of some tries: what else the machine does can only add to it.
fn time(format: Format, report: &Report) -> Duration {
    let times = (0..2).map(|_| {
        let start = Instant::now();
        assert!(!render(format, report, &Style::default()).is_empty());
        start.elapsed()
    });
    times.min().unwrap()
}

#[test]
fn ten_thousand_cases_are_quick_and_take_ten_times_as_long_as_a_thousand() {
    let (small, large) = (of_size(1000), of_size(10_000));
    for format in Format::ALL {
        let (few, many) = (time(format, &small), time(format, &large));
        println!("{format}: 1,000 cases in {few:?}, 10,000 in {many:?}");
        assert!(many < MOST, "{format}: {many:?}");
        // Ten times the cases; the rest is room for a busy machine. A square would be a hundred.
        assert!(
            many < few * 40 + MOST / 50,
            "{format}: {few:?}, then {many:?}"
        );
    }
}
