//! Shares that are lost by chance: a case that ran alone twice was without one once, and whole the other time. Then no
//! request, method or size that a case sends is to blame for what is lost in it.

use super::blame::{LOSS, is_later, is_racing};
use super::{Attempt, Tried};

/// So many cases that lost a share alone are looked at alone once more.
const REPEATED: usize = 6;

/// Whether shares are lost by chance.
pub(super) fn loses(tried: &[Tried<'_>]) -> bool {
    tried.iter().any(|it| {
        let mut alone = it.attempts.iter().filter(|it| counts(it));
        let lost = alone.clone().any(misses);
        lost && alone.any(|it| !misses(it))
    })
}

/// The trials that lost a share when they ran alone, and were run alone only once.
pub(super) fn unrepeated<'a>(tried: &'a [Tried<'_>]) -> Vec<&'a str> {
    let lost = tried.iter().filter(|it| {
        let mut alone = it.attempts.iter().filter(|it| counts(it));
        alone.next().is_some_and(misses)
    });
    let some = lost.take(REPEATED);
    some.filter(|it| it.attempts.iter().filter(|it| counts(it)).count() == 1)
        .filter_map(|it| Some(it.attempts.first()?.transcript.trial.id.as_str()))
        .collect()
}

/// Whether an attempt ran alone, and to its end.
fn counts(attempt: &Attempt<'_>) -> bool {
    attempt.transcript.alone && attempt.transcript.cut_short.is_none()
}

/// Whether a share was lost where one request followed the other.
fn misses(attempt: &Attempt<'_>) -> bool {
    let mut departures = attempt.sightings.departures();
    departures.any(|(sighting, effect, _)| {
        let plain = !is_racing(sighting) && !is_later(sighting) && !sighting.faded;
        plain && LOSS.contains(&effect)
    })
}
