//! From a catalogue to the verdict: correct schemas of many shapes, and each defect, on each engine. The judge's own tests go
//! through what it makes of a schema; these show that what decides survives the way from the catalogue.

use super::database::Database;
use rstest::rstest;
use sharecheck_audit::finding::Answer;
use sharecheck_audit::judge::judge;
use sharecheck_audit::live::{Live, Settings};
use sharecheck_audit::role::{Told, recognise};

/// What is broken, each requirement once.
async fn broken(engine: &str, tables: &str) -> Vec<&'static str> {
    let (url, _database) = Database::make(engine, tables).await;
    let mut live = Live::open(&url, Settings::default()).await.unwrap();
    let schema = live.schema().await.unwrap();
    live.close().await;
    let found = recognise(&schema, &Told::default()).unwrap();
    let all = judge(&schema, &found, &Told::default());
    let named = |kind: &str| {
        all.iter().any(|it| {
            it.requirement == "db.tables" && it.answer == Answer::Kept && it.subject == kind
        })
    };
    assert!(named("custodian shares") || !all.is_empty(), "{all:?}");
    let mut broken: Vec<_> = all
        .iter()
        // How MySQL compares by default is worth a note, and nothing more.
        .filter(|it| matches!(it.answer, Answer::Broken(_)) && it.requirement != "db.method-exact")
        .map(|it| it.requirement)
        .collect();
    broken.sort_unstable();
    broken.dedup();
    broken
}

const USERS: &str = "\
    CREATE TABLE users (id varchar(36) PRIMARY KEY, client_id varchar(64) NOT NULL UNIQUE);
    CREATE TABLE client_backup_shares (id varchar(36) PRIMARY KEY, user_id varchar(36) NOT NULL,
        backup_method varchar(64) NOT NULL DEFAULT 'UNKNOWN', cipher_text LONG NOT NULL,
        created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP, UNIQUE (user_id, backup_method),
        FOREIGN KEY (user_id) REFERENCES users (id));";

/// The table of custodian shares with this method, share and key.
fn tables(engine: &str, method: &str, share: &str, key: &str) -> String {
    let long = if engine == "mariadb" {
        "mediumtext"
    } else {
        "text"
    };
    let sql = format!(
        "{USERS} CREATE TABLE custodian_backup_shares (id varchar(36) PRIMARY KEY, user_id varchar(36) NOT NULL,
             backup_method {method}, share {share}, pair varchar(36),
             created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP, FOREIGN KEY (user_id) REFERENCES users (id) {key}"
    );
    sql.replace("LONG", long)
}

const METHOD: &str = "varchar(64) NOT NULL DEFAULT 'UNKNOWN'";
const SHARE: &str = "LONG NOT NULL";
const KEY: &str = ", UNIQUE (user_id, backup_method))";

#[rstest]
#[case::as_in_the_guide(METHOD, SHARE, KEY, &[])]
#[case::an_index(METHOD, SHARE, "); CREATE UNIQUE INDEX k ON custodian_backup_shares (user_id, backup_method)", &[])]
#[case::the_other_way_round(METHOD, SHARE, ", UNIQUE (backup_method, user_id))", &[])]
#[case::a_check_that_it_is_there("varchar(64) NOT NULL DEFAULT 'UNKNOWN' CHECK (backup_method <> '')", SHARE, KEY, &[])]
#[case::no_key(METHOD, SHARE, ")", &["db.unique"])]
#[case::on_the_user_alone(METHOD, SHARE, ", UNIQUE (user_id))", &["db.unique"])]
#[case::with_a_nullable_third(METHOD, SHARE, ", UNIQUE (user_id, backup_method, pair))", &["db.unique"])]
#[case::closed("varchar(64) NOT NULL DEFAULT 'UNKNOWN' CHECK (backup_method IN ('UNKNOWN', 'GDRIVE'))", SHARE, KEY,
    &["db.method-open"])]
#[case::nullable("varchar(64)", SHARE, KEY, &["db.method-default", "db.unique"])]
#[tokio::test]
async fn schemas_are_judged(
    #[values("postgres", "mariadb", "sqlite")] engine: &str,
    #[case] method: &str,
    #[case] share: &str,
    #[case] key: &str,
    #[case] expected: &[&str],
) {
    let sql = tables(engine, method, share, key);
    assert_eq!(broken(engine, &sql).await, expected);
}

#[rstest]
#[case::partial("postgres", METHOD, "text NOT NULL",
    "); CREATE UNIQUE INDEX k ON custodian_backup_shares (user_id, backup_method) WHERE pair IS NOT NULL", &["db.unique"])]
#[case::covering_all("postgres", METHOD, "text NOT NULL",
    "); CREATE UNIQUE INDEX k ON custodian_backup_shares (user_id, backup_method) WHERE user_id IS NOT NULL", &[])]
#[case::included("postgres", METHOD, "text NOT NULL",
    "); CREATE UNIQUE INDEX k ON custodian_backup_shares (user_id) INCLUDE (backup_method)", &["db.unique"])]
#[case::an_enum("postgres", "method NOT NULL DEFAULT 'UNKNOWN'", "text NOT NULL", KEY, &["db.method-open"])]
#[case::narrow("postgres", METHOD, "varchar(1000) NOT NULL", KEY, &["db.share-width"])]
#[case::narrow_method("postgres", "varchar(16) NOT NULL DEFAULT 'UNKNOWN'", "text NOT NULL", KEY, &["db.method-open"])]
#[case::checked_length("postgres", METHOD, "text NOT NULL CHECK (length(share) <= 4096)", KEY, &["db.share-width"])]
#[case::prefix("mariadb", METHOD, "mediumtext NOT NULL", ", UNIQUE (user_id, backup_method(8)))", &["db.unique"])]
#[case::mysql_text("mariadb", METHOD, "text NOT NULL", KEY, &["db.share-width"])]
#[case::mysql_enum("mariadb", "enum('UNKNOWN', 'GDRIVE') NOT NULL DEFAULT 'UNKNOWN'", "mediumtext NOT NULL", KEY,
    &["db.method-open"])]
#[case::old_utf8("mariadb", METHOD, "mediumtext CHARACTER SET utf8mb3 NOT NULL", KEY, &["db.share-width"])]
#[case::width_without_force("sqlite", "VARCHAR(8) NOT NULL DEFAULT 'UNKNOWN'", "VARCHAR(100) NOT NULL", KEY, &[])]
#[case::replacing("sqlite", METHOD, "TEXT NOT NULL", ", UNIQUE (user_id, backup_method) ON CONFLICT REPLACE)", &[])]
#[tokio::test]
async fn what_one_engine_has_is_judged(
    #[case] engine: &str,
    #[case] method: &str,
    #[case] share: &str,
    #[case] key: &str,
    #[case] expected: &[&str],
) {
    let mut sql = tables(engine, method, share, key);
    if engine == "postgres" {
        sql = format!("CREATE TYPE method AS ENUM ('UNKNOWN', 'GDRIVE'); {sql}");
    }
    assert_eq!(broken(engine, &sql).await, expected);
}

/// What keeps no shares at all hears nothing.
#[rstest]
#[tokio::test]
async fn look_alikes_are_left_alone(#[values("postgres", "mariadb", "sqlite")] engine: &str) {
    let sql = "CREATE TABLE posts (id integer PRIMARY KEY, body text);
        CREATE TABLE shares (id integer PRIMARY KEY, post_id integer, user_id integer, platform varchar(32));
        CREATE TABLE user_backups (id integer PRIMARY KEY, user_id integer, notes text, created_at timestamp NULL)";
    let (url, _database) = Database::make(engine, sql).await;
    let mut live = Live::open(&url, Settings::default()).await.unwrap();
    let schema = live.schema().await.unwrap();
    let found = recognise(&schema, &Told::default()).unwrap();
    assert!(found.roles.custodian.is_none() && found.roles.user.is_none());
    assert!(live.rows(&schema, &found.roles).await.is_empty());
}
