//! An exchange on the page: who sent what, what had to come back, what came.

use super::sign::Text;
use crate::exchange::{Exchange, Found, Reply, Webhook};
use crate::model::act::Act;
use crate::model::finding::{Check, Status};
use crate::model::report::CaseResult;
use crate::render::visible::visible;
use crate::render::words::{number, seconds};
use serde::Serialize;
use std::collections::HashMap;

/// How many colours there are for shares.
const HUES: usize = 8;

/// The colours of a case's shares: one a label, in the order in which they appear.
#[derive(Default)]
pub(super) struct Hues<'a>(HashMap<&'a str, usize>);

impl<'a> Hues<'a> {
    pub(super) fn of(&mut self, label: &'a str) -> usize {
        let next = self.0.len();
        *self.0.entry(label).or_insert(next) % HUES
    }

    /// The shares that an expectation names, such as `old + new`; none where it is something else in words.
    fn known(&self, expected: &'a str) -> Vec<Chip<'a>> {
        let chips = expected.split(" + ").map(|label| {
            let place = self.0.get(label)?;
            Some(Chip {
                label: visible(label),
                hue: Some(place % HUES),
                how: None,
            })
        });
        chips.collect::<Option<_>>().unwrap_or_default()
    }

    /// Every label with its colour.
    pub(super) fn into_labels(self) -> Vec<(Text<'a>, usize)> {
        let mut all: Vec<(&str, usize)> = self.0.into_iter().collect();
        all.sort_by_key(|(_, place)| *place);
        all.into_iter()
            .map(|(label, place)| (visible(label), place % HUES))
            .collect()
    }
}

/// An exchange, or several at once that came to the same.
#[derive(Serialize)]
pub(super) struct Row<'a> {
    /// How many exchanges it stands for.
    count: usize,
    /// `opening`, or the number of its step.
    step: String,
    /// Whether others were under way at the same time.
    at_once: bool,
    /// Whether a failed check points at it.
    shows: bool,
    /// What happened instead of a request.
    act: Option<String>,
    webhook: &'static str,
    /// The HTTP method and path, of an endpoint of the custodian's own.
    line: Option<String>,
    /// The client, where the case has several.
    client: Option<Text<'a>>,
    share: Option<Chip<'a>>,
    method: Option<Text<'a>>,
    oddity: Option<String>,
    /// What had to come back: these shares, or this in words.
    expected_shares: Vec<Chip<'a>>,
    expected: Option<Text<'a>>,
    /// The status, or why there is none.
    answer: String,
    /// `good`, `refused`, `bad`.
    tone: &'static str,
    found: Vec<Chip<'a>>,
    /// What else there is to say of the answer.
    notes: Vec<Text<'a>>,
    /// How long the answer took, of several the longest.
    took: String,
    #[serde(skip)]
    took_us: u64,
    sent_body: Option<Text<'a>>,
    came_body: Option<Text<'a>>,
}

/// A share, or another text that came back.
#[derive(PartialEq, Eq, Serialize)]
pub(super) struct Chip<'a> {
    pub(super) label: Text<'a>,
    pub(super) hue: Option<usize>,
    pub(super) how: Option<String>,
}

impl<'a> Row<'a> {
    /// The exchanges of a case; with bodies where these tell more than the labels do.
    pub(super) fn all(case: &'a CaseResult, hues: &mut Hues<'a>) -> Vec<Self> {
        let shows: Vec<usize> = case
            .checks
            .iter()
            .filter(|check| check.status == Status::Failed)
            .filter_map(Check::exchange)
            .collect();
        let several = case.clients.len() > 1;
        let mut rows: Vec<Self> = Vec::new();
        let mut acts = case.acts.iter().peekable();
        let mut began = false;
        for (index, exchange) in case.exchanges.iter().enumerate() {
            began |= exchange.place.step.is_some();
            let next = exchange.place.step.unwrap_or(usize::MAX);
            while let Some((step, act)) = acts.next_if(|(step, _)| began && **step < next) {
                rows.push(Self::beside(*step, act));
            }
            let shows = shows.contains(&index);
            let whole = shows || is_odd(exchange);
            let at_once = [index.checked_sub(1), Some(index + 1)]
                .into_iter()
                .filter_map(|near| case.exchanges.get(near?))
                .any(|near| is_beside(exchange, near));
            let mut row = Self {
                at_once,
                shows,
                ..Self::of(exchange, hues, whole)
            };
            row.client = row.client.filter(|_| several);
            let mut step = rows.iter_mut().rev().take_while(|it| it.step == row.step);
            match step.find(|it| it.is_like(&row)) {
                Some(like) => like.fold(&row),
                None => rows.push(row),
            }
        }
        rows.extend(acts.map(|(step, act)| Self::beside(*step, act)));
        rows
    }

    /// Something that happened beside the requests.
    fn beside(step: usize, act: &Act) -> Self {
        Self {
            act: Some(act.to_string()),
            step: (step + 1).to_string(),
            count: 1,
            at_once: false,
            shows: false,
            webhook: "",
            line: None,
            client: None,
            share: None,
            method: None,
            oddity: None,
            expected_shares: Vec::new(),
            expected: None,
            answer: String::new(),
            tone: "good",
            found: Vec::new(),
            notes: Vec::new(),
            took: String::new(),
            took_us: 0,
            sent_body: None,
            came_body: None,
        }
    }

    /// Whether nothing is lost if one row stands for both: they ran at once and came to the same.
    fn is_like(&self, other: &Self) -> bool {
        let plain = |it: &Self| it.at_once && !it.shows;
        let sent = |it: &Self| {
            (
                it.webhook,
                it.client.clone(),
                it.method.clone(),
                it.oddity.clone(),
            )
        };
        let due = |it: &Self| {
            (
                it.expected.clone(),
                it.sent_body.clone(),
                it.came_body.clone(),
            )
        };
        plain(self)
            && plain(other)
            && sent(self) == sent(other)
            && due(self) == due(other)
            && self.answer == other.answer
            && self.found == other.found
            && self.notes == other.notes
    }

    fn fold(&mut self, other: &Self) {
        self.count += 1;
        self.took_us = self.took_us.max(other.took_us);
        self.took = seconds(self.took_us / 1000);
    }

    fn of(exchange: &'a Exchange, hues: &mut Hues<'a>, whole: bool) -> Self {
        let sent = &exchange.sent;
        let body = |text: &'a str| (whole && !text.is_empty()).then(|| visible(text));
        let (answer, tone) = answer(exchange);
        let reply = exchange.reply();
        let shares = exchange
            .expected
            .as_deref()
            .map_or_else(Vec::new, |expected| hues.known(expected));
        Self {
            step: exchange
                .place
                .step
                .map_or_else(|| "opening".to_owned(), |step| (step + 1).to_string()),
            count: 1,
            at_once: false,
            shows: false,
            act: None,
            webhook: sent.webhook.verb(),
            line: sent
                .webhook
                .is_own()
                .then(|| visible(&sent.line()).into_owned()),
            client: Some(visible(&sent.client)),
            share: sent.share.as_deref().map(|label| Chip {
                label: visible(label),
                hue: Some(hues.of(label)),
                how: None,
            }),
            method: sent.method.as_deref().map(visible),
            oddity: sent.oddity().map(|it| visible(&it).into_owned()),
            expected: exchange
                .expected
                .as_deref()
                .filter(|_| shares.is_empty())
                .map(visible),
            expected_shares: shares,
            answer,
            tone,
            found: reply.map_or_else(Vec::new, |reply| found(reply, hues)),
            notes: reply.map_or_else(Vec::new, |reply| notes(exchange, reply, whole)),
            took: seconds(exchange.elapsed_us() / 1000),
            took_us: exchange.elapsed_us(),
            sent_body: body(&sent.body),
            came_body: reply.and_then(|reply| body(&reply.body)),
        }
    }
}

/// Whether labels do not tell all of what was sent and what came.
fn is_odd(exchange: &Exchange) -> bool {
    let sent = &exchange.sent;
    let odd = |reply: &Reply| {
        !reply.is_success()
            || sent.webhook == Webhook::Fetch && reply.reading.fault.is_some()
            || !reply.reading.found.is_empty() && !sent.webhook.gives()
    };
    sent.oddity().is_some()
        || !sent.webhook.gives() && sent.share.is_none()
        || exchange.reply().is_some_and(odd)
}

/// Whether two exchanges are of the same step, in lanes of their own.
fn is_beside(one: &Exchange, other: &Exchange) -> bool {
    one.place.step.is_some()
        && one.place.step == other.place.step
        && one.place.lane != other.place.lane
}

fn answer(exchange: &Exchange) -> (String, &'static str) {
    match &exchange.outcome {
        Ok(reply) => {
            let tone = match reply.status {
                200..=299 => "good",
                300..=499 => "refused",
                _ => "bad",
            };
            (reply.status.to_string(), tone)
        }
        Err(trouble) => (visible(&trouble.to_string()).into_owned(), "bad"),
    }
}

fn found<'a>(reply: &'a Reply, hues: &mut Hues<'a>) -> Vec<Chip<'a>> {
    reply
        .reading
        .found
        .iter()
        .map(|found| match found {
            Found::Share { label, altered, .. } => Chip {
                label: visible(label),
                hue: Some(hues.of(label)),
                how: altered.as_ref().map(ToString::to_string),
            },
            Found::Leftover
            | Found::Elsewhere(_)
            | Found::Ours
            | Found::Debris(_)
            | Found::Foreign(_) => Chip {
                label: found.to_string().into(),
                hue: None,
                how: None,
            },
        })
        .collect()
}

/// What the labels do not tell of an answer.
fn notes<'a>(exchange: &Exchange, reply: &'a Reply, whole: bool) -> Vec<Text<'a>> {
    let mut notes = Vec::new();
    if exchange.sent.webhook.gives() && reply.is_success() {
        if reply.reading.found.is_empty() && reply.reading.fault.is_none() {
            notes.push("no share".into());
        }
        let fault = reply.reading.fault.as_ref().map(ToString::to_string);
        notes.extend(fault.map(|fault| visible(&fault).into_owned().into()));
    }
    if let Some(kind) = &reply.content_type
        && kind != "application/json"
    {
        notes.push(visible(kind));
    }
    if let Some(what) = &reply.internals {
        notes.push(format!("shows {}", visible(what)).into());
    }
    if whole && reply.bytes > 0 {
        notes.push(format!("{} bytes", number(reply.bytes)).into());
    }
    notes
}
