//! What only documents tell. Each collection is read once: grouped by user, then, where both kinds are kept, brought together.

use super::Mongo;
use super::lists::{listing, shell};
use super::schema::number;
use crate::finding::Finding;
use crate::live::rows::say;
use crate::live::rows::side::{Side, Source, letter, sources};
use crate::live::rows::statement::Counts;
use crate::live::rows::{left, unanswered};
use crate::live::trouble::Trouble;
use crate::role::{Kind, Left, Method, Path, Roles};
use crate::schema::Schema;
use mongodb::bson::{Bson, Document, doc};

/// Texts that no share, method or user is, but that careless code stores for one.
pub(super) const DEBRIS: [&str; 3] = ["undefined", "null", "[object Object]"];

/// What is summed of each kind: documents, those beyond the first of a method, methods with such, and the flaws.
const MEASURES: [&str; 7] = ["n", "d", "r", "e", "f", "g", "h"];

/// Looks at the documents of the collections that keep shares.
pub(in crate::live) async fn rows(mongo: &Mongo, schema: &Schema, roles: &Roles) -> Vec<Finding> {
    let all = sources(schema, roles);
    match look(mongo, schema, roles, &all).await {
        Ok(found) => found,
        Err(trouble) => unanswered(&all, roles, &trouble),
    }
}

async fn look(
    mongo: &Mongo,
    schema: &Schema,
    roles: &Roles,
    all: &[Source<'_>],
) -> Result<Vec<Finding>, Trouble> {
    let mut found = Vec::new();
    let sides: Vec<(&Source, &Side)> = all
        .iter()
        .flat_map(|source| source.sides.iter().map(move |side| (source, side)))
        .collect();
    let together = match sides.as_slice() {
        [one, other] => same_users(one.0, other.0),
        _ => false,
    };
    if together {
        let answer = ask(mongo, &sides).await?;
        found.extend(sides.iter().flat_map(|it| said(it, &answer)));
        found.extend(halves(&sides, &answer));
    } else {
        for side in &sides {
            let answer = ask(mongo, &[*side]).await?;
            found.extend(said(side, &answer));
        }
        if let (Some(custodian), Some(user)) = (&roles.custodian, &roles.user) {
            let says = format!(
                "it cannot be told which documents of {} and {} are of one user: they name users by different fields",
                custodian.table, user.table
            );
            found.push(Finding::unknown("db.halves", &user.table, says));
        }
    }
    for it in &roles.left {
        found.extend(left_behind(mongo, schema, roles, it).await?);
    }
    Ok(found)
}

/// Whether both name users by a field of the same name.
fn same_users(one: &Source, other: &Source) -> bool {
    let name = |it: &Source| {
        let path = it.user?;
        let last = path.inside.last().unwrap_or(&path.column);
        Some(last.to_ascii_lowercase().replace('_', ""))
    };
    name(one).is_some() && name(one) == name(other)
}

/// The sums of all sides in one document.
async fn ask(mongo: &Mongo, sides: &[(&Source<'_>, &Side<'_>)]) -> Result<Document, Trouble> {
    let Some(((source, side), rest)) = sides.split_first() else {
        return Ok(Document::new());
    };
    let kinds: Vec<char> = sides.iter().map(|it| letter(it.1.kind)).collect();
    let mut pipeline = by_user(source, side, &kinds);
    for (source, side) in rest {
        let other = by_user(source, side, &kinds);
        pipeline.push(doc! { "$unionWith": { "coll": &source.table.name, "pipeline": other } });
    }
    if !rest.is_empty() {
        let mut group = doc! { "_id": "$_id" };
        let mut union = doc! {};
        for kind in &kinds {
            for measure in MEASURES {
                let name = format!("{kind}{measure}");
                group.insert(&name, doc! { "$sum": format!("${name}") });
                union.insert(name, 1);
            }
            let name = format!("{kind}b");
            group.insert(&name, doc! { "$push": format!("${name}") });
            let all = doc! { "$setUnion": ["$$value", "$$this"] };
            let reduce = doc! { "input": format!("${name}"), "initialValue": [], "in": all };
            union.insert(name, doc! { "$reduce": reduce });
        }
        pipeline.push(doc! { "$group": group });
        pipeline.push(doc! { "$project": union });
    }
    let mut last = doc! { "_id": Bson::Null };
    for kind in &kinds {
        for measure in MEASURES {
            let name = format!("{kind}{measure}");
            last.insert(&name, doc! { "$sum": format!("${name}") });
        }
    }
    for (here, away) in [('c', 'u'), ('u', 'c')] {
        if kinds.len() == 2 {
            let alone =
                doc! { "$size": { "$setDifference": [format!("${here}b"), format!("${away}b")] } };
            let named = doc! { "$ne": ["$_id", Bson::Null] };
            let user = doc! { "$and": [named, { "$gt": [alone, 0] }] };
            last.insert(
                format!("{here}o"),
                doc! { "$sum": { "$cond": [user, 1, 0] } },
            );
        }
    }
    pipeline.push(doc! { "$group": last });
    let command = doc! {
        "aggregate": &source.table.name,
        "pipeline": pipeline,
        "allowDiskUse": true,
        // Byte by byte, whatever the collection compares by.
        "collation": { "locale": "simple" },
    };
    let answer = mongo.all(command, mongo.settings.rows).await?;
    Ok(answer.into_iter().next().unwrap_or_default())
}

/// The documents of a side, by user: its measures, zero for those of the other kind, and the bare methods with a share.
fn by_user(source: &Source, side: &Side, kinds: &[char]) -> Vec<Document> {
    let own = letter(side.kind);
    let mut pipeline = matching(source, side);
    pipeline.push(doc! { "$project": {
        "u": user(source),
        "m": doc! { "$ifNull": [method(source.method), Bson::Null] },
        "p": source.pair.map_or_else(|| doc! { "$literal": Bson::Null }.into(), |it| Bson::from(format!("${}", it.name))),
        "f": flaw(side),
    } });
    pipeline.push(doc! { "$addFields": {
        "b": doc! { "$cond": [{ "$eq": ["$f", 0] }, bare("$m"), Bson::Null] },
        "h": doc! { "$cond": [{ "$or": [
            { "$in": ["$u", DEBRIS.to_vec()] },
            { "$in": ["$m", DEBRIS.to_vec()] },
        ] }, 1, 0] },
    } });
    let is = |flaw: i32| doc! { "$sum": { "$cond": [{ "$eq": ["$f", flaw] }, 1, 0] } };
    let place: Bson = if source.pair.is_some() {
        vec![Bson::from("$m"), Bson::from("$p")].into()
    } else {
        "$m".into()
    };
    pipeline.push(doc! { "$group": {
        "_id": "$u",
        "m": { "$push": place },
        "b": { "$addToSet": "$b" },
        "n": { "$sum": 1 },
        "e": is(1),
        "f": is(2),
        "g": is(3),
        "h": { "$sum": "$h" },
    } });
    let more = doc! { "$subtract": [{ "$size": "$m" }, { "$size": { "$setUnion": ["$m", []] } }] };
    let none = *source.method == Method::Nowhere;
    let counted = doc! { "$and": [{ "$ne": ["$_id", Bson::Null] }, !none] };
    pipeline.push(doc! { "$addFields": { "d": { "$cond": [counted, more, 0] } } });
    let mut last = doc! {};
    for kind in kinds {
        for measure in MEASURES {
            let value: Bson = match measure {
                _ if *kind != own => doc! { "$literal": 0 }.into(),
                "r" => doc! { "$cond": [{ "$gt": ["$d", 0] }, several(), 0] }.into(),
                other => format!("${other}").into(),
            };
            last.insert(format!("{kind}{measure}"), value);
        }
        let methods: Bson = if *kind == own {
            doc! { "$setDifference": ["$b", [Bson::Null]] }.into()
        } else {
            doc! { "$literal": [] }.into()
        };
        last.insert(format!("{kind}b"), methods);
    }
    pipeline.push(doc! { "$project": last });
    pipeline
}

/// How many methods of a user stand in more than one document.
fn several() -> Document {
    let same = doc! { "$filter": {
        "input": "$m", "as": "other", "cond": { "$eq": ["$$other", "$$one"] },
    } };
    let cond = doc! { "$gt": [{ "$size": same }, 1] };
    let input = doc! { "$setUnion": ["$m", []] };
    doc! { "$size": { "$filter": { "input": input, "as": "one", "cond": cond } } }
}

/// Those of the kind, and that are still meant.
pub(super) fn matching(source: &Source, side: &Side) -> Vec<Document> {
    let mut all = doc! {};
    if let Some((field, value)) = &side.keeping.only {
        all.insert(field, value);
    } else if side.beside
        && let Some(share) = &side.keeping.share
    {
        all.insert(share.to_string(), doc! { "$ne": Bson::Null });
    }
    if let Some(gone) = source.gone {
        all.insert(&gone.name, Bson::Null);
    }
    if all.is_empty() {
        return Vec::new();
    }
    vec![doc! { "$match": all }]
}

fn field(path: &Path) -> Bson {
    format!("${path}").into()
}

pub(super) fn user(source: &Source) -> Bson {
    let path = source.user.map_or(Bson::Null, field);
    doc! { "$ifNull": [path, Bson::Null] }.into()
}

pub(super) fn method(method: &Method) -> Bson {
    match method {
        Method::Nowhere => Bson::Null,
        Method::Whole(path) => field(path),
        Method::Parted { name, curve } => {
            doc! { "$concat": [field(name), "-", field(curve)] }.into()
        }
    }
}

/// A method without its curve; without one, `UNKNOWN`; what is no text, as it is.
fn bare(method: &str) -> Document {
    let cut = |text: Bson, end: &str| doc! { "$arrayElemAt": [{ "$split": [text, end] }, 0] };
    let cut = cut(cut(method.into(), "-SECP256K1").into(), "-ED25519");
    let text = doc! { "$eq": [{ "$type": method }, "string"] };
    doc! { "$cond": [text, cut, { "$ifNull": [method, "UNKNOWN"] }] }
}

/// What is wrong with a share: 0 nothing, 1 there is none, 2 it is empty, 3 it is debris.
pub(super) fn flaw(side: &Side) -> Bson {
    let Some(share) = &side.keeping.share else {
        return doc! { "$literal": 0 }.into();
    };
    let (share, kind) = (field(share), doc! { "$type": field(share) });
    let branch = |case: Document, then: i32| doc! { "case": case, "then": then };
    let text = doc! { "$trim": { "input": share.clone() } };
    let branches = vec![
        branch(
            doc! { "$in": [kind.clone(), ["missing", "null", "undefined"]] },
            1,
        ),
        branch(doc! { "$ne": [kind, "string"] }, 0),
        branch(doc! { "$gt": [{ "$strLenBytes": share }, 64] }, 0),
        branch(doc! { "$eq": [text.clone(), ""] }, 2),
        branch(doc! { "$in": [text, DEBRIS.to_vec()] }, 3),
    ];
    doc! { "$switch": { "branches": branches, "default": 0 } }.into()
}

fn counts(kind: char, answer: &Document) -> Counts {
    let get = |measure: char| answer.get(format!("{kind}{measure}")).and_then(number);
    let get = |measure: char| get(measure).unwrap_or(0);
    Counts {
        rows: get('n'),
        doubled: get('r'),
        doubled_rows: get('d') + get('r'),
        missing: get('e'),
        empty: get('f'),
        debris: get('g'),
        under_debris: get('h'),
    }
}

fn said((source, side): &(&Source, &Side), answer: &Document) -> Vec<Finding> {
    let counts = counts(letter(side.kind), answer);
    say::rows(source, side, &counts, |listed| {
        listing(source, side, listed)
    })
}

fn halves(sides: &[(&Source, &Side)], answer: &Document) -> Vec<Finding> {
    let mut found = Vec::new();
    let users = |kind: Kind| answer.get(format!("{}o", letter(kind))).and_then(number);
    for (there, other) in [(Kind::Custodian, Kind::User), (Kind::User, Kind::Custodian)] {
        let here = sides.iter().find(|it| it.1.kind == there);
        let away = sides.iter().find(|it| it.1.kind == other);
        let (Some(here), Some(away), Some(count @ 1..)) = (here, away, users(there)) else {
            continue;
        };
        let kinds = [letter(there), letter(other)];
        let mut pipeline = by_user(here.0, here.1, &kinds);
        pipeline.push(doc! { "$lookup": {
            "from": &away.0.table.name,
            "localField": "_id",
            "foreignField": away.0.user.map(ToString::to_string).unwrap_or_default(),
            "as": "other",
        } });
        let query = shell(&here.0.table.name, pipeline);
        found.push(say::halves(there, count, query, &here.0.table.full_name()));
    }
    let Some(user) = sides.iter().find(|it| it.1.kind == Kind::User) else {
        return found;
    };
    if found.is_empty() {
        let table = user.0.table.full_name();
        let any = sides
            .iter()
            .any(|it| counts(letter(it.1.kind), answer).rows > 0);
        found.push(if any {
            let says = "each user has both halves of each backup, by user and bare method";
            Finding::kept("db.halves", table, says)
        } else {
            Finding::void("db.halves", table, "no share is kept yet")
        });
    }
    found
}

/// Shares of v5: counted where none of their kind are kept in documents of their own.
async fn left_behind(
    mongo: &Mongo,
    schema: &Schema,
    roles: &Roles,
    left: &Left,
) -> Result<Option<Finding>, Trouble> {
    let Some(table) = schema.table(&left.table) else {
        return Ok(None);
    };
    let keeping = match left.kind {
        Kind::Custodian => &roles.custodian,
        Kind::User => &roles.user,
    };
    let holds = doc! { left.share.to_string(): { "$nin": [Bson::Null, ""] } };
    if let Some(keeping) = keeping {
        let says = format!(
            "users of {} with a share in {} were not held against {}: in MongoDB that takes a lookup for each of them",
            left.table, left.share, keeping.table
        );
        return Ok(Some(
            Finding::unknown(left::ID, &left.table, says).at(&table.place),
        ));
    }
    let pipeline = vec![
        doc! { "$match": holds },
        doc! { "$group": { "_id": Bson::Null, "n": { "$sum": 1 } } },
    ];
    let command = doc! { "aggregate": &table.name, "pipeline": pipeline.clone() };
    let answer = mongo.all(command, mongo.settings.rows).await?;
    let users = answer
        .first()
        .and_then(|it| number(it.get("n")?))
        .unwrap_or(0);
    let mut listing = pipeline;
    listing[1] = doc! { "$project": { "_id": 1 } };
    let query = shell(&table.name, listing);
    Ok(Some(left::finding(table, &[left], left.kind, users, query)))
}
