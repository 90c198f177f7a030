//! A hook that is a command.

use super::{HookError, tail};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Child;

/// An answer longer than this is none.
const LONGEST: usize = 1 << 20;

/// A program with its arguments.
#[derive(Clone, Debug)]
pub struct Command {
    words: Vec<String>,
    folder: Option<PathBuf>,
    limit: Duration,
}

impl Command {
    /// These words, of which there is at least one, run in this folder or in ours.
    pub fn new(words: Vec<String>, folder: Option<PathBuf>, limit: Duration) -> Self {
        Self {
            words,
            folder,
            limit,
        }
    }

    /// Runs it once; gives what it wrote to standard output and to standard error.
    pub(super) async fn call(&self, input: &str) -> Result<(String, String), HookError> {
        let mut child = self.start()?;
        let said: Arc<Mutex<Vec<u8>>> = Arc::default();
        let listening = child.stderr.take().map(|pipe| {
            let said = Arc::clone(&said);
            tokio::spawn(async move { read(pipe, &said).await })
        });
        let written: Arc<Mutex<Vec<u8>>> = Arc::default();
        let course = async {
            if let Some(mut pipe) = child.stdin.take() {
                // A command that does not read its input says so by what it answers.
                let _ = pipe.write_all(input.as_bytes()).await;
                let _ = pipe.write_all(b"\n").await;
            }
            if let Some(pipe) = child.stdout.take() {
                read(pipe, &written).await;
            }
            let status = child.wait().await;
            if let Some(listening) = listening {
                let _ = listening.await;
            }
            status
        };
        let ended = tokio::time::timeout(self.limit, course).await;
        let text = |bytes: &Mutex<Vec<u8>>| {
            let bytes = bytes.lock().unwrap_or_else(PoisonError::into_inner);
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let complaint = tail(&text(&said));
        match ended {
            Err(_) => {
                let _ = child.start_kill();
                Err(HookError::Late {
                    limit: self.limit,
                    said: complaint,
                })
            }
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
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        super::keep_secrets_from(&mut command);
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        // A Ctrl-C is for us: a teardown must not die of it.
        #[cfg(unix)]
        command.process_group(0);
        command
            .spawn()
            .map_err(|cause| HookError::Start { program, cause })
    }
}

/// Reads to the end, up to a limit; what came so far is there even if the rest never comes.
async fn read(mut pipe: impl AsyncRead + Unpin, into: &Mutex<Vec<u8>>) {
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
