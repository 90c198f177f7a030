//! `--log-run`: one JSON object a line, each written when it happens, so that a killed run still shows what
//! it sent and to whom.

use crate::cli::Error;
use crate::cli::artifacts::can_write;
use sharecheck::exchange::Exchange;
use sharecheck::model::log::{Began, Beside, Ended, Line, Looked};
use sharecheck::model::report::Report;
use sharecheck::model::transcript::Transcript;
use sharecheck::model::trial::Trial;
use sharecheck::pipeline::Observer;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// A run log that is being written.
#[derive(Debug)]
pub(crate) struct RunLog(Mutex<Writing>);

#[derive(Debug)]
struct Writing {
    path: PathBuf,
    file: Option<File>,
    failed: Option<std::io::Error>,
}

impl RunLog {
    /// One that takes the place of an old one when the run begins: a run that is refused empties nothing.
    pub(crate) fn new(path: &Path) -> Result<Self, Error> {
        can_write(path)?;
        if path.is_file() {
            let opened = OpenOptions::new().append(true).open(path);
            opened.map_err(|cause| Error::unwritable(path, cause))?;
        }
        Ok(Self(Mutex::new(Writing {
            path: path.to_owned(),
            file: None,
            failed: None,
        })))
    }

    /// What came of the writing: the first thing that went wrong, if anything did.
    pub(crate) fn written(&self) -> Result<(), Error> {
        let mut writing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match writing.failed.take() {
            Some(cause) => Err(Error::unwritable(&writing.path, cause)),
            None => Ok(()),
        }
    }

    fn write(&self, line: &Line) {
        let Ok(mut text) = serde_json::to_string(line) else {
            return;
        };
        text.push('\n');
        let mut writing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = writing.write(text.as_bytes()) {
            writing.failed.get_or_insert(error);
        }
    }
}

impl Writing {
    fn write(&mut self, line: &[u8]) -> std::io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            // After a failure nothing is begun again.
            None if self.failed.is_some() => return Ok(()),
            None => {
                if let Some(folder) = self.path.parent() {
                    std::fs::create_dir_all(folder)?;
                }
                self.file.insert(File::create(&self.path)?)
            }
        };
        // One call a line: it is in the file even if the process is killed next.
        file.write_all(line)
    }
}

impl Observer for RunLog {
    fn began(&self, began: &Began) {
        self.write(&Line::Run(Box::new(began.clone())));
    }
    fn looked(&self, looked: &Looked) {
        self.write(&Line::Preflight(looked.clone()));
    }
    fn made(&self, key: &str, id: &str) {
        self.write(&Line::Client {
            key: key.to_owned(),
            id: id.to_owned(),
        });
    }
    fn beside(&self, beside: &Beside) {
        self.write(&Line::Beside(beside.clone()));
    }
    fn bound(&self, trial: &Trial, clients: &[String]) {
        let ids = trial.clients.iter().cloned().zip(clients.iter().cloned());
        self.write(&Line::Trial {
            id: trial.id.clone(),
            clients: ids.collect(),
        });
    }
    fn exchange(&self, case: &str, exchange: &Exchange) {
        self.write(&Line::Exchange {
            id: case.to_owned(),
            exchange: Box::new(exchange.clone()),
        });
    }
    fn trial(&self, transcript: &Transcript) {
        self.write(&Line::Transcript(Box::new(transcript.clone())));
    }
    fn closing(&self, case: &str, attempt: usize, exchange: &Exchange) {
        self.write(&Line::Closing {
            id: case.to_owned(),
            attempt,
            exchange: Box::new(exchange.clone()),
        });
    }
    fn ended(&self, ended: &Ended, report: &Report) {
        self.write(&Line::End {
            ended: ended.clone(),
            exit_code: report.outcome.exit_code,
        });
    }
}
