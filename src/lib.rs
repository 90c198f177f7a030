//! Holds a custodian of Portal backup shares against the multi-backup contract.
//!
//! The line is `load → plan → provision → execute → judge → gate → render`: see [`pipeline`] for the verbs,
//! [`model`] for the nouns, [`check`] for what may be demanded, [`render`] for the forms of a report.

pub mod check;
pub mod contract;
pub mod exchange;
pub mod hook;
pub mod http;
pub mod model;
pub mod nearest;
pub mod pipeline;
pub mod proof;
pub mod reference;
pub mod render;
