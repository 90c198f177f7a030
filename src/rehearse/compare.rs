//! Two versions side by side: the same requests to both, by turns, and where their answers differ. With one database behind
//! both, what the old one stores must be seen through the new one; the other way round is a fact.

use super::custodian::{Custodian, Fetched};
use super::seed::named;
use crate::contract::Contract;
use crate::contract::share::Shape;
use crate::http::Delivery;
use crate::model::history::{Span, Taken};
use crate::rehearsal::{
    Answered, Book, Case, Fault, Looked, Marks, Step, Stored, Sums, exchange, look,
};
use std::collections::BTreeMap;

/// The methods that the new version is given, and the old one too where it keeps v6.
const METHODS: [&str; 2] = ["GDRIVE-SECP256K1", "PASSKEY-ED25519"];

/// What the comparison has found.
#[derive(Debug, Default)]
pub struct Compared {
    /// The sums, by what was asked.
    pub sums: BTreeMap<Case, Sums>,
    /// Where the two differ, or do not, a line each.
    pub facts: Vec<String>,
    /// The contract that the old version keeps; none where it answers in no form.
    pub old: Option<Contract>,
    /// The one that the new version keeps.
    pub new: Option<Contract>,
    /// Whether one database stands behind both.
    pub shared: bool,
    /// A client that holds what could be somebody's share.
    pub foreign: Option<String>,
}

/// Who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Old,
    New,
}

impl Side {
    fn name(self) -> &'static str {
        match self {
            Self::Old => "old",
            Self::New => "new",
        }
    }
}

/// Two versions, and what they said so far.
struct Pair<'a> {
    old: &'a Custodian,
    new: &'a Custodian,
    marks: &'a Marks,
    serial: u32,
    compared: Compared,
    /// The answers by what was asked, for each side.
    answers: BTreeMap<&'static str, [Vec<String>; 2]>,
}

/// Compares by means of these clients; `shared` says whether one database stands behind both, where somebody knows.
pub async fn compare(
    old: &Custodian,
    new: &Custodian,
    marks: &Marks,
    clients: &[(String, Vec<String>)],
    shared: Option<bool>,
) -> Compared {
    let mut pair = Pair {
        old,
        new,
        marks,
        serial: 1,
        compared: Compared::default(),
        answers: BTreeMap::new(),
    };
    for (place, (client, held)) in clients.iter().enumerate() {
        let book = Book {
            client: client.clone(),
            stores: Vec::new(),
            leftovers: held.clone(),
        };
        if place == 0 {
            pair.find_out(book, shared).await;
        } else if pair.compared.shared {
            pair.shared(book).await;
        } else {
            pair.apart(book).await;
        }
    }
    pair.tell();
    pair.compared
}

impl Pair<'_> {
    fn side(&self, side: Side) -> &Custodian {
        match side {
            Side::Old => self.old,
            Side::New => self.new,
        }
    }

    /// Whether a store through the old version is seen through the new one, which also shows what both keep.
    async fn find_out(&mut self, mut book: Book, shared: Option<bool>) {
        for side in [Side::Old, Side::New] {
            self.fetch(side, "a client without shares", &book).await;
        }
        let stored = self.store(Side::Old, &mut book, None, Case::Through).await;
        let own = self.fetch(Side::Old, "a share of v5", &book).await;
        self.compared.old = own.answered.as_ref().ok().and_then(Answered::contract);
        let seen = self.fetch(Side::New, "a share of v5", &book).await;
        self.compared.new = seen.answered.as_ref().ok().and_then(Answered::contract);
        let there = seen.answered.as_ref().is_ok_and(|it| {
            let looked = look(&book, Contract::V6, self.marks, it);
            stored && looked.shares > 0 && !looked.lacks_a_share()
        });
        self.compared.shared = shared.unwrap_or(there);
        if self.compared.shared {
            self.held(Case::Through, &book, &seen);
            self.go_on(book).await;
            return;
        }
        self.compared.facts.push(
            "each version has a database of its own: what was stored through the old one is not seen through the new one. If \
             one database stands behind both, say --shared: then this is a loss"
                .to_owned(),
        );
        // The new version has none of it: it starts anew there.
        book.stores.clear();
        self.apart(book).await;
    }

    /// One database: by turns.
    async fn shared(&mut self, mut book: Book) {
        if self.store(Side::Old, &mut book, None, Case::Through).await {
            let seen = self.fetch(Side::New, "a share of v5", &book).await;
            self.held(Case::Through, &book, &seen);
        }
        self.go_on(book).await;
    }

    async fn go_on(&mut self, mut book: Book) {
        for (case, by, through) in [
            (Case::ThroughBack, Side::New, Side::Old),
            (Case::Through, Side::Old, Side::New),
        ] {
            if self.store(by, &mut book, None, case).await {
                let seen = self
                    .fetch(through, "a share of v5, replaced through the other", &book)
                    .await;
                self.held(case, &book, &seen);
            }
        }
        for method in METHODS {
            if self
                .store(Side::New, &mut book, Some(method), Case::Same)
                .await
            {
                let seen = self.fetch(Side::New, "shares by method", &book).await;
                self.held(Case::Same, &book, &seen);
                let seen = self.fetch(Side::Old, "shares by method", &book).await;
                if self.compared.old == Some(Contract::V6) {
                    self.held(Case::ThroughBack, &book, &seen);
                }
            }
            if self.compared.old == Some(Contract::V6)
                && self
                    .store(Side::Old, &mut book, Some(method), Case::Through)
                    .await
            {
                let seen = self.fetch(Side::New, "shares by method", &book).await;
                self.held(Case::Through, &book, &seen);
            }
        }
        // A v5 store through the old one, with shares by method beside it.
        if self.store(Side::Old, &mut book, None, Case::Through).await {
            let seen = self.fetch(Side::New, "shares by method", &book).await;
            self.held(Case::Through, &book, &seen);
        }
    }

    /// Each its own: the same to both.
    async fn apart(&mut self, book: Book) {
        for side in [Side::Old, Side::New] {
            let mut book = book.clone();
            let case = match side {
                Side::Old => None,
                Side::New => Some(Case::Same),
            };
            let contract = match side {
                Side::Old => self.compared.old,
                Side::New => self.compared.new,
            };
            let methods = METHODS
                .iter()
                .map(|it| Some(*it))
                .filter(|_| contract == Some(Contract::V6));
            for method in [None, None].into_iter().chain(methods) {
                let what = if method.is_some() {
                    "shares by method"
                } else {
                    "a share of v5"
                };
                if self
                    .store(side, &mut book, method, case.unwrap_or(Case::Back))
                    .await
                {
                    let seen = self.fetch(side, what, &book).await;
                    if let Some(case) = case {
                        self.held(case, &book, &seen);
                    }
                }
            }
        }
    }

    /// Stores; whether that was acknowledged.
    async fn store(
        &mut self,
        side: Side,
        book: &mut Book,
        method: Option<&str>,
        case: Case,
    ) -> bool {
        let serial = self.serial;
        self.serial += 1;
        let place = u64::from(serial) * 10;
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
        let text = Book::text(&stored, (&self.marks.run, self.marks.seed));
        let custodian = self.side(side).clone();
        let delivery = custodian.store(&book.client, (&text, method), true).await;
        let answer = custodian.answer(&delivery);
        stored.taken = answer.taken();
        if stored.taken != Taken::Unanswered {
            stored.span.to_us = place + 1;
        }
        let what = if method.is_some() {
            "a store with a method"
        } else {
            "a store as v5 does it"
        };
        self.note(what, side, answered(&delivery));
        let well = stored.taken == Taken::Acknowledged;
        // Only the new version is judged: the old one is what it is.
        if !well && side == Side::New {
            let status = answer
                .status
                .map_or_else(|| "nothing".to_owned(), |it| it.to_string());
            let looked = Looked {
                faults: vec![Fault {
                    code: "refused",
                    words: format!("had a store through the new version answered with {status}"),
                }],
                expected: "an acknowledged store".to_owned(),
                observed: status,
                ..Looked::default()
            };
            let (outcome, times) = (delivery.outcome.as_ref(), custodian.times_us(&delivery));
            let shown = exchange(
                ("1", book, Some(&stored)),
                self.marks,
                outcome,
                custodian.redactor(),
                times,
            );
            let case = if case == Case::ThroughBack {
                Case::Same
            } else {
                case
            };
            let sums = self.compared.sums.entry(case).or_default();
            sums.add(&book.client, &looked, |symbol| named(shown, symbol));
        }
        book.stores.push(stored);
        well
    }

    async fn fetch(&mut self, side: Side, what: &'static str, book: &Book) -> Fetched {
        let fetched = self.side(side).fetch(&book.client).await;
        let told = match &fetched.answered {
            Ok(it) => {
                let form = it.contract().map_or("neither form", Contract::name);
                format!("{}, {form}", it.status)
            }
            Err(why) => why.clone(),
        };
        self.note(what, side, told);
        fetched
    }

    /// Holds what a side shows against what was stored through both.
    fn held(&mut self, case: Case, book: &Book, fetched: &Fetched) {
        let sums = self.compared.sums.entry(case).or_default();
        let answered = match &fetched.answered {
            Ok(answered) => answered,
            Err(why) => {
                sums.add_unseen(why);
                return;
            }
        };
        // An old version shows one share: which of several is its own business.
        let single = answered.contract() == Some(Contract::V5);
        let mut book = book.clone();
        if single {
            book.stores.retain(|it| it.method.is_none());
        }
        let looked = look(&book, Contract::V6, self.marks, answered);
        if looked.foreign {
            self.compared.foreign = Some(book.client.clone());
        }
        if looked.faults.is_empty() {
            sums.add_whole(&book.client, &looked);
            return;
        }
        let custodian = self.new;
        let (outcome, times) = (
            fetched.delivery.outcome.as_ref(),
            custodian.times_us(&fetched.delivery),
        );
        let shown = exchange(
            ("1", &book, None),
            self.marks,
            outcome,
            custodian.redactor(),
            times,
        );
        sums.add(&book.client, &looked, |symbol| named(shown, symbol));
    }

    fn note(&mut self, what: &'static str, side: Side, told: String) {
        let sides = self.answers.entry(what).or_default();
        let told_before = &mut sides[usize::from(side == Side::New)];
        if !told_before.contains(&told) {
            told_before.push(told);
        }
    }

    /// Says where the two differ.
    fn tell(&mut self) {
        for (what, [old, new]) in &self.answers {
            if old.is_empty() || new.is_empty() {
                continue;
            }
            let (was, is) = (old.join(" or "), new.join(" or "));
            let line = if was == is {
                format!("{what}: both answer {is}")
            } else {
                let [a, b] = [Side::Old, Side::New].map(Side::name);
                format!("{what}: the {a} one answers {was}, the {b} one {is}")
            };
            self.compared.facts.push(line);
        }
    }
}

/// What came of a store, for a comparison.
fn answered(delivery: &Delivery) -> String {
    match &delivery.outcome {
        Ok(raw) => raw.meant_status().to_string(),
        Err(trouble) => trouble.to_string(),
    }
}
