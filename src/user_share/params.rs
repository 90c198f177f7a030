//! The parameters of a query or of a form.

use super::template::{Placeholder, Template, Values, Wrong};
use std::fmt::Write as _;

/// Names and values, as they stand behind `?` or in a form's body.
#[derive(Clone, Debug, Default)]
pub(super) struct Params(Vec<(Template, Option<Template>)>);

impl Params {
    /// Reads `name=value&name=value`, of which the literal parts are escaped already.
    pub(super) fn new(text: &str) -> Result<Self, Wrong> {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| match pair.split_once('=') {
            Some((name, value)) => Ok((Template::new(name)?, Some(Template::new(value)?))),
            None => Ok((Template::new(pair)?, None)),
        });
        Ok(Self(pairs.collect::<Result<_, _>>()?))
    }

    /// These, of which the literal parts are escaped already.
    pub(super) fn of(pairs: Vec<(Template, Option<Template>)>) -> Self {
        Self(pairs)
    }

    /// All templates in it.
    pub(super) fn templates(&self) -> impl Iterator<Item = &Template> {
        self.0
            .iter()
            .flat_map(|(name, value)| [Some(name), value.as_ref()])
            .flatten()
    }

    /// Whether a placeholder stands only where its parameter can be left out.
    pub(super) fn can_do_without(&self, placeholder: Placeholder) -> bool {
        self.0.iter().all(|(name, value)| {
            let whole = value
                .as_ref()
                .is_none_or(|it| it.is(placeholder) || !it.holds(placeholder));
            whole && !name.holds(placeholder)
        })
    }

    /// With values; nothing where it cannot say that.
    pub(super) fn filled(&self, values: &Values<'_>, escape: fn(&str) -> String) -> Option<String> {
        let mut all = Vec::new();
        for (name, value) in &self.0 {
            let name = name.filled(values, escape).text().ok()?;
            let value = match value {
                None => Some(None),
                Some(value) => value.filled(values, escape).text().ok()?.map(Some),
            };
            match (name, value) {
                (Some(name), Some(None)) => all.push(name),
                (Some(name), Some(Some(value))) => all.push(format!("{name}={value}")),
                (None, _) | (_, None) => {}
            }
        }
        Some(all.join("&"))
    }
}

/// A text as a path or a query has it.
pub(super) fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut all, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            all.push(char::from(byte));
        } else {
            let _ = write!(all, "%{byte:02X}");
        }
        all
    })
}

/// A text as a form has it.
pub(super) fn form(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// A text as XML has it.
pub(super) fn xml(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&apos;")
}
