//! Unique keys, which are indexes whether or not a constraint made them, and foreign keys.

use super::{OURS, Tables, parts, since, table_of};
use crate::live::sql::{Row, Sql};
use crate::live::trouble::Trouble;
use crate::schema::{Engine, Key, Part, Reference, Table};

/// Reads what makes the rows of these tables unique.
pub(super) async fn read(sql: &mut Sql, tables: &mut Tables) -> Result<(), Trouble> {
    let nulls = since(sql, 150_000, "i.indnullsnotdistinct", "false");
    let key_columns = since(sql, 110_000, "i.indnkeyatts", "i.indnatts");
    let exact = since(sql, 120_000, "co.collisdeterministic", "true");
    let mut query = format!(
        "SELECT i.indrelid::pg_catalog.text, x.relname::pg_catalog.text, i.indisprimary::pg_catalog.text,
                (i.indisvalid AND i.indisready AND i.indislive)::pg_catalog.text, (NOT i.indimmediate)::pg_catalog.text,
                pg_catalog.pg_get_expr(i.indpred, i.indrelid), ({nulls})::pg_catalog.text,
                (SELECT pg_catalog.string_agg(
                     CASE WHEN i.indkey[p.k] = 0 THEN 'e' || pg_catalog.pg_get_indexdef(i.indexrelid, p.k + 1, true)
                          WHEN i.indcollation[p.k] <> a.attcollation AND NOT {exact} THEN 'f' || a.attname
                          ELSE 'c' || a.attname END, E'\\x1f' ORDER BY p.k)
                 FROM pg_catalog.generate_series(0, {key_columns} - 1) AS p(k)
                 LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[p.k]
                                                    AND i.indkey[p.k] <> 0
                 LEFT JOIN pg_catalog.pg_collation co ON co.oid = i.indcollation[p.k]),
                i.indisunique::pg_catalog.text,
                (SELECT pg_catalog.bool_and(o.oprname = '=')::pg_catalog.text FROM pg_catalog.pg_constraint k
                 CROSS JOIN LATERAL pg_catalog.unnest(k.conexclop) AS e(id) JOIN pg_catalog.pg_operator o ON o.oid = e.id
                 WHERE k.conindid = i.indexrelid AND k.contype = 'x' AND k.conrelid = i.indrelid)
         FROM pg_catalog.pg_index i
         JOIN pg_catalog.pg_class c ON c.oid = i.indrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
         WHERE {OURS} AND (i.indisunique OR i.indisexclusion) ORDER BY i.indrelid, NOT i.indisprimary, x.relname"
    );
    if sql.engine == Engine::CockroachDb {
        query = query.replace(
            "(i.indisvalid AND i.indisready AND i.indislive)",
            "i.indisvalid",
        );
    }
    sql.each(&query, |row| {
        // One that keeps rows apart by another operator than `=`, such as overlapping times, is no key.
        if let Some(table) = table_of(tables, &row)
            && (row.yes(8) || row.yes(9))
        {
            let key = key(&row, table);
            table.keys.push(key);
        }
    })
    .await
}

fn key(row: &Row, table: &Table) -> Key {
    let part = |text: &String| {
        let mut chars = text.chars();
        let kind = chars.next();
        let name = chars.as_str().to_owned();
        match kind {
            Some('e') => Part::Expression(name),
            kind => Part::Column {
                name,
                prefix: None,
                folds_case: kind == Some('f'),
            },
        }
    };
    Key {
        name: Some(row.text(1).to_owned()),
        place: table.place.clone(),
        parts: parts(row.text(7)).iter().map(part).collect(),
        primary: row.yes(2),
        nulls_distinct: !row.yes(6),
        only_where: row.given(5).map(str::to_owned),
        valid: row.yes(3),
        deferrable: row.yes(4),
        replaces: false,
    }
}

/// Reads what the columns of these tables refer to.
pub(super) async fn read_references(sql: &mut Sql, tables: &mut Tables) -> Result<(), Trouble> {
    let names = |table: &str, list: &str| {
        format!(
            "(SELECT pg_catalog.string_agg(a.attname, E'\\x1f' ORDER BY e.at)
              FROM pg_catalog.unnest({list}) WITH ORDINALITY AS e(number, at)
              JOIN pg_catalog.pg_attribute a ON a.attrelid = {table} AND a.attnum = e.number)"
        )
    };
    let query = format!(
        "SELECT k.conrelid::pg_catalog.text, {from}, n.nspname::pg_catalog.text, c.relname::pg_catalog.text, {to}
         FROM pg_catalog.pg_constraint k
         JOIN pg_catalog.pg_class c ON c.oid = k.confrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE k.contype = 'f' AND NOT c.relispartition ORDER BY k.conrelid, k.conname",
        from = names("k.conrelid", "k.conkey"),
        to = names("k.confrelid", "k.confkey"),
    );
    sql.each(&query, |row| {
        if let Some(table) = table_of(tables, &row) {
            let (namespace, name) = (row.text(2), row.text(3));
            table.references.push(Reference {
                place: table.place.clone(),
                columns: parts(row.text(1)),
                table: if namespace == "public" {
                    name.to_owned()
                } else {
                    format!("{namespace}.{name}")
                },
                to: parts(row.text(4)),
            });
        }
    })
    .await
}
