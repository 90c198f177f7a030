//! The custodian's own endpoints, which keep the user's half of a backup, as `sharecheck.toml` tells them: each is a template
//! of one request, and becomes one with a user, a method and a text. Knows nothing of what is judged.

mod answer;
mod garbage;
mod json;
mod params;
mod reading;
mod request;
mod section;
mod template;
#[cfg(test)]
mod tests;

pub use answer::Answer;
pub use garbage::Garbage;
pub use reading::Mistake;
pub use request::Message;
pub use section::{SECTION, Section};

use crate::exchange::RawReply;
use crate::http::Post;
use crate::users::User;
use answer::Location;
use request::Request;
use secrecy::ExposeSecret;
use std::str::FromStr;
use template::{Given, Placeholder, Values};

/// What is shown in the place of a token.
pub const TOKEN: &str = "$USER_TOKEN";

/// Who tells Portal that a user share was stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ToldBy {
    /// The backend that stores it. Where nothing is said this is assumed: it is the one that could tell the real Portal of
    /// a backup that does not exist.
    #[default]
    Backend,
    /// The user's app, which nothing here takes the place of.
    App,
}

/// Whose token goes with a request.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// The user's own.
    Own,
    /// None: the header, parameter or key that holds it is left out.
    None,
    /// Another user's, and nothing else of that user.
    Of(User),
}

/// What is to be stored.
#[derive(Clone, Copy, Debug)]
pub enum Text<'a> {
    /// This cipher text.
    Cipher(&'a str),
    /// What is none.
    Garbage(Garbage),
}

/// Both endpoints.
#[derive(Clone, Debug)]
pub struct Endpoints {
    told_by: ToldBy,
    store: Request,
    fetch: Request,
    location: Location,
}

impl Endpoints {
    /// Who tells Portal that a user share was stored.
    pub fn told_by(&self) -> ToldBy {
        self.told_by
    }

    /// What stands in the headers besides placeholders, by their names: some of it may be a credential.
    pub fn literal_headers(&self) -> Vec<(String, String)> {
        let both = [&self.store, &self.fetch].into_iter();
        both.flat_map(Request::literal_headers).collect()
    }

    /// Whether a token goes with any request.
    pub fn has_credentials(&self) -> bool {
        self.store.holds(Placeholder::Token) || self.fetch.holds(Placeholder::Token)
    }

    /// Whether a fetch says whose user share it wants apart from the token, so that one user could ask for another's.
    pub fn names_user(&self) -> bool {
        let named = [Placeholder::User, Placeholder::ClientId];
        named.into_iter().any(|it| self.fetch.holds(it))
    }

    /// Whether a user share can be stored without saying a method: what holds it is a key, a parameter or a header of which it
    /// is the whole value.
    pub fn takes_no_method(&self) -> bool {
        self.store.can_do_without(Placeholder::Method)
    }

    /// The request that stores a text for a user under a method, or without one; nothing where the template cannot say
    /// that.
    pub fn store(
        &self,
        user: &User,
        credentials: &Credentials,
        method: Option<&str>,
        text: &Text<'_>,
    ) -> Option<Outgoing> {
        let text = match text {
            Text::Cipher(text) => Given::Text(text),
            Text::Garbage(garbage) => Given::Garbage(*garbage),
        };
        Outgoing::of(&self.store, user, credentials, method, text)
    }

    /// The request that asks for a user's text under a method; nothing where the template cannot say that, such as for want
    /// of a token.
    pub fn fetch(&self, user: &User, credentials: &Credentials, method: &str) -> Option<Outgoing> {
        let nothing = Given::Nothing;
        Outgoing::of(&self.fetch, user, credentials, Some(method), nothing)
    }

    /// What an answer to a fetch says.
    pub fn read(&self, reply: &RawReply) -> Answer {
        self.location.read(reply)
    }

    /// What a user lacks for these endpoints, in words.
    pub fn lacks(&self, user: &User) -> Option<String> {
        (self.has_credentials() && user.token.is_none()).then(|| {
            format!(
                "[{SECTION}] holds {{token}}, and client {} has none: give it a `token` in the answer of its hook, or in \
                 --clients FILE",
                user.client_id
            )
        })
    }
}

impl FromStr for Endpoints {
    type Err = Mistake;

    /// Reads a text that holds the table `[user-share]`.
    fn from_str(source: &str) -> Result<Self, Mistake> {
        let table = toml::de::DeTable::parse(source).map_err(|error| {
            let span = error.span().unwrap_or_default();
            Mistake::new(span, error.message().trim_end(), "")
        })?;
        let value = table
            .get_ref()
            .get(SECTION)
            .ok_or_else(|| Mistake::new(0..0, format!("there is no [{SECTION}]"), ""))?;
        Section::read(source, value)?.endpoints()
    }
}

/// One request to one of the endpoints. Its `Debug` shows no token.
#[derive(Clone, PartialEq, Eq)]
pub struct Outgoing {
    real: Message,
    shown: Message,
}

impl std::fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Outgoing({})", self.shown)
    }
}

impl Outgoing {
    fn of(
        request: &Request,
        user: &User,
        credentials: &Credentials,
        method: Option<&str>,
        cipher_text: Given<'_>,
    ) -> Option<Self> {
        let none = matches!(credentials, Credentials::None);
        let token = match credentials {
            Credentials::Own => user.token.as_ref(),
            Credentials::Of(other) => other.token.as_ref(),
            Credentials::None => None,
        };
        if token.is_none() && !none && request.holds(Placeholder::Token) {
            return None;
        }
        let values = |token| Values {
            client_id: &user.client_id,
            user: &user.user,
            method: method.map_or(Given::Nothing, Given::Text),
            cipher_text,
            token,
        };
        let real = token.map_or(Given::Nothing, |it| Given::Text(it.expose_secret()));
        let word = token.map_or(Given::Nothing, |_| Given::Word(TOKEN));
        Some(Self {
            real: request.filled(&values(real))?,
            shown: request.filled(&values(word))?,
        })
    }

    /// The request as it is shown: with a word in the place of the token.
    pub fn shown(&self) -> &Message {
        &self.shown
    }

    /// The request as it is sent.
    pub fn post(&self) -> Post {
        let message = self.real.clone();
        Post {
            method: message.method,
            path: message.path,
            headers: message.headers,
            content_type: message.content_type,
            body: message.body,
            ..Post::default()
        }
    }
}
