//! What the page says, in the order in which it says it.

use super::case::{Case, by_kind};
use super::plot::Plot;
use crate::model::finding::{Standing, Status};
use crate::model::report::{Report, RequirementResult, Ruling, Stage};
use crate::model::requirement::Level;
use crate::render::broken::{Broken, broken};
use crate::render::causes::of_requirements;
use crate::render::curl::{quoted, repeat};
use crate::render::happened::happened;
use crate::render::shown::{Shown, tally};
use crate::render::visible::visible;
use crate::render::words::{QUESTION, answer, last_line, many, number, seconds, sentence, stage};
use serde::Serialize;
use std::borrow::Cow;
use std::collections::HashMap;

/// So many ids are told in one place.
const MOST_IDS: usize = 6;

/// A text of others, harmless to show.
pub(super) type Text<'a> = Cow<'a, str>;

/// All of the page.
#[derive(Serialize)]
pub(super) struct View<'a> {
    question: &'static str,
    answer: &'static str,
    /// `yes`, `no` or `open`.
    tone: &'static str,
    why: String,
    stage: String,
    stages: Vec<Rung>,
    last_line: String,
    happened: Vec<Paragraph>,
    about: About<'a>,
    broken: Vec<Card<'a>>,
    tolerated: Vec<Card<'a>>,
    causes: Vec<Reason<'a>>,
    filters: Vec<Filter>,
    levels: [&'static str; 3],
    sections: Vec<Section<'a>>,
    groups: Vec<Group<'a>>,
    plots: [Plot; 2],
    commands: Vec<Command>,
    facts: Vec<Text<'a>>,
    notices: Vec<Text<'a>>,
}

/// A stage, and whether the custodian stands there.
#[derive(Serialize)]
struct Rung {
    name: &'static str,
    here: bool,
}

/// A paragraph, or a command to copy.
#[derive(Serialize)]
struct Paragraph {
    text: String,
    is_command: bool,
}

/// How the report was made.
#[derive(Serialize)]
struct About<'a> {
    target: Text<'a>,
    contract: &'static str,
    started_at: String,
    took: String,
    requests: String,
    cases: String,
    jobs: usize,
    seed: u64,
    run: Text<'a>,
    version: Text<'a>,
    suite: Text<'a>,
}

/// A broken requirement.
#[derive(Serialize)]
struct Card<'a> {
    id: Text<'a>,
    level: &'static str,
    standing: &'static str,
    message: String,
    expected: Option<Text<'a>>,
    came: Option<Text<'a>>,
    consequence: Text<'a>,
    fix: Text<'a>,
    cases: Links<'a>,
    repeat: Vec<String>,
}

/// Why requirements have no answer.
#[derive(Serialize)]
struct Reason<'a> {
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

/// A case, and the place of its entry on the page.
#[derive(Serialize)]
struct Link<'a> {
    id: Text<'a>,
    case: usize,
}

/// A status that cases can be filtered by.
#[derive(Serialize)]
struct Filter {
    sign: Sign,
    cases: usize,
}

/// A part of the contract.
#[derive(Serialize)]
struct Section<'a> {
    name: Text<'a>,
    passed: usize,
    /// The statuses of its requirements in words.
    summary: String,
    requirements: Vec<Requirement<'a>>,
}

/// A requirement and what became of it.
#[derive(Serialize)]
struct Requirement<'a> {
    place: usize,
    id: Text<'a>,
    level: &'static str,
    sign: Sign,
    statement: Text<'a>,
    consequence: Text<'a>,
    fix: Text<'a>,
    source: Text<'a>,
    cases: Links<'a>,
}

/// Cases that count as the same.
#[derive(Serialize)]
struct Group<'a> {
    sign: Sign,
    cases: Vec<Case<'a>>,
}

/// A command line, and what it is for.
#[derive(Serialize)]
struct Command {
    purpose: &'static str,
    line: String,
}

/// A status as a word and as a mark, so that nobody needs its colour.
#[derive(Clone, Copy, Serialize)]
pub(super) struct Sign {
    name: &'static str,
    mark: &'static str,
}

impl Sign {
    pub(super) fn of(kind: Shown) -> Self {
        let mark = match kind {
            Shown::Passed => "✓",
            Shown::Warned => "!",
            Shown::Failed => "✕",
            Shown::Undecided => "?",
            Shown::Skipped => "–",
            Shown::Errored => "⊘",
        };
        Self {
            name: kind.name(),
            mark,
        }
    }
}

/// The weightiest first: in this order cases stand on the page.
const ORDER: [Shown; 6] = [
    Shown::Failed,
    Shown::Errored,
    Shown::Undecided,
    Shown::Warned,
    Shown::Passed,
    Shown::Skipped,
];

impl<'a> View<'a> {
    pub(super) fn of(report: &'a Report) -> Self {
        let all = broken(report);
        let places = Places::of(report);
        let (word, why) = answer(report);
        let standings: HashMap<&str, Standing> =
            all.iter().map(|it| (it.id, it.standing)).collect();
        let (counted, mild): (Vec<_>, Vec<_>) =
            all.iter().partition(|it| it.standing == Standing::Counted);
        let cards = |some: Vec<&Broken<'a>>| {
            some.into_iter()
                .map(|it| card(report, it, &places))
                .collect()
        };
        Self {
            question: QUESTION,
            answer: word,
            tone: tone(report),
            why,
            stage: stage(report),
            stages: stages(report),
            last_line: last_line(report, &all),
            happened: paragraphs(report),
            about: about(report),
            broken: cards(counted),
            tolerated: cards(mild),
            causes: causes(report),
            filters: filters(report),
            levels: [Level::Required, Level::Recommended, Level::Informational].map(Level::name),
            sections: sections(report, &standings, &places),
            groups: groups(report),
            plots: Plot::both(report),
            commands: commands(report),
            facts: report.facts.iter().map(|it| visible(it)).collect(),
            notices: report.notices.iter().map(|it| visible(it)).collect(),
        }
    }
}

/// Where cases stand in the report, by their ids.
struct Places<'a>(HashMap<&'a str, usize>);

impl<'a> Places<'a> {
    fn of(report: &'a Report) -> Self {
        let all = report.cases.iter().enumerate();
        Self(all.map(|(place, case)| (case.id.as_str(), place)).collect())
    }

    fn links<'b>(&self, ids: impl Iterator<Item = &'b str> + Clone) -> Links<'b> {
        let count = ids.clone().count();
        let first: Vec<Link<'b>> = ids
            .take(MOST_IDS)
            .filter_map(|id| {
                let case = *self.0.get(id)?;
                Some(Link {
                    id: visible(id),
                    case,
                })
            })
            .collect();
        Links {
            count: many(count, "case"),
            more: count - first.len(),
            first,
        }
    }
}

fn tone(report: &Report) -> &'static str {
    match report.outcome.multi_backup_safe {
        Some(true) => "yes",
        Some(false) => "no",
        None => "open",
    }
}

fn stages(report: &Report) -> Vec<Rung> {
    [
        Stage::None,
        Stage::V5,
        Stage::V6WriteOnly,
        Stage::V6BreaksV5,
        Stage::V6Partial,
        Stage::V6,
    ]
    .map(|stage| Rung {
        name: stage.name(),
        here: report.outcome.stage == Some(stage),
    })
    .into()
}

fn paragraphs(report: &Report) -> Vec<Paragraph> {
    happened(report)
        .into_iter()
        .map(|text| match text.strip_prefix("$ ") {
            Some(command) => Paragraph {
                text: command.to_owned(),
                is_command: true,
            },
            None => Paragraph {
                text,
                is_command: false,
            },
        })
        .collect()
}

fn about(report: &Report) -> About<'_> {
    let run = &report.run;
    About {
        target: visible(&run.target),
        contract: run.contract.name(),
        started_at: moment(&run.started_at),
        took: seconds(run.duration_ms),
        requests: number(run.requests),
        cases: number(report.cases.len()),
        jobs: run.jobs,
        seed: run.seed,
        run: visible(&run.id),
        version: visible(&report.tool.version),
        suite: visible(&report.tool.suite),
    }
}

/// An instant of RFC 3339 in UTC, to the second, as people read it.
fn moment(instant: &str) -> String {
    let text = instant.trim_end_matches('Z').replace('T', " ");
    let second = text.split('.').next().unwrap_or_default();
    format!("{} UTC", visible(second))
}

fn card<'a>(report: &'a Report, it: &Broken<'a>, places: &Places<'_>) -> Card<'a> {
    let best = it.best();
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
        message: sentence(&visible(&best.check.message)),
        expected: best.check.expected.as_deref().map(visible),
        came: best.check.observed.as_deref().map(visible),
        consequence: of(|it| &it.consequence),
        fix: of(|it| &it.fix),
        cases: places.links(it.sightings.iter().map(|it| it.case.id.as_str())),
        repeat: best
            .check
            .exchange
            .map_or_else(Vec::new, |index| repeat(report, best.case, index)),
    }
}

fn causes(report: &Report) -> Vec<Reason<'_>> {
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
                message: sentence(&visible(it.message)),
                what: many(it.ids.len(), "requirement"),
                more: it.ids.len().saturating_sub(MOST_IDS),
                ids: it.ids.into_iter().take(MOST_IDS).map(visible).collect(),
            })
    })
    .collect()
}

fn filters(report: &Report) -> Vec<Filter> {
    let cases = tally(report);
    let filter = |kind| Filter {
        sign: Sign::of(kind),
        cases: cases.get(&kind).copied().unwrap_or_default(),
    };
    ORDER.map(filter).into()
}

fn sections<'a>(
    report: &'a Report,
    standings: &HashMap<&str, Standing>,
    places: &Places<'_>,
) -> Vec<Section<'a>> {
    let mut all: Vec<Section<'a>> = Vec::new();
    let mut index: HashMap<&str, usize> = HashMap::new();
    for (place, it) in report.requirements.iter().enumerate() {
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
            place,
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
        let name = kind.name();
        match requirements
            .iter()
            .filter(|it| it.sign.name == name)
            .count()
        {
            0 => None,
            count => Some(format!("{count} {name}")),
        }
    });
    parts.collect::<Vec<_>>().join(", ")
}

fn groups(report: &Report) -> Vec<Group<'_>> {
    let mut cases = by_kind(report);
    ORDER
        .map(|kind| Group {
            sign: Sign::of(kind),
            cases: cases.remove(&kind).unwrap_or_default(),
        })
        .into_iter()
        .filter(|group| !group.cases.is_empty())
        .collect()
}

/// The commands that do this again: all of it, and what did not pass.
fn commands(report: &Report) -> Vec<Command> {
    let run = &report.run;
    let contract = match run.contract {
        crate::contract::Contract::V5 => " --contract v5",
        crate::contract::Contract::V6 => "",
    };
    let all = format!(
        "sharecheck run --url {}{contract} --seed {}",
        quoted(&run.target),
        run.seed
    );
    let ids: Vec<String> = report
        .requirements
        .iter()
        .filter(|it| it.status == Status::Failed)
        .map(|it| quoted(&it.id))
        .collect();
    let mut commands = vec![Command {
        purpose: "The whole run",
        line: all.clone(),
    }];
    if !ids.is_empty() && report.outcome.verdict != Ruling::CouldNotTest {
        commands.push(Command {
            purpose: "Only what was seen to be broken",
            line: format!("{all} {}", ids.join(" ")),
        });
        commands.push(Command {
            purpose: "What a requirement asks, and how to keep it",
            line: format!("sharecheck explain {}", ids[0]),
        });
    }
    commands
}
