//! Shares that fade: they were there for sure, and are gone at the end of the run, once others were served, or some time had
//! passed. A custodian that keeps a hundred clients, or each share for a minute, loses them wherever the run happens to look
//! next; that is no matter of the case in which it shows. A store that is written back whole is told from it by time: what it has
//! read before another's store it writes back while both are under way, not later.

use super::Attempt;
use super::blame::{LOSS, is_after_restart, is_later, is_racing};
use super::floor::{Kept, Sighting};
use crate::exchange::Webhook;
use crate::model::effect::Condition;
use crate::model::history::Span;
use crate::model::transcript::Transcript;
use std::collections::BTreeMap;

/// Of twenty shares that were as long there as those that are gone, so many must be gone as well; a clock is exact.
const GONE_OF_TWENTY: [(Measure, usize); 2] = [(Measure::Others, 15), (Measure::Age, 18)];

/// Of so many that were looked for sooner, one may be gone.
const RARELY: usize = 8;

/// Fewer that are gone show no rule.
const FEWEST: usize = 4;

/// Marks what has faded; and, of what was looked for at the end, whatever stores of others may have disturbed.
pub(super) fn mark<'a, 'b: 'a>(attempts: impl Iterator<Item = &'a mut Attempt<'b>>) {
    let attempts: Vec<&mut Attempt<'b>> = attempts.collect();
    let stores = Stores::of(attempts.iter().map(|it| it.transcript));
    let served = Served::of(attempts.iter().map(|it| it.transcript));
    let most = GONE_OF_TWENTY.into_iter().find_map(|(by, of_twenty)| {
        let most = survivable(&attempts, &stores, &served, (by, of_twenty))?;
        Some((by, most))
    });
    for attempt in attempts {
        let transcript = attempt.transcript;
        for sighting in &mut attempt.sightings.all {
            let Some(kept) = sighting.kept else {
                continue;
            };
            match most {
                Some((by, most)) if is_lost(sighting) && !is_after_restart(sighting) => {
                    let long = match by {
                        Measure::Others => served.others(transcript, sighting, kept.first_us),
                        Measure::Age => age(transcript, sighting, kept),
                    };
                    sighting.faded = long > Some(most);
                }
                None if is_later(sighting) && stores.never_rest(kept) => {
                    sighting.conditions.insert(Condition::BesideCases);
                }
                Some(_) | None => {}
            }
        }
    }
}

/// How long a share is there.
#[derive(Clone, Copy)]
enum Measure {
    /// By how many other clients were served since.
    Others,
    /// In microseconds.
    Age,
}

/// How old a share was when it was looked for.
fn age(transcript: &Transcript, look: &Sighting, kept: Kept) -> Option<u64> {
    let looked = transcript.at(look.at)?;
    Some(looked.ended_us.saturating_sub(kept.store.to_us))
}

/// Where shares fade: how long at the most one was still there.
fn survivable(
    attempts: &[&mut Attempt<'_>],
    stores: &Stores,
    served: &Served<'_>,
    (by, of_twenty): (Measure, usize),
) -> Option<u64> {
    let looks = || {
        attempts.iter().flat_map(|it| {
            let all = it.sightings.all.iter();
            all.filter_map(|sighting| Some((it.transcript, sighting, sighting.kept?)))
        })
    };
    let long = |(transcript, sighting, kept): (&Transcript, &Sighting, Kept)| match by {
        Measure::Others => served.others(transcript, sighting, asked_before(transcript, sighting)?),
        Measure::Age => age(transcript, sighting, kept),
    };
    // What was never shown may never have been there.
    let at_the_end = looks().filter(|(_, sighting, kept)| {
        let there = kept.shown_us.is_some() && !stores.disturb(*kept);
        there && is_later(sighting) && !is_after_restart(sighting)
    });
    let mut at_the_end: Vec<(Option<u64>, bool)> = at_the_end
        .map(|look| (long(look), is_lost(look.1)))
        .collect();
    at_the_end.sort_unstable();
    let mut gone = at_the_end.iter().filter(|(_, lost)| *lost).count();
    let least = FEWEST.max(gone / 2);
    let first = at_the_end.iter().enumerate().find(|(number, (_, lost))| {
        let all = at_the_end.len() - number;
        let fades = *lost && gone >= least && 20 * gone >= of_twenty * all;
        gone -= usize::from(*lost);
        fades
    });
    let (_, (fewest, _)) = first?;
    let sooner: Vec<(u64, bool)> = looks()
        .filter(|(_, sighting, _)| !is_racing(sighting))
        .filter_map(|look| Some((long(look)?, is_lost(look.1))))
        .filter(|(long, _)| Some(*long) < *fewest)
        .collect();
    // Who is without a share just as often while nobody else was served has another reason to be.
    let lost = sooner.iter().filter(|(_, lost)| *lost).count();
    if RARELY * lost > sooner.len() {
        return None;
    }
    let survived = sooner.iter().filter(|(_, lost)| !lost);
    Some(survived.map(|(long, _)| *long).max().unwrap_or(0))
}

fn is_lost(sighting: &Sighting) -> bool {
    sighting.effect.is_some_and(|effect| LOSS.contains(&effect))
}

/// When the client of a look was asked or told something before it: some keep what was asked for last.
fn asked_before(transcript: &Transcript, look: &Sighting) -> Option<u64> {
    let looked = transcript.at(look.at)?;
    let exchanges = transcript.opening.iter().chain(&transcript.exchanges);
    exchanges
        .filter(|it| it.sent.client == looked.sent.client && it.started_us < looked.started_us)
        .map(|it| it.ended_us)
        .max()
}

/// When all stores of a run ran, in the order in which they were sent.
struct Stores(Vec<Span>);

impl Stores {
    fn of<'a>(transcripts: impl Iterator<Item = &'a Transcript>) -> Self {
        let requests = transcripts.flat_map(Transcript::numbered);
        let mut all: Vec<Span> = requests
            .filter(|(_, request, _)| request.webhook == Webhook::Backup)
            .map(|(.., exchange)| Span {
                from_us: exchange.started_us,
                to_us: exchange.ended_us,
            })
            .collect();
        all.sort_by_key(|it| it.from_us);
        Self(all)
    }

    /// Whether one that ran at once with a share's own was still under way when the share was last seen.
    fn disturb(&self, kept: Kept) -> bool {
        let begun = self.0.partition_point(|it| it.from_us <= kept.store.to_us);
        self.0[..begun].iter().any(|other| {
            let at_once = *other != kept.store && !other.is_before(kept.store);
            at_once && kept.shown_us.is_none_or(|shown| shown < other.to_us)
        })
    }

    /// Whether stores were under way all the time from a share's own until it was last seen, so that each could write
    /// back what the one before had read.
    fn never_rest(&self, kept: Kept) -> bool {
        let mut until = kept.store.to_us;
        for other in self.0.iter().filter(|it| **it != kept.store) {
            if other.from_us > until {
                break;
            }
            if !other.is_before(kept.store) {
                until = until.max(other.to_us);
            }
        }
        let alone = until == kept.store.to_us;
        !alone && kept.shown_us.is_none_or(|shown| shown < until)
    }
}

/// When each client was served, in order.
struct Served<'a>(BTreeMap<&'a str, Vec<u64>>);

impl<'a> Served<'a> {
    fn of(transcripts: impl Iterator<Item = &'a Transcript>) -> Self {
        let mut all: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        for transcript in transcripts {
            let exchanges = transcript.opening.iter().chain(&transcript.exchanges);
            for exchange in exchanges.chain(&transcript.closing) {
                if let Some(id) = transcript.bound.get(&exchange.sent.client) {
                    all.entry(id).or_default().push(exchange.ended_us);
                }
            }
        }
        for times in all.values_mut() {
            times.sort_unstable();
        }
        Self(all)
    }

    /// How many clients were served from some time on until a look.
    fn others(&self, transcript: &Transcript, look: &Sighting, from_us: u64) -> Option<u64> {
        let to_us = transcript.at(look.at)?.ended_us;
        let meanwhile = |times: &&Vec<u64>| {
            let next = times.partition_point(|time| *time < from_us);
            times.get(next).is_some_and(|time| *time <= to_us)
        };
        u64::try_from(self.0.values().filter(meanwhile).count()).ok()
    }
}
