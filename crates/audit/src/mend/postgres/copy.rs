//! Shares of v5 columns, copied while v5 code runs, and again when it runs no more.

use super::{IT, Writer, q};
use crate::mend::Stage;
use crate::mend::plan::{self, Copy, Filled};
use crate::mend::text::{literal, within};
use crate::schema::Kind;

impl Writer<'_> {
    fn filled(&self, copy: &Copy) -> (Vec<String>, Vec<String>) {
        let fill = |filled: &Filled| match filled {
            Filled::RandomText => {
                format!(
                    "md5(random()::text || clock_timestamp()::text || s.{}::text)",
                    q(&copy.user)
                )
            }
            Filled::Uuid => "gen_random_uuid()".to_owned(),
            Filled::Now => "now()".to_owned(),
        };
        let share = self.share_of(copy);
        self.work.filled(IT, copy, share, "now()", fill)
    }

    fn share_of(&self, copy: &Copy) -> String {
        let into = self.work.table.and_then(|it| it.column(&self.work.share));
        let text = into.is_none_or(|it| matches!(it.kind, Kind::Text(_)));
        let cast = if text { "::text" } else { "" };
        format!("s.{}{cast}", q(&copy.column))
    }

    fn insert(&self, copy: &Copy) -> String {
        let work = self.work;
        let (columns, values) = self.filled(copy);
        let column = q(&copy.column);
        format!(
            "WITH fresh AS (\n    INSERT INTO {table} ({})\n    SELECT {}\n    FROM {} s\n    WHERE s.{column} IS NOT NULL AND \
             s.{column}::text <> '' AND s.{user_from} IS NOT NULL\n      AND NOT EXISTS (SELECT 1 FROM {table} t WHERE t.{user} \
             = s.{user_from} AND t.{method} = {}{})\n    RETURNING {user}, {method}, {share}\n)\nINSERT INTO {} SELECT * FROM \
             fresh;\n",
            columns.join(", "),
            values.join(", "),
            within(copy.from.namespace.as_deref(), &copy.from.name, IT),
            literal(&copy.method, IT),
            self.work.only(IT, "t"),
            self.named(&work.copied()),
            table = self.table(),
            user_from = q(&copy.user),
            user = q(&work.user),
            method = q(&work.method),
            share = q(&work.share),
        )
    }

    pub(super) fn copy(&mut self, copy: &Copy) {
        let work = self.work;
        let run = format!(
            "CREATE TABLE IF NOT EXISTS {} AS\n    SELECT {}, {}, {} FROM {} WHERE false;\nBEGIN;\n{}COMMIT;\n",
            self.named(&work.copied()),
            q(&work.user),
            q(&work.method),
            q(&work.share),
            self.table(),
            self.insert(copy),
        );
        let why = plan::copy_why(work, copy);
        self.step(Stage::Expand, why, run);
    }

    pub(super) fn copy_again(&mut self, copy: &Copy) {
        let work = self.work;
        let share = self.share_of(copy);
        let unknown = literal(&copy.method, IT);
        let column = q(&copy.column);
        let same = format!(
            "b.{user} = s.{from} AND b.{method} = {unknown} AND t.{user} = b.{user} AND t.{method} = b.{method}{only}\n      AND \
             t.{old}::text = b.{old}::text AND s.{column}::text <> b.{old}::text AND s.{column}::text <> ''",
            user = q(&work.user),
            from = q(&copy.user),
            method = q(&work.method),
            only = self.work.only(IT, "t"),
            old = q(&work.share),
        );
        let archive = self.named(&work.archive());
        let copied = self.named(&work.copied());
        let (columns, values) = self.filled(copy);
        let run = format!(
            "BEGIN;\nLOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE;\nINSERT INTO {archive}\n    SELECT t.*, now() FROM {table} t, \
             {copied} b, {from} s\n    WHERE {same};\nUPDATE {table} t SET {old} = {share}, {created} = now()\n    FROM {copied} b, \
             {from} s\n    WHERE {same};\n{insert}INSERT INTO {archive} ({columns}, superseded_at)\n    SELECT {values}, now() FROM \
             {from} s\n    WHERE s.{column}::text <> '' AND s.{user_from} IS NOT NULL\n      AND NOT EXISTS (SELECT 1 FROM {table} t \
             WHERE t.{user} = s.{user_from} AND t.{method} = {unknown}{only_t} AND t.{old}::text = s.{column}::text)\n      AND NOT \
             EXISTS (SELECT 1 FROM {archive} a WHERE a.{user} = s.{user_from} AND a.{old}::text = s.{column}::text);\n\
             UPDATE {copied} b SET {old} = {share} FROM {from} s\n    WHERE b.{user} = s.{user_from} AND b.{method} = {unknown} AND \
             s.{column}::text <> '';\nCOMMIT;\n",
            table = self.table(),
            from = within(copy.from.namespace.as_deref(), &copy.from.name, IT),
            old = q(&work.share),
            created = q(&work.created),
            insert = self.insert(copy),
            columns = columns.join(", "),
            values = values.join(", "),
            user_from = q(&copy.user),
            user = q(&work.user),
            method = q(&work.method),
            only_t = self.work.only(IT, "t"),
        );
        let why = plan::again_why(copy);
        self.step(Stage::FillAgain, why, run);
    }
}
