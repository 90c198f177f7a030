//! What is known of a database's structure, in one form wherever it was read: from a live catalogue, from Prisma
//! schemas, or from SQL files replayed in order.

mod column;
mod key;

pub use column::{Charset, Closed, Collation, Column, Default, Kind, Unit, Width};
pub use key::{Key, Part, Reference};

use crate::place::Place;

/// The tables of one database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema {
    /// Which database it is for; null where nothing tells.
    pub engine: Option<Engine>,
    /// The tables that hold rows themselves: no views.
    pub tables: Vec<Table>,
    /// What could not be read, with the names that stand in it.
    pub unread: Vec<Unread>,
    /// What the way to this state loses, in the order of the files; empty for a live database.
    pub losses: Vec<Loss>,
}

impl Schema {
    /// The table of this name: its full one, the one in the database, or that of the schema file. Case counts for
    /// nothing where no other differs in it alone.
    pub fn table(&self, name: &str) -> Option<&Table> {
        let all = || self.tables.iter();
        let full = all().find(|it| it.full_name() == name);
        let exact = full.or_else(|| all().find(|it| it.is_called(name)));
        let mut folded = all().filter(|it| it.name.eq_ignore_ascii_case(name));
        exact.or_else(|| folded.next().filter(|_| folded.next().is_none()))
    }
}

/// A database's engine: what decides what a type means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Engine {
    /// PostgreSQL.
    PostgreSql,
    /// MySQL.
    MySql,
    /// MariaDB.
    MariaDb,
    /// SQLite.
    Sqlite,
    /// MongoDB.
    MongoDb,
    /// `CockroachDB`, which speaks PostgreSQL's language.
    CockroachDb,
    /// Microsoft SQL Server, known from Prisma schemas only.
    SqlServer,
}

impl Engine {
    /// As its makers write it.
    pub fn words(self) -> &'static str {
        match self {
            Self::PostgreSql => "PostgreSQL",
            Self::MySql => "MySQL",
            Self::MariaDb => "MariaDB",
            Self::Sqlite => "SQLite",
            Self::MongoDb => "MongoDB",
            Self::CockroachDb => "CockroachDB",
            Self::SqlServer => "SQL Server",
        }
    }

    /// Whether it speaks MySQL's language.
    pub fn is_mysql(self) -> bool {
        matches!(self, Self::MySql | Self::MariaDb)
    }
}

/// A table, or a collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The name in the database.
    pub name: String,
    /// The schema that it lies in, where that is not the usual one of its engine.
    pub namespace: Option<String>,
    /// What the schema file calls it, where that is another name.
    pub alias: Option<String>,
    /// Where it is made.
    pub place: Place,
    /// Its columns, or the fields that are known of a collection.
    pub columns: Vec<Column>,
    /// Whether rows may hold more than these columns, as in a collection without a closed schema.
    pub open: bool,
    /// What makes rows unique, the primary key among them.
    pub keys: Vec<Key>,
    /// What its columns refer to.
    pub references: Vec<Reference>,
}

impl Table {
    /// As messages name it: with its schema where that is not the usual one.
    pub fn full_name(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("{namespace}.{}", self.name),
            None => self.name.clone(),
        }
    }

    /// Whether this is its name in the database or in the schema file.
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.alias.as_deref() == Some(name)
    }

    /// The column of this name, or with this alias.
    pub fn column(&self, name: &str) -> Option<&Column> {
        let named = |it: &&Column| it.name == name || it.alias.as_deref() == Some(name);
        let exact = self.columns.iter().find(named);
        let mut folded = self
            .columns
            .iter()
            .filter(|it| it.name.eq_ignore_ascii_case(name));
        exact.or_else(|| folded.next().filter(|_| folded.next().is_none()))
    }
}

/// A part of a file that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Where it begins.
    pub place: Place,
    /// Its beginning, on one line.
    pub excerpt: String,
    /// Why it could not be read.
    pub why: String,
    /// Every identifier that stands in it: no table that is named here may pass.
    pub names: Vec<String>,
}

/// What a step on the way to the last state loses, or leaves open for as long as the deploy stands at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// The statement.
    pub place: Place,
    /// The table that it touches, by its last name.
    pub table: String,
    /// The column that it touches; null where it is the table or its rows.
    pub column: Option<String>,
    /// What is lost, as a sentence without a full stop.
    pub says: String,
}
