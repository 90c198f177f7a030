//! What a fetch of one client shows, held against what was stored for it.

use crate::contract::Contract;
use crate::contract::answer::{Answer, Form};
use crate::contract::body;
use crate::contract::share::{Maker, maker};
use crate::exchange::{
    Exchange, Found, Lexicon, Place, RawReply, Redactor, Secret, Sent, Spelling, Trouble, Webhook,
    digest, reply, request_excerpt,
};
use crate::model::history::{Departure, Span};
use crate::rehearsal::book::{Book, Stored};
use std::collections::HashMap;

/// What makes the rehearsal's texts anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marks {
    /// The mark that each share carries.
    pub run: String,
    /// The seed of the texts.
    pub seed: u64,
}

/// An answer to a fetch, whole enough to be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The status that whoever answers means.
    pub status: u16,
    /// The body, read.
    pub answer: Answer,
}

impl Answered {
    /// What says what a client holds: shares, or that there is none. Anything else, such as a gateway's page or a failure, is
    /// no answer; the error says what it is.
    pub fn of(raw: &RawReply) -> Result<Self, String> {
        let answer = raw.answer();
        let status = answer.status.unwrap_or(raw.status);
        let html = raw.body.trim_ascii_start().starts_with(b"<");
        let shows = answer
            .texts
            .iter()
            .chain(&answer.beside)
            .any(|it| maker(it) != Maker::Somebody);
        match status {
            _ if shows => {}
            _ if html => return Err(format!("{status} and an HTML page")),
            // The latter: no such client, which holds no share then.
            200..300 | 400 | 404 | 410 | 422 => {}
            status => return Err(status.to_string()),
        }
        Ok(Self { status, answer })
    }

    /// Whether it is a 2xx in the form of one of the versions.
    pub fn contract(&self) -> Option<Contract> {
        match self.answer.form {
            _ if !(200..300).contains(&self.status) => None,
            Form::Shares | Form::Both => Some(Contract::V6),
            Form::Legacy => Some(Contract::V5),
            Form::Neither => None,
        }
    }
}

/// What is wrong with what a client holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// A stable word.
    pub code: &'static str,
    /// What it is, as a clause about the client.
    pub words: String,
}

/// What a look at one client came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// What is wrong.
    pub faults: Vec<Fault>,
    /// What had to come, in words.
    pub expected: String,
    /// What came, in words.
    pub observed: String,
    /// How many shares had to come.
    pub shares: usize,
    /// Whether something is there that another run of ours has stored meanwhile: then this client tells nothing.
    pub another_run: bool,
    /// Whether something is there that could be somebody's share.
    pub foreign: bool,
}

impl Looked {
    /// Whether a share is missing, which may be there a moment later.
    pub fn lacks_a_share(&self) -> bool {
        let codes = ["lost", "not-replaced", "no-backup-shares", "unrecognisable"];
        self.faults.iter().any(|it| codes.contains(&it.code))
    }
}

/// A moment after everything.
const NOW: Span = Span {
    from_us: u64::MAX,
    to_us: u64::MAX,
};

/// Looks at what a client holds, where the old version keeps this contract.
pub fn look(book: &Book, old: Contract, marks: &Marks, answered: &Answered) -> Looked {
    let lexicon = lexicon(book, marks, answered);
    let of_ours_before = |text: &str| {
        let known = &book.leftovers;
        !known.is_empty() && known.contains(&digest(text))
    };
    let symbol = |text: &String| {
        if of_ours_before(text) {
            return Found::Leftover;
        }
        lexicon.found(&book.client, text)
    };
    let found: Vec<Found> = answered.answer.texts.iter().map(symbol).collect();
    let beside: Vec<Found> = answered.answer.beside.iter().map(symbol).collect();
    let mut looked = Looked {
        another_run: answered.answer.texts.iter().any(|text| {
            let foreign_mark = matches!(maker(text), Maker::Us(Some(it)) if it.run != marks.run);
            foreign_mark && !of_ours_before(text)
        }),
        observed: words(&found),
        ..Looked::default()
    };
    let mut history = book.history(old);
    looked.expected = history.allowed(NOW);
    looked.shares = history.holding(NOW).count();
    let mut missing = 0;
    for (slot, departed) in history.look(&found, NOW, true) {
        let Some(departed) = departed else { continue };
        let label = &departed.label;
        let (code, words) = match departed.how {
            Departure::Missing => {
                missing += 1;
                ("lost", format!("lacks the share {label} ({slot})"))
            }
            Departure::Older => {
                missing += 1;
                (
                    "not-replaced",
                    format!("has an older share in the place of {label} ({slot})"),
                )
            }
            Departure::Doubled => (
                "two-kept",
                format!("still has the share {label} beside the one that took its place"),
            ),
            Departure::Twice => ("duplicate", format!("has the share {label} more than once")),
            Departure::Revived => continue,
        };
        looked.faults.push(Fault { code, words });
    }
    let mut unknown = 0;
    for item in &found {
        match item {
            Found::Share {
                label,
                altered: Some(how),
                ..
            } => looked.faults.push(Fault {
                code: how.code(),
                words: format!("has the share {label} not as it was sent: {how}"),
            }),
            Found::Debris(what) => looked.faults.push(Fault {
                code: "debris",
                words: format!("has {what} among its shares"),
            }),
            Found::Ours if !looked.another_run => unknown += 1,
            Found::Foreign(_) => unknown += 1,
            Found::Share { .. } | Found::Leftover | Found::Elsewhere(_) | Found::Ours => {}
        }
    }
    let elsewhere = |it: &&Found| matches!(it, Found::Elsewhere(_));
    if found.iter().chain(&beside).any(|it| elsewhere(&it)) {
        looked.faults.push(Fault {
            code: "share-of-another",
            words: "has a share of another client".to_owned(),
        });
    }
    // As many texts that nobody knows as shares are missing: they are those, in another form. So is a single one beside a share
    // that was stored with a method, where an old v5 may have kept another.
    let all_missing = unknown == missing && looked.faults.iter().all(|it| it.code == "lost");
    let left_by_old =
        book.is_mixed(old) && unknown == 1 && looked.faults.is_empty() && found.len() == 2;
    if unknown > 0 && (all_missing || left_by_old) {
        looked.faults = vec![Fault {
            code: "unrecognisable",
            words: format!(
                "has its shares so changed that they are not known again: {}",
                looked.observed
            ),
        }];
    } else {
        let foreign = |it: &Found| matches!(it, Found::Foreign(_));
        looked.foreign = found.iter().chain(&beside).any(foreign);
    }
    let holds = looked.shares > 0 && !found.is_empty();
    if answered.answer.form == Form::Neither && holds && looked.faults.is_empty() {
        looked.faults.push(Fault {
            code: "no-backup-shares",
            words: "gets its shares in an answer that is neither of v5 nor of v6, and so nothing that Portal reads".to_owned(),
        });
    }
    looked
}

/// The shares that came and that this client was sent, with their texts.
fn lexicon(book: &Book, marks: &Marks, answered: &Answered) -> Lexicon {
    let texts = answered.answer.texts.iter().chain(&answered.answer.beside);
    let mut shares: HashMap<u32, (String, String)> = HashMap::new();
    for text in texts {
        if let Maker::Us(Some(origin)) = maker(text)
            && origin.run == marks.run
            && let Some(stored) = book.stored(origin.serial)
        {
            shares
                .entry(origin.serial)
                .or_insert_with(|| (stored.label(), Book::text(stored, (&marks.run, marks.seed))));
        }
    }
    Lexicon {
        run: marks.run.clone(),
        shares,
        ..Lexicon::default()
    }
}

/// So many things that came are named.
const SHOWN: usize = 6;

fn words(found: &[Found]) -> String {
    if found.is_empty() {
        return "no share".to_owned();
    }
    let names = found.iter().take(SHOWN).map(|it| match it {
        Found::Share {
            label,
            altered: None,
            ..
        } => label.clone(),
        Found::Share {
            label,
            altered: Some(how),
            ..
        } => format!("{label}, {how}"),
        Found::Leftover
        | Found::Elsewhere(_)
        | Found::Ours
        | Found::Debris(_)
        | Found::Foreign(_) => it.to_string(),
    });
    let more = found.len().saturating_sub(SHOWN);
    let more = (more > 0).then(|| format!("{more} more"));
    names.chain(more).collect::<Vec<_>>().join(" + ")
}

/// A fetch of this client as it stands in a report, or a store if one is given, the client under this symbol; without the text
/// of anything.
pub fn exchange(
    (symbol, book, stored): (&str, &Book, Option<&Stored>),
    marks: &Marks,
    outcome: Result<&RawReply, &Trouble>,
    redactor: &Redactor,
    times_us: (u64, u64),
) -> Exchange {
    let answered = outcome.ok().map(|raw| Answered {
        status: raw.status,
        answer: raw.answer(),
    });
    let mut lexicon = match &answered {
        Some(answered) => lexicon(book, marks, answered),
        None => Lexicon::default(),
    };
    lexicon.words.insert(book.client.clone());
    let sent = match stored {
        None => body::fetch(&book.client),
        Some(stored) => {
            let text = Book::text(stored, (&marks.run, marks.seed));
            let sent = body::store(&book.client, &text, stored.method.as_deref());
            lexicon.shares.insert(stored.serial, (stored.label(), text));
            lexicon.words.extend(stored.method.clone());
            sent
        }
    };
    Exchange {
        place: Place {
            step: Some(0),
            ..Place::default()
        },
        sent: Sent {
            webhook: if stored.is_some() {
                Webhook::Backup
            } else {
                Webhook::Fetch
            },
            client: symbol.to_owned(),
            share: stored.map(Stored::label),
            method: stored.and_then(|it| it.method.clone()),
            body: request_excerpt(&sent, &lexicon, redactor),
            serials: stored.iter().map(|it| it.serial).collect(),
            bytes: sent.len(),
            secret: Secret::Right,
            spelling: Spelling::Exact,
            content_type: None,
            own: None,
            credentials: crate::exchange::Credentials::Own,
        },
        expected: None,
        outcome: outcome
            .map(|raw| reply(raw, &sent, symbol, &lexicon, redactor))
            .map_err(Clone::clone),
        reused: false,
        started_us: times_us.0,
        ended_us: times_us.1,
    }
}

#[cfg(test)]
mod tests;
