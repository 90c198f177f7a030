//! A few harmless requests before any case, and what they say: whether testing is possible at all, and if
//! not, why and what to do. Only what is not the custodian's own breach of contract stops a run; whatever
//! else is seen is told, and judged by the cases. Writes to made-up clients only.

mod look;
mod tell;
mod verdict;

use crate::contract::Contract;
use crate::contract::malformed::Malformed;
use crate::exchange::{RawReply, Redactor};
use crate::http::Http;
use crate::model::cause::{Advice, Cause};
use look::{Answers, cause, look, somebodys, status_class};
use secrecy::{ExposeSecret, SecretString};
use tell::{explain, mend, probes};
use verdict::{Verdict, verdict};

/// On which clients to look.
#[derive(Clone, Copy, Debug)]
pub enum Clients<'a> {
    /// Made-up ids will do.
    Open,
    /// These, of which none is written to.
    Known(&'a [String]),
}

/// One request and what came of it, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// What was asked.
    pub asked: String,
    /// What came.
    pub saw: String,
    /// Whether it is as it should be.
    pub fine: bool,
}

/// What the preflight has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preflight {
    /// Every request, in order.
    pub probes: Vec<Probe>,
    /// Why nothing can be tested.
    pub stop: Option<Advice>,
    /// What the cases will say too, or what is worth knowing before.
    pub findings: Vec<Advice>,
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
    conclude(&seen, subject.clients, http, &redactor)
}

fn conclude(seen: &Answers, clients: Clients<'_>, http: &Http, redactor: &Redactor) -> Preflight {
    let mut found = Preflight {
        probes: probes(seen, clients, redactor),
        foreign: foreign(seen, clients),
        ..Preflight::default()
    };
    let base = http.base();
    let fetch = seen.fetch().and_then(cause);
    if let Verdict::Stop(cause) = verdict(seen, clients) {
        found.stop = Some(explain(&cause, &base, http, seen, redactor));
        return found;
    }
    let mut tell = |cause: &str, next: &str| {
        found.findings.push(Advice {
            cause: cause.to_owned(),
            next: next.to_owned(),
        });
    };
    if unchecked(seen) {
        tell(
            "the webhook secret is not checked: a fetch without it is answered like one with it",
            "compare X-Webhook-Secret on both routes before anything else is done",
        );
    }
    if let Some((fault, next)) = wrapped(seen) {
        tell(&format!("fetch: {fault}"), next);
    }
    match (&fetch, clients) {
        (Some(Cause::NoRoute(status)), Clients::Known(ids)) => tell(
            &format!(
                "{status} on a fetch of {}: it has no share yet, or the custodian does not know it",
                ids.first().map_or("the client", String::as_str)
            ),
            "if every case fails, name clients that the custodian knows",
        ),
        (Some(Cause::Status(_) | Cause::NoRoute(_)), Clients::Open) | (None, _) => {}
        (Some(cause), _) => tell(
            &redactor.text(&format!("fetch: {cause}"), 200),
            &redactor.text(&cause.next(), 300),
        ),
    }
    if let (Some(Ok(reply)), Clients::Known(_)) = (&seen.store, clients)
        && (status_class(reply) == 2 || status_class(reply) == 5 && !fails_alike(seen, reply))
    {
        tell(
            &format!("{} on a store without client and share", reply.status),
            "refuse it with 400: a query that drops what it is not given would touch the rows of all clients",
        );
    }
    if let (Some(Cause::ServerError(status)), Clients::Open) =
        (seen.store.as_ref().and_then(cause), clients)
    {
        tell(
            &format!("{status} on a store for a made-up client"),
            "if the custodian takes only clients that it knows, name some: --client-id ID",
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

/// Whether a fetch without the secret brings what one with it brings.
fn unchecked(seen: &Answers) -> bool {
    let Some(Ok(with)) = seen.fetch() else {
        return false;
    };
    matches!(&seen.bare, Some(Ok(without))
        if status_class(with) == 2 && without.status == with.status && without.answer() == with.answer())
}

fn foreign(seen: &Answers, clients: Clients<'_>) -> Option<String> {
    seen.fetches.iter().find_map(|(id, came)| {
        let count = somebodys(id, came);
        (count > 0).then(|| match clients {
            Clients::Open => {
                format!("a made-up client gets {count} text(s) that this tool did not make")
            }
            Clients::Known(_) => {
                format!("client {id} holds {count} text(s) that this tool did not make")
            }
        })
    })
}
