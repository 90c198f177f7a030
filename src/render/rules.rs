//! Each form keeps the rules of its format.

use super::agreement::{json, text};
use super::{Format, sample};
use quick_xml::events::{BytesStart, Event};
use rstest::rstest;
use std::collections::BTreeMap;

#[rstest]
#[case(Format::Ctrf, include_str!("../../tests/schemas/ctrf.json"))]
#[case(Format::Ctrf, include_str!("../../tests/schemas/published/ctrf.json"))]
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
        may: &["name", "tests", "failures", "errors", "disabled", "time"],
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
        children: &["skipped", "error", "failure", "system-out", "system-err"],
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

/// An element of XML.
#[derive(Default)]
pub(super) struct Element {
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

    /// A number in an attribute.
    pub(super) fn number(&self, attribute: &str) -> usize {
        self.attributes[attribute].parse().unwrap()
    }

    /// The elements of this name within it.
    pub(super) fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |it| it.name == name)
    }
}

/// Reads XML, and panics where it is not well-formed or holds a character that XML does not know.
pub(super) fn xml(text: &str) -> Element {
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

/// Panics where a JUnit file breaks the rules.
pub(super) fn keeps(element: &Element) {
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
