//! The user's way to restart the custodian: a command, and the wait until the custodian answers again.

use super::{HookError, tail};
use crate::http::Http;
use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// The most that is read of what the command writes to standard error.
const LONGEST: u64 = 1 << 20;

/// A command that ends when the custodian that was there is gone.
#[derive(Clone, Debug)]
pub struct Restart {
    words: Vec<String>,
    folder: Option<PathBuf>,
    limit: Duration,
    variables: super::Variables,
}

/// Why the custodian is not back.
#[derive(Debug, thiserror::Error)]
pub enum RestartError {
    /// The command did not do what it should.
    #[error("the restart command failed: {why}", why = .0.in_a_line())]
    Command(HookError),
    /// Nothing answers.
    #[error("the custodian did not answer within {} after the restart: {last}; --restart-timeout gives it longer", humantime::format_duration(*.limit))]
    Away {
        /// The limit of the command and the wait together.
        limit: Duration,
        /// What came of the last look.
        last: String,
    },
}

impl Restart {
    /// These words, of which there is at least one, run in this folder or in ours. The limit is that of the command
    /// and of the wait after it, together.
    pub fn new(words: Vec<String>, folder: Option<PathBuf>, limit: Duration) -> Self {
        Self {
            words,
            folder,
            limit,
            variables: Vec::new(),
        }
    }

    /// The same with a variable in the command's environment, which is no secret.
    #[must_use]
    pub fn with_variable(mut self, name: &'static str, value: String) -> Self {
        self.variables.push((name, value));
        self
    }

    /// Runs the command once and waits until the custodian answers anything.
    pub async fn restart(&self, http: &Http) -> Result<(), RestartError> {
        let until = Instant::now() + self.limit;
        self.run(until).await.map_err(RestartError::Command)?;
        let limit = self.limit;
        let away = |last| RestartError::Away { limit, last };
        http.wait(until, |_| ()).await.map_err(away)
    }

    async fn run(&self, until: Instant) -> Result<(), HookError> {
        let (program, arguments) = self.words.split_first().ok_or_else(|| HookError::Failed {
            what: "it has no words".to_owned(),
            said: String::new(),
        })?;
        // A server that the command leaves running keeps its standard error: a file always takes what it writes, but a
        // pipe would keep us waiting, and would break when we end.
        let said = tempfile::tempfile().ok();
        let stderr = said.as_ref().and_then(|file| file.try_clone().ok());
        let mut command = tokio::process::Command::new(program);
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(stderr.map_or_else(Stdio::null, Stdio::from));
        super::keep_secrets_from(&mut command);
        command.envs(self.variables.iter().cloned());
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        // A Ctrl-C must end sharecheck only: a restart that is half done would leave the custodian down.
        #[cfg(unix)]
        command.process_group(0);
        let start = |cause| HookError::Start {
            program: program.clone(),
            cause,
        };
        let mut child = command.spawn().map_err(start)?;
        let ended = timeout_at(until, child.wait()).await;
        let said = said.map(complaint).unwrap_or_default();
        match ended {
            Err(_) => {
                super::kill(&mut child);
                Err(HookError::Late {
                    limit: self.limit,
                    said,
                })
            }
            Ok(Err(error)) => Err(HookError::Failed {
                what: format!("it cannot be waited for: {error}"),
                said,
            }),
            Ok(Ok(status)) if !status.success() => Err(HookError::Failed {
                what: format!("it ended with {status}"),
                said,
            }),
            Ok(Ok(_)) => Ok(()),
        }
    }
}

/// The end of what was written so far.
fn complaint(mut said: File) -> String {
    let mut bytes = Vec::new();
    let _ = said.rewind();
    let _ = said.take(LONGEST).read_to_end(&mut bytes);
    tail(&String::from_utf8_lossy(&bytes))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::hook::words;

    async fn run(line: &str, limit: Duration) -> Result<(), String> {
        let words = words(line).map_err(|error| error.to_string())?;
        let restart = Restart::new(words, None, limit);
        let ran = restart.run(Instant::now() + limit).await;
        ran.map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn what_the_command_leaves_running_is_not_waited_for() {
        let long = Duration::from_secs(8);
        let began = Instant::now();
        run("sh -c 'sleep 9 & echo started >&2'", long)
            .await
            .unwrap();
        assert!(began.elapsed() < long);
    }

    #[tokio::test]
    async fn a_variable_that_is_given_stands_in_the_environment() {
        let long = Duration::from_secs(20);
        let words = words(r#"sh -c 'test "$SHARECHECK_TEST" = "a b"'"#).unwrap();
        let plain = Restart::new(words, None, long);
        assert!(plain.run(Instant::now() + long).await.is_err());
        let told = plain.with_variable("SHARECHECK_TEST", "a b".to_owned());
        told.run(Instant::now() + long).await.unwrap();
    }

    #[tokio::test]
    async fn a_command_that_fails_says_why() {
        let long = Duration::from_secs(20);
        let failed = run("sh -c 'echo no such container >&2; exit 3'", long).await;
        assert_eq!(
            failed.unwrap_err(),
            "it ended with exit status: 3; it wrote:\n  no such container"
        );
        let missing = run("no-such-program-anywhere", long).await.unwrap_err();
        assert!(
            missing.starts_with("cannot start no-such-program-anywhere"),
            "{missing}"
        );
        let late = run("sleep 30", Duration::from_millis(50)).await;
        assert_eq!(late.unwrap_err(), "no answer within 50ms");
    }
}
