//! A hook that is a command.

use super::{HookError, tail};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Child;
use tokio::task::JoinSet;

/// A longer answer is refused.
const LONGEST: usize = 1 << 20;

/// How long after its end a command's output is waited for: a process that it leaves running may never close it.
const GRACE: Duration = Duration::from_millis(500);

/// What a command has written so far.
type Heard = Arc<Mutex<Vec<u8>>>;

/// A command that is running. When this is dropped, the command and all that it has started are killed.
struct UnderWay(Child);

impl Drop for UnderWay {
    fn drop(&mut self) {
        if self.0.id().is_some() {
            super::kill(&mut self.0);
        }
    }
}

/// A program with its arguments.
#[derive(Clone, Debug)]
pub struct Command {
    words: Vec<String>,
    folder: Option<PathBuf>,
    limit: Duration,
    variables: super::Variables,
}

impl Command {
    /// These words, of which there is at least one, run in this folder or in ours.
    pub fn new(words: Vec<String>, folder: Option<PathBuf>, limit: Duration) -> Self {
        Self {
            words,
            folder,
            limit,
            variables: Vec::new(),
        }
    }

    /// The same with a variable in its environment, which is no secret.
    #[must_use]
    pub fn with_variable(mut self, name: &'static str, value: String) -> Self {
        self.variables.push((name, value));
        self
    }

    /// Runs it once; gives what it wrote to standard output and to standard error.
    pub(super) async fn call(&self, input: &str) -> Result<(String, String), HookError> {
        let UnderWay(child) = &mut UnderWay(self.start()?);
        let [said, written]: [Heard; 2] = Default::default();
        let mut listening = JoinSet::new();
        if let Some(pipe) = child.stderr.take() {
            listening.spawn(read(pipe, Arc::clone(&said)));
        }
        if let Some(pipe) = child.stdout.take() {
            listening.spawn(read(pipe, Arc::clone(&written)));
        }
        let course = async {
            if let Some(mut pipe) = child.stdin.take() {
                // A command that does not read its input says so by what it answers.
                let _ = pipe.write_all(input.as_bytes()).await;
                let _ = pipe.write_all(b"\n").await;
            }
            let status = child.wait().await;
            let heard = async { while listening.join_next().await.is_some() {} };
            let _ = tokio::time::timeout(GRACE, heard).await;
            status
        };
        let ended = tokio::time::timeout(self.limit, course).await;
        let text = |bytes: &Mutex<Vec<u8>>| {
            let bytes = bytes.lock().unwrap_or_else(PoisonError::into_inner);
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let complaint = tail(&text(&said));
        match ended {
            Err(_) => Err(HookError::Late {
                limit: self.limit,
                said: complaint,
            }),
            Ok(Err(error)) => Err(HookError::Failed {
                what: format!("it cannot be waited for: {error}"),
                said: complaint,
            }),
            Ok(Ok(status)) if !status.success() => Err(HookError::Failed {
                what: format!("it ended with {status}"),
                said: complaint,
            }),
            Ok(Ok(_)) => Ok((text(&written), complaint)),
        }
    }

    fn start(&self) -> Result<Child, HookError> {
        let (program, arguments) = self
            .words
            .split_first()
            .map_or((String::new(), Vec::new()), |(first, rest)| {
                (first.clone(), rest.to_vec())
            });
        let mut command = tokio::process::Command::new(&program);
        command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        super::keep_secrets_from(&mut command);
        command.envs(self.variables.iter().cloned());
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        // A Ctrl-C must end sharecheck only, and no teardown that is running.
        #[cfg(unix)]
        command.process_group(0);
        command
            .spawn()
            .map_err(|cause| HookError::Start { program, cause })
    }
}

/// Reads to the end, up to a limit; what came so far is there even if the rest never comes.
async fn read(mut pipe: impl AsyncRead + Unpin, into: Heard) {
    let mut chunk = vec![0; 8 << 10];
    while let Ok(count) = pipe.read(&mut chunk).await {
        if count == 0 {
            break;
        }
        let mut all = into.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() < LONGEST {
            all.extend_from_slice(&chunk[..count]);
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::time::Instant;

    async fn call(line: &str, limit: Duration) -> Result<(String, String), HookError> {
        let words = ["sh", "-c", line].map(str::to_owned).into();
        Command::new(words, None, limit).call("{}").await
    }

    #[tokio::test]
    async fn what_a_command_leaves_running_is_not_waited_for() {
        let long = Duration::from_secs(20);
        let began = Instant::now();
        let (answer, _) = call("sleep 30 & echo $!", long).await.unwrap();
        assert!(answer.trim().parse::<u32>().is_ok());
        assert!(began.elapsed() < long);
        kill_one(&answer);
    }

    #[tokio::test]
    async fn a_command_that_is_late_goes_with_all_that_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pid");
        let line = format!("sleep 30 & echo $! > {}; wait", file.display());
        let late = call(&line, Duration::from_secs(2)).await;
        assert!(matches!(late, Err(HookError::Late { .. })), "{late:?}");
        let id = std::fs::read_to_string(file).unwrap();
        // It may still be in the process table, but no longer runs.
        let until = Instant::now() + Duration::from_secs(10);
        while is_running(&id) {
            assert!(Instant::now() < until, "it still runs");
            std::thread::yield_now();
        }
    }

    fn is_running(id: &str) -> bool {
        let told = std::process::Command::new("ps")
            .args(["-o", "stat=", "-p", id.trim()])
            .output();
        let told = told.map(|it| it.stdout).unwrap_or_default();
        !told.is_empty() && !told.starts_with(b"Z")
    }

    fn kill_one(id: &str) {
        let id = id.trim().parse().ok();
        if let Some(id) = id.and_then(rustix::process::Pid::from_raw) {
            let _ = rustix::process::kill_process(id, rustix::process::Signal::KILL);
        }
    }
}
