//! From SQL to tokens, for every engine at once: what is quoted, what is a comment and where a statement ends is told
//! apart here, so that the parser never sees a text that would make it stumble over a quote.

use crate::schema::Engine;
use std::collections::BTreeSet;

/// A piece of the text, by its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: Kind,
    /// Its first byte.
    pub(super) begin: usize,
    /// The byte behind it.
    pub(super) end: usize,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A keyword, a name without quotes, or a number.
    Word,
    /// A name in quotes.
    Name,
    /// A text in quotes, or between dollar tags.
    Text,
    /// Between dollar tags: the body of a function or of a `DO`.
    Body,
    /// Any other character.
    Sign(char),
}

impl Token {
    /// As it stands in the text.
    pub(super) fn of<'a>(&self, text: &'a str) -> &'a str {
        text.get(self.begin..self.end).unwrap_or_default()
    }

    /// Whether it is this keyword, which is given in lower case.
    pub(super) fn is(&self, text: &str, keyword: &str) -> bool {
        self.kind == Kind::Word && self.of(text).eq_ignore_ascii_case(keyword)
    }

    /// The name that it is, without quotes; a word as it was written.
    pub(super) fn name<'a>(&self, text: &'a str) -> Option<&'a str> {
        let all = self.of(text);
        match self.kind {
            Kind::Word => Some(all),
            Kind::Name => {
                let ends = all.len() > 1 && all.ends_with(['"', '`', ']']);
                all.get(1..all.len() - usize::from(ends))
            }
            Kind::Text | Kind::Body | Kind::Sign(_) => None,
        }
    }
}

/// Reads tokens from a text.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a way of its own in which the engines read"
)]
pub(super) struct Lexer<'a> {
    text: &'a str,
    /// The next byte to read.
    pub(super) at: usize,
    mysql: bool,
    brackets: bool,
    /// Whether `$` may be a part of a word: not while it may be a delimiter.
    pub(super) dollars: bool,
    /// Whether the text came to its end inside of a quote or a comment.
    pub(super) unfinished: bool,
}

impl<'a> Lexer<'a> {
    /// One that reads as this engine does.
    pub(super) fn of(text: &'a str, engine: Option<Engine>) -> Self {
        Self {
            text,
            at: 0,
            mysql: engine.is_some_and(Engine::is_mysql),
            brackets: matches!(engine, Some(Engine::Sqlite | Engine::SqlServer)),
            dollars: true,
            unfinished: false,
        }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Passes white space and comments. The marks of MySQL's conditional comments are passed too: what they hold is code.
    pub(super) fn pass_space(&mut self) {
        loop {
            let rest = self.rest();
            let bytes = rest.as_bytes();
            match bytes.first() {
                Some(byte) if byte.is_ascii_whitespace() || *byte == 0 => self.at += 1,
                Some(b'-') if self.is_line_comment(bytes) => self.pass_line(),
                Some(b'#') if self.mysql => self.pass_line(),
                Some(b'/') if bytes.get(1) == Some(&b'*') => match self.conditional(rest) {
                    Some(mark) => self.at += mark,
                    None => self.pass_comment(),
                },
                Some(b'*') if self.mysql && bytes.get(1) == Some(&b'/') => self.at += 2,
                Some(b'\xEF' | b'\xC2') => match rest.chars().next() {
                    Some(it) if it.is_whitespace() || it == '\u{FEFF}' => {
                        self.at += it.len_utf8();
                    }
                    Some(_) | None => return,
                },
                Some(_) | None => return,
            }
        }
    }

    /// MySQL wants a space behind the dashes: `5--3` is arithmetic there.
    fn is_line_comment(&self, bytes: &[u8]) -> bool {
        bytes.get(1) == Some(&b'-')
            && (!self.mysql || bytes.get(2).is_none_or(u8::is_ascii_whitespace))
    }

    /// How long the mark is that opens a conditional comment: `/*!40101`, `/*M!`.
    fn conditional(&self, rest: &str) -> Option<usize> {
        if !self.mysql {
            return None;
        }
        let inside = rest
            .strip_prefix("/*!")
            .or_else(|| rest.strip_prefix("/*M!"))?;
        let digits = inside.bytes().take_while(u8::is_ascii_digit).count();
        Some(rest.len() - inside.len() + digits)
    }

    fn pass_line(&mut self) {
        let rest = self.rest();
        self.at += rest.find('\n').unwrap_or(rest.len());
    }

    /// A comment between `/*` and `*/`; PostgreSQL's may hold others.
    fn pass_comment(&mut self) {
        let bytes = self.text.as_bytes();
        let nests = !self.mysql && !self.brackets;
        let mut depth = 0_usize;
        while let Some(pair) = bytes.get(self.at..self.at + 2) {
            if pair == b"/*" && (depth == 0 || nests) {
                depth += 1;
                self.at += 2;
            } else if pair == b"*/" {
                depth -= 1;
                self.at += 2;
                if depth == 0 {
                    return;
                }
            } else {
                self.at += 1;
            }
        }
        self.at = bytes.len();
        self.unfinished = true;
    }

    /// The byte behind the text that this quote opens; the quote twice is one of it.
    fn quoted(&mut self, quote: u8, backslash: bool) {
        let bytes = self.text.as_bytes();
        self.at += 1;
        while let Some(byte) = bytes.get(self.at) {
            self.at += 1;
            if *byte == b'\\' && backslash {
                self.at += 1;
            } else if *byte == quote {
                if bytes.get(self.at) == Some(&quote) {
                    self.at += 1;
                } else {
                    return;
                }
            }
        }
        self.at = bytes.len();
        self.unfinished = true;
    }

    /// The tag that opens a body here: `$$`, `$do$`.
    fn dollar_tag(&self) -> Option<&'a str> {
        let rest = self.rest();
        let inside = rest.strip_prefix('$')?;
        let length = inside.find(|it: char| !(it.is_alphanumeric() || it == '_'))?;
        let (tag, behind) = inside.split_at(length);
        let named = !tag.starts_with(|it: char| it.is_ascii_digit()) && behind.starts_with('$');
        named.then(|| &rest[..length + 2])
    }

    fn is_word(&self, it: char) -> bool {
        it.is_alphanumeric() || it == '_' || (it == '$' && self.dollars)
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        self.pass_space();
        let begin = self.at;
        let rest = self.rest();
        let first = rest.chars().next()?;
        let bytes = rest.as_bytes();
        let kind = match first {
            '\'' => {
                self.quoted(b'\'', self.mysql);
                Kind::Text
            }
            'e' | 'E' if bytes.get(1) == Some(&b'\'') && !self.mysql && !self.brackets => {
                self.at += 1;
                self.quoted(b'\'', true);
                Kind::Text
            }
            '"' => {
                self.quoted(b'"', self.mysql);
                Kind::Name
            }
            '`' => {
                self.quoted(b'`', false);
                Kind::Name
            }
            '[' if self.brackets => {
                self.quoted(b']', false);
                Kind::Name
            }
            '$' if !self.mysql && self.dollar_tag().is_some() => {
                let tag = self.dollar_tag().unwrap_or_default();
                let inside = rest.get(tag.len()..).unwrap_or_default();
                if let Some(length) = inside.find(tag) {
                    self.at += length + 2 * tag.len();
                } else {
                    self.at = self.text.len();
                    self.unfinished = true;
                }
                Kind::Body
            }
            _ if self.is_word(first) && first != '$' => {
                self.at += rest.find(|it| !self.is_word(it)).unwrap_or(rest.len());
                Kind::Word
            }
            _ => {
                self.at += first.len_utf8();
                Kind::Sign(first)
            }
        };
        self.at = self.at.min(self.text.len());
        while !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
        Some(Token {
            kind,
            begin,
            end: self.at,
        })
    }
}

/// The text with every comment blanked, so that places in it stay what they are.
pub(super) fn without_comments(text: &str, engine: Option<Engine>) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut from = 0;
    for token in Lexer::of(text, engine) {
        blank(&mut clean, &text[from..token.begin]);
        clean.push_str(&text[token.begin..token.end]);
        from = token.end;
    }
    clean
}

/// As many spaces as there are bytes, with the ends of lines kept.
fn blank(into: &mut String, text: &str) {
    into.extend(text.bytes().map(|it| if it == b'\n' { '\n' } else { ' ' }));
}

/// Words of the language that are surely no table of the team's.
const KEYWORDS: &[&str] = &[
    "add",
    "after",
    "all",
    "alter",
    "always",
    "and",
    "as",
    "asc",
    "before",
    "begin",
    "by",
    "cascade",
    "check",
    "collate",
    "column",
    "commit",
    "constraint",
    "create",
    "declare",
    "default",
    "delete",
    "desc",
    "do",
    "drop",
    "else",
    "end",
    "exception",
    "execute",
    "exists",
    "foreign",
    "from",
    "full",
    "function",
    "if",
    "in",
    "index",
    "insert",
    "int",
    "integer",
    "into",
    "is",
    "join",
    "language",
    "modify",
    "not",
    "null",
    "on",
    "only",
    "or",
    "partition",
    "primary",
    "references",
    "replace",
    "restrict",
    "return",
    "returns",
    "select",
    "set",
    "table",
    "then",
    "to",
    "trigger",
    "type",
    "unique",
    "update",
    "using",
    "values",
    "varchar",
    "view",
    "when",
    "where",
    "with",
];

/// Every identifier in a text, once; with `inside` also the words in strings and bodies, as a statement may stand there.
pub(super) fn identifiers(text: &str, engine: Option<Engine>, inside: bool) -> Vec<String> {
    let mut names = BTreeSet::new();
    for token in Lexer::of(text, engine) {
        match token.kind {
            Kind::Word | Kind::Name => names.extend(token.name(text).map(str::to_owned)),
            Kind::Text | Kind::Body if inside => {
                let words = token
                    .of(text)
                    .split(|it: char| !it.is_alphanumeric() && it != '_');
                names.extend(words.map(str::to_owned));
            }
            Kind::Text | Kind::Body | Kind::Sign(_) => {}
        }
    }
    names.retain(|it: &String| {
        let number = it.starts_with(|first: char| first.is_ascii_digit());
        !number && !it.is_empty() && !KEYWORDS.contains(&it.to_ascii_lowercase().as_str())
    });
    names.into_iter().collect()
}

/// The beginning of a statement, on one line.
pub(super) fn excerpt(text: &str) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        let length = line.chars().count();
        if length > 0 && length + word.chars().count() > 78 {
            line.push('…');
            break;
        }
        if length > 0 {
            line.push(' ');
        }
        line.extend(word.chars().take(78));
    }
    line
}
