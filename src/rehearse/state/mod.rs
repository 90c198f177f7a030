//! The state of a rehearsal in a file that only grows: what the old version was given, and each store after that, twice: before
//! it is sent, and once it was answered. So a crash of anything at any moment leaves what is known, and no more. The clients
//! that nothing is stored for any more are read one by one: memory does not grow with their number.

mod journal;
mod line;

pub use journal::Journal;
pub use line::{
    Answer, Client, FORMAT, Fetch, Given, Header, Intent, Line, Made, Outcome, Role, Seeded, When,
};

use crate::contract::Contract;
use crate::model::history::{Span, Taken};
use crate::rehearsal::{Book, Marks, Request, Served, Step, Stored};
use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufRead as _, BufReader, Seek as _, SeekFrom};
use std::path::Path;

/// Why a state file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The system does not let us.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// Nothing more could be written.
    #[error("nothing more could be written to it")]
    Full,
    /// It is in use.
    #[error("another sharecheck is using it: let that come to its end first")]
    InUse,
    /// It is none.
    #[error("it is no state of a rehearsal: sharecheck rehearse before … --state FILE makes one")]
    NotOne,
    /// It is of another version.
    #[error("it has format {0}, and this sharecheck knows {FORMAT}")]
    Format(u32),
    /// A line in it is damaged.
    #[error("line {number} is damaged: {cause}")]
    Damaged {
        /// The line, from 1.
        number: u64,
        /// What is wrong with it.
        cause: String,
    },
}

/// A client for which something may still be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spare {
    /// What it is there for.
    pub role: Role,
    /// What was sent for it.
    pub book: Book,
}

/// What a state file says.
#[derive(Debug)]
pub struct State {
    /// What is rehearsed.
    pub header: Header,
    /// The contract that the old version keeps.
    pub old: Contract,
    /// How many clients a hook was asked for.
    pub need: usize,
    /// The clients that it has made.
    pub made: Vec<Made>,
    /// What the old version has given back; none where `before` did not come to its end.
    pub seeded: Option<Seeded>,
    /// The clients for which something may still be stored, in their order.
    pub spares: Vec<Spare>,
    /// How the requests were served that were sent while the new version came.
    pub served: Served,
    /// The number of the next share.
    pub next_serial: u32,
    /// Whether a hook's clients were taken down.
    pub taken_down: bool,
    /// How many lines it has.
    lines: u64,
    /// How many bytes they are; what stands behind them is half a line.
    bytes: u64,
}

/// How far the places of two lines are apart in the order of all that happened; a client's stores stand in between.
const APART: u64 = 1000;

impl State {
    /// Makes a new file, which must not be there yet unless it may be overwritten.
    pub fn create(path: &Path, header: &Header, over: bool) -> Result<Journal, StateError> {
        let mut options = OpenOptions::new();
        options.append(true);
        if over {
            options.create(true)
        } else {
            options.create_new(true)
        };
        let file = locked(options.open(path)?)?;
        if over {
            file.set_len(0)?;
        }
        journal::sync_folder(path);
        let journal = Journal::new(file);
        journal.note(&Line::Rehearsal(header.clone()));
        Ok(journal)
    }

    /// Reads a file and opens it for more.
    pub fn open(path: &Path) -> Result<(Self, Journal), StateError> {
        let file = locked(OpenOptions::new().read(true).append(true).open(path)?)?;
        let state = Self::read(&file)?;
        // What a crash has left of a line would stand before the next one.
        file.set_len(state.bytes)?;
        let mut file = file;
        file.seek(SeekFrom::End(0))?;
        Ok((state, Journal::new(file)))
    }

    /// Reads a file as far as its lines are whole.
    pub fn read(file: &File) -> Result<Self, StateError> {
        let mut reader = BufReader::new(file);
        reader.seek(SeekFrom::Start(0))?;
        let mut buffer = Vec::new();
        let mut state: Option<Self> = None;
        let mut open: HashMap<u32, (usize, usize)> = HashMap::new();
        let mut of_client: HashMap<String, usize> = HashMap::new();
        let mut first_ms = None;
        let mut number = 0;
        loop {
            buffer.clear();
            let count = reader.read_until(b'\n', &mut buffer)?;
            if count == 0 || buffer.last() != Some(&b'\n') {
                break;
            }
            number += 1;
            let line = parsed(&buffer, number)?;
            let Some(state) = &mut state else {
                let Line::Rehearsal(header) = line else {
                    return Err(StateError::NotOne);
                };
                if header.format != FORMAT {
                    return Err(StateError::Format(header.format));
                }
                state = Some(Self::new(header, buffer.len() as u64));
                continue;
            };
            state.lines = number;
            state.bytes += buffer.len() as u64;
            match line {
                Line::Rehearsal(_) => return Err(damaged(number, "it begins another rehearsal")),
                Line::Old(contract) => state.old = contract,
                Line::Need(count) => state.need += count,
                Line::Made(made) => state.made.push(made),
                Line::Seeded(seeded) => state.seeded = Some(seeded),
                Line::TakenDown(_) => state.taken_down = true,
                Line::Client(client) => {
                    let next = client.given.iter().map(|(serial, ..)| serial + 1).max();
                    state.next_serial = state.next_serial.max(next.unwrap_or(0));
                    if client.role.is_spare() {
                        of_client.insert(client.id.clone(), state.spares.len());
                        let role = client.role;
                        state.spares.push(Spare {
                            role,
                            book: book(client, number),
                        });
                    }
                }
                Line::Intent(intent) => {
                    let Some(&place) = of_client.get(&intent.id) else {
                        return Err(damaged(number, "it is of a client that is not there"));
                    };
                    state.next_serial = state.next_serial.max(intent.serial + 1);
                    let stores = &mut state.spares[place].book.stores;
                    open.insert(intent.serial, (place, stores.len()));
                    stores.push(intended(intent, number));
                }
                Line::Outcome(outcome) => {
                    let Some((place, at)) = open.remove(&outcome.serial) else {
                        return Err(damaged(number, "it answers a store that was not sent"));
                    };
                    let old = state.old;
                    let stored = &mut state.spares[place].book.stores[at];
                    answer(stored, &outcome.answer, number);
                    if stored.step == Step::During {
                        let request = Request {
                            store: true,
                            with_method: stored.method.is_some(),
                            ..request(&outcome.answer, &mut first_ms)
                        };
                        state.served.add(&request, old);
                    }
                }
                Line::Fetch(fetch) => {
                    let request = Request {
                        form: fetch.form,
                        gap: fetch.gap,
                        ..request(&fetch.answer, &mut first_ms)
                    };
                    state.served.add(&request, state.old);
                }
            }
        }
        state.ok_or(StateError::NotOne)
    }

    fn new(header: Header, bytes: u64) -> Self {
        Self {
            header,
            old: Contract::default(),
            need: 0,
            made: Vec::new(),
            seeded: None,
            spares: Vec::new(),
            served: Served::default(),
            next_serial: 1,
            taken_down: false,
            lines: 1,
            bytes,
        }
    }

    /// What makes the texts of the shares anew.
    pub fn marks(&self) -> Marks {
        Marks {
            run: self.header.mark(),
            seed: self.header.seed,
        }
    }

    /// The clients for which nothing is stored any more, one by one.
    pub fn kept(&self, path: &Path) -> Result<Kept, StateError> {
        Ok(Kept {
            reader: BufReader::new(File::open(path)?),
            number: 0,
            last: self.lines,
        })
    }

    /// Whether anything was stored while the new version came.
    pub fn has_load(&self) -> bool {
        self.served.stores > 0
            || self
                .spares
                .iter()
                .any(|it| it.book.stores.iter().any(|it| it.step == Step::During))
    }
}

/// Nobody else may write while we do.
fn locked(file: File) -> Result<File, StateError> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(StateError::InUse),
        // Of a file system without locks: the one that writes must be alone by itself.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(file),
    }
}

fn damaged(number: u64, cause: &str) -> StateError {
    StateError::Damaged {
        number,
        cause: cause.to_owned(),
    }
}

fn parsed(bytes: &[u8], number: u64) -> Result<Line, StateError> {
    serde_json::from_slice(bytes).map_err(|error| match number {
        1 => StateError::NotOne,
        _ => damaged(number, &error.to_string()),
    })
}

/// What was sent for a client before the new version came, with the places of its stores in the order of everything.
fn book(client: Client, number: u64) -> Book {
    let stores = client.given.into_iter().zip(0..);
    let stores = stores.map(|((serial, method, shape), turn)| {
        let place = number * APART + 2 * turn;
        Stored {
            serial,
            method,
            shape,
            step: Step::Before,
            taken: Taken::Acknowledged,
            span: Span {
                from_us: place,
                to_us: place + 1,
            },
        }
    });
    Book {
        stores: stores.collect(),
        client: client.id,
        leftovers: client.held,
    }
}

/// A store of which nothing is known but that it may have been sent: it may take effect at any time.
fn intended(intent: Intent, number: u64) -> Stored {
    Stored {
        serial: intent.serial,
        method: intent.method,
        shape: intent.shape,
        step: match intent.when {
            When::During => Step::During,
            When::After => Step::After,
        },
        taken: Taken::Unanswered,
        span: Span {
            from_us: number * APART,
            to_us: u64::MAX,
        },
    }
}

/// What an answer says of a store; what failed, whoever said so, may still take effect.
fn answer(stored: &mut Stored, answer: &Answer, number: u64) {
    stored.taken = answer.taken();
    if stored.taken != Taken::Unanswered {
        stored.span.to_us = number * APART;
    }
}

impl Answer {
    /// What it says of a store: one that a gateway gave up, or that failed, may still take effect.
    pub fn taken(&self) -> Taken {
        match self.status {
            Some(200..300) => Taken::Acknowledged,
            Some(408 | 429) => Taken::Unanswered,
            Some(300..500) => Taken::Refused,
            None if self.not_sent => Taken::Refused,
            Some(_) | None => Taken::Unanswered,
        }
    }
}

fn request(answer: &Answer, first_ms: &mut Option<u64>) -> Request {
    let first = *first_ms.get_or_insert(answer.at_ms);
    Request {
        at_ms: answer.at_ms.saturating_sub(first),
        took_ms: answer.took_ms,
        status: answer.status,
        timed_out: answer.timed_out,
        version: answer.version.clone(),
        ..Request::default()
    }
}

/// Reads the clients for which nothing is stored any more.
#[derive(Debug)]
pub struct Kept {
    reader: BufReader<File>,
    number: u64,
    last: u64,
}

impl Iterator for Kept {
    type Item = Result<Spare, StateError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut buffer = Vec::new();
        while self.number < self.last {
            buffer.clear();
            match self.reader.read_until(b'\n', &mut buffer) {
                Ok(0) => return None,
                Ok(_) => self.number += 1,
                Err(cause) => return Some(Err(cause.into())),
            }
            if !buffer.starts_with(br#"{"client":"#) {
                continue;
            }
            match parsed(&buffer, self.number) {
                Ok(Line::Client(client)) if !client.role.is_spare() => {
                    let role = client.role;
                    return Some(Ok(Spare {
                        role,
                        book: book(client, self.number),
                    }));
                }
                Ok(_) => {}
                Err(error) => return Some(Err(error)),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests;
