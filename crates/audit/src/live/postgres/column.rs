//! The columns: what they hold, what they hold if nobody says, and what confines them.

use super::types::{TYPE, Told, Types};
use super::{Tables, since, table_of};
use crate::live::confine::confines;
use crate::live::sql::{Language, Row, Sql};
use crate::live::trouble::Trouble;
use crate::live::written::confine;
use crate::place;
use crate::schema::{Charset, Collation, Column, Default, Kind};
use std::collections::BTreeMap;

/// Reads the columns of these tables.
pub(super) async fn read(sql: &mut Sql, types: &Types, tables: &mut Tables) -> Result<(), Trouble> {
    let collations = collations(sql).await?;
    let charset = charset(sql).await?;
    let generated = since(sql, 120_000, "a.attgenerated::pg_catalog.text", "''");
    let ours = super::OURS;
    let query = format!(
        "SELECT a.attrelid::pg_catalog.text, a.attname::pg_catalog.text, pg_catalog.format_type(a.atttypid, a.atttypmod),
                a.attnotnull::pg_catalog.text, pg_catalog.pg_get_expr(d.adbin, d.adrelid), {generated},
                NULLIF(a.attcollation, 0)::pg_catalog.text, a.atttypmod::pg_catalog.text, {TYPE}
         FROM pg_catalog.pg_attribute a
         JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
         LEFT JOIN pg_catalog.pg_type el ON el.oid = t.typelem
         LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
         WHERE {ours} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum"
    );
    sql.each(&query, |row| {
        if let Some(table) = table_of(tables, &row) {
            let column = column(&row, types, &collations, &charset, &table.full_name());
            table.columns.push(column);
        }
    })
    .await
}

fn column(
    row: &Row,
    types: &Types,
    collations: &BTreeMap<u64, Collation>,
    charset: &Charset,
    table: &str,
) -> Column {
    let told = Told::from(row, 7, 8);
    let (bottom, domains) = types.resolve(&told);
    let kind = types.kind(&bottom);
    let expression = row.given(4).map(str::to_owned);
    let generated = !row.text(5).is_empty();
    let inherited = || domains.iter().find_map(|it| it.default.clone());
    let default = if generated {
        None
    } else {
        expression.or_else(inherited).and_then(|it| default(&it))
    };
    let is_text = matches!(kind, Kind::Text(_));
    let collation = if bottom.is_citext() {
        Some(Collation {
            name: "citext".to_owned(),
            tells_case: Some(false),
            pads: Some(false),
        })
    } else {
        let id = row.number(6).or(told.collation);
        id.and_then(|id| collations.get(&id)).cloned()
    };
    let collation = collation.filter(|_| is_text).map(|it| Collation {
        pads: if bottom.pads() { Some(true) } else { it.pads },
        ..it
    });
    let mut column = Column {
        name: row.text(1).to_owned(),
        alias: None,
        place: place::column(table, row.text(1)),
        kind,
        spelled: spelled(row.text(2)),
        nullable: !row.yes(3) && domains.iter().all(|it| !it.not_null),
        default,
        collation,
        charset: is_text.then(|| charset.clone()),
        closed: None,
        generated,
    };
    for check in domains.iter().flat_map(|it| &it.checks) {
        let found = confines(check, "VALUE", Language::Postgres);
        confine(&mut column, &found, check);
    }
    column
}

/// A type without the schema that it lies in by default, which an empty search path makes the catalogue name.
fn spelled(name: &str) -> String {
    name.strip_prefix("public.").unwrap_or(name).to_owned()
}

/// Reads what the tables' own checks leave of their columns' values.
pub(super) async fn read_checks(sql: &mut Sql, tables: &mut Tables) -> Result<(), Trouble> {
    let enforced = since(sql, 180_000, "AND k.conenforced", "");
    let query = format!(
        "SELECT k.conrelid::pg_catalog.text, pg_catalog.pg_get_expr(k.conbin, k.conrelid) FROM pg_catalog.pg_constraint k
         WHERE k.contype = 'c' AND k.conrelid <> 0 {enforced} ORDER BY k.conrelid, k.conname"
    );
    sql.each(&query, |row| {
        if let (Some(table), Some(check)) = (table_of(tables, &row), row.given(1)) {
            for column in &mut table.columns {
                let found = confines(check, &column.name, Language::Postgres);
                confine(column, &found, check);
            }
        }
    })
    .await
}

/// How each collation compares. Only those that are not deterministic take two different texts for one.
async fn collations(sql: &mut Sql) -> Result<BTreeMap<u64, Collation>, Trouble> {
    let exact = since(sql, 120_000, "collisdeterministic::pg_catalog.text", "'t'");
    let locale = match sql.version {
        170_000.. => "colllocale",
        150_000.. => "colliculocale",
        _ => "collcollate::pg_catalog.text",
    };
    let query = format!(
        "SELECT oid::pg_catalog.text, collname::pg_catalog.text, {exact}, {locale} FROM pg_catalog.pg_collation"
    );
    let mut all = BTreeMap::new();
    sql.each(&query, |row| {
        let exact = row.yes(2);
        let collation = Collation {
            name: row.text(1).to_owned(),
            tells_case: if exact {
                Some(true)
            } else {
                tells_case(row.text(3))
            },
            pads: Some(false),
        };
        all.extend(row.number(0).map(|id| (id, collation)));
    })
    .await?;
    Ok(all)
}

/// Whether the locale of a collation that is not deterministic tells case: `und-u-ks-level2` does not.
fn tells_case(locale: &str) -> Option<bool> {
    let strength = locale.split_once("ks-level").map(|(_, level)| level);
    match strength.and_then(|it| it.chars().next()) {
        Some('1' | '2') => Some(locale.contains("kc-true")),
        Some('3' | '4') => Some(true),
        // `identic`, or the third level, which is what a locale has without saying so.
        _ if locale.contains("colStrength=secondary") || locale.contains("colStrength=primary") => {
            Some(false)
        }
        _ => None,
    }
}

async fn charset(sql: &mut Sql) -> Result<Charset, Trouble> {
    let row = sql
        .one("SELECT pg_catalog.current_setting('server_encoding')")
        .await?;
    let name = row.map_or_else(|| "UTF8".to_owned(), |row| row.text(0).to_owned());
    // What has no encoding at all takes every byte.
    let whole = matches!(name.to_uppercase().as_str(), "UTF8" | "SQL_ASCII" | "UTF-8");
    Ok(Charset { name, whole })
}

/// `'UNKNOWN'::text` as the text that it is; `NULL::text` as none.
fn default(expression: &str) -> Option<Default> {
    let expression = expression.trim();
    if expression.split("::").next() == Some("NULL") {
        return None;
    }
    if let Some(rest) = expression.strip_prefix('\'') {
        let mut text = String::new();
        let mut rest = rest;
        while let Some((before, behind)) = rest.split_once('\'') {
            text.push_str(before);
            let Some(more) = behind.strip_prefix('\'') else {
                let cast_only = behind.is_empty()
                    || (behind.starts_with("::") && !behind.contains(['(', '|', '\'']))
                    || is_sized_cast(behind);
                return Some(if cast_only {
                    Default::Text(text)
                } else {
                    Default::Expression(expression.to_owned())
                });
            };
            text.push('\'');
            rest = more;
        }
    }
    Some(Default::Expression(expression.to_owned()))
}

/// `::character varying(64)`.
fn is_sized_cast(text: &str) -> bool {
    let Some(text) = text.strip_prefix("::").and_then(|it| it.strip_suffix(')')) else {
        return false;
    };
    text.split_once('(')
        .is_some_and(|(_, size)| size.bytes().all(|it| it.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("'UNKNOWN'::text", "UNKNOWN")]
    #[case("'UNKNOWN'::character varying", "UNKNOWN")]
    #[case("'UNKNOWN'::character varying(64)", "UNKNOWN")]
    #[case("'UNKNOWN'::public.\"BackupMethod\"", "UNKNOWN")]
    #[case("'it''s'::text", "it's")]
    #[case("''::text", "")]
    fn a_text_is_told(#[case] expression: &str, #[case] text: &str) {
        assert_eq!(default(expression), Some(Default::Text(text.to_owned())));
    }

    #[rstest]
    #[case("now()")]
    #[case("('a'::text || 'b'::text)")]
    #[case("'a'::text || 'b'::text")]
    #[case("nextval('x'::regclass)")]
    fn an_expression_is_left_as_it_is(#[case] expression: &str) {
        let is = Some(Default::Expression(expression.to_owned()));
        assert_eq!(default(expression), is);
    }

    #[test]
    fn null_is_no_default() {
        assert_eq!(default("NULL::text"), None);
    }

    #[rstest]
    #[case("und-u-ks-level2", Some(false))]
    #[case("@colStrength=secondary", Some(false))]
    #[case("und-u-ks-level3", Some(true))]
    #[case("und", None)]
    fn a_locale_tells_case(#[case] locale: &str, #[case] tells: Option<bool>) {
        assert_eq!(tells_case(locale), tells);
    }
}
