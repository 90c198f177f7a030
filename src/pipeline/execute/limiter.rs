//! How many requests are under way at once: one more after so many good answers, half as many when the custodian shows
//! that it has more before it than it can take, and none at all for as long as it asks for. Where requests are counted,
//! they are sent further apart as well.

use crate::model::quota::LONGEST_WAIT;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// A run begins with so many: a short listen queue takes no more.
const FIRST: usize = 8;

/// So far are requests apart at the least once they are counted, and so far at the most.
const CLOSEST: Duration = Duration::from_millis(8);
const FURTHEST: Duration = Duration::from_millis(250);

/// After so many good answers they come an eighth closer again; after twice as many each time that this was too close, up to
/// the second number.
const EASING: (usize, usize) = (16, 64);

/// What an answer, or its absence, says about the pace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// Nothing against it.
    Fine,
    /// A connection was lost, or closed at once, or too many requests were counted.
    TooMany,
    /// Requests are counted, and there were too many; how long to wait, if it says so.
    Counted(Option<Duration>),
    /// The answer came late, perhaps since others were before it.
    Late,
}

/// Lets requests in.
#[derive(Debug)]
pub(super) struct Limiter {
    state: Mutex<State>,
    left: Notify,
}

#[derive(Debug)]
struct State {
    limit: usize,
    /// The limit that was asked for.
    most: usize,
    inside: usize,
    /// Good answers since the limit last changed.
    fine: usize,
    /// So many good answers raise the limit; twice as many each time that it was too high.
    patience: usize,
    /// Counts how often the limit was lowered: what was under way then is lowered for once.
    lowered: usize,
    /// Whether answers are late by themselves: one was with nothing beside it.
    slow: bool,
    not_before: Option<Instant>,
    /// How far requests are apart, where they are counted.
    apart: Duration,
    /// When the next one may be sent.
    turn: Option<Instant>,
    /// Good answers since that changed, and how many bring requests closer.
    eased: usize,
    easing: usize,
}

/// Requests that are under way.
#[derive(Debug)]
pub(super) struct Permit<'a> {
    limiter: &'a Limiter,
    /// How many at once.
    pub(super) count: usize,
    lowered: usize,
}

impl Limiter {
    /// For so many at once at the most; `careful` begins with few.
    pub(super) fn new(most: usize, careful: bool) -> Self {
        let most = most.max(1);
        let first = if careful { FIRST / 2 } else { FIRST };
        Self {
            state: Mutex::new(State {
                limit: most.min(first),
                most,
                inside: 0,
                fine: 0,
                patience: 1,
                lowered: 0,
                slow: false,
                not_before: None,
                apart: Duration::ZERO,
                turn: None,
                eased: 0,
                easing: EASING.0,
            }),
            left: Notify::new(),
        }
    }

    /// Waits until so many requests may be sent at once, or as many as the limit allows.
    pub(super) async fn enter(&self, count: usize) -> Permit<'_> {
        loop {
            let left = self.left.notified();
            tokio::pin!(left);
            left.as_mut().enable();
            let wait = {
                let mut state = self.lock();
                match state.admit(count, Instant::now()) {
                    Admission::Now(count) => {
                        return Permit {
                            limiter: self,
                            count,
                            lowered: state.lowered,
                        };
                    }
                    Admission::At(time) => Some(time),
                    Admission::Later => None,
                }
            };
            match wait {
                Some(time) => tokio::time::sleep_until(time).await,
                None => left.await,
            }
        }
    }

    /// Waits for a request's turn, where requests are counted: also those of a race go one after the other then.
    pub(super) async fn turn(&self) {
        let turn = self.lock().next_turn(Instant::now());
        if let Some(turn) = turn {
            tokio::time::sleep_until(turn).await;
        }
    }

    /// How many of so many trials may be under way: more than requests are only wait.
    pub(super) fn trials(&self, jobs: usize) -> usize {
        jobs.min(self.lock().limit.max(1))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Admission {
    Now(usize),
    At(Instant),
    Later,
}

impl State {
    fn admit(&mut self, count: usize, now: Instant) -> Admission {
        if let Some(time) = self.not_before {
            if time > now {
                return Admission::At(time);
            }
            self.not_before = None;
        }
        let count = count.clamp(1, self.limit);
        if self.inside + count > self.limit && self.inside > 0 {
            return Admission::Later;
        }
        self.inside += count;
        Admission::Now(count)
    }

    fn next_turn(&mut self, now: Instant) -> Option<Instant> {
        if self.apart.is_zero() {
            return None;
        }
        let turn = self.turn.map_or(now, |turn| turn.max(now));
        self.turn = Some(turn + self.apart);
        Some(turn)
    }

    fn heed(&mut self, sign: Sign, lowered: usize) {
        match sign {
            Sign::Fine => {
                self.fine += 1;
                if self.fine >= self.patience && self.limit < self.most {
                    self.limit += 1;
                    self.fine = 0;
                }
                self.ease();
            }
            Sign::Late if self.slow => {}
            Sign::Late if self.limit == 1 => {
                // Nothing was beside it: it is slow whatever the pace.
                self.slow = true;
                self.limit = self.most;
            }
            // What was under way when the limit was lowered says nothing new.
            Sign::Late | Sign::TooMany | Sign::Counted(_) if lowered < self.lowered => {}
            Sign::Late => self.lower(1),
            Sign::TooMany => self.lower(self.limit / 2),
            Sign::Counted(wait) => {
                self.lower(self.limit / 2);
                self.apart = (self.apart * 2).clamp(CLOSEST, FURTHEST);
                self.eased = 0;
                self.easing = (self.easing * 2).min(EASING.1);
                let wait = wait.unwrap_or(self.apart).min(LONGEST_WAIT);
                let until = Instant::now() + wait;
                self.not_before = Some(until);
                self.turn = self.turn.max(Some(until));
            }
        }
    }

    /// A window that was full is empty again some time: what counts requests is not counting for ever.
    fn ease(&mut self) {
        if self.apart <= CLOSEST {
            return;
        }
        self.eased += 1;
        if self.eased >= self.easing {
            self.eased = 0;
            self.apart -= self.apart / 8;
        }
    }

    fn lower(&mut self, limit: usize) {
        self.limit = limit.max(1);
        self.lowered += 1;
        self.fine = 0;
        self.patience = self.patience.saturating_mul(2).max(self.most);
    }
}

impl Permit<'_> {
    /// Says what came of a request.
    pub(super) fn heed(&self, sign: Sign) {
        self.limiter.lock().heed(sign, self.lowered);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.limiter.lock().inside -= self.count;
        self.limiter.left.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn good_answers_raise_the_limit_and_bad_ones_halve_it() {
        let limiter = Limiter::new(64, false);
        for _ in 0..100 {
            limiter.enter(1).await.heed(Sign::Fine);
        }
        assert_eq!(limiter.lock().limit, 64);
        let (first, second) = (limiter.enter(1).await, limiter.enter(1).await);
        first.heed(Sign::TooMany);
        second.heed(Sign::TooMany);
        assert_eq!(
            limiter.lock().limit,
            32,
            "what was lost at once counts once"
        );
        drop((first, second));
        for _ in 0..63 {
            limiter.enter(1).await.heed(Sign::Fine);
        }
        assert_eq!(limiter.lock().limit, 32);
        limiter.enter(1).await.heed(Sign::Fine);
        assert_eq!(limiter.lock().limit, 33);
    }

    #[tokio::test]
    async fn what_is_late_with_nothing_beside_it_is_slow_by_itself() {
        let limiter = Limiter::new(16, false);
        limiter.enter(1).await.heed(Sign::Late);
        assert_eq!(limiter.lock().limit, 1);
        limiter.enter(1).await.heed(Sign::Late);
        assert_eq!(limiter.lock().limit, 16);
        limiter.enter(1).await.heed(Sign::Late);
        assert_eq!(limiter.lock().limit, 16);
    }

    #[tokio::test(start_paused = true)]
    async fn it_waits_for_as_long_as_the_custodian_asks() {
        let limiter = Limiter::new(4, false);
        let began = Instant::now();
        limiter
            .enter(1)
            .await
            .heed(Sign::Counted(Some(Duration::from_secs(2))));
        drop(limiter.enter(1).await);
        assert_eq!(began.elapsed(), Duration::from_secs(2));
    }

    #[tokio::test(start_paused = true)]
    async fn requests_that_are_counted_come_closer_again() {
        let limiter = Limiter::new(64, false);
        for _ in 0..10 {
            limiter.enter(1).await.heed(Sign::Counted(None));
        }
        assert_eq!(limiter.lock().apart, FURTHEST);
        let began = Instant::now();
        for _ in 0..2000 {
            let permit = limiter.enter(1).await;
            limiter.turn().await;
            permit.heed(Sign::Fine);
        }
        assert!(limiter.lock().apart < FURTHEST / 10);
        assert!(began.elapsed() < FURTHEST * 700, "{:?}", began.elapsed());
    }

    #[tokio::test]
    async fn a_race_gets_as_many_as_the_limit_allows() {
        let limiter = Limiter::new(64, true);
        let race = limiter.enter(16).await;
        assert_eq!(race.count, FIRST / 2);
    }
}
