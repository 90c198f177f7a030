//! The printed mend, run for real: a broken database with rows, the mend run by the database's own client, with writes of
//! the old code and the new in between; every share is still there, and the database itself keeps one per user and method.

#![expect(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "what a test helper cannot unwrap, fails the test; SQLite is what is neither of the servers"
)]

mod broken;
mod server;

use broken::{
    Broken, CLOSED_LIST, CLOSED_TYPE, NO_KEY, NULLABLE_THIRD, ONE_A_USER, ONE_A_USER_INLINE,
    USER_IS_THE_KEY,
};
use rstest::rstest;
use server::Database;
use sharecheck_audit::mend::{Stage, migration};
use sharecheck_audit::role::{Evidence, Keeping, Kind, Left, Method, Path, Roles, Strength, Users};
use sharecheck_audit::schema::{Engine, Schema};
use sharecheck_audit::sql::replay;

const ENGINES: [Engine; 3] = [Engine::PostgreSql, Engine::MariaDb, Engine::Sqlite];

/// The same tables in each engine's own words.
fn spelled(sql: &str, engine: Engine) -> String {
    let (id, text, small, time) = match engine {
        Engine::PostgreSql => ("text", "text", "varchar(128)", "timestamptz"),
        Engine::MariaDb => ("varchar(64)", "mediumtext", "varchar(128)", "datetime(6)"),
        _ => ("TEXT", "TEXT", "varchar(128)", "DATETIME"),
    };
    sql.replace("{id}", id)
        .replace("{text}", text)
        .replace("{small}", small)
        .replace("{time}", time)
}

fn read(engine: Engine, texts: &[&str]) -> Schema {
    let files: Vec<_> = texts
        .iter()
        .enumerate()
        .map(|(at, text)| (format!("{at}.sql"), (*text).to_owned()))
        .collect();
    replay(&files, Some(engine))
}

fn evidence() -> Evidence {
    Evidence {
        why: Vec::new(),
        strength: Strength::Told,
    }
}

fn keeping(table: &str, user: &str, method: Option<&str>, created: Option<&str>) -> Keeping {
    Keeping {
        kind: Kind::Custodian,
        table: table.to_owned(),
        user: Some(Path::column(user)),
        method: method.map_or(Method::Nowhere, |it| Method::Whole(Path::column(it))),
        share: Some(Path::column("share")),
        created: created.map(Path::column),
        only: None,
        also: Vec::new(),
        evidence: evidence(),
    }
}

fn users() -> Users {
    Users {
        table: "users".to_owned(),
        client_id: Some(Path::column("client_id")),
        client_api_key: None,
        evidence: evidence(),
    }
}

/// A user's half that is kept as it should be, so that a case is about the custodian's.
const USER_HALF: &str = "CREATE TABLE user_shares (id {id} NOT NULL PRIMARY KEY, user_id {id} NOT NULL, backup_method varchar(128) NOT NULL \
     DEFAULT 'UNKNOWN', share {text} NOT NULL, created_at {time} NOT NULL, UNIQUE (user_id, backup_method));\n";

fn user_half() -> Keeping {
    Keeping {
        kind: Kind::User,
        ..keeping(
            "user_shares",
            "user_id",
            Some("backup_method"),
            Some("created_at"),
        )
    }
}

/// Whether each of these shares is in one of these columns.
fn missing(database: &Database, shares: &[&str], places: &[&str]) -> Vec<String> {
    let all: String = places
        .iter()
        .map(|place| {
            let (table, column) = place.split_once('.').unwrap();
            database.run(&format!("SELECT {column} FROM {table};"))
        })
        .collect();
    let there = |share: &str| all.lines().any(|it| it == share);
    shares
        .iter()
        .filter(|it| !there(it))
        .map(|it| (*it).to_owned())
        .collect()
}

fn mend(engine: Engine, broken: &Broken) {
    let setup = spelled(&format!("{}{USER_HALF}", broken.tables), engine);
    let setup = if engine == Engine::MariaDb {
        let closed = "enum('GDRIVE','ICLOUD')";
        let lines = setup.lines().filter(|it| !it.starts_with("CREATE TYPE"));
        lines
            .map(|it| it.replace("method backup_method", &format!("method {closed}")) + "\n")
            .collect()
    } else {
        setup
    };
    let schema = read(engine, &[&setup]);
    assert!(schema.unread.is_empty(), "{:?}", schema.unread);
    let roles = Roles {
        custodian: Some(keeping("shares", "user_id", broken.method, broken.created)),
        user: Some(user_half()),
        ..Roles::default()
    };
    let printed = migration(&schema, &roles).unwrap();
    assert!(!printed.is_empty());
    assert!(!printed.to_string().contains("S1"));

    let database = Database::new(engine);
    database.run(&setup);
    database.run(broken.before);
    database.run(&printed.stage(Stage::Expand));
    database.run(broken.between);
    database.run(&printed.stage(Stage::FillAgain));
    database.run(&printed.stage(Stage::FillAgain));
    database.run(&printed.stage(Stage::Key));

    let mut places = vec!["shares.share"];
    if printed.to_string().contains("shares_superseded") {
        places.push("shares_superseded.share");
    }
    let lost = missing(&database, broken.shares, &places);
    assert!(lost.is_empty(), "{lost:?} in\n{printed}");
    let kept = places.iter().map(|it| {
        let table = it.split_once('.').unwrap().0;
        let count = database.run(&format!("SELECT count(*) FROM {table};"));
        count.trim().parse::<usize>().unwrap()
    });
    assert_eq!(kept.sum::<usize>(), broken.shares.len(), "{printed}");

    let method = broken.method.unwrap_or("backup_method");
    let id = if broken.tables.contains("(id ") {
        ("id, ", "'n1', ", "'n2', ")
    } else {
        ("", "", "")
    };
    let time = broken.created.map_or(("", ""), |it| {
        (
            ", created_at",
            if it.is_empty() { "" } else { ", '2025-01-01'" },
        )
    });
    let store = |id_value: &str, method_value: &str, share: &str| {
        format!(
            "INSERT INTO shares ({}user_id, {method}, share{}) VALUES ({id_value}'u1', '{method_value}', '{share}'{});",
            id.0, time.0, time.1
        )
    };
    let long = "x".repeat(65_536);
    database.run(&store(
        id.1,
        "A-METHOD-THAT-NOBODY-KNEW-OF-WHEN-THIS-WAS-WRITTEN-IN-ANY-FORM-0",
        &long,
    ));
    let again = store(
        id.2,
        "A-METHOD-THAT-NOBODY-KNEW-OF-WHEN-THIS-WAS-WRITTEN-IN-ANY-FORM-0",
        "y",
    );
    assert!(database.refuses(&again), "{printed}");

    // What was printed is understood by our own reader, and nothing is left to do.
    let text = [Stage::Expand, Stage::FillAgain, Stage::Key].map(|it| printed.stage(it));
    let after = read(engine, &[&setup, &text[0], &text[1], &text[2]]);
    let named = after
        .unread
        .iter()
        .any(|it| it.names.iter().any(|it| it == "shares"));
    if !named {
        let roles = Roles {
            custodian: Some(keeping(
                "shares",
                "user_id",
                Some(method),
                Some("created_at"),
            )),
            ..roles
        };
        let more = migration(&after, &roles).unwrap();
        assert!(more.is_empty(), "{more}");
        let lost: Vec<_> = after
            .losses
            .iter()
            .filter(|it| it.table == "shares")
            .collect();
        assert!(lost.is_empty(), "{lost:?}\n{printed}");
    }
}

#[rstest]
fn a_broken_table_keeps_every_share(
    #[values(Engine::PostgreSql, Engine::MariaDb, Engine::Sqlite)] engine: Engine,
    #[values(
        &ONE_A_USER,
        &ONE_A_USER_INLINE,
        &USER_IS_THE_KEY,
        &NO_KEY,
        &NULLABLE_THIRD,
        &CLOSED_LIST,
        &CLOSED_TYPE
    )]
    broken: &Broken,
) {
    let enums = broken.tables.contains("CREATE TYPE");
    if enums && engine == Engine::Sqlite {
        // It has no such type.
        return;
    }
    mend(engine, broken);
}

#[rstest]
fn shares_of_v5_columns_move_into_rows(
    #[values(Engine::PostgreSql, Engine::MariaDb, Engine::Sqlite)] engine: Engine,
) {
    let setup = spelled(
        "CREATE TABLE users (id {id} NOT NULL PRIMARY KEY, client_id {id} NOT NULL UNIQUE, backup_share {text}, cipher_text {text});\n",
        engine,
    );
    let schema = read(engine, &[&setup]);
    let left = |kind, column| Left {
        kind,
        table: "users".to_owned(),
        share: Path::column(column),
        curve: None,
    };
    let roles = Roles {
        users: Some(users()),
        left: vec![
            left(Kind::Custodian, "backup_share"),
            left(Kind::User, "cipher_text"),
        ],
        ..Roles::default()
    };
    let printed = migration(&schema, &roles).unwrap();
    let database = Database::new(engine);
    database.run(&setup);
    database.run(
        "INSERT INTO users VALUES ('1', 'c1', 'S1', 'C1'), ('2', 'c2', 'S2', 'C2'), ('3', 'c3', NULL, ''), ('4', 'c4', 's4', NULL);",
    );
    database.run(&printed.stage(Stage::Expand));
    // v5 code goes on: it replaces a share, in another case only for one, and stores a new one.
    database.run("UPDATE users SET backup_share = 'S3' WHERE id = '1';");
    database.run("UPDATE users SET backup_share = 'S4' WHERE id = '4';");
    database.run("INSERT INTO users VALUES ('5', 'c5', 'S5', 'C5');");
    // The new code goes out, and stores in rows, while an old instance still stores in the column.
    database.run("UPDATE custodian_backup_shares SET share = 'S6' WHERE user_id = '2';");
    database.run(
        "INSERT INTO custodian_backup_shares (id, user_id, backup_method, share) VALUES ('n', '1', 'GDRIVE', 'S7');",
    );
    database.run("UPDATE users SET backup_share = 'S8' WHERE id = '2';");
    for _ in 0..2 {
        database.run(&printed.stage(Stage::FillAgain));
    }
    let rows = "SELECT user_id, backup_method, share FROM custodian_backup_shares ORDER BY user_id, backup_method;";
    let rows = database.run(rows).replace(['\t', '|'], " ");
    let wanted = "1 GDRIVE S7\n1 UNKNOWN S3\n2 UNKNOWN S6\n4 UNKNOWN S4\n5 UNKNOWN S5\n";
    assert_eq!(rows, wanted, "{printed}");
    database.run(&printed.stage(Stage::Key));
    let places = [
        "custodian_backup_shares.share",
        "custodian_backup_shares_superseded.share",
    ];
    let lost = missing(
        &database,
        &["S1", "S3", "S4", "s4", "S5", "S6", "S7", "S8"],
        &places,
    );
    assert!(lost.is_empty(), "{lost:?}\n{printed}");
    let archived = database.run("SELECT count(*) FROM custodian_backup_shares_superseded;");
    assert_eq!(archived.trim(), "3", "{printed}");
    let halves = missing(
        &database,
        &["C1", "C2", "C5"],
        &["user_backup_shares.cipher_text"],
    );
    assert!(halves.is_empty(), "{halves:?}");
    assert_eq!(
        database
            .run("SELECT backup_share FROM users WHERE id = '1';")
            .trim(),
        "S3"
    );
    let again = "INSERT INTO custodian_backup_shares (id, user_id, backup_method, share) VALUES ('m', '1', 'GDRIVE', 'x');";
    assert!(database.refuses(again));
}

#[rstest]
fn a_column_a_curve_becomes_a_row_a_curve(
    #[values(Engine::PostgreSql, Engine::MariaDb, Engine::Sqlite)] engine: Engine,
) {
    let setup = spelled(
        "CREATE TABLE profiles (\"order\" {id} NOT NULL PRIMARY KEY, share_secp {text}, share_ed {text});\n",
        engine,
    );
    let setup = if engine == Engine::MariaDb {
        setup.replace('"', "`")
    } else {
        setup
    };
    let left = |column: &str, curve: &str| Left {
        kind: Kind::Custodian,
        table: "profiles".to_owned(),
        share: Path::column(column),
        curve: Some(curve.to_owned()),
    };
    let roles = Roles {
        user: Some(user_half()),
        left: vec![left("share_secp", "SECP256K1"), left("share_ed", "ED25519")],
        ..Roles::default()
    };
    let setup = format!("{setup}{}", spelled(USER_HALF, engine));
    let printed = migration(&read(engine, &[&setup]), &roles).unwrap();
    let database = Database::new(engine);
    database.run(&setup);
    database.run("INSERT INTO profiles VALUES ('1', 'S1', 'E1'), ('2', NULL, 'E2');");
    database.run(&printed.stage(Stage::Expand));
    database.run("UPDATE profiles SET share_ed = 'E3' WHERE share_ed = 'E1';");
    database.run(&printed.stage(Stage::FillAgain));
    database.run(&printed.stage(Stage::Key));
    let rows = "SELECT user_id, share FROM custodian_backup_shares ORDER BY user_id, share;";
    let rows = database.run(rows).replace(['\t', '|'], " ");
    assert_eq!(rows, "1 E3\n1 S1\n2 E2\n", "{printed}");
    let old = database.run("SELECT share FROM custodian_backup_shares_superseded;");
    assert_eq!(old.trim(), "E1");
}

#[rstest]
fn one_table_for_both_kinds_gets_one_key(
    #[values(Engine::PostgreSql, Engine::MariaDb, Engine::Sqlite)] engine: Engine,
) {
    let setup = spelled(
        "CREATE TABLE shares (id {id} NOT NULL PRIMARY KEY, user_id {id} NOT NULL, kind varchar(20) NOT NULL, method {id}, share {text} NOT \
         NULL, created_at {time} NOT NULL);\n",
        engine,
    );
    let both = |kind, value: &str| {
        Some(Keeping {
            kind,
            only: Some(("kind".to_owned(), value.to_owned())),
            ..keeping("shares", "user_id", Some("method"), Some("created_at"))
        })
    };
    let roles = Roles {
        custodian: both(Kind::Custodian, "custodian"),
        user: both(Kind::User, "it's the user's"),
        ..Roles::default()
    };
    let printed = migration(&read(engine, &[&setup]), &roles).unwrap();
    let database = Database::new(engine);
    database.run(&setup);
    database.run(
        "INSERT INTO shares VALUES ('1', 'u', 'custodian', NULL, 'S1', '2024-01-01'), ('2', 'u', 'custodian', NULL, 'S2', '2024-01-02'), \
         ('3', 'u', 'user', NULL, 'S3', '2024-01-01'), ('4', 'u', 'user', 'A', 'S4', '2024-01-01');",
    );
    for stage in [Stage::Expand, Stage::FillAgain, Stage::Key] {
        database.run(&printed.stage(stage));
    }
    let kept = database.run("SELECT share FROM shares ORDER BY share;");
    assert_eq!(kept, "S2\nS3\nS4\n", "{printed}");
    assert_eq!(
        database.run("SELECT share FROM shares_superseded;").trim(),
        "S1"
    );
    let row = |id: &str, kind: &str| {
        format!("INSERT INTO shares VALUES ('{id}', 'u', '{kind}', 'B', 'x', '2025-01-01');")
    };
    database.run(&row("5", "user"));
    database.run(&row("6", "custodian"));
    assert!(database.refuses(&row("7", "custodian")));
}

#[test]
fn two_rows_and_no_time_stop_the_mend() {
    for engine in ENGINES {
        let setup = spelled(
            "CREATE TABLE shares (id {id} NOT NULL PRIMARY KEY, user_id {id} NOT NULL, method varchar(128) NOT NULL, share {text});\n",
            engine,
        );
        let schema = read(engine, &[&setup]);
        let roles = Roles {
            custodian: Some(keeping("shares", "user_id", Some("method"), None)),
            user: Some(user_half()),
            ..Roles::default()
        };
        let error = migration(&schema, &roles).unwrap_err().to_string();
        assert!(error.contains("shares has no time"), "{error}");
        assert!(error.contains("HAVING count(*) > 1"), "{error}");
    }
}
