//! A JSON report of ours, read back.

use crate::cli::{BadInput, read};
use serde::Deserialize;
use sharecheck::model::report::{FORMAT, Report, Tool};
use std::path::Path;

/// Reads a report of ours, with its name for messages.
pub(crate) fn read_report(path: &Path) -> Result<(String, Report), BadInput> {
    #[derive(Deserialize)]
    struct Head {
        format: u64,
        tool: Tool,
    }
    let (name, text) = read(path)?;
    let slip = |error: serde_json::Error| {
        let (line, column) = (error.line(), error.column());
        let cause = error.to_string();
        let cause = cause
            .split(" at line ")
            .next()
            .unwrap_or_default()
            .to_owned();
        BadInput(format!(
            "{name}:{line}:{column}: not a JSON report of sharecheck: {cause}"
        ))
    };
    let head: Head = serde_json::from_slice(&text).map_err(slip)?;
    if head.format != u64::from(FORMAT) {
        return Err(BadInput(format!(
            "{name} is a report of format {} by {} {}; this sharecheck reads format {FORMAT}",
            head.format, head.tool.name, head.tool.version
        )));
    }
    let report = serde_json::from_slice(&text).map_err(slip)?;
    Ok((name, report))
}
