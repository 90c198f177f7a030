//! What the names in a schema stand for: models by the table's name, enums by their values, fields by the column's name.

use super::Found;
use super::block::{Line, Value};
use super::tokens::Token;
use std::collections::{HashMap, HashSet};

/// What each name stands for.
pub(super) struct Names<'a> {
    tables: HashMap<&'a str, &'a str>,
    columns: HashMap<(&'a str, &'a str), &'a str>,
    enums: HashMap<&'a str, Vec<(&'a str, &'a str)>>,
    composites: HashSet<&'a str>,
    views: HashSet<&'a str>,
    unread: HashSet<&'a str>,
}

impl<'a> Names<'a> {
    /// Those of all blocks.
    pub(super) fn of(found: &'a [Found<'a>]) -> Self {
        let mut names = Self {
            tables: HashMap::new(),
            columns: HashMap::new(),
            enums: HashMap::new(),
            composites: HashSet::new(),
            views: HashSet::new(),
            unread: HashSet::new(),
        };
        for it in found {
            names.add(it);
        }
        names
    }

    fn add(&mut self, it: &'a Found<'a>) {
        let block = &it.block;
        let name = block.name.as_str();
        let Ok(lines) = &block.lines else {
            self.unread.insert(name);
            if block.keyword == "model" {
                self.tables.insert(name, name);
            }
            return;
        };
        match block.keyword.as_str() {
            "model" => {
                self.tables
                    .insert(name, mapped(lines, true).unwrap_or(name));
                for line in lines {
                    if let Some(field) = line.words.first().and_then(Token::word) {
                        let column = own_map(line).unwrap_or(field);
                        self.columns.insert((name, field), column);
                    }
                }
            }
            "view" => {
                self.views.insert(name);
            }
            "enum" => {
                let values = lines.iter().filter_map(|line| {
                    let value = line.words.first().and_then(Token::word)?;
                    Some((value, own_map(line).unwrap_or(value)))
                });
                self.enums.insert(name, values.collect());
            }
            "type" => {
                self.composites.insert(name);
            }
            _ => {}
        }
    }

    /// The table of a model.
    pub(super) fn table(&self, model: &str) -> Option<&'a str> {
        self.tables.get(model).copied()
    }

    /// Whether it is a model or a view: a field of this type is no column.
    pub(super) fn is_relation(&self, name: &str) -> bool {
        self.tables.contains_key(name) || self.views.contains(name)
    }

    /// Whether it is a type inside of documents.
    pub(super) fn is_composite(&self, name: &str) -> bool {
        self.composites.contains(name)
    }

    /// The values of an enum as the database has them.
    pub(super) fn values(&self, name: &str) -> Option<Vec<String>> {
        let values = self.enums.get(name)?;
        Some(values.iter().map(|(_, it)| (*it).to_owned()).collect())
    }

    /// One value of an enum as the database has it.
    pub(super) fn value(&self, name: &str, value: &str) -> Option<&'a str> {
        let values = self.enums.get(name)?;
        values.iter().find(|it| it.0 == value).map(|it| it.1)
    }

    /// The column of a field; a path into a document keeps what comes after the first dot.
    pub(super) fn column(&self, model: &str, field: &str) -> String {
        let (first, rest) = field
            .split_once('.')
            .map_or((field, None), |(first, rest)| (first, Some(rest)));
        let column = self.columns.get(&(model, first)).copied().unwrap_or(first);
        match rest {
            Some(rest) => format!("{column}.{rest}"),
            None => column.to_owned(),
        }
    }
}

/// What `@@map("x")` of a block says.
fn mapped(lines: &[Line], block: bool) -> Option<&str> {
    let mut all = lines.iter().flat_map(|it| &it.attributes);
    all.find(|it| it.block == block && it.name == "map")
        .and_then(|it| it.first().or_else(|| it.named("name")))
        .and_then(Value::text)
}

/// What `@map("x")` of a line says.
fn own_map(line: &Line) -> Option<&str> {
    mapped(std::slice::from_ref(line), false)
}

/// What an attribute of the whole block says in its first argument: `@@map`, `@@schema`.
pub(super) fn of_block<'a>(lines: &'a [Line], name: &str) -> Option<&'a str> {
    let mut all = lines.iter().flat_map(|it| &it.attributes);
    all.find(|it| it.block && it.name == name)
        .and_then(|it| it.first().or_else(|| it.named("name")))
        .and_then(Value::text)
}
