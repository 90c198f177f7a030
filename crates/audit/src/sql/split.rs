//! From a file to its statements. What is no SQL is passed over: data of a `COPY`, lines for `psql`, `DELIMITER`, and the
//! half of a file that takes everything back.

use super::lex::{Kind, Lexer, Token};
use crate::schema::Engine;

/// A statement, by its bytes in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Statement {
    /// Its first byte.
    pub(super) begin: usize,
    /// The byte behind it, without the semicolon.
    pub(super) end: usize,
    /// Whether the file came to its end inside of a quote or a comment.
    pub(super) unfinished: bool,
}

/// The statements of a file, one after the other.
pub(super) struct Statements<'a> {
    text: &'a str,
    /// Where the part ends that is meant to be run.
    end: usize,
    lexer: Lexer<'a>,
    delimiter: Option<&'a str>,
}

/// The parts of the text that are run when the database goes forward: all of it, but for tools that keep both ways in one
/// file.
pub(super) fn forward(text: &str) -> Vec<(usize, usize)> {
    let mut parts: Vec<(usize, usize)> = Vec::new();
    let mut begin = Some(0);
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_start();
        if let Some(mark) = bare.strip_prefix("--").and_then(direction) {
            if let Some(begin) = begin.take() {
                parts.push((begin, at));
            }
            if mark == Direction::Up {
                begin = Some(at + line.len());
            }
        }
        at += line.len();
    }
    parts.extend(begin.map(|begin| (begin, text.len())));
    parts
}

#[derive(PartialEq, Eq)]
enum Direction {
    Up,
    Down,
}

/// goose and sql-migrate write `-- +goose Up`, dbmate `-- migrate:up`, others `-- +migrate Up`.
fn direction(comment: &str) -> Option<Direction> {
    let comment = comment.trim_start();
    let mark = comment
        .strip_prefix("+goose")
        .or_else(|| comment.strip_prefix("+migrate"))
        .or_else(|| comment.strip_prefix("migrate:"))
        .or_else(|| comment.strip_prefix("+micrate"))?;
    let word = mark.split_whitespace().next()?;
    if word.eq_ignore_ascii_case("up") {
        Some(Direction::Up)
    } else if word.eq_ignore_ascii_case("down") {
        Some(Direction::Down)
    } else {
        None
    }
}

impl<'a> Statements<'a> {
    /// Those between these bytes.
    pub(super) fn of(text: &'a str, (begin, end): (usize, usize), engine: Option<Engine>) -> Self {
        let text = text.get(..end).unwrap_or(text);
        let mut lexer = Lexer::of(text, engine);
        lexer.at = begin;
        Self {
            text,
            end,
            lexer,
            delimiter: None,
        }
    }

    /// Passes lines that are no SQL, where a statement could begin.
    fn pass_lines(&mut self) {
        loop {
            self.lexer.pass_space();
            let rest = self.text.get(self.lexer.at..).unwrap_or_default();
            // A dump may be one line of many megabytes: it is looked at as a line only where it is none of SQL.
            let word = rest.bytes().take(10).take_while(u8::is_ascii_alphabetic);
            let word = &rest[..word.count()];
            let delimits = word.eq_ignore_ascii_case("delimiter");
            let goes = word.eq_ignore_ascii_case("go");
            // Lines for `psql` and for `sqlite3`, and Drizzle's marker, which is no comment to MySQL.
            let client = rest.starts_with(['\\', '.']) || rest.starts_with("-->");
            if !client && !delimits && !goes {
                return;
            }
            let line = rest.split('\n').next().unwrap_or_default();
            if client {
                self.lexer.at += line.len();
            } else if delimits {
                let mark = line.split_whitespace().nth(1).unwrap_or(";");
                self.delimiter = (mark != ";").then_some(mark);
                self.lexer.dollars = self.delimiter.is_none();
                self.lexer.at += line.len();
            } else if line.trim().len() == 2 {
                self.lexer.at += line.len();
            } else {
                return;
            }
        }
    }

    /// The data behind a `COPY … FROM stdin`, up to `\.` on a line of its own.
    fn pass_data(&mut self) {
        let rest = self.text.get(self.lexer.at..).unwrap_or_default();
        let mut passed = 0;
        for line in rest.split_inclusive('\n') {
            passed += line.len();
            if line.trim_end() == "\\." {
                break;
            }
        }
        self.lexer.at += passed;
    }
}

impl Iterator for Statements<'_> {
    type Item = Statement;

    fn next(&mut self) -> Option<Statement> {
        loop {
            self.pass_lines();
            if self.lexer.at >= self.end {
                return None;
            }
            if let Some(statement) = self.one() {
                return Some(statement);
            }
        }
    }
}

impl Statements<'_> {
    /// What stands up to the next end of a statement, if there is anything.
    fn one(&mut self) -> Option<Statement> {
        let mut begin = None;
        let mut end = self.lexer.at;
        let mut shape = Shape::default();
        loop {
            if let Some(mark) = self.delimiter {
                self.lexer.pass_space();
                let rest = self.text.get(self.lexer.at..).unwrap_or_default();
                if rest.starts_with(mark) {
                    self.lexer.at += mark.len();
                    break;
                }
            }
            let Some(token) = self.lexer.next() else {
                break;
            };
            let ends = token.kind == Kind::Sign(';') && self.delimiter.is_none();
            if ends && shape.depth == 0 {
                break;
            }
            begin.get_or_insert(token.begin);
            end = token.end;
            shape.see(&token, self.text);
        }
        if shape.copies && shape.from_stdin {
            self.pass_data();
        }
        Some(Statement {
            begin: begin?,
            end,
            unfinished: self.lexer.unfinished,
        })
    }
}

/// What a statement looks like so far: whether its semicolons end it.
#[derive(Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is seen by itself, in any order"
)]
struct Shape {
    seen: usize,
    creates: bool,
    /// Whether it makes something with a body of statements.
    routine: bool,
    /// How many of `BEGIN` and `CASE` are open.
    depth: usize,
    after_end: bool,
    copies: bool,
    from_stdin: bool,
    after_from: bool,
}

impl Shape {
    fn see(&mut self, token: &Token, text: &str) {
        self.seen += 1;
        if token.kind != Kind::Word {
            self.after_end = false;
            return;
        }
        if self.seen == 1 {
            self.creates = token.is(text, "create");
            self.copies = token.is(text, "copy");
        }
        if self.copies {
            self.from_stdin |= self.after_from && token.is(text, "stdin");
            self.after_from = token.is(text, "from");
            return;
        }
        if !self.creates {
            return;
        }
        // `CREATE DEFINER=`a`@`b` TRIGGER` has the word within its first dozen.
        if self.seen <= 14 && !self.routine {
            let kinds = ["trigger", "procedure", "function", "event", "package"];
            self.routine = kinds.iter().any(|it| token.is(text, it));
            let other = [
                "table", "index", "view", "type", "domain", "schema", "policy",
            ];
            self.creates = !other.iter().any(|it| token.is(text, it));
            return;
        }
        if self.routine {
            self.nest(token, text);
        }
    }

    fn nest(&mut self, token: &Token, text: &str) {
        let after_end = std::mem::take(&mut self.after_end);
        if token.is(text, "end") {
            self.after_end = true;
            self.depth = self.depth.saturating_sub(1);
        } else if after_end {
            // `END IF` closes no `BEGIN`: what the `END` took is given back.
            let inner = ["if", "loop", "while", "repeat", "for"];
            if inner.iter().any(|it| token.is(text, it)) {
                self.depth += 1;
            }
        } else if token.is(text, "begin") || token.is(text, "case") {
            self.depth += 1;
        }
    }
}
