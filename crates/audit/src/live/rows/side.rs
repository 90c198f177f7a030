//! The tables that shares are kept in, as the statement reads them: each of them once, whatever is kept in it.

use super::words::Words;
use crate::live::sql::literal;
use crate::role::{Keeping, Kind, Method, Path, Roles};
use crate::schema::{Column, Kind as Holds, Schema, Table};

/// A table with the shares of one kind or of both, grouped by user and method.
pub(in crate::live) struct Source<'a> {
    pub(in crate::live) table: &'a Table,
    pub(in crate::live) user: Option<&'a Path>,
    pub(in crate::live) method: &'a Method,
    /// A column that a custodian keeps one share per value of, beside the method: what a pair id does is its own affair.
    pub(in crate::live) pair: Option<&'a Column>,
    /// A time that is set in rows that are no longer meant.
    pub(in crate::live) gone: Option<&'a Column>,
    pub(in crate::live) sides: Vec<Side<'a>>,
}

/// The shares of one kind in a table.
pub(in crate::live) struct Side<'a> {
    pub(in crate::live) kind: Kind,
    pub(in crate::live) keeping: &'a Keeping,
    /// Whether its share is in bytes, and so perhaps sealed.
    pub(in crate::live) is_bytes: bool,
    /// Whether its share is a whole column of JSON.
    pub(in crate::live) is_json: bool,
    /// Whether the row may stand for the other kind alone, so that no share is no flaw.
    pub(in crate::live) beside: bool,
}

/// A letter that names of columns in the statement begin with.
pub(in crate::live) fn letter(kind: Kind) -> char {
    match kind {
        Kind::Custodian => 'c',
        Kind::User => 'u',
    }
}

/// The tables to read. A kind whose table is not in the schema has none.
pub(in crate::live) fn sources<'a>(schema: &'a Schema, roles: &'a Roles) -> Vec<Source<'a>> {
    let keepings: Vec<&Keeping> = [&roles.custodian, &roles.user]
        .into_iter()
        .flatten()
        .collect();
    let beside = keepings.len() == 2
        && keepings[0].table == keepings[1].table
        && keepings.iter().all(|it| it.only.is_none());
    let mut sources: Vec<Source<'a>> = Vec::new();
    for keeping in keepings {
        let Some(table) = table(schema, &keeping.table) else {
            continue;
        };
        let column = keeping
            .share
            .as_ref()
            .and_then(|it| table.column(&it.column));
        let side = Side {
            kind: keeping.kind,
            keeping,
            is_bytes: column.is_some_and(|it| matches!(it.kind, Holds::Bytes(_))),
            is_json: column.is_some_and(|it| it.kind == Holds::Json),
            beside,
        };
        let same = sources.iter_mut().find(|it| {
            it.table.full_name() == table.full_name()
                && it.user == keeping.user.as_ref()
                && *it.method == keeping.method
        });
        if let Some(source) = same {
            source.sides.push(side);
        } else {
            sources.push(Source {
                table,
                user: keeping.user.as_ref(),
                method: &keeping.method,
                pair: column_like(table, |name| name.contains("pairid")),
                gone: column_like(table, is_gone)
                    .filter(|it| it.nullable && it.kind == Holds::Time),
                sides: vec![side],
            });
        }
    }
    sources
}

/// The table of a full name.
pub(in crate::live) fn table<'a>(schema: &'a Schema, full_name: &str) -> Option<&'a Table> {
    let mut all = schema.tables.iter();
    all.find(|it| it.full_name() == full_name)
        .or_else(|| schema.table(full_name))
}

fn column_like(table: &Table, is: impl Fn(&str) -> bool) -> Option<&Column> {
    table.columns.iter().find(|it| {
        let name = it.name.to_ascii_lowercase().replace(['_', '-'], "");
        is(&name)
    })
}

fn is_gone(name: &str) -> bool {
    matches!(
        name,
        "deletedat" | "archivedat" | "supersededat" | "replacedat" | "revokedat" | "deletedon"
    )
}

impl Source<'_> {
    /// Each table's column that the statement reads.
    pub(in crate::live) fn columns(&self) -> Vec<&str> {
        let mut all: Vec<&str> = Vec::new();
        all.extend(self.user.map(|it| it.column.as_str()));
        match self.method {
            Method::Nowhere => {}
            Method::Whole(path) => all.push(&path.column),
            Method::Parted { name, curve } => all.extend([name.column.as_str(), &curve.column]),
        }
        all.extend(self.pair.map(|it| it.name.as_str()));
        all.extend(self.gone.map(|it| it.name.as_str()));
        for side in &self.sides {
            all.extend(side.keeping.share.as_ref().map(|it| it.column.as_str()));
            all.extend(
                side.keeping
                    .only
                    .as_ref()
                    .map(|(column, _)| column.as_str()),
            );
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The table as a statement names it.
    pub(in crate::live) fn from(&self, words: Words) -> String {
        words.table(self.table.namespace.as_deref(), &self.table.name)
    }

    /// The user that a row belongs to, as exact text.
    pub(in crate::live) fn key(&self, words: Words) -> String {
        match self.user {
            Some(user) => words.exact(&words.path(user)),
            None => "NULL".to_owned(),
        }
    }

    /// The groups of rows: user, method and, where there is one, the pair id; with the counts of each kind.
    ///
    /// Gives `k`, `m`, and for each side `n` rows, `e` without a share, `f` empty, `g` debris, `h` under debris.
    pub(in crate::live) fn groups(&self, words: Words) -> String {
        let method = words.method(self.method);
        let method = method.as_deref().unwrap_or("NULL");
        let mut inner = vec![
            format!("{} AS k", self.key(words)),
            format!("{method} AS m"),
        ];
        let mut outer = vec!["k".to_owned(), "m".to_owned()];
        let mut by = outer.clone();
        if let Some(pair) = self.pair {
            inner.push(format!("{} AS p", words.exact(&words.name(&pair.name))));
            by.push("p".to_owned());
        }
        for side in &self.sides {
            let l = letter(side.kind);
            let present = side.present(words);
            let flaw = side.flaw(words);
            inner.push(format!("CASE WHEN {present} THEN 1 ELSE 0 END AS {l}p"));
            inner.push(format!("{flaw} AS {l}f"));
            let count =
                |what: &str| format!("SUM(CASE WHEN {l}p = 1 AND {what} THEN 1 ELSE 0 END)");
            let debris = format!("({} OR {})", words.debris("k"), words.debris("m"));
            outer.extend([
                format!("SUM({l}p) AS {l}n"),
                format!("{} AS {l}e", count(&format!("{l}f = 1"))),
                format!("{} AS {l}f", count(&format!("{l}f = 2"))),
                format!("{} AS {l}g", count(&format!("{l}f = 3"))),
                format!("{} AS {l}h", count(&debris)),
            ]);
        }
        let gone = self.gone.map_or(String::new(), |it| {
            format!(" WHERE {} IS NULL", words.name(&it.name))
        });
        format!(
            "SELECT {} FROM (SELECT {} FROM {}{gone}) r GROUP BY {}",
            outer.join(", "),
            inner.join(", "),
            self.from(words),
            by.join(", "),
        )
    }
}

impl Side<'_> {
    /// The share of a row.
    pub(in crate::live) fn share(&self, words: Words) -> Option<String> {
        let share = self.keeping.share.as_ref()?;
        Some(if self.is_json && share.inside.is_empty() {
            words.json(&share.column)
        } else {
            words.path(share)
        })
    }

    /// Whether a row is one of this kind.
    pub(in crate::live) fn present(&self, words: Words) -> String {
        if let Some((column, value)) = &self.keeping.only {
            let column = words.exact(&words.name(column));
            return format!("{column} = {}", literal(words.0, value));
        }
        match self.share(words) {
            Some(share) if self.beside => format!("{share} IS NOT NULL"),
            _ => "1 = 1".to_owned(),
        }
    }

    /// What is wrong with its share: see `Words::flaw`.
    pub(in crate::live) fn flaw(&self, words: Words) -> String {
        self.share(words)
            .map_or_else(|| "0".to_owned(), |it| words.flaw(&it, self.is_bytes))
    }
}
