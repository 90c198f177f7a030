//! A rehearsal of a deploy: shares for the old version (`seed`), a low load while the new one comes (`load`), and a look at what
//! is left (`look`), with a file that tells each step what was sent before it (`state`). Only well-formed requests are sent,
//! by `custodian`. What it comes to is judged by `sharecheck-judge`, under the same name.

mod compare;
mod custodian;
mod load;
mod look;
mod seed;
pub mod state;
mod until;

pub use compare::{Compared, compare};
pub use custodian::Custodian;
pub use load::{Load, Loaded, load};
pub use look::{Looking, Seen, look, store_aside};
pub use seed::{Seeding, Seeds, role, seed};
pub use until::{Until, Watched};
