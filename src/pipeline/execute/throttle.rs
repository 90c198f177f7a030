//! How many steps are under way at once. As many as there are jobs, until connections are slow to be made: then
//! the listen queue of the custodian is full, and whatever is sent besides only waits, up to the deadline, for what
//! is no fault of its own.

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
    /// How often strain was seen when the limit was last lowered.
    strained: usize,
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
            strained: 0,
            since: 0,
        };
        Self {
            state: Mutex::new(state),
            left: Notify::new(),
        }
    }

    /// Waits until a step may begin. `strained` says how often a connection was slow to be made so far.
    pub(super) async fn enter(&self, strained: impl Fn() -> usize) -> Inside<'_> {
        loop {
            let left = self.left.notified();
            tokio::pin!(left);
            left.as_mut().enable();
            if self.lock().admits(strained()) {
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
    fn admits(&mut self, strained: usize) -> bool {
        // What is lost at once is noticed at once: one lowering answers all of it.
        if strained > self.strained && (self.strained == 0 || self.since > self.most) {
            self.most = if self.strained == 0 {
                self.most.min(CAREFUL)
            } else {
                (self.most / 2).max(1)
            };
            self.since = 0;
        }
        self.strained = strained;
        if self.strained > 0 && self.since >= PATIENCE {
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
    fn pass(state: &mut State, steps: usize, strained: usize) {
        for _ in 0..steps {
            assert!(state.admits(strained));
            state.inside -= 1;
        }
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
        let first = throttle.enter(|| 0).await;
        let mut second = Box::pin(throttle.enter(|| 0));
        assert!(now(second.as_mut()).await.is_none());
        drop(first);
        drop(second.await);
        drop(throttle.enter(|| 0).await);
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
