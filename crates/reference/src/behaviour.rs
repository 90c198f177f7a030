//! Everything that a custodian does in its own way.

use super::fault::Fault;
use super::freedom::Freedom;

/// The faults of a custodian, and the freedoms that it takes.
#[derive(Clone, Debug, Default)]
pub(super) struct Behaviour {
    faults: Vec<Fault>,
    freedoms: Vec<Freedom>,
}

impl Behaviour {
    /// Of a custodian with these faults and freedoms.
    pub(super) fn new(faults: &[Fault], freedoms: &[Freedom]) -> Self {
        Self {
            faults: faults.to_vec(),
            freedoms: freedoms.to_vec(),
        }
    }

    /// Whether it has this fault.
    pub(super) fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }

    /// Whether it has any of these faults.
    pub(super) fn has_any(&self, faults: &[Fault]) -> bool {
        faults.iter().any(|fault| self.has(*fault))
    }

    /// Whether it takes this freedom.
    pub(super) fn takes(&self, freedom: Freedom) -> bool {
        self.freedoms.contains(&freedom)
    }
}
