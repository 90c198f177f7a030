//! Which methods this custodian takes: learned from the shortest trials, so that a trial which may use any method uses
//! one that is taken, and one refused method does not leave everything else undecided.

use crate::contract::method::{BARE, DOCUMENTED};
use crate::model::transcript::Transcript;
use crate::model::trial::{Action, Body, Request, Trial};
use std::collections::{BTreeMap, BTreeSet};

/// What was learned.
#[derive(Debug, Default)]
pub(super) struct Methods {
    /// Method to whether it was taken; nothing stands for a store without one.
    taken: BTreeMap<Option<String>, bool>,
    /// The scouts that are under way.
    scouts: BTreeSet<String>,
}

impl Methods {
    /// Whether trials that may use any method have to wait: a scout is not back. All of them are waited for, or
    /// chance would decide which methods are known to be refused.
    pub(super) fn is_scouting<'a>(&self, mut pending: impl Iterator<Item = &'a Trial>) -> bool {
        !self.scouts.is_empty() || pending.any(|it| scouted(it).is_some())
    }

    /// Whether a trial may begin before that.
    pub(super) fn may_begin(trial: &Trial) -> bool {
        !trial.any_method || scouted(trial).is_some()
    }

    /// A trial has begun.
    pub(super) fn begun(&mut self, trial: &Trial) {
        if scouted(trial).is_some() {
            self.scouts.insert(trial.id.clone());
        }
    }

    /// A trial is over.
    pub(super) fn learn(&mut self, transcript: &Transcript) {
        if !self.scouts.remove(&transcript.trial.id) {
            return;
        }
        let stores = transcript
            .numbered()
            .filter(|(_, request, _)| request.is_plain_store());
        for (_, request, exchange) in stores {
            if let (Body::Store { method, .. }, Some(reply)) = (&request.body, exchange.reply()) {
                self.taken.insert(method.clone(), reply.is_success());
            }
        }
    }

    /// The trial with methods that are taken, where it may use any.
    pub(super) fn applied(&self, mut trial: Trial) -> Trial {
        let refused = |method: &String| self.taken.get(&Some(method.clone())) == Some(&false);
        if !trial.any_method {
            return trial;
        }
        let used = methods_of(&trial);
        let mut free = self
            .taken
            .iter()
            .filter(|(_, taken)| **taken)
            .filter_map(|(method, _)| method.clone())
            .filter(|method| !used.contains(&Some(method.clone())));
        let mut instead: BTreeMap<String, Option<String>> = BTreeMap::new();
        let v5 = self.taken.get(&None) == Some(&true);
        for method in used.iter().flatten().filter(|method| refused(method)) {
            let other = free.next();
            let alone = used.len() == 1 && v5;
            if other.is_some() || alone {
                instead.insert(method.clone(), other);
            }
        }
        if !instead.is_empty() {
            requests(&mut trial).for_each(|request| request.rename(&instead));
        }
        trial
    }
}

/// The method that a trial is only there to try: it stores one share and fetches.
fn scouted(trial: &Trial) -> Option<&Option<String>> {
    let [first, rest @ ..] = &trial.script[..] else {
        return None;
    };
    let Action::Request(store) = &first.action else {
        return None;
    };
    let Body::Store { method, .. } = &store.body else {
        return None;
    };
    let plain = |it: &Action| matches!(it, Action::Request(it) if it.is_plain_fetch());
    let named = method
        .as_deref()
        .is_none_or(|it| DOCUMENTED.contains(&it) || BARE.contains(&it));
    let short = rest.len() <= 1 && rest.iter().all(|step| plain(&step.action));
    let like_portals = trial
        .labels
        .values()
        .all(|shape| *shape == crate::contract::share::Shape::Plain);
    (named && short && like_portals && store.is_plain_store() && !trial.any_method)
        .then_some(method)
}

fn methods_of(trial: &Trial) -> BTreeSet<Option<String>> {
    let steps = trial.script.iter().flat_map(|step| step.action.lanes());
    let stores = steps.flatten().filter_map(|request| match &request.body {
        Body::Store { method, .. } => Some(method.clone()),
        Body::Fetch { .. } | Body::Raw(_) | Body::UserStore { .. } | Body::UserFetch { .. } => None,
    });
    stores.collect()
}

fn requests(trial: &mut Trial) -> impl Iterator<Item = &mut Request> {
    trial.script.iter_mut().flat_map(|step| {
        let requests: Vec<&mut Request> = match &mut step.action {
            Action::Request(request) => vec![request],
            Action::Concurrently(lanes) => lanes.iter_mut().flatten().collect(),
            Action::Recover(recovery) => recovery.requests.iter_mut().collect(),
            Action::Restart | Action::Portal(_) => Vec::new(),
        };
        requests
    })
}
