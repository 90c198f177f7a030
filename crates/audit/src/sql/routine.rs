//! Routines, which may change the structure when they are called: whoever calls such a one is not understood.

use super::cursor::Cursor;
use super::guarded::changes_structure;
use super::lex;
use super::world::{Site, World};
use crate::schema::Unread;

impl World {
    /// A routine that may change the structure is remembered: whoever calls it is not understood.
    pub(super) fn routine(&mut self, mut cursor: Cursor) {
        cursor.takes("if not exists");
        let Some(name) = cursor.path().and_then(|it| it.last().cloned()) else {
            return;
        };
        if changes_structure(cursor.text, cursor.rest()) {
            let names = lex::identifiers(cursor.text, self.engine, true);
            self.routines.insert(name.text.to_lowercase(), names);
        }
    }

    /// Such a routine is run here.
    pub(super) fn called(&mut self, text: &str, names: Vec<String>, site: &Site) {
        self.unread.push(Unread {
            place: site.at(0),
            excerpt: lex::excerpt(text),
            why: "it runs a routine that may change the structure".to_owned(),
            names,
        });
    }

    /// `CALL`: what a routine does that no file makes is not known, but for those of the engine itself.
    pub(super) fn call(&mut self, mut cursor: Cursor, site: &Site) -> Option<()> {
        if !cursor.takes("call") {
            return None;
        }
        let name = cursor.path()?.last()?.text.to_lowercase();
        if let Some(names) = self.routines.get(&name).cloned() {
            self.called(cursor.text, names, site);
        }
        Some(())
    }
}
