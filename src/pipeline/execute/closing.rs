//! The last look: what every client holds when all trials are over.

use super::{Event, Run, trial};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::task::JoinSet;

impl Run<'_> {
    /// Fetches every client once more that a trial has stored something for: what was lost later is nobody's request's
    /// doing. Of a client that several trials had, the last one tells what must be there.
    pub(super) async fn close(&mut self) {
        let mut seen = BTreeSet::new();
        let mut last: Vec<(usize, String, String)> = Vec::new();
        for (number, transcript) in self.executed.transcripts.iter().enumerate().rev() {
            for (client, id) in &transcript.bound {
                if seen.insert(id.clone()) && transcript.cut_short.is_none() {
                    last.push((number, client.clone(), id.clone()));
                }
            }
        }
        let most = self.ground.settings.jobs.max(1);
        let mut waiting = last.into_iter();
        let mut asking = JoinSet::new();
        loop {
            while !self.is_over()
                && asking.len() < most
                && let Some((number, client, id)) = waiting.next()
            {
                let ground = Arc::clone(&self.ground);
                let transcript = &self.executed.transcripts[number];
                let lexicon = trial::lexicon_of(transcript, &ground);
                asking.spawn(async move {
                    let exchange = trial::close(&client, &id, &lexicon, &ground).await;
                    (number, exchange)
                });
            }
            tokio::select! {
                finished = asking.join_next() => match finished {
                    None => break,
                    Some(Ok((number, exchange))) => {
                        self.executed.transcripts[number].closing.push(exchange);
                    }
                    Some(Err(error)) if error.is_cancelled() => {}
                    Some(Err(error)) => std::panic::resume_unwind(error.into_panic()),
                },
                () = self.brake.wait() => {
                    asking.abort_all();
                    break;
                }
            }
        }
        for number in 0..self.executed.transcripts.len() {
            self.close_again(number).await;
        }
        for transcript in &mut self.executed.transcripts {
            let closing = &mut transcript.closing;
            closing.sort_by(|a, b| a.sent.client.cmp(&b.sent.client));
            for exchange in closing.iter() {
                let event = Event::Closing(&transcript.trial.id, transcript.attempt, exchange);
                let _ = (self.ground.settings.observer)(event);
            }
        }
    }

    /// What is missing while others are served may be there when nobody is.
    async fn close_again(&mut self, number: usize) {
        let transcript = &self.executed.transcripts[number];
        if self.is_over() || transcript.closing.is_empty() {
            return;
        }
        if !(self.ground.settings.misses)(transcript) {
            return;
        }
        let lexicon = trial::lexicon_of(transcript, &self.ground);
        let mut again = Vec::new();
        for exchange in &transcript.closing {
            let client = &exchange.sent.client;
            if let Some(id) = transcript.bound.get(client) {
                again.push(trial::close(client, id, &lexicon, &self.ground).await);
            }
        }
        self.executed.transcripts[number].closing = again;
    }
}
