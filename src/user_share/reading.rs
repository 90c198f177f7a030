//! A table of `sharecheck.toml`, read key by key; a slip knows its place in the file.

use super::template::{Template, Wrong};
use crate::nearest::nearest;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What is wrong in the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}{}", .help.as_ref().map(|help| format!(": {help}")).unwrap_or_default())]
pub struct Mistake {
    /// Where it stands in the file's text, in bytes.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What may have been meant.
    pub help: Option<String>,
    /// Whether what follows the place may be a secret, so that it must not be shown.
    pub hidden: bool,
}

impl Mistake {
    pub(super) fn new(span: Range<usize>, message: impl Into<String>, help: &str) -> Self {
        Self {
            span,
            message: message.into(),
            help: (!help.is_empty()).then(|| help.to_owned()),
            hidden: false,
        }
    }
}

/// A table with the text that it stands in.
pub(super) struct Reading<'a> {
    pub(super) source: &'a str,
    /// The table's name in the file.
    pub(super) name: &'a str,
    pub(super) table: &'a DeTable<'a>,
    pub(super) span: Range<usize>,
}

impl<'a> Reading<'a> {
    /// The table that is this value.
    pub(super) fn new(
        source: &'a str,
        name: &'a str,
        value: &'a Spanned<DeValue<'a>>,
    ) -> Result<Self, Mistake> {
        let DeValue::Table(table) = value.get_ref() else {
            let message = format!("`{name}` is a table: write [{name}]");
            return Err(Mistake::new(value.span(), message, ""));
        };
        Ok(Self {
            source,
            name,
            table,
            span: value.span(),
        })
    }

    /// Refuses every key but these.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), Mistake> {
        let strange = self
            .table
            .keys()
            .find(|key| !known.contains(&key.get_ref().as_ref()));
        let Some(key) = strange else { return Ok(()) };
        let help = nearest(key.get_ref(), known.iter().copied()).map_or_else(
            || format!("it has {}", known.join(", ")),
            |name| format!("did you mean `{name}`?"),
        );
        let message = format!("unknown key `{}` in [{}]", key.get_ref(), self.name);
        let hidden = true;
        Err(Mistake {
            hidden,
            ..Mistake::new(key.span(), message, &help)
        })
    }

    /// The value of a key.
    pub(super) fn value(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.table.get(key)
    }

    /// The text of a key, with its place.
    pub(super) fn text(&self, key: &str) -> Result<Option<(&'a str, Range<usize>)>, Mistake> {
        self.value(key).map(|value| text(key, value)).transpose()
    }

    /// The same of a key that must be there.
    pub(super) fn needed(
        &self,
        key: &str,
        example: &str,
    ) -> Result<(&'a str, Range<usize>), Mistake> {
        self.text(key)?.ok_or_else(|| {
            let message = format!("[{}] has no `{key}`", self.name);
            Mistake::new(self.span.clone(), message, example)
        })
    }

    /// What is wrong with a template, at the piece of it that is meant.
    pub(super) fn wrong(&self, span: Range<usize>, wrong: Wrong) -> Mistake {
        let text = self.source.get(span.clone()).unwrap_or_default();
        let piece = Some(wrong.piece.len()).filter(|length| *length > 0);
        let at = piece.and_then(|length| Some((lone(text, &wrong.piece)?, length)));
        let span = at.map_or(span.clone(), |(at, length)| {
            span.start + at..span.start + at + length
        });
        Mistake {
            help: wrong.help,
            ..Mistake::new(span, wrong.message, "")
        }
    }

    /// Reads a template.
    pub(super) fn template(&self, text: &str, span: &Range<usize>) -> Result<Template, Mistake> {
        Template::new(text).map_err(|wrong| self.wrong(span.clone(), wrong))
    }
}

/// A value that must be a text, with its place.
pub(super) fn text<'a>(
    key: &str,
    value: &'a Spanned<DeValue<'a>>,
) -> Result<(&'a str, Range<usize>), Mistake> {
    match value.get_ref() {
        DeValue::String(text) => Ok((text, value.span())),
        DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_)
        | DeValue::Table(_) => {
            let message = format!("`{key}` must be a text");
            Err(Mistake::new(value.span(), message, ""))
        }
    }
}

/// Where a piece stands; of a brace, the first that is not doubled and begins no known placeholder.
fn lone(text: &str, piece: &str) -> Option<usize> {
    if !["{", "}"].contains(&piece) {
        return text.find(piece);
    }
    let mut rest = 0;
    while let Some(at) = text[rest..].find(['{', '}']).map(|at| rest + at) {
        let here = &text[at..];
        rest = if here.starts_with("{{") || here.starts_with("}}") {
            at + 2
        } else if let Some(end) = here.find('}').filter(|_| here.starts_with('{'))
            && Template::new(&here[..=end]).is_ok()
        {
            at + end + 1
        } else {
            return Some(at);
        };
    }
    None
}
