//! Which columns of v5 are copied, and what of a user's row says whose share it is.

use super::{Copy, Work, find, plain};
use crate::mend::Cannot;
use crate::role::{Left, Roles};
use crate::schema::{Column, Part, Schema, Table};

pub(super) fn copies<'a>(
    schema: &'a Schema,
    roles: &Roles,
    work: &Work<'a>,
    left: &[&'a Left],
) -> Result<Vec<Copy<'a>>, Cannot> {
    let mut found = Vec::new();
    for it in left {
        let from = find(schema, &it.table)?;
        let column = plain(&it.share, &it.table)?;
        if from.column(&column).is_some_and(Column::holds_several) {
            return Err(Cannot::Shape(format!(
                "{}.{column} holds several shares in one value, and nothing tells which part of it is by which method: copy \
                 them by hand into a table with a row for each user and method",
                it.table
            )));
        }
        let user = match work.table {
            Some(table) => joined(table, from, &work.user, roles)?,
            None => primary(from)?,
        };
        // Two curves are two shares, and both are wanted back.
        let curve = it
            .curve
            .as_deref()
            .filter(|_| left.len() > 1 && !found.is_empty());
        let method = curve.map_or("UNKNOWN".to_owned(), |it| format!("UNKNOWN-{it}"));
        found.push(Copy {
            from,
            column,
            user,
            method,
        });
    }
    Ok(found)
}

pub(super) fn primary(table: &Table) -> Result<String, Cannot> {
    let key = table
        .keys
        .iter()
        .find(|it| it.primary && it.parts.len() == 1);
    key.and_then(|it| it.parts.first())
        .and_then(Part::name)
        .map(str::to_owned)
        .ok_or_else(|| {
            Cannot::Shape(format!(
                "{} has no primary key of one column, by which a share could refer to it",
                table.full_name()
            ))
        })
}

/// What of a user's row stands in the share table's user column.
pub(super) fn joined(
    table: &Table,
    from: &Table,
    user: &str,
    roles: &Roles,
) -> Result<String, Cannot> {
    let refers = table
        .references
        .iter()
        .find(|it| it.table == from.name && it.columns == [user]);
    if let Some(reference) = refers {
        return match reference.to.first() {
            Some(to) => Ok(to.clone()),
            None => primary(from),
        };
    }
    let users = roles
        .users
        .as_ref()
        .filter(|it| it.table == from.full_name());
    let client = users.and_then(|it| it.client_id.as_ref());
    match client {
        Some(client) if user.to_ascii_lowercase().contains("client") => plain(client, &from.name),
        _ => Err(Cannot::Shape(format!(
            "nothing tells which column of {} stands in {}.{user}: add a foreign key, or copy {} by hand",
            from.full_name(),
            table.full_name(),
            from.full_name()
        ))),
    }
}
