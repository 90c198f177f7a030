//! Text of others made harmless to show: what would steer a terminal or turn the reading direction becomes
//! an escape that can be read.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text on one line, every control, formatting and invisible character escaped.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if !is_hidden(c) => out.push(c),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
        }
    }
    Cow::Owned(out)
}

/// JSON in which no such character stands raw; it reads back as the same value.
pub(super) fn json<T: serde::Serialize>(value: &T) -> String {
    // Outside strings JSON has no such character but the line break, and inside strings no line break.
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    let mut out = String::with_capacity(text.len() + 1);
    for line in text.split_inclusive('\n') {
        // JSON itself escapes what is hidden in ASCII, but for DEL. Most lines end here, and quickly.
        if line.is_ascii() && !line.contains('\u{7f}') {
            out.push_str(line);
        } else {
            line.chars().for_each(|c| escaped(c, &mut out));
        }
    }
    out.push('\n');
    out
}

fn escaped(c: char, out: &mut String) {
    if is_hidden(c) && c != '\n' {
        let mut units = [0; 2];
        for unit in c.encode_utf16(&mut units) {
            let _ = write!(out, "\\u{unit:04x}");
        }
    } else {
        out.push(c);
    }
}

/// Whether a character moves the cursor, turns the reading direction, breaks a line, shows nothing or is none.
pub(super) fn is_hidden(c: char) -> bool {
    c.is_control()
        || u32::from(c) & 0xfffe == 0xfffe
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fdd0}'..='\u{fdef}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_a_terminal() {
        assert_eq!(
            visible("a\u{1b}[31m\u{9b}b\u{202e}\r\n\tc ‹share old› é"),
            "a\\u{1b}[31m\\u{9b}b\\u{202e}\\r\\n\\tc ‹share old› é"
        );
    }

    #[test]
    fn json_reads_back_as_it_was() {
        let value = serde_json::json!({ "a\u{202e}": "\u{1b}[0m \u{e0041} \u{7f} \n é" });
        let text = json(&value);
        assert!(!text.chars().any(|c| is_hidden(c) && c != '\n'));
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&text).unwrap(),
            value
        );
    }
}
