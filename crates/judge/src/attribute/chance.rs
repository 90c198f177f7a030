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

/// So many trials are run alone at the most to see whether what is lost beside others is lost alone as well.
const ALONE: usize = 80;

/// Who loses one share in forty beside others, and none of thirty alone, may do so by chance: so many losses must be
/// expected alone before none says anything.
const EXPECTED: usize = 3;

/// The trials that are to be run alone before it can be said that shares are lost beside others only.
pub(super) fn unproved<'a>(tried: &'a [Tried<'_>]) -> Vec<&'a str> {
    let attempts = || tried.iter().flat_map(|it| &it.attempts);
    let sum = |alone: bool| {
        let of = attempts()
            .filter(|it| it.transcript.alone == alone)
            .map(looks);
        of.fold((0, 0), |(lost, all), it| (lost + it.0, all + it.1))
    };
    let ((lost, beside), (lost_alone, mut alone)) = (sum(false), sum(true));
    if lost == 0 || lost_alone > 0 {
        return Vec::new();
    }
    let enough = (EXPECTED * beside).div_ceil(lost);
    let ran_alone = |it: &&Tried<'_>| it.attempts.iter().any(|it| it.transcript.alone);
    let so_far = tried.iter().filter(ran_alone).count();
    let mut more = Vec::new();
    for it in tried.iter().filter(|it| !ran_alone(it)) {
        let Some(attempt) = it.attempts.first() else {
            continue;
        };
        if alone >= enough || so_far + more.len() >= ALONE {
            break;
        }
        let (_, all) = looks(attempt);
        if all > 0 && attempt.transcript.cut_short.is_none() {
            alone += all;
            more.push(attempt.transcript.trial.id.as_str());
        }
    }
    more
}

/// How many shares an attempt looked for where one request followed the other, and how many of them were lost.
fn looks(attempt: &Attempt<'_>) -> (usize, usize) {
    let all = attempt.sightings.all.iter();
    let plain = all.filter(|it| it.kept.is_some() && !is_racing(it) && !is_later(it) && !it.faded);
    plain.fold((0, 0), |(lost, all), it| {
        let is_lost = it.effect.is_some_and(|effect| LOSS.contains(&effect));
        (lost + usize::from(is_lost), all + 1)
    })
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
