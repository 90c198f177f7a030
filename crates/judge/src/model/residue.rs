//! What a run leaves behind at the custodian: no client can be deleted through its webhooks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The version of `residue.json`.
pub const FORMAT: u32 = 1;

/// All that a run has left behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Residue {
    /// The version of this format: 1.
    pub format: u32,
    /// The run's UUID.
    pub run: String,
    /// The custodian's base URL without credentials.
    pub target: String,
    /// One for each client and backup method, in their order.
    pub left: Vec<Left>,
}

impl Residue {
    /// What is really there still, as far as we know.
    pub fn remaining(&self) -> impl Iterator<Item = &Left> {
        self.left.iter().filter(|left| !left.removed)
    }
}

/// What was left under one backup method of one client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Left {
    /// Portal's id of the client.
    pub client: String,
    /// The backup method; null for a share that was stored without one, as v5 does.
    pub method: Option<String>,
    /// What is known of it.
    pub state: State,
    /// Whether the provisioning hook has taken the client away.
    pub removed: bool,
}

/// What is known of a share that was left behind.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// A store was sent, and it was not said whether it was kept: no answer, 5xx, or the run was ended.
    Unsure,
    /// A synthetic share of ours is stored.
    Stored,
    /// It was overwritten with a text that says that it is left from a conformance run (`--tombstone`).
    Tombstone,
}
