use super::*;
use crate::role::{Evidence, Keeping, Kind, Left, Method, Path, Strength, Users};
use rstest::rstest;

fn evidence() -> Evidence {
    Evidence {
        why: Vec::new(),
        strength: Strength::Told,
    }
}

fn keeping(kind: Kind, table: &str, share: &str, schema: &Schema) -> Option<Keeping> {
    let found = schema.table(table)?;
    let has = |name: &str| found.column(name).map(|it| Path::column(&it.name));
    Some(Keeping {
        kind,
        table: found.full_name(),
        user: has("userId"),
        method: has("backupMethod").map_or(Method::Nowhere, Method::Whole),
        share: has(share),
        created: has("createdAt"),
        only: None,
        also: Vec::new(),
        evidence: evidence(),
    })
}

/// The roles that the guide's own names have.
fn roles(schema: &Schema) -> Roles {
    let left = schema.table("User").into_iter().flat_map(|users| {
        let columns = [(Kind::Custodian, "backupShare"), (Kind::User, "cipherText")];
        let there = columns
            .into_iter()
            .filter(|(_, it)| users.column(it).is_some());
        there.map(|(kind, column)| Left {
            kind,
            table: "User".to_owned(),
            share: Path::column(column),
            curve: None,
        })
    });
    Roles {
        custodian: keeping(Kind::Custodian, "CustodianBackupShare", "share", schema),
        user: keeping(Kind::User, "UserBackupShare", "cipherText", schema),
        users: schema.table("User").map(|it| Users {
            table: it.full_name(),
            client_id: Some(Path::column("clientId")),
            client_api_key: None,
            evidence: evidence(),
        }),
        left: left.collect(),
    }
}

const USER_HALF: &str = "model UserBackupShare {\n  id String @id\n  backupMethod String @default(\"UNKNOWN\")\n  createdAt DateTime \
    @default(now())\n  cipherText String @db.LongText\n  userId String\n  @@unique([userId, backupMethod])\n}\n";

fn files(provider: &str, models: &str) -> Vec<(String, String)> {
    let provider = format!("datasource db {{\n  provider = \"{provider}\"\n}}\n\n");
    vec![(
        "prisma/schema.prisma".to_owned(),
        format!("{provider}{models}"),
    )]
}

#[rstest]
#[case::no_method(
    "mysql",
    "model CustodianBackupShare {\n  id String @id\n  userId String @unique\n  share String\n  createdAt DateTime\n  user User \
     @relation(fields: [userId], references: [id])\n}\nmodel User {\n  id String @id\n  clientId String @unique\n  custodian \
     CustodianBackupShare?\n}\n",
    &["-  userId String @unique", "+  userId String", "+  share String @db.MediumText", "+  backupMethod String @default(\"UNKNOWN\")",
      "+  custodian CustodianBackupShare[]", "+  @@unique([userId, backupMethod])"]
)]
#[case::enum_and_third(
    "postgresql",
    "enum BackupMethod {\n  GDRIVE\n  UNKNOWN\n}\nmodel CustodianBackupShare {\n  id String @id // own\n  userId String\n  backupMethod \
     BackupMethod? @default(UNKNOWN) // the method\n  pair String?\n  share String @db.VarChar(128)\n  createdAt DateTime\n\n  \
     @@unique([userId, backupMethod, pair])\n  @@unique([userId])\n}\n",
    &["+  backupMethod String @default(\"UNKNOWN\") // the method", "-  @@unique([userId])", "+  share String",
      "+  @@unique([userId, backupMethod])", "DROP COLUMN"]
)]
#[case::user_is_the_key(
    "postgresql",
    "model CustodianBackupShare {\n  userId String @id\n  share String\n}\n",
    &["+  userId String", "+  createdAt DateTime @default(now())", "+  @@id([userId, backupMethod])"]
)]
#[case::columns_of_v5(
    "postgresql",
    "model User {\n  id String @id @db.Uuid\n  clientId String @unique\n  backupShare String?\n}\n",
    &["+model CustodianBackupShare {", "+  userId       String @db.Uuid", "+  custodianBackupShares CustodianBackupShare[]",
      "have to be copied"]
)]
fn a_schema_is_mended_by_its_diff(
    #[case] provider: &str,
    #[case] models: &str,
    #[case] wanted: &[&str],
) {
    let files = files(provider, &format!("{models}{USER_HALF}"));
    let schema = crate::prisma::read(&files);
    let printed = diff(&files, &roles(&schema)).unwrap();
    for line in wanted {
        assert!(printed.contains(line), "{line} in\n{printed}");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(&files[0].0);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, &files[0].1).unwrap();
    let diff_path = folder.path().join("mend.diff");
    std::fs::write(&diff_path, &printed).unwrap();
    let done = std::process::Command::new("git")
        .args(["apply", "mend.diff"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(done.status.success(), "{done:?}\n{printed}");
    let after = vec![(files[0].0.clone(), std::fs::read_to_string(&path).unwrap())];
    let schema = crate::prisma::read(&after);
    assert!(schema.unread.is_empty(), "{:?}", schema.unread);
    assert_eq!(diff(&after, &roles(&schema)).unwrap(), "", "{printed}");
}

#[rstest]
#[case("a\"b", Engine::PostgreSql, "\"a\"\"b\"")]
#[case("a`b", Engine::MySql, "`a``b`")]
#[case("a\"b", Engine::Sqlite, "\"a\"\"b\"")]
fn names_are_quoted(#[case] name: &str, #[case] engine: Engine, #[case] wanted: &str) {
    assert_eq!(text::quoted(name, engine), wanted);
}

#[rstest]
#[case(Engine::MongoDb, &["createIndex({ \"userId\": 1, \"backupMethod\": 1 }, { unique: true", "dropIndex(\"userId_1\")"])]
#[case(Engine::PostgreSql, &["CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS", "DROP INDEX IF EXISTS \"userId_1\""])]
fn the_new_key_comes_before_the_old_one_goes(#[case] engine: Engine, #[case] wanted: &[&str]) {
    let files = files(
        "mongodb",
        &format!(
            "model CustodianBackupShare {{\n  id String @id\n  userId String @unique(map: \"userId_1\")\n  share String\n}}\n{USER_HALF}"
        ),
    );
    let mut schema = crate::prisma::read(&files);
    schema.engine = Some(engine);
    let printed = migration(&schema, &roles(&schema)).unwrap();
    let expand = printed.stage(Stage::Expand);
    let places: Vec<_> = wanted.iter().map(|it| expand.find(it)).collect();
    assert!(places.iter().all(Option::is_some), "{printed}");
    assert!(places[0] < places[1], "{printed}");
}

#[test]
fn a_name_that_is_too_long_stays_one_of_its_own() {
    let long = "a".repeat(80);
    let one = text::name(&[&long, "x"]);
    let other = text::name(&[&long, "y"]);
    assert!(one.len() <= 63 && other.len() <= 63);
    assert_ne!(one, other);
}

#[rstest]
#[case(None, "nothing tells which database")]
#[case(Some(Engine::SqlServer), "no migration is written for SQL Server")]
fn what_cannot_be_written_is_said(#[case] engine: Option<Engine>, #[case] wanted: &str) {
    let files = files("postgresql", USER_HALF);
    let mut schema = crate::prisma::read(&files);
    schema.engine = engine;
    let roles = Roles {
        users: None,
        ..roles(&schema)
    };
    let error = migration(&schema, &roles).unwrap_err();
    assert!(error.to_string().contains(wanted), "{error}");
}
