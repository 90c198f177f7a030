//! The queries that list the rows behind a count, for the team to run in the database's own client.

use super::anchor::{Join, Together, primary};
use super::say::Listed;
use super::side::{Side, Source};
use super::statement::held;
use super::words::Words;
use crate::role::Left;
use crate::schema::Table;

/// The query for the rows of a kind.
pub(super) fn rows(source: &Source, side: &Side, listed: Listed, words: Words) -> String {
    match listed {
        Listed::Doubled => doubled(source, side, words),
        Listed::Empty => flawed(source, side, "1, 2", words),
        Listed::Debris => flawed(source, side, "3", words),
        Listed::UnderDebris => under_debris(source, side, words),
    }
}

/// Users and methods with more than one row.
fn doubled(source: &Source, side: &Side, words: Words) -> String {
    let mut by = vec![source.key(words)];
    by.extend(words.method(source.method));
    by.extend(source.pair.map(|it| words.exact(&words.name(&it.name))));
    let by = by.join(", ");
    format!(
        "SELECT {by}, COUNT(*) FROM {} WHERE {} AND {} IS NOT NULL GROUP BY {by} HAVING COUNT(*) > 1",
        source.from(words),
        meant(source, side, words),
        source.key(words),
    )
}

/// Rows with this flaw of `Words::flaw`: which they are, without their shares.
fn flawed(source: &Source, side: &Side, flaws: &str, words: Words) -> String {
    format!(
        "SELECT {} FROM {} WHERE {} AND {} IN ({flaws})",
        named(source, words),
        source.from(words),
        meant(source, side, words),
        side.flaw(words),
    )
}

/// Rows with debris for a user or a method.
fn under_debris(source: &Source, side: &Side, words: Words) -> String {
    let mut all = vec![words.debris(&source.key(words))];
    all.extend(words.method(source.method).map(|it| words.debris(&it)));
    format!(
        "SELECT {} FROM {} WHERE {} AND ({})",
        named(source, words),
        source.from(words),
        meant(source, side, words),
        all.join(" OR "),
    )
}

/// Users and bare methods that one table has and the other has not.
pub(super) fn alone(
    (there, there_join): (&Source, &Join),
    (other, other_join): (&Source, &Join),
    kinds: (char, char),
    together: &Together,
    words: Words,
) -> String {
    let there = keys(there, there_join, kinds.0, together, words);
    let other = keys(other, other_join, kinds.1, together, words);
    format!(
        "SELECT t.k, t.b FROM ({there}) t LEFT JOIN ({other}) o ON o.k = t.k AND o.b = t.b \
         WHERE t.k IS NOT NULL AND o.k IS NULL"
    )
}

/// Each user and bare method of a kind once.
fn keys(source: &Source, join: &Join, kind: char, together: &Together, words: Words) -> String {
    let side = source
        .sides
        .iter()
        .find(|it| super::side::letter(it.kind) == kind);
    let meant = side.map_or_else(|| "1 = 1".to_owned(), |it| meant(source, it, words));
    let method = words.method(source.method).map(|it| words.bare(&it));
    let method = method.unwrap_or_else(|| "'UNKNOWN'".to_owned());
    let rows = format!(
        "SELECT {} AS k, {method} AS b FROM {} WHERE {meant}",
        source.key(words),
        source.from(words),
    );
    match (join, &together.users) {
        (Join::Users(column), Some((users, common))) => format!(
            "SELECT DISTINCT y.i AS k, r.b FROM ({rows}) r JOIN (SELECT {} AS a, {} AS i FROM {}) y ON y.a = r.k",
            words.exact(&words.path(column)),
            words.exact(&words.path(common)),
            words.table(users.namespace.as_deref(), &users.name),
        ),
        _ => format!("SELECT DISTINCT k, b FROM ({rows}) r"),
    }
}

/// Users whose share of a kind is in a column of v5 only; all that have one there where no rows are kept.
pub(super) fn left(
    (table, left, kind): (&Table, &[&Left], char),
    rows: Option<(&Source, &Join)>,
    together: Option<&Together>,
    words: Words,
) -> String {
    let from = words.table(table.namespace.as_deref(), &table.name);
    let id = primary(table).map_or_else(|| "*".to_owned(), |it| words.path(&it));
    let held = format!("{} = 1", held(table, left, kind, words));
    let (Some((source, join)), Some(together)) = (rows, together) else {
        return format!("SELECT {id} FROM {from} WHERE {held}");
    };
    let key = together.users.as_ref().map_or_else(
        || "NULL".to_owned(),
        |(_, common)| words.exact(&words.path(common)),
    );
    format!(
        "SELECT {id} FROM {from} WHERE {held} AND {key} NOT IN (SELECT k FROM ({}) t WHERE k IS NOT NULL)",
        keys(source, join, kind, together, words),
    )
}

/// The columns that tell which row is meant.
fn named(source: &Source, words: Words) -> String {
    let mut all: Vec<String> = Vec::new();
    all.extend(primary(source.table).map(|it| words.path(&it)));
    all.extend(source.user.map(|it| words.path(it)));
    all.extend(words.method(source.method));
    if all.is_empty() {
        all.push("COUNT(*)".to_owned());
    }
    all.dedup();
    all.join(", ")
}

/// The condition for the rows of a kind that are still meant.
fn meant(source: &Source, side: &Side, words: Words) -> String {
    let present = side.present(words);
    match source.gone {
        Some(gone) => format!("{present} AND {} IS NULL", words.name(&gone.name)),
        None => present,
    }
}
