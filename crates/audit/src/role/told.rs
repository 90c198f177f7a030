//! What the configuration tells of the tables, and whether the database has it.

use super::Kind;
use serde::Deserialize;

/// What a team has told of its database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Told {
    /// What is audited where the command line names nothing, in place of the current folder.
    #[serde(default)]
    pub targets: Vec<String>,
    /// Where custodian shares are kept.
    pub custodian_share: Option<ToldKeeping>,
    /// Where user shares are kept.
    pub user_share: Option<ToldKeeping>,
    /// Where users are kept.
    pub users: Option<ToldUsers>,
}

impl Told {
    /// What is told of this kind of share.
    pub fn keeping(&self, kind: Kind) -> Option<&ToldKeeping> {
        match kind {
            Kind::Custodian => self.custodian_share.as_ref(),
            Kind::User => self.user_share.as_ref(),
        }
    }
}

/// Where one kind of share is kept. A column may be a path into JSON: `payload.share`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ToldKeeping {
    /// The table's name, with its schema where that is not the usual one.
    pub table: Option<String>,
    /// The column that tells whose share it is.
    pub user: Option<String>,
    /// The column of the backup method.
    pub method: Option<String>,
    /// The column of the curve, where the method stands in two.
    pub curve: Option<String>,
    /// The column of the share, or of the cipher text.
    pub share: Option<String>,
    /// The column of the time at which the row was written.
    pub created: Option<String>,
    /// Where one table keeps both kinds: the column that tells them apart, and its value for this kind, as `kind=CUSTODIAN`.
    pub only: Option<String>,
    /// True where they are kept somewhere that is not looked at: then nothing is missing.
    #[serde(default)]
    pub elsewhere: bool,
}

/// Where users are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ToldUsers {
    /// The table's name, with its schema where that is not the usual one.
    pub table: String,
    /// The column of the id that Portal knows a client by.
    pub client_id: Option<String>,
    /// The column of the client's key for Portal's API.
    pub client_api_key: Option<String>,
}

/// Something told that is not in the database.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotThere {
    /// No such table.
    #[error("[{section}] names the table {table}, which is not there; there are {there}")]
    Table {
        /// Where it is told.
        section: &'static str,
        /// The name that was told.
        table: String,
        /// Some of the names that there are.
        there: String,
    },
    /// No such column.
    #[error("[{section}] names the column {column} of {table}, which is not there; it has {there}")]
    Column {
        /// Where it is told.
        section: &'static str,
        /// The name that was told.
        column: String,
        /// The table.
        table: String,
        /// The columns that there are.
        there: String,
    },
}
