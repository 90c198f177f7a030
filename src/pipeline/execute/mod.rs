//! Trials to transcripts: binds each trial to clients, runs many at once, never two on one client, and
//! sends nothing twice. Whatever the custodian does ends up in a transcript, never in an error.

mod again;
mod clients;
mod request;
mod throttle;
mod trial;

use crate::exchange::{Exchange, Redactor, Trouble};
use crate::hook::Restart;
use crate::http::Http;
use crate::model::cause::Cause;
use crate::model::client::Supply;
use crate::model::transcript::{CutShort, Transcript};
use crate::model::trial::{LeftOut, Trial};
pub use trial::shares;

use again::{Again, Fate};
use clients::Clients;
use secrecy::SecretString;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use throttle::{Inside, Throttle};
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// How a run is executed.
#[derive(Clone)]
pub struct Settings {
    /// The webhook secret.
    pub secret: SecretString,
    /// The run's mark: eight hexadecimal digits.
    pub run: String,
    /// The seed of all that is drawn.
    pub seed: u64,
    /// How many trials run at once at the most.
    pub jobs: usize,
    /// The limit of one request in milliseconds.
    pub max_time_ms: u64,
    /// How the custodian is restarted, where that is possible.
    pub restart: Option<Restart>,
    /// Told of everything as it happens.
    pub observer: Arc<Observe>,
}

/// Is told of what happens, and says whether the run goes on.
pub type Observe = dyn Fn(Event<'_>) -> Onward + Send + Sync;

/// Whether a run goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Onward {
    /// It does.
    Go,
    /// No further request is sent.
    Stop,
}

/// What happens during a run.
#[derive(Debug)]
pub enum Event<'a> {
    /// A trial was given these clients and is about to begin.
    Bound(&'a Trial, &'a [String]),
    /// An exchange is over.
    Exchange(&'a str, &'a Exchange),
    /// A trial is over.
    Trial(Box<Transcript>),
}

/// What a run has left undone, and why. What it has done, the observer was told.
#[derive(Debug, Default)]
pub struct Executed {
    /// Trials for which there was no client, or no time.
    pub starved: Vec<LeftOut>,
    /// Of those, the ones that were under way when the run was ended from outside, with their clients.
    pub given_up: Vec<(Trial, Vec<String>)>,
    /// A client that held what could be somebody's share.
    pub foreign: Option<String>,
    /// What nearly every answer said, if that ended the run.
    pub broken_off: Option<String>,
}

/// What all trials of a run share.
struct Ground {
    http: Http,
    settings: Settings,
    redactor: Redactor,
    began: Instant,
    known: bool,
    /// Whether client ids are made up: nothing can have been left on them.
    made_up: bool,
    /// Which client ids a trial was bound to, to tell leftovers from leaks.
    bound: Mutex<HashMap<usize, Vec<String>>>,
    /// Clients that this run has written to.
    used: Mutex<HashSet<String>>,
    answered: AtomicUsize,
    progress: Notify,
    breaker: Breaker,
    throttle: Throttle,
    stop: Mutex<Option<Stop>>,
}

/// Why no further request is sent.
#[derive(Clone, Debug)]
enum Stop {
    Foreign(String),
    Broken(String),
    Asked,
}

/// Trials begin with so many at once and grow with the answers: a listen queue takes no more.
const FIRST_AT_ONCE: usize = 8;

/// Lets go of a handle that ends the run from outside, such as on a signal.
#[derive(Clone, Debug, Default)]
pub struct Brake(Arc<(AtomicU8, Notify, AtomicUsize)>);

impl Brake {
    /// Ends the run for the signal with this number: what is under way is given up.
    pub fn pull(&self, signal: u8) {
        self.0.0.store(signal, Ordering::SeqCst);
        self.0.2.fetch_add(1, Ordering::SeqCst);
        self.0.1.notify_waiters();
    }

    /// Whether it was pulled.
    pub fn pulled(&self) -> bool {
        self.signal().is_some()
    }

    /// The signal for which it was pulled.
    pub fn signal(&self) -> Option<u8> {
        Some(self.0.0.load(Ordering::SeqCst)).filter(|signal| *signal > 0)
    }

    /// Waits until it is pulled.
    pub async fn wait(&self) {
        self.wait_for(1).await;
    }

    /// Waits until it is pulled a second time: whoever does that will not wait for the clearing up either.
    pub async fn wait_twice(&self) {
        self.wait_for(2).await;
    }

    async fn wait_for(&self, pulls: usize) {
        loop {
            let pulled = self.0.1.notified();
            tokio::pin!(pulled);
            pulled.as_mut().enable();
            if self.0.2.load(Ordering::SeqCst) >= pulls {
                return;
            }
            pulled.await;
        }
    }
}

/// Executes a plan's trials; each transcript goes to the observer as soon as its trial is over.
pub async fn execute(
    trials: Vec<Trial>,
    supply: Supply,
    http: Http,
    redactor: Redactor,
    settings: Settings,
    brake: &Brake,
) -> Executed {
    let jobs = settings.jobs.max(1);
    let made_up = matches!(supply, Supply::Open { .. });
    let known = !matches!(supply, Supply::Open { known: false });
    let adopted = adopted(&supply);
    let ground = Arc::new(Ground {
        http,
        settings,
        redactor,
        began: Instant::now(),
        known,
        made_up,
        bound: Mutex::default(),
        used: Mutex::new(adopted),
        answered: AtomicUsize::new(0),
        progress: Notify::new(),
        breaker: Breaker::default(),
        throttle: Throttle::new(jobs),
        stop: Mutex::new(None),
    });
    let mut executed = Executed::default();
    let mut clients = Clients::new(supply);
    let mut again = Again::new(trials.len(), jobs);
    let mut pending: VecDeque<(usize, Trial)> = order(trials, made_up);
    pending.retain(|(_, trial)| match clients.promise(trial) {
        Ok(()) => true,
        Err(reason) => {
            executed.starved.push(trial.planned().starved(reason));
            false
        }
    });
    let mut running = JoinSet::new();
    let mut under_way: BTreeMap<usize, (Trial, Vec<String>)> = BTreeMap::new();
    let mut aborted = false;
    loop {
        if !is_over(&ground, brake) {
            let ramp = FIRST_AT_ONCE + ground.answered.load(Ordering::Relaxed);
            while running.len() < jobs.min(ramp) {
                // A restart cuts off whatever runs beside it.
                let alone = |index, trial: &Trial| trial.restarts() || again.is_alone(index);
                let mut others = under_way.iter();
                if others.any(|(index, (trial, _))| alone(*index, trial)) {
                    break;
                }
                let mut waiting = pending.iter().enumerate();
                let next = waiting.find_map(|(at, (index, trial))| {
                    let may_begin = running.is_empty() || !alone(*index, trial);
                    let ids = may_begin.then(|| clients.take(trial)).flatten()?;
                    Some((at, ids))
                });
                let Some((at, ids)) = next else {
                    break;
                };
                let Some((index, trial)) = pending.remove(at) else {
                    break;
                };
                lock(&ground.bound).insert(index, ids.clone());
                let _ = (ground.settings.observer)(Event::Bound(&trial, &ids));
                under_way.insert(index, (trial.clone(), ids.clone()));
                let ground = Arc::clone(&ground);
                running.spawn(async move {
                    let transcript = Box::new(trial::run(index, trial, &ids, &ground).await);
                    (index, ids, transcript)
                });
            }
        }
        if running.is_empty() {
            break;
        }
        tokio::select! {
            Some(finished) = running.join_next() => {
                let (index, ids, transcript) = match finished {
                    Ok(finished) => finished,
                    Err(error) if error.is_cancelled() => continue,
                    // A trial that panicked is our bug; the panic goes on where it belongs.
                    Err(error) => std::panic::resume_unwind(error.into_panic()),
                };
                clients.give_back(ids);
                under_way.remove(&index);
                let may = !is_over(&ground, brake) && may_be_run_again(&transcript.trial, made_up);
                match again.weigh(index, transcript, may) {
                    Fate::Again(index, trial) => pending.push_back((index, trial)),
                    Fate::Counts(transcript) => tell(&ground, transcript),
                }
                settle(again.spared(), &mut pending, &ground);
            }
            () = ground.progress.notified() => {}
            () = brake.wait(), if !aborted => {
                // Those that are over but not yet collected count as finished.
                running.abort_all();
                aborted = true;
            }
        }
    }
    let rest = again.rest();
    under_way.retain(|index, _| !rest.contains_key(index));
    settle(rest, &mut pending, &ground);
    let reason = why_over(&ground, brake, &mut executed);
    give_up(&mut executed, under_way, &pending, &reason);
    executed
}

/// Counts what trials have shown that are not run again after all.
fn settle(
    rest: BTreeMap<usize, Box<Transcript>>,
    pending: &mut VecDeque<(usize, Trial)>,
    ground: &Ground,
) {
    for (index, transcript) in rest {
        pending.retain(|(other, _)| *other != index);
        tell(ground, transcript);
    }
}

/// Says of what was under way and of what had not begun why it was left.
fn give_up(
    executed: &mut Executed,
    under_way: BTreeMap<usize, (Trial, Vec<String>)>,
    pending: &VecDeque<(usize, Trial)>,
    reason: &str,
) {
    executed.given_up = under_way.into_values().collect();
    let unfinished = pending.iter().map(|(_, trial)| trial);
    let unfinished = unfinished.chain(executed.given_up.iter().map(|(trial, _)| trial));
    let unfinished = unfinished.map(|trial| trial.planned().starved(reason.to_owned()));
    executed.starved.extend(unfinished);
}

/// Whether no further request is to be sent.
fn is_over(ground: &Ground, brake: &Brake) -> bool {
    brake.pulled() || lock(&ground.stop).is_some()
}

/// Tells that a trial is over, and heeds it if no more is wanted.
fn tell(ground: &Ground, transcript: Box<Transcript>) {
    if (ground.settings.observer)(Event::Trial(transcript)) == Onward::Stop {
        lock(&ground.stop).get_or_insert(Stop::Asked);
    }
}

/// Whether there can be other clients for a trial that had its own.
fn may_be_run_again(trial: &Trial, made_up: bool) -> bool {
    let reusable = made_up || !trial.fresh;
    reusable && trial.before_migration.is_none() && !trial.restarts()
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why trials are left that did not run.
fn why_over(ground: &Ground, brake: &Brake, executed: &mut Executed) -> String {
    match lock(&ground.stop).take() {
        Some(Stop::Foreign(what)) => {
            executed.foreign = Some(what);
            "the run was stopped: a client held somebody's share".to_owned()
        }
        Some(Stop::Broken(what)) => {
            executed.broken_off = Some(what.clone());
            format!("the run was broken off: nearly every answer was the same ({what})")
        }
        Some(Stop::Asked) => "the run was stopped at the first failure (--fail-fast)".to_owned(),
        None if brake.pulled() => "the run was interrupted".to_owned(),
        None => "no client became free".to_owned(),
    }
}

/// The longest chains first; where clients are not made up, those before them that need one that never held
/// a share. Those that restart the custodian come last of all.
fn order(trials: Vec<Trial>, made_up: bool) -> VecDeque<(usize, Trial)> {
    let mut all: Vec<(usize, Trial)> = trials.into_iter().enumerate().collect();
    all.sort_by_key(|(_, trial)| {
        let chain = std::cmp::Reverse(trial.chain());
        (trial.restarts(), !trial.fresh && !made_up, chain)
    });
    all.into()
}

/// The clients that may be written to whatever they hold.
fn adopted(supply: &Supply) -> HashSet<String> {
    match supply {
        Supply::Open { .. } => HashSet::new(),
        Supply::Pool(clients) => clients
            .iter()
            .filter(|client| client.adopted)
            .map(|client| client.id.clone())
            .collect(),
    }
}

/// Notices when a custodian gives nearly nothing but one wrong answer: from the beginning, or from some moment on.
#[derive(Debug, Default)]
struct Breaker(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    good: usize,
    bad: HashMap<Cause, usize>,
    /// The cause of the last answers, and how many they are.
    lately: Option<(Cause, usize)>,
}

impl Breaker {
    /// Counts a well-formed request's outcome; says what to stop for.
    fn count(&self, exchange: &Exchange) -> Option<String> {
        let mut counts = lock(&self.0);
        let most = match &exchange.outcome {
            Ok(reply) if reply.is_success() && Cause::of(&exchange.outcome).is_none() => {
                counts.good += 1;
                counts.lately = None;
                return None;
            }
            Ok(_) => 60,
            Err(Trouble::Timeout) => 8,
            Err(_) => 30,
        };
        let cause = Cause::of(&exchange.outcome)?;
        let bad = counts.bad.entry(cause.clone()).or_default();
        *bad += 1;
        let bad = *bad;
        let lately = match counts.lately.take() {
            Some((last, times)) if last == cause => times + 1,
            Some(_) | None => 1,
        };
        counts.lately = Some((cause.clone(), lately));
        let always = bad >= most && counts.good * 20 <= bad;
        let since = lately >= most && cause.is_in_between();
        (always || since).then(|| cause.told())
    }
}

impl Ground {
    /// Waits for the turn of a step.
    async fn turn(&self) -> Inside<'_> {
        self.throttle.enter(|| self.http.strain()).await
    }

    fn now_us(&self, at: Instant) -> u64 {
        u64::try_from(at.duration_since(self.began).as_micros()).unwrap_or(u64::MAX)
    }

    /// Why a trial must not go on, if so.
    fn stopped(&self) -> Option<CutShort> {
        lock(&self.stop).as_ref().map(|stop| {
            CutShort::Ended(match stop {
                Stop::Foreign(_) => {
                    "the run was stopped: a client held somebody's share".to_owned()
                }
                Stop::Broken(cause) => {
                    format!("the run was broken off: nearly every answer was the same ({cause})")
                }
                Stop::Asked => "the run was stopped at the first failure (--fail-fast)".to_owned(),
            })
        })
    }
}
