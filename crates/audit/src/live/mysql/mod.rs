//! The catalogue of MySQL and MariaDB to a `Schema`: what `information_schema` tells of the one database that the address
//! names.

mod column;
mod key;
mod seen;

use super::sql::{Row, Sql};
use super::trouble::Trouble;
use crate::place;
use crate::schema::{Schema, Table, Unread};
use std::collections::BTreeMap;

/// Tables by their names.
type Tables = BTreeMap<String, Table>;

/// Reads the catalogue in one transaction.
pub(super) async fn schema(sql: &mut Sql) -> Result<Schema, Trouble> {
    sql.begin(sql.limits().catalogue).await?;
    let read = read(sql).await;
    sql.end().await;
    read
}

async fn read(sql: &mut Sql) -> Result<Schema, Trouble> {
    let mut schema = Schema {
        engine: Some(sql.engine),
        ..Schema::default()
    };
    let mut tables = tables(sql, &mut schema.unread).await?;
    column::read(sql, &mut tables, &mut schema.unread).await?;
    key::read(sql, &mut tables, &mut schema.unread).await?;
    key::read_references(sql, &mut tables).await?;
    column::read_checks(sql, &mut tables).await?;
    seen::read(sql, &tables, &mut schema.unread).await?;
    schema.tables = tables.into_values().collect();
    Ok(schema)
}

async fn tables(sql: &mut Sql, unread: &mut Vec<Unread>) -> Result<Tables, Trouble> {
    // A text column of the catalogue may come as bytes.
    let query = "SELECT CAST(TABLE_NAME AS CHAR), CAST(ENGINE AS CHAR) FROM information_schema.TABLES \
                 WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')";
    let mut tables = Tables::new();
    sql.each(query, |row| {
        let name = row.text(0).to_owned();
        if matches!(row.text(1), "FEDERATED" | "CONNECT" | "SPIDER") {
            unread.push(Unread {
                place: place::table(&name),
                excerpt: format!("table {name} of the engine {}", row.text(1)),
                why: "its rows are in another database: audit that one".to_owned(),
                names: vec![name],
            });
            return;
        }
        let table = Table {
            name: name.clone(),
            namespace: None,
            alias: None,
            place: place::table(&name),
            columns: Vec::new(),
            open: false,
            keys: Vec::new(),
            references: Vec::new(),
        };
        tables.insert(name, table);
    })
    .await?;
    Ok(tables)
}

/// The table that a row is about, by the name in its first value.
fn table_of<'a>(tables: &'a mut Tables, row: &Row) -> Option<&'a mut Table> {
    tables.get_mut(row.text(0))
}

/// A table of which a part is hidden from this user.
fn hidden(table: &str, part: &str) -> Unread {
    Unread {
        place: place::table(table),
        excerpt: format!("table {table}"),
        why: format!("this user may not see all of its {part}: grant SELECT on the whole table"),
        names: vec![table.to_owned()],
    }
}
