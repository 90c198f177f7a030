//! Which statement is which. What surely touches no structure is passed over; what is not known is named.

use super::cursor::{Cursor, span, tokens};
use super::lex::{self, Kind, Token};
use super::split::Statements;
use super::world::{Spot, World};

/// A statement of more bytes than this holds rows, or does harm.
const LARGE: usize = 1 << 20;

/// Statements that touch neither structure nor rows.
const HARMLESS: &[&str] = &[
    "begin",
    "start",
    "commit",
    "end",
    "savepoint",
    "release",
    "grant",
    "revoke",
    "comment",
    "lock",
    "unlock",
    "analyze",
    "vacuum",
    "pragma",
    "reset",
    "listen",
    "notify",
    "unlisten",
    "explain",
    "show",
    "flush",
    "optimize",
    "refresh",
    "security",
    "reindex",
    "cluster",
    "checkpoint",
    "discard",
    "deallocate",
    "describe",
    "values",
    "print",
    "deny",
    "reassign",
    "rollback",
    "abort",
    "help",
    "delimiter",
    "source",
    "repair",
    "check",
    "load",
    "copy",
    "declare",
    "fetch",
    "close",
    "detach",
    "attach",
    "null",
    "raise",
    "return",
    "replace",
    "kill",
    "use",
];

/// What `CREATE`, `ALTER` and `DROP` may be about besides tables, keys and types.
const ASIDE: &[&str] = &[
    "view",
    "materialized",
    "extension",
    "sequence",
    "policy",
    "role",
    "user",
    "publication",
    "subscription",
    "collation",
    "aggregate",
    "operator",
    "cast",
    "server",
    "statistics",
    "trigger",
    "event",
    "rule",
    "language",
    "conversion",
    "access",
    "tablespace",
    "default",
    "group",
    "foreign",
    "virtual",
    "temporary",
    "temp",
    "text",
    "transform",
    "large",
    "system",
    "function",
    "procedure",
    "routine",
    "package",
    "database",
    "index",
    "constraint",
    "fulltext",
    "spatial",
    "nonclustered",
    "clustered",
    "recursive",
    "algorithm",
    "definer",
    "sql",
    "force",
    "resource",
    "logfile",
    "undo",
    "undefined",
    "trusted",
    "vector",
    "hypertable",
];

impl World {
    /// Runs one statement: its text in the file.
    pub(super) fn run(&mut self, text: &str, spot: &Spot) {
        let mut text = text;
        if text.len() > LARGE {
            let first = lex::Lexer::of(text, self.engine).next();
            let rows = ["insert", "replace", "values"];
            if !first.is_some_and(|it| rows.iter().any(|word| it.is(text, word))) {
                let why = "it is longer than anything that people write";
                return self.miss(spot.at(0), text, why, true);
            }
            // Rows upon rows: which table they go to stands at the beginning.
            let end = (0..=LARGE / 16).rev().find(|it| text.is_char_boundary(*it));
            text = text.get(..end.unwrap_or(0)).unwrap_or_default();
        }
        let clean = lex::without_comments(text, self.engine);
        let tokens = tokens(&clean, self.engine);
        self.run_tokens(&clean, &tokens, spot);
    }

    fn run_tokens(&mut self, text: &str, tokens: &[Token], spot: &Spot) {
        let mut cursor = Cursor::of(text, tokens);
        let done = match () {
            () if cursor.takes("create") => self.create(cursor, spot),
            () if cursor.takes("alter") => self.alter(cursor, spot),
            () if cursor.takes("drop") => self.drop(cursor, spot),
            () if cursor.takes("rename table") => self.rename_tables(cursor, spot),
            () if cursor.sees_one(&["insert", "replace"]) => {
                self.insert(cursor);
                Some(())
            }
            () if cursor.takes("update") => {
                self.update(cursor);
                Some(())
            }
            () if cursor.takes("delete") => {
                self.delete(cursor, spot, false);
                Some(())
            }
            () if cursor.takes("truncate") => {
                self.delete(cursor, spot, true);
                Some(())
            }
            () if cursor.takes("merge") => Some(()),
            () if cursor.takes("with") => {
                self.with(&cursor, spot);
                Some(())
            }
            () if cursor.takes("do") => self.guarded(&cursor, spot),
            () if cursor.takes("set") => self.set(cursor),
            () if cursor.takes("select") => self.select(&cursor),
            () if cursor.sees_one(&["call", "exec", "execute", "prepare", "perform"]) => {
                self.call(cursor)
            }
            () if cursor.sees_one(HARMLESS) => Some(()),
            () => None,
        };
        if done.is_none() {
            let why = "it is not known what it does";
            self.miss(spot.at(span(tokens).0), text, why, true);
        }
    }

    fn create(&mut self, mut cursor: Cursor, spot: &Spot) -> Option<()> {
        cursor.takes("or replace");
        if cursor.takes("definer") {
            while !cursor.is_done()
                && !cursor.sees_one(&["trigger", "procedure", "function", "event", "view", "sql"])
            {
                cursor.at += 1;
            }
        }
        let temporary = cursor.clone();
        cursor.takes_one(&["global", "local"]);
        if cursor.takes_one(&["temp", "temporary"]) {
            if cursor.takes("table") {
                cursor.takes("if not exists");
                let path = cursor.path()?;
                let key = self.key_of(path.last()?);
                if self.slot(&path).is_none() {
                    self.aside.insert(key);
                }
                return Some(());
            }
            cursor = temporary;
        }
        cursor.takes_one(&["unlogged", "column"]);
        if cursor.takes("table") {
            return self.create_table(cursor, spot);
        }
        if cursor.takes("unique") {
            cursor.takes_one(&["clustered", "nonclustered"]);
            if cursor.takes("index") {
                let text = cursor.text;
                return self.create_index(cursor, text, spot);
            }
            return None;
        }
        if cursor.takes("type") {
            return self.create_type(cursor);
        }
        if cursor.takes("domain") {
            return self.create_domain(cursor, spot).ok();
        }
        if cursor.takes("database") {
            return self.database(cursor);
        }
        if cursor.takes("schema") {
            // MySQL's word for a database; elsewhere tables may be made in the same breath.
            let tables = cursor.rest().iter().any(|it| it.is(cursor.text, "table"));
            return if self.is_mysql() {
                self.database(cursor)
            } else {
                (!tables).then_some(())
            };
        }
        if cursor.sees_one(&["function", "procedure", "routine"]) {
            cursor.at += 1;
            self.routine(cursor);
            return Some(());
        }
        if cursor.sees_one(&["view", "materialized", "virtual", "foreign", "recursive"]) {
            while cursor.sees_one(&[
                "view",
                "materialized",
                "virtual",
                "foreign",
                "table",
                "recursive",
            ]) {
                cursor.at += 1;
            }
            cursor.takes("if not exists");
            if let Some(name) = cursor.path().and_then(|it| it.last().cloned()) {
                let key = self.key_of(&name);
                self.aside.insert(key);
            }
            return Some(());
        }
        cursor.sees_one(ASIDE).then_some(())
    }

    /// A routine that may change the structure is remembered: whoever calls it is not understood.
    fn routine(&mut self, mut cursor: Cursor) {
        cursor.takes("if not exists");
        let Some(name) = cursor.path().and_then(|it| it.last().cloned()) else {
            return;
        };
        if changes_structure(cursor.text, cursor.rest()) {
            let names = lex::identifiers(cursor.text, self.engine, true);
            self.routines.insert(name.text.to_lowercase(), names);
        }
    }

    fn alter(&mut self, mut cursor: Cursor, spot: &Spot) -> Option<()> {
        cursor.takes_one(&["online", "offline", "ignore"]);
        if cursor.takes("table") {
            return self.alter_table(cursor, spot);
        }
        if cursor.takes("type") {
            return self.alter_type(cursor);
        }
        if cursor.takes("index") {
            cursor.takes("if exists");
            let old = cursor.path()?;
            if cursor.takes("rename to") {
                let new = cursor.name()?;
                let old = old.last().map(|it| self.fold(it))?;
                let new = self.fold(&new);
                self.rename_index(&old, &new);
            }
            return Some(());
        }
        if cursor.takes("database") || cursor.takes("schema") && self.is_mysql() {
            return self.database(cursor);
        }
        if cursor.takes("schema") {
            return (!cursor.rest().iter().any(|it| it.is(cursor.text, "rename"))).then_some(());
        }
        if cursor.takes("domain") {
            let harmless = cursor.rest().iter().any(|it| it.is(cursor.text, "owner"));
            return harmless.then_some(());
        }
        cursor.sees_one(ASIDE).then_some(())
    }

    fn drop(&mut self, mut cursor: Cursor, spot: &Spot) -> Option<()> {
        cursor.takes_one(&["temporary", "temp"]);
        if cursor.takes("table") {
            return self.drop_tables(cursor, spot);
        }
        if cursor.takes("index") {
            return self.drop_indexes(cursor, spot);
        }
        if cursor.takes("type") || cursor.takes("domain") {
            return self.drop_types(cursor, spot);
        }
        if cursor.takes("schema") || cursor.takes("owned") {
            // An empty one is dropped without a word; `CASCADE` takes the tables along.
            let cascades = cursor.rest().iter().any(|it| it.is(cursor.text, "cascade"));
            return (!cascades && self.slots.iter().all(Option::is_none)).then_some(());
        }
        if cursor.sees("extension") {
            let cascades = cursor.rest().iter().any(|it| it.is(cursor.text, "cascade"));
            return (!cascades).then_some(());
        }
        cursor.sees_one(ASIDE).then_some(())
    }

    /// MySQL's `RENAME TABLE a TO b, c TO d`.
    fn rename_tables(&mut self, mut cursor: Cursor, spot: &Spot) -> Option<()> {
        loop {
            cursor.takes("if exists");
            let old = cursor.path()?;
            if !cursor.takes("to") {
                return None;
            }
            let new = cursor.path()?;
            let text = cursor.text;
            let slot = self.table_or_part(&old, &spot.at(0), text);
            self.rename_table(slot, &new, spot);
            if !cursor.takes_sign(',') {
                return Some(());
            }
        }
    }

    /// What a database on MySQL gives to its new tables.
    fn database(&mut self, mut cursor: Cursor) -> Option<()> {
        while !cursor.is_done() {
            if cursor.takes("character set") || cursor.takes("charset") {
                cursor.takes_sign('=');
                self.charset = super::create::option(&mut cursor);
                self.collation = None;
            } else if cursor.takes("collate") {
                cursor.takes_sign('=');
                self.collation = super::create::option(&mut cursor);
            } else {
                cursor.at += 1;
            }
        }
        Some(())
    }

    fn set(&mut self, mut cursor: Cursor) -> Option<()> {
        cursor.takes_one(&["session", "local", "global"]);
        if cursor.takes("search_path") {
            cursor.at += usize::from(cursor.sees_sign('=') || cursor.sees("to"));
            let first = super::create::option(&mut cursor);
            let usual = |it: &String| {
                matches!(
                    it.as_str(),
                    "public" | "default" | "pg_catalog" | "" | "\"$user\"" | "$user"
                )
            };
            self.namespace = first.filter(|it| !usual(it));
            return Some(());
        }
        (!changes_structure_in_texts(cursor.text, cursor.rest())).then_some(())
    }

    fn select(&mut self, cursor: &Cursor) -> Option<()> {
        let text = cursor.text;
        let rest = cursor.rest();
        // `SELECT … INTO x` makes a table on PostgreSQL, and sets a variable on MySQL.
        let into = rest.iter().any(|it| it.is(text, "into")) && !self.is_mysql();
        if into || changes_structure_in_texts(text, rest) {
            return None;
        }
        for token in rest.iter().filter(|it| it.kind == Kind::Word) {
            if self.routines.is_empty() {
                break;
            }
            let called = self.routines.get(&token.of(text).to_lowercase()).cloned();
            if let Some(names) = called {
                self.called(text, names);
            }
        }
        Some(())
    }

    fn called(&mut self, text: &str, names: Vec<String>) {
        self.unread.push(crate::schema::Unread {
            place: crate::place::table("routine"),
            excerpt: lex::excerpt(text),
            why: "it runs a routine that may change the structure".to_owned(),
            names,
        });
    }

    fn call(&mut self, mut cursor: Cursor) -> Option<()> {
        if !cursor.takes("call") {
            return None;
        }
        let name = cursor.path()?.last()?.text.to_lowercase();
        if let Some(names) = self.routines.get(&name).cloned() {
            self.called(cursor.text, names);
        }
        Some(())
    }

    /// `DO $$ BEGIN … END $$`: what is wrapped so that it may run twice is run as if it said `IF NOT EXISTS`.
    fn guarded(&mut self, cursor: &Cursor, spot: &Spot) -> Option<()> {
        let body = cursor.rest().iter().find(|it| it.kind == Kind::Body)?;
        let whole = body.of(cursor.text);
        let tag = whole.get(1..)?.find('$')? + 2;
        let inside = whole.get(tag..whole.len().checked_sub(tag)?)?;
        let all = tokens(inside, self.engine);
        if !changes_structure(inside, &all) && !all.iter().any(|it| it.is(inside, "execute")) {
            // It looks, counts, or touches rows.
            self.with(&Cursor::of(inside, &all), spot);
            return Some(());
        }
        let steps = guarded_steps(inside, self.engine)?;
        for (begin, text) in steps {
            let spot = Spot {
                begin: spot.begin + body.begin + tag + begin,
                guarded: true,
                ..*spot
            };
            self.run(&text, &spot);
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
fn changes_structure(text: &str, tokens: &[Token]) -> bool {
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
fn changes_structure_in_texts(text: &str, tokens: &[Token]) -> bool {
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
