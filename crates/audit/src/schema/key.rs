//! What makes rows unique, and what a column refers to.

use crate::place::Place;

/// A unique key: a constraint or an index, it makes no difference which.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a way of its own for a key not to hold"
)]
pub struct Key {
    /// Its name; null where the engine makes one up.
    pub name: Option<String>,
    /// Where it is made.
    pub place: Place,
    /// What must differ between two rows, in order.
    pub parts: Vec<Part>,
    /// Whether it is the primary key: none of its columns is null then, whatever they say.
    pub primary: bool,
    /// Whether two nulls are two values: the rule, but for `NULLS NOT DISTINCT` and MongoDB.
    pub nulls_distinct: bool,
    /// The condition under which rows count, if not all do: `WHERE`, `sparse`, `partialFilterExpression`.
    pub only_where: Option<String>,
    /// Whether the engine holds it: false for one whose making failed half way, and for one that is not validated.
    pub valid: bool,
    /// Whether it is looked at only when the transaction ends: `ON CONFLICT` cannot use such a one.
    pub deferrable: bool,
    /// Whether a new row silently replaces the one that it collides with: SQLite's `ON CONFLICT REPLACE`.
    pub replaces: bool,
}

/// A part of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A column, or its first characters only.
    Column {
        /// Its name.
        name: String,
        /// So many characters of it; null for all.
        prefix: Option<u64>,
        /// A collation that this key alone uses, which does not tell case; false where it compares as the column does.
        folds_case: bool,
    },
    /// What an expression gives, as it was written.
    Expression(String),
}

impl Part {
    /// A whole column.
    pub fn column(name: impl Into<String>) -> Self {
        Self::Column {
            name: name.into(),
            prefix: None,
            folds_case: false,
        }
    }

    /// The column's name, if it is one, whole or in part.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Column { name, .. } => Some(name),
            Self::Expression(_) => None,
        }
    }
}

impl Key {
    /// A key over these whole columns that holds for every row.
    pub fn over<'a>(place: Place, columns: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            name: None,
            place,
            parts: columns.into_iter().map(Part::column).collect(),
            primary: false,
            nulls_distinct: true,
            only_where: None,
            valid: true,
            deferrable: false,
            replaces: false,
        }
    }
}

/// A foreign key, or a relation that a schema file tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Where it is made.
    pub place: Place,
    /// The columns that refer.
    pub columns: Vec<String>,
    /// The table that they refer to, by its name in the database.
    pub table: String,
    /// Its columns; empty for its primary key.
    pub to: Vec<String>,
}
