//! What can be shown to others: a statement of the result, and a badge.

use crate::cli::Error;
use crate::cli::artifacts::{Artifacts, forget};
use clap::Args;
use sharecheck::model::report::Report;
use sharecheck::render::{NoStatement, Subject, badge, statement};
use std::path::{Path, PathBuf};

/// Says what is made to be shown to others.
#[derive(Args, Debug)]
pub(super) struct StatementArgs {
    /// Write an in-toto statement of the result, ready to be signed; of a whole run with a JSON report only
    #[arg(long, value_name = "FILE")]
    statement: Option<PathBuf>,
    /// What was deployed for the run (repeatable): the statement is about it, on your word
    #[arg(long, value_name = "NAME@sha256:HEX", requires = "statement")]
    statement_subject: Vec<Subject>,
    /// Write the result as a badge, in the form that shields.io reads
    #[arg(long, value_name = "FILE")]
    badge: Option<PathBuf>,
}

impl StatementArgs {
    /// The files that are asked for.
    pub(super) fn paths(&self) -> impl Iterator<Item = &PathBuf> {
        self.statement.iter().chain(&self.badge)
    }

    /// Whether a statement can come of this: of the whole contract or not, with a JSON report or none.
    pub(super) fn check(&self, whole: bool, json: bool) -> Result<(), Error> {
        if self.statement.is_none() {
            return Ok(());
        }
        if !whole {
            return Err(NoStatement::Partial.into());
        }
        if !json {
            return Err(Error::NoJsonReport);
        }
        Ok(())
    }

    /// Writes the badge, and the statement if there can be one; `json` is the JSON report's file.
    pub(super) fn write(
        &self,
        report: &Report,
        json: Option<&Path>,
        artifacts: &mut Artifacts,
    ) -> Vec<Result<(), Error>> {
        let mut done = Vec::new();
        if let Some(path) = &self.badge {
            done.push(artifacts.write(path, &badge(report)));
        }
        if let (Some(path), Some(json)) = (&self.statement, json) {
            let name = json.file_name().unwrap_or_default().to_string_lossy();
            done.push(match statement(report, &name, &self.statement_subject) {
                Ok(text) => artifacts.write(path, &text),
                Err(why) => {
                    forget(path);
                    Err(why.into())
                }
            });
        }
        done
    }
}
