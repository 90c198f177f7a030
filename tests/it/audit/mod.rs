//! `audit` as its users type it: folders, schemas and databases, right ones and wrong ones.

use crate::bench::{SECRET, code, has, sharecheck};
use crate::servers::Server;
use rstest::rstest;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

/// The guide's own model.
const GUIDE: &str = r#"datasource db {
  provider = "postgresql"
}
model UserBackupShare {
  backupMethod String   @default("UNKNOWN")
  createdAt    DateTime @default(now())
  id           String   @id @default(cuid())
  cipherText   String
  userId       String
  user         User     @relation(fields: [userId], references: [id])
  @@unique([userId, backupMethod])
}
model CustodianBackupShare {
  backupMethod String   @default("UNKNOWN")
  createdAt    DateTime @default(now())
  id           String   @id @default(cuid())
  share        String
  userId       String
  user         User     @relation(fields: [userId], references: [id])
  @@unique([userId, backupMethod])
}
model User {
  clientApiKey          String @unique
  clientId              String @unique
  id                    String @id @default(cuid())
  userBackupShares      UserBackupShare[]
  custodianBackupShares CustodianBackupShare[]
}
"#;

/// The guide's model in SQLite.
const TABLES: &str = "
CREATE TABLE users (id INTEGER PRIMARY KEY, client_id TEXT NOT NULL UNIQUE, client_api_key TEXT NOT NULL UNIQUE);
CREATE TABLE custodian_backup_shares (
  id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users (id), backup_method TEXT NOT NULL DEFAULT 'UNKNOWN',
  share TEXT NOT NULL, created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, UNIQUE (user_id, backup_method));
CREATE TABLE user_backup_shares (
  id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users (id), backup_method TEXT NOT NULL DEFAULT 'UNKNOWN',
  cipher_text TEXT NOT NULL, created_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, UNIQUE (user_id, backup_method));
";

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn audit(folder: &Path, arguments: &[&str]) -> Output {
    sharecheck(folder)
        .arg("audit")
        .args(arguments)
        .output()
        .unwrap()
}

fn said_by(output: &Output) -> String {
    let said = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8_lossy(&said).into_owned()
}

/// A database of SQLite in which these statements were run.
fn sqlite(path: &Path, statements: &str) {
    let script = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); db.executescript(sys.argv[2]); db.commit()";
    let done = Command::new("python3")
        .args(["-c", script])
        .arg(path)
        .arg(statements)
        .status()
        .unwrap();
    assert!(done.success());
}

#[test]
fn the_guides_own_schema_passes() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "prisma/schema.prisma", GUIDE);
    let output = audit(folder.path(), &[]);
    let said = said_by(&output);
    assert_eq!(code(&output), 0, "{said}");
    assert!(
        said.contains("prisma/schema.prisma: PostgreSQL, 3 tables"),
        "{said}"
    );
    assert!(
        said.contains("CustodianBackupShare keeps custodian shares"),
        "{said}"
    );
    assert!(
        said.contains("database: kept, but for what was not looked at: db.rows"),
        "{said}"
    );
    assert!(said.contains("webhooks: not looked at"), "{said}");
}

/// What is changed in the guide's model, the requirement, and where it shows.
#[rstest]
#[case(
    "@@unique([userId, backupMethod])",
    "@@unique([userId])",
    "db.unique",
    "prisma/schema.prisma:11"
)]
#[case(
    "share        String",
    "share        String @db.VarChar(255)",
    "db.share-width",
    "prisma/schema.prisma:17"
)]
#[case(
    "backupMethod String   @default(\"UNKNOWN\")",
    "backupMethod String   @default(\"UNKNOWN\") @db.VarChar(12)",
    "db.method-open",
    "prisma/schema.prisma:5"
)]
fn a_defect_is_told_with_its_line(
    #[case] from: &str,
    #[case] to: &str,
    #[case] requirement: &str,
    #[case] place: &str,
) {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        "prisma/schema.prisma",
        &GUIDE.replace(from, to),
    );
    let output = audit(
        folder.path(),
        &["--report", "json=report.json,sarif=audit.sarif"],
    );
    let said = said_by(&output);
    assert_eq!(code(&output), 1, "{said}");
    assert!(said.contains(requirement) && said.contains(place), "{said}");
    let json: Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("report.json")).unwrap()).unwrap();
    let broken = json["requirements"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["status"] == "failed" && it["level"] == "required");
    let broken: Vec<&str> = broken.map(|it| it["id"].as_str().unwrap()).collect();
    assert_eq!(broken, [requirement], "nobody else is accused");
    assert_eq!(json["outcome"]["multi_backup_safe"], false);
}

#[test]
fn a_folder_of_something_else_is_no_pass_and_accuses_nobody() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        "schema.prisma",
        "model Share {\n id Int @id\n userId Int\n postId Int\n}\n",
    );
    write(
        folder.path(),
        "README.md",
        "new Portal({ isMultiBackupEnabled: false })",
    );
    let output = audit(folder.path(), &[]);
    let said = said_by(&output);
    assert_eq!(code(&output), 4, "nothing was tested: {said}");
    assert!(said.contains("nothing to audit in a database"), "{said}");
}

#[test]
fn a_live_database_is_audited_and_left_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shares.db");
    sqlite(&file, TABLES);
    let before = std::fs::read(&file).unwrap();
    let output = audit(folder.path(), &["sqlite:shares.db", "--rows"]);
    let said = said_by(&output);
    assert_eq!(code(&output), 0, "{said}");
    assert!(said.contains("database: kept"), "{said}");
    assert_eq!(std::fs::read(&file).unwrap(), before);
    let names: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|it| it.unwrap().file_name())
        .collect();
    assert_eq!(names, ["shares.db"], "nothing is written beside it");
}

#[test]
fn rows_that_lose_a_wallet_are_counted_and_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shares.db");
    let loose = TABLES.replace(", UNIQUE (user_id, backup_method)", "");
    let rows = "INSERT INTO users VALUES (1, 'client-of-mine', 'key-of-mine');
        INSERT INTO custodian_backup_shares (user_id, share) VALUES (1, '{\"secret-text\": 1}');
        INSERT INTO custodian_backup_shares (user_id, share) VALUES (1, '{\"secret-text\": 2}');
        INSERT INTO custodian_backup_shares (user_id, backup_method, share) VALUES (1, 'GDRIVE', 'undefined');";
    sqlite(&file, &format!("{loose}{rows}"));
    let output = audit(
        folder.path(),
        &[
            "sqlite:shares.db",
            "--rows",
            "--report",
            "json,html,junit,markdown",
        ],
    );
    let said = said_by(&output);
    assert_eq!(code(&output), 1, "{said}");
    assert!(
        said.contains("db.rows") && said.contains("db.unique"),
        "{said}"
    );
    let mut all = said;
    for it in std::fs::read_dir(folder.path().join("sharecheck-report")).unwrap() {
        all.push_str(&String::from_utf8_lossy(
            &std::fs::read(it.unwrap().path()).unwrap(),
        ));
    }
    for secret in ["secret-text", "client-of-mine", "key-of-mine"] {
        assert!(!all.contains(secret), "{secret}");
    }
}

#[test]
fn a_password_on_the_command_line_is_refused_and_not_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let output = audit(
        folder.path(),
        &["postgres://app:hunter2@127.0.0.1:1/shares"],
    );
    let said = said_by(&output);
    assert_eq!(code(&output), 2, "{said}");
    assert!(
        said.contains("SHARECHECK_DATABASE_URL") && !said.contains("hunter2"),
        "{said}"
    );
    let mut command = sharecheck(folder.path());
    command.arg("audit").env(
        "SHARECHECK_DATABASE_URL",
        "postgres://app:hunter2@127.0.0.1:1/shares",
    );
    let output = command.output().unwrap();
    let said = said_by(&output);
    assert_eq!(code(&output), 3, "nothing listens there: {said}");
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn a_known_failure_of_an_audit_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        "schema.prisma",
        &GUIDE.replace("@@unique([userId, backupMethod])", "@@unique([userId])"),
    );
    let entry = |table: &str| {
        format!(
            "[[known-failure]]\nrequirement = \"db.unique\"\ncase = \"db.unique@{table}\"\ncode = \"key-too-narrow\"\n\
             reason = \"WAL-12\"\nowner = \"wallet-team\"\nexpires = 2999-01-01\n"
        )
    };
    let list = format!(
        "{}{}",
        entry("CustodianBackupShare"),
        entry("UserBackupShare")
    );
    write(folder.path(), "known.toml", &list);
    let output = audit(folder.path(), &["--known-failures", "known.toml"]);
    let said = said_by(&output);
    assert_eq!(code(&output), 0, "{said}");
    assert!(said.contains("known failure"), "{said}");
}

#[test]
fn what_is_told_in_the_configuration_holds() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        "schema.prisma",
        "datasource db {\n provider = \"postgresql\"\n}\nmodel Vault {\n id Int @id\n who String\n kind String @default(\"UNKNOWN\")\n blob String\n written DateTime\n}\n",
    );
    let section = "[audit.custodian-share]\ntable = \"Vault\"\nuser = \"who\"\nmethod = \"kind\"\nshare = \"blob\"\ncreated = \"written\"\n[audit.user-share]\nelsewhere = true\n";
    write(folder.path(), "sharecheck.toml", section);
    let output = audit(folder.path(), &[]);
    let said = said_by(&output);
    assert_eq!(code(&output), 1, "{said}");
    assert!(
        said.contains("no key of Vault covers user and method"),
        "{said}"
    );
    write(
        folder.path(),
        "sharecheck.toml",
        &section.replace("Vault", "Wault"),
    );
    let output = audit(folder.path(), &[]);
    let said = said_by(&output);
    assert_eq!(code(&output), 2, "{said}");
    assert!(said.contains("Wault") && said.contains("Vault"), "{said}");
    write(
        folder.path(),
        "sharecheck.toml",
        &section.replace("method =", "metod ="),
    );
    let output = audit(folder.path(), &[]);
    let said = said_by(&output);
    assert_eq!(code(&output), 2, "{said}");
    assert!(
        said.contains("metod") && said.contains("sharecheck.toml:4"),
        "{said}"
    );
}

#[test]
fn webhooks_and_schema_are_judged_together() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "schema.prisma", GUIDE);
    let run = |arguments: &[&str]| {
        let mut command = sharecheck(folder.path());
        command
            .args(["run", "--reference", "--no-progress", "--audit", "."])
            .args(arguments);
        command.output().unwrap()
    };
    let output = run(&[]);
    let said = said_by(&output);
    assert_eq!(code(&output), 0, "{said}");
    for part in ["webhooks: kept", "database: kept", "code: not looked at"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    write(
        folder.path(),
        "schema.prisma",
        &GUIDE.replace("@@unique([userId, backupMethod])", ""),
    );
    let output = run(&["replace.same-method.passkey"]);
    let said = said_by(&output);
    assert_eq!(code(&output), 1, "{said}");
    assert!(said.contains("database: broken: db.unique"), "{said}");
    assert!(
        said.contains("May we set isMultiBackupEnabled? No."),
        "{said}"
    );
}

#[test]
fn a_run_shows_which_table_it_is_and_which_database_stands_behind_the_webhooks() {
    if !has("python3") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start("python3", "vault.py", folder.path());
    let url = format!("http://127.0.0.1:{}", server.port);
    sqlite(&folder.path().join("another.db"), TABLES);
    let run = |database: &str| {
        let mut command = sharecheck(folder.path());
        command.env("SHARECHECK_SECRET", SECRET).args([
            "run",
            "-u",
            &url,
            "--wait",
            "10s",
            "--no-progress",
        ]);
        command.args(["replace.same-method.passkey", "--audit", database]);
        // Whatever the width, it is one sentence.
        let said = said_by(&command.output().unwrap());
        said.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let said = run("sqlite:vault.db");
    assert!(
        said.contains("this database stands behind these webhooks"),
        "{said}"
    );
    assert!(
        said.contains("vault keeps custodian shares (shares that the run has stored are in it)"),
        "{said}"
    );
    let said = run("sqlite:another.db");
    assert!(said.contains("does not stand"), "{said}");
}
