//! The integration tests: what the whole tool does, on real servers, over real sockets.

mod layers;
mod network;
mod proof;
