//! What a report tells of a rehearsal: which step of it this is, which versions answered, and second by second how.

use crate::contract::Contract;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A rehearsal of a deploy or of a database's migration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rehearsal {
    /// Which step of it this is.
    pub phase: Phase,
    /// The contract that the old version keeps.
    pub old: Contract,
    /// The contract by whose form fetches were answered now; null where none was, or not all in one form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<Contract>,
    /// How many clients were looked at.
    pub clients: usize,
    /// How many shares they had to hold.
    pub shares: usize,
    /// How the custodian answered while the new version came; null where nothing was sent meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeline: Option<Timeline>,
}

/// A step of a rehearsal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// The old version was given shares.
    Before,
    /// A low load, while the new version comes.
    During,
    /// The new version was asked for all of it.
    After,
    /// Two versions side by side.
    Compare,
}

impl Phase {
    /// What a team wants to know from it.
    pub fn question(self) -> &'static str {
        match self {
            Self::Before => "Does the old version give back what it was given?",
            Self::During => "Was every request served?",
            Self::After => "Is every share still there?",
            Self::Compare => "May both versions run side by side?",
        }
    }
}

/// How requests were answered, in pieces of the same length.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Timeline {
    /// How many seconds a piece lasts.
    pub step_s: u64,
    /// The pieces in which anything was sent.
    pub pieces: Vec<Piece>,
}

/// A piece of a timeline.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Piece {
    /// When it begins, in seconds since the first request.
    pub at_s: u64,
    /// How many requests were answered as they should be.
    pub answered: usize,
    /// How many were refused, or failed.
    pub failed: usize,
    /// How many had no answer within the limit.
    pub late: usize,
    /// How many fetches lacked a share that had been acknowledged.
    pub gaps: usize,
    /// The longest that an answer took, in milliseconds.
    pub slowest_ms: u64,
    /// How many answers came from which version: by a header that tells it, or by the form of a fetch.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub versions: BTreeMap<String, usize>,
}

impl Piece {
    /// Whether anything went wrong in it.
    pub fn is_bad(&self) -> bool {
        self.failed + self.late + self.gaps > 0
    }

    /// Adds what happened in another piece.
    fn join(&mut self, other: &Self) {
        self.answered += other.answered;
        self.failed += other.failed;
        self.late += other.late;
        self.gaps += other.gaps;
        self.slowest_ms = self.slowest_ms.max(other.slowest_ms);
        for (version, count) in &other.versions {
            *self.versions.entry(version.clone()).or_default() += count;
        }
    }
}

/// So many pieces a timeline has at the most: with more, each becomes twice as long.
const MOST_PIECES: usize = 600;

/// So many versions are told apart in a piece.
const MOST_VERSIONS: usize = 8;

impl Timeline {
    /// Adds what one request came to, as a piece of its own; requests come in about the order of their times.
    pub fn add(&mut self, second: u64, mut one: Piece) {
        self.step_s = self.step_s.max(1);
        one.at_s = second / self.step_s * self.step_s;
        let place = self.pieces.binary_search_by_key(&one.at_s, |it| it.at_s);
        match place {
            Ok(at) => {
                let piece = &mut self.pieces[at];
                piece.join(&one);
                while piece.versions.len() > MOST_VERSIONS {
                    piece.versions.pop_last();
                }
            }
            Err(at) => self.pieces.insert(at, one),
        }
        if self.pieces.len() > MOST_PIECES {
            self.widen();
        }
    }

    fn widen(&mut self) {
        self.step_s *= 2;
        let mut wide: Vec<Piece> = Vec::new();
        for mut piece in std::mem::take(&mut self.pieces) {
            piece.at_s = piece.at_s / self.step_s * self.step_s;
            match wide.last_mut().filter(|last| last.at_s == piece.at_s) {
                Some(last) => last.join(&piece),
                None => wide.push(piece),
            }
        }
        self.pieces = wide;
    }

    /// When the versions that answer changed: the second, and which answered from then on, together.
    pub fn turns(&self) -> Vec<(u64, Vec<&str>)> {
        let mut turns: Vec<(u64, Vec<&str>)> = Vec::new();
        for piece in self.pieces.iter().filter(|it| !it.versions.is_empty()) {
            let versions: Vec<&str> = piece.versions.keys().map(String::as_str).collect();
            if turns.last().is_none_or(|(_, last)| *last != versions) {
                turns.push((piece.at_s, versions));
            }
        }
        turns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(version: &str) -> Piece {
        Piece {
            answered: 1,
            versions: BTreeMap::from([(version.to_owned(), 1)]),
            ..Piece::default()
        }
    }

    #[test]
    fn a_long_timeline_keeps_its_sums_and_stays_short() {
        let mut line = Timeline::default();
        for second in 0..5000 {
            line.add(second, answered("v5"));
            line.add(
                second,
                Piece {
                    failed: 1,
                    slowest_ms: second,
                    ..Piece::default()
                },
            );
        }
        assert!(line.pieces.len() <= MOST_PIECES, "{}", line.pieces.len());
        let sum = |of: fn(&Piece) -> usize| line.pieces.iter().map(of).sum::<usize>();
        assert_eq!((sum(|it| it.answered), sum(|it| it.failed)), (5000, 5000));
        assert_eq!(line.pieces.last().unwrap().slowest_ms, 4999);
        assert_eq!(line.step_s, 16);
    }

    #[test]
    fn a_turn_is_where_other_versions_answer() {
        let mut line = Timeline::default();
        for (second, version) in [
            (0, "v5"),
            (1, "v5"),
            (2, "v5"),
            (2, "v6"),
            (3, "v6"),
            (9, "v6"),
        ] {
            line.add(second, answered(version));
        }
        let turns = line.turns();
        assert_eq!(
            turns,
            [(0, vec!["v5"]), (2, vec!["v5", "v6"]), (3, vec!["v6"])]
        );
    }
}
