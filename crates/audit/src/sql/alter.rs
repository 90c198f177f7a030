//! `ALTER TABLE`, action by action: one that cannot be read costs itself only.

use super::create::option;
use super::cursor::{Cursor, by_commas, span};
use super::key::Constraint;
use super::lex::Token;
use super::world::{Site, World};
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
    pub(super) fn alter_table(&mut self, mut cursor: Cursor, site: &Site) -> Option<()> {
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
        let slot = self.table_or_part(&path, &site.at(0), text);
        for action in actions {
            let (begin, end) = span(action);
            if let Err(why) = self.action(text, action, slot, site) {
                let part = text.get(begin..end).unwrap_or_default();
                self.miss(site.at(begin), part, &why, false);
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
        site: &Site,
    ) -> Result<(), String> {
        let mut cursor = Cursor::of(text, tokens);
        let place = site.at(span(tokens).0);
        if cursor.takes("add") {
            return self.add(cursor, slot, site);
        }
        if cursor.takes("drop") {
            return self.drop_part(cursor, slot, site, place);
        }
        if cursor.takes("rename") {
            return self.rename_part(cursor, slot, site).ok_or_else(unclear);
        }
        if cursor.takes("alter") {
            return self.alter_column(cursor, slot, site);
        }
        if cursor.takes("modify") {
            cursor.takes("column");
            cursor.takes_guard();
            let name = cursor.clone().name().ok_or_else(unclear)?;
            let name = self.fold(&name);
            return self.redefine(&cursor, slot, &name, site);
        }
        if cursor.takes("change") {
            cursor.takes("column");
            cursor.takes_guard();
            let old = cursor.name().ok_or_else(unclear)?;
            let old = self.fold(&old);
            let new = cursor.clone().name().ok_or_else(unclear)?;
            let new = self.fold(&new);
            self.rename_column(slot, &old, &new, site)?;
            return self.redefine(&cursor, slot, &new, site);
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

    fn add(&mut self, mut cursor: Cursor, slot: usize, site: &Site) -> Result<(), String> {
        let text = cursor.text;
        if self.is_constraint(text, cursor.rest()) {
            let built = self.slots.get(slot).and_then(Option::as_ref);
            let built = built.ok_or_else(unclear)?;
            let constraint = self.constraint(text, cursor.rest(), site, built)?;
            self.add_constraint(constraint, slot, site);
            return Ok(());
        }
        if cursor.takes("partition") {
            return Ok(());
        }
        cursor.takes("column");
        let guard = cursor.takes("if not exists") || site.guarded;
        if let Some(inside) = cursor.brackets() {
            for column in by_commas(inside) {
                if self.is_constraint(text, column) {
                    self.add(Cursor::of(text, column), slot, site)?;
                } else {
                    self.add_column(&Cursor::of(text, column), slot, site, guard)?;
                }
            }
            return Ok(());
        }
        self.add_column(&cursor, slot, site, guard)
    }

    fn add_column(
        &mut self,
        cursor: &Cursor,
        slot: usize,
        site: &Site,
        guard: bool,
    ) -> Result<(), String> {
        let tokens = without_position(cursor.text, cursor.rest());
        let (begin, end) = span(tokens);
        let text = cursor.text.get(begin..end).unwrap_or_default();
        let built = self.slots.get(slot).and_then(Option::as_ref);
        let built = built.ok_or_else(unclear)?;
        let mut defined = self.define(text, site, begin, built)?;
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
        let before = self.dropped.remove(&(slot, key));
        if let Some(loss) = before.and_then(|at| self.losses.get_mut(at)) {
            loss.says = format!(
                "the column {name} is dropped here and added again at {}: what stood in it is gone",
                defined.column.place
            );
        }
        let keys = std::mem::take(&mut defined.keys);
        if let Some(mut built) = self.slots.get_mut(slot).and_then(Option::take) {
            self.add_defined(defined, &mut built);
            if let Some(free) = self.slots.get_mut(slot) {
                *free = Some(built);
            }
        }
        for key in keys {
            self.add_constraint(Constraint::Key(key), slot, site);
        }
        Ok(())
    }

    pub(super) fn add_constraint(&mut self, constraint: Constraint, slot: usize, site: &Site) {
        match constraint {
            Constraint::Key(mut key) => {
                let there = |world: &Self| {
                    let name = key.name.as_ref()?;
                    let built = world.slots.get(slot)?.as_ref()?;
                    let mut keys = built.table.keys.iter();
                    Some(keys.any(|it| it.name.as_ref() == Some(name)))
                };
                if there(self) == Some(true) && (site.guarded || !self.is_mysql()) {
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
                self.add_key(slot, key, site.file);
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
pub(super) fn without_position<'a>(text: &str, tokens: &'a [Token]) -> &'a [Token] {
    match tokens {
        [head @ .., last] if last.is(text, "first") && head.len() > 1 => head,
        [head @ .., after, _] if after.is(text, "after") && head.len() > 1 => head,
        _ => tokens,
    }
}
