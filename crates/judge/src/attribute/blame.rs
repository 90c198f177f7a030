//! Which requirement a departure breaks: effect and condition choose it, by what `requirements.toml` says.

use super::chance;
use super::contrast::{Accused, Contrast};
use super::floor::Sighting;
use super::{Attempt, Tried};
use crate::check;
use crate::contract::Contract;
use crate::contract::share::Shape;
use crate::exchange::{Credentials, Webhook};
use crate::model::effect::{Condition, Effect, Look, Question};
use crate::model::finding::Verdict;
use crate::model::report::Frequency;
use crate::model::requirement::{Level, Requirements};
use std::collections::{BTreeMap, BTreeSet};

/// Whether requests of the case ran at once with what was looked at.
pub(super) fn is_racing(sighting: &Sighting) -> bool {
    sighting.conditions.iter().any(|it| it.is_racing())
}

/// Whether it was looked at when the case was long over.
pub(super) fn is_later(sighting: &Sighting) -> bool {
    sighting.conditions.contains(&Condition::Later)
}

/// Whether the custodian was started anew before it was looked at.
pub(super) fn is_after_restart(sighting: &Sighting) -> bool {
    sighting.conditions.contains(&Condition::Restarted)
}

/// Effects by which a share is not there.
pub(super) const LOSS: [Effect; 4] = [
    Effect::Lost,
    Effect::Stale,
    Effect::Gone,
    Effect::Unrecognisable,
];

/// Something that fails by chance, so that a case which rests on it may go well by luck.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Chance {
    question: Question,
    condition: Option<Condition>,
    /// The requirement that it breaks.
    pub(super) requirement: String,
}

impl Chance {
    /// Whether a look is one at it.
    fn is_of(&self, sighting: &Sighting) -> bool {
        self.question == sighting.question && self.comes_with(sighting)
    }

    /// Whether a look rests on it.
    pub(super) fn concerns(&self, sighting: &Sighting) -> bool {
        let shown = self.question == Question::Shown;
        let kept = shown && sighting.question == Question::Kept;
        let asked = self.question == sighting.question || kept;
        asked && self.comes_with(sighting)
    }

    fn comes_with(&self, sighting: &Sighting) -> bool {
        self.condition
            .is_none_or(|it| sighting.conditions.contains(&it))
    }
}

/// What is told of the ends of a custodian's process.
pub(super) enum Deaths<'a> {
    /// The required requirement of whose requests it dies, of several that of the most.
    Of(Option<&'a str>),
    /// It did not come back: nothing but that.
    Final,
}

/// Blames.
#[expect(
    clippy::struct_excessive_bools,
    reason = "what was seen of the run as a whole, each free of the others"
)]
pub(super) struct Blamer<'a> {
    rules: BTreeMap<(Effect, Option<Condition>), &'a str>,
    requirements: &'a Requirements,
    contrast: Contrast,
    /// Whether plain fetches bring shares of other clients.
    mixed_up: bool,
    /// Whether a user who asks for a user share gets somebody else's.
    halves_mixed_up: bool,
    /// Whether shares are lost that are not when the case runs alone.
    loses_under_load: bool,
    /// The requirements that are broken when a case runs alone.
    alone: BTreeSet<String>,
    /// Whether shares are gone once others were served.
    fades: bool,
    /// Whether shares are lost by chance, whatever they take the place of.
    loses_by_chance: bool,
    /// What becomes of every share, also of one like Portal's, by the code of the finding.
    altered: BTreeSet<&'static str>,
    /// What is told of the ends of its process.
    pub(super) deaths: Deaths<'a>,
    /// What fails by chance.
    pub(super) chances: BTreeSet<Chance>,
}

impl<'a> Blamer<'a> {
    /// For a run.
    pub(super) fn of(tried: &[Tried<'_>], requirements: &'a Requirements) -> Self {
        let contract = tried
            .iter()
            .flat_map(|it| &it.attempts)
            .map(|it| it.transcript.trial.contract)
            .next()
            .unwrap_or_default();
        let last = tried.iter().filter_map(Tried::last);
        let placebos = tried.iter().flat_map(|it| &it.placebos);
        let sightings = last.chain(placebos).flat_map(|it| &it.sightings.all);
        let seen = Contrast::of(sightings.filter(|it| !it.faded));
        let mut blamer = Self {
            rules: rules(requirements, contract),
            requirements,
            mixed_up: tried.iter().flat_map(|it| &it.attempts).any(is_mixed_up),
            halves_mixed_up: tried
                .iter()
                .flat_map(|it| &it.attempts)
                .any(gives_others_halves),
            loses_under_load: tried.iter().any(loses_beside_others) && !seen.fails_to_replace(),
            alone: BTreeSet::new(),
            fades: tried.iter().flat_map(|it| &it.attempts).any(fades),
            loses_by_chance: chance::loses(tried) && !seen.fails_to_replace(),
            contrast: seen,
            altered: tried.iter().filter_map(|it| altered(it.last()?)).collect(),
            deaths: Deaths::Of(dies_of(tried, requirements)),
            chances: BTreeSet::new(),
        };
        blamer.alone = blamer.broken_alone(tried);
        blamer.chances = blamer.chances_in(tried);
        blamer
    }

    /// The requirements that a departure breaks; none where no rule speaks of it.
    pub(super) fn blame<'s>(&'s self, sighting: &'s Sighting, effect: Effect) -> Vec<&'s str> {
        let proves = sighting.proves.as_deref();
        let rule = |condition| self.rules.get(&(effect, condition)).copied();
        let ids: Vec<Option<&'s str>> = match effect {
            Effect::Unexpected if self.contrast.shows_by_chance() => {
                vec![self.rules.get(&(Effect::Lost, None)).copied()]
            }
            Effect::Acknowledged | Effect::ShareReturned | Effect::Unexpected | Effect::Parted => {
                vec![proves]
            }
            Effect::Died => match self.deaths {
                Deaths::Final => Vec::new(),
                Deaths::Of(id) => vec![id.or_else(|| rule(None))],
            },
            Effect::Debris => vec![proves.or_else(|| rule(None))],
            Effect::OthersShare => vec![proves.filter(|_| !self.mixed_up).or_else(|| rule(None))],
            Effect::Revived if self.answers_alone(proves) => vec![proves],
            Effect::Revived => vec![proves, rule(None)],
            Effect::UnknownText
            | Effect::UserGivenAway
            | Effect::UserDebris
            | Effect::Untold
            | Effect::Mistold
            | Effect::ToldEarly
            | Effect::ToldInVain
            | Effect::ToldV1
            | Effect::DownHidden
            | Effect::StoreRedirected
            | Effect::FetchRedirected
            | Effect::Shapeless => vec![rule(None)],
            Effect::FetchEmpty if self.contrast.some_fetch_answered() => Vec::new(),
            Effect::StoreRefused
            | Effect::StoreFailed
            | Effect::StoreUnanswered
            | Effect::FetchFailed
            | Effect::FetchEmpty
            | Effect::Lost
            | Effect::Stale
            | Effect::Gone
            | Effect::Doubled
            | Effect::Unrecognisable
            | Effect::UserRefused
            | Effect::UserLost
            | Effect::UserStale
            | Effect::UserSwapped
            | Effect::UserAltered => self.of_condition(sighting, effect),
        };
        let known = |id: &&str| self.requirements.get(id).is_some();
        let mut all: Vec<&'s str> = ids.into_iter().flatten().filter(known).collect();
        all.dedup();
        all
    }

    /// The condition that a departure is put down to, before anything else is weighed.
    pub(super) fn accused(&self, sighting: &Sighting, effect: Effect) -> Option<Condition> {
        self.contrast.accuse(sighting, effect).condition
    }

    /// Whether what a request of this requirement changes is that requirement's matter alone.
    fn answers_alone(&self, proves: Option<&str>) -> bool {
        let requirement = proves.and_then(|id| self.requirements.get(id));
        requirement.is_some_and(|it| it.judged.answers_alone)
    }

    /// What is broken by an effect that rests on what came before.
    fn of_condition<'s>(&'s self, sighting: &'s Sighting, effect: Effect) -> Vec<Option<&'s str>> {
        let shown = effect.question() == Question::UserShown;
        if shown && self.halves_mixed_up {
            return vec![self.rules.get(&(Effect::UserGivenAway, None)).copied()];
        }
        let racing = is_racing(sighting);
        let late = matches!(effect, Effect::Gone | Effect::Doubled);
        // What chance shows, chance hides.
        if (late || sighting.faded) && self.contrast.shows_by_chance() {
            return vec![self.rules.get(&(Effect::Lost, None)).copied()];
        }
        if sighting.faded {
            return vec![self.faded()];
        }
        if self.loses_by_chance && LOSS.contains(&effect) && !is_after_restart(sighting) {
            return vec![self.rules.get(&(Effect::Lost, None)).copied()];
        }
        let wiped = is_later(sighting) && is_after_restart(sighting) && LOSS.contains(&effect);
        let by_restart = (effect, Some(Condition::Restarted));
        if let Some(id) = self.rules.get(&by_restart).filter(|_| wiped) {
            return vec![Some(id)];
        }
        if self.mixed_up && racing && LOSS.contains(&effect) {
            return vec![self.rules.get(&(Effect::OthersShare, None)).copied()];
        }
        let Accused { condition, .. } = self.contrast.accuse(sighting, effect);
        let general = self.rules.get(&(effect, condition)).copied();
        let after = matches!(
            condition,
            Some(Condition::AfterAcknowledged | Condition::AfterRefused | Condition::AfterFailed)
        );
        let proves = sighting.proves.as_deref().filter(|_| after);
        if self.answers_alone(proves) {
            return vec![proves];
        }
        let harm = proves
            .and_then(|id| self.requirements.get(id))
            .and_then(|it| it.judged.loss_counts_for.as_deref());
        vec![harm, proves, general]
    }

    /// The requirement that a departure beside other cases breaks, where the case alone went well.
    pub(super) fn blame_load(&self, sighting: &Sighting, effect: Effect) -> Option<&str> {
        let lost = LOSS.contains(&effect);
        if lost && (self.loses_by_chance || self.contrast.shows_by_chance()) {
            return self.rules.get(&(Effect::Lost, None)).copied();
        }
        if lost && self.contrast.is_by_replacing(sighting) {
            let condition = self.contrast.accuse(sighting, effect).condition;
            return self.rules.get(&(effect, condition)).copied();
        }
        if lost && self.mixed_up {
            return self.rules.get(&(Effect::OthersShare, None)).copied();
        }
        if lost && (sighting.faded || self.fades) {
            return self.faded();
        }
        let of_its_own = !self.loses_under_load && (lost || effect == Effect::Doubled);
        let racing = Condition::RACING
            .into_iter()
            .find(|it| of_its_own && sighting.conditions.contains(it));
        let condition = racing.unwrap_or(Condition::BesideCases);
        self.rules.get(&(effect, Some(condition))).copied()
    }

    /// The requirements that a departure of the attempt that counts breaks: where shares are lost under load, one that
    /// ran beside others and was not seen alone is no proof of what never breaks alone.
    pub(super) fn blame_last<'s>(
        &'s self,
        attempt: &Attempt<'_>,
        sighting: &'s Sighting,
        effect: Effect,
    ) -> Vec<&'s str> {
        let ids = self.blame(sighting, effect);
        let disturbed = sighting.conditions.contains(&Condition::BesideCases);
        let by_load = self.loses_under_load
            && !attempt.transcript.alone
            && LOSS.contains(&effect)
            && (disturbed || !is_later(sighting))
            && !ids.iter().any(|id| self.alone.contains(*id));
        if by_load {
            Vec::from_iter(self.blame_load(sighting, effect))
        } else {
            ids
        }
    }

    fn broken_alone(&self, tried: &[Tried<'_>]) -> BTreeSet<String> {
        let attempts = tried.iter().flat_map(|it| &it.attempts);
        attempts
            .filter(|it| it.transcript.alone)
            .flat_map(|it| it.sightings.departures())
            .flat_map(|(sighting, effect, _)| self.blame(sighting, effect))
            .map(str::to_owned)
            .collect()
    }

    /// The requirement that a share breaks that goes once others were served.
    fn faded(&self) -> Option<&'a str> {
        let by = (Effect::Gone, Some(Condition::Later));
        self.rules.get(&by).copied()
    }

    /// Whether this departure is no departure at all: a fetch that says that nothing is there, and the shares that
    /// are missed speak for themselves.
    pub(super) fn is_told_otherwise(&self, effect: Effect) -> bool {
        effect == Effect::FetchEmpty && self.contrast.some_fetch_answered()
    }

    /// The requirement that speaks for all shares, where a large one comes back no worse than any other.
    pub(super) fn whatever_the_size(&self, code: &str) -> Option<&str> {
        let all = self.altered.contains(code).then_some(Look::Unaltered)?;
        let mut requirements = self.requirements.iter();
        let requirement = requirements.find(|it| it.judged.look == Some(all))?;
        Some(&requirement.id)
    }

    /// Whether no store at all is acknowledged: how the custodian refuses what it must says nothing then.
    pub(super) fn takes_nothing(&self) -> bool {
        self.contrast.takes_nothing()
    }

    /// How often shares were missing, where a case was without one once and had it the other time, and this requirement is to
    /// blame for that.
    pub(super) fn frequency(&self, tried: &[Tried<'_>], id: &str) -> Option<Frequency> {
        let own = || {
            let own = self.chances.iter().filter(|it| it.requirement == id);
            own.filter(|it| matches!(it.question, Question::Shown | Question::Kept))
        };
        own().next().filter(|_| self.loses_by_chance)?;
        let attempts = tried.iter().flat_map(|it| &it.attempts);
        let looks = attempts.flat_map(|it| &it.sightings.all);
        let looks = looks.filter(|it| !is_later(it) && own().any(|chance| chance.is_of(it)));
        let counted = looks.map(|it| Frequency {
            wrong: usize::from(it.effect.is_some()),
            of: 1,
        });
        counted.reduce(Frequency::with)
    }

    fn chances_in(&self, tried: &[Tried<'_>]) -> BTreeSet<Chance> {
        let mut chances = BTreeSet::new();
        for attempt in tried.iter().filter_map(Tried::last) {
            for (sighting, effect, _) in attempt.sightings.departures() {
                if effect.is_direct() || is_later(sighting) {
                    continue;
                }
                let accused = self.contrast.accuse(sighting, effect);
                if !accused.by_chance {
                    continue;
                }
                let weighs = |id: &&&str| self.requirements.level(id) == Level::Required;
                let blamed = self.blame(sighting, effect);
                chances.extend(blamed.last().filter(weighs).map(|id| Chance {
                    question: effect.question(),
                    condition: accused.condition,
                    requirement: (*id).to_owned(),
                }));
            }
        }
        chances
    }
}

fn rules(
    requirements: &Requirements,
    contract: Contract,
) -> BTreeMap<(Effect, Option<Condition>), &str> {
    let mut rules = BTreeMap::new();
    let of_contract = requirements
        .iter()
        .filter(|it| it.contracts.contains(&contract));
    for requirement in of_contract {
        for it in &requirement.judged.breaks {
            for effect in &it.effects {
                if it.when.is_empty() {
                    rules.insert((*effect, None), requirement.id.as_str());
                }
                for condition in &it.when {
                    rules.insert((*effect, Some(*condition)), requirement.id.as_str());
                }
            }
        }
    }
    rules
}

/// The required requirement of whose requests the custodian dies, of several that of the most.
fn dies_of<'a>(tried: &[Tried<'_>], requirements: &'a Requirements) -> Option<&'a str> {
    let departures = || {
        let attempts = tried.iter().filter_map(Tried::last);
        attempts.flat_map(|it| it.sightings.departures())
    };
    let deaths = |id: &str| {
        let of_it = departures().filter(|(sighting, effect, _)| {
            *effect == Effect::Died && sighting.proves.as_deref() == Some(id)
        });
        of_it.count()
    };
    let required = requirements
        .iter()
        .filter(|it| it.level == Level::Required)
        .map(|it| (deaths(&it.id), it.id.as_str()))
        .filter(|(deaths, _)| *deaths > 0);
    // Of as many the first one.
    required
        .rev()
        .max_by_key(|(deaths, _)| *deaths)
        .map(|(_, id)| id)
}

/// Whether a share has gone since others were served.
fn fades(attempt: &Attempt<'_>) -> bool {
    attempt.sightings.all.iter().any(|it| it.faded)
}

/// How a share like Portal's comes back altered, if it does.
fn altered(attempt: &Attempt<'_>) -> Option<&'static str> {
    let plain = |shape: &Shape| *shape == Shape::Plain;
    let all_plain = attempt.transcript.trial.labels.values().all(plain);
    let look = all_plain.then(|| check::look(Look::Unaltered, attempt.transcript));
    match look {
        Some(Verdict::Broken(finding)) => Some(finding.code),
        Some(_) | None => None,
    }
}

/// Whether a user got another's user share who asked for the own one.
fn gives_others_halves(attempt: &Attempt<'_>) -> bool {
    let given = |it: &Sighting| it.effect == Some(Effect::UserGivenAway);
    let all = attempt.sightings.all.iter().filter(|it| given(it));
    let mut sent = all.filter_map(|it| Some(&attempt.transcript.at(it.at)?.sent));
    sent.any(|it| it.webhook == Webhook::UserFetch && it.credentials == Credentials::Own)
}

/// Whether a plain fetch brought shares of another client.
fn is_mixed_up(attempt: &Attempt<'_>) -> bool {
    let mut departures = attempt.sightings.departures();
    departures
        .any(|(sighting, effect, _)| effect == Effect::OthersShare && sighting.proves.is_none())
}

/// Whether a share was lost beside other cases, not in a race of the case's own, and is not alone.
fn loses_beside_others(tried: &Tried<'_>) -> bool {
    let well = tried
        .last()
        .is_some_and(|it| it.transcript.alone && it.sightings.departures().next().is_none());
    let trial = tried.last().map(|it| &it.transcript.trial);
    let mut others = tried.superseded();
    well && others.any(|attempt| {
        let same = trial == Some(&attempt.transcript.trial);
        same && attempt.sightings.departures().any(|(sighting, effect, _)| {
            LOSS.contains(&effect) && !is_racing(sighting) && !is_after_restart(sighting)
        })
    })
}
