//! Results to outcome: which requirements hold, how far the custodian is, and the exit code. Pure.

pub mod known;
#[cfg(test)]
mod tests;

use crate::contract::Contract;
use crate::contract::answer::Form;
use crate::contract::method::UNKNOWN;
use crate::exchange::{Found, Webhook};
use crate::model::finding::{Check, Standing, Status};
use crate::model::report::{
    CaseResult, Counts, Halted, Outcome, RequirementResult, Ruling, Run, Stage,
};
use crate::model::requirement::{Level, Part, Requirement, Requirements};
use crate::model::trial::LeftOut;
use std::collections::{BTreeMap, HashSet};

/// Every requirement of the contract and what became of it; those on the webhooks only where these were called.
pub fn results(
    requirements: &Requirements,
    cases: &[CaseResult],
    left_out: &[LeftOut],
    contract: Contract,
    webhooks: bool,
) -> Vec<RequirementResult> {
    requirements
        .iter()
        .filter(|requirement| requirement.contracts.contains(&contract))
        .filter(|it| webhooks && it.part == Part::Webhooks || is_asked(&it.id, cases))
        .map(|requirement| {
            let asked: Vec<(&CaseResult, Status)> = cases
                .iter()
                .filter_map(|case| {
                    let statuses = case
                        .checks
                        .iter()
                        .filter(|check| check.requirement == requirement.id);
                    statuses
                        .map(|check| check.status)
                        .max()
                        .map(|status| (case, status))
                })
                .collect();
            let starved = is_starved(&requirement.id, left_out);
            let status = Status::of(
                asked
                    .iter()
                    .map(|(_, status)| *status)
                    .chain(starved.then_some(Status::Undecided)),
            );
            RequirementResult {
                id: requirement.id.clone(),
                level: requirement.level,
                part: requirement.part,
                status,
                cases: asked.into_iter().map(|(case, _)| case.id.clone()).collect(),
                statement: requirement.statement.clone(),
                breach: requirement.breach.clone(),
                consequence: requirement.consequence.clone(),
                fix: fix(requirement, cases),
                source: requirement.source.clone(),
            }
        })
        .collect()
}

/// Whether any case of the run speaks of a requirement: of the user's half nothing is said where nothing is told of it.
fn is_asked(id: &str, cases: &[CaseResult]) -> bool {
    let mut checks = cases.iter().flat_map(|case| &case.checks);
    checks.any(|check| check.requirement == id)
}

/// What to do about a requirement: where it is broken in one way only, and for that there is advice of its own, that.
fn fix(requirement: &Requirement, cases: &[CaseResult]) -> String {
    let checks = cases.iter().flat_map(|case| &case.checks);
    let broken =
        checks.filter(|it| it.requirement == requirement.id && it.status == Status::Failed);
    let mut codes = broken.map(|it| it.code.as_deref());
    let first = codes.next().flatten();
    let only = first.filter(|first| codes.all(|it| it == Some(first)));
    let special = only.and_then(|code| requirement.fixes.get(code));
    special.unwrap_or(&requirement.fix).clone()
}

/// Says of every failed check what it comes to.
pub fn stand(checks: &mut [Check], strict: bool) {
    for check in checks {
        check.standing = (check.status == Status::Failed).then_some(match check.level {
            Level::Required => Standing::Counted,
            Level::Recommended if strict => Standing::Counted,
            Level::Recommended => Standing::Warning,
            Level::Informational => Standing::Note,
        });
    }
}

/// Counts everything once, for every renderer.
pub fn counts(requirements: &[RequirementResult], cases: &[CaseResult]) -> Counts {
    fn tally<K: Ord>(
        all: impl IntoIterator<Item = K>,
        keys: impl Iterator<Item = K>,
    ) -> BTreeMap<K, usize> {
        let mut counts: BTreeMap<K, usize> = all.into_iter().map(|key| (key, 0)).collect();
        for key in keys {
            *counts.entry(key).or_default() += 1;
        }
        counts
    }
    let failed = requirements.iter().filter(|it| it.status == Status::Failed);
    Counts {
        requirements: tally(
            Status::ALL,
            requirements.iter().map(|requirement| requirement.status),
        ),
        cases: tally(Status::ALL, cases.iter().map(|case| case.status)),
        checks: tally(
            Status::ALL,
            cases
                .iter()
                .flat_map(|case| &case.checks)
                .map(|check| check.status),
        ),
        failed: tally(
            [Level::Required, Level::Recommended, Level::Informational],
            failed.map(|it| it.level),
        ),
    }
}

/// Decides; of the run counts what it was held to, how much of it this was, and why it ended. `contract` has all that can
/// be asked; `left_out` are the cases that did not run.
pub fn gate(
    contract: &Requirements,
    requirements: &[RequirementResult],
    cases: &[CaseResult],
    left_out: &[LeftOut],
    run: &Run,
) -> Outcome {
    let counts = |requirement: &&RequirementResult| {
        requirement.level == Level::Required
            || run.strict && requirement.level == Level::Recommended
    };
    let with = |status: Status| {
        requirements
            .iter()
            .filter(counts)
            .filter(move |it| it.status == status)
    };
    let (known, failed): (Vec<_>, Vec<_>) =
        with(Status::Failed).partition(|it| is_known(&it.id, cases));
    // A known failure does not hide what could not be tested beside it.
    let untestable = known
        .iter()
        .copied()
        .filter(|it| checks_of(&it.id, cases).any(|(_, check)| check.status == Status::Errored));
    let errored: Vec<&RequirementResult> = with(Status::Errored).chain(untestable).collect();
    let (covered, undecided): (Vec<_>, Vec<_>) =
        with(Status::Undecided).partition(|it| is_covered(&it.id, cases, left_out));
    let starved = known
        .iter()
        .copied()
        .filter(|it| is_starved(&it.id, left_out));
    let undecided: Vec<&RequirementResult> = undecided.into_iter().chain(starved).collect();
    // Of one shard alone: what it did not look at, another may have.
    let must_look = run.require_all && run.shard.is_none();
    let missed: Vec<&RequirementResult> = with(Status::Skipped).filter(|_| must_look).collect();
    let saw_something = requirements
        .iter()
        .any(|it| matches!(it.status, Status::Passed | Status::Failed));
    let name = |list: &[&RequirementResult], what: &str| {
        let ids: Vec<&str> = list.iter().map(|it| it.id.as_str()).collect();
        (!ids.is_empty()).then(|| format!("{} {what}: {}", ids.len(), ids.join(", ")))
    };
    let all: Vec<String> = [
        name(&failed, "broken"),
        name(&errored, "not testable"),
        name(&undecided, "undecided"),
        name(&missed, "not looked at, which --require-all asks for"),
        name(&known, "broken as known"),
        name(&covered, "undecided in part, behind known failures"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let (verdict, exit_code, first) = match &run.halted {
        Some(Halted::Bug(why)) => (Ruling::InternalError, 70, Some(why.clone())),
        Some(Halted::Foreign(why)) => (Ruling::Refused, 6, Some(why.clone())),
        Some(Halted::Killed) => (
            Ruling::Interrupted,
            130,
            Some("the record of the run breaks off: it was killed".to_owned()),
        ),
        Some(Halted::Signal(signal)) => (
            Ruling::Interrupted,
            128 + signal,
            Some("stopped by a signal".to_owned()),
        ),
        _ if !failed.is_empty() => (Ruling::DoesNotConform, 1, None),
        Some(Halted::Environment(why)) => (Ruling::CouldNotTest, 3, Some(why.clone())),
        None if !errored.is_empty() => (Ruling::CouldNotTest, 3, None),
        None if !undecided.is_empty() || !missed.is_empty() => (Ruling::Undecided, 4, None),
        None if !saw_something => (Ruling::Undecided, 4, Some("nothing was tested".to_owned())),
        None => (Ruling::Conforms, 0, None),
    };
    let required = || requirements.iter().filter(|it| it.level == Level::Required);
    let broken = required().any(|it| it.status == Status::Failed);
    let proved = run.whole
        && run.halted.is_none()
        && missed.is_empty()
        && required().all(|it| matches!(it.status, Status::Passed | Status::Skipped))
        && required().any(|it| it.status == Status::Passed);
    let multi_backup_safe = match run.contract {
        Contract::V5 if run.shard.is_some() => None,
        Contract::V5 => saw_something.then_some(false),
        Contract::V6 if broken => Some(false),
        Contract::V6 => proved.then_some(true),
    };
    // A yes says what it does not cover.
    let skipped: Vec<&RequirementResult> = required()
        .filter(|it| proved && it.status == Status::Skipped)
        .collect();
    let unseen = name(&skipped, "not looked at");
    let part = run
        .shard
        .map(|part| format!("{}: merge the reports for a verdict", part.shard));
    Outcome {
        verdict,
        exit_code,
        // A part of the cases shows too little of either version.
        stage: match run.shard {
            Some(_) => None,
            None => stage(contract, requirements, cases, run, proved),
        },
        multi_backup_safe,
        reasons: first
            .into_iter()
            .chain(all)
            .chain(unseen)
            .chain(part)
            .collect(),
    }
}

/// The checks of a requirement, each with its case.
fn checks_of<'a>(
    id: &'a str,
    cases: &'a [CaseResult],
) -> impl Iterator<Item = (&'a CaseResult, &'a Check)> {
    let checks = cases
        .iter()
        .flat_map(|case| case.checks.iter().map(move |check| (case, check)));
    checks.filter(move |(_, check)| check.requirement == id)
}

/// Whether a broken requirement is broken by nothing but known failures.
fn is_known(id: &str, cases: &[CaseResult]) -> bool {
    let mut failed = checks_of(id, cases).filter(|(_, check)| check.status == Status::Failed);
    failed.all(|(_, check)| check.standing == Some(Standing::Known))
}

/// Whether an undecided requirement is undecided only in cases that a known failure has broken first, while
/// another case has shown that it is kept. What no case has shown stays undecided.
fn is_covered(id: &str, cases: &[CaseResult], left_out: &[LeftOut]) -> bool {
    let shown = checks_of(id, cases).any(|(_, check)| check.status == Status::Passed);
    let mut open = checks_of(id, cases).filter(|(_, check)| check.status == Status::Undecided);
    shown && !is_starved(id, left_out) && open.all(|(case, check)| is_behind_known(case, check))
}

/// Whether a case of a requirement had to be left out, for want of a client.
fn is_starved(id: &str, left_out: &[LeftOut]) -> bool {
    left_out
        .iter()
        .any(|case| case.undecides && case.requirements.iter().any(|it| it == id))
}

/// Whether an undecided check is so by an exchange that shows a known failure.
fn is_behind_known(case: &CaseResult, open: &Check) -> bool {
    let mut known = case
        .checks
        .iter()
        .filter(|check| check.standing == Some(Standing::Known));
    open.evidence.is_some() && known.any(|check| check.evidence == open.evidence)
}

/// Says of an outcome what differs from what was approved, a line each; a run that conforms has drifted then,
/// any other verdict weighs more.
pub fn drift(outcome: &mut Outcome, differences: Vec<String>) {
    if outcome.verdict == Ruling::Conforms && !differences.is_empty() {
        outcome.verdict = Ruling::Drift;
        outcome.exit_code = 5;
        outcome.reasons.splice(0..0, differences);
    } else {
        outcome.reasons.extend(differences);
    }
}

/// How far the custodian has migrated, from what was seen of it.
fn stage(
    contract: &Requirements,
    requirements: &[RequirementResult],
    cases: &[CaseResult],
    run: &Run,
    proved: bool,
) -> Option<Stage> {
    let mut seen = Seen::default();
    for case in cases {
        seen.look(case);
    }
    if !seen.answered || matches!(run.halted, Some(Halted::Environment(_))) {
        return None;
    }
    let failed = |id: &str| {
        requirements
            .iter()
            .any(|it| it.id == id && it.status == Status::Failed)
    };
    let write_only = seen.v6_kept && !seen.v6_returned && seen.v5_returned;
    let v5_lost = contract.iter().any(|it| {
        let breaks = it.judged.breaks_v5.as_ref();
        breaks.is_some_and(|it| !it.unless.as_deref().is_some_and(failed)) && failed(&it.id)
    });
    Some(match run.contract {
        _ if write_only && (seen.array || seen.single) => Stage::V6WriteOnly,
        Contract::V6 if proved => Stage::V6,
        _ if seen.array && v5_lost => Stage::V6BreaksV5,
        Contract::V6
            if seen.array
                && !requirements
                    .iter()
                    .any(|it| it.level == Level::Required && it.status == Status::Failed) =>
        {
            // Nothing speaks against v6, but not all was looked at.
            return None;
        }
        _ if seen.array => Stage::V6Partial,
        _ if seen.single => Stage::V5,
        Contract::V5 | Contract::V6 => Stage::None,
    })
}

/// What was seen of the forms of both versions.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a thing seen or not")]
struct Seen {
    answered: bool,
    array: bool,
    single: bool,
    v6_kept: bool,
    v6_returned: bool,
    v5_returned: bool,
}

impl Seen {
    fn look(&mut self, case: &CaseResult) {
        let (mut v6, mut v5) = (HashSet::new(), HashSet::new());
        for exchange in &case.exchanges {
            let Some(reply) = exchange.reply() else {
                continue;
            };
            if exchange.sent.webhook.is_own() {
                continue;
            }
            self.answered = true;
            if exchange.sent.webhook == Webhook::Backup {
                if let (true, Some(label)) = (reply.is_success(), exchange.sent.share.as_deref()) {
                    // The slot of v5 shares has a name, which v5 custodians know as well.
                    let named = exchange
                        .sent
                        .method
                        .as_deref()
                        .is_some_and(|method| method != UNKNOWN);
                    _ = if named {
                        v6.insert(label)
                    } else {
                        v5.insert(label)
                    };
                    self.v6_kept |= named;
                }
                continue;
            }
            if !reply.is_success() {
                continue;
            }
            self.array |= matches!(reply.reading.form, Form::Shares | Form::Both);
            self.single |= reply.reading.form == Form::Legacy;
            for found in &reply.reading.found {
                if let Found::Share { label, .. } = found {
                    self.v6_returned |= v6.contains(label.as_str());
                    self.v5_returned |= v5.contains(label.as_str());
                }
            }
        }
    }
}
