//! The one statement: each table is read once in it, whatever is asked of its rows, and one row of counts comes back.

use super::anchor::{Join, Together};
use super::side::{Source, letter};
use super::words::Words;
use crate::role::{Left, Method};
use crate::schema::{Kind as Holds, Table};
use std::collections::BTreeMap;

/// What is counted of each kind of share: rows, groups with more than one, the rows in those, rows without a share, with an
/// empty one, with debris, and under debris.
const MEASURES: [&str; 7] = ["n", "d", "r", "e", "f", "g", "h"];

/// The counts of the rows of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::live) struct Counts {
    /// All rows.
    pub(in crate::live) rows: u64,
    /// Users and methods with more than one row.
    pub(in crate::live) doubled: u64,
    /// The rows of those.
    pub(in crate::live) doubled_rows: u64,
    /// Rows without a share.
    pub(in crate::live) missing: u64,
    /// Rows with an empty one.
    pub(in crate::live) empty: u64,
    /// Rows with `undefined` and the like for a share.
    pub(in crate::live) debris: u64,
    /// Rows with that for a user or a method.
    pub(in crate::live) under_debris: u64,
}

/// What the statement gives.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::live) struct Answer {
    /// By kind.
    pub(in crate::live) rows: BTreeMap<char, Counts>,
    /// Users with one half of a bare method alone, by the kind that is there.
    pub(in crate::live) halves: BTreeMap<char, u64>,
    /// Users whose share of a kind is in a column of v5 only.
    pub(in crate::live) left: BTreeMap<char, u64>,
}

/// What a statement asks for.
pub(in crate::live) struct Statement<'a> {
    pub(in crate::live) sources: Vec<&'a Source<'a>>,
    /// How their users come together; without it nothing is asked across tables.
    pub(in crate::live) together: Option<Together<'a>>,
    /// The table of users with columns of v5, and those.
    pub(in crate::live) left: Option<(&'a Table, Vec<&'a Left>)>,
}

impl Statement<'_> {
    fn kinds(&self) -> Vec<char> {
        let sides = self.sources.iter().flat_map(|it| &it.sides);
        sides.map(|it| letter(it.kind)).collect()
    }

    fn left_kinds(&self) -> Vec<char> {
        let all = self.left.iter().flat_map(|(_, left)| left);
        let mut kinds: Vec<char> = all.map(|it| letter(it.kind)).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    /// The text of it.
    pub(in crate::live) fn text(&self, words: Words) -> String {
        let kinds = self.kinds();
        let measures: Vec<String> = kinds
            .iter()
            .flat_map(|kind| MEASURES.iter().map(move |it| format!("{kind}{it}")))
            .collect();
        let Some(together) = &self.together else {
            let arms: Vec<String> = self
                .sources
                .iter()
                .map(|it| self.arm(it, &Join::None, words))
                .collect();
            let sums: Vec<String> = measures.iter().map(|it| words.sum(it)).collect();
            return format!(
                "SELECT {} FROM ({}) a",
                sums.join(", "),
                arms.join(" UNION ALL ")
            );
        };
        let mut arms: Vec<String> = self
            .sources
            .iter()
            .zip(&together.sources)
            .map(|(source, join)| self.arm(source, join, words))
            .collect();
        arms.extend(self.left_arm(words));
        let add = |names: &[String]| {
            let sums: Vec<String> = names
                .iter()
                .map(|it| format!("SUM({it}) AS {it}"))
                .collect();
            sums.join(", ")
        };
        let marks: Vec<String> = ["cs", "us", "cl", "ul"].map(str::to_owned).to_vec();
        // By user and bare method, then by user, then all.
        let by_method = format!(
            "SELECT k, {}, {} FROM ({}) a GROUP BY k, b",
            add(&measures),
            add(&marks),
            arms.join(" UNION ALL "),
        );
        let alone = |there: char, other: char| {
            format!(
                "SUM(CASE WHEN k IS NOT NULL AND {there}s + {there}l > 0 AND {other}s + {other}l = 0 THEN 1 ELSE 0 END)"
            )
        };
        let by_user = format!(
            "SELECT k, {}, {}, {} AS co, {} AS uo FROM ({by_method}) m GROUP BY k",
            add(&measures),
            add(&marks),
            alone('c', 'u'),
            alone('u', 'c'),
        );
        let mut last: Vec<String> = measures.iter().map(|it| words.sum(it)).collect();
        for kind in ['c', 'u'] {
            last.push(words.sum(&format!("CASE WHEN {kind}o > 0 THEN 1 ELSE 0 END")));
            last.push(words.sum(&format!(
                "CASE WHEN k IS NOT NULL AND {kind}l > 0 AND {kind}s = 0 THEN 1 ELSE 0 END"
            )));
        }
        format!("SELECT {} FROM ({by_user}) u", last.join(", "))
    }

    /// A source's groups with their measures, its user as the common key and its bare method.
    fn arm(&self, source: &Source, join: &Join, words: Words) -> String {
        let there: Vec<char> = source.sides.iter().map(|it| letter(it.kind)).collect();
        let mut columns = Vec::new();
        for kind in self.kinds() {
            for measure in MEASURES {
                let value = match measure {
                    _ if !there.contains(&kind) => "0".to_owned(),
                    "d" => format!("CASE WHEN g.k IS NOT NULL AND g.{kind}n > 1 THEN 1 ELSE 0 END"),
                    "r" => format!(
                        "CASE WHEN g.k IS NOT NULL AND g.{kind}n > 1 THEN g.{kind}n ELSE 0 END"
                    ),
                    other => format!("g.{kind}{other}"),
                };
                columns.push(format!("{value} AS {kind}{measure}"));
            }
        }
        if self.together.is_none() {
            return format!(
                "SELECT {} FROM ({}) g",
                columns.join(", "),
                source.groups(words)
            );
        }
        for kind in ['c', 'u'] {
            let held = if there.contains(&kind) {
                format!(
                    "CASE WHEN g.{kind}n - g.{kind}e - g.{kind}f - g.{kind}g > 0 THEN 1 ELSE 0 END"
                )
            } else {
                "0".to_owned()
            };
            columns.push(format!("{held} AS {kind}s"));
            columns.push(format!("0 AS {kind}l"));
        }
        let (key, from) = match (
            join,
            self.together.as_ref().and_then(|it| it.users.as_ref()),
        ) {
            (Join::Users(column), Some((users, common))) => {
                let users = words.table(users.namespace.as_deref(), &users.name);
                let (column, common) = (
                    words.exact(&words.path(column)),
                    words.exact(&words.path(common)),
                );
                let from = format!(
                    "({}) g LEFT JOIN (SELECT {column} AS a, {common} AS i FROM {users}) y ON y.a = g.k",
                    source.groups(words)
                );
                ("y.i", from)
            }
            _ => ("g.k", format!("({}) g", source.groups(words))),
        };
        // Where one kind is kept without a method, a user's shares are held against each other as a whole.
        let whole = self.sources.iter().any(|it| *it.method == Method::Nowhere);
        let bare = if whole {
            "'UNKNOWN'".to_owned()
        } else {
            words.bare("g.m")
        };
        format!(
            "SELECT {key} AS k, {bare} AS b, {} FROM {from}",
            columns.join(", ")
        )
    }

    /// What the columns of v5 still hold.
    fn left_arm(&self, words: Words) -> Option<String> {
        let (table, left) = self.left.as_ref()?;
        let (_, key) = self.together.as_ref()?.users.as_ref()?;
        let mut columns = vec![
            format!("{} AS k", words.exact(&words.path(key))),
            "'UNKNOWN' AS b".to_owned(),
        ];
        for kind in self.kinds() {
            columns.extend(MEASURES.iter().map(|it| format!("0 AS {kind}{it}")));
        }
        for kind in ['c', 'u'] {
            columns.push(format!("0 AS {kind}s"));
            columns.push(format!("{} AS {kind}l", held(table, left, kind, words)));
        }
        let from = words.table(table.namespace.as_deref(), &table.name);
        Some(format!("SELECT {} FROM {from}", columns.join(", ")))
    }

    /// Takes the one row apart.
    pub(in crate::live) fn answer(&self, row: &crate::live::sql::Row) -> Answer {
        let mut answer = Answer::default();
        let mut at = 0;
        let mut next = || {
            at += 1;
            row.number(at - 1).unwrap_or(0)
        };
        for kind in self.kinds() {
            let counts = Counts {
                rows: next(),
                doubled: next(),
                doubled_rows: next(),
                missing: next(),
                empty: next(),
                debris: next(),
                under_debris: next(),
            };
            answer.rows.insert(kind, counts);
        }
        if self.together.is_some() {
            for kind in ['c', 'u'] {
                let (alone, left) = (next(), next());
                if self.kinds().contains(&'c') && self.kinds().contains(&'u') {
                    answer.halves.insert(kind, alone);
                }
                if self.left_kinds().contains(&kind) {
                    answer.left.insert(kind, left);
                }
            }
        }
        answer
    }
}

/// 1 where one of a table's columns of v5 for this kind holds a share.
pub(in crate::live) fn held(table: &Table, left: &[&Left], kind: char, words: Words) -> String {
    let all: Vec<String> = left
        .iter()
        .filter(|it| letter(it.kind) == kind)
        .map(|it| {
            let column = table.column(&it.share.column);
            let is_bytes = column.is_some_and(|it| matches!(it.kind, Holds::Bytes(_)));
            format!("{} = 0", words.flaw(&words.path(&it.share), is_bytes))
        })
        .collect();
    if all.is_empty() {
        return "0".to_owned();
    }
    format!("CASE WHEN {} THEN 1 ELSE 0 END", all.join(" OR "))
}
