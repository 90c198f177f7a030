//! What only the text of a `CREATE TABLE` tells: collations of columns, checks, and what a key does with a row that collides.

/// What the text of a `CREATE TABLE` tells beyond the pragmas.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Created {
    columns: Vec<Written>,
    /// The condition of each check, of columns and of the table.
    pub(super) checks: Vec<String>,
    /// Columns of the keys that replace the row that they collide with.
    pub(super) replacing: Vec<Vec<String>>,
}

/// A column's definition.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Written {
    name: String,
    /// The name of its collation, if it has one of its own.
    pub(super) collation: Option<String>,
}

/// The items of the list of a `CREATE INDEX`, as they were written, and the condition behind it.
pub(super) fn index(text: &str) -> (Vec<&str>, Option<&str>) {
    let tokens = tokens(text);
    let Some(begin) = tokens.iter().position(|it| *it == "(") else {
        return (Vec::new(), None);
    };
    let list = inside(&tokens[begin..]);
    let items = definitions(list).filter_map(|it| slice(text, it)).collect();
    let behind = tokens.get(begin + list.len() + 2..).unwrap_or_default();
    let condition = behind.iter().position(|it| is(it, "WHERE"));
    let condition = condition.and_then(|at| slice(text, &behind[at + 1..]));
    (items, condition)
}

/// A token: a word, a quoted name or text with its quotes, or a single sign.
type Token<'a> = &'a str;

impl Created {
    /// Reads the text, which SQLite has accepted, so it need not be checked.
    pub(super) fn read(text: &str) -> Self {
        let tokens = tokens(text);
        let mut created = Self::default();
        let Some(begin) = tokens.iter().position(|it| *it == "(") else {
            return created;
        };
        for definition in definitions(&tokens[begin + 1..]) {
            created.definition(text, definition);
        }
        created
    }

    /// The definition of a column.
    pub(super) fn column(&self, name: &str) -> Option<&Written> {
        let mut all = self.columns.iter();
        all.find(|it| it.name.eq_ignore_ascii_case(name))
    }

    fn definition(&mut self, text: &str, tokens: &[Token]) {
        let Some(first) = tokens.first() else {
            return;
        };
        let constraint = ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"]
            .iter()
            .any(|it| is(first, it));
        if !constraint {
            self.columns.push(Written {
                name: name(first),
                collation: after(tokens, "COLLATE").map(name),
            });
        }
        for at in 0..tokens.len() {
            if is(tokens[at], "CHECK") && tokens.get(at + 1) == Some(&"(") {
                let inner = inside(&tokens[at + 1..]);
                self.checks.extend(slice(text, inner).map(str::to_owned));
            }
        }
        self.replacing
            .extend(replacing(tokens, (!constraint).then_some(*first)));
    }
}

/// The columns of the keys in a definition that say `ON CONFLICT REPLACE`; of a column's own key, that column.
fn replacing(tokens: &[Token], column: Option<&str>) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut key: Option<Vec<String>> = None;
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match *token {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            word if is(word, "UNIQUE") || is(word, "PRIMARY") => {
                let list = tokens[at..].iter().take(3).position(|it| *it == "(");
                key = match (column, list) {
                    (Some(column), _) => Some(vec![name(column)]),
                    (None, Some(open)) => Some(listed(inside(&tokens[at + open..]))),
                    (None, None) => None,
                };
            }
            word if is(word, "NOT") || is(word, "CHECK") || is(word, "REFERENCES") => key = None,
            word if is(word, "REPLACE") && at > 0 && is(tokens[at - 1], "CONFLICT") => {
                found.extend(key.take());
            }
            _ => {}
        }
    }
    found
}

/// The first word of each item of a list.
fn listed(tokens: &[Token]) -> Vec<String> {
    let items = definitions(tokens);
    items
        .filter_map(|it| it.first().map(|it| name(it)))
        .collect()
}

/// What stands between the first token, an opening parenthesis, and its closing one.
fn inside<'a, 'b>(tokens: &'b [Token<'a>]) -> &'b [Token<'a>] {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match *token {
            "(" => depth += 1,
            ")" => {
                depth -= 1;
                if depth == 0 {
                    return &tokens[1..at];
                }
            }
            _ => {}
        }
    }
    tokens.get(1..).unwrap_or_default()
}

/// The part of the text that tokens stand in.
fn slice<'a>(text: &'a str, tokens: &[Token]) -> Option<&'a str> {
    let begin = tokens.first()?.as_ptr() as usize - text.as_ptr() as usize;
    let last = tokens.last()?;
    let end = last.as_ptr() as usize - text.as_ptr() as usize + last.len();
    text.get(begin..end)
}

/// What is parted by commas outside of parentheses, up to the parenthesis that closes all.
fn definitions<'a, 'b>(tokens: &'b [Token<'a>]) -> impl Iterator<Item = &'b [Token<'a>]> {
    let mut depth = 0_usize;
    let mut end = tokens.len();
    let mut cuts = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match *token {
            "(" => depth += 1,
            ")" if depth == 0 => {
                end = at;
                break;
            }
            ")" => depth -= 1,
            "," if depth == 0 => cuts.push(at),
            _ => {}
        }
    }
    cuts.push(end);
    let mut begin = 0;
    cuts.into_iter().map(move |cut| {
        let part = &tokens[begin..cut];
        begin = cut + 1;
        part
    })
}

/// The token behind a word, outside of parentheses.
fn after<'a>(tokens: &[Token<'a>], word: &str) -> Option<Token<'a>> {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match *token {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            it if depth == 0 && is(it, word) => return tokens.get(at + 1).copied(),
            _ => {}
        }
    }
    None
}

fn is(token: Token, word: &str) -> bool {
    token.eq_ignore_ascii_case(word)
}

/// A name without its quotes.
fn name(token: Token) -> String {
    let inner = |open: char, close: char| token.strip_prefix(open)?.strip_suffix(close);
    let quoted = inner('"', '"').map(|it| it.replace("\"\"", "\""));
    quoted
        .or_else(|| inner('`', '`').map(|it| it.replace("``", "`")))
        .or_else(|| inner('[', ']').map(str::to_owned))
        .or_else(|| inner('\'', '\'').map(|it| it.replace("''", "'")))
        .unwrap_or_else(|| token.to_owned())
}

/// Words, quoted parts and signs, without white space and comments.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if first.is_whitespace() {
            rest = &rest[first.len_utf8()..];
            continue;
        } else if rest.starts_with("--") {
            rest = rest.split_once('\n').map_or("", |(_, behind)| behind);
            continue;
        } else if rest.starts_with("/*") {
            rest = rest.split_once("*/").map_or("", |(_, behind)| behind);
            continue;
        } else if matches!(first, '"' | '`' | '\'' | '[') {
            quoted_length(rest, if first == '[' { ']' } else { first })
        } else if first.is_alphanumeric() || first == '_' {
            let word = |it: char| it.is_alphanumeric() || it == '_' || it == '$';
            rest.find(|it| !word(it)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (token, behind) = rest.split_at(length);
        tokens.push(token);
        rest = behind;
    }
    tokens
}

/// How many bytes a quoted part has, its quotes among them; two closing ones stand for one inside.
fn quoted_length(text: &str, close: char) -> usize {
    let mut at = 1;
    while let Some(found) = text[at..].find(close) {
        at += found + 1;
        if close == ']' || !text[at..].starts_with(close) {
            return at;
        }
        at += 1;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_pragmas_hide_is_read() {
        let created = Created::read(
            "CREATE TABLE \"a (b\" (id INTEGER PRIMARY KEY, -- one, (two\n \
             \"user\"\"id\" TEXT NOT NULL COLLATE NOCASE UNIQUE ON CONFLICT REPLACE, \
             method VARCHAR(9, 2) NOT NULL ON CONFLICT REPLACE DEFAULT (lower('x, (')) CHECK (method IN ('A', 'B')), \
             [other one] TEXT UNIQUE NOT NULL ON CONFLICT REPLACE, \
             CONSTRAINT k UNIQUE (\"user\"\"id\", method COLLATE NOCASE DESC) ON CONFLICT REPLACE, \
             CHECK (length(method) > 1 /* , */))",
        );
        let names: Vec<_> = created.columns.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["id", "user\"id", "method", "other one"]);
        assert_eq!(
            created.column("USER\"id").unwrap().collation.as_deref(),
            Some("NOCASE")
        );
        assert_eq!(created.column("method").unwrap().collation, None);
        assert_eq!(
            created.checks,
            ["method IN ('A', 'B')", "length(method) > 1"]
        );
        assert_eq!(
            created.replacing,
            [vec!["user\"id"], vec!["user\"id", "method"]]
        );
    }

    #[test]
    fn the_text_of_an_index_is_read() {
        let sql = "CREATE UNIQUE INDEX i ON t (user, lower(method), ifnull(a, ')')) WHERE deleted IS NULL";
        let (items, condition) = index(sql);
        assert_eq!(items, ["user", "lower(method)", "ifnull(a, ')')"]);
        assert_eq!(condition, Some("deleted IS NULL"));
        assert_eq!(index("CREATE UNIQUE INDEX i ON t (a)"), (vec!["a"], None));
    }

    #[test]
    fn a_text_that_ends_early_is_read_as_far_as_it_goes() {
        assert_eq!(Created::read("CREATE TABLE a (\"b").columns.len(), 1);
        assert_eq!(
            Created::read("CREATE TABLE a AS SELECT 1"),
            Created::default()
        );
    }
}
