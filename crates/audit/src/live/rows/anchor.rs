//! What the users of two tables have in common: both name a user by the same column of the same table, or by the client id.

use super::side::{Source, table};
use crate::role::{Path, Roles};
use crate::schema::{Schema, Table};

/// What a column that names a user stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::live) enum Anchor {
    /// A column of a table of users, by its full name.
    Of(String, Path),
    /// The client id, and no table of users is known.
    ClientId,
    /// A user's id, and no table of users is known: the name of the column.
    Named(String),
}

/// Whether a column holds the id that Portal knows a client by.
fn is_client_id(path: &Path) -> bool {
    let last = path.inside.last().unwrap_or(&path.column);
    let name = last.to_ascii_lowercase().replace(['_', '-'], "");
    name.contains("clientid")
}

/// What the user of a source stands for; none where no column tells the user.
pub(super) fn of_source(schema: &Schema, roles: &Roles, source: &Source) -> Option<Anchor> {
    let user = source.user?;
    let reference =
        source.table.references.iter().find(|it| {
            user.inside.is_empty() && it.columns.len() == 1 && it.columns[0] == user.column
        });
    if let Some(reference) = reference {
        let target = table(schema, &reference.table)?;
        let to = match reference.to.as_slice() {
            [to] => Path::column(to),
            _ => primary(target)?,
        };
        return Some(Anchor::Of(target.full_name(), to));
    }
    let users = roles.users.as_ref();
    let known = users.and_then(|it| Some((table(schema, &it.table)?, it.client_id.as_ref())));
    Some(match known {
        Some((users, Some(client_id))) if is_client_id(user) => {
            Anchor::Of(users.full_name(), client_id.clone())
        }
        _ if is_client_id(user) => Anchor::ClientId,
        Some((users, _)) => match primary(users) {
            Some(id) => Anchor::Of(users.full_name(), id),
            None => Anchor::Named(user.to_string()),
        },
        None => Anchor::Named(user.to_string()),
    })
}

/// The one column of a table's primary key.
pub(super) fn primary(table: &Table) -> Option<Path> {
    let key = table.keys.iter().find(|it| it.primary)?;
    match key.parts.as_slice() {
        [part] => part.name().map(Path::column),
        _ => None,
    }
}

/// How the sources and the users' rows come to have one key.
pub(in crate::live) struct Together<'a> {
    /// For each source how its key becomes the common one: as it is, or by a join with the table of users.
    pub(super) sources: Vec<Join>,
    /// The table of users and the column of it that is the common key; none where it is not known.
    pub(super) users: Option<(&'a Table, Path)>,
}

/// How a source's key becomes the common one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::live) enum Join {
    /// As it is.
    None,
    /// The key stands in this column of the users' table, whose common key is in another.
    Users(Path),
}

/// Brings the keys of sources together; none where they cannot be told to name the same users.
pub(super) fn together<'a>(
    schema: &'a Schema,
    roles: &Roles,
    sources: &[&Source],
) -> Option<Together<'a>> {
    let anchors: Option<Vec<Anchor>> = sources
        .iter()
        .map(|it| of_source(schema, roles, it))
        .collect();
    let anchors = anchors?;
    let first = anchors.first()?;
    if anchors.iter().all(|it| it == first) {
        let users = match first {
            Anchor::Of(name, column) => Some((table(schema, name)?, column.clone())),
            Anchor::ClientId | Anchor::Named(_) => None,
        };
        return Some(Together {
            sources: anchors.iter().map(|_| Join::None).collect(),
            users,
        });
    }
    // Two columns of one table of users: all by its primary key, where one of them is that. A share whose user is gone
    // belongs to nobody then.
    let Anchor::Of(users, some) = first else {
        return None;
    };
    let id = table(schema, users).and_then(primary);
    let is_id = |it: &Anchor| matches!(it, Anchor::Of(_, column) if Some(column) == id.as_ref());
    let common = id
        .as_ref()
        .filter(|_| anchors.iter().any(is_id))
        .unwrap_or(some);
    let joins: Option<Vec<Join>> = anchors
        .iter()
        .map(|it| match it {
            Anchor::Of(table, _) if table != users => None,
            Anchor::Of(_, column) if column == common => Some(Join::None),
            Anchor::Of(_, column) => Some(Join::Users(column.clone())),
            Anchor::ClientId | Anchor::Named(_) => None,
        })
        .collect();
    Some(Together {
        sources: joins?,
        users: Some((table(schema, users)?, common.clone())),
    })
}
