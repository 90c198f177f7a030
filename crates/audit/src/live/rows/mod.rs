//! What only rows tell: whether the database holds two for one user and method, empty shares or debris (`db.rows`), shares
//! that were left behind in v5 (`db.left-behind`), and halves without their counterparts (`db.halves`).
//!
//! One statement reads each table once. Groups, lengths and comparisons are made in the database: one row of counts comes
//! back, and no share, cipher text or id ever does.

mod anchor;
pub(super) mod left;
mod lists;
mod rights;
pub(super) mod say;
pub(super) mod side;
pub(super) mod statement;
mod words;

use super::sql::Sql;
use super::trouble::Trouble;
use crate::finding::Finding;
use crate::role::{Kind, Roles};
use crate::schema::Schema;
use anchor::{Together, together};
use side::{Source, letter, sources};
use statement::{Answer, Statement};
use words::Words;

/// Looks at the rows of the tables that keep shares.
pub(super) async fn rows(sql: &mut Sql, schema: &Schema, roles: &Roles) -> Vec<Finding> {
    let all = sources(schema, roles);
    match look(sql, schema, roles, &all).await {
        Ok(found) => found,
        Err(trouble) => unanswered(&all, roles, &trouble),
    }
}

async fn look(
    sql: &mut Sql,
    schema: &Schema,
    roles: &Roles,
    all: &[Source<'_>],
) -> Result<Vec<Finding>, Trouble> {
    let mut found = Vec::new();
    let mut readable = Vec::new();
    sql.begin(sql.limits().catalogue).await?;
    for source in all {
        match rights::hidden(sql, source.table, &source.columns()).await {
            Ok(None) => readable.push(source),
            Ok(Some(hidden)) => found.push(say::hidden(source, &hidden)),
            Err(trouble) => {
                sql.end().await;
                return Err(trouble);
            }
        }
    }
    sql.end().await;
    let complete = readable.len() == all.len();
    let joined = together(schema, roles, &readable);
    let v5 = left::tables(sql, schema, roles).await?;
    let users = joined.as_ref().and_then(|it| it.users.as_ref());
    let left = v5
        .readable
        .iter()
        .find(|it| users.is_some_and(|(users, _)| users.full_name() == it.0.full_name()));
    let both = [Kind::Custodian, Kind::User].iter().all(|kind| {
        let mut sides = readable.iter().flat_map(|it| &it.sides);
        sides.any(|it| it.kind == *kind)
    });
    let asked = Statement {
        together: joined.filter(|_| both || left.is_some()),
        left: left.filter(|_| complete).cloned(),
        sources: readable,
    };
    let words = Words(sql.engine);
    if !asked.sources.is_empty() {
        let answer = ask(sql, &asked, words).await?;
        for source in &asked.sources {
            for side in &source.sides {
                let counts = answer.rows.get(&letter(side.kind)).copied();
                let query = |listed| lists::rows(source, side, listed, words);
                found.extend(say::rows(source, side, &counts.unwrap_or_default(), query));
            }
        }
        found.extend(halves(&asked, &answer, roles, complete, words));
        found.extend(left::told(&asked, &answer, words));
    } else if !complete {
        found.extend(halves(&asked, &Answer::default(), roles, complete, words));
    }
    found.extend(left::by_themselves(sql, roles, v5, &asked, words).await?);
    Ok(found)
}

/// Runs the statement in a read-only transaction of its own.
async fn ask(sql: &mut Sql, asked: &Statement<'_>, words: Words) -> Result<Answer, Trouble> {
    sql.begin(sql.limits().rows).await?;
    let row = sql.one(&asked.text(words)).await;
    sql.end().await;
    Ok(row?.map(|row| asked.answer(&row)).unwrap_or_default())
}

/// Whether each user has both halves of each backup.
fn halves(
    asked: &Statement,
    answer: &Answer,
    roles: &Roles,
    complete: bool,
    words: Words,
) -> Vec<Finding> {
    let id = "db.halves";
    let (Some(custodian), Some(user)) = (&roles.custodian, &roles.user) else {
        return Vec::new();
    };
    let table = |kind| match kind {
        Kind::Custodian => custodian.table.clone(),
        Kind::User => user.table.clone(),
    };
    let subject = table(Kind::User);
    if !complete {
        let says = "a table could not be read, so the halves were not held against each other";
        return vec![Finding::unknown(id, subject, says)];
    }
    let Some(joined) = &asked.together else {
        let says = format!(
            "it cannot be told which rows of {} and {} are of one user: neither their columns nor their foreign keys lead to \
             the same column of one table",
            custodian.table, user.table
        );
        return vec![Finding::unknown(id, subject, says)];
    };
    let rows: u64 = answer.rows.values().map(|it| it.rows).sum();
    if rows == 0 {
        return vec![Finding::void(id, subject, "no share is kept yet")];
    }
    let mut found = Vec::new();
    for (there, other) in [(Kind::Custodian, Kind::User), (Kind::User, Kind::Custodian)] {
        let users = answer.halves.get(&letter(there)).copied().unwrap_or(0);
        let (Some(here), Some(away)) =
            (of_kind(asked, joined, there), of_kind(asked, joined, other))
        else {
            continue;
        };
        if users > 0 {
            let query = lists::alone(here, away, (letter(there), letter(other)), joined, words);
            found.push(say::halves(there, users, query, &table(there)));
        }
    }
    if found.is_empty() {
        let says = "each user has both halves of each backup, by user and bare method";
        found.push(Finding::kept(id, subject, says));
    }
    found
}

/// The source of a kind, and how its users come to the common key.
fn of_kind<'a>(
    asked: &'a Statement<'a>,
    joined: &'a Together<'a>,
    kind: Kind,
) -> Option<(&'a Source<'a>, &'a anchor::Join)> {
    let mut all = asked.sources.iter().zip(&joined.sources);
    let (source, join) = all.find(|(it, _)| it.sides.iter().any(|it| it.kind == kind))?;
    Some((source, join))
}

/// That nothing could be counted, and why.
pub(super) fn unanswered(all: &[Source], roles: &Roles, trouble: &Trouble) -> Vec<Finding> {
    let says = format!("its rows were not counted: {trouble}");
    let unknown = |id, table: &str| Finding::unknown(id, table, &says);
    let mut found: Vec<Finding> = all
        .iter()
        .map(|it| unknown(say::ROWS, &it.table.full_name()).at(&it.table.place))
        .collect();
    if let (Some(_), Some(user)) = (&roles.custodian, &roles.user) {
        found.push(unknown("db.halves", &user.table));
    }
    if let Some(left) = roles.left.first() {
        found.push(unknown(left::ID, &left.table));
    }
    found
}
