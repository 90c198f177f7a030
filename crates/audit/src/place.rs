//! Where something was found: the judge's own `Location`, and what makes one.

pub use sharecheck_judge::model::finding::Location as Place;

/// A table of a live database, by its full name.
pub fn table(table: impl Into<String>) -> Place {
    Place::Table {
        table: table.into(),
        column: None,
    }
}

/// A column of a live database's table.
pub fn column(table: impl Into<String>, column: impl Into<String>) -> Place {
    Place::Table {
        table: table.into(),
        column: Some(column.into()),
    }
}

/// Where the lines of a text begin, to tell places in it.
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    path: &'a str,
    text: &'a str,
    begin: Vec<usize>,
}

impl<'a> Lines<'a> {
    /// Those of a file's text; the path is as the user would type it, with `/` between its parts.
    pub fn of(path: &'a str, text: &'a str) -> Self {
        let ends = text.match_indices('\n').map(|(end, _)| end + 1);
        Self {
            path,
            text,
            begin: std::iter::once(0).chain(ends).collect(),
        }
    }

    /// The place of this byte; one behind the end is the end.
    pub fn at(&self, byte: usize) -> Place {
        let line = self.begin.partition_point(|begin| *begin <= byte);
        let begin = self.begin[line - 1];
        let before = self.text.get(begin..byte);
        let before = before.unwrap_or_else(|| self.text.get(begin..).unwrap_or_default());
        Place::File {
            path: self.path.to_owned(),
            line,
            column: before.chars().count() + 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(0, 1, 1)]
    #[case(1, 1, 2)]
    #[case(3, 1, 3)]
    #[case(4, 2, 1)]
    #[case(5, 2, 2)]
    #[case(99, 2, 2)]
    fn places_count_from_one_in_characters(
        #[case] byte: usize,
        #[case] line: usize,
        #[case] column: usize,
    ) {
        let lines = Lines::of("a.sql", "aä\nb");
        let path = "a.sql".to_owned();
        assert_eq!(lines.at(byte), Place::File { path, line, column });
    }
}
