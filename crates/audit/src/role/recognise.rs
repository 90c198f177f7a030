//! Works out which table is which, and says why.
//!
//! A name or a column alone is no evidence: other vendors keep `encrypted_shares`, other apps have `user_backups`, and a
//! social app has `Share`. Where evidence is weak nobody is accused; the team is asked instead.

use super::candidate::{candidates, keeping, payload};
use super::column::{says_cipher_text, says_share};
use super::left::left;
use super::named::told_keeping;
use super::told::{NotThere, Told};
use super::users::users;
use super::word::{has, has_any, words};
use super::{Keeping, Kind, Roles, Strength};
use crate::schema::{Column, Schema, Table};

/// Words of tables that keep what is no longer in use.
const ASIDE: [&str; 15] = [
    "archive",
    "archived",
    "history",
    "audit",
    "log",
    "old",
    "tmp",
    "temp",
    "deleted",
    "superseded",
    "legacy",
    "previous",
    "bak",
    "event",
    "outbox",
];
/// Words of tables that have a row a user.
pub(super) const WHO: [&str; 9] = [
    "user", "client", "customer", "account", "profile", "member", "wallet", "portal", "person",
];

/// What was worked out, and what could not be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recognised {
    /// Which table is which.
    pub roles: Roles,
    /// What nobody can tell from here: each a sentence with the lines for the configuration.
    pub doubts: Vec<Doubt>,
}

/// What nobody can tell from here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Of which kind of share.
    pub kind: Kind,
    /// Why, as a clause.
    pub why: String,
    /// The full names of the tables that may be meant.
    pub tables: Vec<String>,
}

/// Works out which table is which; what is told goes before what is guessed.
pub fn recognise(schema: &Schema, told: &Told) -> Result<Recognised, NotThere> {
    let mut found = Recognised::default();
    let mut all: Vec<(usize, Keeping)> = Vec::new();
    for table in &schema.tables {
        if !is_aside(table) {
            all.extend(candidates(table));
        }
    }
    for kind in [Kind::Custodian, Kind::User] {
        let role = match told.keeping(kind) {
            Some(it) if it.elsewhere => None,
            Some(it) if it.table.is_some() => Some(told_keeping(schema, kind, it)?),
            Some(_) | None => the_best(kind, &all, &mut found.doubts),
        };
        match kind {
            Kind::Custodian => found.roles.custodian = role,
            Kind::User => found.roles.user = role,
        }
    }
    if found.roles.user.is_none() && told.user_share.is_none() {
        found.roles.user = beside(schema, found.roles.custodian.as_ref());
        found
            .doubts
            .retain(|it| it.kind != Kind::User || found.roles.user.is_none());
    }
    found.roles.users = users(schema, told, &found.roles)?;
    let (left, unsure) = left(schema, &found.roles);
    found.roles.left = left;
    for it in unsure {
        let open = match it.kind {
            Kind::Custodian => found.roles.custodian.is_none(),
            Kind::User => found.roles.user.is_none(),
        };
        let doubted = found.doubts.iter().any(|doubt| doubt.kind == it.kind);
        if open && !doubted && told.keeping(it.kind).is_none() {
            found.doubts.push(it);
        }
    }
    let nothing = found.roles.custodian.is_none()
        && found.roles.user.is_none()
        && found.roles.left.is_empty()
        && found.doubts.is_empty();
    found.doubts.extend(
        unread(schema)
            .into_iter()
            .filter(|it| nothing && told.keeping(it.kind).is_none()),
    );
    let known = |kind: Kind| found.roles.left.iter().any(|it| it.kind == kind);
    // Where the columns of v5 are found, a table that only looks a little like one of v6 is no riddle.
    found
        .doubts
        .retain(|it| !known(it.kind) && !told.keeping(it.kind).is_some_and(|it| it.elsewhere));
    Ok(found)
}

/// Whether a table keeps what is no longer in use.
pub(super) fn is_aside(table: &Table) -> bool {
    has_any(&words(&table.name), &ASIDE)
}

/// Where a statement that could not be read names a share: what it makes may be what is looked for.
fn unread(schema: &Schema) -> Option<Doubt> {
    let names_share = |name: &String| {
        let said = words(name);
        has(&said, &["share"]) && has_any(&said, &["backup", "custodian", "portal"])
    };
    let mut all = schema.unread.iter();
    let (unread, name) =
        all.find_map(|it| Some((it, it.names.iter().find(|it| names_share(it))?)))?;
    let said = words(name);
    let of_user = has_any(&said, &["user", "client", "encrypted"])
        || has(&said, &["portal"]) && !has(&said, &["custodian"]);
    let kind = if of_user { Kind::User } else { Kind::Custodian };
    Some(Doubt {
        kind,
        why: format!(
            "{} names {name} and could not be read ({}), so whether a table keeps {} is not known",
            unread.place,
            unread.why,
            kind.words()
        ),
        tables: Vec::new(),
    })
}

/// The one that is taken for a kind, if one stands out.
fn the_best(kind: Kind, all: &[(usize, Keeping)], doubts: &mut Vec<Doubt>) -> Option<Keeping> {
    let mut of_kind: Vec<&(usize, Keeping)> =
        all.iter().filter(|(_, it)| it.kind == kind).collect();
    of_kind.sort_by_key(|(points, it)| std::cmp::Reverse((it.evidence.strength, *points)));
    let (points, best) = of_kind.first()?;
    let equal: Vec<String> = of_kind
        .iter()
        .filter(|(other, it)| it.evidence.strength == best.evidence.strength && other == points)
        .map(|(_, it)| it.table.clone())
        .collect();
    if best.evidence.strength == Strength::Weak {
        let why = best.evidence.why.join(", ");
        let tables: Vec<String> = of_kind.iter().map(|(_, it)| it.table.clone()).collect();
        let why = format!("{} may keep {}: {why}", tables.join(" or "), kind.words());
        doubts.push(Doubt { kind, why, tables });
        return None;
    }
    if equal.len() > 1 {
        let why = format!(
            "{} look alike, and any may keep {}",
            equal.join(" and "),
            kind.words()
        );
        doubts.push(Doubt {
            kind,
            why,
            tables: equal,
        });
        return None;
    }
    Some(best.clone())
}

/// User shares beside custodian shares: where these are known, less in a name is enough.
fn beside(schema: &Schema, custodian: Option<&Keeping>) -> Option<Keeping> {
    let custodian = custodian?;
    let like = |table: &&Table| {
        let name = words(&table.name);
        let named = has_any(&name, &["user", "client", "encrypted"]) && has(&name, &["share"]);
        named && table.full_name() != custodian.table && !has_any(&name, &ASIDE)
    };
    let mut all = schema.tables.iter().filter(like);
    let table = all.next().filter(|_| all.next().is_none())?;
    let find = |says: fn(&Column) -> bool| table.columns.iter().find(|it| says(it));
    let share = find(says_cipher_text)
        .or_else(|| find(says_share))
        .or_else(|| payload(table))?;
    let why = vec![format!(
        "its name says user share, beside {}",
        custodian.table
    )];
    Some(keeping(table, Kind::User, share, Strength::Strong, why))
}
