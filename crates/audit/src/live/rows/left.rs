//! Shares that are still in a column of v5 only.

use super::rights;
use super::say::number;
use super::side::{letter, table};
use super::statement::{Answer, Statement, held};
use super::words::Words;
use super::{anchor, lists, of_kind};
use crate::finding::Finding;
use crate::live::sql::Sql;
use crate::live::trouble::Trouble;
use crate::place;
use crate::role::{Kind, Left, Roles};
use crate::schema::{Schema, Table};

/// The requirement.
pub(in crate::live) const ID: &str = "db.left-behind";

/// The tables with columns of v5.
pub(in crate::live) struct V5<'a> {
    /// Those that may be read, each with its columns.
    pub(in crate::live) readable: Vec<(&'a Table, Vec<&'a Left>)>,
    /// What is said of the others.
    hidden: Vec<Finding>,
}

/// Finds them, and whether they may be read.
pub(in crate::live) async fn tables<'a>(
    sql: &mut Sql,
    schema: &'a Schema,
    roles: &'a Roles,
) -> Result<V5<'a>, Trouble> {
    let mut all: Vec<(&Table, Vec<&Left>)> = Vec::new();
    for left in &roles.left {
        let Some(found) = table(schema, &left.table) else {
            continue;
        };
        match all
            .iter_mut()
            .find(|it| it.0.full_name() == found.full_name())
        {
            Some((_, columns)) => columns.push(left),
            None => all.push((found, vec![left])),
        }
    }
    let mut v5 = V5 {
        readable: Vec::new(),
        hidden: Vec::new(),
    };
    if all.is_empty() {
        return Ok(v5);
    }
    sql.begin(sql.limits().catalogue).await?;
    for (table, left) in all {
        let mut columns: Vec<&str> = left.iter().map(|it| it.share.column.as_str()).collect();
        let id = anchor::primary(table);
        columns.extend(id.as_ref().map(|it| it.column.as_str()));
        let hidden = rights::hidden(sql, table, &columns).await;
        match hidden {
            Ok(None) => v5.readable.push((table, left)),
            Ok(Some(hidden)) => v5.hidden.push(unreadable(table, &hidden)),
            Err(trouble) => {
                sql.end().await;
                return Err(trouble);
            }
        }
    }
    sql.end().await;
    Ok(v5)
}

fn unreadable(table: &Table, hidden: &rights::Hidden) -> Finding {
    let name = table.full_name();
    let what = match hidden {
        rights::Hidden::Columns(columns) => {
            format!("may not read {} of {name}", columns.join(", "))
        }
        rights::Hidden::Rows => format!("is shown a part of {name} only, by row-level security"),
    };
    let says = format!("this user {what}, so shares left behind in it were not counted");
    Finding::unknown(ID, name, says).at(&table.place)
}

/// What the statement tells of the table of users.
pub(in crate::live) fn told(asked: &Statement, answer: &Answer, words: Words) -> Vec<Finding> {
    let (Some((table, left)), Some(together)) = (&asked.left, &asked.together) else {
        return Vec::new();
    };
    let kinds = [Kind::Custodian, Kind::User];
    let counted = kinds.into_iter().filter_map(|kind| {
        let users = answer.left.get(&letter(kind)).copied()?;
        let rows = of_kind(asked, together, kind);
        let query = lists::left((table, left, letter(kind)), rows, Some(together), words);
        Some(finding(table, left, kind, users, query))
    });
    counted.collect()
}

/// What is asked of tables of which the statement could not tell: kinds that have no rows of their own are counted, of
/// others it cannot be told which users have one.
pub(in crate::live) async fn by_themselves(
    sql: &mut Sql,
    roles: &Roles,
    v5: V5<'_>,
    asked: &Statement<'_>,
    words: Words,
) -> Result<Vec<Finding>, Trouble> {
    let mut found = v5.hidden;
    for (table, left) in v5.readable {
        let told = asked.left.as_ref();
        if told.is_some_and(|(it, _)| it.full_name() == table.full_name()) {
            continue;
        }
        for kind in [Kind::Custodian, Kind::User] {
            if left.iter().all(|it| it.kind != kind) {
                continue;
            }
            let keeping = match kind {
                Kind::Custodian => &roles.custodian,
                Kind::User => &roles.user,
            };
            if let Some(keeping) = keeping {
                let says = format!(
                    "it cannot be told which users of {} have a row in {}, so shares left behind were not counted",
                    table.full_name(),
                    keeping.table
                );
                found.push(Finding::unknown(ID, table.full_name(), says).at(&table.place));
                continue;
            }
            let count = words.sum(&held(table, &left, letter(kind), words));
            let from = words.table(table.namespace.as_deref(), &table.name);
            sql.begin(sql.limits().rows).await?;
            let row = sql.one(&format!("SELECT {count} FROM {from}")).await;
            sql.end().await;
            let users = row?.and_then(|it| it.number(0)).unwrap_or(0);
            let query = lists::left((table, &left, letter(kind)), None, None, words);
            found.push(finding(table, &left, kind, users, query));
        }
    }
    Ok(found)
}

/// The answer for a kind.
pub(in crate::live) fn finding(
    table: &Table,
    left: &[&Left],
    kind: Kind,
    users: u64,
    query: String,
) -> Finding {
    let name = table.full_name();
    let columns: Vec<String> = left
        .iter()
        .filter(|it| it.kind == kind)
        .map(|it| it.share.to_string())
        .collect();
    let first = left.iter().find(|it| it.kind == kind);
    let place = place::column(&name, first.map_or("", |it| &it.share.column));
    let columns = columns.join(", ");
    if users == 0 {
        let says = format!(
            "no share is in {columns} of {name} alone: each user with one there has {} in rows",
            kind.words()
        );
        return Finding::kept(ID, name, says).at(&place);
    }
    let says = format!(
        "{} of {name} {} {} in {columns} only: code that reads the rows alone does not find them",
        number(users, "user"),
        if users == 1 { "has" } else { "have" },
        kind.words(),
    );
    Finding::broken(ID, name, "left-behind", says)
        .compared(
            "each share in a row of its own",
            format!("{} in a column of v5 only", number(users, "share")),
        )
        .at(&place)
        .listed_by(query)
}
