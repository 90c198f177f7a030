//! Reads a statement's tokens from left to right.

use super::lex::{Kind, Lexer, Token};
use crate::schema::Engine;

/// A name as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    /// Without quotes.
    pub(super) text: String,
    /// Whether it stood in quotes: PostgreSQL folds the others to lower case.
    pub(super) quoted: bool,
}

/// Where in a statement the reading stands.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    /// The statement, without comments.
    pub(super) text: &'a str,
    /// Its tokens.
    pub(super) tokens: &'a [Token],
    /// The next one.
    pub(super) at: usize,
}

/// All tokens of a text.
pub(super) fn tokens(text: &str, engine: Option<Engine>) -> Vec<Token> {
    Lexer::of(text, engine).collect()
}

impl<'a> Cursor<'a> {
    /// At the beginning.
    pub(super) fn of(text: &'a str, tokens: &'a [Token]) -> Self {
        Self {
            text,
            tokens,
            at: 0,
        }
    }

    /// The next token.
    pub(super) fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }

    /// Whether all was read.
    pub(super) fn is_done(&self) -> bool {
        self.at >= self.tokens.len()
    }

    /// Whether this keyword comes next.
    pub(super) fn sees(&self, keyword: &str) -> bool {
        self.peek().is_some_and(|it| it.is(self.text, keyword))
    }

    /// Whether one of these comes next.
    pub(super) fn sees_one(&self, keywords: &[&str]) -> bool {
        keywords.iter().any(|it| self.sees(it))
    }

    /// Passes these keywords if they come next, all of them or none; they are parted by spaces.
    pub(super) fn takes(&mut self, keywords: &str) -> bool {
        let begin = self.at;
        for keyword in keywords.split(' ') {
            if !self.sees(keyword) {
                self.at = begin;
                return false;
            }
            self.at += 1;
        }
        true
    }

    /// Passes one of these keywords, and says whether there was one.
    pub(super) fn takes_one(&mut self, keywords: &[&str]) -> bool {
        keywords.iter().any(|it| self.takes(it))
    }

    /// Passes this sign if it comes next.
    pub(super) fn takes_sign(&mut self, sign: char) -> bool {
        let comes = self.sees_sign(sign);
        self.at += usize::from(comes);
        comes
    }

    /// Whether this sign comes next.
    pub(super) fn sees_sign(&self, sign: char) -> bool {
        self.peek().is_some_and(|it| it.kind == Kind::Sign(sign))
    }

    /// Passes `IF EXISTS` or `IF NOT EXISTS`.
    pub(super) fn takes_guard(&mut self) -> bool {
        self.takes("if not exists") || self.takes("if exists")
    }

    /// A name.
    pub(super) fn name(&mut self) -> Option<Name> {
        let token = self.peek()?;
        let text = token.name(self.text)?;
        self.at += 1;
        Some(Name {
            text: unescaped(text, token.kind),
            quoted: token.kind == Kind::Name,
        })
    }

    /// A name with what comes before its dots.
    pub(super) fn path(&mut self) -> Option<Vec<Name>> {
        let mut path = vec![self.name()?];
        while self.takes_sign('.') {
            path.push(self.name()?);
        }
        Some(path)
    }

    /// The tokens between the brackets that open here, which are passed.
    pub(super) fn brackets(&mut self) -> Option<&'a [Token]> {
        if !self.sees_sign('(') {
            return None;
        }
        let mut depth = 0_usize;
        for (at, token) in self.tokens.iter().enumerate().skip(self.at) {
            match token.kind {
                Kind::Sign('(') => depth += 1,
                Kind::Sign(')') => depth -= 1,
                Kind::Sign(_) | Kind::Word | Kind::Name | Kind::Text | Kind::Body => {}
            }
            if depth == 0 {
                let inside = self.tokens.get(self.at + 1..at);
                self.at = at + 1;
                return inside;
            }
        }
        None
    }

    /// What was not read yet.
    pub(super) fn rest(&self) -> &'a [Token] {
        self.tokens.get(self.at..).unwrap_or_default()
    }

    /// A cursor over some of the tokens.
    pub(super) fn over(&self, tokens: &'a [Token]) -> Self {
        Self::of(self.text, tokens)
    }
}

/// A quote that is written twice is one.
fn unescaped(text: &str, kind: Kind) -> String {
    if kind == Kind::Name {
        return text.replace("\"\"", "\"").replace("``", "`");
    }
    text.to_owned()
}

/// The tokens between commas that stand in no brackets.
pub(super) fn by_commas(tokens: &[Token]) -> Vec<&[Token]> {
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let mut from = 0;
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Sign('(' | '[') => depth += 1,
            Kind::Sign(')' | ']') => depth = depth.saturating_sub(1),
            Kind::Sign(',') if depth == 0 => {
                found.push(&tokens[from..at]);
                from = at + 1;
            }
            Kind::Sign(_) | Kind::Word | Kind::Name | Kind::Text | Kind::Body => {}
        }
    }
    found.push(&tokens[from..]);
    found.retain(|it| !it.is_empty());
    found
}

/// What stands between the first and the last of these tokens.
pub(super) fn span(tokens: &[Token]) -> (usize, usize) {
    let begin = tokens.first().map_or(0, |it| it.begin);
    (begin, tokens.last().map_or(begin, |it| it.end))
}
