//! JSON with comments and trailing commas, as a stream of plain JSON.

use std::io::{BufRead, Read, Result};

/// Passes a stream on without comments and without commas that nothing follows.
pub(super) struct Plain<R> {
    from: R,
    text: Text,
    /// A comma and the white space behind it, until it is known whether something follows.
    comma: bool,
    ready: Vec<u8>,
    given: usize,
}

/// What the stream is inside of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Text {
    Plain,
    Quoted,
    Escaped,
    /// Behind a slash that may begin a comment.
    Slash,
    Line,
    Block,
    /// Inside a block comment, behind an asterisk.
    Star,
}

impl<R: BufRead> Plain<R> {
    pub(super) fn of(from: R) -> Self {
        Self {
            from,
            text: Text::Plain,
            comma: false,
            ready: Vec::new(),
            given: 0,
        }
    }

    fn take(&mut self, byte: u8) {
        self.text = match (self.text, byte) {
            (Text::Quoted, b'\\') => Text::Escaped,
            (Text::Escaped, _) | (Text::Plain, b'"') => Text::Quoted,
            (Text::Plain, b'/') => Text::Slash,
            (Text::Slash, b'/') => Text::Line,
            (Text::Slash, b'*') => Text::Block,
            (Text::Quoted, b'"') | (Text::Line, b'\n') | (Text::Star, b'/') | (Text::Slash, _) => {
                Text::Plain
            }
            (Text::Block | Text::Star, b'*') => Text::Star,
            (Text::Star, _) => Text::Block,
            (same, _) => same,
        };
        let comment = matches!(
            self.text,
            Text::Slash | Text::Line | Text::Block | Text::Star
        );
        let ends_comment = self.text == Text::Plain && byte == b'/';
        if comment || ends_comment {
            return;
        }
        if self.text == Text::Plain && byte == b',' {
            self.comma = true;
            return;
        }
        if self.comma && !byte.is_ascii_whitespace() {
            if !matches!(byte, b'}' | b']') {
                self.ready.push(b',');
            }
            self.comma = false;
        }
        self.ready.push(byte);
    }
}

impl<R: BufRead> Read for Plain<R> {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        while self.given == self.ready.len() {
            self.ready.clear();
            self.given = 0;
            let bytes = self.from.fill_buf()?.to_vec();
            if bytes.is_empty() {
                return Ok(0);
            }
            self.from.consume(bytes.len());
            for byte in bytes {
                self.take(byte);
            }
        }
        let rest = self.ready.get(self.given..).unwrap_or_default();
        let count = rest.len().min(into.len());
        if let (Some(to), Some(from)) = (into.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(r#"{"a": [1, 2,], }"#, r#"{"a": [1, 2] }"#)]
    #[case(
        "{\"a\": 1, // two,\n \"b\": \"/* , ] */\"}",
        "{\"a\": 1 \n, \"b\": \"/* , ] */\"}"
    )]
    #[case(r#"{"a": /* b, */ "\",]"}"#, r#"{"a":  "\",]"}"#)]
    fn only_json_is_left(#[case] from: &str, #[case] plain: &str) {
        let mut text = String::new();
        Plain::of(from.as_bytes())
            .read_to_string(&mut text)
            .unwrap();
        let bare = |it: &str| it.split_whitespace().collect::<String>();
        assert_eq!(bare(&text), bare(plain));
        assert!(
            serde_json::from_str::<serde_json::Value>(&text).is_ok(),
            "{text}"
        );
    }
}
