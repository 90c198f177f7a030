//! What was heard of backups: each request that tells of a user share, whatever it was answered.

use std::time::Instant;

use crate::client::Progress;

/// A request that tells Portal of a user share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// When its body was whole.
    pub at: Instant,
    /// Which endpoint it went to.
    pub via: Via,
    /// Whose key it came with.
    pub bearer: Bearer,
    /// What it says of the user share: that it was stored, or that it could not be. Nothing where it cannot be read, or
    /// tells of the key alone.
    pub success: Option<bool>,
    /// How far the pairs have come by what it says; of [`Via::Pairs`] only.
    pub progress: Option<Progress>,
    /// The backup method as it was told; of [`Via::Pairs`] that of the pairs, where they are known and have one.
    pub method: Option<String>,
    /// The pairs that it names; of [`Via::Pairs`] only.
    pub pair_ids: Vec<String>,
    /// The status that it is answered with; 0 where no answer comes.
    pub status: u16,
}

/// An endpoint that takes such requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Via {
    /// `PUT /api/v1/clients/me/wallet/stored-client-backup-share`.
    V1,
    /// `PUT /api/v2/clients/me/wallet/stored-client-backup-share`.
    V2,
    /// `PATCH /api/v3/clients/me/backup-share-pairs`.
    Pairs,
}

impl Via {
    /// Its path.
    pub fn path(self) -> &'static str {
        match self {
            Self::V1 => "/api/v1/clients/me/wallet/stored-client-backup-share",
            Self::V2 => "/api/v2/clients/me/wallet/stored-client-backup-share",
            Self::Pairs => "/api/v3/clients/me/backup-share-pairs",
        }
    }
}

/// Whose key a request came with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Bearer {
    /// A client's API key or session token; the client's id.
    Client(String),
    /// The custodian's own key.
    Custodian,
    /// Somebody's who is not known here: a few digits that tell one key from another and are of no use elsewhere.
    Unknown(String),
    /// There was none.
    None,
}
