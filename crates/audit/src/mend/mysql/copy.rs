//! Shares of v5 columns, copied while v5 code runs, and again when it runs no more.

use super::{IT, Writer, exact, q};
use crate::mend::Stage;
use crate::mend::plan::{self, Copy, Filled};
use crate::mend::text::{literal, within};

impl Writer<'_> {
    fn filled(&self, copy: &Copy) -> (Vec<String>, Vec<String>) {
        let fill = |filled: &Filled| match filled {
            Filled::RandomText | Filled::Uuid => "UUID()".to_owned(),
            Filled::Now => "NOW(3)".to_owned(),
        };
        let share = format!("s.{}", q(&copy.column));
        self.work.filled(IT, copy, share, "NOW(3)", fill)
    }

    /// Copies what is not there yet, and remembers what was copied: first that, so that both see the same rows.
    fn insert(&self, copy: &Copy) -> String {
        let work = self.work;
        let (columns, values) = self.filled(copy);
        let missing = format!(
            "FROM {} s\n    WHERE s.{column} IS NOT NULL AND s.{column} <> '' AND s.{from} IS NOT NULL\n      AND NOT EXISTS (SELECT 1 \
             FROM {} t WHERE t.{} = s.{from} AND t.{} = {}{})",
            within(copy.from.namespace.as_deref(), &copy.from.name, IT),
            self.table(),
            q(&work.user),
            q(&work.method),
            literal(&copy.method, IT),
            self.work.only(IT, "t"),
            column = q(&copy.column),
            from = q(&copy.user),
        );
        format!(
            "INSERT INTO {} ({user}, {method}, {share})\n    SELECT s.{}, {}, s.{} {missing}\n    FOR UPDATE;\nINSERT INTO {} ({})\n    \
             SELECT {} {missing};\n",
            self.named(&work.copied()),
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
            "CREATE TABLE IF NOT EXISTS {} AS\n    SELECT {}, {}, {} FROM {} WHERE 1 = 0;\nSTART TRANSACTION;\n{}COMMIT;\n",
            self.named(&work.copied()),
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
        let table = self.table();
        let archive = self.named(&work.archive());
        let copied = self.named(&work.copied());
        let from = within(copy.from.namespace.as_deref(), &copy.from.name, IT);
        let unknown = literal(&copy.method, IT);
        let (old, column) = (q(&work.share), q(&copy.column));
        let (user, method, own) = (q(&work.user), q(&work.method), q(&copy.user));
        let joined = format!(
            "{table} t JOIN {copied} b ON t.{user} = b.{user} AND t.{method} = b.{method}\n    JOIN {from} s ON b.{user} = s.{own} AND \
             b.{method} = {unknown}{}",
            self.work.only(IT, "t")
        );
        let changed = format!(
            "{} = {} AND {} <> {} AND s.{column} <> ''",
            exact(&format!("t.{old}")),
            exact(&format!("b.{old}")),
            exact(&format!("s.{column}")),
            exact(&format!("b.{old}")),
        );
        let (columns, values) = self.filled(copy);
        let run = format!(
            "START TRANSACTION;\nINSERT INTO {archive}\n    SELECT t.*, NOW(6) FROM {joined}\n    WHERE {changed} FOR UPDATE;\n\
             UPDATE {joined}\n    SET t.{old} = s.{column}, t.{} = NOW(3)\n    WHERE {changed};\n{}INSERT INTO {archive} ({}, \
             superseded_at)\n    SELECT {}, NOW(6) FROM {from} s\n    WHERE s.{column} <> '' AND s.{own} IS NOT NULL\n      AND NOT \
             EXISTS (SELECT 1 FROM {table} t WHERE t.{user} = s.{own} AND t.{method} = {unknown}{} AND {share_t} = {share_s})\n      \
             AND NOT EXISTS (SELECT 1 FROM {archive} a WHERE a.{user} = s.{own} AND {share_a} = {share_s});\nUPDATE {copied} b JOIN \
             {from} s ON b.{user} = s.{own} AND b.{method} = {unknown}\n    SET b.{old} = s.{column} WHERE s.{column} <> '';\nCOMMIT;\n",
            q(&work.created),
            self.insert(copy),
            columns.join(", "),
            values.join(", "),
            self.work.only(IT, "t"),
            share_t = exact(&format!("t.{old}")),
            share_s = exact(&format!("s.{column}")),
            share_a = exact(&format!("a.{old}")),
        );
        self.step(Stage::FillAgain, plan::again_why(copy), run);
    }
}
