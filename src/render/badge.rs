//! A badge of a run's result, as the endpoint of shields.io reads it: JSON, schema version 1.

use super::statement::Tally;
use super::visible;
use super::words::{missed, number};
use crate::model::report::{Report, Ruling};
use serde_json::json;

/// The badge, ended by a newline. It never says of a part of the contract that it is kept, nor of a contract
/// that is broken in a way that a team has accepted.
pub fn badge(report: &Report) -> String {
    let (message, color) = words(report);
    let tested = match report.outcome.verdict {
        Ruling::Conforms | Ruling::DoesNotConform | Ruling::Undecided | Ruling::Drift => true,
        Ruling::CouldNotTest | Ruling::Refused | Ruling::InternalError | Ruling::Interrupted => {
            false
        }
    };
    visible::json(&json!({
        "schemaVersion": 1,
        "label": "portal backup",
        "message": format!("{}{message}", report.run.contract.name()),
        "color": color,
        "isError": !tested,
    }))
}

/// What stands behind the contract's name, and the colour.
fn words(report: &Report) -> (String, &'static str) {
    let broken = Tally::of(report).failed.len();
    if broken > 0 {
        return (format!(": {} broken", number(broken)), "red");
    }
    let word = format!(" {}", report.outcome.verdict.words());
    match report.outcome.verdict {
        Ruling::Conforms | Ruling::Drift if !report.run.whole => {
            (" tested in part".to_owned(), "lightgrey")
        }
        Ruling::Conforms if !missed(report).is_empty() => {
            (format!("{word}, as far as it was looked at"), "green")
        }
        Ruling::Conforms if report.wallets.is_some() => {
            (format!("{word}, both halves"), "brightgreen")
        }
        Ruling::Conforms => (word, "brightgreen"),
        Ruling::Drift => (word, "yellow"),
        Ruling::DoesNotConform => (word, "red"),
        Ruling::CouldNotTest
        | Ruling::Undecided
        | Ruling::Refused
        | Ruling::InternalError
        | Ruling::Interrupted => (word, "lightgrey"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::finding::Status;
    use crate::model::wallets::Wallets;
    use crate::render::sample;
    use rstest::rstest;
    use serde_json::Value;

    #[rstest]
    #[case(
        Ruling::Conforms,
        0,
        true,
        "v6 conforms, as far as it was looked at",
        "green"
    )]
    #[case(Ruling::Conforms, 0, false, "v6 tested in part", "lightgrey")]
    #[case(Ruling::Conforms, 1, true, "v6: 1 broken", "red")]
    #[case(Ruling::DoesNotConform, 2, true, "v6: 2 broken", "red")]
    #[case(Ruling::DoesNotConform, 2, false, "v6: 2 broken", "red")]
    #[case(Ruling::Undecided, 0, true, "v6 undecided", "lightgrey")]
    #[case(Ruling::CouldNotTest, 0, true, "v6 could not test", "lightgrey")]
    #[case(Ruling::Drift, 0, true, "v6 drift", "yellow")]
    fn a_badge_promises_nothing_that_was_not_seen(
        #[case] verdict: Ruling,
        #[case] broken: usize,
        #[case] whole: bool,
        #[case] message: &str,
        #[case] color: &str,
    ) {
        let mut report = sample::report();
        report.outcome.verdict = verdict;
        report.run.whole = whole;
        let mut left = broken;
        report.requirements.retain_mut(|it| {
            let fails = it.status == Status::Failed && left > 0;
            left -= usize::from(fails);
            fails || it.status != Status::Failed
        });
        let shown: Value = serde_json::from_str(&badge(&report)).unwrap();
        assert_eq!(shown["message"], message);
        assert_eq!(shown["color"], color);
        assert_eq!(shown["isError"], verdict == Ruling::CouldNotTest);
    }

    #[test]
    fn where_all_was_looked_at_it_says_no_more() {
        let mut report = sample::report();
        report.outcome.verdict = Ruling::Conforms;
        report.run.whole = true;
        report.requirements.retain(|it| it.status == Status::Passed);
        report.wallets = None;
        let shown: Value = serde_json::from_str(&badge(&report)).unwrap();
        assert_eq!(shown["message"], "v6 conforms");
        assert_eq!(shown["color"], "brightgreen");
        report.wallets = Some(Wallets::default());
        let shown: Value = serde_json::from_str(&badge(&report)).unwrap();
        assert_eq!(shown["message"], "v6 conforms, both halves");
    }
}
