//! What differs between two reports. Its JSON is a format of its own, version 1.

use crate::model::finding::{Standing, Status};
use crate::model::report::Stage;
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
    /// Every requirement of both reports: the worse ones first, what explains most before what it explains, and those
    /// that do not differ last, in the contract's order.
    pub requirements: Vec<Compared>,
    /// What the contract leaves free and is different, each once.
    pub facts: Vec<Fact>,
    /// Answers that became much slower or faster; only between runs of the same requests at the same custodian.
    pub latencies: Vec<Slowed>,
    /// Cases that only the earlier report has.
    pub only_in_a: Vec<String>,
    /// Cases that only the later report has.
    pub only_in_b: Vec<String>,
}

impl Difference {
    /// The requirements that differ, but for those that are told with a fact.
    pub fn changed(&self) -> impl Iterator<Item = (Change, &Compared)> {
        let told = |id: &String| self.facts.iter().any(|fact| fact.noted.contains(id));
        let differing = self.requirements.iter();
        differing
            .filter_map(|it| Some((it.change?, it)))
            .filter(move |(change, it)| *change != Change::Different || !told(&it.requirement))
    }
}

/// A report, in a few words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Side {
    /// What the user calls it, such as its file.
    pub name: String,
    /// The run's id.
    pub run: String,
    /// The custodian's base URL.
    pub target: String,
    /// Which build of it, as its team calls it; absent where nobody said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub build: Option<String>,
    /// When the run began, RFC 3339 in UTC.
    pub started_at: String,
    /// Whether `isMultiBackupEnabled` may be set; null where it cannot be told.
    pub multi_backup_safe: Option<bool>,
    /// How far the custodian has migrated; null where nothing was seen of it.
    pub stage: Option<Stage>,
    /// The known faults that it looks like, the weightiest first; those that nothing tells apart as one.
    pub looks_like: Vec<String>,
    /// What is broken in the first place: the headline of the requirement that explains most; null where
    /// `isMultiBackupEnabled` may be set, or nothing is broken.
    pub broken: Option<String>,
}

/// A requirement in both reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Compared {
    /// The requirement.
    pub requirement: String,
    /// Its level.
    pub level: Level,
    /// What the change comes to; null where nothing is different.
    pub change: Option<Change>,
    /// What it was.
    pub was: Standpoint,
    /// What it is.
    pub is: Standpoint,
    /// The requirement whose breach leaves this undecided in the later report, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub behind: Option<String>,
    /// The cases of both in which it is different, the worse first.
    pub cases: Vec<InCase>,
}

impl Compared {
    /// How many cases have changed as the requirement has.
    pub fn count(&self) -> usize {
        let alike = self
            .cases
            .iter()
            .filter(|it| Some(it.change) == self.change);
        alike.count()
    }
}

/// What is different of a requirement in one case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct InCase {
    /// The case.
    pub case: String,
    /// What the change comes to.
    pub change: Change,
    /// What it was.
    pub was: Standpoint,
    /// What it is.
    pub is: Standpoint,
}

/// A status, and what stands behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Standpoint {
    /// The status.
    pub status: Status,
    /// What the gate makes of a failure; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
    /// What went wrong, as a stable word; only in a case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// Something that the contract leaves free.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Fact {
    /// What: which requests, or the order of shares.
    pub what: String,
    /// What it was.
    pub was: String,
    /// What it is.
    pub is: String,
    /// How many cases show it; 0 where no case does.
    pub cases: usize,
    /// Informational requirements that are kept or broken by nothing but that.
    pub noted: Vec<String>,
}

/// Answers that became slower or faster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Slowed {
    /// Which.
    pub what: String,
    /// How long they took, in words.
    pub was: String,
    /// How long they take, in words.
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
