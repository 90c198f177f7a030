//! `doctor`: only the preflight, as the same six lines each time, and one more where the custodian's own endpoints are told.

mod told;
mod user_share;

use super::base_url::base_url;
use super::clients::ClientArgs;
use super::config::ConfigArgs;
use super::connection::{Connection, EXAMPLES, Line};
use super::environment::EnvironmentArgs;
use super::selection::contract;
use super::target::secret;
use super::user_share::{UserShare, UserShareArgs};
use super::{Error, runtime, say};
use clap::{Args, ValueEnum};
use secrecy::{ExposeSecret, SecretString};
use sharecheck::contract::Contract;
use sharecheck::exchange::{Redactor, Strangers};
use sharecheck::hook::Provisioner;
use sharecheck::http::Http;
use sharecheck::model::cause::Advice;
use sharecheck::model::client::Supply;
use sharecheck::pipeline::execute::Brake;
use sharecheck::pipeline::preflight::{About, Clients, Mark, Point, Preflight, Subject, preflight};
use sharecheck::pipeline::provision::{Halt, Pool, Provider, Visit, Wanted, provision};
use sharecheck::users::Users;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use told::Diagnosis;
use user_share::{Trial, Tried};

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
  sharecheck doctor -u … --provision 'node scripts/test-client.js'
                                                      has one client made, and taken away again

With [user-share] in sharecheck.toml your own endpoints are tried too: one more line.

Always the same lines: ✓ as it should be, ✗ stops a run, ! a run can begin and judges it, - not tried.

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
    /// The contract that the custodian will be held to
    #[arg(long, default_value = "v6", value_name = "v5|v6", value_parser = contract, env = "SHARECHECK_CONTRACT")]
    contract: Contract,
    /// The form of what is told; the variable of run --format does not change it
    #[arg(id = "form", long = "format", value_enum, default_value = "text")]
    format: Form,
    #[command(flatten)]
    clients: ClientArgs,
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    user_share: UserShareArgs,
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    environment: EnvironmentArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    Text,
    Json,
}

/// What to do where a client holds what could be somebody's share.
const TEST_CLIENTS: &str = "name clients that were made for testing";

/// Who looks, and with what.
struct Looker<'a> {
    args: &'a Doctor,
    http: Http,
    secret: &'a SecretString,
    line: &'a Line,
    strangers: Strangers,
    users: Users,
    /// The custodian's own endpoints and the way to them, where they are told.
    user_share: Option<(&'a UserShare, Http)>,
}

/// What was seen, and why a run would be stopped for its clients.
struct Seen {
    found: Preflight,
    refused: Option<Refusal>,
    /// What is to be said of clients that a hook has made.
    made: Option<Point>,
    /// What came of the custodian's own endpoints, where they are told.
    user_share: Option<Tried>,
}

/// Why a run would be stopped for its clients.
struct Refusal {
    advice: Advice,
    exit_code: u8,
}

pub(crate) fn doctor(args: &Doctor) -> Result<ExitCode, Error> {
    // It asks for stores without a client and without the secret.
    args.environment.refuse("a doctor's look")?;
    let base = base_url(&args.url)?;
    let secret = secret(args.secret_file.as_deref())?.ok_or(Error::NoSecret)?;
    let line = args.connection.line(&base)?;
    line.warn_of_clear_text();
    let pool = args.clients.named(line.reach.is_here())?;
    let hook = if args.clients.uses_hook() {
        let clients = args
            .clients
            .provider(false, &line.reach, &args.connection, None)?;
        Some(clients)
    } else {
        None
    };
    let users = match &hook {
        Some(hook) => hook.users.clone(),
        None => args.clients.known_users()?,
    };
    let told = args
        .user_share
        .told(&args.config, &base, &args.connection)?;
    let http = Http::new(&line.settings)?;
    let user_share = told
        .as_ref()
        .map(|it| Ok::<_, Error>((it, it.http(&http)?)))
        .transpose()?;
    let looker = Looker {
        args,
        http,
        secret: &secret,
        line: &line,
        strangers: Strangers::default(),
        users,
        user_share,
    };
    let secrets = hook.iter().flat_map(|it| it.secrets.clone());
    let mut secrets: Vec<SecretString> = secrets.collect();
    let seen = runtime()?.block_on(async {
        args.connection.wait(&looker.http, &Brake::default()).await;
        match hook.map(|it| it.provider) {
            Some(Provider::Hook(hook)) => looker.with_hook(&hook).await,
            Some(Provider::Open { .. } | Provider::Pool(_)) | None => {
                Box::pin(looker.look(pool)).await
            }
        }
    });
    // A hook has told the tokens of its clients meanwhile.
    secrets.extend(looker.users.tokens());
    let own = told.iter().flat_map(|it| &it.line.credentials);
    let secrets = secrets.iter().chain(&line.credentials).chain(own);
    let secrets = secrets.chain([&secret]);
    let redactor = Redactor::new(secrets.map(ExposeSecret::expose_secret));
    let diagnosis = Diagnosis::of(seen, &looker, &redactor);
    say(&match args.format {
        Form::Text => diagnosis.text(),
        Form::Json => diagnosis.json(),
    })?;
    Ok(ExitCode::from(diagnosis.exit_code))
}

impl Looker<'_> {
    fn subject<'a>(&'a self, clients: Clients<'a>) -> Subject<'a> {
        Subject {
            secret: self.secret,
            credentials: &self.line.credentials,
            clients,
            contract: self.args.contract,
            all: true,
        }
    }

    /// What the run would do before its first write.
    async fn provide(
        &self,
        provider: &Provider,
        run: &str,
        wanted: &Wanted,
    ) -> Result<Supply, Halt> {
        let visit = Visit {
            http: &self.http,
            secret: self.secret,
            strangers: &self.strangers,
            at_once: 64,
            made: &|_, _| (),
        };
        provision(provider, run, wanted, visit).await
    }

    /// Tries the custodian's own endpoints for a client, where they are told and the custodian can be tested.
    async fn try_user_share(&self, found: &Preflight, client: &str, made: bool) -> Option<Tried> {
        let (told, http) = self.user_share.as_ref()?;
        if found.stop.is_some() {
            return Some(Tried::not_tried());
        }
        let trial = Trial {
            told,
            http: http.clone(),
            users: &self.users,
            strangers: &self.strangers,
        };
        Some(trial.of(client, made).await)
    }

    /// With the clients that are named, or made-up ones.
    async fn look(&self, pool: Pool) -> Seen {
        // Nobody's, and only fetched.
        let nobody = [uuid::Uuid::new_v4().to_string()];
        let named = pool.ids.clone();
        let open = self.args.clients.are_open(&self.line.reach);
        let clients = match (open, named.is_empty()) {
            (true, _) => Clients::Open,
            (false, true) => Clients::Known(&nobody),
            (false, false) => Clients::Known(&named),
        };
        let mut halt = None;
        let safe = async {
            if !named.is_empty() {
                let pool = Provider::Pool(pool);
                halt = self.provide(&pool, "", &Wanted::default()).await.err();
            }
            !halt.as_ref().is_some_and(Halt::is_foreign)
        };
        let subject = self.subject(clients);
        let found = Box::pin(preflight(&self.http, subject, safe)).await;
        let nobodys = !open && named.is_empty();
        let client = named.first().unwrap_or(&nobody[0]);
        let user_share = self.try_user_share(&found, client, false).await;
        Seen {
            user_share,
            refused: halt
                .as_ref()
                .map(Refusal::of)
                .or(nobodys.then(Refusal::nobody)),
            found,
            made: None,
        }
    }

    /// With a client that the hook makes, once the custodian was reached, and takes away again.
    async fn with_hook(&self, hook: &Arc<Provisioner>) -> Seen {
        let nobody = [uuid::Uuid::new_v4().to_string()];
        let subject = self.subject(Clients::Known(&nobody));
        let found = preflight(&self.http, subject, std::future::ready(true)).await;
        let said = |mark: Mark, says: String| Point {
            about: About::Clients,
            mark,
            says,
        };
        if found.stop.is_some() {
            let says =
                "not tried, because the custodian cannot be tested: the hook was asked for none";
            return Seen {
                user_share: self.try_user_share(&found, "", false).await,
                found,
                refused: None,
                made: Some(said(Mark::NotTried, says.to_owned())),
            };
        }
        let run = uuid::Uuid::new_v4().to_string();
        let wanted = Wanted {
            reusable: 1,
            ..Wanted::default()
        };
        let provider = Provider::Hook(Arc::clone(hook));
        let supply = self.provide(&provider, &run, &wanted).await;
        let ids: Vec<String> = match &supply {
            Ok(Supply::Pool(clients)) => clients.iter().map(|it| it.id.clone()).collect(),
            Ok(Supply::Open { .. }) | Err(_) => Vec::new(),
        };
        let found = if ids.is_empty() {
            found
        } else {
            let subject = self.subject(Clients::Known(&ids));
            preflight(&self.http, subject, std::future::ready(true)).await
        };
        let user_share = match ids.first() {
            Some(id) => self.try_user_share(&found, id, true).await,
            None => self.user_share.as_ref().map(|_| Tried::not_tried()),
        };
        let left = hook.tear_down(&run).await;
        let left = left.into_iter().find_map(|it| it.outcome.err());
        let ids = ids.join(", ");
        let made = match (&supply, left) {
            (Err(_), _) => said(Mark::Stops, "the hook was asked for one".to_owned()),
            (Ok(_), Some(why)) => said(
                Mark::Odd,
                format!("the hook has made {ids}, and cannot take it away: {why}"),
            ),
            (Ok(_), None) => said(
                Mark::Good,
                format!("the hook has made {ids}, and taken it away again"),
            ),
        };
        Seen {
            user_share,
            refused: supply.as_ref().err().map(Refusal::of),
            made: Some(made),
            found,
        }
    }
}

impl Refusal {
    fn of(halt: &Halt) -> Self {
        let (next, exit_code) = match halt {
            Halt::Unreachable(_) => ("see that the custodian stays up, and look again", 3),
            Halt::NoClient(_) => (
                "mend the hook: docs/provisioning.md has a request to try it with by hand",
                3,
            ),
            Halt::Foreign { .. } | Halt::ForeignUnnamed { .. } | Halt::Unseen { .. } => {
                (TEST_CLIENTS, 6)
            }
        };
        let advice = Advice {
            cause: halt.to_string(),
            next: next.to_owned(),
        };
        Self { advice, exit_code }
    }

    /// A custodian elsewhere, and nobody says which of its clients are for tests.
    fn nobody() -> Self {
        let advice = Advice {
            cause: "none is named, and the custodian is not on this machine: a store destroys what its client held"
                .to_owned(),
            next: "name test clients with --client-id ID, have them made with --provision COMMAND, or say \
                   --open-clients if it takes any id"
                .to_owned(),
        };
        Self {
            advice,
            exit_code: 3,
        }
    }
}
