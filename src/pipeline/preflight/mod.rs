//! A few harmless requests before any case, and what they say: whether testing is possible at all, and if
//! not, why and what to do. Only what is not the custodian's own breach of contract stops a run; whatever
//! else is seen is told, and judged by the cases. Writes to made-up clients only.

mod look;
mod points;
mod tell;
mod verdict;

use crate::contract::Contract;
use crate::contract::malformed::Malformed;
use crate::exchange::{RawReply, Redactor};
use crate::http::Http;
use crate::model::cause::{Advice, Cause};
use look::{Answers, cause, look, somebodys, status_class};
pub use points::{About, Mark, Point};
use points::{Points, answers_like};
use secrecy::{ExposeSecret, SecretString};
use tell::{explain, mend};
use verdict::{Verdict, verdict};

/// On which clients to look.
#[derive(Clone, Copy, Debug)]
pub enum Clients<'a> {
    /// Made-up ids will do.
    Open,
    /// These, of which none is written to.
    Known(&'a [String]),
}

/// What is worth knowing of a point before a run, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The point.
    pub about: About,
    /// What was seen, and what to do.
    pub advice: Advice,
}

/// What the preflight has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preflight {
    /// How each of the six points is.
    pub points: Vec<Point>,
    /// Why nothing can be tested.
    pub stop: Option<Advice>,
    /// What the cases will say too, or what is worth knowing before.
    pub findings: Vec<Finding>,
    /// Another contract than the one that was asked for, where the answers are like that one's.
    pub answers_like: Option<Contract>,
    /// A client that holds what could be somebody's share; its id, and what, without any of it.
    pub foreign: Option<String>,
}

/// What is looked at, and with what.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The webhook secret.
    pub secret: &'a SecretString,
    /// Other texts that must not be shown.
    pub credentials: &'a [SecretString],
    /// The clients.
    pub clients: Clients<'a>,
    /// The contract that the custodian will be held to.
    pub contract: Contract,
    /// Whether every known client is fetched, or only the first.
    pub all: bool,
}

/// Looks, and says what it saw. `safe` says, as soon as it is known, that no client holds what could be somebody's
/// share; before that, nothing that asks to store goes to a custodian of known clients.
pub async fn preflight(
    http: &Http,
    subject: Subject<'_>,
    safe: impl Future<Output = bool>,
) -> Preflight {
    let ids: Vec<String> = match subject.clients {
        Clients::Open => vec![uuid::Uuid::new_v4().to_string()],
        Clients::Known(ids) => {
            let most = if subject.all { ids.len() } else { 1 };
            ids.iter().take(most).cloned().collect()
        }
    };
    let seen = look(http, subject, &ids, safe).await;
    let secrets = std::iter::once(subject.secret).chain(subject.credentials);
    let redactor = Redactor::new(secrets.map(ExposeSecret::expose_secret));
    conclude(&seen, subject, http, &redactor)
}

fn conclude(seen: &Answers, subject: Subject<'_>, http: &Http, redactor: &Redactor) -> Preflight {
    let Subject {
        clients, contract, ..
    } = subject;
    let stop = match verdict(seen, clients) {
        Verdict::Stop(cause) => Some(cause),
        Verdict::Go => None,
    };
    let points = Points {
        seen,
        clients,
        contract,
        stop: stop.as_ref(),
        http,
        redactor,
    };
    let mut found = Preflight {
        points: points.all(),
        foreign: foreign(seen, clients),
        ..Preflight::default()
    };
    let base = http.base();
    let fetch = seen.fetch().and_then(cause);
    if let Some(cause) = stop {
        found.stop = Some(explain(&cause, &base, http, seen, redactor));
        return found;
    }
    let like = answers_like(seen, contract);
    found.answers_like = like;
    let mut tell = |about: About, cause: &str, next: &str| {
        let advice = Advice {
            cause: cause.to_owned(),
            next: next.to_owned(),
        };
        found.findings.push(Finding { about, advice });
    };
    if unchecked(seen) {
        tell(
            About::Secret,
            "the webhook secret is not checked: a fetch without it is answered like one with it",
            "compare X-Webhook-Secret on both routes before anything else is done",
        );
    }
    if let Some((fault, next)) = wrapped(seen) {
        tell(About::Fetch, &format!("fetch: {fault}"), next);
    }
    match (&fetch, clients) {
        (Some(Cause::NoRoute(status)), Clients::Known(ids)) => tell(
            About::Clients,
            &format!(
                "{status} on a fetch of {}: it has no share yet, or the custodian does not know it",
                ids.first().map_or("the client", String::as_str)
            ),
            "if every case fails, name clients that the custodian knows",
        ),
        (Some(Cause::Status(_) | Cause::NoRoute(_)), Clients::Open) | (None, _) => {}
        (Some(cause), _) => tell(
            About::Fetch,
            &redactor.text(&format!("fetch: {cause}"), 200),
            &redactor.text(&cause.next(), 300),
        ),
    }
    if let (Some(Ok(reply)), Clients::Known(_)) = (&seen.store, clients)
        && (status_class(reply) == 2 || status_class(reply) == 5 && !fails_alike(seen, reply))
    {
        tell(
            About::Store,
            &format!("{} on a store without client and share", reply.status),
            "refuse it with 400: a query that drops what it is not given would touch the rows of all clients",
        );
    }
    if let (Some(Cause::ServerError(status)), Clients::Open) =
        (seen.store.as_ref().and_then(cause), clients)
    {
        tell(
            About::Store,
            &format!("{status} on a store for a made-up client"),
            "if the custodian takes only clients that it knows, name some: --client-id ID",
        );
    }
    // Only where somebody asked for a look: a run judges it.
    if let (Some(Contract::V5), true) = (like, subject.all) {
        tell(
            About::Fetch,
            "the fetch is answered with one backupShare, as v5 has it, and no backupShares",
            "hold it to v5 with --contract v5, or see sharecheck explain fetch.array",
        );
    }
    found
}

/// Whether the fetch failed in the same way, so that it says nothing of the store.
fn fails_alike(seen: &Answers, store: &RawReply) -> bool {
    let fetch = seen.fetch().and_then(|came| came.as_ref().ok());
    fetch.is_some_and(|fetch| fetch.status == store.status)
}

/// What is wrong with the bytes of the fetch's answer, or what it is wrapped in, and what to do about it.
fn wrapped(seen: &Answers) -> Option<(Malformed, &'static str)> {
    let fault = seen.fetch()?.as_ref().ok()?.answer().fault?;
    mend(&fault).map(|next| (fault, next))
}

/// Whether a fetch without the secret is answered as one with it; what it brings may differ, for stores run beside it.
fn unchecked(seen: &Answers) -> bool {
    let Some(Ok(with)) = seen.shown() else {
        return false;
    };
    matches!(&seen.bare, Some(Ok(without))
        if status_class(with) == 2 && without.status == with.status && without.answer().form == with.answer().form)
}

fn foreign(seen: &Answers, clients: Clients<'_>) -> Option<String> {
    seen.fetches.iter().find_map(|(id, came)| {
        let count = somebodys(id, came);
        (count > 0).then(|| match clients {
            Clients::Open => {
                format!(
                    "a made-up client gets {} that this tool did not make",
                    texts(count)
                )
            }
            Clients::Known(_) => {
                format!(
                    "client {id} holds {} that this tool did not make",
                    texts(count)
                )
            }
        })
    })
}

fn texts(count: usize) -> String {
    match count {
        1 => "1 text".to_owned(),
        count => format!("{count} texts"),
    }
}
