//! How long the forms take.

use super::{Format, Style, render, sample};
use crate::model::report::Report;
use std::time::{Duration, Instant};

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

#[test]
fn the_time_grows_no_faster_than_the_report() {
    let time = |format: Format, report: &Report| {
        let times = (0..2).map(|_| {
            let start = Instant::now();
            assert!(!render(format, report, &Style::default()).is_empty());
            start.elapsed()
        });
        times.min().unwrap()
    };
    let (small, large) = (of_size(1000), of_size(10_000));
    for format in Format::ALL {
        let (small, large) = (time(format, &small), time(format, &large));
        // Ten times the cases; the rest is room for a busy machine. A square would be a hundred.
        assert!(
            large < small * 40 + Duration::from_millis(200),
            "{format}: {small:?}, then {large:?}"
        );
    }
}
