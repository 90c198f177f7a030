//! What the report for people is written on: colours, indents, lines no longer than they may be.

use super::Style;
use super::visible::visible;
use anstyle::{AnsiColor, Effects};
use std::fmt::Write as _;

/// The width of the column of field names.
const FIELD: usize = 10;

/// What a piece of text is, which decides its colour.
#[derive(Clone, Copy)]
pub(super) enum Ink {
    /// Nothing in particular.
    Plain,
    /// As it should be.
    Good,
    /// Broken.
    Bad,
    /// Not known, or not as it is advised.
    Doubt,
    /// A name to find again.
    Strong,
    /// Of less weight.
    Faint,
}

impl Ink {
    fn style(self) -> anstyle::Style {
        match self {
            Self::Plain => anstyle::Style::new(),
            Self::Good => AnsiColor::Green.on_default().effects(Effects::BOLD),
            Self::Bad => AnsiColor::Red.on_default().effects(Effects::BOLD),
            Self::Doubt => AnsiColor::Yellow.on_default().effects(Effects::BOLD),
            Self::Strong => anstyle::Style::new().effects(Effects::BOLD),
            Self::Faint => anstyle::Style::new().effects(Effects::DIMMED),
        }
    }
}

/// Text on its way to a terminal.
pub(super) struct Page {
    out: String,
    pub(super) style: Style,
}

impl Page {
    /// An empty one.
    pub(super) fn new(style: &Style) -> Self {
        Self {
            out: String::new(),
            style: *style,
        }
    }

    /// All that was written.
    pub(super) fn text(self) -> String {
        self.out
    }

    /// A named line of prose, if there is a text for it.
    pub(super) fn field(&mut self, name: &str, text: Option<&str>) {
        let Some(text) = text else { return };
        self.paint(Ink::Faint, &format!("  {name:<FIELD$}"));
        let indent = " ".repeat(2 + FIELD);
        let text = wrapped(&visible(text), self.style.width, indent.len(), &indent);
        self.line(&text);
    }

    /// A field that is not wrapped, so that it can be copied.
    pub(super) fn raw_field(&mut self, name: &str, text: &str) {
        self.paint(Ink::Faint, &format!("  {name:<FIELD$}"));
        self.line(text);
    }

    /// A body, cut to two lines or so.
    pub(super) fn body(&mut self, body: &str) {
        if !body.is_empty() {
            let room = (2 * self.style.width).saturating_sub(2 + FIELD).max(40);
            let text = cut(&visible(body), room);
            self.raw_field("", &text);
        }
    }

    /// A line that begins with a word in colour.
    pub(super) fn bullet(&mut self, ink: Ink, word: &str, text: &str) {
        self.paint(ink, word);
        let text = wrapped(text, self.style.width, word.len() + 1, "  ");
        self.line(&format!(" {text}"));
    }

    /// A paragraph, with what its first line and its other lines begin with.
    pub(super) fn prose(&mut self, text: &str, first: &str, rest: &str) {
        let text = wrapped(text, self.style.width, first.len(), rest);
        self.line(&format!("{first}{text}"));
    }

    /// Text as it stands, in colour if the style has any.
    pub(super) fn paint(&mut self, ink: Ink, text: &str) {
        if self.style.colour {
            let style = ink.style();
            let _ = write!(self.out, "{style}{text}{style:#}");
        } else {
            self.out.push_str(text);
        }
    }

    /// Text as it stands, and the end of the line.
    pub(super) fn line(&mut self, text: &str) {
        self.out.push_str(text.trim_end());
        self.end();
    }

    /// The end of the line.
    pub(super) fn end(&mut self) {
        self.out.push('\n');
    }

    /// An empty line, if there is something above it to be parted from.
    pub(super) fn gap(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.end();
        }
    }
}

/// The text, cut to so many characters.
pub fn cut(text: &str, most: usize) -> String {
    let mut starts = text.char_indices().map(|(at, _)| at);
    let last = starts.by_ref().nth(most.saturating_sub(1));
    match (last, starts.next()) {
        (Some(last), Some(_)) => format!("{}…", &text[..last]),
        _ => text.to_owned(),
    }
}

/// Breaks a text at spaces into lines of this width; `used` characters of the first are gone already.
pub fn wrapped(text: &str, width: usize, used: usize, indent: &str) -> String {
    let width = width.max(40);
    let mut out = String::with_capacity(text.len() + 16);
    let mut column = used;
    let mut fresh = true;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let length = word.chars().count();
        if !fresh && column + 1 + length > width {
            out.push('\n');
            out.push_str(indent);
            column = indent.len();
            fresh = true;
        }
        if !fresh {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
        fresh = false;
    }
    out
}
