//! What the page says, in the order in which it says it.

use super::case::{Case, by_kind};
use super::methods::{Methods, Wallets, methods, wallets};
use super::plot::Plot;
use super::requirements::{Card, Places, Reason, Section, card, causes, sections};
use super::sign::{ORDER, Sign, Text};
use super::story::{Proof, proof};
use super::suspect::{Diagnosis, diagnosis};
use super::timeline::{Drawing, drawing};
use crate::model::finding::{Standing, Status};
use crate::model::report::{Report, Ruling, Stage};
use crate::model::requirement::Level;
use crate::render::again::again;
use crate::render::broken::{Broken, broken};
use crate::render::happened::happened;
use crate::render::shell::quoted;
use crate::render::shown::tally;
use crate::render::visible::visible;
use crate::render::wallets::half_told_at_length;
use crate::render::words::{
    answer, headline, held, is_yes, last_line, missed, number, question, seconds, sentence, stage,
};
use serde::Serialize;
use std::collections::HashMap;

/// All of the page.
#[derive(Serialize)]
pub(super) struct View<'a> {
    question: &'static str,
    answer: &'static str,
    /// `yes`, `no` or `open`.
    tone: &'static str,
    /// What is wrong in the first place, if anything is that counts.
    headline: Option<String>,
    why: String,
    proof: Option<Proof<'a>>,
    /// What is required and was not looked at, where nothing is wrong that counts.
    unseen: Vec<Unseen<'a>>,
    stage: String,
    stages: Vec<Rung>,
    last_line: String,
    happened: Vec<Paragraph>,
    /// What each part of the migration comes to, where not only the webhooks were looked at.
    parts: Vec<Part>,
    audited: Vec<Audited<'a>>,
    /// How requests were answered while a new version came.
    timeline: Option<Drawing>,
    about: About<'a>,
    diagnosis: Diagnosis<'a>,
    broken: Vec<Card<'a>>,
    tolerated: Vec<Card<'a>>,
    methods: Option<Methods<'a>>,
    wallets: Option<Wallets<'a>>,
    /// That a Yes speaks of the webhooks only, and how to look at the rest.
    half: Option<&'static str>,
    causes: Vec<Reason<'a>>,
    filters: Vec<Filter>,
    levels: [&'static str; 3],
    sections: Vec<Section<'a>>,
    groups: Vec<Group<'a>>,
    plots: [Plot; 2],
    commands: Vec<Command>,
    facts: Vec<Text<'a>>,
    held: Option<String>,
    notices: Vec<Text<'a>>,
}

/// A stage, and whether the custodian stands there.
#[derive(Serialize)]
struct Rung {
    name: &'static str,
    here: bool,
}

/// A required requirement that was not looked at, and why.
#[derive(Serialize)]
struct Unseen<'a> {
    requirement: Text<'a>,
    statement: Text<'a>,
    why: String,
}

/// A paragraph, or a command to copy.
#[derive(Serialize)]
struct Paragraph {
    text: String,
    is_command: bool,
}

/// A part of the migration.
#[derive(Serialize)]
struct Part {
    /// `yes`, `no` or `open`.
    tone: &'static str,
    line: String,
}

/// What an audit looked at.
#[derive(Serialize)]
struct Audited<'a> {
    target: Text<'a>,
    found: Vec<Text<'a>>,
    missing: Vec<Text<'a>>,
    notes: Vec<Text<'a>>,
}

/// How the report was made.
#[derive(Serialize)]
struct About<'a> {
    target: Text<'a>,
    build: Option<Text<'a>>,
    contract: &'static str,
    started_at: String,
    took: String,
    requests: String,
    cases: String,
    jobs: usize,
    webhooks: bool,
    seed: u64,
    run: Text<'a>,
    version: Text<'a>,
    suite: Text<'a>,
}

/// A status that cases can be filtered by.
#[derive(Serialize)]
struct Filter {
    sign: Sign,
    cases: usize,
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
            question: question(report),
            answer: word,
            tone: tone(report),
            headline: all
                .iter()
                .find(|it| it.standing == Standing::Counted)
                .map(headline),
            why,
            proof: proof(report, &all, &places),
            unseen: unseen(report),
            stage: stage(report),
            stages: stages(report),
            last_line: last_line(report, &all),
            happened: paragraphs(report),
            parts: parts(report),
            audited: audited(report),
            timeline: drawing(report),
            about: about(report),
            diagnosis: diagnosis(report),
            broken: cards(counted),
            tolerated: cards(mild),
            methods: methods(report, &all),
            wallets: wallets(report),
            half: half_told_at_length(report),
            causes: causes(report),
            filters: filters(report),
            levels: [Level::Required, Level::Recommended, Level::Informational].map(Level::name),
            sections: sections(report, &standings, &places),
            groups: groups(report, &places),
            plots: Plot::both(report),
            commands: commands(report),
            facts: report.facts.iter().map(|it| visible(it)).collect(),
            held: held(report),
            notices: report.notices.iter().map(|it| visible(it)).collect(),
        }
    }
}

/// What a Yes does not speak of.
fn unseen(report: &Report) -> Vec<Unseen<'_>> {
    if report.outcome.multi_backup_safe != Some(true) {
        return Vec::new();
    }
    let why = |id: &str| {
        let mut checks = report.cases.iter().flat_map(|case| &case.checks);
        let check = checks.find(|it| it.requirement == id && it.status == Status::Skipped);
        check.map_or_else(String::new, |it| sentence(&visible(&it.message)))
    };
    missed(report)
        .into_iter()
        .map(|it| Unseen {
            requirement: visible(&it.id),
            statement: visible(&it.statement),
            why: why(&it.id),
        })
        .collect()
}

fn parts(report: &Report) -> Vec<Part> {
    let told = crate::render::audited::parts(report).into_iter();
    told.map(|it| Part {
        tone: tone_of(it.kept),
        line: it.line(),
    })
    .collect()
}

fn audited(report: &Report) -> Vec<Audited<'_>> {
    fn lines(all: &[String]) -> Vec<Text<'_>> {
        all.iter().map(|it| visible(it)).collect()
    }
    let all = report.audited.iter();
    all.map(|it| Audited {
        target: visible(&it.target),
        found: lines(&it.found),
        missing: lines(&it.missing),
        notes: lines(&it.notes),
    })
    .collect()
}

fn tone(report: &Report) -> &'static str {
    tone_of(is_yes(report))
}

fn tone_of(answer: Option<bool>) -> &'static str {
    match answer {
        Some(true) => "yes",
        Some(false) => "no",
        None => "open",
    }
}

fn stages(report: &Report) -> Vec<Rung> {
    Stage::ALL
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
        build: run.build.as_deref().map(visible),
        contract: run.contract.name(),
        started_at: moment(&run.started_at),
        took: seconds(run.duration_ms),
        requests: number(run.requests),
        cases: number(report.cases.len()),
        jobs: run.jobs,
        webhooks: run.webhooks,
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

fn filters(report: &Report) -> Vec<Filter> {
    let cases = tally(report);
    let filter = |kind| Filter {
        sign: Sign::of(kind),
        cases: cases.get(&kind).copied().unwrap_or_default(),
    };
    ORDER.map(filter).into()
}

fn groups<'a>(report: &'a Report, places: &Places<'_>) -> Vec<Group<'a>> {
    let mut cases = by_kind(report, places);
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
    let ids: Vec<&str> = report
        .requirements
        .iter()
        .filter(|it| it.status == Status::Failed)
        .map(|it| it.id.as_str())
        .collect();
    let mut commands = vec![Command {
        purpose: "The whole run",
        line: again(report, &[]),
    }];
    if !ids.is_empty() && report.outcome.verdict != Ruling::CouldNotTest {
        commands.push(Command {
            purpose: "Only what was seen to be broken",
            line: again(report, &ids),
        });
        commands.push(Command {
            purpose: "What a requirement asks, and how to keep it",
            line: format!("sharecheck explain {}", quoted(ids[0])),
        });
    }
    commands
}
