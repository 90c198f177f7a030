//! Parts of statements that each engine writes in its own way.

use crate::live::sql::{Language, literal, quoted};
use crate::role::{Method, Path};
use crate::schema::Engine;

/// Texts that no share, method or user is, but that careless code stores for one.
const DEBRIS: [&str; 3] = ["undefined", "null", "[object Object]"];

/// A text longer than this many bytes is neither debris nor empty, and need not be looked into.
const SHORT: usize = 64;

/// The words of one engine.
#[derive(Clone, Copy)]
pub(in crate::live) struct Words(pub(super) Engine);

impl Words {
    fn language(self) -> Language {
        Language::of(self.0)
    }

    /// A name in quotes.
    pub(super) fn name(self, name: &str) -> String {
        quoted(self.0, name)
    }

    /// A table with its schema.
    pub(super) fn table(self, namespace: Option<&str>, name: &str) -> String {
        let namespace = match (namespace, self.language()) {
            (Some(namespace), _) => namespace,
            // The search path is empty.
            (None, Language::Postgres) => "public",
            (None, Language::MySql | Language::Sqlite) => return self.name(name),
        };
        format!("{}.{}", self.name(namespace), self.name(name))
    }

    /// A column, or the text that stands inside of it.
    pub(super) fn path(self, path: &Path) -> String {
        let column = self.name(&path.column);
        if path.inside.is_empty() {
            return column;
        }
        let keys: Vec<String> = path
            .inside
            .iter()
            .map(|it| format!("\"{}\"", it.replace('\\', "\\\\").replace('"', "\\\"")))
            .collect();
        let inside = literal(self.0, &format!("$.{}", keys.join(".")));
        match self.language() {
            Language::Postgres => {
                let keys: Vec<_> = path.inside.iter().map(|it| literal(self.0, it)).collect();
                format!(
                    "({column}::pg_catalog.jsonb #>> ARRAY[{}])",
                    keys.join(", ")
                )
            }
            Language::MySql => format!("JSON_UNQUOTE(JSON_EXTRACT({column}, {inside}))"),
            Language::Sqlite => format!("json_extract({column}, {inside})"),
        }
    }

    /// The text of a column of JSON: a single text in it without its quotes.
    pub(super) fn json(self, column: &str) -> String {
        let column = self.name(column);
        match self.language() {
            Language::Postgres => {
                format!("({column}::pg_catalog.jsonb #>> ARRAY[]::pg_catalog.text[])")
            }
            Language::MySql => format!("JSON_UNQUOTE({column})"),
            Language::Sqlite => column,
        }
    }

    /// A value as text that is compared byte for byte, whatever its column's collation takes for the same.
    pub(super) fn exact(self, value: &str) -> String {
        match self.language() {
            Language::Postgres if self.0 == Engine::CockroachDb => format!("({value})::text"),
            Language::Postgres => format!("({value})::pg_catalog.text COLLATE pg_catalog.\"C\""),
            Language::MySql => format!("CAST({value} AS BINARY)"),
            Language::Sqlite => format!("CAST({value} AS TEXT) COLLATE BINARY"),
        }
    }

    /// The method of a row; null where it has none.
    pub(super) fn method(self, method: &Method) -> Option<String> {
        match method {
            Method::Nowhere => None,
            Method::Whole(path) => Some(self.exact(&self.path(path))),
            Method::Parted { name, curve } => {
                let (name, curve) = (self.exact(&self.path(name)), self.exact(&self.path(curve)));
                Some(if self.0.is_mysql() {
                    format!("CONCAT({name}, COALESCE(CONCAT('-', {curve}), ''))")
                } else {
                    format!("({name} || COALESCE('-' || {curve}, ''))")
                })
            }
        }
    }

    /// A method without its curve; that of a row without one is `UNKNOWN`.
    pub(super) fn bare(self, method: &str) -> String {
        let length = if self.0.is_mysql() {
            "CHAR_LENGTH"
        } else {
            "LENGTH"
        };
        let substring = if self.0 == Engine::Sqlite {
            "SUBSTR"
        } else {
            "SUBSTRING"
        };
        format!(
            "CASE WHEN {method} IS NULL THEN 'UNKNOWN' \
             WHEN {method} LIKE '%-SECP256K1' THEN {substring}({method}, 1, {length}({method}) - 10) \
             WHEN {method} LIKE '%-ED25519' THEN {substring}({method}, 1, {length}({method}) - 8) ELSE {method} END"
        )
    }

    /// How many bytes a value has, without reading it where the engine can tell without.
    pub(super) fn size(self, value: &str) -> String {
        match self.language() {
            Language::MySql => format!("LENGTH({value})"),
            Language::Postgres | Language::Sqlite => format!("octet_length({value})"),
        }
    }

    /// What is wrong with a share: 0 nothing, 1 there is none, 2 it is empty, 3 it is debris.
    pub(super) fn flaw(self, share: &str, is_bytes: bool) -> String {
        let size = self.size(share);
        if is_bytes {
            return format!("CASE WHEN {share} IS NULL THEN 1 WHEN {size} = 0 THEN 2 ELSE 0 END");
        }
        let text = format!("TRIM({})", self.exact(share));
        let debris = self.debris(&text);
        format!(
            "CASE WHEN {share} IS NULL THEN 1 WHEN {size} > {SHORT} THEN 0 WHEN {text} = '' THEN 2 \
             WHEN {debris} THEN 3 ELSE 0 END"
        )
    }

    /// Whether an exact text is debris.
    pub(super) fn debris(self, text: &str) -> String {
        let all: Vec<_> = DEBRIS.iter().map(|it| literal(self.0, it)).collect();
        format!("{text} IN ({})", all.join(", "))
    }

    /// A sum as text.
    pub(super) fn sum(self, of: &str) -> String {
        let kind = if self.0.is_mysql() { "CHAR" } else { "TEXT" };
        format!("CAST(COALESCE(SUM({of}), 0) AS {kind})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(
        Engine::PostgreSql,
        "(\"a\"\"b\"::pg_catalog.jsonb #>> ARRAY['x', 'y''z'])"
    )]
    #[case(
        Engine::MySql,
        "JSON_UNQUOTE(JSON_EXTRACT(`a\"b`, '$.\"x\".\"y''z\"'))"
    )]
    #[case(Engine::Sqlite, "json_extract(\"a\"\"b\", '$.\"x\".\"y''z\"')")]
    fn a_path_into_json_is_quoted(#[case] engine: Engine, #[case] is: &str) {
        let path = Path {
            column: "a\"b".to_owned(),
            inside: vec!["x".to_owned(), "y'z".to_owned()],
        };
        assert_eq!(Words(engine).path(&path), is);
    }
}
