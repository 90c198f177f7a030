//! The integration tests: what the whole tool does, on real servers, over real sockets.

#![expect(
    clippy::unwrap_used,
    reason = "what a test helper cannot unwrap, fails the test"
)]

mod bench;
mod browser;
mod clients;
mod green;
mod known;
mod layers;
mod ledger;
mod migration;
mod mistakes;
mod network;
mod proof;
mod provision;
mod readme;
mod reports;
mod runlog;
mod secrets;
