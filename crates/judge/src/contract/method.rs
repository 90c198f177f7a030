//! The backup methods that the sources name. The set is open: a custodian takes any other text too.

/// The eight methods that the migration guide documents.
pub const DOCUMENTED: [&str; 8] = [
    "GDRIVE-SECP256K1",
    "ICLOUD-SECP256K1",
    "PASSWORD-SECP256K1",
    "PASSKEY-SECP256K1",
    "GDRIVE-ED25519",
    "ICLOUD-ED25519",
    "PASSWORD-ED25519",
    "PASSKEY-ED25519",
];

/// The four methods without a curve, as the page on self-managed backups has them.
pub const BARE: [&str; 4] = ["GDRIVE", "ICLOUD", "PASSWORD", "PASSKEY"];

/// The method under which a share counts that came without one.
pub const UNKNOWN: &str = "UNKNOWN";

/// The form in which two methods meet that differ only in case or in outer white space.
pub fn folded(method: &str) -> String {
    method.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_method_is_a_bare_one_with_a_curve() {
        for method in DOCUMENTED {
            let (bare, curve) = method.split_once('-').unwrap();
            assert!(BARE.contains(&bare));
            assert!(["SECP256K1", "ED25519"].contains(&curve));
        }
    }
}
