//! The audit of live databases against real servers: each is started once, for itself, on a port of loopback, and ends with
//! the tests. A server that is not installed fails its tests; `scripts/test` installs them, or names what it skips.

#![expect(
    clippy::unwrap_used,
    reason = "what a test helper cannot unwrap, fails the test"
)]

mod databases;
