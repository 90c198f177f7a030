//! What the judge looked at, one by one, and what it makes of each: for whoever holds the judge to its word, as the
//! tests of its invariants do. No verdict is made from it.

use super::Tried;
use super::blame::Blamer;
use crate::model::effect::{Condition, Effect, Question};
use crate::model::requirement::Requirements;
use crate::model::transcript::Transcript;
use std::collections::BTreeSet;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// The trial's id.
    pub trial: String,
    /// Which attempt at it.
    pub attempt: usize,
    /// Whether that attempt is the one that counts for whatever other cases may have disturbed.
    pub counts: bool,
    /// Whether that attempt is a placebo.
    pub placebo: bool,
    /// The index, among all exchanges of the transcript, of the one that shows it.
    pub exchange: usize,
    /// What was asked.
    pub question: Question,
    /// What is wrong; nothing where it is as it must be.
    pub effect: Option<Effect>,
    /// What it came with.
    pub conditions: BTreeSet<Condition>,
    /// The condition that is accused of it; nothing where nothing is wrong, where the answer alone shows it, and where
    /// it comes with nothing in particular.
    pub accused: Option<Condition>,
    /// The requirements that it breaks; empty where nothing is wrong, and where it is told of elsewhere.
    pub breaks: Vec<String>,
}

/// All that was looked at in a run: by trial, attempt after attempt.
pub fn observations(transcripts: &[Transcript], requirements: &Requirements) -> Vec<Observation> {
    let tried = Tried::each(transcripts.iter());
    let blamer = Blamer::of(&tried, requirements);
    let mut all = Vec::new();
    for it in &tried {
        let last = it.last().map(|last| last.transcript.attempt);
        for attempt in it.all() {
            let placebo = attempt.transcript.placebo;
            let counts = last == Some(attempt.transcript.attempt);
            let seen = attempt.sightings.all.iter().map(|sighting| {
                let wrong = sighting.effect;
                let told = wrong.filter(|effect| counts || effect.is_direct());
                let derived = wrong.filter(|effect| effect.question() != Question::Proper);
                let breaks = told.map(|effect| {
                    if counts {
                        blamer.blame_last(attempt, sighting, effect)
                    } else {
                        blamer.blame(sighting, effect)
                    }
                });
                let breaks = breaks.into_iter().flatten().map(str::to_owned);
                Observation {
                    trial: attempt.transcript.trial.id.clone(),
                    attempt: attempt.transcript.attempt,
                    counts,
                    placebo,
                    exchange: sighting.at,
                    question: sighting.question,
                    effect: wrong,
                    conditions: sighting.conditions.clone(),
                    accused: derived.and_then(|effect| blamer.accused(sighting, effect)),
                    breaks: breaks.collect(),
                }
            });
            all.extend(seen);
        }
    }
    all
}
