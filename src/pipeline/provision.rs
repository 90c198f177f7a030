//! The plan to clients that may be written to: reaches the custodian, looks at every client of a pool
//! before the first write, and stops where somebody's share could be destroyed.

use crate::contract::answer;
use crate::contract::share::{Maker, maker};
use crate::exchange::{RawReply, Trouble};
use crate::http::{Delivery, Http, Post};
use crate::model::client::{PoolClient, Supply};
use secrecy::SecretString;
use std::collections::HashSet;

/// Where clients come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Provider {
    /// Any id will do: one is made up for each trial.
    Open {
        /// Whether the custodian is known to know any id.
        known: bool,
    },
    /// These ids, which the custodian knows.
    Pool(Vec<String>),
}

/// Why there are no clients.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Halt {
    /// The custodian cannot be reached.
    #[error("cannot reach the custodian: {0}")]
    Unreachable(Trouble),
    /// A client holds what could be somebody's share.
    #[error("client {client} holds {what}: nothing was written")]
    Foreign {
        /// The client's id.
        client: String,
        /// What it holds, without any of it.
        what: String,
    },
}

/// Reaches the custodian and looks at the clients.
pub async fn provision(
    provider: &Provider,
    http: &Http,
    secret: &SecretString,
) -> Result<Supply, Halt> {
    match provider {
        Provider::Open { known } => {
            let stranger = uuid::Uuid::new_v4().to_string();
            probe(&[stranger], http, secret).await?;
            Ok(Supply::Open { known: *known })
        }
        Provider::Pool(ids) => {
            let ids: Vec<String> = {
                let mut seen = HashSet::new();
                ids.iter()
                    .filter(|id| seen.insert(id.as_str()))
                    .cloned()
                    .collect()
            };
            Ok(Supply::Pool(probe(&ids, http, secret).await?))
        }
    }
}

/// How many fetches it takes to see whether a server closes connections without saying so.
const PROBES: usize = 3;

/// Fetches each client's shares one after the other, a few times at least.
async fn probe(
    ids: &[String],
    http: &Http,
    secret: &SecretString,
) -> Result<Vec<PoolClient>, Halt> {
    let mut clients: Vec<PoolClient> = Vec::new();
    for turn in 0..ids.len().max(PROBES) {
        let Some(id) = ids.get(turn % ids.len().max(1)) else {
            break;
        };
        let delivery = http.post(Post::fetch(id, secret)).await;
        if turn > 0 && closes_unannounced(&delivery) {
            http.stop_reusing();
        }
        let empty = match &delivery.outcome {
            Ok(reply) => {
                announced(reply, http);
                holds(reply).map_err(|what| Halt::Foreign {
                    client: id.clone(),
                    what,
                })?
            }
            Err(trouble) if trouble.is_unreachable() => {
                return Err(Halt::Unreachable(trouble.clone()));
            }
            // The trials tell the rest: a peer that answers nothing once has been looked at for long enough.
            Err(_) => true,
        };
        if turn < ids.len() {
            clients.push(PoolClient {
                id: id.clone(),
                empty,
            });
        }
        if matches!(delivery.outcome, Err(Trouble::Timeout)) {
            let left = ids.iter().skip(clients.len());
            clients.extend(left.map(|id| PoolClient {
                id: id.clone(),
                empty: true,
            }));
            break;
        }
    }
    Ok(clients)
}

/// A server that says `Connection: close` is heeded by the client itself.
fn announced(reply: &RawReply, http: &Http) {
    let closes = reply
        .headers
        .iter()
        .any(|(name, value)| name == "connection" && value.eq_ignore_ascii_case("close"));
    if closes {
        http.stop_reusing();
    }
}

/// A second request that needed a new connection, or died on the old one, tells of a server that closes
/// after each answer.
fn closes_unannounced(delivery: &Delivery) -> bool {
    !delivery.reused || matches!(delivery.outcome, Err(Trouble::Closed))
}

/// Whether a client holds nothing; an error says what could be somebody's share.
fn holds(reply: &RawReply) -> Result<bool, String> {
    let texts = answer::read(&reply.body).texts;
    let foreign: Vec<&String> = texts
        .iter()
        .filter(|text| maker(text) == Maker::Somebody)
        .collect();
    match foreign.first() {
        None => Ok(texts.is_empty()),
        Some(text) => Err(format!(
            "{} text(s) that this tool did not make, the first of {} bytes",
            foreign.len(),
            text.len()
        )),
    }
}
