//! The nouns: requirement, case, trial, transcript, ledger, finding, report. They know `contract` and
//! `exchange`; no noun knows a verb.

pub mod act;
pub mod behaviour;
pub mod case;
pub mod cause;
pub mod client;
pub mod difference;
pub mod effect;
pub mod finding;
pub mod history;
pub mod known;
pub mod log;
pub mod price;
pub mod quota;
pub mod rehearsal;
pub mod remedy;
pub mod report;
pub mod requirement;
pub mod residue;
pub mod shard;
pub mod signature;
pub mod transcript;
pub mod trial;
pub mod wallets;
