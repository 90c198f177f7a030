//! Rows with our mark show the table.

use super::database::Database;
use rstest::rstest;
use sharecheck_audit::live::{Live, Settings};

const MARK: &str = "sharecheck_7%f'\\3";

#[rstest]
#[case::by_name("custodian_backup_shares", 3)]
#[case::by_no_name("things", 3)]
#[case::elsewhere("custodian_backup_shares", 0)]
#[tokio::test]
async fn a_mark_is_found(
    #[values("postgres", "mariadb", "sqlite")] engine: &str,
    #[case] table: &str,
    #[case] rows: u64,
) {
    // A text that the mark would match if it were taken for a pattern must not count.
    let mark = if engine == "mariadb" {
        MARK.replace('\\', "\\\\")
    } else {
        MARK.to_owned()
    };
    let mark = mark.replace('\'', "''");
    let value = |it: u64| {
        if it < rows {
            format!("{{\"a\":\"{mark}\"}}")
        } else {
            "sharecheckX7xxf''3".to_owned()
        }
    };
    let values: Vec<String> = (0..5)
        .map(|it| format!("({it}, 'm{it}', '{}')", value(it)))
        .collect();
    let sql = format!(
        "CREATE TABLE others (id integer PRIMARY KEY, note text); INSERT INTO others VALUES (1, 'x');
         CREATE TABLE {table} (id integer PRIMARY KEY, method varchar(64), body text); INSERT INTO {table} VALUES {}",
        values.join(", ")
    );
    let (url, _database) = Database::make(engine, &sql).await;
    let mut live = Live::open(&url, Settings::default()).await.unwrap();
    let schema = live.schema().await.unwrap();
    let found = live.marked(&schema, MARK).await.unwrap();
    let found: Vec<_> = found
        .iter()
        .map(|it| (it.table.as_str(), it.column.as_str(), it.rows))
        .collect();
    let expected = [(table, "body", rows)];
    assert_eq!(found, if rows == 0 { &[][..] } else { &expected[..] });
}
