//! Before the new version comes: gives clients to hold what must survive.

use super::custodian::Custodian;
use super::state::{Client, Given, Journal, Line, Role, StateError};
use crate::contract::Contract;
use crate::contract::answer::Form;
use crate::contract::share::{self, Shape};
use crate::exchange::{Exchange, Trouble, digest};
use crate::model::client::PoolClient;
use crate::model::history::{Span, Taken};
use crate::rehearsal::{
    Book, Case, Fault, Looked, Marks, Pattern, Seed, Step, Stored, Sums, exchange,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::task::JoinSet;

/// So many clients at the most get stores while the new version comes.
const MOST_LOAD: usize = 8;

/// So many get them once it is there.
const MOST_ASIDE: usize = 4;

/// What the client with this number is there for, of so many clients, of which there are two at least.
pub fn role(index: usize, count: usize, old: Contract) -> Role {
    let kept = |index: usize| {
        let patterns = Pattern::kept(old);
        Role {
            pattern: patterns[index % patterns.len()],
            with_method: false,
            aside: false,
        }
    };
    if count < 3 {
        return match index {
            0 => kept(0),
            _ => Role {
                pattern: Pattern::Load,
                with_method: old == Contract::V6,
                aside: true,
            },
        };
    }
    let load = (count / 4).clamp(1, MOST_LOAD);
    let aside = (count / 8).clamp(1, MOST_ASIDE);
    if index >= count - aside {
        return Role {
            pattern: Pattern::Aside,
            with_method: false,
            aside: true,
        };
    }
    match index.checked_sub(count - aside - load) {
        Some(place) => Role {
            pattern: Pattern::Load,
            with_method: old == Contract::V6 || place % 2 == 1,
            aside: false,
        },
        None => kept(index),
    }
}

/// Where the clients come from.
#[derive(Clone, Debug)]
pub enum Seeds {
    /// So many ids are made up.
    MadeUp(usize),
    /// These clients.
    Known(Vec<PoolClient>),
}

impl Seeds {
    /// How many there are.
    pub fn count(&self) -> usize {
        match self {
            Self::MadeUp(count) => *count,
            Self::Known(clients) => clients.len(),
        }
    }

    /// The client with this number.
    fn client(&self, index: usize) -> PoolClient {
        match self {
            Self::MadeUp(_) => PoolClient {
                id: uuid::Uuid::new_v4().to_string(),
                empty: true,
                adopted: false,
                made_for: None,
            },
            Self::Known(clients) => clients[index].clone(),
        }
    }
}

/// How the clients are given their shares.
pub struct Seeding<'a> {
    /// The old version.
    pub custodian: &'a Custodian,
    /// What makes the texts.
    pub marks: &'a Marks,
    /// Where the clients come from.
    pub seeds: &'a Seeds,
    /// How many clients are served at once.
    pub jobs: usize,
}

impl Seeding<'_> {
    /// The contract that the old version keeps, by the form of its answer for the last client, and what was stored for that: a
    /// share as v5 sends it, where the answer for a client without a share does not tell. The error says what came instead.
    pub async fn find_out(&self) -> Result<(Contract, Found), String> {
        let index = self.seeds.count().saturating_sub(1);
        let client = self.seeds.client(index);
        let mut found = Found {
            client,
            given: Vec::new(),
            held: None,
        };
        let id = found.client.id.clone();
        let first = self.custodian.fetch(&id).await;
        let answered = first.answered?;
        found.held = Some(held(&answered.answer.texts, &found.client));
        if let Some(contract) = answered.contract() {
            return Ok((contract, found));
        }
        let text = share::text(&self.marks.run, self.marks.seed, 0, Shape::Plain);
        let stored = self.custodian.store(&id, (&text, None), false).await;
        match &stored.outcome {
            Ok(raw) if (200..300).contains(&raw.meant_status()) => {}
            Ok(raw) => return Err(format!("a store was answered with {}", raw.meant_status())),
            Err(trouble) => return Err(format!("a store came to this: {trouble}")),
        }
        found.given.push((0, None, Shape::Plain));
        let answered = self.custodian.fetch(&id).await.answered?;
        match answered.answer.form {
            Form::Shares | Form::Both => Ok((Contract::V6, found)),
            Form::Legacy => Ok((Contract::V5, found)),
            Form::Neither => Err("a fetch is answered neither as v5 nor as v6".to_owned()),
        }
    }
}

/// What was done to find out the contract.
#[derive(Clone, Debug)]
pub struct Found {
    /// The client.
    client: PoolClient,
    /// What was stored for it.
    given: Vec<Given>,
    /// The digests of what it held before, where that was looked at.
    held: Option<Vec<String>>,
}

/// The digests of what a client held that may hold something.
fn held(texts: &[String], client: &PoolClient) -> Vec<String> {
    let texts = texts.iter().filter(|_| !client.empty || client.adopted);
    texts.map(|it| digest(it)).collect()
}

/// What became of one client: its line, and what went wrong, if anything did.
type Given1 = (Client, Option<Wrong>);

/// What went wrong.
enum Wrong {
    /// A store was answered otherwise than with a success.
    Refused(Looked, Box<Exchange>),
    /// There was no answer.
    Untold(String),
}

/// Gives every client its shares and writes what each was given; the first store that is not acknowledged ends it. What went
/// wrong comes back, by what the client was there for; nothing where all went well.
pub async fn seed(
    seeding: &Seeding<'_>,
    old: Contract,
    found: Option<Found>,
    journal: &Journal,
) -> Result<BTreeMap<Case, Sums>, StateError> {
    let count = seeding.seeds.count();
    let serial = Arc::new(AtomicU32::new(1));
    let mut found = found;
    let mut wrong: BTreeMap<Case, Sums> = BTreeMap::new();
    let mut next = 0;
    let mut under_way: JoinSet<Given1> = JoinSet::new();
    loop {
        while next < count && wrong.is_empty() && under_way.len() < seeding.jobs.max(1) {
            let before = found.take_if(|_| next == count - 1);
            let before = before.unwrap_or_else(|| Found {
                client: seeding.seeds.client(next),
                given: Vec::new(),
                held: None,
            });
            let giving = Giving {
                custodian: seeding.custodian.clone(),
                marks: seeding.marks.clone(),
                role: role(next, count, old),
                seeds: role(next, count, old).pattern.seeds(old, next),
                serial: Arc::clone(&serial),
            };
            under_way.spawn(giving.give(before));
            next += 1;
        }
        match under_way.join_next().await {
            None => break,
            Some(Ok((client, went))) => {
                let case = Case::Seeded(client.role.pattern);
                let id = client.id.clone();
                journal.note(&Line::Client(client));
                match went {
                    None => {}
                    Some(Wrong::Refused(looked, shown)) => {
                        let sums = wrong.entry(case).or_default();
                        sums.add(&id, &looked, |symbol| named(*shown, symbol));
                    }
                    Some(Wrong::Untold(why)) => wrong.entry(case).or_default().add_unseen(&why),
                }
            }
            Some(Err(error)) if error.is_cancelled() => {}
            Some(Err(error)) => std::panic::resume_unwind(error.into_panic()),
        }
    }
    Ok(wrong)
}

/// An exchange of the client with this symbol.
pub(super) fn named(mut exchange: Exchange, symbol: &str) -> Exchange {
    symbol.clone_into(&mut exchange.sent.client);
    exchange
}

/// One client and what it is to be given.
struct Giving {
    custodian: Custodian,
    marks: Marks,
    role: Role,
    seeds: Vec<Seed>,
    serial: Arc<AtomicU32>,
}

impl Giving {
    async fn give(self, before: Found) -> Given1 {
        let mut client = Client {
            id: before.client.id.clone(),
            role: self.role,
            given: before.given,
            held: before.held.clone().unwrap_or_default(),
        };
        if before.held.is_none() && (!before.client.empty || before.client.adopted) {
            let fetched = self.custodian.fetch(&client.id).await;
            match fetched.answered {
                Ok(answered) => client.held = held(&answered.answer.texts, &before.client),
                Err(why) => return (client, Some(Wrong::Untold(why))),
            }
        }
        for seed in &self.seeds {
            let serial = self.serial.fetch_add(1, Ordering::Relaxed);
            let text = share::text(&self.marks.run, self.marks.seed, serial, seed.shape);
            let what = (text.as_str(), seed.method);
            let mut delivery = self.custodian.store(&client.id, what, false).await;
            // A used connection may be closed at any time, and the same store twice is as good as once.
            if delivery.reused && matches!(delivery.outcome, Err(Trouble::Closed)) {
                delivery = self.custodian.store(&client.id, what, true).await;
            }
            let status = match &delivery.outcome {
                Ok(raw) => raw.meant_status(),
                Err(trouble) => return (client, Some(Wrong::Untold(trouble.to_string()))),
            };
            if !(200..300).contains(&status) {
                let looked = refused(status, seed);
                let book = Book {
                    client: client.id.clone(),
                    ..Book::default()
                };
                let stored = Stored {
                    serial,
                    method: seed.method.map(str::to_owned),
                    shape: seed.shape,
                    step: Step::Before,
                    taken: Taken::Refused,
                    span: Span::default(),
                };
                let shown = exchange(
                    ("1", &book, Some(&stored)),
                    &self.marks,
                    delivery.outcome.as_ref(),
                    self.custodian.redactor(),
                    self.custodian.times_us(&delivery),
                );
                return (client, Some(Wrong::Refused(looked, Box::new(shown))));
            }
            let method = seed.method.map(str::to_owned);
            client.given.push((serial, method, seed.shape));
        }
        (client, None)
    }
}

/// A store that was not acknowledged.
fn refused(status: u16, seed: &Seed) -> Looked {
    let method = seed.method.unwrap_or("no method");
    let code = if status < 500 {
        "refused"
    } else {
        "server-error"
    };
    Looked {
        faults: vec![Fault {
            code,
            words: format!(
                "had a store ({method}, a share {}) answered with {status}",
                seed.shape.words()
            ),
        }],
        expected: "an acknowledged store".to_owned(),
        observed: status.to_string(),
        ..Looked::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(2)]
    #[case(3)]
    #[case(4)]
    #[case(9)]
    #[case(10_000)]
    fn however_many_there_are_some_are_kept_some_get_load_and_some_stand_aside(
        #[case] count: usize,
    ) {
        for old in [Contract::V5, Contract::V6] {
            let roles: Vec<Role> = (0..count).map(|it| role(it, count, old)).collect();
            let kept = roles.iter().filter(|it| !it.is_spare()).count();
            let load = roles
                .iter()
                .filter(|it| it.pattern == Pattern::Load)
                .count();
            let aside = roles.iter().filter(|it| it.aside).count();
            assert!(kept > 0 && load > 0 && aside > 0, "{count}");
            assert!(
                load <= MOST_LOAD && aside <= MOST_ASIDE,
                "memory does not grow with them"
            );
            let both = |it: &&Role| it.aside && it.with_method;
            assert!(old == Contract::V6 || !roles.iter().any(|it| both(&it)));
        }
    }
}
