//! Two reports to what differs between them. Pure.

use crate::model::difference::{Change, Changed, Difference, FORMAT, Other, Side, Standpoint};
use crate::model::finding::{Check, Status};
use crate::model::report::{CaseResult, Latency, Report};
use crate::model::requirement::Level;
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
    let mut requirements = requirements(earlier, later);
    let mut checks = checks(earlier, later);
    for list in [&mut requirements, &mut checks] {
        list.sort_by_key(|it| it.change);
    }
    let mut all = requirements.iter().chain(&checks);
    let worse = all.any(|it| it.change == Change::Worse);
    Some(Difference {
        format: FORMAT,
        a: side(a),
        b: side(b),
        worse,
        exit_code: u8::from(worse),
        notes: notes(earlier, later),
        requirements,
        checks,
        others: others(earlier, later),
        only_in_a: missing(earlier, later),
        only_in_b: missing(later, earlier),
    })
}

fn side((name, report): (&str, &Report)) -> Side {
    Side {
        name: name.to_owned(),
        run: report.run.id.clone(),
        target: report.run.target.clone(),
        started_at: report.run.started_at.clone(),
    }
}

fn requirements(earlier: &Report, later: &Report) -> Vec<Changed> {
    let pairs = earlier.requirements.iter().filter_map(|was| {
        let is = later.requirements.iter().find(|is| is.id == was.id)?;
        let of = |status| Standpoint { status, code: None };
        changed(&was.id, is.level, None, of(was.status), of(is.status))
    });
    pairs.collect()
}

fn checks(earlier: &Report, later: &Report) -> Vec<Changed> {
    let cases: HashMap<&str, &CaseResult> = later
        .cases
        .iter()
        .map(|case| (case.id.as_str(), case))
        .collect();
    let mut all = Vec::new();
    for was in &earlier.cases {
        let Some(is) = cases.get(was.id.as_str()) else {
            continue;
        };
        let (before, after) = (by_requirement(was), by_requirement(is));
        let ids: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
        for id in ids {
            let at = |checks: &BTreeMap<&str, &Check>, case: &CaseResult| match checks.get(id) {
                Some(check) => Standpoint {
                    status: check.status,
                    code: check.code.clone(),
                },
                // What is asked of every case stands in a report only where it is broken.
                None => Standpoint {
                    status: case.status.min(Status::Passed),
                    code: None,
                },
            };
            let level = before.get(id).or(after.get(id)).map(|check| check.level);
            if let Some(level) = level {
                all.extend(changed(
                    id,
                    level,
                    Some(&was.id),
                    at(&before, was),
                    at(&after, is),
                ));
            }
        }
    }
    all
}

fn by_requirement(case: &CaseResult) -> BTreeMap<&str, &Check> {
    let checks = case.checks.iter();
    checks
        .map(|check| (check.requirement.as_str(), check))
        .collect()
}

/// A change, if it is one: of what is only worth knowing, none is better or worse.
fn changed(
    requirement: &str,
    level: Level,
    case: Option<&str>,
    was: Standpoint,
    is: Standpoint,
) -> Option<Changed> {
    let change = match Change::of(was.status, is.status) {
        None if was == is => return None,
        None => Change::Different,
        Some(_) if level == Level::Informational => Change::Different,
        Some(change) => change,
    };
    Some(Changed {
        change,
        requirement: requirement.to_owned(),
        level,
        case: case.map(str::to_owned),
        was,
        is,
    })
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
    ];
    notes.into_iter().flatten().collect()
}

fn others(earlier: &Report, later: &Report) -> Vec<Other> {
    let stage = |report: &Report| {
        let stage = report.outcome.stage;
        stage.map_or_else(|| "not known".to_owned(), |stage| stage.name().to_owned())
    };
    let (was, is) = (stage(earlier), stage(later));
    let mut others = Vec::new();
    if was != is {
        others.push(Other {
            what: "stage".to_owned(),
            was,
            is,
        });
    }
    // Of a selection's few answers the 95th percentile is the slowest one: whatever else ran on the machine shows there.
    if earlier.run.whole && later.run.whole {
        let (a, b) = (&earlier.latency, &later.latency);
        others.extend(slower("store p95", &a.store, &b.store));
        others.extend(slower("fetch p95", &a.fetch, &b.fetch));
    }
    let facts = |report: &Report, other: &Report| -> Vec<String> {
        let new = report
            .facts
            .iter()
            .filter(|fact| !other.facts.contains(fact));
        new.cloned().collect()
    };
    let (gone, new) = (facts(earlier, later), facts(later, earlier));
    let fact = |was: &str, is: &str| Other {
        what: "fact".to_owned(),
        was: was.to_owned(),
        is: is.to_owned(),
    };
    others.extend(gone.iter().map(|it| fact(it, "")));
    others.extend(new.iter().map(|it| fact("", it)));
    others
}

/// How long answers took, where that differs by much.
fn slower(what: &str, was: &Latency, is: &Latency) -> Option<Other> {
    let (a, b) = (was.p95_ms, is.p95_ms);
    let much = a.max(b) >= FACTOR * a.min(b) && (a - b).abs() >= NOISE_MS;
    much.then(|| Other {
        what: what.to_owned(),
        was: format!("{a:.0} ms"),
        is: format!("{b:.0} ms"),
    })
}
