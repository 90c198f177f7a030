//! The requirements on the page: those that are broken, those without an answer, and all of them by section.

use super::lanes::{Lanes, telling};
use super::sign::{ORDER, Sign, Text};
use super::story::{Steps, steps};
use crate::model::finding::{Standing, Status};
use crate::model::report::{Report, RequirementResult};
use crate::render::broken::Broken;
use crate::render::causes::of_requirements;
use crate::render::methods::extent;
use crate::render::repeat::repeat;
use crate::render::shown::Shown;
use crate::render::story::Story;
use crate::render::visible::visible;
use crate::render::words::{accepted, headline, many, sentence};
use serde::Serialize;
use std::collections::{HashMap, HashSet};

/// How many ids are listed in one place.
const MOST_IDS: usize = 12;

/// A broken requirement.
#[derive(Serialize)]
pub(super) struct Card<'a> {
    id: Text<'a>,
    level: &'static str,
    standing: &'static str,
    headline: String,
    message: String,
    extent: Option<String>,
    steps: Steps<'a>,
    expected: Option<Text<'a>>,
    came: Option<Text<'a>>,
    at: Option<String>,
    /// What lists the rows meant.
    rows: Option<Text<'a>>,
    /// By whom it is accepted for now, and why, if it is.
    accepted: Option<String>,
    consequence: Text<'a>,
    fix: Text<'a>,
    cases: Links<'a>,
    lanes: Vec<Lanes>,
    repeat: Vec<String>,
}

/// Why requirements have no answer.
#[derive(Serialize)]
pub(super) struct Reason<'a> {
    sign: Sign,
    message: String,
    what: String,
    ids: Vec<Text<'a>>,
    more: usize,
}

/// The first few of some cases.
#[derive(Serialize)]
struct Links<'a> {
    count: String,
    first: Vec<Link<'a>>,
    more: usize,
}

/// A case, and the anchor of its entry on the page.
#[derive(Serialize)]
pub(super) struct Link<'a> {
    id: Text<'a>,
    anchor: String,
}

/// A part of the contract.
#[derive(Serialize)]
pub(super) struct Section<'a> {
    name: Text<'a>,
    passed: usize,
    /// The statuses of its requirements in words.
    summary: String,
    requirements: Vec<Requirement<'a>>,
}

/// A requirement and what became of it.
#[derive(Serialize)]
struct Requirement<'a> {
    id: Text<'a>,
    level: &'static str,
    sign: Sign,
    statement: Text<'a>,
    consequence: Text<'a>,
    fix: Text<'a>,
    source: Text<'a>,
    cases: Links<'a>,
}

/// The anchors of cases: their ids, but where a requirement has the same one.
pub(super) struct Places<'a> {
    cases: HashSet<&'a str>,
    requirements: HashSet<&'a str>,
}

impl<'a> Places<'a> {
    pub(super) fn of(report: &'a Report) -> Self {
        let cases = report.cases.iter().map(|it| it.id.as_str());
        let requirements = report.requirements.iter().map(|it| it.id.as_str());
        Self {
            cases: cases.collect(),
            requirements: requirements.collect(),
        }
    }

    /// The anchor of a case.
    pub(super) fn anchor(&self, id: &str) -> String {
        if self.requirements.contains(id) {
            format!("case:{}", visible(id))
        } else {
            visible(id).into_owned()
        }
    }

    /// A link to a case; none to one that is not in the report.
    pub(super) fn link<'b>(&self, id: &'b str) -> Option<Link<'b>> {
        self.cases.contains(id).then(|| Link {
            id: visible(id),
            anchor: self.anchor(id),
        })
    }

    fn links<'b>(&self, ids: impl Iterator<Item = &'b str> + Clone) -> Links<'b> {
        let count = ids.clone().count();
        let first = ids.take(MOST_IDS).filter_map(|id| self.link(id));
        let first: Vec<Link<'b>> = first.collect();
        Links {
            count: many(count, "case"),
            more: count - first.len(),
            first,
        }
    }
}

pub(super) fn card<'a>(report: &'a Report, it: &Broken<'a>, places: &Places<'_>) -> Card<'a> {
    let best = it.best();
    let story = Story::of(&best);
    let (expected, came) = match &story {
        Some(it) => it.untold(best.check),
        None => (
            best.check.expected.as_deref(),
            best.check.observed.as_deref(),
        ),
    };
    let of = |text: fn(&RequirementResult) -> &str| visible(it.requirement.map_or("", text));
    Card {
        id: visible(it.id),
        level: it.level.name(),
        standing: match it.standing {
            Standing::Counted => "broken",
            Standing::Known => "known failure",
            Standing::Warning => "warning",
            Standing::Note => "note",
        },
        headline: headline(it),
        message: sentence(&visible(&best.check.message)),
        extent: extent(report, it.id),
        expected: expected.map(visible),
        came: came.map(visible),
        steps: steps(story),
        at: best.check.place().map(|it| visible(&it).into_owned()),
        rows: best.check.rows.as_deref().map(visible),
        accepted: accepted(report, &best).map(|by| visible(&by).into_owned()),
        consequence: of(|it| &it.consequence),
        fix: of(|it| &it.fix),
        cases: places.links(it.sightings.iter().map(|it| it.case.id.as_str())),
        lanes: telling(best.case, best.exchange()).into_iter().collect(),
        repeat: best
            .check
            .exchange()
            .map_or_else(Vec::new, |index| repeat(report, best.case, index)),
    }
}

pub(super) fn causes(report: &Report) -> Vec<Reason<'_>> {
    [
        (Status::Errored, Shown::Errored),
        (Status::Undecided, Shown::Undecided),
    ]
    .into_iter()
    .flat_map(|(status, kind)| {
        of_requirements(report, status)
            .into_iter()
            .map(move |it| Reason {
                sign: Sign::of(kind),
                message: sentence(&visible(&it.message)),
                what: many(it.ids.len(), "requirement"),
                more: it.ids.len().saturating_sub(MOST_IDS),
                ids: it.ids.into_iter().take(MOST_IDS).map(visible).collect(),
            })
    })
    .collect()
}

pub(super) fn sections<'a>(
    report: &'a Report,
    standings: &HashMap<&str, Standing>,
    places: &Places<'_>,
) -> Vec<Section<'a>> {
    let mut all: Vec<Section<'a>> = Vec::new();
    let mut index: HashMap<&str, usize> = HashMap::new();
    for it in &report.requirements {
        let name = it.id.split('.').next().unwrap_or_default();
        let at = *index.entry(name).or_insert_with(|| {
            all.push(Section {
                name: visible(name),
                passed: 0,
                summary: String::new(),
                requirements: Vec::new(),
            });
            all.len() - 1
        });
        all[at].passed += usize::from(it.status == Status::Passed);
        let standing = standings.get(it.id.as_str()).copied();
        all[at].requirements.push(Requirement {
            id: visible(&it.id),
            level: it.level.name(),
            sign: Sign::of(Shown::of(it.status, standing)),
            statement: visible(&it.statement),
            consequence: visible(&it.consequence),
            fix: visible(&it.fix),
            source: visible(&it.source),
            cases: places.links(it.cases.iter().map(String::as_str)),
        });
    }
    for section in &mut all {
        section.summary = summary(&section.requirements);
    }
    all
}

/// How many requirements have which status.
fn summary(requirements: &[Requirement<'_>]) -> String {
    let parts = ORDER.iter().filter_map(|kind| {
        let sign = Sign::of(*kind);
        let count = requirements.iter().filter(|it| it.sign == sign).count();
        (count > 0).then(|| format!("{count} {}", kind.name()))
    });
    parts.collect::<Vec<_>>().join(", ")
}
