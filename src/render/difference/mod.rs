//! What differs between two reports, in each form: what the runs come to first, then each requirement in a line, then what
//! the contract leaves free. A file for each form; the page for a browser is among those of `html`.

mod markdown;
mod terminal;

use super::Style;
use super::lead::{Lead, Stand};
use super::visible::{self, visible};
use super::words::{list, many};
use crate::model::difference::{Change, Compared, Difference, Fact};
use crate::model::finding::Status;
use schemars::generate::SchemaSettings;
use serde_json::Value;
use std::collections::BTreeSet;

/// How many ids are listed in one place.
const MOST_IDS: usize = 2;

/// The JSON Schema of a difference, draft 2020-12.
pub fn difference_schema() -> Value {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<Difference>()
        .to_value()
}

/// In what form a difference is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DifferenceFormat {
    /// For people at a terminal.
    Terminal,
    /// The difference itself; its JSON Schema is `schemas/difference.json`.
    Json,
    /// In GitHub's Markdown, for a pull request.
    Markdown,
    /// A page for a browser.
    Html,
}

/// The difference in this form; the style is that of a terminal.
pub fn difference(format: DifferenceFormat, difference: &Difference, style: &Style) -> String {
    match format {
        DifferenceFormat::Terminal => terminal::render(difference, style),
        DifferenceFormat::Json => visible::json(difference),
        DifferenceFormat::Markdown => markdown::render(difference),
        DifferenceFormat::Html => super::html::difference(difference),
    }
}

/// What the two runs come to.
pub(super) fn lead(difference: &Difference) -> Lead {
    let (was, is) = (Stand::from(&difference.a), Stand::from(&difference.b));
    Lead::of(&was, &is, "as before")
}

/// What became of a requirement, in words.
pub(super) fn turn(it: &Compared) -> String {
    let (was, is) = (it.was.status, it.is.status);
    let because = because(it);
    if let (Some(_), Some(behind)) = (&it.behind, &because) {
        return format!("{} {behind}", is.name());
    }
    let turn = if was == is {
        format!("{} as before, otherwise", is.name())
    } else {
        format!("{} → {}", was.name(), is.name())
    };
    match because {
        Some(code) => format!("{turn} ({code})"),
        None => turn,
    }
}

/// What the status of a requirement rests on: what is broken before it, or the one code of its cases.
pub(super) fn because(it: &Compared) -> Option<String> {
    if let Some(behind) = &it.behind {
        return Some(format!("behind {}", visible(behind)));
    }
    let alike = it.cases.iter().filter(|case| {
        Some(case.change) == it.change
            && case.is.status == Status::Failed
            && it.is.status == Status::Failed
    });
    let codes: BTreeSet<&str> = alike.filter_map(|case| case.is.code.as_deref()).collect();
    // Of several codes no one is what is wrong with it.
    let code = codes.first().filter(|_| codes.len() == 1);
    code.map(|code| visible(code).into_owned())
}

/// In how many cases, if in any.
pub(super) fn cases(it: &Compared) -> String {
    match it.count() {
        0 => String::new(),
        count => many(count, "case"),
    }
}

/// What is said of a fact beside what it was and is.
pub(super) fn beside(fact: &Fact) -> String {
    let noted: Vec<&str> = fact.noted.iter().map(String::as_str).collect();
    let parts = [
        (fact.cases > 0).then(|| many(fact.cases, "case")),
        (!noted.is_empty()).then(|| format!("noted by {}", list(&noted, MOST_IDS))),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join(", ")
}

/// What else there is to say, a line each: latencies, cases that only one has, why only a part can be compared.
pub(super) fn rest(difference: &Difference) -> Vec<String> {
    let slowed = difference.latencies.iter();
    let slowed = slowed.map(|it| format!("{}: {} → {}", it.what, it.was, it.is));
    let sides = [
        (&difference.only_in_a, &difference.a),
        (&difference.only_in_b, &difference.b),
    ];
    let only = sides
        .into_iter()
        .filter(|(cases, _)| !cases.is_empty())
        .map(|(cases, side)| {
            format!(
                "{} only in {}",
                many(cases.len(), "case"),
                visible(&side.name)
            )
        });
    let notes = difference.notes.iter().cloned();
    slowed.chain(only).chain(notes).collect()
}

/// The verdict, and how many requirements are worse, better and different.
pub(super) fn verdict(difference: &Difference) -> String {
    let counts = [Change::Worse, Change::Better, Change::Different].map(|change| {
        let alike = difference.changed().filter(|(it, _)| *it == change);
        let count = alike.count();
        (count > 0).then(|| format!("{} {}", many(count, "requirement"), change.name()))
    });
    let mut counts: Vec<String> = counts.into_iter().flatten().collect();
    if counts.is_empty() {
        counts.push("no requirement differs".to_owned());
    }
    let others = difference.facts.len() + difference.latencies.len();
    if others > 0 {
        counts.push(many(others, "other difference"));
    }
    let word = if difference.worse {
        "worse"
    } else {
        "nothing worse"
    };
    format!(
        "{word}: {} · exit {}",
        counts.join(", "),
        difference.exit_code
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::finding::Standing;
    use crate::model::report::Report;
    use crate::pipeline::diff::diff;
    use crate::render::sample;
    use crate::render::snapshots::{held, without_looks};
    use crate::render::visible::is_hidden;
    use rstest::rstest;
    use std::path::Path;

    fn of(a: &Report, b: &Report) -> Difference {
        diff(("before.json", a), ("<b>after.json", b)).unwrap()
    }

    /// The large sample, and what it would be if one requirement had been kept.
    fn pair() -> [Report; 2] {
        let later = sample::report();
        let mut earlier = later.clone();
        earlier.outcome.multi_backup_safe = Some(true);
        earlier.outcome.stage = Some(crate::model::report::Stage::V6);
        earlier.diagnosis.clear();
        earlier.causes.clear();
        let of = |id: &str| id == "replace.same-method";
        for it in earlier.requirements.iter_mut().filter(|it| of(&it.id)) {
            it.status = Status::Passed;
        }
        let checks = earlier.cases.iter_mut().flat_map(|case| &mut case.checks);
        for check in checks.filter(|check| of(&check.requirement)) {
            check.status = Status::Passed;
            check.code = None;
            check.standing = None::<Standing>;
        }
        [earlier, later]
    }

    const FORMS: [DifferenceFormat; 4] = [
        DifferenceFormat::Terminal,
        DifferenceFormat::Json,
        DifferenceFormat::Markdown,
        DifferenceFormat::Html,
    ];

    #[test]
    fn each_form_is_as_it_was_approved() {
        let [earlier, later] = pair();
        let found = of(&earlier, &later);
        let style = Style {
            width: 80,
            ..Style::default()
        };
        let text = |form| difference(form, &found, &style);
        held(
            "render.difference.terminal",
            &text(DifferenceFormat::Terminal),
        );
        held(
            "render.difference.markdown",
            &text(DifferenceFormat::Markdown),
        );
        held(
            "render.difference.html",
            &without_looks(text(DifferenceFormat::Html)),
        );
    }

    #[test]
    fn nothing_in_a_report_steers_what_shows_the_difference() {
        let [mut earlier, later] = pair();
        earlier.run.build = Some(sample::HOSTILE.to_owned());
        earlier.run.target = sample::HOSTILE.to_owned();
        let found = of(&earlier, &later);
        for form in FORMS {
            let text = difference(form, &found, &Style::default());
            let hidden = text.chars().filter(|c| *c != '\n' && is_hidden(*c)).count();
            assert_eq!(hidden, 0, "{form:?}");
            assert!(text.ends_with('\n'), "{form:?}");
        }
        // Behind a backslash, or within backticks, it is no tag in Markdown.
        let markdown = difference(DifferenceFormat::Markdown, &found, &Style::default());
        assert!(
            !markdown.replace("\\<", "").contains("<script>"),
            "{markdown}"
        );
        let html = difference(DifferenceFormat::Html, &found, &Style::default());
        assert!(
            !html.contains("<b>after") && !html.contains("<script>"),
            "{html}"
        );
    }

    #[test]
    fn the_page_has_both_maps_with_the_changed_marks_framed_and_may_do_nothing() {
        let [earlier, later] = pair();
        let found = of(&earlier, &later);
        let page = difference(DifferenceFormat::Html, &found, &Style::default());
        let changed = found.requirements.iter().filter(|it| it.change.is_some());
        assert_eq!(page.matches(" changed\"").count(), 2 * changed.count());
        let marks = page.matches("title=").count();
        assert_eq!(marks, 2 * found.requirements.len());
        assert!(page.contains("script-src &#x27;none&#x27;") && !page.contains("<script"));
        for attribute in [" style=", " onclick", " src=", "href=\"http"] {
            assert!(!page.contains(attribute), "{attribute}");
        }
    }

    #[rstest]
    #[case::the_same(|_: &mut Report| (), true)]
    #[case::another_target(|it: &mut Report| it.run.target.push('2'), false)]
    #[case::other_jobs(|it: &mut Report| it.run.jobs += 1, false)]
    #[case::more_requests(|it: &mut Report| it.run.requests += 1, false)]
    #[case::a_selection(|it: &mut Report| it.run.whole = false, false)]
    #[case::the_reference(|it: &mut Report| it.run.reference = Some(Vec::new()), false)]
    fn latencies_are_told_of_runs_that_sent_the_same_to_the_same(
        #[case] change: fn(&mut Report),
        #[case] told: bool,
    ) {
        let mut earlier = sample::report();
        earlier.run.whole = true;
        let mut later = earlier.clone();
        later.latency.store.p95_ms = earlier.latency.store.p95_ms * 10.0 + 1000.0;
        change(&mut later);
        let text = difference(
            DifferenceFormat::Terminal,
            &of(&earlier, &later),
            &Style::default(),
        );
        assert_eq!(text.contains("store p95"), told, "{text}");
    }

    #[test]
    fn the_published_schema_is_that_of_the_types() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/difference.json");
        let text = visible::json(&difference_schema());
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let held = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            held == text,
            "schemas/difference.json is out of date: run the tests with UPDATE_SCHEMAS=1"
        );
    }
}
