//! Schemas of many shapes and what is to be said of each.

use super::*;
use crate::prisma;
use crate::role::recognise;
use rstest::rstest;

/// The guide's own model.
const GUIDE: &str = r#"
datasource db {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}
model UserBackupShare {
  backupMethod String   @default("UNKNOWN")
  createdAt    DateTime @default(now())
  id           String   @id @default(cuid())
  cipherText   String
  userId       String
  user User @relation(fields: [userId], references: [id])
  @@unique([userId, backupMethod])
}
model CustodianBackupShare {
  backupMethod String   @default("UNKNOWN")
  createdAt    DateTime @default(now())
  id           String   @id @default(cuid())
  share        String
  userId       String
  user User @relation(fields: [userId], references: [id])
  @@unique([userId, backupMethod])
}
model User {
  clientApiKey String @unique
  clientId     String @unique
  id           String @id @default(cuid())
  userBackupShares      UserBackupShare[]
  custodianBackupShares CustodianBackupShare[]
}
"#;

/// What is broken or undecided, as `requirement@subject code`, and `?` where it is undecided.
fn wrong(schema: &str) -> Vec<String> {
    told(schema, &Told::default())
}

fn told(schema: &str, told: &Told) -> Vec<String> {
    let schema = prisma::read(&[("schema.prisma".to_owned(), schema.to_owned())]);
    let found = recognise(&schema, told).unwrap();
    let findings = judge(&schema, &found, told);
    let wrong = findings.into_iter().filter_map(|it| match it.answer {
        Answer::Broken(code) => Some(format!("{} {code}", it.requirement)),
        Answer::Unknown => Some(format!("{} ?", it.requirement)),
        Answer::Kept | Answer::Void => None,
    });
    let mut wrong: Vec<String> = wrong.collect();
    wrong.dedup();
    wrong
}

/// The guide's model with something in it replaced wherever it stands.
fn changed(from: &str, to: &str) -> String {
    assert!(GUIDE.contains(from), "{from}");
    GUIDE.replace(from, to)
}

#[rstest]
#[case::as_it_is("", "")]
#[case::native_text("share        String", "share        String @db.Text")]
#[case::primary_key("@@unique([userId, backupMethod])", "@@unique([backupMethod, userId])")]
#[case::named(
    "@@unique([userId, backupMethod])",
    "@@unique(fields: [userId, backupMethod], map: \"one_each\")"
)]
#[case::wide(
    "backupMethod String   @default(\"UNKNOWN\")",
    "backupMethod String   @default(\"UNKNOWN\") @db.VarChar(64)"
)]
#[case::snake("userId", "user_id")]
fn correct_schemas_pass(#[case] from: &str, #[case] to: &str) {
    assert_eq!(wrong(&GUIDE.replace(from, to)), Vec::<String>::new());
}

#[rstest]
#[case::user_alone("@@unique([userId, backupMethod])", "@@unique([userId])", &["db.unique key-too-narrow"])]
#[case::no_key("@@unique([userId, backupMethod])", "@@index([userId, backupMethod])", &["db.unique no-key"])]
#[case::nullable("backupMethod String   @default", "backupMethod String?  @default", &["db.unique key-nullable", "db.method-default method-nullable"])]
#[case::third("@@unique([userId, backupMethod])", "pairId String?\n @@unique([userId, backupMethod, pairId])", &["db.unique key-nullable"])]
#[case::version("@@unique([userId, backupMethod])", "version Int\n @@unique([userId, backupMethod, version])", &["db.unique key-too-wide"])]
#[case::pair("@@unique([userId, backupMethod])", "backupSharePairId String\n @@unique([userId, backupMethod, backupSharePairId])", &[])]
#[case::listed("backupMethod String   @default(\"UNKNOWN\")", "backupMethod BackupMethod @default(UNKNOWN)", &["db.method-open closed-list"])]
#[case::no_default("backupMethod String   @default(\"UNKNOWN\")", "backupMethod String", &["db.method-default no-default"])]
#[case::other_default("@default(\"UNKNOWN\")", "@default(\"GDRIVE\")", &["db.method-default other-default"])]
#[case::narrow_method("backupMethod String   @default(\"UNKNOWN\")", "backupMethod String   @default(\"UNKNOWN\") @db.VarChar(16)", &["db.method-open method-too-narrow"])]
#[case::narrow_share("share        String", "share        String @db.VarChar(255)", &["db.share-width share-too-narrow"])]
#[case::no_time("createdAt    DateTime @default(now())", "", &["db.time no-time"])]
#[case::client_id("clientId     String @unique", "clientId     String", &["db.user-keys client-id-not-unique"])]
#[case::client_id_null("clientId     String @unique", "clientId     String? @unique", &["db.user-keys client-id-nullable"])]
#[case::mysql("postgresql", "mysql", &["db.method-exact folds-case", "db.share-width share-too-narrow"])]
#[case::no_provider("provider = \"postgresql\"", "", &["db.share-width ?"])]
fn defects_are_named(#[case] from: &str, #[case] to: &str, #[case] expected: &[&str]) {
    let mut schema = changed(from, to);
    if to.contains("BackupMethod @") {
        schema.push_str("enum BackupMethod {\n UNKNOWN\n GDRIVE\n ICLOUD\n}\n");
    }
    let mut found = wrong(&schema);
    found.dedup();
    let mut unique: Vec<String> = Vec::new();
    for it in found {
        if !unique.contains(&it) {
            unique.push(it);
        }
    }
    assert_eq!(unique, expected);
}

#[rstest]
#[case::columns_of_v5("model User {\n id String @id\n clientId String @unique\n clientApiKey String @unique\n backupShare String?\n cipherText String?\n}", &["db.tables v5-columns-only"])]
#[case::a_curve_each_in_short("model profiles {\n id String @id\n portal_client_id String?\n backup_share_secp String?\n backup_share_ed String?\n custodian_backup_share_secp String?\n custodian_backup_share_ed String?\n backup_status String @default(\"none\")\n}", &["db.tables column-a-curve"])]
#[case::a_curve_each("model Profile {\n id String @id\n portalClientId String @unique\n custodianBackupShareSecp256k1 String?\n custodianBackupShareEd25519 String?\n userBackupShareSecp256k1 String?\n userBackupShareEd25519 String?\n}", &["db.tables column-a-curve"])]
#[case::without_method("model CustodianBackupShare {\n id String @id\n userId String\n share String\n createdAt DateTime @default(now())\n @@unique([userId])\n}", &["db.tables no-method-column", "db.tables ?"])]
fn shapes_of_v5_are_told(#[case] models: &str, #[case] expected: &[&str]) {
    let schema = format!("datasource db {{\n provider = \"postgresql\"\n}}\n{models}");
    let found: Vec<String> = wrong(&schema)
        .into_iter()
        .filter(|it| it.starts_with("db.tables"))
        .collect();
    assert_eq!(found, expected);
}

/// What other apps have, and other vendors.
#[rstest]
#[case::social(
    "model Share {\n id String @id\n userId String\n postId String\n createdAt DateTime\n}"
)]
#[case::notes(
    "model user_backups {\n id String @id\n user_id String\n method String\n data String\n}"
)]
#[case::another_vendor("model KeyShare {\n id String @id\n userId String\n share String\n}")]
#[case::another_vendor_sealed(
    "model encrypted_shares {\n id String @id\n user_id String\n encrypted_share String\n curve String\n}"
)]
#[case::portfolio(
    "model Holding {\n id String @id\n userId String\n shares Int\n backupEmail String?\n}"
)]
#[case::chat("model Message {\n id String @id\n clientId String\n cipherText String\n}")]
#[case::oauth("model OAuthClient {\n id String @id\n clientId String\n clientSecret String\n}")]
#[case::of_a_key(
    "model backup_shares {\n id Int @id\n key_id String\n node_id String\n share_index Int\n share_data Bytes\n @@unique([key_id, node_id, share_index])\n}"
)]
#[case::shared_backups(
    "model backup_shares {\n id String @id\n backup_id String\n backup_type String\n shared_by String\n shared_with String\n}"
)]
#[case::state_of_a_key(
    "model key_backup_shares {\n user_id String\n realm_index Int\n status String\n @@id([user_id, realm_index])\n}"
)]
#[case::payment(
    "model PaymentMethod {\n id String @id\n userId String\n method String\n share String\n}"
)]
#[case::ways_to_sign_in(
    "enum Way {\n PASSWORD\n PASSKEY\n GOOGLE\n}\nmodel WalletAuth {\n id String @id\n userId String\n method Way\n authShare String\n}"
)]
#[case::where_a_clip_lies(
    "enum Storage {\n R2\n ICLOUD\n GDRIVE\n}\nmodel Clip {\n id String @id\n userId String\n storageType Storage\n share String?\n}"
)]
#[case::of_an_exam(
    "model custodian_shares {\n exam_id Int\n custodian_id Int\n share String\n @@id([exam_id, custodian_id])\n}"
)]
#[case::of_a_company(
    "model client_accounts {\n id Int @id\n client_id Int\n custodian_shares Decimal?\n custodian_share_class String?\n}"
)]
#[case::sealed_messages(
    "model user_messages {\n id Int @id\n client_id String\n cipher_text String\n}"
)]
#[case::sealed_secrets(
    "model client_accounts {\n id Int @id\n client_id String\n client_secret_cipher_text String\n}"
)]
#[case::who_may_see_a_backup(
    "model user_backup_shares {\n id String @id\n user_id String\n data Json\n shared_with String\n}"
)]
#[case::of_a_server_and_a_device(
    "model evm_wallets {\n id Int @id\n user_id Int @unique\n server_share String\n encrypted_backup_share String?\n}"
)]
#[case::of_a_revenue(
    "model wallet_payouts {\n id String @id\n client_id String\n revenue_share String\n}"
)]
#[case::documents(
    "model client_portal_documents {\n id String @id\n client_id String\n share String\n}"
)]
#[case::only_clients(
    "model User {\n id String @id\n email String @unique\n portalClientId String?\n}"
)]
fn look_alikes_are_silent(#[case] model: &str) {
    let schema = format!("datasource db {{\n provider = \"postgresql\"\n}}\n{model}");
    assert_eq!(wrong(&schema), Vec::<String>::new());
}

#[rstest]
#[case::client_id_in_the_share(
    "model CustodianBackupShare {\n id String @id\n clientId String\n backupMethod String @default(\"UNKNOWN\")\n share String\n createdAt DateTime @default(now())\n @@unique([clientId, backupMethod])\n}\nmodel ClientBackupShare {\n id String @id\n clientId String\n backupMethod String @default(\"UNKNOWN\")\n cipherText String\n createdAt DateTime @default(now())\n @@unique([clientId, backupMethod])\n}"
)]
#[case::one_row_both_halves(
    "model BackupShare {\n client_id String\n backup_method String @default(\"UNKNOWN\")\n share String?\n cipher_text String?\n updated_at DateTime @updatedAt\n @@id([client_id, backup_method])\n}"
)]
#[case::one_table_for_both(
    "enum Holder {\n CUSTODIAN\n USER\n}\nmodel BackupShare {\n id String @id\n clientId String\n holder Holder\n backupMethod String @default(\"UNKNOWN\")\n share String\n createdAt DateTime @default(now())\n @@unique([clientId, holder, backupMethod])\n}"
)]
#[case::method_in_two(
    "model CustodianBackupShare {\n id String @id\n clientId String\n backupMethod String @default(\"UNKNOWN\")\n curve String\n share String\n createdAt DateTime @default(now())\n @@unique([clientId, backupMethod, curve])\n}\nmodel UserBackupShare {\n id String @id\n clientId String\n backupMethod String @default(\"UNKNOWN\")\n cipherText String\n createdAt DateTime @default(now())\n @@unique([clientId, backupMethod])\n}"
)]
#[case::tenants(
    "model CustodianBackupShare {\n id String @id\n tenantId String\n clientId String\n backupMethod String @default(\"UNKNOWN\")\n share String\n createdAt DateTime @default(now())\n @@unique([tenantId, clientId, backupMethod])\n}\nmodel UserBackupShare {\n id String @id\n clientId String\n backupMethod String @default(\"UNKNOWN\")\n cipherText String\n createdAt DateTime @default(now())\n @@unique([clientId, backupMethod])\n}"
)]
fn other_correct_shapes_pass(#[case] models: &str) {
    let schema = format!("datasource db {{\n provider = \"postgresql\"\n}}\n{models}");
    assert_eq!(wrong(&schema), Vec::<String>::new());
}

/// Too little to accuse anybody, too much to say that there is nothing.
#[rstest]
#[case::a_backup_share_of_nobody_in_particular(
    "model wallets {\n id Int @id\n user_id Int\n backup_share String\n}"
)]
#[case::a_share_of_portal(
    "model users {\n id Int @id\n portal_client_id String?\n portal_share String? @db.VarChar(128)\n}"
)]
#[case::a_client_s_backup(
    "model wallet_backups {\n id Int @id\n client_id String @unique\n share String\n}"
)]
#[case::data_beside_a_method(
    "model mpc_data {\n id Int @id\n client_id String @unique\n backup_method String\n data String\n}"
)]
#[case::of_a_custodian("model custodian_shares {\n id Int @id\n user_id Int\n share String\n}")]
#[case::one_database_a_tenant(
    "model A {\n id Int @id\n clientId String\n share String\n @@map(\"custodian_backup_shares\")\n}\nmodel B {\n id Int @id\n clientId String\n share String\n @@map(\"custodian_backup_share_2\")\n}"
)]
fn the_team_is_asked(#[case] models: &str) {
    let schema = format!("datasource db {{\n provider = \"postgresql\"\n}}\n{models}");
    assert_eq!(wrong(&schema), ["db.tables ?"]);
}

#[rstest]
#[case::composite(
    "type BackupShare {\n backupMethod String\n share String\n}\nmodel User {\n id String @id @map(\"_id\")\n clientId String @unique\n backupShares BackupShare[]\n}"
)]
#[case::one_json_value(
    "model User {\n id String @id @map(\"_id\")\n clientId String @unique\n backupShares Json\n}"
)]
#[case::array(
    "model User {\n id String @id @map(\"_id\")\n clientId String @unique\n backupShares String[]\n}"
)]
fn all_shares_in_one_value_are_no_rows(#[case] models: &str) {
    let schema = format!("datasource db {{\n provider = \"mongodb\"\n}}\n{models}");
    let found = wrong(&schema);
    assert_eq!(found, ["db.tables list-of-shares", "db.tables ?"]);
}

/// Parts of a key beside user and method.
#[rstest]
#[case::kind_in_free_text("kind String", "@@unique([userId, backupMethod, kind])", &["db.unique ?"])]
#[case::curve_by_another_name("chain String", "@@unique([userId, backupMethod, chain])", &["db.unique ?"])]
#[case::device("deviceId String", "@@unique([userId, backupMethod, deviceId])", &["db.unique key-too-wide"])]
#[case::soft_delete("deletedAt DateTime?", "@@unique([userId, backupMethod, deletedAt])", &["db.unique key-nullable"])]
#[case::pair_alone("backupSharePairId String @unique", "", &[])]
#[case::pair_alone_nullable("backupSharePairId String? @unique", "", &["db.unique no-key"])]
#[case::id_of_its_own("backupShareId String @unique", "", &["db.unique no-key"])]
fn keys_with_more_in_them(#[case] field: &str, #[case] key: &str, #[case] expected: &[&str]) {
    let with = format!("{field}\n {key}");
    let mut found = wrong(&changed("@@unique([userId, backupMethod])", &with));
    found.dedup();
    let mut seen: Vec<String> = Vec::new();
    for it in found {
        if !seen.contains(&it) {
            seen.push(it);
        }
    }
    assert_eq!(seen, expected);
}

#[test]
fn what_is_told_goes_before_what_is_guessed() {
    let schema = "datasource db {\n provider = \"postgresql\"\n}\nmodel Vault {\n id String @id\n owner String\n kind String\n blob String\n at DateTime\n @@unique([owner, kind])\n}";
    let section: Told = toml::from_str(
        "[custodian-share]\ntable = \"Vault\"\nuser = \"owner\"\nmethod = \"kind\"\nshare = \"blob\"\ncreated = \"at\"\n[user-share]\nelsewhere = true",
    )
    .unwrap();
    assert_eq!(
        told(schema, &section),
        ["db.method-default no-default", "db.user-keys no-reference"]
    );
}

#[test]
fn a_name_that_is_told_and_not_there_is_an_error() {
    let schema = prisma::read(&[("schema.prisma".to_owned(), GUIDE.to_owned())]);
    let section: Told = toml::from_str("[custodian-share]\ntable = \"Vault\"").unwrap();
    let refused = recognise(&schema, &section).unwrap_err().to_string();
    assert!(
        refused.contains("Vault") && refused.contains("CustodianBackupShare"),
        "{refused}"
    );
}
