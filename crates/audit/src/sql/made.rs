//! Types of the team's own: enums and domains, from their making to their end.

use super::column::confine;
use super::create::unquoted;
use super::cursor::{Cursor, span};
use super::lex::Kind;
use super::world::{Made, Site, World};

impl World {
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
    pub(super) fn create_domain(&mut self, mut cursor: Cursor, site: &Site) -> Result<(), String> {
        let path = cursor.path().ok_or("a domain has no name")?;
        let name = path.last().map(|it| self.fold(it)).unwrap_or_default();
        cursor.takes("as");
        let rest = cursor.rest();
        // A domain is written as a column is, with `VALUE` for the column's name.
        let (begin, end) = span(rest);
        let body = cursor.text.get(begin..end).unwrap_or_default();
        let built = self.fresh(&path, site.at(0));
        let defined = self.define(&format!("value {body}"), site, begin, &built)?;
        let mut column = defined.column;
        let mut check = defined.checks.into_iter().next();
        if let Some(check) = &mut check {
            check.place = site.at(0);
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

    /// `DROP TYPE` and `DROP DOMAIN`, from behind these words.
    pub(super) fn drop_types(&mut self, mut cursor: Cursor, site: &Site) -> Option<()> {
        cursor.takes("if exists");
        let cascades = cursor
            .tokens
            .last()
            .is_some_and(|it| it.is(cursor.text, "cascade"));
        loop {
            let path = cursor.path()?;
            let key = self.key_of(path.last()?);
            self.types.remove(&key);
            if cascades {
                self.drop_columns_of(&key, site);
            }
            if !cursor.takes_sign(',') {
                return Some(());
            }
        }
    }

    fn drop_columns_of(&mut self, made: &str, site: &Site) {
        for slot in 0..self.slots.len() {
            let Some(built) = self.slots.get(slot).and_then(Option::as_ref) else {
                continue;
            };
            let of_type = |name: &str| {
                built
                    .types
                    .get(&self.key(name))
                    .is_some_and(|it| it == made)
            };
            let columns = built.table.columns.iter().map(|it| it.name.clone());
            let columns: Vec<String> = columns.filter(|it| of_type(it)).collect();
            for column in columns {
                // It is there, so that there is nothing to complain of.
                let dropped = self.drop_column(slot, &column, site, site.at(0), true);
                debug_assert!(dropped.is_ok());
            }
        }
    }

    /// `ALTER TYPE`, from behind these words.
    pub(super) fn alter_type(&mut self, mut cursor: Cursor) -> Option<()> {
        let path = cursor.path()?;
        let key = self.key_of(path.last()?);
        if cursor.takes("owner") || cursor.takes("set schema") {
            return Some(());
        }
        if cursor.takes("rename to") {
            let new = cursor.name()?;
            let new = self.key_of(&new);
            let made = self.types.remove(&key)?;
            self.types.insert(new.clone(), made);
            for built in self.slots.iter_mut().flatten() {
                for it in built.types.values_mut().filter(|it| **it == key) {
                    it.clone_from(&new);
                }
            }
            return Some(());
        }
        let text = cursor.text;
        let Some(Made::Enum(values)) = self.types.get_mut(&key) else {
            return None;
        };
        let value = |cursor: &mut Cursor| {
            let token = *cursor.peek()?;
            cursor.at += 1;
            Some(unquoted(token.of(text)))
        };
        if cursor.takes("add value") {
            cursor.takes("if not exists");
            let new = value(&mut cursor)?;
            if !values.contains(&new) {
                values.push(new);
            }
            return Some(());
        }
        if cursor.takes("rename value") {
            let old = value(&mut cursor)?;
            let _to = cursor.takes("to");
            let new = value(&mut cursor)?;
            for it in values.iter_mut().filter(|it| **it == old) {
                it.clone_from(&new);
            }
            return Some(());
        }
        None
    }
}
