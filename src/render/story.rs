//! The story of a failed check: what was sent, step after step, until the answer that shows it. What ran at once is one
//! step of it, and beside it stands the one request of it that shows what is wrong. So is what happens beside the requests.

use super::broken::Sighting;
use super::page::cut;
use super::said::said;
use super::visible::visible;
use super::words::{many, number};
use crate::exchange::{Exchange, Found, Webhook};
use crate::model::act::Act;
use crate::model::finding::Check;
use crate::model::report::CaseResult;
use std::collections::{BTreeMap, BTreeSet};

/// So many steps are told at the most: the last ones, since the ones before them went well.
const MOST_STEPS: usize = 6;

/// An answer that is no longer is not cut, wherever the story stands; in bytes.
const SHORT: usize = 30;

/// So many shares are named at the most.
const MOST_SHARES: usize = 5;

/// What happened, in the order in which it did.
pub(super) struct Story<'a> {
    /// How many steps came before these.
    pub(super) before: usize,
    /// The steps; the last one shows what is wrong.
    pub(super) steps: Vec<Step<'a>>,
    /// What a refusal or a failure that is wrong says of itself.
    pub(super) said: Option<String>,
}

/// A step of it.
pub(super) struct Step<'a> {
    /// Its number in the case, from 1; none for the look at the end of the run.
    pub(super) number: Option<usize>,
    /// `store`, `fetch`, how many of them ran at once, or what else happened, in words.
    pub(super) what: String,
    /// Whether it is no request.
    pub(super) is_act: bool,
    /// The share that was sent.
    pub(super) share: Option<&'a str>,
    /// Under which method, or what is odd about the request.
    pub(super) with: Option<String>,
    /// The client, where the story has several.
    pub(super) client: Option<&'a str>,
    /// What had to come: the labels of shares, or this in words.
    pub(super) expected: Option<&'a str>,
    /// The status, or why there is none.
    pub(super) answer: String,
    /// The shares that came.
    pub(super) came: Vec<Came<'a>>,
    /// Whether this is what shows what is wrong.
    pub(super) wrong: bool,
}

/// Something that came back.
pub(super) struct Came<'a> {
    /// The share's label, if it is one as it was sent.
    pub(super) share: Option<&'a str>,
    /// The label, or what it is.
    pub(super) label: String,
    /// Whether it had to come.
    pub(super) odd: bool,
}

impl<'a> Story<'a> {
    /// Of a failed check; none where no exchange shows it.
    pub(super) fn of(sighting: &Sighting<'a>) -> Option<Self> {
        let shows = sighting.exchange()?;
        let case = sighting.case;
        let all = &case.exchanges;
        let at = all.iter().position(|it| std::ptr::eq(it, shows))?;
        let groups = groups(case, at);
        let mut clients = all[..=at].iter().filter(|it| it.place.step.is_some());
        let context = Context {
            several: clients.any(|it| it.sent.client != shows.sent.client),
            labels: all
                .iter()
                .filter_map(|it| it.sent.share.as_deref())
                .collect(),
            shows,
            due: sighting.check.expected.as_deref(),
        };
        let mut steps = Vec::new();
        for (step, (exchanges, act)) in &groups {
            let is_raced = |it: &&Exchange| it.place.step == Some(*step) && it.place.lane > 0;
            let raced = exchanges.len() > 1 && all.iter().any(|it| is_raced(&it));
            if raced {
                steps.push(Step::at_once(*step, exchanges));
            }
            let single = exchanges
                .iter()
                .filter(|it| !raced || std::ptr::eq(**it, shows));
            steps.extend(single.map(|it| Step::of(it, &context)));
            steps.extend(act.map(|it| Step::beside(*step, it)));
        }
        if shows.place.step.is_none() {
            steps.push(Step::of(shows, &context));
        }
        let before = steps.len().saturating_sub(MOST_STEPS);
        steps.drain(..before);
        Some(Self {
            before,
            steps,
            said: said(shows),
        })
    }

    /// What the check wants to see and what it saw, as far as the last step does not tell that.
    pub(super) fn untold<'b>(&self, check: &'b Check) -> (Option<&'b str>, Option<&'b str>) {
        let last = self.steps.iter().rfind(|it| it.wrong);
        let came = |seen: &str| {
            last.is_some_and(|it| {
                it.labels() == seen || it.answer.ends_with(seen) && seen.len() <= SHORT
            })
        };
        // In whatever order shares are named.
        let parts = |text: &str| {
            text.split(" + ")
                .map(str::to_owned)
                .collect::<BTreeSet<_>>()
        };
        let told = last.and_then(|it| it.expected);
        let due = |wanted: &str| told.is_some_and(|it| parts(it) == parts(wanted));
        let observed = check.observed.as_deref().filter(|it| !came(it));
        let expected = check.expected.as_deref();
        // One without the other is half of it.
        (
            expected.filter(|it| observed.is_some() || !due(it)),
            observed,
        )
    }

    /// As lines of text, in columns, none longer than this; a mark stands before the one that shows what is wrong. Whether
    /// what was expected had to be left out, lest what came be cut.
    pub(super) fn lines(&self, room: usize) -> (Vec<String>, bool) {
        let mut cells: Vec<[String; 3]> = self.steps.iter().map(Step::cells).collect();
        let whole = self.in_columns(&cells, room);
        for row in &mut cells {
            row[1].clear();
        }
        let narrow = self.in_columns(&cells, room);
        let fits = |lines: &[String]| {
            let mut rows = lines.iter().zip(&self.steps);
            rows.all(|(line, step)| !step.wrong || line.chars().count() <= room)
        };
        let shortened = !fits(&whole) && fits(&narrow);
        let lines = if shortened { narrow } else { whole };
        let before = (self.before > 0).then(|| format!("  … after {}", many(self.before, "step")));
        let lines = lines.iter().map(|line| cut(line, room));
        (before.into_iter().chain(lines).collect(), shortened)
    }

    /// Rows as lines; only the last column may be of any length.
    fn in_columns(&self, cells: &[[String; 3]], room: usize) -> Vec<String> {
        // What happens beside requests has the line for itself.
        let rows = cells.iter().zip(&self.steps);
        let width = |column: usize, most: usize| {
            let requests = rows.clone().filter(|(_, step)| !step.is_act);
            let widths = requests.map(|(row, _)| row[column].chars().count());
            widths.max().unwrap_or_default().min(most)
        };
        let (first, second) = (width(0, room / 2), width(1, room / 3));
        let gap = if second > 0 { "  " } else { "" };
        let line = |([sent, expected, came], step): (&[String; 3], &Step<'_>)| {
            let mark = if step.wrong { "✕" } else { " " };
            if step.is_act {
                return format!("{mark} {sent}");
            }
            let (sent, expected) = (cut(sent, first), cut(expected, second));
            let line = format!("{mark} {sent:<first$}  {expected:<second$}{gap}{came}");
            line.trim_end().to_owned()
        };
        rows.clone().map(line).collect()
    }
}

/// What happens in a step: its requests, and what happens beside them.
type Group<'a> = (Vec<&'a Exchange>, Option<&'a Act>);

/// The steps of a case up to the exchange with this index.
fn groups(case: &CaseResult, at: usize) -> BTreeMap<usize, Group<'_>> {
    let until = case.exchanges[at].place.step;
    let mut groups: BTreeMap<usize, Group<'_>> = BTreeMap::new();
    for (index, exchange) in case.exchanges.iter().enumerate() {
        let Some(step) = exchange.place.step else {
            continue;
        };
        // Both requests of a recovery belong to what came of it.
        let recovery = matches!(case.acts.get(&step), Some(Act::Recover { .. }));
        if index <= at || until == Some(step) && recovery {
            groups.entry(step).or_default().0.push(exchange);
        }
    }
    let acts = case.acts.iter();
    for (step, act) in acts.filter(|(step, _)| until.is_none_or(|it| **step <= it)) {
        groups.entry(*step).or_default().1 = Some(act);
    }
    groups
}

/// What all steps of a story are told by.
struct Context<'a> {
    /// Whether it has several clients.
    several: bool,
    /// The labels of the shares that its case sends.
    labels: BTreeSet<&'a str>,
    /// The exchange that shows what is wrong.
    shows: &'a Exchange,
    /// What the check wants to see in it.
    due: Option<&'a str>,
}

impl Context<'_> {
    /// Whether an expectation names shares, or says that none may come; else it cannot be told which of those that came
    /// are odd.
    fn tells(&self, expected: &str) -> bool {
        let mut labels = expected.split(" + ");
        expected.contains("no share") || labels.all(|it| self.labels.contains(it))
    }
}

impl<'a> Step<'a> {
    fn of(exchange: &'a Exchange, context: &Context<'a>) -> Self {
        let sent = &exchange.sent;
        let wrong = std::ptr::eq(exchange, context.shows);
        let fetch = sent.webhook.gives();
        let scripted = exchange.expected.as_deref();
        let expected = match scripted {
            Some(it) if wrong && !context.tells(it) => context.due.or(scripted),
            None if wrong => context.due,
            _ => scripted,
        };
        let clear = expected.is_some_and(|it| context.tells(it));
        let oddity = sent.oddity().map(|it| visible(&it).into_owned());
        let method = sent.method.as_deref().map(|it| visible(it).into_owned());
        let due: Vec<&str> = expected.map_or_else(Vec::new, |it| it.split(" + ").collect());
        let came = exchange.reply().map_or_else(Vec::new, |reply| {
            let mut left = due.clone();
            let found = reply.reading.found.iter();
            found
                .map(|found| {
                    let share = share(found);
                    let place = left.iter().position(|it| Some(*it) == share);
                    let odd = wrong && fetch && clear && place.is_none();
                    place.map(|at| left.remove(at));
                    let label = share.map_or_else(|| found.to_string(), str::to_owned);
                    Came {
                        share,
                        label: visible(&label).into_owned(),
                        odd,
                    }
                })
                .collect()
        });
        Self {
            number: exchange.place.step.map(|step| step + 1),
            what: sent.webhook.verb().to_owned(),
            is_act: false,
            share: sent.share.as_deref(),
            with: match (method, oddity) {
                (Some(method), Some(oddity)) => Some(format!("{method}, {oddity}")),
                (method, oddity) => method.or(oddity),
            },
            client: context.several.then_some(sent.client.as_str()),
            // That a store is to be acknowledged, and that a fetch brings what was, goes without saying.
            expected: expected.filter(|it| match sent.webhook {
                Webhook::Fetch => wrong || *it != "what was acknowledged",
                Webhook::Backup | Webhook::UserStore | Webhook::UserFetch => *it != "a 2xx",
            }),
            answer: answer(exchange),
            came,
            wrong,
        }
    }

    /// What happens beside requests.
    fn beside(step: usize, act: &Act) -> Self {
        Self {
            number: Some(step + 1),
            what: act.to_string(),
            is_act: true,
            share: None,
            with: None,
            client: None,
            expected: None,
            answer: String::new(),
            came: Vec::new(),
            wrong: false,
        }
    }

    /// Several requests that ran at once.
    fn at_once(step: usize, exchanges: &[&'a Exchange]) -> Self {
        let gives = exchanges.iter().filter(|it| it.sent.webhook.gives());
        let fetches = gives.count();
        let stores = exchanges.len() - fetches;
        let what = match (stores, fetches) {
            (stores, 0) => many(stores, "store"),
            (0, 1) => "1 fetch".to_owned(),
            (0, fetches) => format!("{} fetches", number(fetches)),
            (stores, 1) => format!("{} and 1 fetch", many(stores, "store")),
            (stores, fetches) => {
                format!("{} and {} fetches", many(stores, "store"), number(fetches))
            }
        };
        let mut answers: BTreeMap<String, usize> = BTreeMap::new();
        for exchange in exchanges {
            *answers.entry(answer(exchange)).or_default() += 1;
        }
        let answers = answers
            .iter()
            .map(|(answer, count)| format!("{count} × {answer}"));
        Self {
            number: Some(step + 1),
            what: format!("{what} at once"),
            is_act: false,
            share: None,
            with: None,
            client: None,
            expected: None,
            answer: answers.collect::<Vec<_>>().join(", "),
            came: Vec::new(),
            wrong: false,
        }
    }

    /// The request, what was expected of it, and what came.
    fn cells(&self) -> [String; 3] {
        let number = self
            .number
            .map_or_else(|| "at the end".to_owned(), |it| it.to_string());
        let mut sent = format!("{number} {}", self.what);
        for part in [self.share, self.with.as_deref()].into_iter().flatten() {
            sent.push(' ');
            sent.push_str(&visible(part));
        }
        if let Some(client) = self.client {
            sent.push_str(" for ");
            sent.push_str(&visible(client));
        }
        let expected = self
            .expected
            .map_or_else(String::new, |it| format!("expected {}", visible(it)));
        [sent, expected, self.outcome()]
    }

    /// The shares that came.
    fn labels(&self) -> String {
        let labels = self.came.iter().map(|it| it.label.as_str());
        labels.collect::<Vec<_>>().join(" + ")
    }

    /// What came: shares where there are any, with those that had not to come in brackets, else the status.
    pub(super) fn outcome(&self) -> String {
        if self.came.is_empty() {
            return self.answer.clone();
        }
        let shown = self.came.iter().take(MOST_SHARES).map(|it| {
            if it.odd {
                format!("[{}]", it.label)
            } else {
                it.label.clone()
            }
        });
        let more = self.came.len().saturating_sub(MOST_SHARES);
        let more = (more > 0).then(|| format!("{} more", number(more)));
        let came = shown.chain(more).collect::<Vec<_>>().join(" + ");
        match self.answer.as_str() {
            "200" => format!("came {came}"),
            answer => format!("{answer}, came {came}"),
        }
    }
}

fn share(found: &Found) -> Option<&str> {
    match found {
        Found::Share {
            label,
            altered: None,
            ..
        } => Some(label),
        Found::Share { .. }
        | Found::Leftover
        | Found::Elsewhere(_)
        | Found::Ours
        | Found::Debris(_)
        | Found::Foreign(_) => None,
    }
}

fn answer(exchange: &Exchange) -> String {
    match &exchange.outcome {
        Ok(reply)
            if exchange.sent.webhook.gives()
                && reply.is_success()
                && reply.reading.found.is_empty() =>
        {
            match &reply.reading.fault {
                Some(fault) => format!("{}, {}", reply.status, visible(&fault.to_string())),
                None => format!("{}, no share", reply.status),
            }
        }
        Ok(reply) => reply.status.to_string(),
        Err(trouble) => visible(&trouble.to_string()).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::broken::broken;
    use crate::render::sample;

    #[test]
    fn a_recovery_shows_both_requests_what_came_of_them_and_what_was_before() {
        let report = sample::report();
        let all = broken(&report);
        let it = all.iter().find(|it| it.id == "wallet.recoverable").unwrap();
        let (lines, shortened) = Story::of(&it.best()).unwrap().lines(120);
        assert!(!shortened);
        let lines: Vec<String> = lines
            .iter()
            .map(|it| it.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(
            lines,
            [
                "1 store backup.ed25519 GDRIVE-ED25519 204",
                "2 Portal answers 500 from now on",
                "3 user store backup GDRIVE 200",
                "4 fetch came backup.ed25519",
                "✕ 4 user fetch GDRIVE expected ED25519 put together again 404",
                "4 the wallet is not put together again: there is no user's half",
            ]
        );
    }

    #[test]
    fn what_came_is_not_cut_for_what_was_expected() {
        let report = sample::report();
        let all = broken(&report);
        let it = all.iter().find(|it| it.id == "wallet.recoverable").unwrap();
        let (lines, shortened) = Story::of(&it.best()).unwrap().lines(48);
        assert!(shortened);
        let wrong = lines.iter().find(|it| it.starts_with('✕')).unwrap();
        assert!(
            wrong.ends_with(" 404") && !wrong.contains("expected"),
            "{wrong}"
        );
    }
}
