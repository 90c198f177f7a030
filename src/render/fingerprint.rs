//! What makes a finding the same one in the next run: its requirement and its case, whatever the message; and
//! the place that it is pinned to.

use super::broken::Sighting;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// Requirements stand in no file of the user's: this is where they stand in ours.
pub(super) const PLACE: &str = "cases/requirements.toml";

/// 32 hexadecimal digits.
pub(super) fn fingerprint(sighting: &Sighting<'_>) -> String {
    let mut hash = Sha256::new();
    hash.update(&sighting.check.requirement);
    hash.update([0]);
    hash.update(&sighting.case.id);
    hash.finalize()
        .iter()
        .take(16)
        .fold(String::new(), |mut out, byte| {
            let _ = write!(out, "{byte:02x}");
            out
        })
}
