//! The mend for MongoDB, as a script for `mongosh`.

use super::plan::{Copy, Filled, Plan, Work};
use super::{Stage, Step};

/// What to run, in order.
pub(super) fn steps(plan: &Plan) -> Vec<Step> {
    let mut all = Vec::new();
    for work in &plan.works {
        write(work, &mut all);
    }
    super::plan::framed(all, "")
}

/// A text of JavaScript.
fn q(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn collection(name: &str) -> String {
    format!("db.getCollection({})", q(name))
}

fn write(work: &Work, all: &mut Vec<Step>) {
    let mut step = |stage, why: String, run: String| all.push(Step { stage, why, run });
    let here = collection(&work.name);
    let method = q(&work.method);
    let unknown = format!(
        "{here}.updateMany({{ {method}: null }}, {{ $set: {{ {method}: \"UNKNOWN\" }} }});\n"
    );
    // Which documents lack a method no structure tells; where all is as it should be nothing is said of them.
    let lacks = work.method_is.missing || !work.keyed || !work.copies.is_empty();
    let lacks = lacks && work.table.is_some();
    if lacks {
        let why = "What v5 code stores has no method: it counts as UNKNOWN. MongoDB takes a missing field for null";
        step(Stage::Expand, why.to_owned(), unknown.clone());
    }
    if work.table.is_none() {
        let why = format!(
            "A collection for {}, with the guide's fields; leave it out if they are kept elsewhere",
            work.words()
        );
        step(Stage::Expand, why, index(work));
    }
    if work.method_is.checked || work.method_is.closed_type {
        let run = format!(
            "{{\n  const found = db.getCollectionInfos({{ name: {name} }})[0].options.validator || {{}};\n  const properties = \
             (found.$jsonSchema || {{}}).properties || {{}};\n  if (properties[{method}]) properties[{method}] = {{ bsonType: \"string\" \
             }};\n  db.runCommand({{ collMod: {name}, validator: found }});\n}}\n",
            name = q(&work.name)
        );
        let why = "Methods are an open set: the validator takes any text";
        step(Stage::Expand, why.to_owned(), run);
    }
    for copy in &work.copies {
        let why = super::plan::copy_why(work, copy);
        step(Stage::Expand, why, copied(work, copy, false));
    }
    if !work.has_pairs() {
        key(work, Stage::Expand, &mut step);
    }
    if lacks {
        let why = "v5 code went on storing without a method";
        step(Stage::FillAgain, why.to_owned(), unknown);
    }
    for copy in &work.copies {
        let why = super::plan::again_why(copy);
        step(Stage::FillAgain, why, copied(work, copy, true));
    }
    if work.has_pairs() {
        let why = "Of the documents for one user and method the newest stays; each other is written to the superseded ones before it \
                   is taken away here";
        step(Stage::Key, why.to_owned(), superseded(work));
        key(work, Stage::Key, &mut step);
    }
    if !work.copies.is_empty() {
        let why = "What was copied first need not be remembered any more; the shares in the v5 fields stay where they are";
        let run = format!("{}.drop();\n", collection(&work.copied()));
        step(Stage::Key, why.to_owned(), run);
    }
}

/// What makes the key, and the collection with it where there is none.
fn index(work: &Work) -> String {
    let fields = work.key().into_iter().map(|it| format!("{}: 1", q(it)));
    format!(
        "{}.createIndex({{ {} }}, {{ unique: true, name: {} }});\n",
        collection(&work.name),
        fields.collect::<Vec<_>>().join(", "),
        q(&work.key_name())
    )
}

fn key(work: &Work, stage: Stage, step: &mut impl FnMut(Stage, String, String)) {
    let here = collection(&work.name);
    if !work.keyed {
        let why = "One document for each user and method";
        step(stage, why.to_owned(), index(work));
    }
    for name in work.narrow.iter().filter_map(|it| it.name.as_deref()) {
        let run = format!("{here}.dropIndex({});\n", q(name));
        step(stage, super::plan::narrow_why(work), run);
    }
}

fn superseded(work: &Work) -> String {
    let id = work
        .key()
        .into_iter()
        .enumerate()
        .map(|(at, it)| format!("k{at}: {}", q(&format!("${it}"))));
    format!(
        "{here}.aggregate([\n  {{ $sort: {{ {created}: -1, _id: -1 }} }},\n  {{ $group: {{ _id: {{ {} }}, all: {{ $push: \"$_id\" }} }} }},\n  \
         {{ $match: {{ \"all.1\": {{ $exists: true }} }} }},\n], {{ allowDiskUse: true }}).forEach((pair) => {{\n  for (const _id of \
         pair.all.slice(1)) {{\n    const old = {here}.findOne({{ _id }});\n    if (!old) continue;\n    {archive}.replaceOne({{ _id }}, \
         {{ ...old, supersededAt: new Date() }}, {{ upsert: true, writeConcern: {{ w: \"majority\" }} }});\n    {here}.deleteOne(old);\n  \
         }}\n}});\n",
        id.collect::<Vec<_>>().join(", "),
        here = collection(&work.name),
        created = q(&work.created),
        archive = collection(&work.archive()),
    )
}

fn copied(work: &Work, copy: &Copy, again: bool) -> String {
    let required = work
        .required
        .iter()
        .filter_map(|(column, filled)| match filled {
            Filled::Now => Some(format!(", {}: new Date()", q(column))),
            Filled::RandomText | Filled::Uuid if column != "_id" => {
                Some(format!(", {}: new ObjectId().toHexString()", q(column)))
            }
            Filled::RandomText | Filled::Uuid => None,
        });
    let only = work
        .only
        .as_ref()
        .map(|(column, value)| format!(", {}: {}", q(column), q(value)));
    let changed = if again {
        format!(
            "\n  const now = {here}.findOne(row);\n  const first = {remembered}.findOne(row);\n  if (now && now[{share}] !== share && first \
             && first[{share}] !== share) {{\n    const same = first[{share}] === now[{share}];\n    const {{ _id, ...whole }} = now;\n    const older = same ? whole : {{ ...row, \
             {share}: share }};\n    {archive}.insertOne({{ ...older, supersededAt: new Date() }});\n    if (same) \
             {here}.updateOne({{ _id: now._id, {share}: first[{share}] }}, {{ $set: {{ {share}: share, {created}: new Date() }} }});\n    \
             {remembered}.updateOne(row, {{ $set: {{ {share}: share }} }});\n  }}",
            here = collection(&work.name),
            remembered = collection(&work.copied()),
            archive = collection(&work.archive()),
            share = q(&work.share),
            created = q(&work.created),
        )
    } else {
        String::new()
    };
    format!(
        "{from}.find({{ {column}: {{ $nin: [null, \"\"] }} }}).forEach((user) => {{\n  const share = user[{column}];\n  const row = {{ {owner}: \
         user[{user}], {method}: {unknown}{} }};\n  const made = {here}.updateOne(row, {{ $setOnInsert: {{ {share}: share, {created}: new \
         Date(){} }} }}, {{ upsert: true }});\n  if (made.upsertedCount) {remembered}.insertOne({{ ...row, {share}: share }});{changed}\n}});\n",
        only.unwrap_or_default(),
        required.collect::<String>(),
        from = collection(&copy.from.name),
        column = q(&copy.column),
        owner = q(&work.user),
        user = q(&copy.user),
        method = q(&work.method),
        unknown = q(&copy.method),
        here = collection(&work.name),
        remembered = collection(&work.copied()),
        share = q(&work.share),
        created = q(&work.created),
    )
}
