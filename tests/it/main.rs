//! The integration tests: what the whole tool does, on real servers, over real sockets.

mod bench;
mod clients;
mod layers;
mod mistakes;
mod network;
mod proof;
mod provision;
mod runlog;
