//! The requests of the preflight and what came of each. Of a client that somebody named, nothing is written, and
//! nothing at all is stored where a share is seen that could be somebody's.

use super::{Clients, Subject};
use crate::contract::share::{self, Shape};
use crate::contract::{Contract, body};
use crate::exchange::{RawReply, Trouble, is_somebodys};
use crate::http::{Http, Post};
use crate::model::cause::{Cause, Look};

/// What came of one request.
pub(super) type Came = Result<RawReply, Trouble>;

/// All that was seen.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// Fetch, with the secret: of each client that was looked at.
    pub(super) fetches: Vec<(String, Came)>,
    /// Store, with the secret: of a made-up share for a made-up client, or without client and share.
    pub(super) store: Option<Came>,
    /// The store without a method, where the one with a method was refused.
    pub(super) legacy: Option<Came>,
    /// A store without client and share, where the one for a made-up client failed.
    pub(super) nobodys: Option<Came>,
    /// The fetch of the made-up client, after a store for it was taken; where somebody asked for a look.
    pub(super) after: Option<Came>,
    /// A request to a path that nobody serves.
    pub(super) nowhere: Option<Came>,
    /// Fetch, without the secret.
    pub(super) bare: Option<Came>,
    /// Store, without the secret, where the secret makes no difference to the fetch.
    pub(super) bare_store: Option<Came>,
    /// A `GET` of the base URL.
    pub(super) root: Option<Came>,
}

impl Answers {
    /// What the first client's fetch brought.
    pub(super) fn fetch(&self) -> Option<&Came> {
        self.fetches.first().map(|(_, came)| came)
    }

    /// What a fetch brings: after a store, if one was looked at.
    pub(super) fn shown(&self) -> Option<&Came> {
        self.after.as_ref().or(self.fetch())
    }
}

/// A store without client and share, to be refused. A custodian that drops the conditions that it is not given
/// would do what it does to all rows: no real client has one with this method.
const NOBODYS: &str = r#"{"backupMethod":"SHARECHECK-NO-CLIENT"}"#;

/// Asks one request after the other, each over a connection of its own.
struct Asker<'a> {
    http: &'a Http,
    subject: Subject<'a>,
}

impl Asker<'_> {
    async fn ask(&self, path: &str, body: &str) -> Came {
        let headers = Post::fetch("", self.subject.secret).headers;
        self.post(path, body, headers).await
    }

    async fn ask_without_secret(&self, path: &str, body: &str) -> Came {
        self.post(path, body, Vec::new()).await
    }

    async fn post(&self, path: &str, body: &str, headers: Vec<(String, String)>) -> Came {
        let post = Post {
            path: path.to_owned(),
            body: body.to_owned(),
            headers,
            content_type: "application/json".to_owned(),
            alone: true,
            ..Post::default()
        };
        self.http.post(post).await.outcome
    }
}

/// Looks. Where clients are known, the store waits until `safe` says whether it may be sent.
pub(super) async fn look(
    http: &Http,
    subject: Subject<'_>,
    ids: &[String],
    safe: impl Future<Output = bool>,
) -> Answers {
    let asker = Asker { http, subject };
    let mut seen = Answers::default();
    for id in ids {
        let came = asker.ask(body::FETCH, &body::fetch(id)).await;
        let over = came.is_err();
        seen.fetches.push((id.clone(), came));
        if over {
            break;
        }
    }
    match seen.fetches.last() {
        Some((_, Ok(_))) => {}
        Some((_, Err(Trouble::NotHttp | Trouble::Closed | Trouble::TooLarge))) => {
            seen.root = Some(http.knock().await);
            return seen;
        }
        Some((_, Err(_))) | None => return seen,
    }
    let id = ids.first().map(String::as_str).unwrap_or_default();
    let (store, legacy) = stores(subject, id);
    let fetch = seen.fetch().and_then(|came| came.as_ref().ok());
    let fetched = fetch.map_or(0, status_class);
    let compared = fetched == 2 || seen.fetch().is_some_and(is_of_its_own);
    let bare = async {
        let fetch = body::fetch(id);
        if compared {
            Some(asker.ask_without_secret(body::FETCH, &fetch).await)
        } else {
            None
        }
    };
    // At once, since neither needs the other: what goes before the cases is time that a user waits.
    let known = matches!(subject.clients, Clients::Known(_));
    let somebodys = seen
        .fetches
        .iter()
        .any(|(id, came)| somebodys(id, came) > 0);
    let stored = async {
        let may = !somebodys && (!known || safe.await);
        if !may {
            return None;
        }
        Some(asker.ask(body::BACKUP, &store).await)
    };
    (seen.store, seen.bare) = tokio::join!(stored, bare);
    look_closer(&asker, &mut seen, &store, legacy).await;
    let taken = |came: &Option<Came>| matches!(came, Some(Ok(reply)) if status_class(reply) == 2);
    if subject.all && !known && (taken(&seen.store) || taken(&seen.legacy)) {
        let fetch = body::fetch(id);
        seen.after = Some(asker.ask(body::FETCH, &fetch).await);
        if seen.bare.is_none() {
            seen.bare = Some(asker.ask_without_secret(body::FETCH, &fetch).await);
        }
    }
    let refused = |came: &Option<Came>| matches!(came, Some(Ok(reply)) if status_class(reply) == 4);
    if fetched == 4 || refused(&seen.store) {
        let path = format!("/{}", uuid::Uuid::new_v4().simple());
        seen.nowhere = Some(asker.ask(&path, "{}").await);
    }
    seen
}

/// The bodies of the store, and of the same as v5 where another contract was asked for.
fn stores(subject: Subject<'_>, id: &str) -> (String, Option<String>) {
    match subject.clients {
        Clients::Known(_) => (NOBODYS.to_owned(), None),
        Clients::Open => {
            let run = id.get(..8).unwrap_or_default();
            let text = share::text(run, 0, 0, Shape::Plain);
            let v5 = body::store(id, &text, None);
            match subject.contract {
                Contract::V5 => (v5, None),
                Contract::V6 => (body::store(id, &text, Some("PASSWORD-SECP256K1")), Some(v5)),
            }
        }
    }
}

/// What else may be the reason for a store that was not taken: its method, the secret, the client.
async fn look_closer(asker: &Asker<'_>, seen: &mut Answers, store: &str, legacy: Option<String>) {
    if !seen.store.as_ref().is_some_and(is_of_its_own) {
        return;
    }
    // A custodian that has not migrated may refuse what it does not know of the body.
    if let Some(legacy) = legacy {
        seen.legacy = Some(asker.ask(body::BACKUP, &legacy).await);
    }
    let taken = matches!(&seen.legacy, Some(Ok(reply)) if status_class(reply) == 2);
    if matches!(asker.subject.clients, Clients::Open) && !taken {
        seen.nobodys = Some(asker.ask(body::BACKUP, NOBODYS).await);
    }
    let makes_no_difference = matches!((seen.fetch(), &seen.bare), (Some(with), Some(without))
        if is_of_its_own(with) && same(with, without));
    if makes_no_difference {
        seen.bare_store = Some(asker.ask_without_secret(body::BACKUP, store).await);
    }
}

/// Whether an answer is a refusal or failure that none of the usual obstacles explains: the path, the secret, a
/// gateway, a limit.
pub(super) fn is_of_its_own(came: &Came) -> bool {
    matches!(cause(came), Some(Cause::Status(_) | Cause::ServerError(_)))
}

/// How many texts in the answer to a fetch of this client could be somebody's share.
pub(super) fn somebodys(id: &str, came: &Came) -> usize {
    let texts = came.iter().flat_map(|reply| reply.answer().all());
    let asked = body::fetch(id);
    texts.filter(|text| is_somebodys(&asked, text)).count()
}

pub(super) fn status_class(reply: &RawReply) -> u16 {
    reply.meant_status() / 100
}

pub(super) fn header(reply: &RawReply, name: &str) -> Option<String> {
    reply.header(name).map(str::to_owned)
}

pub(super) fn text(reply: &RawReply) -> String {
    String::from_utf8_lossy(&reply.body[..reply.body.len().min(4096)]).into_owned()
}

pub(super) fn cause(came: &Came) -> Option<Cause> {
    match came {
        Ok(reply) => Look {
            status: reply.meant_status(),
            content_type: header(reply, "content-type").as_deref(),
            body: &text(reply),
            header: &|name| header(reply, name),
        }
        .cause(),
        Err(trouble) => Some(Cause::Trouble(trouble.clone())),
    }
}

/// Whether an answer is what the server says to any path: the path's own name apart.
pub(super) fn same(came: &Came, nowhere: &Came) -> bool {
    let (Ok(one), Ok(other)) = (came, nowhere) else {
        return false;
    };
    // What a page says of the path, or of the moment, does not count: only its longer words that all share.
    let words = |reply: &RawReply| -> Vec<String> {
        text(reply)
            .split(|c: char| !c.is_alphabetic())
            .filter(|word| word.len() > 2 && !["backup", "fetch"].contains(word))
            .filter(|word| !word.chars().all(|c| c.is_ascii_hexdigit()))
            .map(str::to_owned)
            .collect()
    };
    one.status == other.status && words(one) == words(other)
}
