//! Prisma schemas, one over several files, to a `Schema`. Tolerant: schemas of every major version of Prisma are read, and
//! fragments of them in prose. What cannot be read is named, and so are the tables that it may be about.

mod block;
mod model;
mod names;
mod tokens;
mod types;

pub(crate) mod edit;

use crate::place::{Lines, Place};
use crate::schema::{Engine, Schema, Unread};
use block::{Block, Value};
use names::Names;

/// A block with where it stands.
struct Found<'a> {
    block: Block,
    file: &'a File<'a>,
}

/// A file with its lines.
struct File<'a> {
    text: &'a str,
    lines: Lines<'a>,
}

impl Found<'_> {
    fn at(&self, byte: usize) -> Place {
        self.file.lines.at(byte)
    }

    /// What is said of a part of it that could not be read.
    fn unread(&self, begin: usize, end: usize, why: String) -> Unread {
        let text = self.file.text.get(begin..end).unwrap_or_default();
        let words = tokens::tokens(text);
        let mut names: Vec<String> = words
            .iter()
            .filter_map(|it| it.word().map(str::to_owned))
            .collect();
        names.extend(words.iter().filter_map(|it| match &it.kind {
            tokens::Kind::Text(text) => Some(text.clone()),
            tokens::Kind::Word(_) | tokens::Kind::Sign(_) | tokens::Kind::Break => None,
        }));
        names.sort();
        names.dedup();
        Unread {
            place: self.at(begin),
            excerpt: excerpt(text),
            why,
            names,
        }
    }
}

/// The beginning of a text, on one line.
fn excerpt(text: &str) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if line.chars().count() + word.chars().count() > 77 {
            line.push('…');
            break;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line.chars().take(120).collect()
}

/// The schema that these files make together: each with its path, as the user would type it, and its text.
///
/// The engine is the one that the datasource names, else the one of a `migration_lock.toml` among the files.
pub fn read(files: &[(String, String)]) -> Schema {
    let (locks, texts): (Vec<_>, Vec<_>) = files
        .iter()
        .partition(|(path, _)| path.ends_with("migration_lock.toml"));
    let texts: Vec<File> = texts
        .into_iter()
        .map(|(path, text)| File {
            text,
            lines: Lines::of(path, text),
        })
        .collect();
    let found: Vec<Found> = texts
        .iter()
        .flat_map(|file| {
            let blocks = block::blocks(&tokens::tokens(file.text));
            blocks.into_iter().map(move |block| Found { block, file })
        })
        .collect();
    let engine = provider(&found).or_else(|| locks.iter().find_map(|(_, text)| locked(text)));
    let mut schema = Schema {
        engine,
        ..Schema::default()
    };
    let names = Names::of(&found);
    for it in &found {
        if let Err(why) = &it.block.lines {
            if matches!(it.block.keyword.as_str(), "model" | "enum" | "type") {
                let mut unread = it.unread(it.block.begin, it.block.end, why.clone());
                unread.names.push(it.block.name.clone());
                schema.unread.push(unread);
            }
            continue;
        }
        if it.block.keyword == "model" {
            model::add(it, &names, &mut schema);
        }
    }
    schema
}

/// The one engine that the datasources name; null where they name none, or two.
fn provider(found: &[Found]) -> Option<Engine> {
    let mut named = found
        .iter()
        .filter(|it| it.block.keyword == "datasource")
        .flat_map(|it| it.block.lines.iter().flatten())
        .filter(|line| line.words.first().and_then(tokens::Token::word) == Some("provider"))
        .map(|line| {
            let mut texts = line.words.iter().filter_map(|it| match &it.kind {
                tokens::Kind::Text(text) => Some(text.as_str()),
                tokens::Kind::Word(_) | tokens::Kind::Sign(_) | tokens::Kind::Break => None,
            });
            let first = texts.next();
            let by_env = line.words.iter().any(|it| it.word() == Some("env"));
            first
                .filter(|_| texts.next().is_none() && !by_env)
                .and_then(types::engine)
        });
    let first = named.next()?;
    named.all(|other| other == first).then_some(first)?
}

/// The engine that a `migration_lock.toml` names.
pub(crate) fn locked(text: &str) -> Option<Engine> {
    text.lines().find_map(|line| {
        let value = line.trim().strip_prefix("provider")?.trim_start();
        let value = value.strip_prefix('=')?.trim();
        types::engine(value.trim_matches(['"', '\'']))
    })
}

/// The names in a list of fields: `[a, b(length: 10)]`, or a single one.
fn listed(value: &Value) -> Vec<&Value> {
    match value {
        Value::List(all) => all.iter().map(|it| &it.value).collect(),
        Value::Word(_) | Value::Call(..) => vec![value],
        Value::Text(_) | Value::Other => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
