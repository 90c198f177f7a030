//! A run log to what it tells of a run, whole or broken off. Pure.

use crate::model::log::{self, Began, Ended, Line, Looked};
use crate::model::report::Halted;
use crate::model::transcript::Transcript;
use crate::model::trial::LeftOut;
use serde::Deserialize;
use std::collections::HashSet;

/// A run, as its log tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// What was going to happen.
    pub began: Began,
    /// What was found before the first trial.
    pub looked: Looked,
    /// The trials that were over, in the order in which they ended.
    pub transcripts: Vec<Transcript>,
    /// How it ended; put together from the rest where the log breaks off.
    pub ended: Ended,
}

/// Why a text is no run log.
#[derive(Debug, thiserror::Error)]
pub enum RecallError {
    /// It does not begin like one.
    #[error("is no run log ({0}); judge reads what run --log-run FILE has written")]
    NotALog(String),
    /// It was written by another version.
    #[error("is a run log of format {0}; this sharecheck reads format {known}", known = log::FORMAT)]
    Format(u64),
    /// A line is none of a run log. The line and the column count from 1.
    #[error(":{line}:{column}: not a line of a run log: {cause}")]
    Line {
        /// Which line.
        line: usize,
        /// Where in it.
        column: usize,
        /// What is wrong with it.
        cause: String,
    },
    /// A line stands where it cannot. The line counts from 1.
    #[error(":{0}: a second run begins here; judge reads one run at a time")]
    SecondRun(usize),
}

/// What the first line of every version has.
#[derive(Deserialize)]
struct Head {
    line: String,
    format: u64,
}

/// Reads a run log. A last line that was cut off is left out, as what it tells did not end.
pub fn recall(log: &[u8]) -> Result<Record, RecallError> {
    let mut lines = log.split_inclusive(|byte| *byte == b'\n');
    let began = beginning(lines.next().unwrap_or_default())?;
    let mut looked = Looked::default();
    let mut transcripts: Vec<Transcript> = Vec::new();
    let mut ended = None;
    let (mut requests, mut last_us) = (0, 0);
    for (number, text) in (2..).zip(lines) {
        let line = match serde_json::from_slice(text) {
            Ok(line) => line,
            Err(_) if !text.ends_with(b"\n") => break,
            Err(error) => return Err(slip(number, &error)),
        };
        match line {
            Line::Run(_) => return Err(RecallError::SecondRun(number)),
            Line::Preflight(it) => looked = it,
            Line::Client { .. } | Line::Trial { .. } => {}
            Line::Beside(beside) => {
                requests += 1;
                last_us = beside.ended_us.max(last_us);
            }
            Line::Exchange { exchange, .. } => {
                requests += 1;
                last_us = exchange.ended_us.max(last_us);
            }
            Line::Transcript(transcript) => transcripts.push(*transcript),
            Line::Closing {
                id,
                attempt,
                exchange,
            } => {
                let mut all = transcripts.iter_mut();
                let of = |it: &&mut Transcript| it.trial.id == id && it.attempt == attempt;
                if let Some(transcript) = all.find(of) {
                    transcript.closing.push(*exchange);
                }
            }
            Line::End { ended: it, .. } => ended = Some(it),
        }
    }
    let ended = ended.unwrap_or_else(|| Ended {
        duration_ms: last_us / 1000,
        requests,
        starved: unfinished(&began, &transcripts),
        halted: Some(Halted::Killed),
        broken_off: None,
    });
    for transcript in &mut transcripts {
        let closing = &mut transcript.closing;
        closing.sort_by(|a, b| a.sent.client.cmp(&b.sent.client));
    }
    Ok(Record {
        began,
        looked,
        transcripts,
        ended,
    })
}

fn beginning(text: &[u8]) -> Result<Began, RecallError> {
    let head: Head = serde_json::from_slice(text)
        .map_err(|_| RecallError::NotALog("its first line does not say so".to_owned()))?;
    if head.line != "run" {
        let what = format!("its first line is of the kind {}", head.line);
        return Err(RecallError::NotALog(what));
    }
    if head.format != u64::from(log::FORMAT) {
        return Err(RecallError::Format(head.format));
    }
    serde_json::from_slice(text).map_err(|error| slip(1, &error))
}

fn slip(line: usize, error: &serde_json::Error) -> RecallError {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    RecallError::Line {
        line,
        column: error.column().max(1),
        cause: text.strip_suffix(&place).unwrap_or(&text).to_owned(),
    }
}

/// The trials of which there is no transcript.
fn unfinished(began: &Began, transcripts: &[Transcript]) -> Vec<LeftOut> {
    let over: HashSet<&str> = transcripts.iter().map(|it| it.trial.id.as_str()).collect();
    let open = began
        .trials
        .iter()
        .filter(|it| !over.contains(it.id.as_str()));
    open.map(|it| it.clone().starved("the run was killed".to_owned()))
        .collect()
}
