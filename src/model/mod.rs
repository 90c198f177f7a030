//! The nouns: requirement, case, trial, transcript, ledger, finding, report. They know `contract` and
//! `exchange`; no noun knows a verb.

pub mod case;
pub mod cause;
pub mod client;
pub mod finding;
pub mod ledger;
pub mod report;
pub mod requirement;
pub mod transcript;
pub mod trial;
