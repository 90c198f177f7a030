//! The catalogue of PostgreSQL to a `Schema`. Every name is looked up in `pg_catalog`, and nothing but the catalogue is read.

mod column;
mod key;
mod types;

use super::sql::{Row, Sql};
use super::trouble::Trouble;
use crate::place;
use crate::schema::{Engine, Schema, Table, Unread};
use std::collections::BTreeMap;

/// Tables by their id in the catalogue.
type Tables = BTreeMap<u64, Table>;

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
    let types = types::Types::read(sql).await?;
    column::read(sql, &types, &mut tables).await?;
    column::read_checks(sql, &mut tables).await?;
    key::read(sql, &mut tables).await?;
    key::read_references(sql, &mut tables).await?;
    schema.tables = tables.into_values().collect();
    Ok(schema)
}

/// Those that a query is about: no views, no partitions (their parent stands for them), nothing of the system's or of an
/// extension's.
pub(super) const OURS: &str = "\
    c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition
    AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'crdb_internal', 'pg_extension')
    AND n.nspname !~ '^pg_(toast|temp)'
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.deptype = 'e' AND e.objid = c.oid
                    AND e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass)";

async fn tables(sql: &mut Sql, unread: &mut Vec<Unread>) -> Result<Tables, Trouble> {
    let query = format!(
        "SELECT c.oid::pg_catalog.text, n.nspname::pg_catalog.text, c.relname::pg_catalog.text, c.relkind::pg_catalog.text
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE {OURS} ORDER BY n.nspname, c.relname"
    );
    let only = sql.address.namespace.clone();
    let mut tables = Tables::new();
    sql.each(&query, |row| {
        let namespace = row.text(1);
        if only.as_deref().is_some_and(|it| it != namespace) {
            return;
        }
        let table = Table {
            name: row.text(2).to_owned(),
            namespace: (namespace != "public").then(|| namespace.to_owned()),
            alias: None,
            place: place::table(row.text(2)),
            columns: Vec::new(),
            open: false,
            keys: Vec::new(),
            references: Vec::new(),
        };
        let table = Table {
            place: place::table(table.full_name()),
            ..table
        };
        if row.text(3) == "f" {
            unread.push(foreign(&table));
        } else if let Some(oid) = row.number(0) {
            tables.insert(oid, table);
        }
    })
    .await?;
    Ok(tables)
}

/// Its rows are in another database, and so is whatever keeps them apart.
fn foreign(table: &Table) -> Unread {
    Unread {
        place: table.place.clone(),
        excerpt: format!("foreign table {}", table.full_name()),
        why: "its rows are in another database: audit that one".to_owned(),
        names: vec![table.name.clone()],
    }
}

/// The table that a row is about, by the id in its first value.
fn table_of<'a>(tables: &'a mut Tables, row: &Row) -> Option<&'a mut Table> {
    tables.get_mut(&row.number(0)?)
}

/// Parts that only some versions have.
fn since(sql: &Sql, version: u32, new: &str, old: &str) -> String {
    let new_enough = sql.version >= version && sql.engine == Engine::PostgreSql;
    if new_enough { new } else { old }.to_owned()
}

/// A list in one value, its items parted by a character that no name holds.
fn parts(text: &str) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    text.split('\u{1f}').map(str::to_owned).collect()
}
