//! A command line as typed, to its words: quotes and backslashes as in a shell, and nothing else of one.

/// Why a command line has no words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WordsError {
    /// There is nothing in it.
    #[error("the command is empty")]
    Empty,
    /// A quote was opened and not closed.
    #[error("a quote is not closed: {0}")]
    Open(char),
    /// The last character is a backslash.
    #[error("nothing follows the last backslash")]
    Backslash,
    /// It holds what only a shell understands.
    #[error("{0} is for a shell: put it into a script")]
    Shell(char),
}

/// Splits a command line. Single quotes keep everything, double quotes all but `\"` and `\\`; outside them a
/// backslash keeps the next character. What a shell would do more with is an error, not a silent surprise.
pub fn words(line: &str) -> Result<Vec<String>, WordsError> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut rest = line.chars();
    while let Some(c) = rest.next() {
        match c {
            '\'' | '"' => quote(c, &mut rest, word.get_or_insert_default())?,
            '\\' => {
                let next = rest.next().ok_or(WordsError::Backslash)?;
                word.get_or_insert_default().push(next);
            }
            c if c.is_whitespace() => words.extend(word.take()),
            '|' | ';' | '<' | '>' | '&' | '`' | '$' | '(' | ')' => {
                return Err(WordsError::Shell(c));
            }
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    if words.first().is_none_or(String::is_empty) {
        return Err(WordsError::Empty);
    }
    Ok(words)
}

/// A line for the system's shell, as words.
pub fn shell(line: &str) -> Vec<String> {
    let words = if cfg!(windows) {
        ["cmd", "/C", line]
    } else {
        ["sh", "-c", line]
    };
    words.map(str::to_owned).to_vec()
}

fn quote(mark: char, rest: &mut std::str::Chars<'_>, word: &mut String) -> Result<(), WordsError> {
    while let Some(c) = rest.next() {
        match c {
            c if c == mark => return Ok(()),
            '\\' if mark == '"' => match rest.next() {
                Some(next @ ('"' | '\\')) => word.push(next),
                Some(next) => word.extend(['\\', next]),
                None => return Err(WordsError::Open(mark)),
            },
            c => word.push(c),
        }
    }
    Err(WordsError::Open(mark))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("node make-client.js", &["node", "make-client.js"])]
    #[case("  a\t b\n", &["a", "b"])]
    #[case("a 'b c' \"d e\" f\\ g", &["a", "b c", "d e", "f g"])]
    #[case(r#"a "q\"q" '\' "\n" ''"#, &["a", "q\"q", "\\", "\\n", ""])]
    #[case("a--x='1 2'", &["a--x=1 2"])]
    #[case("a '$HOME;|' \\$x", &["a", "$HOME;|", "$x"])]
    fn a_line_is_split_as_a_shell_would(#[case] line: &str, #[case] expected: &[&str]) {
        assert_eq!(words(line).unwrap(), expected);
    }

    #[rstest]
    #[case("", WordsError::Empty)]
    #[case("  ", WordsError::Empty)]
    #[case("''", WordsError::Empty)]
    #[case("a 'b", WordsError::Open('\''))]
    #[case("a \"b\\", WordsError::Open('"'))]
    #[case("a\\", WordsError::Backslash)]
    #[case("a | b", WordsError::Shell('|'))]
    #[case("a $X", WordsError::Shell('$'))]
    #[case("a && b", WordsError::Shell('&'))]
    fn what_cannot_be_meant_is_told(#[case] line: &str, #[case] error: WordsError) {
        assert_eq!(words(line), Err(error));
    }

    proptest! {
        #[test]
        fn quoted_words_come_back(texts in proptest::collection::vec("[^']{1,12}", 1..5)) {
            let line = texts.iter().map(|text| format!("'{text}'")).collect::<Vec<_>>().join(" ");
            prop_assert_eq!(words(&line).unwrap(), texts);
        }
    }
}
