//! What only rows tell, the same on each engine; and each query that lists the rows behind a count lists as many.

use super::database::Database;
use rstest::rstest;
use sharecheck_audit::finding::{Answer, Finding};
use sharecheck_audit::live::{Live, Settings};
use sharecheck_audit::role::{Told, recognise};

/// What `--rows` finds, and the database.
async fn look(engine: &str, sql: &str) -> (Vec<Finding>, Database) {
    let (url, database) = Database::make(engine, sql).await;
    let mut live = Live::open(&url, Settings::default()).await.unwrap();
    let schema = live.schema().await.unwrap();
    let found = recognise(&schema, &Told::default()).unwrap();
    let findings = live.rows(&schema, &found.roles).await;
    live.close().await;
    (findings, database)
}

/// Each finding on one line: requirement, subject, answer, what was seen, and how many rows its query lists.
async fn lines(engine: &str, sql: &str) -> Vec<String> {
    let (findings, mut database) = look(engine, sql).await;
    let mut lines = Vec::new();
    for it in findings {
        let answer = match it.answer {
            Answer::Kept => "kept".to_owned(),
            Answer::Broken(code) => {
                let listed = database.count(it.query.as_deref().unwrap()).await;
                format!("{code} {} listed {listed}", it.observed.unwrap())
            }
            Answer::Unknown => format!("unknown: {}", it.message),
            Answer::Void => "void".to_owned(),
        };
        lines.push(format!("{} {} {answer}", it.requirement, it.subject));
    }
    lines.sort();
    lines
}

/// The vendor's model: shares refer to users, who keep the columns of v5.
const TABLES: &str = "\
    CREATE TABLE users (id varchar(36) PRIMARY KEY, client_id varchar(64) NOT NULL UNIQUE, backup_share text, cipher_text text);
    CREATE TABLE custodian_backup_shares (id varchar(36) PRIMARY KEY, user_id varchar(36) NOT NULL, backup_method varchar(64),
        share text, created_at timestamp NULL, FOREIGN KEY (user_id) REFERENCES users (id));
    CREATE TABLE client_backup_shares (id varchar(36) PRIMARY KEY, user_id varchar(36) NOT NULL, backup_method varchar(64),
        cipher_text text, created_at timestamp NULL, FOREIGN KEY (user_id) REFERENCES users (id));
    INSERT INTO users (id, client_id) VALUES ('1', 'c1'), ('2', 'c2'), ('3', 'c3');";

const GOOD: &[&str] = &[
    "db.halves client_backup_shares kept",
    "db.left-behind users kept",
    "db.left-behind users kept",
    "db.rows client_backup_shares kept",
    "db.rows custodian_backup_shares kept",
];

/// The lines of a good database, some of them replaced.
fn but(changes: &[&str]) -> Vec<String> {
    // Halves are said of the table that has one.
    let subject = |line: &str| {
        let words = if line.starts_with("db.halves") { 1 } else { 2 };
        line.split(' ').take(words).collect::<Vec<_>>().join(" ")
    };
    let replaced: Vec<String> = changes.iter().map(|it| subject(it)).collect();
    let kept = GOOD.iter().filter(|it| !replaced.contains(&subject(it)));
    let mut all: Vec<String> = kept.chain(changes).map(|it| (*it).to_owned()).collect();
    all.sort();
    all
}

#[rstest]
#[case::two_curves("('a','1','GDRIVE-SECP256K1','s'), ('b','1','GDRIVE-ED25519','s')", "('a','1','GDRIVE','t')", &[])]
#[case::case_alone("('a','1','GDRIVE','s'), ('b','1','gdrive','s')", "('a','1','GDRIVE','t'), ('b','1','gdrive','t')", &[])]
#[case::space_alone("('a','1','GDRIVE','s'), ('b','1','GDRIVE ','s')", "('a','1','GDRIVE','t'), ('b','1','GDRIVE ','t')", &[])]
#[case::one_text_twice("('a','1','GDRIVE','s'), ('b','1','ICLOUD','s')", "('a','1','GDRIVE','t'), ('b','1','ICLOUD','t')", &[])]
#[case::talks_of_null("('a','1','GDRIVE','{\"a\":null,\"b\":\"undefined\"}')", "('a','1','GDRIVE','[object Object] and more')", &[])]
#[case::twice("('a','1','GDRIVE','s'), ('b','1','GDRIVE','s'), ('c','2','ICLOUD','s')",
    "('a','1','GDRIVE','t'), ('b','2','ICLOUD','t')",
    &["db.rows custodian_backup_shares two-rows 1 with more than one row listed 1"])]
#[case::twice_without("('a','1',NULL,'s'), ('b','1',NULL,'s')", "('a','1','UNKNOWN','t')",
    &["db.rows custodian_backup_shares two-rows 1 with more than one row listed 1"])]
#[case::empty("('a','1','GDRIVE',''), ('b','1','ICLOUD',NULL), ('c','1','PASSKEY','  '), ('d','1','PASSWORD','s')",
    "('d','1','PASSWORD','t')",
    &["db.rows custodian_backup_shares empty-share 1 null, 2 empty listed 3"])]
#[case::debris("('a','1','GDRIVE','undefined'), ('b','1','ICLOUD','[object Object]'), ('c','2','PASSKEY','null')",
    "('a','1','undefined','t')", &[
    "db.halves client_backup_shares custodian-half-missing 1 user with one listed 1",
    "db.rows client_backup_shares debris-key 1 row listed 1",
    "db.rows custodian_backup_shares debris-share 3 rows listed 3"])]
#[case::no_user_half("('a','1','GDRIVE-SECP256K1','s'), ('b','1','GDRIVE-ED25519','s'), ('c','2','ICLOUD','s')",
    "('c','2','ICLOUD','t')",
    &["db.halves custodian_backup_shares user-half-missing 1 user with one listed 1"])]
#[case::no_custodian_half("('c','2','ICLOUD','s')", "('a','1','GDRIVE','t'), ('c','2','ICLOUD','t')",
    &["db.halves client_backup_shares custodian-half-missing 1 user with one listed 1"])]
#[tokio::test]
async fn rows_are_judged(
    #[values("postgres", "mariadb", "sqlite")] engine: &str,
    #[case] custodian: &str,
    #[case] user: &str,
    #[case] changes: &[&str],
) {
    let sql = format!(
        "{TABLES} INSERT INTO custodian_backup_shares (id, user_id, backup_method, share) VALUES {custodian};
         INSERT INTO client_backup_shares (id, user_id, backup_method, cipher_text) VALUES {user}"
    );
    assert_eq!(lines(engine, &sql).await, but(changes));
}

#[rstest]
#[tokio::test]
async fn what_is_left_behind_is_counted(#[values("postgres", "mariadb", "sqlite")] engine: &str) {
    let sql = format!(
        "{TABLES} UPDATE users SET backup_share = 's', cipher_text = 't'; UPDATE users SET cipher_text = '' WHERE id = '3';
         INSERT INTO custodian_backup_shares (id, user_id, backup_method, share) VALUES ('a', '1', 'UNKNOWN', 's');
         INSERT INTO client_backup_shares (id, user_id, backup_method, cipher_text) VALUES ('a', '1', 'UNKNOWN', 't')"
    );
    let expected = [
        "db.halves custodian_backup_shares user-half-missing 1 user with one listed 0",
        "db.left-behind users left-behind 1 share in a column of v5 only listed 1",
        "db.left-behind users left-behind 2 shares in a column of v5 only listed 2",
        "db.rows client_backup_shares kept",
        "db.rows custodian_backup_shares kept",
    ];
    assert_eq!(lines(engine, &sql).await, expected);
}

#[rstest]
#[tokio::test]
async fn an_empty_database_is_no_pass(#[values("postgres", "mariadb", "sqlite")] engine: &str) {
    let lines = lines(engine, TABLES).await;
    assert!(
        lines.contains(&"db.rows custodian_backup_shares void".to_owned()),
        "{lines:?}"
    );
    assert!(
        lines.contains(&"db.halves client_backup_shares void".to_owned()),
        "{lines:?}"
    );
}

/// Shares under the client's id in one table and under the user's in the other, which meet in the table of users.
#[rstest]
#[tokio::test]
async fn users_meet_in_their_table(#[values("postgres", "mariadb", "sqlite")] engine: &str) {
    let sql = "\
        CREATE TABLE users (id integer PRIMARY KEY, client_id varchar(64) NOT NULL UNIQUE);
        CREATE TABLE custodian_backup_shares (client_id varchar(64) NOT NULL, backup_method varchar(64) NOT NULL, share text,
            PRIMARY KEY (client_id, backup_method));
        CREATE TABLE client_backup_shares (user_id integer NOT NULL, backup_method varchar(64) NOT NULL, cipher_text text,
            PRIMARY KEY (user_id, backup_method), FOREIGN KEY (user_id) REFERENCES users (id));
        INSERT INTO users VALUES (1, 'c1'), (2, 'c2');
        INSERT INTO custodian_backup_shares VALUES ('c1', 'GDRIVE-SECP256K1', 's'), ('c1', 'GDRIVE-ED25519', 's'),
            ('c2', 'ICLOUD', 's'), ('gone', 'ICLOUD', 's');
        INSERT INTO client_backup_shares VALUES (1, 'GDRIVE', 't')";
    let expected = [
        "db.halves custodian_backup_shares user-half-missing 1 user with one listed 1",
        "db.rows client_backup_shares kept",
        "db.rows custodian_backup_shares kept",
    ];
    assert_eq!(lines(engine, sql).await, expected);
}

/// One table for both kinds, told apart by a column: it is read once all the same.
#[rstest]
#[tokio::test]
async fn one_table_for_both_kinds(#[values("postgres", "mariadb", "sqlite")] engine: &str) {
    let sql = "\
        CREATE TABLE backup_shares (id integer PRIMARY KEY, client_id varchar(64) NOT NULL, backup_method varchar(64) NOT NULL,
            share text, share_type varchar(16) NOT NULL CHECK (share_type IN ('CUSTODIAN', 'CLIENT')));
        INSERT INTO backup_shares VALUES (1, 'c1', 'GDRIVE', 's', 'CUSTODIAN'), (2, 'c1', 'GDRIVE', 't', 'CLIENT'),
            (3, 'c2', 'ICLOUD', 's', 'CUSTODIAN'), (4, 'c2', 'ICLOUD', 's', 'CUSTODIAN')";
    let lines = lines(engine, sql).await;
    assert_eq!(
        lines,
        [
            "db.halves backup_shares user-half-missing 1 user with one listed 1",
            "db.rows backup_shares kept",
            "db.rows backup_shares two-rows 1 with more than one row listed 1",
        ]
    );
}
