//! Which statement is which. What surely touches no structure is passed over; what is not known is named.

use super::cursor::{Cursor, span, tokens};
use super::guarded::changes_structure_in_texts;
use super::lex::{self, Kind, Token};
use super::world::{Site, World};

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
    pub(super) fn run(&mut self, text: &str, site: &Site) {
        let mut text = text;
        if text.len() > LARGE {
            let first = lex::Lexer::of(text, self.engine).next();
            let rows = ["insert", "replace", "values"];
            if !first.is_some_and(|it| rows.iter().any(|word| it.is(text, word))) {
                let why = "it is longer than anything that people write";
                return self.miss(site.at(0), text, why, true);
            }
            // Rows upon rows: which table they go to stands at the beginning.
            let end = (0..=LARGE / 16).rev().find(|it| text.is_char_boundary(*it));
            text = text.get(..end.unwrap_or(0)).unwrap_or_default();
        }
        let clean = lex::without_comments(text, self.engine);
        let tokens = tokens(&clean, self.engine);
        self.run_tokens(&clean, &tokens, site);
    }

    fn run_tokens(&mut self, text: &str, tokens: &[Token], site: &Site) {
        let mut cursor = Cursor::of(text, tokens);
        let done = match () {
            () if cursor.takes("create") => self.create(cursor, site),
            () if cursor.takes("alter") => self.alter(cursor, site),
            () if cursor.takes("drop") => self.drop(cursor, site),
            () if cursor.takes("rename table") => self.rename_tables(cursor, site),
            () if cursor.sees_one(&["insert", "replace"]) => {
                self.insert(cursor);
                Some(())
            }
            () if cursor.takes("update") => {
                self.update(cursor);
                Some(())
            }
            () if cursor.takes("delete") => {
                self.delete(cursor, site, false);
                Some(())
            }
            () if cursor.takes("truncate") => {
                self.delete(cursor, site, true);
                Some(())
            }
            () if cursor.takes("merge") => Some(()),
            () if cursor.takes("with") => {
                self.with(&cursor, site);
                Some(())
            }
            () if cursor.takes("do") => self.guarded(&cursor, site),
            () if cursor.takes("set") => self.set(cursor),
            () if cursor.takes("select") => self.select(&cursor, site),
            () if cursor.sees_one(&["call", "exec", "execute", "prepare", "perform"]) => {
                self.call(cursor, site)
            }
            () if cursor.sees_one(HARMLESS) => Some(()),
            () => None,
        };
        if done.is_none() {
            let why = "it is not known what it does";
            self.miss(site.at(span(tokens).0), text, why, true);
        }
    }

    fn create(&mut self, mut cursor: Cursor, site: &Site) -> Option<()> {
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
            return self.create_table(cursor, site);
        }
        if cursor.takes("unique") {
            cursor.takes_one(&["clustered", "nonclustered"]);
            if cursor.takes("index") {
                let text = cursor.text;
                return self.create_index(cursor, text, site);
            }
            return None;
        }
        if cursor.takes("type") {
            return self.create_type(cursor);
        }
        if cursor.takes("domain") {
            return self.create_domain(cursor, site).ok();
        }
        if cursor.takes("database") {
            self.database(cursor);
            return Some(());
        }
        if cursor.takes("schema") {
            // MySQL's word for a database; elsewhere tables may be made in the same breath.
            let tables = cursor.rest().iter().any(|it| it.is(cursor.text, "table"));
            if self.is_mysql() {
                self.database(cursor);
                return Some(());
            }
            return (!tables).then_some(());
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

    fn alter(&mut self, mut cursor: Cursor, site: &Site) -> Option<()> {
        cursor.takes_one(&["online", "offline", "ignore"]);
        if cursor.takes("table") {
            return self.alter_table(cursor, site);
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
            self.database(cursor);
            return Some(());
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

    fn drop(&mut self, mut cursor: Cursor, site: &Site) -> Option<()> {
        cursor.takes_one(&["temporary", "temp"]);
        if cursor.takes("table") {
            return self.drop_tables(cursor, site);
        }
        if cursor.takes("index") {
            return self.drop_indexes(cursor, site);
        }
        if cursor.takes("type") || cursor.takes("domain") {
            return self.drop_types(cursor, site);
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
    fn rename_tables(&mut self, mut cursor: Cursor, site: &Site) -> Option<()> {
        loop {
            cursor.takes("if exists");
            let old = cursor.path()?;
            if !cursor.takes("to") {
                return None;
            }
            let new = cursor.path()?;
            let text = cursor.text;
            let slot = self.table_or_part(&old, &site.at(0), text);
            self.rename_table(slot, &new, site);
            if !cursor.takes_sign(',') {
                return Some(());
            }
        }
    }

    /// What a database on MySQL gives to its new tables.
    fn database(&mut self, mut cursor: Cursor) {
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

    fn select(&mut self, cursor: &Cursor, site: &Site) -> Option<()> {
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
                self.called(text, names, site);
            }
        }
        Some(())
    }
}
