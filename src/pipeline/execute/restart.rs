//! Restarts of the custodian: those that a case asks for, and the one that is owed after a request that may have spoilt
//! it for everybody until then.

use super::trial::Course;
use super::{Ground, Run};
use crate::exchange::Webhook;
use crate::hook::RestartError;
use crate::model::transcript::CutShort;
use crate::model::trial::{Body, Request};
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the custodian is to be restarted before anybody else uses it.
#[derive(Debug, Default)]
pub(super) struct Owed(AtomicBool);

impl Ground {
    async fn restart(&self) -> Option<Result<(), RestartError>> {
        let restart = self.settings.restart.as_ref()?;
        let restarted = restart.restart(&self.http).await;
        if restarted.is_ok() {
            self.owed.0.store(false, Ordering::Relaxed);
        }
        Some(restarted)
    }
}

impl Course<'_> {
    /// Remembers that a restart is owed, before a request is sent that takes one: an odd store in a case that restarts.
    pub(super) fn owe(&self, request: &Request) {
        let odd = request.webhook == Webhook::Backup && matches!(request.body, Body::Raw(_));
        if odd && self.transcript.trial.restarts() {
            self.ground.owed.0.store(true, Ordering::Relaxed);
        }
    }

    pub(super) async fn restart(&self) -> Result<(), CutShort> {
        let Some(restarted) = self.ground.restart().await else {
            let why = "no restart command was given (--restart)";
            return Err(CutShort::NotApplicable(why.to_owned()));
        };
        restarted
            .map_err(|error| CutShort::Environment(self.ground.redactor.whole(&error.to_string())))
    }
}

impl Run<'_> {
    /// Restarts the custodian where a case that was to do so ended before it came to that, unless a second signal says
    /// not to wait for it.
    pub(super) async fn settle(&self) {
        if !self.ground.owed.0.load(Ordering::Relaxed) {
            return;
        }
        tokio::select! {
            // What is wrong with the command was told where the case asked for it.
            _ = self.ground.restart() => {}
            () = self.brake.wait_twice() => {}
        }
    }
}
