//! What a custodian of Portal backup shares was asked and answered, and what that says of it: the nouns, the looks at answers,
//! and those verbs of the line that touch neither network nor clock. `load` alone reads files.

pub mod attribute;
mod audited;
pub mod check;
mod conclude;
pub mod contract;
pub mod diagnose;
pub mod diff;
pub mod exchange;
pub mod gate;
mod latency;
pub mod load;
pub mod merge;
pub mod model;
pub mod nearest;
pub mod plan;
pub mod recall;
pub mod rehearsal;

pub use audited::{Findings, audit, with_audit};
pub use conclude::{Observed, conclude, judge_again, report, tool};
