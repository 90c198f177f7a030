//! `serve portal`: the local Portal, until it is stopped.

use crate::cli::base_url::base_url_of;
use crate::cli::connection::Connection;
use crate::cli::target::{bearer, portal_key, secret};
use crate::cli::{Error, runtime, say, warn};
use clap::Args;
use secrecy::SecretString;
use sharecheck::app::control::{self, Guard};
use sharecheck::app::{self, Apps};
use sharecheck::http::Http;
use sharecheck::portal::{self, Bound, Client, LogSink, Mood, Tls};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// The custodian's key of a local Portal that was given none.
pub(crate) const DEFAULT_KEY: &str = "sharecheck-portal-key";

/// The variable that holds it.
const KEY: &str = "SHARECHECK_PORTAL_KEY";

/// The variable that holds the token of the control endpoints.
const TOKEN: &str = "SHARECHECK_CONTROL_TOKEN";

/// What the custodian's own flags are about.
const HEADING: &str = "The custodian's webhooks";

/// Serves a local Portal: the part of its API that a custodian's backend calls
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
#[expect(clippy::doc_markdown, reason = "these texts are the help")]
// What it would wait for may itself wait for this Portal.
#[command(mut_arg("wait", |arg| arg.hide(true)))]
#[command(after_help = "Examples:
  sharecheck serve portal                             the API, on a free port
  sharecheck serve portal --listen 127.0.0.1:4000     on a port of yours
  sharecheck serve portal --custodian http://localhost:3000
                                                      wallets are backed up to your webhooks
  sharecheck serve portal --fault 429                 what does a backend do then?
  sharecheck serve portal --limit                     200 requests a minute, as documented
  sharecheck serve portal --listen 127.0.0.1:443 --tls-cert portal.pem --tls-key portal.key
                                                      under the name of the real one

Next, with the URL that it prints in the place of https://api.portalhq.io:
  curl -X POST URL/api/v3/custodians/me/clients -H 'Authorization: Bearer sharecheck-portal-key'
  curl -X POST URL/_sharecheck/wallets -H \"Authorization: Bearer $SHARECHECK_CONTROL_TOKEN\" \\
    -H 'Content-Type: application/json' -d '{\"clientId\":\"…\"}'

docs/portal.md has all endpoints, docs/wallets.md how to point a backend here.

Variables: SHARECHECK_PORTAL_KEY is the custodian's key (without it sharecheck-portal-key), SHARECHECK_CONTROL_TOKEN the \
token of the control endpoints (without it one is made and printed), SHARECHECK_SECRET the webhook secret.

Exit codes: 0 it was stopped, 2 bad input, 3 it could not start, such as a port that is taken.")]
pub(crate) struct Portal {
    /// The address and port to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// The base URL of the webhooks that wallets are backed up to
    #[arg(long, value_name = "URL")]
    custodian: Option<String>,
    /// Speak TLS with the certificate in this file, and those that lead to its root (PEM)
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// The private key of --tls-cert (PEM), if it stands in a file of its own
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Be out of order for what comes with a client's key: 429, 500 or hang
    #[arg(long, value_name = "KIND", value_parser = fault)]
    fault: Option<Mood>,
    /// Keep the documented limit: 200 requests a minute with one key
    #[arg(long)]
    limit: bool,
    /// Log each request as a JSON object a line
    #[arg(long)]
    json: bool,
    /// Log no requests
    #[arg(short, long, conflicts_with = "json")]
    quiet: bool,
    /// A test client that was made elsewhere and may be written to (repeatable)
    #[arg(
        help_heading = "Clients",
        long,
        value_name = "ID",
        value_delimiter = ','
    )]
    client_id: Vec<String>,
    /// Take a key that no client here has for that of a client made elsewhere, instead of refusing it
    #[arg(help_heading = "Clients", long)]
    any_key: bool,
    /// Let other machines use the control endpoints; the token is asked for all the same
    #[arg(help_heading = "Control endpoints", long)]
    control_anywhere: bool,
    /// A name that requests to the control endpoints may have in Host, such as a container's (repeatable)
    #[arg(
        help_heading = "Control endpoints",
        long,
        value_name = "NAME",
        value_delimiter = ','
    )]
    control_host: Vec<String>,
    /// Read the webhook secret from this file instead of SHARECHECK_SECRET
    #[arg(help_heading = HEADING, long, value_name = "FILE", env = "SHARECHECK_SECRET_FILE")]
    secret_file: Option<PathBuf>,
    #[command(flatten)]
    connection: Connection,
}

fn fault(text: &str) -> Result<Mood, String> {
    let mood = text.parse().ok().filter(|mood| *mood != Mood::Well);
    mood.ok_or_else(|| "must be 429, 500 or hang".to_owned())
}

pub(crate) fn portal(args: &Portal) -> Result<ExitCode, Error> {
    let key = portal_key()?;
    let token = bearer(TOKEN, "the control token")?;
    let made = made_token();
    let custodian = args.custodian()?;
    let settings = portal::Settings {
        address: args.listen,
        tls: args.tls()?,
        custodian_key: key.clone().unwrap_or_else(|| DEFAULT_KEY.into()),
        limited: args.limit,
        fault: args.fault,
        takes_any_key: args.any_key,
        log: args.log(),
        more: None,
    };
    runtime()?.block_on(async {
        let bound = portal::bind(settings).await?;
        args.add_clients(&bound)?;
        let portal = bound.portal();
        let apps = custodian.map(|(http, secret, is_here)| {
            let settings = app::Settings {
                http,
                secret,
                portal: portal.clone(),
                run: uuid::Uuid::new_v4().simple().to_string()[..8].to_owned(),
                seed: fastrand::u64(..),
                is_here,
            };
            Apps::new(settings)
        });
        let guard = Guard {
            token: token.clone().unwrap_or_else(|| made.as_str().into()),
            address: bound.address(),
            anywhere: args.control_anywhere,
            hosts: args.control_host.clone(),
        };
        let running = bound.with(control::routes(apps, portal, guard)).serve()?;
        say(running.base_url())?;
        if key.is_none() {
            warn(&format!(
                "{KEY} is not set; the custodian's key is {DEFAULT_KEY}"
            ));
        }
        if token.is_none() {
            warn(&format!("{TOKEN} is not set; the control token is {made}"));
        }
        if args.custodian.is_none() {
            warn("note: without --custodian URL no wallet can be backed up, and nothing is sent to any webhook");
        }
        warn("next: put this URL in the place of https://api.portalhq.io in your backend's settings");
        crate::cli::signal::stop_signal().await;
        running.stop().await;
        Ok(ExitCode::SUCCESS)
    })
}

fn made_token() -> String {
    let half = || uuid::Uuid::new_v4().simple().to_string();
    half() + &half()
}

impl Portal {
    /// The way to the webhooks, their secret, and whether they are on this machine.
    fn custodian(&self) -> Result<Option<(Http, SecretString, bool)>, Error> {
        let Some(url) = &self.custodian else {
            return Ok(None);
        };
        let base = base_url_of("--custodian", url)?;
        let secret = secret(self.secret_file.as_deref())?.ok_or(Error::NoSecret)?;
        let line = self.connection.line(&base)?;
        line.warn_of_clear_text();
        let http = Http::new(&line.settings)?;
        Ok(Some((http, secret, line.reach.is_here())))
    }

    fn tls(&self) -> Result<Option<Tls>, Error> {
        let Some(path) = &self.tls_cert else {
            return Ok(None);
        };
        let chain = read("--tls-cert", path)?;
        let key = match &self.tls_key {
            Some(path) => read("--tls-key", path)?,
            None => chain.clone(),
        };
        let key = key.into();
        Ok(Some(Tls { chain, key }))
    }

    fn log(&self) -> LogSink {
        let write = Arc::new(|line: &str| warn(line));
        if self.quiet {
            LogSink::Quiet
        } else if self.json {
            LogSink::Json(write)
        } else {
            LogSink::Text(write)
        }
    }

    fn add_clients(&self, bound: &Bound) -> Result<(), Error> {
        for id in self.client_id.iter().map(|id| id.trim()) {
            if id.is_empty() {
                return Err(Error::EmptyClientId("--client-id"));
            }
            // One that is named twice is there once.
            let _ = bound.portal().add_client(Client::known_as(id));
        }
        Ok(())
    }
}

fn read(flag: &'static str, path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|cause| Error::Unreadable {
        flag: Some(flag),
        what: path.display().to_string(),
        cause,
    })
}
