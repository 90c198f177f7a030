//! A JSON body with placeholders in its texts.

use super::template::{Filled, Placeholder, Template, Values, Wrong};
use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::DeValue;

/// A JSON value in which texts, keys too, may hold placeholders.
#[derive(Clone, Debug)]
pub(super) enum Json {
    /// A text.
    Text(Template),
    /// What holds no text.
    Plain(Value),
    /// An array.
    List(Vec<Self>),
    /// An object.
    Table(Vec<(Template, Self)>),
}

/// Where a table of the file is wrong, and how.
pub(super) type Misplaced = (std::ops::Range<usize>, Wrong);

impl Json {
    /// Reads a TOML value.
    pub(super) fn of_toml(value: &Spanned<DeValue<'_>>) -> Result<Self, Misplaced> {
        let text = |text: &str| Template::new(text).map_err(|wrong| (value.span(), wrong));
        Ok(match value.get_ref() {
            DeValue::String(it) => Self::Text(text(it)?),
            DeValue::Integer(it) => Self::Plain(
                i64::from_str_radix(it.as_str(), it.radix())
                    .map_or_else(|_| number(it.as_str()), Value::from),
            ),
            DeValue::Float(it) => Self::Plain(number(it.as_str())),
            DeValue::Boolean(it) => Self::Plain(Value::Bool(*it)),
            DeValue::Datetime(it) => Self::Plain(Value::String(it.to_string())),
            DeValue::Array(items) => {
                Self::List(items.iter().map(Self::of_toml).collect::<Result<_, _>>()?)
            }
            DeValue::Table(keys) => {
                let pairs = keys.iter().map(|(key, value)| {
                    let name = Template::new(key.get_ref()).map_err(|wrong| (key.span(), wrong))?;
                    Ok((name, Self::of_toml(value)?))
                });
                Self::Table(pairs.collect::<Result<_, Misplaced>>()?)
            }
        })
    }

    /// Reads a text of JSON.
    pub(super) fn of_text(text: &str) -> Result<Self, Wrong> {
        let marked = Template::new(text)?.marked();
        let value: Value = serde_json::from_str(&marked).map_err(|error| Wrong {
            message: format!(
                "the body is no JSON, from its line {} on",
                error.line()
            ),
            help: Some("placeholders stand in quotes, and braces are doubled: {{\"cipherText\": \"{cipher_text}\"}}".to_owned()),
            piece: String::new(),
        })?;
        Ok(Self::unmarked(value))
    }

    fn unmarked(value: Value) -> Self {
        match value {
            Value::String(text) => Self::Text(Template::unmarked(&text)),
            Value::Array(items) => Self::List(items.into_iter().map(Self::unmarked).collect()),
            Value::Object(map) => {
                let pairs = map.into_iter();
                let pairs =
                    pairs.map(|(key, value)| (Template::unmarked(&key), Self::unmarked(value)));
                Self::Table(pairs.collect())
            }
            plain @ (Value::Null | Value::Bool(_) | Value::Number(_)) => Self::Plain(plain),
        }
    }

    /// All templates in it.
    pub(super) fn templates(&self) -> Vec<&Template> {
        match self {
            Self::Text(template) => vec![template],
            Self::Plain(_) => Vec::new(),
            Self::List(items) => items.iter().flat_map(Self::templates).collect(),
            Self::Table(pairs) => {
                let all = pairs.iter();
                all.flat_map(|(key, value)| std::iter::once(key).chain(value.templates()))
                    .collect()
            }
        }
    }

    /// Whether a placeholder stands only where its key can be left out.
    pub(super) fn can_do_without(&self, placeholder: Placeholder) -> bool {
        match self {
            Self::Plain(_) => true,
            Self::Text(template) => !template.holds(placeholder),
            Self::List(items) => items.iter().all(|it| it.can_do_without(placeholder)),
            Self::Table(pairs) => pairs.iter().all(|(key, value)| {
                let whole = matches!(value, Self::Text(it) if it.is(placeholder));
                !key.holds(placeholder) && (whole || value.can_do_without(placeholder))
            }),
        }
    }

    /// With values.
    pub(super) fn filled(&self, values: &Values<'_>) -> Filled {
        let text = |template: &Template| template.filled(values, str::to_owned);
        match self {
            Self::Text(template) => text(template),
            Self::Plain(value) => Filled::Value(value.clone()),
            Self::List(items) => {
                let items: Option<Vec<Value>> =
                    items.iter().map(|it| it.filled(values).value()).collect();
                items.map_or(Filled::Cannot, |items| Filled::Value(items.into()))
            }
            Self::Table(pairs) => {
                let mut map = Map::new();
                for (key, value) in pairs {
                    let Ok(Some(key)) = text(key).text() else {
                        return Filled::Cannot;
                    };
                    match value.filled(values) {
                        Filled::LeftOut => {}
                        Filled::Cannot => return Filled::Cannot,
                        other @ (Filled::Text(_) | Filled::Value(_)) => {
                            map.extend(other.value().map(|value| (key, value)));
                        }
                    }
                }
                Filled::Value(map.into())
            }
        }
    }
}

impl Filled {
    /// As a JSON value, if it is one.
    pub(super) fn value(self) -> Option<Value> {
        match self {
            Self::Text(text) => Some(Value::String(text)),
            Self::Value(value) => Some(value),
            Self::LeftOut | Self::Cannot => None,
        }
    }
}

/// A number as TOML has it; what JSON has no number for, such as `inf`, becomes a text.
fn number(text: &str) -> Value {
    let float = text.replace('_', "").parse().ok();
    let number = float.and_then(serde_json::Number::from_f64);
    number.map_or_else(|| Value::String(text.to_owned()), Value::Number)
}
