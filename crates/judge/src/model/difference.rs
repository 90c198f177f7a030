//! What differs between two reports. Its JSON is a format of its own, version 1.

use crate::model::finding::Status;
use crate::model::requirement::Level;
use schemars::JsonSchema;
use serde::Serialize;

/// The version of the format.
pub const FORMAT: u32 = 1;

/// What a change comes to. The order is that in which people are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// It was known to be well or not known, and now is broken; or it was known to be well and is no longer.
    Worse,
    /// It is known to be well now, and was not.
    Better,
    /// Neither can be said.
    Different,
}

impl Change {
    /// Its word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Worse => "worse",
            Self::Better => "better",
            Self::Different => "different",
        }
    }

    /// What it comes to that a status was this and is that; nothing if it is the same.
    pub fn of(was: Status, is: Status) -> Option<Self> {
        use Status::{Errored, Failed, Passed, Skipped, Undecided};
        match (was, is) {
            _ if was == is => None,
            (_, Failed) | (Passed, Undecided | Errored) => Some(Self::Worse),
            (Failed | Undecided | Errored, Passed) => Some(Self::Better),
            // What is not looked at, on either side, is no news of the custodian.
            (Skipped, _) | (_, Skipped) => Some(Self::Different),
            (Failed | Undecided | Errored | Passed, Undecided | Errored | Passed) => {
                Some(Self::Different)
            }
        }
    }
}

/// What differs between two reports, `a` the earlier and `b` the later one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Difference {
    /// The version of this format: 1.
    pub format: u32,
    /// The earlier report.
    pub a: Side,
    /// The later report.
    pub b: Side,
    /// Whether anything is worse.
    pub worse: bool,
    /// The process's exit code: 1 if anything is worse, 0 otherwise.
    pub exit_code: u8,
    /// Why only a part can be compared.
    pub notes: Vec<String>,
    /// The requirements that differ, the worse ones first.
    pub requirements: Vec<Changed>,
    /// What was asked in the cases of both and differs, the worse first.
    pub checks: Vec<Changed>,
    /// What else differs: the stage, facts, latencies.
    pub others: Vec<Other>,
    /// Cases that only the earlier report has.
    pub only_in_a: Vec<String>,
    /// Cases that only the later report has.
    pub only_in_b: Vec<String>,
}

impl Difference {
    /// How many requirements and checks have changed so.
    pub fn count(&self, change: Change) -> [usize; 2] {
        [&self.requirements, &self.checks]
            .map(|list| list.iter().filter(|it| it.change == change).count())
    }
}

/// A report, in a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Side {
    /// What the user calls it, such as its file.
    pub name: String,
    /// The run's id.
    pub run: String,
    /// The custodian's base URL.
    pub target: String,
    /// When the run began, RFC 3339 in UTC.
    pub started_at: String,
}

/// A requirement that differs, or what was asked of it in one case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Changed {
    /// What it comes to.
    pub change: Change,
    /// The requirement.
    pub requirement: String,
    /// Its level.
    pub level: Level,
    /// The case; none where this is of the requirement as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// What it was.
    pub was: Standpoint,
    /// What it is.
    pub is: Standpoint,
}

/// A status with its code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Standpoint {
    /// The status.
    pub status: Status,
    /// What went wrong, as a stable word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// Something else that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Other {
    /// What, in a word or two.
    pub what: String,
    /// What it was.
    pub was: String,
    /// What it is.
    pub is: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row for each status that was, a column for each that is, both in the order of `Status::ALL`.
    const TABLE: [[&str; 5]; 5] = [
        ["", "worse", "worse", "different", "worse"],
        ["better", "", "different", "different", "different"],
        ["better", "worse", "", "different", "different"],
        ["different", "worse", "different", "", "different"],
        ["better", "worse", "different", "different", ""],
    ];

    #[test]
    fn every_pair_of_statuses_comes_to_one_thing() {
        for (was, row) in Status::ALL.into_iter().zip(TABLE) {
            for (is, expected) in Status::ALL.into_iter().zip(row) {
                let change = Change::of(was, is).map_or("", Change::name);
                assert_eq!(change, expected, "{} to {}", was.name(), is.name());
            }
        }
    }
}
