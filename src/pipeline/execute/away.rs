//! A custodian that is away: its process has ended. Whoever meets that waits until it is back, as long as that may
//! take a supervisor, and goes on; what it has died of often enough is left out. Nothing is sent twice: a connection
//! that was refused has carried nothing.

use super::{Ground, Run, Stop, Turn, lock};
use crate::exchange::Trouble;
use crate::http::{Delivery, Post};
use crate::model::cause::Cause;
use crate::model::trial::Trial;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A supervisor brings a small server back in less.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a gateway answers that cannot connect to the server behind it.
const BAD_GATEWAY: u16 = 502;

/// So often a request is tried anew that nobody took.
const TRIES: usize = 3;

/// Of so many requests for one requirement a custodian dies, and the others would tell no more.
const DEATHS: usize = 3;

/// What is known of a custodian's absences.
#[derive(Debug, Default)]
pub(super) struct Away {
    state: tokio::sync::Mutex<State>,
    ever: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    /// When it was last seen to be back.
    back: Option<Instant>,
    /// Whether it did not come back.
    lost: bool,
}

impl Away {
    /// Whether it was away at any time: then requests go one at a time, so that each absence has one reason.
    pub(super) fn ever(&self) -> bool {
        self.ever.load(Ordering::Relaxed)
    }

    /// Waits until it is back; whether it is. Who comes later than the one who waits finds it back, or lost.
    async fn until_back(&self, since: Instant, ground: &Ground) -> bool {
        self.ever.store(true, Ordering::Relaxed);
        let mut state = self.state.lock().await;
        if state.lost {
            return false;
        }
        if state.back.is_some_and(|back| back > since) {
            return true;
        }
        let until = tokio::time::Instant::now() + PATIENCE;
        let mut is_back = ground.http.wait(until, |_| ()).await.is_ok();
        if let (false, Some(restart)) = (is_back, &ground.settings.restart) {
            is_back = restart.restart(&ground.http).await.is_ok();
        }
        state.back = Some(Instant::now());
        state.lost = !is_back;
        is_back
    }
}

impl Ground {
    /// Sends a request; where it ends the custodian's process, or nobody is there, waits until the custodian is back.
    pub(super) async fn post(&self, post: Post) -> Delivery {
        let mut tries = 0;
        loop {
            self.limiter.turn().await;
            let mut delivery = self.http.post(post.clone()).await;
            tries += 1;
            let suspicious = match &delivery.outcome {
                Ok(reply) => reply.status == BAD_GATEWAY,
                Err(trouble) => matches!(trouble, Trouble::Closed | Trouble::Refused),
            };
            if !suspicious {
                return delivery;
            }
            if matches!(delivery.outcome, Err(Trouble::Refused)) {
                if tries < TRIES && self.is_back_after(delivery.ended).await {
                    continue;
                }
            } else if self.nobody_is_there().await {
                delivery.outcome = Err(Trouble::Died);
                let _ = self.is_back_after(delivery.ended).await;
            }
            return delivery;
        }
    }

    /// Whether no process takes requests at this moment: the port is closed, or the gateway before it finds it so.
    async fn nobody_is_there(&self) -> bool {
        for _ in 0..TRIES {
            match self.http.knock().await {
                Err(Trouble::Refused) => return true,
                Ok(reply) => return reply.status == BAD_GATEWAY,
                // The port of a process that is ending may be open for a moment longer than its connections.
                Err(_) => {}
            }
        }
        false
    }

    async fn is_back_after(&self, since: Instant) -> bool {
        let is_back = self.away.until_back(since, self).await;
        if !is_back {
            let died = Stop::Broken(Cause::Trouble(Trouble::Died));
            lock(&self.stop).get_or_insert(died);
        }
        is_back
    }
}

impl Run<'_> {
    /// Leaves out the trials of requirements of which the custodian has died often enough.
    pub(super) fn spare(&mut self, pending: &mut VecDeque<Turn>) {
        if self.deaths.is_empty() {
            return;
        }
        let (spared, rest): (VecDeque<Turn>, _) = std::mem::take(pending)
            .into_iter()
            .partition(|turn| self.is_deadly(&turn.trial));
        *pending = rest;
        for turn in spared.iter().filter(|turn| turn.attempt == 1) {
            let reason = "the custodian has died of others like it";
            let starved = turn.trial.planned().starved(reason.to_owned());
            self.executed.starved.push(starved);
        }
    }

    fn is_deadly(&self, trial: &Trial) -> bool {
        let deaths = self.deaths.get(&trial.requirement);
        deaths.is_some_and(|deaths| *deaths >= DEATHS)
    }
}
