//! What makes a finding the same one in the next run: its requirement and its case, whatever the message; and
//! the place that it is pinned to where it names none.

use super::broken::Sighting;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// A webhook's answer stands in no file: this is the one that says how it was asked, where no other is named.
pub(super) const PLACE: &str = "sharecheck.toml";

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
