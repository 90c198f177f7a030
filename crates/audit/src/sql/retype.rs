//! What changes a column: its type, its default, whether it may be null.

use super::alter::{unclear, without_position};
use super::create::narrows;
use super::cursor::{Cursor, span};
use super::key::Constraint;
use super::types;
use super::world::{Site, World};
use crate::schema::Kind;

impl World {
    pub(super) fn alter_column(
        &mut self,
        mut cursor: Cursor,
        slot: usize,
        site: &Site,
    ) -> Result<(), String> {
        let (begin, _) = span(cursor.tokens);
        if self.is_mysql() && cursor.sees_one(&["index", "check", "constraint"]) {
            let enforced = cursor
                .rest()
                .iter()
                .any(|it| it.is(cursor.text, "enforced"));
            return (!enforced).then_some(()).ok_or_else(unclear);
        }
        if cursor.takes("constraint") {
            return Ok(());
        }
        cursor.takes("column");
        cursor.takes_guard();
        let name = cursor.name().ok_or_else(unclear)?;
        let name = self.fold(&name);
        let key = self.key(&name);
        let place = site.at(begin);
        let at = {
            let built = self.slots.get(slot).and_then(Option::as_ref);
            let built = built.ok_or_else(unclear)?;
            let mut columns = built.table.columns.iter();
            let at = columns.position(|it| self.key(&it.name) == key);
            match at {
                Some(at) => at,
                // What is not known of a table that no file makes is told already.
                None if built.table.open => return Ok(()),
                None => return Err(format!("the table has no column {name}")),
            }
        };
        if cursor.takes("set not null") {
            self.column_at(slot, at, |it| it.nullable = false);
        } else if cursor.takes("drop not null") {
            self.column_at(slot, at, |it| it.nullable = true);
        } else if cursor.takes("drop default") {
            self.column_at(slot, at, |it| it.default = None);
        } else if cursor.takes("set default") {
            let (begin, end) = span(cursor.rest());
            let text = cursor.text.get(begin..end).unwrap_or_default();
            let expr = super::parse::expression(text, self.engine)?;
            self.column_at(slot, at, |it| it.default = super::column::default(&expr));
        } else if cursor.takes("type") || cursor.takes("set data type") {
            self.retype(&cursor, slot, at, &key, place)?;
        } else if cursor.takes("drop expression") {
            self.column_at(slot, at, |it| it.generated = false);
        } else if cursor.takes("add generated") {
            self.column_at(slot, at, |it| it.nullable = false);
        } else if !cursor.sees_one(&["set", "reset", "restart", "drop"]) {
            return Err(unclear());
        }
        Ok(())
    }

    fn column_at(
        &mut self,
        slot: usize,
        at: usize,
        change: impl FnOnce(&mut crate::schema::Column),
    ) {
        let columns = self.built(slot).map(|it| &mut it.table.columns);
        if let Some(column) = columns.and_then(|it| it.get_mut(at)) {
            change(column);
        }
    }

    fn retype(
        &mut self,
        cursor: &Cursor,
        slot: usize,
        at: usize,
        key: &str,
        place: crate::place::Place,
    ) -> Result<(), String> {
        let text = cursor.text;
        let rest = cursor.rest();
        let using = rest.iter().position(|it| it.is(text, "using"));
        let head = rest.get(..using.unwrap_or(rest.len())).unwrap_or_default();
        let collate = head.iter().position(|it| it.is(text, "collate"));
        let (begin, end) = span(
            head.get(..collate.unwrap_or(head.len()))
                .unwrap_or_default(),
        );
        let spelled = text.get(begin..end).unwrap_or_default();
        let data = super::parse::data_type(spelled, self.engine)?;
        let (kind, made) = types::kind(&data, self.engine);
        let collation = collate
            .and_then(|at| head.last().filter(|_| at + 1 < head.len()))
            .and_then(|it| it.name(text))
            .map(|it| types::collation(it, self.engine));
        let made = made.map(|it| self.type_key(&it));
        let new = spelled.to_owned();
        let mut old = None;
        let mut name = String::new();
        let changed = kind.clone();
        self.column_at(slot, at, |it| {
            old = Some((
                std::mem::replace(&mut it.kind, changed),
                std::mem::replace(&mut it.spelled, new.clone()),
            ));
            it.place = place.clone();
            it.collation = collation;
            name.clone_from(&it.name);
        });
        let had_type = self.built(slot).and_then(|built| match &made {
            Some(made) => built.types.insert(key.to_owned(), made.clone()),
            None => built.types.remove(key),
        });
        if let Some((before, was)) = old {
            // From one enum to another is told where a value is missing, at the end.
            let closes = made.is_some() && had_type.is_none() && matches!(before, Kind::Text(_));
            if narrows(&before, &kind) || closes {
                self.narrow(slot, &name, place, &was, &new);
            }
        }
        Ok(())
    }

    /// MySQL's `MODIFY` and `CHANGE`: the column is all that is said, and nothing else.
    pub(super) fn redefine(
        &mut self,
        cursor: &Cursor,
        slot: usize,
        name: &str,
        site: &Site,
    ) -> Result<(), String> {
        let tokens = without_position(cursor.text, cursor.rest());
        let (begin, end) = span(tokens);
        let text = cursor.text.get(begin..end).unwrap_or_default();
        let built = self.slots.get(slot).and_then(Option::as_ref);
        let defined = self.define(text, site, begin, built.ok_or_else(unclear)?)?;
        let place = site.at(begin);
        let keys = defined.keys.clone();
        let key = self.key(name);
        let folded = |it: &str| it.to_ascii_lowercase() == key || it == key;
        let built = self.built(slot).ok_or_else(unclear)?;
        let mut columns = built.table.columns.iter_mut();
        let Some(column) = columns.find(|it| folded(&it.name)) else {
            if built.table.open {
                built.table.columns.push(defined.column);
                return Ok(());
            }
            return Err(format!("the table has no column {name}"));
        };
        let old = std::mem::replace(&mut column.kind, defined.column.kind.clone());
        let narrowed = narrows(&old, &column.kind);
        let spelled = std::mem::replace(&mut column.spelled, defined.column.spelled.clone());
        let new = column.spelled.clone();
        *column = defined.column;
        match defined.made_type {
            Some(made) => built.types.insert(key, made),
            None => built.types.remove(&key),
        };
        if narrowed {
            self.narrow(slot, name, place, &spelled, &new);
        }
        for key in keys {
            self.add_constraint(Constraint::Key(key), slot, site);
        }
        Ok(())
    }

    pub(super) fn narrow(
        &mut self,
        slot: usize,
        column: &str,
        place: crate::place::Place,
        old: &str,
        new: &str,
    ) {
        let says = format!(
            "the column {column} becomes {new} and was {old}: what does not fit is cut off or refused"
        );
        self.lose(slot, Some(column), place, says);
    }
}
