//! What of a table this user may not read, asked of the catalogue before a statement fails over it.

use crate::live::sql::{Language, Sql, literal};
use crate::live::trouble::Trouble;
use crate::schema::Table;

/// Why a table's rows cannot be counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::live) enum Hidden {
    /// These of its columns may not be read.
    Columns(Vec<String>),
    /// A policy shows this user some of the rows only.
    Rows,
}

/// What of these columns of a table is hidden from this user.
pub(super) async fn hidden(
    sql: &mut Sql,
    table: &Table,
    columns: &[&str],
) -> Result<Option<Hidden>, Trouble> {
    let engine = sql.engine;
    let literals: Vec<String> = columns.iter().map(|it| literal(engine, it)).collect();
    let list = literals.join(", ");
    let name = literal(engine, &table.name);
    if columns.is_empty() {
        return Ok(None);
    }
    let query = match Language::of(engine) {
        Language::Postgres => {
            let namespace = literal(engine, table.namespace.as_deref().unwrap_or("public"));
            format!(
                "SELECT a.attname::pg_catalog.text, pg_catalog.row_security_active(c.oid)::pg_catalog.text,
                        pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT')::pg_catalog.text
                 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                 JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
                 WHERE n.nspname = {namespace} AND c.relname = {name} AND a.attname IN ({list})"
            )
        }
        Language::MySql => format!(
            "SELECT CAST(COLUMN_NAME AS CHAR), '0', CASE WHEN FIND_IN_SET('select', PRIVILEGES) > 0 THEN '1' ELSE '0' END \
             FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = {name} \
             AND COLUMN_NAME IN ({list})"
        ),
        Language::Sqlite => return Ok(None),
    };
    let mut refused = Vec::new();
    let mut policy = false;
    sql.each(&query, |row| {
        policy |= row.yes(1);
        if !row.yes(2) {
            refused.push(row.text(0).to_owned());
        }
    })
    .await?;
    refused.sort();
    Ok(if !refused.is_empty() {
        Some(Hidden::Columns(refused))
    } else if policy {
        Some(Hidden::Rows)
    } else {
        None
    })
}
