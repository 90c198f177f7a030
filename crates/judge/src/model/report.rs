//! The report: everything that a run has found, in the one form from which all others are rendered.
//! Its JSON is the report format, version 1; the field names are fixed.

use crate::contract::Contract;
use crate::contract::share::Shape;
use crate::exchange::{Exchange, Place, Reply};
use crate::model::act::Act;
use crate::model::finding::{Check, Standing, Status, Subject};
use crate::model::known::KnownFailure;
use crate::model::rehearsal::Rehearsal;
use crate::model::remedy::Remedy;
use crate::model::requirement::{self, Level};
use crate::model::shard::Part;
use crate::model::transcript::Transcript;
use crate::model::trial::{Effect, Request, Slot};
use crate::model::wallets::Wallets;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};

/// The version of the report format.
pub const FORMAT: u32 = 1;

/// What a run has found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// The version of this format: 1.
    pub format: u32,
    /// What made the report.
    pub tool: Tool,
    /// How it was made.
    pub run: Run,
    /// What it comes to.
    pub outcome: Outcome,
    /// How many of what.
    pub counts: Counts,
    /// Every requirement of the contract, in the contract's order.
    pub requirements: Vec<RequirementResult>,
    /// Every case, in the order of the files; those left out as well.
    pub cases: Vec<CaseResult>,
    /// How long the answers took.
    pub latency: Latencies,
    /// What was seen of what the contract leaves free.
    pub facts: Vec<String>,
    /// The entries of the list of known failures that a failure of this run was met by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub known_failures: Vec<KnownFailure>,
    /// What there is to say about how the report came about: known failures that are stale, expired or soon will
    /// be; the snapshot; another suite that the run was recorded with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<String>,
    /// What explains most of what is wrong, the weightiest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<Cause>,
    /// The known faults that explain what failed, the weightiest first; empty where none is near enough.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diagnosis: Vec<Diagnosis>,
    /// How many wallets were put together again from both halves; absent where the user's half was not looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wallets: Option<Wallets>,
    /// What an audit looked at; empty where there was none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audited: Vec<Audited>,
    /// Which step of a rehearsal this is, and how requests were served; absent for anything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rehearsal: Option<Rehearsal>,
}

/// What an audit looked at: a database, a file or a folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Audited {
    /// Its name, without credentials.
    pub target: String,
    /// What was found in it, a line each.
    pub found: Vec<String>,
    /// What was looked for in vain, a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// What is worth knowing and breaks nothing, a line each, with its place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl Report {
    /// The entry of the list of known failures that accepts a failed check of this case.
    pub fn accepted(&self, case: &str, check: &Check) -> Option<&KnownFailure> {
        let mut met = self.known_failures.iter();
        met.find(|it| check.standing == Some(Standing::Known) && it.covers(case, check))
    }
}

/// What made the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tool {
    /// `sharecheck`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of the cases and requirements, in hexadecimal.
    pub suite: String,
}

/// How a report was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "how a run was made, each free of the others"
)]
pub struct Run {
    /// A UUID.
    pub id: String,
    /// The seed of all that was drawn.
    pub seed: u64,
    /// When the run began, RFC 3339 in UTC.
    pub started_at: String,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// The custodian's base URL without credentials.
    pub target: String,
    /// The contract that it was held to.
    pub contract: Contract,
    /// How many trials ran at once at the most.
    pub jobs: usize,
    /// How many requests were sent.
    pub requests: usize,
    /// Whether the webhooks were called; false for an audit alone.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub webhooks: bool,
    /// Whether recommended requirements count as required ones.
    #[serde(default)]
    pub strict: bool,
    /// Whether a required requirement that was not looked at leaves the run undecided.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub require_all: bool,
    /// Which build of the custodian was tested, as its team calls it; null where nobody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<String>,
    /// Whether every case of the contract was selected, and all of them in this run.
    #[serde(default)]
    pub whole: bool,
    /// Which part of the plan this is, if not all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Part>,
    /// Why it ended before its end, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub halted: Option<Halted>,
    /// Whether the client ids were made up for this run, so that none of them held anything before.
    #[serde(default)]
    pub made_up: bool,
    /// What makes curl go the same way to the custodian: its options, a word each, with `‹withheld›` for the value of
    /// a header.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub curl: Vec<String>,
    /// The faults of the built-in custodian, where that was tested and is gone by now; null for any other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Vec<String>>,
    /// The freedoms that the built-in custodian takes, where that was tested.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub freedoms: Vec<String>,
    /// What the custodian had to keep until it was looked at again at the end; null where it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Held>,
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_yes(it: &bool) -> bool {
    *it
}

/// How much a custodian had to keep to the end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Held {
    /// How many clients were fetched at the end.
    pub clients: usize,
    /// The length in bytes of the bodies that had stored what they held by then.
    pub bytes: usize,
}

impl Held {
    /// What the clients of these transcripts had been given that were fetched at the end.
    pub fn of(transcripts: &[Transcript]) -> Option<Self> {
        let mut clients: HashSet<&str> = HashSet::new();
        let mut bodies: HashMap<(&str, &Slot), usize> = HashMap::new();
        for transcript in transcripts {
            for closing in &transcript.closing {
                let Some(id) = transcript.bound.get(&closing.sent.client) else {
                    continue;
                };
                clients.insert(id);
                for (_, request, exchange) in transcript.numbered() {
                    if let Effect::Stores(slot, _) = &request.effect
                        && request.client == closing.sent.client
                        && exchange.reply().is_some_and(Reply::is_success)
                    {
                        bodies.insert((id, slot), exchange.sent.bytes);
                    }
                }
            }
        }
        (!clients.is_empty()).then(|| Self {
            clients: clients.len(),
            bytes: bodies.values().sum(),
        })
    }
}

/// What stands in `Run::curl` for a text that may be a credential.
pub const WITHHELD: &str = "‹withheld›";

/// What a run comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Outcome {
    /// In a word.
    pub verdict: Ruling,
    /// The process's exit code.
    pub exit_code: u8,
    /// How far the custodian has migrated; null where nothing was seen of it.
    pub stage: Option<Stage>,
    /// Whether `isMultiBackupEnabled` may be set: true or false, null where it cannot be told.
    pub multi_backup_safe: Option<bool>,
    /// Why, the weightiest first.
    pub reasons: Vec<String>,
}

/// Why a run ended before its end. The order is that of precedence: of several, the last one counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Halted {
    /// The custodian could not be reached, or clients not be had.
    Environment(String),
    /// Its record breaks off: it was killed.
    Killed,
    /// A signal came; its number.
    Signal(u8),
    /// A client held what could be somebody's share.
    Foreign(String),
    /// A secret or a foreign share got into an artifact, or something else that must not be.
    Bug(String),
}

/// What a run comes to, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Ruling {
    /// Every requirement that counts was seen to be kept.
    Conforms,
    /// A requirement that counts was seen to be broken.
    DoesNotConform,
    /// The custodian could not be reached, or clients not be had.
    CouldNotTest,
    /// A required requirement stayed undecided, or nothing ran.
    Undecided,
    /// Nothing but a drift from what was approved.
    Drift,
    /// Stopped before anything could be harmed.
    Refused,
    /// Our own fault.
    InternalError,
    /// Stopped by a signal.
    Interrupted,
}

impl Ruling {
    /// As people read it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Conforms => "conforms",
            Self::DoesNotConform => "does not conform",
            Self::CouldNotTest => "could not test",
            Self::Undecided => "undecided",
            Self::Drift => "drift",
            Self::Refused => "refused for safety",
            Self::InternalError => "internal error",
            Self::Interrupted => "interrupted",
        }
    }
}

/// How far a custodian has migrated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Neither version's answers.
    None,
    /// Keeps one share a client and answers as v5.
    V5,
    /// Stores v6, still answers as v5.
    V6WriteOnly,
    /// Answers as v6, but v5 bodies are refused or lost.
    V6BreaksV5,
    /// Answers as v6, but some required requirement fails.
    V6Partial,
    /// Keeps contract v6.
    V6,
}

impl Stage {
    /// Every stage, in the order in which a custodian migrates.
    pub const ALL: [Self; 6] = [
        Self::None,
        Self::V5,
        Self::V6WriteOnly,
        Self::V6BreaksV5,
        Self::V6Partial,
        Self::V6,
    ];

    /// As it stands in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::V5 => "v5",
            Self::V6WriteOnly => "v6-write-only",
            Self::V6BreaksV5 => "v6-breaks-v5",
            Self::V6Partial => "v6-partial",
            Self::V6 => "v6",
        }
    }
}

/// A broken requirement, with what rests on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cause {
    /// The requirement.
    pub requirement: String,
    /// How many checks of it failed.
    pub failed: usize,
    /// How many checks of others it leaves undecided.
    pub undecided: usize,
    /// The requirements of those.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub behind: Vec<String>,
    /// How often it was seen, where it comes and goes under the same conditions; null where it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frequency: Option<Frequency>,
}

/// How often something went wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Frequency {
    /// So often.
    pub wrong: usize,
    /// Of so many looks at it, in all attempts.
    pub of: usize,
}

impl Frequency {
    /// Of both together.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self {
            wrong: self.wrong + other.wrong,
            of: self.of + other.of,
        }
    }
}

/// A known fault that explains some of what failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Diagnosis {
    /// The fault.
    #[serde(flatten)]
    pub suspect: Suspect,
    /// Faults that nothing in this run tells from it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alike: Vec<Suspect>,
    /// How many of the checks that the fault fails have failed, and in the same way.
    pub agree: usize,
    /// How many of the checks that the fault fails were run and could be told.
    pub of: usize,
    /// How many failed checks neither this fault nor those named before it explain.
    pub unexplained: usize,
    /// What to do about it, for common stacks.
    pub remedies: Vec<Remedy>,
}

/// A fault that a custodian may have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Suspect {
    /// Its name, which `sharecheck explain` takes.
    pub fault: String,
    /// What the custodian does, as a clause without a full stop.
    pub says: String,
}

/// How many of what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// Requirements by status.
    pub requirements: BTreeMap<Status, usize>,
    /// Cases by status.
    pub cases: BTreeMap<Status, usize>,
    /// Checks by status.
    pub checks: BTreeMap<Status, usize>,
    /// Failed requirements by level.
    pub failed: BTreeMap<Level, usize>,
}

impl Counts {
    /// How many cases have this status.
    pub fn cases_with(&self, status: Status) -> usize {
        self.cases.get(&status).copied().unwrap_or(0)
    }

    /// How many requirements have this status.
    pub fn requirements_with(&self, status: Status) -> usize {
        self.requirements.get(&status).copied().unwrap_or(0)
    }
}

/// What became of a requirement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RequirementResult {
    /// Its id.
    pub id: String,
    /// Its level.
    pub level: Level,
    /// What it speaks of.
    #[serde(default, skip_serializing_if = "requirement::Part::is_default")]
    pub part: requirement::Part,
    /// Its status: that of the weightiest check.
    pub status: Status,
    /// The cases with a check of it.
    pub cases: Vec<String>,
    /// What a conforming custodian does.
    pub statement: String,
    /// What one does that breaks it, as a headline.
    #[serde(default)]
    pub breach: String,
    /// What the user of a wallet would suffer.
    pub consequence: String,
    /// What to do about it.
    pub fix: String,
    /// Where the contract has it from.
    pub source: String,
}

/// What became of a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CaseResult {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its status: that of its own requirement, the first check.
    pub status: Status,
    /// Its checks, the case's own requirement first.
    pub checks: Vec<Check>,
    /// Whether it ran on clients that had never held a share.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fresh: bool,
    /// The client ids by symbolic client.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub clients: BTreeMap<String, String>,
    /// The shapes of its shares by label, where they are not plain.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub shapes: BTreeMap<String, Shape>,
    /// What happened beside the requests, by the index of the step.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub acts: BTreeMap<usize, Act>,
    /// What was sent and what came back, the opening fetches first.
    pub exchanges: Vec<Exchange>,
}

impl CaseResult {
    /// Of an attempt and what was asked of it.
    pub fn of(transcript: &Transcript, checks: Vec<Check>) -> Self {
        let exchanges = transcript.exchanges.iter().map(|exchange| Exchange {
            expected: transcript.request(exchange).map(Request::expected),
            ..exchange.clone()
        });
        let shown = |check: &Check| transcript.at(check.exchange()?);
        let checks = checks.into_iter().map(|check| Check {
            subject: match check.status {
                Status::Passed => None,
                Status::Skipped | Status::Undecided | Status::Errored | Status::Failed => check
                    .subject
                    .clone()
                    .or_else(|| Some(Subject::of(&shown(&check)?.sent))),
            },
            ..check
        });
        let checks: Vec<Check> = checks.collect();
        let opening = transcript.opening.iter().cloned();
        let closing = transcript.closing.iter().cloned();
        let shapes = transcript.trial.labels.iter();
        let shapes = shapes.filter(|(_, shape)| **shape != Shape::Plain);
        Self {
            status: Status::of(checks.first().map(|check| check.status)),
            id: transcript.trial.id.clone(),
            title: transcript.trial.title.clone(),
            checks,
            fresh: transcript.trial.fresh,
            clients: transcript.bound.clone(),
            shapes: shapes
                .map(|(label, shape)| (label.clone(), *shape))
                .collect(),
            acts: Act::all(transcript),
            exchanges: opening.chain(exchanges).chain(closing).collect(),
        }
    }

    /// The exchange of the script at this place.
    pub fn at(&self, place: Place) -> Option<&Exchange> {
        self.exchanges
            .iter()
            .find(|exchange| exchange.place == place)
    }
}

/// How long the answers of both webhooks took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Latencies {
    /// Of stores.
    pub store: Latency,
    /// Of fetches.
    pub fetch: Latency,
}

/// How long answers took, in milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Latency {
    /// Half of them took no longer.
    pub p50_ms: f64,
    /// 95 in 100 took no longer.
    pub p95_ms: f64,
    /// 99 in 100 took no longer.
    pub p99_ms: f64,
    /// The slowest.
    pub max_ms: f64,
}
