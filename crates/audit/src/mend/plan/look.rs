//! What is wrong with a table, as far as its structure tells.

use super::{Filled, MethodIs, Work};
use crate::mend::{Cannot, text};
use crate::schema::{Column, Default, Engine, Key, Kind, Part, Table};

/// The least characters that a method column has to hold.
const METHOD: u64 = 64;

/// The least bytes that a share column has to hold.
const SHARE: u64 = 64 * 1024;

pub(super) fn no_time(table: &Table, parts: &[&str], engine: Engine) -> Cannot {
    let columns = parts.iter().filter(|it| table.column(it).is_some());
    let columns = text::list(columns.copied(), engine);
    let name = text::quoted(&table.name, engine);
    let query = if engine == Engine::MongoDb {
        format!(
            "db.getCollection(\"{}\").aggregate([{{$group: {{_id: [\"${}\"], n: {{$sum: 1}}}}}}, {{$match: {{n: {{$gt: 1}}}}}}])",
            table.name,
            parts.join("\", \"$")
        )
    } else {
        format!("SELECT {columns}, count(*) FROM {name} GROUP BY {columns} HAVING count(*) > 1")
    };
    Cannot::NoTime {
        table: table.full_name(),
        query,
    }
}

/// What no statement can mend without knowing what the rows mean.
pub(super) fn by_hand(
    table: &Table,
    method: Option<&str>,
    user: &str,
    keyed: bool,
    engine: Engine,
) -> Result<(), Cannot> {
    let name = table.full_name();
    if let Some(column) = method.and_then(|it| table.column(it)) {
        let mut to = table.references.iter();
        let to = to.find(|it| it.columns == [column.name.clone()]);
        let no_name = match column.kind {
            Kind::Integer
            | Kind::Uuid
            | Kind::Boolean
            | Kind::Time
            | Kind::Bytes(_)
            | Kind::List(_) => true,
            Kind::Text(_) | Kind::Enum(_) | Kind::Json | Kind::Other => false,
        };
        let column = &column.name;
        if no_name {
            let of = to.map_or_else(String::new, |it| format!(" of {}", it.table));
            return Err(Cannot::Shape(format!(
                "{name}.{column} holds no method but a number or an id{of}: add a text column for the method by hand, not null \
                 with the default 'UNKNOWN', fill it with the methods' names, and print this again"
            )));
        }
        if let Some(to) = to {
            return Err(Cannot::Shape(format!(
                "{name}.{column} refers to {}: drop that foreign key by hand, so that a method which has no row there is taken, \
                 and print this again",
                to.table
            )));
        }
    }
    let nullable = table.column(user).is_some_and(|it| it.nullable);
    if nullable && !keyed && engine != Engine::MongoDb {
        return Err(Cannot::Shape(format!(
            "{name}.{user} may be null, and a share without a user is nobody's: move such rows away by hand, make {user} not \
             null, and print this again"
        )));
    }
    Ok(())
}

/// Whether a key holds one row for each of these columns' values.
pub(super) fn holds(key: &Key, table: &Table, parts: &[&str], engine: Engine) -> bool {
    let whole = key.parts.iter().all(|part| match part {
        Part::Column {
            name,
            prefix: None,
            folds_case: false,
        } => parts.iter().any(|it| it.eq_ignore_ascii_case(name)),
        Part::Column { .. } | Part::Expression(_) => false,
    });
    let covers = key.parts.len() == parts.len();
    whole && covers && shut(key, table, engine) && key.valid && key.only_where.is_none()
}

/// Whether no null lets a second row through.
pub(super) fn shut(key: &Key, table: &Table, engine: Engine) -> bool {
    let nullable = |name: &str| table.column(name).is_some_and(|it| it.nullable);
    let nulls = key.parts.iter().filter_map(Part::name).any(nullable);
    key.primary || !key.nulls_distinct || !nulls || engine == Engine::MongoDb
}

/// Whether a key lets a user have one share only, one method of its first letters, or holds nothing.
pub(super) fn stands_in_the_way(key: &Key, parts: &[&str]) -> bool {
    let ours = key.parts.iter().all(|part| {
        part.name()
            .is_some_and(|name| parts.iter().any(|it| it.eq_ignore_ascii_case(name)))
    });
    let cut = key.parts.iter().any(|it| match it {
        Part::Column {
            prefix, folds_case, ..
        } => prefix.is_some() || *folds_case,
        Part::Expression(_) => false,
    });
    !key.parts.is_empty() && ours && (key.parts.len() < parts.len() || cut || !key.valid)
}

pub(super) fn method_is(column: Option<&Column>, engine: Engine) -> MethodIs {
    let Some(column) = column else {
        return MethodIs::default();
    };
    let narrow = |most: u64| most < METHOD && engine != Engine::Sqlite;
    let closed_type = match &column.kind {
        Kind::Text(width) => width.is_some_and(|it| narrow(it.most)),
        Kind::Other => false,
        Kind::Enum(_)
        | Kind::Json
        | Kind::Bytes(_)
        | Kind::Uuid
        | Kind::Integer
        | Kind::Time
        | Kind::Boolean
        | Kind::List(_) => true,
    };
    let unknown = Default::Text("UNKNOWN".to_owned());
    MethodIs {
        missing: false,
        closed_type,
        checked: column.closed.is_some(),
        nullable: column.nullable && engine != Engine::MongoDb,
        no_default: column.default.as_ref() != Some(&unknown) && engine != Engine::MongoDb,
    }
}

pub(super) fn is_narrow(column: &Column, engine: Engine) -> bool {
    let short = matches!(&column.kind, Kind::Text(Some(width)) if width.most < SHARE);
    let part = column.charset.as_ref().is_some_and(|it| !it.whole);
    (short && engine != Engine::Sqlite) || part
}

/// The columns that a copied row must fill, besides those that are known.
pub(super) fn required(
    table: &Table,
    work: &Work,
    engine: Engine,
) -> Result<Vec<(String, Filled)>, Cannot> {
    let mut found = Vec::new();
    let known = [&work.user, &work.method, &work.share, &work.created];
    let only = work.only.as_ref().map(|it| &it.0);
    for column in &table.columns {
        let has = known.iter().any(|it| **it == column.name) || only == Some(&column.name);
        // A whole number that is a key counts itself.
        let counts = column.kind == Kind::Integer;
        if has || column.nullable || column.default_in_database() || column.generated || counts {
            continue;
        }
        let text = matches!(column.kind, Kind::Text(_));
        let filled = if text && is_key(table, &column.name) {
            Filled::RandomText
        } else if column.kind == Kind::Uuid {
            Filled::Uuid
        } else if column.kind == Kind::Time {
            Filled::Now
        } else if engine == Engine::MongoDb {
            continue;
        } else {
            return Err(Cannot::Required {
                table: table.full_name(),
                column: column.name.clone(),
            });
        };
        found.push((column.name.clone(), filled));
    }
    Ok(found)
}

pub(super) fn is_key(table: &Table, column: &str) -> bool {
    let one = |it: &&Key| it.parts.len() == 1 && it.parts[0].name() == Some(column);
    table.keys.iter().any(|it| one(&it))
}

impl Column {
    /// Whether the database itself fills it: what Prisma's client makes up, such as `cuid()`, it does not.
    fn default_in_database(&self) -> bool {
        match &self.default {
            None => false,
            Some(Default::Text(_)) => true,
            Some(Default::Expression(text)) => {
                let client = ["cuid(", "uuid(", "nanoid(", "ulid(", "auto("];
                !client.iter().any(|it| text.starts_with(it))
            }
        }
    }
}
