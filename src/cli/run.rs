//! `run`: holds a custodian against the contract.

use super::artifacts::{Artifacts, Leak};
use super::clients::{ClientArgs, Clients};
use super::connection::{Connection, EXAMPLES, Line};
use super::watch::{All, Keeper, Progress, RunLog, WatchArgs};
use super::{BadInput, runtime, say, warn};
use clap::{Args, ValueEnum};
use secrecy::SecretString;
use sharecheck::contract::Contract;
use sharecheck::http::{self, Http};
use sharecheck::model::report::Report;
use sharecheck::model::requirement::Level;
use sharecheck::pipeline::execute::Brake;
use sharecheck::pipeline::load::{Sources, Suite, load};
use sharecheck::pipeline::plan::{Plan, Selection, plan};
use sharecheck::pipeline::{self, Observer, Settings};
use sharecheck::reference::{self, Fault, LogSink};
use sharecheck::render::{Format, Style, render};
use std::io::IsTerminal as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Holds a custodian against the contract.
#[derive(Args, Debug)]
#[command(after_help = format!("Examples:
  sharecheck run --reference                          against the built-in custodian
  sharecheck run --reference append                   against the built-in custodian with a fault
  export SHARECHECK_SECRET=…
  sharecheck run -u http://localhost:3000             a custodian that takes any client id
  sharecheck run -u https://staging.example.com/portal --client-id test-1 --client-id test-2
  sharecheck run -u … 'replace.*' v5.coexists         some cases or requirements only
  sharecheck run -u … --report junit=report.xml --report json=report.json

{EXAMPLES}"))]
pub(crate) struct Run {
    /// Run only these cases or requirements: ids, groups such as replace, or globs
    #[arg(value_name = "ID")]
    select: Vec<String>,
    /// The custodian's base URL; /backup and /backup/fetch stand below it
    #[arg(short, long, env = "SHARECHECK_URL", conflicts_with = "reference")]
    url: Option<String>,
    /// Run against the built-in custodian, with a fault if one is named
    #[arg(long, value_name = "FAULT", num_args = 0..=1, default_missing_value = "")]
    reference: Option<String>,
    /// Read the webhook secret from this file instead of SHARECHECK_SECRET
    #[arg(long, value_name = "FILE", env = "SHARECHECK_SECRET_FILE")]
    secret_file: Option<PathBuf>,
    /// The contract to hold the custodian to; v5 is one that has not migrated
    #[arg(long, default_value = "v6", value_parser = contract, env = "SHARECHECK_CONTRACT")]
    contract: Contract,
    /// Leave out these cases or requirements (repeatable)
    #[arg(long, value_name = "ID")]
    skip: Vec<String>,
    /// Run only cases whose requirement has at least this level
    #[arg(long, value_enum, default_value = "informational")]
    level: LevelArg,
    /// How many cases run at once
    #[arg(short, long, default_value_t = 64, env = "SHARECHECK_JOBS", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: u16,
    /// The seed of the shares' texts; drawn if not given
    #[arg(long, env = "SHARECHECK_SEED")]
    seed: Option<u64>,
    /// Run each case so many times, each time on clients of its own
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1000))]
    repeat: u16,
    /// Your own case files or folders (repeatable)
    #[arg(long, value_name = "PATH")]
    cases: Vec<PathBuf>,
    /// Run only the cases of --cases
    #[arg(long, requires = "cases")]
    only_own_cases: bool,
    /// Let recommended requirements count as required ones
    #[arg(long, env = "SHARECHECK_STRICT")]
    strict: bool,
    /// Stop at the first failure that counts
    #[arg(long)]
    fail_fast: bool,
    /// Write a report (repeatable), such as junit=report.xml; - is standard output
    #[arg(long, value_name = "FORMAT=PATH", value_parser = report_target)]
    report: Vec<ReportTarget>,
    /// What goes to standard output
    #[arg(long, default_value = "terminal", value_name = "FORMAT", value_parser = format)]
    format: Format,
    /// Whether the terminal output has colours
    #[arg(long, value_enum, default_value = "auto", env = "SHARECHECK_COLOR")]
    color: Colour,
    /// Say only the verdict
    #[arg(short, long)]
    quiet: bool,
    /// Say more: every case
    #[arg(short, long, action = clap::ArgAction::Count)]
    verbose: u8,
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    watch: WatchArgs,
    #[command(flatten)]
    pub(super) clients: ClientArgs,
    #[command(flatten)]
    pub(super) config: super::config::ConfigArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LevelArg {
    Informational,
    Recommended,
    Required,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Colour {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Debug)]
struct ReportTarget {
    format: Format,
    path: PathBuf,
}

pub(crate) fn contract(text: &str) -> Result<Contract, String> {
    match text {
        "v5" => Ok(Contract::V5),
        "v6" => Ok(Contract::V6),
        other => Err(format!("{other} is no contract: v5 or v6")),
    }
}

fn format(text: &str) -> Result<Format, String> {
    text.parse::<Format>().map_err(|error| error.to_string())
}

fn report_target(text: &str) -> Result<ReportTarget, String> {
    let (name, path) = text
        .split_once('=')
        .ok_or("write FORMAT=PATH, such as junit=report.xml")?;
    if path.is_empty() {
        return Err("the path is missing; - is standard output".to_owned());
    }
    Ok(ReportTarget {
        format: format(name)?,
        path: path.into(),
    })
}

/// The webhook secret, from the environment or a file; an empty one counts as none.
pub(crate) fn secret(file: Option<&Path>) -> Result<Option<SecretString>, BadInput> {
    let text = match file {
        Some(path) => {
            let read = std::fs::read_to_string(path);
            read.map_err(|error| {
                BadInput(format!(
                    "cannot read the secret from {}: {error}",
                    path.display()
                ))
            })?
            .trim_end_matches(['\r', '\n'])
            .to_owned()
        }
        None => std::env::var("SHARECHECK_SECRET").unwrap_or_default(),
    };
    if text.is_empty() {
        return Ok(None);
    }
    if http::header(sharecheck::contract::body::SECRET_HEADER, &text).is_err() {
        return Err(BadInput(
            "the webhook secret holds a control character and cannot be sent in a header"
                .to_owned(),
        ));
    }
    Ok(Some(text.into()))
}

/// Waits for Ctrl-C or SIGTERM.
pub(crate) async fn stop_signal() -> u8 {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut interrupt), Ok(mut terminate)) = (
            signal(SignalKind::interrupt()),
            signal(SignalKind::terminate()),
        ) else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = interrupt.recv() => 2,
            _ = terminate.recv() => 15,
        }
    }
    #[cfg(not(unix))]
    {
        let _ = tokio::signal::ctrl_c().await;
        2
    }
}

/// Where the custodian is, and how to be let in.
struct Target {
    base: Url,
    secret: SecretString,
    clients: Clients,
    running: Option<reference::Running>,
    line: Line,
}

pub(crate) fn run(args: &Run) -> Result<ExitCode, BadInput> {
    let suite = load(
        &Sources {
            paths: args.cases.clone(),
            only_own: args.only_own_cases,
        },
        &super::list::fault_names(),
    )?;
    let (fault, select) = fault_and_selectors(args)?;
    let selection = Selection {
        contract: args.contract,
        select,
        skip: args.skip.clone(),
        level: match args.level {
            LevelArg::Informational => Level::Informational,
            LevelArg::Recommended => Level::Recommended,
            LevelArg::Required => Level::Required,
        },
        repeat: usize::from(args.repeat),
        can_restart: false,
        local: target_is_here(args)?,
    };
    let plan = plan(&suite.cases, &suite.requirements, &selection)?;
    if args.watch.dry_run {
        let clients = (args.clients.origin(), args.clients.pool_size()?);
        let json = args.format == Format::Json;
        say(&super::price::price(
            &plan,
            usize::from(args.jobs),
            clients,
            json,
        ));
        return Ok(ExitCode::SUCCESS);
    }
    let log = args
        .watch
        .log_run
        .as_deref()
        .map(|path| {
            RunLog::create(path)
                .map(Arc::new)
                .map_err(|error| BadInput(format!("cannot write {}: {error}", path.display())))
        })
        .transpose()?;
    let keeper = Arc::new(Keeper::default());
    let mut watching: Vec<Arc<dyn Observer>> = vec![Arc::clone(&keeper) as _];
    watching.extend(log.iter().map(|log| Arc::clone(log) as _));
    if !args.quiet && !args.watch.no_progress {
        let terminal = std::io::stderr().is_terminal() && std::env::var_os("CI").is_none();
        watching.push(Arc::new(Progress::new(terminal)));
    }
    let (report, secrets) = runtime()?.block_on(carry_out(
        args,
        &suite,
        plan,
        fault,
        Arc::new(All(watching)),
    ))?;
    let mut artifacts = Artifacts::new(&secrets);
    let written = write_reports(args, &report, &mut artifacts);
    let left = leave(args, fault.is_some(), &keeper, &mut artifacts);
    if let (Some(path), Some(log)) = (&args.watch.log_run, &log) {
        artifacts.keep(path);
        if let Some(error) = log.failed() {
            warn(&format!("cannot write {}: {error}", path.display()));
        }
    }
    let text = render(args.format, &report, &style(args));
    let standard_output_taken = args
        .report
        .iter()
        .any(|target| target.path == Path::new("-"));
    let shown = artifacts.is_clean(&text);
    match (shown, standard_output_taken) {
        (false, _) => {}
        (true, true) => warn(&text),
        (true, false) => say(&text),
    }
    if let Err(leak) = artifacts.scan() {
        warn(&leak.message());
        return Ok(ExitCode::from(70));
    }
    if !shown {
        warn(&Leak(vec!["the output".to_owned()]).message());
        return Ok(ExitCode::from(70));
    }
    written.and(left)?;
    Ok(ExitCode::from(report.outcome.exit_code))
}

async fn carry_out(
    args: &Run,
    suite: &Suite,
    plan: Plan,
    fault: Option<Option<Fault>>,
    observer: Arc<dyn Observer>,
) -> Result<(Report, Vec<SecretString>), BadInput> {
    let target = target(args, fault).await?;
    let line = target.line;
    let http = Http::new(&line.settings)?;
    let mut shown = target.base.clone();
    let _ = (shown.set_username(""), shown.set_password(None));
    let settings = Settings {
        secret: target.secret,
        credentials: line
            .credentials
            .into_iter()
            .chain(target.clients.secrets)
            .collect(),
        target: shown.to_string(),
        provider: target.clients.provider,
        jobs: usize::from(args.jobs),
        seed: args.seed.unwrap_or_else(|| fastrand::u64(..1 << 53)),
        max_time: args.connection.max_time,
        strict: args.strict,
        fail_fast: args.fail_fast,
        tombstone: args.clients.tombstone,
    };
    let secrets = std::iter::once(&settings.secret).chain(&settings.credentials);
    let secrets = secrets.cloned().collect();
    let brake = Brake::default();
    let watched = brake.clone();
    let watcher = tokio::spawn(async move {
        loop {
            let signal = stop_signal().await;
            watched.pull(signal);
        }
    });
    args.connection.wait(&http, &brake).await;
    let mut report = pipeline::run(plan, suite, http, &settings, observer, &brake).await;
    report.facts.extend(line.facts);
    watcher.abort();
    if let Some(running) = target.running {
        running.stop().await;
    }
    Ok((report, secrets))
}

/// Whether the custodian is on this machine.
fn target_is_here(args: &Run) -> Result<bool, BadInput> {
    match (&args.reference, &args.url) {
        (None, Some(url)) => Ok(args.connection.line(&base_url(url)?)?.stays_here),
        (Some(_), _) | (None, None) => Ok(true),
    }
}

/// `--reference` takes a fault if one follows, but a selector may stand there as well.
fn fault_and_selectors(args: &Run) -> Result<(Option<Option<Fault>>, Vec<String>), BadInput> {
    let mut select = args.select.clone();
    let fault = match args.reference.as_deref() {
        None => None,
        Some("") => Some(None),
        Some(text) => match text.parse::<Fault>() {
            Ok(fault) => Some(Some(fault)),
            Err(_) if text.contains(['.', '*', '?', '[']) => {
                select.insert(0, text.to_owned());
                Some(None)
            }
            Err(error) => {
                return Err(BadInput(format!(
                    "{error}; see sharecheck serve --list-faults"
                )));
            }
        },
    };
    Ok((fault, select))
}

async fn target(args: &Run, fault: Option<Option<Fault>>) -> Result<Target, BadInput> {
    let known = secret(args.secret_file.as_deref())?;
    if let Some(fault) = fault {
        let secret = known.unwrap_or_else(|| super::serve::DEFAULT_SECRET.into());
        let running = reference::start(reference::Settings {
            address: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            base_path: String::new(),
            secret: secret.clone(),
            database: None,
            clients: Vec::new(),
            latency: Duration::ZERO,
            contract: super::serve::of_reference(args.contract),
            fault,
            log: LogSink::Quiet,
        })
        .await?;
        let base = Url::parse(running.base_url())?;
        let line = args.connection.line(&base)?;
        let clients = clients(args, &base, true, true)?;
        return Ok(Target {
            base,
            secret,
            clients,
            running: Some(running),
            line,
        });
    }
    let Some(url) = &args.url else {
        return Err(BadInput(
            "no custodian to test: give its base URL with -u, or --reference for the built-in one"
                .to_owned(),
        ));
    };
    let base = base_url(url)?;
    let Some(secret) = known else {
        return Err(BadInput::no_secret());
    };
    let line = args.connection.line(&base)?;
    let clients = clients(args, &base, false, line.stays_here)?;
    Ok(Target {
        base,
        secret,
        clients,
        running: None,
        line,
    })
}

fn clients(args: &Run, base: &Url, reference: bool, stays_here: bool) -> Result<Clients, BadInput> {
    args.clients
        .provider(base, reference, stays_here, &args.connection)
}

pub(crate) fn base_url(text: &str) -> Result<Url, BadInput> {
    let wrong = |what: &str| BadInput(format!("--url {}: {what}", without_credentials(text)));
    let url = Url::parse(text).map_err(|error| match error {
        url::ParseError::RelativeUrlWithoutBase => {
            wrong("no scheme; did you mean http:// or https:// before it?")
        }
        other => wrong(&other.to_string()),
    })?;
    if url.cannot_be_a_base() {
        // localhost:3000 reads as a scheme and a path.
        return Err(wrong(&format!("no scheme; did you mean http://{text}?")));
    }
    if !["http", "https"].contains(&url.scheme()) {
        return Err(wrong("only http and https can be tested"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("the base URL has no query and no fragment"));
    }
    if url.path().trim_end_matches('/').ends_with("/backup")
        || url.path().ends_with("/backup/fetch")
    {
        warn(
            "note: /backup is added to the base URL; leave it out unless your route really is …/backup/backup",
        );
    }
    Ok(url)
}

pub(crate) fn without_credentials(url: &str) -> String {
    let Some(start) = url.find("://").map(|at| at + 3) else {
        return url.to_owned();
    };
    let rest = &url[start..];
    let authority = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    // A password may hold an @ or even a slash: whatever stands before the last one goes.
    match rest.rfind('@') {
        Some(at)
            if at <= authority || Url::parse(url).map_or(true, |it| it.password().is_some()) =>
        {
            format!("{}…{}", &url[..start], &rest[at..])
        }
        _ => url.to_owned(),
    }
}

fn style(args: &Run) -> Style {
    let colour = match args.color {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => {
            use anstream::AutoStream;
            AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never
        }
    };
    let width = std::env::var("COLUMNS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(100);
    Style {
        colour,
        width,
        verbose: args.verbose,
        quiet: args.quiet,
    }
}

/// Writes every report; the first that fails is told after all were tried.
fn write_reports(args: &Run, report: &Report, artifacts: &mut Artifacts) -> Result<(), BadInput> {
    let plain = Style {
        colour: false,
        width: 100,
        verbose: args.verbose,
        quiet: false,
    };
    let mut outcome = Ok(());
    for target in &args.report {
        let text = render(target.format, report, &plain);
        if target.path == Path::new("-") {
            if artifacts.is_clean(&text) {
                say(&text);
            }
        } else {
            outcome = outcome.and(artifacts.write(&target.path, &text));
        }
    }
    outcome
}

/// Tells and writes what the run has left behind; the reference custodian takes it into its grave.
fn leave(
    args: &Run,
    reference: bool,
    keeper: &Keeper,
    artifacts: &mut Artifacts,
) -> Result<(), BadInput> {
    let Some((residue, notes)) = keeper.take() else {
        return Ok(());
    };
    for note in notes {
        warn(&format!("warning: {note}"));
    }
    let beside = args
        .report
        .iter()
        .find(|target| target.path != Path::new("-"))
        .filter(|_| !reference && !residue.left.is_empty())
        .map(|target| target.path.with_file_name("residue.json"));
    let path = args.watch.residue.clone().or(beside);
    if let Some(line) = super::price::left_behind(&residue, path.as_deref())
        && !args.quiet
        && !reference
    {
        warn(&line);
    }
    let Some(path) = path else { return Ok(()) };
    let text = serde_json::to_string_pretty(&residue).unwrap_or_default();
    artifacts.write(&path, &format!("{text}\n"))
}

/// Writes a file so that a reader sees the old text or the new one, never a part.
pub(crate) fn write_whole(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder)?;
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.{}.part", std::process::id()));
    let written = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("https://a.example/portal", "https://a.example/portal")]
    #[case("https://u:p@a.example/portal", "https://…@a.example/portal")]
    #[case("https://u:p@ss@a.example", "https://…@a.example")]
    #[case("https://u@a.example?x=1", "https://…@a.example?x=1")]
    #[case("https://a.example/users/@me", "https://a.example/users/@me")]
    #[case("https://u:p/q@a.example", "https://…@a.example")]
    #[case("no url @ all", "no url @ all")]
    fn a_url_is_shown_without_credentials(#[case] url: &str, #[case] shown: &str) {
        assert_eq!(without_credentials(url), shown);
    }
}
