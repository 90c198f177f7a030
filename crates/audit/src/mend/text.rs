//! Names and comments in a printed mend.

use crate::schema::Engine;

/// A name in the quotes of its engine.
pub(super) fn quoted(name: &str, engine: Engine) -> String {
    let quote = if engine.is_mysql() { '`' } else { '"' };
    let doubled = format!("{quote}{quote}");
    format!("{quote}{}{quote}", name.replace(quote, &doubled))
}

/// A table's name in quotes, with its namespace in front where it has one.
pub(super) fn within(namespace: Option<&str>, name: &str, engine: Engine) -> String {
    match namespace {
        Some(namespace) => format!("{}.{}", quoted(namespace, engine), quoted(name, engine)),
        None => quoted(name, engine),
    }
}

/// Names in quotes, parted by commas.
pub(super) fn list<'a>(names: impl IntoIterator<Item = &'a str>, engine: Engine) -> String {
    let names = names.into_iter().map(|it| quoted(it, engine));
    names.collect::<Vec<_>>().join(", ")
}

/// A text in quotes.
pub(super) fn literal(text: &str, engine: Engine) -> String {
    let text = text.replace('\'', "''");
    let text = if engine.is_mysql() {
        text.replace('\\', "\\\\")
    } else {
        text
    };
    format!("'{text}'")
}

/// A sentence as lines of comment.
pub(super) fn wrapped(sentence: &str, mark: &str) -> String {
    let mut lines = String::new();
    let mut line = mark.to_owned();
    for word in sentence.split_whitespace() {
        if line.chars().count() + word.chars().count() > 118 {
            lines.push_str(&line);
            lines.push('\n');
            mark.clone_into(&mut line);
        }
        line.push(' ');
        line.push_str(word);
    }
    format!("{lines}{line}.\n")
}

/// A name made of others, no longer than the engines take; what is cut off is told apart by a number made of it.
pub(super) fn name(parts: &[&str]) -> String {
    let whole = parts.join("_");
    if whole.len() <= 60 {
        return whole;
    }
    let sum = whole
        .bytes()
        .fold(5_381_u32, |sum, it| sum.wrapping_mul(33) ^ u32::from(it));
    let end = (0..=50).rev().find(|it| whole.is_char_boundary(*it));
    format!("{}_{sum:08x}", &whole[..end.unwrap_or(0)])
}
