//! After the last trial: what was left behind, and, if wished for, a text in its place that says so.

use crate::contract::body;
use crate::contract::share;
use crate::exchange::Exchange;
use crate::http::{Http, Post};
use crate::model::residue::{Left, State};
use crate::model::transcript::Transcript;
use crate::model::trial::{Effect, Request, Slot, Trial};
use secrecy::{ExposeSecret, SecretString};
use std::collections::{BTreeMap, BTreeSet};
use tokio::task::JoinSet;

/// What the trials may have left behind. `mark` is the run's mark; the trials that were given up come with
/// their clients, and any of their stores may have been kept.
pub fn left_behind<'a>(
    mark: &str,
    transcripts: impl IntoIterator<Item = &'a Transcript>,
    given_up: &[(Trial, Vec<String>)],
) -> Vec<Left> {
    let mut left: BTreeMap<(String, Option<String>), State> = BTreeMap::new();
    let mut add = |client: &str, slot: &Slot, state: State| {
        let method = slot.0.as_ref();
        let method = method.map(|method| method.replace("{nonce}", mark.get(..2).unwrap_or("")));
        let known = left.entry((client.to_owned(), method)).or_insert(state);
        *known = state.max(*known);
    };
    for transcript in transcripts {
        for (_, request, exchange) in transcript.numbered() {
            if let (Some(client), Some(slot), Some(state)) = (
                transcript.bound.get(&request.client),
                slot(request),
                kept(exchange),
            ) {
                add(client, slot, state);
            }
        }
    }
    for (trial, ids) in given_up {
        let clients: BTreeMap<&String, &String> = trial.clients.iter().zip(ids).collect();
        let requests = trial.script.iter().flat_map(|step| step.action.lanes());
        for request in requests.flatten() {
            if let (Some(client), Some(slot)) = (clients.get(&request.client), slot(request)) {
                add(client, slot, State::Unsure);
            }
        }
    }
    left.into_iter()
        .map(|((client, method), state)| Left {
            client,
            method,
            state,
            removed: false,
        })
        .collect()
}

/// The slot in which a request may leave a share; nothing if it leaves none.
fn slot(request: &Request) -> Option<&Slot> {
    match &request.effect {
        Effect::Stores(slot, _) | Effect::MayStore(slot, _) => Some(slot),
        Effect::None => None,
    }
}

/// What an answer to a store says about whether it was kept; nothing where it was refused.
fn kept(exchange: &Exchange) -> Option<State> {
    match &exchange.outcome {
        Ok(reply) if reply.is_success() => Some(State::Stored),
        Ok(reply) if reply.status >= 500 => Some(State::Unsure),
        Ok(_) => None,
        Err(trouble) => (!trouble.is_unreachable()).then_some(State::Unsure),
    }
}

/// Overwrites what was left with a text that says so, each once, never two at once on one client.
pub async fn overwrite(
    left: &mut [Left],
    mark: &str,
    http: &Http,
    secret: &SecretString,
    at_once: usize,
) {
    let clients: BTreeSet<String> = left.iter().map(|it| it.client.clone()).collect();
    let mut waiting = clients.into_iter();
    let mut under_way = JoinSet::new();
    let mut done: BTreeSet<(String, Option<String>)> = BTreeSet::new();
    loop {
        while under_way.len() < at_once.max(1)
            && let Some(client) = waiting.next()
        {
            let methods: Vec<Option<String>> = left
                .iter()
                .filter(|it| it.client == client)
                .map(|it| it.method.clone())
                .collect();
            let (http, secret, text) = (http.clone(), secret.clone(), share::tombstone(mark));
            under_way.spawn(async move {
                let mut done = Vec::new();
                for method in methods {
                    let post = store(&client, &text, method.as_deref(), &secret);
                    let answer = http.post(post).await.outcome;
                    if answer.is_ok_and(|reply| (200..300).contains(&reply.status)) {
                        done.push((client.clone(), method));
                    }
                }
                done
            });
        }
        match under_way.join_next().await {
            None => break,
            Some(Ok(overwritten)) => done.extend(overwritten),
            Some(Err(error)) if error.is_cancelled() => {}
            Some(Err(error)) => std::panic::resume_unwind(error.into_panic()),
        }
    }
    for it in left {
        if done.contains(&(it.client.clone(), it.method.clone())) {
            it.state = State::Tombstone;
        }
    }
}

fn store(client: &str, text: &str, method: Option<&str>, secret: &SecretString) -> Post {
    Post {
        path: body::BACKUP.to_owned(),
        headers: vec![(
            body::SECRET_HEADER.to_owned(),
            secret.expose_secret().to_owned(),
        )],
        content_type: "application/json".to_owned(),
        body: body::store(client, text, method),
        ..Post::default()
    }
}
