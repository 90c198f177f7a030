//! The verbs, a file each, in the order in which they run. No stage knows another; this file sees them all. Those that touch
//! nothing are those of `sharecheck-judge`; `conclude` there puts together what a live run and a recorded one share.

pub mod execute;
mod observer;
pub mod preflight;
pub mod provision;
pub mod residue;

pub use observer::{Observer, Silent};
pub use sharecheck_judge::{Findings, Observed, audit, conclude, judge_again, report, with_audit};
pub use sharecheck_judge::{attribute, diagnose, diff, gate, load, merge, plan, recall};

use crate::contract::DEADLINE_MS;
use crate::exchange::{Redactor, Strangers};
use crate::hook::{Restart, Teardown};
use crate::http::Http;
use crate::model::cause::Advice;
use crate::model::client::Supply;
use crate::model::known::KnownFailure;
use crate::model::log::{self, Began, Beside, Ended, Looked, Purpose};
use crate::model::price;
use crate::model::report::{Halted, Report};
use crate::model::residue::{self as left, Residue};
use crate::model::trial::Trial;
use crate::users::Users;
use attribute::{questions, shown_alone};
use execute::{Brake, Event, Executed, Onward, UserHalf};
use load::Suite;
use plan::Plan;
use preflight::{Clients, Subject, preflight};
use provision::{Halt, Provider, Visit, Wanted};
use secrecy::{ExposeSecret, SecretString};
use sharecheck_judge::tool;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::oneshot;

/// Everything about a run but its cases and its target's connection.
#[derive(Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "what a command line says, each free of the others"
)]
pub struct Settings {
    /// The webhook secret.
    pub secret: SecretString,
    /// Other texts that must not be shown, such as a gateway's credentials.
    pub credentials: Vec<SecretString>,
    /// The users behind the clients. Their tokens must not be shown either, and a hook's are known only once it has made its
    /// clients.
    pub users: Users,
    /// What is told of the user's half of wallets; none: it is no part of the run.
    pub user_half: Option<UserHalf>,
    /// Learns of every share of somebody's that is met, so that nothing of one gets into an artifact.
    pub strangers: Strangers,
    /// The target as reports show it.
    pub target: String,
    /// What a report is to tell of the way to it.
    pub facts: Vec<String>,
    /// What makes curl go the same way, without credentials.
    pub curl: Vec<String>,
    /// The faults of the built-in custodian, where that is tested.
    pub reference: Option<Vec<String>>,
    /// The freedoms that it takes.
    pub freedoms: Vec<String>,
    /// Where clients come from.
    pub provider: Provider,
    /// How many trials run at once at the most.
    pub jobs: usize,
    /// The seed of all that is drawn.
    pub seed: u64,
    /// The limit of one request.
    pub max_time: Duration,
    /// How the custodian is restarted, where that is possible.
    pub restart: Option<Restart>,
    /// Whether recommended requirements count as required ones.
    pub strict: bool,
    /// Whether a required requirement that was not looked at leaves the run undecided.
    pub require_all: bool,
    /// Which build of the custodian this is, as its team calls it.
    pub build: Option<String>,
    /// The list of known failures.
    pub known: Vec<KnownFailure>,
    /// Whether the first failure that counts ends the run.
    pub fail_fast: bool,
    /// Whether what the run stored is overwritten at its end.
    pub tombstone: bool,
}

/// Runs a plan against a custodian and reports.
pub async fn run(
    plan: Plan,
    suite: &Suite,
    http: Http,
    settings: &Settings,
    observer: Arc<dyn Observer>,
    brake: &Brake,
) -> Report {
    let clock = Instant::now();
    let began = beginning(&plan, suite, settings);
    observer.began(&began);
    let live = Live {
        plan: &plan,
        suite,
        http: &http,
        settings,
        clock,
        run_id: &began.id,
        observer: &observer,
        brake,
    };
    let (looked, supply) = live.look_and_provide().await;
    observer.looked(&looked);
    let (executed, halted) = live.test(&looked, supply).await;
    live.clear_up(&executed, halted.is_none()).await;
    // One that comes during the clearing up ends the run as well.
    let halted = halted.max(brake.signal().map(Halted::Signal));
    let ended = Ended {
        duration_ms: u64::try_from(clock.elapsed().as_millis()).unwrap_or(u64::MAX),
        requests: http.sent(),
        starved: executed.starved.clone(),
        halted,
        broken_off: executed.broken_off.clone(),
    };
    let seen = Observed {
        began,
        looked,
        transcripts: executed.transcripts,
        ended: ended.clone(),
    };
    let report = conclude(seen, suite);
    observer.ended(&ended, &report);
    report
}

fn beginning(plan: &Plan, suite: &Suite, settings: &Settings) -> Began {
    Began {
        format: log::FORMAT,
        tool: tool(suite),
        id: uuid::Uuid::new_v4().to_string(),
        seed: settings.seed,
        started_at: humantime::format_rfc3339_millis(SystemTime::now()).to_string(),
        target: settings.target.clone(),
        contract: plan.contract,
        jobs: settings.jobs,
        strict: settings.strict,
        require_all: settings.require_all,
        build: settings.build.clone(),
        known: settings.known.clone(),
        whole: plan.whole,
        made_up: matches!(settings.provider, Provider::Open { .. }),
        shard: plan.shard,
        max_time_ms: u64::try_from(settings.max_time.as_millis()).unwrap_or(u64::MAX),
        may_be_missed: !matches!(settings.provider, Provider::Open { known: true }),
        trials: plan.trials.iter().map(Trial::planned).collect(),
        requests: plan.requests(),
        left_out: plan.left_out.clone(),
        facts: settings.facts.clone(),
        curl: settings.curl.clone(),
        reference: settings.reference.clone(),
        freedoms: settings.freedoms.clone(),
    }
}

/// Which clients are worth asking for: no more than can be in use at once.
fn wanted(plan: &Plan, settings: &Settings, mark: &str) -> Wanted {
    let migrated = plan.trials.iter().enumerate().filter_map(|(index, trial)| {
        let wanted = trial.before_migration.as_ref()?;
        let mut shares = execute::shares(index, trial, mark, settings.seed).into_iter();
        let (_, _, text) = shares.find(|(_, label, _)| label == wanted)?;
        Some((trial.id.clone(), text))
    });
    Wanted {
        fresh: price::fresh(&plan.trials),
        reusable: price::reusable(&plan.trials, settings.jobs),
        migrated: migrated.collect(),
    }
}

/// The run's mark, which each of its shares carries.
pub fn mark(run_id: &str) -> String {
    let digits = run_id.chars().filter(char::is_ascii_hexdigit);
    digits.take(8).collect()
}

fn redactor(settings: &Settings) -> Redactor {
    let tokens = settings.users.tokens();
    let secrets = std::iter::once(&settings.secret).chain(&settings.credentials);
    let secrets = secrets.chain(&tokens);
    Redactor::new(secrets.map(ExposeSecret::expose_secret)).telling(&settings.strangers)
}

/// A run that is under way.
struct Live<'a> {
    plan: &'a Plan,
    suite: &'a Suite,
    http: &'a Http,
    settings: &'a Settings,
    /// When the run began.
    clock: Instant,
    run_id: &'a str,
    observer: &'a Arc<dyn Observer>,
    brake: &'a Brake,
}

impl Live<'_> {
    /// Looks whether testing is possible and gets the clients for it, unless the run is interrupted. Clients that
    /// are there need only be looked at, which harms nothing and may as well happen at once; what asks to store waits
    /// until all of them were. A hook makes none for a custodian that cannot be tested.
    async fn look_and_provide(&self) -> (Looked, Option<Result<Supply, Halt>>) {
        let found = async {
            match self.settings.provider {
                Provider::Open { .. } | Provider::Pool(_) => {
                    let (tell, told) = oneshot::channel();
                    let provide = async {
                        let supply = self.provide().await;
                        let _ = tell.send(!supply.as_ref().is_err_and(Halt::is_foreign));
                        supply
                    };
                    let safe = async { told.await.unwrap_or(false) };
                    let (looked, supply) = tokio::join!(self.look_before(safe), provide);
                    let supply = Some(supply).filter(|_| looked.stop.is_none());
                    (looked, supply)
                }
                Provider::Hook(_) => {
                    let mut looked = self.look_before(std::future::ready(true)).await;
                    if looked.stop.is_some() {
                        return (looked, None);
                    }
                    match self.provide().await {
                        Err(halt @ Halt::NoClient(_)) => {
                            looked.stop = Some(Advice {
                                cause: redactor(self.settings).whole(&halt.to_string()),
                                next: "mend the hook: docs/provisioning.md has a request to try it with by hand"
                                    .to_owned(),
                            });
                            (looked, None)
                        }
                        supply => (looked, Some(supply)),
                    }
                }
            }
        };
        // Whoever has stopped the run before this wants nothing sent.
        let (mut looked, supply) = tokio::select! {
            biased;
            () = self.brake.wait() => (Looked::default(), None),
            found = found => found,
        };
        self.http.compare_from_now_on();
        let late = Some(self.http.slowest_ms()).filter(|ms| *ms >= DEADLINE_MS);
        looked.late_ms = late.filter(|_| looked.stop.is_none());
        (looked, supply)
    }

    /// The preflight, where there is anything between us and the custodian.
    async fn look_before(&self, safe: impl Future<Output = bool>) -> Looked {
        let unmade = [uuid::Uuid::new_v4().to_string()];
        let clients = match &self.settings.provider {
            Provider::Open { known: true } => return Looked::default(),
            Provider::Open { known: false } => Clients::Open,
            Provider::Pool(pool) => Clients::Known(&pool.ids),
            // Its clients are made once the custodian was reached; until then only an unknown one can be asked for.
            Provider::Hook(_) => Clients::Known(&unmade),
        };
        let subject = Subject {
            secret: &self.settings.secret,
            credentials: &self.settings.credentials,
            clients,
            contract: self.plan.contract,
            all: false,
        };
        let found = preflight(&self.telling(Purpose::Preflight), subject, safe).await;
        let findings = found.findings.into_iter();
        Looked {
            stop: found.stop,
            facts: findings.map(|finding| finding.advice.cause).collect(),
            late_ms: None,
        }
    }

    /// The client for requests that belong to no trial: the observer is told of them.
    fn telling(&self, purpose: Purpose) -> Http {
        let (observer, clock) = (Arc::clone(self.observer), self.clock);
        self.http.telling(move |path, bytes, delivery| {
            let outcome = delivery.outcome.as_ref();
            let (started_us, ended_us) = delivery.times_us(clock);
            observer.beside(&Beside {
                purpose,
                path: path.to_owned(),
                bytes,
                status: outcome.ok().map(|reply| reply.status),
                trouble: outcome.err().cloned(),
                reused: delivery.reused,
                started_us,
                ended_us,
            });
        })
    }

    async fn provide(&self) -> Result<Supply, Halt> {
        let settings = self.settings;
        let wanted = wanted(self.plan, settings, &mark(self.run_id));
        let visit = Visit {
            http: &self.telling(Purpose::Provision),
            secret: &settings.secret,
            strangers: &settings.strangers,
            at_once: settings.jobs,
            made: &|key, id| self.observer.made(key, id),
        };
        provision::provision(&settings.provider, self.run_id, &wanted, visit).await
    }

    /// Executes, as far as that is possible; and why the run ended before its end, if it did.
    async fn test(
        &self,
        looked: &Looked,
        supply: Option<Result<Supply, Halt>>,
    ) -> (Executed, Option<Halted>) {
        let (executed, halted) = match supply {
            Some(Ok(supply)) => {
                let executed = self.execute(supply).await;
                let halted = executed.foreign.clone().map(Halted::Foreign);
                (executed, halted)
            }
            Some(Err(halt)) => {
                let why = redactor(self.settings).whole(&halt.to_string());
                let halted = match halt {
                    Halt::Unreachable(_) | Halt::NoClient(_) => Halted::Environment(why.clone()),
                    Halt::Foreign { .. } | Halt::ForeignUnnamed { .. } | Halt::Unseen { .. } => {
                        Halted::Foreign(why.clone())
                    }
                };
                (self.not_begun(&why), Some(halted))
            }
            None => match &looked.stop {
                Some(stop) => {
                    let halted = Halted::Environment(stop.cause.clone());
                    (self.not_begun(&stop.cause), Some(halted))
                }
                None => (self.not_begun("the run was interrupted"), None),
            },
        };
        let halted = self.brake.signal().map(Halted::Signal).or(halted);
        (executed, halted)
    }

    fn not_begun(&self, why: &str) -> Executed {
        let trials = self.plan.trials.iter();
        Executed {
            starved: trials
                .map(|trial| trial.planned().starved(why.to_owned()))
                .collect(),
            ..Executed::default()
        }
    }

    /// Executes the trials.
    async fn execute(&self, supply: Supply) -> Executed {
        let settings = execute::Settings {
            secret: self.settings.secret.clone(),
            run: mark(self.run_id),
            clock: self.clock,
            seed: self.settings.seed,
            jobs: self.settings.jobs,
            max_time_ms: u64::try_from(self.settings.max_time.as_millis()).unwrap_or(u64::MAX),
            restart: self.settings.restart.clone(),
            user_half: self.settings.user_half.clone(),
            clients_are_empty: match &self.settings.provider {
                Provider::Open { .. } | Provider::Hook(_) => true,
                Provider::Pool(pool) => pool.holds_nothing,
            },
            observer: self.listener(),
            ask: self.asker(),
            misses: Arc::new(attribute::misses),
        };
        execute::execute(
            self.plan.trials.clone(),
            supply,
            self.http.clone(),
            redactor(self.settings),
            settings,
            self.brake,
        )
        .await
    }

    /// Says what is to be seen alone.
    fn asker(&self) -> Arc<execute::Ask> {
        let requirements = self.suite.requirements.clone();
        let trials = self.plan.trials.iter();
        let order: Vec<String> = trials.map(|trial| trial.id.clone()).collect();
        Arc::new(move |transcripts, may| questions(transcripts, &requirements, &order, may))
    }

    /// Tells the observer, also of what should not wait, and ends the run at the first failure that the answers alone show, if that is wished for.
    fn listener(&self) -> Arc<execute::Observe> {
        let observer = Arc::clone(self.observer);
        let requirements = self.suite.requirements.clone();
        let fail_fast = self.settings.fail_fast;
        Arc::new(move |event| {
            match event {
                Event::Bound(trial, clients) => observer.bound(trial, clients),
                Event::Exchange(trial, exchange) => observer.exchange(trial, exchange),
                Event::Closing(trial, attempt, exchange) => {
                    observer.closing(trial, attempt, exchange);
                }
                Event::Trial(transcript) => {
                    observer.trial(transcript);
                    let shown = shown_alone(transcript, &requirements);
                    let urgent = shown.iter().filter(|(effect, _)| effect.is_urgent());
                    for (_, requirement) in urgent {
                        observer.shown(&transcript.trial.id, requirement);
                    }
                    if fail_fast && !shown.is_empty() {
                        return Onward::Stop;
                    }
                }
            }
            Onward::Go
        })
    }

    /// Overwrites what was stored, if that is wished for and nothing speaks against it; has the clients of a hook
    /// taken away in any case, unless a second signal says not to wait for it. Changes no verdict.
    async fn clear_up(&self, executed: &Executed, well: bool) {
        let Self {
            settings,
            run_id,
            observer,
            brake,
            ..
        } = *self;
        let mark = mark(run_id);
        let mut left = residue::left_behind(&mark, &executed.transcripts, &executed.given_up);
        if settings.tombstone && well {
            let http = self.telling(Purpose::Overwrite);
            tokio::select! {
                () = residue::overwrite(&mut left, &mark, &http, &settings.secret, settings.jobs) => {}
                () = brake.wait() => {}
            }
        }
        let mut notes = Vec::new();
        if let Provider::Hook(provisioner) = &settings.provider {
            let teardowns = tokio::select! {
                teardowns = provisioner.tear_down(run_id) => teardowns,
                () = brake.wait_twice() => {
                    notes.push("the teardown was not waited for: clients may be left over".to_owned());
                    Vec::new()
                }
            };
            for Teardown { set_up, outcome } in teardowns {
                match (outcome, set_up.client) {
                    (Ok(()), client) => left
                        .iter_mut()
                        .filter(|it| Some(&it.client) == client.as_ref())
                        .for_each(|it| it.removed = true),
                    (Err(why), client) => notes.push(format!(
                        "the teardown of {} failed: {why}",
                        client.map_or_else(
                            || format!("the client with key {}", set_up.key),
                            |client| format!("client {client}")
                        )
                    )),
                }
            }
        }
        let redactor = redactor(settings);
        let notes: Vec<String> = notes.iter().map(|note| redactor.whole(note)).collect();
        let residue = Residue {
            format: left::FORMAT,
            run: run_id.to_owned(),
            target: settings.target.clone(),
            left,
        };
        observer.left(&residue, &notes);
    }
}
