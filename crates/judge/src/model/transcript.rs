//! What was sent and what came back for one trial, in order: all that the judge may know.

use crate::contract::DEADLINE_MS;
use crate::contract::wallet;
use crate::exchange::{Exchange, Place, Trouble};
use crate::model::trial::{Request, Trial};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A trial's exchanges.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transcript {
    /// The trial.
    pub trial: Trial,
    /// The client ids that it was bound to, by symbolic client.
    pub bound: BTreeMap<String, String>,
    /// Whether the custodian is known to know these clients (it need not know a made-up id).
    pub clients_known: bool,
    /// The opening fetch of each client.
    pub opening: Vec<Exchange>,
    /// The script's exchanges, in the order in which their answers came.
    pub exchanges: Vec<Exchange>,
    /// Why the script was not finished, if it was not.
    pub cut_short: Option<CutShort>,
    /// What recoveries came to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recovered: Vec<Recovered>,
    /// What Portal was told meanwhile; nothing where nobody listened. Only where the trial listens it is all its clients'.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Vec<Told>>,
    /// What was there at the end of the run, for each client that no later trial had.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closing: Vec<Exchange>,
    /// The number of its first share in the run.
    pub first_serial: u32,
    /// Which attempt at the trial this is, from 1.
    pub attempt: usize,
    /// Whether nothing else ran beside it.
    pub alone: bool,
    /// Whether it is none of the trial's own attempts but its placebo: see [`Trial::placebo`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub placebo: bool,
    /// The limit of one request in milliseconds, as far as the deadline can be judged by it.
    pub max_time_ms: u64,
}

/// What a recovery came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recovered {
    /// The step of the script.
    pub step: usize,
    /// What the halves came to.
    #[serde(flatten)]
    pub halves: wallet::Recovered,
}

/// Something that Portal was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Through which of its endpoints.
    pub via: Via,
    /// Whose key it came with.
    pub key: Key,
    /// Whether it says that the user's half was stored; nothing where it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success: Option<bool>,
    /// The backup method in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The status that it was answered with.
    pub status: u16,
    /// When it came, in microseconds since the run began.
    pub at_us: u64,
    /// What the custodian's own endpoint gave at that moment, where it was asked: whether it was the text that is told of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub there: Option<bool>,
}

/// An endpoint of Portal's by which it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Via {
    /// `PUT /api/v1/clients/me/wallet/stored-client-backup-share`.
    V1,
    /// `PUT /api/v2/clients/me/wallet/stored-client-backup-share`.
    V2,
    /// `PATCH /api/v3/clients/me/backup-share-pairs`.
    Pairs,
}

/// Whose key a call to Portal came with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Key {
    /// That of this symbolic client.
    Client(String),
    /// That of a client that is none of the trial's.
    AnotherClient,
    /// The custodian's own.
    Custodian,
    /// One that Portal does not know: clients were made elsewhere. By it, two of one key are known to be of one.
    Unknown(String),
    /// None.
    Missing,
}

/// Why a trial was not finished, or not begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CutShort {
    /// The custodian could not be reached.
    Unreachable(String),
    /// The client held a share already, and the case needs one that never did.
    NotFresh,
    /// A step does not apply here, such as swapping the case of a secret without letters.
    NotApplicable(String),
    /// The run was ended: interrupted, or the circuit breaker.
    Ended(String),
    /// The environment failed: the restart command, for one.
    Environment(String),
}

impl Transcript {
    /// The request that an exchange answers, or nothing for an opening fetch.
    pub fn request(&self, exchange: &Exchange) -> Option<&Request> {
        let Place { step, lane, turn } = exchange.place;
        self.trial
            .script
            .get(step?)?
            .action
            .lanes()
            .get(lane)?
            .get(turn)
    }

    /// Whether an exchange tells nothing of the custodian, or we gave up before the contract's deadline.
    pub fn tells_nothing(&self, exchange: &Exchange) -> bool {
        let impatient = self.max_time_ms < DEADLINE_MS;
        match &exchange.outcome {
            Err(Trouble::Died) => !self.alone,
            Err(Trouble::Timeout) if impatient => true,
            Ok(_) | Err(_) => exchange.tells_nothing(),
        }
    }

    /// The number in the run of the share with this label: they are counted in the order of their labels.
    pub fn serial(&self, label: &str) -> Option<u32> {
        let place = self.trial.labels.keys().position(|it| it == label)?;
        self.first_serial.checked_add(u32::try_from(place).ok()?)
    }

    /// When the custodian's process ended under a request of this transcript; in microseconds, as exchanges have it.
    pub fn deaths(&self) -> impl Iterator<Item = u64> {
        let all = self.opening.iter().chain(&self.exchanges);
        all.filter(|it| it.outcome == Err(Trouble::Died))
            .map(|it| it.ended_us)
    }

    /// The exchange with this index among all: the opening ones first, the closing ones last.
    pub fn at(&self, index: usize) -> Option<&Exchange> {
        let mut all = self
            .opening
            .iter()
            .chain(&self.exchanges)
            .chain(&self.closing);
        all.nth(index)
    }

    /// The exchanges of one step, in the order in which their answers came, each with its request and its
    /// index among all exchanges, the opening ones counted first.
    pub fn of_step(&self, step: usize) -> impl Iterator<Item = (usize, &Request, &Exchange)> {
        self.numbered()
            .filter(move |(_, _, exchange)| exchange.place.step == Some(step))
    }

    /// Every exchange of the script with its request and its index among all exchanges.
    pub fn numbered(&self) -> impl Iterator<Item = (usize, &Request, &Exchange)> {
        let behind = self.opening.len();
        self.exchanges
            .iter()
            .enumerate()
            .filter_map(move |(index, exchange)| {
                Some((behind + index, self.request(exchange)?, exchange))
            })
    }
}
