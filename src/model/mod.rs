//! The nouns: requirement, case, trial, transcript, ledger, finding, report. They know `contract` and
//! `exchange`; no noun knows a verb.

pub mod case;
pub mod cause;
pub mod client;
pub mod finding;
pub mod known;
pub mod ledger;
pub mod log;
pub mod price;
pub mod report;
pub mod requirement;
pub mod residue;
pub mod transcript;
pub mod trial;
