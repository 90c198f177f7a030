//! The run log: what a run did, one JSON object a line, written as it happens. Holds all that it takes to
//! judge the run again; what is in it went through the same redaction as a report.

use crate::contract::Contract;
use crate::exchange::{Exchange, Trouble};
use crate::model::cause::{Advice, Cause};
use crate::model::known::KnownFailure;
use crate::model::report::{Halted, Tool};
use crate::model::shard::Part;
use crate::model::transcript::Transcript;
use crate::model::trial::{LeftOut, Planned};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the run log.
pub const FORMAT: u32 = 2;

/// A line of the log; `line` names its kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "kebab-case")]
pub enum Line {
    /// The first one: what was going to happen.
    Run(Box<Began>),
    /// The look before the first trial is over.
    Preflight(Looked),
    /// A hook has made a client for the run.
    Client {
        /// The key of its set-up.
        key: String,
        /// Its id.
        id: String,
    },
    /// A trial was given clients and is about to send its first request.
    Trial {
        /// The trial's id.
        id: String,
        /// The client ids by symbolic client.
        clients: BTreeMap<String, String>,
    },
    /// A request that belongs to no trial is over.
    Beside(Beside),
    /// A request was answered, or was not.
    Exchange {
        /// The trial's id.
        id: String,
        /// The exchange.
        exchange: Box<Exchange>,
    },
    /// An attempt at a trial is over.
    Transcript(Box<Transcript>),
    /// What a client of a trial held at the end of the run.
    Closing {
        /// The trial's id.
        id: String,
        /// Which attempt at it.
        attempt: usize,
        /// The exchange.
        exchange: Box<Exchange>,
    },
    /// The last one; a log without it is of a run that was killed.
    End {
        /// What there is to know at the end.
        #[serde(flatten)]
        ended: Ended,
        /// The exit code that the run came to.
        exit_code: u8,
    },
}

/// A request that belongs to no trial, and what came of it; its times are those of the exchanges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub struct Beside {
    /// What it was sent for.
    pub purpose: Purpose,
    /// The path below the base URL.
    pub path: String,
    /// The length of its body in bytes.
    pub bytes: usize,
    /// The HTTP status of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why there is no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Trouble>,
    /// Whether the request went over a connection that an earlier one had used.
    pub reused: bool,
    /// When it was sent, in microseconds since the run began.
    pub started_us: u64,
    /// When the answer was whole, in microseconds since the run began.
    pub ended_us: u64,
}

/// What a request is sent for that belongs to no trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// To see whether testing is possible at all.
    Preflight,
    /// To see what a client holds, before anything is written to it.
    Provision,
    /// To overwrite what the run has stored.
    Overwrite,
}

/// What a run was going to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own about the run"
)]
pub struct Began {
    /// The version of this format: 2.
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
    /// Whether a required requirement that was not looked at leaves the run undecided.
    #[serde(default)]
    pub require_all: bool,
    /// Which build of the custodian this is, as its team calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<String>,
    /// Whether every case of the contract was selected, and all of them for this run.
    pub whole: bool,
    /// Whether the client ids are made up for this run.
    #[serde(default)]
    pub made_up: bool,
    /// The list of known failures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub known: Vec<KnownFailure>,
    /// Which part of the plan this is, if not all of it.
    pub shard: Option<Part>,
    /// The limit of one request in milliseconds.
    pub max_time_ms: u64,
    /// Whether something else than the custodian may answer, such as a gateway or another server at a wrong path.
    pub may_be_missed: bool,
    /// The trials, in the order of the cases.
    pub trials: Vec<Planned>,
    /// How many requests they send.
    pub requests: usize,
    /// The cases that were not selected, and why.
    pub left_out: Vec<LeftOut>,
    /// What a report is to tell of the way to the custodian.
    pub facts: Vec<String>,
    /// What makes curl go the same way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub curl: Vec<String>,
    /// The faults of the built-in custodian, where that is tested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Vec<String>>,
    /// The freedoms that the built-in custodian takes, where that is tested.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub freedoms: Vec<String>,
}

/// What the look before the first trial has found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looked {
    /// Why nothing can be tested.
    pub stop: Option<Advice>,
    /// What a report is to tell of it.
    pub facts: Vec<String>,
    /// How long an answer took that came after the deadline, or never, in milliseconds; none if none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_ms: Option<u64>,
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
    /// What nearly every answer said, if that ended the run.
    pub broken_off: Option<Cause>,
}
