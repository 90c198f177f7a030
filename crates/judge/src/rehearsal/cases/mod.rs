//! Sums as cases of a report, each with its checks.

use crate::model::finding::{Check, Evidence, Status, Subject};
use crate::model::report::CaseResult;
use crate::model::requirement::Requirements;
use crate::rehearsal::pattern::Pattern;
use crate::rehearsal::served::Served;
use crate::rehearsal::sums::{Sums, Wrong};
use std::collections::BTreeMap;

/// What is asked of some clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Case {
    /// Whether the old version gives back what it was just given.
    Seeded(Pattern),
    /// Whether what was stored before is still there.
    Kept(Pattern),
    /// Whether what was stored while the new version came is there: with methods, or as v5 does it.
    During {
        /// With methods.
        with_method: bool,
    },
    /// Whether a store of v5 replaces what came from the old version.
    Replaced,
    /// Whether a store under `UNKNOWN` does.
    IsUnknown,
    /// Whether what was stored before is there after a roll-back.
    KeptBack(Pattern),
    /// Whether the old version gives what the new one stored.
    Back,
    /// Whether the new version shows what the old one stores beside it.
    Through,
    /// Whether the old version shows what the new one stores beside it.
    ThroughBack,
    /// Whether both give back what both were sent.
    Same,
}

impl Case {
    fn id(self) -> String {
        match self {
            Self::Seeded(pattern) => format!("rehearsal.seeded.{}", pattern.name()),
            Self::Kept(pattern) => format!("rehearsal.kept.{}", pattern.name()),
            Self::During { with_method: true } => "rehearsal.during.v6".to_owned(),
            Self::During { with_method: false } => "rehearsal.during.v5".to_owned(),
            Self::Replaced => "rehearsal.kept.replaced-by-v5".to_owned(),
            Self::IsUnknown => "rehearsal.kept.replaced-by-unknown".to_owned(),
            Self::KeptBack(pattern) => format!("rehearsal.back.{}", pattern.name()),
            Self::Back => "rehearsal.back".to_owned(),
            Self::Through => "rehearsal.compare.old-to-new".to_owned(),
            Self::ThroughBack => "rehearsal.compare.new-to-old".to_owned(),
            Self::Same => "rehearsal.compare.new".to_owned(),
        }
    }

    fn title(self) -> String {
        match self {
            Self::Seeded(pattern) => format!(
                "{}: the old version gives back what it was given",
                pattern.words()
            ),
            Self::Kept(pattern) => format!("{} still have what was stored before", pattern.words()),
            Self::During { with_method: true } => {
                "What was stored with a method while the new version came is there".to_owned()
            }
            Self::During { with_method: false } => {
                "What was stored as v5 does it while the new version came is there".to_owned()
            }
            Self::Replaced => {
                "A store as v5 does it takes the place of what came from the old version".to_owned()
            }
            Self::IsUnknown => "A store under UNKNOWN takes the place of what v5 stored".to_owned(),
            Self::KeptBack(pattern) => {
                format!("{} still have it after the roll-back", pattern.words())
            }
            Self::Back => "The old version gives what the new one stored".to_owned(),
            Self::Through => {
                "A store through the old version is seen through the new one".to_owned()
            }
            Self::ThroughBack => {
                "A store through the new version is seen through the old one".to_owned()
            }
            Self::Same => {
                "The new version gives back what it is sent beside the old one".to_owned()
            }
        }
    }

    /// The requirements that it shows to be kept or broken; the first one is broken by everything that is wrong, the others
    /// by a share that is missing.
    fn requirements(self, migrated: bool) -> &'static [&'static str] {
        match self {
            Self::Seeded(_) | Self::Same => &["share.read-after-write"],
            Self::Kept(_) if migrated => &["rehearsal.kept", "v5.survives-migration"],
            Self::Kept(_) | Self::KeptBack(_) => &["rehearsal.kept"],
            Self::During { .. } | Self::Through => &["rehearsal.during"],
            Self::Replaced => &["v5.replaced"],
            Self::IsUnknown => &["v5.is-unknown"],
            Self::Back | Self::ThroughBack => &["rehearsal.back"],
        }
    }

    /// The requirement that something with this code breaks, where that is not the first one: a store that is not
    /// acknowledged, and where one version is asked what it was just given, what it did to it.
    fn of_code(self, code: &str) -> Option<&'static str> {
        let refusal = REFUSALS.contains(&code);
        match self {
            Self::Seeded(_) | Self::Same if refusal => Some("endpoint.backup"),
            Self::Seeded(_) | Self::Same => match code {
                "cut" | "white-space" | "reserialized" | "replacement-character" | "altered" => {
                    Some("share.verbatim")
                }
                "debris" | "unrecognisable" => Some("share.verbatim"),
                "not-replaced" | "two-kept" | "duplicate" => Some("replace.same-method"),
                "no-backup-shares" => Some("fetch.array"),
                "share-of-another" => Some("fetch.isolated"),
                _ => None,
            },
            Self::Replaced if refusal => Some("v5.accepted"),
            Self::Replaced
            | Self::Kept(_)
            | Self::During { .. }
            | Self::IsUnknown
            | Self::KeptBack(_)
            | Self::Back
            | Self::Through
            | Self::ThroughBack => None,
        }
    }

    /// What the breach of it means, where the words of the fault do not say it.
    fn meaning(self) -> Option<&'static str> {
        match self {
            Self::Back | Self::ThroughBack => Some(
                "whoever backs up with the new version cannot recover while the old one answers; what was stored stays, and is \
                 served again once the new version is back",
            ),
            Self::Through => Some(
                "while both run, whoever backs up through the old version cannot recover through the new one",
            ),
            Self::Seeded(_)
            | Self::Kept(_)
            | Self::During { .. }
            | Self::Replaced
            | Self::IsUnknown
            | Self::KeptBack(_)
            | Self::Same => None,
        }
    }
}

/// What the clients of a case come to.
#[derive(Clone, Debug)]
pub struct Told {
    /// What was asked.
    pub case: Case,
    /// The sums.
    pub sums: Sums,
    /// Whether an old v5 has become a v6 in between.
    pub migrated: bool,
}

/// The codes of what is missing, and of what takes its place: these weigh most.
const LOSSES: [&str; 4] = ["lost", "unrecognisable", "no-backup-shares", "not-replaced"];

/// The codes of stores that were not acknowledged.
const REFUSALS: [&str; 2] = ["refused", "server-error"];

/// Every case, and how the requests were served where any were sent meanwhile.
pub fn cases(
    told: Vec<Told>,
    served: Option<&Served>,
    requirements: &Requirements,
) -> Vec<CaseResult> {
    let mut all: Vec<CaseResult> = told.into_iter().map(|it| case(it, requirements)).collect();
    all.extend(served.map(|it| of_served(it, requirements)));
    all
}

fn case(told: Told, requirements: &Requirements) -> CaseResult {
    let Told {
        case,
        sums,
        migrated,
    } = told;
    let ids = case.requirements(migrated);
    let mut checks = Vec::new();
    for (place, id) in ids.iter().enumerate() {
        let level = requirements.level(id);
        let broken: Vec<(&&str, &Wrong)> = sums
            .wrong
            .iter()
            .filter(|(code, _)| place == 0 || LOSSES.contains(*code))
            .collect();
        let before = checks.len();
        for (code, wrong) in ordered(broken) {
            let exchange = wrong.shown.map(Evidence::Exchange);
            let (id, level) = match case.of_code(code) {
                Some(id) => (id, requirements.level(id)),
                None => (*id, level),
            };
            checks.push(Check {
                status: Status::Failed,
                code: Some(code.to_owned()),
                message: broken_words(case, &sums, wrong),
                expected: Some(wrong.expected.clone()),
                observed: Some(wrong.observed.clone()),
                subject: wrong.shown.map(|it| Subject {
                    client: (it + 1).to_string(),
                    share: None,
                    method: None,
                }),
                evidence: exchange
                    .or_else(|| Some(Evidence::Text(format!("client {}", wrong.client)))),
                ..check(id, level)
            });
        }
        if checks.len() == before {
            checks.push(unbroken(&sums, &check(id, level)));
        }
    }
    let clients = sums.exchanges.iter().zip(1..);
    let clients: BTreeMap<String, String> = clients
        .map(|((id, _), number)| (number.to_string(), id.clone()))
        .collect();
    CaseResult {
        id: case.id(),
        title: case.title(),
        status: Status::of(checks.first().map(|it| it.status)),
        checks,
        fresh: false,
        clients,
        shapes: BTreeMap::new(),
        acts: BTreeMap::new(),
        exchanges: sums.exchanges.into_iter().map(|(_, it)| it).collect(),
    }
}

/// Losses first, then what most clients have.
fn ordered<'a>(mut broken: Vec<(&&'a str, &'a Wrong)>) -> Vec<(&'a str, &'a Wrong)> {
    broken.sort_by_key(|(code, wrong)| (!LOSSES.contains(code), usize::MAX - wrong.clients));
    broken
        .into_iter()
        .map(|(code, wrong)| (*code, wrong))
        .collect()
}

fn check(id: &str, level: crate::model::requirement::Level) -> Check {
    Check {
        requirement: id.to_owned(),
        level,
        status: Status::Passed,
        code: None,
        message: String::new(),
        behind: None,
        expected: None,
        observed: None,
        subject: None,
        evidence: None,
        rows: None,
        standing: None,
    }
}

fn broken_words(case: Case, sums: &Sums, wrong: &Wrong) -> String {
    let of = format!("{} of {}", wrong.clients, counted(sums.seen(), "client"));
    let meaning = case.meaning().map(|it| format!("; {it}"));
    format!(
        "{of}: client {} {}{}",
        wrong.client,
        wrong.words,
        meaning.unwrap_or_default()
    )
}

/// What there is to say where nothing is wrong.
fn unbroken(sums: &Sums, check: &Check) -> Check {
    let untold = |status, message| Check {
        status,
        message,
        ..check.clone()
    };
    if let Some((count, why)) = &sums.unseen {
        let of = counted(sums.clients, "client");
        let message = format!("{count} of {of} could not be looked at: the fetch came to {why}");
        return untold(Status::Errored, message);
    }
    if let Some((count, client)) = &sums.another_run {
        let message = format!(
            "{} had shares stored by another run of sharecheck meanwhile, which tells nothing of the custodian: the first is {client}",
            counted(*count, "client")
        );
        return untold(Status::Errored, message);
    }
    if sums.clients == 0 {
        return untold(Status::Undecided, "no client was asked for it".to_owned());
    }
    let message = format!(
        "{}, {}",
        counted(sums.seen(), "client"),
        counted(sums.shares, "share")
    );
    untold(Status::Passed, message)
}

fn counted(count: usize, noun: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{s}")
}

fn of_served(served: &Served, requirements: &Requirements) -> CaseResult {
    let id = "rehearsal.served";
    let level = requirements.level(id);
    let when = served.wrong_ms.map_or_else(String::new, |(first, last)| {
        let second = |ms: u64| format!("{}.{} s", ms / 1000, ms % 1000 / 100);
        format!(
            ", from {} to {} after the first request",
            second(first),
            second(last)
        )
    });
    let all = counted(served.requests, "request");
    let most = served.by_status.iter().max_by_key(|(_, count)| **count);
    let most = most.map(|(status, _)| status.as_str());
    let code = match most {
        Some("no answer") => "no-answer",
        Some(status) if status.starts_with('4') => "refused",
        Some(_) | None => "server-error",
    };
    let answers = served
        .by_status
        .iter()
        .map(|(status, count)| format!("{count} × {status}"));
    let answers = answers.collect::<Vec<_>>().join(", ");
    let kinds = [
        (
            served.failed,
            code,
            format!("{} of {all} failed ({answers}){when}", served.failed),
        ),
        (
            served.late,
            "too-late",
            format!("{} of {all} had no answer in time{when}", served.late),
        ),
        (
            served.gaps,
            "gap",
            format!(
                "{} of {all} were fetches without a share that had been acknowledged{when}",
                served.gaps
            ),
        ),
    ];
    let failed = kinds.into_iter().filter(|(count, ..)| *count > 0);
    let mut checks: Vec<Check> = failed
        .map(|(_, code, message)| Check {
            status: Status::Failed,
            code: Some(code.to_owned()),
            expected: Some("each request served, in time".to_owned()),
            observed: Some(message.clone()),
            evidence: Some(Evidence::Text("the timeline".to_owned())),
            message,
            ..check(id, level)
        })
        .collect();
    if checks.is_empty() {
        let whole = served.requests > 0;
        checks.push(Check {
            status: if whole {
                Status::Passed
            } else {
                Status::Undecided
            },
            message: if whole {
                all
            } else {
                "nothing was sent while the new version came".to_owned()
            },
            ..check(id, level)
        });
    }
    CaseResult {
        id: id.to_owned(),
        title: "Every request is served while the new version comes".to_owned(),
        status: Status::of(checks.first().map(|it| it.status)),
        checks,
        fresh: false,
        clients: BTreeMap::new(),
        shapes: BTreeMap::new(),
        acts: BTreeMap::new(),
        exchanges: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
