//! Where users are kept.

use super::column::{says_api_key, says_client_id};
use super::named::{find_path, find_table};
use super::recognise::WHO;
use super::told::{NotThere, Told};
use super::word::{has_any, words};
use super::{Evidence, Keeping, Path, Roles, Strength, Users};
use crate::schema::{Column, Schema, Table};

/// Where users are kept: as told, else where the shares refer to, else where a client id stands by itself.
pub(super) fn users(
    schema: &Schema,
    told: &Told,
    roles: &Roles,
) -> Result<Option<Users>, NotThere> {
    if let Some(told) = &told.users {
        let section = "audit.users";
        let table = find_table(schema, section, &told.table)?;
        let path = |it: &Option<String>| {
            it.as_ref()
                .map(|it| find_path(table, section, it))
                .transpose()
        };
        let mut it = of_users(table, "the configuration says so", Strength::Told);
        it.client_id = path(&told.client_id)?.or(it.client_id);
        it.client_api_key = path(&told.client_api_key)?.or(it.client_api_key);
        return Ok(Some(it));
    }
    let kept: Vec<&Keeping> = roles.custodian.iter().chain(&roles.user).collect();
    let referred = kept.iter().find_map(|it| {
        let table = schema.table(&it.table)?;
        let column = it.user.as_ref()?;
        let mut to = table.references.iter();
        let to = to.find(|to| to.columns.contains(&column.column))?;
        let target = schema.table(&to.table)?;
        Some(of_users(
            target,
            &format!("{} refers to it", it.table),
            Strength::Strong,
        ))
    });
    let plain = || {
        let own = |it: &&Table| {
            let keeps = kept.iter().any(|keeping| keeping.table == it.full_name());
            let key = it.columns.iter().any(says_api_key);
            let id = it.columns.iter().any(says_client_id);
            let named = has_any(&words(&it.name), &WHO);
            !keeps && id && (key || named)
        };
        let mut all: Vec<&Table> = schema.tables.iter().filter(own).collect();
        all.sort_by_key(|it| !it.columns.iter().any(says_api_key));
        // Without a table of shares, a `clientId` may be anybody's: of an OAuth client, of a customer.
        let sure = |it: &&&Table| !kept.is_empty() || it.columns.iter().any(says_api_key);
        let table = all.iter().find(sure)?;
        Some(of_users(
            table,
            "it has a client id for each user",
            Strength::Strong,
        ))
    };
    Ok(referred.or_else(plain))
}

fn of_users(table: &Table, why: &str, strength: Strength) -> Users {
    let find = |says: fn(&Column) -> bool| table.columns.iter().find(|it| says(it));
    Users {
        table: table.full_name(),
        client_id: find(says_client_id).map(|it| Path::column(&it.name)),
        client_api_key: find(says_api_key).map(|it| Path::column(&it.name)),
        evidence: Evidence {
            why: vec![why.to_owned()],
            strength,
        },
    }
}
