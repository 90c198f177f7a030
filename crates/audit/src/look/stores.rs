//! What may keep shares and cannot be judged from files: stores without a schema, and tables that another ORM makes.

use crate::walk::Tree;
use std::collections::BTreeMap;

/// How many files are listed.
const MOST: usize = 3;

/// Packages that talk to a store without a schema, by the store.
const STORES: [(&str, &[&str]); 4] = [
    (
        "DynamoDB",
        &[
            "@aws-sdk/client-dynamodb",
            "@aws-sdk/lib-dynamodb",
            "dynamoose",
        ],
    ),
    (
        "Redis",
        &["ioredis", "redis", "@upstash/redis", "@vercel/kv"],
    ),
    ("Firestore", &["firebase-admin", "@google-cloud/firestore"]),
    ("MongoDB", &["mongoose", "mongodb"]),
];

/// Packages that make tables by themselves, by the ORM.
const ORMS: [(&str, &[&str]); 6] = [
    ("TypeORM", &["typeorm"]),
    ("Sequelize", &["sequelize"]),
    ("Drizzle", &["drizzle-orm"]),
    ("MikroORM", &["@mikro-orm/core"]),
    ("Knex", &["knex"]),
    ("Objection", &["objection"]),
];

/// A line for each store and each ORM that the folder's files show.
pub(super) fn stores(tree: &Tree) -> Vec<String> {
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut marks: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for file in tree.manifests.iter().filter(|it| it.name == "package.json") {
        let text = file.text().unwrap_or_default();
        let manifest: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        let uses = |packages: &[&str]| {
            let mut all = packages.iter();
            all.any(|it| manifest["dependencies"].get(it).is_some())
        };
        for (store, _) in STORES.iter().filter(|(_, packages)| uses(packages)) {
            found.entry(store).or_default().push(&file.path);
        }
        for (orm, _) in ORMS.iter().filter(|(_, packages)| uses(packages)) {
            marks.entry(orm).or_default().push(&file.path);
        }
    }
    let stores = found.into_iter().map(|(store, files)| {
        format!(
            "{store} is used ({}): if it keeps shares, no schema tells how; {}",
            listed(&files),
            if store == "MongoDB" {
                "audit the live database, and run sharecheck run against the webhooks"
            } else {
                "sharecheck run against the webhooks is what can judge it"
            }
        )
    });
    for mark in &tree.marks {
        marks.entry(mark.orm).or_default().push(&mark.file.path);
    }
    let orms = marks.into_iter().map(|(orm, files)| {
        format!(
            "{orm} makes tables here ({}), which only it can read: migrate a scratch database with it and audit that",
            listed(&files)
        )
    });
    stores.chain(orms).collect()
}

fn listed(files: &[&str]) -> String {
    let shown = files
        .iter()
        .take(MOST)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    match files.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
