//! A model to a table: its fields to columns, its attributes to keys and references.

use super::block::{Argument, Attribute, Line, Value};
use super::names::{Names, of_block};
use super::tokens::Token;
use super::{Found, listed, types};
use crate::schema::{Column, Default, Engine, Key, Kind, Part, Reference, Schema, Table};

/// Adds the table of this model.
pub(super) fn add(it: &Found, names: &Names, schema: &mut Schema) {
    let Ok(lines) = &it.block.lines else {
        return;
    };
    let model = it.block.name.as_str();
    let name = names.table(model).unwrap_or(model);
    let usual = match schema.engine {
        Some(Engine::SqlServer) => "dbo",
        _ => "public",
    };
    let mut reader = Reader {
        it,
        names,
        schema,
        table: Table {
            name: name.to_owned(),
            namespace: of_block(lines, "schema")
                .filter(|it| *it != usual)
                .map(str::to_owned),
            alias: (name != model).then(|| model.to_owned()),
            place: it.at(it.block.begin),
            columns: Vec::new(),
            open: false,
            keys: Vec::new(),
            references: Vec::new(),
        },
    };
    reader.table.open = reader.schema.engine == Some(Engine::MongoDb);
    for line in lines {
        reader.line(line);
    }
    let table = reader.table;
    schema.tables.push(table);
}

struct Reader<'a> {
    it: &'a Found<'a>,
    names: &'a Names<'a>,
    schema: &'a mut Schema,
    table: Table,
}

impl Reader<'_> {
    fn line(&mut self, line: &Line) {
        for attribute in line.attributes.iter().filter(|it| it.block) {
            self.block_attribute(attribute);
        }
        if line.words.is_empty() {
            return;
        }
        match field(&line.words) {
            Some(field) => self.field(line, &field),
            None => self.unread(line, "it is no field".to_owned()),
        }
    }

    fn unread(&mut self, line: &Line, why: String) {
        let attributes = line.attributes.last().map_or(0, |it| it.begin);
        let end = line.words.last().map_or(line.begin, |it| it.end);
        let mut unread = self.it.unread(line.begin, end.max(attributes), why);
        unread.names.push(self.table.name.clone());
        unread.names.extend(self.table.alias.clone());
        self.schema.unread.push(unread);
    }

    fn field(&mut self, line: &Line, field: &Field) {
        let engine = self.schema.engine;
        let named = |name: &str| {
            line.attributes
                .iter()
                .find(|it| !it.block && it.name == name)
        };
        let relation = named("relation");
        if relation.is_some() || self.names.is_relation(field.scalar) {
            if let Some(relation) = relation {
                self.relation(relation, field.scalar);
            }
            return;
        }
        let native = line
            .attributes
            .iter()
            .find(|it| !it.block && it.name.starts_with("db."));
        let (kind, collation, charset) = if field.unsupported {
            let meaning = types::unsupported(field.scalar, engine);
            (meaning.kind, meaning.collation, meaning.charset)
        } else if let Some(values) = self.names.values(field.scalar) {
            (Kind::Enum(values), None, None)
        } else if self.names.is_composite(field.scalar) {
            (Kind::Other, None, None)
        } else if let Some(meaning) = types::meaning(field.scalar, native, engine) {
            (meaning.kind, meaning.collation, meaning.charset)
        } else if field.list {
            // A list of a type that no file makes is most likely the other side of a relation; no column of ours is a list.
            return;
        } else {
            let why = format!("no file that was read makes the type {}", field.scalar);
            self.unread(line, why);
            return;
        };
        let name = self.names.column(&self.it.block.name, field.name);
        let place = self.it.at(line.begin);
        let id = named("id");
        for key in [id, named("unique")].into_iter().flatten() {
            let prefix = key.named("length").and_then(number);
            let part = Part::Column {
                name: name.clone(),
                prefix,
                folds_case: false,
            };
            self.key(key, vec![part], key.name == "id");
        }
        let spelled = field.spelled(native);
        self.table.columns.push(Column {
            alias: (name != field.name).then(|| field.name.to_owned()),
            default: named("default").and_then(|it| self.default(it, field.scalar)),
            name,
            place,
            kind: if field.list {
                Kind::List(Box::new(kind))
            } else {
                kind
            },
            spelled,
            nullable: field.optional && id.is_none(),
            collation,
            charset,
            closed: None,
            generated: false,
        });
    }

    fn default(&self, attribute: &Attribute, scalar: &str) -> Option<Default> {
        let value = attribute.first().or_else(|| attribute.named("value"))?;
        Some(match value {
            Value::Text(text) => Default::Text(text.clone()),
            Value::Word(word) => {
                let value = self.names.value(scalar, word).unwrap_or(word);
                Default::Text(value.to_owned())
            }
            Value::Call(name, arguments) if name == "dbgenerated" => {
                match arguments.first().map(|it| &it.value) {
                    Some(Value::Text(text)) => generated(text),
                    _ => return None,
                }
            }
            Value::Call(name, _) => Default::Expression(format!("{name}()")),
            Value::List(_) | Value::Other => return None,
        })
    }

    fn block_attribute(&mut self, attribute: &Attribute) {
        if attribute.name != "unique" && attribute.name != "id" {
            return;
        }
        let fields = attribute.named("fields").or_else(|| attribute.first());
        let parts: Vec<Part> = fields
            .map(listed)
            .unwrap_or_default()
            .into_iter()
            .filter_map(|it| self.part(it))
            .collect();
        if !parts.is_empty() {
            self.key(attribute, parts, attribute.name == "id");
        }
    }

    fn part(&self, value: &Value) -> Option<Part> {
        let (field, prefix) = match value {
            Value::Word(field) => (field, None),
            Value::Call(field, arguments) => {
                let named = |it: &&Argument| it.name.as_deref() == Some("length");
                let length = arguments.iter().find(named);
                (field, length.and_then(|it| number(&it.value)))
            }
            Value::Text(_) | Value::List(_) | Value::Other => return None,
        };
        Some(Part::Column {
            name: self.names.column(&self.it.block.name, field),
            prefix,
            folds_case: false,
        })
    }

    fn key(&mut self, attribute: &Attribute, parts: Vec<Part>, primary: bool) {
        let engine = self.schema.engine;
        let given = attribute.named("map").and_then(Value::text);
        let name = given.map(str::to_owned).or_else(|| {
            let columns: Vec<&str> = parts.iter().filter_map(Part::name).collect();
            usual_name(&self.table.name, &columns, primary, engine)
        });
        self.table.keys.push(Key {
            name,
            parts,
            primary,
            // MongoDB takes a missing field for a value like any other, and so does SQL Server.
            nulls_distinct: !matches!(engine, Some(Engine::MongoDb | Engine::SqlServer)),
            only_where: attribute.named("where").map(condition),
            ..Key::over(self.it.at(attribute.begin), [])
        });
    }

    fn relation(&mut self, attribute: &Attribute, model: &str) {
        let list = |name| attribute.named(name).map(listed).unwrap_or_default();
        let own = &self.it.block.name;
        let columns: Vec<String> = list("fields")
            .into_iter()
            .filter_map(|it| word(it).map(|field| self.names.column(own, field)))
            .collect();
        if columns.is_empty() {
            return;
        }
        let to = list("references");
        let to = to
            .into_iter()
            .filter_map(|it| word(it).map(|field| self.names.column(model, field)));
        self.table.references.push(Reference {
            place: self.it.at(attribute.begin),
            columns,
            table: self.names.table(model).unwrap_or(model).to_owned(),
            to: to.collect(),
        });
    }
}

/// The name that Prisma gives to a key which has none; null where it would be cut off.
fn usual_name(
    table: &str,
    columns: &[&str],
    primary: bool,
    engine: Option<Engine>,
) -> Option<String> {
    if primary {
        let named = !matches!(
            engine,
            Some(Engine::MySql | Engine::MariaDb | Engine::Sqlite | Engine::MongoDb)
        );
        return named.then(|| format!("{table}_pkey"));
    }
    let name = format!("{table}_{}_key", columns.join("_"));
    (name.len() <= 63 && !name.contains('.')).then_some(name)
}

/// A field's name and type.
struct Field<'a> {
    name: &'a str,
    scalar: &'a str,
    unsupported: bool,
    optional: bool,
    list: bool,
}

impl Field<'_> {
    fn spelled(&self, native: Option<&Attribute>) -> String {
        let scalar = if self.unsupported {
            format!("Unsupported(\"{}\")", self.scalar)
        } else {
            self.scalar.to_owned()
        };
        let list = if self.list { "[]" } else { "" };
        let native = native.map(|it| {
            let length = it.arguments.first().and_then(|it| word(&it.value));
            let length = length.map(|it| format!("({it})")).unwrap_or_default();
            format!(" @{}{length}", it.name)
        });
        format!("{scalar}{list}{}", native.unwrap_or_default())
    }
}

/// `name Type?`, `name Type[]`, `name Unsupported("x")`.
fn field(words: &[Token]) -> Option<Field<'_>> {
    let name = words.first()?.word()?;
    // Before Prisma 2 a colon could stand here.
    let rest = match words.get(1) {
        Some(colon) if colon.is(':') => words.get(2..)?,
        _ => words.get(1..)?,
    };
    let (scalar, rest) = rest.split_first()?;
    let scalar = scalar.word()?;
    let (scalar, unsupported, rest) = match (scalar, rest) {
        ("Unsupported", [open, text, close, rest @ ..]) if open.is('(') && close.is(')') => {
            let super::tokens::Kind::Text(text) = &text.kind else {
                return None;
            };
            (text.as_str(), true, rest)
        }
        _ => (scalar, false, rest),
    };
    Some(Field {
        name,
        scalar,
        unsupported,
        optional: rest.iter().any(|it| it.is('?')),
        list: rest.iter().any(|it| it.is('[')),
    })
}

fn word(value: &Value) -> Option<&str> {
    match value {
        Value::Word(word) => Some(word),
        Value::Call(name, _) => Some(name),
        Value::Text(_) | Value::List(_) | Value::Other => None,
    }
}

fn number(value: &Value) -> Option<u64> {
    word(value)?.parse().ok()
}

/// A default that the database computes; a literal with a cast is a text like any other.
fn generated(text: &str) -> Default {
    let literal = text.trim().trim_matches(['(', ')']);
    let literal = literal.split("::").next().unwrap_or(literal).trim();
    let inside = literal
        .strip_prefix('\'')
        .and_then(|it| it.strip_suffix('\''));
    match inside.filter(|it| !it.contains('\'')) {
        Some(inside) => Default::Text(inside.to_owned()),
        None => Default::Expression(text.to_owned()),
    }
}

/// The condition of a partial key, on one line.
fn condition(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Call(_, arguments) => match arguments.first().map(|it| &it.value) {
            Some(Value::Text(text)) => text.clone(),
            _ => "a condition".to_owned(),
        },
        Value::Word(_) | Value::List(_) | Value::Other => "a condition".to_owned(),
    }
}
