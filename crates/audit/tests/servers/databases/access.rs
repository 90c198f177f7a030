//! Who may look, what goes wrong on the way, and that looking changes nothing and is stopped in the database.

use super::database::Database;
use super::facts::facts;
use super::server::{PASSWORD, mariadb, postgres};
use rstest::rstest;
use secrecy::{ExposeSecret, SecretString};
use sharecheck_audit::finding::{Answer, Finding};
use sharecheck_audit::live::{Live, Settings, Trouble};
use sharecheck_audit::role::{Roles, Told, recognise};
use sharecheck_audit::schema::Schema;
use std::net::TcpListener;
use std::time::{Duration, Instant};

const TABLES: &str = "\
    CREATE TABLE custodian_backup_shares (id integer PRIMARY KEY, client_id varchar(64) NOT NULL,
        backup_method varchar(64) NOT NULL, share text NOT NULL, UNIQUE (client_id, backup_method));
    INSERT INTO custodian_backup_shares VALUES (1, 'c1', 'GDRIVE', 's'), (2, 'c2', 'GDRIVE', 's');";

fn settings() -> Settings {
    Settings::default()
}

async fn open(url: &SecretString) -> Result<Live, Trouble> {
    Live::open(url, settings()).await
}

fn roles(schema: &Schema) -> Roles {
    recognise(schema, &Told::default()).unwrap().roles
}

async fn rows(url: &SecretString, settings: Settings) -> Vec<Finding> {
    let mut live = Live::open(url, settings).await.unwrap();
    let schema = live.schema().await.unwrap();
    let found = live.rows(&schema, &roles(&schema)).await;
    live.close().await;
    found
}

/// The name of the database in an address.
fn database(url: &SecretString) -> String {
    url.expose_secret().rsplit('/').next().unwrap().to_owned()
}

/// The address for another user.
fn by(url: &SecretString, user: &str) -> SecretString {
    url.expose_secret()
        .replace("owner:", &format!("{user}:"))
        .into()
}

/// A user who may read these columns, or all.
async fn reader(
    engine: &str,
    url: &SecretString,
    owner: &mut Database,
    columns: &str,
) -> SecretString {
    let name = database(url);
    let user = format!("reader_{engine}_{name}");
    let sql = if engine == "postgres" {
        format!(
            "CREATE ROLE {user} LOGIN PASSWORD '{PASSWORD}';
             GRANT SELECT {columns} ON custodian_backup_shares TO {user}"
        )
    } else {
        format!(
            "CREATE USER {user} IDENTIFIED BY '{PASSWORD}';
             GRANT SELECT {columns} ON {name}.custodian_backup_shares TO {user}"
        )
    };
    owner.run(&sql).await;
    by(url, &user)
}

#[rstest]
#[tokio::test]
async fn a_role_that_may_only_read_suffices(#[values("postgres", "mariadb")] engine: &str) {
    let (url, mut owner) = Database::make(engine, TABLES).await;
    let reader = reader(engine, &url, &mut owner, "").await;
    let (mut owns, mut reads) = (open(&url).await.unwrap(), open(&reader).await.unwrap());
    let (owned, read) = (owns.schema().await.unwrap(), reads.schema().await.unwrap());
    assert_eq!(facts(&owned), facts(&read));
    let (owned, read) = (
        rows(&url, settings()).await,
        rows(&reader, settings()).await,
    );
    assert_eq!(owned, read);
    assert!(read.iter().any(|it| it.answer == Answer::Kept), "{read:?}");
}

#[rstest]
#[tokio::test]
async fn a_column_that_may_not_be_read_is_named(#[values("postgres", "mariadb")] engine: &str) {
    let (url, mut owner) = Database::make(engine, TABLES).await;
    let mut live = open(&url).await.unwrap();
    // What the owner sees, so that the column is known of.
    let schema = live.schema().await.unwrap();
    let columns = "(id, client_id, backup_method)";
    let reader = reader(engine, &url, &mut owner, columns).await;
    let mut live = open(&reader).await.unwrap();
    let found = live.rows(&schema, &roles(&schema)).await;
    let first = &found[0];
    assert_eq!(
        (first.requirement, first.answer),
        ("db.rows", Answer::Unknown)
    );
    assert!(
        first.message.contains("custodian_backup_shares"),
        "{}",
        first.message
    );
    if engine == "postgres" {
        assert!(
            first.message.contains("may not read share"),
            "{}",
            first.message
        );
    }
}

#[tokio::test]
async fn rows_that_a_policy_hides_are_not_counted_as_all() {
    let (url, mut owner) = Database::make("postgres", TABLES).await;
    let reader = reader("postgres", &url, &mut owner, "").await;
    owner
        .run(
            "ALTER TABLE custodian_backup_shares ENABLE ROW LEVEL SECURITY;
             CREATE POLICY part ON custodian_backup_shares USING (client_id = 'c1')",
        )
        .await;
    let found = rows(&reader, settings()).await;
    assert_eq!(found[0].answer, Answer::Unknown);
    assert!(
        found[0].message.contains("row-level security"),
        "{}",
        found[0].message
    );
}

#[rstest]
#[case::password(PASSWORD, "Wrong-secret", "refused the user or the password")]
#[case::user("owner", "somebody", "refused the user or the password")]
#[case::database("/t", "/missing", "there is no database")]
#[tokio::test]
async fn what_is_refused_is_told(
    #[values("postgres", "mariadb")] engine: &str,
    #[case] from: &str,
    #[case] to: &str,
    #[case] says: &str,
) {
    let (url, _owner) = Database::make(engine, "SELECT 1").await;
    let url: SecretString = url.expose_secret().replace(from, to).into();
    let trouble = open(&url).await.err().unwrap();
    let told = format!("{trouble} {trouble:?}");
    assert!(told.contains(says), "{told}");
    assert!(
        !told.contains(PASSWORD) && !told.contains("Wrong-secret"),
        "{told}"
    );
}

#[rstest]
#[case("postgres")]
#[case("mysql")]
#[tokio::test]
async fn who_does_not_answer_is_told(#[case] scheme: &str) {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let url: SecretString = format!("{scheme}://ann:{PASSWORD}@127.0.0.1:{port}/app").into();
    let quick = Settings {
        connect: Duration::from_millis(300),
        ..settings()
    };
    let trouble = Live::open(&url, quick).await.err().unwrap();
    assert!(matches!(trouble, Trouble::Slow { .. }), "{trouble}");
    drop(silent);
    let trouble = open(&url).await.err().unwrap();
    assert!(matches!(trouble, Trouble::Unreachable { .. }), "{trouble}");
    let expected =
        format!("no database answers at 127.0.0.1:{port}/app: the connection was refused");
    assert_eq!(trouble.to_string(), expected);
}

#[rstest]
#[case("postgres", "?sslmode=require")]
#[case("mariadb", "?ssl-mode=REQUIRED")]
#[tokio::test]
async fn encryption_that_a_server_lacks_is_told(#[case] engine: &str, #[case] query: &str) {
    let (url, _owner) = Database::make(engine, "SELECT 1").await;
    let url: SecretString = format!("{}{query}", url.expose_secret()).into();
    let trouble = open(&url).await.err().unwrap();
    assert!(matches!(trouble, Trouble::Tls { .. }), "{trouble:?}");
}

#[rstest]
#[case("postgres", "BEGIN; LOCK TABLE custodian_backup_shares")]
#[case("mariadb", "LOCK TABLES custodian_backup_shares WRITE")]
#[tokio::test]
async fn a_lock_is_not_waited_for(#[case] engine: &str, #[case] lock: &str) {
    let (url, mut owner) = Database::make(engine, TABLES).await;
    owner.run(lock).await;
    let quick = Settings {
        lock: Duration::from_secs(1),
        ..settings()
    };
    let began = Instant::now();
    let found = rows(&url, quick).await;
    assert!(began.elapsed() < Duration::from_secs(20));
    assert_eq!(found[0].answer, Answer::Unknown);
    assert!(
        found[0].message.contains("holds a lock"),
        "{}",
        found[0].message
    );
}

/// Waits until a query lists so many rows.
async fn seen(owner: &mut Database, engine: &str, query: &str, rows: usize) {
    for _ in 0..200 {
        // PostgreSQL shows a transaction the same picture again, unless it is told to forget it.
        if engine == "postgres" {
            owner.run("SELECT pg_stat_clear_snapshot()").await;
        }
        if owner.count(query).await == rows {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{query} does not come to {rows}");
}

#[rstest]
#[case(
    "postgres",
    "BEGIN; LOCK TABLE custodian_backup_shares",
    "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND datname = current_database() AND pid <> pg_backend_pid()"
)]
#[case(
    "mariadb",
    "LOCK TABLES custodian_backup_shares WRITE",
    "SELECT 1 FROM information_schema.PROCESSLIST
     WHERE COMMAND = 'Query' AND DB = DATABASE() AND ID <> CONNECTION_ID()"
)]
#[tokio::test]
async fn what_runs_is_ended_in_the_database(
    #[case] engine: &str,
    #[case] lock: &str,
    #[case] running: &str,
) {
    let (url, mut owner) = Database::make(engine, TABLES).await;
    let mut live = open(&url).await.unwrap();
    let schema = live.schema().await.unwrap();
    owner.run(lock).await;
    let canceller = live.canceller();
    let told = roles(&schema);
    let asked = live.rows(&schema, &told);
    let stop = async {
        seen(&mut owner, engine, running, 1).await;
        canceller.cancel().await;
    };
    let (found, ()) = tokio::join!(asked, stop);
    assert!(
        found[0].message.contains("stopped before"),
        "{}",
        found[0].message
    );
    seen(&mut owner, engine, running, 0).await;
    // Nothing begins any more.
    assert!(matches!(live.schema().await, Err(Trouble::Stopped { .. })));
}

#[tokio::test]
async fn a_file_is_left_when_told_to_stop() {
    let (url, _owner) = Database::make("sqlite", TABLES).await;
    let mut live = open(&url).await.unwrap();
    live.canceller().cancel().await;
    assert!(matches!(live.schema().await, Err(Trouble::Stopped { .. })));
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_ended() {
    for engine in ["postgres", "sqlite"] {
        let many = format!(
            "{TABLES} INSERT INTO custodian_backup_shares
             WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 200000)
             SELECT i, 'c' || i, 'GDRIVE', 's' FROM n"
        );
        let (url, _owner) = Database::make(engine, &many).await;
        let quick = Settings {
            rows: Duration::from_millis(5),
            ..settings()
        };
        let found = rows(&url, quick).await;
        assert_eq!(found[0].answer, Answer::Unknown, "{engine}");
        assert!(
            found[0].message.contains("time limit"),
            "{}",
            found[0].message
        );
    }
}

/// Only what reads, each time in a transaction that may not write: as the server's own log has it.
#[tokio::test]
async fn postgres_is_asked_for_nothing_but_to_read() {
    let (url, _owner) = postgres::database(TABLES).await;
    rows(&url, settings()).await;
    let asked = postgres::asked(&database(&url), "sharecheck audit").await;
    assert!(asked.len() > 10, "{asked:?}");
    let mut inside = false;
    for statement in &asked {
        match statement.as_str() {
            "BEGIN READ ONLY" => inside = true,
            "ROLLBACK" => inside = false,
            other if other.starts_with("SELECT pg_catalog.version()") => {}
            other => assert!(
                inside && (other.starts_with("SELECT ") || other.starts_with("SET LOCAL ")),
                "{other}"
            ),
        }
    }
    let scans = asked
        .iter()
        .filter(|it| it.contains("\"custodian_backup_shares\""));
    assert_eq!(scans.count(), 1);
}

/// The same of MariaDB.
#[tokio::test]
async fn mariadb_is_asked_for_nothing_but_to_read() {
    let (url, mut owner) = mariadb::database(TABLES).await;
    let user = format!("looker_{}", database(&url));
    let name = database(&url);
    let grant = format!(
        "CREATE USER {user} IDENTIFIED BY '{PASSWORD}'; GRANT SELECT ON {name}.* TO {user}"
    );
    mariadb::run(&mut owner, &grant).await;
    rows(&by(&url, &user), settings()).await;
    let asked = mariadb::asked(&mut owner, &user).await;
    assert!(asked.len() > 10, "{asked:?}");
    let mut inside = false;
    for statement in &asked {
        match statement.as_str() {
            "START TRANSACTION READ ONLY" => inside = true,
            "ROLLBACK" => inside = false,
            other
                if other.starts_with("SET ")
                    || other.contains("VERSION()")
                    || other.starts_with('#') => {}
            other => assert!(inside && other.starts_with("SELECT "), "{other}"),
        }
    }
    let scans = asked
        .iter()
        .filter(|it| it.contains("`custodian_backup_shares`"));
    assert_eq!(scans.count(), 1);
}
