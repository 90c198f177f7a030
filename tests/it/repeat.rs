//! The lines that a report gives to repeat a failure do repeat it: a shell runs them as they stand, on a custodian that
//! has just started, and what the last request gets is what the run got. A correct custodian answers otherwise.

use crate::bench::sharecheck;
use crate::proof::{of_webhooks, suite};
use sharecheck::contract::Contract;
use sharecheck::contract::answer::Form;
use sharecheck::contract::malformed::Malformed;
use sharecheck::contract::share::{Maker, Shape, StandIn, maker};
use sharecheck::exchange::{self, Exchange, Found, Lexicon, RawReply, Redactor};
use sharecheck::model::case::Case;
use sharecheck::model::finding::Standing;
use sharecheck::model::report::{CaseResult, Report};
use sharecheck::pipeline::load::Suite;
use sharecheck::proof;
use sharecheck::reference::{self, Fault, LogSink, Shows};
use sharecheck::render::{self, Format, Style};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, spawn_blocking};

/// With letters of both cases, so that it can be spoiled in every way.
const SECRET: &str = "Repeat-Secret-0123456789";

/// Those that need no race to show, though what comes of one is chance.
const ALSO_WITHOUT_A_RACE: [Fault; 3] = [
    Fault::StaleReads,
    Fault::RedeliveryAppends,
    Fault::Redelivery409,
];

/// What stands before the answer to the last request.
const LAST: &str = "--the-last-request--\n";

/// What an answer comes to, without what differs from run to run.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Answer {
        status: u16,
        content_type: Option<String>,
        form: Form,
        fault: Option<Malformed>,
        internals: Option<String>,
        shares: Vec<String>,
    },
    None,
}

impl Outcome {
    /// What the run recorded.
    fn recorded(exchange: &Exchange) -> Self {
        let Some(reply) = exchange.reply() else {
            return Self::None;
        };
        Self::of(reply, reply.reading.found.iter().filter_map(name))
    }

    /// What the shell has got from curl.
    fn repeated(output: &[u8], case: &CaseResult, contract: Contract) -> Self {
        let Some(raw) = answer(output) else {
            return Self::None;
        };
        let lexicon = Lexicon {
            contract,
            paths: Lexicon::paths_below("/portal"),
            ids: case.clients.values().cloned().collect(),
            ..Lexicon::default()
        };
        let reply = exchange::reply(&raw, "", "a", &lexicon, &Redactor::new([SECRET]));
        let texts = raw.answer().texts;
        Self::of(
            &reply,
            texts.iter().filter_map(|text| stood_for(text, case)),
        )
    }

    fn of(reply: &exchange::Reply, shares: impl Iterator<Item = String>) -> Self {
        let mut shares: Vec<String> = shares.collect();
        shares.sort_unstable();
        Self::Answer {
            status: reply.status,
            content_type: reply.content_type.clone(),
            form: reply.reading.form,
            fault: reply.reading.fault.clone(),
            internals: reply.internals.clone(),
            shares,
        }
    }
}

/// A text of an answer by the share's label; nothing for what other cases of the run have left.
fn name(found: &Found) -> Option<String> {
    match found {
        Found::Share { label, altered, .. } => Some(named(label, altered.is_none())),
        Found::Debris(_) => Some("debris".to_owned()),
        Found::Leftover | Found::Elsewhere(_) | Found::Ours | Found::Foreign(_) => None,
    }
}

fn named(label: &str, whole: bool) -> String {
    format!("{label}{}", if whole { "" } else { ", altered" })
}

/// The same for a text that stood for a share.
fn stood_for(text: &str, case: &CaseResult) -> Option<String> {
    match maker(text) {
        Maker::Debris(_) => Some("debris".to_owned()),
        Maker::Somebody => None,
        Maker::Us(_) => {
            let label = text.split_once("repeat ")?.1;
            let label = label
                .split_once(['"', '\\'])
                .map_or(label, |(label, _)| label);
            let shape = case.shapes.get(label).copied().unwrap_or(Shape::Plain);
            let whole = [StandIn::short(label), StandIn::new(label, shape)];
            Some(named(label, whole.iter().any(|it| it.text() == text)))
        }
    }
}

/// The answer in what `curl -i` has written.
fn answer(output: &[u8]) -> Option<RawReply> {
    let mut rest = output;
    loop {
        let end = rest.windows(4).position(|it| it == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&rest[..end]).into_owned();
        rest = &rest[end + 4..];
        let mut lines = head.lines();
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        if status == 100 {
            continue;
        }
        let headers = lines.filter_map(|line| {
            let (name, value) = line.split_once(": ")?;
            Some((name.to_lowercase(), value.to_owned()))
        });
        let mut reply = RawReply {
            status,
            headers: headers.collect(),
            body: rest.to_vec(),
        };
        // Behind it may stand what the next try has got.
        let length = reply
            .header("content-length")
            .and_then(|it| it.parse().ok());
        reply.body.truncate(length.unwrap_or(rest.len()));
        return Some(reply);
    }
}

/// What each try has got.
fn tries(output: &[u8], case: &CaseResult, contract: Contract) -> Vec<Outcome> {
    let mark = LAST.as_bytes();
    let starts = (0..output.len()).filter(|at| output[*at..].starts_with(mark));
    let starts: Vec<usize> = starts.map(|at| at + mark.len()).collect();
    let ends = starts.iter().skip(1).map(|next| next - mark.len());
    let parts = starts.iter().zip(ends.chain([output.len()]));
    parts
        .map(|(start, end)| Outcome::repeated(&output[*start..end], case, contract))
        .collect()
}

/// What the last of the lines gets that repeat an exchange, on a custodian that has just started; of several tries
/// each.
async fn rerun(
    report: &Report,
    faults: &[Fault],
    case: &CaseResult,
    index: usize,
) -> (Vec<Outcome>, String) {
    let running = reference::start(reference::Settings {
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        base_path: "/portal".to_owned(),
        secret: SECRET.into(),
        database: None,
        clients: Vec::new(),
        latency: Duration::ZERO,
        contract: match report.run.contract {
            Contract::V5 => reference::Contract::V5,
            Contract::V6 => reference::Contract::V6,
        },
        faults: faults.to_vec(),
        freedoms: Vec::new(),
        users: None,
        log: LogSink::Quiet,
    })
    .await
    .unwrap();
    let mut here = report.clone();
    here.run.target = running.base_url().to_owned();
    let mut lines = render::repeat(&here, case, index);
    let longest = lines.iter().map(String::len).max().unwrap_or(0);
    assert!(longest < 2000, "{}: a line of {longest} bytes", case.id);
    let last = lines
        .iter()
        .rposition(|line| line.contains("curl "))
        .unwrap();
    lines.insert(last, format!("echo {}", LAST.trim_end()));
    let script = lines.join("\n");
    let output = {
        let script = script.clone();
        let mut bash = Command::new("bash");
        bash.args(["-c", &script]).env("SHARECHECK_SECRET", SECRET);
        spawn_blocking(move || bash.output().unwrap())
            .await
            .unwrap()
    };
    running.stop().await;
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!told.contains("bash: "), "{script}\n{told}");
    (tries(&output.stdout, case, report.run.contract), script)
}

/// The cases that are known to fail with a fault; of many the first, lest the test take minutes.
fn failing(suite: &Suite, fault: Fault, contract: Contract) -> Vec<String> {
    let mut signatures = suite.signatures.iter();
    let known = signatures.find(|it| it.fault == fault.name() && it.contract == contract);
    let failed: BTreeSet<&str> = known
        .unwrap()
        .failed()
        .map(|mark| mark.case.as_str())
        .collect();
    let mut cases: Vec<&Case> = suite
        .cases
        .iter()
        .filter(|case| failed.contains(case.id.as_str()))
        .collect();
    // What comes of a race is chance.
    cases.sort_by_key(|case| case.races());
    let ids = cases.iter().take(5).map(|case| case.id.clone());
    ids.collect()
}

/// What people read; the terminal does not say how what is only worth knowing was seen.
fn shown(report: &Report) -> String {
    let told = render::first(report).and_then(|(case, _)| case.checks.first()?.standing);
    let format = match told {
        Some(Standing::Note) => Format::Markdown,
        Some(Standing::Counted | Standing::Known | Standing::Warning) | None => Format::Terminal,
    };
    let style = Style {
        verbose: 1,
        ..Style::default()
    };
    render::render(format, report, &style)
}

/// What is wrong with the lines that the report of a custodian with this fault gives first.
async fn complaint(suite: &Suite, fault: Fault) -> Option<String> {
    let contract = proof::contracts_of(suite, fault)[0];
    let select = failing(suite, fault, contract);
    let report = proof::cases_against(suite, contract, &[fault], select)
        .await
        .unwrap();
    let Some((case, index)) = render::first(&report) else {
        return Some(format!("{fault}: no finding has lines"));
    };
    let lines = render::repeat(&report, case, index);
    let shown = shown(&report);
    if let Some(line) = lines.iter().find(|line| !shown.contains(*line)) {
        return Some(format!("{fault}: no report for people shows {line}"));
    }
    let recorded = Outcome::recorded(&case.exchanges[index]);
    let (same, script) = rerun(&report, &[fault], case, index).await;
    let (other, _) = rerun(&report, &[], case, index).await;
    let recorded = [recorded];
    if same != recorded {
        return Some(format!(
            "{fault}, {}: it was\n  {recorded:?}\nand is\n  {same:?}\nby\n{script}",
            case.id
        ));
    }
    (other == recorded).then(|| {
        format!(
            "{fault}, {}: a correct custodian gives\n  {other:?}\nas well, by\n{script}",
            case.id
        )
    })
}

/// Says what is missing, rather than that a command was not found.
fn are_there(tools: &[&str]) {
    for tool in tools {
        let there = Command::new(tool).arg("--version").output();
        assert!(
            there.is_ok(),
            "there is no {tool} here; on Debian it is in the package {tool}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lines_that_repeat_a_failure_repeat_it() {
    are_there(&["bash", "curl"]);
    let suite = Arc::new(suite());
    let at_once = Arc::new(Semaphore::new(4));
    let mut runs = JoinSet::new();
    let steadily = of_webhooks();
    let steadily = steadily.filter(|it| it.shows() == Shows::Steadily);
    for fault in steadily.chain(ALSO_WITHOUT_A_RACE) {
        let (suite, at_once) = (Arc::clone(&suite), Arc::clone(&at_once));
        runs.spawn(async move {
            let _turn = at_once.acquire_owned().await.unwrap();
            (fault.name(), complaint(&suite, fault).await)
        });
    }
    let mut complaints = BTreeMap::new();
    while let Some(run) = runs.join_next().await {
        let (fault, complaint) = run.unwrap();
        complaints.extend(complaint.map(|it| (fault, it)));
    }
    let all: Vec<String> = complaints.into_values().collect();
    assert!(all.is_empty(), "{}\n{} in all", all.join("\n\n"), all.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_race_is_repeated_by_one_of_several_tries() {
    are_there(&["bash", "curl"]);
    let suite = suite();
    let select = vec!["replace.concurrent-same.new-slot".to_owned()];
    let faults = [Fault::CheckThenInsert];
    let report = proof::cases_against(&suite, Contract::V6, &faults, select).await;
    let report = report.unwrap();
    let (case, index) = render::first(&report).unwrap();
    // Each round has a method of its own, and it may be a later one that shows it.
    let stores = case.exchanges[..index].iter().map(|it| &it.sent.method);
    let due = stores.flatten().collect::<BTreeSet<_>>().len();
    let is_wrong =
        |it: &Outcome| !matches!(it, Outcome::Answer { shares, .. } if shares.len() == due);
    let mut again = rerun(&report, &faults, case, index).await;
    // On a busy machine a shell starts the requests of one try after the other, and no try of a whole script races.
    for _ in 0..2 {
        if !again.0.iter().any(is_wrong) {
            again = rerun(&report, &faults, case, index).await;
        }
    }
    let (broken, script) = again;
    assert!(
        broken.len() > 1 && broken.iter().any(is_wrong),
        "{broken:?}\n{script}"
    );
    let (correct, _) = rerun(&report, &[], case, index).await;
    assert!(!correct.iter().any(is_wrong), "{correct:?}");
}

#[test]
fn the_lines_start_the_built_in_custodian_where_the_run_was_against_that() {
    are_there(&["bash", "curl"]);
    let folder = tempfile::tempdir().unwrap();
    let run = sharecheck(folder.path())
        .args(["run", "--reference", "append", "--no-progress", "-v"])
        .arg("replace.same-method.passkey")
        .output()
        .unwrap();
    let told = String::from_utf8(run.stdout).unwrap();
    let lines = told
        .lines()
        .skip_while(|line| !line.starts_with("  repeat"));
    let lines = lines.take_while(|line| !line.is_empty());
    let lines: Vec<&str> = lines.map(|line| &line[12..]).collect();
    let bin = Path::new(env!("CARGO_BIN_EXE_sharecheck"));
    let own = bin.parent().unwrap().display();
    let path = format!("{own}:{}", std::env::var("PATH").unwrap());
    let repeated = Command::new("bash")
        .args(["-c", &lines.join("\n")])
        .env_remove("SHARECHECK_SECRET")
        .env("PATH", path)
        .output()
        .unwrap();
    let answers = String::from_utf8(repeated.stdout).unwrap();
    let last = answers.lines().last().unwrap_or_default();
    for share in ["repeat old", "repeat new"] {
        assert!(last.contains(share), "{lines:?}\n{answers}");
    }
}
