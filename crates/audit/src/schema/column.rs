//! A column: its type, what it may hold, and what it holds if nobody says.

use crate::place::Place;

/// A column of a table, or a field of a collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The name in the database.
    pub name: String,
    /// What the schema file calls it, where that is another name.
    pub alias: Option<String>,
    /// Where it is made, or was given the type that it has.
    pub place: Place,
    /// What it holds.
    pub kind: Kind,
    /// The type as it was written, or as the catalogue has it: `varchar(191)`.
    pub spelled: String,
    /// Whether it may hold no value at all.
    pub nullable: bool,
    /// What it holds where nothing was given; null where there is no default.
    pub default: Option<Default>,
    /// How its texts are compared; null where that is not said or not known.
    pub collation: Option<Collation>,
    /// The characters that it can hold; null where that is not said or not known.
    pub charset: Option<Charset>,
    /// What confines its values beyond the type: a check, a domain, a validator.
    pub closed: Option<Closed>,
    /// Whether the database computes it from others.
    pub generated: bool,
}

impl Column {
    /// Whether one value of it holds several things: a list, or JSON under a name in the plural.
    pub fn holds_several(&self) -> bool {
        match self.kind {
            Kind::List(_) => true,
            Kind::Json => self.name.ends_with(['s', 'S']),
            Kind::Text(_)
            | Kind::Enum(_)
            | Kind::Bytes(_)
            | Kind::Uuid
            | Kind::Integer
            | Kind::Time
            | Kind::Boolean
            | Kind::Other => false,
        }
    }
}

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text, up to this width; null where it has no limit that the engine enforces.
    Text(Option<Width>),
    /// One of a list of values that the type names.
    Enum(Vec<String>),
    /// JSON, parsed or as text that must be JSON.
    Json,
    /// Bytes, up to this width.
    Bytes(Option<Width>),
    /// A UUID.
    Uuid,
    /// A whole number.
    Integer,
    /// A time, or a day.
    Time,
    /// True or false.
    Boolean,
    /// Several values in one column.
    List(Box<Kind>),
    /// Anything else, or any kind at all, as in a collection.
    Other,
}

/// How much a column takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Width {
    /// The most that it takes.
    pub most: u64,
    /// Of what.
    pub unit: Unit,
}

/// What a width counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Bytes of the stored text.
    Bytes,
    /// Characters, however many bytes each takes.
    Characters,
}

/// What a column holds where nothing was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Default {
    /// This text.
    Text(String),
    /// What an expression gives, as it was written.
    Expression(String),
}

/// How texts are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collation {
    /// Its name.
    pub name: String,
    /// Whether it tells `A` from `a`; null where that is not known.
    pub tells_case: Option<bool>,
    /// Whether it takes a trailing space for nothing; null where that is not known.
    pub pads: Option<bool>,
}

/// The characters that a column can hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charset {
    /// Its name.
    pub name: String,
    /// Whether it holds every character of Unicode: MySQL's `utf8mb3` and `latin1` do not.
    pub whole: bool,
}

/// What confines a column's values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// Where that is written.
    pub place: Place,
    /// The condition, as it was written, on one line.
    pub condition: String,
    /// The values that it lets in; empty where it is no plain list, such as a pattern or a length.
    pub values: Vec<String>,
}
