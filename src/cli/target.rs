//! What is tested: the custodian at a URL or the built-in one, and the webhook secret.

use super::Error;
use super::base_url::base_url;
use super::clients::{ClientArgs, Clients};
use super::connection::{Connection, Line};
use super::faults::{FAULT_NAMES, FREEDOM_NAMES, named};
use clap::Args;
use secrecy::SecretString;
use sharecheck::contract::Contract;
use sharecheck::http::{self, Reach};
use sharecheck::reference::{self, Fault, Freedom, LogSink};
use std::env::VarError;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;
use url::Url;

/// Says what is tested.
#[derive(Args, Debug)]
#[command(next_help_heading = "Custodian")]
#[expect(clippy::doc_markdown, reason = "these texts are the help")]
pub(crate) struct TargetArgs {
    /// The custodian's base URL; /backup and /backup/fetch stand below it
    #[arg(short, long, env = "SHARECHECK_URL", conflicts_with = "reference")]
    url: Option<String>,
    /// Run against the built-in custodian, with a fault if one is named, or several with commas between them
    #[arg(
        long,
        value_name = "FAULT",
        num_args = 0..=1,
        default_missing_value = "",
        value_parser = FAULT_NAMES,
        hide_possible_values = true,
        // The built-in custodian's own are known.
        conflicts_with = "user_share_url"
    )]
    reference: Option<String>,
    /// Let the built-in custodian do a thing in another way that the contract leaves free, by its name in serve
    /// --list-freedoms (repeatable)
    #[arg(
        long,
        value_name = "NAME",
        requires = "reference",
        // What requires a flag that another rules out is let through.
        conflicts_with = "url",
        value_delimiter = ',',
        value_parser = FREEDOM_NAMES,
        hide_possible_values = true
    )]
    freedom: Vec<String>,
    /// Read the webhook secret from this file instead of SHARECHECK_SECRET
    #[arg(long, value_name = "FILE", env = "SHARECHECK_SECRET_FILE")]
    secret_file: Option<PathBuf>,
}

/// What is tested.
#[derive(Clone, Debug)]
pub(crate) enum Subject {
    /// The custodian at `--url`.
    Yours,
    /// The built-in one, with faults and freedoms or none.
    Reference(Vec<Fault>, Vec<Freedom>),
}

impl Subject {
    /// Whether it is not the built-in one.
    pub(crate) fn is_yours(&self) -> bool {
        match self {
            Self::Yours => true,
            Self::Reference(..) => false,
        }
    }

    /// The names of the built-in custodian's faults, where that is tested.
    pub(crate) fn faults(&self) -> Option<Vec<String>> {
        match self {
            Self::Yours => None,
            Self::Reference(faults, _) => {
                Some(faults.iter().map(|fault| fault.name().to_owned()).collect())
            }
        }
    }

    /// Whether a client that was made up is one that the custodian knows.
    fn knows_any_client(&self) -> bool {
        match self {
            Self::Yours => false,
            Self::Reference(_, freedoms) => !freedoms.iter().any(|it| it.forgets_unused_clients()),
        }
    }

    /// The names of the built-in custodian's freedoms.
    pub(crate) fn freedoms(&self) -> Vec<String> {
        match self {
            Self::Yours => Vec::new(),
            Self::Reference(_, freedoms) => {
                let names = freedoms.iter().map(|freedom| freedom.name().to_owned());
                names.collect()
            }
        }
    }
}

/// Where the custodian is, and how to be let in.
pub(crate) struct Target {
    pub(crate) base: Url,
    pub(crate) secret: SecretString,
    pub(crate) clients: Clients,
    pub(crate) running: Option<reference::Running>,
    pub(crate) line: Line,
}

/// The webhook secret, from the environment or a file; an empty one counts as none.
pub(crate) fn secret(file: Option<&Path>) -> Result<Option<SecretString>, Error> {
    let text = hidden_text(file, "SHARECHECK_SECRET", "the webhook secret")?;
    if text.is_empty() {
        return Ok(None);
    }
    if http::header(sharecheck::contract::body::SECRET_HEADER, &text).is_err() {
        return Err(Error::UnsendableSecret("the webhook secret"));
    }
    Ok(Some(text.into()))
}

/// The custodian's own key for Portal, from the environment; an empty one counts as none.
pub(crate) fn portal_key() -> Result<Option<SecretString>, Error> {
    bearer("SHARECHECK_PORTAL_KEY", "the key for Portal")
}

/// What stands in a variable to be sent as a bearer; an empty text counts as none.
pub(crate) fn bearer(variable: &str, what: &'static str) -> Result<Option<SecretString>, Error> {
    let text = hidden_text(None, variable, what)?;
    if http::header("authorization", &format!("Bearer {text}")).is_err() {
        return Err(Error::UnsendableSecret(what));
    }
    Ok((!text.is_empty()).then(|| text.into()))
}

/// A text that no message shows, from a file or else from a variable; `what` it is.
pub(super) fn hidden_text(
    file: Option<&Path>,
    variable: &str,
    what: &str,
) -> Result<String, Error> {
    let Some(path) = file else {
        return match std::env::var(variable) {
            Err(VarError::NotUnicode(_)) => Err(Error::Variable {
                name: variable.to_owned(),
                cause: "is not UTF-8".to_owned(),
            }),
            text => Ok(text.unwrap_or_default()),
        };
    };
    let read = std::fs::read_to_string(path);
    let text =
        read.map_err(|cause| Error::unreadable(format!("{what} from {}", path.display()), cause))?;
    // Some editors begin a file with a mark of its encoding, which is not meant.
    let text = text.trim_start_matches('\u{feff}');
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

impl TargetArgs {
    /// Whether the custodian is on this machine.
    pub(crate) fn is_here(&self, connection: &Connection) -> Result<bool, Error> {
        match (&self.reference, &self.url) {
            (None, Some(url)) => Ok(connection.line(&base_url(url)?)?.reach.is_here()),
            (Some(_), _) | (None, None) => Ok(true),
        }
    }

    /// The base URL of the custodian at `--url`.
    pub(crate) fn base(&self) -> Result<Option<Url>, Error> {
        self.url.as_deref().map(base_url).transpose()
    }

    /// Refuses what the run would refuse for want of clients.
    pub(crate) fn refuse_strangers(
        &self,
        connection: &Connection,
        clients: &ClientArgs,
    ) -> Result<(), Error> {
        match &self.url {
            Some(url) => clients.refuse_strangers(&connection.line(&base_url(url)?)?.reach),
            None => Ok(()),
        }
    }

    /// What is tested. `--reference` takes faults if they follow, but a selector may stand there as well.
    pub(crate) fn subject(&self) -> Result<(Subject, Option<String>), Error> {
        let Some(text) = self.reference.as_deref() else {
            return Ok((Subject::Yours, None));
        };
        let freedoms = named(self.freedom.iter().map(String::as_str))?;
        if text.is_empty() {
            return Ok((Subject::Reference(Vec::new(), freedoms), None));
        }
        match named(text.split(',')) {
            Ok(faults) => Ok((Subject::Reference(faults, freedoms), None)),
            Err(_) if text.contains(['.', '*', '?', '[']) => {
                let selector = Some(text.to_owned());
                Ok((Subject::Reference(Vec::new(), freedoms), selector))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Finds the custodian, or starts the built-in one.
    pub(crate) async fn target(
        &self,
        subject: &Subject,
        contract: Contract,
        connection: &Connection,
        clients: &ClientArgs,
        users: Option<reference::Users>,
    ) -> Result<Target, Error> {
        let known = secret(self.secret_file.as_deref())?;
        let portal = users.as_ref().and_then(|it| it.portal.clone());
        let (base, secret, running) = match subject {
            Subject::Reference(faults, freedoms) => {
                let secret = known.unwrap_or_else(|| super::serve::DEFAULT_SECRET.into());
                let running = built_in(faults, freedoms, contract, secret.clone(), users).await?;
                let url = Url::parse(running.base_url()).map_err(|cause| Error::OwnUrl {
                    url: running.base_url().to_owned(),
                    cause,
                })?;
                (url, secret, Some(running))
            }
            Subject::Yours => {
                let url = self.url.as_ref().ok_or(Error::NoTarget)?;
                (base_url(url)?, known.ok_or(Error::NoSecret)?, None)
            }
        };
        let line = connection.line(&base)?;
        line.warn_of_clear_text();
        let reach = if running.is_some() {
            &Reach::Here
        } else {
            &line.reach
        };
        let known = subject.knows_any_client();
        let clients = clients.provider(known, reach, connection, portal.as_deref())?;
        Ok(Target {
            base,
            secret,
            clients,
            running,
            line,
        })
    }
}

async fn built_in(
    faults: &[Fault],
    freedoms: &[Freedom],
    contract: Contract,
    secret: SecretString,
    users: Option<reference::Users>,
) -> Result<reference::Running, Error> {
    let settings = reference::Settings {
        address: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
        base_path: String::new(),
        secret,
        database: None,
        clients: Vec::new(),
        latency: Duration::ZERO,
        contract: super::serve::of_reference(contract),
        faults: faults.to_vec(),
        freedoms: freedoms.to_vec(),
        users,
        log: LogSink::Quiet,
    };
    Ok(reference::start(settings).await?)
}
