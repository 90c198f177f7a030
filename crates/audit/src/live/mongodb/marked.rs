//! Which collections hold the shares that a run of ours has just stored.

use super::Mongo;
use super::schema::number;
use crate::live::marked::Marked;
use crate::live::trouble::Trouble;
use crate::schema::{Kind, Schema};
use mongodb::bson::{Bson, doc};

/// Looks for the mark in the texts of each collection, one field after the other named in the schema, in one pass.
pub(in crate::live) async fn marked(
    mongo: &Mongo,
    schema: &Schema,
    mark: &str,
) -> Result<Vec<Marked>, Trouble> {
    let mut found = Vec::new();
    for table in &schema.tables {
        let fields = table.columns.iter().filter(|it| {
            // A field with a dot or a dollar in its name cannot be named in an expression.
            matches!(it.kind, Kind::Text(_) | Kind::Other) && !it.name.contains(['.', '$'])
        });
        let fields: Vec<&str> = fields.map(|it| it.name.as_str()).collect();
        if fields.is_empty() {
            continue;
        }
        let mut group = doc! { "_id": Bson::Null };
        for (at, field) in fields.iter().enumerate() {
            let name = format!("${field}");
            let is_text = doc! { "$eq": [{ "$type": &name }, "string"] };
            let text = doc! { "$cond": [is_text, &name, ""] };
            let holds = doc! { "$gte": [{ "$indexOfBytes": [text, { "$literal": mark }] }, 0] };
            group.insert(
                format!("f{at}"),
                doc! { "$sum": { "$cond": [holds, 1, 0] } },
            );
        }
        let command = doc! { "aggregate": &table.name, "pipeline": [{ "$group": group }] };
        let answer = match mongo.all(command, mongo.settings.catalogue).await {
            Ok(answer) => answer,
            Err(Trouble::Denied { .. } | Trouble::Late { .. }) => continue,
            Err(trouble) => return Err(trouble),
        };
        let Some(answer) = answer.first() else {
            continue;
        };
        for (at, field) in fields.iter().enumerate() {
            let rows = answer.get(format!("f{at}")).and_then(number).unwrap_or(0);
            if rows > 0 {
                found.push(Marked {
                    table: table.full_name(),
                    column: (*field).to_owned(),
                    rows,
                });
            }
        }
    }
    Ok(found)
}
