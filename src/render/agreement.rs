//! What holds of all forms: they keep the rules of their format, agree on every count, whatever the report,
//! and take time in proportion to its size.

use super::broken::broken;
use super::shown::{Shown, shown, tally};
use super::{Format, Style, render, sample};
use crate::model::finding::{Check, Standing, Status};
use crate::model::report::{CaseResult, Outcome, Report, Ruling};
use crate::model::requirement::Level;
use proptest::prelude::*;
use quick_xml::events::{BytesStart, Event};
use rstest::rstest;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

fn text(format: Format, report: &Report) -> String {
    render(format, report, &Style::default())
}

fn json(format: Format, report: &Report) -> Value {
    serde_json::from_str(&text(format, report)).unwrap()
}

#[rstest]
#[case(Format::Ctrf, include_str!("../../tests/schemas/ctrf.json"))]
#[case(Format::Sarif, include_str!("../../tests/schemas/sarif.json"))]
#[case(Format::Gitlab, include_str!("../../tests/schemas/gitlab.json"))]
#[case(Format::Har, include_str!("../../tests/schemas/har.json"))]
fn a_form_keeps_the_rules_of_its_format(#[case] format: Format, #[case] schema: &str) {
    let schema = jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap();
    for report in sample::all() {
        let value = json(format, &report);
        let errors: Vec<String> = schema
            .iter_errors(&value)
            .map(|error| format!("{error} at {}", error.instance_path()))
            .collect();
        assert_eq!(errors, Vec::<String>::new());
    }
}

/// An element of a JUnit file: its name, the attributes that it must and may have, and what it may hold, in
/// the order in which that must stand. From the schemas that Ant, Jenkins and GitLab read by.
struct Rule {
    element: &'static str,
    must: &'static [&'static str],
    may: &'static [&'static str],
    children: &'static [&'static str],
}

const JUNIT: [Rule; 9] = [
    Rule {
        element: "testsuites",
        must: &[],
        may: &[
            "name", "tests", "skipped", "failures", "errors", "disabled", "time",
        ],
        children: &["testsuite"],
    },
    Rule {
        element: "testsuite",
        must: &["name", "tests"],
        may: &[
            "skipped",
            "failures",
            "errors",
            "disabled",
            "time",
            "timestamp",
            "hostname",
            "id",
            "package",
        ],
        children: &["properties", "testcase", "system-out", "system-err"],
    },
    Rule {
        element: "properties",
        must: &[],
        may: &[],
        children: &["property"],
    },
    Rule {
        element: "property",
        must: &["name", "value"],
        may: &[],
        children: &[],
    },
    Rule {
        element: "testcase",
        must: &["name", "classname", "time"],
        may: &["assertions", "status", "file"],
        children: &[
            "properties",
            "skipped",
            "error",
            "failure",
            "system-out",
            "system-err",
        ],
    },
    Rule {
        element: "skipped",
        must: &[],
        may: &["message", "type"],
        children: &[],
    },
    Rule {
        element: "error",
        must: &[],
        may: &["message", "type"],
        children: &[],
    },
    Rule {
        element: "failure",
        must: &[],
        may: &["message", "type"],
        children: &[],
    },
    Rule {
        element: "system-out",
        must: &[],
        may: &[],
        children: &[],
    },
];

#[derive(Default)]
struct Element {
    name: String,
    attributes: BTreeMap<String, String>,
    children: Vec<Element>,
}

impl Element {
    fn of(start: &BytesStart<'_>) -> Self {
        let attributes = start.attributes().map(|it| {
            let it = it.unwrap();
            let name = String::from_utf8(it.key.as_ref().to_vec()).unwrap();
            (name, String::from_utf8(it.value.to_vec()).unwrap())
        });
        Self {
            name: String::from_utf8(start.name().as_ref().to_vec()).unwrap(),
            attributes: attributes.collect(),
            children: Vec::new(),
        }
    }

    fn number(&self, attribute: &str) -> usize {
        self.attributes[attribute].parse().unwrap()
    }

    fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |it| it.name == name)
    }
}

/// Reads XML, and panics where it is not well-formed or holds a character that XML does not know.
fn xml(text: &str) -> Element {
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    assert!(text.chars().all(allowed));
    let mut reader = quick_xml::Reader::from_str(text);
    reader.config_mut().enable_all_checks(true);
    let mut open = vec![Element::default()];
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => open.push(Element::of(&start)),
            Event::Empty(start) => open.last_mut().unwrap().children.push(Element::of(&start)),
            Event::End(_) => {
                let done = open.pop().unwrap();
                open.last_mut().unwrap().children.push(done);
            }
            Event::CData(_) | Event::Comment(_) | Event::PI(_) | Event::DocType(_) => {
                panic!("unasked for")
            }
            Event::Text(_) | Event::GeneralRef(_) | Event::Decl(_) => {}
            Event::Eof => break,
        }
    }
    assert_eq!((open.len(), open[0].children.len()), (1, 1));
    open.remove(0).children.remove(0)
}

fn keeps(element: &Element) {
    let rule = JUNIT
        .iter()
        .find(|rule| rule.element == element.name)
        .unwrap_or_else(|| panic!("<{}> is unknown", element.name));
    for must in rule.must {
        assert!(
            element.attributes.contains_key(*must),
            "<{}> without {must}",
            element.name
        );
    }
    for name in element.attributes.keys() {
        let known = rule.must.iter().chain(rule.may).any(|it| it == name);
        assert!(known, "<{}> with {name}", element.name);
    }
    let places: Vec<usize> = element
        .children
        .iter()
        .map(|child| {
            let place = rule.children.iter().position(|it| *it == child.name);
            place.unwrap_or_else(|| panic!("<{}> in <{}>", child.name, element.name))
        })
        .collect();
    assert!(places.is_sorted(), "the order in <{}>", element.name);
    element.children.iter().for_each(keeps);
}

#[test]
fn junit_keeps_the_rules_of_those_who_read_it() {
    for report in sample::all() {
        keeps(&xml(&text(Format::Junit, &report)));
    }
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
    let of = |kinds: &[Shown]| counted(report, kinds);
    let junit = xml(&text(Format::Junit, report));
    keeps(&junit);
    let tests: Vec<&Element> = junit
        .named("testsuite")
        .flat_map(|it| it.named("testcase"))
        .collect();
    for (attribute, element, expected) in [
        ("failures", "failure", of(&[Shown::Failed])),
        ("errors", "error", of(&[Shown::Errored])),
        (
            "skipped",
            "skipped",
            of(&[Shown::Skipped, Shown::Undecided]),
        ),
    ] {
        let found = tests
            .iter()
            .filter(|it| it.named(element).count() == 1)
            .count();
        let told: usize = junit
            .named("testsuite")
            .map(|it| it.number(attribute))
            .sum();
        assert_eq!(
            (junit.number(attribute), told, found),
            (expected, expected, expected),
            "{attribute}"
        );
    }
    assert_eq!(
        (junit.number("tests"), tests.len()),
        (report.cases.len(), report.cases.len())
    );
}

fn ctrf_agrees(report: &Report) {
    let of = |kinds: &[Shown]| counted(report, kinds);
    let ctrf = json(Format::Ctrf, report);
    let ctrf_tests = ctrf["results"]["tests"].as_array().unwrap();
    for (status, expected) in [
        ("passed", of(&[Shown::Passed, Shown::Warned])),
        ("failed", of(&[Shown::Failed])),
        ("skipped", of(&[Shown::Skipped])),
        ("other", of(&[Shown::Undecided, Shown::Errored])),
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
    assert_eq!(points("not ok ", ""), of(&[Shown::Failed, Shown::Errored]));
    assert_eq!(
        points("ok ", " # SKIP undecided: "),
        cases[&Shown::Undecided]
    );
    assert_eq!(
        points("ok ", " # SKIP "),
        of(&[Shown::Undecided, Shown::Skipped])
    );
    assert_eq!(points("  status: errored", ""), cases[&Shown::Errored]);
    assert_eq!(points("  status: warned", ""), cases[&Shown::Warned]);
}

fn html_agrees(report: &Report) {
    let html = text(Format::Html, report);
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
    // Besides the exchanges, the two webhooks have a row each, with their percentiles.
    assert_eq!(with("<th scope=\"row\">"), exchanges + 2);
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
        let cards = html
            .matches(&format!("<article class=\"card {word}\">"))
            .count();
        assert_eq!(cards, with(standing), "{word}");
    }
    let lines =
        |text: &str, start: &str| text.lines().filter(|line| line.starts_with(start)).count();
    assert_eq!(lines(&markdown, "<details>"), all.len());
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

/// Texts with what formats stumble over.
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
                exchange: Some(0),
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

fn reports() -> impl Strategy<Value = Report> {
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_form_of_any_report_tells_the_same_counts(report in reports()) {
        agree(&report);
    }
}

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
            assert!(!text(format, report).is_empty());
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
