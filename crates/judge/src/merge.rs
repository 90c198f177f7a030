//! The reports of all shards to the one that a single run would have given. Pure: the same reports give the same
//! one, in whatever order they come.

use super::attribute::causes_of;
use super::conclude::{OTHER_SHARD, PREFLIGHT, advise, diagnosis, weigh};
use super::gate;
use super::load::Suite;
use crate::model::behaviour::Behaviour;
use crate::model::finding::Status;
use crate::model::known::KnownFailure;
use crate::model::report::{CaseResult, Frequency, Held, Report, RequirementResult, Ruling, Run};
use crate::model::shard::{Part, Shard};
use crate::model::wallets::Wallets;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::time::{Duration, SystemTime};

/// A report, and what messages call it, such as its file.
pub type Named = (String, Report);

/// Why reports cannot be merged.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// There is no report.
    #[error("there is no report to merge")]
    Nothing,
    /// A report is of no shard.
    #[error("{0} is not of a shard: it stands for itself")]
    NoShard(String),
    /// Two reports are not of one plan.
    #[error("{a} and {b} are not of one plan: {what}")]
    Unlike {
        /// The one report.
        a: String,
        /// The other one.
        b: String,
        /// In what they differ.
        what: String,
    },
    /// A shard has two reports.
    #[error("{a} and {b} are both of {shard}")]
    Twice {
        /// The one report.
        a: String,
        /// The other one.
        b: String,
        /// The shard.
        shard: Shard,
    },
    /// Shards have no report.
    #[error("{} missing: a verdict needs the reports of all shards", are(.0))]
    Missing(Vec<Shard>),
    /// No shard has run a case.
    #[error("no report is of the shard that ran {0}: these are not the shards of one plan")]
    NowhereRun(String),
    /// A report does not say when its run began.
    #[error("{name}: {text} is no time in UTC, such as 2026-01-31T12:00:00.000Z")]
    NoTime {
        /// The report.
        name: String,
        /// What it says.
        text: String,
    },
}

fn are(shards: &[Shard]) -> String {
    let names: Vec<String> = shards.iter().map(Shard::to_string).collect();
    let verb = if shards.len() == 1 { "is" } else { "are" };
    format!("{} {verb}", names.join(", "))
}

/// Merges the reports of all shards of a plan; of the suite it knows what faults look like.
pub fn merge(reports: Vec<Named>, suite: &Suite) -> Result<Report, MergeError> {
    let mut shards = Vec::new();
    // Each shard looks for itself before its first case.
    let mut looks: Vec<CaseResult> = Vec::new();
    for (name, mut report) in reports {
        let looked = report.cases.iter().position(|case| case.id == PREFLIGHT);
        looks.extend(looked.map(|at| report.cases.remove(at)));
        match report.run.shard {
            Some(part) => shards.push((part, name, report)),
            None => return Err(MergeError::NoShard(name)),
        }
    }
    shards.sort_by(|(a, name_a, _), (b, name_b, _)| (a.shard, name_a).cmp(&(b.shard, name_b)));
    are_alike(&shards)?;
    are_complete(&shards)?;
    let run = run(&shards)?;
    let facts = facts(&shards);
    let mut reports: Vec<Report> = shards.iter().map(|(.., report)| report.clone()).collect();
    put_on_one_clock(&shards, &mut reports)?;
    let mut cases = cases(&shards, &reports)?;
    cases.extend(looks.into_iter().take(1));
    let requirements = requirements(&reports, &cases);
    let Some(first) = reports.first() else {
        return Err(MergeError::Nothing);
    };
    let mut report = weigh(
        &suite.requirements,
        first.tool.clone(),
        run,
        requirements,
        cases,
        &[],
    );
    let drifted = reports
        .iter()
        .filter(|it| it.outcome.verdict == Ruling::Drift);
    let differences = distinct(drifted.flat_map(|it| &it.outcome.reasons));
    gate::drift(&mut report.outcome, differences);
    report.known_failures = known_failures(&reports);
    let mut reasons = reports.iter().flat_map(|it| &it.outcome.reasons);
    let next = reasons.find_map(|reason| reason.strip_prefix("next: "));
    advise(&mut report, next);
    report.wallets = Wallets::merged(reports.iter().filter_map(|it| it.wallets.as_ref()));
    report.facts = Behaviour::of(&report).free();
    report.facts.extend(facts);
    report.causes = causes_of(&report.cases, &suite.requirements, |id| {
        let all = reports.iter().flat_map(|it| &it.causes);
        let own = all.filter(|it| it.requirement == id);
        own.filter_map(|it| it.frequency).reduce(Frequency::with)
    });
    report.diagnosis = diagnosis(suite, &report);
    report.notices = distinct(reports.iter().flat_map(|it| &it.notices));
    Ok(report)
}

/// A report with its part and its name.
type Sharded = (Part, String, Report);

/// Holds every report against the first one.
fn are_alike(shards: &[Sharded]) -> Result<(), MergeError> {
    let Some((of, a, first)) = shards.first() else {
        return Err(MergeError::Nothing);
    };
    let strict = |strict| if strict { "with" } else { "without" };
    for (part, b, report) in shards {
        let (run, other) = (&first.run, &report.run);
        let what = if first.tool != report.tool {
            format!(
                "sharecheck {} with suite {} made the one, {} with {} the other",
                first.tool.version, first.tool.suite, report.tool.version, report.tool.suite
            )
        } else if run.contract != other.contract {
            format!("contract {} and {}", run.contract, other.contract)
        } else if run.target != other.target {
            format!("target {} and {}", run.target, other.target)
        } else if run.strict != other.strict {
            format!(
                "{} --strict and {} it",
                strict(run.strict),
                strict(other.strict)
            )
        } else if run.require_all != other.require_all {
            format!(
                "{} --require-all and {} it",
                strict(run.require_all),
                strict(other.require_all)
            )
        } else if run.build != other.build {
            let build = |build: &Option<String>| build.clone().unwrap_or_else(|| "none".to_owned());
            format!("build {} and {}", build(&run.build), build(&other.build))
        } else if of.shard.of != part.shard.of {
            format!("{} and {}", of.shard, part.shard)
        } else if !ids(first).eq(ids(report)) || of.whole_once_merged != part.whole_once_merged {
            "other cases were selected".to_owned()
        } else {
            continue;
        };
        return Err(MergeError::Unlike {
            a: a.clone(),
            b: b.clone(),
            what,
        });
    }
    Ok(())
}

fn ids(report: &Report) -> impl Iterator<Item = &str> {
    report.cases.iter().map(|case| case.id.as_str())
}

/// Looks for each shard once.
fn are_complete(shards: &[Sharded]) -> Result<(), MergeError> {
    for pair in shards.windows(2) {
        if let [(a, name_a, _), (b, name_b, _)] = pair
            && a.shard == b.shard
        {
            return Err(MergeError::Twice {
                a: name_a.clone(),
                b: name_b.clone(),
                shard: a.shard,
            });
        }
    }
    let here: HashSet<usize> = shards
        .iter()
        .map(|(part, ..)| part.shard.number.get())
        .collect();
    let all = shards
        .first()
        .into_iter()
        .flat_map(|(part, ..)| Shard::all(part.shard.of));
    let missing: Vec<Shard> = all
        .filter(|shard| !here.contains(&shard.number.get()))
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(MergeError::Missing(missing))
    }
}

/// What a single run would have said of itself, as far as that can be known.
fn run(shards: &[Sharded]) -> Result<Run, MergeError> {
    let (earliest, first) = earliest(shards)?;
    let mut id = Sha256::new();
    let mut merged = first.run.clone();
    let mut latest = earliest;
    merged.requests = 0;
    merged.held = None;
    merged.whole = true;
    for (part, name, report) in shards {
        let run = &report.run;
        id.update(&run.id);
        latest = latest.max(time(name, &run.started_at)? + Duration::from_millis(run.duration_ms));
        merged.requests += run.requests;
        // Clients that several shards had are counted for each: each had its shares to be kept.
        if let Some(held) = run.held {
            let before = merged.held.unwrap_or(Held {
                clients: 0,
                bytes: 0,
            });
            merged.held = Some(Held {
                clients: before.clients + held.clients,
                bytes: before.bytes + held.bytes,
            });
        }
        merged.jobs = merged.jobs.max(run.jobs);
        merged.whole &= part.whole_once_merged;
        merged.halted = merged.halted.max(run.halted.clone());
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&id.finalize()[..16]);
    merged.id = uuid::Builder::from_custom_bytes(bytes)
        .into_uuid()
        .to_string();
    merged.seed = shards
        .first()
        .map_or(merged.seed, |(.., report)| report.run.seed);
    merged.duration_ms = millis(latest.duration_since(earliest).unwrap_or_default());
    merged.shard = None;
    Ok(merged)
}

fn time(name: &str, text: &str) -> Result<SystemTime, MergeError> {
    humantime::parse_rfc3339(text).map_err(|_| MergeError::NoTime {
        name: name.to_owned(),
        text: text.to_owned(),
    })
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// The report whose run began first, and when that was.
fn earliest(shards: &[Sharded]) -> Result<(SystemTime, &Report), MergeError> {
    let mut found = None;
    for (_, name, report) in shards {
        let began = time(name, &report.run.started_at)?;
        if found.is_none_or(|(earliest, _)| began < earliest) {
            found = Some((began, report));
        }
    }
    found.ok_or(MergeError::Nothing)
}

/// Counts the times of all exchanges from the beginning of the earliest run.
fn put_on_one_clock(shards: &[Sharded], reports: &mut [Report]) -> Result<(), MergeError> {
    let (earliest, _) = earliest(shards)?;
    for ((_, name, _), report) in shards.iter().zip(reports) {
        let behind = time(name, &report.run.started_at)?.duration_since(earliest);
        let behind_us = millis(behind.unwrap_or_default()).saturating_mul(1000);
        for exchange in report.cases.iter_mut().flat_map(|case| &mut case.exchanges) {
            exchange.started_us = exchange.started_us.saturating_add(behind_us);
            exchange.ended_us = exchange.ended_us.saturating_add(behind_us);
        }
    }
    Ok(())
}

/// Every case as the shard tells it in which it ran, in the common order.
fn cases(shards: &[Sharded], reports: &[Report]) -> Result<Vec<CaseResult>, MergeError> {
    let Some(first) = reports.first() else {
        return Ok(Vec::new());
    };
    let mut cases = Vec::new();
    for (at, listed) in first.cases.iter().enumerate() {
        let mut told: Option<(usize, &CaseResult)> = None;
        for (number, report) in reports.iter().enumerate() {
            let case = &report.cases[at];
            if runs_elsewhere(case) {
                continue;
            }
            match told {
                None => told = Some((number, case)),
                // What no shard runs is left out of each for the same reason.
                Some((_, same)) if same == case => {}
                Some((other, _)) => {
                    return Err(MergeError::Unlike {
                        a: shards[other].1.clone(),
                        b: shards[number].1.clone(),
                        what: format!("both have a result of {}", case.id),
                    });
                }
            }
        }
        let (_, case) = told.ok_or_else(|| MergeError::NowhereRun(listed.id.clone()))?;
        cases.push(case.clone());
    }
    Ok(cases)
}

fn runs_elsewhere(case: &CaseResult) -> bool {
    let codes = case.checks.iter().map(|check| check.code.as_deref());
    codes.into_iter().any(|code| code == Some(OTHER_SHARD))
}

/// Every requirement with the most serious of its statuses: each shard saw a part of its cases.
fn requirements(reports: &[Report], cases: &[CaseResult]) -> Vec<RequirementResult> {
    let Some(first) = reports.first() else {
        return Vec::new();
    };
    let merged = first.requirements.iter().map(|requirement| {
        let all = reports.iter().flat_map(|report| &report.requirements);
        let asks = |case: &&CaseResult| {
            let mut checks = case.checks.iter();
            checks.any(|check| check.requirement == requirement.id)
        };
        RequirementResult {
            status: Status::of(all.filter(|it| it.id == requirement.id).map(|it| it.status)),
            cases: cases
                .iter()
                .filter(asks)
                .map(|case| case.id.clone())
                .collect(),
            ..requirement.clone()
        }
    });
    merged.collect()
}

/// What the shards tell, and which runs they were.
fn facts(shards: &[Sharded]) -> Vec<String> {
    let runs = shards.iter().map(|(part, _, report)| {
        let run = &report.run;
        format!("{} was run {} with seed {}", part.shard, run.id, run.seed)
    });
    let runs: Vec<String> = runs.collect();
    // What follows from the cases follows anew from all of them.
    let others = shards.iter().flat_map(|(.., report)| {
        let free = Behaviour::of(report).free();
        let facts = report.facts.iter();
        facts.filter(move |fact| !free.contains(fact))
    });
    distinct(others.chain(&runs))
}

/// The accepted failures that any shard has met.
fn known_failures(reports: &[Report]) -> Vec<KnownFailure> {
    let mut all: Vec<KnownFailure> = Vec::new();
    for entry in reports.iter().flat_map(|it| &it.known_failures) {
        if !all.contains(entry) {
            all.push(entry.clone());
        }
    }
    all
}

fn distinct<'a>(texts: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut seen = HashSet::new();
    texts.filter(|text| seen.insert(*text)).cloned().collect()
}
