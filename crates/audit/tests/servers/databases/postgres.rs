//! The catalogue of PostgreSQL.

use super::facts::{facts, hold};
use super::server::postgres::{database, run};
use rstest::rstest;
use sharecheck_audit::live::{Live, Settings};
use sharecheck_audit::schema::Schema;

async fn schema(tables: &str) -> Schema {
    let (url, _connection) = database(tables).await;
    let mut live = Live::open(&url, Settings::default()).await.unwrap();
    let schema = live.schema().await.unwrap();
    live.close().await;
    schema
}

const USERS: &str = "CREATE TABLE users (id uuid PRIMARY KEY, client_id text NOT NULL UNIQUE);";

#[rstest]
#[case::a_constraint("s (u uuid REFERENCES users, m text, UNIQUE (u, m))", "", &[
    "s: unique (u, m)", "s: (u) to users (id)", "s.u uuid null", "s.m text null"])]
#[case::an_index("s (u text, m text)", "CREATE UNIQUE INDEX ON s (u, m)", &["s: unique (u, m)"])]
#[case::a_primary_key("s (u text, m text, PRIMARY KEY (u, m))", "", &["s: primary (u, m)", "s.u text", "s.m text"])]
#[case::included("s (u text, m text)", "CREATE UNIQUE INDEX ON s (u) INCLUDE (m)", &["s: unique (u)"])]
#[case::partial("s (u text, m text)", "CREATE UNIQUE INDEX ON s (u, m) WHERE u <> ''", &[
    "s: unique (u, m) where (u <> ''::text)"])]
#[case::expression("s (u text, m text)", "CREATE UNIQUE INDEX ON s (u, lower(m))", &["s: unique (u, <lower(m)>)"])]
#[case::coalesced("s (u text, m text, p text)", "CREATE UNIQUE INDEX ON s (u, m, COALESCE(p, ''))", &[
    "s: unique (u, m, <COALESCE(p, ''::text)>)"])]
#[case::deferrable("s (u text, m text, UNIQUE (u, m) DEFERRABLE)", "", &["s: unique (u, m) deferrable"])]
#[case::nulls("s (u text, m text, UNIQUE NULLS NOT DISTINCT (u, m))", "", &["s: unique (u, m) nulls-not-distinct"])]
#[case::excluded("s (u text, m text, EXCLUDE USING btree (u WITH =, m WITH =))", "", &["s: unique (u, m)"])]
#[case::not_unique("s (u text, m text)", "CREATE INDEX ON s (u, m)", &["!s: unique (u, m)"])]
#[case::folded("s (u text, m text)",
    "CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
     CREATE UNIQUE INDEX ON s (u, m COLLATE ci)", &["s: unique (u, m folded)"])]
#[case::partitioned("s (u text, m text, UNIQUE (u, m)) PARTITION BY HASH (u)",
    "CREATE TABLE s0 PARTITION OF s FOR VALUES WITH (MODULUS 1, REMAINDER 0)", &["s: unique (u, m)", "!s0: unique (u, m)"])]
#[tokio::test]
async fn keys_are_read(#[case] table: &str, #[case] then: &str, #[case] expected: &[&str]) {
    let schema = schema(&format!("{USERS} CREATE TABLE {table}; {then}")).await;
    hold(&schema, expected);
}

#[rstest]
#[case::text("text NOT NULL DEFAULT 'UNKNOWN'", "text default 'UNKNOWN'")]
#[case::varchar(
    "varchar(191) NOT NULL DEFAULT 'UNKNOWN'",
    "text(191) default 'UNKNOWN'"
)]
#[case::endless("varchar", "text null")]
#[case::padded("char(9)", "text(9) null pads")]
#[case::citext("citext", "text null folds-case")]
#[case::icu("text COLLATE ci", "text null folds-case")]
#[case::c("text COLLATE \"C\"", "text null")]
#[case::an_enum("e DEFAULT 'A'", "enum[\"A\", \"B\"] null default 'A'")]
#[case::checked("text CHECK (c IN ('A', 'B'))", "text null closed [\"A\", \"B\"]")]
#[case::checked_varchar(
    "varchar(9) CHECK (c IN ('A', 'B'))",
    "text(9) null closed [\"A\", \"B\"]"
)]
#[case::checked_citext(
    "citext CHECK (c IN ('A', 'B'))",
    "text null folds-case closed [\"A\", \"B\"]"
)]
#[case::checked_pattern("text CHECK (c ~ '^[A-Z]+$')", "text null closed []")]
#[case::not_empty("text CHECK (c <> '' AND length(c) > 0)", "text null")]
#[case::checked_length("text CHECK (char_length(c) <= 20)", "text(20) null")]
#[case::domain("d", "text closed [\"A\", \"B\"]")]
#[case::open_domain("o", "text null default 'x'")]
#[case::domain_over_domain("dd", "text(4) closed [\"A\", \"B\"]")]
#[case::list("text[]", "list of text null")]
#[case::json("jsonb", "json null")]
#[case::bytes("bytea NOT NULL", "bytes")]
#[case::time("timestamptz DEFAULT now()", "time null default now()")]
#[case::identity("bigint GENERATED ALWAYS AS IDENTITY", "integer")]
#[case::generated("text GENERATED ALWAYS AS ('x') STORED", "text null generated")]
#[case::decimal("numeric", "other null")]
#[tokio::test]
async fn columns_are_read(#[case] column: &str, #[case] expected: &str) {
    let schema = schema(&format!(
        "CREATE EXTENSION citext; CREATE TYPE e AS ENUM ('A', 'B');
         CREATE DOMAIN d AS text NOT NULL CHECK (VALUE IN ('A', 'B'));
         CREATE DOMAIN o AS text DEFAULT 'x' CHECK (VALUE <> '');
         CREATE DOMAIN dd AS d CHECK (length(VALUE) < 5);
         CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
         CREATE TABLE t (c {column})"
    ))
    .await;
    assert_eq!(facts(&schema), [format!("t.c {expected}")]);
}

#[tokio::test]
async fn an_invalid_index_is_told() {
    let (url, mut connection) =
        database("CREATE TABLE s (u text, m text); INSERT INTO s VALUES ('a', 'b'), ('a', 'b')")
            .await;
    let build = sqlx::raw_sql("CREATE UNIQUE INDEX CONCURRENTLY k ON s (u, m)");
    build.execute(&mut connection).await.unwrap_err();
    let mut live = Live::open(&url, Settings::default()).await.unwrap();
    hold(&live.schema().await.unwrap(), &["s: unique (u, m) invalid"]);
}

#[tokio::test]
async fn only_tables_that_hold_rows_are_read() {
    let (url, mut connection) = database(
        "CREATE EXTENSION file_fdw; CREATE SERVER f FOREIGN DATA WRAPPER file_fdw;
         CREATE SCHEMA \"App 1\"; CREATE TABLE \"App 1\".\"S\"\"1\" (\"u\"\"1\" text UNIQUE);
         CREATE TABLE t (c text); CREATE VIEW v AS SELECT * FROM t; CREATE MATERIALIZED VIEW m AS SELECT * FROM t;
         CREATE FOREIGN TABLE away (c text) SERVER f OPTIONS (filename '/dev/null')",
    )
    .await;
    run(&mut connection, "CREATE TEMPORARY TABLE mine (c text)").await;
    let mut live = Live::open(&url, Settings::default()).await.unwrap();
    let schema = live.schema().await.unwrap();
    assert_eq!(
        facts(&schema),
        [
            "App 1.S\"1.u\"1 text null",
            "App 1.S\"1: unique (u\"1)",
            "t.c text null",
            "unread away: its rows are in another database: audit that one",
        ]
    );
}
