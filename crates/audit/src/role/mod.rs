//! Which table is which: where custodian shares, user shares and users are kept, worked out on evidence or told.

mod candidate;
mod column;
mod left;
mod named;
mod recognise;
mod told;
mod users;
mod word;

pub(crate) use column::looks_like_method;
pub use recognise::{Recognised, recognise};
pub use told::{NotThere, Told, ToldKeeping, ToldUsers};
pub(crate) use word::words;

/// What the tables of a database are for, as far as that could be worked out or was told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    /// Where custodian shares are kept in rows of their own.
    pub custodian: Option<Keeping>,
    /// Where user shares are kept in rows of their own.
    pub user: Option<Keeping>,
    /// Where users are kept.
    pub users: Option<Users>,
    /// Columns of v5 that still hold a share: one a user.
    pub left: Vec<Left>,
}

/// A kind of share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The custodian's: what the webhooks store and give back.
    Custodian,
    /// The user's: the cipher text that the app hands to the custodian's own endpoint.
    User,
}

impl Kind {
    /// As messages name it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Custodian => "custodian shares",
            Self::User => "user shares",
        }
    }

    /// Its section in the configuration.
    pub fn section(self) -> &'static str {
        match self {
            Self::Custodian => "audit.custodian-share",
            Self::User => "audit.user-share",
        }
    }
}

/// A table that keeps a row a share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keeping {
    /// Of which kind.
    pub kind: Kind,
    /// The table's full name.
    pub table: String,
    /// Whose share it is: the client id, or what refers to a user. Null where no column tells.
    pub user: Option<Path>,
    /// Under which method.
    pub method: Method,
    /// The share, or the cipher text. Null where no column tells.
    pub share: Option<Path>,
    /// When the row was written. Null where no column tells.
    pub created: Option<Path>,
    /// The column that tells the kinds of share apart where one table keeps both, and its value for this kind.
    pub only: Option<(String, String)>,
    /// Other columns that tell whose share it is, besides `user`: a client id beside a user's id.
    pub also: Vec<String>,
    /// Why it is taken for that.
    pub evidence: Evidence,
}

/// A column, or a value inside a column that holds JSON or a document.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Path {
    /// The column's name, or a document's field.
    pub column: String,
    /// The keys to follow inside of it.
    pub inside: Vec<String>,
}

impl Path {
    /// A whole column.
    pub fn column(name: impl Into<String>) -> Self {
        Self {
            column: name.into(),
            inside: Vec::new(),
        }
    }
}

impl Keeping {
    /// Whether a column is one of those that tell whose share it is.
    pub fn tells_user(&self, column: &str) -> bool {
        let own = self.user.as_ref().filter(|it| it.inside.is_empty());
        own.is_some_and(|it| it.column == column) || self.also.iter().any(|it| it == column)
    }
}

impl Method {
    /// The places that make it up.
    pub fn paths(&self) -> Vec<&Path> {
        match self {
            Self::Nowhere => Vec::new(),
            Self::Whole(path) => vec![path],
            Self::Parted { name, curve } => vec![name, curve],
        }
    }
}

impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.column)?;
        self.inside.iter().try_for_each(|key| write!(f, ".{key}"))
    }
}

/// Where a share's method stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Method {
    /// Nowhere: one share a user, as in v5.
    Nowhere,
    /// In one place.
    Whole(Path),
    /// Parted in two: the method's name and its curve.
    Parted {
        /// `GDRIVE`.
        name: Path,
        /// `SECP256K1`.
        curve: Path,
    },
}

/// Where users are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Users {
    /// The table's full name.
    pub table: String,
    /// The id that Portal knows the client by. Null where no column tells.
    pub client_id: Option<Path>,
    /// The client's key for Portal's API, where it is kept.
    pub client_api_key: Option<Path>,
    /// Why it is taken for that.
    pub evidence: Evidence,
}

/// A share in a column of its own on the user's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// Of which kind.
    pub kind: Kind,
    /// The table's full name.
    pub table: String,
    /// The column.
    pub share: Path,
    /// The curve that it is for, where there is a column a curve: `ED25519`.
    pub curve: Option<String>,
}

/// Why a table is taken for what it is said to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Each reason as a clause: `its name says custodian and backup share`.
    pub why: Vec<String>,
    /// How much they weigh together.
    pub strength: Strength,
}

/// How sure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strength {
    /// Nobody is accused on it.
    Weak,
    /// By names and columns together.
    Strong,
    /// The configuration says so.
    Told,
    /// Rows that this tool had stored were seen in it.
    Seen,
}
