//! Unique keys and foreign keys of a table.

use super::column::collation;
use super::created::{Created, index};
use crate::live::sql::{Sql, literal};
use crate::live::trouble::Trouble;
use crate::schema::{Engine, Key, Part, Reference, Table};

/// Reads what makes the rows of the table unique, but for a primary key that is the row's own number.
pub(super) async fn read(
    sql: &mut Sql,
    argument: &str,
    created: &Created,
    table: &mut Table,
) -> Result<(), Trouble> {
    let query = format!(
        "SELECT i.name, i.origin, CAST(i.partial AS TEXT), s.sql FROM pragma_index_list({argument}) AS i \
         LEFT JOIN sqlite_schema AS s ON s.name = i.name AND s.type = 'index' WHERE i.\"unique\" ORDER BY i.seq DESC"
    );
    for row in sql.all(&query).await? {
        let name = literal(Engine::Sqlite, row.text(0));
        let query = format!(
            "SELECT name, CAST(cid AS TEXT), coll FROM pragma_index_xinfo({name}) WHERE \"key\" ORDER BY seqno"
        );
        let text = row.given(3);
        let (items, condition) = text.map(index).unwrap_or_default();
        let mut key = Key::over(table.place.clone(), []);
        key.primary = row.text(1) == "pk";
        key.name = text.map(|_| row.text(0).to_owned());
        if row.yes(2) {
            key.only_where = Some(condition.unwrap_or("a condition").to_owned());
        }
        let parts = sql.all(&query).await?;
        for (at, part) in parts.iter().enumerate() {
            key.parts.push(match part.given(0) {
                Some(name) => {
                    let own = collation(part.text(2)).tells_case;
                    let column = table.column(name).and_then(|it| it.collation.as_ref());
                    Part::Column {
                        name: name.to_owned(),
                        prefix: None,
                        folds_case: own == Some(false)
                            && column.and_then(|it| it.tells_case) != Some(false),
                    }
                }
                None => {
                    Part::Expression(items.get(at).copied().unwrap_or("an expression").to_owned())
                }
            });
        }
        // One that a `CREATE INDEX` made has no such clause.
        key.replaces = text.is_none() && replaces(created, &key);
        table.keys.push(key);
    }
    Ok(())
}

fn replaces(created: &Created, key: &Key) -> bool {
    let names: Vec<_> = key.parts.iter().filter_map(Part::name).collect();
    created.replacing.iter().any(|it| {
        it.len() == names.len()
            && it
                .iter()
                .zip(&names)
                .all(|(one, other)| one.eq_ignore_ascii_case(other))
    })
}

/// Makes the primary key what it is. One that is a number alone is the row's own; any other lets nulls in unless its
/// columns forbid them, an old slip that SQLite keeps for the sake of old files.
pub(super) fn primary(table: &mut Table, columns: &[String], without_rowid: bool) {
    if columns.is_empty() {
        return;
    }
    let held = table.keys.iter().position(|it| it.primary);
    let holds_nulls = !without_rowid
        && held.is_some()
        && columns
            .iter()
            .any(|it| table.column(it).is_none_or(|it| it.nullable));
    for column in &mut table.columns {
        if !holds_nulls && columns.contains(&column.name) {
            column.nullable = false;
        }
    }
    if let Some(at) = held {
        table.keys[at].primary = !holds_nulls;
        table.keys.swap(0, at);
    } else {
        let mut key = Key::over(table.place.clone(), columns.iter().map(String::as_str));
        key.primary = true;
        table.keys.insert(0, key);
    }
}

/// Reads what the columns of the table refer to.
pub(super) async fn read_references(
    sql: &mut Sql,
    argument: &str,
    table: &mut Table,
) -> Result<(), Trouble> {
    let query = format!(
        "SELECT CAST(id AS TEXT), \"table\", \"from\", \"to\" FROM pragma_foreign_key_list({argument}) ORDER BY id, seq"
    );
    let mut last = None;
    let place = table.place.clone();
    let references = &mut table.references;
    sql.each(&query, |row| {
        let id = row.number(0);
        if last != id || references.is_empty() {
            last = id;
            references.push(Reference {
                place: place.clone(),
                columns: Vec::new(),
                table: row.text(1).to_owned(),
                to: Vec::new(),
            });
        }
        if let Some(reference) = references.last_mut() {
            reference.columns.push(row.text(2).to_owned());
            // Without a name it is the primary key of the other table.
            reference.to.extend(row.given(3).map(str::to_owned));
        }
    })
    .await
}
