//! `audit`: looks at the database and the code behind the webhooks. It writes to neither.

use super::artifacts::Artifacts;
use super::config::ConfigArgs;
use super::known_failures::KnownArgs;
use super::reports::ReportArgs;
use super::selection::SuiteArgs;
use super::signal::stop_signal;
use super::{Error, runtime, say, warn};
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use secrecy::SecretString;
pub(super) use sharecheck::audit::look::Audit as Seen;
use sharecheck::audit::look::{Asked, Running, Source, audit as look};
use sharecheck::audit::target::Target;
use sharecheck::audit::{mend, report};
use sharecheck::contract::Contract;
use sharecheck::exchange::Strangers;
use sharecheck::model::report::{Halted, Report, Run};
use sharecheck::pipeline::load::Suite;
use sharecheck::pipeline::{Findings, audit as conclude};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Instant, SystemTime};

/// What the flags of `audit` itself are about.
const HEADING: &str = "What is looked at";
/// Where a database's URL stands that nobody else may read.
const URL: &str = "SHARECHECK_DATABASE_URL";

/// Looks at the database and the code behind the webhooks; changes nothing.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sharecheck audit                                 this folder: schemas, migrations, SDK versions, source
  sharecheck audit backend apps/mobile             two folders
  sharecheck audit prisma/schema.prisma            one schema
  sharecheck audit sqlite:dev.db                   a live database; also postgres, mysql, mariadb, mongodb
  export SHARECHECK_DATABASE_URL=…                 with a password: from the environment, or
  sharecheck audit --database-url-file /run/secrets/database-url
  sharecheck audit --rows                          count rows too: one scan of each table of shares
  sharecheck audit sqlite:dev.db --print-migration print what makes this database pass; nothing is run
  sharecheck audit --report sarif=audit.sarif      findings at their lines, for code scanning

A database is read in a transaction that cannot write, by names from its catalogue; no share and no client id leaves it.

Next: sharecheck explain ID tells what a red line means and how to mend it. sharecheck run -u … --audit TARGET judges \
webhooks, database and code together.")]
pub(crate) struct Audit {
    #[command(flatten)]
    what: AuditArgs,
    /// Databases, files and folders; without any, what sharecheck.toml names under [audit], or this folder
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// Print what makes this database or schema pass, step by step; nothing is run
    #[arg(help_heading = HEADING, long)]
    print_migration: bool,
    /// Let recommended requirements count as required ones
    #[arg(help_heading = "Verdict", long, env = "SHARECHECK_STRICT")]
    strict: bool,
    /// Let a required requirement that was not looked at leave the audit undecided (exit 4): what a gate wants
    #[arg(help_heading = "Verdict", long, env = "SHARECHECK_REQUIRE_ALL")]
    require_all: bool,
    /// Which build this is, such as a commit; it stands in every report
    #[arg(help_heading = "Verdict", long, value_name = "TEXT", env = "SHARECHECK_BUILD", value_parser = NonEmptyStringValueParser::new())]
    build: Option<String>,
    #[command(flatten)]
    suite: SuiteArgs,
    #[command(flatten)]
    known: KnownArgs,
    #[command(flatten)]
    reports: ReportArgs,
    #[command(flatten)]
    pub(super) config: ConfigArgs,
}

/// Says how databases are looked at.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct AuditArgs {
    /// Read a database's URL from this file, so that no password stands on the command line
    #[arg(help_heading = HEADING, long, value_name = "FILE")]
    database_url_file: Option<PathBuf>,
    /// Count rows as well: at most one scan of each table that keeps shares
    #[arg(help_heading = HEADING, long)]
    rows: bool,
}

impl AuditArgs {
    /// Whether a database is named by it.
    pub(super) fn is_said(&self) -> bool {
        self.database_url_file.is_some()
    }

    /// The databases whose URL is a secret, and what was typed.
    pub(super) fn targets(&self, typed: &[String]) -> Result<Vec<Target>, Error> {
        let mut all = Vec::new();
        if let Some(path) = &self.database_url_file {
            let text = std::fs::read_to_string(path)
                .map_err(|cause| Error::unreadable(path.display().to_string(), cause))?;
            let urls = text.lines().map(str::trim).filter(|it| !it.is_empty());
            for url in urls {
                all.push(Target::secret(url)?);
            }
        }
        if let Some(url) = std::env::var(URL).ok().filter(|it| !it.is_empty()) {
            all.push(Target::secret(url.trim())?);
        }
        for text in typed {
            all.push(Target::typed(text)?);
        }
        Ok(all)
    }

    /// Looks at all of it.
    pub(super) async fn look(
        &self,
        targets: &[Target],
        config: &ConfigArgs,
        mark: Option<String>,
        running: Running,
    ) -> Result<Seen, Error> {
        let asked = Asked {
            told: config.audit()?,
            rows: self.rows,
            mark,
            running,
        };
        Ok(look(targets, &asked).await?)
    }
}

/// What must not stand in any output.
pub(super) fn secrets(targets: &[Target]) -> Vec<SecretString> {
    targets.iter().filter_map(Target::password).collect()
}

/// What was seen as what a report takes.
pub(super) fn findings(seen: Seen, suite: &Suite) -> Findings {
    Findings {
        cases: report::cases(seen.findings, &suite.requirements),
        audited: seen.audited,
    }
}

pub(crate) fn audit(args: &Audit) -> Result<ExitCode, Error> {
    let suite = args.suite.suite()?;
    let known = args.known.entries(&suite)?;
    let mut typed = args.targets.clone();
    let named = args.config.audit()?.targets;
    if typed.is_empty() {
        typed = named;
    }
    let mut targets = args.what.targets(&typed)?;
    if targets.is_empty() {
        targets = args.what.targets(&[".".to_owned()])?;
    }
    args.reports.check(false, [])?;
    let began = (SystemTime::now(), Instant::now());
    let running = Running::default();
    let seen = runtime()?.block_on(async {
        tokio::select! {
            seen = args.what.look(&targets, &args.config, None, running.clone()) => seen.map(Ok),
            signal = stop_signal() => {
                running.stop().await;
                Ok(Err(signal))
            }
        }
    })?;
    let secrets = secrets(&targets);
    let (seen, halted) = match seen {
        Ok(seen) => (seen, None),
        Err(signal) => (Seen::default(), Some(Halted::Signal(signal))),
    };
    if args.print_migration && halted.is_none() {
        return print_migration(&seen);
    }
    let run = of_audit(args, &seen, began, halted);
    let report: Report = conclude(findings(seen, &suite), run, &suite, &known);
    let artifacts = Artifacts::new(&secrets, &Strangers::default());
    args.reports.deliver(&report, artifacts, [])
}

fn of_audit(
    args: &Audit,
    seen: &Seen,
    began: (SystemTime, Instant),
    halted: Option<Halted>,
) -> Run {
    let names: Vec<&str> = seen.audited.iter().map(|it| it.target.as_str()).collect();
    Run {
        id: uuid::Uuid::new_v4().to_string(),
        seed: 0,
        started_at: humantime::format_rfc3339_millis(began.0).to_string(),
        duration_ms: u64::try_from(began.1.elapsed().as_millis()).unwrap_or(u64::MAX),
        target: names.join(", "),
        contract: Contract::V6,
        jobs: 1,
        requests: 0,
        webhooks: false,
        strict: args.strict,
        require_all: args.require_all,
        build: args.build.clone(),
        whole: false,
        shard: None,
        halted,
        made_up: false,
        curl: Vec::new(),
        reference: None,
        freedoms: Vec::new(),
        held: None,
    }
}

/// Prints the mend of each database and schema that was looked at.
fn print_migration(seen: &Seen) -> Result<ExitCode, Error> {
    let mut cannot = None;
    for source in &seen.sources {
        match printed(source) {
            Ok(text) if text.is_empty() => {
                warn(&format!("{}: nothing has to be mended", source.name));
            }
            Ok(text) => say(&text)?,
            Err(why) => {
                warn(&format!("{}: {why}", source.name));
                cannot = Some(());
            }
        }
    }
    if seen.sources.is_empty() {
        warn("nothing to mend: no database and no schema was looked at");
    }
    Ok(if cannot.is_some() {
        ExitCode::from(4)
    } else {
        ExitCode::SUCCESS
    })
}

/// The mend of one of them: a diff of its Prisma schemas, or statements for the database's own client.
fn printed(source: &Source) -> Result<String, mend::Cannot> {
    if !source.prisma.is_empty() {
        return mend::diff(&source.prisma, &source.roles);
    }
    let migration = mend::migration(&source.schema, &source.roles)?;
    Ok(if migration.is_empty() {
        String::new()
    } else {
        migration.to_string()
    })
}
