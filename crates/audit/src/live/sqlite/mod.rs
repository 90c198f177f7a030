//! The catalogue of SQLite to a `Schema`: its pragmas, and what only the text of a `CREATE TABLE` tells.

mod column;
mod created;
mod key;

use super::sql::{Sql, literal};
use super::trouble::Trouble;
use crate::place;
use crate::schema::{Engine, Schema, Table, Unread};
use created::Created;

/// Reads the catalogue in one transaction.
pub(super) async fn schema(sql: &mut Sql) -> Result<Schema, Trouble> {
    sql.begin(sql.limits().catalogue).await?;
    let read = read(sql).await;
    sql.end().await;
    read
}

async fn read(sql: &mut Sql) -> Result<Schema, Trouble> {
    let mut schema = Schema {
        engine: Some(Engine::Sqlite),
        ..Schema::default()
    };
    let query = "SELECT l.name, l.type, CAST(l.wr AS TEXT), s.sql FROM pragma_table_list AS l \
                 JOIN sqlite_schema AS s ON s.name = l.name AND s.type = 'table' \
                 WHERE l.schema = 'main' AND l.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY l.name";
    let rows = sql.all(query).await?;
    for row in rows {
        let name = row.text(0);
        match row.text(1) {
            "table" => {
                let created = Created::read(row.text(3));
                let table = table(sql, name, row.yes(2), &created).await?;
                schema.tables.push(table);
            }
            "virtual" => schema.unread.push(Unread {
                place: place::table(name),
                excerpt: format!("virtual table {name}"),
                why: "a module of its own keeps its rows".to_owned(),
                names: vec![name.to_owned()],
            }),
            // The tables in which a virtual one keeps its data.
            _ => {}
        }
    }
    Ok(schema)
}

async fn table(
    sql: &mut Sql,
    name: &str,
    without_rowid: bool,
    created: &Created,
) -> Result<Table, Trouble> {
    let argument = literal(Engine::Sqlite, name);
    let mut table = Table {
        name: name.to_owned(),
        namespace: None,
        alias: None,
        place: place::table(name),
        columns: Vec::new(),
        open: false,
        keys: Vec::new(),
        references: Vec::new(),
    };
    let primary = column::read(sql, &argument, created, &mut table).await?;
    key::read(sql, &argument, created, &mut table).await?;
    key::primary(&mut table, &primary, without_rowid);
    key::read_references(sql, &argument, &mut table).await?;
    Ok(table)
}
