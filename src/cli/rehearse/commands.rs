//! The team's own commands of a rehearsal, as typed; parsed as `--restart` is.

use crate::cli::{Error, command};
use clap::Args;
use sharecheck::hook::Deploy;
use sharecheck::http::Rate;
use sharecheck::rehearse::Until;
use std::path::PathBuf;
use std::time::Duration;

/// What to write where only a shell would understand a command.
const WAY_OUT: &str = ", or write sh -c '…'";

/// Says how much is sent while the new version comes, and until when.
#[derive(Args, Debug)]
#[command(next_help_heading = "While the new version comes")]
#[expect(clippy::doc_markdown, reason = "these texts are the help")]
pub(super) struct LoadArgs {
    /// Send no more requests than this, such as 5/s
    #[arg(long, default_value = "5/s", value_name = "RATE")]
    rate: Rate,
    /// Stop when this has happened: header:NAME=VALUE in ten answers in a row, path:/PATH is answered with a 2xx, or
    /// command:COMMAND ends with 0
    #[arg(long, value_name = "WHAT")]
    until: Option<String>,
    /// The folder that the command runs in; set for a command from a configuration file
    #[arg(long, hide = true, value_name = "PATH")]
    until_dir: Option<PathBuf>,
    /// A header of the answers that tells which version gave them; without it, the form of each fetch tells
    #[arg(long, value_name = "NAME")]
    pub(super) version_header: Option<String>,
}

impl LoadArgs {
    pub(super) fn rate(&self) -> Rate {
        self.rate
    }

    /// What ends the sending.
    pub(super) fn until(&self) -> Result<Option<Until>, Error> {
        let Some(text) = &self.until else {
            return Ok(None);
        };
        let wrong = |cause: &str| Error::flag("--until", text.clone(), cause);
        let forms = "write header:NAME=VALUE, path:/PATH or command:COMMAND";
        let (kind, rest) = text.split_once(':').ok_or_else(|| wrong(forms))?;
        match kind {
            "header" => match rest.split_once('=') {
                Some((name, value)) if !name.trim().is_empty() && !value.trim().is_empty() => {
                    Ok(Some(Until::Header(
                        name.trim().to_owned(),
                        value.trim().to_owned(),
                    )))
                }
                Some(_) | None => Err(wrong("write header:NAME=VALUE")),
            },
            "path" if rest.starts_with('/') => Ok(Some(Until::Path(rest.to_owned()))),
            "path" => Err(wrong("write path:/PATH, below the base URL")),
            "command" => {
                let words = command("--until", rest, WAY_OUT)?;
                Ok(Some(Until::Command(words, self.until_dir.clone())))
            }
            _ => Err(wrong(forms)),
        }
    }
}

/// Says how the new version is brought up, and the old one back.
#[derive(Args, Debug)]
#[command(next_help_heading = "Deploy")]
pub(super) struct DeployArgs {
    /// The command that brings the new version up, migration and all, and ends once it is there
    #[arg(long, value_name = "COMMAND")]
    deploy: Option<String>,
    /// The folder that the command runs in; set for a command from a configuration file
    #[arg(long, hide = true, value_name = "PATH")]
    deploy_dir: Option<PathBuf>,
    /// Afterwards, bring the old version back with this command, and see what it serves of what the new one stored
    #[arg(long, value_name = "COMMAND")]
    back: Option<String>,
    /// The folder that the command runs in; set for a command from a configuration file
    #[arg(long, hide = true, value_name = "PATH")]
    back_dir: Option<PathBuf>,
    /// The limit of each of these commands
    #[arg(long, default_value = "30m", value_name = "TIME", value_parser = crate::cli::connection::duration)]
    deploy_timeout: Duration,
}

impl DeployArgs {
    /// The command that brings the new version up.
    pub(super) fn deploy(&self) -> Result<Deploy, Error> {
        // Clap need not know: it may stand in a file.
        let cause = "is missing: name the command that brings the new version up";
        let line = self
            .deploy
            .as_deref()
            .ok_or_else(|| Error::flag("--deploy", None, cause))?;
        let words = command("--deploy", line, WAY_OUT)?;
        Ok(Deploy::new(
            words,
            self.deploy_dir.clone(),
            self.deploy_timeout,
        ))
    }

    /// The command that brings the old one back.
    pub(super) fn back(&self) -> Result<Option<Deploy>, Error> {
        let Some(line) = &self.back else {
            return Ok(None);
        };
        let words = command("--back", line, WAY_OUT)?;
        Ok(Some(Deploy::new(
            words,
            self.back_dir.clone(),
            self.deploy_timeout,
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn until(text: &str) -> Result<Option<Until>, Error> {
        let args = LoadArgs {
            rate: "5/s".parse().unwrap(),
            until: Some(text.to_owned()),
            until_dir: None,
            version_header: None,
        };
        args.until()
    }

    #[rstest]
    #[case("header:x-version=2", Until::Header("x-version".to_owned(), "2".to_owned()))]
    #[case("header: X-Build = a=b ", Until::Header("X-Build".to_owned(), "a=b".to_owned()))]
    #[case("path:/healthz?x=1", Until::Path("/healthz?x=1".to_owned()))]
    #[case("command:./done 'a b'", Until::Command(vec!["./done".to_owned(), "a b".to_owned()], None))]
    fn what_ends_it_has_three_forms(#[case] text: &str, #[case] expected: Until) {
        assert_eq!(until(text).unwrap(), Some(expected));
    }

    #[rstest]
    #[case("healthz")]
    #[case("path:healthz")]
    #[case("header:x-version")]
    #[case("header:=2")]
    #[case("command:")]
    #[case("command:a | b")]
    #[case("http://localhost/healthz")]
    fn anything_else_is_told(#[case] text: &str) {
        let error = until(text).unwrap_err().to_string();
        assert!(error.starts_with("--until"), "{error}");
    }
}
