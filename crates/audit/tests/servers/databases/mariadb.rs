//! The catalogue of MariaDB.

use super::facts::{facts, hold};
use super::server::PASSWORD;
use super::server::mariadb::{database, run};
use rstest::rstest;
use secrecy::{ExposeSecret, SecretString};
use sharecheck_audit::live::{Live, Settings};
use sharecheck_audit::schema::Schema;

async fn schema(tables: &str) -> Schema {
    let (url, _connection) = database(tables).await;
    let mut live = Live::open(&url, Settings::default()).await.unwrap();
    let schema = live.schema().await.unwrap();
    live.close().await;
    schema
}

#[rstest]
#[case::a_constraint("s (u varchar(36), m varchar(64), UNIQUE (u, m))", "", &[
    "s: unique (u, m)", "s.u text(36) null folds-case pads"])]
#[case::an_index("s (u varchar(36), m varchar(64))", "CREATE UNIQUE INDEX k ON s (u, m)", &["s: unique (u, m)"])]
#[case::a_primary_key("s (u varchar(36), m varchar(64), PRIMARY KEY (u, m))", "", &[
    "s: primary (u, m)", "s.u text(36) folds-case pads"])]
#[case::prefix("s (u varchar(36), m varchar(64), UNIQUE (u, m(8)))", "", &["s: unique (u, m[8])"])]
#[case::long_text("s (u varchar(36), m text, UNIQUE (u, m))", "", &["s: unique (u, m)"])]
#[case::not_unique("s (u varchar(36), m varchar(64), KEY (u, m))", "", &["!s: unique (u, m)"])]
#[case::two("s (id int AUTO_INCREMENT PRIMARY KEY, u varchar(36) UNIQUE, m varchar(64), UNIQUE (u, m))", "", &[
    "s: primary (id)", "s: unique (u)", "s: unique (u, m)"])]
#[case::foreign("s (u varchar(36), m varchar(64), FOREIGN KEY (u, m) REFERENCES t (a, b))", "", &[
    "s: (u, m) to t (a, b)"])]
#[case::a_view("s (u varchar(36))", "CREATE VIEW v AS SELECT * FROM s", &["!v.u text(36) null folds-case pads"])]
#[case::versioned("s (u varchar(36) UNIQUE) WITH SYSTEM VERSIONING", "", &["s.u text(36) null folds-case pads"])]
#[case::quotes("`s``1` (`u\"1` varchar(36) UNIQUE)", "", &["s`1: unique (u\"1)"])]
#[tokio::test]
async fn keys_are_read(#[case] table: &str, #[case] then: &str, #[case] expected: &[&str]) {
    let before = "CREATE TABLE t (a varchar(36), b varchar(64), PRIMARY KEY (a, b))";
    let schema = schema(&format!("{before}; CREATE TABLE {table}; {then}")).await;
    hold(&schema, expected);
}

#[rstest]
#[case::varchar(
    "varchar(191) NOT NULL DEFAULT 'UNKNOWN'",
    "text(191) default 'UNKNOWN' folds-case pads"
)]
#[case::quoted_default(
    "varchar(9) DEFAULT 'it''s'",
    "text(9) null default 'it's' folds-case pads"
)]
#[case::null_default("varchar(9) DEFAULT NULL", "text(9) null folds-case pads")]
#[case::text_default(
    "text DEFAULT 'UNKNOWN'",
    "text(65535 bytes) null default 'UNKNOWN' folds-case pads"
)]
#[case::tinytext("tinytext", "text(255 bytes) null folds-case pads")]
#[case::mediumtext("mediumtext NOT NULL", "text(16777215 bytes) folds-case pads")]
#[case::longtext("longtext", "text(4294967295 bytes) null folds-case pads")]
#[case::bin("varchar(64) COLLATE utf8mb4_bin", "text(64) null pads")]
#[case::nopad("varchar(64) COLLATE utf8mb4_nopad_bin", "text(64) null")]
#[case::utf8mb3(
    "text CHARACTER SET utf8mb3",
    "text(65535 bytes) null folds-case pads part-of-unicode"
)]
#[case::latin1(
    "varchar(64) CHARACTER SET latin1",
    "text(64) null folds-case pads part-of-unicode"
)]
#[case::an_enum(
    "enum('GDRIVE','ICLOUD') DEFAULT 'ICLOUD'",
    "enum[\"GDRIVE\", \"ICLOUD\"] null default 'ICLOUD' folds-case pads"
)]
#[case::checked(
    "varchar(64) CHECK (c IN ('A','B'))",
    "text(64) null folds-case pads closed [\"A\", \"B\"]"
)]
#[case::checked_or(
    "varchar(64) CHECK (c = 'A' OR c = 'B')",
    "text(64) null folds-case pads closed [\"A\", \"B\"]"
)]
#[case::checked_length("text CHECK (char_length(c) <= 20)", "text(20) null folds-case pads")]
#[case::pattern(
    "varchar(64) CHECK (c REGEXP '^[A-Z]+$')",
    "text(64) null folds-case pads closed []"
)]
#[case::not_empty("varchar(64) CHECK (c <> '')", "text(64) null folds-case pads")]
#[case::json("json", "json null pads")]
#[case::blob("blob", "bytes(65535 bytes) null")]
#[case::uuid("uuid", "uuid null")]
#[case::time(
    "datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)",
    "time default current_timestamp(3)"
)]
#[case::boolean("boolean", "boolean null")]
#[case::generated(
    "varchar(9) AS ('x') VIRTUAL",
    "text(9) null folds-case pads generated"
)]
#[tokio::test]
async fn columns_are_read(#[case] column: &str, #[case] expected: &str) {
    let schema = schema(&format!("CREATE TABLE t (c {column})")).await;
    assert_eq!(facts(&schema), [format!("t.c {expected}")]);
}

/// The address of a database for another user.
fn as_user(url: &SecretString, user: &str) -> SecretString {
    url.expose_secret()
        .replace("owner:", &format!("{user}:"))
        .into()
}

const SHARES: &str = "\
    CREATE TABLE s (id int PRIMARY KEY, u varchar(36) NOT NULL, m varchar(64) NOT NULL CHECK (m IN ('A', 'B')), p varchar(9),
                    UNIQUE (u, m, p), FOREIGN KEY (id) REFERENCES t (id))";

#[tokio::test]
async fn a_role_that_may_only_read_sees_all() {
    let (url, mut connection) =
        database(&format!("CREATE TABLE t (id int PRIMARY KEY); {SHARES}")).await;
    run(
        &mut connection,
        &format!("CREATE OR REPLACE USER reader IDENTIFIED BY '{PASSWORD}'"),
    )
    .await;
    let name = url.expose_secret().rsplit('/').next().unwrap().to_owned();
    run(
        &mut connection,
        &format!("GRANT SELECT ON {name}.* TO reader"),
    )
    .await;
    let mut owner = Live::open(&url, Settings::default()).await.unwrap();
    let mut reader = Live::open(&as_user(&url, "reader"), Settings::default())
        .await
        .unwrap();
    let (owners, readers) = (
        owner.schema().await.unwrap(),
        reader.schema().await.unwrap(),
    );
    assert_eq!(facts(&owners), facts(&readers));
    hold(&readers, &["s: unique (u, m, p)", "s: (id) to t (id)"]);
}

#[tokio::test]
async fn a_table_that_is_seen_in_part_is_told() {
    let (url, mut connection) =
        database(&format!("CREATE TABLE t (id int PRIMARY KEY); {SHARES}")).await;
    run(
        &mut connection,
        &format!("CREATE OR REPLACE USER part IDENTIFIED BY '{PASSWORD}'"),
    )
    .await;
    let name = url.expose_secret().rsplit('/').next().unwrap().to_owned();
    run(
        &mut connection,
        &format!("GRANT SELECT (id, u, m) ON {name}.s TO part"),
    )
    .await;
    let mut live = Live::open(&as_user(&url, "part"), Settings::default())
        .await
        .unwrap();
    let schema = live.schema().await.unwrap();
    assert_eq!(schema.unread.len(), 1, "{:?}", facts(&schema));
    assert_eq!(schema.unread[0].names, ["s"]);
}
