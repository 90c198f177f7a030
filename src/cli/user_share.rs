//! The custodian's own endpoints: what is told of them, and the way to them.

use super::config::ConfigArgs;
use super::connection::{Connection, Line};
use super::credentials::{in_headers, is_telling};
use super::{Error, warn};
use clap::Args;
use sharecheck::http::{Http, HttpError};
use sharecheck::user_share::Endpoints;
use url::Url;

/// What is shorter is no credential.
const SHORTEST: usize = 10;

/// Says where the custodian's own endpoints are.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Wallets")]
pub(crate) struct UserShareArgs {
    /// The base URL of your own endpoints, which keep the user's half of a backup; the custodian's if it is not said. What they
    /// are sent stands in sharecheck.toml
    #[arg(long, value_name = "URL", env = "SHARECHECK_USER_SHARE_URL")]
    user_share_url: Option<String>,
}

/// The custodian's own endpoints and the way to them.
pub(crate) struct UserShare {
    /// What they are sent, and how they answer.
    pub(crate) endpoints: Endpoints,
    /// The connection: the custodian's, unless they stand elsewhere.
    pub(crate) line: Line,
}

impl UserShare {
    /// A client for them, in one pace with the custodian's.
    pub(crate) fn http(&self, custodian: &Http) -> Result<Http, HttpError> {
        Ok(Http::new(&self.line.settings)?.in_pace_with(custodian))
    }
}

impl UserShareArgs {
    /// What is told of the endpoints of a custodian at `base`; nothing where nothing is.
    pub(crate) fn told(
        &self,
        place: &ConfigArgs,
        base: &Url,
        connection: &Connection,
    ) -> Result<Option<UserShare>, Error> {
        let endpoints = place.endpoints()?;
        let shown = |url: &str| super::base_url::without_credentials(url);
        let wrong = |url: &str, cause: &str| Error::flag("--user-share-url", shown(url), cause);
        let Some(endpoints) = endpoints else {
            return match &self.user_share_url {
                None => Ok(None),
                Some(url) => Err(wrong(
                    url,
                    "nothing says what these endpoints are sent: write [user-share.store] and [user-share.fetch] into \
                     sharecheck.toml; sharecheck init has an example",
                )),
            };
        };
        let mut line = match &self.user_share_url {
            None => connection.line(base)?,
            Some(text) => {
                let url = Url::parse(text).map_err(|error| wrong(text, &error.to_string()))?;
                if !["http", "https"].contains(&url.scheme()) {
                    return Err(wrong(
                        text,
                        "write it with http:// or https:// at the beginning",
                    ));
                }
                if url.query().is_some() || url.fragment().is_some() {
                    return Err(wrong(text, "a base URL has no query and no fragment"));
                }
                let mut line = connection.line(&url)?;
                if url.origin() != base.origin() {
                    // What the custodian's gateway asks for is nobody else's to see.
                    line.settings.headers.clear();
                }
                line
            }
        };
        let literal = endpoints.literal_headers().into_iter();
        // `Bearer`, before a placeholder, is none.
        let credentials = literal
            .map(|(name, value)| (name, value.trim().to_owned()))
            .filter(|(name, value)| is_telling(name) && value.len() >= SHORTEST);
        let credentials: Vec<_> = credentials.collect();
        line.credentials.extend(in_headers(&credentials));
        let base = &line.settings.base;
        if endpoints.has_credentials() && base.scheme() == "http" && !line.reach.is_here() {
            warn(&format!(
                "warning: the users' tokens go to {} in the clear: use https",
                line.reach.goes_to()
            ));
        }
        Ok(Some(UserShare { endpoints, line }))
    }
}
