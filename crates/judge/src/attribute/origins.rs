//! Where shares come from that were sent in requests that are none of Portal's: wherever such a share turns up, also at
//! a client of another case, the requirement of its request is to blame.

use crate::model::transcript::Transcript;
use crate::model::trial::{Body, Request};
use std::collections::BTreeMap;

/// The requirement by the number of the share in the run.
#[derive(Clone, Debug, Default)]
pub(super) struct Origins(BTreeMap<u32, String>);

impl Origins {
    /// Of all shares of a run.
    pub(super) fn of<'a>(transcripts: impl Iterator<Item = &'a Transcript>) -> Self {
        let mut all: BTreeMap<u32, Option<String>> = BTreeMap::new();
        for transcript in transcripts {
            let trial = &transcript.trial;
            let steps = trial.script.iter();
            let requests = steps.flat_map(|step| step.action.lanes()).flatten();
            for request in requests {
                let requirement = request.proves.as_ref().unwrap_or(&trial.requirement);
                let blamed = is_odd(request).then(|| requirement.clone());
                for serial in request
                    .carries()
                    .iter()
                    .filter_map(|it| transcript.serial(it))
                {
                    // Of several requests that send one share the first counts.
                    all.entry(serial).or_insert_with(|| blamed.clone());
                }
            }
        }
        let odd = all.into_iter();
        Self(odd.filter_map(|(serial, id)| Some((serial, id?))).collect())
    }

    /// The requirement of the request that sent this share, if that was none of Portal's.
    pub(super) fn get(&self, serial: u32) -> Option<&str> {
        self.0.get(&serial).map(String::as_str)
    }
}

fn is_odd(request: &Request) -> bool {
    matches!(request.body, Body::Raw(_))
}
