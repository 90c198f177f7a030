//! What a run is told of the user's half of wallets: the custodian's own endpoints, and who hears what Portal is told.

use super::config::ConfigArgs;
use super::connection::{Connection, Line};
use super::serve::DEFAULT_PORTAL_KEY;
use super::target::{Subject, portal_key};
use super::user_share::UserShareArgs;
use super::{Error, warn};
use clap::Args;
use secrecy::SecretString;
use sharecheck::built_in;
use sharecheck::http::Http;
use sharecheck::pipeline::execute::UserHalf;
use sharecheck::pipeline::plan::{self, Listens};
use sharecheck::portal;
use sharecheck::reference;
use sharecheck::user_share::{Endpoints, ToldBy};
use sharecheck::users::Users;
use std::net::SocketAddr;
use std::sync::Arc;
use url::Url;

/// Where the commands of a run find the URL of the local Portal.
pub(crate) const PORTAL_URL: &str = "SHARECHECK_PORTAL_URL";

/// Says how the user's half of wallets is looked at.
#[derive(Args, Debug)]
#[command(next_help_heading = "Wallets")]
#[expect(clippy::doc_markdown, reason = "these texts are the help")]
pub(crate) struct WalletArgs {
    #[command(flatten)]
    user_share: UserShareArgs,
    /// Start a local Portal at this address beside the run, for your backend to tell in the place of the real one; with
    /// --reference, look at wallets as well
    #[arg(
        long,
        value_name = "ADDRESS",
        num_args = 0..=1,
        default_missing_value = "127.0.0.1:0",
        env = "SHARECHECK_WITH_PORTAL"
    )]
    with_portal: Option<SocketAddr>,
    /// How your backend reaches the local Portal, if not by that address; hooks get it as SHARECHECK_PORTAL_URL
    #[arg(
        long,
        value_name = "URL",
        env = PORTAL_URL
    )]
    portal_url: Option<String>,
    /// Look at wallets though your backend, which is not on this machine, may tell the real Portal of backups that do not exist
    #[arg(long)]
    real_portal_is_told: bool,
}

/// What is told of the user's half.
pub(crate) struct Told {
    endpoints: Endpoints,
    /// The way to them; the built-in custodian's is known once it listens.
    line: Option<Line>,
    listens: Listens,
    portal: Option<SocketAddr>,
    portal_url: Option<String>,
}

impl WalletArgs {
    /// What is told of the user's half of a custodian; nothing where nothing is.
    pub(crate) fn told(
        &self,
        place: &ConfigArgs,
        subject: &Subject,
        base: Option<&Url>,
        connection: &Connection,
    ) -> Result<Option<Told>, Error> {
        // A run that a hook starts has the variable from the run around it.
        let around = std::env::var(PORTAL_URL).ok();
        if let (None, Some(url)) = (self.with_portal, &self.portal_url)
            && around.as_ref() != Some(url)
        {
            let cause = "no local Portal is started: say --with-portal as well";
            return Err(Error::flag("--portal-url", url.clone(), cause));
        }
        let (endpoints, line) = match (subject, base) {
            (Subject::Reference(..), _) => {
                if self.with_portal.is_none() {
                    return Ok(None);
                }
                let endpoints = built_in::endpoints().map_err(|_| Error::OwnEndpoints)?;
                (endpoints, None)
            }
            (Subject::Yours, None) => return Ok(None),
            (Subject::Yours, Some(base)) => {
                let Some(share) = self.user_share.told(place, base, connection)? else {
                    return match self.with_portal {
                        None => Ok(None),
                        Some(address) => Err(Error::flag(
                            "--with-portal",
                            address.to_string(),
                            "nothing says what your own endpoints are sent: write [user-share.store] and \
                             [user-share.fetch] into sharecheck.toml; sharecheck init has an example",
                        )),
                    };
                };
                (share.endpoints, Some(share.line))
            }
        };
        let away = line.as_ref().is_some_and(|it| !it.reach.is_here());
        let listens = match (endpoints.told_by(), self.with_portal) {
            (ToldBy::App, _) => Listens::App,
            (ToldBy::Backend, Some(_)) => Listens::Local,
            (ToldBy::Backend, None) if away && !self.real_portal_is_told => Listens::Real,
            (ToldBy::Backend, None) => Listens::Nobody,
        };
        Ok(Some(Told {
            endpoints,
            line,
            listens,
            portal: self.with_portal,
            portal_url: self.portal_url.clone(),
        }))
    }
}

impl Told {
    /// What a plan is to know of it.
    pub(crate) fn planned(&self) -> plan::UserHalf {
        plan::UserHalf {
            portal: self.listens,
            without_method: self.endpoints.takes_no_method(),
            credentials: self.endpoints.has_credentials(),
        }
    }

    /// What must not be shown of the way to the endpoints.
    pub(crate) fn credentials(&self) -> Vec<SecretString> {
        let line = self.line.as_ref();
        line.map_or_else(Vec::new, |it| it.credentials.clone())
    }

    /// Starts the local Portal, where one is wanted.
    pub(crate) async fn portal(&self, quiet: bool) -> Result<Option<Listening>, Error> {
        let Some(address) = self.portal else {
            return Ok(None);
        };
        let key = portal_key()?.unwrap_or_else(|| DEFAULT_PORTAL_KEY.into());
        let settings = portal::Settings {
            address,
            takes_any_key: true,
            ..portal::Settings::local(key.clone())
        };
        let running = portal::start(settings).await?;
        let url = self.portal_url.clone();
        let url = url.unwrap_or_else(|| running.base_url().to_owned());
        if self.line.is_some() && !quiet {
            warn(&format!(
                "the local Portal listens; your backend reaches it at {url}"
            ));
        }
        Ok(Some(Listening { running, url, key }))
    }

    /// All of it for a run whose clients have these users.
    pub(crate) fn half(
        self,
        http: &Http,
        users: &Users,
        portal: Option<&Listening>,
        running: Option<&Arc<reference::Running>>,
    ) -> Result<UserHalf, Error> {
        let own = match &self.line {
            Some(line) => Http::new(&line.settings)?.in_pace_with(http),
            None => http.clone(),
        };
        let portal = portal.map(|it| it.running.portal());
        let half = UserHalf {
            endpoints: self.endpoints,
            http: own,
            users: users.clone(),
            portal: portal.clone(),
            enrol: None,
        };
        Ok(match running.zip(portal) {
            Some((custodian, portal)) => built_in::enrolling(half, custodian, &portal),
            None => half,
        })
    }
}

/// A local Portal beside a run.
pub(crate) struct Listening {
    running: portal::Running,
    /// How the backend reaches it.
    pub(crate) url: String,
    /// The custodian's key.
    pub(crate) key: SecretString,
}

impl Listening {
    /// Ends it.
    pub(crate) async fn stop(self) {
        self.running.stop().await;
    }
}
