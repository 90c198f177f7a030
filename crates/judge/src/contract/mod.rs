//! What Portal sends and what a custodian answers: bodies, backup methods, synthetic shares and wallets, the
//! reading of fetch answers. The wire as JSON Schema stands in `schemas/`, held by `wire`.

pub mod answer;
pub mod body;
pub mod document;
pub mod malformed;
pub mod method;
pub mod share;
pub mod wallet;
#[cfg(test)]
mod wire;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How long a request may take, answer and all, in milliseconds.
pub const DEADLINE_MS: u64 = 10_000;

/// The version of the webhook contract that a custodian is held to.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Contract {
    /// One share a client; a fetch answers `backupShare`.
    V5,
    /// One share a client and backup method; a fetch answers `backupShares`.
    #[default]
    V6,
}

impl Contract {
    /// `v5` or `v6`.
    pub fn name(self) -> &'static str {
        match self {
            Self::V5 => "v5",
            Self::V6 => "v6",
        }
    }
}

impl std::fmt::Display for Contract {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
