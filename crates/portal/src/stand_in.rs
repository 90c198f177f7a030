//! What stands for the wallets of a client of which none are known, where a client may have been made elsewhere: a pair for
//! each method that the SDK names, on both curves. A backend that looks up a pair to tell of it finds one.

use std::time::SystemTime;

use crate::client::{Pair, Progress, Wallet};

/// The SDK's own names of methods.
const METHODS: [&str; 7] = [
    "GDRIVE", "ICLOUD", "PASSWORD", "PASSKEY", "FIREBASE", "CUSTOM", "UNKNOWN",
];

const CURVES: [&str; 2] = ["SECP256K1", "ED25519"];

fn id(method: &str, curve: &str) -> String {
    format!("pair-{method}-{curve}")
}

/// The wallets, with every pair waiting for its user share to be told of.
pub(crate) fn wallets() -> Vec<Wallet> {
    let created = SystemTime::now();
    let wallet = |curve: &str| Wallet {
        id: format!("wallet-{curve}"),
        curve: curve.to_owned(),
        pairs: METHODS
            .map(|method| Pair {
                id: id(method, curve),
                method: method.to_owned(),
                progress: Progress::ClientShareKey,
                created,
            })
            .into(),
        created,
    };
    CURVES.map(wallet).into()
}

/// The one method of these pairs, where they are stand-ins.
pub(crate) fn method(pair_ids: &[String]) -> Option<String> {
    let method = METHODS.into_iter().find(|method| {
        let of_method = |it: &String| CURVES.iter().any(|curve| *it == id(method, curve));
        pair_ids.iter().all(of_method)
    });
    method.filter(|_| !pair_ids.is_empty()).map(str::to_owned)
}
