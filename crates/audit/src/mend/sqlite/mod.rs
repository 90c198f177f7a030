//! The mend for SQLite. What it cannot change in place is a table made anew, in one transaction.

mod copy;

use super::plan::{Plan, Work};
use super::text::{list, literal, name, quoted};
use super::{Cannot, Stage, Step};
use crate::schema::{Default, Engine, Key, Part, Table};

const IT: Engine = Engine::Sqlite;
const WAIT: &str = ".timeout 5000\n";

/// What to run, in order.
pub(super) fn steps(plan: &Plan) -> Result<Vec<Step>, Cannot> {
    let mut all = Vec::new();
    for work in &plan.works {
        Writer {
            work,
            all: &mut all,
        }
        .write()?;
    }
    Ok(super::plan::framed(all, WAIT))
}

struct Writer<'a> {
    work: &'a Work<'a>,
    all: &'a mut Vec<Step>,
}

fn q(name: &str) -> String {
    quoted(name, IT)
}

impl Writer<'_> {
    fn step(&mut self, stage: Stage, why: impl Into<String>, run: impl Into<String>) {
        self.all.push(Step {
            stage,
            why: why.into(),
            run: run.into(),
        });
    }

    fn table(&self) -> String {
        q(&self.work.name)
    }

    fn write(&mut self) -> Result<(), Cannot> {
        let work = self.work;
        match work.table {
            None => self.create(),
            Some(_) => self.columns(),
        }
        self.archive();
        if work.method_is.nullable {
            self.fill_null(Stage::Expand);
        }
        for copy in &work.copies {
            self.copy(copy);
        }
        if !work.has_pairs() {
            self.key(Stage::Expand)?;
        }
        if work.method_is.nullable {
            self.fill_null(Stage::FillAgain);
        }
        for copy in &work.copies {
            self.copy_again(copy);
        }
        if work.has_pairs() {
            self.move_superseded(Stage::Key, false);
            self.key(Stage::Key)?;
        }
        if !work.copies.is_empty() {
            let run = format!("DROP TABLE IF EXISTS {};\n", q(&work.copied()));
            let why = "What was copied first need not be remembered any more; the shares in the v5 columns stay where they are";
            self.step(Stage::Key, why, run);
        }
        Ok(())
    }

    fn create(&mut self) {
        let work = self.work;
        let (user, refers) = match work.refers_to() {
            Some((table, column)) => {
                let kind = if column.kind == crate::schema::Kind::Integer {
                    "INTEGER"
                } else {
                    "TEXT"
                };
                (
                    kind,
                    format!(" REFERENCES {} ({})", q(&table.name), q(&column.name)),
                )
            }
            None => ("TEXT", String::new()),
        };
        let run = format!(
            "CREATE TABLE IF NOT EXISTS {} (\n    {} TEXT NOT NULL PRIMARY KEY DEFAULT (lower(hex(randomblob(16)))),\n    {} {user} NOT \
             NULL{refers},\n    {} TEXT NOT NULL DEFAULT 'UNKNOWN',\n    {} TEXT NOT NULL,\n    {} DATETIME NOT NULL DEFAULT \
             CURRENT_TIMESTAMP\n);\nCREATE UNIQUE INDEX IF NOT EXISTS {} ON {} ({});\n",
            self.table(),
            q("id"),
            q(&work.user),
            q(&work.method),
            q(&work.share),
            q(&work.created),
            q(&work.key_name()),
            self.table(),
            list(work.key(), IT),
        );
        let why = format!(
            "A table for {}, with the guide's columns; leave it out if they are kept elsewhere",
            work.words()
        );
        self.step(Stage::Expand, why, run);
    }

    fn columns(&mut self) {
        let work = self.work;
        let table = self.table();
        if work.method_is.missing {
            self.step(
                Stage::Expand,
                "What v5 code stores has no method: it counts as UNKNOWN, the rows that are there too",
                format!("ALTER TABLE {table} ADD COLUMN {} TEXT NOT NULL DEFAULT 'UNKNOWN';\n", q(&work.method)),
            );
        }
        if !work.timed {
            self.step(
                Stage::Expand,
                "A place for the time of each row, which the new code fills: SQLite cannot add one that fills itself",
                format!("ALTER TABLE {table} ADD COLUMN {} DATETIME;\n", q(&work.created)),
            );
        }
    }

    fn archive(&mut self) {
        let work = self.work;
        if !work.has_pairs() && work.copies.is_empty() {
            return;
        }
        let run = format!(
            "CREATE TABLE IF NOT EXISTS {} AS\n    SELECT t.*, CURRENT_TIMESTAMP AS superseded_at FROM {} t WHERE 0;\n",
            q(&work.archive()),
            self.table(),
        );
        let why = "Superseded rows are moved here, and none is deleted: the older of a pair may be the one that fits the \
                   user's half";
        self.step(Stage::Expand, why, run);
    }

    fn fill_null(&mut self, stage: Stage) {
        if self.work.has_pairs() {
            self.move_superseded(stage, true);
        }
        let run = format!(
            "UPDATE {} SET {method} = 'UNKNOWN' WHERE {method} IS NULL;\n",
            self.table(),
            method = q(&self.work.method)
        );
        self.step(stage, "Rows without a method get UNKNOWN", run);
    }

    /// What is a row's own: the primary key, else the number that SQLite gives each row.
    fn row(&self) -> Vec<String> {
        let row = self.work.row();
        if row.is_empty() {
            vec!["rowid".to_owned()]
        } else {
            row.into_iter().map(q).collect()
        }
    }

    fn move_superseded(&mut self, stage: Stage, nulls: bool) {
        let work = self.work;
        let table = self.table();
        let method = q(&work.method);
        let mut parts = vec![q(&work.user)];
        parts.push(if nulls {
            format!("coalesce({method}, 'UNKNOWN')")
        } else {
            method
        });
        parts.extend(work.only.as_ref().map(|(column, _)| q(column)));
        let row = self.row();
        let newest: Vec<String> = row.iter().map(|it| format!(", {it} DESC")).collect();
        let newest = newest.concat();
        let older = format!(
            "({row}) IN (\n        SELECT {row} FROM (SELECT {row}, row_number() OVER (\n            PARTITION BY {} ORDER BY {} \
             DESC NULLS LAST{newest}\n        ) AS rank FROM {table}) WHERE rank > 1)",
            parts.join(", "),
            q(&work.created),
            row = row.join(", "),
        );
        let run = format!(
            "BEGIN IMMEDIATE;\nINSERT INTO {} SELECT t.*, CURRENT_TIMESTAMP FROM {table} t WHERE {older};\nDELETE FROM {table} WHERE \
             {older};\nCOMMIT;\n",
            q(&work.archive()),
        );
        let why = "Of the rows for one user and method the newest stays; the others are moved, in one transaction";
        self.step(stage, why, run);
    }

    fn key(&mut self, stage: Stage) -> Result<(), Cannot> {
        let work = self.work;
        let Some(table) = work.table else {
            return Ok(());
        };
        let index = |key: &Key| {
            let name = key.name.as_deref();
            name.is_some_and(|it| !it.starts_with("sqlite_autoindex"))
                && !key.primary
                && !is_inline(key)
        };
        let is = &work.method_is;
        let anew = is.nullable || is.checked || work.narrow.iter().any(|it| !index(it));
        if anew {
            return self.anew(table, stage);
        }
        if !work.keyed {
            let run = format!(
                "CREATE UNIQUE INDEX IF NOT EXISTS {} ON {} ({});\n",
                q(&work.key_name()),
                self.table(),
                list(work.key(), IT)
            );
            self.step(stage, "One row for each user and method", run);
        }
        for narrow in work.narrow.iter().filter_map(|it| it.name.as_deref()) {
            let run = format!("DROP INDEX IF EXISTS {};\n", q(narrow));
            self.step(stage, super::plan::narrow_why(work), run);
        }
        Ok(())
    }

    /// The table made anew from what is known of it.
    fn anew(&mut self, table: &Table, stage: Stage) -> Result<(), Cannot> {
        let work = self.work;
        if table.columns.iter().any(|it| it.generated) {
            return Err(Cannot::Shape(format!(
                "{} has a column that SQLite computes: it has to be made anew by hand",
                table.name
            )));
        }
        let new = name(&[&work.name, "new"]);
        let (names, lines, indexes) = self.definition(table)?;
        let columns = list(names.iter().copied(), IT);
        let values = names.iter().map(|it| {
            if *it == work.method && work.method_is.nullable {
                format!("coalesce({}, 'UNKNOWN')", q(it))
            } else {
                q(it)
            }
        });
        let values = values.collect::<Vec<_>>().join(", ");
        let run = format!(
            "PRAGMA foreign_keys = OFF;\nBEGIN IMMEDIATE;\nCREATE TABLE {new} (\n    {}\n);\nINSERT INTO {new} ({columns})\n    SELECT \
             {values} FROM {old};\nDROP TABLE {old};\nALTER TABLE {new} RENAME TO {old};\n{indexes}COMMIT;\nPRAGMA foreign_key_check;\n\
             PRAGMA foreign_keys = ON;\n",
            lines.join(",\n    "),
            new = q(&new),
            old = self.table(),
        );
        let effect = if work.has_pairs() {
            "From here on there is one row for each user and method"
        } else {
            "The key that let a user have one share only is gone with it, so run it right before the deploy: v5 code that says ON \
             CONFLICT on the user alone is refused from here on"
        };
        let why = format!(
            "SQLite changes neither a key nor a check in place: the table is made anew with every row of it. Save first what this \
             lists, and run what is lost of it again afterwards, since triggers, other indexes, AUTOINCREMENT, ON DELETE and other \
             checks are not carried over: SELECT sql FROM sqlite_master WHERE tbl_name = {}. {effect}",
            literal(&work.name, IT),
        );
        self.step(stage, why, run);
        Ok(())
    }

    /// The columns of the new table, the lines that make it, and the indexes that are made again.
    fn definition<'b>(
        &'b self,
        table: &'b Table,
    ) -> Result<(Vec<&'b str>, Vec<String>, String), Cannot> {
        let work = self.work;
        let mut names: Vec<&str> = table.columns.iter().map(|it| it.name.as_str()).collect();
        let mut lines: Vec<String> = table.columns.iter().map(|it| self.column(it)).collect();
        if work.method_is.missing {
            names.push(&work.method);
            lines.push(format!(
                "{} TEXT NOT NULL DEFAULT 'UNKNOWN'",
                q(&work.method)
            ));
        }
        if !work.timed {
            names.push(&work.created);
            lines.push(format!(
                "{} DATETIME DEFAULT CURRENT_TIMESTAMP",
                q(&work.created)
            ));
        }
        let mut indexes = Vec::new();
        for key in table.keys.iter().filter(|it| !work.narrow.contains(it)) {
            let columns = plain_columns(table, key)?;
            let given = key
                .name
                .as_deref()
                .filter(|it| !it.starts_with("sqlite_autoindex"));
            match given {
                _ if key.primary => lines.push(format!("PRIMARY KEY ({columns})")),
                None => lines.push(format!("UNIQUE ({columns})")),
                Some(name) => {
                    let filter = key.only_where.as_ref().map(|it| format!(" WHERE {it}"));
                    let (name, here) = (q(name), self.table());
                    let filter = filter.unwrap_or_default();
                    indexes.push(format!(
                        "CREATE UNIQUE INDEX {name} ON {here} ({columns}){filter};\n"
                    ));
                }
            }
        }
        if !work.keyed {
            lines.push(format!("UNIQUE ({})", list(work.key(), IT)));
        }
        for reference in &table.references {
            let to = list(reference.to.iter().map(String::as_str), IT);
            let to = if to.is_empty() {
                to
            } else {
                format!(" ({to})")
            };
            lines.push(format!(
                "FOREIGN KEY ({}) REFERENCES {}{to}",
                list(reference.columns.iter().map(String::as_str), IT),
                q(&reference.table)
            ));
        }
        Ok((names, lines, indexes.concat()))
    }

    fn column(&self, it: &crate::schema::Column) -> String {
        let work = self.work;
        let is_method = it.name == work.method;
        let spelled =
            if it.spelled.starts_with(char::is_uppercase) && it.spelled.starts_with("String") {
                "TEXT"
            } else {
                &it.spelled
            };
        let null = if it.nullable && !is_method {
            ""
        } else {
            " NOT NULL"
        };
        let default = match &it.default {
            _ if is_method => " DEFAULT 'UNKNOWN'".to_owned(),
            None => String::new(),
            Some(Default::Text(text)) => format!(" DEFAULT {}", literal(text, IT)),
            Some(Default::Expression(text)) => format!(" DEFAULT ({text})"),
        };
        let collation = it
            .collation
            .as_ref()
            .filter(|it| !it.name.eq_ignore_ascii_case("binary"));
        let collation = collation
            .filter(|_| !is_method)
            .map(|it| format!(" COLLATE {}", it.name));
        format!(
            "{} {spelled}{null}{default}{}",
            q(&it.name),
            collation.unwrap_or_default()
        )
    }
}

/// Whether a key stands in the table's own definition: SQLite's own index for it cannot be dropped.
fn is_inline(key: &Key) -> bool {
    key.name.is_none() || key.replaces
}

/// The columns of a key that is made again.
fn plain_columns(table: &Table, key: &Key) -> Result<String, Cannot> {
    let plain = |it: &Part| {
        matches!(
            it,
            Part::Column {
                prefix: None,
                folds_case: false,
                ..
            }
        )
    };
    if !key.parts.iter().all(plain) {
        return Err(Cannot::Shape(format!(
            "{}: the key {} has parts that are not plain columns, so that the table has to be made anew by hand",
            table.name,
            key.name.as_deref().unwrap_or("of it")
        )));
    }
    Ok(list(key.parts.iter().filter_map(Part::name), IT))
}
