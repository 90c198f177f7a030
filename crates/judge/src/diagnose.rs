//! Names for what is broken. Takes the failed checks of a run and the faults' signatures; gives the fewest faults that
//! explain them, the weightiest first. Each broken requirement is weighed by itself, so that a fault is named beside
//! others that nobody knows; one that is explained in part only gets no name. A name changes no status. Pure.

use crate::contract::Contract;
use crate::model::finding::{Check, Standing, Status};
use crate::model::remedy::Remedy;
use crate::model::report::{CaseResult, Diagnosis, Suspect};
use crate::model::requirement::Level;
use crate::model::signature::{Extent, Mark, Signature};
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

/// So many faults are named at the most.
const MOST: usize = 4;
/// Of a hundred checks that a fault fails, so many may speak against it; one may where there are four.
const AGAINST: usize = 15;
/// What explains less of every requirement is there by chance: so many of a hundred of its checks that are open.
const SHARE: usize = 33;
/// A fault is named only where so many of a hundred failed checks of a requirement are explained: a wrong name is worse
/// than none.
const EXPLAINED: usize = 95;
/// The same where what fails hangs on timing.
const EXPLAINED_BY_CHANCE: usize = 70;

/// A case's id and a requirement's: what a check is known by.
type Key<'a> = (&'a str, &'a str);

/// Names the faults that explain what failed.
pub fn diagnose(
    signatures: &[Signature],
    remedies: &[Remedy],
    contract: Contract,
    cases: &[CaseResult],
) -> Vec<Diagnosis> {
    let pool = pool(signatures, contract);
    let seen = Seen::of(cases, &pool);
    let weights = Weights::of(&pool);
    let suspicions: Vec<Suspicion<'_>> = pool
        .into_iter()
        .filter_map(|signature| Suspicion::of(signature, &seen, &weights))
        .collect();
    let mut open: HashSet<Key<'_>> = seen.failed().collect();
    let mut chosen: Vec<&Suspicion<'_>> = Vec::new();
    while chosen.len() < MOST
        && let Some(best) = weightiest(&suspicions, &open, &weights)
    {
        open.retain(|key| !best.explains.contains(key));
        chosen.push(best);
    }
    let total = by_requirement(seen.failed());
    let left = by_requirement(open.iter().copied());
    let all = seen.failed().count();
    chosen.retain(|it| {
        let needed = if it.is_loose() {
            EXPLAINED_BY_CHANCE
        } else {
            EXPLAINED
        };
        let is_explained = |requirement: &str| {
            let all = total.get(requirement).copied().unwrap_or(0);
            let left = left.get(requirement).copied().unwrap_or(0);
            100 * (all - left) >= needed * all
        };
        let mostly = 100 * (all - open.len()) >= needed * all;
        let mut agree = it.agree.iter();
        (it.certain || mostly) && agree.any(|(_, requirement)| is_explained(requirement))
    });
    let mut open: HashSet<Key<'_>> = seen.failed().collect();
    // What breaks what is required is told before what only warns.
    chosen.sort_by_key(|it| Reverse(seen.level(it)));
    let named = chosen.into_iter().map(|best| {
        open.retain(|key| !best.explains.contains(key));
        let alike = suspicions.iter().filter(|other| other.is_like(best));
        let alike: Vec<&Signature> = alike.map(|it| it.signature).collect();
        diagnosis(best, &alike, open.len(), remedies)
    });
    named.collect()
}

/// How many checks there are of each requirement.
fn by_requirement<'a>(checks: impl Iterator<Item = Key<'a>>) -> HashMap<&'a str, usize> {
    let mut counts = HashMap::new();
    for (_, requirement) in checks {
        *counts.entry(requirement).or_default() += 1;
    }
    counts
}

/// The signatures to hold a run against. What v5 shares with v6 was run under v6.
fn pool(signatures: &[Signature], contract: Contract) -> Vec<&Signature> {
    let own = |fault: &str| {
        let mut all = signatures.iter();
        all.any(|it| it.fault == fault && it.contract == contract)
    };
    let fits =
        |it: &&Signature| it.contract == contract || contract == Contract::V5 && !own(&it.fault);
    signatures.iter().filter(fits).collect()
}

/// The suspicion that explains most of what is open, if any explains enough of what is open of a requirement; of two
/// that explain the same, the one of which more was seen.
fn weightiest<'s, 'a>(
    suspicions: &'s [Suspicion<'a>],
    open: &HashSet<Key<'a>>,
    weights: &Weights<'a>,
) -> Option<&'s Suspicion<'a>> {
    let mut best: Option<((i64, usize), &Suspicion<'_>)> = None;
    let left = by_requirement(open.iter().copied());
    for it in suspicions {
        let news = it.agree.intersection(open).count();
        let explains: Vec<&Key<'_>> = it.explains.intersection(open).collect();
        // What rests on evidence that others explain is no finding of its own.
        let enough = |(requirement, count): (&&str, &usize)| {
            let all = left.get(*requirement).copied().unwrap_or(0);
            100 * count >= SHARE * all
        };
        let share = by_requirement(explains.iter().map(|key| **key));
        if 2 * news < it.agree.len() || news == 0 || !share.iter().any(enough) {
            continue;
        }
        // What a signature promises says more than what its fault may do besides.
        let weight = explains.into_iter().map(|key| {
            let half = if it.agree.contains(key) { 1 } else { 2 };
            weights.of_check(*key) / half
        });
        let gain = weight.sum::<i64>() - it.against;
        let rank = (gain, it.agree.len());
        if gain > 0 && best.is_none_or(|(most, _)| rank > most) {
            best = Some((rank, it));
        }
    }
    best.map(|(_, it)| it)
}

fn diagnosis(
    best: &Suspicion<'_>,
    alike: &[&Signature],
    unexplained: usize,
    remedies: &[Remedy],
) -> Diagnosis {
    let suspect = |signature: &Signature| Suspect {
        fault: signature.fault.clone(),
        says: format!("the custodian {}", signature.claim),
    };
    let others = alike.iter().filter(|it| it.fault != best.signature.fault);
    let mends = |remedy: &&Remedy| remedy.faults.contains(&best.signature.fault);
    Diagnosis {
        suspect: suspect(best.signature),
        alike: others.map(|it| suspect(it)).collect(),
        agree: best.agree.len(),
        of: best.of,
        unexplained,
        remedies: remedies.iter().filter(mends).cloned().collect(),
    }
}

/// What a run has seen of the cases that the signatures speak of.
struct Seen<'a> {
    checks: HashMap<Key<'a>, (Status, Option<&'a str>)>,
    levels: HashMap<Key<'a>, Level>,
    /// The cases without a check that is open: what they do not say is not broken.
    clear: HashSet<&'a str>,
}

impl<'a> Seen<'a> {
    fn of(cases: &'a [CaseResult], pool: &[&Signature]) -> Self {
        let known: HashSet<&str> = pool
            .iter()
            .flat_map(|signature| &signature.checks)
            .map(|mark| mark.case.as_str())
            .collect();
        // What is only worth knowing is not to be explained beside a failure.
        let is_note = |check: &Check| check.standing == Some(Standing::Note);
        let mut all = cases.iter().flat_map(|case| &case.checks);
        let failed = all.any(|it| it.status == Status::Failed && !is_note(it));
        let is_aside = |check: &Check| failed && is_note(check);
        let mut checks = HashMap::new();
        let mut levels = HashMap::new();
        let mut clear = HashSet::new();
        let mut unclear = HashSet::new();
        for case in cases {
            // A case that is run again has a number behind its id.
            let id = case.id.split('#').next().unwrap_or(&case.id);
            if !known.contains(id) {
                continue;
            }
            for check in case.checks.iter().filter(|it| !is_aside(it)) {
                levels.insert((id, check.requirement.as_str()), check.level);
                let now = (check.status, check.code.as_deref());
                let held = checks
                    .entry((id, check.requirement.as_str()))
                    .or_insert(now);
                if now.0 > held.0 {
                    *held = now;
                }
                match check.status {
                    Status::Passed | Status::Failed => clear.insert(id),
                    Status::Skipped | Status::Undecided | Status::Errored => unclear.insert(id),
                };
            }
        }
        clear.retain(|id| !unclear.contains(id));
        Self {
            checks,
            levels,
            clear,
        }
    }

    fn failed(&self) -> impl Iterator<Item = Key<'a>> {
        let all = self.checks.iter();
        all.filter(|(_, (status, _))| *status == Status::Failed)
            .map(|(key, _)| *key)
    }

    /// The firmest level among the checks that speak for a suspicion.
    fn level(&self, suspicion: &Suspicion<'_>) -> Option<Level> {
        let agree = suspicion.agree.iter();
        agree.filter_map(|key| self.levels.get(key).copied()).max()
    }

    /// Whether what was seen agrees with a check that a fault fails; nothing where it cannot be told.
    fn agrees(&self, mark: &Mark) -> Option<bool> {
        match self.checks.get(&mark.key()) {
            Some((Status::Failed, code)) => {
                Some(mark.code.is_none() || mark.code.as_deref() == *code)
            }
            Some((Status::Passed, _)) => Some(false),
            Some((Status::Undecided | Status::Skipped | Status::Errored, _)) => None,
            None => self.clear.contains(mark.case.as_str()).then_some(false),
        }
    }
}

/// How much a check says: the fewer faults fail it, the more; a million if only one does.
struct Weights<'a>(HashMap<Key<'a>, i64>);

impl<'a> Weights<'a> {
    fn of(pool: &[&'a Signature]) -> Self {
        let mut faults = HashMap::new();
        for mark in pool.iter().flat_map(|signature| signature.failed()) {
            *faults.entry(mark.key()).or_default() += 1;
        }
        Self(faults)
    }

    fn of_check(&self, key: Key<'_>) -> i64 {
        1_000_000 / self.0.get(&key).copied().unwrap_or(1)
    }
}

/// A fault that is near, and what speaks for it.
struct Suspicion<'a> {
    signature: &'a Signature,
    /// The checks that it fails and that failed as it fails them.
    agree: HashSet<Key<'a>>,
    /// Whether one of them failed with a code of which there is no choice.
    certain: bool,
    /// How many of the checks that it fails could be told.
    of: usize,
    /// The weight of those that did not fail, or not in this way.
    against: i64,
    /// Every failed check that is accounted for.
    explains: HashSet<Key<'a>>,
}

impl<'a> Suspicion<'a> {
    fn of(signature: &'a Signature, seen: &Seen<'a>, weights: &Weights<'a>) -> Option<Self> {
        let mut agree = HashSet::new();
        let (mut of, mut against, mut certain) = (0, 0, false);
        for mark in signature.failed() {
            let Some(agrees) = seen.agrees(mark) else {
                continue;
            };
            of += 1;
            if agrees {
                agree.insert(mark.key());
                certain |= mark.code.is_some();
            } else {
                against += weights.of_check(mark.key());
            }
        }
        let missing = of - agree.len();
        let near = 100 * missing <= AGAINST * of || missing == 1 && of >= 4;
        if agree.is_empty() || !near {
            return None;
        }
        let explains = agree.iter().copied();
        let explains = explains.chain(beside(signature, seen)).collect();
        Some(Self {
            signature,
            agree,
            certain,
            of,
            against,
            explains,
        })
    }

    /// Whether nothing that was seen tells the two apart. Where signatures hold only what always shows, the checks that
    /// chance has failed tell nothing.
    fn is_like(&self, other: &Self) -> bool {
        if self.is_loose() && other.is_loose() {
            return self.requirements() == other.requirements();
        }
        self.agree == other.agree && self.of == other.of && self.explains == other.explains
    }

    /// Whether its signature holds only what always shows.
    fn is_loose(&self) -> bool {
        self.signature.extent != Extent::Whole
    }

    /// The requirements of the checks that agree.
    fn requirements(&self) -> HashSet<&'a str> {
        self.agree
            .iter()
            .map(|(_, requirement)| *requirement)
            .collect()
    }
}

/// Failed checks that a fault may well fail, though its signature does not promise it.
fn beside<'a>(signature: &Signature, seen: &Seen<'a>) -> Vec<Key<'a>> {
    let may = |key: &Key<'_>| {
        signature.failed().any(|mark| {
            // A race hangs on chance; where only some cases were run, the others were not seen.
            let loose = match signature.extent {
                Extent::Whole => false,
                Extent::Races => mark.code.is_none(),
                Extent::Load | Extent::Alone => true,
            };
            loose && (mark.case == key.0 || mark.requirement == key.1)
        })
    };
    seen.failed().filter(may).collect()
}
