//! What a unique key comes to: whether every row of a user and method falls under it.

use super::Asked;
use crate::role::{Path, words};
use crate::schema::{Engine, Key, Part};

/// The longest method that is documented has 17 characters; new ones may be longer. Of ids, a UUID has 36.
const TELLING: u64 = 64;

/// Which of what is needed a key covers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Covers {
    pub(super) user: bool,
    pub(super) method: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// One row for each user and method.
    Holds,
    /// One row a user, or one a method.
    TooNarrow,
    /// It is meant for that, and does not hold; a word and why.
    Fails(&'static str, String),
    /// It may hold, which cannot be told from here.
    Unsure(String),
    /// One row for each user, method and pair of shares: the contract leaves that free.
    Free,
    /// It is about something else.
    Other,
}

/// What a key comes to; `extra` are its parts that are neither user, method, kind of share nor tenant.
pub(super) fn verdict(
    asked: &Asked<'_>,
    key: &Key,
    covers: Covers,
    some_method: bool,
    extra: &[&Part],
) -> Verdict {
    let whole = covers.user && covers.method;
    let in_force = key.valid && key.only_where.is_none();
    if !extra.is_empty() {
        if whole {
            return wide(asked, key, extra);
        }
        let column = |part: &Part| asked.table.column(part.name()?);
        if extra.iter().all(|it| it.name().is_some_and(is_pair)) && in_force {
            let null = extra
                .iter()
                .any(|it| column(it).is_none_or(|it| it.nullable));
            return if null { Verdict::Other } else { Verdict::Free };
        }
        if let Some(it) = extra
            .iter()
            .find_map(|it| column(it).filter(|it| it.generated))
            && covers.user
            && in_force
        {
            return Verdict::Unsure(format!(
                "covers {}, which the database computes: see whether it differs for every method",
                it.name
            ));
        }
        return Verdict::Other;
    }
    if !whole {
        // A key over a half that holds for every row lets one row in where several belong.
        let about = covers.user || some_method;
        return if about && key.valid {
            narrow(asked, key)
        } else {
            Verdict::Other
        };
    }
    holds(asked, key)
}

/// A key over user, method and more.
fn wide(asked: &Asked<'_>, key: &Key, extra: &[&Part]) -> Verdict {
    let columns = extra
        .iter()
        .filter_map(|part| asked.table.column(part.name()?));
    let null = columns.clone().find(|it| it.nullable);
    if let Some(column) = null.filter(|_| key.nulls_distinct && !is_never_null(asked, key)) {
        let why = format!(
            "also covers {}, which may be null: rows without it are not unique at all",
            column.name
        );
        return Verdict::Fails("key-nullable", why);
    }
    if let Some(it) = extra
        .iter()
        .find_map(|it| it.name().filter(|it| is_part(it)))
        && extra.len() == 1
        && key.valid
        && key.only_where.is_none()
    {
        return Verdict::Unsure(format!(
            "also covers {it}: right where it tells custodian from user shares or one curve from another, wrong where \
             two rows of one method can differ in it"
        ));
    }
    let pair = |part: &&Part| part.name().is_some_and(is_pair);
    if extra.iter().all(pair) && key.valid && key.only_where.is_none() {
        return Verdict::Free;
    }
    let names: Vec<String> = extra
        .iter()
        .map(|part| {
            part.name()
                .map_or_else(|| "an expression".to_owned(), str::to_owned)
        })
        .collect();
    let why = format!(
        "also covers {}: rows that differ in it alone stand side by side",
        names.join(", ")
    );
    Verdict::Fails("key-too-wide", why)
}

/// Whether it is the id of a pair of backup shares, by which a custodian may keep more than one a method.
fn is_pair(name: &str) -> bool {
    let said = words(name);
    said.iter().any(|it| it == "pair") && said.last().is_some_and(|it| it == "id")
}

/// Whether it may tell kinds of share, or curves: then a key over it, user and method is right.
fn is_part(name: &str) -> bool {
    let parts = [
        "kind",
        "type",
        "holder",
        "party",
        "curve",
        "algorithm",
        "algo",
        "chain",
        "network",
        "ecosystem",
    ];
    words(name).iter().any(|it| parts.contains(&it.as_str()))
}

/// A key over the user alone, or the method alone: that is one row where several belong.
fn narrow(asked: &Asked<'_>, key: &Key) -> Verdict {
    if key
        .only_where
        .as_deref()
        .is_some_and(|it| !is_for_kind(asked, it))
    {
        return Verdict::Unsure(
            "covers a part of user and method and only some rows: see which those are".to_owned(),
        );
    }
    Verdict::TooNarrow
}

/// A key over user and method: whether every row falls under it.
fn holds(asked: &Asked<'_>, key: &Key) -> Verdict {
    if !key.valid {
        let why = "is invalid: making it failed half way, and it holds nothing";
        return Verdict::Fails("key-invalid", why.to_owned());
    }
    if let Some(condition) = &key.only_where
        && !is_for_kind(asked, condition)
        && !is_always_true(asked, condition)
    {
        let why = format!("only covers rows where {condition}: all others may be double");
        return Verdict::Fails("key-partial", why);
    }
    for part in &key.parts {
        match part {
            Part::Column {
                name,
                prefix: Some(most),
                ..
            } if *most < TELLING => {
                let why = format!(
                    "covers the first {most} characters of {name} only: values that differ behind them collide"
                );
                return Verdict::Fails("key-prefix", why);
            }
            Part::Column { name, .. } => {
                let nullable = asked.table.column(name).is_some_and(|it| it.nullable)
                    || asked.table.column(name).is_none() && !asked.table.open;
                let null = nullable && key.nulls_distinct && !is_never_null(asked, key);
                if null {
                    let why = format!(
                        "covers {name}, which may be null: rows without it are not unique at all"
                    );
                    return Verdict::Fails("key-nullable", why);
                }
            }
            Part::Expression(text) => {
                let lower = text.to_lowercase();
                let whole = ["coalesce", "json", "->", "lower", "upper", "trim", "ifnull"];
                let cut = [
                    "split",
                    "substr",
                    "substring",
                    "left(",
                    "regexp",
                    "replace(",
                    "mid(",
                ];
                let has = |all: &[&str]| all.iter().any(|it| lower.contains(it));
                if !has(&whole) || has(&cut) {
                    return Verdict::Unsure(format!(
                        "covers what {text} gives: see whether that tells methods apart"
                    ));
                }
            }
        }
    }
    Verdict::Holds
}

/// Whether the columns of a primary key are never null: they may be in SQLite.
fn is_never_null(asked: &Asked<'_>, key: &Key) -> bool {
    key.primary && asked.schema.engine != Some(Engine::Sqlite)
}

/// Whether a condition is that a row is of this kind of share, where one table keeps both.
fn is_for_kind(asked: &Asked<'_>, condition: &str) -> bool {
    let Some((column, value)) = &asked.keeping.only else {
        return false;
    };
    let said = bare(condition);
    let (column, value) = (bare(column), bare(value));
    said.contains(&format!("{column}={value}")) && !said.contains("and")
}

/// Whether a condition only demands what the columns demand anyway.
fn is_always_true(asked: &Asked<'_>, condition: &str) -> bool {
    let lower = condition.to_lowercase();
    let mut parts = lower.split(" and ");
    parts.all(|part| {
        let part = part.trim_matches(['(', ')', ' ']);
        let column = part
            .strip_suffix("is not null")
            .map(|it| it.trim_matches([' ', '"', '`', '(', ')']));
        let column = column.and_then(|it| asked.table.column(it));
        column.is_some_and(|it| !it.nullable)
    })
}

/// A text without what catalogues add: quotes, brackets, casts, spaces.
fn bare(text: &str) -> String {
    let lower = text.to_lowercase();
    let mut out = String::new();
    let mut rest = lower.as_str();
    while let Some(at) = rest.find("::") {
        out.push_str(&rest[..at]);
        rest = rest[at + 2..].trim_start_matches(|it: char| {
            it.is_alphanumeric() || "_\". []".contains(it) && it != ' '
        });
    }
    out.push_str(rest);
    out.retain(|it| it.is_alphanumeric() || "=_-<>".contains(it));
    out
}

/// Whether an expression reads a column, or the value at the end of a path.
pub(super) fn mentions(text: &str, path: &Path) -> bool {
    let last = path.inside.last().unwrap_or(&path.column);
    let parts = |text: &str| {
        text.split(|it: char| !(it.is_alphanumeric() || it == '_'))
            .map(str::to_lowercase)
            .collect::<Vec<_>>()
    };
    let all = parts(text);
    let has = |name: &String| all.iter().any(|it| *it == name.to_lowercase());
    has(&path.column) && has(last)
}
