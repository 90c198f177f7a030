//! Whether testing is possible, from what was seen. Pure; its truth table is the test below.

use super::Clients;
use super::look::{Answers, Came, cause, same, status_class, text};
use crate::contract::body;
use crate::exchange::Trouble;
use crate::model::cause::Cause;

/// What is wrong, as the pure rule has it.
pub(super) enum Verdict {
    Stop(Cause),
    Go,
}

/// Whether testing is impossible for a reason that is no breach of the contract.
pub(super) fn verdict(seen: &Answers, clients: Clients<'_>) -> Verdict {
    use Verdict::{Go, Stop};
    let Some((_, first)) = seen.fetches.first() else {
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
        // A login page to which fetches are redirected.
        (Some(Cause::Redirect(status, to)), Some(Cause::Page(_) | Cause::Gateway(_))) => {
            Stop(Cause::Redirect(status, to))
        }
        (Some(cause @ (Cause::Refused(_) | Cause::Gateway(_))), Some(_))
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
pub(super) fn speaks_of_client(came: &Came) -> bool {
    came.as_ref().is_ok_and(|reply| names_client(&text(reply)))
}

pub(super) fn names_client(text: &str) -> bool {
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
