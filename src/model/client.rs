//! The clients that a run may write to.

/// A client that may be written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolClient {
    /// Portal's id of it.
    pub id: String,
    /// Whether it holds no share.
    pub empty: bool,
    /// Whether it may be written to although it holds a share that we did not make, by explicit wish.
    pub adopted: bool,
}

/// What `execute` draws clients from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Supply {
    /// Made-up ids without end.
    Open {
        /// Whether the custodian is known to know any id.
        known: bool,
    },
    /// These.
    Pool(Vec<PoolClient>),
}
