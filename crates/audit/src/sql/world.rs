//! The database as it stands after the statements so far.

use super::check::Limit;
use super::cursor::Name;
use crate::place::{Lines, Place};
use crate::schema::{Engine, Loss, Reference, Table, Unread};
use std::collections::HashMap;

/// A table, and what is needed to change it further.
#[derive(Clone, Debug)]
pub(super) struct Built {
    /// What is known of it.
    pub(super) table: Table,
    /// Types of the team's own, by the column's key.
    pub(super) types: HashMap<String, String>,
    /// Its checks.
    pub(super) checks: Vec<Check>,
    /// The names of its foreign keys, in the order of the references.
    pub(super) reference_names: Vec<Option<String>>,
    /// What texts in new columns hold, on MySQL.
    pub(super) charset: Option<String>,
    /// How texts in new columns compare, on MySQL.
    pub(super) collation: Option<String>,
    /// SQLite lets null into a primary key, but for tables made so.
    pub(super) strict_key: bool,
    /// The columns whose values an earlier statement copied somewhere, by their keys, with what to.
    pub(super) copied: Vec<String>,
    /// Whether an earlier statement copied rows to another table.
    pub(super) rows_copied: bool,
    /// The part that could not be read and alone tells what its columns are, by its place among these.
    pub(super) unread: Option<usize>,
}

/// A check, by its name.
#[derive(Clone, Debug)]
pub(super) struct Check {
    pub(super) name: Option<String>,
    pub(super) place: Place,
    /// As it was written, on one line.
    pub(super) condition: String,
    /// What it says of which column, by the column's key.
    pub(super) limits: Vec<(String, Limit)>,
}

/// A type that the files make.
#[derive(Clone, Debug)]
pub(super) enum Made {
    /// An enum with its values.
    Enum(Vec<String>),
    /// A domain over another type.
    Domain {
        kind: crate::schema::Kind,
        check: Option<Check>,
        nullable: bool,
    },
    /// A type of several parts, or a range.
    Other,
}

/// A loss before the names are settled.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub(super) place: Place,
    /// The table's slot.
    pub(super) slot: usize,
    pub(super) column: Option<String>,
    pub(super) says: String,
}

/// A unique key that is gone, until one over the same columns comes.
#[derive(Clone, Debug)]
pub(super) struct Gone {
    pub(super) slot: usize,
    pub(super) columns: Vec<String>,
    pub(super) file: usize,
    pub(super) place: Place,
    pub(super) name: Option<String>,
}

/// A statement with where it stands.
#[derive(Clone, Copy)]
pub(super) struct Site<'a> {
    /// The lines of its file.
    pub(super) lines: &'a Lines<'a>,
    /// The byte of the file at which the text in hand begins.
    pub(super) begin: usize,
    /// The number of the file.
    pub(super) file: usize,
    /// Whether what is there already, or missing, stops nothing: `IF NOT EXISTS` around the statement.
    pub(super) guarded: bool,
}

impl Site<'_> {
    /// The place of a byte of the text in hand.
    pub(super) fn at(&self, byte: usize) -> Place {
        self.lines.at(self.begin + byte)
    }
}

/// All that the statements so far made.
pub(super) struct World {
    pub(super) engine: Option<Engine>,
    /// Tables in the order in which they were made; null where one was dropped.
    pub(super) slots: Vec<Option<Built>>,
    /// The names that dropped tables had, for what is said of them.
    pub(super) last_names: Vec<String>,
    pub(super) by_name: HashMap<(Option<String>, String), usize>,
    /// Which table a unique index is on.
    pub(super) indexes: HashMap<String, usize>,
    pub(super) types: HashMap<String, Made>,
    /// Tables that hold no rows of their own schema: partitions, views, virtual and temporary tables.
    pub(super) aside: std::collections::HashSet<String>,
    /// Routines that may change the structure when they are called, with the names in them.
    pub(super) routines: HashMap<String, Vec<String>>,
    /// The schema that names without one lie in; null for the usual one.
    pub(super) namespace: Option<String>,
    /// What a new database holds, on MySQL.
    pub(super) charset: Option<String>,
    pub(super) collation: Option<String>,
    pub(super) losses: Vec<Pending>,
    pub(super) gone: Vec<Gone>,
    pub(super) unread: Vec<Unread>,
    /// Columns that were dropped, with the loss that says so.
    pub(super) dropped: HashMap<(usize, String), usize>,
    /// Tables that were dropped, by name, with the loss that says so.
    pub(super) dropped_tables: HashMap<(Option<String>, String), usize>,
    /// What stands for a table whose rows were copied and which was then dropped.
    pub(super) successors: HashMap<usize, usize>,
}

impl World {
    pub(super) fn new(engine: Option<Engine>) -> Self {
        Self {
            engine,
            slots: Vec::new(),
            last_names: Vec::new(),
            by_name: HashMap::new(),
            indexes: HashMap::new(),
            types: HashMap::new(),
            aside: std::collections::HashSet::new(),
            routines: HashMap::new(),
            namespace: None,
            charset: None,
            collation: None,
            losses: Vec::new(),
            gone: Vec::new(),
            unread: Vec::new(),
            dropped: HashMap::new(),
            dropped_tables: HashMap::new(),
            successors: HashMap::new(),
        }
    }

    pub(super) fn is_postgres(&self) -> bool {
        matches!(self.engine, Some(Engine::PostgreSql | Engine::CockroachDb))
    }

    pub(super) fn is_mysql(&self) -> bool {
        self.engine.is_some_and(Engine::is_mysql)
    }

    /// A name as the database keeps it.
    pub(super) fn fold(&self, name: &Name) -> String {
        if self.is_postgres() && !name.quoted {
            name.text.to_lowercase()
        } else {
            name.text.clone()
        }
    }

    /// What two names share that the database takes for one.
    pub(super) fn key(&self, name: &str) -> String {
        if self.is_postgres() {
            name.to_owned()
        } else {
            name.to_ascii_lowercase()
        }
    }

    /// The key of a name as it was written.
    pub(super) fn key_of(&self, name: &Name) -> String {
        self.key(&self.fold(name))
    }

    /// The schema and the name that a path means.
    pub(super) fn settle(&self, path: &[Name]) -> (Option<String>, String) {
        let (last, before) = path
            .split_last()
            .map_or((None, path), |(a, b)| (Some(a), b));
        let name = last.map(|it| self.fold(it)).unwrap_or_default();
        let namespace = match before.last() {
            None => self.namespace.clone(),
            Some(given) => {
                let given = self.fold(given);
                let usual = match self.engine {
                    Some(Engine::Sqlite) => given.eq_ignore_ascii_case("main"),
                    _ => given.eq_ignore_ascii_case("public"),
                };
                (!usual).then_some(given)
            }
        };
        (namespace, name)
    }

    fn found(&self, path: &[Name]) -> Option<usize> {
        let (namespace, name) = self.settle(path);
        let name = self.key(&name);
        let exact = self.by_name.get(&(namespace, name.clone()));
        // What has no schema may lie in the usual one, though the search path begins with another.
        let usual = || self.by_name.get(&(None, name)).filter(|_| path.len() == 1);
        exact.or_else(usual).copied()
    }

    /// The slot of a table that is there.
    pub(super) fn slot(&self, path: &[Name]) -> Option<usize> {
        self.found(path)
            .filter(|it| self.slots.get(*it).is_some_and(Option::is_some))
    }

    /// The table in a slot.
    pub(super) fn built(&mut self, slot: usize) -> Option<&mut Built> {
        self.slots.get_mut(slot).and_then(Option::as_mut)
    }

    /// Whether the name is one of something that is no table of rows.
    pub(super) fn is_aside(&self, path: &[Name]) -> bool {
        path.last()
            .is_some_and(|it| self.aside.contains(&self.key_of(it)))
    }

    /// A new table, empty.
    pub(super) fn fresh(&self, path: &[Name], place: Place) -> Built {
        let (namespace, name) = self.settle(path);
        Built {
            table: Table {
                name,
                namespace,
                alias: None,
                place,
                columns: Vec::new(),
                open: false,
                keys: Vec::new(),
                references: Vec::new(),
            },
            types: HashMap::new(),
            checks: Vec::new(),
            reference_names: Vec::new(),
            charset: self.charset.clone(),
            collation: self.collation.clone(),
            strict_key: false,
            copied: Vec::new(),
            rows_copied: false,
            unread: None,
        }
    }

    /// Puts a table in a slot of its own.
    pub(super) fn put(&mut self, built: Built) -> usize {
        let slot = self.slots.len();
        let key = self.key(&built.table.name);
        self.by_name
            .insert((built.table.namespace.clone(), key.clone()), slot);
        self.aside.remove(&key);
        for key in &built.table.keys {
            if let Some(name) = &key.name {
                let name = self.key(name);
                self.indexes.insert(name, slot);
            }
        }
        self.last_names.push(built.table.full_name());
        self.slots.push(Some(built));
        slot
    }

    /// The table that a statement is about. One that no file makes is made up, with what is said of it, and is told as that.
    pub(super) fn table_or_part(&mut self, path: &[Name], place: &Place, text: &str) -> usize {
        if let Some(slot) = self.slot(path) {
            return slot;
        }
        let mut built = self.fresh(path, place.clone());
        built.table.open = true;
        let name = built.table.name.clone();
        self.unread.push(Unread {
            place: place.clone(),
            excerpt: super::lex::excerpt(text),
            why: format!("no file before it makes the table {name}"),
            names: vec![name],
        });
        self.put(built)
    }

    /// What could not be read.
    pub(super) fn miss(&mut self, place: Place, text: &str, why: &str, inside: bool) {
        self.unread.push(Unread {
            place,
            excerpt: super::lex::excerpt(text),
            why: why.to_owned(),
            names: super::lex::identifiers(text, self.engine, inside),
        });
    }

    /// Notes a loss.
    pub(super) fn lose(&mut self, slot: usize, column: Option<&str>, place: Place, says: String) {
        self.losses.push(Pending {
            place,
            slot,
            column: column.map(str::to_owned),
            says,
        });
    }

    /// Adds a reference.
    pub(super) fn add_reference(&mut self, slot: usize, name: Option<String>, it: Reference) {
        if let Some(built) = self.built(slot) {
            built.table.references.push(it);
            built.reference_names.push(name);
        }
    }

    /// The losses with the names that the tables have at the end.
    pub(super) fn settled_losses(&mut self) -> Vec<Loss> {
        let losses = std::mem::take(&mut self.losses);
        losses
            .into_iter()
            .map(|it| {
                let mut slot = it.slot;
                let mut steps = 0;
                while let Some(next) = self.successors.get(&slot).filter(|_| steps < 10_000) {
                    slot = *next;
                    steps += 1;
                }
                let table = match self.slots.get(slot) {
                    Some(Some(built)) => built.table.full_name(),
                    Some(None) | None => self.last_names.get(slot).cloned().unwrap_or_default(),
                };
                Loss {
                    place: it.place,
                    table,
                    column: it.column,
                    says: it.says,
                }
            })
            .collect()
    }
}
