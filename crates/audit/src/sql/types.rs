//! What a column's type means on each engine, and what its collation and character set do. Add a type here.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the parser knows hundreds of forms, of which few say something here"
)]

use crate::schema::{Charset, Collation, Engine, Kind, Unit, Width};
use sqlparser::ast::{ArrayElemTypeDef, CharLengthUnits, CharacterLength, DataType, EnumMember};

/// What a type holds; the name where it is one that the team, or an extension, made.
pub(super) fn kind(data: &DataType, engine: Option<Engine>) -> (Kind, Option<String>) {
    if engine == Some(Engine::Sqlite) {
        return (affinity(&data.to_string()), None);
    }
    let mysql = engine.is_some_and(Engine::is_mysql);
    let plain = match data {
        DataType::Text if mysql => text(65_535, Unit::Bytes),
        DataType::TinyText => text(255, Unit::Bytes),
        DataType::MediumText => text(16_777_215, Unit::Bytes),
        DataType::LongText => text(4_294_967_295, Unit::Bytes),
        DataType::Text
        | DataType::String(None)
        | DataType::Clob(_)
        | DataType::CharacterLargeObject(_)
        | DataType::CharLargeObject(_) => Kind::Text(None),
        DataType::String(Some(length)) => text(*length, Unit::Characters),
        DataType::Character(length) | DataType::Char(length) => sized(*length, Some(1)),
        DataType::CharacterVarying(length)
        | DataType::CharVarying(length)
        | DataType::Varchar(length)
        | DataType::Nvarchar(length) => sized(*length, None),
        DataType::Uuid => Kind::Uuid,
        DataType::JSON | DataType::JSONB => Kind::Json,
        DataType::TinyBlob => bytes(255),
        DataType::Blob(_) if mysql => bytes(65_535),
        DataType::MediumBlob => bytes(16_777_215),
        DataType::Binary(length) => length.map_or(Kind::Bytes(None), bytes),
        DataType::Bytea
        | DataType::Blob(_)
        | DataType::LongBlob
        | DataType::Varbinary(_)
        | DataType::Bytes(_) => Kind::Bytes(None),
        DataType::Bool | DataType::Boolean => Kind::Boolean,
        DataType::TinyInt(Some(1)) if mysql => Kind::Boolean,
        DataType::Date
        | DataType::Time(..)
        | DataType::Datetime(_)
        | DataType::Timestamp(..)
        | DataType::Datetime64(..) => Kind::Time,
        DataType::Enum(members, _) => Kind::Enum(members.iter().map(member).collect()),
        DataType::Set(values) => Kind::Enum(values.clone()),
        DataType::Array(element) => return list(element, engine),
        DataType::Custom(name, modifiers) => {
            let modifier = modifiers.first().map(ToString::to_string);
            let length = modifier.and_then(|it| it.parse().ok());
            return named(&name.to_string(), length, engine);
        }
        other if is_integer(&other.to_string()) => Kind::Integer,
        _ => Kind::Other,
    };
    (plain, None)
}

fn text(most: u64, unit: Unit) -> Kind {
    Kind::Text(Some(Width { most, unit }))
}

fn bytes(most: u64) -> Kind {
    Kind::Bytes(Some(Width {
        most,
        unit: Unit::Bytes,
    }))
}

fn sized(length: Option<CharacterLength>, usual: Option<u64>) -> Kind {
    match length {
        Some(CharacterLength::IntegerLength { length, unit }) => match unit {
            Some(CharLengthUnits::Octets) => text(length, Unit::Bytes),
            Some(CharLengthUnits::Characters) | None => text(length, Unit::Characters),
        },
        Some(CharacterLength::Max) => Kind::Text(None),
        None => usual.map_or(Kind::Text(None), |most| text(most, Unit::Characters)),
    }
}

fn member(member: &EnumMember) -> String {
    match member {
        EnumMember::Name(name) | EnumMember::NamedValue(name, _) => name.clone(),
    }
}

fn list(element: &ArrayElemTypeDef, engine: Option<Engine>) -> (Kind, Option<String>) {
    let inner = match element {
        ArrayElemTypeDef::None => return (Kind::List(Box::new(Kind::Other)), None),
        ArrayElemTypeDef::AngleBracket(inner)
        | ArrayElemTypeDef::SquareBracket(inner, _)
        | ArrayElemTypeDef::Parenthesis(inner)
        | ArrayElemTypeDef::ParenthesisNotNull(inner)
        | ArrayElemTypeDef::Qualified(inner, _) => inner,
    };
    let (inner, made) = kind(inner, engine);
    (Kind::List(Box::new(inner)), made)
}

fn is_integer(spelled: &str) -> bool {
    let lower = spelled.to_ascii_lowercase();
    lower.contains("int") && !lower.contains("interval") && !lower.contains("point")
}

/// Types of PostgreSQL and of its well-known extensions that the parser takes for names of the team's.
const OTHERS: &[&str] = &[
    "bit",
    "box",
    "cidr",
    "circle",
    "cube",
    "geography",
    "geometry",
    "halfvec",
    "hstore",
    "inet",
    "interval",
    "jsonpath",
    "line",
    "lseg",
    "ltree",
    "macaddr",
    "macaddr8",
    "money",
    "numeric",
    "oid",
    "path",
    "pg_lsn",
    "point",
    "polygon",
    "raster",
    "sparsevec",
    "tsquery",
    "tsrange",
    "tstzrange",
    "tsvector",
    "txid_snapshot",
    "vector",
    "xid",
    "xid8",
    "xml",
    "int4range",
    "int8range",
    "numrange",
    "daterange",
    "year",
    "linestring",
    "double",
    "fixed",
    "inet4",
    "inet6",
    "regclass",
];

fn named(name: &str, length: Option<u64>, engine: Option<Engine>) -> (Kind, Option<String>) {
    let lower = name.to_ascii_lowercase();
    let bare = lower.trim_start_matches("pg_catalog.");
    let bare = bare.rsplit('.').next().unwrap_or(bare).trim_matches('"');
    let kind = match bare {
        "serial" | "bigserial" | "smallserial" | "serial2" | "serial4" | "serial8" => Kind::Integer,
        "citext" => Kind::Text(None),
        "bpchar" | "character" => length.map_or(Kind::Text(None), |it| text(it, Unit::Characters)),
        "name" if engine == Some(Engine::PostgreSql) => text(63, Unit::Bytes),
        "timestamptz" | "timetz" | "datetime" | "datetime2" | "timestamp" => Kind::Time,
        "uniqueidentifier" | "uuid" => Kind::Uuid,
        "json" | "jsonb" => Kind::Json,
        "bytea" | "longblob" => Kind::Bytes(None),
        _ if OTHERS.contains(&bare) => Kind::Other,
        _ => return (Kind::Other, Some(name.to_owned())),
    };
    (kind, None)
}

/// SQLite goes by what a type's name contains, and enforces no width.
fn affinity(spelled: &str) -> Kind {
    let lower = spelled.to_ascii_lowercase();
    let has = |part: &str| lower.contains(part);
    if has("json") {
        Kind::Json
    } else if has("int") && !has("point") {
        Kind::Integer
    } else if has("char") || has("clob") || has("text") || has("string") || has("uuid") {
        Kind::Text(None)
    } else if has("blob") {
        Kind::Bytes(None)
    } else if has("date") || has("time") {
        Kind::Time
    } else if has("bool") {
        Kind::Boolean
    } else {
        Kind::Other
    }
}

/// What a collation does, as far as its name tells.
pub(super) fn collation(name: &str, engine: Option<Engine>) -> Collation {
    let lower = name.to_ascii_lowercase();
    let (tells_case, pads) = if engine.is_some_and(Engine::is_mysql) {
        let exact = lower == "binary";
        let pads = !(exact || lower.contains("_0900_") || lower.contains("_nopad_"));
        let folds = lower.ends_with("_ci") || lower.contains("_ci_");
        (Some(!folds), Some(pads))
    } else if engine == Some(Engine::Sqlite) {
        (
            (matches!(lower.as_str(), "nocase" | "binary" | "rtrim")).then_some(lower != "nocase"),
            Some(lower == "rtrim"),
        )
    } else if matches!(
        lower.as_str(),
        "c" | "posix" | "default" | "ucs_basic" | "unicode"
    ) || lower.contains("utf")
        || lower.ends_with("-x-icu")
    {
        (Some(true), Some(false))
    } else {
        (None, None)
    };
    Collation {
        name: name.to_owned(),
        tells_case,
        pads,
    }
}

/// What a MySQL character set holds, and how it compares where no collation is named.
pub(super) fn charset(name: &str) -> (Charset, Collation) {
    let lower = name.to_ascii_lowercase();
    let whole = matches!(
        lower.as_str(),
        "utf8mb4" | "utf16" | "utf16le" | "utf32" | "gb18030" | "binary"
    );
    let exact = lower == "binary";
    let charset = Charset {
        name: name.to_owned(),
        whole,
    };
    let collation = Collation {
        name: format!("the default of {name}"),
        tells_case: Some(exact),
        // MySQL 8 gives utf8mb4 a default that pads no longer, MariaDB and MySQL 5.7 one that does.
        pads: (lower != "utf8mb4").then_some(!exact),
    };
    (charset, collation)
}
