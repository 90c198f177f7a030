//! The columns: what they hold, how wide they are, how they compare, and what confines them.

use super::{Tables, hidden, table_of};
use crate::live::confine::confines;
use crate::live::sql::{Language, Row, Sql};
use crate::live::trouble::Trouble;
use crate::live::written::confine;
use crate::place;
use crate::schema::{Charset, Collation, Column, Default, Engine, Kind, Unit, Unread, Width};

/// Reads the columns of these tables.
pub(super) async fn read(
    sql: &mut Sql,
    tables: &mut Tables,
    unread: &mut Vec<Unread>,
) -> Result<(), Trouble> {
    let query = "SELECT CAST(TABLE_NAME AS CHAR), CAST(COLUMN_NAME AS CHAR), CAST(ORDINAL_POSITION AS CHAR), \
                 CAST(DATA_TYPE AS CHAR), CAST(COLUMN_TYPE AS CHAR), CAST(CHARACTER_MAXIMUM_LENGTH AS CHAR), \
                 CAST(CHARACTER_OCTET_LENGTH AS CHAR), CAST(IS_NULLABLE AS CHAR), CAST(COLUMN_DEFAULT AS CHAR), \
                 CAST(EXTRA AS CHAR), CAST(CHARACTER_SET_NAME AS CHAR), CAST(COLLATION_NAME AS CHAR) \
                 FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME, ORDINAL_POSITION";
    let engine = sql.engine;
    sql.each(query, |row| {
        let Some(table) = table_of(tables, &row) else {
            return;
        };
        let expected = table.columns.len() + 1;
        if row.number(2).is_some_and(|it| it > expected as u64)
            && unread.iter().all(|it| it.names != [table.name.clone()])
        {
            unread.push(hidden(&table.name, "columns"));
        }
        table.columns.push(column(&row, engine));
    })
    .await
}

fn column(row: &Row, engine: Engine) -> Column {
    let kind = kind(row);
    let extra = row.text(9).to_ascii_uppercase();
    let generated = ["VIRTUAL", "STORED", "PERSISTENT"]
        .iter()
        .any(|it| extra.contains(it));
    let charset = row.given(10).filter(|it| !it.is_empty());
    Column {
        name: row.text(1).to_owned(),
        alias: None,
        place: place::column(row.text(0), row.text(1)),
        kind,
        spelled: row.text(4).to_owned(),
        nullable: row.yes(7),
        default: row
            .given(8)
            .filter(|_| !generated)
            .and_then(|it| default(it, row, engine)),
        collation: row.given(11).filter(|it| !it.is_empty()).map(collation),
        charset: charset.map(|it| Charset {
            name: it.to_owned(),
            whole: matches!(it, "utf8mb4" | "utf16" | "utf16le" | "utf32" | "gb18030"),
        }),
        closed: None,
        generated,
    }
}

fn kind(row: &Row) -> Kind {
    let width = |index: usize, unit| row.number(index).map(|most| Width { most, unit });
    let spelled = row.text(4);
    match row.text(3).to_ascii_lowercase().as_str() {
        // A `TEXT` holds so many bytes, a `VARCHAR` so many characters.
        "tinytext" | "text" | "mediumtext" | "longtext" => Kind::Text(width(6, Unit::Bytes)),
        "varchar" | "char" => Kind::Text(width(5, Unit::Characters)),
        "enum" => Kind::Enum(values(spelled)),
        "set" => Kind::List(Box::new(Kind::Enum(values(spelled)))),
        "json" => Kind::Json,
        "tinyblob" | "blob" | "mediumblob" | "longblob" | "varbinary" | "binary" => {
            Kind::Bytes(width(6, Unit::Bytes))
        }
        "uuid" => Kind::Uuid,
        "tinyint" if spelled.starts_with("tinyint(1)") => Kind::Boolean,
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" => Kind::Integer,
        "datetime" | "timestamp" | "date" => Kind::Time,
        _ => Kind::Other,
    }
}

/// The values of `enum('A','B')`.
fn values(spelled: &str) -> Vec<String> {
    let mut values = Vec::new();
    let mut rest = spelled;
    while let Some((_, behind)) = rest.split_once('\'') {
        let mut value = String::new();
        rest = behind;
        while let Some((before, behind)) = rest.split_once('\'') {
            value.push_str(before);
            rest = behind;
            let Some(more) = rest.strip_prefix('\'') else {
                break;
            };
            value.push('\'');
            rest = more;
        }
        values.push(value);
    }
    values
}

/// How a collation compares, by what its name says: `_ci`, `_bin`, `_as_cs`, `0900`, `nopad`.
fn collation(name: &str) -> Collation {
    let lower = name.to_ascii_lowercase();
    let ends = |end: &str| lower.ends_with(end);
    let tells_case = if ends("_bin") || ends("_cs") || lower == "binary" {
        Some(true)
    } else if ends("_ci") {
        Some(false)
    } else {
        None
    };
    let keeps_spaces = lower.contains("_0900_") || lower.contains("nopad") || lower == "binary";
    Collation {
        name: name.to_owned(),
        tells_case,
        pads: Some(!keeps_spaces),
    }
}

/// MariaDB gives an expression, with a text in quotes. MySQL gives the bare text, and the expression where `EXTRA` says so.
fn default(given: &str, row: &Row, engine: Engine) -> Option<Default> {
    let extra = row.text(9).to_ascii_uppercase();
    if engine == Engine::MariaDb || extra.contains("DEFAULT_GENERATED") {
        if given.eq_ignore_ascii_case("NULL") {
            return None;
        }
        return Some(match quoted(given) {
            Some(text) => Default::Text(text),
            None => Default::Expression(given.to_owned()),
        });
    }
    let data_type = row.text(3).to_ascii_lowercase();
    if matches!(data_type.as_str(), "datetime" | "timestamp")
        && given.to_ascii_uppercase().starts_with("CURRENT_TIMESTAMP")
    {
        return Some(Default::Expression(given.to_owned()));
    }
    Some(Default::Text(given.to_owned()))
}

/// The text of a literal such as `'UNKNOWN'` or `_utf8mb4\'UNKNOWN\'`, in parentheses or not.
fn quoted(expression: &str) -> Option<String> {
    let mut text = expression.trim().replace("\\'", "'");
    while let Some(inner) = text.strip_prefix('(').and_then(|it| it.strip_suffix(')')) {
        text = inner.trim().to_owned();
    }
    let start = text.find('\'')?;
    let prefix = text[..start].trim();
    let introduces =
        prefix.is_empty() || prefix.starts_with('_') || prefix.eq_ignore_ascii_case("n");
    let inner = text[start + 1..].strip_suffix('\'')?;
    let plain = inner.replace("''", "");
    (introduces && !plain.contains('\'')).then(|| inner.replace("''", "'"))
}

/// Reads what checks leave of the columns' values. MySQL 5.7 has none.
pub(super) async fn read_checks(sql: &mut Sql, tables: &mut Tables) -> Result<(), Trouble> {
    let has = sql
        .one(
            "SELECT CAST(COUNT(*) AS CHAR) FROM information_schema.TABLES \
             WHERE TABLE_SCHEMA = 'information_schema' AND TABLE_NAME = 'CHECK_CONSTRAINTS'",
        )
        .await?;
    if has.and_then(|row| row.number(0)) != Some(1) {
        return Ok(());
    }
    let query = if sql.engine == Engine::MariaDb {
        "SELECT CAST(TABLE_NAME AS CHAR), CAST(CHECK_CLAUSE AS CHAR) FROM information_schema.CHECK_CONSTRAINTS \
         WHERE CONSTRAINT_SCHEMA = DATABASE()"
    } else {
        "SELECT CAST(t.TABLE_NAME AS CHAR), CAST(c.CHECK_CLAUSE AS CHAR) FROM information_schema.CHECK_CONSTRAINTS c \
         JOIN information_schema.TABLE_CONSTRAINTS t ON t.CONSTRAINT_SCHEMA = c.CONSTRAINT_SCHEMA \
         AND t.CONSTRAINT_NAME = c.CONSTRAINT_NAME \
         WHERE t.CONSTRAINT_SCHEMA = DATABASE() AND t.CONSTRAINT_TYPE = 'CHECK' AND t.ENFORCED = 'YES'"
    };
    let escaped = sql.engine == Engine::MySql;
    sql.each(query, |row| {
        let check = row.text(1);
        let check = if escaped {
            check.replace("\\'", "'")
        } else {
            check.to_owned()
        };
        if let Some(table) = table_of(tables, &row) {
            for column in &mut table.columns {
                let found = confines(&check, &column.name, Language::MySql);
                confine(column, &found, &check);
            }
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("'UNKNOWN'", Some("UNKNOWN"))]
    #[case("_utf8mb4\\'UNKNOWN\\'", Some("UNKNOWN"))]
    #[case("(_utf8mb4'UNKNOWN')", Some("UNKNOWN"))]
    #[case("'it''s'", Some("it's"))]
    #[case("uuid()", None)]
    #[case("concat('a','b')", None)]
    #[case("current_timestamp()", None)]
    fn a_literal_is_told_from_an_expression(#[case] given: &str, #[case] is: Option<&str>) {
        assert_eq!(quoted(given).as_deref(), is);
    }

    #[rstest]
    #[case("enum('GDRIVE','ICLOUD')", &["GDRIVE", "ICLOUD"])]
    #[case("enum('it''s','')", &["it's", ""])]
    fn values_of_an_enum_are_read(#[case] spelled: &str, #[case] is: &[&str]) {
        assert_eq!(values(spelled), is);
    }

    #[rstest]
    #[case("utf8mb4_0900_ai_ci", Some(false), Some(false))]
    #[case("utf8mb4_unicode_ci", Some(false), Some(true))]
    #[case("utf8mb4_bin", Some(true), Some(true))]
    #[case("utf8mb4_0900_bin", Some(true), Some(false))]
    #[case("utf8mb4_uca1400_nopad_as_cs", Some(true), Some(false))]
    #[case("utf8mb4_0900_as_cs", Some(true), Some(false))]
    fn a_collation_is_read_from_its_name(
        #[case] name: &str,
        #[case] tells_case: Option<bool>,
        #[case] pads: Option<bool>,
    ) {
        let is = collation(name);
        assert_eq!((is.tells_case, is.pads), (tells_case, pads));
    }
}
