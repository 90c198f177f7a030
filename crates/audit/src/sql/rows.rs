//! Statements that touch rows: what they take away without a copy is a loss.

use super::cursor::{Cursor, span};
use super::lex::{Kind, Token};
use super::world::{Site, World};

impl World {
    /// `INSERT`, from behind this word: one that selects copies.
    pub(super) fn insert(&mut self, mut cursor: Cursor) {
        while !cursor.is_done() && !cursor.takes("into") {
            cursor.at += 1;
        }
        let target = cursor.path().and_then(|it| self.slot(&it));
        let select = cursor
            .rest()
            .iter()
            .position(|it| it.is(cursor.text, "select"));
        let Some(select) = select else {
            return;
        };
        let rest = cursor.rest().get(select..).unwrap_or_default();
        self.copies(cursor.text, rest, target);
    }

    /// Notes which columns of which tables are read here: what is read into another place is not lost when it goes.
    fn copies(&mut self, text: &str, tokens: &[Token], target: Option<usize>) {
        let mut sources = Vec::new();
        let mut cursor = Cursor::of(text, tokens);
        while !cursor.is_done() {
            if cursor.takes("from") || cursor.takes("join") {
                let slot = cursor.clone().path().and_then(|it| self.slot(&it));
                sources.extend(slot.filter(|it| Some(*it) != target));
            } else {
                cursor.at += 1;
            }
        }
        let star = tokens.windows(2).any(|pair| {
            let before = pair[0].is(text, "select") || pair[0].kind == Kind::Sign('.');
            before && pair[1].kind == Kind::Sign('*')
        });
        let names: Vec<String> = tokens
            .iter()
            .filter_map(|it| it.name(text).map(|name| (name, it.kind)))
            .map(|(name, kind)| {
                let name = super::cursor::Name {
                    text: name.to_owned(),
                    quoted: kind == Kind::Name,
                };
                self.key_of(&name)
            })
            .collect();
        let postgres = self.is_postgres();
        for slot in sources {
            if let Some(built) = self.built(slot) {
                built.rows_copied = true;
                let columns = built.table.columns.iter();
                let keys = columns.map(|it| {
                    if postgres {
                        it.name.clone()
                    } else {
                        it.name.to_ascii_lowercase()
                    }
                });
                let read: Vec<String> = keys.filter(|it| star || names.contains(it)).collect();
                built.copied.extend(read);
            }
        }
    }

    /// `UPDATE`, from behind this word: the columns on the right of a `=` are copied.
    pub(super) fn update(&mut self, mut cursor: Cursor) {
        let text = cursor.text;
        cursor.takes("only");
        let Some(slot) = cursor.path().and_then(|it| self.slot(&it)) else {
            return;
        };
        let rest = cursor.rest();
        let set = rest.iter().position(|it| it.is(text, "set")).unwrap_or(0);
        let rest = rest.get(set + 1..).unwrap_or_default();
        let end = rest.iter().position(|it| it.is(text, "where"));
        let sets = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        let mut read = Vec::new();
        for set in super::cursor::by_commas(sets) {
            let equals = set.iter().position(|it| it.kind == Kind::Sign('='));
            let right = set.get(equals.map_or(set.len(), |it| it + 1)..);
            for token in right.unwrap_or_default() {
                if let Some(name) = token.name(text) {
                    let name = super::cursor::Name {
                        text: name.to_owned(),
                        quoted: token.kind == Kind::Name,
                    };
                    read.push(self.key_of(&name));
                }
            }
        }
        if let Some(built) = self.built(slot) {
            built.copied.append(&mut read);
        }
        // `UPDATE a SET x = b.y FROM b`: what is read there is copied as well.
        self.copies(text, rest, Some(slot));
    }

    /// `DELETE FROM` and `TRUNCATE`, from behind these words.
    pub(super) fn delete(&mut self, mut cursor: Cursor, site: &Site, all: bool) {
        let text = cursor.text;
        if all {
            cursor.takes("table");
        } else {
            while !cursor.is_done() && !cursor.takes("from") {
                cursor.at += 1;
            }
        }
        loop {
            cursor.takes("only");
            let begin = span(cursor.rest()).0;
            let Some(path) = cursor.path() else {
                return;
            };
            if let Some(slot) = self.slot(&path) {
                let copied = self.built(slot).is_some_and(|it| it.rows_copied);
                let some = cursor.rest().iter().any(|it| it.is(text, "where"));
                if !copied {
                    let which = if some { "rows" } else { "all rows" };
                    let says =
                        format!("{which} are deleted, and no statement before it copies them");
                    self.lose(slot, None, site.at(begin), says);
                }
            }
            if !all || !cursor.takes_sign(',') {
                return;
            }
        }
    }

    /// `WITH`: one that deletes and inserts what it deleted moves rows.
    pub(super) fn with(&mut self, cursor: &Cursor, site: &Site) {
        let text = cursor.text;
        let at = |word: &str| cursor.rest().iter().position(|it| it.is(text, word));
        let inserts = at("insert").is_some();
        if let Some(delete) = at("delete").filter(|_| !inserts) {
            let mut rest = cursor.clone();
            rest.at += delete;
            self.delete(rest, site, false);
        } else if inserts {
            self.copies(text, cursor.rest(), None);
        }
    }
}
