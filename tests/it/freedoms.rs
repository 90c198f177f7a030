//! The built-in custodian with what the contract leaves free: it conforms, whatever it takes of that, and a fault beside
//! it breaks what it breaks alone.
//!
//! `scripts/freedoms` runs each freedom alone, many mixtures, and as many with a fault; without it the tests run a few that
//! have every freedom among them.

use crate::proof::{of_webhooks, suite};
use sharecheck::contract::Contract;
use sharecheck::model::finding::Status;
use sharecheck::model::report::Report;
use sharecheck::model::requirement::Level;
use sharecheck::pipeline::load::Suite;
use sharecheck::proof::{self, Bench, JOBS};
use sharecheck::reference::{self, Fault, Freedom, Shows, conflict};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// The same mixtures in each run.
const SEED: u64 = 4;
/// So many freedoms are in one mixture at the most.
const MOST: usize = 12;
/// So many mixtures get a fault where nobody says.
const WITH_A_FAULT: usize = 4;

/// A custodian and how it is asked.
#[derive(Clone, Debug)]
struct Mixture {
    contract: Contract,
    jobs: usize,
    fault: Option<Fault>,
    freedoms: Vec<Freedom>,
}

impl fmt::Display for Mixture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.freedoms.iter().map(|it| it.name()).collect();
        let fault = self.fault.map_or("", Fault::name);
        write!(
            f,
            "run --reference={fault} --freedom {} --contract {} --jobs {}",
            names.join(","),
            self.contract,
            self.jobs
        )
    }
}

impl Mixture {
    /// These freedoms, of one that conflicts with another the first.
    fn of(freedoms: impl IntoIterator<Item = Freedom>, most: usize) -> Self {
        let mut taken: Vec<Freedom> = Vec::new();
        for freedom in freedoms {
            let free = taken.iter().all(|it| goes_with(*it, freedom));
            if free && taken.len() < most {
                taken.push(freedom);
            }
        }
        Self {
            contract: Contract::V6,
            jobs: JOBS,
            fault: None,
            freedoms: taken,
        }
    }

    /// At random; most with as many cases at once as a run has, some with few or one.
    fn drawn(dice: &mut fastrand::Rng, number: usize) -> Self {
        let mut all = Freedom::ALL.to_vec();
        dice.shuffle(&mut all);
        let most = dice.usize(2..=MOST);
        Self {
            contract: if number % 6 == 5 {
                Contract::V5
            } else {
                Contract::V6
            },
            jobs: match number % 10 {
                3 => 8,
                7 => 1,
                _ => JOBS,
            },
            ..Self::of(all, most)
        }
    }

    /// With a fault that is to be seen in every run and goes together with the freedoms.
    fn with_a_fault(self, dice: &mut fastrand::Rng) -> Self {
        let fits = |fault: &Fault| {
            fault.shows() == Shows::Steadily
                && fault.contract() == reference::Contract::V6
                && self
                    .freedoms
                    .iter()
                    .all(|it| conflict(*fault, *it).is_none())
        };
        let faults: Vec<Fault> = of_webhooks().filter(fits).collect();
        Self {
            contract: Contract::V6,
            fault: dice.choice(faults),
            ..self
        }
    }

    fn takes(&self, some: &[Freedom]) -> bool {
        self.freedoms.iter().any(|it| some.contains(it))
    }

    /// Whether it may be that nothing is known of a requirement, or that it shows what is only worth knowing.
    fn is_free(&self, requirement: &str) -> bool {
        let status = [Freedom::Stored201, Freedom::Stored202, Freedom::Stored204];
        match requirement {
            "endpoint.status-200" => self.takes(&status),
            // A client that was made up is none that the custodian knows.
            "fetch.empty" => self.freedoms.iter().any(|it| it.forgets_unused_clients()),
            _ => false,
        }
    }
}

/// Whether a mixture has both: a custodian can, but some would take a minute.
fn goes_with(a: Freedom, b: Freedom) -> bool {
    let slow = [Freedom::OneConnection, Freedom::HeldBack];
    conflict(a, b).is_none() && !(slow.contains(&a) && slow.contains(&b))
}

/// How many mixtures `scripts/freedoms` asks for.
fn asked() -> Option<usize> {
    let count = std::env::var("SHARECHECK_MIXTURES").ok()?;
    Some(count.parse().unwrap())
}

/// The fewest mixtures that every freedom is in.
fn covering(dice: &mut fastrand::Rng) -> Vec<Mixture> {
    let mut open = Freedom::ALL.to_vec();
    let mut mixtures = Vec::new();
    while !open.is_empty() {
        dice.shuffle(&mut open);
        let mixture = Mixture::of(open.iter().copied(), usize::MAX);
        open.retain(|it| !mixture.freedoms.contains(it));
        mixtures.push(mixture);
    }
    mixtures
}

/// Runs the suite against each, two at a time, and says what was wrong.
#[expect(
    clippy::print_stdout,
    reason = "the test harness shows it if the test fails"
)]
async fn complaints(
    mixtures: Vec<Mixture>,
    complaint: fn(&Suite, &Mixture, &Report) -> Vec<String>,
) -> Vec<String> {
    let suite = Arc::new(suite());
    let at_once = Arc::new(Semaphore::new(2));
    let mut runs = JoinSet::new();
    for mixture in mixtures {
        let (suite, at_once) = (Arc::clone(&suite), Arc::clone(&at_once));
        runs.spawn(async move {
            let _turn = at_once.acquire_owned().await.unwrap();
            let bench = Bench {
                contract: mixture.contract,
                faults: mixture.fault.as_slice(),
                freedoms: &mixture.freedoms,
                select: Vec::new(),
                jobs: mixture.jobs,
            };
            let report = proof::run(&suite, bench).await.unwrap();
            let said = complaint(&suite, &mixture, &report);
            let lines: Vec<String> = said.iter().map(|it| format!("  {it}\n")).collect();
            let told = format!("{mixture}\n{}", lines.concat());
            print!("{told}");
            (!said.is_empty()).then_some(told)
        });
    }
    let mut all: Vec<String> = runs.join_all().await.into_iter().flatten().collect();
    all.sort();
    all
}

/// What is said of a custodian that does nothing wrong.
fn accusations(_: &Suite, mixture: &Mixture, report: &Report) -> Vec<String> {
    let mut said = proof::complaints(report);
    said.retain(|it| {
        let requirement = it.split(' ').nth(1).unwrap_or_default();
        !mixture.is_free(requirement)
    });
    if report.outcome.exit_code != 0 {
        said.push(format!("exit {}", report.outcome.exit_code));
    }
    for diagnosis in &report.diagnosis {
        said.push(format!("taken for {}", diagnosis.suspect.fault));
    }
    said
}

/// What a fault breaks beside the freedoms and not alone, or alone and not beside them.
fn changes(suite: &Suite, mixture: &Mixture, report: &Report) -> Vec<String> {
    let fault = mixture.fault.map_or("", Fault::name);
    let alone = suite
        .signatures
        .iter()
        .find(|it| it.fault == fault && it.contract == mixture.contract);
    let alone = alone.unwrap().checks.iter();
    let alone = alone.filter(|mark| mark.status == Status::Failed);
    let counts = |id: &&str| suite.requirements.level(id) != Level::Informational;
    let free = |id: &&str| !mixture.is_free(id);
    let alone: BTreeSet<&str> = alone
        .map(|mark| mark.requirement.as_str())
        .filter(counts)
        .filter(free)
        .collect();
    let beside = proof::broken(report).into_iter();
    let beside: BTreeSet<&str> = beside.filter(counts).filter(free).collect();
    let more = beside.difference(&alone).map(|id| format!("+ {id}"));
    let less = alone.difference(&beside).map(|id| format!("- {id}"));
    more.chain(less).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_contract_leaves_free_breaks_nothing() {
    let mut dice = fastrand::Rng::with_seed(SEED);
    let mut mixtures = covering(&mut dice);
    if let Some(count) = asked() {
        let alone = Freedom::ALL.iter().map(|it| Mixture::of([*it], 1));
        mixtures.extend(alone);
        mixtures.extend((0..count).map(|number| Mixture::drawn(&mut dice, number)));
    }
    let said = complaints(mixtures, accusations).await;
    assert!(said.is_empty(), "{}", said.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_breaks_the_same_whatever_freedoms_are_beside_it() {
    let mut dice = fastrand::Rng::with_seed(SEED);
    let mixtures = (0..asked().unwrap_or(WITH_A_FAULT)).map(|number| {
        let mixture = Mixture::drawn(&mut dice, number);
        mixture.with_a_fault(&mut dice)
    });
    let said = complaints(mixtures.collect(), changes).await;
    assert!(said.is_empty(), "{}", said.join("\n"));
}
