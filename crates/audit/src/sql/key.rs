//! Keys, references and checks that stand in a line of their own, and indexes: read by hand, since every engine has words of
//! its own around them.

use super::cursor::{Cursor, by_commas, span};
use super::lex::{Kind, Token};
use super::parse::expression;
use super::types;
use super::world::{Built, Site, World};
use crate::schema::{Engine, Key, Part, Reference};

/// What a line of a table's definition may be, besides a column.
pub(super) enum Constraint {
    Key(Key),
    Reference(Option<String>, Reference),
    Check(super::world::Check),
    /// A key made of an index that is there: its name, and the key's.
    UsingIndex {
        index: String,
        name: Option<String>,
        primary: bool,
    },
    /// What makes nothing unique.
    Nothing,
}

impl World {
    /// Whether these tokens are a constraint or an index, and no column.
    pub(super) fn is_constraint(&self, text: &str, tokens: &[Token]) -> bool {
        let cursor = Cursor::of(text, tokens);
        if cursor.sees_one(&[
            "constraint",
            "primary",
            "unique",
            "foreign",
            "check",
            "exclude",
        ]) {
            return true;
        }
        if self.is_postgres() || self.engine == Some(Engine::Sqlite) {
            return false;
        }
        let kind = |at: usize| tokens.get(at).map(|it| it.kind);
        let number = |at: usize| {
            tokens
                .get(at)
                .is_some_and(|it| it.of(text).starts_with(|it: char| it.is_ascii_digit()))
        };
        match () {
            () if cursor.sees_one(&["fulltext", "spatial", "period"]) => true,
            // `KEY name (a)`, `KEY (a)`, `KEY name USING BTREE (a)`; a column named so has a type behind it.
            () if cursor.sees_one(&["key", "index"]) => {
                let bracket = kind(1) == Some(Kind::Sign('('))
                    || (kind(2) == Some(Kind::Sign('(')) && !number(3));
                bracket || tokens.get(2).is_some_and(|it| it.is(text, "using"))
            }
            () => false,
        }
    }

    /// The constraint that these tokens are.
    pub(super) fn constraint(
        &self,
        text: &str,
        tokens: &[Token],
        site: &Site,
        built: &Built,
    ) -> Result<Constraint, String> {
        let mut cursor = Cursor::of(text, tokens);
        let place = site.at(span(tokens).0);
        let mut name = None;
        if cursor.takes("constraint") {
            cursor.takes_guard();
            let nameless = cursor.sees_one(&["primary", "unique", "foreign", "check"])
                && !matches!(cursor.tokens.get(cursor.at + 1), Some(it) if cursor_is_kind(it, text));
            if !nameless {
                name = cursor.name().map(|it| self.fold(&it));
            }
        }
        if cursor.takes("primary key") {
            return self.unique(cursor, name, place, built, true);
        }
        if cursor.takes("unique") {
            return self.unique(cursor, name, place, built, false);
        }
        if cursor.takes("foreign key") {
            return self.foreign(cursor, name, place, built);
        }
        if cursor.takes("check") {
            let inside = cursor.brackets().ok_or("a check has no condition")?;
            let (begin, end) = span(inside);
            let condition = text.get(begin..end).unwrap_or_default();
            let off = cursor
                .rest()
                .windows(2)
                .any(|pair| pair[0].is(text, "not") && pair[1].is(text, "enforced"));
            if off {
                return Ok(Constraint::Nothing);
            }
            let expr = expression(condition, self.engine)?;
            let usual = || self.usual_check_name(built, &expr);
            let mut check = self.check(name.or_else(usual), place, &expr);
            check.condition = super::column::line(condition);
            return Ok(Constraint::Check(check));
        }
        if cursor.sees_one(&["exclude", "key", "index", "fulltext", "spatial", "period"]) {
            return Ok(Constraint::Nothing);
        }
        Err("it is neither a column nor a key".to_owned())
    }

    /// PostgreSQL names a check after the first of its columns, MySQL by a number.
    fn usual_check_name(&self, built: &Built, expr: &sqlparser::ast::Expr) -> Option<String> {
        let table = &built.table.name;
        if self.is_mysql() {
            return Some(format!("{table}_chk_{}", built.checks.len() + 1));
        }
        let limits = super::check::limits(expr);
        let one = limits.first().map(|(name, _)| self.fold(name))?;
        let alone = limits.iter().all(|(name, _)| self.fold(name) == one);
        let column = if alone {
            format!("_{one}")
        } else {
            String::new()
        };
        self.is_postgres().then(|| format!("{table}{column}_check"))
    }

    /// What stands behind `UNIQUE` or `PRIMARY KEY`.
    fn unique(
        &self,
        mut cursor: Cursor,
        mut name: Option<String>,
        place: crate::place::Place,
        built: &Built,
        primary: bool,
    ) -> Result<Constraint, String> {
        cursor.takes_one(&["key", "index", "clustered", "nonclustered"]);
        cursor.takes("if not exists");
        if cursor.takes("using index") {
            let index = cursor.name().ok_or("an index has no name")?;
            return Ok(Constraint::UsingIndex {
                index: self.fold(&index),
                name,
                primary,
            });
        }
        let mut nulls_distinct = !cursor.takes("nulls not distinct");
        cursor.takes("nulls distinct");
        if !cursor.sees_sign('(') && !cursor.sees("using") {
            let given = cursor.name().map(|it| self.fold(&it));
            name = name.or(given);
        }
        if cursor.takes("using") {
            cursor.name();
        }
        let inside = cursor.brackets().ok_or("a key has no columns")?;
        let parts = self.parts(&cursor.over(inside), built);
        let mut deferrable = false;
        let mut replaces = false;
        while !cursor.is_done() {
            if cursor.takes("not deferrable") {
            } else if cursor.takes("deferrable") {
                deferrable = true;
            } else if cursor.takes("nulls not distinct") {
                nulls_distinct = false;
            } else if cursor.takes("on conflict") {
                replaces = cursor.sees("replace");
            } else {
                cursor.at += 1;
            }
        }
        let columns: Vec<&str> = parts.iter().filter_map(Part::name).collect();
        let name = name.or_else(|| self.usual_key_name(&built.table.name, &columns, primary));
        Ok(Constraint::Key(Key {
            name: if primary && self.is_mysql() {
                Some("PRIMARY".to_owned())
            } else {
                name
            },
            parts,
            primary,
            nulls_distinct,
            deferrable,
            replaces,
            ..Key::over(place, [])
        }))
    }

    fn foreign(
        &self,
        mut cursor: Cursor,
        mut name: Option<String>,
        place: crate::place::Place,
        built: &Built,
    ) -> Result<Constraint, String> {
        cursor.takes("if not exists");
        if !cursor.sees_sign('(') {
            let given = cursor.name().map(|it| self.fold(&it));
            name = name.or(given);
        }
        let inside = cursor.brackets().ok_or("a foreign key has no columns")?;
        let names = |cursor: &Cursor, inside| -> Vec<String> {
            let each = by_commas(inside).into_iter();
            each.filter_map(|it| cursor.over(it).name().map(|it| self.fold(&it)))
                .collect()
        };
        let columns = names(&cursor, inside);
        if !cursor.takes("references") {
            return Err("a foreign key refers to nothing".to_owned());
        }
        let path = cursor.path().ok_or("a foreign key refers to nothing")?;
        let to = cursor.brackets().map(|it| names(&cursor, it));
        let usual = || {
            let columns = columns.join("_");
            self.is_postgres()
                .then(|| format!("{}_{columns}_fkey", built.table.name))
        };
        Ok(Constraint::Reference(
            name.or_else(usual),
            Reference {
                place,
                columns: columns.clone(),
                table: self.settle(&path).1,
                to: to.unwrap_or_default(),
            },
        ))
    }

    /// The parts of a key.
    pub(super) fn parts(&self, inside: &Cursor, built: &Built) -> Vec<Part> {
        let each = by_commas(inside.tokens).into_iter();
        each.map(|it| self.part(inside.text, it, built)).collect()
    }

    fn part(&self, text: &str, tokens: &[Token], built: &Built) -> Part {
        let (begin, end) = span(tokens);
        let whole = || {
            let text = text.get(begin..end).unwrap_or_default();
            Part::Expression(super::column::line(text))
        };
        let mut cursor = Cursor::of(text, tokens);
        let is_text = tokens.first().is_some_and(|it| it.kind == Kind::Text);
        let Some(name) = cursor.name().filter(|_| !is_text) else {
            return whole();
        };
        let name = self.fold(&name);
        let mut prefix = None;
        if let Some(inside) = cursor.brackets() {
            let number = match inside {
                [one] => one.of(text).parse::<u64>().ok(),
                _ => None,
            };
            let known = built.table.column(&name).is_some() || self.is_mysql();
            match number {
                Some(number) if known => prefix = Some(number),
                Some(_) | None => return whole(),
            }
        }
        let mut folds_case = false;
        while let Some(token) = cursor.peek() {
            if cursor.takes("collate") {
                let Some(path) = cursor.path() else {
                    return whole();
                };
                let collation = path.last().map(|it| it.text.clone()).unwrap_or_default();
                let collation = types::collation(&collation, self.engine);
                folds_case = collation.tells_case == Some(false);
            } else if token.kind == Kind::Word {
                cursor.at += 1;
            } else {
                return whole();
            }
        }
        Part::Column {
            name,
            prefix,
            folds_case,
        }
    }

    /// `CREATE UNIQUE INDEX`, from behind these words.
    pub(super) fn create_index(
        &mut self,
        mut cursor: Cursor,
        text: &str,
        site: &Site,
    ) -> Option<()> {
        let place = site.at(0);
        cursor.takes("concurrently");
        let guard = cursor.takes("if not exists") || site.guarded;
        let name = if cursor.sees("on")
            && !matches!(cursor.tokens.get(cursor.at + 1), Some(it) if it.is(text, "on"))
        {
            None
        } else {
            cursor.path()
        };
        if cursor.takes("using") {
            cursor.name()?;
        }
        if !cursor.takes("on") {
            return None;
        }
        cursor.takes("only");
        let path = cursor.path()?;
        if self.is_aside(&path) {
            return Some(());
        }
        if cursor.takes("using") {
            cursor.name()?;
        }
        let inside = cursor.brackets()?;
        let slot = self.table_or_part(&path, &place, text);
        let name = name.and_then(|it| it.last().map(|it| self.fold(it)));
        let known = |it: &String| self.indexes.get(&self.key(it)) == Some(&slot);
        if guard && name.as_ref().is_some_and(known) {
            return Some(());
        }
        let built = self.slots.get(slot)?.as_ref()?;
        let parts = self.parts(&cursor.over(inside), built);
        let mut nulls_distinct = true;
        let mut only_where = None;
        while !cursor.is_done() {
            if cursor.takes("where") {
                let (begin, end) = span(cursor.rest());
                only_where = text.get(begin..end).map(super::column::line);
                break;
            }
            if cursor.takes("nulls not distinct") {
                nulls_distinct = false;
            } else if cursor.brackets().is_none() {
                cursor.at += 1;
            }
        }
        let columns: Vec<&str> = parts.iter().filter_map(Part::name).collect();
        let usual = || {
            let columns = columns.join("_");
            self.is_postgres()
                .then(|| format!("{}_{columns}_idx", built.table.name))
        };
        let key = Key {
            name: name.or_else(usual),
            parts,
            nulls_distinct,
            only_where,
            ..Key::over(place, [])
        };
        self.add_key(slot, key, site.file);
        Some(())
    }
}

/// Whether a constraint goes on here: then the word before it was its name.
fn cursor_is_kind(token: &Token, text: &str) -> bool {
    ["primary", "unique", "foreign", "check"]
        .iter()
        .any(|it| token.is(text, it))
}
