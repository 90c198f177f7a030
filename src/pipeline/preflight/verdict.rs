//! Whether testing is possible, from what was seen. Pure; its truth table is the test below.

use super::Clients;
use super::look::{Answers, Came, cause, is_of_its_own, same, status_class, text};
use crate::contract::body;
use crate::exchange::Trouble;
use crate::model::cause::{Cause, names_client};

/// What is wrong, as the pure rule has it.
pub(super) enum Verdict {
    Stop(Cause),
    Go,
}

/// Whether testing is impossible for a reason that is no breach of the contract.
pub(super) fn verdict(seen: &Answers, clients: Clients<'_>) -> Verdict {
    use Verdict::{Go, Stop};
    let Some(first) = seen.fetch() else {
        return Go;
    };
    let fetch = cause(first);
    match &fetch {
        Some(Cause::Trouble(trouble)) if trouble.is_unreachable() => {
            return Stop(Cause::Trouble(trouble.clone()));
        }
        // With HTTP/2 the server's own error is lost.
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
        (Some(Cause::Status(status) | Cause::ServerError(status)), _) if alike(seen) => {
            Stop(Cause::Alike(status))
        }
        (
            Some(Cause::Page(status)),
            Some(Cause::Page(_) | Cause::Gateway(_) | Cause::Forgery(_)),
        ) => Stop(Cause::Page(status)),
        (Some(Cause::Redirect(status, to)), Some(Cause::Redirect(_, other))) => {
            if only_a_slash(to.as_deref(), body::FETCH)
                && only_a_slash(other.as_deref(), body::BACKUP)
            {
                return Go;
            }
            Stop(Cause::Redirect(status, to))
        }
        // A login page to which fetches are redirected.
        (
            Some(Cause::Redirect(status, to)),
            Some(Cause::Page(_) | Cause::Gateway(_) | Cause::Forgery(_)),
        ) => Stop(Cause::Redirect(status, to)),
        (Some(cause @ (Cause::Refused(_) | Cause::Gateway(_) | Cause::Forgery(_))), Some(_))
        | (Some(cause @ Cause::TooMany), Some(Cause::TooMany)) => Stop(cause),
        // No method of this server's, whatever the path.
        (Some(Cause::NoRoute(status @ (405 | 501))), Some(Cause::NoRoute(_))) => {
            Stop(Cause::NoRoute(status))
        }
        (Some(Cause::NoRoute(status)), Some(Cause::NoRoute(_)))
            if nowhere(first) && nowhere(came) =>
        {
            Stop(Cause::NoRoute(status))
        }
        (Some(_), Some(cause @ (Cause::Refused(_) | Cause::Gateway(_) | Cause::Forgery(_))))
            if open =>
        {
            Stop(cause)
        }
        // The route is there and says that there is no such client.
        (_, Some(Cause::NoRoute(status))) if open && !nowhere(came) => {
            Stop(Cause::UnknownClient(status))
        }
        (fetch, Some(Cause::Status(status)))
            if open && (speaks_of_client(came) || matches!(fetch, Some(Cause::NoRoute(_)))) =>
        {
            Stop(Cause::UnknownClient(status))
        }
        (_, Some(Cause::Status(status) | Cause::ServerError(status)))
            if open && fails_on_the_id(seen) =>
        {
            Stop(Cause::UnknownClient(status))
        }
        _ => Go,
    }
}

/// Whether both webhooks fail in one way, with the secret and without it: then what fails comes before the secret,
/// or is the secret. A custodian that looks at the body as well has more than one thing to say.
fn alike(seen: &Answers) -> bool {
    let all = [
        seen.fetch(),
        seen.bare.as_ref(),
        seen.store.as_ref(),
        seen.bare_store.as_ref(),
    ];
    let [Some(first), rest @ ..] = all else {
        return false;
    };
    rest.iter()
        .all(|came| came.is_some_and(|came| same(first, came)))
}

/// Whether a store for a made-up client fails though bodies are looked at, so that the client may be the reason. A
/// refusal may be meant for the share; then the fetch, in which there is nothing but the client, must fail as well.
fn fails_on_the_id(seen: &Answers) -> bool {
    let (Some(store), Some(nobodys)) = (&seen.store, &seen.nobodys) else {
        return false;
    };
    let refused = matches!(nobodys, Ok(reply) if status_class(reply) == 4);
    let fails = matches!(store, Ok(reply) if status_class(reply) == 5);
    let fetch = seen.fetch().is_some_and(is_of_its_own);
    refused && !same(store, nobodys) && (fails || fetch)
}

/// Whether a refusal is about the client, not about the body.
pub(super) fn speaks_of_client(came: &Came) -> bool {
    came.as_ref().is_ok_and(|reply| names_client(&text(reply)))
}

/// Whether a redirect only adds a slash to the path, which the base URL cannot mend.
pub(super) fn only_a_slash(to: Option<&str>, path: &str) -> bool {
    to.is_some_and(|to| to.ends_with(&format!("{path}/")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::RawReply;
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
        let seen = Answers {
            fetches: vec![("c1".to_owned(), fetch)],
            store: Some(store),
            nowhere: Some(came(404, "no such route")),
            ..Answers::default()
        };
        stop(&seen, clients)
    }

    fn stop(seen: &Answers, clients: Clients<'_>) -> Option<Cause> {
        match verdict(seen, clients) {
            Verdict::Stop(cause) => Some(cause),
            Verdict::Go => None,
        }
    }

    const HERE: (u16, &str) = (200, "{}");
    const GONE: (u16, &str) = (404, "no such route");
    const NO_POST: (u16, &str) = (501, "<html>no such method");
    const NOBODY: (u16, &str) = (404, "no such client");
    const NO: (u16, &str) = (401, "no");
    const BAD: (u16, &str) = (400, "bad");
    const DEAD: (u16, &str) = (500, "oops");
    const PAGE: (u16, &str) = (200, "<html>");

    #[rstest]
    // Where one route works, or fails in another way, the cases judge it.
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
    #[case(NO_POST, NO_POST, Some(Cause::NoRoute(501)), Some(Cause::NoRoute(501)))]
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

    const CRASH: (u16, &str) = (500, "<html>internal error");
    const NO_ID: (u16, &str) = (400, "which client");
    const NO_SECRET: (u16, &str) = (401, "no secret");

    #[rstest]
    // Fetch and store with the secret, then without it; the store of nobody.
    #[case([CRASH; 4], CRASH, Some(Cause::Alike(500)), Some(Cause::Alike(500)))]
    #[case([BAD; 4], BAD, Some(Cause::Alike(400)), Some(Cause::Alike(400)))]
    // Bodies are looked at, and the secret is not: that is for the cases.
    #[case([DEAD, NO_ID, DEAD, NO_ID], NO_ID, None, None)]
    #[case([BAD, NO_ID, BAD, NO_ID], NO_ID, None, None)]
    // The secret is right, and made-up clients are not known.
    #[case([CRASH, CRASH, NO_SECRET, NO_SECRET], NO_ID, Some(Cause::UnknownClient(500)), None)]
    #[case([HERE, CRASH, NO_SECRET, NO_SECRET], NO_ID, Some(Cause::UnknownClient(500)), None)]
    #[case([BAD, BAD, NO_SECRET, NO_SECRET], NO_ID, Some(Cause::UnknownClient(400)), None)]
    #[case([CRASH, BAD, NO_SECRET, NO_SECRET], NO_ID, Some(Cause::UnknownClient(400)), None)]
    // Whatever it is sent, it fails so: the client is not the reason.
    #[case([CRASH, CRASH, NO_SECRET, NO_SECRET], CRASH, None, None)]
    #[case([HERE, CRASH, NO_SECRET, NO_SECRET], CRASH, None, None)]
    // A body that is refused may be refused for the share.
    #[case([HERE, BAD, NO_SECRET, NO_SECRET], NO_ID, None, None)]
    fn the_secret_and_made_up_clients_are_suspected_where_nothing_else_explains_it(
        #[case] came_back: [(u16, &str); 4],
        #[case] nobodys: (u16, &str),
        #[case] open: Option<Cause>,
        #[case] known: Option<Cause>,
    ) {
        let one = |(status, body): (u16, &str)| came(status, body);
        let [fetch, store, bare, bare_store] = came_back;
        let mut seen = Answers {
            fetches: vec![("c1".to_owned(), one(fetch))],
            store: Some(one(store)),
            bare: Some(one(bare)),
            bare_store: Some(one(bare_store)),
            nobodys: Some(one(nobodys)),
            ..Answers::default()
        };
        assert_eq!(stop(&seen, Clients::Open), open);
        seen.nobodys = None;
        assert_eq!(stop(&seen, Clients::Known(&["c1".to_owned()])), known);
        seen.legacy = Some(came(200, "{}"));
        assert_eq!(stop(&seen, Clients::Open), None, "v5 is taken");
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
