//! The team's command that brings a new version up, or the old one back. What it writes is shown as it comes.

use super::HookError;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

/// A command that ends when the version that it brings is there.
#[derive(Clone, Debug)]
pub struct Deploy {
    words: Vec<String>,
    folder: Option<PathBuf>,
    limit: Duration,
}

impl Deploy {
    /// These words, of which there is at least one, run in this folder or in ours.
    pub fn new(words: Vec<String>, folder: Option<PathBuf>, limit: Duration) -> Self {
        Self {
            words,
            folder,
            limit,
        }
    }

    /// Runs it once. What it writes goes to our standard error. Where this is given up, the command goes on: half a deploy
    /// would be worse.
    pub async fn carry_out(&self) -> Result<(), HookError> {
        let failed = |what: String| HookError::Failed {
            what,
            said: String::new(),
        };
        let (program, arguments) = self
            .words
            .split_first()
            .ok_or_else(|| failed("it has no words".to_owned()))?;
        let mut command = tokio::process::Command::new(program);
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::from(std::io::stderr()))
            .stderr(Stdio::inherit());
        super::keep_secrets_from(&mut command);
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        // A Ctrl-C must end sharecheck only.
        #[cfg(unix)]
        command.process_group(0);
        let start = |cause| HookError::Start {
            program: program.clone(),
            cause,
        };
        let mut child = command.spawn().map_err(start)?;
        match tokio::time::timeout(self.limit, child.wait()).await {
            Err(_) => {
                super::kill(&mut child);
                Err(HookError::Late {
                    limit: self.limit,
                    said: String::new(),
                })
            }
            Ok(Err(error)) => Err(failed(format!("it cannot be waited for: {error}"))),
            Ok(Ok(status)) if !status.success() => Err(failed(format!("it ended with {status}"))),
            Ok(Ok(_)) => Ok(()),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("exit 0", None)]
    #[case("exit 3", Some("it ended with exit status: 3"))]
    #[case("exec sleep 30", Some("no answer within 3s"))]
    #[tokio::test]
    async fn a_deploy_ends_well_or_says_how(#[case] line: &str, #[case] told: Option<&str>) {
        let words = ["sh", "-c", line].map(str::to_owned).to_vec();
        let deploy = Deploy::new(words, None, Duration::from_secs(3));
        let error = deploy.carry_out().await.err().map(|it| it.to_string());
        assert_eq!(error.as_deref(), told);
    }
}
