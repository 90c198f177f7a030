//! Holds a custodian of Portal backup shares against the multi-backup contract.
//!
//! The line is `load → plan → provision → execute → attribute → gate → render`: see [`pipeline`] for the verbs,
//! [`model`] for the nouns, [`check`] for what may be demanded, [`render`] for the forms of a report. What touches nothing is
//! the package `sharecheck-judge`, and stands here under the same names.

pub mod app;
pub mod built_in;
pub mod hook;
pub mod http;
pub mod pipeline;
pub mod proof;
pub mod rehearse;
pub mod render;
pub mod user_share;
pub mod users;

pub use sharecheck_audit as audit;
pub use sharecheck_judge::{check, contract, exchange, model, nearest, rehearsal};
pub use sharecheck_portal as portal;
pub use sharecheck_reference as reference;
