//! What an explanation is written on: named fields, wrapped to the terminal's width.

use crate::cli::reports::width;
use sharecheck::render::wrapped;
use std::fmt::Write as _;

/// The width of the column of field names.
const FIELD: usize = 11;

/// An explanation on its way to the output.
pub(super) struct Sheet(String);

impl Sheet {
    /// One that begins with this line.
    pub(super) fn new(head: &str) -> Self {
        Self(format!("{}\n", wrapped(head, width(), 0, "  ")))
    }

    /// All that was written.
    pub(super) fn text(self) -> String {
        self.0
    }

    /// An empty line.
    pub(super) fn gap(&mut self) {
        self.0.push('\n');
    }

    /// A paragraph.
    pub(super) fn prose(&mut self, text: &str) {
        self.put(2, "", text);
    }

    /// A paragraph with a name; without one, what belongs to the field above.
    pub(super) fn field(&mut self, name: &str, text: &str) {
        self.put(2 + FIELD, &format!("{name:<FIELD$}"), text);
    }

    /// A line of a list.
    pub(super) fn item(&mut self, mark: &str, text: &str) {
        self.put(6, &format!("{mark:<4}"), text);
    }

    /// The first few of some ids in a field, and how many there are beside them.
    pub(super) fn ids(&mut self, name: &str, ids: Vec<&str>, most: usize) {
        let more = ids.len().saturating_sub(most);
        let shown = ids.into_iter().take(most).collect::<Vec<_>>().join(", ");
        let more = match more {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        self.field(name, &format!("{shown}{more}"));
    }

    /// Code, as it stands.
    pub(super) fn code(&mut self, code: &str) {
        for line in code.lines() {
            let _ = writeln!(self.0, "{}", format!("    {line}").trim_end());
        }
    }

    fn put(&mut self, column: usize, first: &str, text: &str) {
        let text = wrapped(text, width(), column, &" ".repeat(column));
        let _ = writeln!(self.0, "  {}", format!("{first}{text}").trim_end());
    }
}
