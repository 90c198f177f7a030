//! The sample in every form, as a snapshot; and a test that no hostile text in it controls the program that shows it.

use super::visible::is_hidden;
use super::{Format, Style, render, sample, unpacked};
use crate::model::report::Report;

pub(super) fn held(name: &str, text: &str) {
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path("../../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

fn without_exchanges(mut report: Report) -> Report {
    for case in &mut report.cases {
        case.exchanges.truncate(1);
    }
    report
}

#[test]
fn each_form_is_as_it_was_approved() {
    for format in Format::ALL {
        let mut text = render(format, &sample::report(), &Style::default());
        if format == Format::Html {
            text = without_looks(unpacked(&text).into_owned());
        }
        held(&format!("render.{format}"), &text);
    }
}

/// A page without its style and script, which change often and are looked at otherwise.
pub(super) fn without_looks(mut text: String) -> String {
    for (from, to) in [
        ("<style>", "</style>"),
        ("<script>", "</script>"),
        ("sha256-", "&#x27;"),
    ] {
        let mut at = 0;
        while let Some(start) = text[at..].find(from).map(|it| at + it + from.len()) {
            let end = start + text[start..].find(to).unwrap_or_default();
            text.replace_range(start..end, "…");
            at = start;
        }
    }
    text
}

#[test]
fn each_verdict_says_what_to_do() {
    let all: Vec<String> = sample::all()
        .into_iter()
        .skip(1)
        .map(|report| render(Format::Terminal, &report, &Style::default()))
        .collect();
    held("render.terminal.verdicts", &all.join("\n=====\n\n"));
}

#[test]
fn quiet_and_verbose_tell_less_and_more() {
    let report = without_exchanges(sample::report());
    let quiet = Style {
        quiet: true,
        ..Style::default()
    };
    held(
        "render.terminal.quiet",
        &render(Format::Terminal, &report, &quiet),
    );
    let verbose = Style {
        verbose: 2,
        width: 80,
        ..Style::default()
    };
    held(
        "render.terminal.verbose",
        &render(Format::Terminal, &report, &verbose),
    );
}

#[test]
fn colour_is_there_when_asked_for_and_otherwise_not() {
    let report = sample::all().remove(1);
    let plain = render(Format::Terminal, &report, &Style::default());
    let coloured = render(
        Format::Terminal,
        &report,
        &Style {
            colour: true,
            ..Style::default()
        },
    );
    assert!(!plain.contains('\u{1b}'));
    assert!(
        coloured.contains("\u{1b}[1m\u{1b}[32mconforms"),
        "{coloured:?}"
    );
    assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
}

#[test]
fn nothing_in_a_report_steers_what_shows_it() {
    for (format, verbose) in Format::ALL.into_iter().flat_map(|it| [(it, 0), (it, 2)]) {
        let style = Style {
            verbose,
            ..Style::default()
        };
        let text = render(format, &sample::report(), &style);
        let text = unpacked(&text);
        let raw: Vec<char> = text
            .chars()
            .filter(|c| *c != '\n' && is_hidden(*c))
            .collect();
        assert!(raw.is_empty(), "{format}: {raw:?}");
        assert!(text.ends_with('\n'), "{format}");
    }
}

#[test]
fn no_line_of_others_becomes_a_command() {
    let github = render(Format::Github, &sample::report(), &Style::default());
    let kinds = ["::error ", "::warning ", "::notice "];
    let ours = |line: &str| {
        let rest = kinds.iter().find_map(|kind| line.strip_prefix(kind));
        rest.is_some_and(|rest| rest.starts_with("title=") || rest.starts_with("file=prisma/"))
    };
    assert!(github.lines().all(ours), "{github}");
    let tap = render(Format::Tap, &sample::report(), &Style::default());
    assert!(
        !tap.lines().any(|line| line.starts_with("ok 1 - fake")),
        "{tap}"
    );
}

#[test]
fn github_gets_no_more_than_it_shows() {
    let like = sample::report();
    let mut report = like.clone();
    for number in 0..40 {
        for kind in ["input.malformed", "endpoint.json"] {
            let of = |check: &&crate::model::finding::Check| check.requirement == kind;
            let case = like
                .cases
                .iter()
                .find(|case| case.checks.iter().any(|it| of(&it)))
                .unwrap();
            let mut case = case.clone();
            case.checks[0].requirement = format!("{kind}-{number}");
            report.cases.push(case);
        }
    }
    let text = render(Format::Github, &report, &Style::default());
    let count = |start: &str| text.lines().filter(|line| line.starts_with(start)).count();
    assert_eq!(
        (count("::error"), count("::warning"), count("::notice")),
        (10, 10, 1)
    );
    assert!(text.contains("Besides these: "));
}

#[test]
fn a_page_of_markdown_stays_below_what_github_takes() {
    let like = sample::report();
    let mut report = like.clone();
    for number in 0..1500 {
        let mut case = like.cases[3].clone();
        case.checks[0].requirement = format!("input.malformed-{number}");
        report.cases.push(case);
    }
    let text = render(Format::Markdown, &report, &Style::default());
    assert!(
        text.len() <= 1 << 20 && text.contains("Cut here"),
        "{}",
        text.len()
    );
    let whole = |line: &str| text.lines().filter(|it| it.starts_with(line)).count();
    assert_eq!(whole("<details>"), whole("</details>"));
}
