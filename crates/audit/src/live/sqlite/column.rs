//! The columns of a table: by the affinity that SQLite gives their declared types, and the text that made them.

use super::created::Created;
use crate::live::confine::confines;
use crate::live::sql::{Language, Sql};
use crate::live::trouble::Trouble;
use crate::live::written::confine;
use crate::place;
use crate::schema::{Collation, Column, Default, Kind, Table};

/// Reads the columns into the table, and gives the names of those of its primary key, in order.
pub(super) async fn read(
    sql: &mut Sql,
    argument: &str,
    created: &Created,
    table: &mut Table,
) -> Result<Vec<String>, Trouble> {
    let query = format!(
        "SELECT name, type, CAST(\"notnull\" AS TEXT), dflt_value, CAST(pk AS TEXT), CAST(hidden AS TEXT) \
         FROM pragma_table_xinfo({argument}) ORDER BY cid"
    );
    let mut primary = Vec::new();
    let full_name = table.full_name();
    sql.each(&query, |row| {
        let name = row.text(0);
        let generated = matches!(row.text(5), "2" | "3");
        let written = created.column(name);
        let mut column = Column {
            name: name.to_owned(),
            alias: None,
            place: place::column(&full_name, name),
            kind: kind(row.text(1)),
            spelled: row.text(1).to_owned(),
            nullable: !row.yes(2),
            default: row.given(3).filter(|_| !generated).and_then(default),
            collation: Some(collation(
                written
                    .and_then(|it| it.collation.as_deref())
                    .unwrap_or("BINARY"),
            )),
            charset: None,
            closed: None,
            generated,
        };
        for check in &created.checks {
            let found = confines(check, name, Language::Sqlite);
            confine(&mut column, &found, check);
        }
        table.columns.push(column);
        if let Some(at) = row.number(4).filter(|it| *it > 0) {
            primary.push((at, name.to_owned()));
        }
    })
    .await?;
    primary.sort();
    Ok(primary.into_iter().map(|(_, name)| name).collect())
}

/// What a declared type makes of a column. A length is not enforced, so none is told.
fn kind(declared: &str) -> Kind {
    let declared = declared.to_ascii_uppercase();
    let has = |words: &[&str]| words.iter().any(|it| declared.contains(it));
    // Names that say more than their affinity come first: each of them takes texts as they are.
    if has(&["BOOL"]) {
        Kind::Boolean
    } else if has(&["DATE", "TIME"]) {
        Kind::Time
    } else if has(&["JSON"]) {
        Kind::Json
    } else if has(&["UUID", "GUID"]) {
        Kind::Uuid
    } else if has(&["INT"]) {
        Kind::Integer
    } else if has(&["CHAR", "CLOB", "TEXT", "STRING"]) {
        Kind::Text(None)
    } else if has(&["BLOB"]) {
        Kind::Bytes(None)
    } else {
        Kind::Other
    }
}

/// How a collation compares; one that a program brings itself is not known.
pub(super) fn collation(name: &str) -> Collation {
    let (tells_case, pads) = match name.to_ascii_uppercase().as_str() {
        "BINARY" => (Some(true), Some(false)),
        "NOCASE" => (Some(false), Some(false)),
        "RTRIM" => (Some(true), Some(true)),
        _ => (None, None),
    };
    Collation {
        name: name.to_owned(),
        tells_case,
        pads,
    }
}

/// A default as it was written: `'UNKNOWN'`, `"UNKNOWN"`, `CURRENT_TIMESTAMP`.
fn default(written: &str) -> Option<Default> {
    if written.eq_ignore_ascii_case("NULL") {
        return None;
    }
    let inside = |quote: char| {
        let inner = written.strip_prefix(quote)?.strip_suffix(quote)?;
        let doubled = format!("{quote}{quote}");
        let plain = !inner.replace(&doubled, "").contains(quote);
        plain.then(|| inner.replace(&doubled, &quote.to_string()))
    };
    let text = inside('\'').or_else(|| inside('"'));
    Some(text.map_or_else(|| Default::Expression(written.to_owned()), Default::Text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("VARCHAR(64)", Kind::Text(None))]
    #[case("nvarchar(10)", Kind::Text(None))]
    #[case("TEXT", Kind::Text(None))]
    #[case("INTEGER", Kind::Integer)]
    #[case("BIGINT", Kind::Integer)]
    #[case("DATETIME", Kind::Time)]
    #[case("JSONB", Kind::Json)]
    #[case("BLOB", Kind::Bytes(None))]
    #[case("", Kind::Other)]
    fn declared_types_are_read(#[case] declared: &str, #[case] is: Kind) {
        assert_eq!(kind(declared), is);
    }
}
