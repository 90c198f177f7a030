//! `doctor`: only the preflight, and what it saw.

use super::base_url::base_url;
use super::clients::PoolArgs;
use super::config::ConfigArgs;
use super::connection::{Connection, EXAMPLES};
use super::selection::contract;
use super::target::secret;
use super::{Error, runtime, say};
use clap::Args;
use secrecy::ExposeSecret;
use sharecheck::contract::Contract;
use sharecheck::exchange::{Redactor, Strangers};
use sharecheck::http::Http;
use sharecheck::pipeline::execute::Brake;
use sharecheck::pipeline::preflight::{Clients, Preflight, Subject, preflight};
use sharecheck::pipeline::provision::{Halt, Provider, Visit, Wanted, provision};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// Looks whether a custodian can be tested, and says what stands in the way.
#[derive(Args, Debug)]
#[expect(clippy::doc_markdown, reason = "these texts are the help")]
#[command(after_help = format!(
    "{}\n\n{EXAMPLES}",
    "Examples:
  export SHARECHECK_SECRET=…
  sharecheck doctor -u http://localhost:3000          may write a share for a made-up client
  sharecheck doctor -u https://staging.example.com/portal --client-id test-1
                                                      fetches it, and writes to none

Next: sharecheck run with the same flags.

Exit codes: 0 a run can begin, 1 it can and will find at least what is told here, 2 bad input, 3 nothing can be \
tested, 6 a client holds what could be somebody's share, or it cannot be seen whether it does."
))]
pub(crate) struct Doctor {
    /// The custodian's base URL; /backup and /backup/fetch stand below it
    #[arg(short, long, env = "SHARECHECK_URL")]
    url: String,
    /// Read the webhook secret from this file instead of SHARECHECK_SECRET
    #[arg(long, value_name = "FILE", env = "SHARECHECK_SECRET_FILE")]
    secret_file: Option<PathBuf>,
    #[command(flatten)]
    pool: PoolArgs,
    /// Write a share for a made-up client, though the custodian is not on this machine
    #[arg(long)]
    open_clients: bool,
    /// The contract that the custodian will be held to
    #[arg(long, default_value = "v6", value_name = "v5|v6", value_parser = contract, env = "SHARECHECK_CONTRACT")]
    contract: Contract,
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    config: ConfigArgs,
}

pub(crate) fn doctor(args: &Doctor) -> Result<ExitCode, Error> {
    let base = base_url(&args.url)?;
    let secret = secret(args.secret_file.as_deref())?.ok_or(Error::NoSecret)?;
    let line = args.connection.line(&base)?;
    line.warn_of_clear_text();
    let named = args.pool.ids()?;
    let open = named.is_empty() && (line.reach.is_here() || args.open_clients);
    // Nobody's, and only fetched.
    let nobody = [uuid::Uuid::new_v4().to_string()];
    let clients = match (open, named.is_empty()) {
        (true, _) => Clients::Open,
        (false, true) => Clients::Known(&nobody),
        (false, false) => Clients::Known(&named),
    };
    let http = Http::new(&line.settings)?;
    let strangers = Strangers::default();
    let (found, halt) = runtime()?.block_on(async {
        args.connection.wait(&http, &Brake::default()).await;
        let subject = Subject {
            secret: &secret,
            credentials: &line.credentials,
            clients,
            contract: args.contract,
            all: true,
        };
        // What the run would do before its first write.
        let visit = Visit {
            http: &http,
            secret: &secret,
            strangers: &strangers,
            at_once: 64,
            made: &|_, _| (),
        };
        let pool = args.pool.pool(named.clone(), None, line.reach.is_here());
        let pool = Provider::Pool(pool);
        let mut halt = None;
        let safe = async {
            if !named.is_empty() {
                halt = provision(&pool, "", &Wanted::default(), visit).await.err();
            }
            !halt.as_ref().is_some_and(Halt::is_foreign)
        };
        let found = preflight(&http, subject, safe).await;
        (found, halt)
    });
    let mut facts = line.facts;
    if http.spoke_http2() {
        facts.push("HTTP/2".to_owned());
    }
    if let Some(via) = http.via() {
        facts.push(format!("by way of {via}"));
    }
    let secrets = std::iter::once(&secret).chain(&line.credentials);
    let redactor = Redactor::new(secrets.map(ExposeSecret::expose_secret));
    let refused = halt
        .map(|halt| redactor.whole(&halt.to_string()))
        .or_else(|| found.foreign.clone());
    let (text, code) = told(&found, refused.as_deref(), &http.base(), &facts);
    say(&text)?;
    Ok(ExitCode::from(code))
}

/// What the preflight saw, for people, and the exit code.
fn told(found: &Preflight, refused: Option<&str>, base: &str, facts: &[String]) -> (String, u8) {
    let mut out = format!("{base}\n");
    for fact in facts {
        let _ = writeln!(out, "  {fact}");
    }
    out.push('\n');
    for probe in &found.probes {
        let mark = if probe.fine { '✓' } else { '✗' };
        let _ = writeln!(out, "{mark} {}: {}", probe.asked, probe.saw);
    }
    out.push('\n');
    for finding in &found.findings {
        let _ = writeln!(out, "Seen: {}", finding.cause);
        let _ = writeln!(out, "Next: {}", finding.next);
    }
    let code = if let Some(stop) = &found.stop {
        let _ = writeln!(out, "Cannot test: {}", stop.cause);
        let _ = writeln!(out, "Next: {}", stop.next);
        3
    } else if let Some(why) = refused {
        let _ = writeln!(out, "Refused: {why}");
        let _ = writeln!(out, "Next: name clients that were made for testing");
        6
    } else if found.findings.is_empty() {
        let _ = writeln!(out, "A run can begin.");
        0
    } else {
        let _ = writeln!(out, "A run can begin, and will judge what is told above.");
        1
    };
    (out, code)
}
