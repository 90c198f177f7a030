//! Answers the requirements on a database's structure, whatever it was read from. Pure.

mod columns;
mod key;
mod tables;
#[cfg(test)]
mod tests;
mod users;
mod verdict;

use crate::finding::{Answer, Finding};
use crate::role::{Keeping, Kind, Recognised, Roles, Strength, Told, words};
use crate::schema::{Schema, Table};

/// What is asked of each table that keeps shares.
const OF_TABLES: [&str; 7] = [
    "db.unique",
    "db.method-open",
    "db.method-exact",
    "db.method-default",
    "db.share-width",
    "db.time",
    "db.user-keys",
];

/// Everything that is to be said of a database's structure. Empty where nothing in it is for shares.
pub fn judge(schema: &Schema, found: &Recognised, told: &Told) -> Vec<Finding> {
    let roles = &found.roles;
    let mut all = tables::findings(schema, found, told);
    for keeping in kept(roles) {
        let Some(table) = schema.table(&keeping.table) else {
            continue;
        };
        let asked = Asked {
            schema,
            table,
            keeping,
        };
        let mut own = vec![asked.evidence()];
        own.extend(key::unique(&asked));
        own.extend(columns::findings(&asked));
        own.extend(users::of_shares(&asked, roles));
        doubt_unread(&mut own, schema, table);
        all.extend(own);
    }
    if kept(roles).next().is_some() || !roles.left.is_empty() {
        let mut own = users::of_users(schema, roles);
        if let Some(table) = roles.users.as_ref().and_then(|it| schema.table(&it.table)) {
            doubt_unread(&mut own, schema, table);
        }
        all.extend(own);
    }
    all
}

/// The tables that keep shares.
fn kept(roles: &Roles) -> impl Iterator<Item = &Keeping> {
    roles.custodian.iter().chain(&roles.user)
}

/// One table that is asked.
struct Asked<'a> {
    schema: &'a Schema,
    table: &'a Table,
    keeping: &'a Keeping,
}

impl Asked<'_> {
    /// The name that messages use.
    fn name(&self) -> String {
        self.table.full_name()
    }

    /// Why the table is taken for what it is.
    fn evidence(&self) -> Finding {
        let keeping = self.keeping;
        let strength = match keeping.evidence.strength {
            Strength::Weak => "weak",
            Strength::Strong => "strong",
            Strength::Told => "told",
            Strength::Seen => "seen",
        };
        let message = format!(
            "{} keeps {}: {} ({strength} evidence)",
            self.name(),
            keeping.kind.words(),
            keeping.evidence.why.join(", ")
        );
        Finding::kept("db.evidence", self.name(), message).at(&self.table.place)
    }
}

/// No table passes that a statement names which could not be read.
fn doubt_unread(findings: &mut [Finding], schema: &Schema, table: &Table) {
    let names = |name: &String| name.eq_ignore_ascii_case(&table.name);
    let Some(unread) = schema.unread.iter().find(|it| it.names.iter().any(names)) else {
        return;
    };
    for it in findings.iter_mut() {
        if it.answer == Answer::Kept && OF_TABLES.contains(&it.requirement) {
            it.answer = Answer::Unknown;
            it.message = format!(
                "{}, but {} names it too and could not be read: {}",
                it.message, unread.place, unread.why
            );
            it.place = Some(unread.place.clone());
        }
    }
}

/// The three lines that tell which table is meant.
fn lines(kind: Kind) -> String {
    format!(
        "say which table it is in sharecheck.toml: [{}] table = \"…\", user = \"…\", method = \"…\", share = \"…\"; or \
         elsewhere = true where another database keeps them",
        kind.section()
    )
}

/// Whether a column is part of whose share it is, where several customers share one database.
fn is_tenant(name: &str) -> bool {
    let tenant = [
        "tenant",
        "org",
        "organization",
        "organisation",
        "workspace",
        "environment",
        "project",
        "app",
        "company",
    ];
    words(name).iter().any(|it| tenant.contains(&it.as_str()))
}
