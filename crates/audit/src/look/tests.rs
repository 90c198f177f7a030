//! Folders as teams have them, and what an audit says of each.

use super::*;
use rstest::rstest;
use std::fmt::Write as _;

const USERS: &str = "CREATE TABLE users (id serial PRIMARY KEY, client_id text NOT NULL UNIQUE);\n";
const SHARE: &str = "user_id int NOT NULL REFERENCES users (id), backup_method text NOT NULL DEFAULT 'UNKNOWN', \
                     created_at timestamptz NOT NULL DEFAULT now()";

/// What an audit of a folder with these files says.
fn looked_at(files: &[(&str, &str)]) -> Audit {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let target = Target::Folder(folder.path().to_owned());
    runtime
        .block_on(audit(&[target], &Asked::default()))
        .unwrap()
}

/// What is broken or undecided in a folder with these files, as `requirement@subject code`.
fn wrong(files: &[(&str, &str)]) -> Vec<String> {
    let audit = looked_at(files);
    let wrong = audit.findings.iter().filter_map(|it| match it.answer {
        Answer::Broken(code) => Some(format!("{}@{} {code}", it.requirement, it.subject)),
        Answer::Unknown => Some(format!("{}@{} ?", it.requirement, it.subject)),
        Answer::Kept | Answer::Void => None,
    });
    wrong.collect()
}

/// The custodian's table as given, beside a correct one of user shares.
fn custodian(table: &str) -> Vec<String> {
    let mut sql = USERS.to_owned();
    writeln!(
        sql,
        "CREATE TABLE user_backup_shares ({SHARE}, cipher_text text NOT NULL, UNIQUE (user_id, backup_method));"
    )
    .unwrap();
    sql.push_str(&table.replace("SHARE", SHARE));
    wrong(&[("migrations/0001_init.sql", &sql)])
}

#[rstest]
#[case::order(
    "CREATE TABLE custodian_backup_shares (SHARE, share text, UNIQUE (backup_method, user_id));"
)]
#[case::composite_reference(
    "CREATE TABLE custodian_backup_shares (tenant_id int NOT NULL, user_id int NOT NULL, backup_method text NOT NULL DEFAULT \
     'UNKNOWN', share text NOT NULL, created_at timestamptz, PRIMARY KEY (tenant_id, user_id, backup_method), FOREIGN KEY \
     (tenant_id, user_id) REFERENCES users (tenant_id, id));"
)]
#[case::own_clients_by_number(
    "CREATE TABLE clients (id serial PRIMARY KEY, portal_client_id text NOT NULL UNIQUE); CREATE TABLE \
     custodian_backup_shares (client_id int NOT NULL REFERENCES clients (id), backup_method text NOT NULL DEFAULT 'UNKNOWN', \
     share text NOT NULL, created_at timestamptz, PRIMARY KEY (client_id, backup_method));"
)]
#[case::received(
    "CREATE TABLE custodian_backup_shares (user_id int NOT NULL REFERENCES users (id), backup_method \
     varchar(64) NOT NULL DEFAULT 'UNKNOWN', encrypted_share bytea, share_iv text, received_at timestamptz, UNIQUE (user_id, \
     backup_method));"
)]
#[case::without_case(
    "CREATE TABLE custodian_backup_shares (SHARE, share text); CREATE UNIQUE INDEX one ON \
     custodian_backup_shares (user_id, lower(backup_method));"
)]
#[case::what_is_no_longer_used(
    "CREATE TABLE custodian_backup_shares (SHARE, share text, UNIQUE (user_id, backup_method)); \
     CREATE TABLE custodian_backup_shares_legacy (user_id int, share text);"
)]
#[case::by_another_name(
    "CREATE TABLE custodian_backup_shares (user_id int NOT NULL REFERENCES users (id), provider text NOT NULL DEFAULT 'UNKNOWN', \
     share text, created_at timestamptz, UNIQUE (user_id, provider));"
)]
#[case::in_the_usual_schema(
    "CREATE TABLE public.custodian_backup_shares (SHARE, share text, UNIQUE (user_id, \
     backup_method)); ALTER TABLE public.custodian_backup_shares ENABLE ROW LEVEL SECURITY;"
)]
fn correct_tables_pass(#[case] table: &str) {
    assert_eq!(custodian(table), Vec::<String>::new());
}

#[rstest]
#[case::first_part_of_the_method(
    "CREATE TABLE custodian_backup_shares (SHARE, share text); CREATE UNIQUE INDEX one ON custodian_backup_shares (user_id, \
     split_part(lower(backup_method), '-', 1));",
    &["db.unique@custodian_backup_shares ?"]
)]
#[case::computed(
    "CREATE TABLE custodian_backup_shares (SHARE, share text, folded text GENERATED ALWAYS AS (lower(backup_method)) STORED, \
     UNIQUE (user_id, folded));",
    &["db.unique@custodian_backup_shares ?"]
)]
#[case::pattern(
    "CREATE TABLE custodian_backup_shares (SHARE, share text, UNIQUE (user_id, backup_method), CHECK (backup_method ~ \
     '^[A-Z-]+$'));",
    &["db.method-open@custodian_backup_shares.backup_method ?"]
)]
#[case::perhaps_by_another_name(
    "CREATE TABLE custodian_backup_shares (user_id int NOT NULL REFERENCES users (id), provider text NOT NULL, share text, \
     created_at timestamptz, UNIQUE (user_id));",
    &["db.tables@custodian_backup_shares ?"]
)]
#[case::user_in_short(
    "CREATE TABLE custodian_backup_shares (uid text NOT NULL, backup_method text NOT NULL DEFAULT 'UNKNOWN', share text, \
     created_at timestamptz, UNIQUE (uid));",
    &[
        "db.unique@custodian_backup_shares key-too-narrow",
        "db.user-keys@custodian_backup_shares no-reference",
    ]
)]
#[case::parted_by_curve_alone(
    "CREATE TABLE custodian_backup_shares (user_id int NOT NULL REFERENCES users (id), curve text NOT NULL, share text, created_at \
     timestamptz, UNIQUE (user_id, curve));",
    &["db.tables@custodian_backup_shares no-method-column"]
)]
#[case::parted_by_a_type(
    "CREATE TABLE custodian_backup_shares (user_id int NOT NULL REFERENCES users (id), type text NOT NULL, share text, created_at \
     timestamptz, UNIQUE (user_id, type));",
    &["db.tables@custodian_backup_shares ?"]
)]
#[case::two_keys(
    "CREATE TABLE custodian_backup_shares (SHARE, share text, UNIQUE (user_id), UNIQUE (user_id, backup_method));",
    &["db.unique@custodian_backup_shares key-too-narrow"]
)]
#[case::marked_as_deleted(
    "CREATE TABLE custodian_backup_shares (SHARE, share text, deleted_at timestamptz); CREATE UNIQUE INDEX one ON \
     custodian_backup_shares (user_id, backup_method) WHERE deleted_at IS NULL;",
    &["db.unique@custodian_backup_shares key-partial"]
)]
fn defects_are_named(#[case] table: &str, #[case] expected: &[&str]) {
    assert_eq!(custodian(table), expected);
}

#[test]
fn what_is_wrong_with_both_tables_is_said_of_both() {
    let table = |name: &str, share: &str| {
        format!(
            "CREATE TABLE {name} (client_id text NOT NULL, backup_method varchar(16) NOT NULL DEFAULT 'UNKNOWN', {share} text \
             NOT NULL, created_at timestamptz, PRIMARY KEY (client_id, backup_method));\n"
        )
    };
    let sql =
        table("custodian_backup_shares", "share") + &table("user_backup_shares", "cipher_text");
    assert_eq!(
        wrong(&[("schema.sql", &sql)]),
        [
            "db.method-open@custodian_backup_shares.backup_method method-too-narrow",
            "db.method-open@user_backup_shares.backup_method method-too-narrow",
        ]
    );
}

#[test]
fn both_columns_of_v5_are_named() {
    let sql = "CREATE TABLE users (id serial PRIMARY KEY, client_id text NOT NULL UNIQUE, client_api_key text NOT NULL UNIQUE, \
               backup_share text, cipher_text text);";
    assert_eq!(
        wrong(&[("schema.sql", sql)]),
        [
            "db.tables@users.backup_share v5-columns-only",
            "db.tables@users.cipher_text v5-columns-only",
        ]
    );
}

/// Drizzle's marker is no comment to MySQL.
#[test]
fn statements_behind_a_breakpoint_are_read() {
    let table = |name: &str, share: &str| {
        format!(
            "CREATE TABLE `{name}` (`client_id` varchar(64) NOT NULL, `backup_method` varchar(64) NOT NULL DEFAULT 'UNKNOWN', \
             `{share}` mediumtext NOT NULL, `created_at` timestamp NOT NULL, PRIMARY KEY (`client_id`, `backup_method`));"
        )
    };
    let sql = [
        table("custodian_backup_shares", "share"),
        table("client_backup_shares", "cipher_text"),
    ]
    .join("\n--> statement-breakpoint\n");
    let found = wrong(&[("drizzle/0000_first.sql", &sql)]);
    let others = found.iter().filter(|it| !it.starts_with("db.method-exact"));
    assert_eq!(others.collect::<Vec<_>>(), Vec::<&String>::new());
}

/// A statement that is not read may make the very table that is looked for.
#[test]
fn a_share_in_a_statement_that_is_not_read_is_asked_about() {
    let sql = "CREATE TABLE notes (id int PRIMARY KEY);\nDO $x$ BEGIN EXECUTE format('a', custodian_backup_share) BOGUS; END $x$;\n\
               ALTER BOGUS custodian_backup_share FROB;";
    let found = wrong(&[("schema.sql", sql)]);
    assert!(
        found.contains(&"db.tables@custodian shares ?".to_owned()),
        "{found:?}"
    );
}

/// A table that is made of what another holds says nothing of that other.
#[test]
fn a_table_made_of_a_query_leaves_the_one_that_it_reads() {
    let sql = "CREATE TABLE custodian_backup_shares (SHARE, share text, UNIQUE (user_id, backup_method));\n\
               CREATE TABLE shares_put_by AS SELECT t.*, now() AS since FROM custodian_backup_shares t WHERE false;";
    assert_eq!(custodian(sql), Vec::<String>::new());
}

/// A schema that is right does not excuse migrations that make something else.
#[test]
fn migrations_that_differ_from_the_schema_are_told() {
    let schema = "datasource db {\n  provider = \"postgresql\"\n}\nmodel CustodianBackupShare {\n  clientId String\n  backupMethod \
                  String @default(\"UNKNOWN\")\n  share String\n  updatedAt DateTime @updatedAt\n  @@id([clientId, backupMethod])\n}\n\
                  model UserBackupShare {\n  clientId String\n  backupMethod String @default(\"UNKNOWN\")\n  cipherText String\n  \
                  updatedAt DateTime @updatedAt\n  @@id([clientId, backupMethod])\n}\n";
    let migration = "CREATE TYPE \"Method\" AS ENUM ('GDRIVE', 'UNKNOWN');\nCREATE TABLE \"CustodianBackupShare\" (\"clientId\" TEXT NOT \
                     NULL, \"backupMethod\" \"Method\" NOT NULL DEFAULT 'UNKNOWN', \"share\" TEXT NOT NULL, \"updatedAt\" TIMESTAMP(3) NOT \
                     NULL, CONSTRAINT \"p\" PRIMARY KEY (\"clientId\", \"backupMethod\"));";
    assert_eq!(
        wrong(&[
            ("prisma/schema.prisma", schema),
            ("prisma/migrations/1_init/migration.sql", migration),
        ]),
        ["db.method-open@CustodianBackupShare.backupMethod closed-list"]
    );
}

/// What is printed for files, put behind them, makes them pass.
#[rstest]
#[case::no_key("CREATE TABLE custodian_backup_shares (id serial PRIMARY KEY, SHARE, share text);")]
#[case::user_alone(
    "CREATE TABLE custodian_backup_shares (id serial PRIMARY KEY, SHARE, share text, UNIQUE (user_id));"
)]
#[case::user_is_the_key(
    "CREATE TABLE custodian_backup_shares (user_id int PRIMARY KEY REFERENCES users (id), share text, \
     created_at timestamptz);"
)]
#[case::nullable_method(
    "CREATE TABLE custodian_backup_shares (id serial PRIMARY KEY, user_id int NOT NULL REFERENCES users \
     (id), backup_method varchar(16), share varchar(255), created_at timestamptz, UNIQUE (user_id, backup_method));"
)]
#[case::listed(
    "CREATE TYPE method AS ENUM ('GDRIVE', 'UNKNOWN'); CREATE TABLE custodian_backup_shares (id serial PRIMARY \
     KEY, user_id int NOT NULL REFERENCES users (id), backup_method method NOT NULL, share text, created_at timestamptz, \
     UNIQUE (user_id, backup_method));"
)]
#[case::marked_as_deleted(
    "CREATE TABLE custodian_backup_shares (id serial PRIMARY KEY, SHARE, share text, deleted_at \
     timestamptz, UNIQUE (user_id, backup_method, deleted_at));"
)]
#[case::column_of_v5("ALTER TABLE users ADD COLUMN custodian_backup_share text;")]
fn the_printed_mend_makes_it_pass(
    #[case] table: &str,
    #[values("postgres", "sqlite")] engine: &str,
) {
    let mut sql = USERS.to_owned();
    writeln!(
        sql,
        "CREATE TABLE user_backup_shares (id serial PRIMARY KEY, {SHARE}, cipher_text text NOT NULL, UNIQUE (user_id, \
         backup_method));"
    )
    .unwrap();
    sql.push_str(&table.replace("SHARE", SHARE));
    if engine == "sqlite" {
        sql = sql
            .replace("serial", "INTEGER")
            .replace("now()", "CURRENT_TIMESTAMP");
        // It knows no enums and adds no keys to a table that is there.
        if table.contains("TYPE") {
            return;
        }
    }
    let path = format!("migrations/{engine}/0001_init.sql");
    let before = looked_at(&[(&path, &sql)]);
    let broken = |it: &Finding| matches!(it.answer, Answer::Broken(_));
    assert!(before.findings.iter().any(broken));
    let source = before.sources.first().unwrap();
    let mend = crate::mend::migration(&source.schema, &source.roles)
        .unwrap()
        .to_string();
    let after = format!("migrations/{engine}/0002_mend.sql");
    assert_eq!(
        wrong(&[(&path, &sql), (&after, &mend)]),
        Vec::<String>::new(),
        "{mend}"
    );
}

/// No statement can know what these rows mean.
#[rstest]
#[case::number(
    "CREATE TABLE methods (id serial PRIMARY KEY, name text); CREATE TABLE custodian_backup_shares (id serial PRIMARY \
     KEY, user_id int NOT NULL REFERENCES users (id), backup_method_id int NOT NULL REFERENCES methods (id), share text, \
     created_at timestamptz, UNIQUE (user_id, backup_method_id));",
    "holds no method but a number or an id of methods"
)]
#[case::list_elsewhere(
    "CREATE TABLE methods (name text PRIMARY KEY); CREATE TABLE custodian_backup_shares (id serial PRIMARY \
     KEY, user_id int NOT NULL REFERENCES users (id), backup_method text NOT NULL REFERENCES methods (name), share text, \
     created_at timestamptz, UNIQUE (user_id, backup_method));",
    "drop that foreign key by hand"
)]
#[case::nobody_s(
    "CREATE TABLE custodian_backup_shares (id serial PRIMARY KEY, user_id int REFERENCES users (id), backup_method \
     text NOT NULL DEFAULT 'UNKNOWN', share text, created_at timestamptz, UNIQUE (user_id, backup_method));",
    "user_id may be null"
)]
#[case::all_in_one(
    "ALTER TABLE users ADD COLUMN custodian_backup_shares jsonb;",
    "several shares in one value"
)]
fn what_needs_a_hand_is_not_printed(#[case] table: &str, #[case] why: &str) {
    let sql = format!("{USERS}{table}");
    let audit = looked_at(&[("schema.sql", &sql)]);
    let source = audit.sources.first().unwrap();
    let refused = crate::mend::migration(&source.schema, &source.roles).unwrap_err();
    assert!(refused.to_string().contains(why), "{refused}");
}
