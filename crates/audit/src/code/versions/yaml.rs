//! YAML as machines write it: block maps of scalars, line by line. No anchors, no flow maps over several lines.

use super::lines;
use crate::walk::File;

/// A scalar of a map.
pub(super) struct Found<'a> {
    /// The keys that lead to it, its own last.
    pub(super) path: &'a [String],
    /// Its text, without quotes.
    pub(super) value: &'a str,
    /// Its line, from 1.
    pub(super) line: usize,
    /// That line's text.
    pub(super) text: &'a str,
}

/// How deep maps are followed: no lock file goes deeper, and what is hostile shall not grow.
const DEEPEST: usize = 32;

/// Calls for each scalar of each document.
pub(super) fn each(file: &File, mut with: impl FnMut(Found<'_>)) -> Result<(), String> {
    let mut indents: Vec<usize> = Vec::new();
    let mut path: Vec<String> = Vec::new();
    lines::each(file, |line, text| {
        let bare = text.trim_start();
        if text.starts_with("---") {
            indents.clear();
            path.clear();
        }
        if bare.is_empty() || bare.starts_with(['#', '-', '%']) {
            return true;
        }
        let indent = text.len() - bare.len();
        while indents.last().is_some_and(|it| *it >= indent) {
            indents.pop();
            path.pop();
        }
        if let Some((key, value)) = pair(bare)
            && indents.len() < DEEPEST
        {
            indents.push(indent);
            path.push(key.to_owned());
            if !value.is_empty() {
                with(Found {
                    path: &path,
                    value,
                    line,
                    text,
                });
            }
        }
        true
    })
    .map_err(|error| error.to_string())
}

/// `key: value`, `'key': value`, `"key":`; the value without quotes and without a comment.
fn pair(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|it| matches!(it, '\'' | '"'));
    let (key, rest) = match quote {
        Some(quote) => {
            let end = text.get(1..)?.find(quote)? + 1;
            (
                text.get(1..end)?,
                text.get(end + 1..)?.trim_start().strip_prefix(':')?,
            )
        }
        None => match text.split_once(": ") {
            Some(pair) => pair,
            None => (text.trim_end().strip_suffix(':')?, ""),
        },
    };
    let value = rest.split(" #").next().unwrap_or_default().trim();
    Some((key.trim(), value.trim_matches(['\'', '"'])))
}
