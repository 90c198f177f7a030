//! The clients that a run may write to.

use crate::model::trial::Trial;

/// How the reason begins for which a run without clients from its hook cannot test.
pub const NO_CLIENT: &str = "no test client could be had from the provisioning hook";

/// How the reason begins for which a run stops where shares are not to be seen.
pub const UNSEEN: &str = "it cannot be seen";

/// A client that may be written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolClient {
    /// Portal's id of it.
    pub id: String,
    /// Whether it holds no share.
    pub empty: bool,
    /// Whether it may be written to although it holds a share that we did not make, by explicit wish.
    pub adopted: bool,
    /// The one trial that it was made for, by its id, with a share from before the migration.
    pub made_for: Option<String>,
}

impl PoolClient {
    /// Whether it was made for this trial.
    pub fn is_for(&self, trial: &Trial) -> bool {
        self.made_for.as_deref() == Some(trial.id.as_str())
    }
}

/// What `execute` draws clients from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Supply {
    /// Made-up ids without end.
    Open {
        /// Whether the custodian is known to know any id.
        known: bool,
        /// Whether the first look has shown that made-up ids hold nothing, so that none needs a look of its own.
        empty: bool,
    },
    /// These.
    Pool(Vec<PoolClient>),
}
