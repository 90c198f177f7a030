//! Appends to a state file. A line that was waited for is on the disk; many that come at once go down together.

use super::{Line, StateError};
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// So many bytes go down together at the most.
const MOST: usize = 1 << 20;

/// A line on its way, and who waits for it.
struct Entry {
    bytes: Vec<u8>,
    done: Option<oneshot::Sender<bool>>,
}

/// A state file that is open for more lines; nobody else can open it meanwhile.
#[derive(Debug)]
pub struct Journal {
    entries: Option<Sender<Entry>>,
    thread: Option<JoinHandle<std::io::Result<()>>>,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Entry({} bytes)", self.bytes.len())
    }
}

impl Journal {
    /// Goes on at the end of this file.
    pub(super) fn new(file: File) -> Self {
        let (entries, waiting) = channel();
        let thread = std::thread::spawn(move || written(file, &waiting));
        Self {
            entries: Some(entries),
            thread: Some(thread),
        }
    }

    /// Adds a line, and waits until it is on the disk.
    pub async fn write(&self, line: &Line) -> Result<(), StateError> {
        let (done, waiting) = oneshot::channel();
        self.add(line, Some(done));
        match waiting.await {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(StateError::Full),
        }
    }

    /// Adds a line that nothing has to wait for.
    pub fn note(&self, line: &Line) {
        self.add(line, None);
    }

    fn add(&self, line: &Line, done: Option<oneshot::Sender<bool>>) {
        let mut bytes = serde_json::to_vec(line).unwrap_or_default();
        bytes.push(b'\n');
        // Whoever waits learns that the writer is gone, since nothing answers.
        if let Some(entries) = &self.entries {
            let _ = entries.send(Entry { bytes, done });
        }
    }

    /// Waits until everything is on the disk, and lets others open the file.
    pub fn close(mut self) -> Result<(), StateError> {
        self.entries = None;
        let ended = self.thread.take().map(JoinHandle::join);
        match ended {
            Some(Ok(Ok(()))) | None => Ok(()),
            Some(Ok(Err(cause))) => Err(StateError::Io(cause)),
            Some(Err(panic)) => std::panic::resume_unwind(panic),
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.entries = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Writes what comes until nobody can send any more. Once something could not be written, nothing is: a line that stands
/// behind half of another could not be read.
fn written(mut file: File, waiting: &Receiver<Entry>) -> std::io::Result<()> {
    let mut failed = None;
    while let Ok(first) = waiting.recv() {
        let mut bytes = first.bytes;
        let mut tell: Vec<oneshot::Sender<bool>> = first.done.into_iter().collect();
        while bytes.len() < MOST
            && let Ok(next) = waiting.try_recv()
        {
            bytes.extend_from_slice(&next.bytes);
            tell.extend(next.done);
        }
        if failed.is_none() {
            let down = file.write_all(&bytes).and_then(|()| {
                if tell.is_empty() {
                    Ok(())
                } else {
                    file.sync_data()
                }
            });
            failed = down.err();
        }
        for done in tell {
            let _ = done.send(failed.is_none());
        }
    }
    match failed {
        Some(cause) => Err(cause),
        None => file.sync_data(),
    }
}

/// Makes the name of a new file last, too.
pub(super) fn sync_folder(path: &Path) {
    #[cfg(unix)]
    {
        let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
        if let Ok(folder) = File::open(folder.unwrap_or(Path::new("."))) {
            let _ = folder.sync_all();
        }
    }
    #[cfg(not(unix))]
    let _ = path;
}
