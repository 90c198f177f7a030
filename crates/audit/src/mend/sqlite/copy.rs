//! Shares of v5 columns, copied while v5 code runs, and again when it runs no more.

use super::{IT, Writer, q};
use crate::mend::Stage;
use crate::mend::plan::{self, Copy, Filled};
use crate::mend::text::literal;

impl Writer<'_> {
    fn filled(&self, copy: &Copy) -> (Vec<String>, Vec<String>) {
        let fill = |filled: &Filled| match filled {
            Filled::RandomText | Filled::Uuid => "lower(hex(randomblob(16)))".to_owned(),
            Filled::Now => "CURRENT_TIMESTAMP".to_owned(),
        };
        let share = format!("s.{}", q(&copy.column));
        self.work.filled(IT, copy, share, "CURRENT_TIMESTAMP", fill)
    }

    fn insert(&self, copy: &Copy) -> String {
        let work = self.work;
        let (columns, values) = self.filled(copy);
        let missing = format!(
            "FROM {} s\n    WHERE s.{column} IS NOT NULL AND s.{column} <> '' AND s.{from} IS NOT NULL\n      AND NOT EXISTS (SELECT 1 \
             FROM {} t WHERE t.{} = s.{from} AND t.{} = {}{})",
            q(&copy.from.name),
            self.table(),
            q(&work.user),
            q(&work.method),
            literal(&copy.method, IT),
            self.work.only(IT, "t"),
            column = q(&copy.column),
            from = q(&copy.user),
        );
        format!(
            "INSERT INTO {} ({user}, {method}, {share})\n    SELECT s.{}, {}, s.{} {missing};\nINSERT INTO {} ({})\n    SELECT {} \
             {missing};\n",
            q(&work.copied()),
            q(&copy.user),
            literal(&copy.method, IT),
            q(&copy.column),
            self.table(),
            columns.join(", "),
            values.join(", "),
            user = q(&work.user),
            method = q(&work.method),
            share = q(&work.share),
        )
    }

    pub(super) fn copy(&mut self, copy: &Copy) {
        let work = self.work;
        let run = format!(
            "BEGIN IMMEDIATE;\nCREATE TABLE IF NOT EXISTS {} AS\n    SELECT {}, {}, {} FROM {} WHERE 0;\n{}COMMIT;\n",
            q(&work.copied()),
            q(&work.user),
            q(&work.method),
            q(&work.share),
            self.table(),
            self.insert(copy),
        );
        self.step(Stage::Expand, plan::copy_why(work, copy), run);
    }

    pub(super) fn copy_again(&mut self, copy: &Copy) {
        let work = self.work;
        let (table, archive, copied) = (self.table(), q(&work.archive()), q(&work.copied()));
        let from = q(&copy.from.name);
        let unknown = literal(&copy.method, IT);
        let (old, column) = (q(&work.share), q(&copy.column));
        let (user, method, own) = (q(&work.user), q(&work.method), q(&copy.user));
        let changed = |t: &str| {
            format!(
                "FROM {from} s JOIN {copied} b ON b.{user} = s.{own} AND b.{method} = {unknown}\n        WHERE b.{user} = {t}.{user} AND \
                 b.{method} = {t}.{method}{}\n          AND b.{old} = {t}.{old} AND s.{column} <> b.{old} AND s.{column} <> ''",
                self.work.only(IT, t)
            )
        };
        let (columns, values) = self.filled(copy);
        let run = format!(
            "BEGIN IMMEDIATE;\nINSERT INTO {archive}\n    SELECT t.*, CURRENT_TIMESTAMP FROM {table} t WHERE EXISTS (SELECT 1 {});\n\
             UPDATE {table} SET {} = CURRENT_TIMESTAMP,\n    {old} = (SELECT s.{column} {first})\n    WHERE EXISTS (SELECT 1 {first});\n{}\
             INSERT INTO {archive} ({}, superseded_at)\n    SELECT {}, CURRENT_TIMESTAMP FROM {from} s\n    WHERE s.{column} <> '' AND \
             s.{own} IS NOT NULL\n      AND NOT EXISTS (SELECT 1 FROM {table} t WHERE t.{user} = s.{own} AND t.{method} = {unknown}{} AND \
             t.{old} = s.{column})\n      AND NOT EXISTS (SELECT 1 FROM {archive} a WHERE a.{user} = s.{own} AND a.{old} = s.{column});\n\
             UPDATE {copied} SET {old} = (SELECT s.{column} FROM {from} s WHERE s.{own} = {copied}.{user})\n    WHERE {method} = {unknown} \
             AND EXISTS (SELECT 1 FROM {from} s WHERE s.{own} = {copied}.{user} AND s.{column} <> '');\nCOMMIT;\n",
            changed("t"),
            q(&work.created),
            self.insert(copy),
            columns.join(", "),
            values.join(", "),
            self.work.only(IT, "t"),
            first = changed(&table),
        );
        self.step(Stage::FillAgain, plan::again_why(copy), run);
    }
}
