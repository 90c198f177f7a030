//! A request of a script as it goes over the wire, for a bound client: the body filled in, the secret
//! spoiled as the case wants it.

use crate::contract::{body, method};
use crate::exchange::Redactor;
use crate::exchange::{Credentials, Secret, Spelling};
use crate::exchange::{Lexicon, Sent, Webhook, request_excerpt};
use crate::http::Post;
use crate::model::trial::{Body, Request, Trial};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashSet};

/// A store with a shorter body than this is like Portal's own.
const ORDINARY: usize = 8 << 10;

/// What fills the placeholders of a trial's requests.
pub(super) struct Filling<'a> {
    /// Two hexadecimal digits of the run's id.
    pub(super) nonce: &'a str,
    pub(super) bound: &'a BTreeMap<String, String>,
    pub(super) texts: &'a BTreeMap<String, String>,
    pub(super) secret: &'a str,
}

/// What `{nonce}` stands for in the run with this mark.
pub(super) fn nonce(run: &str) -> &str {
    run.get(..2).unwrap_or_default()
}

/// The words that an answer may repeat: the ids of a trial's clients, and backup methods.
pub(super) fn words(trial: &Trial, bound: &BTreeMap<String, String>, run: &str) -> HashSet<String> {
    let requests = trial.script.iter().flat_map(|step| step.action.lanes());
    let methods = requests
        .flatten()
        .filter_map(|request| match &request.body {
            Body::Store { method, .. } => Some(method.as_ref()?.replace("{nonce}", nonce(run))),
            Body::UserStore { method, .. } => method.clone(),
            Body::UserFetch { method, .. } => Some(method.clone()),
            Body::Fetch { .. } | Body::Raw(_) => None,
        });
    let named = method::DOCUMENTED.iter().chain(&method::BARE);
    let named = named.copied().chain([method::UNKNOWN]).map(str::to_owned);
    let ids = bound.values().cloned();
    ids.chain(methods).chain(named).collect()
}

/// Why a trial cannot be run as it is written, if so.
pub(super) fn not_applicable(trial: &Trial, filling: &Filling<'_>) -> Option<String> {
    let requests = || {
        trial
            .script
            .iter()
            .flat_map(|step| step.action.lanes())
            .flatten()
    };
    requests().find_map(|request| {
        if request.secret != Secret::Right && spoiled(request.secret, filling.secret).is_none() {
            return Some("the secret cannot be spoiled in this way".to_owned());
        }
        let id = filling.bound.get(&request.client)?;
        match request.body {
            Body::Fetch { spelling, .. }
                if spelling != Spelling::Exact && spelled(id, spelling) == *id =>
            {
                Some("the client id has no such other spelling".to_owned())
            }
            Body::Fetch { .. }
            | Body::Store { .. }
            | Body::Raw(_)
            | Body::UserStore { .. }
            | Body::UserFetch { .. } => None,
        }
    })
}

/// The request, and what is kept of it.
pub(super) fn compose(
    request: &Request,
    filling: &Filling<'_>,
    lexicon: &Lexicon,
    redactor: &Redactor,
) -> (Post, Sent) {
    let id = filling
        .bound
        .get(&request.client)
        .map(String::as_str)
        .unwrap_or_default();
    let text = |label: &str| {
        filling
            .texts
            .get(label)
            .map(String::as_str)
            .unwrap_or_default()
    };
    let body = match &request.body {
        Body::Store {
            method,
            label,
            extra_keys,
        } => {
            let method = method
                .as_ref()
                .map(|method| method.replace("{nonce}", filling.nonce));
            let plain = body::store(id, text(label), method.as_deref());
            if *extra_keys {
                with_extra_keys(&plain)
            } else {
                plain
            }
        }
        Body::Fetch {
            spelling,
            extra_keys,
        } => {
            let plain = body::fetch(&spelled(id, *spelling));
            if *extra_keys {
                with_extra_keys(&plain)
            } else {
                plain
            }
        }
        Body::Raw(template) => fill(template, filling, id),
        // They go another way, see `half`.
        Body::UserStore { .. } | Body::UserFetch { .. } => String::new(),
    };
    let path = request.webhook.path().unwrap_or_default().to_owned();
    let mut headers = Vec::new();
    if request.secret != Secret::Missing {
        let value = spoiled(request.secret, filling.secret).unwrap_or_default();
        headers.push((body::SECRET_HEADER.to_owned(), value));
    }
    let (share, method) = match &request.body {
        Body::Store { method, label, .. } => (Some(label.clone()), method.clone()),
        Body::Fetch { .. } | Body::Raw(_) | Body::UserStore { .. } | Body::UserFetch { .. } => {
            (None, None)
        }
    };
    let sent = Sent {
        webhook: request.webhook,
        client: request.client.clone(),
        share,
        method,
        body: request_excerpt(&body, lexicon, redactor),
        serials: serials(&request.carries(), lexicon),
        bytes: body.len(),
        secret: request.secret,
        spelling: match request.body {
            Body::Fetch { spelling, .. } => spelling,
            Body::Store { .. } | Body::Raw(_) | Body::UserStore { .. } | Body::UserFetch { .. } => {
                Spelling::Exact
            }
        },
        content_type: request.content_type.clone(),
        own: None,
        credentials: Credentials::Own,
    };
    let content_type = request
        .content_type
        .clone()
        .unwrap_or_else(|| "application/json".to_owned());
    (
        Post {
            path,
            headers,
            content_type,
            parted: inside_a_character(&body).filter(|_| request.is_plain_store()),
            alone: !(request.is_plain_fetch() || request.is_plain_store() && body.len() < ORDINARY),
            body,
            ..Post::default()
        },
        sent,
    )
}

/// The numbers of the shares with these labels.
pub(super) fn serials(labels: &[String], lexicon: &Lexicon) -> Vec<u32> {
    let all = lexicon.shares.iter();
    let carried = all.filter(|(_, (label, _))| labels.contains(label));
    let mut serials: Vec<u32> = carried.map(|(serial, _)| *serial).collect();
    serials.sort_unstable();
    serials
}

/// A place about half way through a body that lies inside a character, where most of it is beyond ASCII: who decodes each
/// piece of a body by itself loses that character.
fn inside_a_character(body: &str) -> Option<usize> {
    let beyond = body.bytes().filter(|byte| !byte.is_ascii()).count();
    if beyond * 2 < body.len() {
        return None;
    }
    let middle = body.len() / 2;
    let mut wide = body.char_indices().filter(|(_, c)| c.len_utf8() > 1);
    let (at, _) = wide.find(|(at, _)| *at >= middle)?;
    Some(at + 1)
}

/// What is kept of an opening fetch.
pub(super) fn opening(client: &str, id: &str) -> Sent {
    let body = body::fetch(id);
    Sent {
        webhook: Webhook::Fetch,
        client: client.to_owned(),
        share: None,
        method: None,
        serials: Vec::new(),
        bytes: body.len(),
        body,
        secret: Secret::Right,
        spelling: Spelling::Exact,
        content_type: None,
        own: None,
        credentials: Credentials::Own,
    }
}

/// The header's value for a spoiled secret; none where this secret cannot be spoiled so.
fn spoiled(how: Secret, secret: &str) -> Option<String> {
    let other = |c: char| if c == 'x' { 'y' } else { 'x' };
    let all_but = |count: usize| secret.chars().take(count).collect::<String>();
    let length = secret.chars().count();
    let spoiled = match how {
        Secret::Right => secret.to_owned(),
        Secret::Empty | Secret::Missing => String::new(),
        Secret::Wrong => secret.chars().map(other).collect(),
        Secret::Prefix | Secret::Suffix if length < 2 => return None,
        Secret::Prefix => all_but(length - 1),
        Secret::Extension => format!("{secret}x"),
        Secret::Suffix => secret.chars().skip(1).collect(),
        Secret::Prefixed => format!("x{secret}"),
        Secret::CaseSwapped => swap_case(secret),
        Secret::Upper => secret.to_ascii_uppercase(),
        Secret::Lower => secret.to_ascii_lowercase(),
        Secret::FirstChanged => secret
            .chars()
            .enumerate()
            .map(|(i, c)| if i == 0 { other(c) } else { c })
            .collect(),
        Secret::LastChanged => {
            let last = secret.chars().last().map(other)?;
            format!("{}{last}", all_but(length - 1))
        }
        Secret::Undefined => "undefined".to_owned(),
        Secret::Null => "null".to_owned(),
    };
    let trimmed_the_same = how != Secret::Right && spoiled.trim() == secret.trim();
    (!trimmed_the_same).then_some(spoiled)
}

fn swap_case(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_ascii_lowercase() {
                c.to_ascii_uppercase()
            } else {
                c.to_ascii_lowercase()
            }
        })
        .collect()
}

/// A client id as a fetch spells it.
fn spelled(id: &str, how: Spelling) -> String {
    let length = id.chars().count();
    let first = |count: usize| id.chars().take(count).collect::<String>();
    match how {
        Spelling::Exact => id.to_owned(),
        Spelling::Prefix => first(length.saturating_sub(1)),
        Spelling::Suffix => id.chars().skip(1).collect(),
        Spelling::Half => first(length / 2),
        Spelling::Extension => format!("{id}0"),
        Spelling::Numbered => format!("{id}-2"),
        Spelling::CaseSwapped => swap_case(id),
        Spelling::LeadingSpace => format!(" {id}"),
        Spelling::TrailingSpace => format!("{id} "),
        Spelling::Percent => format!("{}%", first(length / 2)),
        Spelling::Underscore => format!("{}_", first(length.saturating_sub(1))),
        Spelling::Quote => format!("{id}' OR '1'='1"),
        Spelling::Unknown => format!("nobody-{}", uuid::Uuid::new_v4()),
        Spelling::Constructor => "constructor".to_owned(),
        Spelling::Proto => "__proto__".to_owned(),
    }
}

fn with_extra_keys(body: &str) -> String {
    match serde_json::from_str(body) {
        Ok(Value::Object(mut map)) => {
            map.insert("sdkVersion".to_owned(), json!("9.9.9"));
            map.insert("custodianId".to_owned(), json!(null));
            map.insert(
                "context".to_owned(),
                json!({ "chains": ["eip155:1"], "attempt": 1 }),
            );
            Value::Object(map).to_string()
        }
        _ => body.to_owned(),
    }
}

/// Fills a template: `<client>`, `<client b>`, `<share L>` as JSON strings, `<raw …>` bare.
fn fill(template: &str, filling: &Filling<'_>, id: &str) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(start) = rest.find('<') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let Some(end) = rest.find('>') else { break };
        let inner = &rest[1..end];
        let (bare, raw) = inner
            .strip_prefix("raw ")
            .map_or((inner, false), |bare| (bare, true));
        let text = match bare.split_once(' ') {
            None if bare == "client" => Some(id),
            Some(("client", name)) => filling.bound.get(name).map(String::as_str),
            Some(("share", label)) => filling.texts.get(label).map(String::as_str),
            _ => None,
        };
        match text {
            Some(text) if raw => {
                let quoted = Value::String(text.to_owned()).to_string();
                out.push_str(&quoted[1..quoted.len() - 1]);
            }
            Some(text) => out.push_str(&Value::String(text.to_owned()).to_string()),
            None => out.push_str(&rest[..=end]),
        }
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::share::{self, Shape};
    use rstest::rstest;

    #[rstest]
    #[case(Secret::Wrong)]
    #[case(Secret::Empty)]
    #[case(Secret::Prefix)]
    #[case(Secret::Extension)]
    #[case(Secret::Suffix)]
    #[case(Secret::Prefixed)]
    #[case(Secret::CaseSwapped)]
    #[case(Secret::Upper)]
    #[case(Secret::Lower)]
    #[case(Secret::FirstChanged)]
    #[case(Secret::LastChanged)]
    fn a_spoiled_secret_is_never_the_right_one(#[case] how: Secret) {
        for secret in ["hunter2", "X", "xyz", "s3cr3t-Ünicode"] {
            assert_ne!(spoiled(how, secret).as_deref(), Some(secret));
        }
        assert_eq!(spoiled(Secret::CaseSwapped, "1234"), None);
    }

    #[test]
    fn a_body_that_is_mostly_beyond_ascii_is_parted_inside_a_character_whatever_its_length() {
        for shape in [Shape::Dense, Shape::Throughout, Shape::Wide64k] {
            let body = body::store("test-1", &share::text("0a1b2c3d", 1, 3, shape), None);
            let at = inside_a_character(&body).unwrap();
            assert!(!body.is_char_boundary(at), "{shape:?}");
        }
        for shape in [Shape::Plain, Shape::Unicode, Shape::Size64k] {
            let body = body::store("test-1", &share::text("0a1b2c3d", 1, 3, shape), None);
            assert_eq!(inside_a_character(&body), None, "{shape:?}");
        }
    }

    #[test]
    fn placeholders_become_json_strings_or_bare_text() {
        let bound = BTreeMap::from([
            ("a".to_owned(), "id-\"1\"".to_owned()),
            ("b".to_owned(), "id-2".to_owned()),
        ]);
        let texts = BTreeMap::from([("new".to_owned(), "{\"x\":1}".to_owned())]);
        let filling = Filling {
            nonce: "7f",
            bound: &bound,
            texts: &texts,
            secret: "s",
        };
        assert_eq!(
            fill(
                r#"{"clientId":<client>,"b":<client b>,"share":<share new>,"raw":"<raw share new>","lt":"<b>"}"#,
                &filling,
                "id-\"1\""
            ),
            r#"{"clientId":"id-\"1\"","b":"id-2","share":"{\"x\":1}","raw":"{\"x\":1}","lt":"<b>"}"#
        );
    }
}
