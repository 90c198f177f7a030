//! The custodian's own endpoints, tried: a fetch with the user's token and one without it, and, for a client that a hook has
//! made for this, a store between them.

use super::TEST_CLIENTS;
use crate::cli::user_share::UserShare;
use sharecheck::contract::share::{Maker, maker};
use sharecheck::contract::wallet::Seal;
use sharecheck::exchange::{RawReply, Strangers, Trouble};
use sharecheck::http::Http;
use sharecheck::model::cause::Advice;
use sharecheck::pipeline::preflight::Mark;
use sharecheck::user_share::{Answer, Credentials, Outgoing, Text, ToldBy};
use sharecheck::users::Users;

/// The method that is asked for.
const METHOD: &str = "PASSWORD";

/// What came of it.
#[derive(Clone, Debug)]
pub(super) struct Tried {
    pub(super) mark: Mark,
    pub(super) says: String,
    pub(super) advice: Vec<Advice>,
    /// The exit code, where this stops a run.
    pub(super) stops: Option<u8>,
}

impl Tried {
    fn stopped(exit_code: u8, says: String, cause: String, next: &str) -> Self {
        let next = next.to_owned();
        Self {
            mark: Mark::Stops,
            says,
            advice: vec![Advice { cause, next }],
            stops: Some(exit_code),
        }
    }

    fn good(says: String) -> Self {
        Self {
            mark: Mark::Good,
            says,
            advice: Vec::new(),
            stops: None,
        }
    }

    /// Where the custodian itself cannot be tested.
    pub(super) fn not_tried() -> Self {
        Self {
            mark: Mark::NotTried,
            ..Self::good("not tried, because the custodian cannot be tested".to_owned())
        }
    }

    fn add(&mut self, what: &str) {
        self.says.push_str("; ");
        self.says.push_str(what);
    }

    fn odd(&mut self, cause: String, next: &str) {
        let next = next.to_owned();
        self.mark = Mark::Odd;
        self.advice.push(Advice { cause, next });
    }
}

/// The endpoints and who is known to them.
pub(super) struct Trial<'a> {
    pub(super) told: &'a UserShare,
    pub(super) http: Http,
    pub(super) users: &'a Users,
    pub(super) strangers: &'a Strangers,
}

impl Trial<'_> {
    /// Tries them for a client; writes only for one that was `made` for this.
    pub(super) async fn of(&self, client: &str, made: bool) -> Tried {
        let endpoints = &self.told.endpoints;
        let user = self.users.of(client);
        if let Some(lacks) = endpoints.lacks(&user) {
            let next = "docs/provisioning.md says how a token comes with a client";
            return Tried::stopped(3, format!("{client} has no token"), lacks, next);
        }
        let Some(fetch) = endpoints.fetch(&user, &Credentials::Own, METHOD) else {
            let says = format!("client {client} cannot be asked for");
            let cause =
                "its id, its user or its token cannot stand where [user-share.fetch] has it";
            let next = "take a client whose user and token can be sent";
            return Tried::stopped(2, says, cause.to_owned(), next);
        };
        let (status, answer) = match self.ask(&fetch).await {
            Ok((status, answer)) => (status, answer),
            Err(trouble) => {
                let cause = format!("{}: {trouble}", fetch.shown().path);
                let next =
                    "see that `url` in [user-share], or --user-share-url, leads to your endpoints";
                return Tried::stopped(3, "no answer to a fetch".to_owned(), cause, next);
            }
        };
        let says = format!("{status} for {client} by {METHOD}");
        let mut tried = match &answer {
            Answer::None => Tried::good(format!("{says}: it has none")),
            Answer::Text(text) if maker(text) != Maker::Somebody => {
                Tried::good(format!("{says}: a text of ours"))
            }
            Answer::Text(text) => {
                self.strangers.remember(text);
                let cause = format!(
                    "client {client} has a user share of {} bytes that this tool did not make",
                    text.len()
                );
                return Tried::stopped(6, says, cause, TEST_CLIENTS);
            }
            Answer::Untold(_) if made => {
                Tried::good(format!("{says}: no text, which is taken for none"))
            }
            Answer::Untold(why) | Answer::Unreadable(why) => {
                let cause =
                    format!("it cannot be seen whether client {client} has a user share: {why}");
                return Tried::stopped(6, says, cause, after(status, &fetch));
            }
        };
        if let Some(bare) = endpoints.fetch(&user, &Credentials::None, METHOD)
            && endpoints.has_credentials()
        {
            self.without_token(&bare, &mut tried).await;
        }
        if made && matches!(answer, Answer::None | Answer::Untold(_)) {
            let may = endpoints.told_by() == ToldBy::App || self.told.line.reach.is_here();
            if may {
                self.store(client, &fetch, &mut tried).await;
            } else {
                tried.add(
                    "nothing was stored, for a backend that is not on this machine may tell the real Portal of it",
                );
            }
        }
        tried
    }

    async fn without_token(&self, bare: &Outgoing, tried: &mut Tried) {
        match self.ask(bare).await {
            Ok((status, answer)) => {
                tried.add(&format!("{status} without the token"));
                if let Answer::Text(_) = answer {
                    tried.odd(
                        "without the token the text is given as well".to_owned(),
                        "refuse a request without the user's own credentials with 401",
                    );
                }
            }
            Err(trouble) => tried.add(&format!("without the token {trouble}")),
        }
    }

    /// Stores a text for a client that holds none, and fetches it.
    async fn store(&self, client: &str, fetch: &Outgoing, tried: &mut Tried) {
        let run: String = uuid::Uuid::new_v4()
            .simple()
            .to_string()
            .chars()
            .take(8)
            .collect();
        let text = Seal::new(&run, fastrand::u64(..1 << 53), 1).text(0);
        let user = self.users.of(client);
        let store =
            self.told
                .endpoints
                .store(&user, &Credentials::Own, Some(METHOD), &Text::Cipher(&text));
        let Some(store) = store else {
            tried.odd(
                "a store cannot be sent for this client".to_owned(),
                "see [user-share.store] in sharecheck.toml",
            );
            return;
        };
        let sent = self.send(&store).await;
        let status = match sent {
            Ok(reply) => reply.status,
            Err(trouble) => {
                tried.odd(
                    format!("a store: {trouble}"),
                    "see that the endpoint answers",
                );
                return;
            }
        };
        let came = self.ask(fetch).await.map(|(_, answer)| answer);
        let wrong = match came {
            Ok(Answer::Text(back)) if back == text && (200..300).contains(&status) => {
                tried.add(&format!(
                    "a text was stored with {status}, and came back as it was"
                ));
                return;
            }
            Ok(Answer::Text(back)) if back == text => "and is there all the same".to_owned(),
            Ok(Answer::Text(back)) => {
                if maker(&back) == Maker::Somebody {
                    self.strangers.remember(&back);
                }
                let (came, sent) = (back.len(), text.len());
                format!("and {came} bytes came back that are not the {sent} that were stored")
            }
            Ok(Answer::None) => "and then there was none".to_owned(),
            Ok(Answer::Untold(why) | Answer::Unreadable(why)) => {
                format!("and then a fetch was answered with {why}")
            }
            Err(trouble) => format!("and then a fetch: {trouble}"),
        };
        tried.odd(
            format!("a store was answered with {status}, {wrong}"),
            "compare [user-share.store] and [user-share.fetch] with what your app sends",
        );
    }

    async fn ask(&self, request: &Outgoing) -> Result<(u16, Answer), Trouble> {
        let reply = self.send(request).await?;
        Ok((reply.status, self.told.endpoints.read(&reply)))
    }

    async fn send(&self, request: &Outgoing) -> Result<RawReply, Trouble> {
        self.http.post(request.post()).await.outcome
    }
}

/// What to do where an answer shows neither a text nor that there is none.
fn after(status: u16, fetch: &Outgoing) -> &'static str {
    let token = !fetch.shown().headers.is_empty();
    match status {
        401 | 403 if token => {
            "see that the token is that user's, and stands where your app sends it"
        }
        401 | 403 => "send what your app sends: [user-share.fetch] has no headers",
        200..300 => {
            "say in [user-share.fetch] where the text stands (`answer`), and which statuses mean that there is none (`none`)"
        }
        _ => {
            "compare [user-share.fetch] with what your app sends; a status that means that there is none belongs into `none`"
        }
    }
}
