//! `CREATE TABLE`, with all that may stand in one, and the types that columns are made of.

use super::column::Defined;
use super::cursor::{Cursor, by_commas, span};
use super::key::Constraint;
use super::lex::{Kind, Token};
use super::world::{Built, Site, World};
use crate::schema::Part;

impl World {
    /// From behind `CREATE … TABLE`. Null where it cannot be read at all.
    pub(super) fn create_table(&mut self, mut cursor: Cursor, site: &Site) -> Option<()> {
        let text = cursor.text;
        let guard = cursor.takes("if not exists") || site.guarded;
        let path = cursor.path()?;
        if self.slot(&path).is_some() {
            // What is there stays; without a guard the engine would refuse the statement.
            if !guard {
                self.miss(
                    site.at(0),
                    text,
                    "an earlier file makes a table of this name",
                    false,
                );
            }
            return Some(());
        }
        let mut built = self.fresh(&path, site.at(0));
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
                self.element(text, element, site, &mut built);
            }
            if !cursor.rest().iter().any(|it| it.is(text, "select")) {
                self.finish_table(built, &path, site);
                return Some(());
            }
        }
        self.columns_of_query(cursor.rest(), text, site, &mut built);
        self.finish_table(built, &path, site);
        Some(())
    }

    fn finish_table(&mut self, built: Built, path: &[super::cursor::Name], site: &Site) {
        let slot = self.put(built);
        let key = self.settle(path);
        let key = (key.0, self.key(&key.1));
        let before = self.dropped_tables.remove(&key);
        if let Some(loss) = before.and_then(|at| self.losses.get_mut(at)) {
            loss.says = format!(
                "the table is dropped here and made again at {}: its rows are gone",
                site.at(0)
            );
            let old = loss.slot;
            self.successors.entry(old).or_insert(slot);
        }
    }

    /// A table made of a query: its columns are those of the table that the query reads whole, else they are not known.
    fn columns_of_query(&mut self, rest: &[Token], text: &str, site: &Site, built: &mut Built) {
        let mut cursor = Cursor::of(text, rest);
        while !cursor.is_done() && !cursor.sees("select") {
            cursor.at += 1;
        }
        let whole = cursor.takes("select") && cursor.takes_sign('*') && cursor.takes("from");
        let other = cursor.path().filter(|_| whole);
        let joins = cursor.rest().iter().any(|it| it.is(text, "join"));
        let known = other.filter(|it| !joins && self.slot(it).is_some());
        let Some(other) = known else {
            built.table.open = true;
            let why = "which columns the table gets is not known without running it";
            self.miss(site.at(0), text, why, false);
            // What the query reads stays as it is: only the new table is in doubt, by whatever name it gets.
            if let Some(unread) = self.unread.last_mut() {
                unread.names = vec![built.table.name.clone()];
            }
            built.unread = self.unread.len().checked_sub(1);
            return;
        };
        self.copy_table(&other, built, false);
        let slot = self.slot(&other);
        if let Some(source) = slot.and_then(|it| self.built(it)) {
            source.rows_copied = true;
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
    fn element(&mut self, text: &str, tokens: &[Token], site: &Site, built: &mut Built) {
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
            self.constraint(text, tokens, site, built)
                .map(|it| self.constrain(it, built))
        } else {
            let part = text.get(begin..end).unwrap_or_default();
            self.define(part, site, begin, built)
                .map(|it| self.add_defined(it, built))
        };
        if let Err(why) = result {
            let part = text.get(begin..end).unwrap_or_default();
            self.miss(site.at(begin), part, &why, false);
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
