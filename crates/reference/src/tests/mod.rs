//! The custodian without a fault, over real connections.

mod operation;
mod users;
mod webhooks;

const M1: &str = "PASSWORD-SECP256K1";
const M2: &str = "PASSWORD-ED25519";
