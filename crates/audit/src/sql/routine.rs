//! Routines, which may change the structure when they are called: whoever calls such a one is not understood.

use super::cursor::Cursor;
use super::guarded::changes_structure;
use super::lex;
use super::world::World;

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

    pub(super) fn called(&mut self, text: &str, names: Vec<String>) {
        self.unread.push(crate::schema::Unread {
            place: crate::place::table("routine"),
            excerpt: lex::excerpt(text),
            why: "it runs a routine that may change the structure".to_owned(),
            names,
        });
    }

    pub(super) fn call(&mut self, mut cursor: Cursor) -> Option<()> {
        if !cursor.takes("call") {
            return None;
        }
        let name = cursor.path()?.last()?.text.to_lowercase();
        if let Some(names) = self.routines.get(&name).cloned() {
            self.called(cursor.text, names);
        }
        Some(())
    }
}
