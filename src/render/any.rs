//! Any report: all statuses in all mixtures, and texts that are hard to write in some format.

use super::sample;
use crate::model::finding::{Check, Evidence, Standing, Status};
use crate::model::report::{CaseResult, Outcome, Report, Ruling};
use crate::model::requirement::Level;
use proptest::prelude::*;

/// Texts that are hard to write in some format.
fn texts() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(vec![
        "\n",
        "\r\n",
        "\u{1b}[2J",
        "\u{202e}",
        "]]>",
        "<",
        "&",
        "\"",
        "'",
        "|",
        "`",
        "```",
        "#",
        "\\",
        "::error::",
        "%0A",
        "</details>",
        "<details>",
        "ok 1",
        "\n<details>",
        "broken ",
        "\u{0}",
        "\u{fffe}",
        "‹secret›",
        ", ",
        " - ",
    ]);
    prop::collection::vec(
        prop_oneof![odd.prop_map(str::to_owned), "[a-z ]{0,6}"],
        0..5,
    )
    .prop_map(|parts| parts.concat())
}

fn checks() -> impl Strategy<Value = Check> {
    let status = prop::sample::select(Status::ALL.to_vec());
    (0..15_usize, status, any::<bool>(), texts(), texts()).prop_map(
        |(number, status, accepted, message, seen)| {
            let level = [Level::Required, Level::Recommended, Level::Informational][number % 3];
            let section = ["store", "fetch", "replace", "v5"][number % 4];
            let standing = match level {
                _ if accepted => Standing::Known,
                Level::Required => Standing::Counted,
                Level::Recommended => Standing::Warning,
                Level::Informational => Standing::Note,
            };
            Check {
                standing: (status == Status::Failed).then_some(standing),
                observed: (status == Status::Failed).then_some(seen),
                subject: None,
                evidence: Some(Evidence::Exchange(0)),
                ..sample::bare(
                    &format!("{section}.r{number}"),
                    level,
                    status,
                    Some("code"),
                    &message,
                )
            }
        },
    )
}

/// A report.
pub(super) fn reports() -> impl Strategy<Value = Report> {
    let case = (prop::collection::vec(checks(), 1..4), texts());
    let verdicts = prop::sample::select(vec![
        (Ruling::DoesNotConform, 1),
        (Ruling::Conforms, 0),
        (Ruling::Undecided, 4),
    ]);
    (prop::collection::vec(case, 0..12), verdicts, texts()).prop_map(
        |(cases, (verdict, exit_code), reason)| {
            let cases: Vec<CaseResult> = cases
                .into_iter()
                .enumerate()
                .map(|(number, (checks, title))| {
                    sample::case(&format!("case-{number}"), &title, checks)
                })
                .collect();
            let outcome = Outcome {
                verdict,
                exit_code,
                stage: None,
                multi_backup_safe: None,
                reasons: vec![reason],
            };
            sample::of(cases, outcome)
        },
    )
}
