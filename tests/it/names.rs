//! The proof of the names: custodians with two or three faults at once, drawn by a seed, are called what they are.
//! `scripts/names` tries many more.
//!
//! A fault *shows* in a mixture if a run says something else without it. What shows has to be named, and nothing that is
//! not there may be.

use crate::proof::{drawn, number, of_webhooks, suite, suspects};
use sharecheck::contract::Contract;
use sharecheck::model::finding::Status;
use sharecheck::model::report::Report;
use sharecheck::model::requirement::Level;
use sharecheck::pipeline::load::Suite;
use sharecheck::proof;
use sharecheck::reference::{Fault, Shows};
use std::collections::BTreeSet;
use std::sync::Arc;

/// So many mixtures are tried, unless `NAMES_MIXTURES` says otherwise.
const MIXTURES: u64 = 40;

/// The seed of what is drawn, unless `NAMES_SEED` says otherwise.
const SEED: u64 = 20;

/// Of a hundred faults that show in pairs, and in triples, so many are named at least.
const NAMED: [(usize, usize); 2] = [(2, 95), (3, 90)];

/// Of a hundred mixtures so many are called what they are not at the most.
const FALSE: usize = 2;

/// What became of one mixture.
struct Tried {
    faults: Vec<Fault>,
    jobs: usize,
    /// Those that the run shows.
    shown: Vec<Fault>,
    /// What the run was said to look like.
    named: Vec<Vec<String>>,
}

impl Tried {
    /// Those that show and are not named.
    fn missed(&self) -> Vec<&'static str> {
        let all = self.shown.iter().map(|it| it.name());
        all.filter(|name| {
            !self
                .named
                .iter()
                .any(|alike| alike.iter().any(|it| it == name))
        })
        .collect()
    }

    /// What is named and is not there.
    fn wrong(&self) -> Vec<String> {
        let there = |name: &String| self.faults.iter().any(|it| it.name() == name);
        let none = self.named.iter().filter(|alike| !alike.iter().any(there));
        none.map(|alike| alike.join(" or ")).collect()
    }
}

#[test]
fn what_shows_in_a_mixture_of_faults_is_named() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let count = number("NAMES_MIXTURES", MIXTURES);
    let tried = runtime.block_on(try_all(count));
    let mut told = String::new();
    for it in &tried {
        let names: Vec<&str> = it.faults.iter().map(|it| it.name()).collect();
        let (missed, wrong) = (it.missed(), it.wrong());
        if !missed.is_empty() || !wrong.is_empty() {
            let line = format!(
                "[{}] at {} jobs: missed {missed:?}, false {wrong:?}\n",
                names.join(" "),
                it.jobs
            );
            told.push_str(&line);
        }
    }
    let mut failed = Vec::new();
    for (size, least) in NAMED {
        let all = || tried.iter().filter(|it| it.faults.len() == size);
        let shown: usize = all().map(|it| it.shown.len()).sum();
        let named = shown - all().map(|it| it.missed().len()).sum::<usize>();
        let line = format!(
            "of {shown} faults that show in {} mixtures of {size}, {named} are named",
            all().count()
        );
        println!("{line}");
        if 100 * named < least * shown {
            failed.push(line);
        }
    }
    let wrong = tried.iter().filter(|it| !it.wrong().is_empty()).count();
    println!(
        "{wrong} of {} mixtures are called what they are not\n{told}",
        tried.len()
    );
    if 100 * wrong > FALSE * tried.len() {
        failed.push(format!("{wrong} mixtures are called what they are not"));
    }
    assert!(
        failed.is_empty(),
        "seed {}: {}\n{told}",
        number("NAMES_SEED", SEED),
        failed.join("; ")
    );
}

async fn try_all(count: u64) -> Vec<Tried> {
    let suite = Arc::new(suite());
    let mut rng = fastrand::Rng::with_seed(number("NAMES_SEED", SEED));
    let mut all = Vec::new();
    // One after another: what disturbs a run would be named too.
    for turn in 0..count {
        let faults = mixture(&suite, &mut rng, if turn % 4 == 3 { 3 } else { 2 });
        let jobs = [64, 8, 1][usize::try_from(turn % 3).unwrap()];
        all.push(try_one(&suite, faults, jobs).await);
    }
    all
}

/// Faults of v6 that can be had together and show in every run, without those that keep requests waiting for eleven seconds.
fn mixture(suite: &Suite, rng: &mut fastrand::Rng, size: usize) -> Vec<Fault> {
    let shows = |fault: &Fault| {
        let slow = matches!(fault, Fault::SlowFetch | Fault::SlowStore);
        fault.shows() == Shows::Steadily
            && !slow
            && proof::contracts_of(suite, *fault).contains(&Contract::V6)
    };
    let pool: Vec<Fault> = of_webhooks().filter(shows).collect();
    drawn(rng, &pool, size)
}

async fn try_one(suite: &Suite, faults: Vec<Fault>, jobs: usize) -> Tried {
    let whole = run(suite, &faults, jobs).await;
    let named = whole.diagnosis.iter().map(|it| {
        let alike = suspects(it).into_iter();
        alike.map(str::to_owned).collect()
    });
    let mut tried = Tried {
        named: named.collect(),
        shown: faults.clone(),
        faults,
        jobs,
    };
    // What is named does show; of the others a run without them tells.
    for missed in tried.missed() {
        let others: Vec<Fault> = tried
            .faults
            .iter()
            .filter(|it| it.name() != missed)
            .copied()
            .collect();
        if open(&run(suite, &others, jobs).await) == open(&whole) {
            tried.shown.retain(|it| it.name() != missed);
        }
    }
    tried
}

async fn run(suite: &Suite, faults: &[Fault], jobs: usize) -> Report {
    let bench = proof::Bench {
        contract: Contract::V6,
        faults,
        freedoms: &[],
        select: Vec::new(),
        jobs,
    };
    proof::run(suite, bench).await.unwrap()
}

/// The checks that failed, as far as names speak of them: not of what is only worth knowing.
fn open(report: &Report) -> BTreeSet<(&str, &str, Option<&str>)> {
    let checks = report
        .cases
        .iter()
        .flat_map(|case| case.checks.iter().map(move |it| (case, it)));
    let failed =
        checks.filter(|(_, it)| it.status == Status::Failed && it.level != Level::Informational);
    failed
        .map(|(case, it)| {
            (
                case.id.as_str(),
                it.requirement.as_str(),
                it.code.as_deref(),
            )
        })
        .collect()
}
