//! A JSON report of ours, read back.

use crate::cli::{Error, read};
use serde::Deserialize;
use sharecheck::model::report::{FORMAT, Report, Tool};
use std::path::Path;

/// Why a file is no report that can be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    /// It is no report, or a damaged one.
    #[error("{name}:{line}:{column}: not a JSON report of sharecheck: {cause}")]
    NotAReport {
        /// The file.
        name: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong there.
        cause: String,
    },
    /// It is a report of another format.
    #[error(
        "{name} is a report of format {format} by {} {}; this sharecheck reads format {FORMAT}",
        .tool.name,
        .tool.version
    )]
    Format {
        /// The file.
        name: String,
        /// Its format.
        format: u64,
        /// What wrote it.
        tool: Tool,
    },
}

/// Reads a report of ours, with its name for messages.
pub(crate) fn read_report(path: &Path) -> Result<(String, Report), Error> {
    #[derive(Deserialize)]
    struct Head {
        format: u64,
        tool: Tool,
    }
    let (name, text) = read(path)?;
    let not_a_report = |error: serde_json::Error| {
        let cause = error.to_string();
        ReadError::NotAReport {
            name: name.clone(),
            line: error.line(),
            column: error.column(),
            cause: cause
                .split(" at line ")
                .next()
                .unwrap_or_default()
                .to_owned(),
        }
    };
    let head: Head = serde_json::from_slice(&text).map_err(not_a_report)?;
    if head.format != u64::from(FORMAT) {
        return Err(ReadError::Format {
            name,
            format: head.format,
            tool: head.tool,
        }
        .into());
    }
    let report = serde_json::from_slice(&text).map_err(not_a_report)?;
    Ok((name, report))
}
