//! A column's definition to a column, with the keys, checks and references that stand in it.

use super::check::{Limit, limits, literal};
use super::cursor::Name;
use super::parse::parse;
use super::types;
use super::world::{Built, Check, Site, World};
use crate::schema::{Column, Default, Engine, Key, Kind, Reference};
use sqlparser::ast::{ColumnDef, ColumnOption, Expr, Ident, ObjectName, ObjectNamePart};
use sqlparser::keywords::Keyword;

/// What a definition makes.
pub(super) struct Defined {
    pub(super) column: Column,
    /// A type of the team's own, by its key.
    pub(super) made_type: Option<String>,
    pub(super) keys: Vec<Key>,
    pub(super) checks: Vec<Check>,
    pub(super) references: Vec<(Option<String>, Reference)>,
}

pub(super) fn name_of(ident: &Ident) -> Name {
    Name {
        text: ident.value.clone(),
        quoted: ident.quote_style.is_some(),
    }
}

fn path_of(name: &ObjectName) -> Vec<Name> {
    let idents = name.0.iter().filter_map(ObjectNamePart::as_ident);
    idents.map(name_of).collect()
}

fn bare(name: &ObjectName) -> String {
    path_of(name)
        .pop()
        .map_or_else(|| name.to_string(), |it| it.text)
}

/// On one line.
pub(super) fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl World {
    /// What a column's definition makes, in this table.
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the method by itself is for one lifetime only"
    )]
    pub(super) fn define(
        &self,
        text: &str,
        site: &Site,
        begin: usize,
        built: &Built,
    ) -> Result<Defined, String> {
        if let Some(plain) = without_binary(text, self.engine).filter(|_| self.is_mysql()) {
            let mut defined = self.define(&plain, site, begin, built)?;
            let charset = defined.column.charset.as_ref().map(|it| it.name.clone());
            let name = charset.map_or("binary".to_owned(), |it| format!("{it}_bin"));
            defined.column.collation = Some(types::collation(&name, self.engine));
            return Ok(defined);
        }
        let definition = parse(text, self.engine, |it| it.parse_column_def())?;
        Ok(self.defined(&definition, &site.at(begin), built))
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the parser knows options of every engine"
    )]
    fn defined(&self, it: &ColumnDef, place: &crate::place::Place, built: &Built) -> Defined {
        let name = self.fold(&name_of(&it.name));
        let (kind, made) = types::kind(&it.data_type, self.engine);
        let mut made_type = made;
        let identity = it
            .data_type
            .to_string()
            .to_ascii_lowercase()
            .contains("serial");
        let mut defined = Defined {
            column: Column {
                name: name.clone(),
                alias: None,
                place: place.clone(),
                kind,
                spelled: spelled(&it.data_type.to_string()),
                nullable: !identity,
                default: None,
                collation: None,
                charset: None,
                closed: None,
                generated: false,
            },
            made_type: made_type.take().map(|it| self.type_key(&it)),
            keys: Vec::new(),
            checks: Vec::new(),
            references: Vec::new(),
        };
        let mut charset = None;
        let mut collation = None;
        if it
            .data_type
            .to_string()
            .to_ascii_lowercase()
            .ends_with("citext")
        {
            collation = Some("citext".to_owned());
        }
        for option in &it.options {
            let label = option.name.as_ref().map(|it| self.fold(&name_of(it)));
            match &option.option {
                ColumnOption::CharacterSet(name) => charset = Some(bare(name)),
                ColumnOption::Collation(name) => collation = Some(bare(name)),
                _ => self.option(&option.option, label, &name, built, &mut defined),
            }
        }
        if matches!(defined.column.kind, Kind::Text(_) | Kind::Enum(_)) {
            self.compare(&mut defined.column, charset, collation, built);
        }
        defined
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the parser knows options of every engine"
    )]
    fn option(
        &self,
        option: &ColumnOption,
        label: Option<String>,
        name: &str,
        built: &Built,
        into: &mut Defined,
    ) {
        let place = into.column.place.clone();
        let table = &built.table.name;
        match option {
            ColumnOption::Null => into.column.nullable = true,
            ColumnOption::NotNull => into.column.nullable = false,
            ColumnOption::Default(expr) => into.column.default = default(expr),
            ColumnOption::PrimaryKey(it) => into.keys.push(Key {
                name: label.or_else(|| self.usual_key_name(table, &[name], true)),
                primary: true,
                deferrable: deferrable(it.characteristics.as_ref()),
                ..Key::over(place, [name])
            }),
            ColumnOption::Unique(it) => into.keys.push(Key {
                name: label.or_else(|| self.usual_key_name(table, &[name], false)),
                deferrable: deferrable(it.characteristics.as_ref()),
                nulls_distinct: !matches!(
                    it.nulls_distinct,
                    sqlparser::ast::NullsDistinctOption::NotDistinct
                ),
                ..Key::over(place, [name])
            }),
            ColumnOption::OnConflict(Keyword::REPLACE) => {
                if let Some(key) = into.keys.last_mut() {
                    key.replaces = true;
                }
            }
            ColumnOption::ForeignKey(it) => {
                let label =
                    label.or_else(|| self.is_postgres().then(|| format!("{table}_{name}_fkey")));
                let (_, to) = self.settle(&path_of(&it.foreign_table));
                let columns = it.referred_columns.iter();
                into.references.push((
                    label,
                    Reference {
                        place,
                        columns: vec![name.to_owned()],
                        table: to,
                        to: columns.map(|it| self.fold(&name_of(it))).collect(),
                    },
                ));
            }
            ColumnOption::Check(it) if it.enforced != Some(false) => {
                let usual = || self.is_postgres().then(|| format!("{table}_{name}_check"));
                let check = self.check(label.or_else(usual), place, &it.expr);
                into.checks.push(check);
            }
            ColumnOption::Generated {
                generation_expr: Some(_),
                ..
            } => into.column.generated = true,
            ColumnOption::Generated { .. } | ColumnOption::Identity(_) => {
                into.column.nullable = false;
            }
            _ => {}
        }
    }

    /// A check with what it says of which column.
    pub(super) fn check(
        &self,
        name: Option<String>,
        place: crate::place::Place,
        expr: &Expr,
    ) -> Check {
        let limits = limits(expr).into_iter();
        Check {
            name,
            place,
            condition: line(&expr.to_string()),
            limits: limits.map(|(name, it)| (self.key_of(&name), it)).collect(),
        }
    }

    /// The name that the engine gives to a key which has none.
    pub(super) fn usual_key_name(
        &self,
        table: &str,
        columns: &[&str],
        primary: bool,
    ) -> Option<String> {
        let name = match self.engine {
            Some(Engine::PostgreSql | Engine::CockroachDb) if primary => format!("{table}_pkey"),
            Some(Engine::PostgreSql | Engine::CockroachDb) => {
                format!("{table}_{}_key", columns.join("_"))
            }
            Some(Engine::MySql | Engine::MariaDb) if primary => "PRIMARY".to_owned(),
            Some(Engine::MySql | Engine::MariaDb) => (*columns.first()?).to_owned(),
            Some(Engine::Sqlite | Engine::MongoDb | Engine::SqlServer) | None => return None,
        };
        (name.len() <= 63).then_some(name)
    }

    /// The character set and collation of a text column: its own, else the table's.
    pub(super) fn compare(
        &self,
        column: &mut Column,
        charset: Option<String>,
        collation: Option<String>,
        built: &Built,
    ) {
        if let Some(name) = collation.as_deref().filter(|it| *it == "citext") {
            column.collation = Some(crate::schema::Collation {
                name: name.to_owned(),
                tells_case: Some(false),
                pads: Some(false),
            });
            return;
        }
        if !self.is_mysql() {
            let given = collation.map(|it| types::collation(&it, self.engine));
            let usual = (self.engine == Some(Engine::Sqlite))
                .then(|| types::collation("BINARY", self.engine));
            column.collation = given.or(usual);
            return;
        }
        let own = charset.is_some() || collation.is_some();
        let (charset, collation) = if own {
            (charset, collation)
        } else {
            (built.charset.clone(), built.collation.clone())
        };
        let by_collation = || collation.as_deref().and_then(|it| it.split('_').next());
        if let Some(name) = charset.as_deref().or_else(by_collation) {
            let (charset, usual) = types::charset(name);
            column.charset = Some(charset);
            column.collation = Some(usual);
        }
        if let Some(name) = &collation {
            column.collation = Some(types::collation(name, self.engine));
        }
    }

    /// The key under which a type is kept, whatever schema it lies in.
    pub(super) fn type_key(&self, name: &str) -> String {
        let last = name.rsplit('.').next().unwrap_or(name);
        match last.strip_prefix('"').and_then(|it| it.strip_suffix('"')) {
            Some(quoted) => self.key(quoted),
            None => self.key(&last.to_lowercase()),
        }
    }
}

/// MySQL's `VARCHAR(9) BINARY` compares byte by byte; the word is taken out for the parser. Null where it does not stand there.
fn without_binary(text: &str, engine: Option<Engine>) -> Option<String> {
    let all = super::cursor::tokens(text, engine);
    let at = all.iter().skip(2).find(|it| it.is(text, "binary"))?;
    let before = text.get(..at.begin)?.trim_end().to_ascii_lowercase();
    let after_type = before.ends_with(')') || before.ends_with("text") || before.ends_with("char");
    if !after_type {
        return None;
    }
    let plain = format!(
        "{}{}{}",
        text.get(..at.begin)?,
        " ".repeat(at.end - at.begin),
        text.get(at.end..)?
    );
    Some(plain)
}

fn deferrable(it: Option<&sqlparser::ast::ConstraintCharacteristics>) -> bool {
    it.is_some_and(|it| it.deferrable == Some(true))
}

/// A type as people write it.
fn spelled(it: &str) -> String {
    let names = it.contains(['"', '\'']);
    if names {
        it.to_owned()
    } else {
        it.to_lowercase()
    }
}

/// What a column holds where nothing was given.
pub(super) fn default(expr: &Expr) -> Option<Default> {
    if let Some(text) = literal(expr) {
        return Some(Default::Text(text));
    }
    let text = line(&expr.to_string());
    let null = text.to_ascii_lowercase();
    (null != "null" && !null.starts_with("null::")).then_some(Default::Expression(text))
}

/// What a limit of this column's checks and type leaves of it.
pub(super) fn confine(column: &mut Column, check: &Check, key: &str) {
    for (name, limit) in &check.limits {
        if name != key {
            continue;
        }
        match limit {
            Limit::Closed(values) => {
                column.closed = Some(crate::schema::Closed {
                    place: check.place.clone(),
                    condition: check.condition.clone(),
                    values: values.clone(),
                });
            }
            Limit::Width(most) => {
                if let Kind::Text(width) = &mut column.kind {
                    let narrower = width.is_none_or(|it| it.most > *most);
                    if narrower {
                        *width = Some(crate::schema::Width {
                            most: *most,
                            unit: crate::schema::Unit::Characters,
                        });
                    }
                }
            }
        }
    }
}
