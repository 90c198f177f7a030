//! What a collection's validator asks of documents: `$jsonSchema`, and lists of values in plain conditions.

use super::schema::{kind, number};
use crate::schema::{Closed, Column, Kind, Unit, Width};
use mongodb::bson::{Bson, Document};

/// A validator that refuses what it does not let in.
#[derive(Default)]
pub(super) struct Validator {
    properties: Document,
    required: Vec<String>,
    /// Lists of values in conditions outside of a schema, by field.
    lists: Vec<(String, Vec<String>)>,
    /// Whether documents may have no other fields.
    pub(super) closed: bool,
}

impl Validator {
    /// From the options of a collection; one that only warns asks for nothing.
    pub(super) fn read(options: &Document) -> Self {
        let off = options
            .get_str("validationLevel")
            .is_ok_and(|it| it == "off")
            || options
                .get_str("validationAction")
                .is_ok_and(|it| it != "error");
        let Ok(validator) = options.get_document("validator") else {
            return Self::default();
        };
        if off {
            return Self::default();
        }
        let mut read = Self::default();
        if let Ok(schema) = validator.get_document("$jsonSchema") {
            let all = schema.get_array("required").into_iter().flatten();
            read.required = all.filter_map(Bson::as_str).map(str::to_owned).collect();
            read.properties = schema
                .get_document("properties")
                .cloned()
                .unwrap_or_default();
            read.closed = schema.get_bool("additionalProperties").is_ok_and(|it| !it);
        }
        for (field, condition) in validator {
            let values = condition
                .as_document()
                .and_then(|it| it.get_array("$in").ok());
            if let Some(values) = values {
                read.lists.push((field.clone(), texts(values)));
            }
        }
        read
    }

    /// The fields that it names.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let lists = self.lists.iter().map(|(field, _)| field.as_str());
        let names = self.properties.keys().map(String::as_str).chain(lists);
        names.chain(self.required.iter().map(String::as_str))
    }

    /// Notes in a field what it asks of it.
    pub(super) fn confine(&self, column: &mut Column) {
        if self.required.contains(&column.name) {
            column.nullable = false;
        }
        if let Some((_, values)) = self.lists.iter().find(|it| it.0 == column.name) {
            close(column, "a list of values", values.clone());
        }
        let Ok(asked) = self.properties.get_document(&column.name) else {
            return;
        };
        let types = asked.get("bsonType").or_else(|| asked.get("type"));
        if let Some(Bson::String(name)) = types {
            column.kind = kind(name);
            column.spelled.clone_from(name);
        }
        if let Some(Bson::Array(names)) = types {
            column.nullable |= names.iter().any(|it| it.as_str() == Some("null"));
        }
        let longest = asked.get("maxLength").and_then(number);
        if let (Some(most), Kind::Text(_) | Kind::Other) = (longest, &column.kind) {
            let unit = Unit::Characters;
            column.kind = Kind::Text(Some(Width { most, unit }));
        }
        if let Ok(values) = asked.get_array("enum") {
            close(column, "an enum", texts(values));
        } else if let Ok(pattern) = asked.get_str("pattern") {
            close(column, &format!("the pattern {pattern}"), Vec::new());
        }
    }
}

fn close(column: &mut Column, what: &str, values: Vec<String>) {
    column.closed = Some(Closed {
        place: column.place.clone(),
        condition: format!("{what} in the collection's validator"),
        values,
    });
}

fn texts(values: &[Bson]) -> Vec<String> {
    let texts = values.iter().filter_map(Bson::as_str);
    texts.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place;
    use mongodb::bson::doc;
    use rstest::rstest;

    fn confined(options: &Document, name: &str) -> Column {
        let mut column = Column {
            name: name.to_owned(),
            alias: None,
            place: place::column("shares", name),
            kind: Kind::Text(None),
            spelled: String::new(),
            nullable: true,
            default: None,
            collation: None,
            charset: None,
            closed: None,
            generated: false,
        };
        Validator::read(options).confine(&mut column);
        column
    }

    #[test]
    fn a_schema_is_read() {
        let options = doc! { "validator": { "$jsonSchema": {
            "required": ["method"],
            "additionalProperties": false,
            "properties": {
                "method": { "bsonType": "string", "enum": ["A", "B"] },
                "share": { "bsonType": ["string", "null"], "maxLength": 9 },
            },
        } } };
        assert!(Validator::read(&options).closed);
        let method = confined(&options, "method");
        assert!(!method.nullable);
        assert_eq!(method.closed.unwrap().values, ["A", "B"]);
        let share = confined(&options, "share");
        let unit = Unit::Characters;
        assert_eq!(share.kind, Kind::Text(Some(Width { most: 9, unit })));
        assert!(share.nullable && share.closed.is_none());
    }

    #[rstest]
    #[case(doc! { "validationLevel": "off" })]
    #[case(doc! { "validationAction": "warn" })]
    fn one_that_only_warns_asks_for_nothing(#[case] mut options: Document) {
        options.insert("validator", doc! { "method": { "$in": ["A"] } });
        assert_eq!(confined(&options, "method").closed, None);
        options.remove("validationLevel");
        options.remove("validationAction");
        assert_eq!(confined(&options, "method").closed.unwrap().values, ["A"]);
    }
}
