//! Enums and domains: the types that a database has of its own.

use super::since;
use crate::live::sql::{Row, Sql};
use crate::live::trouble::Trouble;
use crate::schema::{Kind, Unit, Width};
use std::collections::BTreeMap;

/// The types that a database has of its own, by their ids.
#[derive(Default)]
pub(super) struct Types {
    enums: BTreeMap<u64, Vec<String>>,
    domains: BTreeMap<u64, Domain>,
}

/// A domain: another type, with conditions.
pub(super) struct Domain {
    base: Told,
    /// Whether it may not be null.
    pub(super) not_null: bool,
    /// Its default, as an expression.
    pub(super) default: Option<String>,
    /// Its conditions; the value is called `VALUE` in them.
    pub(super) checks: Vec<String>,
}

/// A type, as a row of the catalogue tells it.
#[derive(Clone)]
pub(super) struct Told {
    id: u64,
    name: String,
    /// `b` base, `e` enum, `d` domain.
    kind: String,
    /// A length, for those that have one; with 4 added for texts.
    modifier: i64,
    element: Option<(u64, String, String)>,
    /// The collation of the type; for a domain that of its own.
    pub(super) collation: Option<u64>,
}

/// What a query selects of a type `t` and, for an array, its element `el`; the modifier stands before it.
pub(super) const TYPE: &str = "\
    t.oid::pg_catalog.text, t.typname::pg_catalog.text, t.typtype::pg_catalog.text,
    CASE WHEN t.typcategory = 'A' THEN el.oid::pg_catalog.text END, el.typname::pg_catalog.text, el.typtype::pg_catalog.text,
    NULLIF(t.typcollation, 0)::pg_catalog.text";

impl Told {
    /// From the values that `TYPE` selects, from this index on.
    pub(super) fn from(row: &Row, modifier: usize, first: usize) -> Self {
        let element = row.number(first + 3).map(|id| {
            let text = |index| row.text(index).to_owned();
            (id, text(first + 4), text(first + 5))
        });
        Self {
            id: row.number(first).unwrap_or(0),
            name: row.text(first + 1).to_owned(),
            kind: row.text(first + 2).to_owned(),
            modifier: row.text(modifier).parse().unwrap_or(-1),
            element,
            collation: row.number(first + 6),
        }
    }

    /// Whether it compares without case by itself.
    pub(super) fn is_citext(&self) -> bool {
        self.name == "citext"
    }

    /// Whether trailing spaces count for nothing.
    pub(super) fn pads(&self) -> bool {
        self.name == "bpchar"
    }
}

impl Types {
    /// Reads them.
    pub(super) async fn read(sql: &mut Sql) -> Result<Self, Trouble> {
        let mut types = Self::default();
        let query = "SELECT enumtypid::pg_catalog.text, enumlabel::pg_catalog.text FROM pg_catalog.pg_enum \
                     ORDER BY enumtypid, enumsortorder";
        sql.each(query, |row| {
            if let Some(id) = row.number(0) {
                let values = types.enums.entry(id).or_default();
                values.push(row.text(1).to_owned());
            }
        })
        .await?;
        let query = format!(
            "SELECT d.oid::pg_catalog.text, d.typnotnull::pg_catalog.text, d.typdefault, d.typtypmod::pg_catalog.text, {TYPE}
             FROM pg_catalog.pg_type d JOIN pg_catalog.pg_type t ON t.oid = d.typbasetype
             LEFT JOIN pg_catalog.pg_type el ON el.oid = t.typelem
             WHERE d.typtype = 'd'"
        );
        sql.each(&query, |row| {
            let domain = Domain {
                base: Told::from(&row, 3, 4),
                not_null: row.yes(1),
                default: row.given(2).map(str::to_owned),
                checks: Vec::new(),
            };
            types.domains.extend(row.number(0).map(|id| (id, domain)));
        })
        .await?;
        let enforced = since(sql, 180_000, "AND c.conenforced", "");
        let query = format!(
            "SELECT c.contypid::pg_catalog.text, pg_catalog.pg_get_expr(c.conbin, 0) FROM pg_catalog.pg_constraint c
             WHERE c.contypid <> 0 AND c.contype = 'c' {enforced}"
        );
        sql.each(&query, |row| {
            let domain = row.number(0).and_then(|id| types.domains.get_mut(&id));
            if let (Some(domain), Some(check)) = (domain, row.given(1)) {
                domain.checks.push(check.to_owned());
            }
        })
        .await?;
        Ok(types)
    }

    /// The type at the bottom of a domain, and the domains on the way down to it, the outermost first.
    pub(super) fn resolve(&self, told: &Told) -> (Told, Vec<&Domain>) {
        let mut domains: Vec<&Domain> = Vec::new();
        let mut told = told.clone();
        // A domain cannot be made over itself; the limit is for a catalogue that says so all the same.
        while let Some(domain) = self.domains.get(&told.id).filter(|_| domains.len() < 32) {
            domains.push(domain);
            told = domain.base.clone();
        }
        (told, domains)
    }

    /// What a type that is no domain holds.
    pub(super) fn kind(&self, told: &Told) -> Kind {
        if let Some((id, name, kind)) = &told.element {
            let element = Told {
                id: *id,
                name: name.clone(),
                kind: kind.clone(),
                modifier: told.modifier,
                element: None,
                collation: None,
            };
            let (element, _) = self.resolve(&element);
            return Kind::List(Box::new(self.kind(&element)));
        }
        if told.kind == "e" {
            return Kind::Enum(self.enums.get(&told.id).cloned().unwrap_or_default());
        }
        match told.name.as_str() {
            "text" | "citext" => Kind::Text(None),
            "varchar" | "bpchar" => Kind::Text(characters(told.modifier - 4)),
            "name" => Kind::Text(Some(Width {
                most: 63,
                unit: Unit::Bytes,
            })),
            "char" => Kind::Text(characters(1)),
            "json" | "jsonb" => Kind::Json,
            "bytea" => Kind::Bytes(None),
            "uuid" => Kind::Uuid,
            "int2" | "int4" | "int8" => Kind::Integer,
            "timestamp" | "timestamptz" | "date" => Kind::Time,
            "bool" => Kind::Boolean,
            _ => Kind::Other,
        }
    }
}

fn characters(most: i64) -> Option<Width> {
    let most = u64::try_from(most).ok().filter(|it| *it > 0)?;
    Some(Width {
        most,
        unit: Unit::Characters,
    })
}
