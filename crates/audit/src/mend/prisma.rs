//! The mend as a diff of a Prisma schema. What happens to rows is not in a schema: where Prisma's own migration would lose
//! them, the head of the diff says so.

use super::Cannot;
use super::plan::{Plan, Work};
use crate::prisma::edit::Draft;
use crate::role::{Kind as Role, Roles};
use crate::schema::{Engine, Part, Table};

/// The diff, as `patch -p1` and `git apply` take it, that makes the schema in these files pass; empty where nothing is to be done.
pub fn diff(files: &[(String, String)], roles: &Roles) -> Result<String, Cannot> {
    let (notes, texts) = mended(files, roles)?;
    let mut printed = String::new();
    for ((path, old), new) in files.iter().zip(&texts) {
        let diff = similar::TextDiff::from_lines(old.as_str(), new.as_str());
        let mut unified = diff.unified_diff();
        let unified = unified
            .header(&format!("a/{path}"), &format!("b/{path}"))
            .to_string();
        printed.push_str(&unified);
    }
    if printed.is_empty() {
        return Ok(printed);
    }
    let notes: String = notes
        .iter()
        .map(|it| super::text::wrapped(it, "#"))
        .collect();
    Ok(format!("{notes}{printed}"))
}

/// What to say, and the texts after the change.
fn mended(files: &[(String, String)], roles: &Roles) -> Result<(Vec<String>, Vec<String>), Cannot> {
    let schema = crate::prisma::read(files);
    // Where no engine is named a plain `String` is left to be what it is.
    let engine = schema.engine.unwrap_or(Engine::PostgreSql);
    let plan = Plan::of(&schema, roles, engine)?;
    let mut drafts: Vec<Draft> = files.iter().map(|(_, text)| Draft::of(text)).collect();
    let mut notes = vec![
        "Make the migration with `prisma migrate dev --create-only` and look at it before it runs"
            .to_owned(),
    ];
    for work in &plan.works {
        match work.table {
            Some(table) => {
                let model = model_of(table);
                if let Some(draft) = drafts.iter_mut().find(|it| it.has(model)) {
                    change(work, table, engine, draft, &mut notes);
                }
                if !work.narrow.is_empty() {
                    for draft in &mut drafts {
                        draft.widen_relation(model);
                    }
                }
            }
            None => add(work, engine, &mut drafts, &mut notes),
        }
    }
    let texts = drafts.into_iter().map(Draft::finished).collect();
    Ok((notes, texts))
}

fn model_of(table: &Table) -> &str {
    table.alias.as_deref().unwrap_or(&table.name)
}

/// What the schema file calls a column.
fn field<'a>(table: &'a Table, column: &'a str) -> &'a str {
    table
        .column(column)
        .and_then(|it| it.alias.as_deref())
        .unwrap_or(column)
}

fn change(work: &Work, table: &Table, engine: Engine, draft: &mut Draft, notes: &mut Vec<String>) {
    let model = model_of(table);
    let user = field(table, &work.user);
    let method = field(table, &work.method);
    let share = field(table, &work.share);
    let is = &work.method_is;
    if is.missing {
        let new = format!("{method} String @default(\"UNKNOWN\")");
        draft.line_after(model, share, &new);
    } else if is.closed_type || is.nullable || is.no_default {
        let without: &[&str] = if is.closed_type {
            &["default", "db"]
        } else {
            &["default"]
        };
        draft.retype(model, method, without, " @default(\"UNKNOWN\")");
        if is.closed_type && engine != Engine::MongoDb {
            notes.push(format!(
                "For {model}.{method} Prisma writes a DROP COLUMN and an ADD COLUMN, which loses every value: put what \
                 `sharecheck audit --print-migration` prints for the database in their place"
            ));
        }
        if is.nullable {
            notes.push(format!(
                "Before {model}.{method} becomes required, its nulls have to become UNKNOWN, and superseded rows have to be moved"
            ));
        }
    }
    if work.share_narrow {
        let native = wide(engine);
        draft.retype(model, share, &["db"], native);
    }
    if !work.timed {
        draft.line_after(model, share, "createdAt DateTime @default(now())");
    }
    let primary = work.narrow_primary().is_some();
    if !work.keyed {
        let mut fields = vec![user, method];
        if let Some((only, _)) = &work.only {
            fields.push(field(table, only));
        }
        let kind = if primary { "id" } else { "unique" };
        draft.line_at_end(model, &format!("@@{kind}([{}])", fields.join(", ")));
        if work.has_pairs() {
            notes.push(format!(
                "The key of {model} cannot be made while a user has two rows of one method: move the superseded ones away first"
            ));
        }
    }
    for narrow in &work.narrow {
        let fields: Vec<&str> = narrow
            .parts
            .iter()
            .filter_map(Part::name)
            .map(|it| field(table, it))
            .collect();
        draft.without_key(model, &fields);
        if let [one] = fields.as_slice() {
            let names: &[&str] = if narrow.primary { &["id"] } else { &["unique"] };
            draft.without(model, one, names);
        }
    }
}

/// A model of the guide's fields, and the other side of its relation.
fn add(work: &Work, engine: Engine, drafts: &mut [Draft], notes: &mut Vec<String>) {
    let name = match work.role {
        Role::Custodian => "CustodianBackupShare",
        Role::User => "UserBackupShare",
    };
    let Some(users) = work.users else {
        return;
    };
    let model = model_of(users);
    let Some((_, key)) = work.refers_to() else {
        return;
    };
    let id = key.alias.as_deref().unwrap_or(&key.name);
    let native = key
        .spelled
        .split_once(" @")
        .map(|(_, it)| format!(" @{it}"));
    let scalar = key.spelled.split([' ', '(']).next().unwrap_or("String");
    let share = match work.role {
        Role::Custodian => "share",
        Role::User => "cipherText",
    };
    let Some(draft) = drafts.iter_mut().find(|it| it.has(model)) else {
        return;
    };
    if draft.has(name) || draft.field_of_type(model, name) {
        return;
    }
    let wide = wide(engine);
    let (first, rest) = name.split_at(1);
    draft.line_at_end(model, &format!("{}{rest}s {name}[]", first.to_lowercase()));
    draft.append(&format!(
        "model {name} {{\n  id           String   @id @default(cuid())\n  backupMethod String   @default(\"UNKNOWN\")\n  {share} \
         String{wide}\n  createdAt    DateTime @default(now())\n  userId       {scalar}{}\n  user         {model} @relation(fields: \
         [userId], references: [{id}])\n\n  @@unique([userId, backupMethod])\n}}\n",
        native.unwrap_or_default(),
    ));
    for copy in &work.copies {
        notes.push(format!(
            "The shares in {}.{} have to be copied into {name} in the migration, and once more after the deploy, since v5 code went \
             on writing them",
            copy.from.full_name(),
            copy.column
        ));
    }
}

/// What makes a `String` wide enough for a share.
fn wide(engine: Engine) -> &'static str {
    match engine {
        Engine::MySql | Engine::MariaDb => " @db.MediumText",
        Engine::SqlServer => " @db.NVarChar(Max)",
        Engine::PostgreSql | Engine::CockroachDb | Engine::Sqlite | Engine::MongoDb => "",
    }
}
