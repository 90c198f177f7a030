//! What renames: tables, columns, keys, and whatever refers to them.

use super::alter::unclear;
use super::cursor::{Cursor, Name};
use super::world::{Site, World};
use crate::schema::Part;

impl World {
    /// `ALTER TABLE … RENAME …`, from behind these words.
    pub(super) fn rename_part(
        &mut self,
        mut cursor: Cursor,
        slot: usize,
        site: &Site,
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
            self.rename_table(slot, &path, site);
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
            self.rename_table(slot, &path, site);
            return Some(());
        }
        let new = cursor.name()?;
        let (old, new) = (self.fold(&old), self.fold(&new));
        self.rename_column(slot, &old, &new, site).ok()
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
    pub(super) fn rename_table(&mut self, slot: usize, path: &[Name], site: &Site) {
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
            self.move_gone(before, slot, site.file);
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
        _site: &Site,
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
                if let Part::Column { name, .. } = part
                    && same(name)
                {
                    new.clone_into(name);
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
}
