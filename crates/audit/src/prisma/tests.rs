use super::*;
use crate::schema::{Default, Kind, Part, Unit, Width};
use rstest::rstest;

fn one(text: &str) -> Schema {
    read(&[("schema.prisma".to_owned(), text.to_owned())])
}

fn with(provider: &str, model: &str) -> Schema {
    one(&format!(
        "datasource db {{\n  provider = \"{provider}\"\n  url = env(\"DATABASE_URL\")\n}}\n{model}\n"
    ))
}

const GUIDE: &str = r#"
// Raw backup share received from the POST /backup webhook. "
model CustodianBackupShare {
  backupMethod String       @default("UNKNOWN")           // (String) The method
  createdAt    DateTime     @default(now())
  id           String       @id @default(cuid())          /// an id
  share        String
  userId       String
  user User @relation(fields: [userId], references: [id]) // (User) A relation
  @@unique([userId, backupMethod])
}
model User {
  clientApiKey   String  @unique
  clientId       String  @unique
  id             String  @id @default(cuid())
  custodianBackupShares CustodianBackupShare[]
}
"#;

fn columns(schema: &Schema, table: &str) -> Vec<String> {
    let table = schema.table(table).unwrap();
    table.columns.iter().map(|it| it.name.clone()).collect()
}

#[test]
fn the_guides_own_model_is_read_whole() {
    let schema = with("postgresql", GUIDE);
    assert_eq!(schema.engine, Some(Engine::PostgreSql));
    assert!(schema.unread.is_empty(), "{:?}", schema.unread);
    let wanted = ["backupMethod", "createdAt", "id", "share", "userId"];
    assert_eq!(columns(&schema, "CustodianBackupShare"), wanted);
    let table = schema.table("CustodianBackupShare").unwrap();
    let method = table.column("backupMethod").unwrap();
    assert_eq!(method.default, Some(Default::Text("UNKNOWN".to_owned())));
    assert_eq!(method.kind, Kind::Text(None));
    let key = table.keys.iter().find(|it| !it.primary).unwrap();
    let name = "CustodianBackupShare_userId_backupMethod_key";
    assert_eq!(key.name.as_deref(), Some(name));
    assert_eq!(
        key.parts,
        [Part::column("userId"), Part::column("backupMethod")]
    );
    assert_eq!(table.references[0].table, "User");
    assert_eq!(table.references[0].to, ["id"]);
    let Place::File { line, column, .. } = &key.place else {
        panic!("{:?}", key.place)
    };
    assert_eq!((*line, *column), (14, 3));
}

#[rstest]
#[case("mysql", "String", Some((191, Unit::Characters)))]
#[case("mysql", "String @db.Text", Some((65_535, Unit::Bytes)))]
#[case("mysql", "String @db.VarChar(64)", Some((64, Unit::Characters)))]
#[case("mysql", "String @db.LongText", Some((4_294_967_295, Unit::Bytes)))]
#[case("mysql", "String @db.TinyText", Some((255, Unit::Bytes)))]
#[case("postgresql", "String", None)]
#[case("postgresql", "String @db.Text", None)]
#[case("postgresql", "String @db.VarChar", None)]
#[case("postgresql", "String @db.VarChar(128)", Some((128, Unit::Characters)))]
#[case("postgresql", "String @db.Char", Some((1, Unit::Characters)))]
#[case("sqlserver", "String", Some((1_000, Unit::Characters)))]
#[case("sqlserver", "String @db.NVarChar(Max)", Some((1 << 30, Unit::Characters)))]
#[case("sqlite", "String", None)]
#[case("cockroachdb", "String @db.String(64)", Some((64, Unit::Characters)))]
#[case("mongodb", "String", None)]
fn the_provider_decides_what_a_text_takes(
    #[case] provider: &str,
    #[case] spelled: &str,
    #[case] width: Option<(u64, Unit)>,
) {
    let schema = with(
        provider,
        &format!("model A {{\n  id Int @id\n  a {spelled}\n}}"),
    );
    let column = schema.table("A").unwrap().column("a").unwrap();
    let width = width.map(|(most, unit)| Width { most, unit });
    assert_eq!(column.kind, Kind::Text(width));
    assert_eq!(column.spelled, spelled);
}

#[rstest]
#[case("provider = \"postgres\"", Some(Engine::PostgreSql))]
#[case("provider = env(\"PROVIDER\")", None)]
#[case("provider = [\"sqlite\", \"postgresql\"]", None)]
#[case("url = env(\"X\")", None)]
fn the_engine_is_the_one_that_is_named(#[case] setting: &str, #[case] wanted: Option<Engine>) {
    assert_eq!(
        one(&format!("datasource db {{\n{setting}\n}}")).engine,
        wanted
    );
}

#[test]
fn a_lock_file_names_the_engine_where_the_schema_does_not() {
    let lock = "# do not edit\nprovider = \"mysql\"\n".to_owned();
    let files = [
        (
            "prisma/schema.prisma".to_owned(),
            "model A {\n id String @id\n}".to_owned(),
        ),
        ("prisma/migrations/migration_lock.toml".to_owned(), lock),
    ];
    assert_eq!(read(&files).engine, Some(Engine::MySql));
}

#[test]
fn names_are_those_of_the_database() {
    let schema = with(
        "postgresql",
        r#"model BackupShare {
  id     String @id
  user   String @map("user_id") @unique
  method Method @default(NONE)
  old    String? @ignore
  part   String @map(name: "the_part")

  @@unique(fields: [user, method], map: "one_each", name: "one")
  @@map("backup_shares")
  @@schema("wallet")
}
enum Method {
  GDRIVE @map("gdrive")
  NONE   @map("none")
  @@map("methods")
}"#,
    );
    let table = schema.table("backup_shares").unwrap();
    assert_eq!(table.alias.as_deref(), Some("BackupShare"));
    assert_eq!(table.namespace.as_deref(), Some("wallet"));
    assert_eq!(table.column("user").unwrap().name, "user_id");
    assert_eq!(table.column("part").unwrap().name, "the_part");
    let method = table.column("method").unwrap();
    let values = ["gdrive", "none"].map(str::to_owned).to_vec();
    assert_eq!(method.kind, Kind::Enum(values));
    assert_eq!(method.default, Some(Default::Text("none".to_owned())));
    let names: Vec<_> = table.keys.iter().map(|it| it.name.as_deref()).collect();
    let wanted = [
        Some("backup_shares_pkey"),
        Some("backup_shares_user_id_key"),
        Some("one_each"),
    ];
    assert_eq!(names, wanted);
}

#[rstest]
#[case("@@unique([a, b(length: 10, sort: Desc)])", &["a", "b:10"])]
#[case("@@unique(fields: [a,\n    b\n  ],\n  map: \"x\")", &["a", "b"])]
#[case("@@id([b, a])", &["b", "a"])]
#[case("@@unique([a], where: raw(\"b IS NULL\"))", &["a", "where b IS NULL"])]
fn keys_over_several_fields(#[case] attribute: &str, #[case] wanted: &[&str]) {
    let schema = with(
        "mysql",
        &format!("model A {{\n  a String\n  b String\n\n  {attribute}\n}}"),
    );
    let key = &schema.table("A").unwrap().keys[0];
    let mut found: Vec<String> = key
        .parts
        .iter()
        .map(|it| match it {
            Part::Column {
                name,
                prefix: Some(prefix),
                ..
            } => format!("{name}:{prefix}"),
            Part::Column { name, .. } => name.clone(),
            Part::Expression(text) => text.clone(),
        })
        .collect();
    found.extend(key.only_where.iter().map(|it| format!("where {it}")));
    assert_eq!(found, wanted);
    assert_eq!(key.primary, attribute.starts_with("@@id"));
}

#[test]
fn a_schema_over_several_files_is_one() {
    let files = [
        ("a.prisma", "datasource db { provider = \"mysql\" \n}"),
        (
            "b.prisma",
            "model A {\n id Int @id\n method M\n b B? @relation(fields: [bId], references: [id])\n bId Int?\n}",
        ),
        (
            "c.prisma",
            "model B {\n id Int @id\n as A[]\n}\nenum M {\n X\n}",
        ),
    ];
    let files = files.map(|(path, text)| (path.to_owned(), text.to_owned()));
    let schema = read(&files);
    assert!(schema.unread.is_empty(), "{:?}", schema.unread);
    assert_eq!(columns(&schema, "A"), ["id", "method", "bId"]);
    let method = schema.table("A").unwrap().column("method").unwrap();
    assert_eq!(method.kind, Kind::Enum(vec!["X".to_owned()]));
}

#[rstest]
#[case("model A {\n  id Int @id\n  method Nowhere\n}", "Nowhere")]
#[case("model A {\n  id Int @id\n  @@unique([a, b\n}", "A")]
#[case("model A {\n  id Int @id\n\nmodel B {\n  id Int @id\n}", "A")]
#[case("model A {\n  id Int @id\n  what\n}", "what")]
fn what_cannot_be_read_is_named(#[case] text: &str, #[case] name: &str) {
    let schema = with("postgresql", text);
    let named = |it: &Unread| it.names.iter().any(|it| it == name);
    assert!(schema.unread.iter().any(named), "{:?}", schema.unread);
    let about = |it: &Unread| it.names.iter().any(|it| it == "A");
    assert!(schema.unread.iter().all(about), "{:?}", schema.unread);
}

#[test]
fn prose_around_a_fragment_is_passed_over() {
    let text = "# Guide\n\nUse a model { that fits: `x` }.\n\n```prisma\nmodel A {\n  id Int @id // \"\n  \
                b String @db.VarChar(\n    64\n  )\n    @unique\n}\n```\nDon't forget.\n";
    let schema = one(text);
    assert!(schema.unread.is_empty(), "{:?}", schema.unread);
    assert_eq!(columns(&schema, "A"), ["id", "b"]);
    assert_eq!(schema.table("A").unwrap().keys.len(), 2);
}

#[rstest]
#[case("Unsupported(\"citext\")", Some(false))]
#[case("String @db.Citext", Some(false))]
#[case("String", None)]
fn a_text_that_folds_case_says_so(#[case] spelled: &str, #[case] tells: Option<bool>) {
    let schema = with(
        "postgresql",
        &format!("model A {{\n id Int @id\n a {spelled}?\n}}"),
    );
    let schema = if schema.table("A").unwrap().column("a").is_some() {
        schema
    } else {
        panic!("no column")
    };
    let column = schema.table("A").unwrap().column("a").unwrap();
    assert_eq!(
        column.collation.as_ref().and_then(|it| it.tells_case),
        tells
    );
}

#[rstest]
#[case("")]
#[case("model")]
#[case("model A {")]
#[case("model A { @@")]
#[case("model A {\n a String @default(\"")]
#[case("\0\0model A {\n\0 id Int @id\n}")]
#[case("model A {\n a String @x([[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]\n}")]
#[case("enum { }")]
#[case("model Ä {\n ö String @map(\"ü\") @unique\n}")]
fn odd_texts_do_no_harm(#[case] text: &str) {
    let schema = one(text);
    assert!(schema.tables.len() <= 1);
}
