//! Which clients' wallets were recovered, by which methods: both halves have come, while they were there together.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What has come of the halves of each client.
#[derive(Debug, Default)]
pub(crate) struct Recoveries(Mutex<HashMap<String, Came>>);

#[derive(Debug, Default)]
struct Came {
    /// Whether there is a user share; before that Portal fetches too, to see what it has stored.
    backed_up: bool,
    custodian_half: bool,
    user_half: HashSet<String>,
}

impl Recoveries {
    /// A user share was stored.
    pub(crate) fn backed_up(&self, client: &str) {
        let mut came = self.came();
        came.entry(client.to_owned()).or_default().backed_up = true;
    }

    /// The webhook gave out what it has.
    pub(crate) fn custodian_half_came(&self, client: &str) {
        if let Some(came) = self.came().get_mut(client) {
            came.custodian_half |= came.backed_up;
        }
    }

    /// The user share of this method was given out.
    pub(crate) fn user_half_came(&self, client: &str, method: &str) {
        if let Some(came) = self.came().get_mut(client) {
            came.user_half.insert(method.to_owned());
        }
    }

    /// Whether the wallet was recovered by this method.
    pub(crate) fn were_by(&self, client: &str, method: &str) -> bool {
        let came = self.came();
        let came = came.get(client);
        came.is_some_and(|came| came.custodian_half && came.user_half.contains(method))
    }

    fn came(&self) -> MutexGuard<'_, HashMap<String, Came>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
