//! Unique keys with their prefix lengths, and foreign keys.

use super::{Tables, hidden, table_of};
use crate::live::sql::Sql;
use crate::live::trouble::Trouble;
use crate::schema::{Key, Part, Reference, Unread};

/// Reads what makes the rows of these tables unique.
pub(super) async fn read(
    sql: &mut Sql,
    tables: &mut Tables,
    unread: &mut Vec<Unread>,
) -> Result<(), Trouble> {
    let has = sql
        .one(
            "SELECT CAST(COUNT(*) AS CHAR) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'information_schema' \
             AND TABLE_NAME = 'STATISTICS' AND COLUMN_NAME = 'EXPRESSION'",
        )
        .await?;
    let expression = if has.and_then(|row| row.number(0)) == Some(1) {
        "CAST(EXPRESSION AS CHAR)"
    } else {
        "NULL"
    };
    let query = format!(
        "SELECT CAST(TABLE_NAME AS CHAR), CAST(INDEX_NAME AS CHAR), CAST(SEQ_IN_INDEX AS CHAR), CAST(COLUMN_NAME AS CHAR), \
         CAST(SUB_PART AS CHAR), {expression} FROM information_schema.STATISTICS \
         WHERE TABLE_SCHEMA = DATABASE() AND NON_UNIQUE = 0 ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX"
    );
    sql.each(&query, |row| {
        let Some(table) = table_of(tables, &row) else {
            return;
        };
        let name = row.text(1);
        if table
            .keys
            .last()
            .is_none_or(|it| it.name.as_deref() != Some(name))
        {
            let mut key = Key::over(table.place.clone(), []);
            key.name = Some(name.to_owned());
            key.primary = name == "PRIMARY";
            table.keys.push(key);
        }
        let Some(key) = table.keys.last_mut() else {
            return;
        };
        if row.number(2) != Some(key.parts.len() as u64 + 1)
            && unread.iter().all(|it| it.names != [table.name.clone()])
        {
            unread.push(hidden(&table.name, "keys"));
        }
        key.parts
            .push(match row.given(3).filter(|it| !it.is_empty()) {
                Some(column) => Part::Column {
                    name: column.to_owned(),
                    prefix: row.number(4),
                    folds_case: false,
                },
                None => Part::Expression(row.text(5).replace("\\'", "'")),
            });
    })
    .await?;
    for table in tables.values_mut() {
        table.keys.sort_by_key(|it| !it.primary);
    }
    Ok(())
}

/// Reads what the columns of these tables refer to.
pub(super) async fn read_references(sql: &mut Sql, tables: &mut Tables) -> Result<(), Trouble> {
    let query = "SELECT CAST(TABLE_NAME AS CHAR), CAST(CONSTRAINT_NAME AS CHAR), CAST(COLUMN_NAME AS CHAR), \
                 CAST(REFERENCED_TABLE_NAME AS CHAR), CAST(REFERENCED_COLUMN_NAME AS CHAR) \
                 FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = DATABASE() \
                 AND REFERENCED_TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION";
    let mut last = String::new();
    sql.each(query, |row| {
        let Some(table) = table_of(tables, &row) else {
            return;
        };
        let this = format!("{}\u{1f}{}", row.text(0), row.text(1));
        if this != last {
            last = this;
            table.references.push(Reference {
                place: table.place.clone(),
                columns: Vec::new(),
                table: row.text(3).to_owned(),
                to: Vec::new(),
            });
        }
        if let Some(reference) = table.references.last_mut() {
            reference.columns.push(row.text(2).to_owned());
            reference.to.push(row.text(4).to_owned());
        }
    })
    .await
}
