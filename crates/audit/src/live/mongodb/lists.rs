//! What lists the documents behind a count, for the team to run in MongoDB's own shell.

use super::rows::{DEBRIS, flaw, matching, method, user};
use super::schema::json;
use crate::live::rows::say::Listed;
use crate::live::rows::side::{Side, Source};
use mongodb::bson::{Bson, Document, doc};

/// What lists the documents behind a count, for the team's own shell.
pub(super) fn listing(source: &Source, side: &Side, listed: Listed) -> String {
    let mut pipeline = matching(source, side);
    let only = |condition: Document| doc! { "$match": { "$expr": condition } };
    match listed {
        Listed::Doubled => {
            let mut id = doc! { "user": user(source), "method": method(source.method) };
            if let Some(pair) = source.pair {
                id.insert("pair", format!("${}", pair.name));
            }
            pipeline.push(doc! { "$group": { "_id": id, "documents": { "$sum": 1 } } });
            pipeline.push(doc! { "$match": { "documents": { "$gt": 1 } } });
        }
        Listed::Empty => pipeline.push(only(doc! { "$in": [flaw(side), [1, 2]] })),
        Listed::Debris => pipeline.push(only(doc! { "$eq": [flaw(side), 3] })),
        Listed::UnderDebris => {
            let is = |value: Bson| doc! { "$in": [value, DEBRIS.to_vec()] };
            let either = vec![is(user(source)), is(method(source.method))];
            pipeline.push(only(doc! { "$or": either }));
        }
    }
    if listed != Listed::Doubled {
        let mut named = doc! { "user": user(source) };
        named.insert("method", method(source.method));
        pipeline.push(doc! { "$project": named });
    }
    shell(&source.table.name, pipeline)
}

/// A pipeline as the shell takes it.
pub(super) fn shell(collection: &str, pipeline: Vec<Document>) -> String {
    let stages: Vec<Bson> = pipeline.into_iter().map(Bson::from).collect();
    let name = serde_json::Value::from(collection);
    format!(
        "db.getCollection({name}).aggregate({})",
        json(&stages.into())
    )
}
