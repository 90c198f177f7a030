//! Which tables hold the shares that a run of ours has just stored: told by a mark that stands in each of them, and looked
//! for in the database, so that nothing but counts leaves it.

use super::sql::{Language, Sql, literal, quoted};
use super::trouble::Trouble;
use crate::schema::{Column, Engine, Kind, Schema, Table};
use std::time::Instant;

/// Words that stand in the names of tables and columns which keep shares: those tables are looked at first.
const HINTS: [&str; 7] = [
    "share",
    "backup",
    "cipher",
    "custodian",
    "recovery",
    "wallet",
    "keystore",
];

/// A column in which shares of ours were found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    /// The table's full name.
    pub table: String,
    /// The column.
    pub column: String,
    /// How many rows hold the mark there.
    pub rows: u64,
}

/// Looks for the mark: in tables that sound like shares, and where none of those has it, in all others for as long as counts
/// may take. A table that may not be read, or that takes too long, is passed over.
pub(super) async fn marked(
    sql: &mut Sql,
    schema: &Schema,
    mark: &str,
) -> Result<Vec<Marked>, Trouble> {
    let until = Instant::now() + sql.limits().rows;
    let (first, then): (Vec<&Table>, Vec<&Table>) =
        schema.tables.iter().partition(|it| sounds_like_shares(it));
    let mut found = Vec::new();
    for group in [first, then] {
        for table in group {
            if Instant::now() > until {
                return Ok(found);
            }
            match of_table(sql, table, mark).await {
                Ok(more) => found.extend(more),
                Err(Trouble::Denied { .. } | Trouble::Late { .. }) => {}
                Err(trouble) => return Err(trouble),
            }
        }
        if !found.is_empty() {
            break;
        }
    }
    Ok(found)
}

fn sounds_like_shares(table: &Table) -> bool {
    let names = table.columns.iter().map(|it| &it.name);
    let mut all = names.chain([&table.name]).map(|it| it.to_ascii_lowercase());
    all.any(|name| HINTS.iter().any(|hint| name.contains(hint)))
}

/// Whether a column can hold a share as text.
fn may_hold(column: &Column) -> bool {
    match &column.kind {
        Kind::Text(width) => width.is_none_or(|it| it.most >= 64),
        Kind::Json | Kind::Other => true,
        Kind::Enum(_)
        | Kind::Bytes(_)
        | Kind::Uuid
        | Kind::Integer
        | Kind::Time
        | Kind::Boolean
        | Kind::List(_) => false,
    }
}

async fn of_table(sql: &mut Sql, table: &Table, mark: &str) -> Result<Vec<Marked>, Trouble> {
    let columns: Vec<&Column> = table.columns.iter().filter(|it| may_hold(it)).collect();
    if columns.is_empty() {
        return Ok(Vec::new());
    }
    let engine = sql.engine;
    let counts: Vec<String> = columns
        .iter()
        .map(|it| {
            let holds = holds(engine, &quoted(engine, &it.name), &literal(engine, mark));
            format!("COUNT(CASE WHEN {holds} > 0 THEN 1 END)")
        })
        .collect();
    let name = quoted(engine, &table.name);
    let from = match (&table.namespace, Language::of(engine)) {
        (Some(namespace), _) => format!("{}.{name}", quoted(engine, namespace)),
        (None, Language::Postgres) => format!("{}.{name}", quoted(engine, "public")),
        (None, Language::MySql | Language::Sqlite) => name,
    };
    let texts: Vec<String> = counts.iter().map(|it| as_text(engine, it)).collect();
    sql.begin(sql.limits().catalogue).await?;
    let row = sql
        .one(&format!("SELECT {} FROM {from}", texts.join(", ")))
        .await;
    sql.end().await;
    let Some(row) = row? else {
        return Ok(Vec::new());
    };
    let all = columns.iter().enumerate().filter_map(|(at, column)| {
        let rows = row.number(at).filter(|it| *it > 0)?;
        Some(Marked {
            table: table.full_name(),
            column: column.name.clone(),
            rows,
        })
    });
    Ok(all.collect())
}

/// Where in a column's text the mark begins, from 1; 0 where it is not in it.
fn holds(engine: Engine, column: &str, mark: &str) -> String {
    match Language::of(engine) {
        Language::Postgres => {
            let collate = if engine == Engine::PostgreSql {
                " COLLATE pg_catalog.\"C\""
            } else {
                ""
            };
            format!("strpos({column}::text{collate}, {mark})")
        }
        Language::MySql => format!("LOCATE({mark}, {column})"),
        Language::Sqlite => format!("instr({column}, {mark})"),
    }
}

fn as_text(engine: Engine, expression: &str) -> String {
    let kind = if engine.is_mysql() { "CHAR" } else { "TEXT" };
    format!("CAST({expression} AS {kind})")
}
