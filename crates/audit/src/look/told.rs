//! What an audit says of what it has found, besides its findings.

use crate::finding::{Finding, Note};
use crate::live::Marked;
use crate::role::{Evidence, Keeping, Kind, Method, Path, Recognised, Roles, Strength};
use crate::schema::{Engine, Schema};

/// What is said where nothing is for shares: that is right for an app whose backups Portal keeps.
pub(super) const NOTHING: &str = "tables for shares: nothing to audit in a database, which is right where Portal keeps the backups";
/// How many lines of one kind are listed.
const MOST: usize = 5;

/// Whether anything is known to keep shares.
pub(super) fn keeps(roles: &Roles) -> bool {
    roles.custodian.is_some() || roles.user.is_some() || !roles.left.is_empty()
}

/// A live database's name as it could be typed again: without user and password.
pub(super) fn address(engine: Engine, name: &str) -> String {
    match engine {
        Engine::Sqlite => format!("sqlite:{name}"),
        Engine::MySql => format!("mysql://{name}"),
        Engine::MariaDb => format!("mariadb://{name}"),
        Engine::MongoDb => format!("mongodb://{name}"),
        Engine::PostgreSql | Engine::CockroachDb | Engine::SqlServer => {
            format!("postgres://{name}")
        }
    }
}

/// What was found, on a line: the engine, how many tables, and which of them is which.
pub(super) fn structure(schema: &Schema, found: &Recognised) -> String {
    let engine = schema
        .engine
        .map_or("an engine that nothing names", |it| it.words());
    let s = if schema.tables.len() == 1 { "" } else { "s" };
    let roles = &found.roles;
    let kept = roles.custodian.iter().chain(&roles.user);
    let kept = kept.map(|it| {
        format!(
            "; {} keeps {} ({})",
            it.table,
            it.kind.words(),
            why(&it.evidence)
        )
    });
    let left = roles.left.iter().map(|it| {
        format!(
            "; {}.{} keeps {} of v5",
            it.table,
            it.share,
            it.kind.words()
        )
    });
    let users = roles
        .users
        .iter()
        .map(|it| format!("; {} keeps users ({})", it.table, why(&it.evidence)));
    let rest: String = kept.chain(left).chain(users).collect();
    format!("{engine}, {} table{s}{rest}", schema.tables.len())
}

fn why(evidence: &Evidence) -> String {
    evidence.why.join(", ")
}

/// What was looked for in vain in a database.
pub(super) fn nothing(found: &Recognised) -> Option<String> {
    (!keeps(&found.roles) && found.doubts.is_empty()).then(|| NOTHING.to_owned())
}

/// What could not be read.
pub(super) fn notes(schema: &Schema) -> Vec<String> {
    let unread = schema.unread.iter().take(MOST);
    let mut notes: Vec<String> = unread
        .map(|it| {
            format!(
                "{}: could not be read ({}): {}",
                it.place, it.why, it.excerpt
            )
        })
        .collect();
    let more = schema.unread.len().saturating_sub(MOST);
    if more > 0 {
        notes.push(format!("{more} more statements could not be read"));
    }
    notes
}

/// What the way to the last state loses in tables that keep shares.
pub(super) fn losses(schema: &Schema, roles: &Roles) -> Vec<Note> {
    let kept = roles.custodian.iter().chain(&roles.user);
    let tables: Vec<String> = kept
        .map(|it| it.table.as_str())
        .chain(roles.left.iter().map(|it| it.table.as_str()))
        .filter_map(|it| Some(schema.table(it)?.name.clone()))
        .collect();
    let of_shares = schema.losses.iter().filter(|it| tables.contains(&it.table));
    // Columns of other things on a user's row are nobody's share.
    let own = of_shares.filter(|it| {
        let left: Vec<&str> = roles
            .left
            .iter()
            .map(|it| it.share.column.as_str())
            .collect();
        let keeps = roles.custodian.iter().chain(&roles.user).any(|role| {
            schema
                .table(&role.table)
                .is_some_and(|table| table.name == it.table)
        });
        keeps
            || it
                .column
                .as_deref()
                .is_none_or(|column| left.contains(&column))
    });
    own.map(|it| Note {
        says: it.says.clone(),
        place: Some(it.place.clone()),
    })
    .collect()
}

/// Adds the findings of another source of one folder: what was said of the same thing is not said twice, and what one
/// source leaves open another may decide.
pub(super) fn add(all: &mut Vec<Finding>, more: Vec<Finding>) {
    use crate::finding::Answer;
    // One source may name a table with its schema, and another without.
    let ends = |long: &str, short: &str| {
        long.strip_suffix(short)
            .is_some_and(|it| it.is_empty() || it.ends_with('.'))
    };
    let same = |a: &Finding, b: &Finding| {
        let (one, other) = (a.subject.to_lowercase(), b.subject.to_lowercase());
        a.requirement == b.requirement && (ends(&one, &other) || ends(&other, &one))
    };
    // What one source says is all kept: a key of one table is not that of another.
    let mut new = Vec::new();
    for it in more {
        let decided = |it: &Finding| matches!(it.answer, Answer::Kept | Answer::Broken(_));
        if decided(&it) {
            all.retain(|old| {
                !(same(old, &it) && matches!(old.answer, Answer::Unknown | Answer::Void))
            });
        }
        let known = all.iter().any(|old| {
            same(old, &it)
                && (old.answer == it.answer
                    || decided(old) && !matches!(it.answer, Answer::Broken(_)))
        });
        if !known {
            // A file that says it is kept gives way to one that says it is broken.
            if matches!(it.answer, Answer::Broken(_)) {
                all.retain(|old| !(same(old, &it) && old.answer == Answer::Kept));
            }
            new.push(it);
        }
    }
    all.extend(new);
}

/// What shares show that a run has just stored: which table it is, and whether this database stands behind the webhooks.
pub(super) fn of_marks(roles: &mut Roles, schema: &Schema, seen: &[Marked]) -> Vec<String> {
    let Some(most) = seen.iter().max_by_key(|it| it.rows) else {
        return vec![
            "no share that the run has stored is in this database: it does not stand behind these webhooks, or keeps \
             shares sealed"
                .to_owned(),
        ];
    };
    let mut notes = vec![format!(
        "shares that the run has stored are in {}.{} (rows: {}): this database stands behind these webhooks",
        most.table, most.column, most.rows
    )];
    let why = "shares that the run has stored are in it".to_owned();
    let told = roles
        .custodian
        .as_ref()
        .is_some_and(|it| it.evidence.strength == Strength::Told);
    let same = roles
        .custodian
        .as_ref()
        .is_some_and(|it| it.table == most.table);
    if let Some(own) = roles.custodian.as_mut().filter(|_| same) {
        own.share = Some(Path::column(&most.column));
        own.evidence = Evidence {
            why: vec![why],
            strength: Strength::Seen,
        };
    } else if roles
        .left
        .iter()
        .any(|it| it.table == most.table && it.share.column == most.column)
    {
        notes.push(format!(
            "they stand in the column of v5, {}.{}",
            most.table, most.column
        ));
    } else if told {
        notes.push(format!(
            "the configuration names another table for custodian shares than {}",
            most.table
        ));
    } else if let Some(keeping) = seen_in(schema, most, why) {
        roles.custodian = Some(keeping);
    }
    notes
}

/// The table in which shares were seen, by whatever name.
fn seen_in(schema: &Schema, marked: &Marked, why: String) -> Option<Keeping> {
    let table = schema.table(&marked.table)?;
    let told = crate::role::Told {
        custodian_share: Some(crate::role::ToldKeeping {
            table: Some(table.full_name()),
            share: Some(marked.column.clone()),
            ..crate::role::ToldKeeping::default()
        }),
        ..crate::role::Told::default()
    };
    let mut keeping = crate::role::recognise(schema, &told)
        .ok()?
        .roles
        .custodian?;
    keeping.kind = Kind::Custodian;
    keeping.evidence = Evidence {
        why: vec![why],
        strength: Strength::Seen,
    };
    if keeping.user.is_none() && keeping.method == Method::Nowhere {
        return None;
    }
    Some(keeping)
}
