//! What was seen, as the same six points each time: how far a run would come. Pure.

use super::look::{Answers, Came, cause, same, status_class};
use super::tell::saw;
use super::{Clients, foreign, unchecked, wrapped};
use crate::contract::Contract;
use crate::contract::answer::Form;
use crate::exchange::{Redactor, Trouble};
use crate::http::Http;
use crate::model::cause::Cause;
use serde::Serialize;
use std::fmt::Write as _;

/// What a point is about, in the order in which one rests on the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    /// Whether the webhooks can be reached.
    Reach,
    /// Whether the connection is safe.
    Tls,
    /// Whether the webhook secret is right, and checked.
    Secret,
    /// What a store is answered with.
    Store,
    /// What a fetch is answered with.
    Fetch,
    /// Whether there are clients to test with.
    Clients,
}

impl About {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Reach,
        Self::Tls,
        Self::Secret,
        Self::Store,
        Self::Fetch,
        Self::Clients,
    ];

    /// Its name in a report for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reach => "reach",
            Self::Tls => "TLS",
            Self::Secret => "secret",
            Self::Store => "store",
            Self::Fetch => "fetch",
            Self::Clients => "clients",
        }
    }
}

/// How a point is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// As it should be.
    Good,
    /// It stops a run.
    Stops,
    /// Not as it should be; a run can begin, and judges it.
    Odd,
    /// Not tried.
    NotTried,
}

/// One point and what was seen of it, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Point {
    /// What it is about.
    pub about: About,
    /// How it is.
    pub mark: Mark,
    /// What was seen, or why it was not tried.
    pub says: String,
}

/// How many kinds of answers are told of several clients.
const MOST_KINDS: usize = 3;
/// How many clients are named in one place.
const MOST_IDS: usize = 3;

/// What a reason to stop is about.
pub(super) fn about(cause: &Cause) -> About {
    match cause {
        Cause::Trouble(Trouble::Tls(_)) => About::Tls,
        Cause::Refused(_) | Cause::Alike(_) => About::Secret,
        Cause::UnknownClient(_) => About::Clients,
        Cause::Trouble(
            Trouble::Dns
            | Trouble::Refused
            | Trouble::ConnectTimeout
            | Trouble::Connect(_)
            | Trouble::Timeout
            | Trouble::Closed
            | Trouble::Died
            | Trouble::TooLarge
            | Trouble::NotHttp,
        )
        | Cause::NoRoute(_)
        | Cause::Missing(_)
        | Cause::Gateway(_)
        | Cause::Forgery(_)
        | Cause::Page(_)
        | Cause::Redirect(..)
        | Cause::TooMany
        | Cause::Quota(..)
        | Cause::NothingBehind(_)
        | Cause::ServerError(_)
        | Cause::Status(_) => About::Reach,
    }
}

/// The contract that the answers speak for, where it is another than this one.
pub(super) fn answers_like(seen: &Answers, contract: Contract) -> Option<Contract> {
    let form = |came: &Came| {
        let reply = came.as_ref().ok()?;
        (status_class(reply) == 2).then(|| reply.answer().form)
    };
    let form = seen.shown().and_then(form);
    let as_v5 = matches!(&seen.legacy, Some(Ok(reply)) if status_class(reply) == 2);
    match (contract, form) {
        (Contract::V6, Some(Form::Legacy)) => Some(Contract::V5),
        (Contract::V6, None | Some(Form::Neither)) if as_v5 => Some(Contract::V5),
        (Contract::V5, Some(Form::Shares)) => Some(Contract::V6),
        (Contract::V5 | Contract::V6, _) => None,
    }
}

/// Looks at all six.
pub(super) struct Points<'a> {
    pub(super) seen: &'a Answers,
    pub(super) clients: Clients<'a>,
    pub(super) contract: Contract,
    pub(super) stop: Option<&'a Cause>,
    pub(super) http: &'a Http,
    pub(super) redactor: &'a Redactor,
}

impl Points<'_> {
    pub(super) fn all(&self) -> Vec<Point> {
        let of = |about: About| match about {
            About::Reach => self.reach(),
            About::Tls => self.tls(),
            About::Secret => self.secret(),
            About::Store => self.store(),
            About::Fetch => self.fetch(),
            About::Clients => self.whose(),
        };
        let point = |about: About| {
            let (mark, says) = of(about);
            let says = self.redactor.text(&says, 300);
            Point { about, mark, says }
        };
        About::ALL.into_iter().map(point).collect()
    }

    fn stops(&self) -> Option<About> {
        self.stop.map(about)
    }

    /// What the first fetch saw, and whether anything was answered at all.
    fn first(&self) -> (String, bool) {
        let first = self.seen.fetch();
        (
            first.map(saw).unwrap_or_default(),
            first.is_some_and(Result::is_ok),
        )
    }

    /// Why what rests on an answer was not tried, if there was none that counts.
    fn nothing(&self) -> Option<(Mark, String)> {
        let (_, answered) = self.first();
        let why = match self.stops() {
            Some(About::Reach | About::Tls) if answered => "no webhook answers there",
            Some(About::Reach | About::Tls) => "nothing was reached",
            Some(About::Secret | About::Store | About::Fetch | About::Clients) | None => {
                return None;
            }
        };
        Some(not_tried(why))
    }

    fn reach(&self) -> (Mark, String) {
        let (saw, answered) = self.first();
        match self.stops() {
            Some(About::Reach) => (Mark::Stops, saw),
            Some(About::Tls) => (Mark::Good, "something listens there".to_owned()),
            _ if !answered => (Mark::Odd, saw),
            Some(About::Secret | About::Store | About::Fetch | About::Clients) | None => {
                (Mark::Good, "it answers".to_owned())
            }
        }
    }

    fn tls(&self) -> (Mark, String) {
        let (saw, answered) = self.first();
        if self.http.base().starts_with("http://") {
            return not_tried("the URL begins with http://");
        }
        match self.stops() {
            Some(About::Tls) => {
                let why = saw.strip_prefix("TLS: ").unwrap_or(&saw);
                (Mark::Stops, why.to_owned())
            }
            Some(About::Reach) if !answered => not_tried("nothing was reached"),
            Some(About::Reach | About::Secret | About::Store | About::Fetch | About::Clients)
            | None => (Mark::Good, "the certificate is trusted".to_owned()),
        }
    }

    fn secret(&self) -> (Mark, String) {
        if let Some(nothing) = self.nothing() {
            return nothing;
        }
        let (saw_with, answered) = self.first();
        if self.stops() == Some(About::Secret) {
            return (Mark::Stops, saw_with);
        }
        let (Some(bare), Some(with)) = (&self.seen.bare, self.seen.shown()) else {
            let why = if answered {
                format!("a fetch with it was answered {saw_with}")
            } else {
                format!("of a fetch with it came {saw_with}")
            };
            return not_tried(&why);
        };
        if unchecked(self.seen) || same(with, bare) {
            let says = "it makes no difference: a fetch without it is answered like one with it";
            return (Mark::Odd, says.to_owned());
        }
        match bare {
            Ok(reply) if status_class(reply) == 4 => {
                let says = format!(
                    "it is taken, and a fetch without it refused: {}",
                    reply.status
                );
                (Mark::Good, says)
            }
            Ok(_) | Err(_) => (Mark::Odd, format!("a fetch without it: {}", saw(bare))),
        }
    }

    fn store(&self) -> (Mark, String) {
        if let Some(nothing) = self.nothing() {
            return nothing;
        }
        let Some(came) = &self.seen.store else {
            return not_tried(if self.first().1 {
                "a client holds what could be somebody's share"
            } else {
                "the fetch was not answered"
            });
        };
        let saw_it = saw(came);
        match self.clients {
            Clients::Open if cause(came).is_none() => {
                (Mark::Good, format!("taken for a made-up client: {saw_it}"))
            }
            Clients::Open => match &self.seen.legacy {
                Some(Ok(reply)) if status_class(reply) == 2 => (
                    Mark::Odd,
                    format!("{saw_it}; without a method, as v5, it is taken"),
                ),
                Some(_) | None => (Mark::Odd, format!("for a made-up client: {saw_it}")),
            },
            Clients::Known(_) => match cause(came) {
                Some(Cause::Status(_)) => (
                    Mark::Good,
                    format!("refused without client and share, as it must be: {saw_it}"),
                ),
                Some(_) | None => (Mark::Odd, format!("without client and share: {saw_it}")),
            },
        }
    }

    fn fetch(&self) -> (Mark, String) {
        if let Some(nothing) = self.nothing() {
            return nothing;
        }
        let came = self.seen.shown();
        let saw = came.map(saw).unwrap_or_default();
        if answers_like(self.seen, self.contract) == Some(Contract::V5) {
            return (Mark::Odd, format!("{saw}: one share, as v5 has it"));
        }
        let fine = came.is_some_and(|it| cause(it).is_none()) && wrapped(self.seen).is_none();
        (if fine { Mark::Good } else { Mark::Odd }, saw)
    }

    fn whose(&self) -> (Mark, String) {
        if foreign(self.seen, self.clients).is_some() {
            let says = "a share is there that could be somebody's";
            return (Mark::Stops, says.to_owned());
        }
        if let Some(nothing) = self.nothing() {
            return nothing;
        }
        match self.clients {
            Clients::Open if self.stops() == Some(About::Clients) => (
                Mark::Stops,
                "none is named, and made-up ones are not known".to_owned(),
            ),
            Clients::Open => (Mark::Good, "none is named: a run makes them up".to_owned()),
            Clients::Known(ids) => self.named(ids.len()),
        }
    }

    /// Those that were named, by what their fetches brought: what is alike is told once.
    fn named(&self, all: usize) -> (Mark, String) {
        let mut kinds: Vec<(String, Vec<&str>)> = Vec::new();
        for (id, came) in &self.seen.fetches {
            let saw = saw(came);
            match kinds.iter_mut().find(|(kind, _)| *kind == saw) {
                Some((_, ids)) => ids.push(id),
                None => kinds.push((saw, vec![id])),
            }
        }
        let more = kinds.len().saturating_sub(MOST_KINDS);
        let told = kinds.iter().take(MOST_KINDS).map(|(saw, ids)| {
            let shown: Vec<&str> = ids.iter().take(MOST_IDS).copied().collect();
            match ids.len() {
                1 => format!("{}: {saw}", shown.join(", ")),
                count if count > MOST_IDS => {
                    format!("{count} alike ({}, …): {saw}", shown.join(", "))
                }
                count => format!("{count} alike ({}): {saw}", shown.join(", ")),
            }
        });
        let mut says = told.collect::<Vec<_>>().join("; ");
        if more > 0 {
            let _ = write!(says, "; and {more} other answers");
        }
        let looked = self.seen.fetches.len();
        if looked < all {
            let _ = write!(says, "; {} not looked at", all - looked);
        }
        let fine = |(_, came): &(String, Came)| cause(came).is_none();
        let good = kinds.len() == 1 && looked == all && self.seen.fetches.iter().all(fine);
        (if good { Mark::Good } else { Mark::Odd }, says)
    }
}

fn not_tried(why: &str) -> (Mark, String) {
    (Mark::NotTried, format!("not tried, because {why}"))
}
