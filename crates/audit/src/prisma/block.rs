//! From tokens to blocks: `model X { … }` and the like, their fields and attributes. Prose around them, as in a Markdown
//! file, is passed over.

use super::tokens::{Kind, Token};

/// A block with a keyword and a name.
#[derive(Clone, Debug)]
pub(super) struct Block {
    /// `model`, `enum`, `datasource`…
    pub(super) keyword: String,
    /// Its name.
    pub(super) name: String,
    /// Its first byte.
    pub(super) begin: usize,
    /// The byte behind it.
    pub(super) end: usize,
    /// Its lines; an error where they cannot be read.
    pub(super) lines: Result<Vec<Line>, String>,
}

/// What stands between two ends of lines that count.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// Its first byte.
    pub(super) begin: usize,
    /// What comes before the first attribute: a field's name and type, an enum's value, a setting.
    pub(super) words: Vec<Token>,
    /// Its attributes in order.
    pub(super) attributes: Vec<Attribute>,
}

/// `@unique(map: "x")`, `@@id([a, b])`, `@db.VarChar(64)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attribute {
    /// Whether it is about the whole block: two `@`.
    pub(super) block: bool,
    /// Its name: `unique`, `db.VarChar`.
    pub(super) name: String,
    /// Its arguments.
    pub(super) arguments: Vec<Argument>,
    /// Its first byte.
    pub(super) begin: usize,
    /// The byte behind it.
    pub(super) end: usize,
}

/// An argument, with a name or without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Argument {
    /// `fields` in `fields: [a]`.
    pub(super) name: Option<String>,
    /// What is given.
    pub(super) value: Value,
}

/// What an argument gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// A string.
    Text(String),
    /// A name or a number, with dots: `a`, `address.street`, `10`.
    Word(String),
    /// `now()`, `a(length: 10)`.
    Call(String, Vec<Argument>),
    /// `[a, b]`.
    List(Vec<Argument>),
    /// Anything else.
    Other,
}

impl Attribute {
    /// The argument with this name.
    pub(super) fn named(&self, name: &str) -> Option<&Value> {
        let mut all = self.arguments.iter();
        all.find(|it| it.name.as_deref() == Some(name))
            .map(|it| &it.value)
    }

    /// The first argument without a name.
    pub(super) fn first(&self) -> Option<&Value> {
        let mut all = self.arguments.iter();
        all.find(|it| it.name.is_none()).map(|it| &it.value)
    }
}

impl Value {
    /// The text, if it is one.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Word(_) | Self::Call(..) | Self::List(_) | Self::Other => None,
        }
    }
}

/// Deeper than this no schema goes; what does is not read.
const DEEPEST: usize = 32;

/// All blocks of a text.
pub(super) fn blocks(tokens: &[Token]) -> Vec<Block> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let Some((keyword, name)) = head(&tokens[at..]) else {
            at += 1;
            continue;
        };
        let (inside, next, closed) = inside(tokens, at + 3);
        let lines = if closed {
            lines(inside)
        } else {
            Err("no closing brace ends it".to_owned())
        };
        let end = tokens
            .get(next.saturating_sub(1))
            .map_or(0, |last| last.end);
        let begin = tokens[at].begin;
        found.push(Block {
            keyword: keyword.to_owned(),
            name: name.to_owned(),
            begin,
            end,
            lines,
        });
        at = next;
    }
    found
}

/// The keyword and the name, where a block begins here.
fn head(tokens: &[Token]) -> Option<(&str, &str)> {
    let [keyword, name, open, ..] = tokens else {
        return None;
    };
    let known = ["model", "enum", "type", "view", "datasource", "generator"];
    let keyword = keyword.word()?;
    (known.contains(&keyword) && open.is('{')).then_some((keyword, name.word()?))
}

/// The tokens up to the closing brace, where to go on, and whether there is one. A block that begins inside of another
/// says that the brace was forgotten.
fn inside(tokens: &[Token], from: usize) -> (&[Token], usize, bool) {
    let mut depth = 1_usize;
    for (at, token) in tokens.iter().enumerate().skip(from) {
        let fresh = at > from && tokens[at - 1].kind == Kind::Break;
        if fresh && head(&tokens[at..]).is_some() {
            return (&tokens[from..at], at, false);
        }
        if token.is('{') {
            depth += 1;
        } else if token.is('}') {
            depth -= 1;
            if depth == 0 {
                return (&tokens[from..at], at + 1, true);
            }
        }
    }
    (&tokens[from..], tokens.len(), false)
}

/// The lines of a block. A line that begins with one `@` goes on with the one before.
fn lines(tokens: &[Token]) -> Result<Vec<Line>, String> {
    let mut found: Vec<Line> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at].kind == Kind::Break {
            at += 1;
            continue;
        }
        let begin = tokens[at].begin;
        let mut words = Vec::new();
        while at < tokens.len() && tokens[at].kind != Kind::Break && !tokens[at].is('@') {
            let opens = tokens[at].is('(') || tokens[at].is('[');
            let end = if opens { closing(tokens, at)? } else { at };
            words.extend(tokens[at..=end].iter().cloned());
            at = end + 1;
        }
        let mut attributes = Vec::new();
        while at < tokens.len() && tokens[at].is('@') {
            let (attribute, next) = attribute(tokens, at)?;
            attributes.push(attribute);
            at = next;
        }
        let goes_on = words.is_empty() && attributes.first().is_some_and(|it| !it.block);
        match found.last_mut().filter(|_| goes_on) {
            Some(last) => last.attributes.append(&mut attributes),
            None => found.push(Line {
                begin,
                words,
                attributes,
            }),
        }
        if at < tokens.len() && tokens[at].kind != Kind::Break && !attributes_end(&tokens[at]) {
            at += 1;
        }
    }
    Ok(found)
}

/// What may follow an attribute on its line: nothing that has a meaning, so it is passed over by the next round.
fn attributes_end(token: &Token) -> bool {
    token.word().is_some() || token.is('(') || token.is('[') || token.is('@')
}

/// The token that closes the bracket at this one.
fn closing(tokens: &[Token], at: usize) -> Result<usize, String> {
    let mut depth = 0_usize;
    for (found, token) in tokens.iter().enumerate().skip(at) {
        if token.is('(') || token.is('[') {
            depth += 1;
        } else if token.is(')') || token.is(']') {
            depth -= 1;
            if depth == 0 {
                return Ok(found);
            }
        }
    }
    Err("a bracket in it is never closed".to_owned())
}

/// The attribute at this `@`, and the token behind it.
fn attribute(tokens: &[Token], at: usize) -> Result<(Attribute, usize), String> {
    let begin = tokens[at].begin;
    let block = tokens.get(at + 1).is_some_and(|it| it.is('@'));
    let mut reader = Reader {
        tokens,
        at: at + 1 + usize::from(block),
    };
    let name = reader.name();
    let arguments = if reader.peek().is_some_and(|it| it.is('(')) {
        closing(tokens, reader.at)?;
        reader.at += 1;
        reader.arguments(')', 0)?
    } else {
        Vec::new()
    };
    let attribute = Attribute {
        block,
        name,
        arguments,
        begin,
        end: tokens
            .get(reader.at.saturating_sub(1))
            .map_or(begin, |it| it.end),
    };
    Ok((attribute, reader.at))
}

/// Reads arguments.
struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn pass_breaks(&mut self) {
        while self.peek().is_some_and(|it| it.kind == Kind::Break) {
            self.at += 1;
        }
    }

    /// A name with dots.
    fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(token) = self.peek() {
            match &token.kind {
                Kind::Word(word) => name.push_str(word),
                Kind::Sign('.') => name.push('.'),
                Kind::Text(_) | Kind::Sign(_) | Kind::Break => break,
            }
            self.at += 1;
        }
        name
    }

    /// What stands up to this closing sign, which is passed.
    fn arguments(&mut self, close: char, depth: usize) -> Result<Vec<Argument>, String> {
        if depth > DEEPEST {
            return Err("its brackets go too deep".to_owned());
        }
        let mut found = Vec::new();
        loop {
            self.pass_breaks();
            let Some(token) = self.peek() else {
                return Err("a bracket in it is never closed".to_owned());
            };
            if token.is(close) {
                self.at += 1;
                return Ok(found);
            }
            if token.is(',') {
                self.at += 1;
                continue;
            }
            let begin = self.at;
            let mut name = None;
            if token.word().is_some() && self.tokens.get(self.at + 1).is_some_and(|it| it.is(':')) {
                name = token.word().map(str::to_owned);
                self.at += 2;
                self.pass_breaks();
            }
            let value = self.value(depth)?;
            found.push(Argument { name, value });
            if self.at == begin {
                self.at += 1;
            }
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, String> {
        let Some(token) = self.peek() else {
            return Ok(Value::Other);
        };
        match &token.kind {
            Kind::Text(text) => {
                let text = text.clone();
                self.at += 1;
                Ok(Value::Text(text))
            }
            Kind::Sign('[') => {
                self.at += 1;
                Ok(Value::List(self.arguments(']', depth + 1)?))
            }
            Kind::Sign('{') => {
                self.at += 1;
                self.arguments('}', depth + 1)?;
                Ok(Value::Other)
            }
            Kind::Word(_) => {
                let name = self.name();
                if self.peek().is_some_and(|it| it.is('(')) {
                    self.at += 1;
                    return Ok(Value::Call(name, self.arguments(')', depth + 1)?));
                }
                Ok(Value::Word(name))
            }
            Kind::Sign(_) | Kind::Break => {
                self.at += 1;
                Ok(Value::Other)
            }
        }
    }
}
