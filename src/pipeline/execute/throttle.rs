//! How many steps are under way at once. As many as there are jobs, until connections are slow to be made or answers
//! are late: then the custodian has more before it than it can take, and whatever is sent besides only waits, up to the
//! deadline, for what is no fault of its own.

use crate::http::Strain;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// With so many a server that serves one connection at a time, with a queue of five, is not overrun.
const CAREFUL: usize = 4;

/// After so many steps without strain one more is let in.
const PATIENCE: usize = 64;

/// Lets steps in.
#[derive(Debug)]
pub(super) struct Throttle {
    state: Mutex<State>,
    left: Notify,
}

#[derive(Debug)]
struct State {
    most: usize,
    jobs: usize,
    inside: usize,
    /// What had been seen of strain when a step last wanted in.
    seen: Strain,
    /// Whether answers are late by themselves: they were so with nothing beside them.
    slow: bool,
    /// Steps that were let in since then.
    since: usize,
}

/// A step that is under way.
#[derive(Debug)]
pub(super) struct Inside<'a>(&'a Throttle);

impl Throttle {
    /// For so many at once at the most.
    pub(super) fn new(jobs: usize) -> Self {
        let state = State {
            most: jobs,
            jobs,
            inside: 0,
            seen: Strain::default(),
            slow: false,
            since: 0,
        };
        Self {
            state: Mutex::new(state),
            left: Notify::new(),
        }
    }

    /// Waits until a step may begin. `strain` says what was seen of it so far.
    pub(super) async fn enter(&self, strain: impl Fn() -> Strain) -> Inside<'_> {
        loop {
            let left = self.left.notified();
            tokio::pin!(left);
            left.as_mut().enable();
            if self.lock().admits(strain()) {
                return Inside(self);
            }
            left.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn admits(&mut self, strain: Strain) -> bool {
        let connections = strain.connections > self.seen.connections;
        let answers = strain.answers > self.seen.answers && !self.slow;
        let first = self.seen == Strain::default();
        // What is lost at once is noticed at once: one lowering answers all of it.
        if (connections || answers) && (first || self.since > self.most) {
            if first {
                self.most = self.most.min(CAREFUL);
            } else if connections {
                self.most = (self.most / 2).max(1);
            } else if self.most > 1 {
                self.most = 1;
            } else {
                self.slow = true;
                let queue_is_short = strain.connections > 0;
                self.most = self
                    .jobs
                    .min(if queue_is_short { CAREFUL } else { self.jobs });
            }
            self.since = 0;
        }
        self.seen = strain;
        let strained = strain.connections > 0 || strain.answers > 0 && !self.slow;
        if strained && self.since >= PATIENCE {
            self.most = (self.most + 1).min(self.jobs);
            self.since = 0;
        }
        let admitted = self.inside < self.most;
        if admitted {
            self.inside += 1;
            self.since += 1;
        }
        admitted
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.lock().inside -= 1;
        self.0.left.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many steps that come and go one after the other.
    fn pass(state: &mut State, steps: usize, connections: usize) {
        let strain = Strain {
            connections,
            answers: 0,
        };
        go(state, steps, strain);
    }

    fn go(state: &mut State, steps: usize, strain: Strain) {
        for _ in 0..steps {
            assert!(state.admits(strain));
            state.inside -= 1;
        }
    }

    #[test]
    fn answers_that_are_late_with_nothing_beside_them_are_slow_by_themselves() {
        let throttle = Throttle::new(64);
        let mut state = throttle.lock();
        let late = |answers| Strain {
            connections: 0,
            answers,
        };
        go(&mut state, 3, late(2));
        assert_eq!(state.most, CAREFUL);
        go(&mut state, CAREFUL, late(2));
        go(&mut state, 1, late(3));
        assert_eq!(state.most, 1);
        go(&mut state, 2, late(3));
        go(&mut state, 1, late(4));
        assert_eq!(state.most, 64);
        go(&mut state, 100, late(90));
        assert_eq!(state.most, 64);
    }

    #[test]
    fn strain_lowers_the_limit_and_patience_raises_it() {
        let throttle = Throttle::new(64);
        let mut state = throttle.lock();
        pass(&mut state, 100, 0);
        assert_eq!(state.most, 64);
        pass(&mut state, 1, 3);
        assert_eq!(state.most, CAREFUL);
        pass(&mut state, 2, 5);
        assert_eq!(state.most, CAREFUL, "what was lost at once counts once");
        pass(&mut state, PATIENCE, 5);
        assert_eq!(state.most, CAREFUL + 1);
        pass(&mut state, CAREFUL + 1, 5);
        pass(&mut state, 1, 6);
        assert_eq!(state.most, 2);
        pass(&mut state, 3, 6);
        pass(&mut state, 1, 7);
        assert_eq!(state.most, 1, "one is always let in");
    }

    #[tokio::test]
    async fn whoever_leaves_lets_the_next_one_in() {
        let throttle = Throttle::new(1);
        let first = throttle.enter(Strain::default).await;
        let mut second = Box::pin(throttle.enter(Strain::default));
        assert!(now(second.as_mut()).await.is_none());
        drop(first);
        drop(second.await);
        drop(throttle.enter(Strain::default).await);
    }

    /// What a future gives if it is ready now.
    async fn now<F: Future + Unpin>(mut future: F) -> Option<F::Output> {
        std::future::poll_fn(|context| {
            let polled = std::pin::Pin::new(&mut future).poll(context);
            std::task::Poll::Ready(match polled {
                std::task::Poll::Ready(output) => Some(output),
                std::task::Poll::Pending => None,
            })
        })
        .await
    }
}
