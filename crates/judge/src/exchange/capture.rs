//! Turns what came over the wire into symbols: labels for what we sent, lengths for what we did not make. The raw
//! answer is dropped here.

use super::alteration::alteration;
use super::echo::is_echo;
use super::excerpt::Listener;
use super::{Found, Reading, Redactor, Reply, excerpt, internals};
use crate::contract::answer::{Answer, Form};
use crate::contract::document::Document;
use crate::contract::malformed::Malformed;
use crate::contract::share::{Debris, Maker, maker};
use crate::contract::{Contract, body};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use std::ops::Range;

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

impl RawReply {
    /// The value of a header by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The body, parsed.
    pub fn document(&self) -> Document<'_> {
        Document::with_headers(&self.body, |name| self.header(name))
    }

    /// The body, read as a fetch answer.
    pub fn answer(&self) -> Answer {
        Answer::of(&self.document())
    }

    /// The status that whoever answers means: that in a function's envelope, or else that of HTTP.
    pub fn meant_status(&self) -> u16 {
        self.answer().status.unwrap_or(self.status)
    }
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
    /// For each symbolic client, the serials of the trials that were bound to it before.
    pub earlier: HashMap<String, Vec<Range<u32>>>,
    /// The paths that the run itself requests.
    pub paths: Vec<String>,
    /// Other words that the trial itself sends: client ids and backup methods.
    pub words: HashSet<String>,
    /// The ids of the trial's clients: what holds one is made of a request of ours.
    pub ids: Vec<String>,
}

/// How many texts of an answer are kept that are the same share, altered or not; the judge needs no more.
const ALIKE: usize = 8;
/// How many texts are kept of each kind that is no share of the trial.
const OF_A_KIND: usize = 48;

impl Lexicon {
    /// The paths that a run below this base path requests.
    pub fn paths_below(base: &str) -> Vec<String> {
        let base = base.trim_end_matches('/');
        let paths = ["", body::BACKUP, body::FETCH].map(|path| format!("{base}{path}"));
        paths.into_iter().filter(|path| !path.is_empty()).collect()
    }

    /// Whether a word is a path that the run itself requests.
    pub fn is_path(&self, word: &str) -> bool {
        let path = word.split(['?', '#']).next().unwrap_or_default();
        let path = path.trim_end_matches('/');
        self.paths.iter().any(|own| own == path)
    }

    /// Whether a word of an answer is one that the trial itself has sent.
    pub fn is_ours(&self, word: &str) -> bool {
        self.words.contains(word)
            || self
                .paths
                .iter()
                .any(|own| own == word.trim_end_matches('/'))
    }

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
            Maker::Us(Some(origin)) if origin.run == self.run => {
                match self.shares.get(&origin.serial) {
                    Some((label, sent)) => {
                        let altered = alteration(sent, text);
                        let digest = altered.is_some().then(|| digest(text));
                        Found::Share {
                            label: label.clone(),
                            altered,
                            digest,
                        }
                    }
                    // It may come late: a share that is slow to appear is not another client's.
                    None if self.was_here_before(client, origin.serial) => Found::Leftover,
                    None => Found::Elsewhere(origin.serial),
                }
            }
            Maker::Us(_) => Found::Ours,
            Maker::Debris(what) => Found::Debris(what),
            Maker::Somebody if self.ids.iter().any(|id| text.contains(id)) => {
                Found::Debris(Debris::Echo)
            }
            Maker::Somebody => Found::Foreign(text.len()),
        }
    }

    /// Whether a share with this number was sent for this client by an earlier trial of the run.
    fn was_here_before(&self, client: &str, serial: u32) -> bool {
        let earlier = self.earlier.get(client).into_iter().flatten();
        earlier.into_iter().any(|serials| serials.contains(&serial))
    }
}

impl Listener<'_> {
    /// The symbol for a text of an answer.
    pub(super) fn found(&self, text: &str) -> Found {
        let found = self.lexicon.found(self.client, text);
        match found {
            // A refusal that repeats what it refuses gives nobody's share away.
            Found::Share { .. } | Found::Elsewhere(_) | Found::Ours
                if self.refused && is_echo(self.sent, text) =>
            {
                Found::Debris(Debris::Echo)
            }
            Found::Foreign(_) if is_echo(self.sent, text) => Found::Debris(Debris::Echo),
            Found::Foreign(_)
            | Found::Share { .. }
            | Found::Leftover
            | Found::Elsewhere(_)
            | Found::Ours
            | Found::Debris(_) => found,
        }
    }

    /// Reads the body of an answer. Shares of somebody's are remembered, so that what is written can be looked through
    /// for them.
    fn read(&self, answer: Answer) -> Reading {
        let Answer {
            form,
            fault,
            status: _,
            texts,
            beside,
            other_keys,
        } = answer;
        let contract = self.lexicon.contract;
        let fault = fault.or_else(|| form.lacks(contract));
        let found = |text: &String| {
            let found = self.found(text);
            // The words of a refusal are shown: they must not raise the alarm.
            let words = self.refused && excerpt::shows(text, self.lexicon, self.redactor);
            if matches!(found, Found::Foreign(_)) && !words {
                self.redactor.strangers().remember(text);
            }
            found
        };
        let all = texts.len();
        let found_there = bounded(texts.iter().map(found));
        Reading {
            form,
            fault,
            more: all - found_there.len(),
            found: found_there,
            beside: bounded(beside.iter().map(found)),
            other_keys: other_keys
                .iter()
                .take(OF_A_KIND)
                .map(|key| excerpt::key(key, self.redactor))
                .collect(),
        }
    }
}

/// The figures of a header that tells a limit, with what separates and names them.
fn figures(text: &str) -> String {
    let is_one = |c: &char| c.is_ascii_digit() || ";=,qw ".contains(*c);
    text.chars().filter(is_one).take(60).collect()
}

/// The symbols without those of which there are enough.
fn bounded(all: impl Iterator<Item = Found>) -> Vec<Found> {
    let mut counts: HashMap<(Option<String>, bool, u8), usize> = HashMap::new();
    let enough = |found: &Found| {
        let (key, most) = match found {
            Found::Share { label, altered, .. } => {
                ((Some(label.clone()), altered.is_some(), 0), ALIKE)
            }
            Found::Leftover => ((None, false, 1), OF_A_KIND),
            Found::Elsewhere(_) => ((None, false, 2), OF_A_KIND),
            Found::Ours => ((None, false, 3), OF_A_KIND),
            Found::Debris(_) => ((None, false, 4), OF_A_KIND),
            Found::Foreign(_) => ((None, false, 5), OF_A_KIND),
        };
        let count = counts.entry(key).or_default();
        *count += 1;
        *count <= most
    };
    all.filter(enough).collect()
}

/// What an answer of a custodian's own endpoint holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// It says that there is none.
    None,
    /// The text of a user's share.
    Text(String),
    /// It cannot be read; why, as a clause.
    Unreadable(String),
}

/// The same for an answer of a custodian's own endpoint, in which somebody has found this.
pub fn user_reply(
    raw: &RawReply,
    held: &Held,
    sent: &str,
    client: &str,
    lexicon: &Lexicon,
    redactor: &Redactor,
) -> Reply {
    let mut reply = reply(raw, sent, client, lexicon, redactor);
    let (fault, found) = match held {
        Held::None => (None, None),
        Held::Text(text) => (None, Some(lexicon.found(client, text))),
        Held::Unreadable(why) => (Some(Malformed::NoUserShare(why.clone())), None),
    };
    if let (Held::Text(text), Some(Found::Foreign(_))) = (held, &found) {
        redactor.strangers().remember(text);
    }
    reply.reading = Reading {
        form: Form::Neither,
        fault,
        found: found.into_iter().collect(),
        more: 0,
        // A text elsewhere in the answer is nobody's half, but may be another user's.
        beside: match held {
            Held::Text(_) => Vec::new(),
            Held::None | Held::Unreadable(_) => reply.reading.found,
        },
        other_keys: Vec::new(),
    };
    reply
}

/// Turns an answer to a request with this body into symbols; the raw one is dropped here.
pub fn reply(
    raw: &RawReply,
    sent: &str,
    client: &str,
    lexicon: &Lexicon,
    redactor: &Redactor,
) -> Reply {
    let content_type = raw
        .header("content-type")
        .map(|value| value.split(';').next().unwrap_or("").trim().to_lowercase());
    let shown = [
        "location",
        "retry-after",
        "www-authenticate",
        "server",
        "connection",
        "allow",
        "content-encoding",
    ];
    let limits = [
        "ratelimit-policy",
        "ratelimit-limit",
        "ratelimit-reset",
        "x-ratelimit-limit",
    ];
    let limits = limits
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), figures(raw.header(name)?))));
    let headers = shown
        .iter()
        .filter_map(|name| {
            Some((
                (*name).to_owned(),
                excerpt::phrase(raw.header(name)?, 200, lexicon, redactor),
            ))
        })
        .chain(limits)
        .collect();
    let document = raw.document();
    let answer = Answer::of(&document);
    let status = answer.status.unwrap_or(raw.status);
    let listener = Listener {
        client,
        sent,
        refused: !(200..300).contains(&status),
        lexicon,
        redactor,
    };
    // Whatever the bytes are, a secret in them is a secret.
    let leaked =
        redactor.leaks(&raw.body) || raw.headers.iter().any(|(_, value)| redactor.leaks(value));
    let internals = || internals::internals(document.text.as_deref()?, lexicon);
    Reply {
        status,
        content_type: content_type.map(|kind| excerpt::phrase(&kind, 100, lexicon, redactor)),
        headers,
        reading: listener.read(answer),
        body: listener.excerpt(&document, raw.body.len()),
        bytes: raw.body.len(),
        internals: if leaked {
            Some("the secret".to_owned())
        } else {
            internals().map(str::to_owned)
        },
    }
}

/// The body of a request with labels in place of shares, cut short.
pub fn request_excerpt(body: &str, lexicon: &Lexicon, redactor: &Redactor) -> String {
    excerpt::of_request(body, lexicon, redactor)
}

/// By what two texts that came can be told apart without either.
pub fn digest(text: &str) -> String {
    let mut digits = format!("{:x}", Sha256::digest(text));
    digits.truncate(16);
    digits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::malformed::Coding;
    use crate::contract::share::{self, Shape};
    use crate::exchange::Alteration;

    fn lexicon() -> Lexicon {
        let text = share::text("0a1b2c3d", 1, 3, Shape::Plain);
        Lexicon {
            run: "0a1b2c3d".into(),
            shares: HashMap::from([(3, ("old".to_owned(), text))]),
            leftovers: HashMap::from([("a".to_owned(), HashSet::from(["left".to_owned()]))]),
            ..Lexicon::default()
        }
    }

    fn heard(lexicon: &Lexicon, status: u16, sent: &str, body: &str) -> Reply {
        let raw = RawReply {
            status,
            headers: vec![],
            body: body.as_bytes().to_vec(),
        };
        reply(&raw, sent, "a", lexicon, &Redactor::default())
    }

    #[test]
    fn a_refusal_that_repeats_the_request_holds_nobodys_share() {
        let lexicon = lexicon();
        let own = &lexicon.shares[&3].1;
        let odd = format!(
            r#"{{"padding":"{}","share":"x"}}"#,
            "90210777333111".repeat(40)
        );
        for sent in [body::store("c1", own, Some("PASSKEY")), odd] {
            let once = serde_json::to_string(&sent[..500]).unwrap();
            for input in [&sent[..500], &sent[20..520], &once] {
                let body = serde_json::json!({ "detail": [{ "loc": ["body"], "input": input }] });
                let redactor = Redactor::default();
                let raw = RawReply {
                    status: 422,
                    headers: vec![],
                    body: body.to_string().into_bytes(),
                };
                let reply = reply(&raw, &sent, "a", &lexicon, &redactor);
                let foreign = |found: &Found| !matches!(found, Found::Debris(_));
                assert!(
                    !reply.reading.found.iter().any(foreign),
                    "{:?}",
                    reply.reading
                );
                assert!(!redactor.strangers().shown_in(&sent));
            }
        }
        // A share that was not sent is no echo, and in an answer of success an echo is what it is.
        let other = share::text("0a1b2c3d", 1, 4, Shape::Plain);
        let came = |status, text: &str| {
            let body = serde_json::json!({ "input": text }).to_string();
            heard(&lexicon, status, &body::store("c1", own, None), &body)
                .reading
                .found
        };
        assert_eq!(came(422, &other), [Found::Elsewhere(4)]);
        assert_eq!(came(422, r#"{"p":1}"#), [Found::Foreign(7)]);
        let label = "old".to_owned();
        assert_eq!(
            came(200, own),
            [Found::Share {
                label,
                altered: None,
                digest: None,
            }]
        );
    }

    #[test]
    fn compressed_bytes_show_no_file_paths() {
        let lexicon = lexicon();
        let raw = RawReply {
            status: 200,
            headers: vec![("content-encoding".to_owned(), "gzip".to_owned())],
            body: b"\x1f\x8b\x08\0\0\0\0\0 /usr/lib/x ".to_vec(),
        };
        let reply = reply(&raw, "", "a", &lexicon, &Redactor::default());
        assert_eq!(reply.internals, None);
        assert_eq!(reply.body, "‹20 bytes, not text›");
        let fault = Malformed::Compressed(Coding::Gzip);
        assert_eq!(reply.reading.fault, Some(fault));
    }

    #[test]
    fn texts_become_symbols() {
        let lexicon = lexicon();
        let own = lexicon.shares[&3].1.clone();
        let share = |altered, digest| Found::Share {
            label: "old".into(),
            altered,
            digest,
        };
        assert_eq!(lexicon.found("a", &own), share(None, None));
        let cut = &own[..300];
        let how = Some(Alteration::Cut(300));
        assert_eq!(lexicon.found("a", cut), share(how, Some(digest(cut))));
        let longer = format!("{own} ");
        let how = Some(Alteration::WhiteSpace);
        assert_eq!(
            lexicon.found("a", &longer),
            share(how, Some(digest(&longer)))
        );
        assert_eq!(lexicon.found("a", "left"), Found::Leftover);
        assert_eq!(lexicon.found("b", "left"), Found::Foreign(4));
        assert_eq!(
            lexicon.found("a", &share::text("0a1b2c3d", 1, 4, Shape::Plain)),
            Found::Elsewhere(4)
        );
        assert_eq!(
            lexicon.found("a", &share::text("ffffffff", 1, 3, Shape::Plain)),
            Found::Ours
        );
        let word = Debris::Word("undefined".to_owned());
        assert_eq!(lexicon.found("a", "undefined"), Found::Debris(word));
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
        let reply = reply(&raw, "", "a", &lexicon, &Redactor::default());
        let kept = serde_json::to_string(&reply).unwrap();
        assert!(
            !kept.contains("real share") && !kept.contains(&own[..60]),
            "{kept}"
        );
        assert!(
            kept.contains("‹share old›")
                && kept.contains("‹24 bytes›")
                && kept.contains("\\\"note\\\":\\\"‹2 bytes›\\\"")
        );
    }

    #[test]
    fn an_answer_of_very_many_texts_is_kept_short() {
        let lexicon = lexicon();
        let own = &lexicon.shares[&3].1;
        let mut texts = vec!["x"; 1000];
        texts.extend([own.as_str(); 1000]);
        let body = serde_json::json!({ "backupShares": texts }).to_string();
        let reading = heard(&lexicon, 200, "", &body).reading;
        assert_eq!(reading.found.len() + reading.more, 2000);
        let shares = reading
            .found
            .iter()
            .filter(|it| matches!(it, Found::Share { .. }));
        assert_eq!(shares.count(), ALIKE);
        assert!(reading.found.len() <= ALIKE + OF_A_KIND);
    }
}
