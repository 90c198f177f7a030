//! The catalogue of SQLite, and that reading it leaves no trace.

use super::facts::{facts, hold};
use rstest::rstest;
use secrecy::SecretString;
use sharecheck_audit::live::{Live, Settings, Trouble};
use sharecheck_audit::schema::Schema;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, SqliteConnection};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::SystemTime;

pub(crate) async fn make(file: &Path, tables: &str) -> SqliteConnection {
    let options = sqlx::sqlite::SqliteConnectOptions::new();
    let options = options.filename(file).create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    let query = sqlx::raw_sql(AssertSqlSafe(tables.to_owned()));
    query.execute(&mut connection).await.unwrap();
    connection
}

pub(crate) fn url(file: &Path) -> SecretString {
    format!("sqlite:{}", file.display()).into()
}

async fn read(file: &Path) -> Result<Schema, Trouble> {
    let mut live = Live::open(&url(file), Settings::default()).await?;
    let schema = live.schema().await;
    live.close().await;
    schema
}

/// Each file of a folder: its bytes, and when it was last written to.
fn folder(path: &Path) -> BTreeMap<String, (Vec<u8>, SystemTime)> {
    let files = path.read_dir().unwrap().map(Result::unwrap);
    files
        .map(|it| {
            let written = it.metadata().unwrap().modified().unwrap();
            let name = it.file_name().to_string_lossy().into_owned();
            (name, (std::fs::read(it.path()).unwrap(), written))
        })
        .collect()
}

#[rstest]
#[case::a_constraint("s (u TEXT, m TEXT, UNIQUE (u, m))", "", &["s: unique (u, m)", "s.u text null"])]
#[case::an_index("s (u TEXT, m TEXT)", "CREATE UNIQUE INDEX k ON s (u, m)", &["s: unique (u, m)"])]
#[case::a_row_number("s (id INTEGER PRIMARY KEY, u TEXT UNIQUE)", "", &["s: primary (id)", "s: unique (u)", "s.id integer"])]
#[case::a_primary_key("s (u TEXT NOT NULL, m TEXT NOT NULL, PRIMARY KEY (u, m))", "", &["s: primary (u, m)"])]
#[case::a_primary_key_with_nulls("s (u TEXT, m TEXT, PRIMARY KEY (u, m))", "", &["s: unique (u, m)", "s.u text null"])]
#[case::without_rowid("s (u TEXT, m TEXT, PRIMARY KEY (u, m)) WITHOUT ROWID", "", &["s: primary (u, m)", "s.u text"])]
#[case::replaces("s (u TEXT, m TEXT, UNIQUE (u, m) ON CONFLICT REPLACE)", "", &["s: unique (u, m) replaces"])]
#[case::column_replaces("s (u TEXT UNIQUE ON CONFLICT REPLACE, m TEXT)", "", &["s: unique (u) replaces"])]
#[case::folded("s (u TEXT, m TEXT)", "CREATE UNIQUE INDEX k ON s (u, m COLLATE NOCASE)", &["s: unique (u, m folded)"])]
#[case::expression("s (u TEXT, m TEXT)", "CREATE UNIQUE INDEX k ON s (u, lower(m))", &["s: unique (u, <lower(m)>)"])]
#[case::partial("s (u TEXT, m TEXT)", "CREATE UNIQUE INDEX k ON s (u, m) WHERE u <> 'x'", &["s: unique (u, m) where u <> 'x'"])]
#[case::refers("s (u TEXT REFERENCES t, m TEXT, FOREIGN KEY (u, m) REFERENCES t (a, b))", "", &[
    "s: (u, m) to t (a, b)", "s: (u) to t ()"])]
#[case::a_view("s (u TEXT)", "CREATE VIEW v AS SELECT * FROM s", &["!v.u text null"])]
#[case::search("s (u TEXT)", "CREATE VIRTUAL TABLE f USING fts5(x)", &[
    "unread f: a module of its own keeps its rows", "!f_data.id integer"])]
#[tokio::test]
async fn keys_are_read(#[case] table: &str, #[case] then: &str, #[case] expected: &[&str]) {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("a b?%41.db");
    let tables = format!(
        "CREATE TABLE t (a TEXT, b TEXT, PRIMARY KEY (a, b)); CREATE TABLE {table}; {then}"
    );
    make(&file, &tables).await.close().await.unwrap();
    hold(&read(&file).await.unwrap(), expected);
}

#[rstest]
#[case("TEXT NOT NULL DEFAULT 'UNKNOWN'", "text default 'UNKNOWN'")]
#[case("VARCHAR(16) DEFAULT \"UNKNOWN\"", "text null default 'UNKNOWN'")]
#[case("TEXT COLLATE NOCASE", "text null folds-case")]
#[case("TEXT COLLATE RTRIM", "text null pads")]
#[case("TEXT CHECK (c IN ('A', 'B'))", "text null closed [\"A\", \"B\"]")]
#[case("TEXT CHECK (length(c) > 0)", "text null")]
#[case("TEXT CHECK (length(c) <= 20)", "text(20) null")]
#[case("INTEGER", "integer null")]
#[case(
    "DATETIME DEFAULT CURRENT_TIMESTAMP",
    "time null default CURRENT_TIMESTAMP"
)]
#[case("TEXT, d TEXT AS ('x') STORED", "text null")]
#[tokio::test]
async fn columns_are_read(#[case] column: &str, #[case] expected: &str) {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("app.db");
    make(&file, &format!("CREATE TABLE t (c {column})"))
        .await
        .close()
        .await
        .unwrap();
    assert_eq!(
        facts(&read(&file).await.unwrap())[0],
        format!("t.c {expected}")
    );
}

/// What a program of the team's does that has the file open: SQLite shares its state between all of one process.
const PROGRAM: &str = "import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute('PRAGMA journal_mode = ' + sys.argv[2])
connection.execute('CREATE TABLE t (c TEXT)')
connection.commit()
print('made', flush=True)
sys.stdin.read()";

#[rstest]
#[case("DELETE")]
#[case("WAL")]
#[tokio::test]
async fn reading_leaves_no_trace(#[case] mode: &str) {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("app.db");
    let mut program = Command::new("python3")
        .args(["-c", PROGRAM])
        .arg(&file)
        .arg(mode)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut made = String::new();
    let mut said = BufReader::new(program.stdout.take().unwrap());
    said.read_line(&mut made).unwrap();
    let before = folder(home.path());
    assert_eq!(facts(&read(&file).await.unwrap()), ["t.c text null"]);
    let after = folder(home.path());
    drop(program.stdin.take());
    program.wait().unwrap();
    for (name, (bytes, written)) in &before {
        let same = after.get(name).map(|it| (it.0 == *bytes, it.1 == *written));
        assert_eq!(same, Some((true, true)), "{name}");
    }
    assert_eq!(after.len(), before.len());
}

#[tokio::test]
async fn a_log_that_would_have_to_be_made_is_left_alone() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("app.db");
    let made = make(&file, "PRAGMA journal_mode = WAL; CREATE TABLE t (c TEXT)").await;
    made.close().await.unwrap();
    let before = folder(home.path());
    let trouble = read(&file).await.unwrap_err().to_string();
    assert!(trouble.contains("VACUUM INTO"), "{trouble}");
    assert_eq!(folder(home.path()), before);
}

#[rstest]
#[case::missing("no.db", None, "there is no such file")]
#[case::empty("empty.db", Some(""), "it is empty")]
#[case::text(
    "notes.txt",
    Some("not a database, but long enough to look like one"),
    "no database of SQLite"
)]
#[tokio::test]
async fn what_is_no_database_is_told(
    #[case] name: &str,
    #[case] content: Option<&str>,
    #[case] why: &str,
) {
    let home = tempfile::tempdir().unwrap();
    if let Some(content) = content {
        std::fs::write(home.path().join(name), content).unwrap();
    }
    let before = folder(home.path());
    let trouble = read(&home.path().join(name)).await.unwrap_err().to_string();
    assert!(trouble.contains(why), "{trouble}");
    assert_eq!(folder(home.path()), before);
}
