//! A limit on requests that a run cannot keep within: so many in a span of time, as the headers of a 429 tell it. Pure.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// No custodian is waited for longer than this at its word.
pub const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// What a 429 says of the limit behind it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Quota {
    /// How many requests are let in, if it says so.
    pub most: Option<u64>,
    /// In how many seconds, if it says so.
    pub span_s: Option<u64>,
    /// For how many seconds it asks to wait.
    pub wait_s: u64,
}

impl Quota {
    /// Of the headers of a 429 that asks for more patience than a run has; names in lower case.
    pub fn of(headers: &BTreeMap<String, String>) -> Option<Self> {
        let header = |name: &str| headers.get(name).map(|text| text.trim());
        let number = |name: &str| header(name).and_then(first_number);
        let wait_s = number("retry-after").or_else(|| number("ratelimit-reset"))?;
        let too_long = Duration::from_secs(wait_s) > LONGEST_WAIT;
        if !too_long {
            return None;
        }
        let policy = header("ratelimit-policy");
        let figure = |key: &str| {
            let mut pieces = policy?.split(';').map(str::trim);
            first_number(pieces.find_map(|it| it.strip_prefix(key))?)
        };
        let most = figure("q=")
            .or_else(|| policy.and_then(first_number))
            .or_else(|| number("ratelimit-limit"))
            .or_else(|| number("x-ratelimit-limit"));
        Some(Self {
            most,
            span_s: figure("w="),
            wait_s,
        })
    }

    /// How long so many requests take within the limit, if that can be told.
    pub fn time_for(&self, requests: usize) -> Option<Duration> {
        let (most, span_s) = (self.most?, self.span_s?);
        let times = u64::try_from(requests).ok()?.checked_div(most)?;
        Some(Duration::from_secs(times.checked_mul(span_s)?))
    }

    /// The rate that keeps within the limit, as `--rate-limit` takes it.
    pub fn rate(&self) -> Option<String> {
        let (most, span_s) = (self.most?, self.span_s?);
        let within = |unit: u64| most.checked_mul(unit)?.checked_div(span_s);
        let rate = [(1, 's'), (60, 'm'), (3600, 'h')]
            .into_iter()
            .find_map(|(unit, name)| Some((within(unit).filter(|it| *it > 0)?, name)));
        rate.map(|(count, unit)| format!("{count}/{unit}"))
    }
}

impl std::fmt::Display for Quota {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("requests are counted")?;
        match (self.most, self.span_s) {
            (Some(most), Some(span_s)) => write!(f, ", {most} in {}", told(span_s))?,
            (Some(most), None) => write!(f, ", {most} at the most")?,
            (None, _) => {}
        }
        write!(f, ", and the next one may come in {}", told(self.wait_s))
    }
}

fn told(seconds: u64) -> String {
    humantime::format_duration(Duration::from_secs(seconds)).to_string()
}

/// The number that a header begins with.
fn first_number(text: &str) -> Option<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit());
    text[..end.unwrap_or(text.len())].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn of(headers: &[(&str, &str)]) -> Option<Quota> {
        let headers = headers.iter();
        let headers = headers.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Quota::of(&headers.collect())
    }

    #[rstest]
    #[case::draft_6(&[("retry-after", "872"), ("ratelimit-policy", "100;w=900"), ("ratelimit-limit", "100")], Some(100), Some(900))]
    #[case::draft_8(&[("retry-after", "872"), ("ratelimit-policy", "10015; q=100; w=900; ==")], Some(100), Some(900))]
    #[case::older(&[("retry-after", "872"), ("x-ratelimit-limit", "60")], Some(60), None)]
    #[case::bare(&[("ratelimit-reset", "872")], None, None)]
    fn the_headers_of_a_refusal_tell_the_limit(
        #[case] headers: &[(&str, &str)],
        #[case] most: Option<u64>,
        #[case] span_s: Option<u64>,
    ) {
        let quota = of(headers).unwrap();
        assert_eq!(
            (quota.most, quota.span_s, quota.wait_s),
            (most, span_s, 872)
        );
    }

    #[test]
    fn who_asks_for_a_moment_only_is_waited_for() {
        assert_eq!(of(&[("retry-after", "2")]), None);
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn what_a_run_takes_is_reckoned() {
        let quota = Quota {
            most: Some(100),
            span_s: Some(900),
            wait_s: 872,
        };
        assert_eq!(quota.time_for(2_400), Some(Duration::from_hours(6)));
        assert_eq!(quota.rate().as_deref(), Some("6/m"));
        assert_eq!(
            quota.to_string(),
            "requests are counted, 100 in 15m, and the next one may come in 14m 32s"
        );
    }
}
