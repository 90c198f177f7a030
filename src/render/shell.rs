//! Texts as commands of a shell: words that it reads back as they were, and what writes a text that is no word.

use super::visible::is_hidden;
use std::fmt::Write as _;

/// A piece of a text for a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// As it stands.
    Text(String),
    /// What a variable holds, by its name with the `$`.
    Variable(String),
    /// A text that comes so many times.
    Long(&'static str, usize),
}

/// The text as one word, if it can be one.
pub(super) fn word(pieces: &[Piece]) -> Option<String> {
    let mut out = String::new();
    for piece in pieces {
        match piece {
            // No program can be given a NUL.
            Piece::Text(text) if text.contains('\0') => return None,
            Piece::Text(text) if text.is_empty() => {}
            Piece::Text(text) => out.push_str(&quoted(text)),
            Piece::Variable(name) => {
                let _ = write!(out, "\"{name}\"");
            }
            Piece::Long(_, 0) => {}
            Piece::Long(_, _) => return None,
        }
    }
    Some(if out.is_empty() { quoted("") } else { out })
}

/// The command that writes the text to its standard output, whatever is in it.
pub(super) fn writer(pieces: &[Piece]) -> String {
    let is_long = |piece: &Piece| matches!(piece, Piece::Long(_, times) if *times > 0);
    let mut commands = Vec::new();
    for run in pieces.chunk_by(|one, other| !is_long(one) && !is_long(other)) {
        match run {
            [Piece::Long(text, times)] if text.len() == 1 => {
                commands.push(format!(
                    "head -c {times} /dev/zero | tr '\\0' {}",
                    quoted(text)
                ));
            }
            [Piece::Long(text, times)] => {
                commands.push(format!("printf '{text}%.0s' {{1..{times}}}"));
            }
            run => commands.push(printf(run)),
        }
    }
    match &commands[..] {
        [one] => one.clone(),
        all => format!("{{ {}; }}", all.join("; ")),
    }
}

/// The `printf` that writes these: words with a NUL between any two.
fn printf(pieces: &[Piece]) -> String {
    let mut words = vec![Vec::new()];
    for piece in pieces {
        if let Piece::Text(text) = piece {
            let mut parts = text.split('\0').map(|part| Piece::Text(part.to_owned()));
            if let Some(word) = words.last_mut() {
                word.extend(parts.next());
            }
            words.extend(parts.map(|part| vec![part]));
        } else if let Some(word) = words.last_mut() {
            word.push(piece.clone());
        }
    }
    let format = quoted(&vec!["%s"; words.len()].join("\\0"));
    let words: Vec<String> = words.iter().filter_map(|it| word(it)).collect();
    format!("printf {format} {}", words.join(" "))
}

/// A text as one word of a shell command.
pub(super) fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    if !text.contains(is_hidden) {
        return format!("'{}'", text.replace('\'', r"'\''"));
    }
    let mut out = String::from("$'");
    for c in text.chars() {
        match c {
            '\'' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            c if is_hidden(c) => {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    let _ = write!(out, "\\{byte:03o}");
                }
            }
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use std::process::Command;

    /// What a shell writes for the command, or nothing where there is no such shell.
    fn in_shell(command: &str) -> Option<String> {
        let out = Command::new("bash")
            .args(["-c", command])
            .env("NAME", "it's \"$x\"")
            .output()
            .ok()?;
        String::from_utf8(out.stdout).ok()
    }

    #[rstest]
    #[case("plain-1.2")]
    #[case("")]
    #[case("it's $HOME `id` \"x\" \\ !")]
    #[case("{\"clientId\":\"o'brien\"}")]
    #[case("a\u{1b}[31m'\\\u{202e}\n1")]
    fn a_shell_reads_back_what_was_quoted(#[case] text: &str) {
        let word = quoted(text);
        assert!(!word.contains(is_hidden), "{word}");
        if let Some(read) = in_shell(&format!("printf %s {word}")) {
            assert_eq!(read, text);
        }
    }

    #[rstest]
    #[case("a%s\\", "", 0, "")]
    #[case("", "", 0, "")]
    #[case("a\0b\0\0", "", 0, "\n")]
    #[case("'a' ", "7", 70_000, "\n\n")]
    #[case("\0", "é漢😀", 4600, "\0")]
    fn a_shell_writes_any_text(
        #[case] before: &str,
        #[case] piece: &'static str,
        #[case] times: usize,
        #[case] after: &str,
    ) {
        let pieces = [
            Piece::Text(before.to_owned()),
            Piece::Long(piece, times),
            Piece::Variable("$NAME".to_owned()),
            Piece::Text(after.to_owned()),
        ];
        let text = format!("{before}{}it's \"$x\"{after}", piece.repeat(times));
        let command = writer(&pieces);
        assert!(command.len() < 200, "{command}");
        if let Some(written) = in_shell(&command) {
            assert_eq!(written, text, "{command}");
        }
        if let Some(word) = word(&pieces)
            && let Some(written) = in_shell(&format!("printf %s {word}"))
        {
            assert_eq!(written, text, "{word}");
        }
    }
}
