//! The mend for SQLite. What it cannot change in place is a table made anew, in one transaction.

mod anew;
mod copy;

use super::plan::{Plan, Work};
use super::text::{list, quoted};
use super::{Cannot, Stage, Step};
use crate::schema::{Engine, Key};

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
}

/// Whether a key stands in the table's own definition: SQLite's own index for it cannot be dropped.
fn is_inline(key: &Key) -> bool {
    key.name.is_none() || key.replaces
}
