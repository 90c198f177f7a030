//! `CREATE TABLE`, with all that may stand in one, and the types that columns are made of.

use super::column::{Defined, confine};
use super::cursor::{Cursor, by_commas, span};
use super::key::Constraint;
use super::lex::{Kind, Token};
use super::world::{Built, Made, Spot, World};
use crate::schema::Part;

impl World {
    /// From behind `CREATE … TABLE`. Null where it cannot be read at all.
    pub(super) fn create_table(&mut self, mut cursor: Cursor, spot: &Spot) -> Option<()> {
        let text = cursor.text;
        let guard = cursor.takes("if not exists") || spot.guarded;
        let path = cursor.path()?;
        if self.slot(&path).is_some() {
            // What is there stays; without a guard the engine would refuse the statement.
            if !guard {
                self.miss(
                    spot.at(0),
                    text,
                    "an earlier file makes a table of this name",
                    false,
                );
            }
            return Some(());
        }
        let mut built = self.fresh(&path, spot.at(0));
        if cursor.takes("partition of") {
            let key = self.key(&built.table.name);
            self.aside.insert(key);
            return Some(());
        }
        if cursor.takes("like") {
            let other = cursor.path()?;
            self.copy_table(&other, &mut built, true);
            self.put(built);
            return Some(());
        }
        let inside = cursor.brackets();
        if let Some(inside) = inside {
            self.options(&mut cursor.clone(), &mut built);
            for element in by_commas(inside) {
                self.element(text, element, spot, &mut built);
            }
            if !cursor.rest().iter().any(|it| it.is(text, "select")) {
                return self.finish_table(built, &path, spot);
            }
        }
        self.from_query(cursor.rest(), text, spot, &mut built);
        self.finish_table(built, &path, spot)
    }

    fn finish_table(
        &mut self,
        built: Built,
        path: &[super::cursor::Name],
        spot: &Spot,
    ) -> Option<()> {
        let slot = self.put(built);
        let key = self.settle(path);
        let key = (key.0, self.key(&key.1));
        if let Some(at) = self.dropped_tables.remove(&key) {
            if let Some(loss) = self.losses.get_mut(at) {
                loss.says = format!(
                    "the table is dropped here and made again at {}: its rows are gone",
                    spot.at(0)
                );
                let old = loss.slot;
                self.successors.entry(old).or_insert(slot);
            }
        }
        Some(())
    }

    /// A table made of a query: its columns are those of the table that the query reads whole, else they are not known.
    fn from_query(&mut self, rest: &[Token], text: &str, spot: &Spot, built: &mut Built) {
        let mut cursor = Cursor::of(text, rest);
        while !cursor.is_done() && !cursor.sees("select") {
            cursor.at += 1;
        }
        let whole = cursor.takes("select") && cursor.takes_sign('*') && cursor.takes("from");
        let other = cursor.path().filter(|_| whole);
        let joins = cursor.rest().iter().any(|it| it.is(text, "join"));
        let known = other.filter(|it| !joins && self.slot(it).is_some());
        match known {
            Some(other) => {
                self.copy_table(&other, built, false);
                if let Some(slot) = self.slot(&other) {
                    if let Some(source) = self.built(slot) {
                        source.rows_copied = true;
                    }
                }
            }
            None => {
                built.table.open = true;
                self.miss(
                    spot.at(0),
                    text,
                    "which columns the table gets is not known without running it",
                    false,
                );
            }
        }
    }

    /// The columns of another table, with its keys where they come along.
    fn copy_table(&mut self, other: &[super::cursor::Name], into: &mut Built, keys: bool) {
        let Some(slot) = self.slot(other) else {
            into.table.open = true;
            return;
        };
        let Some(source) = self.slots.get(slot).and_then(Option::as_ref) else {
            return;
        };
        into.table
            .columns
            .extend(source.table.columns.iter().cloned());
        into.types.extend(source.types.clone());
        into.charset.clone_from(&source.charset);
        into.collation.clone_from(&source.collation);
        if keys {
            into.table.keys.extend(source.table.keys.iter().cloned());
            into.checks.extend(source.checks.iter().cloned());
        } else {
            // A copy of the rows keeps neither defaults nor what confines them.
            for column in &mut into.table.columns {
                column.default = None;
            }
        }
    }

    /// One line of a table.
    fn element(&mut self, text: &str, tokens: &[Token], spot: &Spot, built: &mut Built) {
        let mut cursor = Cursor::of(text, tokens);
        if self.is_postgres() && cursor.takes("like") {
            if let Some(other) = cursor.path() {
                let all = cursor
                    .rest()
                    .iter()
                    .any(|it| it.is(text, "all") || it.is(text, "indexes"));
                self.copy_table(&other, built, all);
            }
            return;
        }
        let (begin, end) = span(tokens);
        let result = if self.is_constraint(text, tokens) {
            self.constraint(text, tokens, spot, built)
                .map(|it| self.constrain(it, built))
        } else {
            let part = text.get(begin..end).unwrap_or_default();
            self.define(part, spot, begin, built)
                .map(|it| self.add_defined(it, built))
        };
        if let Err(why) = result {
            let part = text.get(begin..end).unwrap_or_default();
            self.miss(spot.at(begin), part, &why, false);
            if let Some(unread) = self.unread.last_mut() {
                unread.names.push(built.table.name.clone());
            }
        }
    }

    /// Puts a constraint into a table that is not in its slot yet.
    fn constrain(&self, it: Constraint, built: &mut Built) {
        match it {
            Constraint::Key(mut key) => {
                self.tell_apart(&mut key.name, built);
                if key.primary {
                    self.not_null(&key.parts, built);
                }
                built.table.keys.push(key);
            }
            Constraint::Reference(name, reference) => {
                built.table.references.push(reference);
                built.reference_names.push(name);
            }
            Constraint::Check(check) => built.checks.push(check),
            Constraint::UsingIndex { .. } | Constraint::Nothing => {}
        }
    }

    /// The second key that an engine would name like another gets a number.
    pub(super) fn tell_apart(&self, name: &mut Option<String>, built: &Built) {
        let Some(given) = name.clone() else {
            return;
        };
        let taken = |name: &str| {
            let mut keys = built.table.keys.iter();
            keys.any(|it| it.name.as_deref() == Some(name))
        };
        if self.is_mysql() && taken(&given) {
            let free = (2..100)
                .map(|it| format!("{given}_{it}"))
                .find(|it| !taken(it));
            *name = free;
        }
    }

    /// A primary key makes its columns not null, but for SQLite.
    pub(super) fn not_null(&self, parts: &[Part], built: &mut Built) {
        if self.engine == Some(crate::schema::Engine::Sqlite) {
            return;
        }
        for name in parts.iter().filter_map(Part::name) {
            let key = self.key(name);
            let mut columns = built.table.columns.iter_mut();
            if let Some(column) = columns.find(|it| self.key(&it.name) == key) {
                column.nullable = false;
            }
        }
    }

    /// Puts a column, and what came with it, into a table that is not in its slot yet.
    pub(super) fn add_defined(&self, defined: Defined, built: &mut Built) {
        let key = self.key(&defined.column.name);
        if let Some(made) = defined.made_type {
            built.types.insert(key, made);
        }
        built.table.columns.push(defined.column);
        for key in defined.keys {
            if key.primary {
                self.not_null(&key.parts.clone(), built);
            }
            built.table.keys.push(key);
        }
        built.checks.extend(defined.checks);
        for (name, reference) in defined.references {
            built.table.references.push(reference);
            built.reference_names.push(name);
        }
    }

    /// What stands behind the closing bracket.
    fn options(&mut self, cursor: &mut Cursor, built: &mut Built) {
        while !cursor.is_done() {
            if cursor.takes("character set") || cursor.takes("charset") {
                cursor.takes_sign('=');
                built.charset = option(cursor);
                // The table's own character set has its own way to compare.
                built.collation = None;
            } else if cursor.takes("collate") {
                cursor.takes_sign('=');
                built.collation = option(cursor);
            } else if cursor.takes("without rowid") || cursor.takes("strict") {
                built.strict_key = true;
            } else if cursor.takes("inherits") {
                let inside = cursor.brackets().unwrap_or_default();
                for parent in by_commas(inside) {
                    if let Some(path) = cursor.over(parent).path() {
                        self.copy_table(&path, built, false);
                    }
                }
            } else if cursor.sees("select") || cursor.sees("partition") {
                return;
            } else if cursor.brackets().is_none() {
                cursor.at += 1;
            }
        }
    }

    /// `CREATE TYPE`, from behind these words.
    pub(super) fn create_type(&mut self, mut cursor: Cursor) -> Option<()> {
        let path = cursor.path()?;
        let key = self.key(&self.fold(path.last()?));
        if self.types.contains_key(&key) {
            return Some(());
        }
        let made = if cursor.takes("as enum") {
            let inside = cursor.brackets()?;
            let values = inside.iter().filter(|it| it.kind == Kind::Text);
            Made::Enum(values.map(|it| unquoted(it.of(cursor.text))).collect())
        } else {
            Made::Other
        };
        self.types.insert(key, made);
        Some(())
    }

    /// `CREATE DOMAIN`, from behind these words.
    pub(super) fn create_domain(&mut self, mut cursor: Cursor, spot: &Spot) -> Result<(), String> {
        let path = cursor.path().ok_or("a domain has no name")?;
        let name = path.last().map(|it| self.fold(it)).unwrap_or_default();
        cursor.takes("as");
        let rest = cursor.rest();
        // A domain is written as a column is, with `VALUE` for the column's name.
        let (begin, end) = span(rest);
        let body = cursor.text.get(begin..end).unwrap_or_default();
        let built = self.fresh(&path, spot.at(0));
        let defined = self.define(&format!("value {body}"), spot, begin, &built)?;
        let mut column = defined.column;
        let mut check = defined.checks.into_iter().next();
        if let Some(check) = &mut check {
            check.place = spot.at(0);
            let width = column.kind.clone();
            confine(&mut column, check, "value");
            if column.kind != width {
                // A length is in the kind already.
                check
                    .limits
                    .retain(|it| !matches!(it.1, super::check::Limit::Width(_)));
            }
        }
        let key = self.key(&name);
        self.types.insert(
            key,
            Made::Domain {
                kind: column.kind,
                check,
                nullable: column.nullable,
            },
        );
        Ok(())
    }
}

/// The value of a table's option.
pub(super) fn option(cursor: &mut Cursor) -> Option<String> {
    let token = *cursor.peek()?;
    cursor.at += 1;
    match token.kind {
        Kind::Text => Some(unquoted(token.of(cursor.text))),
        Kind::Word | Kind::Name | Kind::Body | Kind::Sign(_) => {
            token.name(cursor.text).map(str::to_owned)
        }
    }
}

/// A text without its quotes.
pub(super) fn unquoted(text: &str) -> String {
    let text = text.trim_start_matches(['e', 'E', 'n', 'N']);
    let inside = text.strip_prefix('\'').unwrap_or(text);
    let inside = inside.strip_suffix('\'').unwrap_or(inside);
    inside.replace("''", "'")
}

/// Whether a width became smaller.
pub(super) fn narrows(old: &crate::schema::Kind, new: &crate::schema::Kind) -> bool {
    use crate::schema::Kind as K;
    match (old, new) {
        (K::Text(None), K::Text(Some(_)) | K::Enum(_) | K::Uuid | K::Integer)
        | (K::Text(Some(_)), K::Enum(_) | K::Uuid | K::Integer)
        | (K::Json, K::Text(Some(_))) => true,
        (K::Text(Some(old)), K::Text(Some(new))) => new.most < old.most,
        _ => false,
    }
}
