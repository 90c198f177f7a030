//! What was there at the end of the run, as a case of its own: no case alone shows that a share is kept while others
//! are served.

use super::Tried;
use crate::model::effect::{Condition, Effect};
use crate::model::finding::{Check, Status};
use crate::model::report::CaseResult;
use crate::model::requirement::Requirements;
use std::collections::BTreeMap;

/// The id under which the look at the end stands among the cases.
pub(in crate::pipeline) const CLOSING: &str = "closing";

/// The result; nothing where nothing was looked at, or the requirement is none of this contract's.
pub(super) fn result(tried: &[Tried<'_>], requirements: &Requirements) -> Option<CaseResult> {
    let contract = tried.first()?.last()?.transcript.trial.contract;
    let rule = |effect: Effect| {
        requirements.iter().find(|it| {
            let mut breaks = it.judged.breaks.iter();
            it.contracts.contains(&contract)
                && breaks
                    .any(|it| it.effects.contains(&effect) && it.when.contains(&Condition::Later))
        })
    };
    let requirement = rule(Effect::Gone)?;
    let attempts = tried.iter().flat_map(|it| &it.attempts);
    let (mut kept, mut missing) = (0_usize, 0_usize);
    for attempt in attempts {
        let later = attempt
            .sightings
            .all
            .iter()
            .filter(|it| it.conditions.contains(&Condition::Later));
        for sighting in later {
            match sighting.effect {
                None => kept += 1,
                Some(_) => missing += 1,
            }
        }
    }
    if kept == 0 || missing > 0 {
        // What is missing is told in the case that had stored it.
        return None;
    }
    let check = Check {
        requirement: requirement.id.clone(),
        level: requirement.level,
        status: Status::Passed,
        code: None,
        message: "every client was fetched once more at the end, and every share was there"
            .to_owned(),
        behind: None,
        expected: None,
        observed: None,
        exchange: None,
        standing: None,
    };
    Some(CaseResult {
        id: CLOSING.to_owned(),
        title: "Every share is still there at the end of the run".to_owned(),
        status: check.status,
        checks: vec![check],
        fresh: false,
        clients: BTreeMap::new(),
        exchanges: Vec::new(),
    })
}
