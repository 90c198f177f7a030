//! The steps of a trial that ask the custodian's own endpoints, and the recoveries of wallets.

use super::half::{Half, held};
use super::request::compose;
use super::texts::{SHARES_A_TRIAL, wallet};
use super::trial::{Course, capture, heed};
use super::{Stop, lock};
use crate::contract::share::{Maker, Origin, maker};
use crate::contract::wallet::Seal;
use crate::exchange::{self, Credentials, Exchange, Held, Place, Secret, Trouble, Webhook};
use crate::model::case::{Expect, Mood};
use crate::model::transcript::{CutShort, Recovered};
use crate::model::trial::{Body, Effect, Recovery, Request};
use crate::user_share::Answer;

impl Course<'_> {
    fn half(&self) -> Result<&Half, CutShort> {
        let none = || CutShort::NotApplicable("nothing is told of the user's half".to_owned());
        self.ground.half.as_ref().ok_or_else(none)
    }

    /// Makes users of the clients, where that is possible, and sees to it that they can be asked for.
    pub(super) async fn enrol(&self) -> Result<(), CutShort> {
        if !self.transcript.trial.has_user_half() {
            return Ok(());
        }
        let half = self.half()?;
        let enrolled = half.enrol(self.bound.values()).await;
        enrolled.map_err(|why| CutShort::Environment(self.ground.redactor.whole(&why)))?;
        match self.bound.values().find_map(|id| half.lacks(id)) {
            Some(why) => Err(CutShort::Environment(why)),
            None => Ok(()),
        }
    }

    /// What is there before the trial writes, of each method that it will write, and whether it may write at all.
    pub(super) async fn open_half(&mut self) -> Result<(), CutShort> {
        for (client, method) in self.transcript.trial.user_methods() {
            let (exchange, answer) = self
                .ask(Place::default(), &opening(&client, &method))
                .await?;
            let id = self.bound.get(&client).cloned().unwrap_or_default();
            // Nobody can have left anything on an id that was made up.
            let made_up = self.ground.made_up;
            let empty = made_up || self.ground.settings.clients_are_empty;
            let foreign = match answer {
                Some(Answer::Text(text)) => match maker(&text) {
                    Maker::Somebody => Some(format!(
                        "the user of client {id} has a user share under {method} that this tool did not make"
                    )),
                    // What this run has given to another client is a leak, and the judge is to see it.
                    Maker::Us(Some(origin)) if self.is_elsewhere(&origin, &id) => None,
                    Maker::Us(_) | Maker::Debris(_) if made_up => None,
                    Maker::Us(_) | Maker::Debris(_) => {
                        let leftovers = self.lexicon.leftovers.entry(client).or_default();
                        leftovers.insert(text);
                        None
                    }
                },
                Some(Answer::None) => None,
                Some(Answer::Untold(_)) if empty => None,
                Some(Answer::Untold(why)) => {
                    let unseen = unseen(&id, &method, &why);
                    Some(format!(
                        "{unseen}; say --client-holds-nothing if there is none"
                    ))
                }
                Some(Answer::Unreadable(_)) | None if made_up => None,
                Some(Answer::Unreadable(why)) => Some(unseen(&id, &method, &why)),
                None => {
                    let trouble = exchange.outcome.as_ref().err().map(ToString::to_string);
                    Some(unseen(&id, &method, &trouble.unwrap_or_default()))
                }
            };
            self.count(&exchange, false);
            let on = self.gone(&exchange);
            self.transcript.opening.push(exchange);
            on?;
            if let Some(what) = foreign {
                *lock(&self.ground.stop) = Some(Stop::Foreign(what));
                self.ground.progress.notify_one();
                let why = "the user has what could be somebody's";
                return Err(CutShort::Ended(why.to_owned()));
            }
        }
        Ok(())
    }

    /// Asks a custodian's own endpoint; and what its answer holds, where there is one.
    pub(super) async fn ask(
        &mut self,
        place: Place,
        request: &Request,
    ) -> Result<(Exchange, Option<Answer>), CutShort> {
        let ground = self.ground;
        let half = self.half()?;
        let outgoing = half.outgoing(request, &self.bound, &self.texts);
        let outgoing = outgoing.ok_or_else(|| {
            let why = "the custodian's own endpoint, as it is told, cannot be asked so";
            CutShort::NotApplicable(why.to_owned())
        })?;
        let stores = matches!(request.body, Body::UserStore { .. });
        let listens = self.transcript.trial.hears && stores;
        let seen = half.heard().filter(|_| listens);
        let id = self.bound.get(&request.client).cloned().unwrap_or_default();
        if seen.is_some() {
            half.watch(request, &id, &self.texts);
        }
        let permit = ground.limiter.enter(1).await;
        let delivery = half.send(&outgoing).await;
        let answer = delivery.outcome.as_ref().ok().map(|raw| half.read(raw));
        let sent = half.sent(request, &outgoing, &self.lexicon, &ground.redactor);
        let outcome = match (&delivery.outcome, &answer) {
            (Ok(raw), Some(answer)) => Ok(exchange::user_reply(
                raw,
                // What answers a store is no question of what is kept.
                &if stores { Held::None } else { held(answer) },
                &outgoing.shown().body,
                &request.client,
                &self.lexicon,
                &ground.redactor,
            )),
            (Ok(_), None) => Err(Trouble::NotHttp),
            (Err(trouble), _) => Err(trouble.clone()),
        };
        let (started_us, ended_us) = delivery.times_us(ground.settings.clock);
        let exchange = Exchange {
            place,
            sent,
            expected: None,
            outcome,
            reused: delivery.reused,
            started_us,
            ended_us,
        };
        // What Portal was told to say, passed on, is no pace.
        if self.mood == Mood::Well {
            heed(ground, &permit, &exchange);
        }
        drop(permit);
        if stores && !listens {
            half.unheard();
        }
        let there = match seen {
            Some(seen) => {
                let due = request.expect != Expect::Refused;
                half.wait_for_word(seen, &id, due).await
            }
            None => Vec::new(),
        };
        self.there.extend(there);
        let reply = exchange.reply();
        let acknowledged = reply.is_some_and(|it| (200..300).contains(&it.status));
        if let Some(seen) = seen.filter(|_| acknowledged && self.mood != Mood::Well) {
            self.owed.push((seen, id));
        }
        Ok((exchange, answer))
    }

    /// Portal answers otherwise from now on; once it is well again, it may hear of what was stored meanwhile.
    pub(super) async fn turn_mood(&mut self, mood: Mood) {
        let Some(half) = &self.ground.half else {
            return;
        };
        half.set_mood(self.bound.values(), mood);
        self.mood = mood;
        if mood == Mood::Well {
            for (seen, id) in std::mem::take(&mut self.owed) {
                half.wait_for_later(seen, &id).await;
            }
        }
    }

    /// Whether a text of ours belongs to a trial of this run that never had this client.
    fn is_elsewhere(&self, origin: &Origin, id: &String) -> bool {
        let trial = (origin.serial / SHARES_A_TRIAL) as usize;
        let bound = lock(&self.ground.bound);
        origin.run == self.ground.settings.run
            && bound.get(&trial).is_some_and(|ids| !ids.contains(id))
    }

    /// A recovery: the custodian's half, the user's, and what they come to.
    pub(super) async fn recover(
        &mut self,
        step: usize,
        recovery: &Recovery,
    ) -> Result<(), CutShort> {
        let place = |turn| Place {
            step: Some(step),
            lane: 0,
            turn,
        };
        let ground = self.ground;
        let [fetch, ask] = &recovery.requests;
        let permit = ground.limiter.enter(1).await;
        let (post, sent) = compose(fetch, &self.filling(), &self.lexicon, &ground.redactor);
        let body = post.body.clone();
        let delivery = ground.post(post).await;
        let shares: Vec<String> = match &delivery.outcome {
            Ok(raw) => raw.answer().texts,
            Err(_) => Vec::new(),
        };
        let exchange = capture(ground, &self.lexicon, place(0), (sent, &body), &delivery);
        heed(ground, &permit, &exchange);
        drop(permit);
        self.keep(exchange)?;
        let (exchange, answer) = self.ask(place(1), ask).await?;
        let text = match answer {
            Some(Answer::Text(text)) => Some(text),
            Some(Answer::None | Answer::Untold(_) | Answer::Unreadable(_)) | None => None,
        };
        let trial = &self.transcript.trial;
        let (run, seed) = (&ground.settings.run, ground.settings.seed);
        let backup = trial.backups.get(&recovery.backup);
        if let (Some(serial), Some(backup)) = (self.transcript.serial(&recovery.backup), backup) {
            let first = self.transcript.first_serial;
            let wallet = wallet(trial, &backup.client, first, run, seed);
            let seal = Seal::new(run, seed, serial);
            let halves = wallet.recover(text.as_deref(), &seal, &shares);
            self.transcript.recovered.push(Recovered { step, halves });
        }
        self.keep(exchange)
    }
}

/// The question for what a user has under a method, before anything is written.
fn opening(client: &str, method: &str) -> Request {
    Request {
        webhook: Webhook::UserFetch,
        client: client.to_owned(),
        body: Body::UserFetch {
            method: method.to_owned(),
            credentials: Credentials::Own,
        },
        secret: Secret::Right,
        content_type: None,
        expect: Expect::Accepted,
        effect: Effect::None,
        labels: None,
        proves: None,
    }
}

/// Why nothing is written where it cannot be seen what is there.
fn unseen(id: &str, method: &str, why: &str) -> String {
    format!(
        "it cannot be seen whether the user of client {id} has a user share under {method}: {why}. Nothing was written"
    )
}
