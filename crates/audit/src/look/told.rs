//! What an audit says of what it has found, besides its findings.

use crate::finding::{Finding, Note};
use crate::role::{Evidence, Recognised, Roles};
use crate::schema::Schema;

/// What is said where nothing is for shares: that is right for an app whose backups Portal keeps.
pub(super) const NOTHING: &str = "tables for shares: nothing to audit in a database, which is right where Portal keeps the backups";
/// How many lines of one kind are listed.
const MOST: usize = 5;

/// Whether anything is known to keep shares.
pub(super) fn keeps(roles: &Roles) -> bool {
    roles.custodian.is_some() || roles.user.is_some() || !roles.left.is_empty()
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
pub(super) fn notes(schema: &Schema, found: &Recognised) -> Vec<String> {
    let _ = found;
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
    let subject = |it: &Finding| {
        it.subject
            .rsplit('.')
            .next()
            .unwrap_or_default()
            .to_lowercase()
    };
    let same =
        |a: &Finding, b: &Finding| a.requirement == b.requirement && subject(a) == subject(b);
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
            all.push(it);
        }
    }
}
