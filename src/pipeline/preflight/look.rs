//! The requests of the preflight and what came of each. Of a client that somebody named, nothing is written, and
//! nothing at all is stored where a share is seen that could be somebody's.

use super::{Clients, Subject};
use crate::contract::share::{self, Maker, Shape, maker};
use crate::contract::{Contract, answer, body};
use crate::exchange::{RawReply, Trouble};
use crate::http::{Http, Post};
use crate::model::cause::{Cause, Look};

/// What came of one request.
pub(super) type Came = Result<RawReply, Trouble>;

/// All that was seen.
#[derive(Debug)]
pub(super) struct Answers {
    /// Fetch, with the secret: of each client that was looked at.
    pub(super) fetches: Vec<(String, Came)>,
    /// Store, with the secret: of a made-up share for a made-up client, or without client and share.
    pub(super) store: Option<Came>,
    /// The store without a method, where the one with a method was refused.
    pub(super) legacy: Option<Came>,
    /// A request to a path that nobody serves.
    pub(super) nowhere: Option<Came>,
    /// Fetch, without the secret.
    pub(super) bare: Option<Came>,
    /// A `GET` of the base URL.
    pub(super) root: Option<Came>,
}

/// A store without client and share, to be refused. A custodian that drops the conditions that it is not given
/// would do what it does to all rows: no real client has one with this method.
const NOBODYS: &str = r#"{"backupMethod":"SHARECHECK-NO-CLIENT"}"#;

/// Looks. Where clients are known, the store waits until `safe` says whether it may be sent.
pub(super) async fn look(
    http: &Http,
    subject: Subject<'_>,
    ids: &[String],
    safe: impl Future<Output = bool>,
) -> Answers {
    let Subject {
        secret,
        clients,
        contract,
        ..
    } = subject;
    let mut seen = Answers {
        fetches: Vec::new(),
        store: None,
        legacy: None,
        nowhere: None,
        bare: None,
        root: None,
    };
    let ask = async |path: &str, body: String, known: bool| {
        let post = Post {
            path: path.to_owned(),
            body,
            headers: if known {
                Post::fetch("", secret).headers
            } else {
                Vec::new()
            },
            content_type: "application/json".to_owned(),
            alone: true,
        };
        http.post(post).await.outcome
    };
    for id in ids {
        let came = ask(body::FETCH, body::fetch(id), true).await;
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
    let (store, legacy) = match clients {
        Clients::Known(_) => (NOBODYS.to_owned(), None),
        Clients::Open => {
            let run = id.get(..8).unwrap_or_default();
            let text = share::text(run, 0, 0, Shape::Plain);
            let v5 = body::store(id, &text, None);
            match contract {
                Contract::V5 => (v5, None),
                Contract::V6 => (body::store(id, &text, Some("PASSWORD-SECP256K1")), Some(v5)),
            }
        }
    };
    let fetched = seen
        .fetches
        .first()
        .and_then(|(_, came)| came.as_ref().ok());
    let fetched = fetched.map_or(0, status_class);
    let bare = async {
        match fetched {
            2 => Some(ask(body::FETCH, body::fetch(id), false).await),
            _ => None,
        }
    };
    // At once, since neither needs the other: what goes before the cases is time that a user waits.
    let known = matches!(clients, Clients::Known(_));
    let somebodys = seen.fetches.iter().any(|(_, came)| somebodys(came) > 0);
    let stored = async {
        let may = !somebodys && (!known || safe.await);
        if !may {
            return None;
        }
        Some(ask(body::BACKUP, store, true).await)
    };
    (seen.store, seen.bare) = tokio::join!(stored, bare);
    let refused = |came: &Option<Came>| matches!(came, Some(Ok(reply)) if status_class(reply) == 4);
    // A custodian that has not migrated may refuse what it does not know of the body.
    let of_the_body = |came: &Came| matches!(cause(came), Some(Cause::Status(_)));
    if let (true, Some(legacy)) = (seen.store.as_ref().is_some_and(of_the_body), legacy) {
        seen.legacy = Some(ask(body::BACKUP, legacy, true).await);
    }
    if fetched == 4 || refused(&seen.store) {
        let path = format!("/{}", uuid::Uuid::new_v4().simple());
        seen.nowhere = Some(ask(&path, "{}".to_owned(), true).await);
    }
    seen
}

/// How many texts in an answer could be somebody's share.
pub(super) fn somebodys(came: &Came) -> usize {
    let texts = came
        .iter()
        .flat_map(|reply| answer::read(&reply.body).all());
    texts.filter(|text| maker(text) == Maker::Somebody).count()
}

pub(super) fn status_class(reply: &RawReply) -> u16 {
    reply.status / 100
}

pub(super) fn header(reply: &RawReply, name: &str) -> Option<String> {
    let found = reply.headers.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value.clone())
}

pub(super) fn text(reply: &RawReply) -> String {
    String::from_utf8_lossy(&reply.body[..reply.body.len().min(4096)]).into_owned()
}

pub(super) fn cause(came: &Came) -> Option<Cause> {
    match came {
        Ok(reply) => Look {
            status: reply.status,
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
