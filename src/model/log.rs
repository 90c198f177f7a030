//! The run log: what a run did, one JSON object a line, written as it happens. Holds all that it takes to
//! judge the run again; what is in it went through the same redaction as a report.

use crate::contract::Contract;
use crate::exchange::Exchange;
use crate::model::report::{Halted, Tool};
use crate::model::transcript::Transcript;
use crate::model::trial::LeftOut;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the run log.
pub const FORMAT: u32 = 1;

/// A line of the log; `line` names its kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "kebab-case")]
pub enum Line {
    /// The first one: what was going to happen.
    Run(Began),
    /// A trial was given clients and is about to send its first request.
    Trial {
        /// The trial's id.
        id: String,
        /// The client ids by symbolic client.
        clients: BTreeMap<String, String>,
    },
    /// A request was answered, or was not.
    Exchange {
        /// The trial's id.
        id: String,
        /// The exchange.
        exchange: Box<Exchange>,
    },
    /// A trial is over.
    Transcript(Box<Transcript>),
    /// The last one; a log without it is of a run that was killed.
    End(Ended),
}

/// What a run was going to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Began {
    /// The version of this format: 1.
    pub format: u32,
    /// What made the log; its `suite` is the digest of the cases and requirements.
    pub tool: Tool,
    /// The run's UUID.
    pub id: String,
    /// The seed of all that was drawn.
    pub seed: u64,
    /// When the run began, RFC 3339 in UTC.
    pub started_at: String,
    /// The custodian's base URL without credentials.
    pub target: String,
    /// The contract that it is held to.
    pub contract: Contract,
    /// How many trials run at once at the most.
    pub jobs: usize,
    /// Whether recommended requirements count as required ones.
    pub strict: bool,
    /// Whether every case of the contract was selected.
    pub whole: bool,
    /// The limit of one request in milliseconds.
    pub max_time_ms: u64,
    /// How many trials there are.
    pub trials: usize,
    /// How many requests they send.
    pub requests: usize,
    /// The cases that were not selected, and why.
    pub left_out: Vec<LeftOut>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ended {
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// How many requests were sent.
    pub requests: usize,
    /// The trials that were planned and have no transcript, and why.
    pub starved: Vec<LeftOut>,
    /// Why the run ended before its end.
    pub halted: Option<Halted>,
    /// The exit code that the run came to.
    pub exit_code: u8,
}
