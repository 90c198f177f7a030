//! The mend for MySQL and MariaDB: changes in place where the engine can, told where it copies the table.

mod copy;

use super::plan::{Plan, Work};
use super::text::{list, literal, quoted, within};
use super::{Stage, Step};
use crate::schema::{Column, Engine, Kind, Unit};

const IT: Engine = Engine::MySql;
const WAIT: &str = "SET SESSION lock_wait_timeout = 5;\n";
const METHOD: &str = "varchar(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";
const IN_PLACE: &str = ", ALGORITHM=INPLACE, LOCK=NONE";

/// What to run, in order.
pub(super) fn steps(plan: &Plan) -> Vec<Step> {
    let mut all = Vec::new();
    for work in &plan.works {
        Writer {
            work,
            all: &mut all,
        }
        .write();
    }
    super::plan::framed(all, WAIT)
}

struct Writer<'a> {
    work: &'a Work<'a>,
    all: &'a mut Vec<Step>,
}

fn q(name: &str) -> String {
    quoted(name, IT)
}

/// A text as its bytes: a collation may take two shares for one.
fn exact(value: &str) -> String {
    format!("CAST({value} AS BINARY)")
}

impl Writer<'_> {
    fn step(&mut self, stage: Stage, why: impl Into<String>, run: impl Into<String>) {
        self.all.push(Step {
            stage,
            why: why.into(),
            run: run.into(),
        });
    }

    fn named(&self, name: &str) -> String {
        within(self.work.namespace.as_deref(), name, IT)
    }

    fn table(&self) -> String {
        self.named(&self.work.name)
    }

    fn write(&mut self) {
        if self.work.table.is_none() {
            self.create();
        } else {
            self.columns();
        }
        self.archive();
        if self.work.method_is.nullable {
            self.fill_null(Stage::Expand);
        }
        for copy in &self.work.copies {
            self.copy(copy);
        }
        if !self.work.has_pairs() {
            self.key(Stage::Expand);
        }
        if self.work.method_is.nullable {
            self.fill_null(Stage::FillAgain);
        }
        for copy in &self.work.copies {
            self.copy_again(copy);
        }
        if self.work.has_pairs() {
            self.move_superseded(Stage::Key, false);
            self.key(Stage::Key);
        }
        if self.work.method_is.nullable {
            let run = format!(
                "ALTER TABLE {} MODIFY {} {METHOD} NOT NULL DEFAULT 'UNKNOWN';\n",
                self.table(),
                q(&self.work.method)
            );
            let why = "No method is null any more; the table is copied for this, and can be read meanwhile";
            self.step(Stage::Key, why, run);
        }
        if !self.work.copies.is_empty() {
            let run = format!(
                "DROP TABLE IF EXISTS {};\n",
                self.named(&self.work.copied())
            );
            let why = "What was copied first need not be remembered any more; the shares in the v5 columns stay where they are";
            self.step(Stage::Key, why, run);
        }
    }

    fn create(&mut self) {
        let work = self.work;
        let (user, refers) = match work.refers_to() {
            Some((table, column)) => (
                sql_type(column),
                format!(
                    ",\n    FOREIGN KEY ({}) REFERENCES {} ({})",
                    q(&work.user),
                    within(table.namespace.as_deref(), &table.name, IT),
                    q(&column.name)
                ),
            ),
            None => ("varchar(191)".to_owned(), String::new()),
        };
        let run = format!(
            "CREATE TABLE IF NOT EXISTS {} (\n    {} varchar(191) NOT NULL PRIMARY KEY,\n    {} {user} NOT NULL,\n    {} {METHOD} \
             NOT NULL DEFAULT 'UNKNOWN',\n    {} mediumtext CHARACTER SET utf8mb4 NOT NULL,\n    {} datetime(3) NOT NULL DEFAULT \
             CURRENT_TIMESTAMP(3),\n    UNIQUE KEY {} ({}){refers}\n);\n",
            self.table(),
            q("id"),
            q(&work.user),
            q(&work.method),
            q(&work.share),
            q(&work.created),
            q(&work.key_name()),
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
        let method = q(&work.method);
        let is = &work.method_is;
        if is.missing {
            self.step(
                Stage::Expand,
                "What v5 code stores has no method: it counts as UNKNOWN, the rows that are there too",
                format!("ALTER TABLE {table} ADD COLUMN {method} {METHOD} NOT NULL DEFAULT 'UNKNOWN'{IN_PLACE};\n"),
            );
        }
        if is.checked {
            self.drop_checks();
        }
        let null = if is.nullable { "NULL" } else { "NOT NULL" };
        if is.closed_type || is.checked || is.no_default {
            self.step(
                Stage::Expand,
                "The method becomes free text that tells case, and every value stays; the table may be copied for this, and can \
                 be read meanwhile",
                format!("ALTER TABLE {table} MODIFY {method} {METHOD} {null} DEFAULT 'UNKNOWN';\n"),
            );
        }
        if work.share_narrow {
            let column = work.table.and_then(|it| it.column(&work.share));
            let null = if column.is_some_and(|it| it.nullable) {
                "NULL"
            } else {
                "NOT NULL"
            };
            self.step(
                Stage::Expand,
                "Shares take 64 KiB and any text; the table is copied for this, and can be read meanwhile",
                format!(
                    "ALTER TABLE {table} MODIFY {} mediumtext CHARACTER SET utf8mb4 {null};\n",
                    q(&work.share)
                ),
            );
        }
        if !work.timed {
            self.step(
                Stage::Expand,
                "From here on each row has a time; those that are there get this one",
                format!(
                    "ALTER TABLE {table} ADD COLUMN {} datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3);\n",
                    q(&work.created)
                ),
            );
        }
    }

    fn drop_checks(&mut self) {
        let table = self.table();
        let schema = self
            .work
            .namespace
            .as_deref()
            .map_or("DATABASE()".to_owned(), |it| literal(it, IT));
        let run = format!(
            "SET @mend = (SELECT CONCAT('ALTER TABLE {} ', GROUP_CONCAT(CONCAT('DROP CONSTRAINT `', c.CONSTRAINT_NAME, '`') \
             SEPARATOR ', '))\n    FROM information_schema.TABLE_CONSTRAINTS t JOIN information_schema.CHECK_CONSTRAINTS c\n    ON \
             c.CONSTRAINT_SCHEMA = t.CONSTRAINT_SCHEMA AND c.CONSTRAINT_NAME = t.CONSTRAINT_NAME\n    WHERE t.CONSTRAINT_TYPE = \
             'CHECK' AND t.TABLE_SCHEMA = {schema} AND t.TABLE_NAME = {}\n      AND c.CONSTRAINT_NAME <> {} AND c.CHECK_CLAUSE LIKE \
             {});\nSET @mend = COALESCE(@mend, 'DO 0');\nPREPARE mend FROM @mend;\nEXECUTE mend;\nDEALLOCATE PREPARE mend;\n",
            table.replace('\'', "''"),
            literal(&self.work.name, IT),
            literal(&self.work.method, IT),
            literal(&format!("%`{}`%", self.work.method), IT),
        );
        let why = "Methods are an open set: the checks that name this column go. See first which these are, with SHOW CREATE TABLE";
        self.step(Stage::Expand, why, run);
    }

    fn archive(&mut self) {
        let work = self.work;
        if !work.has_pairs() && work.copies.is_empty() {
            return;
        }
        let run = format!(
            "CREATE TABLE IF NOT EXISTS {} AS\n    SELECT t.*, NOW(6) AS superseded_at FROM {} t WHERE 1 = 0;\n",
            self.named(&work.archive()),
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

    /// Moves all but the newest row for each user and method: what was copied to the archive, and is still the same, goes.
    fn move_superseded(&mut self, stage: Stage, nulls: bool) {
        let work = self.work;
        let table = self.table();
        let archive = self.named(&work.archive());
        let created = q(&work.created);
        let method = q(&work.method);
        let same_method = if nulls {
            format!("COALESCE(b.{method}, 'UNKNOWN') = COALESCE(a.{method}, 'UNKNOWN')")
        } else {
            format!("b.{method} = a.{method}")
        };
        let only = work
            .only
            .as_ref()
            .map(|(column, _)| format!(" AND b.{0} = a.{0}", q(column)));
        let only = only.unwrap_or_default();
        let row: Vec<String> = work.row().into_iter().map(q).collect();
        let later = row
            .iter()
            .enumerate()
            .map(|(at, column)| {
                let before = row.iter().take(at);
                let before: Vec<String> =
                    before.map(|it| format!("b.{it} = a.{it} AND ")).collect();
                let before = before.concat();
                format!("({before}b.{column} > a.{column})")
            })
            .collect::<Vec<_>>()
            .join(" OR ");
        let tie = format!(" OR (b.{created} <=> a.{created} AND ({later}))");
        let is_row = row
            .iter()
            .map(|it| format!("r.{it} = a.{it}"))
            .collect::<Vec<_>>()
            .join(" AND ");
        let share = q(&work.share);
        let run = format!(
            "START TRANSACTION;\nINSERT INTO {archive}\n    SELECT a.*, NOW(6) FROM {table} a WHERE EXISTS (\n        SELECT 1 FROM \
             {table} b WHERE b.{user} = a.{user} AND {same_method}{only}\n          AND (b.{created} > a.{created} OR (a.{created} IS \
             NULL AND b.{created} IS NOT NULL){tie}));\nDELETE a FROM {table} a JOIN {archive} r ON {is_row} AND {} <=> {};\nCOMMIT;\n",
            exact(&format!("r.{share}")),
            exact(&format!("a.{share}")),
            user = q(&work.user),
        );
        let why = "Of the rows for one user and method the newest stays; the others are moved, in one transaction";
        self.step(stage, why, run);
    }

    fn key(&mut self, stage: Stage) {
        let work = self.work;
        let table = self.table();
        if work.narrow_primary().is_some() {
            let new = if work.keyed {
                String::new()
            } else {
                format!(", ADD PRIMARY KEY ({})", list(work.key(), IT))
            };
            let run = format!("ALTER TABLE {table} DROP PRIMARY KEY{new};\n");
            self.step(stage, super::plan::narrow_why(work), run);
        } else if !work.keyed {
            let why = format!(
                "One row for each user and method; others write meanwhile. If it fails, {}, then run this again",
                if work.has_pairs() {
                    "move the superseded rows once more"
                } else {
                    "look for what else writes"
                }
            );
            let run = format!(
                "ALTER TABLE {table} ADD UNIQUE KEY {} ({}){IN_PLACE};\n",
                q(&work.key_name()),
                list(work.key(), IT)
            );
            self.step(stage, why, run);
        }
        for narrow in work.narrow.iter().filter(|it| !it.primary) {
            if let Some(name) = &narrow.name {
                let run = format!("ALTER TABLE {table} DROP INDEX {}{IN_PLACE};\n", q(name));
                self.step(stage, super::plan::narrow_why(work), run);
            }
        }
    }
}

/// A column's type as MySQL writes it, with what a foreign key has to share.
fn sql_type(column: &Column) -> String {
    let sql = !column.spelled.starts_with(char::is_uppercase);
    let kind = match &column.kind {
        _ if sql => column.spelled.clone(),
        Kind::Text(Some(width)) if width.unit == Unit::Characters => {
            format!("varchar({})", width.most)
        }
        Kind::Integer if column.spelled.starts_with("BigInt") => "bigint".to_owned(),
        Kind::Integer => "int".to_owned(),
        Kind::Text(_)
        | Kind::Enum(_)
        | Kind::Json
        | Kind::Bytes(_)
        | Kind::Uuid
        | Kind::Time
        | Kind::Boolean
        | Kind::List(_)
        | Kind::Other => "varchar(191)".to_owned(),
    };
    let text = matches!(column.kind, Kind::Text(_));
    let charset = column.charset.as_ref().filter(|_| text);
    let charset = charset
        .map(|it| format!(" CHARACTER SET {}", it.name))
        .unwrap_or_default();
    let collation = column
        .collation
        .as_ref()
        .filter(|it| text && !it.name.contains(' '));
    let collation = collation
        .map(|it| format!(" COLLATE {}", it.name))
        .unwrap_or_default();
    format!("{kind}{charset}{collation}")
}
