//! Turns what came over the wire into symbols: labels for what we sent, lengths for what we did not make. The raw
//! answer is dropped here.

use super::{Alteration, Found, Reading, Redactor, Reply, excerpt};
use crate::contract::answer::{self, Answer};
use crate::contract::share::{Maker, maker};
use crate::contract::{Contract, body, wire};
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
                    Some((label, sent)) => Found::Share {
                        label: label.clone(),
                        altered: alteration(sent, text),
                    },
                    // It may come late: a share that is slow to appear is not another client's.
                    None if self.was_here_before(client, origin.serial) => Found::Leftover,
                    None => Found::Elsewhere,
                }
            }
            Maker::Us(_) => Found::Ours,
            Maker::Debris => Found::Debris,
            Maker::Somebody if self.ids.iter().any(|id| text.contains(id)) => Found::Debris,
            Maker::Somebody => Found::Foreign(text.len()),
        }
    }

    /// Whether a share with this number was sent for this client by an earlier trial of the run.
    fn was_here_before(&self, client: &str, serial: u32) -> bool {
        let earlier = self.earlier.get(client).into_iter().flatten();
        earlier.into_iter().any(|serials| serials.contains(&serial))
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
        let found = bounded(texts.iter().map(|text| self.found(client, text)));
        Reading {
            form,
            fault,
            more: texts.len() - found.len(),
            found,
            beside: bounded(beside.iter().map(|text| self.found(client, text))),
            other_keys,
        }
    }
}

/// The symbols without those of which there are enough.
fn bounded(all: impl Iterator<Item = Found>) -> Vec<Found> {
    let mut counts: HashMap<(Option<String>, bool, u8), usize> = HashMap::new();
    let enough = |found: &Found| {
        let (key, most) = match found {
            Found::Share { label, altered } => ((Some(label.clone()), altered.is_some(), 0), ALIKE),
            Found::Leftover => ((None, false, 1), OF_A_KIND),
            Found::Elsewhere => ((None, false, 2), OF_A_KIND),
            Found::Ours => ((None, false, 3), OF_A_KIND),
            Found::Debris => ((None, false, 4), OF_A_KIND),
            Found::Foreign(_) => ((None, false, 5), OF_A_KIND),
        };
        let count = counts.entry(key).or_default();
        *count += 1;
        *count <= most
    };
    all.filter(enough).collect()
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
                excerpt::phrase(header(name)?, 200, lexicon, redactor),
            ))
        })
        .collect();
    let mut reading = lexicon.read(client, &raw.body);
    let all = reading.found.iter().chain(&reading.beside);
    if all.into_iter().any(|it| matches!(it, Found::Foreign(_))) {
        let texts = answer::read(&raw.body).all();
        let foreign = |text: &String| matches!(lexicon.found(client, text), Found::Foreign(_));
        let foreign = texts.filter(foreign);
        foreign.for_each(|text| redactor.strangers().remember(&text));
    }
    let keys = reading.other_keys.iter().take(OF_A_KIND);
    reading.other_keys = keys.map(|key| excerpt::key(key, redactor)).collect();
    let text = String::from_utf8_lossy(&raw.body);
    let leaked =
        redactor.leaks(&text) || raw.headers.iter().any(|(_, value)| redactor.leaks(value));
    Reply {
        status: raw.status,
        content_type: content_type.map(|kind| excerpt::phrase(&kind, 100, lexicon, redactor)),
        headers,
        reading,
        body: excerpt::of_answer(&raw.body, client, lexicon, redactor),
        bytes: raw.body.len(),
        internals: if leaked {
            Some("the secret".to_owned())
        } else {
            excerpt::internals(&text, lexicon).map(str::to_owned)
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
        let reading = lexicon.read("a", body.as_bytes());
        assert_eq!(reading.found.len() + reading.more, 2000);
        let shares = reading
            .found
            .iter()
            .filter(|it| matches!(it, Found::Share { .. }));
        assert_eq!(shares.count(), ALIKE);
        assert!(reading.found.len() <= ALIKE + OF_A_KIND);
    }
}
