//! `ALTER TABLE`, action by action: one that cannot be read costs itself only.

use super::create::{narrows, option};
use super::cursor::{Cursor, by_commas, span};
use super::key::Constraint;
use super::lex::Token;
use super::types;
use super::world::{Spot, World};
use crate::schema::{Kind, Part, Unread};

/// Actions that touch no column and no key.
const HARMLESS: &[&str] = &[
    "owner",
    "enable",
    "disable",
    "force",
    "no",
    "cluster",
    "replica",
    "validate",
    "engine",
    "row_format",
    "comment",
    "auto_increment",
    "algorithm",
    "lock",
    "order",
    "reset",
    "with",
    "without",
    "key_block_size",
    "stats_persistent",
    "stats_auto_recalc",
    "stats_sample_pages",
    "checksum",
    "pack_keys",
    "max_rows",
    "min_rows",
    "avg_row_length",
    "tablespace",
    "discard",
    "import",
    "partition",
    "detach",
    "page_checksum",
    "delay_key_write",
    "autoextend_size",
    "coalesce",
    "reorganize",
    "analyze",
    "optimize",
    "rebuild",
    "repair",
    "remove",
];

impl World {
    /// From behind `ALTER TABLE`. Null where it cannot be read at all.
    pub(super) fn alter_table(&mut self, mut cursor: Cursor, spot: &Spot) -> Option<()> {
        let text = cursor.text;
        let guard = cursor.takes("if exists");
        cursor.takes("only");
        let path = cursor.path()?;
        cursor.takes_sign('*');
        if self.is_aside(&path) {
            return Some(());
        }
        if self.slot(&path).is_none() && guard {
            return Some(());
        }
        let actions = by_commas(cursor.rest());
        let harmless = |it: &&[Token]| {
            let it = Cursor::of(text, it);
            it.sees_one(HARMLESS)
        };
        if self.slot(&path).is_none() && actions.iter().all(harmless) {
            return Some(());
        }
        let slot = self.table_or_part(&path, &spot.at(0), text);
        for action in actions {
            let (begin, end) = span(action);
            if let Err(why) = self.action(text, action, slot, spot) {
                let part = text.get(begin..end).unwrap_or_default();
                self.miss(spot.at(begin), part, &why, false);
                let name = self.last_names.get(slot).cloned();
                let bare = self.built(slot).map(|it| it.table.name.clone());
                if let Some(Unread { names, .. }) = self.unread.last_mut() {
                    names.extend(name.into_iter().chain(bare));
                }
            }
        }
        Some(())
    }

    fn action(
        &mut self,
        text: &str,
        tokens: &[Token],
        slot: usize,
        spot: &Spot,
    ) -> Result<(), String> {
        let mut cursor = Cursor::of(text, tokens);
        let place = spot.at(span(tokens).0);
        if cursor.takes("add") {
            return self.add(cursor, slot, spot);
        }
        if cursor.takes("drop") {
            return self.drop_part(cursor, slot, spot, place);
        }
        if cursor.takes("rename") {
            return self.rename_part(cursor, slot, spot).ok_or_else(unclear);
        }
        if cursor.takes("alter") {
            return self.alter_column(cursor, slot, spot);
        }
        if cursor.takes("modify") {
            cursor.takes("column");
            cursor.takes_guard();
            let name = cursor.clone().name().ok_or_else(unclear)?;
            let name = self.fold(&name);
            return self.redefine(cursor, slot, &name, spot);
        }
        if cursor.takes("change") {
            cursor.takes("column");
            cursor.takes_guard();
            let old = cursor.name().ok_or_else(unclear)?;
            let old = self.fold(&old);
            let new = cursor.clone().name().ok_or_else(unclear)?;
            let new = self.fold(&new);
            self.rename_column(slot, &old, &new, spot)?;
            return self.redefine(cursor, slot, &new, spot);
        }
        if cursor.takes("convert to character set") || cursor.takes("convert to charset") {
            return self.convert(cursor, slot).ok_or_else(unclear);
        }
        if cursor.takes("set schema") {
            let name = cursor.name().ok_or_else(unclear)?;
            let name = self.fold(&name);
            return self.move_to(slot, name);
        }
        if cursor.takes("attach partition") {
            if let Some(child) = cursor.path().and_then(|it| self.slot(&it)) {
                let name = self.slots.get_mut(child).and_then(Option::take);
                let name = name.map(|it| self.key(&it.table.name));
                self.aside.extend(name);
            }
            return Ok(());
        }
        cursor.takes("default");
        if cursor.takes("character set") || cursor.takes("charset") || cursor.takes("collate") {
            cursor.at = cursor.at.saturating_sub(1);
            return self.table_default(cursor, slot).ok_or_else(unclear);
        }
        if cursor.takes("set") {
            // Storage parameters, table spaces, logged or not; `set` with anything else is not known.
            let known = cursor.sees_sign('(')
                || cursor.sees_one(&["tablespace", "logged", "unlogged", "without", "access"]);
            return known.then_some(()).ok_or_else(unclear);
        }
        // A table that inherits keeps its own columns; `EXCHANGE PARTITION` swaps rows.
        if cursor.sees_one(HARMLESS) || cursor.sees("inherit") {
            return Ok(());
        }
        Err(unclear())
    }

    fn add(&mut self, mut cursor: Cursor, slot: usize, spot: &Spot) -> Result<(), String> {
        let text = cursor.text;
        if self.is_constraint(text, cursor.rest()) {
            let built = self.slots.get(slot).and_then(Option::as_ref);
            let built = built.ok_or_else(unclear)?;
            let constraint = self.constraint(text, cursor.rest(), spot, built)?;
            self.add_constraint(constraint, slot, spot);
            return Ok(());
        }
        if cursor.takes("partition") {
            return Ok(());
        }
        cursor.takes("column");
        let guard = cursor.takes("if not exists") || spot.guarded;
        if let Some(inside) = cursor.brackets() {
            for column in by_commas(inside) {
                if self.is_constraint(text, column) {
                    self.add(Cursor::of(text, column), slot, spot)?;
                } else {
                    self.add_column(Cursor::of(text, column), slot, spot, guard)?;
                }
            }
            return Ok(());
        }
        self.add_column(cursor, slot, spot, guard)
    }

    fn add_column(
        &mut self,
        cursor: Cursor,
        slot: usize,
        spot: &Spot,
        guard: bool,
    ) -> Result<(), String> {
        let tokens = without_position(cursor.text, cursor.rest());
        let (begin, end) = span(tokens);
        let text = cursor.text.get(begin..end).unwrap_or_default();
        let built = self.slots.get(slot).and_then(Option::as_ref);
        let built = built.ok_or_else(unclear)?;
        let mut defined = self.define(text, spot, begin, built)?;
        let name = defined.column.name.clone();
        let key = self.key(&name);
        let there = built
            .table
            .columns
            .iter()
            .any(|it| self.key(&it.name) == key);
        if there && (guard || built.table.open) {
            return Ok(());
        }
        if there {
            return Err(format!("the table has a column {name} already"));
        }
        if let Some(at) = self.dropped.remove(&(slot, key)) {
            if let Some(loss) = self.losses.get_mut(at) {
                loss.says = format!(
                    "the column {name} is dropped here and added again at {}: what stood in it is gone",
                    defined.column.place
                );
            }
        }
        let keys = std::mem::take(&mut defined.keys);
        if let Some(mut built) = self.slots.get_mut(slot).and_then(Option::take) {
            self.add_defined(defined, &mut built);
            if let Some(free) = self.slots.get_mut(slot) {
                *free = Some(built);
            }
        }
        for key in keys {
            self.add_constraint(Constraint::Key(key), slot, spot);
        }
        Ok(())
    }

    fn add_constraint(&mut self, constraint: Constraint, slot: usize, spot: &Spot) {
        match constraint {
            Constraint::Key(mut key) => {
                let there = |world: &Self| {
                    let name = key.name.as_ref()?;
                    let built = world.slots.get(slot)?.as_ref()?;
                    let mut keys = built.table.keys.iter();
                    Some(keys.any(|it| it.name.as_ref() == Some(name)))
                };
                if there(self) == Some(true) && (spot.guarded || !self.is_mysql()) {
                    return;
                }
                if let Some(mut built) = self.slots.get_mut(slot).and_then(Option::take) {
                    self.tell_apart(&mut key.name, &built);
                    if key.primary {
                        self.not_null(&key.parts, &mut built);
                    }
                    if let Some(free) = self.slots.get_mut(slot) {
                        *free = Some(built);
                    }
                }
                self.add_key(slot, key, spot.file);
            }
            Constraint::Reference(name, reference) => self.add_reference(slot, name, reference),
            Constraint::Check(check) => {
                if let Some(built) = self.built(slot) {
                    built.checks.push(check);
                }
            }
            Constraint::UsingIndex {
                index,
                name,
                primary,
            } => {
                if let Some(built) = self.built(slot) {
                    let mut keys = built.table.keys.iter_mut();
                    if let Some(key) = keys.find(|it| it.name.as_deref() == Some(&index)) {
                        key.primary = primary;
                        key.name = name.or(Some(index));
                    }
                }
            }
            Constraint::Nothing => {}
        }
    }

    /// MySQL's `MODIFY` and `CHANGE`: the column is all that is said, and nothing else.
    fn redefine(
        &mut self,
        cursor: Cursor,
        slot: usize,
        name: &str,
        spot: &Spot,
    ) -> Result<(), String> {
        let tokens = without_position(cursor.text, cursor.rest());
        let (begin, end) = span(tokens);
        let text = cursor.text.get(begin..end).unwrap_or_default();
        let built = self.slots.get(slot).and_then(Option::as_ref);
        let defined = self.define(text, spot, begin, built.ok_or_else(unclear)?)?;
        let place = spot.at(begin);
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
            self.add_constraint(Constraint::Key(key), slot, spot);
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

    fn convert(&mut self, mut cursor: Cursor, slot: usize) -> Option<()> {
        let charset = option(&mut cursor)?;
        let collation = if cursor.takes("collate") {
            option(&mut cursor)
        } else {
            None
        };
        let mut built = self.slots.get_mut(slot).and_then(Option::take)?;
        built.charset = Some(charset);
        built.collation = collation;
        let mut columns = std::mem::take(&mut built.table.columns);
        for column in &mut columns {
            if matches!(column.kind, Kind::Text(_) | Kind::Enum(_)) {
                self.compare(column, None, None, &built);
            }
        }
        built.table.columns = columns;
        *self.slots.get_mut(slot)? = Some(built);
        Some(())
    }

    fn table_default(&mut self, mut cursor: Cursor, slot: usize) -> Option<()> {
        while !cursor.is_done() {
            if cursor.takes("charset") || cursor.takes("set") {
                cursor.takes_sign('=');
                let charset = option(&mut cursor);
                let built = self.built(slot)?;
                built.charset = charset;
                built.collation = None;
            } else if cursor.takes("collate") {
                cursor.takes_sign('=');
                let collation = option(&mut cursor);
                self.built(slot)?.collation = collation;
            } else {
                cursor.at += 1;
            }
        }
        Some(())
    }

    fn alter_column(&mut self, mut cursor: Cursor, slot: usize, spot: &Spot) -> Result<(), String> {
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
        let place = spot.at(begin);
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
            let expr = super::column::expression(text, self.engine)?;
            self.column_at(slot, at, |it| it.default = super::column::default(&expr));
        } else if cursor.takes("type") || cursor.takes("set data type") {
            self.retype(cursor, slot, at, &key, place)?;
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
        cursor: Cursor,
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
        let data = super::column::parse(spelled, self.engine, |it| it.parse_data_type())?;
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
            name = it.name.clone();
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

    /// Whether a key covers this column.
    pub(super) fn covers(&self, key: &crate::schema::Key, column: &str) -> bool {
        let mut names = key.parts.iter().filter_map(Part::name);
        names.any(|it| self.key(it) == column)
    }
}

pub(super) fn unclear() -> String {
    "it is not known what it does".to_owned()
}

/// MySQL says where a column goes: `FIRST`, `AFTER x`.
fn without_position<'a>(text: &str, tokens: &'a [Token]) -> &'a [Token] {
    match tokens {
        [head @ .., last] if last.is(text, "first") && head.len() > 1 => head,
        [head @ .., after, _] if after.is(text, "after") && head.len() > 1 => head,
        _ => tokens,
    }
}
