//! Sets up the clients that a run needs and remembers each, so that the teardown misses none, whatever happens.

use super::{Action, Hook, HookError, Kind, Request, VERSION};
use crate::users::Users;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::task::JoinSet;

/// The most requests to a hook that run at once.
const AT_ONCE: usize = 4;

/// Which clients a run asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Need {
    /// Clients that never held a share.
    pub fresh: usize,
    /// Clients that may be used over and over.
    pub reusable: usize,
    /// Clients that hold one of these texts each since before the migration.
    pub with_v5_share: Vec<String>,
}

/// A client that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetUp {
    /// The key of its set-up.
    pub key: String,
    /// What was asked for.
    pub kind: Kind,
    /// Its id, if an answer told it.
    pub client: Option<String>,
}

/// What came of a client's teardown.
#[derive(Debug)]
pub struct Teardown {
    /// The client.
    pub set_up: SetUp,
    /// Why it is still there, if so.
    pub outcome: Result<(), String>,
}

/// A hook and the clients that it was asked for.
#[derive(Debug)]
pub struct Provisioner {
    hook: Hook,
    set_ups: Mutex<Vec<SetUp>>,
    users: Users,
}

impl Provisioner {
    /// Before the first client is asked for.
    pub fn new(hook: Hook) -> Arc<Self> {
        Arc::new(Self {
            hook,
            set_ups: Mutex::default(),
            users: Users::default(),
        })
    }

    /// The users behind the clients that are made, also those that will be.
    pub fn users(&self) -> Users {
        self.users.clone()
    }

    /// Asks for clients, and tells of each as it is made, by the key of its set-up and its id; the first that cannot
    /// be had ends it. Gives the ids in the order of the need.
    pub async fn set_up(
        self: &Arc<Self>,
        run: &str,
        need: &Need,
        told: impl Fn(&str, &str),
    ) -> Result<Vec<String>, HookError> {
        let fresh = (1..=need.fresh).map(|number| (Kind::Fresh, number, None));
        let reusable = (1..=need.reusable).map(|number| (Kind::Reusable, number, None));
        let with_share = need.with_v5_share.iter().cloned().zip(1..);
        let with_share = with_share.map(|(share, number)| (Kind::WithV5Share, number, Some(share)));
        let mut wanted = fresh.chain(reusable).chain(with_share).enumerate();
        let mut under_way = JoinSet::new();
        let mut ids: Vec<(usize, String)> = Vec::new();
        loop {
            while under_way.len() < AT_ONCE
                && let Some((index, (kind, number, share))) = wanted.next()
            {
                let (provisioner, run) = (Arc::clone(self), run.to_owned());
                under_way.spawn(async move {
                    let key = key(&run, kind, number);
                    let id = provisioner.set_up_one(&run, key.clone(), kind, share).await;
                    id.map(|id| (index, key, id))
                });
            }
            match under_way.join_next().await {
                None => break,
                Some(Ok(Ok((index, key, id)))) => {
                    told(&key, &id);
                    ids.push((index, id));
                }
                Some(Ok(Err(error))) => {
                    // Those under way are waited for: the teardown must know what they make.
                    while under_way.join_next().await.is_some() {}
                    return Err(error);
                }
                Some(Err(error)) if error.is_cancelled() => break,
                Some(Err(error)) => std::panic::resume_unwind(error.into_panic()),
            }
        }
        ids.sort();
        Ok(ids.into_iter().map(|(_, id)| id).collect())
    }

    async fn set_up_one(
        &self,
        run: &str,
        key: String,
        kind: Kind,
        share: Option<String>,
    ) -> Result<String, HookError> {
        self.lock().push(SetUp {
            key: key.clone(),
            kind,
            client: None,
        });
        let request = Request {
            share,
            ..request(Action::Setup, run, &key, kind, None)
        };
        let user = self.hook.set_up(&request).await?;
        let id = user.client_id.clone();
        self.users.remember(user);
        let mut set_ups = self.lock();
        if set_ups
            .iter()
            .any(|set_up| set_up.client.as_ref() == Some(&id))
        {
            return Err(HookError::Answer {
                what: format!("gives client {id} a second time; each set-up needs one of its own"),
                said: String::new(),
            });
        }
        if let Some(set_up) = set_ups.iter_mut().find(|set_up| set_up.key == key) {
            set_up.client = Some(id.clone());
        }
        Ok(id)
    }

    /// Remembers clients that an earlier process has asked for, by the keys of their set-ups, so that they can be taken away.
    pub fn remember(&self, run: &str, fresh: usize, made: &[(String, String)]) {
        let set_ups = (1..=fresh).map(|number| {
            let key = key(run, Kind::Fresh, number);
            let client = made.iter().find(|(of, _)| *of == key);
            SetUp {
                kind: Kind::Fresh,
                client: client.map(|(_, id)| id.clone()),
                key,
            }
        });
        self.lock().extend(set_ups);
    }

    /// Has every client taken away, also those whose set-up gave no answer. Never fails: what could not be done is in
    /// the result.
    pub async fn tear_down(self: &Arc<Self>, run: &str) -> Vec<Teardown> {
        let mut set_ups = std::mem::take(&mut *self.lock()).into_iter();
        let mut under_way = JoinSet::new();
        let mut teardowns = Vec::new();
        loop {
            while under_way.len() < AT_ONCE
                && let Some(set_up) = set_ups.next()
            {
                let (provisioner, run) = (Arc::clone(self), run.to_owned());
                under_way.spawn(async move {
                    let request = request(
                        Action::Teardown,
                        &run,
                        &set_up.key,
                        set_up.kind,
                        set_up.client.clone(),
                    );
                    let outcome = provisioner.hook.tear_down(&request).await;
                    let outcome = outcome.map_err(|error| error.to_string());
                    Teardown { set_up, outcome }
                });
            }
            match under_way.join_next().await {
                None => break,
                Some(Ok(teardown)) => teardowns.push(teardown),
                Some(Err(error)) if error.is_cancelled() => {}
                Some(Err(error)) => std::panic::resume_unwind(error.into_panic()),
            }
        }
        teardowns.sort_by(|a, b| a.set_up.key.cmp(&b.set_up.key));
        teardowns
    }

    /// The clients that were made and not taken away yet.
    pub fn clients(&self) -> HashSet<String> {
        self.lock()
            .iter()
            .filter_map(|set_up| set_up.client.clone())
            .collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<SetUp>> {
        self.set_ups.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The key of a set-up.
fn key(run: &str, kind: Kind, number: usize) -> String {
    format!("{run}-{}-{number}", kind.name())
}

fn request(action: Action, run: &str, key: &str, kind: Kind, client: Option<String>) -> Request {
    Request {
        version: VERSION,
        action,
        run_id: run.to_owned(),
        idempotency_key: key.to_owned(),
        kind,
        client_id: client,
        share: None,
    }
}
