//! A rate limit for everything that is sent, spread evenly, without bursts.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// The least time between two requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate(Duration);

impl std::str::FromStr for Rate {
    type Err = String;

    /// Reads `5/s`, `300/m` or `1000/h`; a bare number is per second.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "write 5/s, 300/m or 1000/h".to_owned();
        let (count, unit) = text.split_once('/').unwrap_or((text, "s"));
        let span = match unit.trim() {
            "s" | "sec" | "second" => 1,
            "m" | "min" | "minute" => 60,
            "h" | "hour" => 3600,
            _ => return Err(wrong()),
        };
        let count: u32 = count.trim().parse().map_err(|_| wrong())?;
        if count == 0 {
            return Err("must be more than nothing".to_owned());
        }
        Ok(Self(Duration::from_secs(span) / count))
    }
}

impl Rate {
    /// How long two requests are apart at the least.
    pub fn apart(self) -> Duration {
        self.0
    }
}

/// Gives out turns.
#[derive(Debug)]
pub(super) struct Pace {
    apart: Duration,
    next: Mutex<Option<Instant>>,
}

impl Pace {
    pub(super) fn new(rate: Rate) -> Self {
        Self {
            apart: rate.0,
            next: Mutex::new(None),
        }
    }

    /// Waits until the caller may send.
    pub(super) async fn turn(&self) {
        let turn = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let turn = next.map_or_else(Instant::now, |next| next.max(Instant::now()));
            *next = Some(turn + self.apart);
            turn
        };
        tokio::time::sleep_until(turn).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("5/s", 200)]
    #[case("4", 250)]
    #[case("300/m", 200)]
    #[case("3600/h", 1000)]
    fn a_rate_is_a_time_between_requests(#[case] text: &str, #[case] ms: u64) {
        assert_eq!(text.parse(), Ok(Rate(Duration::from_millis(ms))));
    }

    #[rstest]
    #[case("")]
    #[case("0/s")]
    #[case("-1/s")]
    #[case("5/fortnight")]
    fn no_rate(#[case] text: &str) {
        assert!(text.parse::<Rate>().is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn turns_are_evenly_apart_and_nothing_is_saved_up() {
        let pace = Pace::new(Rate(Duration::from_millis(200)));
        let began = Instant::now();
        pace.turn().await;
        assert_eq!(began.elapsed(), Duration::ZERO);
        pace.turn().await;
        pace.turn().await;
        assert_eq!(began.elapsed().as_millis(), 400);
        tokio::time::advance(Duration::from_mins(1)).await;
        let later = Instant::now();
        pace.turn().await;
        pace.turn().await;
        assert_eq!(later.elapsed().as_millis(), 200);
    }
}
