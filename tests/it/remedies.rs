//! The remedies: every fault has one, what they name is there, and the SQL does on a real SQLite what it says.
//! The code for other stacks and databases was tried by hand; docs/diagnosis.md says how.

use crate::proof::suite;
use rstest::rstest;
use sharecheck::model::remedy::{Remedy, Stack};
use sharecheck::model::requirement::Level;
use sharecheck::pipeline::load::Suite;
use sharecheck::reference::Fault;
use sqlx::sqlite::{SqlitePool, SqlitePoolOptions};

fn names(suite: &Suite, of: fn(&Remedy) -> &Vec<String>) -> Vec<&str> {
    let all = suite.remedies.iter().flat_map(of);
    all.map(String::as_str).collect()
}

#[test]
fn every_fault_and_every_required_requirement_has_a_remedy() {
    let suite = suite();
    let faults = names(&suite, |remedy| &remedy.faults);
    for fault in Fault::ALL {
        assert!(faults.contains(&fault.name()), "{fault} has no remedy");
    }
    for name in faults {
        assert!(name.parse::<Fault>().is_ok(), "there is no fault {name}");
    }
    let requirements = names(&suite, |remedy| &remedy.requirements);
    // For what an audit finds, `--print-migration` and the mend in the report are the remedy.
    for it in suite.requirements.iter().filter(|it| it.part.is_live()) {
        let held = it.level != Level::Required || requirements.contains(&it.id.as_str());
        assert!(held, "{} has no remedy", it.id);
    }
    for id in requirements {
        assert!(
            suite.requirements.get(id).is_some(),
            "there is no requirement {id}"
        );
    }
}

/// The SQL of a remedy that SQLite is to take; its statements for once and for each store apart.
fn sqlite(remedy: &str) -> (String, String) {
    let suite = suite();
    let remedy = suite.remedies.iter().find(|it| it.id == remedy).unwrap();
    let takes =
        |applies: &Option<String>| applies.as_deref().is_some_and(|it| it.contains("SQLite"));
    let fix = remedy
        .fixes
        .iter()
        .find(|fix| fix.stack == Stack::Sql && takes(&fix.applies));
    let code = &fix.unwrap().code;
    let (once, each) = code.split_once("-- each store").unwrap_or((code, ""));
    (once.to_owned(), each.to_owned())
}

/// A database in memory that a v5 custodian has left behind, and a few users.
async fn database(tables: &str) -> SqlitePool {
    let pool = SqlitePoolOptions::new().max_connections(1);
    let pool = pool.connect("sqlite::memory:").await.unwrap();
    let users =
        "CREATE TABLE users (id TEXT PRIMARY KEY, client_id TEXT UNIQUE, backup_share TEXT);
        INSERT INTO users VALUES ('u1', 'c1', 'v5 share'), ('u2', 'c2', ''), ('u3', 'c3', NULL);";
    run(&pool, users).await;
    run(&pool, tables).await;
    pool
}

async fn run(pool: &SqlitePool, sql: &str) {
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    sqlx::raw_sql(sql).execute(pool).await.unwrap();
}

/// The method and share of every row.
async fn rows(pool: &SqlitePool) -> Vec<(String, String, String)> {
    let all = "SELECT user_id, backup_method, share FROM custodian_backup_share ORDER BY 1, 2, 3";
    sqlx::query_as(all).fetch_all(pool).await.unwrap()
}

fn row(user: &str, method: &str, share: &str) -> (String, String, String) {
    (user.to_owned(), method.to_owned(), share.to_owned())
}

/// As each store adds a row: no key, duplicates, an id that counts.
const APPENDED: &str = "CREATE TABLE custodian_backup_share (id INTEGER PRIMARY KEY, user_id TEXT NOT NULL,
        backup_method TEXT NOT NULL, share TEXT NOT NULL, created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);
    INSERT INTO custodian_backup_share (user_id, backup_method, share, created_at) VALUES
        ('u1', 'PASSKEY', 'old', '2026-01-01'), ('u1', 'PASSKEY', 'newer', '2026-01-02'),
        ('u1', 'PASSKEY', 'newest', '2026-01-02'), ('u1', 'GDRIVE', 'other', '2026-01-01');";

#[tokio::test]
async fn an_upsert_keeps_the_newest_duplicate_and_then_replaces() {
    let pool = database(APPENDED).await;
    let (once, each) = sqlite("upsert");
    run(&pool, &once).await;
    let kept = [row("u1", "GDRIVE", "other"), row("u1", "PASSKEY", "newest")];
    assert_eq!(rows(&pool).await, kept);
    for share in ["a", "b", "b"] {
        let store = sqlx::query(sqlx::AssertSqlSafe(each.clone()));
        store
            .bind("u1")
            .bind("PASSKEY")
            .bind(share)
            .execute(&pool)
            .await
            .unwrap();
    }
    assert_eq!(
        rows(&pool).await,
        [row("u1", "GDRIVE", "other"), row("u1", "PASSKEY", "b")]
    );
}

#[tokio::test]
async fn rows_take_over_what_v5_stored_and_a_fetch_returns_all() {
    let pool = database("").await;
    run(&pool, &sqlite("rows").0).await;
    assert_eq!(rows(&pool).await, [row("u1", "UNKNOWN", "v5 share")]);
    let store = sqlx::query(sqlx::AssertSqlSafe(sqlite("upsert").1));
    store
        .bind("u1")
        .bind("PASSKEY")
        .bind("v5 share")
        .execute(&pool)
        .await
        .unwrap();
    let fetch = sqlx::query_scalar::<_, String>(sqlx::AssertSqlSafe(sqlite("answer").0));
    assert_eq!(
        fetch.bind("c1").fetch_all(&pool).await.unwrap(),
        ["v5 share"; 2]
    );
}

#[rstest]
#[case("('u1', NULL, 'old', '2026-01-01', 1), ('u1', 'UNKNOWN', 'new', '2026-01-02', 2)")]
#[case("('u1', 'UNKNOWN', 'new', '2026-01-02', 1), ('u1', NULL, 'old', '2026-01-01', 2)")]
#[tokio::test]
async fn a_missing_method_becomes_unknown_and_the_newest_share_stays(#[case] old: &str) {
    let pool = database("").await;
    run(&pool, &sqlite("rows").0).await;
    let left = format!(
        "DELETE FROM custodian_backup_share;
         CREATE TABLE old_share (user_id, backup_method, share, created_at, id INTEGER PRIMARY KEY);
         INSERT INTO old_share VALUES {old}, ('u1', 'PASSKEY', 'other', '2026-01-01', 3);"
    );
    run(&pool, &left).await;
    run(&pool, &sqlite("v5-slot").0).await;
    assert_eq!(
        rows(&pool).await,
        [row("u1", "PASSKEY", "other"), row("u1", "UNKNOWN", "new")]
    );
}

#[tokio::test]
async fn a_user_share_is_replaced_and_found_by_its_method_or_else_as_unknown() {
    let pool = database("").await;
    let (once, each) = sqlite("user-share");
    run(&pool, &once).await;
    let found = async |method: &str| {
        let fetch = sqlx::AssertSqlSafe(sqlite("user-share-legacy").0);
        let fetch = sqlx::query_scalar::<_, String>(fetch);
        let fetch = fetch.bind("u1").bind(method.to_owned());
        fetch.fetch_optional(&pool).await.unwrap()
    };
    assert_eq!(found("GDRIVE").await, None);
    for (method, text) in [
        ("UNKNOWN", "before"),
        ("PASSKEY", "old"),
        ("PASSKEY", "new"),
    ] {
        let store = sqlx::query(sqlx::AssertSqlSafe(each.clone()));
        let store = store.bind("u1").bind(method).bind(text);
        store.execute(&pool).await.unwrap();
    }
    for (method, text) in [
        ("PASSKEY", "new"),
        ("UNKNOWN", "before"),
        ("GDRIVE", "before"),
    ] {
        assert_eq!(found(method).await.as_deref(), Some(text), "{method}");
    }
}
