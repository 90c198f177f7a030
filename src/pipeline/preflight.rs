//! A few harmless requests before any case, and what they say: whether testing is possible at all, and if
//! not, why and what to do. Only what is not the custodian's own breach of contract stops a run; whatever
//! else is seen is told, and judged by the cases. Writes to made-up clients only.

use crate::contract::share::{self, Maker, Shape, maker};
use crate::contract::{Contract, answer, body};
use crate::exchange::{RawReply, Redactor, Trouble};
use crate::http::{Http, Post};
use crate::model::cause::{Cause, Look};
use crate::model::transcript::Transcript;
use secrecy::{ExposeSecret, SecretString};

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

/// A line of cause, and a line of what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// What is wrong, as a fragment.
    pub cause: String,
    /// What to type or to do next, as a fragment.
    pub next: String,
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

/// What came of one request.
type Came = Result<RawReply, Trouble>;

/// All that was seen.
#[derive(Debug)]
struct Seen {
    /// Fetch, with the secret: of each client that was looked at.
    fetches: Vec<(String, Came)>,
    /// Store, with the secret: of a made-up share for a made-up client, or of an empty object.
    store: Option<Came>,
    /// The store without a method, where the one with a method was refused.
    legacy: Option<Came>,
    /// A request to a path that nobody serves.
    nowhere: Option<Came>,
    /// Fetch, without the secret.
    bare: Option<Came>,
    /// A `GET` of the base URL.
    root: Option<Came>,
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

/// Looks, and says what it saw.
pub async fn preflight(http: &Http, subject: Subject<'_>) -> Preflight {
    let ids: Vec<String> = match subject.clients {
        Clients::Open => vec![uuid::Uuid::new_v4().to_string()],
        Clients::Known(ids) => {
            let most = if subject.all { ids.len() } else { 1 };
            ids.iter().take(most).cloned().collect()
        }
    };
    let seen = look(http, subject, &ids).await;
    let secrets = std::iter::once(subject.secret).chain(subject.credentials);
    let redactor = Redactor::new(secrets.map(ExposeSecret::expose_secret));
    conclude(&seen, subject.clients, http, &redactor)
}

async fn look(http: &Http, subject: Subject<'_>, ids: &[String]) -> Seen {
    let Subject {
        secret,
        clients,
        contract,
        ..
    } = subject;
    let mut seen = Seen {
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
        // Names no client, so that nothing of anybody's can be touched.
        Clients::Known(_) => ("{}".to_owned(), None),
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
    let (stored, bare) = tokio::join!(ask(body::BACKUP, store, true), bare);
    (seen.store, seen.bare) = (Some(stored), bare);
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

fn status_class(reply: &RawReply) -> u16 {
    reply.status / 100
}

fn header(reply: &RawReply, name: &str) -> Option<String> {
    let found = reply.headers.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value.clone())
}

fn text(reply: &RawReply) -> String {
    String::from_utf8_lossy(&reply.body[..reply.body.len().min(4096)]).into_owned()
}

fn cause(came: &Came) -> Option<Cause> {
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
fn same(came: &Came, nowhere: &Came) -> bool {
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

/// What is wrong, as the pure rule has it.
enum Verdict {
    Stop(Cause),
    Go,
}

fn conclude(seen: &Seen, clients: Clients<'_>, http: &Http, redactor: &Redactor) -> Preflight {
    let mut found = Preflight {
        probes: probes(seen, clients, redactor),
        foreign: foreign(seen, clients),
        ..Preflight::default()
    };
    let base = http.base();
    let fetch = seen.fetches.first().and_then(|(_, came)| cause(came));
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

/// Whether testing is impossible for a reason that is no breach of the contract.
fn verdict(seen: &Seen, clients: Clients<'_>) -> Verdict {
    use Verdict::{Go, Stop};
    let Some((_, first)) = seen.fetches.first() else {
        return Go;
    };
    let fetch = cause(first);
    match &fetch {
        Some(Cause::Trouble(trouble)) if trouble.is_unreachable() => {
            return Stop(Cause::Trouble(trouble.clone()));
        }
        // What HTTP/2 has swallowed.
        Some(Cause::Trouble(Trouble::Closed)) if matches!(&seen.root, Some(Err(trouble)) if trouble.is_unreachable()) =>
        {
            return match &seen.root {
                Some(Err(trouble)) => Stop(Cause::Trouble(trouble.clone())),
                Some(Ok(_)) | None => Go,
            };
        }
        // Where HTTP is spoken at all, such an answer is the custodian's doing.
        Some(Cause::Trouble(trouble @ (Trouble::NotHttp | Trouble::Closed)))
            if matches!(seen.root, Some(Err(_))) =>
        {
            return Stop(Cause::Trouble(trouble.clone()));
        }
        Some(Cause::Trouble(_)) => return Go,
        Some(_) | None => {}
    }
    let Some(came) = &seen.store else { return Go };
    let store = cause(came);
    let accepted = matches!(&seen.legacy, Some(Ok(reply)) if status_class(reply) == 2);
    let nowhere = |came: &Came| seen.nowhere.as_ref().is_some_and(|other| same(came, other));
    let open = matches!(clients, Clients::Open);
    match (fetch, store) {
        _ if accepted => Go,
        (Some(Cause::Page(status)), Some(Cause::Page(_) | Cause::Gateway(_))) => {
            Stop(Cause::Page(status))
        }
        (Some(Cause::Redirect(status, to)), Some(Cause::Redirect(_, other))) => {
            if only_a_slash(to.as_deref(), body::FETCH)
                && only_a_slash(other.as_deref(), body::BACKUP)
            {
                return Go;
            }
            Stop(Cause::Redirect(status, to))
        }
        // A login page that fetches are sent to.
        (Some(Cause::Redirect(status, to)), Some(Cause::Page(_) | Cause::Gateway(_))) => {
            Stop(Cause::Redirect(status, to))
        }
        (Some(cause @ (Cause::Refused(_) | Cause::Gateway(_))), Some(_))
        | (Some(cause @ Cause::TooMany), Some(Cause::TooMany)) => Stop(cause),
        (Some(Cause::NoRoute(405)), Some(Cause::NoRoute(_))) => Stop(Cause::NoRoute(405)),
        (Some(Cause::NoRoute(status)), Some(Cause::NoRoute(_)))
            if nowhere(first) && nowhere(came) =>
        {
            Stop(Cause::NoRoute(status))
        }
        (Some(_), Some(cause @ (Cause::Refused(_) | Cause::Gateway(_)))) if open => Stop(cause),
        // The route is there and says that there is no such client.
        (_, Some(Cause::NoRoute(status))) if open && !nowhere(came) => {
            Stop(Cause::UnknownClient(status))
        }
        (fetch, Some(Cause::Status(status)))
            if open && (speaks_of_client(came) || matches!(fetch, Some(Cause::NoRoute(_)))) =>
        {
            Stop(Cause::UnknownClient(status))
        }
        _ => Go,
    }
}

/// Whether a refusal is about the client, not about the body.
fn speaks_of_client(came: &Came) -> bool {
    came.as_ref().is_ok_and(|reply| names_client(&text(reply)))
}

fn names_client(text: &str) -> bool {
    let text = text.to_lowercase();
    let whom = ["client", "user", "wallet", "customer", "account"];
    let what = [
        "not found",
        "unknown",
        "no such",
        "not exist",
        "n't exist",
        "not registered",
        "unregistered",
        "not known",
    ];
    whom.iter().any(|word| text.contains(word)) && what.iter().any(|word| text.contains(word))
}

/// Whether a redirect only adds a slash to the path, which the base URL cannot mend.
fn only_a_slash(to: Option<&str>, path: &str) -> bool {
    to.is_some_and(|to| to.ends_with(&format!("{path}/")))
}

/// Whether a fetch without the secret brings what one with it brings.
fn unchecked(seen: &Seen) -> bool {
    let Some((_, Ok(with))) = seen.fetches.first() else {
        return false;
    };
    matches!(&seen.bare, Some(Ok(without))
        if without.status == with.status && answer::read(&without.body) == answer::read(&with.body))
}

fn foreign(seen: &Seen, clients: Clients<'_>) -> Option<String> {
    if matches!(clients, Clients::Open) {
        return None;
    }
    seen.fetches.iter().find_map(|(id, came)| {
        let texts = answer::read(&came.as_ref().ok()?.body).texts;
        let somebodys = texts.iter().filter(|text| maker(text) == Maker::Somebody);
        let count = somebodys.count();
        (count > 0)
            .then(|| format!("client {id} holds {count} text(s) that this tool did not make"))
    })
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "every other cause speaks for itself"
)]
fn explain(cause: &Cause, base: &str, http: &Http, seen: &Seen, redactor: &Redactor) -> Advice {
    let what = match cause {
        Cause::Trouble(Trouble::ConnectTimeout) => {
            format!(
                "no connection to {base} in time: a firewall, or a list of addresses that are let in?"
            )
        }
        Cause::Trouble(trouble @ (Trouble::Dns | Trouble::Refused)) if proxied(http) => {
            format!("cannot reach the proxy: {trouble}")
        }
        Cause::Trouble(trouble) if trouble.is_unreachable() => {
            format!("cannot reach {base}: {trouble}")
        }
        Cause::Trouble(Trouble::Closed) => {
            format!("cannot speak HTTP with {base}: every connection is closed without an answer")
        }
        Cause::Trouble(trouble) => format!("cannot speak HTTP with {base}: {trouble}"),
        Cause::NoRoute(_) => format!(
            "{cause}: tried POST {base}{} and POST {base}{}",
            body::FETCH,
            body::BACKUP
        ),
        Cause::Refused(_) if everywhere(seen) => {
            format!(
                "{cause}, or something in front of it refuses: {base} says the same to every path"
            )
        }
        Cause::Redirect(..) => {
            format!("{base} redirects both webhooks ({cause}); redirects are never followed")
        }
        _ => format!("{base}: {cause}"),
    };
    let via = http
        .via()
        .map(|via| format!(" (by way of {via})"))
        .unwrap_or_default();
    let next = match cause {
        Cause::Redirect(_, Some(to)) => match moved(to, base) {
            Some(url) => format!("give the URL that it leads to: --url {url}"),
            None => "find out what asks there for a login: a gateway takes its credentials with --header".to_owned(),
        },
        Cause::Trouble(Trouble::Dns | Trouble::Refused) if proxied(http) => {
            "mend --proxy (or HTTP_PROXY, HTTPS_PROXY, ALL_PROXY), or go without it".to_owned()
        }
        _ => cause.next(),
    };
    Advice {
        cause: redactor.text(&format!("{what}{via}"), 600),
        next: redactor.text(&next, 600),
    }
}

/// Whether connections go to a proxy.
fn proxied(http: &Http) -> bool {
    http.via().is_some_and(|via| via.starts_with("the proxy"))
}

/// Whether a path that nobody serves gets the answer of the fetch.
fn everywhere(seen: &Seen) -> bool {
    let first = seen.fetches.first().map(|(_, came)| came);
    matches!((first, &seen.nowhere), (Some(came), Some(nowhere)) if same(came, nowhere))
}

/// The base URL that a redirect leads to, if it leads to a webhook.
fn moved(to: &str, base: &str) -> Option<String> {
    let target = url::Url::parse(&format!("{base}{}", body::FETCH))
        .ok()?
        .join(to)
        .ok()?;
    let text = target.as_str().trim_end_matches('/');
    let stem = text
        .strip_suffix(body::FETCH)
        .or_else(|| text.strip_suffix(body::BACKUP))?;
    Some(stem.to_owned())
}

/// Why a run has tested nothing although it went through: not one well-formed request was taken, and what came
/// instead says that the path, the client or the secret is not the right one. A pool client is not written to
/// before its trial, so this shows only afterwards.
pub fn in_vain(transcripts: &[Transcript]) -> Option<Advice> {
    let mut first = None;
    let mut stored = false;
    for transcript in transcripts {
        let plain = transcript.exchanges.iter().filter_map(|exchange| {
            let request = transcript.request(exchange)?;
            (request.is_plain_store() || request.is_plain_fetch())
                .then_some((exchange, request.is_plain_store()))
        });
        let opening = transcript.opening.iter().map(|exchange| (exchange, false));
        for (exchange, store) in opening.chain(plain) {
            stored |= store;
            let cause = Cause::of(&exchange.outcome)?;
            let told = exchange
                .reply()
                .is_some_and(|reply| names_client(&reply.body));
            let outside = match cause {
                Cause::Missing(_)
                | Cause::NoRoute(_)
                | Cause::Refused(_)
                | Cause::Gateway(_)
                | Cause::TooMany => cause,
                Cause::Status(status) if told => Cause::UnknownClient(status),
                Cause::Trouble(_)
                | Cause::Page(_)
                | Cause::Redirect(..)
                | Cause::NothingBehind(_)
                | Cause::ServerError(_)
                | Cause::UnknownClient(_)
                | Cause::Status(_) => return None,
            };
            // What a store says weighs more: a fetch may miss a share that is not there yet.
            if let (true, Cause::Missing(status)) = (store && told, &outside) {
                first = Some(Cause::UnknownClient(*status));
            } else {
                first.get_or_insert(outside);
            }
        }
    }
    let cause = first.filter(|_| stored)?;
    Some(Advice {
        cause: format!("not one request was taken ({cause})"),
        next: cause.next(),
    })
}

fn probes(seen: &Seen, clients: Clients<'_>, redactor: &Redactor) -> Vec<Probe> {
    let mut out = Vec::new();
    let mut tell = |asked: String, came: &Came, fine: bool| {
        out.push(Probe {
            asked,
            saw: redactor.text(&saw(came), 200),
            fine,
        });
    };
    let whose = |id: &str| match clients {
        Clients::Open => "a made-up client".to_owned(),
        Clients::Known(_) => id.to_owned(),
    };
    for (id, came) in &seen.fetches {
        let fine = cause(came).is_none();
        tell(format!("fetch of {}", whose(id)), came, fine);
    }
    if let Some(came) = &seen.root {
        tell("GET of the base URL".to_owned(), came, came.is_ok());
    }
    if let Some(came) = &seen.store {
        match clients {
            Clients::Open => {
                let fine = cause(came).is_none();
                tell("store for a made-up client".to_owned(), came, fine);
            }
            Clients::Known(_) => {
                let fine = matches!(cause(came), Some(Cause::Status(_)));
                tell(
                    "store of an empty object, to be refused".to_owned(),
                    came,
                    fine,
                );
            }
        }
    }
    if let Some(came) = &seen.legacy {
        tell(
            "the same store as v5".to_owned(),
            came,
            cause(came).is_none(),
        );
    }
    if let Some(came) = &seen.nowhere {
        let fine = matches!(cause(came), Some(Cause::NoRoute(_)));
        tell("a path that nobody serves".to_owned(), came, fine);
    }
    if let Some(came) = &seen.bare {
        let fine = matches!(came, Ok(reply) if status_class(reply) == 4);
        tell("fetch without the secret".to_owned(), came, fine);
    }
    out
}

fn saw(came: &Came) -> String {
    let reply = match came {
        Ok(reply) => reply,
        Err(trouble) => return trouble.to_string(),
    };
    let status = reply.status;
    match cause(came) {
        Some(Cause::Redirect(_, Some(to))) => return format!("{status} to {to}"),
        Some(Cause::Gateway(_)) => return format!("{status}, in the manner of a gateway"),
        Some(Cause::Page(_)) => return format!("{status}, an HTML page"),
        Some(_) | None => {}
    }
    let kind = header(reply, "content-type").filter(|_| !reply.body.is_empty());
    match kind.as_deref().and_then(|kind| kind.split(';').next()) {
        Some(kind) => format!("{status}, {kind}"),
        None => format!("{status}, no body"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[expect(clippy::unnecessary_wraps, reason = "what comes may be a trouble")]
    fn came(status: u16, body: &str) -> Came {
        Ok(RawReply {
            status,
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
        })
    }

    fn stops(fetch: Came, store: Came, clients: Clients<'_>) -> Option<Cause> {
        let seen = Seen {
            fetches: vec![("c1".to_owned(), fetch)],
            store: Some(store),
            legacy: None,
            nowhere: Some(came(404, "no such route")),
            bare: None,
            root: None,
        };
        match verdict(&seen, clients) {
            Verdict::Stop(cause) => Some(cause),
            Verdict::Go => None,
        }
    }

    const HERE: (u16, &str) = (200, "{}");
    const GONE: (u16, &str) = (404, "no such route");
    const NOBODY: (u16, &str) = (404, "no such client");
    const NO: (u16, &str) = (401, "no");
    const BAD: (u16, &str) = (400, "bad");
    const DEAD: (u16, &str) = (500, "oops");
    const PAGE: (u16, &str) = (200, "<html>");

    #[rstest]
    // One route that works, or fails in a manner of its own, is for the cases to judge.
    #[case(HERE, HERE, None, None)]
    #[case(HERE, GONE, None, None)]
    #[case(GONE, HERE, None, None)]
    #[case(NO, HERE, None, None)]
    #[case(HERE, NO, None, None)]
    #[case(HERE, DEAD, None, None)]
    #[case(DEAD, DEAD, None, None)]
    #[case(PAGE, HERE, None, None)]
    #[case(HERE, BAD, None, None)]
    #[case(GONE, BAD, Some(Cause::UnknownClient(400)), None)]
    // Nothing that works: the path, the secret, the clients, or something in between.
    #[case(GONE, GONE, Some(Cause::NoRoute(404)), Some(Cause::NoRoute(404)))]
    #[case(NO, NO, Some(Cause::Refused(401)), Some(Cause::Refused(401)))]
    #[case(NO, BAD, Some(Cause::Refused(401)), Some(Cause::Refused(401)))]
    #[case(PAGE, PAGE, Some(Cause::Page(200)), Some(Cause::Page(200)))]
    #[case(NOBODY, NOBODY, Some(Cause::UnknownClient(404)), None)]
    #[case(HERE, NOBODY, Some(Cause::UnknownClient(404)), None)]
    #[case(NOBODY, BAD, Some(Cause::UnknownClient(400)), None)]
    fn only_what_makes_testing_impossible_stops(
        #[case] fetch: (u16, &str),
        #[case] store: (u16, &str),
        #[case] open: Option<Cause>,
        #[case] known: Option<Cause>,
    ) {
        let both = || (came(fetch.0, fetch.1), came(store.0, store.1));
        let ((one, two), (three, four)) = (both(), both());
        assert_eq!(stops(one, two, Clients::Open), open);
        let ids = ["c1".to_owned()];
        assert_eq!(stops(three, four, Clients::Known(&ids)), known);
    }

    #[rstest]
    #[case("https://a.example/backup/fetch", Some("https://a.example"))]
    #[case("/v2/portal/backup/fetch/", Some("http://a.example/v2/portal"))]
    #[case("//b.example/portal/backup", Some("http://b.example/portal"))]
    #[case("/login", None)]
    fn a_redirect_to_a_webhook_gives_the_base_url(
        #[case] location: &str,
        #[case] base: Option<&str>,
    ) {
        let found = moved(location, "http://a.example/portal");
        assert_eq!(found.as_deref(), base);
    }

    #[test]
    fn a_redirect_that_only_adds_a_slash_is_the_custodians_own() {
        assert!(only_a_slash(Some("/portal/backup/fetch/"), body::FETCH));
        assert!(!only_a_slash(Some("/portal/backup/fetch"), body::FETCH));
        assert!(!only_a_slash(Some("/login/"), body::BACKUP));
    }

    #[test]
    fn an_answer_that_names_its_path_is_still_the_answer_to_any_path() {
        let page = |path: &str| came(404, &format!("<pre>Cannot POST {path}</pre>"));
        let nowhere = page("/portal/0f3a9c");
        assert!(same(&page("/portal/backup/fetch"), &nowhere));
        assert!(!same(&came(404, r#"{"error":"no such client"}"#), &nowhere));
    }
}
