//! Looks at what stands behind a custodian's webhooks and changes nothing: the database, its schema, the versions of the
//! SDK, and the source of backends and apps.
//!
//! Whatever a structure was read from, it becomes one `schema::Schema`; `role` works out which of its tables keep shares.
//! Each requirement that is asked of it is answered by a `finding::Finding`, which names the place that shows it.

pub mod code;
pub mod finding;
pub mod judge;
pub mod live;
pub mod look;
pub mod mend;
pub mod place;
pub mod prisma;
pub mod report;
pub mod role;
pub mod schema;
pub mod sql;
pub mod target;
pub mod walk;
