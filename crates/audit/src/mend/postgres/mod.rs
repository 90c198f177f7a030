//! The mend for PostgreSQL. Each statement that locks waits five seconds at most; indexes are made while others write.

mod copy;

use super::plan::{Plan, Work};
use super::text::{list, literal, name, quoted, within};
use super::{Stage, Step};
use crate::schema::{Column, Engine, Kind, Unit};

const IT: Engine = Engine::PostgreSql;
const WAIT: &str = "SET lock_timeout = '5s';\n";

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
        }
        self.columns();
        self.archive();
        if self.work.has_pairs() && self.work.method_is.nullable {
            self.fill_null(Stage::Expand);
        } else if self.work.method_is.nullable {
            self.null_to_unknown(Stage::Expand);
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
            self.move_superseded(Stage::Key, "'UNKNOWN'");
            self.key(Stage::Key);
        }
        if self.work.method_is.nullable {
            self.not_null();
        }
        if !self.work.copies.is_empty() {
            let copied = self.named(&self.work.copied());
            self.step(
                Stage::Key,
                "What was copied first need not be remembered any more; the shares in the v5 columns stay where they are",
                format!("DROP TABLE IF EXISTS {copied};\n"),
            );
        }
    }

    fn create(&mut self) {
        let work = self.work;
        let (user, refers) = match work.refers_to() {
            Some((table, column)) => {
                let to = match &table.namespace {
                    Some(namespace) => format!("{}.{}", q(namespace), q(&table.name)),
                    None => q(&table.name),
                };
                (
                    sql_type(column),
                    format!(" REFERENCES {to} ({})", q(&column.name)),
                )
            }
            None => ("text".to_owned(), String::new()),
        };
        let run = format!(
            "CREATE TABLE IF NOT EXISTS {} (\n    {} text PRIMARY KEY DEFAULT md5(random()::text || clock_timestamp()::text),\n    \
             {} {user} NOT NULL{refers},\n    {} text NOT NULL DEFAULT 'UNKNOWN',\n    {} text NOT NULL,\n    \
             {} timestamptz NOT NULL DEFAULT now(),\n    CONSTRAINT {} UNIQUE ({})\n);\n",
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
        if work.table.is_none() {
            return;
        }
        let method = q(&work.method);
        let is = &work.method_is;
        if is.missing {
            self.step(
                Stage::Expand,
                "What v5 code stores has no method: it counts as UNKNOWN, the rows that are there too",
                format!("ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {method} text NOT NULL DEFAULT 'UNKNOWN';\n"),
            );
        }
        if is.checked {
            let run = format!(
                "DO $mend$\nDECLARE found record;\nBEGIN\n    FOR found IN\n        SELECT conname FROM pg_constraint c\n        \
                 JOIN pg_attribute a ON a.attrelid = c.conrelid AND c.conkey = ARRAY[a.attnum]\n        \
                 WHERE c.contype = 'c' AND c.conrelid = {}::regclass AND a.attname = {}\n    LOOP\n        \
                 EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', {}::regclass, found.conname);\n    \
                 END LOOP;\nEND $mend$;\n",
                literal(&table, IT),
                literal(&work.method, IT),
                literal(&table, IT),
            );
            let why = "Methods are an open set: the checks on this column alone go";
            self.step(Stage::Expand, why, run);
        }
        if is.closed_type || is.checked {
            self.step(
                Stage::Expand,
                "The method becomes free text, and every value stays. This writes the table anew and locks it meanwhile; code \
                 that compares the column with a value of the enum's own type fails from here on, until the deploy",
                format!(
                    "ALTER TABLE {table} ALTER COLUMN {method} DROP DEFAULT,\n    ALTER COLUMN {method} TYPE text USING \
                     {method}::text,\n    ALTER COLUMN {method} SET DEFAULT 'UNKNOWN';\n"
                ),
            );
        } else if is.no_default {
            self.step(
                Stage::Expand,
                "What v5 code stores from here on counts as UNKNOWN",
                format!("ALTER TABLE {table} ALTER COLUMN {method} SET DEFAULT 'UNKNOWN';\n"),
            );
        }
        if work.share_narrow {
            let share = q(&work.share);
            self.step(
                Stage::Expand,
                "Shares take 64 KiB; nothing is written anew for this",
                format!("ALTER TABLE {table} ALTER COLUMN {share} TYPE text;\n"),
            );
        }
        if !work.timed {
            let created = q(&work.created);
            self.step(
                Stage::Expand,
                "From here on each row has a time; those that are there get this one",
                format!("ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {created} timestamptz NOT NULL DEFAULT now();\n"),
            );
        }
    }

    /// The table for what another row supersedes.
    fn archive(&mut self) {
        let work = self.work;
        if !work.has_pairs() && work.copies.is_empty() {
            return;
        }
        let run = format!(
            "CREATE TABLE IF NOT EXISTS {} AS\n    SELECT t.*, now() AS superseded_at FROM {} t WHERE false;\n",
            self.named(&work.archive()),
            self.table(),
        );
        let why = "Superseded rows are moved here, and none is deleted: the older of a pair may be the one that fits the \
                   user's half";
        self.step(Stage::Expand, why, run);
    }

    fn fill_null(&mut self, stage: Stage) {
        if self.work.has_pairs() {
            let without = format!("coalesce({}, 'UNKNOWN')", q(&self.work.method));
            self.move_superseded(stage, &without);
        }
        self.null_to_unknown(stage);
    }

    fn null_to_unknown(&mut self, stage: Stage) {
        let run = format!(
            "UPDATE {} SET {method} = 'UNKNOWN' WHERE {method} IS NULL;\n",
            self.table(),
            method = q(&self.work.method)
        );
        self.step(stage, "Rows without a method get UNKNOWN", run);
    }

    /// Moves all but the newest row for each user and method.
    fn move_superseded(&mut self, stage: Stage, method: &str) {
        let work = self.work;
        let table = self.table();
        let method = if method == "'UNKNOWN'" {
            q(&work.method)
        } else {
            method.to_owned()
        };
        let mut parts = vec![q(&work.user), method];
        parts.extend(work.only.as_ref().map(|(column, _)| q(column)));
        let tie: Vec<String> = work
            .row()
            .into_iter()
            .map(|it| format!(", {} DESC", q(it)))
            .collect();
        let run = format!(
            "BEGIN;\nLOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE;\nWITH ranked AS (\n    SELECT tableoid AS part, ctid AS \
             place, row_number() OVER (\n        PARTITION BY {} ORDER BY {} DESC NULLS LAST{}, ctid DESC\n    ) AS rank\n    \
             FROM {table}\n), moved AS (\n    DELETE FROM {table} t USING ranked r\n    WHERE t.tableoid = r.part AND t.ctid = \
             r.place AND r.rank > 1\n    RETURNING t.*\n)\nINSERT INTO {} SELECT moved.*, now() FROM moved;\nCOMMIT;\n",
            parts.join(", "),
            q(&work.created),
            tie.concat(),
            self.named(&work.archive()),
        );
        let why = "Of the rows for one user and method the newest stays; the others are moved, in one transaction";
        self.step(stage, why, run);
    }

    /// The key over user and method, then what stands in its way.
    fn key(&mut self, stage: Stage) {
        let work = self.work;
        let table = self.table();
        let key = q(&work.key_name());
        let index = self.named(&work.key_name());
        if !work.keyed {
            let why = format!(
                "One row for each user and method. This runs outside of a transaction, and others write meanwhile. If it fails: \
                 DROP INDEX CONCURRENTLY {index}; then {}, then this again",
                if work.has_pairs() {
                    "move the superseded rows once more"
                } else {
                    "look for what else writes"
                }
            );
            let run = format!(
                "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS {key} ON {table} ({});\n",
                list(work.key(), IT)
            );
            self.step(stage, why, run);
        }
        for narrow in &work.narrow {
            let Some(name) = &narrow.name else {
                continue;
            };
            let (name, bare) = (self.named(name), q(name));
            let run = if narrow.primary && work.keyed {
                format!("ALTER TABLE {table} DROP CONSTRAINT {bare};\n")
            } else if narrow.primary {
                format!(
                    "ALTER TABLE {table} DROP CONSTRAINT {bare},\n    ADD CONSTRAINT {} PRIMARY KEY USING INDEX {key};\n",
                    q(&super::text::name(&[&work.name, "user_method", "pkey"]))
                )
            } else {
                format!(
                    "ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {bare};\nDROP INDEX IF EXISTS {name};\n"
                )
            };
            self.step(stage, super::plan::narrow_why(work), run);
        }
    }

    fn not_null(&mut self) {
        let table = self.table();
        let method = q(&self.work.method);
        let check = q(&name(&[&self.work.name, &self.work.method, "given"]));
        let run = format!(
            "ALTER TABLE {table} ADD CONSTRAINT {check} CHECK ({method} IS NOT NULL) NOT VALID;\n\
             ALTER TABLE {table} VALIDATE CONSTRAINT {check};\nALTER TABLE {table} ALTER COLUMN {method} SET NOT NULL;\n\
             ALTER TABLE {table} DROP CONSTRAINT {check};\n"
        );
        let why = "No method is null any more: looked at while others write, so that no lock is held for long";
        self.step(Stage::Key, why, run);
    }
}

/// A column's type as PostgreSQL writes it, whatever the schema was read from.
fn sql_type(column: &Column) -> String {
    let sql = !column.spelled.starts_with(char::is_uppercase);
    match &column.kind {
        Kind::Uuid => "uuid".to_owned(),
        Kind::Text(Some(width)) if width.unit == Unit::Characters => {
            format!("varchar({})", width.most)
        }
        Kind::Integer
            if sql && column.spelled.contains("big") || column.spelled.starts_with("BigInt") =>
        {
            "bigint".to_owned()
        }
        Kind::Integer if sql && !column.spelled.contains("serial") => column.spelled.clone(),
        Kind::Integer => "integer".to_owned(),
        Kind::Other if sql => column.spelled.clone(),
        Kind::Text(_)
        | Kind::Enum(_)
        | Kind::Json
        | Kind::Bytes(_)
        | Kind::Time
        | Kind::Boolean
        | Kind::List(_)
        | Kind::Other => "text".to_owned(),
    }
}
