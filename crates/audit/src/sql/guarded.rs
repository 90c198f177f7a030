//! `DO $$ BEGIN … END $$`: statements that are wrapped so that they may run twice, and what else may hide in such a body.

use super::cursor::{Cursor, span, tokens};
use super::lex::{Kind, Token};
use super::split::Statements;
use super::world::{Site, World};

impl World {
    /// `DO $$ BEGIN … END $$`: what is wrapped so that it may run twice is run as if it said `IF NOT EXISTS`.
    pub(super) fn guarded(&mut self, cursor: &Cursor, site: &Site) -> Option<()> {
        let body = cursor.rest().iter().find(|it| it.kind == Kind::Body)?;
        let whole = body.of(cursor.text);
        let tag = whole.get(1..)?.find('$')? + 2;
        let inside = whole.get(tag..whole.len().checked_sub(tag)?)?;
        let all = tokens(inside, self.engine);
        if !changes_structure(inside, &all) && !all.iter().any(|it| it.is(inside, "execute")) {
            // It looks, counts, or touches rows.
            self.with(&Cursor::of(inside, &all), site);
            return Some(());
        }
        let steps = guarded_steps(inside, self.engine)?;
        for (begin, text) in steps {
            let site = Site {
                begin: site.begin + body.begin + tag + begin,
                guarded: true,
                ..*site
            };
            self.run(&text, &site);
        }
        Some(())
    }
}

/// The statements in a body that does nothing but guard them; null where it does anything else.
fn guarded_steps(
    inside: &str,
    engine: Option<crate::schema::Engine>,
) -> Option<Vec<(usize, String)>> {
    let mut steps = Vec::new();
    for statement in Statements::of(inside, (0, inside.len()), engine) {
        let text = inside.get(statement.begin..statement.end)?;
        let all = tokens(text, engine);
        let mut cursor = Cursor::of(text, &all);
        cursor.takes("begin");
        if cursor.takes("exception") {
            let quiet = cursor
                .rest()
                .iter()
                .any(|it| it.is(text, "null") || it.is(text, "raise"));
            if !quiet {
                return None;
            }
            continue;
        }
        if cursor.takes("if") {
            let then = cursor.rest().iter().position(|it| it.is(text, "then"))?;
            let condition = cursor.rest().get(..then)?;
            let (begin, end) = span(condition);
            let asks = text.get(begin..end)?.to_ascii_lowercase();
            let catalogue = ["pg_", "information_schema", "to_regclass", "to_regtype"];
            if !catalogue.iter().any(|it| asks.contains(it)) {
                return None;
            }
            cursor.at += then + 1;
        }
        if cursor.takes_one(&["end", "null", "raise", "when"]) || cursor.is_done() {
            continue;
        }
        if cursor.takes("execute") {
            // A statement in quotes is one like any other, unless it is put together.
            let [one] = cursor.rest() else {
                return None;
            };
            if one.kind != Kind::Text {
                return None;
            }
            let quoted = super::create::unquoted(one.of(text));
            steps.push((statement.begin + one.begin + 1, quoted));
            continue;
        }
        let known = [
            "create table",
            "create type",
            "create unique",
            "create index",
            "create domain",
            "alter table",
            "alter type",
            "create extension",
            "create policy",
            "create trigger",
            "drop policy",
            "drop trigger",
            "create role",
            "create user",
            "grant",
            "comment",
            "create sequence",
            "create schema",
            "create publication",
            "alter publication",
            "drop table",
            "drop index",
            "drop type",
        ];
        if !known.iter().any(|it| cursor.clone().takes(it)) {
            return None;
        }
        let (begin, end) = span(cursor.rest());
        let step = text.get(begin..end)?.to_owned();
        steps.push((statement.begin + begin, step));
    }
    Some(steps)
}

/// Whether these tokens, or a text in them, change the structure.
pub(super) fn changes_structure(text: &str, tokens: &[Token]) -> bool {
    let plain = tokens.windows(2).any(|pair| {
        let verb = ["alter", "create", "drop", "rename"]
            .iter()
            .any(|it| pair[0].is(text, it));
        let noun = ["table", "index", "unique", "type", "domain"];
        verb && noun.iter().any(|it| pair[1].is(text, it))
    });
    plain || changes_structure_in_texts(text, tokens)
}

/// Whether a text in quotes, or a body, changes the structure.
pub(super) fn changes_structure_in_texts(text: &str, tokens: &[Token]) -> bool {
    tokens
        .iter()
        .filter(|it| matches!(it.kind, Kind::Text | Kind::Body))
        .any(|it| {
            let lower = it.of(text).to_ascii_lowercase();
            let words: Vec<&str> = lower
                .split(|it: char| !it.is_alphanumeric())
                .filter(|it| !it.is_empty())
                .collect();
            words.windows(2).any(|pair| {
                matches!(pair[0], "alter" | "create" | "drop" | "rename")
                    && matches!(pair[1], "table" | "index" | "unique" | "type" | "domain")
            })
        })
}
