//! What a run shows of one fault of the reference custodian: the faults' signatures are what a failing run is
//! held against. As a text, a signature is a head of three lines, an empty one, and a line for each check.

use crate::contract::Contract;
use crate::model::finding::Status;
use std::fmt;
use std::str::FromStr;

/// The mark of a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The fault's name, in kebab-case.
    pub fault: String,
    /// The contract of the run.
    pub contract: Contract,
    /// What a custodian with the fault does, as what follows "the custodian".
    pub claim: String,
    /// How much of the run is told.
    pub extent: Extent,
    /// The outcome in words: verdict, exit code, stage, and whether multi-backup is safe.
    pub outcome: String,
    /// Every check that failed or stayed undecided, in the suite's order.
    pub checks: Vec<Mark>,
}

/// How much of a run a signature tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// What must always hold: of the cases that race only those that name the fault.
    Races,
    /// What must always hold: only of the cases that name the fault.
    Load,
    /// Only the cases that name the fault were run.
    Alone,
}

/// A check that did not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The case's id.
    pub case: String,
    /// The requirement's id.
    pub requirement: String,
    /// Failed or undecided.
    pub status: Status,
    /// What went wrong, as a stable word; nothing where it may be this or that.
    pub code: Option<String>,
}

impl Mark {
    /// What the check is known by: the case's id and the requirement's.
    pub fn key(&self) -> (&str, &str) {
        (&self.case, &self.requirement)
    }
}

impl Signature {
    /// The checks that the fault fails.
    pub fn failed(&self) -> impl Iterator<Item = &Mark> {
        self.checks
            .iter()
            .filter(|mark| mark.status == Status::Failed)
    }
}

impl Extent {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Whole, Self::Races, Self::Load, Self::Alone];

    /// The words that say so.
    pub fn words(self) -> &'static str {
        match self {
            Self::Whole => "all that does not pass",
            Self::Races => {
                "all that does not pass, but of the cases that race only what must always fail"
            }
            Self::Load => "of the cases that name the fault what must always fail",
            Self::Alone => "the cases that name the fault, one after the other; no others were run",
        }
    }
}

/// Stands for a code that may be this or that.
const ANY: &str = "*";

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code.as_deref().unwrap_or(ANY);
        let status = self.status.name();
        write!(f, "{} {} {status} {code}", self.case, self.requirement)
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {}: {}", self.fault, self.contract, self.claim)?;
        writeln!(f, "{}", self.outcome)?;
        writeln!(f, "{}", self.extent.words())?;
        for mark in &self.checks {
            write!(f, "\n{mark}")?;
        }
        Ok(())
    }
}

/// A text that is no signature, with the line that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no line of a signature: {0:?}")]
pub struct NoSignature(String);

impl FromStr for Mark {
    type Err = NoSignature;

    fn from_str(line: &str) -> Result<Self, NoSignature> {
        let wrong = || NoSignature(line.to_owned());
        let columns: Vec<&str> = line.split(' ').collect();
        let [case, requirement, status, code] = columns[..] else {
            return Err(wrong());
        };
        let status = Status::ALL
            .into_iter()
            .find(|known| known.name() == status)
            .ok_or_else(wrong)?;
        Ok(Self {
            case: case.to_owned(),
            requirement: requirement.to_owned(),
            status,
            code: (code != ANY).then(|| code.to_owned()),
        })
    }
}

impl FromStr for Signature {
    type Err = NoSignature;

    fn from_str(text: &str) -> Result<Self, NoSignature> {
        let mut lines = text.trim_end().lines();
        let mut next = || lines.next().unwrap_or_default();
        let (head, outcome, extent) = (next(), next(), next());
        let named = head.split_once(": ").and_then(|(name, claim)| {
            let (fault, contract) = name.split_once(' ')?;
            let contract = [Contract::V5, Contract::V6]
                .into_iter()
                .find(|known| known.name() == contract)?;
            Some((fault, contract, claim))
        });
        let (fault, contract, claim) = named.ok_or_else(|| NoSignature(head.to_owned()))?;
        Ok(Self {
            fault: fault.to_owned(),
            contract,
            claim: claim.to_owned(),
            extent: Extent::ALL
                .into_iter()
                .find(|known| known.words() == extent)
                .ok_or_else(|| NoSignature(extent.to_owned()))?,
            outcome: outcome.to_owned(),
            checks: lines
                .skip(1)
                .map(Mark::from_str)
                .collect::<Result<_, _>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_reads_back_as_it_was() {
        let mark = |case: &str, status, code: Option<&str>| Mark {
            case: case.to_owned(),
            requirement: "replace.same-method".to_owned(),
            status,
            code: code.map(str::to_owned),
        };
        for extent in Extent::ALL {
            let signature = Signature {
                fault: "append".to_owned(),
                contract: Contract::V6,
                claim: "keeps all: nothing is replaced".to_owned(),
                extent,
                outcome: "conforms, exit 0".to_owned(),
                checks: vec![
                    mark("a.b", Status::Failed, Some("two-kept")),
                    mark("c", Status::Undecided, None),
                ],
            };
            assert_eq!(signature.to_string().parse(), Ok(signature));
        }
    }

    #[test]
    fn a_line_that_is_wrong_is_shown() {
        let head = format!("append v6: keeps all\nok\n{}\n\n", Extent::Whole.words());
        let error = format!("{head}a b lost c").parse::<Signature>();
        assert_eq!(error, Err(NoSignature("a b lost c".to_owned())));
    }
}
