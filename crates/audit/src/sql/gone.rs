//! Unique keys that come and go: one that is gone from one file to a later one lets duplicates in for as long as that.

use super::world::{Gone, World};
use crate::place::Place;
use crate::schema::{Key, Part};

impl World {
    /// Adds a key; one over the same columns that was gone since an earlier file was missing for as long as that.
    pub(super) fn add_key(&mut self, slot: usize, key: Key, file: usize) {
        let columns = self.covered(&key);
        let returned = self
            .gone
            .iter()
            .position(|it| it.slot == slot && it.columns == columns);
        if let Some(at) = returned {
            let gone = self.gone.swap_remove(at);
            if gone.file != file {
                let says = format!(
                    "{} is dropped here and made again at {}: a deploy that stands between the two lets duplicates in",
                    key_words(gone.name.as_deref(), &gone.columns),
                    key.place
                );
                self.lose(slot, None, gone.place, says);
            }
        }
        if let Some(name) = &key.name {
            let name = self.key(name);
            self.indexes.insert(name, slot);
        }
        if let Some(built) = self.built(slot) {
            built.table.keys.push(key);
        }
    }

    /// The columns of a key by their keys, in a fixed order.
    fn covered(&self, key: &Key) -> Vec<String> {
        let names = key.parts.iter().filter_map(Part::name);
        let mut columns: Vec<String> = names.map(|it| self.key(it)).collect();
        columns.sort();
        columns
    }

    /// Takes the keys away for which this holds, and says how many they were.
    pub(super) fn drop_keys(
        &mut self,
        slot: usize,
        file: usize,
        place: &Place,
        which: impl Fn(&Key) -> bool,
    ) -> usize {
        let Some(built) = self.built(slot) else {
            return 0;
        };
        let keys = std::mem::take(&mut built.table.keys);
        let (out, kept): (Vec<_>, Vec<_>) = keys.into_iter().partition(which);
        built.table.keys = kept;
        for key in &out {
            let gone = Gone {
                slot,
                columns: self.covered(key),
                file,
                place: place.clone(),
                name: key.name.clone(),
            };
            self.gone.push(gone);
            if let Some(name) = &key.name {
                let name = self.key(name);
                self.indexes.remove(&name);
            }
        }
        out.len()
    }
}

/// As messages name a key.
fn key_words(name: Option<&str>, columns: &[String]) -> String {
    let over = columns.join(", ");
    match name {
        Some(name) => format!("the unique key {name} over {over}"),
        None => format!("the unique key over {over}"),
    }
}
