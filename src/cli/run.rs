//! `run`: holds a custodian against the contract.

use super::artifacts::Artifacts;
use super::audit::{self, AuditArgs};
use super::base_url::bare;
use super::clients::ClientArgs;
use super::connection::{Connection, EXAMPLES};
use super::environment::EnvironmentArgs;
use super::known_failures::KnownArgs;
use super::outlook::{Terms, outlook};
use super::price::{Telling, left_behind, price};
use super::reports::ReportArgs;
use super::restart::RestartArgs;
use super::selection::{Can, SelectionArgs};
use super::signal::stop_signal;
use super::snapshot::{SnapshotArgs, compare};
use super::target::{Subject, TargetArgs};
use super::wallets::{PORTAL_URL, Told, WalletArgs};
use super::watch::{All, Keeper, Progress, RunLog, WatchArgs};
use super::{Error, runtime, say, warn, whole};
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use secrecy::SecretString;
use sharecheck::audit::look::{Running, reach};
use sharecheck::audit::target::Target;
use sharecheck::contract::share::of_run;
use sharecheck::exchange::Strangers;
use sharecheck::hook::Restart;
use sharecheck::http::Http;
use sharecheck::model::known::KnownFailure;
use sharecheck::model::report::{Halted, Report};
use sharecheck::pipeline::execute::Brake;
use sharecheck::pipeline::load::Suite;
use sharecheck::pipeline::plan::{Plan, plan};
use sharecheck::pipeline::{self, Observer, Settings, mark};
use sharecheck::reference;
use sharecheck::render::Format;
use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::sync::Arc;

/// What the flags of `run` itself are about.
const HEADING: &str = "Verdict and pace";

/// Holds a custodian against the contract.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
#[command(after_help = format!("Examples:
  sharecheck run --reference                          the built-in one: needs nothing
  export SHARECHECK_SECRET=…                          what X-Webhook-Secret holds
  sharecheck run -u http://localhost:3000             one that takes any client id
  sharecheck run -u https://staging.example.com/portal --client-id test-1,test-2
  sharecheck run -u … replace                         one group, requirement or case
  sharecheck run -u … 'replace.*' v5.coexists         some of them
  sharecheck run --reference append                   against the built-in custodian with a fault
  sharecheck run --reference append,empty-404         with two
  sharecheck run --reference --freedom stored-204     against one that is correct in another way
  sharecheck run -u … --snapshot custodian            is it still as it was approved?
  sharecheck run -u … --report junit=report.xml --report json=report.json
  sharecheck run -u … --report-dir reports            json, junit, markdown, html
  sharecheck run -u … --report json=report.json --statement statement.json --badge badge.json
  sharecheck run -u … --known-failures known.toml     what is listed there does not fail the run
  sharecheck run -u … --restart 'docker compose restart custodian'
  sharecheck run -u … --audit . --audit apps/mobile   the database's schema and the code as well
  sharecheck run -u … --dry-run                       what would be sent and can come of it; nothing is

Next: sharecheck explain ID tells what a red line means and how to mend it. If nothing could be tested, sharecheck \
doctor looks for the reason. With --log-run FILE, sharecheck judge FILE judges the run again.

{EXAMPLES}"))]
pub(crate) struct Run {
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    target: TargetArgs,
    /// How many cases run at once
    #[arg(help_heading = HEADING, short, long, default_value_t = 64, env = "SHARECHECK_JOBS", value_parser = whole(1_u16..=1024), allow_negative_numbers = true)]
    jobs: u16,
    /// The seed of the shares' texts; drawn if not given
    #[arg(help_heading = HEADING, long, env = "SHARECHECK_SEED", value_parser = whole(0..=u64::MAX), allow_negative_numbers = true)]
    seed: Option<u64>,
    /// Let recommended requirements count as required ones
    #[arg(help_heading = HEADING, long, env = "SHARECHECK_STRICT")]
    strict: bool,
    /// Let a required requirement that was not looked at leave the run undecided (exit 4): what a gate wants
    #[arg(help_heading = HEADING, long, env = "SHARECHECK_REQUIRE_ALL")]
    require_all: bool,
    /// Which build of the custodian this is, such as a commit; it stands in every report
    #[arg(help_heading = HEADING, long, value_name = "TEXT", env = "SHARECHECK_BUILD", value_parser = NonEmptyStringValueParser::new())]
    build: Option<String>,
    /// Stop at the first failure that counts
    #[arg(help_heading = HEADING, long)]
    fail_fast: bool,
    #[command(flatten)]
    known: KnownArgs,
    #[command(flatten)]
    reports: ReportArgs,
    #[command(flatten, next_help_heading = "What was approved")]
    snapshot: SnapshotArgs,
    #[command(flatten)]
    watch: WatchArgs,
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    pub(super) clients: ClientArgs,
    /// At the end, overwrite what was stored with a share that says that a test left it
    #[arg(help_heading = "Clients", long, env = "SHARECHECK_TOMBSTONE")]
    tombstone: bool,
    #[command(flatten)]
    restart: RestartArgs,
    #[command(flatten)]
    wallets: WalletArgs,
    /// Judge this database, file or folder together with the webhooks (repeatable); see sharecheck audit
    #[arg(help_heading = "Audit", long, value_name = "TARGET")]
    audit: Vec<String>,
    #[command(flatten, next_help_heading = "Audit")]
    audit_args: AuditArgs,
    #[command(flatten)]
    environment: EnvironmentArgs,
    #[command(flatten)]
    pub(super) config: super::config::ConfigArgs,
}

impl Run {
    /// What is audited beside the webhooks; nothing where --audit is not given.
    fn audit_targets(&self) -> Result<Vec<Target>, Error> {
        if self.audit.is_empty() && !self.audit_args.is_said() {
            return Ok(Vec::new());
        }
        self.audit_args.targets(&self.audit)
    }
}

pub(crate) fn run(args: &Run) -> Result<ExitCode, Error> {
    args.selection.check()?;
    let suite = args.selection.suite.suite()?;
    let known = args.known.entries(&suite)?;
    let (subject, first) = args.target.subject()?;
    if matches!(subject, Subject::Reference(..)) {
        args.clients.refuse_adoption()?;
    }
    if subject.is_yours() {
        args.environment.refuse("a run")?;
    }
    let local = args.target.is_here(&args.connection)?;
    let restart = args.restart.restart()?;
    let base = args.target.base()?;
    let place = (&args.config, &args.connection);
    let told = args
        .wallets
        .told(place.0, &subject, base.as_ref(), place.1)?;
    let can = Can {
        local,
        hook: args.clients.uses_hook(),
        restart: restart.is_some(),
        user_half: told.as_ref().map(Told::planned),
    };
    let selection = args.selection.selection(first, can);
    let plan = plan(&suite.cases, &suite.requirements, &selection)?;
    let plan = args.selection.part(plan)?;
    args.reports
        .check(plan.whole, args.watch.paths().cloned())?;
    let compared = args.snapshot.load(args.selection.contract)?;
    if args.watch.dry_run {
        args.target
            .refuse_strangers(&args.connection, &args.clients)?;
        let clients = (args.clients.origin(), args.clients.pool_size()?);
        let terms = Terms {
            strict: args.strict,
            require_all: args.require_all,
            pool: clients.1,
            made_up: subject.is_yours() && args.clients.are_made_up(),
        };
        let outlook = outlook(&plan, &suite.requirements, terms);
        let telling = if args.reports.format == Format::Json {
            Telling::Json
        } else if args.reports.quiet {
            Telling::Sums
        } else {
            Telling::Whole
        };
        let apart = args.connection.apart();
        say(&price(
            &plan,
            usize::from(args.jobs),
            clients,
            apart,
            telling,
            &outlook,
        ))?;
        return Ok(ExitCode::SUCCESS);
    }
    let audited = args.audit_targets()?;
    let keeper = Arc::new(Keeper::default());
    let log = args.watch.log()?.map(Arc::new);
    let watching = watching(args, &keeper, log.as_ref());
    let strangers = Strangers::default();
    let carried_out = carry_out(
        args,
        &suite,
        plan,
        known.clone(),
        subject.clone(),
        told,
        restart,
        &strangers,
        Arc::new(watching),
    );
    let (mut report, mut secrets) = runtime()?.block_on(carried_out)?;
    if !audited.is_empty() {
        secrets.extend(audit::secrets(&audited));
        report = with_audited(args, report, &audited, &suite, &known)?;
    }
    let mut artifacts = Artifacts::new(&secrets, &strangers);
    if let Some(path) = &args.watch.log_run {
        artifacts.keep(path);
    }
    let logged = log.map_or(Ok(()), |log| log.written());
    let left = leave(args, &subject, &keeper, &mut artifacts);
    let held = compare(compared, &mut report, &args.reports, &mut artifacts);
    args.reports
        .deliver(&report, artifacts, [logged, left, held])
}

/// The report with what stands behind the webhooks: shares of this run show which table is which.
fn with_audited(
    args: &Run,
    mut report: Report,
    targets: &[Target],
    suite: &Suite,
    known: &[KnownFailure],
) -> Result<Report, Error> {
    // What runs in this process keeps its shares in no database of the team's.
    let mark = report
        .run
        .reference
        .is_none()
        .then(|| of_run(&mark(&report.run.id)));
    let running = Running::default();
    let look = args
        .audit_args
        .look(targets, &args.config, mark, running.clone());
    let seen = runtime()?.block_on(async {
        tokio::select! {
            seen = look => seen,
            signal = stop_signal() => {
                running.stop().await;
                report.run.halted = Some(Halted::Signal(signal));
                Ok(audit::Seen::default())
            }
        }
    })?;
    let findings = audit::findings(seen, suite);
    Ok(pipeline::with_audit(report, findings, suite, known))
}

/// What is told of the run while it is under way.
fn watching(args: &Run, keeper: &Arc<Keeper>, log: Option<&Arc<RunLog>>) -> All {
    let mut watching: Vec<Arc<dyn Observer>> = vec![Arc::clone(keeper) as _];
    watching.extend(log.map(|log| Arc::clone(log) as _));
    if !args.reports.quiet && !args.watch.no_progress {
        let terminal = std::io::stderr().is_terminal() && std::env::var_os("CI").is_none();
        watching.push(Arc::new(Progress::new(terminal)));
    }
    All(watching)
}

/// Runs the plan; what must not be shown comes back beside the report.
#[expect(
    clippy::too_many_arguments,
    reason = "each comes from flags of its own"
)]
async fn carry_out(
    args: &Run,
    suite: &Suite,
    plan: Plan,
    known: Vec<KnownFailure>,
    subject: Subject,
    told: Option<Told>,
    restart: Option<Restart>,
    strangers: &Strangers,
    observer: Arc<dyn Observer>,
) -> Result<(Report, Vec<SecretString>), Error> {
    let contract = args.selection.contract;
    let portal = match &told {
        Some(told) => told.portal(args.reports.quiet).await?,
        None => None,
    };
    let portal_url = portal.as_ref().map(|it| it.url.clone());
    let restart = restart.map(|it| match portal_url {
        Some(url) => it.with_variable(PORTAL_URL, url),
        None => it,
    });
    let users = portal.as_ref().map(|it| reference::Users {
        portal: Some(it.url.clone()),
        custodian_key: it.key.clone(),
    });
    let target = args
        .target
        .target(&subject, contract, &args.connection, &args.clients, users)
        .await?;
    let line = target.line;
    let http = Http::new(&line.settings)?;
    let running = target.running.map(Arc::new);
    let own = told.as_ref().map_or_else(Vec::new, Told::credentials);
    let known_users = &target.clients.users;
    let half = told.map(|it| it.half(&http, known_users, portal.as_ref(), running.as_ref()));
    let half = half.transpose()?;
    let settings = Settings {
        secret: target.secret,
        credentials: line
            .credentials
            .into_iter()
            .chain(target.clients.secrets)
            .chain(own)
            .collect(),
        users: target.clients.users,
        user_half: half,
        strangers: strangers.clone(),
        target: bare(&target.base),
        facts: line.facts,
        curl: line.curl,
        reference: subject.faults(),
        freedoms: subject.freedoms(),
        provider: target.clients.provider,
        jobs: usize::from(args.jobs),
        seed: args.seed.unwrap_or_else(|| fastrand::u64(..1 << 53)),
        max_time: args.connection.max_time,
        restart,
        strict: args.strict,
        require_all: args.require_all,
        build: args.build.clone(),
        fail_fast: args.fail_fast,
        tombstone: args.tombstone,
        known,
    };
    let brake = Brake::default();
    let watched = brake.clone();
    let listener = tokio::spawn(async move {
        loop {
            let signal = stop_signal().await;
            watched.pull(signal);
        }
    });
    args.connection.wait(&http, &brake).await;
    // A database that does not answer is told before anything is stored.
    reach(&args.audit_targets()?).await?;
    let report = pipeline::run(plan, suite, http, &settings, observer, &brake).await;
    listener.abort();
    // A hook has told the tokens of its clients meanwhile.
    let tokens = settings.users.tokens();
    let secrets = std::iter::once(settings.secret).chain(settings.credentials);
    let secrets = secrets.chain(tokens).collect();
    drop(settings.user_half);
    if let Some(running) = running.and_then(Arc::into_inner) {
        running.stop().await;
    }
    if let Some(portal) = portal {
        portal.stop().await;
    }
    Ok((report, secrets))
}

/// Tells and writes what the run has left behind; the reference custodian's shares are gone when it ends.
fn leave(
    args: &Run,
    subject: &Subject,
    keeper: &Keeper,
    artifacts: &mut Artifacts,
) -> Result<(), Error> {
    let Some((residue, notes)) = keeper.take() else {
        return Ok(());
    };
    for note in notes {
        warn(&format!("warning: {note}"));
    }
    let gone = matches!(subject, Subject::Reference(..));
    let wanted = !gone && !residue.left.is_empty();
    let beside = args.reports.beside("residue.json").filter(|_| wanted);
    let path = args.watch.residue.clone().or(beside);
    if let Some(line) = left_behind(&residue, path.as_deref())
        && !args.reports.quiet
        && !gone
    {
        warn(&line);
    }
    let Some(path) = path else { return Ok(()) };
    let text = serde_json::to_string_pretty(&residue).unwrap_or_default();
    artifacts.write(&path, &format!("{text}\n"))
}
