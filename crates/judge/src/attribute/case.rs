//! What becomes of each check of a case: failed by what breaks its requirement, undecided behind what breaks another,
//! passed where every premise is whole.

use super::blame::{Blamer, is_after_restart, is_later, is_racing};
use super::environment::Circumstances;
use super::floor::Sighting;
use super::{Attempt, Tried};
use crate::check;
use crate::model::effect::{Condition, Effect, Judging, Look, Question};
use crate::model::finding::{CODES, Check, Evidence, Finding, Status, Verdict};
use crate::model::report::CaseResult;
use crate::model::requirement::{Level, Requirements};
use crate::model::transcript::{CutShort, Transcript};

/// A requirement that is broken, and where it is seen.
struct Broken<'a> {
    requirement: String,
    finding: Finding,
    attempt: &'a Transcript,
}

impl<'a> Broken<'a> {
    fn of(requirement: &str, finding: &Finding, attempt: &Attempt<'a>) -> Self {
        Self {
            requirement: requirement.to_owned(),
            finding: finding.clone(),
            attempt: attempt.transcript,
        }
    }
}

/// The result of a case.
pub(super) fn result(
    tried: &Tried<'_>,
    blamer: &Blamer<'_>,
    circumstances: &Circumstances,
    requirements: &Requirements,
) -> Option<CaseResult> {
    let last = tried.last()?;
    let asker = Asker {
        tried,
        last,
        blamer,
        requirements,
    };
    let excused = circumstances.excuse(last.transcript);
    let cut_short = match &last.transcript.cut_short {
        Some(CutShort::NotApplicable(why)) => Some((Status::Skipped, why.as_str())),
        Some(CutShort::Environment(why)) => Some((Status::Errored, why.as_str())),
        Some(CutShort::NotFresh) => Some((Status::Undecided, "the client has held a share before")),
        Some(CutShort::Unreachable(why)) if last.transcript.exchanges.is_empty() => {
            Some((Status::Errored, why.as_str()))
        }
        Some(CutShort::Ended(_) | CutShort::Unreachable(_)) | None => None,
    };
    let (checks, shown) = match (excused, cut_short) {
        (Some(why), _) => {
            asker.checks(Vec::new(), |id, _| asker.not_run(id, Status::Errored, &why))
        }
        // However short it was cut, what an answer shows alone counts.
        (None, Some((status, why))) => asker.checks(asker.direct(), |id, broken| {
            let seen = broken.iter().find(|it| it.requirement == id);
            match seen {
                Some(it) => asker.check(id, Verdict::Broken(it.finding.clone())),
                None => asker.not_run(id, status, why),
            }
        }),
        (None, None) => asker.checks(asker.broken(), |id, broken| {
            asker.check(id, asker.verdict(id, broken))
        }),
    };
    Some(CaseResult::of(shown, checks))
}

struct Asker<'a, 'b> {
    tried: &'a Tried<'b>,
    last: &'a Attempt<'b>,
    blamer: &'a Blamer<'a>,
    requirements: &'a Requirements,
}

impl<'b> Asker<'_, 'b> {
    /// The answer to a requirement of a case that did not run as it should.
    fn not_run(&self, id: &str, status: Status, why: &str) -> Check {
        self.bare(id, status, Some("not-run"), why.to_owned())
    }

    /// The checks, the case's own requirement first, and the attempt whose exchanges they speak of: `of` gives that of a
    /// requirement which the case names.
    fn checks(
        &self,
        mut broken: Vec<Broken<'b>>,
        of: impl Fn(&str, &[Broken<'b>]) -> Check,
    ) -> (Vec<Check>, &'b Transcript) {
        let shown = self.shown(&broken);
        // Of what several attempts show, the one that is told of comes first.
        broken.sort_by_key(|it| !std::ptr::eq(it.attempt, shown));
        for it in &mut broken {
            if !std::ptr::eq(it.attempt, shown) {
                it.finding.exchange = None;
            }
        }
        let trial = &self.last.transcript.trial;
        let mut checks: Vec<Check> = trial.requirements().map(|id| of(id, &broken)).collect();
        // In the catalogue's order: which of them was seen first may be chance.
        let seen = |id: &str| broken.iter().find(|it| it.requirement == id);
        let others = self.requirements.iter().map(|it| it.id.as_str());
        for (id, it) in others.filter_map(|id| Some((id, seen(id)?))) {
            if !trial.requirements().any(|named| named == id) {
                checks.push(self.check(id, Verdict::Broken(it.finding.clone())));
            }
        }
        (checks, shown)
    }

    /// The attempt whose exchanges are told: one that shows the case's own requirement to be broken, and of those the one that
    /// counts.
    fn shown(&self, broken: &[Broken<'b>]) -> &'b Transcript {
        let last = self.last.transcript;
        let mut own = broken.iter().filter(|it| self.is_own(&it.requirement));
        let counts = own.clone().find(|it| std::ptr::eq(it.attempt, last));
        let first = counts.or_else(|| own.next()).or(broken.first());
        first.map_or(last, |it| it.attempt)
    }

    /// All that is broken: by whatever the attempt that counts shows, by what the answers of any attempt show alone, and
    /// by what goes wrong beside other cases only.
    fn broken(&self) -> Vec<Broken<'b>> {
        let mut broken = Vec::new();
        for (sighting, effect, finding) in self.last.sightings.departures() {
            for id in self.blamer.blame_last(self.last, sighting, effect) {
                broken.push(Broken::of(id, finding, self.last));
            }
        }
        for attempt in self.tried.others() {
            for (sighting, effect, finding) in attempt.sightings.departures() {
                let ids = if effect.is_direct() {
                    self.blamer.blame(sighting, effect)
                } else if self.is_well_alone(attempt) && !is_after_restart(sighting) {
                    Vec::from_iter(self.blamer.blame_load(sighting, effect))
                } else {
                    Vec::new()
                };
                for id in ids {
                    broken.push(Broken::of(id, finding, attempt));
                }
            }
        }
        broken.extend(self.always());
        broken
    }

    /// What is broken by what the answers of any attempt show alone.
    fn direct(&self) -> Vec<Broken<'b>> {
        let mut broken = Vec::new();
        for attempt in std::iter::once(self.last).chain(self.tried.others()) {
            let departures = attempt.sightings.departures();
            for (sighting, effect, finding) in departures.filter(|(_, it, _)| it.is_direct()) {
                for id in self.blamer.blame(sighting, effect) {
                    broken.push(Broken::of(id, finding, attempt));
                }
            }
        }
        broken.extend(self.always());
        broken
    }

    /// What is broken by looks that are taken in every attempt at every case.
    fn always(&self) -> Vec<Broken<'b>> {
        let mut broken = Vec::new();
        let contract = self.last.transcript.trial.contract;
        let always = self
            .requirements
            .iter()
            .filter(|it| it.judged.every_case && it.contracts.contains(&contract));
        for requirement in always {
            for attempt in &self.tried.attempts {
                // Beside others it may be they that kept an answer waiting.
                let counts = requirement.judged.look != Some(Look::InTime)
                    || attempt.transcript.alone
                    || std::ptr::eq(attempt.transcript, self.last.transcript);
                let verdict = counts.then(|| Self::look(&requirement.judged, attempt));
                if let Some(Some(Verdict::Broken(finding))) = verdict {
                    broken.push(Broken::of(&requirement.id, &finding, attempt));
                }
            }
        }
        broken
    }

    /// Whether the very same requests went well when the case ran alone.
    fn is_well_alone(&self, superseded: &Attempt<'_>) -> bool {
        let mut departures = self.last.sightings.departures();
        self.last.transcript.alone
            && !superseded.transcript.alone
            && self.last.transcript.trial == superseded.transcript.trial
            && self.last.sightings.gaps.is_empty()
            && departures.all(|(_, effect, _)| effect.is_direct())
    }

    fn look(judged: &Judging, attempt: &Attempt<'_>) -> Option<Verdict> {
        let look = judged.look?;
        // What a custodian makes of a body that it must refuse has no proper form, and that is the body's matter.
        let made_of_a_bad_body = look == Look::IsArray
            && attempt
                .sightings
                .departures()
                .any(|(_, effect, _)| effect == Effect::Acknowledged);
        let verdict = check::look(look, attempt.transcript);
        (!(made_of_a_bad_body && matches!(verdict, Verdict::Broken(_)))).then_some(verdict)
    }

    /// What a look comes to, save where something else is the reason for what it finds.
    fn weighed(&self, judged: &Judging) -> Option<Verdict> {
        let verdict = Self::look(judged, self.last)?;
        if judged.look? == Look::SecretStatus && self.refuses_the_right_secret() {
            let why = "the right secret is refused in the same way";
            return Some(Verdict::Unknown(why.to_owned()));
        }
        let Verdict::Broken(finding) = &verdict else {
            return Some(verdict);
        };
        let behind = match judged.look? {
            Look::Whole => self.blamer.whatever_the_size(finding.code),
            Look::RaceStatus => self.refused_anyway(finding.exchange),
            Look::SecretStatus | Look::UnusableIs4xx | Look::UnknownClient | Look::EmptyArray
                if self.blamer.takes_nothing() =>
            {
                return Some(Verdict::Unknown("not one store is acknowledged".to_owned()));
            }
            Look::SecretStatus
            | Look::UnusableIs4xx
            | Look::UnknownClient
            | Look::EmptyArray
            | Look::StoreIs200
            | Look::IsJson
            | Look::InTime
            | Look::Unaltered
            | Look::IsArray
            | Look::NoLegacyKey
            | Look::SingleShare
            | Look::NoInternals
            | Look::Capacity
            | Look::FailureTold => None,
        };
        match behind {
            None => Some(verdict),
            Some(id) => Some(Verdict::Blocked {
                why: finding.message.clone(),
                behind: Some(id.to_owned()),
                exchange: finding.exchange,
            }),
        }
    }

    /// Whether a well-formed store with the right secret is answered as a bad secret should be.
    fn refuses_the_right_secret(&self) -> bool {
        let departures = self.last.sightings.departures();
        let mut refused = departures.filter(|(_, effect, _)| *effect == Effect::StoreRefused);
        let status = |at| Some(self.last.transcript.at(at)?.reply()?.status);
        refused.any(|(it, ..)| matches!(status(it.at), Some(401 | 403)))
    }

    /// The required requirement by which a store of a race is refused, whatever runs beside it.
    fn refused_anyway(&self, exchange: Option<usize>) -> Option<&str> {
        let mut departures = self.last.sightings.departures();
        let (sighting, effect, _) = departures.find(|(it, ..)| Some(it.at) == exchange)?;
        let ids = self.blamer.blame_last(self.last, sighting, effect);
        let id = ids.last().copied()?;
        (self.requirements.level(id) == Level::Required).then_some(id)
    }

    fn verdict(&self, id: &str, broken: &[Broken<'_>]) -> Verdict {
        if let Some(it) = broken.iter().find(|it| it.requirement == id) {
            return Verdict::Broken(it.finding.clone());
        }
        let nothing = Judging::default();
        let judged = self.requirements.get(id).map_or(&nothing, |it| &it.judged);
        match self.weighed(judged) {
            None => self.by_course(id, judged),
            Some(Verdict::Kept) if !judged.look_alone && self.is_own(id) => {
                self.by_course(id, judged)
            }
            Some(verdict) => verdict,
        }
    }

    fn is_own(&self, id: &str) -> bool {
        self.last.transcript.trial.requirement == id
    }

    /// The verdict on a requirement that nothing speaks against: kept, if the case went the way that shows it.
    fn by_course(&self, id: &str, judged: &Judging) -> Verdict {
        let sightings = &self.last.sightings;
        let disturbs = |sighting: &Sighting, effect: Effect| {
            let beside = judged.presence && effect == Effect::Doubled;
            // Of requests at once those that failed tell nothing, and the others tell.
            let others = || {
                let mut all = sightings.all.iter();
                all.any(|it| {
                    it.question == sighting.question && it.effect.is_none() && is_racing(it)
                })
            };
            let question = matches!(effect.question(), Question::Taken | Question::Answered);
            let spared = question && is_racing(sighting) && others();
            let later = is_later(sighting);
            !beside && !spared && !later && !self.blamer.is_told_otherwise(effect)
        };
        let mut departures = sightings.departures();
        if let Some((sighting, effect, finding)) =
            departures.find(|(sighting, effect, _)| disturbs(sighting, *effect))
        {
            return Verdict::Blocked {
                why: finding.message.clone(),
                behind: self
                    .blamer
                    .blame_last(self.last, sighting, effect)
                    .last()
                    .map(|it| (*it).to_owned()),
                exchange: finding.exchange,
            };
        }
        if let Some(gap) = sightings.gaps.first() {
            return Verdict::Blocked {
                why: format!("{} ({})", gap.message, gap.observed),
                behind: None,
                exchange: gap.exchange,
            };
        }
        match &self.last.transcript.cut_short {
            Some(CutShort::Ended(why) | CutShort::Unreachable(why)) => {
                return Verdict::Unknown(why.clone());
            }
            Some(CutShort::NotFresh | CutShort::NotApplicable(_) | CutShort::Environment(_))
            | None => {}
        }
        let at_the_end = judged
            .breaks
            .iter()
            .any(|it| it.when.contains(&Condition::Later));
        if self.is_own(id) && at_the_end && !sightings.all.iter().any(is_later) {
            let why = "the client was not looked at again at the end of the run";
            return Verdict::Unknown(why.to_owned());
        }
        if sightings.walked == 0 {
            return Verdict::Unknown("nothing was sent".to_owned());
        }
        let mut chances = self.blamer.chances.iter();
        let by_luck = chances.find(|it| {
            let mut looks = sightings.all.iter().filter(|sighting| !is_later(sighting));
            it.requirement != id && looks.any(|sighting| it.concerns(sighting))
        });
        by_luck.map_or(Verdict::Kept, |it| Verdict::Blocked {
            why: format!(
                "this case went well, but what it rests on fails by chance ({})",
                it.requirement
            ),
            behind: Some(it.requirement.clone()),
            exchange: None,
        })
    }

    fn check(&self, id: &str, verdict: Verdict) -> Check {
        match verdict {
            Verdict::Kept => {
                let statement = self.requirements.get(id).map(|it| it.statement.clone());
                self.bare(id, Status::Passed, None, statement.unwrap_or_default())
            }
            Verdict::Unknown(why) => self.bare(id, Status::Undecided, Some("undecided"), why),
            Verdict::Void(why) => self.bare(id, Status::Skipped, Some("nothing-to-see"), why),
            Verdict::Blocked {
                why,
                behind,
                exchange,
            } => Check {
                behind,
                evidence: exchange.map(Evidence::Exchange),
                ..self.bare(id, Status::Undecided, Some("undecided"), why)
            },
            Verdict::Broken(Finding {
                code,
                message,
                expected,
                observed,
                subject,
                exchange,
            }) => {
                debug_assert!(CODES.contains(&code), "{code} is missing in CODES");
                Check {
                    expected: Some(expected),
                    observed: Some(observed),
                    subject,
                    evidence: exchange.map(Evidence::Exchange),
                    ..self.bare(id, Status::Failed, Some(code), message)
                }
            }
        }
    }

    fn bare(&self, id: &str, status: Status, code: Option<&str>, message: String) -> Check {
        Check {
            requirement: id.to_owned(),
            level: self.requirements.level(id),
            status,
            code: code.map(str::to_owned),
            message,
            behind: None,
            rows: None,
            expected: None,
            observed: None,
            subject: None,
            evidence: None,
            standing: None,
        }
    }
}
