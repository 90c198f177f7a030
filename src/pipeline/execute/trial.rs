//! One trial, from the opening fetch of each client to the last step of its script.

use super::half::{Half, Turn};
use super::limiter::{Permit, Sign};
use super::request::{self, Filling, compose, nonce, not_applicable, opening};
use super::texts::{SHARES_A_TRIAL, first_serial, shares};
use super::{Event, Ground, Stop, lock};
use crate::contract::body;
use crate::contract::share::{Maker, maker};
use crate::exchange::{self, Exchange, Found, Lexicon, Place, Sent, Trouble, is_echo};
use crate::http::{Delivery, Post};
use crate::model::case::Mood;
use crate::model::quota::LONGEST_WAIT;
use crate::model::transcript::{CutShort, Transcript};
use crate::model::trial::{Action, Body, Request, Trial};
use secrecy::ExposeSecret;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use std::time::Instant;

/// So many requests without an answer, and a trial has seen enough.
const TIMEOUTS_A_TRIAL: usize = 2;

/// Why what follows a guard was not sent.
const UNGUARDED: &str = "not sent: this custodian does not keep backup methods apart, or does not refuse a store without \
    a client, and might touch other clients with it; run it on this machine";

/// Runs one trial on the clients with these ids.
pub(super) async fn run(index: usize, trial: Trial, ids: &[String], ground: &Ground) -> Transcript {
    let bound: BTreeMap<String, String> = trial
        .clients
        .iter()
        .cloned()
        .zip(ids.iter().cloned())
        .collect();
    let lexicon = lexicon(index, &trial, &bound, ground);
    let texts = lexicon
        .shares
        .values()
        .map(|(label, text)| (label.clone(), text.clone()))
        .collect();
    let mut course = Course {
        ground,
        bound,
        texts,
        lexicon,
        transcript: Transcript {
            bound: BTreeMap::new(),
            clients_known: ground.known,
            opening: Vec::new(),
            exchanges: Vec::new(),
            cut_short: None,
            first_serial: first_serial(index),
            closing: Vec::new(),
            attempt: 1,
            placebo: false,
            alone: false,
            max_time_ms: ground.settings.max_time_ms,
            recovered: Vec::new(),
            told: None,
            trial,
        },
        timeouts: 0,
        there: Vec::new(),
        mood: Mood::Well,
        owed: Vec::new(),
    };
    let half = ground.half.as_ref();
    let half = half.filter(|_| course.transcript.trial.has_user_half());
    let turn = match half {
        Some(half) => {
            let alone = course.transcript.trial.hears || course.transcript.trial.has_moods();
            Some((half, half.turn(alone, course.bound.values()).await))
        }
        None => None,
    };
    let before = half.and_then(Half::heard);
    course.transcript.cut_short = course.go().await.err();
    if let Some((half, turn)) = turn {
        half.set_mood(course.bound.values(), Mood::Well);
        if let Some(before) = before {
            let (bound, there) = (&course.bound, &course.there);
            let told = half.told_since(before, bound, there, ground.settings.clock);
            course.transcript.told = Some(told);
            if matches!(turn, Turn::Alone(_)) {
                half.learn(before, bound);
            }
        }
        drop(turn);
    }
    course.transcript.bound = course.bound;
    course.transcript
}

/// What turns the texts of answers into symbols for a trial.
fn lexicon(
    index: usize,
    trial: &Trial,
    bound: &BTreeMap<String, String>,
    ground: &Ground,
) -> Lexicon {
    let numbered = shares(index, trial, &ground.settings.run, ground.settings.seed);
    Lexicon {
        paths: ground.paths.clone(),
        ids: bound.values().cloned().collect(),
        words: request::words(trial, bound, &ground.settings.run),
        run: ground.settings.run.clone(),
        contract: trial.contract,
        shares: numbered
            .into_iter()
            .map(|(serial, label, text)| (serial, (label, text)))
            .collect(),
        leftovers: HashMap::new(),
        earlier: earlier(index, bound, ground),
    }
}

/// The same for a trial that is over.
pub(super) fn lexicon_of(transcript: &Transcript, ground: &Ground) -> Lexicon {
    let index = (transcript.first_serial / SHARES_A_TRIAL) as usize;
    lexicon(index, &transcript.trial, &transcript.bound, ground)
}

/// What a client holds at the end of the run.
pub(super) async fn close(client: &str, id: &str, lexicon: &Lexicon, ground: &Ground) -> Exchange {
    let permit = ground.limiter.enter(1).await;
    let post = Post::fetch(id, &ground.settings.secret);
    let delivery = ground.post(post).await;
    let sent = opening(client, id);
    let body = sent.body.clone();
    let exchange = capture(ground, lexicon, Place::default(), (sent, &body), &delivery);
    heed(ground, &permit, &exchange);
    exchange
}

/// Says what came of a request to whoever keeps the pace.
pub(super) fn heed(ground: &Ground, permit: &Permit<'_>, exchange: &Exchange) {
    permit.heed(sign(ground, exchange));
}

fn sign(ground: &Ground, exchange: &Exchange) -> Sign {
    let late = exchange.elapsed_us() / 1000 > ground.http.patience_ms();
    match &exchange.outcome {
        Ok(reply) if matches!(reply.status, 429 | 503) => {
            let seconds = reply.headers.get("retry-after");
            let seconds = seconds.and_then(|text| text.trim().parse().ok());
            match (reply.status, seconds.map(std::time::Duration::from_secs)) {
                (503, None) => Sign::TooMany,
                // Nobody waits for so long: the run is broken off.
                (429, Some(wait)) if wait > LONGEST_WAIT => Sign::TooMany,
                (_, wait) => Sign::Counted(wait),
            }
        }
        Ok(_) if ground.http.lost_a_connection() => Sign::TooMany,
        Err(Trouble::Closed) if !exchange.reused => Sign::TooMany,
        Ok(_) if late => Sign::Late,
        Err(Trouble::Timeout) => Sign::Late,
        Ok(_) | Err(_) => Sign::Fine,
    }
}

/// The serials of the trials that had these clients before this one, by symbolic client.
fn earlier(
    index: usize,
    bound: &BTreeMap<String, String>,
    ground: &Ground,
) -> HashMap<String, Vec<Range<u32>>> {
    // An id that is made up is one trial's only.
    if ground.made_up {
        return HashMap::new();
    }
    let trials = lock(&ground.bound);
    let serials = |index: usize| {
        let first = first_serial(index);
        first..first.saturating_add(SHARES_A_TRIAL)
    };
    let of = |id: &String| {
        let others = trials
            .iter()
            .filter(|(other, ids)| **other != index && ids.contains(id));
        others.map(|(other, _)| serials(*other)).collect()
    };
    bound
        .iter()
        .map(|(client, id)| (client.clone(), of(id)))
        .collect()
}

pub(super) struct Course<'a> {
    pub(super) ground: &'a Ground,
    pub(super) bound: BTreeMap<String, String>,
    pub(super) texts: BTreeMap<String, String>,
    pub(super) lexicon: Lexicon,
    pub(super) transcript: Transcript,
    timeouts: usize,
    /// What the custodian's own endpoint gave when Portal was told.
    pub(super) there: Vec<(Instant, bool)>,
    /// How Portal answers at the moment.
    pub(super) mood: Mood,
    /// What was acknowledged while Portal was away: how much it had heard before, and the client.
    pub(super) owed: Vec<(usize, String)>,
}

impl Course<'_> {
    pub(super) fn filling(&self) -> Filling<'_> {
        Filling {
            nonce: nonce(&self.ground.settings.run),
            bound: &self.bound,
            texts: &self.texts,
            secret: self.ground.settings.secret.expose_secret(),
        }
    }

    async fn go(&mut self) -> Result<(), CutShort> {
        if let Some(why) = not_applicable(&self.transcript.trial, &self.filling()) {
            return Err(CutShort::NotApplicable(why));
        }
        self.enrol().await?;
        for client in self.transcript.trial.clients.clone() {
            if self.ground.opens {
                self.open(&client).await?;
            }
        }
        self.open_half().await?;
        if self.transcript.trial.fresh
            && self
                .lexicon
                .leftovers
                .values()
                .any(|texts| !texts.is_empty())
        {
            return Err(CutShort::NotFresh);
        }
        let script = self.transcript.trial.script.clone();
        for (step, script_step) in script.iter().enumerate() {
            if let Some(stopped) = self.ground.stopped() {
                return Err(stopped);
            }
            match &script_step.action {
                Action::Request(request) if request.webhook.is_own() => {
                    let place = Place {
                        step: Some(step),
                        lane: 0,
                        turn: 0,
                    };
                    let (exchange, _) = self.ask(place, request).await?;
                    self.keep(exchange)?;
                }
                Action::Recover(recovery) => self.recover(step, recovery).await?,
                Action::Portal(mood) => self.turn_mood(*mood).await,
                Action::Request(request) => {
                    let place = Place {
                        step: Some(step),
                        lane: 0,
                        turn: 0,
                    };
                    let permit = self.ground.limiter.enter(1).await;
                    self.owe(request);
                    let exchange =
                        send(self.ground, &self.lexicon, &self.filling(), place, request).await;
                    heed(self.ground, &permit, &exchange);
                    drop(permit);
                    let guarded = !script_step.guard || went_right(request, &exchange);
                    self.keep(exchange)?;
                    if !guarded {
                        return Err(CutShort::NotApplicable(UNGUARDED.to_owned()));
                    }
                }
                Action::Concurrently(lanes) => {
                    let mut exchanges = self.race(step, lanes).await;
                    exchanges.sort_by_key(|exchange| exchange.ended_us);
                    for exchange in exchanges {
                        self.keep(exchange)?;
                    }
                }
                Action::Restart => self.restart().await?,
            }
        }
        Ok(())
    }

    /// The opening fetch: what is there before the trial writes, and whether it may write at all.
    async fn open(&mut self, client: &str) -> Result<(), CutShort> {
        let id = self.bound.get(client).cloned().unwrap_or_default();
        let sent = opening(client, &id);
        let permit = self.ground.limiter.enter(1).await;
        let delivery = self
            .ground
            .post(Post::fetch(&id, &self.ground.settings.secret))
            .await;
        let mut texts = HashSet::new();
        if let Ok(reply) = &delivery.outcome {
            let ours_alone = lock(&self.ground.used).contains(&id);
            let read = reply.answer();
            let asked = body::fetch(&id);
            // Whoever takes any id may say what he likes under other keys.
            let beside = read.beside.into_iter().filter(|_| !self.ground.made_up);
            for text in read.texts.into_iter().chain(beside) {
                match maker(&text) {
                    Maker::Us(Some(origin)) if origin.run == self.ground.settings.run => {
                        let trial = (origin.serial / SHARES_A_TRIAL) as usize;
                        let here = lock(&self.ground.bound)
                            .get(&trial)
                            .is_some_and(|ids| ids.contains(&id));
                        // One of this trial's own was there before it by arrangement; one of another client's is
                        // a leak. The judge is to see both.
                        if here && !self.lexicon.shares.contains_key(&origin.serial) {
                            texts.insert(text);
                        }
                    }
                    // On an id that was made up a moment ago it is no leftover, and the judge is to see it.
                    Maker::Us(_) | Maker::Debris(_) if self.ground.made_up => {}
                    Maker::Us(_) | Maker::Debris(_) => _ = texts.insert(text),
                    // Nobody but this run writes to a client that it has found empty and taken.
                    Maker::Somebody if ours_alone => _ = texts.insert(text),
                    // The request itself, repeated.
                    Maker::Somebody if is_echo(&asked, &text) => {}
                    Maker::Somebody => {
                        let what = format!("client {id} holds a share that this tool did not make");
                        *lock(&self.ground.stop) = Some(Stop::Foreign(what));
                        self.ground.progress.notify_one();
                        return Err(CutShort::Ended(
                            "the client holds somebody's share".to_owned(),
                        ));
                    }
                }
            }
        }
        lock(&self.ground.used).insert(id.clone());
        self.lexicon.leftovers.insert(client.to_owned(), texts);
        let exchange = capture(
            self.ground,
            &self.lexicon,
            Place::default(),
            (sent, &body::fetch(&id)),
            &delivery,
        );
        heed(self.ground, &permit, &exchange);
        drop(permit);
        self.count(&exchange, true);
        let on = self.gone(&exchange);
        self.transcript.opening.push(exchange);
        on
    }

    async fn race(&self, step: usize, lanes: &[Vec<Request>]) -> Vec<Exchange> {
        let (ground, lexicon, filling) = (self.ground, &self.lexicon, &self.filling());
        let permit = ground.limiter.enter(lanes.len()).await;
        let at_once = tokio::sync::Semaphore::new(permit.count);
        let (permit, at_once) = (&permit, &at_once);
        let all = lanes.iter().enumerate().map(async |(lane, requests)| {
            let mut exchanges = Vec::new();
            for (turn, request) in requests.iter().enumerate() {
                let place = Place {
                    step: Some(step),
                    lane,
                    turn,
                };
                let turn_taken = at_once.acquire().await;
                let exchange = send(ground, lexicon, filling, place, request).await;
                heed(ground, permit, &exchange);
                drop(turn_taken);
                let over = exchange.outcome.is_err();
                exchanges.push(exchange);
                if over {
                    break;
                }
            }
            exchanges
        });
        join_all(all.collect())
            .await
            .into_iter()
            .flatten()
            .collect()
    }

    pub(super) fn keep(&mut self, exchange: Exchange) -> Result<(), CutShort> {
        let request = self.transcript.request(&exchange);
        let plain =
            request.is_some_and(|request| request.is_plain_fetch() || request.is_plain_store());
        self.count(&exchange, plain);
        let on = self.gone(&exchange);
        self.transcript.exchanges.push(exchange);
        on
    }

    pub(super) fn count(&self, exchange: &Exchange, plain: bool) {
        let _ =
            (self.ground.settings.observer)(Event::Exchange(&self.transcript.trial.id, exchange));
        self.ground.progress.notify_one();
        let crowded = self.ground.limiter.trials(usize::MAX) > 1;
        let limit = self.ground.breaker.limit(exchange);
        let counted = || self.ground.breaker.count(exchange, crowded);
        if let Some(cause) = limit.or_else(|| plain.then(counted).flatten()) {
            lock(&self.ground.stop).get_or_insert(Stop::Broken(cause));
        }
    }

    /// Whether the custodian is gone, so that going on would tell nothing.
    pub(super) fn gone(&mut self, exchange: &Exchange) -> Result<(), CutShort> {
        match &exchange.outcome {
            Err(trouble) if trouble.is_unreachable() => {
                Err(CutShort::Unreachable(trouble.to_string()))
            }
            Err(Trouble::Timeout) => {
                self.timeouts += 1;
                if self.timeouts >= TIMEOUTS_A_TRIAL {
                    return Err(CutShort::Ended(format!(
                        "{TIMEOUTS_A_TRIAL} requests got no answer in time"
                    )));
                }
                Ok(())
            }
            Ok(_) | Err(_) => Ok(()),
        }
    }
}

/// Whether a guard's request went right: a store was taken, a fetch brought what it must, anything else was refused.
fn went_right(request: &Request, exchange: &Exchange) -> bool {
    let Some(reply) = exchange.reply() else {
        return false;
    };
    let came = |label: &String| {
        let mut found = reply.reading.found.iter();
        found.any(|found| matches!(found, Found::Share { label: it, .. } if it == label))
    };
    match request.body {
        Body::Store { .. } => reply.is_success(),
        Body::Fetch { .. } => request.labels.iter().flatten().all(came),
        Body::Raw(_) | Body::UserStore { .. } | Body::UserFetch { .. } => {
            (300..500).contains(&reply.status)
        }
    }
}

async fn send(
    ground: &Ground,
    lexicon: &Lexicon,
    filling: &Filling<'_>,
    place: Place,
    request: &Request,
) -> Exchange {
    let (post, sent) = compose(request, filling, lexicon, &ground.redactor);
    let body = post.body.clone();
    let delivery = ground.post(post).await;
    capture(ground, lexicon, place, (sent, &body), &delivery)
}

pub(super) fn capture(
    ground: &Ground,
    lexicon: &Lexicon,
    place: Place,
    (sent, body): (Sent, &str),
    delivery: &Delivery,
) -> Exchange {
    let outcome = match &delivery.outcome {
        Ok(raw) => Ok(exchange::reply(
            raw,
            body,
            &sent.client,
            lexicon,
            &ground.redactor,
        )),
        Err(trouble) => Err(trouble.clone()),
    };
    let (started_us, ended_us) = delivery.times_us(ground.settings.clock);
    Exchange {
        place,
        sent,
        expected: None,
        outcome,
        reused: delivery.reused,
        started_us,
        ended_us,
    }
}

/// Drives all futures at once, in one task: a race needs no more.
async fn join_all<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut slots: Vec<_> = futures
        .into_iter()
        .map(|future| (Box::pin(future), None))
        .collect();
    std::future::poll_fn(move |context| {
        let mut pending = false;
        for (future, output) in &mut slots {
            if output.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(value) => *output = Some(value),
                    std::task::Poll::Pending => pending = true,
                }
            }
        }
        if pending {
            std::task::Poll::Pending
        } else {
            std::task::Poll::Ready(
                slots
                    .iter_mut()
                    .filter_map(|(_, output)| output.take())
                    .collect(),
            )
        }
    })
    .await
}
