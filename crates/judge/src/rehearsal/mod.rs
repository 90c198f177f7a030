//! What a rehearsal has to find again: which shares clients are given (`pattern`), what was sent for one (`book`), what a fetch
//! of it shows (`look`), and what that comes to over all clients (`sums`) and over all requests (`served`), as cases of a
//! report. Pure: the requests are sent elsewhere.

mod book;
mod cases;
mod look;
mod pattern;
mod served;
mod sums;

pub use book::{Book, Step, Stored};
pub use cases::{Case, Told, cases};
pub use look::{Answered, Fault, Looked, Marks, exchange, look};
pub use pattern::{Pattern, Seed};
pub use served::{Request, Served};
pub use sums::Sums;
