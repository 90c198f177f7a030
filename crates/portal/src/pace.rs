//! The documented limit: so many requests a minute with one key.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Requests that a key may send within a window.
const LIMIT: u32 = 200;

/// The window.
const WINDOW: Duration = Duration::from_mins(1);

/// So many keys are counted at once; of more, those whose window is over are forgotten, and if none is, all.
const KEYS: usize = 10_000;

/// Counts requests.
#[derive(Debug, Default)]
pub(crate) struct Pace(HashMap<u64, (Instant, u32)>);

impl Pace {
    /// Counts a request with this key; the error says after how many seconds the next one is let in.
    pub(crate) fn count(&mut self, key: u64, now: Instant) -> Result<(), u64> {
        let over = |since: Instant| now.saturating_duration_since(since) >= WINDOW;
        if self.0.len() >= KEYS && !self.0.contains_key(&key) {
            self.0.retain(|_, (since, _)| !over(*since));
            if self.0.len() >= KEYS {
                self.0.clear();
            }
        }
        let (since, count) = self.0.entry(key).or_insert((now, 0));
        if over(*since) {
            (*since, *count) = (now, 0);
        }
        *count += 1;
        if *count <= LIMIT {
            return Ok(());
        }
        let left = WINDOW.saturating_sub(now.saturating_duration_since(*since));
        Err(left.as_secs() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_let_in_two_hundred_times_a_minute_and_another_is_not_kept_waiting() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        for _ in 0..200 {
            assert_eq!(pace.count(1, start), Ok(()));
        }
        let later = start + Duration::from_secs(20);
        assert_eq!(pace.count(1, later), Err(41));
        assert_eq!(pace.count(2, later), Ok(()));
        assert_eq!(pace.count(1, start + WINDOW), Ok(()));
    }

    #[test]
    fn it_does_not_grow_with_the_keys() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        for key in 0..=KEYS as u64 {
            assert_eq!(pace.count(key, now), Ok(()));
        }
        assert!(pace.0.len() <= KEYS);
    }
}
