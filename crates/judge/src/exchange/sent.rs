//! What was sent, and in which way it was not what Portal sends.

use super::Webhook;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is done to the webhook secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Secret {
    /// Nothing.
    #[default]
    Right,
    /// No header.
    Missing,
    /// The header with nothing in it.
    Empty,
    /// Another text of the same length.
    Wrong,
    /// All but its last character.
    Prefix,
    /// One character more.
    Extension,
    /// All but its first character.
    Suffix,
    /// One character more before it.
    Prefixed,
    /// Upper and lower case swapped.
    CaseSwapped,
    /// In capitals.
    Upper,
    /// In small letters.
    Lower,
    /// The first character replaced.
    FirstChanged,
    /// The last character replaced.
    LastChanged,
    /// The word `undefined`.
    Undefined,
    /// The word `null`.
    Null,
}

/// How a fetch spells the id of a symbolic client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Spelling {
    /// As it is.
    #[default]
    Exact,
    /// Without its last character.
    Prefix,
    /// Without its first character.
    Suffix,
    /// Its first half.
    Half,
    /// With one character more.
    Extension,
    /// With `-2` behind it.
    Numbered,
    /// Upper and lower case swapped.
    CaseSwapped,
    /// With a space before it.
    LeadingSpace,
    /// With a space behind it.
    TrailingSpace,
    /// With a `%` for its second half.
    Percent,
    /// With an `_` for its last character.
    Underscore,
    /// With a quote and a condition that is always true.
    Quote,
    /// An id that nobody ever had.
    Unknown,
    /// The word `constructor`, by which every object of JavaScript has something.
    Constructor,
    /// The word `__proto__`, likewise.
    Proto,
}

/// The kebab-case name of a variant, as files and reports have it.
fn name<T: Serialize>(value: &T) -> String {
    let value = serde_json::to_value(value).ok();
    let text = value.as_ref().and_then(serde_json::Value::as_str);
    text.unwrap_or_default().to_owned()
}

impl Own {
    /// The path and query of the URL.
    fn path(&self) -> &str {
        let behind = self.url.split_once("://").map_or(&*self.url, |(_, it)| it);
        behind.find('/').map_or("/", |at| &behind[at..])
    }
}

impl std::fmt::Display for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&name(self))
    }
}

impl std::fmt::Display for Spelling {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&name(self))
    }
}

/// Whose credentials an app's request carries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Credentials {
    /// The user's own.
    #[default]
    Own,
    /// None.
    Missing,
    /// Those of the user of another symbolic client.
    Of(String),
}

/// A request to one of the custodian's own endpoints, as it stands in reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Own {
    /// The HTTP method.
    pub method: String,
    /// The whole URL, with `$USER_TOKEN` in the place of the user's token.
    pub url: String,
    /// Its headers, likewise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<String>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// What was sent, without secrets and without the text of a share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sent {
    /// Which webhook.
    pub webhook: Webhook,
    /// The symbolic client.
    pub client: String,
    /// The label of the share that a well-formed store carries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<String>,
    /// The backup method of a well-formed v6 store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The body with labels in place of shares, cut to a few hundred characters.
    pub body: String,
    /// The numbers in the run of the shares that it carries, whatever its form.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub serials: Vec<u32>,
    /// The length of the real body in bytes.
    pub bytes: usize,
    /// What was done to the webhook secret.
    #[serde(default, skip_serializing_if = "is_default")]
    pub secret: Secret,
    /// How the client's id was spelled.
    #[serde(default, skip_serializing_if = "is_default")]
    pub spelling: Spelling,
    /// Another content type than `application/json`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Where it went, if to none of the webhooks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<Own>,
    /// Whose credentials it carried, if it went to none of the webhooks.
    #[serde(default, skip_serializing_if = "is_default")]
    pub credentials: Credentials,
}

impl Sent {
    /// The method and where it went: `POST /backup`.
    pub fn line(&self) -> String {
        match (&self.own, self.webhook.path()) {
            (Some(own), _) => format!("{} {}", own.method, own.path()),
            (None, Some(path)) => format!("POST {path}"),
            (None, None) => "a request to the custodian's own endpoint".to_owned(),
        }
    }

    /// What was unusual about the request, in words; nothing if it was like one of Portal's.
    pub fn oddity(&self) -> Option<String> {
        let secret = (self.secret != Secret::Right).then(|| format!("secret: {}", self.secret));
        let spelling =
            (self.spelling != Spelling::Exact).then(|| format!("client id: {}", self.spelling));
        let kind = self
            .content_type
            .as_ref()
            .map(|kind| format!("content type: {kind}"));
        let credentials = match &self.credentials {
            Credentials::Own => None,
            Credentials::Missing => Some("without the user's credentials".to_owned()),
            Credentials::Of(client) => Some(format!("with the credentials of client {client}")),
        };
        let all = [secret, spelling, kind, credentials];
        let all: Vec<String> = all.into_iter().flatten().collect();
        (!all.is_empty()).then(|| all.join(", "))
    }
}
