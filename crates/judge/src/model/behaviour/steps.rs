//! A case's exchanges as steps that are the same in every run. What depends on timing (answers to requests sent at
//! once, the winner of a race) or on what an earlier run left behind is not told.

use super::{ARROW, Step};
use crate::contract::answer::Form;
use crate::contract::body;
use crate::contract::malformed::Malformed;
use crate::contract::method::UNKNOWN;
use crate::exchange::{Alteration, Exchange, Found, Reply, Sent, Webhook};
use crate::model::report::CaseResult;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// The client and the method under which a share was stored.
type Slot<'a> = (&'a str, &'a str);

/// The script's steps; `untouched` says that the clients held nothing before.
pub(super) fn steps(case: &CaseResult, untouched: bool) -> Vec<Step> {
    let mut by_step: BTreeMap<usize, Vec<&Exchange>> = BTreeMap::new();
    for exchange in &case.exchanges {
        if let Some(step) = exchange.place.step {
            by_step.entry(step).or_default().push(exchange);
        }
    }
    let mut walk = Walk {
        case,
        untouched,
        held: HashSet::new(),
        raced: HashSet::new(),
    };
    let groups = by_step.into_values();
    groups.map(|group| walk.step(&group)).collect()
}

/// What is known of the clients while the steps are gone through.
struct Walk<'a> {
    case: &'a CaseResult,
    untouched: bool,
    held: HashSet<Slot<'a>>,
    raced: HashSet<&'a str>,
}

impl<'a> Walk<'a> {
    fn step(&mut self, group: &[&'a Exchange]) -> Step {
        match group {
            [one] if one.place.lane == 0 && one.place.turn == 0 => self.one(one),
            several => self.at_once(several),
        }
    }

    fn one(&mut self, exchange: &'a Exchange) -> Step {
        let sent = &exchange.sent;
        let held = slot(sent).is_some_and(|slot| self.held.contains(&slot));
        let bare = is_plain_fetch(self.case, sent)
            && !self.held.iter().any(|(client, _)| *client == sent.client);
        let step = Step {
            sent: match (slot(sent), bare) {
                (Some((client, _)), _) => {
                    let verb = if held { "replace" } else { "store" };
                    let label = sent.share.as_deref().unwrap_or_default();
                    format!(
                        "{verb} {client} {} {}{}",
                        method(sent),
                        word(label),
                        odd(sent)
                    )
                }
                (None, true) => format!("fetch {} before any store", sent.client),
                (None, false) if is_fetch(self.case, sent) => {
                    format!("fetch {}{}", sent.client, odd(sent))
                }
                (None, false) => {
                    format!("send {} {}{}", webhook(sent), sent.client, odd(sent))
                }
            },
            came: self.came(exchange, held, bare),
        };
        if exchange.reply().is_some_and(Reply::is_success) {
            self.held.extend(slot(sent));
        }
        step
    }

    /// Nothing of the answers: even which of them succeed may depend on timing. The verdicts tell what counts.
    fn at_once(&mut self, group: &[&'a Exchange]) -> Step {
        let mut kinds = BTreeSet::new();
        for exchange in group {
            let sent = &exchange.sent;
            self.raced.extend(sent.share.as_deref());
            if exchange.reply().is_some_and(Reply::is_success) {
                self.held.extend(slot(sent));
            }
            kinds.insert(match slot(sent) {
                Some((client, _)) => format!("store {client} {}{}", method(sent), odd(sent)),
                None => format!("{} {}{}", webhook(sent), sent.client, odd(sent)),
            });
        }
        let kinds: Vec<String> = kinds.into_iter().collect();
        Step {
            sent: format!("at once: {}", kinds.join(", ")),
            came: None,
        }
    }

    fn came(&self, exchange: &Exchange, held: bool, bare: bool) -> Option<String> {
        let reply = match &exchange.outcome {
            Ok(reply) => reply,
            Err(trouble) => return Some(trouble.to_string()),
        };
        let stored = exchange.sent.webhook == Webhook::Backup && reply.is_success();
        if !self.untouched && stored && !held {
            // 201 or 200 may tell whether an earlier run has left a share in its place.
            return Some(TAKEN.to_owned());
        }
        let nothing_of_this_run = || {
            let found = reply.reading.found.iter();
            let mut left = found.filter(|it| !matches!(it, Found::Leftover | Found::Debris(_)));
            left.next().is_none()
        };
        if !self.untouched && bare && nothing_of_this_run() {
            return None;
        }
        Some(self.answer(reply))
    }

    fn answer(&self, reply: &Reply) -> String {
        let mut parts = vec![reply.status.to_string()];
        let body = shape(reply);
        match &reply.content_type {
            Some(kind) => parts.push(word(kind)),
            None if body == EMPTY => {}
            None => parts.push("without a content type".to_owned()),
        }
        parts.push(body);
        if let Some(what) = &reply.internals {
            parts.push(format!("showing {what}"));
        }
        let found = reply.reading.found.iter();
        let mut labels: Vec<String> = found.filter_map(|found| self.label(found)).collect();
        labels.sort_unstable();
        let labels = counted(&labels);
        if !labels.is_empty() || reply.reading.form != Form::Neither {
            parts.push(format!("[{}]", labels.join(", ")));
        }
        parts.join(" ")
    }

    /// A text of an answer; nothing for what an earlier run or trial has left.
    fn label(&self, found: &Found) -> Option<String> {
        Some(match found {
            Found::Share { label, altered, .. } => {
                let name = if self.raced.contains(label.as_str()) {
                    "one of those stored at once".to_owned()
                } else {
                    word(label)
                };
                match altered {
                    Some(how) => format!("{name} {}", alteration(how)),
                    None => name,
                }
            }
            Found::Leftover => return None,
            Found::Elsewhere(_) => "another client's share".to_owned(),
            Found::Ours => "a share of ours that cannot be placed".to_owned(),
            Found::Debris(_) => "debris".to_owned(),
            Found::Foreign(_) => "a text that we did not make".to_owned(),
        })
    }
}

/// Sorted words, those that are there several times with their number.
fn counted(words: &[String]) -> Vec<String> {
    let groups = words.chunk_by(|a, b| a == b);
    let told = groups.filter_map(|group| match group {
        [] => None,
        [one] => Some(one.clone()),
        [first, ..] => Some(format!("{} × {first}", group.len())),
    });
    told.collect()
}

/// What came of a store that was acknowledged, where the answer may depend on leftovers.
pub(super) const TAKEN: &str = "taken";
const EMPTY: &str = "no body";

/// The shape of a body: which keys, or what else it is.
fn shape(reply: &Reply) -> String {
    let reading = &reply.reading;
    let mut keys: Vec<String> = reading.other_keys.iter().map(|text| key(text)).collect();
    keys.sort_unstable();
    keys.dedup();
    let keys = keys.join(", ");
    let fault = reading.fault.as_ref();
    let named = match reading.form {
        Form::Shares => "backupShares",
        Form::Legacy => "backupShare",
        Form::Both => "backupShares and backupShare",
        Form::Neither => {
            return match fault {
                Some(Malformed::Empty) => EMPTY.to_owned(),
                Some(Malformed::NotJson) => "text".to_owned(),
                Some(Malformed::NotAnObject(kind)) => kind.to_string(),
                Some(Malformed::StringOfJson) => "a string that holds the JSON".to_owned(),
                Some(Malformed::Compressed(coding)) => format!("compressed ({coding})"),
                Some(
                    Malformed::ByteOrderMark
                    | Malformed::BreaksOff
                    | Malformed::LengthInCharacters
                    | Malformed::Envelope
                    | Malformed::NoShares
                    | Malformed::NoShare
                    | Malformed::SharesAre(_)
                    | Malformed::ElementIs(_)
                    | Malformed::ShareIs(_)
                    | Malformed::NoUserShare(_),
                )
                | None => format!("{{{keys}}}"),
            };
        }
    };
    let beside = if keys.is_empty() {
        String::new()
    } else {
        format!(" beside {{{keys}}}")
    };
    let wrong = fault.map(|fault| format!(" ({fault})")).unwrap_or_default();
    format!("{named}{beside}{wrong}")
}

/// A key of an answer; one that looks like an id differs from run to run.
fn key(text: &str) -> String {
    if text.chars().filter(char::is_ascii_digit).count() > 3 {
        "‹id›".to_owned()
    } else {
        word(text)
    }
}

/// A word as it stands if it is plain, otherwise quoted, so that it cannot be mistaken for ours.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./+{}#".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("{text:?}").replace(ARROW.trim(), "\\u{2192}")
}

fn alteration(how: &Alteration) -> &'static str {
    match how {
        Alteration::Cut(_) => "(cut)",
        Alteration::Trimmed { .. } | Alteration::WhiteSpace => "(its white space changed)",
        Alteration::Reserialized => "(parsed and written anew)",
        Alteration::Parsed => "(returned as JSON, not as text)",
        Alteration::Replaced(_) | Alteration::AllReplaced => "(with U+FFFD in it)",
        Alteration::From(_) => "(altered)",
    }
}

fn slot(sent: &Sent) -> Option<Slot<'_>> {
    sent.share.as_ref()?;
    Some((&sent.client, sent.method.as_deref().unwrap_or(UNKNOWN)))
}

fn method(sent: &Sent) -> String {
    sent.method.as_deref().map_or("(v5)".to_owned(), word)
}

fn odd(sent: &Sent) -> String {
    let oddity = sent.oddity();
    oddity.map(|what| format!(" ({what})")).unwrap_or_default()
}

/// Whether it is a fetch as Portal sends it.
pub(super) fn is_plain_fetch(case: &CaseResult, sent: &Sent) -> bool {
    sent.oddity().is_none() && is_fetch(case, sent)
}

/// Whether it is a fetch that names a client in one spelling or another, and not a body of the case's own.
fn is_fetch(case: &CaseResult, sent: &Sent) -> bool {
    let spelled = |what: &str| what.contains("client id: ");
    let id = case.clients.get(&sent.client);
    sent.webhook == Webhook::Fetch
        && (id.is_some_and(|id| sent.body == body::fetch(id))
            || sent.oddity().as_deref().is_some_and(spelled))
}

fn webhook(sent: &Sent) -> &'static str {
    match sent.webhook {
        Webhook::Backup => "backup",
        webhook @ (Webhook::Fetch | Webhook::UserStore | Webhook::UserFetch) => webhook.verb(),
    }
}
