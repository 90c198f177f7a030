//! `--log-run`: one JSON object a line, each written when it happens, so that a killed run still shows what
//! it sent and to whom.

use sharecheck::exchange::Exchange;
use sharecheck::model::log::{Began, Ended, Line};
use sharecheck::model::report::CaseResult;
use sharecheck::model::transcript::Transcript;
use sharecheck::model::trial::Trial;
use sharecheck::pipeline::Observer;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// A run log that is being written.
#[derive(Debug)]
pub(crate) struct RunLog(Mutex<Writing>);

#[derive(Debug)]
struct Writing {
    file: File,
    failed: Option<std::io::Error>,
}

impl RunLog {
    /// Begins a new one in the place of an old one.
    pub(crate) fn create(path: &Path) -> std::io::Result<Self> {
        if let Some(folder) = path.parent().filter(|it| !it.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)?;
        }
        let file = File::create(path)?;
        Ok(Self(Mutex::new(Writing { file, failed: None })))
    }

    /// The first thing that went wrong with the writing.
    pub(crate) fn failed(&self) -> Option<std::io::Error> {
        let mut writing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        writing.failed.take()
    }

    fn write(&self, line: &Line) {
        let Ok(mut text) = serde_json::to_string(line) else {
            return;
        };
        text.push('\n');
        let mut writing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // One call a line: what is written is written, whatever kills us next.
        if let Err(error) = writing.file.write_all(text.as_bytes()) {
            writing.failed.get_or_insert(error);
        }
    }
}

impl Observer for RunLog {
    fn began(&self, began: &Began) {
        self.write(&Line::Run(began.clone()));
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
    fn case(&self, _: &CaseResult) {}
    fn ended(&self, ended: &Ended) {
        self.write(&Line::End(ended.clone()));
    }
}
