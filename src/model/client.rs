//! The clients that a run may write to.

use crate::model::trial::Trial;

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
    },
    /// These.
    Pool(Vec<PoolClient>),
}
