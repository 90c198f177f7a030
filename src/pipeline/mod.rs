//! The verbs, a file each, in the order in which they run. No stage but this file knows another.

pub mod execute;
pub mod gate;
pub mod judge;
pub mod load;
pub mod plan;
pub mod provision;
