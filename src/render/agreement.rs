//! All forms agree on every count, whatever the report.

use super::any::reports;
use super::broken::broken;
use super::rules::{Element, keeps, xml};
use super::shown::{Shown, shown, tally};
use super::{Format, Style, render, sample, unpacked};
use crate::model::finding::{Standing, Status};
use crate::model::report::Report;
use proptest::prelude::*;
use serde_json::Value;

/// The report in this form.
pub(super) fn text(format: Format, report: &Report) -> String {
    render(format, report, &Style::default())
}

/// The same, parsed.
pub(super) fn json(format: Format, report: &Report) -> Value {
    serde_json::from_str(&text(format, report)).unwrap()
}

/// How many cases count as what, read back from each form.
fn agree(report: &Report) {
    let cases = tally(report);
    let read: Report = serde_json::from_value(json(Format::Json, report)).unwrap();
    assert_eq!(tally(&read), cases);
    for status in Status::ALL {
        let counted = read
            .cases
            .iter()
            .filter(|case| case.status == status)
            .count();
        assert_eq!(counted, read.counts.cases_with(status));
    }

    junit_agrees(report);
    ctrf_agrees(report);
    tap_agrees(report);
    html_agrees(report);
    of_requirements(report);

    let failed_checks = report.counts.checks.get(&Status::Failed);
    let failed_checks = failed_checks.copied().unwrap_or(0);
    let sarif = json(Format::Sarif, report);
    assert_eq!(
        sarif["runs"][0]["results"].as_array().unwrap().len(),
        failed_checks
    );
    assert_eq!(
        json(Format::Gitlab, report).as_array().unwrap().len(),
        failed_checks
    );

    let har = json(Format::Har, report);
    let exchanges: usize = report.cases.iter().map(|case| case.exchanges.len()).sum();
    assert_eq!(har["log"]["entries"].as_array().unwrap().len(), exchanges);
    assert_eq!(
        har["log"]["pages"].as_array().unwrap().len(),
        report.cases.len()
    );
}

/// How many cases count as one of these.
fn counted(report: &Report, kinds: &[Shown]) -> usize {
    let cases = tally(report);
    kinds.iter().map(|kind| cases[kind]).sum()
}

fn junit_agrees(report: &Report) {
    let written = text(Format::Junit, report);
    let junit = xml(&written);
    keeps(&junit);
    let suites: Vec<&Element> = junit.named("testsuite").collect();
    let [requirements, cases] = suites[..] else {
        panic!("two suites");
    };
    let of_requirements: Vec<Shown> = report
        .requirements
        .iter()
        .map(|it| {
            let broken = broken(report).into_iter().find(|other| other.id == it.id);
            Shown::of(it.status, broken.map(|it| it.standing))
        })
        .collect();
    let of_cases: Vec<Shown> = report
        .cases
        .iter()
        .map(|it| Shown::of(it.status, it.checks[0].standing))
        .collect();
    let mut total = [0; 2];
    for (suite, kinds) in [(requirements, of_requirements), (cases, of_cases)] {
        let tests: Vec<&Element> = suite.named("testcase").collect();
        assert_eq!(
            (suite.number("tests"), tests.len()),
            (kinds.len(), kinds.len())
        );
        for (attribute, element, of) in [
            ("failures", "failure", &[Shown::Failed][..]),
            ("errors", "error", &[Shown::Errored]),
            ("skipped", "skipped", &[Shown::Skipped, Shown::Undecided]),
        ] {
            let expected = kinds.iter().filter(|it| of.contains(it)).count();
            let all = tests.iter().filter(|it| it.named(element).count() == 1);
            let told = (suite.number(attribute), all.count());
            assert_eq!(told, (expected, expected), "{attribute}");
        }
        total[0] += suite.number("failures");
        total[1] += suite.number("errors");
    }
    assert_eq!([junit.number("failures"), junit.number("errors")], total);
    // What is wrong is told once: with the requirement.
    let (_, of_cases) = written.split_once("<testsuite name=\"cases\"").unwrap();
    assert!(!of_cases.contains("\n  mend: "));
}

fn ctrf_agrees(report: &Report) {
    let of = |kinds: &[Shown]| counted(report, kinds);
    let ctrf = json(Format::Ctrf, report);
    let ctrf_tests = ctrf["results"]["tests"].as_array().unwrap();
    let by_own = |status: Status| {
        let own = report.cases.iter().filter(|it| it.status == status);
        own.filter(|it| shown(it) != Shown::Failed).count()
    };
    for (status, expected) in [
        ("passed", by_own(Status::Passed) + by_own(Status::Failed)),
        ("failed", of(&[Shown::Failed])),
        ("skipped", by_own(Status::Skipped)),
        ("other", by_own(Status::Undecided) + by_own(Status::Errored)),
        ("pending", 0),
    ] {
        assert_eq!(ctrf["results"]["summary"][status], expected, "{status}");
        let found = ctrf_tests
            .iter()
            .filter(|it| it["status"] == status)
            .count();
        assert_eq!(found, expected, "{status}");
    }
    for kind in Shown::ALL {
        assert_eq!(
            ctrf["results"]["summary"]["extra"][kind.name()],
            of(&[kind])
        );
    }
}

fn tap_agrees(report: &Report) {
    let cases = tally(report);
    let of = |kinds: &[Shown]| counted(report, kinds);
    let tap = text(Format::Tap, report);
    let points = |start: &str, with: &str| {
        tap.lines()
            .filter(|line| line.starts_with(start) && line.contains(with))
            .count()
    };
    assert!(tap.contains(&format!("\n1..{}", report.cases.len())));
    let by_own = |status: Status| {
        let own = report.cases.iter().filter(|it| it.status == status);
        own.count()
    };
    assert_eq!(
        points("not ok ", ""),
        of(&[Shown::Failed]) + by_own(Status::Errored)
    );
    assert_eq!(
        points("ok ", " # SKIP undecided: "),
        by_own(Status::Undecided)
    );
    assert_eq!(
        points("ok ", " # SKIP "),
        by_own(Status::Undecided) + by_own(Status::Skipped)
    );
    assert_eq!(points("  status: tripped", ""), cases[&Shown::Tripped]);
    assert_eq!(points("  status: errored", ""), cases[&Shown::Errored]);
    assert_eq!(points("  status: warned", ""), cases[&Shown::Warned]);
}

fn html_agrees(report: &Report) {
    let page = text(Format::Html, report);
    let html = unpacked(&page);
    let with = |markup: &str| html.matches(markup).count();
    let requirements = |kind: Shown| {
        with(&format!(
            "<details class=\"requirement\" data-status=\"{}\"",
            kind.name()
        ))
    };
    for (kind, cases) in tally(report) {
        let name = kind.name();
        assert_eq!(
            with(&format!("<details class=\"case\" data-status=\"{name}\"")),
            cases,
            "{name}"
        );
        let button = html
            .split(&format!("<button type=\"button\" data-status=\"{name}\""))
            .nth(1);
        let count = button.and_then(|it| it.split("\"count\">").nth(1)?.split('<').next());
        assert_eq!(count, Some(cases.to_string().as_str()), "{name}");
    }
    for (status, kinds) in [
        (Status::Passed, &[Shown::Passed][..]),
        (Status::Failed, &[Shown::Failed, Shown::Warned]),
        (Status::Undecided, &[Shown::Undecided]),
        (Status::Skipped, &[Shown::Skipped]),
        (Status::Errored, &[Shown::Errored]),
    ] {
        let found: usize = kinds.iter().map(|kind| requirements(*kind)).sum();
        assert_eq!(
            found,
            report.counts.requirements_with(status),
            "{}",
            status.name()
        );
    }
    let exchanges: usize = report.cases.iter().map(|case| case.exchanges.len()).sum();
    // A row stands for one exchange, or for as many as it says. Besides them the two webhooks have a row each, with their
    // percentiles; what is a link are requirements by method.
    let folded = html.split("data-count=\"").skip(1).map(|it| {
        let (count, _) = it.split_once('"').unwrap();
        count.parse::<usize>().unwrap() - 1
    });
    let folded: usize = folded.sum();
    let rows = with("<th scope=\"row\">") - with("<th scope=\"row\"><a");
    let acts: usize = report.cases.iter().map(|case| case.acts.len()).sum();
    assert_eq!(with("<tr class=\"act\">"), acts);
    let beside = acts + with("<tr class=\"method\">");
    assert_eq!(rows + folded, exchanges + 2 + beside);
}

/// How many requirements are broken, read back from the forms that group by them.
fn of_requirements(report: &Report) {
    let all = broken(report);
    assert_eq!(all.len(), report.counts.requirements_with(Status::Failed));
    let with = |standing| all.iter().filter(|it| it.standing == standing).count();
    let markdown = text(Format::Markdown, report);
    let html = text(Format::Html, report);
    for (word, standing) in [
        ("broken", Standing::Counted),
        ("known failure", Standing::Known),
        ("warning", Standing::Warning),
        ("note", Standing::Note),
    ] {
        let cards = html.matches(&format!(" class=\"card {word}\">")).count();
        assert_eq!(cards, with(standing), "{word}");
    }
    let lines =
        |text: &str, start: &str| text.lines().filter(|line| line.starts_with(start)).count();
    assert_eq!(lines(&markdown, "<details><summary><code>"), all.len());
    assert_eq!(
        json(Format::Sarif, report)["runs"][0]["tool"]["driver"]["rules"]
            .as_array()
            .unwrap()
            .len(),
        all.len()
    );

    let verbose = Style {
        verbose: 1,
        ..Style::default()
    };
    let terminal = render(Format::Terminal, report, &verbose);
    for (word, standing) in [
        ("broken ", Standing::Counted),
        ("known ", Standing::Known),
        ("warning ", Standing::Warning),
        ("note ", Standing::Note),
    ] {
        assert_eq!(lines(&terminal, word), with(standing), "{word}");
    }
    for kind in Shown::ALL {
        let found = lines(&terminal, &format!("{:<9} case-", kind.name()));
        let expected = report
            .cases
            .iter()
            .filter(|case| shown(case) == kind && case.id.starts_with("case-"))
            .count();
        assert_eq!(found, expected, "{}", kind.name());
    }
    let github = text(Format::Github, report);
    if super::happened::happened(report).is_empty() {
        assert_eq!(lines(&github, "::error "), with(Standing::Counted).min(10));
        let warnings = with(Standing::Known) + with(Standing::Warning);
        assert_eq!(lines(&github, "::warning "), warnings.min(10));
    }
}

#[test]
fn every_form_of_the_sample_tells_the_same_counts() {
    sample::all().iter().for_each(agree);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_form_of_any_report_tells_the_same_counts(report in reports()) {
        agree(&report);
    }
}
