//! From a Prisma schema's text to words, strings and signs, with the place of each. Comments are left out; whatever else
//! stands there comes through as a sign, so that no text is too odd to be read.

/// One piece of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: Kind,
    /// Its first byte.
    pub(super) begin: usize,
    /// The byte behind it.
    pub(super) end: usize,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, a keyword, or a number.
    Word(String),
    /// A string, without its quotes and escapes.
    Text(String),
    /// Any other character.
    Sign(char),
    /// The end of a line.
    Break,
}

impl Token {
    /// Whether it is this sign.
    pub(super) fn is(&self, sign: char) -> bool {
        self.kind == Kind::Sign(sign)
    }

    /// The word, if it is one.
    pub(super) fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(word) => Some(word),
            Kind::Text(_) | Kind::Sign(_) | Kind::Break => None,
        }
    }
}

/// All tokens of a text.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let begin = at;
        let kind = match first {
            '\n' => {
                at += 1;
                Some(Kind::Break)
            }
            '/' if text[at..].starts_with("//") => {
                at = text[at..].find('\n').map_or(text.len(), |end| at + end);
                None
            }
            '/' if text[at..].starts_with("/*") => {
                at = text[at..].find("*/").map_or(text.len(), |end| at + end + 2);
                None
            }
            '"' => {
                let (inside, end) = string(text, at);
                at = end;
                Some(Kind::Text(inside))
            }
            _ if is_word(first) => {
                let rest = &text[at..];
                let length = rest.find(|it| !is_word(it)).unwrap_or(rest.len());
                at += length;
                Some(Kind::Word(rest[..length].to_owned()))
            }
            _ => {
                at += first.len_utf8();
                (!first.is_whitespace()).then_some(Kind::Sign(first))
            }
        };
        found.extend(kind.map(|kind| Token {
            kind,
            begin,
            end: at,
        }));
    }
    found
}

fn is_word(it: char) -> bool {
    it.is_alphanumeric() || it == '_' || it == '-'
}

/// The string that begins at this byte, and the byte behind it; one that nobody closes ends with its line.
fn string(text: &str, at: usize) -> (String, usize) {
    let mut inside = String::new();
    let mut chars = text[at + 1..].char_indices();
    while let Some((byte, it)) = chars.next() {
        let end = at + 1 + byte;
        match it {
            '"' => return (inside, end + 1),
            '\n' => return (inside, end),
            '\\' => match chars.next() {
                Some((_, 'n')) => inside.push('\n'),
                Some((_, 't')) => inside.push('\t'),
                Some((_, other)) => inside.push(other),
                None => break,
            },
            _ => inside.push(it),
        }
    }
    (inside, text.len())
}
