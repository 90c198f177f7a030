//! Everything that a custodian does in its own way.

use super::fault::Fault;

/// The faults of a custodian.
#[derive(Clone, Debug, Default)]
pub(super) struct Behaviour {
    faults: Vec<Fault>,
}

impl Behaviour {
    /// Of a custodian with these faults.
    pub(super) fn new(faults: &[Fault]) -> Self {
        Self {
            faults: faults.to_vec(),
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
}
