//! The integration tests: what the whole tool does, on real servers, over real sockets.

#![expect(
    clippy::unwrap_used,
    reason = "what a test helper cannot unwrap, fails the test"
)]

mod audit;
mod bench;
mod browser;
mod clients;
mod diagnosis;
mod diff;
mod doctor;
mod first_screen;
mod freedoms;
mod green;
mod guard;
mod help;
mod history;
mod invariants;
mod judge;
mod known;
mod layers;
mod merge;
mod migration;
mod mistakes;
mod names;
mod network;
mod portal;
mod proof;
mod provision;
mod readme;
mod rehearse;
mod remedies;
mod repeat;
mod reports;
#[cfg(unix)]
mod restart;
mod runlog;
mod secrets;
mod selftest;
mod serve;
mod servers;
mod snapshot;
mod user_share;
mod wallet_guards;
mod wallets;
