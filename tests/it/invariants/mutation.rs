//! One more exchange that fails, put into the log of a run where that exchange had gone well.

use super::recording::SUITE;
use proptest::prelude::*;
use proptest::sample::Index;
use sharecheck::check;
use sharecheck::contract::answer::Form;
use sharecheck::contract::malformed::Malformed;
use sharecheck::exchange::{Alteration, Exchange, Found, Reply};
use sharecheck::model::case::Expect;
use sharecheck::model::effect::Look;
use sharecheck::model::finding::Verdict;
use sharecheck::model::transcript::Transcript;
use sharecheck::model::trial::Request;
use sharecheck::pipeline::attribute::Observation;
use sharecheck::pipeline::recall::Record;
use std::collections::{BTreeSet, HashSet};

/// A way in which an exchange fails that had gone well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// A store that was acknowledged is answered with this status.
    Store(u16),
    /// A fetch that brought shares is answered with this status, and no share.
    Fetch(u16),
    /// A fetch that brought shares is answered without a list.
    Shapeless,
    /// A fetch lacks a share that it had brought.
    Missing,
    /// A fetch brings another of the client's shares in the place of one.
    Other,
    /// A fetch brings a share twice.
    Twice,
    /// A fetch brings a share cut short.
    Cut,
    /// A fetch brings a text that nobody stored.
    Unknown,
    /// A fetch brings a share of another client.
    Others,
    /// A request that must be refused, and was, is acknowledged.
    Acknowledged,
    /// A request that must be refused, and was, is answered with a share.
    Returned,
}

/// All ways.
const FAILURES: [Failure; 15] = [
    Failure::Store(500),
    Failure::Store(400),
    Failure::Store(302),
    Failure::Fetch(500),
    Failure::Fetch(404),
    Failure::Fetch(302),
    Failure::Shapeless,
    Failure::Missing,
    Failure::Other,
    Failure::Twice,
    Failure::Cut,
    Failure::Unknown,
    Failure::Others,
    Failure::Acknowledged,
    Failure::Returned,
];

/// Some failures, each with the place among those where it may happen.
pub(crate) fn failures() -> impl Strategy<Value = Vec<(Failure, Index)>> {
    let one = (prop::sample::select(FAILURES.to_vec()), any::<Index>());
    prop::collection::vec(one, 1..4)
}

/// The exchanges of a run that show nothing wrong, each by its transcript and its index in it.
pub(crate) struct Sound(Vec<(usize, usize)>);

impl Sound {
    /// Of what was recorded and observed.
    pub(crate) fn of(record: &Record, observations: &[Observation]) -> Self {
        let wrong: HashSet<(&str, usize, usize)> = observations
            .iter()
            .filter(|it| it.effect.is_some())
            .map(|it| (it.trial.as_str(), it.attempt, it.exchange))
            .collect();
        let mut sound = Vec::new();
        for (at, transcript) in record.transcripts.iter().enumerate() {
            let shown = shown_by_looks(transcript);
            let id = transcript.trial.id.as_str();
            for (index, ..) in transcript.numbered() {
                let well = !wrong.contains(&(id, transcript.attempt, index));
                if well && !shown.contains(&index) {
                    sound.push((at, index));
                }
            }
        }
        Self(sound)
    }

    /// Puts a failure into a log, where there is an exchange that can fail so; says what was done.
    pub(crate) fn fail(
        &self,
        record: &mut Record,
        failure: Failure,
        place: Index,
    ) -> Option<String> {
        let places: Vec<(usize, usize)> = self
            .0
            .iter()
            .copied()
            .filter(|(at, index)| failure.may_be_in(&record.transcripts[*at], *index))
            .collect();
        if places.is_empty() {
            return None;
        }
        let (at, index) = *place.get(&places);
        let transcript = &mut record.transcripts[at];
        failure.put_into(transcript, index);
        Some(format!(
            "{failure:?} in {} attempt {} exchange {index}",
            transcript.trial.id, transcript.attempt
        ))
    }
}

/// The exchanges in which a look, each taken by itself, finds something wrong.
fn shown_by_looks(transcript: &Transcript) -> BTreeSet<usize> {
    let requirements = SUITE.requirements.iter();
    let all: BTreeSet<Look> = requirements.filter_map(|it| it.judged.look).collect();
    let broken = |look: &Look| matches!(check::look(*look, transcript), Verdict::Broken(_));
    let looks: Vec<Look> = all.into_iter().filter(broken).collect();
    if looks.is_empty() {
        return BTreeSet::new();
    }
    let before = transcript.opening.len();
    let mut shown = BTreeSet::new();
    for (number, exchange) in transcript.exchanges.iter().enumerate() {
        let single = Transcript {
            opening: Vec::new(),
            exchanges: vec![exchange.clone()],
            closing: Vec::new(),
            ..transcript.clone()
        };
        let broken = |look: &Look| matches!(check::look(*look, &single), Verdict::Broken(_));
        if looks.iter().any(broken) {
            shown.insert(before + number);
        }
    }
    shown
}

/// The request and the answer with this index.
fn asked(transcript: &Transcript, index: usize) -> Option<(&Request, &Reply)> {
    let exchange = transcript.at(index)?;
    Some((transcript.request(exchange)?, exchange.reply()?))
}

/// The shares among what was found.
fn shares(reply: &Reply) -> Vec<String> {
    let shares = reply.reading.found.iter().filter_map(|it| match it {
        Found::Share { label, .. } => Some(label.clone()),
        Found::Leftover
        | Found::Elsewhere(_)
        | Found::Ours
        | Found::Debris(_)
        | Found::Foreign(_) => None,
    });
    shares.collect()
}

/// A share of the trial's that a fetch of the client did not bring, though it was sent for that client.
fn other(transcript: &Transcript, request: &Request, reply: &Reply) -> Option<String> {
    let there = shares(reply);
    let lanes = transcript.trial.script.iter().map(|it| it.action.lanes());
    let mut requests = lanes.flatten().flatten();
    requests.find_map(|it| {
        let own = it.client == request.client && it.is_plain_store();
        let mut labels = it.carries().into_iter();
        labels.find(|label| own && !there.contains(label))
    })
}

impl Failure {
    fn may_be_in(self, transcript: &Transcript, index: usize) -> bool {
        let Some((request, reply)) = asked(transcript, index) else {
            return false;
        };
        let fetch = request.is_plain_fetch() && request.expect == Expect::Accepted;
        let brings = fetch && reply.status == 200 && !shares(reply).is_empty();
        let bad = matches!(request.expect, Expect::Refused | Expect::NoShare);
        match self {
            Self::Store(_) => request.is_plain_store() && reply.is_success(),
            Self::Fetch(_)
            | Self::Shapeless
            | Self::Missing
            | Self::Twice
            | Self::Cut
            | Self::Unknown
            | Self::Others => brings,
            Self::Other => brings && other(transcript, request, reply).is_some(),
            Self::Acknowledged => request.expect == Expect::Refused && !reply.is_success(),
            Self::Returned => bad && !reply.is_success() && transcript.trial.labels.len() > 1,
        }
    }

    fn put_into(self, transcript: &mut Transcript, index: usize) {
        let (request, reply) = asked(transcript, index).unwrap();
        let other = other(transcript, request, reply);
        // Of a request of a bad store the share that came with it is no other.
        let carried = request.carries();
        let client = request.client.clone();
        let mut labels = stored_for(transcript, &client);
        labels.retain(|label| !carried.contains(label));
        let before = transcript.opening.len();
        let Ok(reply) = &mut transcript.exchanges[index - before].outcome else {
            return;
        };
        let found = &mut reply.reading.found;
        let first = found
            .iter()
            .position(|it| matches!(it, Found::Share { .. }));
        match self {
            Self::Store(status) | Self::Fetch(status) => {
                reply.status = status;
                found.clear();
            }
            Self::Shapeless => {
                found.clear();
                reply.reading.form = Form::Neither;
                reply.reading.fault = Some(Malformed::NoShares);
            }
            Self::Missing => _ = first.map(|at| found.remove(at)),
            Self::Other => {
                if let (Some(at), Some(label)) = (first, other) {
                    found[at] = share(label);
                }
            }
            Self::Twice => found.extend(first.map(|at| found[at].clone())),
            Self::Cut => {
                if let Some(Found::Share { altered, .. }) = first.map(|at| &mut found[at]) {
                    *altered = Some(Alteration::Cut(7));
                }
            }
            Self::Unknown => found.push(Found::Foreign(99)),
            Self::Others => found.push(Found::Elsewhere(u32::MAX)),
            Self::Acknowledged => reply.status = 200,
            Self::Returned => {
                reply.status = 200;
                found.extend(labels.into_iter().next().map(share));
            }
        }
    }
}

fn share(label: String) -> Found {
    Found::Share {
        label,
        altered: None,
        digest: None,
    }
}

/// The shares that were sent for a client.
fn stored_for(transcript: &Transcript, client: &str) -> Vec<String> {
    let lanes = transcript.trial.script.iter().map(|it| it.action.lanes());
    let requests = lanes.flatten().flatten();
    let own = requests.filter(|it| it.client == client && it.is_plain_store());
    own.flat_map(Request::carries).collect()
}

/// An exchange of which nothing is known: the custodian was not reached.
pub(crate) fn unreached(exchange: &mut Exchange) {
    exchange.outcome = Err(sharecheck::exchange::Trouble::Refused);
}
