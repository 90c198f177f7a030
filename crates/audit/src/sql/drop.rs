//! What takes away: tables, columns, keys.

use super::alter::unclear;
use super::cursor::{Cursor, span};
use super::world::{Site, World};
use crate::place::Place;
use crate::schema::{Key, Part};

impl World {
    /// `ALTER TABLE … DROP …`, from behind these words.
    pub(super) fn drop_part(
        &mut self,
        mut cursor: Cursor,
        slot: usize,
        site: &Site,
        place: Place,
    ) -> Result<(), String> {
        if cursor.takes("primary key") {
            self.drop_keys(slot, site.file, &place, |it| it.primary);
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
            let guard = cursor.takes("if exists") || site.guarded;
            let name = cursor.name().ok_or_else(unclear)?;
            let name = self.fold(&name);
            return self.drop_constraint(slot, &name, site, &place, guard || !constraint);
        }
        cursor.takes("column");
        let guard = cursor.takes("if exists") || site.guarded;
        // Oracle's and MariaDB's `DROP (a, b)` is not read.
        let name = cursor.name().ok_or_else(unclear)?;
        let name = self.fold(&name);
        self.drop_column(slot, &name, site, place, guard)
    }

    /// A constraint is a key, a reference or a check; a `guard` lets one that nobody knows be missing.
    fn drop_constraint(
        &mut self,
        slot: usize,
        name: &str,
        site: &Site,
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
        let mut found = self.drop_keys(slot, site.file, place, same);
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

    pub(super) fn drop_column(
        &mut self,
        slot: usize,
        name: &str,
        site: &Site,
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
            self.drop_keys(slot, site.file, &place, |it| it.parts.is_empty());
        } else {
            let covering: Vec<Key> = self
                .built(slot)
                .map(|it| it.table.keys.clone())
                .unwrap_or_default();
            let covering: Vec<Key> = covering
                .into_iter()
                .filter(|it| self.covers(it, &key))
                .collect();
            self.drop_keys(slot, site.file, &place, |it| covering.contains(it));
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

    /// `DROP TABLE`, from behind these words.
    pub(super) fn drop_tables(&mut self, mut cursor: Cursor, site: &Site) -> Option<()> {
        let guard = cursor.takes("if exists") || site.guarded;
        loop {
            let begin = span(cursor.rest()).0;
            let path = cursor.path()?;
            match self.slot(&path) {
                Some(slot) => self.drop_table(slot, site, site.at(begin)),
                None if guard || self.is_aside(&path) => {}
                None => {
                    let place = site.at(begin);
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

    fn drop_table(&mut self, slot: usize, site: &Site, place: Place) {
        self.drop_keys(slot, site.file, &place, |_| true);
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
    pub(super) fn drop_indexes(&mut self, mut cursor: Cursor, site: &Site) -> Option<()> {
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
                self.drop_keys(slot, site.file, &site.at(0), same);
            }
            if !cursor.takes_sign(',') {
                return Some(());
            }
        }
    }
}
