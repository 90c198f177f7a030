//! Collections and their indexes.

use super::Mongo;
use super::validator::Validator;
use crate::live::trouble::Trouble;
use crate::place;
use crate::schema::{Collation, Column, Engine, Key, Kind, Part, Schema, Table, Unread};
use mongodb::bson::{Bson, Document, doc};

/// How many documents of a collection are looked at for the names of their fields.
const SAMPLE: i32 = 200;

/// Reads the collections of the database.
pub(in crate::live) async fn schema(mongo: &Mongo) -> Result<Schema, Trouble> {
    let mut schema = Schema {
        engine: Some(Engine::MongoDb),
        ..Schema::default()
    };
    let command = doc! { "listCollections": 1, "filter": { "type": "collection" } };
    let mut collections = mongo.all(command, mongo.settings.catalogue).await?;
    collections.retain(|it| !name(it).is_empty() && !name(it).starts_with("system."));
    collections.sort_by(|a, b| name(a).cmp(name(b)));
    for collection in &collections {
        match table(mongo, collection).await {
            Ok(table) => schema.tables.push(table),
            Err(Trouble::Denied { why, .. }) => schema.unread.push(Unread {
                place: place::table(name(collection)),
                excerpt: format!("collection {}", name(collection)),
                why: format!("this user may not read it: {why}"),
                names: vec![name(collection).to_owned()],
            }),
            Err(trouble) => return Err(trouble),
        }
    }
    Ok(schema)
}

fn name(document: &Document) -> &str {
    document.get_str("name").unwrap_or_default()
}

async fn table(mongo: &Mongo, collection: &Document) -> Result<Table, Trouble> {
    let name = name(collection);
    let empty = Document::new();
    let options = collection.get_document("options").unwrap_or(&empty);
    let validator = Validator::read(options);
    let collation = options.get_document("collation").ok();
    let mut table = Table {
        name: name.to_owned(),
        namespace: None,
        alias: None,
        place: place::table(name),
        columns: Vec::new(),
        open: !validator.closed,
        keys: Vec::new(),
        references: Vec::new(),
    };
    for (field, types) in fields(mongo, name).await? {
        table.columns.push(column(name, &field, &types));
    }
    for field in validator.names() {
        if table.columns.iter().all(|it| it.name != field) {
            table.columns.push(column(name, field, &[]));
        }
    }
    for column in &mut table.columns {
        column.collation = Some(compares(collation));
        validator.confine(column);
    }
    let command = doc! { "listIndexes": name };
    let indexes = mongo.all(command, mongo.settings.catalogue).await?;
    let keys = indexes.iter().filter_map(|it| key(it, &table, collation));
    table.keys = keys.collect();
    Ok(table)
}

/// The names of the fields of some documents, each with the types that it has in them.
async fn fields(mongo: &Mongo, name: &str) -> Result<Vec<(String, Vec<String>)>, Trouble> {
    let pipeline = vec![
        doc! { "$sample": { "size": SAMPLE } },
        doc! { "$project": { "field": { "$objectToArray": "$$ROOT" } } },
        doc! { "$unwind": "$field" },
        doc! { "$project": { "name": "$field.k", "type": { "$type": "$field.v" } } },
        doc! { "$group": { "_id": "$name", "types": { "$addToSet": "$type" } } },
    ];
    let command = doc! { "aggregate": name, "pipeline": pipeline };
    let found = mongo.all(command, mongo.settings.catalogue).await?;
    let mut all: Vec<(String, Vec<String>)> = found
        .iter()
        .filter_map(|it| {
            let types = it.get_array("types").ok()?;
            let types = types.iter().filter_map(Bson::as_str).map(str::to_owned);
            Some((it.get_str("_id").ok()?.to_owned(), types.collect()))
        })
        .collect();
    all.sort();
    Ok(all)
}

fn column(table: &str, name: &str, types: &[String]) -> Column {
    let mut known: Vec<&str> = types.iter().map(String::as_str).collect();
    known.retain(|it| !matches!(*it, "null" | "undefined" | "missing"));
    let kind = match known.as_slice() {
        [one] => kind(one),
        _ => Kind::Other,
    };
    Column {
        name: name.to_owned(),
        alias: None,
        place: place::column(table, name),
        kind,
        spelled: known.join(" or "),
        nullable: name != "_id",
        default: None,
        collation: None,
        charset: None,
        closed: None,
        generated: false,
    }
}

/// What a type of BSON holds, by the name that `$type` gives it.
pub(super) fn kind(name: &str) -> Kind {
    match name {
        "string" => Kind::Text(None),
        "date" | "timestamp" => Kind::Time,
        "int" | "long" | "double" => Kind::Integer,
        "bool" => Kind::Boolean,
        "binData" => Kind::Bytes(None),
        "object" => Kind::Json,
        "array" => Kind::List(Box::new(Kind::Other)),
        _ => Kind::Other,
    }
}

/// How a collation compares; without one, byte by byte.
fn compares(collation: Option<&Document>) -> Collation {
    let Some(collation) = collation else {
        return Collation {
            name: "simple".to_owned(),
            tells_case: Some(true),
            pads: Some(false),
        };
    };
    let locale = collation.get_str("locale").unwrap_or("simple");
    Collation {
        name: locale.to_owned(),
        tells_case: Some(!folds(Some(collation))),
        pads: Some(false),
    }
}

/// Whether a collation takes `A` and `a` for one.
fn folds(collation: Option<&Document>) -> bool {
    let Some(collation) = collation else {
        return false;
    };
    let strength = collation.get("strength").and_then(number).unwrap_or(3);
    let by_case = collation.get_bool("caseLevel").unwrap_or(false);
    collation.get_str("locale").unwrap_or("simple") != "simple" && strength < 3 && !by_case
}

/// A whole number of any of its types.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "three of some twenty types are numbers of this kind"
)]
pub(super) fn number(value: &Bson) -> Option<u64> {
    match value {
        Bson::Int32(it) => u64::try_from(*it).ok(),
        Bson::Int64(it) => u64::try_from(*it).ok(),
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked to be a whole number that fits"
        )]
        Bson::Double(it) if it.fract() == 0.0 && *it >= 0.0 && *it < 9e15 => Some(*it as u64),
        _ => None,
    }
}

/// A condition or a pipeline as JSON, for messages and for the team's own shell. Whatever neither has becomes text.
#[expect(clippy::wildcard_enum_match_arm, reason = "JSON has these alone")]
pub(super) fn json(value: &Bson) -> serde_json::Value {
    match value {
        Bson::Document(it) => {
            let entries = it.iter().map(|(key, value)| (key.clone(), json(value)));
            serde_json::Value::Object(entries.collect())
        }
        Bson::Array(it) => it.iter().map(json).collect(),
        Bson::String(it) => it.as_str().into(),
        Bson::Boolean(it) => (*it).into(),
        Bson::Int32(it) => (*it).into(),
        Bson::Int64(it) => (*it).into(),
        Bson::Double(it) => (*it).into(),
        Bson::Null => serde_json::Value::Null,
        other => other.to_string().into(),
    }
}

/// A unique index; that of `_id` does not say that it is one.
fn key(index: &Document, table: &Table, collation: Option<&Document>) -> Option<Key> {
    let fields = index.get_document("key").ok()?;
    let primary = fields.keys().eq(["_id"]);
    if !primary && !index.get_bool("unique").unwrap_or(false) {
        return None;
    }
    let own = index.get_document("collation").ok();
    let folds_case = folds(own) && !folds(collation);
    let part = |(field, kind): (&String, &Bson)| {
        if number(kind).is_none() && kind.as_i32() != Some(-1) && kind.as_f64() != Some(-1.0) {
            return Part::Expression(format!("{field}: {kind}"));
        }
        Part::Column {
            name: field.clone(),
            prefix: None,
            folds_case,
        }
    };
    let condition = index.get_document("partialFilterExpression").ok();
    // Of a key over several fields only documents that have none of them are left out, and those are nobody's.
    let sparse = index.get_bool("sparse").unwrap_or(false) && fields.len() == 1;
    Some(Key {
        name: index.get_str("name").ok().map(str::to_owned),
        place: table.place.clone(),
        parts: fields.iter().map(part).collect(),
        primary,
        // A field that is missing counts as null, and null as a value.
        nulls_distinct: false,
        only_where: condition
            .map(|it| json(&Bson::Document(it.clone())).to_string())
            .or_else(|| sparse.then(|| "sparse".to_owned())),
        valid: true,
        deferrable: false,
        replaces: false,
    })
}
