//! What the counts come to, in words.

use super::rights::Hidden;
use super::side::{Side, Source};
use super::statement::Counts;
use crate::finding::Finding;
use crate::place;
use crate::role::{Kind, Method};

/// The requirement that rows answer.
pub(in crate::live) const ROWS: &str = "db.rows";

/// The rows that a query lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::live) enum Listed {
    /// Users and methods with more than one.
    Doubled,
    /// Those without a share.
    Empty,
    /// Those with debris for a share.
    Debris,
    /// Those with debris for a user or a method.
    UnderDebris,
}

/// The answers of one kind of share; `query` gives the queries that list the rows.
pub(in crate::live) fn rows(
    source: &Source,
    side: &Side,
    counts: &Counts,
    query: impl Fn(Listed) -> String,
) -> Vec<Finding> {
    let table = source.table.full_name();
    if counts.rows == 0 {
        let says = format!(
            "{table} has no {} yet, so no row can be looked at",
            side.kind.words()
        );
        return vec![Finding::void(ROWS, table, says).at(&source.table.place)];
    }
    let mut found = Vec::new();
    let mut broken = |code, message: String, expected: &str, observed: String, query: String| {
        found.push(
            Finding::broken(ROWS, &table, code, message)
                .compared(expected, observed)
                .at(&share_place(source, side))
                .listed_by(query),
        );
    };
    let by = by(source);
    if *source.method != Method::Nowhere && counts.doubled > 0 {
        broken(
            "two-rows",
            format!(
                "{table} holds {} where {} should be, one for each {by}: which of them a fetch returns is left to chance",
                number(counts.doubled_rows, "row"),
                grouped(counts.doubled),
            ),
            &format!("one row for each {by}"),
            format!("{} with more than one row", grouped(counts.doubled)),
            query(Listed::Doubled),
        );
    }
    let none = counts.missing + counts.empty;
    // A row that may stand for the other kind has no share of this one.
    if none > 0 {
        broken(
            "empty-share",
            format!(
                "{} of {table} {} no share: nothing can be recovered with it",
                number(none, "row"),
                if none == 1 { "holds" } else { "hold" }
            ),
            "a share in each row",
            format!("{} null, {} empty", counts.missing, counts.empty),
            query(Listed::Empty),
        );
    }
    if counts.debris > 0 {
        broken(
            "debris-share",
            format!(
                "{} of {table} {} `undefined`, `null` or `[object Object]` instead of a share: nothing can be recovered with it",
                number(counts.debris, "row"),
                if counts.debris == 1 { "holds" } else { "hold" }
            ),
            "a share in each row",
            number(counts.debris, "row"),
            query(Listed::Debris),
        );
    }
    if counts.under_debris > 0 {
        broken(
            "debris-key",
            format!(
                "{} of {table} {} under the user or method `undefined`, `null` or `[object Object]`: nobody asks for that",
                number(counts.under_debris, "row"),
                if counts.under_debris == 1 {
                    "stands"
                } else {
                    "stand"
                }
            ),
            "a user and a method in each row",
            number(counts.under_debris, "row"),
            query(Listed::UnderDebris),
        );
    }
    if found.is_empty() {
        found.push(kept(source, side, counts, &table));
    }
    found
}

fn kept(source: &Source, side: &Side, counts: &Counts, table: &str) -> Finding {
    let rows = number(counts.rows, "row");
    if source.user.is_none() {
        let says = format!(
            "{table} has {rows}, and no column tells whose: whether one user has two for one method cannot be counted"
        );
        return Finding::unknown(ROWS, table, says).at(&source.table.place);
    }
    if side.keeping.share.is_none() {
        let says = format!(
            "{table} has {rows}, of which none stands beside another of its {}, but no column tells where the share is",
            by(source)
        );
        return Finding::unknown(ROWS, table, says).at(&source.table.place);
    }
    let mut says = if counts.rows == 0 {
        format!("{table} has no rows yet")
    } else if *source.method == Method::Nowhere {
        format!("{table} has {rows}: each holds a share")
    } else {
        format!(
            "{table} has {rows}: each is the only one of its {} and holds a share",
            by(source)
        )
    };
    if side.is_bytes {
        says += "; they are bytes, so they were measured and not looked into";
    }
    if let Some(gone) = source.gone {
        says = format!("{says}; rows with a {} were left out", gone.name);
    }
    Finding::kept(ROWS, table, says).at(&source.table.place)
}

/// What makes a row the only one.
fn by(source: &Source) -> &'static str {
    match (source.method, source.pair) {
        (Method::Nowhere, _) => "user",
        (_, Some(_)) => "user, method and pair id",
        (_, None) => "user and method",
    }
}

fn share_place(source: &Source, side: &Side) -> place::Place {
    match &side.keeping.share {
        Some(share) => place::column(source.table.full_name(), &share.column),
        None => source.table.place.clone(),
    }
}

/// That a table's rows cannot be counted since a part is hidden.
pub(in crate::live) fn hidden(source: &Source, hidden: &Hidden) -> Finding {
    let table = source.table.full_name();
    match hidden {
        Hidden::Columns(columns) => {
            let named = columns.join(", ");
            let says = format!(
                "this user may not read {named} of {table}, so its rows were not looked at: grant SELECT on {}",
                if columns.len() == 1 { "it" } else { "them" }
            );
            let first = columns.first().cloned().unwrap_or_default();
            Finding::unknown(ROWS, &table, says).at(&place::column(&table, first))
        }
        Hidden::Rows => {
            let says = format!(
                "row-level security shows this user only a part of {table}: take a role with BYPASSRLS, or the table's owner"
            );
            Finding::unknown(ROWS, table, says).at(&source.table.place)
        }
    }
}

/// Users with one half alone.
pub(in crate::live) fn halves(there: Kind, users: u64, query: String, table: &str) -> Finding {
    let (has, lacks) = match there {
        Kind::Custodian => ("a custodian share", "user share"),
        Kind::User => ("a user share", "custodian share"),
    };
    let says = format!(
        "{} {} {has} and no {lacks} of the same method: with one half alone nothing is recovered",
        number(users, "user"),
        if users == 1 { "has" } else { "have" },
    );
    let code = match there {
        Kind::Custodian => "user-half-missing",
        Kind::User => "custodian-half-missing",
    };
    Finding::broken("db.halves", table, code, says)
        .compared(
            "both halves of each backup",
            number(users, "user") + " with one",
        )
        .listed_by(query)
}

/// `1 row`, `12,345 rows`.
pub(in crate::live) fn number(count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {what}{plural}", grouped(count))
}

/// `12,345`.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(1, "1 row")]
    #[case(999, "999 rows")]
    #[case(1000, "1,000 rows")]
    #[case(12_345_678, "12,345,678 rows")]
    fn numbers_are_grouped(#[case] count: u64, #[case] is: &str) {
        assert_eq!(number(count, "row"), is);
    }
}
