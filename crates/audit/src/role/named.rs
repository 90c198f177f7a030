//! What the configuration names, looked up in the database.

use super::candidate::{keeping, payload};
use super::column::{says_cipher_text, says_share};
use super::told::{NotThere, ToldKeeping};
use super::{Evidence, Keeping, Kind, Method, Path, Strength};
use crate::schema::{Schema, Table};

/// How many names a message lists.
const MOST_NAMES: usize = 12;

/// What is told of a kind of share, looked up in the database.
pub(super) fn told_keeping(
    schema: &Schema,
    kind: Kind,
    told: &ToldKeeping,
) -> Result<Keeping, NotThere> {
    let section = kind.section();
    let name = told.table.as_deref().unwrap_or_default();
    let table = find_table(schema, section, name)?;
    let path = |it: &Option<String>| {
        it.as_ref()
            .map(|it| find_path(table, section, it))
            .transpose()
    };
    let (user, share, created) = (path(&told.user)?, path(&told.share)?, path(&told.created)?);
    let (method, curve) = (path(&told.method)?, path(&told.curve)?);
    let only = told.only.as_deref().and_then(|it| it.split_once('='));
    let column = share.as_ref().map_or("", |it| &it.column);
    let guess = table.columns.iter().find(|it| it.name == column);
    let guess = guess
        .or_else(|| {
            table
                .columns
                .iter()
                .find(|it| says_share(it) || says_cipher_text(it))
        })
        .or_else(|| payload(table));
    let why = vec!["the configuration says so".to_owned()];
    let evidence = Evidence {
        why: why.clone(),
        strength: Strength::Told,
    };
    let mut it = match guess {
        Some(guess) => keeping(table, kind, guess, Strength::Told, why),
        None => Keeping {
            kind,
            table: table.full_name(),
            user: None,
            also: Vec::new(),
            method: Method::Nowhere,
            share: None,
            created: None,
            only: None,
            evidence,
        },
    };
    it.method = match (method, curve) {
        (Some(name), Some(curve)) => Method::Parted { name, curve },
        (Some(method), None) => Method::Whole(method),
        (None, _) => it.method,
    };
    it.user = user.or(it.user);
    it.share = share.or(it.share);
    it.created = created.or(it.created);
    if let Some((column, value)) = only {
        let column = find_path(table, section, column)?.column;
        it.only = Some((column, value.to_owned()));
    }
    Ok(it)
}

pub(super) fn find_table<'a>(
    schema: &'a Schema,
    section: &'static str,
    name: &str,
) -> Result<&'a Table, NotThere> {
    schema.table(name).ok_or_else(|| {
        let names: Vec<String> = schema.tables.iter().map(Table::full_name).collect();
        NotThere::Table {
            section,
            table: name.to_owned(),
            there: listed(&names),
        }
    })
}

pub(super) fn find_path(
    table: &Table,
    section: &'static str,
    told: &str,
) -> Result<Path, NotThere> {
    if let Some(column) = table.column(told) {
        return Ok(Path::column(&column.name));
    }
    let mut parts = told.split('.').map(str::to_owned);
    let first = parts.next().unwrap_or_default();
    match table.column(&first) {
        Some(column) => Ok(Path {
            column: column.name.clone(),
            inside: parts.collect(),
        }),
        None if table.open => Ok(Path {
            column: first,
            inside: parts.collect(),
        }),
        None => {
            let names: Vec<String> = table.columns.iter().map(|it| it.name.clone()).collect();
            Err(NotThere::Column {
                section,
                column: told.to_owned(),
                table: table.full_name(),
                there: listed(&names),
            })
        }
    }
}

fn listed(names: &[String]) -> String {
    let shown = names
        .iter()
        .take(MOST_NAMES)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    match names.len().saturating_sub(MOST_NAMES) {
        0 if names.is_empty() => "none".to_owned(),
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
