//! What a custodian has that a plain one has not.

use std::fmt;

use super::fault::Fault;
use super::freedom::Freedom;

/// A fault or a freedom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Feature {
    /// Something that it does wrong.
    Fault(Fault),
    /// Something that it does in another way, and may.
    Freedom(Freedom),
}

impl Feature {
    /// What it is, in a word.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Fault(_) => "fault",
            Self::Freedom(_) => "freedom",
        }
    }
}

impl From<Fault> for Feature {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Freedom> for Feature {
    fn from(freedom: Freedom) -> Self {
        Self::Freedom(freedom)
    }
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fault(fault) => fault.name(),
            Self::Freedom(freedom) => freedom.name(),
        })
    }
}
