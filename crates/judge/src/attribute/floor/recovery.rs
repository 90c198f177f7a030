//! Recoveries: both halves of a wallet, and whether they belong together.

use super::client::Happened;
use super::{Asked, Walker, words};
use crate::contract::wallet::{Curve, UserHalf};
use crate::model::effect::Effect;
use crate::model::finding::{Finding, Subject};
use crate::model::trial::{Body, Recovery};

impl<'a> Walker<'a> {
    /// A recovery, the step with this index.
    pub(super) fn recover(&mut self, step: usize, recovery: &'a Recovery, group: &[Asked<'a>]) {
        let client = &recovery.requests[0].client;
        let user = self.users.entry(client.clone()).or_default();
        user.recovers = !recovery.free;
        for asked in group {
            self.request(*asked);
        }
        self.users.entry(client.clone()).or_default().recovers = false;
        let outcome = self.transcript.recovered.iter().find(|it| it.step == step);
        if let (Some(outcome), Some((at, request, exchange))) = (outcome, group.last()) {
            let halves = &outcome.halves;
            // What is wrong with one half already is not told of both.
            let mut labels = vec![&recovery.backup];
            let backup = self.transcript.trial.backups.get(&recovery.backup);
            labels.extend(backup.into_iter().flat_map(|it| it.shares.values()));
            let told = self.seen.all.iter().any(|it| {
                let subject = it.finding.as_ref().and_then(|it| it.subject.as_ref());
                let label = subject.and_then(|it| it.share.as_ref());
                let own = it.at == *at || label.is_some_and(|it| labels.contains(&it));
                it.effect.is_some() && own
            });
            // Nor is what may never have been there.
            let unsure = !self.seen.gaps.is_empty();
            if !halves.is_whole(&recovery.curves) && !told && !unsure && !recovery.free {
                let method = match &request.body {
                    Body::UserFetch { method, .. } => method.clone(),
                    Body::Store { .. }
                    | Body::Fetch { .. }
                    | Body::Raw(_)
                    | Body::UserStore { .. } => String::new(),
                };
                let (code, why) = why(halves.user_half, &halves.parted);
                let message = format!("the wallet cannot be recovered by {method}: {why}");
                let curves: Vec<&str> = recovery.curves.iter().map(|it| it.name()).collect();
                let expected = format!("{} put together again", curves.join(" and "));
                let finding = Finding {
                    subject: Some(Subject {
                        client: client.clone(),
                        share: Some(recovery.backup.clone()),
                        method: Some(method),
                    }),
                    ..words::finding(code, &message, &expected, *at, exchange)
                };
                let proves = Some(self.proves(request));
                self.direct(Effect::Parted, proves, finding);
            }
            self.happened(client, exchange, Happened::Recovered);
        }
        self.users.entry(client.clone()).or_default().recovered = true;
    }
}

/// A code and a clause for halves that do not fit.
fn why(user_half: UserHalf, parted: &[Curve]) -> (&'static str, String) {
    match user_half {
        UserHalf::Missing => (
            "user-half-missing",
            "the user's half does not come back".to_owned(),
        ),
        UserHalf::Misfit => (
            "user-half-misfit",
            "the user's half that comes back is of another backup".to_owned(),
        ),
        UserHalf::Opened => {
            let curves: Vec<&str> = parted.iter().map(|it| it.name()).collect();
            let why = format!(
                "no custodian share fits the user's half ({})",
                curves.join(", ")
            );
            ("custodian-half-missing", why)
        }
    }
}
