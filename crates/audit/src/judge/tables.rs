//! `db.tables`: custodian shares and user shares in rows of their own.

use super::lines;
use crate::finding::Finding;
use crate::role::{
    Keeping, Kind, Left, Method, Recognised, Strength, Told, looks_like_method, words,
};
use crate::schema::{Column, Kind as Holds, Schema};

const ID: &str = "db.tables";
const EXPECTED: &str = "a table with a row for each user and backup method";

/// For each kind of share, whether it has rows of its own.
pub(super) fn findings(schema: &Schema, found: &Recognised, told: &Told) -> Vec<Finding> {
    let roles = &found.roles;
    let nothing = roles.custodian.is_none() && roles.user.is_none() && roles.left.is_empty();
    if nothing && found.doubts.is_empty() {
        return Vec::new();
    }
    let of = |kind: Kind| {
        let (keeping, other) = match kind {
            Kind::Custodian => (&roles.custodian, &roles.user),
            Kind::User => (&roles.user, &roles.custodian),
        };
        let left: Vec<&Left> = roles.left.iter().filter(|it| it.kind == kind).collect();
        let elsewhere = told.keeping(kind).is_some_and(|it| it.elsewhere);
        let doubt = found.doubts.iter().find(|it| it.kind == kind);
        if elsewhere {
            let says = format!(
                "{} are kept elsewhere, as the configuration says",
                kind.words()
            );
            return Finding::void(ID, kind.words(), says);
        }
        if let Some(keeping) = keeping {
            return of_keeping(schema, keeping);
        }
        if let Some(first) = left.first() {
            return only_v5(schema, first, left.len());
        }
        if let Some(doubt) = doubt {
            return Finding::unknown(ID, kind.words(), format!("{}; {}", doubt.why, lines(kind)));
        }
        let of_other = |it: &Kind| *it != kind;
        let doubt = found.doubts.iter().find(|it| of_other(&it.kind));
        let left = roles.left.iter().find(|it| of_other(&it.kind));
        let seen = match (other, left, doubt) {
            (Some(it), _, _) => format!("{} keeps {}", it.table, it.kind.words()),
            (None, Some(it), _) => format!("{}.{} keeps {}", it.table, it.share, it.kind.words()),
            (None, None, Some(it)) => it.why.clone(),
            (None, None, None) => "the other kind is kept elsewhere".to_owned(),
        };
        let parted = other.as_ref().and_then(|it| parted(schema, it));
        let says = format!(
            "no table for {} was found, while {seen}; {}{}",
            kind.words(),
            lines(kind),
            parted.unwrap_or_default()
        );
        Finding::unknown(ID, kind.words(), says)
    };
    vec![of(Kind::Custodian), of(Kind::User)]
}

/// How to say that one table keeps both kinds, where a column looks as if it told them apart.
fn parted(schema: &Schema, other: &Keeping) -> Option<String> {
    let table = schema.table(&other.table)?;
    let tells = |name: &str| {
        let said = words(name);
        let about = ["kind", "type", "holder", "party", "side"];
        said.iter().any(|it| about.contains(&it.as_str()))
    };
    let mut columns = table.columns.iter();
    let column = columns.find(|it| {
        let method = other.method.paths();
        tells(&it.name) && !method.iter().any(|path| path.column == it.name)
    })?;
    Some(format!(
        "; where {}.{} tells the two kinds apart, name that table in both sections, each with its own only = \"{}=…\"",
        table.full_name(),
        column.name,
        column.name
    ))
}

/// A table has been found: whether its rows have what they need.
fn of_keeping(schema: &Schema, keeping: &Keeping) -> Finding {
    let Some(table) = schema.table(&keeping.table) else {
        return Finding::unknown(ID, &keeping.table, "it is not there any more");
    };
    let name = table.full_name();
    let what = keeping.kind.words();
    let section = keeping.kind.section();
    // What the names did not show may stand in any column.
    let nameless = matches!(keeping.evidence.strength, Strength::Seen | Strength::Told);
    if keeping.method == Method::Nowhere && nameless {
        let says = format!(
            "no column of {name} was recognised for the backup method; say which in sharecheck.toml: [{section}] method = \"…\""
        );
        return Finding::unknown(ID, name, says).at(&table.place);
    }
    if keeping.method == Method::Nowhere {
        let mut columns = table.columns.iter();
        if let Some(column) = columns.find(|it| looks_like_method(it)) {
            let says = format!(
                "no column of {name} is called a backup method; if {} is it, say so in sharecheck.toml: [{section}] method = \
                 \"{}\"",
                column.name, column.name
            );
            return Finding::unknown(ID, name, says).at(&column.place);
        }
        let says = format!(
            "{name} keeps {what} without their backup method: one method cannot be told from another"
        );
        let columns: Vec<&str> = table.columns.iter().map(|it| it.name.as_str()).collect();
        return Finding::broken(ID, name, "no-method-column", says)
            .compared("a column for the backup method", columns.join(", "))
            .at(&table.place);
    }
    let missing = [
        ("user", keeping.user.is_none(), "whose share it is"),
        ("share", keeping.share.is_none(), "the share itself"),
    ];
    if let Some((key, _, says)) = missing.into_iter().find(|(_, missing, _)| *missing) {
        let says = format!(
            "no column of {name} was recognised for {says}; say which in sharecheck.toml: [{section}] {key} = \"…\""
        );
        return Finding::unknown(ID, name, says).at(&table.place);
    }
    let share = keeping.share.as_ref().filter(|it| it.inside.is_empty());
    let share = share.and_then(|it| table.column(&it.column));
    if let Some(share) = share.filter(|it| matches!(it.kind, Holds::List(_))) {
        let says = format!(
            "{name}.{} holds a list of {what}, not one a row: nothing can be unique in it",
            share.name
        );
        return Finding::broken(ID, name, "list-of-shares", says)
            .compared(EXPECTED, &share.spelled)
            .at(&share.place);
    }
    Finding::kept(
        ID,
        &name,
        format!("{name} keeps {what} a row each, with their method"),
    )
    .at(&table.place)
}

/// Only the columns of v5: one share a user.
fn only_v5(schema: &Schema, left: &Left, columns: usize) -> Finding {
    let table = schema.table(&left.table);
    let column = table.and_then(|it| it.column(&left.share.column));
    let place = column.map(|it| &it.place).or(table.map(|it| &it.place));
    let what = left.kind.words();
    let several = column.is_some_and(Column::holds_several);
    let (code, says) = if several {
        (
            "list-of-shares",
            format!(
                "{}.{} holds all {what} of a user in one value, not one a row: nothing can be unique in it, and of two \
                 stores at once one may be lost",
                left.table, left.share
            ),
        )
    } else if columns > 1 && left.curve.is_some() {
        (
            "column-a-curve",
            format!(
                "{what} are kept in a column for each curve of {}: a second backup method would replace the first",
                left.table
            ),
        )
    } else {
        (
            "v5-columns-only",
            format!(
                "{what} are kept in {}.{} alone, one a user: a second backup method would replace the first",
                left.table, left.share
            ),
        )
    };
    let name = format!("{}.{}", left.table, left.share);
    let finding = Finding::broken(ID, name, code, says)
        .compared(EXPECTED, format!("{}.{}", left.table, left.share));
    match place {
        Some(place) => finding.at(place),
        None => finding,
    }
}
