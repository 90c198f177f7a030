//! What every step of a rehearsal needs: the flags that they share, the way to the custodian, and who may be written to.

use crate::cli::base_url::{bare, base_url_of};
use crate::cli::clients::{ClientArgs, Clients};
use crate::cli::config::ConfigArgs;
use crate::cli::connection::{Connection, Line};
use crate::cli::environment::EnvironmentArgs;
use crate::cli::known_failures::KnownArgs;
use crate::cli::list::fault_names;
use crate::cli::reports::ReportArgs;
use crate::cli::signal::stop_signal;
use crate::cli::target::secret;
use crate::cli::{Error, warn, whole};
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use secrecy::{ExposeSecret, SecretString};
use sharecheck::exchange::{Redactor, Strangers};
use sharecheck::http::Http;
use sharecheck::model::known::KnownFailure;
use sharecheck::pipeline::execute::Brake;
use sharecheck::pipeline::load::{Sources, Suite, load};
use sharecheck::pipeline::provision::Provider;
use sharecheck::rehearse::Custodian;
use sharecheck::rehearse::state::StateError;
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime};
use url::Url;

/// What the flags of the verdict are about.
const HEADING: &str = "Verdict and pace";

/// The flags that every step has.
#[derive(Args, Debug)]
#[expect(clippy::doc_markdown, reason = "these texts are the help")]
pub(super) struct Common {
    /// Read the webhook secret from this file instead of SHARECHECK_SECRET
    #[arg(
        help_heading = "Custodian",
        long,
        value_name = "FILE",
        env = "SHARECHECK_SECRET_FILE"
    )]
    secret_file: Option<PathBuf>,
    /// How many clients are asked at once
    #[arg(help_heading = HEADING, short, long, default_value_t = 32, env = "SHARECHECK_JOBS", value_parser = whole(1_u16..=1024), allow_negative_numbers = true)]
    pub(super) jobs: u16,
    /// Let recommended requirements count as required ones
    #[arg(help_heading = HEADING, long, env = "SHARECHECK_STRICT")]
    pub(super) strict: bool,
    /// Which build of the custodian this is, such as a commit; it stands in every report
    #[arg(help_heading = HEADING, long, value_name = "TEXT", env = "SHARECHECK_BUILD", value_parser = NonEmptyStringValueParser::new())]
    pub(super) build: Option<String>,
    #[command(flatten)]
    known: KnownArgs,
    #[command(flatten)]
    pub(super) reports: ReportArgs,
    #[command(flatten)]
    pub(super) connection: Connection,
    #[command(flatten)]
    pub(super) environment: EnvironmentArgs,
    #[command(flatten)]
    pub(super) config: ConfigArgs,
}

/// A step that is under way.
pub(super) struct Session {
    pub(super) suite: Suite,
    pub(super) known: Vec<KnownFailure>,
    /// The custodian's base URL, as reports show it.
    pub(super) target: String,
    pub(super) custodian: Custodian,
    pub(super) strangers: Strangers,
    /// What must not be shown anywhere.
    pub(super) secrets: Vec<SecretString>,
    /// Where clients come from, where the step asks for some.
    pub(super) provider: Option<Provider>,
    pub(super) secret: SecretString,
    pub(super) began: (SystemTime, Instant),
    /// What there is to tell of the way to the custodian.
    pub(super) facts: Vec<String>,
}

impl Common {
    /// The way to the custodian at this URL; `clients` says where clients come from.
    pub(super) fn session(
        &self,
        url: &str,
        clients: Option<&ClientArgs>,
    ) -> Result<Session, Error> {
        let suite = load(&Sources::default(), &fault_names())?;
        let known = self.known.entries(&suite)?;
        self.reports.check(false, [])?;
        let base = base_url_of("--url", url)?;
        let secret = secret(self.secret_file.as_deref())?.ok_or(Error::NoSecret)?;
        let line = self.line(&base)?;
        let clients = match clients {
            Some(clients) => Some(self.clients(clients, &line)?),
            None => None,
        };
        let own = clients.iter().flat_map(|it| it.secrets.clone());
        let secrets: Vec<SecretString> = std::iter::once(secret.clone())
            .chain(line.credentials.iter().cloned())
            .chain(own)
            .collect();
        let strangers = Strangers::default();
        let redactor = redactor(&secrets, &strangers);
        let http = Http::new(&line.settings)?;
        Ok(Session {
            suite,
            known,
            target: bare(&base),
            custodian: Custodian::new(http, secret.clone(), redactor, &strangers),
            strangers,
            secrets,
            provider: clients.map(|it| it.provider),
            secret,
            began: (SystemTime::now(), Instant::now()),
            facts: line.facts,
        })
    }

    fn line(&self, base: &Url) -> Result<Line, Error> {
        let line = self.connection.line(base)?;
        line.warn_of_clear_text();
        if self.environment.is_production() {
            warn(
                "production: only the clients that you name are written to, and only well-formed requests are sent; their \
                 shares are replaced",
            );
        }
        Ok(line)
    }

    /// Where clients come from; where real users are, only those that are named.
    fn clients(&self, clients: &ClientArgs, line: &Line) -> Result<Clients, Error> {
        if self.environment.is_production() && !clients.are_named() {
            return Err(Error::Production("clients that nobody has named"));
        }
        clients.provider(false, &line.reach, &self.connection, None)
    }

    /// A second version, by the same way and with the same secret.
    pub(super) fn other(&self, session: &Session, url: &str) -> Result<Custodian, Error> {
        let base = base_url_of("--new", url)?;
        let line = self.connection.line(&base)?;
        line.warn_of_clear_text();
        let http = Http::new(&line.settings)?.in_pace_with(session.custodian.http());
        let redactor = redactor(&session.secrets, &session.strangers);
        Ok(Custodian::new(
            http,
            session.secret.clone(),
            redactor,
            &session.strangers,
        ))
    }
}

fn redactor(secrets: &[SecretString], strangers: &Strangers) -> Redactor {
    Redactor::new(secrets.iter().map(ExposeSecret::expose_secret)).telling(strangers)
}

/// A brake that signals pull, for as long as this lives.
pub(super) struct Stopping {
    pub(super) brake: Brake,
    listener: tokio::task::JoinHandle<()>,
}

impl Stopping {
    pub(super) fn new() -> Self {
        let brake = Brake::default();
        let pulled = brake.clone();
        let listener = tokio::spawn(async move {
            loop {
                pulled.pull(stop_signal().await);
            }
        });
        Self { brake, listener }
    }
}

impl Drop for Stopping {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

/// What is wrong with a state file.
pub(super) fn of_state(path: &Path, cause: StateError) -> Error {
    Error::State {
        path: path.to_owned(),
        cause,
    }
}
