//! Trials to transcripts: binds each trial to clients, runs many at once, never two on one client, and sends nothing
//! twice. What went wrong beside others is then run alone, as far as is asked for; at the end every client is fetched
//! once more. Whatever the custodian does ends up in a transcript, never in an error.

mod away;
mod brake;
mod breaker;
mod clients;
mod closing;
mod half;
mod limiter;
mod methods;
mod request;
mod restart;
mod texts;
mod trial;
mod wallet;

use crate::exchange::{Exchange, Lexicon, Redactor, Trouble};
use crate::hook::Restart;
use crate::http::Http;
use crate::model::cause::Cause;
use crate::model::client::Supply;
use crate::model::transcript::{CutShort, Transcript};
use crate::model::trial::{LeftOut, Rerun, Trial};
pub use half::{Enrol, UserHalf};
pub use texts::shares;

use away::Away;
pub use brake::Brake;
use breaker::Breaker;
use clients::Clients;
use half::Half;
use limiter::Limiter;
use methods::Methods;
use restart::Owed;
use secrecy::SecretString;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// How a run is executed.
#[derive(Clone)]
pub struct Settings {
    /// The webhook secret.
    pub secret: SecretString,
    /// The run's mark: eight hexadecimal digits.
    pub run: String,
    /// When the run began: what the times of exchanges count from.
    pub clock: Instant,
    /// The seed of all that is drawn.
    pub seed: u64,
    /// How many trials run at once at the most.
    pub jobs: usize,
    /// The limit of one request in milliseconds.
    pub max_time_ms: u64,
    /// How the custodian is restarted, where that is possible.
    pub restart: Option<Restart>,
    /// What is told of the user's half.
    pub user_half: Option<UserHalf>,
    /// Whether clients are known to hold nothing: made for the run, or vouched for.
    pub clients_are_empty: bool,
    /// Told of everything as it happens.
    pub observer: Arc<Observe>,
    /// Says what is to be run alone, from what was seen so far. Of each transcript it is told whether its trial can be
    /// run again.
    pub ask: Arc<Ask>,
    /// Says whether something is missing at the end of the run that a trial had stored.
    pub misses: Arc<Misses>,
}

/// Says whether something is missing at the end of the run.
pub type Misses = dyn Fn(&Transcript) -> bool + Send + Sync;

/// Is told of what happens, and says whether the run goes on.
pub type Observe = dyn Fn(Event<'_>) -> Onward + Send + Sync;

/// Says what is to be run alone next.
pub type Ask = dyn Fn(&[Transcript], &dyn Fn(&Transcript) -> bool) -> Vec<Rerun> + Send + Sync;

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
    /// An attempt at a trial is over.
    Trial(&'a Transcript),
    /// A client of a trial was fetched at the end of the run: the trial's id, the attempt, and what came.
    Closing(&'a str, usize, &'a Exchange),
}

/// What a run has done, and what it has left undone.
#[derive(Debug, Default)]
pub struct Executed {
    /// Every attempt at every trial.
    pub transcripts: Vec<Transcript>,
    /// Trials for which there was no client, or no time.
    pub starved: Vec<LeftOut>,
    /// Of those, the ones that were under way when the run was ended from outside, with their clients.
    pub given_up: Vec<(Trial, Vec<String>)>,
    /// A client that held what could be somebody's share.
    pub foreign: Option<String>,
    /// What nearly every answer said, if that ended the run.
    pub broken_off: Option<Cause>,
}

/// What all trials of a run share.
struct Ground {
    http: Http,
    /// The paths that the run requests.
    paths: Vec<String>,
    settings: Settings,
    redactor: Redactor,
    known: bool,
    /// Whether client ids are made up: nothing can have been left on them.
    made_up: bool,
    /// Whether each client is looked at before its trial.
    opens: bool,
    /// Which client ids a trial was bound to, to tell leftovers from leaks.
    bound: Mutex<HashMap<usize, Vec<String>>>,
    /// Clients that this run has written to.
    used: Mutex<HashSet<String>>,
    progress: Notify,
    breaker: Breaker,
    limiter: Limiter,
    away: Away,
    owed: Owed,
    stop: Mutex<Option<Stop>>,
    half: Option<Half>,
}

/// What a case asks for at once does not count as jobs.
const AT_ONCE: usize = 64;

/// Why no further request is sent.
#[derive(Clone, Debug)]
enum Stop {
    /// A client held what could be somebody's share.
    Foreign(String),
    /// Nearly every answer was the same.
    Broken(Cause),
    /// The first failure was enough.
    Asked,
}

impl std::fmt::Display for Stop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Foreign(_) => f.write_str("the run was stopped: a client held somebody's share"),
            Self::Broken(Cause::Trouble(Trouble::Died)) => {
                f.write_str("the custodian's process ended, and did not come back")
            }
            Self::Broken(cause @ Cause::Quota(..)) => {
                write!(f, "the run was broken off: {cause}")
            }
            Self::Broken(cause) => write!(
                f,
                "the run was broken off: nearly every answer was the same ({})",
                cause.told()
            ),
            Self::Asked => f.write_str("the run was stopped at the first failure (--fail-fast)"),
        }
    }
}

/// Executes a plan's trials.
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
    let known = !matches!(supply, Supply::Open { known: false, .. });
    let opens = !matches!(supply, Supply::Open { empty: true, .. });
    let limiter = Limiter::new(jobs.max(AT_ONCE), http.is_careful());
    let half = settings.user_half.clone().map(Half::new);
    let base = url::Url::parse(&http.base());
    let paths = base.map_or_else(|_| Vec::new(), |base| Lexicon::paths_below(base.path()));
    let ground = Arc::new(Ground {
        http,
        paths,
        settings,
        half,
        redactor,
        known,
        made_up,
        opens,
        bound: Mutex::default(),
        used: Mutex::new(adopted(&supply)),
        progress: Notify::new(),
        breaker: Breaker::new(trials.iter().map(Trial::requests).sum()),
        limiter,
        away: Away::default(),
        owed: Owed::default(),
        stop: Mutex::new(None),
    });
    let mut run = Run {
        clients: Clients::new(supply),
        executed: Executed::default(),
        methods: Methods::default(),
        next: trials.len(),
        deaths: BTreeMap::new(),
        ground,
        brake,
    };
    run.all(trials, jobs).await;
    run.executed
}

/// A trial that is to be run.
struct Turn {
    index: usize,
    trial: Trial,
    attempt: usize,
    placebo: bool,
}

/// A run that is under way.
struct Run<'a> {
    ground: Arc<Ground>,
    brake: &'a Brake,
    clients: Clients,
    executed: Executed,
    methods: Methods,
    /// The index of the next attempt that is none of the plan's: no two have shares of the same number.
    next: usize,
    /// How many trials of a requirement the custodian has died of that ran alone.
    deaths: BTreeMap<String, usize>,
}

impl Run<'_> {
    /// All trials at once; then alone what is to be seen alone; then what is there at the end; then, since nothing
    /// else can be told after it, those that restart the custodian.
    async fn all(&mut self, trials: Vec<Trial>, jobs: usize) {
        let mut turns = order(trials, self.ground.made_up);
        turns.retain(|turn| match self.clients.promise(&turn.trial) {
            Ok(()) => true,
            Err(reason) => {
                let starved = turn.trial.planned().starved(reason);
                self.executed.starved.push(starved);
                false
            }
        });
        let (restarts, turns): (VecDeque<_>, VecDeque<_>) =
            turns.into_iter().partition(|turn| turn.trial.restarts());
        self.pass(turns, jobs).await;
        self.alone().await;
        self.close().await;
        self.pass(restarts, 1).await;
        self.settle().await;
        if let Some(stop) = lock(&self.ground.stop).take() {
            match stop {
                Stop::Foreign(what) => self.executed.foreign = Some(what),
                Stop::Broken(cause) => self.executed.broken_off = Some(cause),
                Stop::Asked => {}
            }
        }
    }

    /// Runs alone, a second time, whatever is asked for.
    async fn alone(&mut self) {
        let made_up = self.ground.made_up;
        let may = move |it: &Transcript| may_be_run_again(&it.trial, made_up);
        loop {
            if self.is_over() {
                return;
            }
            let reruns = (self.ground.settings.ask)(&self.executed.transcripts, &may);
            if reruns.is_empty() {
                return;
            }
            let turns = reruns.iter().filter_map(|it| self.again(it));
            let mut turns: VecDeque<Turn> = turns.collect();
            self.spare(&mut turns);
            if turns.is_empty() {
                return;
            }
            self.pass(turns, 1).await;
        }
    }

    /// One more attempt at a trial, or its placebo.
    fn again(&mut self, rerun: &Rerun) -> Option<Turn> {
        let attempts = self.executed.transcripts.iter();
        let attempts = attempts.filter(|it| it.trial.id == rerun.trial());
        let attempts: Vec<&Transcript> = attempts.collect();
        let trial = &attempts.first()?.trial;
        let trial = match rerun {
            Rerun::Again(_) => trial.clone(),
            Rerun::Placebo(_) => trial.placebo()?,
        };
        let index = self.next;
        let attempt = attempts.len() + 1;
        self.next += 1;
        Some(Turn {
            index,
            trial,
            attempt,
            placebo: matches!(rerun, Rerun::Placebo(_)),
        })
    }

    /// Runs these, so many at once; each transcript is told as soon as its trial is over.
    async fn pass(&mut self, mut pending: VecDeque<Turn>, jobs: usize) {
        let mut running = JoinSet::new();
        let mut under_way: BTreeMap<usize, (Trial, Vec<String>)> = BTreeMap::new();
        let mut aborted = false;
        loop {
            // Once its process has ended, each further end is to have one trial that it may come from.
            let jobs = if self.ground.away.ever() { 1 } else { jobs };
            let alone = jobs == 1 && running.is_empty();
            self.spare(&mut pending);
            while !self.is_over() && running.len() < self.ground.limiter.trials(jobs) {
                let Some((turn, ids)) = self.begin(&mut pending) else {
                    break;
                };
                let Turn {
                    index,
                    trial,
                    attempt,
                    placebo,
                } = turn;
                under_way.insert(index, (trial.clone(), ids.clone()));
                let ground = Arc::clone(&self.ground);
                running.spawn(async move {
                    let mut transcript = trial::run(index, trial, &ids, &ground).await;
                    transcript.attempt = attempt;
                    transcript.placebo = placebo;
                    transcript.alone = alone;
                    (index, ids, transcript)
                });
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
                    self.clients.give_back(&transcript.trial, ids);
                    under_way.remove(&index);
                    self.methods.learn(&transcript);
                    self.tell(transcript);
                }
                () = self.ground.progress.notified() => {}
                () = self.brake.wait(), if !aborted => {
                    // Those that are over but not yet collected count as finished.
                    running.abort_all();
                    aborted = true;
                }
            }
        }
        let first = |trial: &Trial| {
            !self
                .executed
                .transcripts
                .iter()
                .any(|it| it.trial.id == trial.id)
        };
        let given_up: Vec<(Trial, Vec<String>)> = under_way.into_values().collect();
        let unfinished = pending.iter().map(|turn| &turn.trial);
        let unfinished = unfinished.chain(given_up.iter().map(|(trial, _)| trial));
        let reason = self.why_over();
        let starved: Vec<LeftOut> = unfinished
            .filter(|trial| first(trial))
            .map(|trial| trial.planned().starved(reason.clone()))
            .collect();
        self.executed.starved.extend(starved);
        self.executed.given_up.extend(given_up);
    }

    /// Takes the next trial for which there are clients, and binds it to them.
    fn begin(&mut self, pending: &mut VecDeque<Turn>) -> Option<(Turn, Vec<String>)> {
        let scouting = self.methods.is_scouting(pending.iter().map(|it| &it.trial));
        // Clients that are looked at again at the end are for nobody after.
        let only_lasting = self.ground.made_up || pending.iter().all(|it| it.trial.lasts);
        let mut waiting = pending.iter().enumerate();
        let (at, ids) = waiting.find_map(|(at, turn)| {
            let may = !scouting || Methods::may_begin(&turn.trial);
            let may = may && (only_lasting || !turn.trial.lasts);
            let ids = may.then(|| self.clients.take(&turn.trial)).flatten()?;
            Some((at, ids))
        })?;
        let mut turn = pending.remove(at)?;
        turn.trial = self.methods.applied(turn.trial);
        self.methods.begun(&turn.trial);
        lock(&self.ground.bound).insert(turn.index, ids.clone());
        let _ = (self.ground.settings.observer)(Event::Bound(&turn.trial, &ids));
        Some((turn, ids))
    }

    /// Whether no further request is to be sent.
    fn is_over(&self) -> bool {
        self.brake.pulled() || lock(&self.ground.stop).is_some()
    }

    /// Tells that an attempt is over, and heeds it if no more is wanted.
    fn tell(&mut self, transcript: Transcript) {
        if (self.ground.settings.observer)(Event::Trial(&transcript)) == Onward::Stop {
            lock(&self.ground.stop).get_or_insert(Stop::Asked);
        }
        if transcript.alone && transcript.deaths().next().is_some() {
            let requirement = transcript.trial.requirement.clone();
            *self.deaths.entry(requirement).or_default() += 1;
        }
        self.executed.transcripts.push(transcript);
    }

    /// Why trials are left that did not run.
    fn why_over(&self) -> String {
        match &*lock(&self.ground.stop) {
            Some(stop) => stop.to_string(),
            None if self.brake.pulled() => "the run was interrupted".to_owned(),
            None => "no client became free".to_owned(),
        }
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

/// Those that listen to Portal first, so that no late word of the others gets between; then the longest chains. Where clients
/// are not made up, those before them that need one that never held a share, and after them those whose clients are looked at
/// again at the end, so that nobody else gets these.
fn order(trials: Vec<Trial>, made_up: bool) -> Vec<Turn> {
    let turns = trials.into_iter().enumerate().map(|(index, trial)| Turn {
        index,
        trial,
        attempt: 1,
        placebo: false,
    });
    let mut turns: Vec<Turn> = turns.collect();
    turns.sort_by_key(|turn| {
        let chain = std::cmp::Reverse(turn.trial.chain());
        let lasts = turn.trial.lasts && !made_up;
        (
            lasts,
            !turn.trial.fresh && !made_up,
            !turn.trial.hears,
            chain,
        )
    });
    turns
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

impl Ground {
    /// Why a trial must not go on, if so.
    fn stopped(&self) -> Option<CutShort> {
        lock(&self.stop)
            .as_ref()
            .map(|stop| CutShort::Ended(stop.to_string()))
    }
}
