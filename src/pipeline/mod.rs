//! The verbs, a file each, in the order in which they run. No stage knows another; this file sees them all.

pub mod execute;
pub mod gate;
pub mod judge;
pub mod load;
pub mod plan;
pub mod preflight;
pub mod provision;
pub mod residue;

use crate::contract::Contract;
use crate::exchange::{Exchange, Redactor, Strangers, Webhook};
use crate::hook::Farewell;
use crate::http::Http;
use crate::model::client::Supply;
use crate::model::finding::{Check, Standing, Status};
use crate::model::known::{Day, KnownFailure};
use crate::model::log::{self, Began, Ended};
use crate::model::price;
use crate::model::report::{
    CaseResult, FORMAT, Halted, Latencies, Latency, Report, RequirementResult, Ruling, Run, Tool,
};
use crate::model::requirement::Requirements;
use crate::model::residue::{self as left, Residue};
use crate::model::transcript::{CutShort, Transcript};
use crate::model::trial::{LeftOut, Trial};
use execute::{Brake, Event, Executed, Onward};
use gate::{Terms, known};
use hdrhistogram::Histogram;
use load::Suite;
use plan::Plan;
use preflight::{Advice, Clients, Preflight, Subject, in_vain, preflight};
use provision::{Halt, Provider, Visit, Wanted};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// Everything about a run but its cases and its target's connection.
#[derive(Clone)]
pub struct Settings {
    /// The webhook secret.
    pub secret: SecretString,
    /// Other texts that must not be shown, such as a gateway's credentials.
    pub credentials: Vec<SecretString>,
    /// Learns of every share of somebody's that is met, so that nothing of one gets into an artifact.
    pub strangers: Strangers,
    /// The target as reports show it.
    pub target: String,
    /// Where clients come from.
    pub provider: Provider,
    /// How many trials run at once at the most.
    pub jobs: usize,
    /// The seed of all that is drawn.
    pub seed: u64,
    /// The limit of one request.
    pub max_time: Duration,
    /// Whether recommended requirements count as required ones.
    pub strict: bool,
    /// Whether the first failure that counts ends the run.
    pub fail_fast: bool,
    /// Whether what the run stored is overwritten at its end.
    pub tombstone: bool,
    /// The failures that do not fail the run.
    pub known: Vec<KnownFailure>,
}

/// Told of what happens, as it happens.
pub trait Observer: Send + Sync {
    /// A run is about to begin: nothing was sent yet.
    fn began(&self, _: &Began) {}
    /// A trial was given these clients, in the order of its symbolic ones.
    fn bound(&self, _: &Trial, _: &[String]) {}
    /// An exchange of the named case is over.
    fn exchange(&self, case: &str, exchange: &Exchange);
    /// A trial is over.
    fn trial(&self, _: &Transcript) {}
    /// A case is over, with this status.
    fn case(&self, case: &CaseResult);
    /// Nothing more will be sent: this was left behind, and these teardowns failed, in a line each.
    fn left(&self, _: &Residue, _: &[String]) {}
    /// The run is over.
    fn ended(&self, _: &Ended) {}
}

/// An observer that looks away.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn exchange(&self, _: &str, _: &Exchange) {}
    fn case(&self, _: &CaseResult) {}
}

/// Runs a plan against a custodian and reports.
#[expect(
    clippy::too_many_lines,
    reason = "the line of a run, stage after stage"
)]
pub async fn run(
    plan: Plan,
    suite: &Suite,
    http: Http,
    settings: &Settings,
    observer: Arc<dyn Observer>,
    brake: &Brake,
) -> Report {
    let began = Instant::now();
    let started_at = SystemTime::now();
    let id = uuid::Uuid::new_v4().to_string();
    observer.began(&beginning(&plan, suite, settings, &id, started_at));
    let wanted = wanted(&plan, settings, &mark(&id));
    let terms = Terms {
        contract: plan.contract,
        strict: settings.strict,
        whole: plan.whole,
        halted: None,
        known: settings.known.clone(),
    };
    let (before, supply) = tokio::select! {
        found = look_and_provide(&http, settings, plan.contract, &id, &wanted) => found,
        () = brake.wait() => (Preflight::default(), None),
    };
    let (executed, halted) = match supply {
        Some(Ok(supply)) => {
            let executed = carry_out(
                &plan,
                suite,
                supply,
                &http,
                settings,
                &id,
                Arc::clone(&observer),
                brake,
            )
            .await;
            let halted = executed.foreign.clone().map(Halted::Foreign);
            (executed, halted)
        }
        Some(Err(halt)) => {
            let why = redactor(settings).whole(&halt.to_string());
            let halted = match halt {
                Halt::Unreachable(_) | Halt::NoClient(_) => Halted::Environment(why.clone()),
                Halt::Foreign { .. } | Halt::Unseen { .. } => Halted::Foreign(why.clone()),
            };
            (not_begun(&plan, &why), Some(halted))
        }
        None => match &before.stop {
            Some(stop) => (
                not_begun(&plan, &stop.cause),
                Some(Halted::Environment(stop.cause.clone())),
            ),
            None => (not_begun(&plan, "the run was interrupted"), None),
        },
    };
    let halted = brake.signal().map(Halted::Signal).or(halted);
    clear_up(
        &executed,
        halted.is_none(),
        &http,
        settings,
        &id,
        &*observer,
        brake,
    )
    .await;
    let Executed {
        mut transcripts,
        starved,
        broken_off,
        ..
    } = executed;
    let vain = excuse(&mut transcripts, settings);
    let mut cases: Vec<CaseResult> = transcripts
        .into_iter()
        .map(|transcript| judge::judge(transcript, &suite.requirements))
        .collect();
    let unfinished = starved.clone();
    let left_out: Vec<LeftOut> = plan.left_out.iter().cloned().chain(starved).collect();
    cases.extend(
        left_out
            .iter()
            .map(|case| absent(case, &suite.requirements)),
    );
    let place = |id: &str| {
        let bare = id.split('#').next().unwrap_or(id);
        suite.cases.iter().position(|case| case.id == bare)
    };
    cases.sort_by_cached_key(|case| (place(&case.id), case.id.clone()));
    let run = Run {
        id,
        seed: settings.seed,
        started_at: humantime::format_rfc3339_millis(started_at).to_string(),
        duration_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        target: settings.target.clone(),
        contract: plan.contract,
        jobs: settings.jobs,
        requests: http.sent(),
        strict: settings.strict,
        whole: plan.whole,
    };
    let halted = halted.or_else(|| {
        let in_vain = vain
            .as_ref()
            .map(|vain| Halted::Environment(vain.cause.clone()));
        let nothing_seen = !cases
            .iter()
            .any(|case| matches!(case.status, Status::Passed | Status::Failed));
        in_vain.or_else(|| broken_off.filter(|_| nothing_seen).map(Halted::Environment))
    });
    let terms = Terms { halted, ..terms };
    let mut report = report(suite, cases, &left_out, run, &terms);
    advise(&mut report, before, vain);
    observer.ended(&Ended {
        duration_ms: report.run.duration_ms,
        requests: report.run.requests,
        starved: unfinished,
        halted: terms.halted,
        exit_code: report.outcome.exit_code,
    });
    report
}

fn beginning(
    plan: &Plan,
    suite: &Suite,
    settings: &Settings,
    id: &str,
    started_at: SystemTime,
) -> Began {
    Began {
        format: log::FORMAT,
        tool: tool(suite),
        id: id.to_owned(),
        seed: settings.seed,
        started_at: humantime::format_rfc3339_millis(started_at).to_string(),
        target: settings.target.clone(),
        contract: plan.contract,
        jobs: settings.jobs,
        strict: settings.strict,
        whole: plan.whole,
        max_time_ms: u64::try_from(settings.max_time.as_millis()).unwrap_or(u64::MAX),
        trials: plan.trials.len(),
        requests: plan.requests(),
        left_out: plan.left_out.clone(),
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
fn mark(run_id: &str) -> String {
    let digits = run_id.chars().filter(char::is_ascii_hexdigit);
    digits.take(8).collect()
}

fn redactor(settings: &Settings) -> Redactor {
    let secrets = std::iter::once(&settings.secret).chain(&settings.credentials);
    Redactor::new(secrets.map(ExposeSecret::expose_secret)).telling(&settings.strangers)
}

/// Overwrites what was stored, if that is wished for and nothing speaks against it; has the clients of a hook
/// taken away in any case, unless a second signal says not to wait for it. Changes no verdict.
async fn clear_up(
    executed: &Executed,
    well: bool,
    http: &Http,
    settings: &Settings,
    run_id: &str,
    observer: &dyn Observer,
    brake: &Brake,
) {
    let mark = mark(run_id);
    let mut left = residue::left_behind(&mark, &executed.transcripts, &executed.given_up);
    if settings.tombstone && well {
        tokio::select! {
            () = residue::bury(&mut left, &mark, http, &settings.secret, settings.jobs) => {}
            () = brake.wait() => {}
        }
    }
    let mut notes = Vec::new();
    if let Provider::Hook(host) = &settings.provider {
        let farewells = tokio::select! {
            farewells = host.tear_down(run_id) => farewells,
            () = brake.wait_twice() => {
                notes.push("the teardown was not waited for: clients may be left over".to_owned());
                Vec::new()
            }
        };
        for Farewell { guest, outcome } in farewells {
            match (outcome, guest.client) {
                (Ok(()), client) => left
                    .iter_mut()
                    .filter(|it| Some(&it.client) == client.as_ref())
                    .for_each(|it| it.removed = true),
                (Err(why), client) => notes.push(format!(
                    "the teardown of {} failed: {why}",
                    client.map_or_else(
                        || format!("the client with key {}", guest.key),
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

fn tool(suite: &Suite) -> Tool {
    Tool {
        name: "sharecheck".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        suite: suite.digest.clone(),
    }
}

/// Takes the blame off a custodian that was not reached as a custodian: every case is the environment's fault.
fn excuse(transcripts: &mut [Transcript], settings: &Settings) -> Option<Advice> {
    if matches!(settings.provider, Provider::Open { known: true }) {
        return None;
    }
    let vain = in_vain(transcripts)?;
    for transcript in transcripts {
        transcript.cut_short = Some(CutShort::Environment(vain.cause.clone()));
    }
    Some(vain)
}

/// Adds to a report what the preflight has seen, and what to do next where nothing could be tested.
fn advise(report: &mut Report, before: Preflight, vain: Option<Advice>) {
    if let Some(advice) = before.stop.or(vain)
        && report.outcome.verdict == Ruling::CouldNotTest
    {
        let second = report.outcome.reasons.len().min(1);
        let next = format!("next: {}", advice.next);
        report.outcome.reasons.insert(second, next);
    }
    let findings = before.findings.into_iter();
    report.facts.extend(findings.map(|finding| finding.cause));
}

/// Looks whether testing is possible and gets the clients for it. Clients that are there need only be looked at,
/// which harms nothing and may as well happen at once; a hook makes none for a custodian that cannot be tested.
async fn look_and_provide(
    http: &Http,
    settings: &Settings,
    contract: Contract,
    run_id: &str,
    wanted: &Wanted,
) -> (Preflight, Option<Result<Supply, Halt>>) {
    let visit = Visit {
        http,
        secret: &settings.secret,
        strangers: &settings.strangers,
        at_once: settings.jobs,
    };
    let look = look_before(http, settings, contract);
    let provide = provision::provision(&settings.provider, run_id, wanted, visit);
    match settings.provider {
        Provider::Open { .. } | Provider::Pool(_) => {
            let (before, supply) = tokio::join!(look, provide);
            let supply = Some(supply).filter(|_| before.stop.is_none());
            (before, supply)
        }
        Provider::Hook(_) => {
            let before = look.await;
            if before.stop.is_some() {
                return (before, None);
            }
            (before, Some(provide.await))
        }
    }
}

/// The preflight, where there is anything between us and the custodian.
async fn look_before(http: &Http, settings: &Settings, contract: Contract) -> Preflight {
    let unmade = [uuid::Uuid::new_v4().to_string()];
    let clients = match &settings.provider {
        Provider::Open { known: true } => return Preflight::default(),
        Provider::Open { known: false } => Clients::Open,
        Provider::Pool(pool) => Clients::Known(&pool.ids),
        // Its clients are made once the custodian was reached; until then only an unknown one can be asked for.
        Provider::Hook(_) => Clients::Known(&unmade),
    };
    let subject = Subject {
        secret: &settings.secret,
        credentials: &settings.credentials,
        clients,
        contract,
        all: false,
    };
    preflight(http, subject).await
}

/// Puts a report together; the same for a live run and a recorded one.
pub fn report(
    suite: &Suite,
    mut cases: Vec<CaseResult>,
    left_out: &[LeftOut],
    run: Run,
    terms: &Terms,
) -> Report {
    // A run that does not say when it was excuses nothing.
    let today = Day::read(&run.started_at).unwrap_or(Day::LAST);
    gate::stand(&mut cases, terms.strict);
    known::accept(&mut cases, &terms.known, today);
    let requirements: Vec<RequirementResult> =
        gate::results(&suite.requirements, &cases, left_out, terms.contract);
    let mut outcome = gate::gate(&requirements, &cases, left_out, terms);
    let seen = known::Seen {
        requirements: &requirements,
        cases: &cases,
        whole: run.whole,
    };
    let review = known::review(&terms.known, &seen, today);
    gate::drift(&mut outcome, review.drift);
    Report {
        format: FORMAT,
        tool: tool(suite),
        run,
        outcome,
        counts: gate::counts(&requirements, &cases),
        latency: latencies(&cases),
        facts: Vec::new(),
        known_failures: review.met,
        notices: review.notices,
        requirements,
        cases,
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "the one place where everything meets"
)]
async fn carry_out(
    plan: &Plan,
    suite: &Suite,
    supply: Supply,
    http: &Http,
    settings: &Settings,
    run_id: &str,
    observer: Arc<dyn Observer>,
    brake: &Brake,
) -> Executed {
    let requirements = suite.requirements.clone();
    let (strict, fail_fast) = (settings.strict, settings.fail_fast);
    let known = settings.known.clone();
    let today = Day::of(SystemTime::now());
    let judged = move |transcript: &Transcript| {
        let mut case = [judge::judge(transcript.clone(), &requirements)];
        gate::stand(&mut case, strict);
        known::accept(&mut case, &known, today);
        let [case] = case;
        case
    };
    let watched = Arc::clone(&observer);
    let redactor = redactor(settings);
    let settings = execute::Settings {
        secret: settings.secret.clone(),
        run: mark(run_id),
        seed: settings.seed,
        jobs: settings.jobs,
        max_time_ms: u64::try_from(settings.max_time.as_millis()).unwrap_or(u64::MAX),
        observer: Arc::new(move |event| {
            match event {
                Event::Bound(trial, clients) => watched.bound(trial, clients),
                Event::Exchange(case, exchange) => watched.exchange(case, exchange),
                Event::Trial(transcript) => {
                    watched.trial(transcript);
                    let case = judged(transcript);
                    watched.case(&case);
                    let counted = |check: &Check| check.standing == Some(Standing::Counted);
                    if fail_fast && case.checks.iter().any(counted) {
                        return Onward::Stop;
                    }
                }
            }
            Onward::Go
        }),
    };
    execute::execute(
        plan.trials.clone(),
        supply,
        http.clone(),
        redactor,
        settings,
        brake,
    )
    .await
}

fn not_begun(plan: &Plan, why: &str) -> Executed {
    let starved = plan.trials.iter().map(|trial| LeftOut {
        id: trial.id.clone(),
        title: trial.title.clone(),
        requirements: trial.requirements().map(str::to_owned).collect(),
        reason: why.to_owned(),
        undecides: true,
    });
    Executed {
        starved: starved.collect(),
        ..Executed::default()
    }
}

/// A case that did not run, as a result: nothing is missing from a report without a word.
fn absent(case: &LeftOut, requirements: &Requirements) -> CaseResult {
    let checks = case.requirements.iter().map(|id| Check {
        requirement: id.clone(),
        level: requirements.level(id),
        status: Status::Skipped,
        code: Some("left-out".to_owned()),
        message: case.reason.clone(),
        expected: None,
        observed: None,
        exchange: None,
        standing: None,
    });
    CaseResult {
        id: case.id.clone(),
        title: case.title.clone(),
        status: Status::Skipped,
        checks: checks.collect(),
        clients: std::collections::BTreeMap::new(),
        exchanges: Vec::new(),
    }
}

fn latencies(cases: &[CaseResult]) -> Latencies {
    let of = |webhook: Webhook| {
        // Up to ten minutes in microseconds, to three digits; such bounds cannot fail.
        let mut histogram = Histogram::<u64>::new_with_bounds(1, 600_000_000, 3).ok();
        let all = cases.iter().flat_map(|case| &case.exchanges);
        for exchange in all.filter(|it| it.sent.webhook == webhook && it.outcome.is_ok()) {
            if let Some(histogram) = &mut histogram {
                histogram.saturating_record(exchange.elapsed_us().max(1));
            }
        }
        histogram.map_or_else(Latency::default, |histogram| {
            #[expect(clippy::cast_precision_loss, reason = "microseconds below ten minutes")]
            let ms = |us: u64| us as f64 / 1000.0;
            if histogram.is_empty() {
                return Latency::default();
            }
            Latency {
                p50_ms: ms(histogram.value_at_quantile(0.5)),
                p95_ms: ms(histogram.value_at_quantile(0.95)),
                p99_ms: ms(histogram.value_at_quantile(0.99)),
                max_ms: ms(histogram.max()),
            }
        })
    };
    Latencies {
        store: of(Webhook::Backup),
        fetch: of(Webhook::Fetch),
    }
}
