//! Why nothing was done.

use crate::exchange::Trouble;

/// Why nothing was done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The Portal has no such client.
    #[error(
        "there is no client {0}: make one with POST /api/v3/custodians/me/clients, or name it with --client-id"
    )]
    UnknownClient(String),
    /// The client has no wallet.
    #[error("client {0} has no wallet: make one first")]
    NoWallet(String),
    /// The method cannot be one that an app names.
    #[error("{0:?} is no backup method of an app: name it without a curve, such as GDRIVE")]
    Method(String),
    /// The client holds what could be somebody's share.
    #[error(
        "client {0} holds a share that this tool did not make: nothing was written. Take another client"
    )]
    Foreign(String),
    /// It cannot be seen what the client holds.
    #[error(
        "it cannot be seen whether client {client} holds a share, for its fetch was answered with {what}: nothing was \
         written. Take a client that this Portal has made"
    )]
    Unseen {
        /// The client's id.
        client: String,
        /// What came in place of shares.
        what: String,
    },
    /// The custodian cannot be reached.
    #[error("cannot reach the custodian: {0}")]
    Unreachable(Trouble),
}
