//! While the new version comes: a steady, low load of stores and fetches. A store is written down before it is sent, and again
//! once it was answered. Each client has one request under way at the most, so that the order of its stores is known.

use super::custodian::Custodian;
use super::state::{Fetch, Intent, Journal, Line, Outcome, Spare, State, StateError, When};
use super::until::{Until, Watched};
use crate::contract::Contract;
use crate::contract::share::Shape;
use crate::http::Rate;
use crate::model::history::{Span, Taken};
use crate::pipeline::execute::Brake;
use crate::rehearsal::{Book, Marks, Pattern, Step, Stored, look};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};

/// What a share that is stored meanwhile looks like, in turn.
const SHAPES: [Shape; 4] = [Shape::Plain, Shape::Unicode, Shape::Size4k, Shape::Escapes];

/// How requests are sent.
#[derive(Clone)]
pub struct Load {
    /// Whoever answers.
    pub custodian: Custodian,
    /// How many requests at the most in a time.
    pub rate: Rate,
    /// For how long; none: until something else ends it.
    pub time: Option<Duration>,
    /// What else ends it.
    pub until: Option<Until>,
}

/// How the sending ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// How many requests were sent.
    pub requests: usize,
    /// A client that holds what could be somebody's share: nothing was stored for it any more.
    pub foreign: Option<String>,
}

/// A client between its requests.
struct Turn {
    spare: Spare,
    /// The methods that its stores carry, in turn.
    slots: Vec<Option<String>>,
    sent: usize,
}

impl Turn {
    fn new(spare: &Spare, old: Contract) -> Self {
        let mut slots: Vec<Option<String>> = Vec::new();
        match old {
            // One slot for each client: an old version has no other.
            Contract::V5 if spare.role.with_method => {
                slots.push(Some("GDRIVE-SECP256K1".to_owned()));
            }
            Contract::V5 => slots.push(None),
            Contract::V6 => {
                for seed in Pattern::Load.seeds(old, 0) {
                    slots.push(seed.method.map(str::to_owned));
                }
            }
        }
        Self {
            spare: spare.clone(),
            slots,
            sent: 0,
        }
    }
}

/// What all clients share.
#[derive(Clone)]
struct Shared {
    custodian: Custodian,
    journal: Arc<Journal>,
    marks: Marks,
    old: Contract,
    serial: Arc<AtomicU32>,
    /// The order in which things happen.
    order: Arc<AtomicU64>,
}

/// What a request came to, for the one who sends them.
struct Went {
    turn: Turn,
    foreign: bool,
    over: Option<(String, String)>,
}

/// Sends until the time is over, what ends it has happened, or the brake is pulled; then waits for what is under way, unless the
/// brake is pulled again.
pub async fn load(
    load: &Load,
    state: &State,
    journal: Arc<Journal>,
    brake: &Brake,
) -> Result<Loaded, StateError> {
    let old = state.old;
    let shared = Shared {
        custodian: load.custodian.clone(),
        journal,
        marks: state.marks(),
        old,
        serial: Arc::new(AtomicU32::new(state.next_serial)),
        // What is new comes after all that the file has.
        order: Arc::new(AtomicU64::new(u64::MAX / 2)),
    };
    let turns = state
        .spares
        .iter()
        .filter(|it| it.role.pattern == Pattern::Load);
    let mut idle: VecDeque<Turn> = turns.map(|it| Turn::new(it, old)).collect();
    let mut under_way: JoinSet<Result<Went, StateError>> = JoinSet::new();
    let mut loaded = Loaded::default();
    let mut watched = Watched::default();
    let mut ticks = tokio::time::interval(load.rate.apart().max(Duration::from_millis(1)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let end = load.time.map(|it| Instant::now() + it);
    let over = async {
        let time = async {
            match end {
                Some(end) => tokio::time::sleep_until(end).await,
                None => std::future::pending().await,
            }
        };
        let until = async {
            match &load.until {
                Some(until) => until.wait(load.custodian.http()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = time => {}
            () = until => {}
            () = brake.wait() => {}
        }
    };
    tokio::pin!(over);
    let mut ended = false;
    loop {
        if ended && under_way.is_empty() {
            return Ok(loaded);
        }
        tokio::select! {
            biased;
            () = brake.wait_twice() => return Ok(loaded),
            () = &mut over, if !ended => ended = true,
            Some(joined) = under_way.join_next() => {
                let went = match joined {
                    Ok(went) => went?,
                    Err(error) if error.is_cancelled() => continue,
                    Err(error) => std::panic::resume_unwind(error.into_panic()),
                };
                loaded.requests += 1;
                let header = went.over.as_ref();
                let is_over = watched.is_over(load.until.as_ref(), |name| {
                    header.filter(|(of, _)| of == name).map(|(_, value)| value.as_str())
                });
                ended |= is_over;
                if went.foreign {
                    loaded.foreign = Some(went.turn.spare.book.client.clone());
                    ended = true;
                }
                idle.push_back(went.turn);
            }
            _ = ticks.tick(), if !ended => {
                // Where every client still waits for its answer, nothing is saved up.
                if let Some(turn) = idle.pop_front() {
                    let (shared, until) = (shared.clone(), load.until.clone());
                    under_way.spawn(async move { shared.request(turn, until.as_ref()).await });
                }
            }
        }
    }
}

impl Shared {
    /// A client's next request: a store, and after each a fetch.
    async fn request(self, mut turn: Turn, until: Option<&Until>) -> Result<Went, StateError> {
        let number = turn.sent;
        turn.sent += 1;
        if number % 2 == 1 {
            return Ok(self.fetch(turn, until).await);
        }
        let method = turn.slots[number / 2 % turn.slots.len()].clone();
        let serial = self.serial.fetch_add(1, Ordering::SeqCst);
        let mut stored = Stored {
            serial,
            method: method.clone(),
            shape: SHAPES[number / 2 % SHAPES.len()],
            step: Step::During,
            taken: Taken::Unanswered,
            span: Span {
                from_us: self.order.fetch_add(1, Ordering::SeqCst),
                to_us: u64::MAX,
            },
        };
        let client = turn.spare.book.client.clone();
        let intent = Intent {
            serial,
            id: client.clone(),
            method: method.clone(),
            shape: stored.shape,
            when: When::During,
        };
        // On the disk before a byte of it is sent: a crash then leaves what may be there.
        self.journal.write(&Line::Intent(intent)).await?;
        let text = Book::text(&stored, (&self.marks.run, self.marks.seed));
        let delivery = self
            .custodian
            .store(&client, (&text, method.as_deref()), true)
            .await;
        let answer = self.custodian.answer(&delivery);
        stored.taken = answer.taken();
        if stored.taken != Taken::Unanswered {
            stored.span.to_us = self.order.fetch_add(1, Ordering::SeqCst);
        }
        self.journal
            .note(&Line::Outcome(Outcome { serial, answer }));
        turn.spare.book.stores.push(stored);
        let raw = delivery.outcome.as_ref().ok();
        let over = header(until, |name| raw.and_then(|it| it.header(name)));
        Ok(Went {
            turn,
            foreign: false,
            over,
        })
    }

    async fn fetch(self, turn: Turn, until: Option<&Until>) -> Went {
        let book = &turn.spare.book;
        let fetched = self.custodian.fetch_once(&book.client, true).await;
        let answered = fetched.answered.as_ref().ok();
        let looked = answered.map(|it| look(book, self.old, &self.marks, it));
        let missing = ["lost", "not-replaced"];
        let gap = looked.as_ref().is_some_and(|it| {
            let mut faults = it.faults.iter();
            faults.any(|fault| missing.contains(&fault.code))
        });
        let fetch = Fetch {
            answer: self.custodian.answer(&fetched.delivery),
            form: answered.and_then(crate::rehearsal::Answered::contract),
            gap,
        };
        self.journal.note(&Line::Fetch(fetch));
        let raw = fetched.delivery.outcome.as_ref().ok();
        let over = header(until, |name| raw.and_then(|it| it.header(name)));
        Went {
            foreign: looked.is_some_and(|it| it.foreign),
            turn,
            over,
        }
    }
}

/// The header that may end the sending, with its value.
fn header<'a>(
    until: Option<&Until>,
    value: impl FnOnce(&str) -> Option<&'a str>,
) -> Option<(String, String)> {
    let Some(Until::Header(name, _)) = until else {
        return None;
    };
    let name = name.to_lowercase();
    let value = value(&name)?.to_owned();
    Some((name, value))
}
