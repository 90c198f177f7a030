//! Where a run's clients come from, as typed; becomes a `Provider`.

use super::Error;
use super::connection::Connection;
use super::target::hidden_text;
use super::wallets::PORTAL_URL;
use clap::Args;
use secrecy::SecretString;
use serde_json::Value;
use sharecheck::hook::{Command, Endpoint, Hook, Provisioner, shell};
use sharecheck::http::{self, Http, Reach};
use sharecheck::nearest::nearest;
use sharecheck::pipeline::provision::{Pool, Provider};
use sharecheck::users::{User, Users};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Duration;
use url::Url;

/// Where clients come from of whom nothing is said.
const MADE_UP: &str = "made up by the run";

/// Says where clients come from.
#[derive(Args, Debug)]
#[command(next_help_heading = "Clients")]
#[expect(clippy::doc_markdown, reason = "these texts are the help")]
pub(crate) struct ClientArgs {
    #[command(flatten)]
    pool: PoolArgs,
    /// Make up client ids, though the custodian is not on this machine
    #[arg(long, conflicts_with_all = ["client_id", "clients", "provision", "provision_url"])]
    open_clients: bool,
    /// A command that makes test clients and takes them away; see docs/provisioning.md
    #[arg(
        long,
        value_name = "COMMAND",
        env = "SHARECHECK_PROVISION",
        conflicts_with_all = ["client_id", "clients", "provision_url"]
    )]
    provision: Option<String>,
    /// Give the command to a shell instead of splitting it into words
    #[arg(long, requires = "provision")]
    provision_shell: bool,
    /// The same as a URL, asked by POST
    #[arg(
        long,
        value_name = "URL",
        env = "SHARECHECK_PROVISION_URL",
        conflicts_with_all = ["client_id", "clients"]
    )]
    provision_url: Option<String>,
    /// Read the URL's bearer token from this file instead of SHARECHECK_PROVISION_SECRET
    #[arg(long, value_name = "FILE", env = "SHARECHECK_PROVISION_SECRET_FILE")]
    provision_secret_file: Option<PathBuf>,
    /// The limit of one set-up or teardown
    #[arg(
        long,
        default_value = "30s",
        value_name = "TIME",
        value_parser = super::connection::duration,
        env = "SHARECHECK_PROVISION_TIMEOUT"
    )]
    provision_timeout: Duration,
    /// The folder that the command runs in; set for a command from a configuration file
    #[arg(long, hide = true, value_name = "PATH")]
    provision_dir: Option<PathBuf>,
    /// Write to this client though it holds a share that sharecheck did not make: that share is lost
    #[arg(
        long,
        value_name = "ID",
        conflicts_with_all = ["open_clients", "provision", "provision_url"]
    )]
    adopt: Option<String>,
}

/// Names the clients of a pool.
#[derive(Args, Debug)]
struct PoolArgs {
    /// A test client that the custodian knows (repeatable)
    #[arg(
        long,
        value_name = "ID",
        env = "SHARECHECK_CLIENT_ID",
        value_delimiter = ','
    )]
    client_id: Vec<String>,
    /// Test clients from a file: one id a line, # begins a comment; or a JSON array of ids, or of objects with clientId,
    /// user and token
    #[arg(long, value_name = "FILE", env = "SHARECHECK_CLIENTS")]
    clients: Option<PathBuf>,
    /// The named clients hold no share, also where an answer such as {} does not tell; one that is seen stops the run
    #[arg(long, env = "SHARECHECK_CLIENT_HOLDS_NOTHING")]
    client_holds_nothing: bool,
}

impl PoolArgs {
    /// The users of the clients that were named, each client once; what the file says of one stands.
    fn users(&self) -> Result<Vec<User>, Error> {
        let ids = self.client_id.iter().map(|id| id.trim());
        let mut named: Vec<User> = ids.map(User::of_client).collect();
        if named.iter().any(|it| it.client_id.is_empty()) {
            return Err(Error::EmptyClientId(
                "--client-id (SHARECHECK_CLIENT_ID, client-id in a file)",
            ));
        }
        if let Some(path) = &self.clients {
            for user in from_file(path)? {
                match named.iter_mut().find(|it| it.client_id == user.client_id) {
                    Some(known) => *known = user,
                    None => named.push(user),
                }
            }
        }
        let mut seen = HashSet::new();
        named.retain(|it| seen.insert(it.client_id.clone()));
        Ok(named)
    }

    /// The pool of these ids for a custodian that is on this machine, or is not.
    fn pool(&self, ids: Vec<String>, adopted: Option<String>, stays_here: bool) -> Pool {
        Pool {
            ids,
            adopted,
            lenient: stays_here,
            holds_nothing: self.client_holds_nothing,
        }
    }

    fn is_empty(&self) -> bool {
        self.client_id.is_empty() && self.clients.is_none()
    }
}

/// Where clients come from, who stands behind them, and the secrets that this brings.
pub(crate) struct Clients {
    pub(crate) provider: Provider,
    pub(crate) secrets: Vec<SecretString>,
    /// Those of a hook are known once it has made them.
    pub(crate) users: Users,
}

impl Clients {
    fn of_hook(hook: Hook, secrets: Vec<SecretString>) -> Self {
        let provisioner = Provisioner::new(hook);
        Self {
            users: provisioner.users(),
            provider: Provider::Hook(provisioner),
            secrets,
        }
    }
}

impl ClientArgs {
    /// How many clients were named; nothing where they are made up or made by a hook.
    pub(crate) fn pool_size(&self) -> Result<Option<usize>, Error> {
        let ids = self.ids()?;
        Ok((!ids.is_empty()).then_some(ids.len()))
    }

    /// Whether somebody has named them.
    pub(crate) fn are_named(&self) -> bool {
        !self.uses_hook() && !self.are_made_up() && self.adopt.is_none()
    }

    /// Whether a hook makes them.
    pub(crate) fn uses_hook(&self) -> bool {
        self.provision.is_some() || self.provision_url.is_some()
    }

    /// Refuses to adopt a client of the built-in custodian, in which nobody has stored anything.
    pub(crate) fn refuse_adoption(&self) -> Result<(), Error> {
        let Some(id) = self.adopt.as_deref().map(str::trim) else {
            return Ok(());
        };
        let cause = "the built-in custodian holds nobody's share: there is nothing to adopt";
        Err(Error::flag("--adopt", id.to_owned(), cause))
    }

    /// Whether the run makes their ids up.
    pub(crate) fn are_made_up(&self) -> bool {
        self.origin() == MADE_UP
    }

    /// In words, for a run that sends nothing.
    pub(crate) fn origin(&self) -> &'static str {
        if self.uses_hook() {
            "from the provisioning hook"
        } else if self.pool.is_empty() && self.adopt.is_none() {
            MADE_UP
        } else {
            "from the pool"
        }
    }

    /// The provider for a custodian that knows any client or need not, and is on this machine or not. A command is told
    /// where the local Portal listens, if it does.
    pub(crate) fn provider(
        &self,
        known: bool,
        reach: &Reach,
        connection: &Connection,
        portal: Option<&str>,
    ) -> Result<Clients, Error> {
        if let Some(line) = &self.provision {
            let command = self.command(line)?;
            let hook = Hook::Command(match portal {
                Some(url) => command.with_variable(PORTAL_URL, url.to_owned()),
                None => command,
            });
            return Ok(Clients::of_hook(hook, Vec::new()));
        }
        if let Some(url) = &self.provision_url {
            return self.endpoint(url, connection);
        }
        let pool = self.named(reach.is_here())?;
        let users = self.known_users()?;
        let provider = if pool.ids.is_empty() {
            self.refuse_strangers(reach)?;
            Provider::Open { known }
        } else {
            Provider::Pool(pool)
        };
        Ok(Clients {
            provider,
            secrets: users.tokens(),
            users,
        })
    }

    /// The users behind the clients that are named.
    pub(crate) fn known_users(&self) -> Result<Users, Error> {
        let users = Users::default();
        self.pool
            .users()?
            .into_iter()
            .for_each(|it| users.remember(it));
        Ok(users)
    }

    /// Refuses a custodian that is not on this machine where nobody says which clients are for tests.
    pub(crate) fn refuse_strangers(&self, reach: &Reach) -> Result<(), Error> {
        if !reach.is_here() && self.are_made_up() && !self.open_clients {
            return Err(Error::NoTestClients(reach.clone()));
        }
        Ok(())
    }

    /// The pool of the clients that are named, for a custodian that is on this machine, or is not.
    pub(crate) fn named(&self, stays_here: bool) -> Result<Pool, Error> {
        Ok(self.pool.pool(self.ids()?, self.adopt.clone(), stays_here))
    }

    /// Whether any id will do: on this machine, or where somebody says so.
    pub(crate) fn are_open(&self, reach: &Reach) -> bool {
        self.are_made_up() && (reach.is_here() || self.open_clients)
    }

    fn ids(&self) -> Result<Vec<String>, Error> {
        let named = self.pool.users()?.into_iter();
        let mut ids: Vec<String> = named.map(|it| it.client_id).collect();
        if self.adopt.as_ref().is_some_and(|id| id.trim().is_empty()) {
            return Err(Error::EmptyClientId("--adopt"));
        }
        match &self.adopt {
            Some(id) if ids.is_empty() => ids.push(id.clone()),
            Some(id) if !ids.contains(id) => {
                let cause =
                    "is none of the clients that are named: only one of them can be adopted";
                return Err(Error::flag("--adopt", id.clone(), cause));
            }
            Some(_) | None => {}
        }
        Ok(ids)
    }

    fn command(&self, line: &str) -> Result<Command, Error> {
        let words = if self.provision_shell {
            shell(line)
        } else {
            super::command("--provision", line, ", or say --provision-shell")?
        };
        let folder = self.provision_dir.clone();
        Ok(Command::new(words, folder, self.provision_timeout))
    }

    fn endpoint(&self, url: &str, connection: &Connection) -> Result<Clients, Error> {
        let shown = super::base_url::without_credentials(url);
        let wrong = |what: &str| Error::flag("--provision-url", shown.clone(), what);
        let base = Url::parse(url).map_err(|error| wrong(&error.to_string()))?;
        if !["http", "https"].contains(&base.scheme()) {
            return Err(wrong("only http and https can be asked"));
        }
        if base.password().is_some() || !base.username().is_empty() {
            return Err(wrong(
                "credentials do not belong into a URL: put a token into SHARECHECK_PROVISION_SECRET",
            ));
        }
        let secret = self.hook_secret()?;
        let line = connection.line(&base)?;
        if secret.is_some() && base.scheme() == "http" && !line.reach.is_here() {
            return Err(wrong(
                "the token would go over the network in the clear: use https",
            ));
        }
        let http = Http::new(&http::HttpSettings {
            headers: Vec::new(),
            max_time: self.provision_timeout,
            ..line.settings
        })?;
        let hook = Hook::Url(Box::new(Endpoint::new(http, secret.clone())));
        Ok(Clients::of_hook(hook, secret.into_iter().collect()))
    }

    fn hook_secret(&self) -> Result<Option<SecretString>, Error> {
        let file = self.provision_secret_file.as_deref();
        let text = hidden_text(
            file,
            "SHARECHECK_PROVISION_SECRET",
            "the provisioning secret",
        )?;
        if http::header("authorization", &format!("Bearer {text}")).is_err() {
            return Err(Error::UnsendableSecret("the provisioning secret"));
        }
        Ok((!text.is_empty()).then(|| text.into()))
    }
}

fn from_file(path: &Path) -> Result<Vec<User>, Error> {
    let wrong = |what: &str| Error::flag("--clients", path.display().to_string(), what);
    let text = std::fs::read_to_string(path).map_err(|cause| Error::Unreadable {
        flag: Some("--clients"),
        what: path.display().to_string(),
        cause,
    })?;
    let users = users_of(&text).map_err(|what| wrong(&what))?;
    if users.is_empty() {
        return Err(wrong("holds no client id"));
    }
    Ok(users)
}

/// How a client is written that has more than an id.
const WHOLE: &str = r#"[{"clientId": …, "user": …, "token": …}]"#;

/// The clients in a file: an id a line, or a JSON array of ids and objects. No error shows a token.
fn users_of(text: &str) -> Result<Vec<User>, String> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with('[') {
        let items: Vec<Value> =
            serde_json::from_str(text).map_err(|error| format!("is no JSON array: {error}"))?;
        let numbered = items.iter().zip(1..);
        return numbered
            .map(|(item, number)| {
                user_of(item).map_err(|what| format!("holds {what} in place {number}"))
            })
            .collect();
    }
    let lines = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or("").trim());
    let ids: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    match ids.iter().find_map(|id| id.split_once(char::is_whitespace)) {
        // What follows may be a token.
        Some((id, _)) => Err(format!(
            "holds more than an id in the line of \"{id}\"; a user and a token can stand in a JSON array only: {WHOLE}"
        )),
        None => Ok(ids.into_iter().map(User::of_client).collect()),
    }
}

fn user_of(item: &Value) -> Result<User, String> {
    match item {
        Value::String(id) if id.trim().is_empty() => Err("an empty client id".to_owned()),
        Value::String(id) => Ok(User::of_client(id)),
        Value::Object(keys) => {
            let known = ["clientId", "user", "token"];
            let strange = keys.keys().find(|key| !known.contains(&key.as_str()));
            if let Some(key) = strange {
                let near = nearest(key, known).map(|near| format!("; did you mean {near}?"));
                return Err(format!("an unknown key {key}{},", near.unwrap_or_default()));
            }
            User::of_json(item)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => Err(format!(
            "what is neither an id in quotes nor an object such as {WHOLE}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::users_of;
    use secrecy::ExposeSecret;

    fn ids_of(text: &str) -> Result<Vec<String>, String> {
        let users = users_of(text)?.into_iter();
        Ok(users.map(|it| it.client_id).collect())
    }

    #[test]
    fn a_user_and_a_token_stand_in_objects() {
        let text = r#"["a-1", {"clientId": "b-2", "user": 17, "token": "hunter2hunter2"}]"#;
        let users = users_of(text).unwrap();
        assert_eq!(
            (users[0].user.as_str(), users[1].user.as_str()),
            ("a-1", "17")
        );
        let token = users[1].token.as_ref().unwrap();
        assert_eq!(token.expose_secret(), "hunter2hunter2");
        for wrong in [
            r#"[{"clientId": "a", "token": ["hunter2"]}]"#,
            r#"[{"clientId": "a", "tokn": "hunter2"}]"#,
            r#"[{"token": "hunter2"}]"#,
            r#"[{"clientId": "a", "token": "hunter2"}"#,
            "a-1 17 hunter2",
        ] {
            let what = users_of(wrong).unwrap_err();
            assert!(!what.contains("hunter2"), "{what}");
        }
    }

    #[test]
    fn ids_stand_one_a_line_or_in_a_json_array() {
        let expected = ["a-1", "b-2"];
        assert_eq!(
            ids_of("# ours\n a-1 \r\n\nb-2 # Anna's\n").unwrap(),
            expected
        );
        assert_eq!(ids_of("\u{feff}[\"a-1\",\n \"b-2\"]\n").unwrap(), expected);
        assert!(ids_of("a,b\nc d\n").unwrap_err().contains("\"c\""));
        assert!(ids_of("[1]").unwrap_err().contains("in place 1"));
        assert!(ids_of("[\"\"]").unwrap_err().contains("empty"));
    }
}
