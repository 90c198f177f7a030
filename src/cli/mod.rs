//! A file per command: takes what was typed, as it was meant, and gives an exit code.

pub(crate) mod artifacts;
pub(crate) mod base_url;
pub(crate) mod clients;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod connection;
pub(crate) mod credentials;
pub(crate) mod diff;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod faults;
pub(crate) mod judge;
pub(crate) mod known_failures;
pub(crate) mod list;
pub(crate) mod merge;
pub(crate) mod price;
pub(crate) mod reports;
pub(crate) mod restart;
pub(crate) mod run;
pub(crate) mod selection;
pub(crate) mod selftest;
pub(crate) mod serve;
pub(crate) mod signal;
pub(crate) mod snapshot;
pub(crate) mod target;
pub(crate) mod watch;

use sharecheck::hook::{WordsError, words};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

/// Exit codes, as the README has them. Never renumbered.
pub(crate) const BAD_INPUT: u8 = 2;

/// A mistake of the user's, in one message.
#[derive(Debug)]
pub(crate) struct BadInput(pub String);

impl BadInput {
    /// What is wrong with a file; where it says in which line, that stands behind the name as editors know it.
    pub(crate) fn in_file(name: &str, error: &impl std::error::Error) -> Self {
        let text = error.to_string();
        let space = if text.starts_with(':') { "" } else { " " };
        Self(format!("{name}{space}{text}"))
    }

    /// There is no webhook secret.
    pub(crate) fn no_secret() -> Self {
        Self(
            "no webhook secret: set SHARECHECK_SECRET, or name a file with --secret-file"
                .to_owned(),
        )
    }
}

impl<E: std::error::Error> From<E> for BadInput {
    fn from(error: E) -> Self {
        let mut text = error.to_string();
        let mut next = error.source();
        while let Some(cause) = next {
            let cause_text = cause.to_string();
            if !text.contains(&cause_text) {
                text.push_str(": ");
                text.push_str(&cause_text);
            }
            next = cause.source();
        }
        Self(text)
    }
}

/// A flag's command as words; `way_out` says what to write where only a shell would understand it.
pub(crate) fn command(flag: &str, line: &str, way_out: &str) -> Result<Vec<String>, BadInput> {
    words(line).map_err(|error| {
        let way_out = match error {
            WordsError::Shell(_) => way_out,
            WordsError::Empty | WordsError::Open(_) | WordsError::Backslash => "",
        };
        BadInput(format!("{flag} {line}: {error}{way_out}"))
    })
}

/// The name of a file for messages, and what it holds; - is standard input.
pub(crate) fn read(path: &Path) -> Result<(String, Vec<u8>), BadInput> {
    let (name, bytes) = if path == Path::new("-") {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().read_to_end(&mut bytes);
        ("standard input".to_owned(), read.map(|_| bytes))
    } else {
        (path.display().to_string(), std::fs::read(path))
    };
    match bytes {
        Ok(bytes) => Ok((name, bytes)),
        Err(error) => Err(BadInput(format!("cannot read {name}: {error}"))),
    }
}

/// Prints a mistake and gives the exit code for it.
pub(crate) fn bad_input(error: &BadInput) -> ExitCode {
    warn(&format!("error: {}", error.0));
    ExitCode::from(BAD_INPUT)
}

/// Writes to standard output; whether that was possible. A reader that has gone away is no error.
pub(crate) fn say(text: &str) -> bool {
    let mut out = anstream::stdout().lock();
    let end = if text.ends_with('\n') { "" } else { "\n" };
    let written = [text, end]
        .iter()
        .try_for_each(|it| out.write_all(it.as_bytes()));
    match written.and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            warn(&format!("error: cannot write to standard output: {error}"));
            false
        }
        Ok(()) | Err(_) => true,
    }
}

/// Writes a line to standard error.
pub(crate) fn warn(text: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// The runtime of every command that touches the network.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, BadInput> {
    Ok(tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?)
}
