//! What the devices of an app's users keep: the wallet, and for each backup the key of its user share, which in a real app
//! lies in the user's own cloud.

use crate::contract::wallet::{Curve, Wallet};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// So many backups of a client are remembered; of more the oldest is forgotten.
const BACKUPS: usize = 256;

/// The devices of all clients.
#[derive(Debug, Default)]
pub(super) struct Devices(Mutex<HashMap<String, Arc<tokio::sync::Mutex<Device>>>>);

impl Devices {
    /// That of one client. Whoever holds its lock is the only one that does anything with it.
    pub(super) fn of(&self, client: &str) -> Arc<tokio::sync::Mutex<Device>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(client.to_owned()).or_default())
    }
}

/// What one device keeps.
#[derive(Debug, Default)]
pub(super) struct Device {
    pub(super) wallet: Option<Wallet>,
    /// Whether it was seen that the client holds nobody's share.
    pub(super) is_looked_at: bool,
    /// In the order in which they were made.
    pub(super) backups: Vec<Past>,
}

/// A backup that was made.
#[derive(Clone, Debug)]
pub(super) struct Past {
    /// The number of the sealed text.
    pub(super) serial: u32,
    /// The method, without a curve.
    pub(super) method: String,
    /// The curves that it is of.
    pub(super) curves: Vec<Curve>,
    /// Portal's ids of it.
    pub(super) pair_ids: Vec<String>,
}

impl Device {
    /// The latest backup by a method.
    pub(super) fn latest(&self, method: &str) -> Option<&Past> {
        self.backups.iter().rev().find(|it| it.method == method)
    }

    pub(super) fn remember(&mut self, backup: Past) {
        if self.backups.len() >= BACKUPS {
            self.backups.remove(0);
        }
        self.backups.push(backup);
    }
}
