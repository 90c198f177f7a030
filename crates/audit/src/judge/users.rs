//! `db.user-keys`: users are unique by what Portal calls them, and shares say whose they are.

use super::{Asked, is_tenant};
use crate::finding::Finding;
use crate::role::{Path, Roles, Users, words};
use crate::schema::{Kind as Holds, Schema, Table};

const ID: &str = "db.user-keys";

/// Whether a table's shares refer to users, or hold the client id themselves.
pub(super) fn of_shares(asked: &Asked<'_>, roles: &Roles) -> Vec<Finding> {
    let name = asked.name();
    let Some(user) = &asked.keeping.user else {
        return vec![Finding::void(
            ID,
            name,
            "no column for the user was recognised",
        )];
    };
    let said = words(&user.column);
    let mut to = asked.table.references.iter();
    let to = to.find(|it| it.columns.contains(&user.column));
    let column = asked.table.column(&user.column);
    let number = column.is_some_and(|it| it.kind == Holds::Integer);
    let client_id = said.last().is_some_and(|it| it == "id")
        && said.iter().any(|it| it == "client")
        && !number
        && to.is_none();
    if client_id || !user.inside.is_empty() {
        return vec![
            Finding::kept(
                ID,
                &name,
                format!("{name}.{user} holds the client id itself"),
            )
            .at(&asked.table.place),
        ];
    }
    vec![match to {
        Some(to) => {
            Finding::kept(ID, &name, format!("{name}.{user} refers to {}", to.table)).at(&to.place)
        }
        None if asked.table.open => Finding::void(ID, name, "a collection refers to nothing"),
        None => {
            let target = roles.users.as_ref().map_or("users", |it| it.table.as_str());
            let says = format!(
                "{name}.{user} refers to nothing: a share can stand there whose user is gone"
            );
            let place = column.map_or(&asked.table.place, |it| &it.place);
            Finding::broken(ID, &name, "no-reference", says)
                .compared(format!("references {target}"), "no foreign key")
                .at(place)
        }
    }]
}

/// Whether users are unique by client id, and by the client's key where it is kept.
pub(super) fn of_users(schema: &Schema, roles: &Roles) -> Vec<Finding> {
    let Some(users) = &roles.users else {
        return Vec::new();
    };
    let Some(table) = schema.table(&users.table) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    match &users.client_id {
        Some(path) => all.push(unique(
            table,
            path,
            "client-id",
            "two users could have one client's shares",
        )),
        None => all.extend(without_client_id(table, users, roles)),
    }
    let key = users.client_api_key.as_ref();
    all.extend(key.map(|path| {
        unique(
            table,
            path,
            "client-api-key",
            "two users could act as one client",
        )
    }));
    all
}

/// Users without a client id: fine where the shares hold it, else somebody must say where it stands.
fn without_client_id(table: &Table, users: &Users, roles: &Roles) -> Option<Finding> {
    let mut kept = roles.custodian.iter().chain(&roles.user);
    let holds = kept.any(|it| {
        it.user
            .as_ref()
            .is_some_and(|it| words(&it.column).iter().any(|it| it == "client"))
    });
    if holds {
        return None;
    }
    let name = &users.table;
    let says = format!(
        "no column of {name} was recognised as the id that Portal knows a client by; say which in sharecheck.toml: \
         [audit.users] table = \"{name}\", client-id = \"…\""
    );
    Some(Finding::unknown(ID, name, says).at(&table.place))
}

fn unique(table: &Table, path: &Path, code: &str, harm: &str) -> Finding {
    let name = format!("{}.{path}", table.full_name());
    let column = table.column(&path.column);
    let place = column.map_or(&table.place, |it| &it.place);
    let by = |parts: &[crate::schema::Part]| {
        parts
            .iter()
            .all(|it| it.name() == Some(&path.column) || it.name().is_some_and(is_tenant))
    };
    let key = table.keys.iter().find(|key| {
        key.valid && key.parts.iter().any(|it| it.name() == Some(&path.column)) && by(&key.parts)
    });
    let whole = |text: &str| text.to_lowercase().contains("is not null");
    let Some(key) = key.filter(|it| it.only_where.as_deref().is_none_or(whole)) else {
        let code = if code == "client-id" {
            "client-id-not-unique"
        } else {
            "api-key-not-unique"
        };
        return Finding::broken(ID, &name, code, format!("{name} is not unique: {harm}"))
            .compared("a unique key", "none")
            .at(place);
    };
    if column.is_some_and(|it| it.nullable) && !key.primary && code == "client-id" {
        let says = format!("{name} may be null: no share can be found for such a user");
        return Finding::broken(ID, &name, "client-id-nullable", says)
            .compared("not null", "may be null")
            .at(place);
    }
    Finding::kept(ID, &name, format!("{name} is unique")).at(&key.place)
}
