//! Looks at every client: fetches all before anything is stored, then stores for those that stand aside for it.

use super::custodian::{Custodian, Fetched};
use super::seed::named;
use super::state::{Intent, Journal, Line, Outcome, Spare, State, StateError, When};
use crate::contract::Contract;
use crate::contract::method::UNKNOWN;
use crate::contract::share::Shape;
use crate::exchange::Exchange;
use crate::model::history::{Span, Taken};
use crate::rehearsal::{
    Answered, Book, Case, Fault, Looked, Marks, Pattern, Step, Stored, Sums, exchange,
    look as held_against,
};
use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// How long between two fetches of a client that lacks a share.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// How clients are looked at.
#[derive(Clone)]
pub struct Looking {
    /// The version that is asked.
    pub custodian: Custodian,
    /// The contract that the old version keeps.
    pub old: Contract,
    /// What makes the texts anew.
    pub marks: Marks,
    /// How many clients are looked at at once.
    pub jobs: usize,
    /// How long a share may take to appear before it counts as missing.
    pub settle: Duration,
}

/// What was seen of all clients.
#[derive(Debug, Default)]
pub struct Seen {
    /// The sums, by what is asked.
    pub sums: BTreeMap<Case, Sums>,
    /// How many fetches were answered as v5 and as v6.
    pub forms: [usize; 2],
    /// Why the first client could not be looked at that gave no answer in the form of a version.
    pub neither: Option<String>,
    /// The first client that holds what could be somebody's share.
    pub foreign: Option<String>,
    /// The clients with something wrong for which something could still be stored.
    bad: HashSet<String>,
}

impl Seen {
    /// The contract by whose form every fetch was answered that was answered by one of them.
    pub fn contract(&self) -> Option<Contract> {
        match self.forms {
            [0, 0] => None,
            [_, 0] => Some(Contract::V5),
            [0, _] => Some(Contract::V6),
            [_, _] => None,
        }
    }

    /// Whether both versions have answered.
    pub fn is_mixed(&self) -> bool {
        self.forms.iter().all(|it| *it > 0)
    }
}

/// What came of a look at one client.
struct One {
    spare: Spare,
    looked: Result<Looked, String>,
    contract: Option<Contract>,
    status: Option<u16>,
    shown: Option<Box<Exchange>>,
}

/// Fetches every client and holds what it shows against what was stored; `asked` says what each is asked for, or nothing, and
/// then it is left out.
pub async fn look(
    looking: &Looking,
    state: &State,
    path: &Path,
    asked: impl Fn(&Spare) -> Option<Case>,
) -> Result<Seen, StateError> {
    let until = Instant::now() + looking.settle;
    let mut seen = Seen::default();
    let spares = state.spares.iter().cloned().map(Ok);
    let mut all = state.kept(path)?.chain(spares);
    let mut under_way: JoinSet<(Case, One)> = JoinSet::new();
    loop {
        while under_way.len() < looking.jobs.max(1)
            && let Some(spare) = all.next()
        {
            let spare = spare?;
            if let Some(case) = asked(&spare) {
                let looking = looking.clone();
                under_way.spawn(async move { (case, looking.one(spare, until).await) });
            }
        }
        match under_way.join_next().await {
            None => break,
            Some(Ok((case, one))) => seen.add(case, one),
            Some(Err(error)) if error.is_cancelled() => {}
            Some(Err(error)) => std::panic::resume_unwind(error.into_panic()),
        }
    }
    Ok(seen)
}

impl Seen {
    fn add(&mut self, case: Case, one: One) {
        let sums = self.sums.entry(case).or_default();
        let client = &one.spare.book.client;
        match one.contract {
            Some(Contract::V5) => self.forms[0] += 1,
            Some(Contract::V6) => self.forms[1] += 1,
            None => {
                let why = one.looked.as_ref().err().cloned();
                let why = why.or_else(|| one.status.map(|it| it.to_string()));
                self.neither = self.neither.take().or(why);
            }
        }
        match &one.looked {
            Ok(looked) => {
                if looked.foreign && self.foreign.is_none() {
                    self.foreign = Some(client.clone());
                }
                if !looked.faults.is_empty() || looked.another_run {
                    self.bad.insert(client.clone());
                }
                if let Some(shown) = one.shown {
                    sums.add(client, looked, |symbol| named(*shown, symbol));
                } else if looked.faults.is_empty() || looked.another_run {
                    sums.add_whole(client, looked);
                }
            }
            Err(why) => {
                self.bad.insert(client.clone());
                sums.add_unseen(why);
            }
        }
    }
}

impl Looking {
    async fn one(&self, spare: Spare, until: Instant) -> One {
        loop {
            let fetched = self.custodian.fetch(&spare.book.client).await;
            let one = self.held(&spare, &fetched);
            let lacks = one.looked.as_ref().map_or(true, Looked::lacks_a_share);
            if !lacks || Instant::now() + LOOK_AGAIN >= until {
                return one;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    fn held(&self, spare: &Spare, fetched: &Fetched) -> One {
        let answered = fetched.answered.as_ref();
        let looked = answered
            .map(|it| held_against(&spare.book, self.old, &self.marks, it))
            .map_err(Clone::clone);
        let wrong = looked.as_ref().is_ok_and(|it| !it.faults.is_empty());
        let shown = wrong.then(|| {
            let outcome = fetched.delivery.outcome.as_ref();
            Box::new(exchange(
                ("1", &spare.book, None),
                &self.marks,
                outcome,
                self.custodian.redactor(),
                self.custodian.times_us(&fetched.delivery),
            ))
        });
        One {
            contract: answered.ok().and_then(Answered::contract),
            status: answered.ok().map(|it| it.status),
            spare: spare.clone(),
            looked,
            shown,
        }
    }
}

/// Stores for the clients that stand aside and have nothing wrong: as v5 does it, then under `UNKNOWN`; each must take the place
/// of what was there. What is sent is written before.
pub async fn store_aside(
    looking: &Looking,
    state: &State,
    journal: &Journal,
    seen: &mut Seen,
) -> Result<(), StateError> {
    let mut serial = state.next_serial;
    for spare in state.spares.iter().filter(|it| it.role.aside) {
        if seen.bad.contains(&spare.book.client) {
            continue;
        }
        let mut book = spare.book.clone();
        let first = serial;
        for (case, method) in [(Case::Replaced, None), (Case::IsUnknown, Some(UNKNOWN))] {
            let storing = Storing {
                looking,
                journal,
                case,
                replaces: (case == Case::IsUnknown).then_some(first),
            };
            let went = storing.store(&mut book, serial, method, seen).await?;
            serial += 1;
            if !went {
                break;
            }
        }
    }
    Ok(())
}

/// A store for a client that stands aside.
struct Storing<'a> {
    looking: &'a Looking,
    journal: &'a Journal,
    case: Case,
    /// The number of the share that it should replace, where the history leaves that open.
    replaces: Option<u32>,
}

impl Storing<'_> {
    /// Whether it went well, and the next can be sent.
    async fn store(
        &self,
        book: &mut Book,
        serial: u32,
        method: Option<&str>,
        seen: &mut Seen,
    ) -> Result<bool, StateError> {
        let looking = self.looking;
        // After all that was sent before, also what may still take effect.
        let place = u64::MAX - 1000 + 10 * u64::from(self.replaces.is_some());
        let mut stored = Stored {
            serial,
            method: method.map(str::to_owned),
            shape: Shape::Plain,
            step: Step::After,
            taken: Taken::Unanswered,
            span: Span {
                from_us: place,
                to_us: u64::MAX,
            },
        };
        let intent = Intent {
            serial,
            id: book.client.clone(),
            method: stored.method.clone(),
            shape: stored.shape,
            when: When::After,
        };
        self.journal.write(&Line::Intent(intent)).await?;
        let text = Book::text(&stored, (&looking.marks.run, looking.marks.seed));
        let delivery = looking
            .custodian
            .store(&book.client, (&text, method), false)
            .await;
        let answer = looking.custodian.answer(&delivery);
        self.journal
            .write(&Line::Outcome(Outcome {
                serial,
                answer: answer.clone(),
            }))
            .await?;
        let sums = seen.sums.entry(self.case).or_default();
        stored.taken = answer.taken();
        if stored.taken != Taken::Acknowledged {
            let Some(status) = answer.status else {
                let trouble = delivery.outcome.as_ref().err();
                sums.add_unseen(&trouble.map_or_else(String::new, ToString::to_string));
                return Ok(false);
            };
            let code = if status < 500 {
                "refused"
            } else {
                "server-error"
            };
            let looked = Looked {
                faults: vec![Fault {
                    code,
                    words: format!("had the store answered with {status}"),
                }],
                expected: "an acknowledged store".to_owned(),
                observed: status.to_string(),
                ..Looked::default()
            };
            let outcome = delivery.outcome.as_ref();
            let times = looking.custodian.times_us(&delivery);
            sums.add(&book.client, &looked, |symbol| {
                let what = (symbol, &*book, Some(&stored));
                exchange(
                    what,
                    &looking.marks,
                    outcome,
                    looking.custodian.redactor(),
                    times,
                )
            });
            return Ok(false);
        }
        stored.span.to_us = place + 1;
        book.stores.push(stored);
        let spare = Spare {
            role: super::state::Role {
                pattern: Pattern::Aside,
                with_method: false,
                aside: true,
            },
            book: book.clone(),
        };
        let until = Instant::now() + looking.settle;
        let one = looking.one_replaced(spare, until, self.replaces).await;
        let went = one.looked.as_ref().is_ok_and(|it| it.faults.is_empty());
        // A share that is missing is no recommendation.
        let lost = one.looked.as_ref().is_ok_and(Looked::lacks_a_share);
        let case = if lost { Case::Replaced } else { self.case };
        seen.add(case, one);
        Ok(went)
    }
}

impl Looking {
    /// The same as `one`, where another share should be gone.
    async fn one_replaced(&self, spare: Spare, until: Instant, replaced: Option<u32>) -> One {
        let mut one = self.one(spare, until).await;
        let Some(old) = replaced else { return one };
        let fetched = self.custodian.fetch(&one.spare.book.client).await;
        let mut again = self.held(&one.spare, &fetched);
        let label = format!("s{old}");
        if let Ok(looked) = &mut again.looked
            && looked.observed.split(" + ").any(|it| it == label)
        {
            looked.faults.push(Fault {
                code: "two-kept",
                words: format!("still has the share {label} that came as v5 sends it, beside the one under UNKNOWN"),
            });
            again.shown = Some(Box::new(exchange(
                ("1", &one.spare.book, None),
                &self.marks,
                fetched.delivery.outcome.as_ref(),
                self.custodian.redactor(),
                self.custodian.times_us(&fetched.delivery),
            )));
            one = again;
        }
        one
    }
}
