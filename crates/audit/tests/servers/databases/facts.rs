//! A schema as lines that a test can name: one a column, one a key, one a reference.

use sharecheck_audit::schema::{Column, Default, Key, Kind, Part, Schema, Unit};

/// The lines of all tables.
pub(crate) fn facts(schema: &Schema) -> Vec<String> {
    let mut lines = Vec::new();
    for table in &schema.tables {
        let name = table.full_name();
        lines.extend(
            table
                .columns
                .iter()
                .map(|it| format!("{name}.{}", column(it))),
        );
        lines.extend(table.keys.iter().map(|it| format!("{name}: {}", key(it))));
        lines.extend(table.references.iter().map(|it| {
            let (from, to) = (it.columns.join(", "), it.to.join(", "));
            format!("{name}: ({from}) to {} ({to})", it.table)
        }));
    }
    for unread in &schema.unread {
        lines.push(format!(
            "unread {}: {}",
            unread.names.join(", "),
            unread.why
        ));
    }
    lines
}

fn column(column: &Column) -> String {
    let mut line = format!("{} {}", column.name, kind(&column.kind));
    if column.nullable {
        line += " null";
    }
    if let Some(default) = &column.default {
        line = match default {
            Default::Text(text) => format!("{line} default '{text}'"),
            Default::Expression(expression) => format!("{line} default {expression}"),
        };
    }
    if let Some(it) = &column.collation {
        match it.tells_case {
            Some(true) => {}
            Some(false) => line += " folds-case",
            None => line += " case-unknown",
        }
        if it.pads == Some(true) {
            line += " pads";
        }
    }
    if column.charset.as_ref().is_some_and(|it| !it.whole) {
        line += " part-of-unicode";
    }
    if let Some(closed) = &column.closed {
        line = format!("{line} closed {:?}", closed.values);
    }
    if column.generated {
        line += " generated";
    }
    line
}

fn kind(kind: &Kind) -> String {
    let width = |it: &Option<sharecheck_audit::schema::Width>| match it {
        Some(it) if it.unit == Unit::Bytes => format!("({} bytes)", it.most),
        Some(it) => format!("({})", it.most),
        None => String::new(),
    };
    match kind {
        Kind::Text(it) => format!("text{}", width(it)),
        Kind::Bytes(it) => format!("bytes{}", width(it)),
        Kind::Enum(values) => format!("enum{values:?}"),
        Kind::List(of) => format!("list of {}", self::kind(of)),
        Kind::Json => "json".to_owned(),
        Kind::Uuid => "uuid".to_owned(),
        Kind::Integer => "integer".to_owned(),
        Kind::Time => "time".to_owned(),
        Kind::Boolean => "boolean".to_owned(),
        Kind::Other => "other".to_owned(),
    }
}

fn key(key: &Key) -> String {
    let parts: Vec<String> = key
        .parts
        .iter()
        .map(|it| match it {
            Part::Column {
                name,
                prefix,
                folds_case,
            } => {
                let prefix = prefix.map(|it| format!("[{it}]")).unwrap_or_default();
                let folds = if *folds_case { " folded" } else { "" };
                format!("{name}{prefix}{folds}")
            }
            Part::Expression(expression) => format!("<{expression}>"),
        })
        .collect();
    let mut line = if key.primary { "primary" } else { "unique" }.to_owned();
    line = format!("{line} ({})", parts.join(", "));
    let condition = key.only_where.as_ref().map(|it| format!("where {it}"));
    let ways = [
        condition.as_deref(),
        (!key.nulls_distinct).then_some("nulls-not-distinct"),
        (!key.valid).then_some("invalid"),
        key.deferrable.then_some("deferrable"),
        key.replaces.then_some("replaces"),
    ];
    for way in ways.into_iter().flatten() {
        line = format!("{line} {way}");
    }
    line
}

/// Whether each of these lines is among those of a schema, and none beginning with `!`.
pub(crate) fn hold(schema: &Schema, expected: &[&str]) {
    let facts = facts(schema);
    for line in expected {
        let (line, wanted) = line
            .strip_prefix('!')
            .map_or((*line, true), |it| (it, false));
        let found = facts.iter().any(|it| it == line);
        assert_eq!(found, wanted, "{line}\nin\n{}", facts.join("\n"));
    }
}
