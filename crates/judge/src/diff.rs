//! Two reports to what differs between them. Pure.

use crate::model::behaviour::{Behaviour, What, looks_like};
use crate::model::difference::{
    Change, Compared, Difference, FORMAT, Fact, InCase, Side, Slowed, Standpoint,
};
use crate::model::finding::{Check, Status};
use crate::model::report::{CaseResult, Latency, Report};
use crate::model::requirement::Level;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// An answer counts as slower or faster from this factor on.
const FACTOR: f64 = 2.0;

/// A difference of fewer milliseconds is noise.
const NOISE_MS: f64 = 20.0;

/// What became of the first report's run in the second one's; both come with a name. Nothing where the two have no
/// requirement in common that both looked at.
pub fn diff(a: (&str, &Report), b: (&str, &Report)) -> Option<Difference> {
    let (earlier, later) = (a.1, b.1);
    let looked = |report: &Report, id: &str| {
        let mut all = report.requirements.iter();
        all.any(|it| it.id == id && it.status != Status::Skipped)
    };
    let mut common = earlier.requirements.iter().map(|it| it.id.as_str());
    if !common.any(|id| looked(earlier, id) && looked(later, id)) {
        return None;
    }
    let requirements = requirements(earlier, later);
    let worse = |it: &Compared| {
        let mut cases = it.cases.iter();
        it.change == Some(Change::Worse) || cases.any(|it| it.change == Change::Worse)
    };
    let worse = requirements.iter().any(worse);
    Some(Difference {
        format: FORMAT,
        a: side(a),
        b: side(b),
        worse,
        exit_code: u8::from(worse),
        notes: notes(earlier, later),
        requirements,
        facts: facts(earlier, later),
        latencies: latencies(earlier, later),
        only_in_a: missing(earlier, later),
        only_in_b: missing(later, earlier),
    })
}

fn side((name, report): (&str, &Report)) -> Side {
    // Where it is safe, what explains most is a warning at most.
    let unsafe_by = report
        .causes
        .first()
        .filter(|_| report.outcome.multi_backup_safe != Some(true));
    let broken = unsafe_by.and_then(|cause| {
        let mut all = report.requirements.iter();
        all.find(|it| it.id == cause.requirement)
    });
    Side {
        name: name.to_owned(),
        run: report.run.id.clone(),
        target: report.run.target.clone(),
        build: report.run.build.clone(),
        started_at: report.run.started_at.clone(),
        multi_backup_safe: report.outcome.multi_backup_safe,
        stage: report.outcome.stage,
        looks_like: looks_like(report),
        broken: broken.map(|it| it.breach.clone()),
    }
}

/// A report's checks by requirement, each with its case.
type Checks<'a> = HashMap<&'a str, BTreeMap<&'a str, (&'a CaseResult, &'a Check)>>;

fn checks(report: &Report) -> Checks<'_> {
    let mut all = Checks::new();
    for case in &report.cases {
        for check in &case.checks {
            let of = all.entry(check.requirement.as_str()).or_default();
            of.insert(&case.id, (case, check));
        }
    }
    all
}

fn requirements(earlier: &Report, later: &Report) -> Vec<Compared> {
    let (before, after) = (checks(earlier), checks(later));
    let cases = [earlier, later].map(|report| -> HashMap<&str, &CaseResult> {
        let cases = report.cases.iter();
        cases.map(|case| (case.id.as_str(), case)).collect()
    });
    let pairs = earlier.requirements.iter().filter_map(|was| {
        let is = later.requirements.iter().find(|is| is.id == was.id)?;
        let none = BTreeMap::new();
        let [before, after] = [&before, &after].map(|it| it.get(was.id.as_str()).unwrap_or(&none));
        let mut in_cases = in_cases(is.level, [before, after], &cases);
        // Among those that changed alike, the requirement's own cases say most.
        in_cases.sort_by_key(|it| (it.change, !it.case.starts_with(&is.id)));
        let of = |status, checks: &BTreeMap<_, (_, &Check)>| Standpoint {
            status,
            standing: checks
                .values()
                .filter_map(|(_, check)| check.standing)
                .min(),
            code: None,
        };
        let (was, now) = (of(was.status, before), of(is.status, after));
        let own = change(is.level, &was, &now).filter(|_| was.status != now.status);
        let behind = after.values().find_map(|(_, check)| check.behind.clone());
        Some(Compared {
            requirement: is.id.clone(),
            level: is.level,
            change: own.or_else(|| in_cases.first().map(|it| it.change)),
            behind: behind.filter(|_| now.status == Status::Undecided),
            was,
            is: now,
            cases: in_cases,
        })
    });
    let mut all: Vec<Compared> = pairs.collect();
    let weight = |it: &Compared| {
        let mut weightiest = later.causes.iter();
        weightiest.position(|cause| cause.requirement == it.requirement)
    };
    all.sort_by_key(|it| {
        let place = weight(it).unwrap_or(usize::MAX);
        match it.change {
            Some(change) => (
                Some(change),
                Reverse(it.is.status),
                place,
                Reverse(it.cases.len()),
            ),
            None => (None, Reverse(Status::Skipped), 0, Reverse(0)),
        }
    });
    // What is the same comes last, and not first as none does.
    let changed = all.iter().filter(|it| it.change.is_some()).count();
    let same = all.len() - changed;
    all.rotate_left(same);
    all
}

/// What is different of one requirement in the cases of both.
fn in_cases(
    level: Level,
    [before, after]: [&BTreeMap<&str, (&CaseResult, &Check)>; 2],
    [cases_then, cases_now]: &[HashMap<&str, &CaseResult>; 2],
) -> Vec<InCase> {
    let ids: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
    let pairs = ids.into_iter().filter_map(|id| {
        let (then, now) = (cases_then.get(id)?, cases_now.get(id)?);
        let (was, is) = (at(before.get(id), then), at(after.get(id), now));
        Some(InCase {
            case: id.to_owned(),
            change: change(level, &was, &is)?,
            was,
            is,
        })
    });
    pairs.collect()
}

fn at(check: Option<&(&CaseResult, &Check)>, case: &CaseResult) -> Standpoint {
    match check {
        Some((_, check)) => Standpoint {
            status: check.status,
            standing: check.standing,
            code: check.code.clone(),
        },
        // What is asked of every case stands in a report only where it is broken.
        None => Standpoint {
            status: case.status.min(Status::Passed),
            standing: None,
            code: None,
        },
    }
}

/// What a change comes to, if it is one: of what is only worth knowing, none is better or worse.
fn change(level: Level, was: &Standpoint, is: &Standpoint) -> Option<Change> {
    match Change::of(was.status, is.status) {
        None if was.code == is.code => None,
        None => Some(Change::Different),
        Some(_) if level == Level::Informational => Some(Change::Different),
        Some(change) => Some(change),
    }
}

/// The cases of the one report that the other one does not have.
fn missing(from: &Report, other: &Report) -> Vec<String> {
    let lacks = |case: &&CaseResult| !other.cases.iter().any(|it| it.id == case.id);
    from.cases
        .iter()
        .filter(lacks)
        .map(|case| case.id.clone())
        .collect()
}

fn notes(earlier: &Report, later: &Report) -> Vec<String> {
    let (a, b) = (&earlier.run, &later.run);
    let whole = |whole| {
        if whole {
            "all cases"
        } else {
            "some of the cases"
        }
    };
    let notes = [
        (earlier.tool.suite != later.tool.suite)
            .then(|| "the suites differ: compared is what both have".to_owned()),
        (a.contract != b.contract).then(|| {
            format!(
                "held to contract {} and to {}: compared is what both have",
                a.contract, b.contract
            )
        }),
        (a.whole != b.whole).then(|| {
            format!(
                "the first is of {}, the second of {}",
                whole(a.whole),
                whole(b.whole)
            )
        }),
        (a.strict != b.strict)
            .then(|| "one of them is with --strict, the other without".to_owned()),
        (a.made_up != b.made_up).then(|| {
            "the clients were made up in the one and given in the other: what the contract leaves free was not compared"
                .to_owned()
        }),
    ];
    notes.into_iter().flatten().collect()
}

/// What the contract leaves free and is different, each once.
fn facts(earlier: &Report, later: &Report) -> Vec<Fact> {
    if earlier.run.contract != later.run.contract {
        return Vec::new();
    }
    let (was, is) = (Behaviour::of(earlier), Behaviour::of(later));
    let known: Vec<&str> = is.cases.iter().map(|case| case.id.as_str()).collect();
    let drift = is.against(&was, &known);
    // What else stands among a report's facts is how it was made, such as the id of its trace.
    let told = drift.changes.iter().filter_map(|it| {
        let cases = it.cases().len();
        match &it.what {
            What::Answer {
                who,
                was,
                is,
                noted,
            } => Some(Fact {
                what: who.clone(),
                was: was.clone(),
                is: is.clone(),
                cases,
                noted: noted.clone(),
            }),
            What::Order { was, is } => Some(Fact {
                what: "order of shares".to_owned(),
                was: was.clone(),
                is: is.clone(),
                cases,
                noted: Vec::new(),
            }),
            // The requirements tell of these, and the cases that only one side has.
            What::Verdict { .. }
            | What::Shares { .. }
            | What::Course
            | What::New
            | What::Rewritten
            | What::Gone => None,
        }
    });
    told.collect()
}

/// How much longer or shorter answers took: told only where both runs sent the same to the same custodian in the same way.
fn latencies(earlier: &Report, later: &Report) -> Vec<Slowed> {
    let (a, b) = (&earlier.run, &later.run);
    let alike = a.target == b.target && a.reference == b.reference && a.contract == b.contract;
    // Of a selection's few answers the 95th percentile is the slowest one: whatever else ran on the machine shows there.
    if !(alike && a.whole && b.whole && a.jobs == b.jobs && a.requests == b.requests) {
        return Vec::new();
    }
    let (was, is) = (&earlier.latency, &later.latency);
    let both = [
        slower("store p95", &was.store, &is.store),
        slower("fetch p95", &was.fetch, &is.fetch),
    ];
    both.into_iter().flatten().collect()
}

/// How long answers took, where that differs by much.
fn slower(what: &str, was: &Latency, is: &Latency) -> Option<Slowed> {
    let (a, b) = (was.p95_ms, is.p95_ms);
    let much = a.max(b) >= FACTOR * a.min(b) && (a - b).abs() >= NOISE_MS;
    much.then(|| Slowed {
        what: what.to_owned(),
        was: format!("{a:.0} ms"),
        is: format!("{b:.0} ms"),
    })
}
