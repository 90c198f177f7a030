//! `db.unique`: whether the database itself keeps one row for each user and method.

use super::{Asked, is_tenant};
use crate::finding::Finding;
use crate::role::{Method, Path, words};
use crate::schema::{Engine, Key, Part};

const ID: &str = "db.unique";
/// The longest method that is documented has 17 characters; new ones may be longer. Of ids, a UUID has 36.
const TELLING: u64 = 64;
/// Whether a key holds, or why none does; and any key that holds too much.
pub(super) fn unique(asked: &Asked<'_>) -> Vec<Finding> {
    let name = asked.name();
    let keeping = asked.keeping;
    if keeping.method == Method::Nowhere || keeping.user.is_none() {
        let says = format!(
            "{name} has no {} to be unique by",
            if keeping.user.is_none() {
                "column for the user"
            } else {
                "method"
            }
        );
        return vec![Finding::void(ID, name, says)];
    }
    let keys: Vec<Judged<'_>> = asked
        .table
        .keys
        .iter()
        .map(|key| Judged::of(asked, key))
        .collect();
    let wanted = wanted(asked);
    // A key that allows one row a user loses shares whatever others there are.
    let narrow = keys.iter().find(|it| it.verdict == Verdict::TooNarrow);
    if let Some(narrow) = narrow {
        return vec![too_narrow(asked, narrow, &wanted)];
    }
    if let Some(held) = keys.iter().find(|it| it.verdict == Verdict::Holds) {
        let mut says = format!(
            "{} allows one row of {name} for each user and method",
            held.named()
        );
        if held.key.deferrable {
            says.push_str(", but only looks when the transaction ends: no ON CONFLICT can use it");
        }
        return vec![Finding::kept(ID, name, says).at(&held.key.place)];
    }
    if let Some(unsure) = keys
        .iter()
        .find(|it| matches!(it.verdict, Verdict::Unsure(_)))
    {
        let Verdict::Unsure(why) = &unsure.verdict else {
            return Vec::new();
        };
        return vec![
            Finding::unknown(ID, name, format!("{} {why}", unsure.named())).at(&unsure.key.place),
        ];
    }
    if let Some(free) = keys.iter().find(|it| it.verdict == Verdict::Free) {
        let says = format!(
            "{} keeps one row for each user, method and pair id, which is free: several of one method stand side by side",
            free.named()
        );
        return vec![Finding::void(ID, name, says).at(&free.key.place)];
    }
    let near = keys.iter().find_map(|it| match &it.verdict {
        Verdict::Fails(code, why) => Some((it, *code, why)),
        Verdict::Holds
        | Verdict::TooNarrow
        | Verdict::Unsure(_)
        | Verdict::Free
        | Verdict::Other => None,
    });
    vec![match near {
        Some((it, code, why)) => Finding::broken(ID, &name, code, format!("{} {why}", it.named()))
            .compared(&wanted, it.spelled())
            .at(&it.key.place),
        None => {
            let says = format!(
                "no key of {name} covers user and method: two rows of one method can stand side by side"
            );
            let keys: Vec<String> = keys.iter().map(Judged::spelled).collect();
            let keys = if keys.is_empty() {
                "no unique key".to_owned()
            } else {
                keys.join("; ")
            };
            Finding::broken(ID, &name, "no-key", says)
                .compared(&wanted, keys)
                .at(&asked.table.place)
        }
    }]
}

/// A key over what is meant, as messages write it.
fn wanted(asked: &Asked<'_>) -> String {
    let user = asked.keeping.user.iter();
    let parts = user
        .chain(asked.keeping.method.paths())
        .map(Path::to_string);
    let only = asked.keeping.only.iter().map(|(column, _)| column.clone());
    format!(
        "unique ({})",
        parts.chain(only).collect::<Vec<_>>().join(", ")
    )
}

fn too_narrow(asked: &Asked<'_>, it: &Judged<'_>, wanted: &str) -> Finding {
    let name = asked.name();
    let part = if it.covers.method {
        "the backup method without the whole of the user"
    } else if it.covers.user {
        "the user without the whole of the method"
    } else {
        "neither user nor method"
    };
    let (code, what) = if it.key.replaces {
        (
            "key-replaces",
            "a second share silently replaces the first, of another method too",
        )
    } else if it.covers.method && !it.covers.user {
        (
            "key-too-narrow",
            "a second user's backup by the same method is refused, or replaces the first's",
        )
    } else {
        (
            "key-too-narrow",
            "a backup by a second method is refused, or replaces the first",
        )
    };
    Finding::broken(
        ID,
        name,
        code,
        format!("{} covers {part}: {what}", it.named()),
    )
    .compared(wanted, it.spelled())
    .at(&it.key.place)
}

/// Which of what is needed a key covers.
#[derive(Clone, Copy, Debug, Default)]
struct Covers {
    user: bool,
    method: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Verdict {
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

struct Judged<'a> {
    key: &'a Key,
    covers: Covers,
    verdict: Verdict,
}

impl<'a> Judged<'a> {
    fn of(asked: &Asked<'_>, key: &'a Key) -> Self {
        let keeping = asked.keeping;
        let is_user = |part: &Part| match part {
            Part::Column { name, .. } => keeping.tells_user(name),
            Part::Expression(text) => keeping.user.as_ref().is_some_and(|it| mentions(text, it)),
        };
        let is = |part: &Part, path: &Path| match part {
            Part::Column { name, .. } => path.inside.is_empty() && *name == path.column,
            Part::Expression(text) => mentions(text, path),
        };
        let paths = keeping.method.paths();
        let covers = Covers {
            user: key.parts.iter().any(is_user),
            method: paths
                .iter()
                .all(|path| key.parts.iter().any(|part| is(part, path))),
        };
        let some_method = paths
            .iter()
            .any(|path| key.parts.iter().any(|part| is(part, path)));
        let only = keeping.only.as_ref().map(|(column, _)| column.as_str());
        let extra: Vec<&Part> = key
            .parts
            .iter()
            .filter(|part| {
                let method = paths.iter().any(|path| is(part, path));
                let tenant = part.name().is_some_and(is_tenant);
                !is_user(part)
                    && !method
                    && !(part.name().is_some() && part.name() == only)
                    && !tenant
            })
            .collect();
        let verdict = verdict(asked, key, covers, some_method, &extra);
        Self {
            key,
            covers,
            verdict,
        }
    }

    /// As messages name it.
    fn named(&self) -> String {
        match &self.key.name {
            Some(name) => format!("the key {name}"),
            None if self.key.primary => "the primary key".to_owned(),
            None => format!("the key ({})", self.columns()),
        }
    }

    fn columns(&self) -> String {
        let parts = self.key.parts.iter().map(|part| match part {
            Part::Column {
                name,
                prefix: Some(most),
                ..
            } => format!("{name}({most})"),
            Part::Column { name, .. } => name.clone(),
            Part::Expression(text) => text.clone(),
        });
        parts.collect::<Vec<_>>().join(", ")
    }

    fn spelled(&self) -> String {
        let condition = self
            .key
            .only_where
            .as_ref()
            .map(|it| format!(" where {it}"));
        format!(
            "unique ({}){}",
            self.columns(),
            condition.unwrap_or_default()
        )
    }
}

fn verdict(
    asked: &Asked<'_>,
    key: &Key,
    covers: Covers,
    some_method: bool,
    extra: &[&Part],
) -> Verdict {
    let whole = covers.user && covers.method;
    if !extra.is_empty() {
        if !whole {
            return Verdict::Other;
        }
        return wide(asked, key, extra);
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
    let pair = |part: &&Part| part.name().is_some_and(is_pair);
    if extra.iter().all(|part| pair(part)) && key.valid && key.only_where.is_none() {
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
                let folded = text.to_lowercase().contains("coalesce");
                let json = text.contains("->") || text.to_lowercase().contains("json");
                let case =
                    text.to_lowercase().contains("lower") || text.to_lowercase().contains("upper");
                if !(folded || json || case) {
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
fn mentions(text: &str, path: &Path) -> bool {
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
