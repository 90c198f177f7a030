//! Runs against the built-in custodian with one fault or several that can be had together, each kept as its log tells
//! it.

use crate::proof::{drawn, number, of_webhooks, suite};
use sharecheck::contract::Contract;
use sharecheck::exchange::Exchange;
use sharecheck::model::log::{Began, Ended, Line, Looked};
use sharecheck::model::report::Report;
use sharecheck::model::transcript::Transcript;
use sharecheck::pipeline::attribute::{Observation, observations};
use sharecheck::pipeline::load::Suite;
use sharecheck::pipeline::recall::{Record, recall};
use sharecheck::pipeline::{Observer, judge_again};
use sharecheck::proof;
use sharecheck::reference::{Fault, Shows};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock, Mutex};

/// So many mixtures are tried, unless `INVARIANTS_MIXTURES` says otherwise.
const MIXTURES: usize = 40;

/// The seed of what is drawn, unless `INVARIANTS_SEED` says otherwise.
const SEED: u64 = 6;

/// One of so many mixtures is shown to a v5 custodian.
const V5: usize = 10;

/// Where not all cases are run, each is with this probability, and those that name a fault are in any case.
const SELECTED: f64 = 0.3;

/// A run, and what the judge made of it.
pub(crate) struct Recording {
    mixture: Mixture,
    /// What the log tells.
    pub(crate) record: Record,
    /// What the run itself said.
    pub(crate) live: Report,
    /// What the judge says of the log.
    pub(crate) judged: Report,
    /// What the judge looked at.
    pub(crate) observations: Vec<Observation>,
}

/// What a custodian is made of, and what it is asked.
#[derive(Clone, Debug)]
struct Mixture {
    faults: Vec<Fault>,
    contract: Contract,
    /// The ids of the cases that are run; empty for all.
    selected: Vec<String>,
}

/// As the message of a test shows it, so that the same run can be had again.
impl fmt::Display for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mixture {
            faults,
            contract,
            selected,
        } = &self.mixture;
        let names: Vec<&str> = faults.iter().map(|it| it.name()).collect();
        let cases = match selected.len() {
            0 => "all cases".to_owned(),
            some => format!("{some} cases"),
        };
        write!(f, "[{}] {contract}, {cases}", names.join(" "))
    }
}

/// The suite that all tests of the invariants judge by.
pub(crate) static SUITE: LazyLock<Suite> = LazyLock::new(suite);

/// The recordings, made once for all tests.
pub(crate) static RECORDINGS: LazyLock<Vec<Recording>> = LazyLock::new(|| {
    // A test may itself run within a runtime, which starts no other.
    let all = std::thread::spawn(|| {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(record_all())
    });
    all.join().unwrap()
});

/// The seed of all that the tests of the invariants draw.
pub(crate) fn seed() -> u64 {
    number("INVARIANTS_SEED", SEED)
}

async fn record_all() -> Vec<Recording> {
    let count = usize::try_from(number("INVARIANTS_MIXTURES", MIXTURES as u64)).unwrap();
    // Two at a time: a run waits as often as it works.
    let at_once = Arc::new(tokio::sync::Semaphore::new(2));
    let mut runs = tokio::task::JoinSet::new();
    for (number, mixture) in mixtures(count).into_iter().enumerate() {
        let at_once = Arc::clone(&at_once);
        runs.spawn(async move {
            let _turn = at_once.acquire_owned().await.unwrap();
            (number, record(mixture).await)
        });
    }
    let mut all: Vec<(usize, Recording)> = runs.join_all().await;
    all.sort_by_key(|(number, _)| *number);
    all.into_iter().map(|(_, it)| it).collect()
}

async fn record(mixture: Mixture) -> Recording {
    let log = Arc::new(Log::default());
    let observer = Arc::clone(&log);
    let Mixture {
        faults,
        contract,
        selected,
    } = &mixture;
    let bench = proof::Bench {
        contract: *contract,
        faults,
        freedoms: &[],
        select: selected.clone(),
        jobs: proof::JOBS,
    };
    let run = proof::watched(&SUITE, bench, observer);
    let live = run.await.unwrap();
    let record = recall(log.0.lock().unwrap().as_bytes()).unwrap();
    let judged = judge_again(record.clone(), &SUITE);
    let observations = observations(&record.transcripts, &SUITE.requirements);
    Recording {
        mixture,
        record,
        live,
        judged,
        observations,
    }
}

/// The correct custodians, then one fault in four, else two or three that can be had together. One in three is asked all
/// cases: with some of them the judge has less to go by, and a run takes less.
fn mixtures(count: usize) -> Vec<Mixture> {
    let mut rng = fastrand::Rng::with_seed(seed());
    let correct = [Contract::V6, Contract::V5].map(|contract| Mixture {
        faults: Vec::new(),
        contract,
        selected: Vec::new(),
    });
    let mut all = Vec::from(correct);
    while all.len() < count {
        let contract = if all.len() % V5 == 0 {
            Contract::V5
        } else {
            Contract::V6
        };
        let size = [1, 2, 2, 3][all.len() % 4];
        let faults = mixture(&mut rng, contract, size);
        let selected = if all.len() % 3 == 0 {
            Vec::new()
        } else {
            selected(&mut rng, contract, &faults)
        };
        all.push(Mixture {
            faults,
            contract,
            selected,
        });
    }
    all
}

/// Some of the cases, those that name a fault among them.
fn selected(rng: &mut fastrand::Rng, contract: Contract, faults: &[Fault]) -> Vec<String> {
    let of_contract = SUITE.cases.iter();
    let of_contract = of_contract.filter(|it| it.contracts.contains(&contract));
    let some = of_contract.filter(|case| {
        let mut names = faults.iter().map(|it| it.name());
        names.any(|name| case.catches.iter().any(|it| it == name)) || rng.f64() < SELECTED
    });
    some.map(|case| case.id.clone()).collect()
}

/// Faults that can be had together and show in one run, without those that keep every request waiting for eleven seconds.
fn mixture(rng: &mut fastrand::Rng, contract: Contract, size: usize) -> Vec<Fault> {
    let shows = |fault: &Fault| {
        let slow = matches!(fault, Fault::SlowFetch | Fault::SlowStore);
        let now = fault.shows() != Shows::Later && !slow;
        now && proof::contracts_of(&SUITE, *fault).contains(&contract)
    };
    let pool: Vec<Fault> = of_webhooks().filter(shows).collect();
    drawn(rng, &pool, size)
}

/// A run log in memory.
#[derive(Default)]
struct Log(Mutex<String>);

impl Log {
    fn write(&self, line: &Line) {
        let text = serde_json::to_string(line).unwrap();
        let mut log = self.0.lock().unwrap();
        log.push_str(&text);
        log.push('\n');
    }
}

impl Observer for Log {
    fn began(&self, began: &Began) {
        self.write(&Line::Run(Box::new(began.clone())));
    }
    fn looked(&self, looked: &Looked) {
        self.write(&Line::Preflight(looked.clone()));
    }
    fn trial(&self, transcript: &Transcript) {
        self.write(&Line::Transcript(Box::new(transcript.clone())));
    }
    fn closing(&self, id: &str, attempt: usize, exchange: &Exchange) {
        self.write(&Line::Closing {
            id: id.to_owned(),
            attempt,
            exchange: Box::new(exchange.clone()),
        });
    }
    fn ended(&self, ended: &Ended, report: &Report) {
        self.write(&Line::End {
            ended: ended.clone(),
            exit_code: report.outcome.exit_code,
        });
    }
}

/// The observations of the attempt that counts, by trial.
pub(crate) fn counting(all: &[Observation]) -> BTreeMap<&str, Vec<&Observation>> {
    let mut by_trial: BTreeMap<&str, Vec<&Observation>> = BTreeMap::new();
    for it in all.iter().filter(|it| it.counts) {
        by_trial.entry(&it.trial).or_default().push(it);
    }
    by_trial
}
