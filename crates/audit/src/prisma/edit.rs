//! Changes to the text of a model: by its fields and attributes, so that everything else stays as it was written.

use super::block::{Attribute, Block, Line, Value, blocks};
use super::listed;
use super::tokens::{Kind, Token, tokens};

/// A file's text with its models, and what is to be changed.
pub(crate) struct Draft<'a> {
    text: &'a str,
    blocks: Vec<Block>,
    /// Bytes to be replaced, and with what.
    edits: Vec<(usize, usize, String)>,
}

impl<'a> Draft<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        Self {
            text,
            blocks: blocks(&tokens(text)),
            edits: Vec::new(),
        }
    }

    /// Whether the model stands in this file.
    pub(crate) fn has(&self, model: &str) -> bool {
        self.model(model).is_some()
    }

    fn model(&self, model: &str) -> Option<&Block> {
        let mut all = self.blocks.iter();
        all.find(|it| it.keyword == "model" && it.name == model && it.lines.is_ok())
    }

    fn lines(&self, model: &str) -> Vec<Line> {
        let lines = self.model(model).and_then(|it| it.lines.clone().ok());
        lines.unwrap_or_default()
    }

    fn field(&self, model: &str, field: &str) -> Option<Line> {
        let mut all = self.lines(model).into_iter();
        all.find(|it| it.words.first().and_then(Token::word) == Some(field))
    }

    /// Makes a field text with these attributes; those with the names in `without` go.
    pub(crate) fn retype(&mut self, model: &str, field: &str, without: &[&str], with: &str) {
        let Some(line) = self.field(model, field) else {
            return;
        };
        let Some(kind) = line.words.get(1) else {
            return;
        };
        let end = line.words.last().map_or(kind.end, |it| it.end);
        self.edits.push((kind.begin, end, format!("String{with}")));
        self.strip(&line, without);
    }

    /// Takes attributes off a field.
    pub(crate) fn without(&mut self, model: &str, field: &str, names: &[&str]) {
        if let Some(line) = self.field(model, field) {
            self.strip(&line, names);
        }
    }

    fn strip(&mut self, line: &Line, names: &[&str]) {
        let goes = |it: &&Attribute| {
            let native = names.contains(&"db") && it.name.starts_with("db.");
            native || names.contains(&it.name.as_str())
        };
        for attribute in line.attributes.iter().filter(goes) {
            let before = self.text.get(..attribute.begin).unwrap_or_default();
            let begin = before.trim_end_matches([' ', '\t']).len();
            self.edits.push((begin, attribute.end, String::new()));
        }
    }

    /// Puts a line behind a field.
    pub(crate) fn line_after(&mut self, model: &str, field: &str, new: &str) {
        if let Some(line) = self.field(model, field) {
            let last = line.attributes.last().map_or(line.begin, |it| it.end);
            let rest = self.text.get(last..).unwrap_or_default();
            let end = last + rest.find('\n').unwrap_or(rest.len());
            self.edits.push((end, end, format!("\n  {new}")));
        }
    }

    /// Puts a line before the closing brace.
    pub(crate) fn line_at_end(&mut self, model: &str, new: &str) {
        if let Some(end) = self.model(model).map(|it| it.end.saturating_sub(1)) {
            let before = self.text.get(..end).unwrap_or_default();
            let glue = if before.ends_with('\n') { "" } else { "\n" };
            self.edits.push((end, end, format!("{glue}  {new}\n")));
        }
    }

    /// Takes `@@unique` and `@@id` over exactly these fields away.
    pub(crate) fn without_key(&mut self, model: &str, fields: &[&str]) {
        for line in self.lines(model) {
            for attribute in line.attributes.iter().filter(|it| it.block) {
                let over = attribute.named("fields").or_else(|| attribute.first());
                let names: Vec<&str> = over
                    .map(listed)
                    .unwrap_or_default()
                    .into_iter()
                    .filter_map(|it| match it {
                        Value::Word(word) | Value::Call(word, _) => Some(word.as_str()),
                        Value::Text(_) | Value::List(_) | Value::Other => None,
                    })
                    .collect();
                if names == fields && matches!(attribute.name.as_str(), "unique" | "id") {
                    let before = self.text.get(..attribute.begin).unwrap_or_default();
                    let begin = before.rfind('\n').unwrap_or(attribute.begin);
                    self.edits.push((begin, attribute.end, String::new()));
                }
            }
        }
    }

    /// Makes fields of this type lists: the other side of a relation that is no longer to one.
    pub(crate) fn widen_relation(&mut self, of: &str) {
        let optional = |line: &Line| match line.words.as_slice() {
            [_, kind, mark, ..] if kind.word() == Some(of) && mark.is('?') => {
                Some((mark.begin, mark.end))
            }
            _ => None,
        };
        let all = self.blocks.iter().filter_map(|it| it.lines.as_ref().ok());
        let found: Vec<_> = all.flatten().filter_map(optional).collect();
        for (begin, end) in found {
            self.edits.push((begin, end, "[]".to_owned()));
        }
    }

    /// The field by which a model refers to another.
    pub(crate) fn field_of_type(&self, model: &str, kind: &str) -> bool {
        let lines = self.lines(model);
        let mut kinds = lines.iter().filter_map(|it| it.words.get(1));
        kinds.any(|it| it.kind == Kind::Word(kind.to_owned()))
    }

    /// Puts a text at the end of the file.
    pub(crate) fn append(&mut self, text: &str) {
        let end = self.text.len();
        let glue = if self.text.ends_with('\n') {
            "\n"
        } else {
            "\n\n"
        };
        self.edits.push((end, end, format!("{glue}{text}")));
    }

    /// The text with all changes.
    pub(crate) fn finished(mut self) -> String {
        self.edits.sort_by_key(|it| (it.0, it.1));
        let mut done = String::with_capacity(self.text.len());
        let mut at = 0;
        for (begin, end, new) in &self.edits {
            if *begin < at {
                continue;
            }
            done.push_str(self.text.get(at..*begin).unwrap_or_default());
            done.push_str(new);
            at = *end;
        }
        done.push_str(self.text.get(at..).unwrap_or_default());
        done
    }
}
