//! What came over the wire to symbols: labels for what we sent, lengths for what we did not make. The raw answer
//! goes no further than this.

use super::{Alteration, Found, Reading, Redactor, Reply, excerpt};
use crate::contract::answer::{self, Answer};
use crate::contract::share::{Maker, maker};
use crate::contract::{Contract, wire};
use std::collections::{HashMap, HashSet};
/// What came over the wire, before it becomes symbols.
#[derive(Debug, Default)]
pub struct RawReply {
    /// The HTTP status.
    pub status: u16,
    /// Header names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// What is needed to turn texts into symbols: the shares of one trial, and what was there before it.
#[derive(Debug, Default)]
pub struct Lexicon {
    /// The run's mark.
    pub run: String,
    /// The contract whose form a fetch answer is held to.
    pub contract: Contract,
    /// Serial to label and text, for the shares of this trial.
    pub shares: HashMap<u32, (String, String)>,
    /// For each symbolic client, the texts that its opening fetch brought.
    pub leftovers: HashMap<String, HashSet<String>>,
}

impl Lexicon {
    /// The symbol for a text that came back for this client.
    pub fn found(&self, client: &str, text: &str) -> Found {
        if self
            .leftovers
            .get(client)
            .is_some_and(|texts| texts.contains(text))
        {
            return Found::Leftover;
        }
        match maker(text) {
            Maker::Us(Some(origin)) if origin.run == self.run => self
                .shares
                .get(&origin.serial)
                .map_or(Found::Elsewhere, |(label, sent)| Found::Share {
                    label: label.clone(),
                    altered: alteration(sent, text),
                }),
            Maker::Us(_) => Found::Ours,
            Maker::Debris => Found::Debris,
            Maker::Somebody => Found::Foreign(text.len()),
        }
    }

    /// Reads the body of an answer for this client.
    pub fn read(&self, client: &str, body: &[u8]) -> Reading {
        let Answer {
            form,
            fault,
            texts,
            beside,
            other_keys,
        } = answer::read(body);
        let fault =
            fault.or_else(|| wire::fetch_answer_error(self.contract, &answer::parse(body)?));
        Reading {
            form,
            fault,
            found: texts.iter().map(|text| self.found(client, text)).collect(),
            beside: beside.iter().map(|text| self.found(client, text)).collect(),
            other_keys,
        }
    }
}

/// Turns an answer into symbols; the raw one is dropped here.
pub fn reply(raw: &RawReply, client: &str, lexicon: &Lexicon, redactor: &Redactor) -> Reply {
    let header = |name: &str| {
        raw.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    let content_type = header("content-type")
        .map(|value| value.split(';').next().unwrap_or("").trim().to_lowercase());
    let shown = [
        "location",
        "retry-after",
        "www-authenticate",
        "server",
        "connection",
        "allow",
    ];
    let headers = shown
        .iter()
        .filter_map(|name| {
            Some((
                (*name).to_owned(),
                excerpt::phrase(header(name)?, 200, redactor),
            ))
        })
        .collect();
    let mut reading = lexicon.read(client, &raw.body);
    let all = reading.found.iter().chain(&reading.beside);
    if all.into_iter().any(|it| matches!(it, Found::Foreign(_))) {
        let texts = answer::read(&raw.body).all();
        let foreign = texts.filter(|text| maker(text) == Maker::Somebody);
        foreign.for_each(|text| redactor.strangers().remember(&text));
    }
    for key in &mut reading.other_keys {
        *key = excerpt::phrase(key, 60, redactor);
    }
    let text = String::from_utf8_lossy(&raw.body);
    let leaked =
        redactor.leaks(&text) || raw.headers.iter().any(|(_, value)| redactor.leaks(value));
    Reply {
        status: raw.status,
        content_type: content_type.map(|kind| excerpt::phrase(&kind, 100, redactor)),
        headers,
        reading,
        body: excerpt::of_answer(&raw.body, client, lexicon, redactor),
        bytes: raw.body.len(),
        internals: if leaked {
            Some("the secret".to_owned())
        } else {
            excerpt::internals(&text).map(str::to_owned)
        },
    }
}

/// The body of a request with labels in place of shares, cut short.
pub fn request_excerpt(body: &str, lexicon: &Lexicon, redactor: &Redactor) -> String {
    excerpt::of_request(body, lexicon, redactor)
}

fn alteration(sent: &str, came: &str) -> Option<Alteration> {
    if sent == came {
        return None;
    }
    let bare = |text: &str| {
        text.chars()
            .filter(|c| !c.is_whitespace())
            .collect::<String>()
    };
    let first_difference = sent
        .bytes()
        .zip(came.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    let came_value = serde_json::from_str::<serde_json::Value>(came).ok();
    Some(if sent.starts_with(came) {
        Alteration::Cut(came.len())
    } else if bare(sent) == bare(came) {
        Alteration::WhiteSpace
    } else if came_value.is_some() && came_value == serde_json::from_str(sent).ok() {
        Alteration::Reserialized
    } else {
        Alteration::From(first_difference)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::share::{self, Shape};

    fn lexicon() -> Lexicon {
        let text = share::text("0a1b2c3d", 1, 3, Shape::Plain);
        Lexicon {
            run: "0a1b2c3d".into(),
            shares: HashMap::from([(3, ("old".to_owned(), text))]),
            leftovers: HashMap::from([("a".to_owned(), HashSet::from(["left".to_owned()]))]),
            ..Lexicon::default()
        }
    }

    #[test]
    fn texts_become_symbols() {
        let lexicon = lexicon();
        let own = lexicon.shares[&3].1.clone();
        let share = |altered| Found::Share {
            label: "old".into(),
            altered,
        };
        assert_eq!(lexicon.found("a", &own), share(None));
        assert_eq!(
            lexicon.found("a", &own[..300]),
            share(Some(Alteration::Cut(300)))
        );
        assert_eq!(
            lexicon.found("a", &format!("{own} ")),
            share(Some(Alteration::WhiteSpace))
        );
        assert_eq!(lexicon.found("a", "left"), Found::Leftover);
        assert_eq!(lexicon.found("b", "left"), Found::Foreign(4));
        assert_eq!(
            lexicon.found("a", &share::text("0a1b2c3d", 1, 4, Shape::Plain)),
            Found::Elsewhere
        );
        assert_eq!(
            lexicon.found("a", &share::text("ffffffff", 1, 3, Shape::Plain)),
            Found::Ours
        );
        assert_eq!(lexicon.found("a", "undefined"), Found::Debris);
    }

    #[test]
    fn nothing_foreign_and_no_share_is_kept_of_an_answer() {
        let lexicon = lexicon();
        let own = lexicon.shares[&3].1.clone();
        let body =
            serde_json::json!({ "backupShares": [own, "a real share of somebody"], "note": "ok" });
        let raw = RawReply {
            status: 200,
            headers: vec![],
            body: body.to_string().into_bytes(),
        };
        let reply = reply(&raw, "a", &lexicon, &Redactor::default());
        let kept = serde_json::to_string(&reply).unwrap();
        assert!(
            !kept.contains("real share") && !kept.contains(&own[..60]),
            "{kept}"
        );
        assert!(
            kept.contains("‹share old›")
                && kept.contains("‹24 bytes›")
                && kept.contains("\\\"note\\\":\\\"ok\\\"")
        );
    }
}
