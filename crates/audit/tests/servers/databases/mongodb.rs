//! MongoDB, against a stand-in: it keeps no validators, no collations and no operations to end, so those are tried in unit tests
//! alone.

use super::facts::hold;
use super::server::mongodb::database;
use mongodb::bson::{Document, doc};
use sharecheck_audit::finding::Answer;
use sharecheck_audit::live::{Live, Settings};
use sharecheck_audit::role::{Told, recognise};
use sharecheck_audit::schema::Engine;

#[tokio::test]
async fn indexes_and_fields_are_read() {
    let one =
        doc! { "clientId": "c1", "backupMethod": "GDRIVE", "share": "s", "n": 1, "o": { "a": 1 } };
    let (url, database) = database(&[("custodianShares", vec![one]), ("empty", vec![])]).await;
    let index = |key: Document, name: &str| doc! { "key": key, "name": name, "unique": true };
    let command = doc! { "createIndexes": "custodianShares", "indexes": [
        index(doc! { "clientId": 1, "backupMethod": 1 }, "k"),
        { "key": { "n": 1 }, "name": "n" },
    ] };
    database.run_command(command).await.unwrap();
    let mut live = Live::open(&url, Settings::default()).await.unwrap();
    assert_eq!(live.engine(), Engine::MongoDb);
    let schema = live.schema().await.unwrap();
    hold(
        &schema,
        &[
            "custodianShares.clientId text null",
            "custodianShares.n integer null",
            "custodianShares.o json null",
            "custodianShares: primary (_id) nulls-not-distinct",
            "custodianShares: unique (clientId, backupMethod) nulls-not-distinct",
            "!custodianShares: unique (n) nulls-not-distinct",
        ],
    );
    assert!(schema.table("empty").unwrap().open);
}

fn share(client: &str, method: &str, share: &str) -> Document {
    doc! { "clientId": client, "backupMethod": method, "share": share }
}

fn cipher(client: &str, method: &str) -> Document {
    doc! { "clientId": client, "backupMethod": method, "cipherText": "t" }
}

#[tokio::test]
async fn documents_are_counted() {
    let custodian = vec![
        share("c1", "GDRIVE-SECP256K1", "s"),
        share("c1", "GDRIVE-ED25519", "s"),
        share("c2", "ICLOUD", "s"),
        share("c2", "ICLOUD", "s"),
        share("c3", "PASSKEY", ""),
        share("c4", "PASSKEY", "undefined"),
        doc! { "clientId": "c5", "backupMethod": "PASSKEY" },
        share("c6", "gdrive", "s"),
        share("c6", "GDRIVE", "s"),
    ];
    let user = vec![
        cipher("c1", "GDRIVE"),
        cipher("c6", "gdrive"),
        cipher("c6", "GDRIVE"),
        cipher("c7", "ICLOUD"),
    ];
    let (url, _database) = database(&[
        ("custodian_backup_shares", custodian),
        ("client_backup_shares", user),
    ])
    .await;
    let mut live = Live::open(&url, Settings::default()).await.unwrap();
    let schema = live.schema().await.unwrap();
    let found = recognise(&schema, &Told::default()).unwrap();
    let mut lines: Vec<String> = live
        .rows(&schema, &found.roles)
        .await
        .into_iter()
        .map(|it| match it.answer {
            Answer::Broken(code) => {
                let query = it.query.unwrap();
                assert!(query.starts_with("db.getCollection(\""), "{query}");
                format!(
                    "{} {} {code} {}",
                    it.requirement,
                    it.subject,
                    it.observed.unwrap()
                )
            }
            other => format!("{} {} {other:?} {}", it.requirement, it.subject, it.message),
        })
        .collect();
    lines.sort();
    assert_eq!(
        lines,
        [
            "db.halves client_backup_shares custodian-half-missing 1 user with one",
            "db.halves custodian_backup_shares user-half-missing 1 user with one",
            "db.rows client_backup_shares Kept client_backup_shares has 4 rows: each is the only one of its user and method and holds a share",
            "db.rows custodian_backup_shares debris-share 1 row",
            "db.rows custodian_backup_shares empty-share 1 null, 1 empty",
            "db.rows custodian_backup_shares two-rows 1 with more than one row",
        ]
    );
}

#[tokio::test]
async fn a_mark_is_found() {
    let documents = vec![
        share("c1", "A", "{\"m\":\"sharecheck-7\"}"),
        share("c2", "A", "{}"),
    ];
    let (url, _database) = database(&[("things", documents)]).await;
    let mut live = Live::open(&url, Settings::default()).await.unwrap();
    let schema = live.schema().await.unwrap();
    let found = live.marked(&schema, "sharecheck-7").await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].column.as_str(), found[0].rows), ("share", 1));
}
