//! A known failure: a failed check that a team has accepted for now, by whom, why and until when. It stays a
//! failure in every count; it does not fail the run.

use crate::model::finding::Check;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::{Duration, SystemTime};

/// How many days before its end a report mentions an entry.
pub const NOTICE_DAYS: i64 = 14;

const SECONDS_A_DAY: u64 = 86_400;

/// A list of known failures, as `--known-failures` takes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct KnownFailures {
    /// The entries, in the order of the file.
    #[serde(default)]
    pub known_failure: Vec<KnownFailure>,
}

/// An entry of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KnownFailure {
    /// The requirement that is broken.
    pub requirement: String,
    /// The case in which it is; any case, if none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// The code of the failure; a failure with another code is a new one.
    pub code: String,
    /// Why it is accepted.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it is accepted, in UTC.
    pub expires: Day,
    /// Whether the failure comes and goes, so that a run without it is no news.
    #[serde(default)]
    pub flaky: bool,
}

impl KnownFailure {
    /// Whether it speaks of this case; repetitions (`id#2`) are the same case.
    pub fn names(&self, case: &str) -> bool {
        let bare = case.split('#').next().unwrap_or(case);
        self.case.as_deref().is_none_or(|named| named == bare)
    }

    /// Whether it speaks of this failed check of this case.
    pub fn covers(&self, case: &str, check: &Check) -> bool {
        self.names(case)
            && self.requirement == check.requirement
            && Some(self.code.as_str()) == check.code.as_deref()
    }

    /// Whether it counts on this day: through its last one.
    pub fn in_force(&self, today: Day) -> bool {
        today <= self.expires
    }

    /// Whether another entry speaks of the same failure.
    pub fn is_same(&self, other: &Self) -> bool {
        (&self.requirement, &self.case, &self.code)
            == (&other.requirement, &other.case, &other.code)
    }
}

impl std::fmt::Display for KnownFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}", self.requirement, self.code)?;
        if let Some(case) = &self.case {
            write!(f, " in {case}")?;
        }
        f.write_str(")")
    }
}

/// A day of the calendar, in UTC.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("format" = "date"))]
pub struct Day {
    /// Days since 1970-01-01.
    number: u64,
}

impl Day {
    /// The last day that can be written: on it every entry has expired.
    pub const LAST: Self = Self { number: u64::MAX };

    /// The day of an instant.
    pub fn of(time: SystemTime) -> Self {
        let since = time.duration_since(SystemTime::UNIX_EPOCH);
        Self {
            number: since.unwrap_or_default().as_secs() / SECONDS_A_DAY,
        }
    }

    /// The day of a text that begins with one, such as `2026-12-31` or a time in RFC 3339.
    pub fn read(text: &str) -> Option<Self> {
        let day = text.get(..10)?;
        let time = humantime::parse_rfc3339(&format!("{day}T00:00:00Z")).ok()?;
        Some(Self::of(time))
    }

    /// The day of a run, by when it began; one that does not say when that was excuses nothing.
    pub fn of_run(started_at: &str) -> Self {
        Self::read(started_at).unwrap_or(Self::LAST)
    }

    /// The day so many days later.
    #[must_use]
    pub fn plus(self, days: u64) -> Self {
        Self {
            number: self.number.saturating_add(days),
        }
    }

    /// How many days there are from another day to this one; negative if it lies before.
    pub fn since(self, other: Self) -> i64 {
        let count = |day: Self| i64::try_from(day.number).unwrap_or(i64::MAX);
        count(self).saturating_sub(count(other))
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The calendar ends with the year 9999.
        let seconds = self.number.min(2_932_896) * SECONDS_A_DAY;
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let text = humantime::format_rfc3339_seconds(time).to_string();
        f.write_str(text.get(..10).unwrap_or(&text))
    }
}

impl TryFrom<String> for Day {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::read(&text)
            .filter(|_| text.len() == 10)
            .ok_or_else(|| format!("{text} is no day such as 2026-12-31"))
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::read(text).unwrap()
    }

    #[test]
    fn a_day_reads_back_and_is_counted_from() {
        for text in ["1970-01-01", "2026-02-28", "2028-02-29", "9999-12-31"] {
            assert_eq!(day(text).to_string(), text);
        }
        assert_eq!(day("2026-12-31T23:59:59.999Z"), day("2026-12-31"));
        assert_eq!(day("2026-03-01").since(day("2026-02-28")), 1);
        assert_eq!(day("2026-02-28").since(day("2026-03-01")), -1);
        assert_eq!(day("2026-12-31").plus(1), day("2027-01-01"));
        assert_eq!(Day::read("2026-02-30"), None);
        assert_eq!(Day::read("soon"), None);
        assert!(Day::try_from("2026-12-31T00:00".to_owned()).is_err());
        assert_eq!(Day::LAST.to_string(), "9999-12-31");
    }
}
