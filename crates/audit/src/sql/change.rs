//! What takes away and what renames: columns, keys, tables, and what hangs on them.

use super::alter::unclear;
use super::cursor::{Cursor, Name, span};
use super::world::{Made, Spot, World};
use crate::place::Place;
use crate::schema::{Key, Part};

impl World {
    /// `ALTER TABLE … DROP …`, from behind these words.
    pub(super) fn drop_part(
        &mut self,
        mut cursor: Cursor,
        slot: usize,
        spot: &Spot,
        place: Place,
    ) -> Result<(), String> {
        if cursor.takes("primary key") {
            self.drop_keys(slot, spot.file, &place, |it| it.primary);
            return Ok(());
        }
        if cursor.takes("foreign key") {
            cursor.takes("if exists");
            let name = cursor.name().ok_or_else(unclear)?;
            let name = self.fold(&name);
            self.drop_reference(slot, &name);
            return Ok(());
        }
        if cursor.takes("partition") {
            return Err("rows go with a partition".to_owned());
        }
        let constraint = cursor.takes("constraint") || cursor.takes("check");
        if constraint || self.is_mysql() && cursor.takes_one(&["index", "key"]) {
            let guard = cursor.takes("if exists") || spot.guarded;
            let name = cursor.name().ok_or_else(unclear)?;
            let name = self.fold(&name);
            return self.drop_constraint(slot, &name, spot, &place, guard || !constraint);
        }
        cursor.takes("column");
        let guard = cursor.takes("if exists") || spot.guarded;
        // Oracle's and MariaDB's `DROP (a, b)` is not read.
        let name = cursor.name().ok_or_else(unclear)?;
        let name = self.fold(&name);
        self.drop_column(slot, &name, spot, place, guard)
    }

    /// A constraint is a key, a reference or a check; a `guard` lets one that nobody knows be missing.
    fn drop_constraint(
        &mut self,
        slot: usize,
        name: &str,
        spot: &Spot,
        place: &Place,
        guard: bool,
    ) -> Result<(), String> {
        let key = self.key(name);
        let folded = if self.is_postgres() {
            |name: &str| name.to_owned()
        } else {
            |name: &str| name.to_ascii_lowercase()
        };
        let same = |it: &Key| it.name.as_deref().map(folded).as_deref() == Some(&*key);
        let mut found = self.drop_keys(slot, spot.file, place, same);
        found += usize::from(self.drop_reference(slot, name));
        let Some(built) = self.built(slot) else {
            return Err(unclear());
        };
        let checks = built.checks.len();
        built
            .checks
            .retain(|it| it.name.as_deref().map(folded).as_deref() != Some(&*key));
        found += checks - built.checks.len();
        if found == 0 && !guard && !built.table.open {
            return Err(format!("no statement before it makes {name}"));
        }
        Ok(())
    }

    fn drop_reference(&mut self, slot: usize, name: &str) -> bool {
        let key = self.key(name);
        let names = self.slots.get(slot).and_then(Option::as_ref);
        let at = names.and_then(|built| {
            let mut names = built.reference_names.iter();
            names.position(|it| it.as_deref().map(|it| self.key(it)).as_deref() == Some(&*key))
        });
        match (at, self.built(slot)) {
            (Some(at), Some(built)) => {
                built.reference_names.remove(at);
                built.table.references.remove(at);
                true
            }
            _ => false,
        }
    }

    fn drop_column(
        &mut self,
        slot: usize,
        name: &str,
        spot: &Spot,
        place: Place,
        guard: bool,
    ) -> Result<(), String> {
        let key = self.key(name);
        let at = self
            .slots
            .get(slot)
            .and_then(Option::as_ref)
            .and_then(|it| {
                let mut columns = it.table.columns.iter();
                columns.position(|it| self.key(&it.name) == key)
            });
        let Some(at) = at else {
            let open = self.built(slot).is_some_and(|it| it.table.open);
            let gone = guard || open;
            return gone
                .then_some(())
                .ok_or_else(|| format!("the table has no column {name}"));
        };
        let mut copied = false;
        if let Some(built) = self.built(slot) {
            built.table.columns.remove(at);
            built.types.remove(&key);
            built
                .checks
                .retain(|it| it.limits.iter().all(|(column, _)| *column != key));
            copied = built.copied.contains(&key);
        }
        // A key goes with each of its columns; on MySQL it goes on without it.
        if self.is_mysql() {
            let narrowed = self.without_column(slot, &key);
            for parts in narrowed {
                let says = format!(
                    "the unique key over {parts} loses the column {name} here, and holds for the others alone"
                );
                self.lose(slot, Some(name), place.clone(), says);
            }
            self.drop_keys(slot, spot.file, &place, |it| it.parts.is_empty());
        } else {
            let covering: Vec<Key> = self
                .built(slot)
                .map(|it| it.table.keys.clone())
                .unwrap_or_default();
            let covering: Vec<Key> = covering
                .into_iter()
                .filter(|it| self.covers(it, &key))
                .collect();
            self.drop_keys(slot, spot.file, &place, |it| covering.contains(it));
        }
        let references = self.built(slot).map(|it| {
            let mut at = 0;
            let names = &mut it.reference_names;
            it.table.references.retain(|reference| {
                let kept = !reference.columns.iter().any(|it| it == name);
                if kept {
                    at += 1;
                } else {
                    names.remove(at);
                }
                kept
            });
        });
        debug_assert!(references.is_some());
        if !copied {
            let says = format!(
                "the column {name} is dropped, and no statement before it copies what stands in it"
            );
            self.dropped.insert((slot, key), self.losses.len());
            self.lose(slot, Some(name), place, says);
        }
        Ok(())
    }

    /// Takes a column out of the keys, and says what those covered which had others besides.
    fn without_column(&mut self, slot: usize, key: &str) -> Vec<String> {
        let Some(built) = self.built(slot) else {
            return Vec::new();
        };
        let mut narrowed = Vec::new();
        for it in &mut built.table.keys {
            let names: Vec<&str> = it.parts.iter().filter_map(Part::name).collect();
            let words = names.join(", ");
            let before = it.parts.len();
            it.parts
                .retain(|part| part.name().is_none_or(|it| !it.eq_ignore_ascii_case(key)));
            if it.parts.len() < before && !it.parts.is_empty() {
                narrowed.push(words);
            }
        }
        narrowed
    }

    /// `ALTER TABLE … RENAME …`, from behind these words.
    pub(super) fn rename_part(
        &mut self,
        mut cursor: Cursor,
        slot: usize,
        spot: &Spot,
    ) -> Option<()> {
        if cursor.takes_one(&["index", "key", "constraint"]) {
            let old = cursor.name()?;
            if !cursor.takes("to") {
                return None;
            }
            let new = cursor.name()?;
            let (old, new) = (self.fold(&old), self.fold(&new));
            self.rename_key(slot, &old, &new);
            return Some(());
        }
        if cursor.takes("to") || cursor.takes("as") {
            let path = cursor.path()?;
            self.rename_table(slot, &path, spot);
            return Some(());
        }
        cursor.takes("column");
        let old = cursor.name()?;
        if !cursor.takes("to") {
            // SQLite and MySQL take the new name without `TO`.
            if !self.is_mysql() && self.is_postgres() {
                return None;
            }
            let path = vec![old];
            self.rename_table(slot, &path, spot);
            return Some(());
        }
        let new = cursor.name()?;
        let (old, new) = (self.fold(&old), self.fold(&new));
        self.rename_column(slot, &old, &new, spot).ok()
    }

    fn rename_key(&mut self, slot: usize, old: &str, new: &str) {
        let key = self.key(old);
        let fresh = self.key(new);
        if self.indexes.remove(&key).is_some() {
            self.indexes.insert(fresh, slot);
        }
        let postgres = self.is_postgres();
        let same = |it: Option<&str>| {
            it.is_some_and(|it| {
                if postgres {
                    it == key
                } else {
                    it.eq_ignore_ascii_case(&key)
                }
            })
        };
        let Some(built) = self.built(slot) else {
            return;
        };
        for it in &mut built.table.keys {
            if same(it.name.as_deref()) {
                it.name = Some(new.to_owned());
            }
        }
        for it in &mut built.checks {
            if same(it.name.as_deref()) {
                it.name = Some(new.to_owned());
            }
        }
        for it in &mut built.reference_names {
            if same(it.as_deref()) {
                *it = Some(new.to_owned());
            }
        }
    }

    /// Renames an index wherever it is.
    pub(super) fn rename_index(&mut self, old: &str, new: &str) {
        if let Some(slot) = self.indexes.get(&self.key(old)).copied() {
            self.rename_key(slot, old, new);
        }
    }

    /// Renames a table; whatever refers to it follows, but on SQLite when a copy takes the place of what was dropped.
    pub(super) fn rename_table(&mut self, slot: usize, path: &[Name], spot: &Spot) {
        let (given, name) = self.settle(path);
        let Some(built) = self.slots.get(slot).and_then(Option::as_ref) else {
            return;
        };
        let old = built.table.name.clone();
        let place = built.table.namespace.clone();
        let namespace = if path.len() > 1 { given } else { place.clone() };
        let old_key = self.key(&old);
        self.by_name.remove(&(place, old_key.clone()));
        let key = (namespace.clone(), self.key(&name));
        if let Some(at) = self.dropped_tables.remove(&key) {
            // A copy takes the place of the old one: what is said of that is said of this.
            if let Some(former) = self.losses.get(at).map(|it| it.slot) {
                self.successors.entry(former).or_insert(slot);
            }
        }
        let before = self.by_name.insert(key, slot);
        if let Some(before) = before.filter(|it| *it != slot) {
            self.successors.entry(before).or_insert(slot);
            self.move_gone(before, slot, spot.file);
        }
        if let Some(built) = self.built(slot) {
            built.table.name.clone_from(&name);
            built.table.namespace = namespace;
            let full = built.table.full_name();
            if let Some(last) = self.last_names.get_mut(slot) {
                *last = full;
            }
        }
        for built in self.slots.iter_mut().flatten() {
            for reference in &mut built.table.references {
                if reference.table == old {
                    reference.table.clone_from(&name);
                }
            }
        }
    }

    /// Keys that went with the table which this one replaces: those that are here again were never gone, but for a deploy.
    fn move_gone(&mut self, from: usize, to: usize, file: usize) {
        for it in self.gone.iter_mut().filter(|it| it.slot == from) {
            it.slot = to;
        }
        let keys = self.built(to).map(|it| it.table.keys.clone());
        for key in keys.unwrap_or_default() {
            let mut columns: Vec<String> = key
                .parts
                .iter()
                .filter_map(Part::name)
                .map(|it| self.key(it))
                .collect();
            columns.sort();
            self.gone
                .retain(|it| it.slot != to || it.file != file || it.columns != columns);
        }
    }

    pub(super) fn rename_column(
        &mut self,
        slot: usize,
        old: &str,
        new: &str,
        _spot: &Spot,
    ) -> Result<(), String> {
        if old == new {
            return Ok(());
        }
        let (old_key, new_key) = (self.key(old), self.key(new));
        let postgres = self.is_postgres();
        let same = |it: &str| {
            if postgres {
                it == old_key
            } else {
                it.eq_ignore_ascii_case(&old_key)
            }
        };
        let built = self.built(slot).ok_or_else(unclear)?;
        let Some(column) = built.table.columns.iter_mut().find(|it| same(&it.name)) else {
            if built.table.open {
                return Ok(());
            }
            return Err(format!("the table has no column {old}"));
        };
        new.clone_into(&mut column.name);
        for key in &mut built.table.keys {
            for part in &mut key.parts {
                if let Part::Column { name, .. } = part {
                    if same(name) {
                        new.clone_into(name);
                    }
                }
            }
        }
        for check in &mut built.checks {
            for (column, _) in &mut check.limits {
                if *column == old_key {
                    column.clone_from(&new_key);
                }
            }
        }
        for reference in &mut built.table.references {
            for column in &mut reference.columns {
                if same(column) {
                    new.clone_into(column);
                }
            }
        }
        if let Some(made) = built.types.remove(&old_key) {
            built.types.insert(new_key.clone(), made);
        }
        for it in &mut built.copied {
            if *it == old_key {
                it.clone_from(&new_key);
            }
        }
        let table = built.table.name.clone();
        for it in self.losses.iter_mut().filter(|it| it.slot == slot) {
            if it.column.as_deref().is_some_and(same) {
                it.column = Some(new.to_owned());
            }
        }
        for built in self.slots.iter_mut().flatten() {
            for reference in &mut built.table.references {
                if reference.table == table {
                    for column in &mut reference.to {
                        if same(column) {
                            new.clone_into(column);
                        }
                    }
                }
            }
        }
        // A column that takes a dropped one's name gives it back.
        self.dropped.remove(&(slot, new_key));
        Ok(())
    }

    pub(super) fn move_to(&mut self, slot: usize, namespace: String) -> Result<(), String> {
        let built = self
            .slots
            .get(slot)
            .and_then(Option::as_ref)
            .ok_or_else(unclear)?;
        let old = (built.table.namespace.clone(), self.key(&built.table.name));
        let key = old.1.clone();
        let namespace = (namespace != "public").then_some(namespace);
        self.by_name.remove(&old);
        self.by_name.insert((namespace.clone(), key), slot);
        if let Some(built) = self.built(slot) {
            built.table.namespace = namespace;
        }
        Ok(())
    }

    /// `DROP TABLE`, from behind these words.
    pub(super) fn drop_tables(&mut self, mut cursor: Cursor, spot: &Spot) -> Option<()> {
        let guard = cursor.takes("if exists") || spot.guarded;
        loop {
            let begin = span(cursor.rest()).0;
            let path = cursor.path()?;
            match self.slot(&path) {
                Some(slot) => self.drop_table(slot, spot, spot.at(begin)),
                None if guard || self.is_aside(&path) => {}
                None => {
                    let place = spot.at(begin);
                    self.miss(
                        place,
                        cursor.text,
                        "no file before it makes this table",
                        false,
                    );
                }
            }
            if !cursor.takes_sign(',') {
                return Some(());
            }
        }
    }

    fn drop_table(&mut self, slot: usize, spot: &Spot, place: Place) {
        self.drop_keys(slot, spot.file, &place, |_| true);
        let Some(built) = self.slots.get_mut(slot).and_then(Option::take) else {
            return;
        };
        let name = self.key(&built.table.name);
        let key = (built.table.namespace.clone(), name);
        if built.rows_copied {
            let left: Vec<String> = built
                .table
                .columns
                .iter()
                .map(|it| it.name.clone())
                .filter(|it| !built.copied.contains(&self.key(it)) && !built.copied.is_empty())
                .collect();
            for column in left {
                let says = format!(
                    "the table is made anew, and no statement copies what stands in its column {column}"
                );
                self.lose(slot, Some(&column), place.clone(), says);
            }
        } else {
            self.dropped_tables.insert(key, self.losses.len());
            let says =
                "the table is dropped, and no statement before it copies its rows".to_owned();
            self.lose(slot, None, place, says);
        }
    }

    /// `DROP INDEX`, from behind these words.
    pub(super) fn drop_indexes(&mut self, mut cursor: Cursor, spot: &Spot) -> Option<()> {
        cursor.takes("concurrently");
        cursor.takes("if exists");
        loop {
            let path = cursor.path()?;
            let name = path.last().map(|it| self.fold(it)).unwrap_or_default();
            let name = self.key(&name);
            let on = if cursor.takes("on") {
                cursor.path()
            } else {
                None
            };
            let slot = on
                .and_then(|it| self.slot(&it))
                .or_else(|| self.indexes.get(&name).copied());
            if let Some(slot) = slot {
                let postgres = self.is_postgres();
                let same = |it: &Key| {
                    it.name.as_deref().is_some_and(|it| {
                        if postgres {
                            it == name
                        } else {
                            it.eq_ignore_ascii_case(&name)
                        }
                    })
                };
                self.drop_keys(slot, spot.file, &spot.at(0), same);
            }
            if !cursor.takes_sign(',') {
                return Some(());
            }
        }
    }

    /// `DROP TYPE` and `DROP DOMAIN`, from behind these words.
    pub(super) fn drop_types(&mut self, mut cursor: Cursor, spot: &Spot) -> Option<()> {
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
                self.drop_columns_of(&key, spot);
            }
            if !cursor.takes_sign(',') {
                return Some(());
            }
        }
    }

    fn drop_columns_of(&mut self, made: &str, spot: &Spot) {
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
                let dropped = self.drop_column(slot, &column, spot, spot.at(0), true);
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
            Some(super::create::unquoted(token.of(text)))
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
