//! What a field's type means: the provider decides. A `String` is text without a limit on PostgreSQL, and 191 characters on
//! MySQL. Add an engine, or a native type, here.

use super::block::{Argument, Attribute, Value};
use crate::schema::{Charset, Collation, Engine, Kind, Unit, Width};

/// A column's type as the database has it.
pub(super) struct Meaning {
    /// What it holds.
    pub(super) kind: Kind,
    /// How its texts are compared, where that is known.
    pub(super) collation: Option<Collation>,
    /// The characters that it can hold, where that is known.
    pub(super) charset: Option<Charset>,
}

/// What this scalar type means on this engine; null for what is no scalar type.
pub(super) fn meaning(
    scalar: &str,
    native: Option<&Attribute>,
    engine: Option<Engine>,
) -> Option<Meaning> {
    let plain = match scalar {
        "String" => Kind::Text(bare_text(engine)),
        "Boolean" => Kind::Boolean,
        "Int" | "BigInt" => Kind::Integer,
        "Float" | "Decimal" => Kind::Other,
        "DateTime" => Kind::Time,
        "Json" => Kind::Json,
        "Bytes" => Kind::Bytes(None),
        _ => return None,
    };
    let named = native.map(|it| (it.name.trim_start_matches("db."), length(it)));
    let kind = match named {
        Some((name, length)) => native_kind(name, length, engine).unwrap_or(plain),
        None => plain,
    };
    let name = named.map(|(name, _)| name);
    Some(with_comparison(kind, name, engine))
}

/// What `Unsupported("…")` means, as far as the name tells.
pub(super) fn unsupported(spelled: &str, engine: Option<Engine>) -> Meaning {
    let lower = spelled.to_ascii_lowercase();
    let kind = if lower == "citext" || lower.ends_with(".citext") {
        Kind::Text(None)
    } else {
        Kind::Other
    };
    with_comparison(kind, Some(&lower), engine)
}

/// How wide a `String` without a native type is.
fn bare_text(engine: Option<Engine>) -> Option<Width> {
    match engine {
        Some(Engine::MySql | Engine::MariaDb) => Some(characters(191)),
        Some(Engine::SqlServer) => Some(characters(1_000)),
        Some(Engine::PostgreSql | Engine::CockroachDb | Engine::Sqlite | Engine::MongoDb)
        | None => None,
    }
}

fn characters(most: u64) -> Width {
    Width {
        most,
        unit: Unit::Characters,
    }
}

fn bytes(most: u64) -> Width {
    Width {
        most,
        unit: Unit::Bytes,
    }
}

/// The length in brackets, `Max` as the most that SQL Server takes.
fn length(native: &Attribute) -> Option<u64> {
    match native.arguments.first() {
        Some(Argument {
            value: Value::Word(word),
            ..
        }) if word.eq_ignore_ascii_case("max") => Some(1 << 30),
        Some(Argument {
            value: Value::Word(word),
            ..
        }) => word.parse().ok(),
        Some(_) | None => None,
    }
}

/// What a native type holds; null for one that changes nothing about the scalar's own meaning.
fn native_kind(name: &str, length: Option<u64>, engine: Option<Engine>) -> Option<Kind> {
    let mysql = engine.is_some_and(Engine::is_mysql);
    let in_bytes = engine == Some(Engine::SqlServer);
    let text = |width| Some(Kind::Text(width));
    match name {
        "VarChar" | "Char" if in_bytes => text(Some(bytes(length.unwrap_or(1)))),
        "VarChar" | "String" => text(length.map(characters)),
        "Char" | "NChar" | "NVarChar" => text(Some(characters(length.unwrap_or(1)))),
        "CatalogSingleChar" => text(Some(characters(1))),
        "TinyText" => text(Some(bytes(255))),
        "Text" if mysql => text(Some(bytes(65_535))),
        "MediumText" => text(Some(bytes(16_777_215))),
        "LongText" => text(Some(bytes(4_294_967_295))),
        "Text" | "NText" | "Citext" | "Xml" => text(None),
        "Uuid" | "UniqueIdentifier" => Some(Kind::Uuid),
        "Json" | "JsonB" => Some(Kind::Json),
        "TinyBlob" => Some(Kind::Bytes(Some(bytes(255)))),
        "Blob" => Some(Kind::Bytes(Some(bytes(65_535)))),
        "MediumBlob" => Some(Kind::Bytes(Some(bytes(16_777_215)))),
        "LongBlob" | "ByteA" => Some(Kind::Bytes(None)),
        "Binary" | "VarBinary" => Some(Kind::Bytes(length.map(bytes))),
        "Inet" | "ObjectId" | "Bit" | "VarBit" => Some(Kind::Other),
        _ => None,
    }
}

/// Prisma's migrations give every table on MySQL the same character set and collation; elsewhere the database decides.
fn with_comparison(kind: Kind, native: Option<&str>, engine: Option<Engine>) -> Meaning {
    let mut collation = None;
    let mut charset = None;
    if matches!(kind, Kind::Text(_) | Kind::Enum(_)) {
        match engine {
            Some(Engine::MySql | Engine::MariaDb) => {
                collation = Some(compared("utf8mb4_unicode_ci", false, true));
                charset = Some(Charset {
                    name: "utf8mb4".to_owned(),
                    whole: true,
                });
            }
            Some(Engine::Sqlite) => collation = Some(compared("BINARY", true, false)),
            Some(Engine::SqlServer) if matches!(native, Some("VarChar" | "Char" | "Text")) => {
                charset = Some(Charset {
                    name: "the database's code page".to_owned(),
                    whole: false,
                });
            }
            Some(
                Engine::PostgreSql | Engine::CockroachDb | Engine::MongoDb | Engine::SqlServer,
            )
            | None => {}
        }
        if native.is_some_and(|it| it.to_ascii_lowercase().ends_with("citext")) {
            collation = Some(compared("citext", false, false));
        }
    }
    Meaning {
        kind,
        collation,
        charset,
    }
}

fn compared(name: &str, tells_case: bool, pads: bool) -> Collation {
    Collation {
        name: name.to_owned(),
        tells_case: Some(tells_case),
        pads: Some(pads),
    }
}

/// The engine that a datasource's provider names.
pub(super) fn engine(provider: &str) -> Option<Engine> {
    match provider {
        "postgresql" | "postgres" => Some(Engine::PostgreSql),
        "mysql" => Some(Engine::MySql),
        "sqlite" => Some(Engine::Sqlite),
        "sqlserver" => Some(Engine::SqlServer),
        "mongodb" => Some(Engine::MongoDb),
        "cockroachdb" => Some(Engine::CockroachDb),
        _ => None,
    }
}
