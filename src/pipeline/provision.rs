//! The plan to clients that may be written to: reaches the custodian, looks at every client of a pool
//! before the first write, and stops where somebody's share could be destroyed.

use crate::contract::body;
use crate::exchange::{RawReply, Strangers, Trouble, is_somebodys};
use crate::hook::{Need, Provisioner};
use crate::http::{Delivery, Http, Post, Sight, sight};
use crate::model::client::{NO_CLIENT, PoolClient, Supply, UNSEEN};
use secrecy::SecretString;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use tokio::task::JoinSet;

/// Where clients come from.
#[derive(Clone, Debug)]
pub enum Provider {
    /// Any id will do: one is made up for each trial.
    Open {
        /// Whether the custodian is known to know any id.
        known: bool,
    },
    /// These ids, which the custodian knows.
    Pool(Pool),
    /// A team's own hook makes them for this run.
    Hook(Arc<Provisioner>),
}

/// Clients that a user has named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pool {
    /// Their ids.
    pub ids: Vec<String>,
    /// The one that may be written to although it holds a share that we did not make.
    pub adopted: Option<String>,
    /// Whether an opening fetch that shows neither shares nor their absence is taken for the latter: on this
    /// machine, where no client is anybody's, and for clients that were made for the run.
    pub lenient: bool,
    /// Whether somebody vouches that such clients hold nothing. Unlike on this machine, each is fetched all the same.
    pub holds_nothing: bool,
}

/// Which clients a run needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// How many that never held a share.
    pub fresh: usize,
    /// How many others are of use at once.
    pub reusable: usize,
    /// Those that hold a share since before the migration: the trial's id, and the share's text.
    pub migrated: Vec<(String, String)>,
}

/// How clients are looked at before anything is written.
#[derive(Clone, Copy)]
pub struct Visit<'a> {
    /// The way to the custodian.
    pub http: &'a Http,
    /// The webhook secret.
    pub secret: &'a SecretString,
    /// Learns of every share of somebody's.
    pub strangers: &'a Strangers,
    /// How many clients are looked at at once.
    pub at_once: usize,
    /// Is told of each client that a hook makes: the key of its set-up, and its id.
    pub made: &'a (dyn Fn(&str, &str) + Sync),
}

/// Why there are no clients.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Halt {
    /// The custodian cannot be reached.
    #[error("cannot reach the custodian: {0}")]
    Unreachable(Trouble),
    /// A hook gave no client.
    #[error("{}: {why}", NO_CLIENT, why = .0)]
    NoClient(String),
    /// A client holds what could be somebody's share.
    #[error(
        "client {client} holds a share that this tool did not make: nothing was written. Is it a test client? \
         If its share may be lost, say --adopt {client}"
    )]
    Foreign {
        /// The client's id.
        client: String,
    },
    /// A client that nobody named holds it.
    #[error(
        "client {client}, {origin}, holds a share that this tool did not make: nothing was written. Does the \
         custodian keep its clients apart?"
    )]
    ForeignUnnamed {
        /// The client's id.
        client: String,
        /// Where it comes from, as a relative clause.
        origin: &'static str,
    },
    /// It cannot be seen what a client holds.
    #[error(
        "{} whether client {client} holds a share, for its fetch was answered with {what}: nothing \
         was written. If a share of it may be lost, say --adopt {client}; if you know that the clients that \
         you named hold none, say --client-holds-nothing",
        UNSEEN
    )]
    Unseen {
        /// The client's id.
        client: String,
        /// What came in place of shares.
        what: String,
    },
}

impl Halt {
    /// The same, of a client that its user has not named and so cannot adopt.
    fn of_unnamed(self, origin: &'static str) -> Self {
        match self {
            Self::Foreign { client } => Self::ForeignUnnamed { client, origin },
            halt @ (Self::Unreachable(_)
            | Self::NoClient(_)
            | Self::ForeignUnnamed { .. }
            | Self::Unseen { .. }) => halt,
        }
    }

    /// Whether a share was seen that could be somebody's.
    pub fn is_foreign(&self) -> bool {
        matches!(self, Self::Foreign { .. } | Self::ForeignUnnamed { .. })
    }
}

/// Reaches the custodian and looks at the clients, so many at once; from a hook, asks for as many as the run
/// needs.
pub async fn provision(
    provider: &Provider,
    run: &str,
    wanted: &Wanted,
    visit: Visit<'_>,
) -> Result<Supply, Halt> {
    match provider {
        Provider::Open { known } => {
            let pool = Pool {
                ids: vec![uuid::Uuid::new_v4().to_string()],
                lenient: true,
                ..Pool::default()
            };
            let seen = probe(&pool, visit).await;
            let seen = seen.map_err(|halt| halt.of_unnamed("made up for this run"))?;
            Ok(Supply::Open {
                known: *known,
                empty: seen.all_said,
            })
        }
        Provider::Pool(pool) => {
            let mut seen = HashSet::new();
            let ids = pool.ids.iter().chain(&pool.adopted);
            let ids = ids.filter(|id| seen.insert(id.as_str())).cloned();
            let pool = Pool {
                ids: ids.collect(),
                ..pool.clone()
            };
            Ok(Supply::Pool(probe(&pool, visit).await?.clients))
        }
        Provider::Hook(provisioner) => {
            let shares = wanted.migrated.iter().map(|(_, share)| share.clone());
            let need = Need {
                fresh: wanted.fresh,
                reusable: wanted.reusable,
                with_v5_share: shares.collect(),
            };
            let made = provisioner.set_up(run, &need, visit.made).await;
            let pool = Pool {
                ids: made.map_err(|error| Halt::NoClient(error.in_a_line()))?,
                // A client that a hook has made is taken to be empty; a share that can be seen stops the run all the
                // same.
                lenient: true,
                ..Pool::default()
            };
            let clients = probe(&pool, visit).await;
            let clients = clients.map_err(|halt| halt.of_unnamed("which the hook has made"))?;
            let mut clients = clients.clients;
            let made_for = wanted.migrated.iter().rev().map(|(trial, _)| trial.clone());
            for (client, trial) in clients.iter_mut().rev().zip(made_for) {
                client.made_for = Some(trial);
            }
            Ok(Supply::Pool(clients))
        }
    }
}

/// How many fetches it takes to be sure that a server closes connections without saying so.
const PROBES: usize = 3;

/// What the look at clients has shown.
struct Seen {
    clients: Vec<PoolClient>,
    /// Whether each of the first answers was a success that says that there is no share: one that refuses what it does not
    /// know says less.
    all_said: bool,
}

/// Fetches each client's shares: the first few one after the other, until it is seen how the server treats its
/// connections; then many at once.
async fn probe(pool: &Pool, visit: Visit<'_>) -> Result<Seen, Halt> {
    let Visit { http, secret, .. } = visit;
    let ids = &pool.ids;
    let mut clients: Vec<PoolClient> = Vec::new();
    let mut closed_before = false;
    let mut all_said = true;
    for turn in 0..PROBES {
        let Some(id) = ids.get(turn % ids.len().max(1)) else {
            break;
        };
        let delivery = http.post(Post::fetch(id, secret)).await;
        let closed = turn > 0 && closes_unannounced(&delivery);
        // Once may be due to this machine, if it was late with the next request.
        if closed && closed_before {
            http.go_easy();
        }
        closed_before |= closed;
        if let Ok(reply) = &delivery.outcome {
            announced(reply, http);
        }
        let client = looked_at(pool, id, &delivery, visit.strangers)?;
        all_said &= says_none(id, &delivery);
        if turn < ids.len() {
            clients.push(client);
        }
        // One request without an answer is enough: the others would only wait as long.
        if matches!(delivery.outcome, Err(Trouble::Timeout)) && pool.lenient {
            let left = ids.iter().skip(clients.len());
            clients.extend(left.map(|id| PoolClient {
                id: id.clone(),
                empty: true,
                adopted: pool.adopted.as_ref() == Some(id),
                made_for: None,
            }));
            return Ok(Seen { clients, all_said });
        }
        if turn > 0 && !closed_before {
            break;
        }
    }
    let mut left: VecDeque<&String> = ids.iter().skip(clients.len()).collect();
    let mut asking = JoinSet::new();
    let mut rest: HashMap<String, PoolClient> = HashMap::new();
    loop {
        while asking.len() < visit.at_once.max(1)
            && let Some(id) = left.pop_front().cloned()
        {
            let (http, fetch) = (http.clone(), Post::fetch(&id, secret));
            asking.spawn(async move { (id, http.post(fetch).await) });
        }
        match asking.join_next().await {
            Some(Ok((id, delivery))) => {
                let client = looked_at(pool, &id, &delivery, visit.strangers)?;
                rest.insert(id, client);
            }
            Some(Err(error)) => std::panic::resume_unwind(error.into_panic()),
            None => break,
        }
    }
    clients.extend(ids.iter().filter_map(|id| rest.remove(id)));
    Ok(Seen { clients, all_said })
}

fn says_none(id: &str, delivery: &Delivery) -> bool {
    let outcome = delivery.outcome.as_ref();
    let success = outcome.is_ok_and(|reply| (200..300).contains(&reply.meant_status()));
    success && sight(id, delivery) == Sight::Empty
}

/// What the fetch of a client says of it, or why the run must not go on.
fn looked_at(
    pool: &Pool,
    id: &str,
    delivery: &Delivery,
    strangers: &Strangers,
) -> Result<PoolClient, Halt> {
    let adopted = pool.adopted.as_deref() == Some(id);
    let client = id.to_owned();
    let texts = delivery.outcome.iter();
    let texts = texts.flat_map(|reply| reply.answer().all());
    let foreign = texts.filter(|text| is_somebodys(&body::fetch(id), text));
    foreign.for_each(|text| strangers.remember(&text));
    let empty = match sight(id, delivery) {
        Sight::Unreachable(trouble) => return Err(Halt::Unreachable(trouble)),
        Sight::Empty => true,
        Sight::Ours => false,
        Sight::Somebodys if adopted => false,
        Sight::Somebodys => return Err(Halt::Foreign { client }),
        // The trials tell the rest.
        Sight::Untold(_) | Sight::Nothing(_) if pool.lenient || pool.holds_nothing || adopted => {
            true
        }
        Sight::Untold(what) | Sight::Nothing(what) => return Err(Halt::Unseen { client, what }),
    };
    Ok(PoolClient {
        id: client,
        empty,
        adopted,
        made_for: None,
    })
}

/// `Connection: close` is obeyed by the HTTP client itself.
fn announced(reply: &RawReply, http: &Http) {
    let closes = reply
        .headers
        .iter()
        .any(|(name, value)| name == "connection" && value.eq_ignore_ascii_case("close"));
    if closes {
        http.go_easy();
    }
}

/// A second request that needed a new connection, or failed on the old one, shows a server that closes the
/// connection after each answer.
fn closes_unannounced(delivery: &Delivery) -> bool {
    !delivery.reused || matches!(delivery.outcome, Err(Trouble::Closed))
}
