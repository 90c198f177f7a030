//! A file per command: takes what was typed, as it was meant, and gives an exit code.

pub(crate) mod artifacts;
pub(crate) mod audit;
pub(crate) mod base_url;
pub(crate) mod clients;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod connection;
pub(crate) mod credentials;
pub(crate) mod diff;
pub(crate) mod doctor;
pub(crate) mod environment;
pub(crate) mod error;
pub(crate) mod explain;
pub(crate) mod faults;
pub(crate) mod help;
pub(crate) mod judge;
pub(crate) mod known_failures;
pub(crate) mod list;
pub(crate) mod merge;
pub(crate) mod outlook;
pub(crate) mod price;
pub(crate) mod rehearse;
pub(crate) mod reports;
pub(crate) mod restart;
pub(crate) mod run;
pub(crate) mod selection;
pub(crate) mod selftest;
pub(crate) mod serve;
pub(crate) mod signal;
pub(crate) mod snapshot;
pub(crate) mod suggest;
pub(crate) mod target;
pub(crate) mod user_share;
mod wallets;
pub(crate) mod watch;

pub(crate) use error::Error;

use sharecheck::hook::words;
use std::fmt::Display;
use std::io::{ErrorKind, Read as _, Write as _};
use std::ops::RangeInclusive;
use std::path::Path;
use std::process::ExitCode;
use std::str::FromStr;

/// A flag's command as words; `way_out` says what to write where only a shell would understand it.
pub(crate) fn command(
    flag: &'static str,
    line: &str,
    way_out: &'static str,
) -> Result<Vec<String>, Error> {
    words(line).map_err(|cause| Error::Command {
        flag,
        line: line.to_owned(),
        cause,
        way_out,
    })
}

/// Reads a whole number within these bounds; one that is none is told with them.
pub(crate) fn whole<T: Clone + Display + FromStr + PartialOrd>(
    bounds: RangeInclusive<T>,
) -> impl Fn(&str) -> Result<T, String> + Clone {
    move |text| {
        let number = text.trim().parse().ok().filter(|it| bounds.contains(it));
        let (least, most) = (bounds.start(), bounds.end());
        number.ok_or_else(|| format!("must be a whole number from {least} to {most}"))
    }
}

/// The name of a file for messages, and what it holds; - is standard input.
pub(crate) fn read(path: &Path) -> Result<(String, Vec<u8>), Error> {
    let (name, bytes) = if path == Path::new("-") {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().read_to_end(&mut bytes);
        ("standard input".to_owned(), read.map(|_| bytes))
    } else {
        (path.display().to_string(), std::fs::read(path))
    };
    match bytes {
        Ok(bytes) => Ok((name, bytes)),
        Err(cause) => Err(Error::unreadable(name, cause)),
    }
}

/// Tells an error, and what to type next; gives the exit code for it.
pub(crate) fn failed(error: &Error) -> ExitCode {
    if let Error::Clap(said) = error {
        return of_clap(said);
    }
    warn(&format!("error: {error}"));
    if let Some(next) = error.next() {
        warn(&format!("next: {next}"));
    }
    ExitCode::from(error.exit_code())
}

/// Prints what clap has to say. The help and the version are no errors and go to standard output.
fn of_clap(said: &clap::Error) -> ExitCode {
    match said.print() {
        Err(cause) if !said.use_stderr() && cause.kind() != ErrorKind::BrokenPipe => {
            failed(&Error::Output(cause))
        }
        Ok(()) | Err(_) => ExitCode::from(error::of_clap(said)),
    }
}

/// Writes to standard output. A reader that has gone away is no error.
pub(crate) fn say(text: &str) -> Result<(), Error> {
    let mut out = anstream::stdout().lock();
    let end = if text.ends_with('\n') { "" } else { "\n" };
    let written = [text, end]
        .iter()
        .try_for_each(|it| out.write_all(it.as_bytes()));
    match written.and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Error::Output(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes a line to standard error.
pub(crate) fn warn(text: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// The runtime of every command that touches the network.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    let built = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    built.map_err(Error::Runtime)
}
