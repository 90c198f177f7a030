//! The lines of a shell that repeat what an exchange shows, on a custodian that holds nothing of its clients: what earlier
//! cases have left on them, all that was stored in the case before it, races side by side, and the request itself last.

use super::broken::broken;
use super::curl::{Filling, line};
use super::shell::quoted;
use crate::contract::Contract;
use crate::contract::share::{Shape, StandIn};
use crate::exchange::{Exchange, Found, Reply, Webhook};
use crate::model::report::{CaseResult, Report, Run};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// What comes by chance is tried so often.
const TRIES: usize = 20;

/// The requests of a step, by lane; those of one lane follow one another.
type Step<'a> = BTreeMap<usize, Vec<&'a Exchange>>;

/// The lines that repeat the exchange of a case with this index.
pub fn repeat(report: &Report, case: &CaseResult, index: usize) -> Vec<String> {
    let steps = steps(case, index);
    let by_chance = steps.iter().any(|step| step.len() > 1);
    let whole = case
        .exchanges
        .get(index)
        .is_some_and(|it| plain_matters(report, case, it));
    let ids = || case.clients.values().map(String::as_str).collect();
    let filling = Filling {
        stand_in: &|label| match case.shapes.get(label) {
            Some(shape) => StandIn::new(label, *shape),
            None if whole => StandIn::new(label, Shape::Plain),
            None => StandIn::short(label),
        },
        // Each try wants clients without a share, which only a custodian has that takes any id.
        numbered: (by_chance && report.run.made_up).then(|| (ids(), "$try")),
    };
    let written = |it: &&Exchange| line(&report.run, &it.sent, &filling);
    let steps = steps.iter().map(|step| {
        let lanes = step.values().map(|lane| lane.iter().map(written).collect());
        lanes.collect::<Vec<Vec<String>>>()
    });
    let mut lines: Vec<String> = steps.flat_map(|lanes| of_step(&lanes)).collect();
    if by_chance {
        lines.insert(0, format!("for try in {{1..{TRIES}}}; do"));
        lines.push("done".to_owned());
    }
    if lines.is_empty() {
        return lines;
    }
    let mut all = earlier(report, case);
    all.extend(lines);
    on_its_server(&report.run, all)
}

/// What stands above the lines that store what earlier cases have left.
const EARLIER: &str = "# what earlier cases have left on the same clients";

/// The lines that bring the clients of a case to where earlier cases have left them: the last share of each method, and
/// whatever else was acknowledged.
fn earlier(report: &Report, case: &CaseResult) -> Vec<String> {
    let Some(began) = case.exchanges.iter().map(|it| it.started_us).min() else {
        return Vec::new();
    };
    let others = report.cases.iter().filter(|other| other.id != case.id);
    let own = |id: &&String| case.clients.values().any(|own| own == *id);
    let mut stores: Vec<(&String, &Exchange)> = others
        .flat_map(|other| {
            let exchanges = other.exchanges.iter();
            exchanges.filter_map(|it| Some((other.clients.get(&it.sent.client).filter(own)?, it)))
        })
        .filter(|(_, it)| it.sent.webhook == Webhook::Backup && it.ended_us <= began)
        .filter(|(_, it)| it.reply().is_some_and(Reply::is_success))
        .collect();
    // From the end, each method of a client once.
    stores.sort_by_key(|(_, it)| Reverse(it.started_us));
    let mut seen = BTreeSet::new();
    stores.retain(|(id, it)| it.sent.share.is_none() || seen.insert((*id, &it.sent.method)));
    stores.reverse();
    let filling = Filling {
        stand_in: &|label| StandIn::short(&format!("earlier {label}")),
        numbered: None,
    };
    let lines = stores
        .iter()
        .map(|(_, it)| line(&report.run, &it.sent, &filling));
    let lines: Vec<String> = lines.collect();
    let lines = lines.chunk_by(|a, b| a == b).flat_map(in_turn);
    let mut all = vec![EARLIER.to_owned()];
    all.extend(lines);
    if all.len() == 1 { Vec::new() } else { all }
}

/// The case and the exchange that a report tells of first.
pub fn first(report: &Report) -> Option<(&CaseResult, usize)> {
    let all = broken(report);
    let mut best = all.iter().map(super::broken::Broken::best);
    best.find_map(|it| Some((it.case, it.exchange().and(it.check.exchange())?)))
}

/// Whether the exchange's body was too long to be kept, so that a repetition sends less.
pub(super) fn is_shortened(exchange: &Exchange) -> bool {
    exchange.sent.body.ends_with(" more bytes›")
}

/// What is to be sent, step by step: every store of the case before the exchange with this index, what ran beside it,
/// and itself; the fetches before it as well where it may show what one of them has found.
fn steps(case: &CaseResult, index: usize) -> Vec<Step<'_>> {
    let Some(shown) = case.exchanges.get(index) else {
        return Vec::new();
    };
    let may_be_stale = may_be_stale(&case.exchanges[..index], shown);
    let mut steps: Vec<(Option<usize>, Step<'_>)> = Vec::new();
    for (at, it) in case.exchanges.iter().enumerate() {
        let step = it.place.step;
        let beside = step.is_some() && step == shown.place.step;
        let asked = may_be_stale && it.sent.client == shown.sent.client;
        let before = at < index && (it.sent.webhook == Webhook::Backup || asked);
        if !(at == index || beside || before) {
            continue;
        }
        match steps.last_mut() {
            Some((last, lanes)) if step.is_some() && *last == step => {
                lanes.entry(it.place.lane).or_default().push(it);
            }
            _ => steps.push((step, BTreeMap::from([(it.place.lane, vec![it])]))),
        }
    }
    let steps = steps.into_iter().map(|(_, mut lanes)| {
        for lane in lanes.values_mut() {
            lane.sort_by_key(|it| it.place.turn);
        }
        lanes
    });
    steps.collect()
}

/// Whether a fetch has brought what the one before it had, though there was a store in between.
fn may_be_stale(before: &[Exchange], shown: &Exchange) -> bool {
    let is_store = |it: &&Exchange| it.sent.webhook == Webhook::Backup;
    let own = |it: &&Exchange| it.sent.client == shown.sent.client;
    let mut back = before.iter().rev().filter(own).peekable();
    let stored = back.next_if(is_store).is_some();
    let found = |it: &Exchange| it.reply().map(|reply| reply.reading.found.clone());
    let earlier = back.find(|it| !is_store(it));
    stored && !is_store(&shown) && earlier.is_some_and(|it| found(it) == found(shown))
}

/// Whether the length and the looks of an ordinary share may matter to what an exchange shows: not where the custodian
/// gave such shares back as they were.
fn plain_matters(report: &Report, case: &CaseResult, shown: &Exchange) -> bool {
    let gives = |case: &CaseResult, exchange: &Exchange, changed: bool| {
        let found = exchange.reply().map(|reply| &reply.reading.found);
        found.into_iter().flatten().any(|it| match it {
            Found::Share { label, altered, .. } => {
                altered.is_some() == changed && !case.shapes.contains_key(label)
            }
            Found::Leftover
            | Found::Elsewhere(_)
            | Found::Ours
            | Found::Debris(_)
            | Found::Foreign(_) => false,
        })
    };
    let mut all = report
        .cases
        .iter()
        .flat_map(|case| case.exchanges.iter().map(move |it| (case, it)));
    gives(case, shown, true) || !all.any(|(case, it)| gives(case, it, false))
}

/// The lines of a step: one lane as it is, several side by side.
fn of_step(lanes: &[Vec<String>]) -> Vec<String> {
    let mut out = Vec::new();
    if let [one] = lanes {
        return one.chunk_by(|a, b| a == b).flat_map(in_turn).collect();
    }
    for alike in lanes.chunk_by(|a, b| a == b) {
        let lane: Vec<String> = alike[0].chunk_by(|a, b| a == b).flat_map(in_turn).collect();
        let lane = match &lane[..] {
            [one] => vec![format!("{one} &")],
            many => [&["{".to_owned()], many, &["} &".to_owned()]].concat(),
        };
        if alike.len() > 1 {
            out.push(format!("for lane in {{1..{}}}; do", alike.len()));
            out.extend(lane);
            out.push("done".to_owned());
        } else {
            out.extend(lane);
        }
    }
    out.push("wait".to_owned());
    out
}

/// The same line several times.
fn in_turn(alike: &[String]) -> Vec<String> {
    let line = alike[0].clone();
    match alike.len() {
        1 => vec![line],
        times => vec![format!("for turn in {{1..{times}}}; do {line}; done")],
    }
}

/// The lines with what starts and ends the built-in custodian, where the run was against that: it ended with the run.
fn on_its_server(run: &Run, lines: Vec<String>) -> Vec<String> {
    let port = url::Url::parse(&run.target).ok().and_then(|url| url.port());
    let (Some(faults), Some(port)) = (&run.reference, port) else {
        return lines;
    };
    let mut serve = format!("sharecheck serve --quiet --port {port}");
    if run.contract == Contract::V5 {
        serve.push_str(" --contract v5");
    }
    for (flag, names) in [(" --fault ", faults), (" --freedom ", &run.freedoms)] {
        for name in names {
            serve.push_str(flag);
            serve.push_str(&quoted(name));
        }
    }
    // Any secret does: server and lines have the same. In a shell of its own, so that nothing waits for it.
    let start = [
        "export SHARECHECK_SECRET=\"${SHARECHECK_SECRET:-s3cret}\"".to_owned(),
        format!("server=$({serve} >/dev/null & echo $!); sleep 1"),
    ];
    let mut all = Vec::from(start);
    all.extend(lines);
    all.push("kill $server".to_owned());
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::curl::knock;
    use crate::render::sample;

    #[test]
    fn the_line_goes_the_way_that_the_run_went() {
        let mut report = sample::report();
        let words = [
            "--connect-to",
            "::localhost:8443",
            "-H",
            "X-Api-Key: ‹withheld›",
        ];
        report.run.curl = words.map(str::to_owned).into();
        let case = report.cases.iter().find(|case| !case.exchanges.is_empty());
        let way =
            "curl -sS -i --connect-to ::localhost:8443 -H 'X-Api-Key: '\"$X_API_KEY\" https://";
        for line in repeat(&report, case.unwrap(), 0)
            .into_iter()
            .chain([knock(&report)])
        {
            assert!(line.starts_with(way), "{line}");
        }
    }

    #[test]
    fn what_an_earlier_case_has_left_on_the_same_client_comes_first() {
        let mut report = sample::report();
        let mut cases = report.cases.iter();
        let at = cases.position(|case| case.id == "replace.same-method");
        let at = at.unwrap();
        let mut other = report.cases[at].clone();
        other.id = "share.all.earlier".to_owned();
        let began = report.cases[at].exchanges[0].started_us;
        for exchange in &mut other.exchanges {
            exchange.ended_us = began;
        }
        let alone = repeat(&report, &report.cases[at], 3).len();
        report.cases.push(other);
        let lines = repeat(&report, &report.cases[at], 3);
        assert_eq!(lines.len(), alone + 2, "{lines:?}");
        assert_eq!(lines[0], EARLIER);
        // Of the two that went into one slot the last.
        assert!(lines[1].contains("repeat earlier new"), "{}", lines[1]);
        let case = report.cases.last_mut().unwrap();
        case.clients = case
            .clients
            .keys()
            .map(|it| (it.clone(), "else".to_owned()))
            .collect();
        assert_eq!(repeat(&report, &report.cases[at], 3).len(), alone);
    }

    #[test]
    fn the_built_in_custodian_is_started_as_it_was() {
        let mut run = sample::report().run;
        run.target = "http://127.0.0.1:4711".to_owned();
        run.reference = Some(vec!["append".to_owned()]);
        run.freedoms = vec!["gzip".to_owned(), "stored-201".to_owned()];
        let lines = on_its_server(&run, Vec::new()).concat();
        let serve = "serve --quiet --port 4711 --fault append --freedom gzip --freedom stored-201";
        assert!(lines.contains(serve), "{lines}");
    }

    #[test]
    fn a_fetch_is_repeated_with_the_stores_that_it_should_show() {
        let report = sample::report();
        let case = report
            .cases
            .iter()
            .find(|case| case.id == "replace.same-method")
            .unwrap();
        let lines = repeat(&report, case, case.exchanges.len() - 1);
        assert_eq!(lines.len(), 3);
        assert!(
            lines[0].contains("repeat old") && lines[1].contains("repeat new"),
            "{lines:?}"
        );
        assert!(
            lines[2].contains("/backup/fetch") && lines[2].contains("test-1"),
            "{lines:?}"
        );
    }
}
