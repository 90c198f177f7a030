//! From the last state to a `Schema`: types and checks are settled, and what names a type names the tables that use it.

use super::column::confine;
use super::world::{Built, Made, World};
use crate::schema::{Engine, Kind, Part, Schema, Table, Unread};
use std::collections::HashMap;

/// Types whose making is not seen are told once a table, not once a column.
const WHY: &str = "no file makes the type of the column";

impl World {
    /// The schema at the end.
    pub(super) fn finish(mut self) -> Schema {
        let losses = self.settled_losses();
        let mut users: HashMap<String, Vec<String>> = HashMap::new();
        let mut tables = Vec::new();
        let mut missing = Vec::new();
        let slots = std::mem::take(&mut self.slots);
        for built in slots.into_iter().flatten() {
            for made in built.types.values() {
                let names = users.entry(made.clone()).or_default();
                names.push(built.table.name.clone());
            }
            let unread = built.unread.and_then(|at| self.unread.get_mut(at));
            if let Some(unread) = unread {
                unread.names.push(built.table.name.clone());
            }
            tables.push(self.table(built, &mut missing));
        }
        let mut unread = self.unread;
        unread.append(&mut missing);
        for it in &mut unread {
            let used: Vec<String> = it
                .names
                .iter()
                .filter_map(|name| users.get(name).or_else(|| users.get(&name.to_lowercase())))
                .flatten()
                .cloned()
                .collect();
            it.names.extend(used);
            it.names.sort();
            it.names.dedup();
        }
        Schema {
            engine: self.engine,
            tables,
            unread,
            losses,
        }
    }

    fn table(&self, built: Built, missing: &mut Vec<Unread>) -> Table {
        let mut table = built.table;
        for column in &mut table.columns {
            let key = self.key(&column.name);
            if let Some(made) = built.types.get(&key) {
                match self.types.get(made) {
                    Some(Made::Enum(values)) => {
                        let values = Kind::Enum(values.clone());
                        let list = matches!(column.kind, Kind::List(_));
                        column.kind = if list {
                            Kind::List(Box::new(values))
                        } else {
                            values
                        };
                    }
                    Some(Made::Domain {
                        kind,
                        check,
                        nullable,
                    }) => {
                        column.kind = kind.clone();
                        column.nullable &= nullable;
                        if let Some(check) = check {
                            confine(column, check, "value");
                        }
                    }
                    Some(Made::Other) => {}
                    None => missing.push(Unread {
                        place: column.place.clone(),
                        excerpt: format!("{} {}", column.name, column.spelled),
                        why: format!("{WHY} {}", column.name),
                        names: vec![table.name.clone(), column.name.clone()],
                    }),
                }
            }
            for check in &built.checks {
                confine(column, check, &key);
            }
        }
        if self.engine == Some(Engine::Sqlite) && !built.strict_key {
            loose_primary(&mut table);
        }
        table
    }
}

/// SQLite lets null into a primary key, unless it is one whole number, so that such a key is one like any other.
fn loose_primary(table: &mut Table) {
    let columns: Vec<(String, bool, bool)> = table
        .columns
        .iter()
        .map(|it| {
            (
                it.name.to_lowercase(),
                it.nullable,
                it.kind == Kind::Integer,
            )
        })
        .collect();
    let of = |name: &str| {
        let name = name.to_lowercase();
        columns.iter().find(|it| it.0 == name)
    };
    let rowid = |parts: &[Part]| match parts {
        [one] => one.name().and_then(of).is_some_and(|it| it.2),
        _ => false,
    };
    for key in table.keys.iter_mut().filter(|it| it.primary) {
        if rowid(&key.parts) {
            let name = key.parts.first().and_then(Part::name).map(str::to_owned);
            for column in &mut table.columns {
                if name.as_deref() == Some(&column.name) {
                    column.nullable = false;
                }
            }
            continue;
        }
        let nullable = key
            .parts
            .iter()
            .filter_map(Part::name)
            .filter_map(of)
            .any(|it| it.1);
        if nullable {
            key.primary = false;
        }
    }
}
