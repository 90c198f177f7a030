//! The lines of a shell that repeat what an exchange shows, on a custodian that holds nothing of its clients: what earlier
//! cases have left on them, all that was stored in the case before it, races side by side, and the request itself last.

use super::broken::broken;
use super::curl::{Filling, line};
use super::shell::{Piece, quoted};
use super::users::{Users, variable};
use crate::contract::Contract;
use crate::contract::share::{Shape, StandIn};
use crate::exchange::{Exchange, Found, Reply, Webhook};
use crate::model::act::Act;
use crate::model::case::Mood;
use crate::model::report::{CaseResult, Report, Run};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// What comes by chance is tried so often.
const TRIES: usize = 20;

/// The requests of a step, by lane; those of one lane follow one another.
type Step<'a> = BTreeMap<usize, Vec<&'a Exchange>>;

/// The lines that repeat the exchange of a case with this index.
pub fn repeat(report: &Report, case: &CaseResult, index: usize) -> Vec<String> {
    let steps = steps(case, index);
    let by_chance = steps.iter().any(|(_, step)| step.len() > 1);
    let whole = case
        .exchanges
        .get(index)
        .is_some_and(|it| plain_matters(report, case, it));
    let own = steps.iter().flat_map(|(_, step)| step.values().flatten());
    let has_users = own.clone().any(|it| it.sent.webhook.is_own());
    let users = Users::of(&report.run, case).filter(|_| has_users);
    let filling = Filling {
        stand_in: &|label| match case.shapes.get(label) {
            Some(shape) => StandIn::new(label, *shape),
            None if whole => StandIn::new(label, Shape::Plain),
            None => StandIn::short(label),
        },
        ids: match &users {
            Some(users) => users.ids(),
            // Each try wants clients without a share, which only a custodian has that takes any id.
            None if by_chance && report.run.made_up => numbered(case),
            None => Vec::new(),
        },
        token: &|client| variable("USER_TOKEN", case, client),
    };
    let written = |it: &&Exchange| line(&report.run, &it.sent, &filling);
    let mut lines = Vec::new();
    let mut acts = case.acts.iter().peekable();
    for (step, at_once) in &steps {
        let next = step.unwrap_or(usize::MAX);
        while let Some((_, act)) = acts.next_if(|(at, _)| **at < next) {
            lines.extend(beside(users.as_ref(), act));
        }
        let each = at_once.values();
        let each = each.map(|lane| lane.iter().map(written).collect());
        lines.extend(of_step(&each.collect::<Vec<Vec<String>>>()));
    }
    if by_chance {
        lines.insert(0, format!("for try in {{1..{TRIES}}}; do"));
        lines.push("done".to_owned());
    }
    if lines.is_empty() {
        return lines;
    }
    let mut all = earlier(report, case);
    all.extend(lines);
    if has_users && users.is_none() {
        let tokens = case.clients.iter().map(|(client, id)| {
            let name = variable("USER_TOKEN", case, client);
            let name = name.trim_start_matches('$');
            format!(
                ": \"${{{name}:?export it first: the token of the user of client {}}}\"",
                quoted(id).replace(['"', '`', '$', '\\', '}'], "_")
            )
        });
        all.splice(0..0, tokens.collect::<Vec<_>>());
    }
    on_its_server(&report.run, users.as_ref(), all)
}

/// Client ids with the number of a try behind them.
fn numbered(case: &CaseResult) -> Vec<(&str, Vec<Piece>)> {
    let ids = case.clients.values();
    let with_number = |id: &str| {
        vec![
            Piece::Text(format!("{id}-")),
            Piece::Variable("$try".to_owned()),
        ]
    };
    ids.map(|id| (id.as_str(), with_number(id))).collect()
}

/// What happens beside the requests, as a command or a comment; nothing where the requests themselves tell it.
fn beside(users: Option<&Users<'_>>, act: &Act) -> Option<String> {
    let mood = match act {
        Act::Restart => return Some(format!("# {act}")),
        Act::Recover { .. } => return None,
        Act::Portal(mood) => *mood,
    };
    let Some(users) = users else {
        return Some(format!("# {act}"));
    };
    let mood = match mood {
        Mood::Well => "well",
        Mood::TooMany => "429",
        Mood::Fails => "500",
        Mood::Hangs => "hang",
    };
    Some(format!(
        "curl -sS {}/_sharecheck/mood -H 'Content-Type: application/json' \
         -H \"Authorization: Bearer $SHARECHECK_CONTROL_TOKEN\" --data-raw '{{\"mood\":\"{mood}\"}}'",
        users.portal()
    ))
}

/// What stands above the lines that store what earlier cases have left.
const EARLIER: &str = "# what earlier cases have left on the same clients";

/// The lines that bring the clients of a case to where earlier cases have left them: the last share of each method, and
/// whatever else was acknowledged.
fn earlier(report: &Report, case: &CaseResult) -> Vec<String> {
    let Some(began) = case.exchanges.iter().map(|it| it.started_us).min() else {
        return Vec::new();
    };
    let own = |id: &&String| case.clients.values().any(|own| own == *id);
    let all = report.cases.iter();
    let all = all.flat_map(|other| other.exchanges.iter().map(move |it| (other, it)));
    // Cheap questions first: each failure asks all that was sent in a run.
    let mut stores: Vec<(&String, &Exchange)> = all
        .filter(|(_, it)| it.sent.webhook == Webhook::Backup && it.ended_us <= began)
        .filter(|(_, it)| it.reply().is_some_and(Reply::is_success))
        .filter(|(other, _)| other.id != case.id)
        .filter_map(|(other, it)| Some((other.clients.get(&it.sent.client).filter(own)?, it)))
        .collect();
    // From the end, each method of a client once.
    stores.sort_by_key(|(_, it)| Reverse(it.started_us));
    let mut seen = BTreeSet::new();
    stores.retain(|(id, it)| it.sent.share.is_none() || seen.insert((*id, &it.sent.method)));
    stores.reverse();
    let filling = Filling {
        stand_in: &|label| StandIn::short(&format!("earlier {label}")),
        ids: Vec::new(),
        token: &|client| variable("USER_TOKEN", case, client),
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

/// What is to be sent, step by step: every store of the case, of either half, before the exchange with this index, what ran
/// beside it, and itself; the fetches before it as well where it may show what one of them has found.
fn steps(case: &CaseResult, index: usize) -> Vec<(Option<usize>, Step<'_>)> {
    let Some(shown) = case.exchanges.get(index) else {
        return Vec::new();
    };
    let may_be_stale = may_be_stale(&case.exchanges[..index], shown);
    let mut steps: Vec<(Option<usize>, Step<'_>)> = Vec::new();
    for (at, it) in case.exchanges.iter().enumerate() {
        let step = it.place.step;
        let beside = step.is_some() && step == shown.place.step;
        let asked = may_be_stale && it.sent.client == shown.sent.client;
        let before = at < index && (!it.sent.webhook.gives() || asked);
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
    for lane in steps.iter_mut().flat_map(|(_, lanes)| lanes.values_mut()) {
        lane.sort_by_key(|it| it.place.turn);
    }
    steps
}

/// Whether a fetch has brought what the one before it had, though there was a store in between.
fn may_be_stale(before: &[Exchange], shown: &Exchange) -> bool {
    let is_store = |it: &&Exchange| !it.sent.webhook.gives();
    let own = |it: &&Exchange| {
        let (it, shown) = (&it.sent, &shown.sent);
        it.client == shown.client && it.webhook.is_own() == shown.webhook.is_own()
    };
    let mut back = before.iter().rev().filter(own).peekable();
    let stored = back.next_if(is_store).is_some();
    let found = |it: &Exchange| it.reply().map(|reply| reply.reading.found.clone());
    let earlier = back.find(|it| !is_store(it) && it.sent.method == shown.sent.method);
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

/// The lines with what starts and ends the built-in custodian, where the run was against that: it ended with the run. With
/// users, the local Portal as well, whose log shows what it is told.
fn on_its_server(run: &Run, users: Option<&Users<'_>>, lines: Vec<String>) -> Vec<String> {
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
    let mut all = vec!["export SHARECHECK_SECRET=\"${SHARECHECK_SECRET:-s3cret}\"".to_owned()];
    let mut end = "kill $server".to_owned();
    if let Some(users) = users {
        let _ = write!(serve, " --users --portal {}", users.portal());
        let portal = format!("sharecheck serve portal --listen 127.0.0.1:{}", users.port);
        all.push(
            "export SHARECHECK_CONTROL_TOKEN=\"${SHARECHECK_CONTROL_TOKEN:-t0ken}\"".to_owned(),
        );
        all.push(format!("portal=$({portal} >/dev/null & echo $!)"));
        end.push_str(" $portal");
    }
    all.push(format!("server=$({serve} >/dev/null & echo $!); sleep 1"));
    all.extend(users.map(Users::made).unwrap_or_default());
    all.extend(lines);
    all.push(end);
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
        let lines = on_its_server(&run, None, Vec::new()).concat();
        let serve = "serve --quiet --port 4711 --fault append --freedom gzip --freedom stored-201";
        assert!(lines.contains(serve), "{lines}");
    }

    #[test]
    fn a_user_fetch_is_repeated_with_all_that_was_stored_and_the_token_is_asked_for() {
        let mut report = sample::report();
        let of = |report: &Report| {
            let mut cases = report.cases.iter();
            let case = cases.find(|it| it.id == "wallet.recoverable.gdrive");
            repeat(report, case.unwrap(), 4)
        };
        let lines = of(&report);
        let parts = [
            ": \"${USER_TOKEN:?export it first",
            "/backup ",
            "# Portal answers 500 from now on",
            "-X PUT https://app.example.com/users/test-1/backup-share",
            "/backup/fetch ",
            "-X GET 'https://app.example.com/users/test-1/backup-share?backupMethod=GDRIVE'",
        ];
        assert_eq!(lines.len(), parts.len(), "{lines:#?}");
        for (line, part) in lines.iter().zip(parts) {
            assert!(line.contains(part), "{part} in {line}");
        }
        // The built-in custodian makes its users, and the local Portal is in a mood.
        report.run.target = "http://127.0.0.1:4711".to_owned();
        report.run.reference = Some(vec!["portal-down-drops".to_owned()]);
        let lines = of(&report).join("\n");
        for part in [
            "serve portal --listen 127.0.0.1:14711",
            "--fault portal-down-drops --users --portal http://127.0.0.1:14711",
            "http://127.0.0.1:4711/provision ",
            "CLIENT_ID=$(",
            "/_sharecheck/mood ",
            "users/\"$CLIENT_ID\"",
            "\"$USER_TOKEN\"",
            "kill $server $portal",
        ] {
            assert!(lines.contains(part), "{part} in {lines}");
        }
        assert!(!lines.contains("test-1"), "{lines}");
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
