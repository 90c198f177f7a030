//! All transcripts of a run, every attempt, to a status with its evidence for each requirement of each case. Pure: the
//! same transcripts give the same statuses, in any order, now or from a recorded run. In steps: `floor` looks, `many`
//! counts shares, `kept` says what was there for sure, `chance` what is lost without a reason, `contrast` says what an effect comes with, `blame` which requirement that is, `case` what becomes of
//! each check, `causes` what explains most. `questions` says what is to be seen alone before that.

mod blame;
mod case;
mod causes;
mod chance;
mod contrast;
mod environment;
mod floor;
mod kept;
mod many;
mod observations;
mod origins;
mod questions;

pub(super) use causes::of as causes_of;
pub use environment::Circumstances;
pub use observations::{Observation, observations};
pub use questions::questions;

use crate::exchange::{Exchange, Trouble};
use crate::model::effect::Effect;
use crate::model::report::{CaseResult, Cause};
use crate::model::requirement::{Level, Requirement, Requirements};
use crate::model::transcript::Transcript;
use blame::{Blamer, Deaths};
use floor::Sightings;
use origins::Origins;
use std::collections::BTreeMap;

/// What a run comes to, case by case, and what explains most of what is wrong.
#[derive(Clone, Debug, Default)]
pub struct Attribution {
    /// The cases, by their ids.
    pub cases: Vec<CaseResult>,
    /// The causes, the weightiest first.
    pub causes: Vec<Cause>,
    /// Why the run as a whole says nothing of the custodian, and what to do; nothing where it does.
    pub circumstances: Circumstances,
}

/// A trial with every attempt at it, the first one first.
struct Tried<'a> {
    attempts: Vec<Attempt<'a>>,
    /// Its placebos: they acquit what is wrong without it, and accuse by what the answers alone show only.
    placebos: Vec<Attempt<'a>>,
}

/// One attempt, and what was seen in it.
struct Attempt<'a> {
    transcript: &'a Transcript,
    sightings: Sightings,
}

impl<'a> Tried<'a> {
    /// By trial, in the order of their ids.
    fn each(transcripts: impl Iterator<Item = &'a Transcript> + Clone) -> Vec<Self> {
        let mut by_id: BTreeMap<&str, Vec<Attempt<'a>>> = BTreeMap::new();
        let origins = Origins::of(transcripts.clone());
        let deaths = transcripts.clone().flat_map(Transcript::deaths);
        let deaths: Vec<u64> = deaths.collect();
        for transcript in transcripts {
            let attempts = by_id.entry(&transcript.trial.id).or_default();
            let mut sightings = floor::look(transcript, &origins);
            sightings.restarted_at(&deaths, transcript);
            attempts.push(Attempt {
                transcript,
                sightings,
            });
        }
        many::mark(by_id.values_mut().flatten().map(|it| &mut it.sightings));
        kept::mark(by_id.values_mut().flatten());
        let all = by_id.into_values().map(|mut attempts| {
            attempts.sort_by_key(|it| it.transcript.attempt);
            let (placebos, attempts) = attempts.into_iter().partition(|it| it.transcript.placebo);
            Self { attempts, placebos }
        });
        all.collect()
    }

    /// The attempt that counts for whatever other cases may have disturbed.
    fn last(&self) -> Option<&Attempt<'a>> {
        // Of several alone the first in which something is wrong.
        let mut alone = self.attempts.iter().filter(|it| it.transcript.alone);
        let wrong = alone.find(|it| it.sightings.departures().next().is_some());
        wrong.or(self.attempts.last())
    }

    /// All attempts and placebos but the attempt that counts.
    fn others(&self) -> impl Iterator<Item = &Attempt<'a>> {
        let last = self.last().map(|it| it.transcript.attempt);
        self.all()
            .filter(move |it| Some(it.transcript.attempt) != last)
    }

    /// All attempts, and the placebos.
    fn all(&self) -> impl Iterator<Item = &Attempt<'a>> {
        self.attempts.iter().chain(&self.placebos)
    }

    /// The attempts beside others that one alone has taken the place of.
    fn superseded(&self) -> impl Iterator<Item = &Attempt<'a>> {
        let alone = self.attempts.iter().any(|it| it.transcript.alone);
        self.attempts
            .iter()
            .filter(move |it| alone && !it.transcript.alone)
    }
}

/// Whether something is missing at the end of the run that this transcript had stored, or could not be read then.
pub fn misses(transcript: &Transcript) -> bool {
    // What hangs is not asked twice: it would take the whole limit each time.
    let unread =
        |it: &Exchange| floor::readable(it).is_none() && it.outcome != Err(Trouble::Timeout);
    if transcript.closing.iter().any(unread) {
        return true;
    }
    let before = transcript.opening.len() + transcript.exchanges.len();
    let sightings = floor::look(transcript, &Origins::default());
    let mut departures = sightings.departures();
    departures.any(|(sighting, ..)| sighting.at >= before)
}

/// The required requirements that the answers of a transcript alone show to be broken: nothing that comes later explains
/// that away.
pub fn shown_alone<'a>(
    transcript: &Transcript,
    requirements: &'a Requirements,
) -> Vec<(Effect, &'a Requirement)> {
    let tried = Tried::each(std::iter::once(transcript));
    let attempts = tried.iter().flat_map(|it| &it.attempts);
    let departures = attempts.flat_map(|it| it.sightings.departures());
    let direct: Vec<_> = departures
        .filter(|(_, effect, _)| effect.is_direct())
        .collect();
    if direct.is_empty() {
        return Vec::new();
    }
    let blamer = Blamer::of(&tried, requirements);
    let broken = direct.into_iter().flat_map(|(sighting, effect, _)| {
        let ids = blamer.blame(sighting, effect).into_iter();
        ids.filter_map(move |id| Some((effect, requirements.get(id)?)))
    });
    broken
        .filter(|(_, it)| it.level == Level::Required)
        .collect()
}

/// Attributes whatever is wrong in these transcripts.
pub fn attribute(
    transcripts: &[Transcript],
    circumstances: Circumstances,
    requirements: &Requirements,
) -> Attribution {
    let tried = Tried::each(transcripts.iter());
    let mut blamer = Blamer::of(&tried, requirements);
    if circumstances.gone.is_some() {
        blamer.deaths = Deaths::Final;
    }
    let cases: Vec<CaseResult> = tried
        .iter()
        .filter_map(|it| case::result(it, &blamer, &circumstances, requirements))
        .collect();
    Attribution {
        causes: causes::of(&cases, requirements, |id| blamer.frequency(&tried, id)),
        cases,
        circumstances,
    }
}
