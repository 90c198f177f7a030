//! A table made anew, for what SQLite cannot change in place.

use super::{IT, Writer, q};
use crate::mend::text::{list, literal, name};
use crate::mend::{Cannot, Stage};
use crate::schema::{Default, Key, Part, Table};

impl Writer<'_> {
    /// The table made anew from what is known of it.
    pub(super) fn anew(&mut self, table: &Table, stage: Stage) -> Result<(), Cannot> {
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
