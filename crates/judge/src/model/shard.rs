//! A part of a plan, for parallel CI jobs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::num::NonZeroUsize;
use std::str::FromStr;

/// Which of how many parts.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct Shard {
    /// Its number, from 1.
    pub number: NonZeroUsize,
    /// How many there are.
    pub of: NonZeroUsize,
}

impl Shard {
    /// Every part of so many, the first one first.
    pub fn all(of: NonZeroUsize) -> impl Iterator<Item = Self> {
        (1..=of.get())
            .filter_map(NonZeroUsize::new)
            .map(move |number| Self { number, of })
    }
}

/// The part of a plan that a run is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Part {
    /// Which one.
    #[serde(flatten)]
    pub shard: Shard,
    /// Whether all parts together are of every case of the contract.
    pub whole_once_merged: bool,
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "shard {} of {}", self.number, self.of)
    }
}

/// A text that names no part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoShard {
    /// It does not have the form.
    #[error("write K/N, such as 2/3 for the second of three")]
    Form,
    /// Its number is 0.
    #[error("shards are numbered from 1: the first of N is 1/N")]
    Zero,
    /// Its number is too high.
    #[error("there is no shard {0} of {1}: the last one is {1}/{1}")]
    Beyond(NonZeroUsize, NonZeroUsize),
}

impl FromStr for Shard {
    type Err = NoShard;

    fn from_str(text: &str) -> Result<Self, NoShard> {
        let (number, of) = text.split_once('/').ok_or(NoShard::Form)?;
        let read = |digits: &str| digits.parse::<usize>().map_err(|_| NoShard::Form);
        let (number, of) = (read(number)?, read(of)?);
        let number = NonZeroUsize::new(number).ok_or(NoShard::Zero)?;
        let of = NonZeroUsize::new(of).ok_or(NoShard::Form)?;
        if number > of {
            return Err(NoShard::Beyond(number, of));
        }
        Ok(Self { number, of })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("2/3", "shard 2 of 3")]
    #[case("1/1", "shard 1 of 1")]
    #[case("0/3", "shards are numbered from 1: the first of N is 1/N")]
    #[case("4/3", "there is no shard 4 of 3: the last one is 3/3")]
    #[case("1/0", "write K/N, such as 2/3 for the second of three")]
    #[case("2", "write K/N, such as 2/3 for the second of three")]
    #[case("2/3/4", "write K/N, such as 2/3 for the second of three")]
    #[case("-1/3", "write K/N, such as 2/3 for the second of three")]
    #[case("two/three", "write K/N, such as 2/3 for the second of three")]
    fn a_shard_is_read_or_a_slip_explained(#[case] text: &str, #[case] told: &str) {
        let read = text.parse::<Shard>();
        assert_eq!(
            read.map_or_else(|slip| slip.to_string(), |shard| shard.to_string()),
            told
        );
    }
}
