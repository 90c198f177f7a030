//! For people at a terminal: quiet on success, what is broken last and worst first, then the stage, the answer
//! to the team's question, and one line with the verdict.

use super::Style;
use super::again::again;
use super::audited::parts;
use super::broken::{Broken, Sighting, broken};
use super::causes::{Cause, of_cases, of_requirements};
use super::happened::happened;
use super::lanes::signs;
use super::methods::extent;
use super::page::{Ink, Page, cut, wrapped};
use super::repeat::{is_shortened, repeat};
use super::shown::{Shown, shown};
use super::story::Story;
use super::suspects::{likenesses, stacks, unexplained};
use super::visible::visible;
use super::wallets::{Grid, half_told};
use super::words::{
    accepted, answer, headline, held, is_yes, last_line, list, many, number, question,
    saw_something, seconds, stage,
};
use crate::exchange::Exchange;
use crate::model::finding::{Standing, Status};
use crate::model::report::{CaseResult, Latency, Report, Ruling};
use std::collections::HashMap;

/// How many reasons are listed for requirements without an answer.
const MOST_CAUSES: usize = 8;
/// How far the steps of a story stand in, in characters.
const INDENT: usize = 10;
/// How many ids are listed in one place.
const MOST_IDS: usize = 4;

pub(super) fn render(report: &Report, style: &Style) -> String {
    let all = broken(report);
    let mut page = Page::new(style);
    if style.quiet {
        page.quiet(report, &all);
    } else {
        page.full(report, &all);
    }
    page.paint(colour_of(report, &all), &last_line(report, &all));
    page.end();
    page.text()
}

fn colour_of(report: &Report, all: &[Broken<'_>]) -> Ink {
    match report.outcome.verdict {
        Ruling::Conforms if all.iter().any(|it| it.standing == Standing::Known) => Ink::Doubt,
        Ruling::Conforms => Ink::Good,
        Ruling::DoesNotConform | Ruling::Refused | Ruling::InternalError => Ink::Bad,
        Ruling::CouldNotTest | Ruling::Undecided | Ruling::Drift | Ruling::Interrupted => {
            Ink::Doubt
        }
    }
}

impl Page {
    fn quiet(&mut self, report: &Report, all: &[Broken<'_>]) {
        for it in all.iter().filter(|it| it.standing == Standing::Counted) {
            self.paint(Ink::Bad, "broken");
            let message = visible(&it.best().check.message);
            self.line(&format!(
                " {}: {message} ({})",
                visible(it.id),
                many(it.sightings.len(), "case")
            ));
        }
        if let Some(first) = happened(report).first() {
            self.line(first);
        }
    }

    fn full(&mut self, report: &Report, all: &[Broken<'_>]) {
        self.began(report);
        if self.style.verbose > 0 {
            self.cases(report);
            self.numbers(report);
        }
        // What is broken first: the rest hangs on it, and names it.
        let counts = |it: &&Broken<'_>| it.standing == Standing::Counted;
        let mut told = HashMap::new();
        for it in all.iter().filter(counts) {
            self.failure(report, it, &mut told);
        }
        self.open(report);
        self.gap();
        for it in all.iter().filter(|it| !counts(it)) {
            match it.standing {
                Standing::Counted => {}
                Standing::Known => self.known(report, it),
                Standing::Warning => self.warning(report, it),
                Standing::Note => self.note(it),
            }
        }
        if all.iter().any(|it| it.standing != Standing::Counted) {
            self.paint(
                Ink::Faint,
                "sharecheck explain ID tells more of a requirement",
            );
            self.end();
            self.end();
        }
        self.skipped(report);
        for notice in &report.notices {
            self.bullet(Ink::Doubt, "notice", &visible(notice));
        }
        for paragraph in happened(report) {
            match paragraph.strip_prefix("$ ") {
                Some(command) => self.line(&format!("  {command}")),
                None => self.prose(&paragraph, "", ""),
            }
        }
        self.likenesses(report);
        self.wallets(report);
        self.timeline(report);
        self.rehearsed_facts(report);
        self.gap();
        self.prose(&stage(report), "", "");
        self.answer(report, &answer(report).1);
        for it in parts(report) {
            let ink = match it.kept {
                Some(true) => Ink::Good,
                Some(false) => Ink::Bad,
                None => Ink::Doubt,
            };
            self.paint(ink, &format!("  {}", it.line()));
            self.end();
        }
        if let Some(line) = half_told(report) {
            self.line(line);
        }
        if let Some(first) = all.iter().find(counts) {
            let text = format!("First cause: {} ({})", headline(first), visible(first.id));
            self.prose(&text, "", "  ");
        }
    }

    /// What was tested.
    fn began(&mut self, report: &Report) {
        let run = &report.run;
        let all = report.cases.len();
        let ran = report
            .cases
            .iter()
            .filter(|it| it.status != Status::Skipped);
        let cases = match ran.count() {
            ran if ran == all => many(all, "case"),
            ran => format!("{} of {}", number(ran), many(all, "case")),
        };
        let build = run
            .build
            .as_deref()
            .map(|it| format!(" · build {}", visible(it)));
        let seed = run.webhooks.then(|| format!(" · seed {}", run.seed));
        let text = format!(
            "sharecheck {} · {}{} · contract {} · {}{}",
            visible(&report.tool.version),
            visible(&run.target),
            build.unwrap_or_default(),
            run.contract.name(),
            cases,
            seed.unwrap_or_default()
        );
        self.paint(Ink::Faint, &wrapped(&text, self.style.width, 0, "  "));
        self.end();
        self.answer(report, "");
        self.end();
        self.audited(report);
    }

    /// What an audit looked at, what it found there, and what it looked for in vain.
    fn audited(&mut self, report: &Report) {
        for it in &report.audited {
            self.bullet(Ink::Strong, "audited", &visible(&it.target));
            for line in &it.found {
                self.prose(&visible(line), "  ", "    ");
            }
            for line in &it.missing {
                self.prose(&format!("in vain: {}", visible(line)), "  ", "    ");
            }
            for line in &it.notes {
                self.prose(&format!("note: {}", visible(line)), "  ", "    ");
            }
        }
        self.gap();
    }

    /// The team's question and its answer in a word, and why.
    fn answer(&mut self, report: &Report, why: &str) {
        let (word, _) = answer(report);
        let question = question(report);
        self.paint(Ink::Strong, question);
        self.paint(Ink::Plain, " ");
        let ink = match is_yes(report) {
            Some(true) => Ink::Good,
            Some(false) => Ink::Bad,
            None => Ink::Doubt,
        };
        self.paint(ink, word);
        let used = question.len() + 1 + word.len();
        let why = wrapped(why, self.style.width, used + 1, "");
        self.line(&format!(" {why}"));
    }

    /// The faults that the run looks like, and where to read what to do about them.
    fn likenesses(&mut self, report: &Report) {
        self.gap();
        for it in likenesses(report) {
            self.bullet(Ink::Strong, it.word, &it.text);
            let fault = visible(&it.diagnosis.suspect.fault);
            let stacks = stacks(it.diagnosis);
            self.line(&format!(
                "  sharecheck explain {fault}  how to mend it: {stacks}"
            ));
        }
        if let Some(text) = unexplained(report) {
            self.line(&text);
        }
    }

    /// By which methods wallets were put together again, and on which curves.
    fn wallets(&mut self, report: &Report) {
        let Some(grid) = Grid::of(report).filter(|it| !it.rows.is_empty()) else {
            return;
        };
        self.gap();
        self.paint(Ink::Strong, "wallets put together again");
        self.end();
        for line in grid.lines() {
            self.line(&format!("  {line}"));
        }
    }

    /// With `-v`: every case on a line; with `-vv` what was asked of it and what was sent, too.
    fn cases(&mut self, report: &Report) {
        for case in &report.cases {
            let kind = shown(case);
            let ink = match kind {
                Shown::Passed => Ink::Good,
                Shown::Failed => Ink::Bad,
                Shown::Warned | Shown::Tripped | Shown::Undecided | Shown::Errored => Ink::Doubt,
                Shown::Skipped => Ink::Faint,
            };
            self.paint(ink, &format!("{:<9}", kind.name()));
            self.line(&format!(" {}  {}", visible(&case.id), visible(&case.title)));
            if self.style.verbose > 1 {
                self.inside(case);
            }
        }
        self.gap();
    }

    fn inside(&mut self, case: &CaseResult) {
        for check in &case.checks {
            let id = visible(&check.requirement);
            let text = match check.status {
                Status::Passed => format!("{} {id}", check.status.name()),
                Status::Failed | Status::Undecided | Status::Skipped | Status::Errored => {
                    format!("{} {id}: {}", check.status.name(), visible(&check.message))
                }
            };
            self.line(&format!("            {text}"));
        }
        for exchange in &case.exchanges {
            self.line(&format!(
                "            {} → {}",
                request_line(case, exchange),
                answer_line(exchange)
            ));
        }
    }

    fn numbers(&mut self, report: &Report) {
        let times = |it: &Latency| {
            format!(
                "p50 {:.1} ms, p95 {:.1} ms, p99 {:.1} ms, max {:.1} ms",
                it.p50_ms, it.p95_ms, it.p99_ms, it.max_ms
            )
        };
        self.line(&format!("store  {}", times(&report.latency.store)));
        self.line(&format!("fetch  {}", times(&report.latency.fetch)));
        for fact in held(report).iter().chain(&report.facts) {
            self.bullet(Ink::Faint, "fact", &visible(fact));
        }
        self.line(&format!(
            "seed {} · run {}",
            report.run.seed,
            visible(&report.run.id)
        ));
        self.gap();
    }

    /// What has no answer, by cause; what is behind a broken requirement was told with that.
    fn open(&mut self, report: &Report) {
        if ended_before_it_began(report) {
            return;
        }
        let undecided = of_requirements(report, Status::Undecided).into_iter();
        let told = |it: &Cause<'_>| it.behind.is_some_and(|id| told_with(report, id));
        let others: Vec<Cause<'_>> = undecided.filter(|it| !told(it)).collect();
        self.causes("undecided", &others);
        self.causes("not testable", &of_requirements(report, Status::Errored));
    }

    fn skipped(&mut self, report: &Report) {
        let skipped = of_cases(report, Status::Skipped);
        if skipped.is_empty() || ended_before_it_began(report) {
            return;
        }
        let reasons: Vec<String> = skipped
            .iter()
            .map(|it| format!("{} × {}", number(it.ids.len()), visible(&it.message)))
            .collect();
        let total = skipped.iter().map(|it| it.ids.len()).sum();
        let text = format!("{}: {}", many(total, "case"), reasons.join("; "));
        self.bullet(Ink::Faint, "skipped", &text);
        self.gap();
    }

    fn causes(&mut self, what: &str, causes: &[Cause<'_>]) {
        let most = if self.style.verbose > 0 {
            usize::MAX
        } else {
            MOST_CAUSES
        };
        for it in causes.iter().take(most) {
            let text = format!(
                "{}: {} ({})",
                many(it.ids.len(), "requirement"),
                visible(&it.message),
                list(&it.ids, MOST_IDS)
            );
            self.bullet(Ink::Doubt, what, &text);
        }
        let rest: usize = causes.iter().skip(most).map(|it| it.ids.len()).sum();
        if rest > 0 {
            self.bullet(
                Ink::Doubt,
                what,
                &format!(
                    "{} for other reasons (-v tells them)",
                    many(rest, "requirement")
                ),
            );
        }
    }

    fn failure<'a>(
        &mut self,
        report: &Report,
        it: &Broken<'a>,
        told: &mut HashMap<(&'a str, usize), &'a str>,
    ) {
        let best = it.best();
        self.head(Ink::Bad, "broken", it);
        if let Some(extent) = extent(report, it.id) {
            self.prose(&extent, "  ", "  ");
        }
        self.seen(&best);
        self.field("at", best.check.place().as_deref());
        self.raw_rows(&best);
        if let Some(requirement) = it.requirement {
            self.field("mend", Some(&requirement.fix));
            self.field("wallet", Some(&requirement.consequence));
        }
        let cause = report
            .causes
            .iter()
            .find(|cause| cause.requirement == it.id);
        if let Some(cause) = cause.filter(|cause| cause.undecided > 0) {
            let ids: Vec<&str> = cause.behind.iter().map(String::as_str).collect();
            let text = format!(
                "{} of {} could not be told because of that",
                many(cause.undecided, "check"),
                list(&ids, MOST_IDS)
            );
            self.field("behind", Some(&text));
        }
        if let Some(places) = also_at(it) {
            self.field("also at", Some(&places));
        }
        for (other, count) in it.others().into_iter().take(2) {
            let text = format!(
                "{} ({}, {})",
                other.check.message,
                other.case.id,
                many(count, "case")
            );
            self.field("also", Some(&text));
        }
        self.raw_field("again", &again(report, &[&best.case.id]));
        if self.style.verbose > 0
            && let Some(exchange) = best.exchange()
        {
            let place = (
                best.case.id.as_str(),
                best.check.exchange().unwrap_or_default(),
            );
            if let Some(earlier) = told.get(&place) {
                self.field(
                    "request",
                    Some(&format!("as under {earlier}, in {}", place.0)),
                );
            } else {
                self.exchange(report, &best, exchange);
                told.insert(place, it.id);
            }
        }
        self.end();
    }

    /// Where it is seen, what happened there step after step, and what is wrong in the end.
    fn seen(&mut self, best: &Sighting<'_>) {
        let text = format!("{}: {}", best.case.id, best.check.message);
        self.field("seen in", Some(&text));
        let Some(story) = Story::of(best) else {
            self.field("expected", best.check.expected.as_deref());
            self.field("came", best.check.observed.as_deref());
            return;
        };
        let room = self.style.width.max(60) - INDENT;
        let (lines, shortened) = story.lines(room);
        for line in lines {
            self.line(&format!("{:INDENT$}{line}", ""));
        }
        for line in signs(best) {
            self.line(&format!("{:INDENT$}  {line}", ""));
        }
        let (expected, came) = if shortened {
            (
                best.check.expected.as_deref(),
                best.check.observed.as_deref(),
            )
        } else {
            story.untold(best.check)
        };
        // Where an endpoint of the custodian's own is, only its team knows.
        let own = best.exchange().filter(|it| it.sent.webhook.is_own());
        if let Some(it) = own.filter(|_| self.style.verbose == 0) {
            self.raw_field(
                "request",
                &cut(&request_line(best.case, it), 2 * self.style.width),
            );
        }
        self.field("expected", expected);
        self.field("came", came);
        self.field("said", story.said.as_deref());
    }

    /// What lists the rows meant.
    fn raw_rows(&mut self, best: &Sighting<'_>) {
        if let Some(query) = &best.check.rows {
            self.raw_field("rows", &visible(query));
        }
    }

    fn exchange(&mut self, report: &Report, best: &Sighting<'_>, exchange: &Exchange) {
        let line = request_line(best.case, exchange);
        self.raw_field("request", &cut(&line, 2 * self.style.width));
        self.body(&exchange.sent.body);
        self.raw_field("answer", &answer_line(exchange));
        if let Some(reply) = exchange.reply() {
            self.body(&reply.body);
        }
        let mut name = "repeat";
        for line in repeat(report, best.case, best.check.exchange().unwrap_or_default()) {
            self.raw_field(name, &line);
            name = "";
        }
        if is_shortened(exchange) {
            let text = format!(
                "(the request had {} bytes; a shorter one is shown)",
                number(exchange.sent.bytes)
            );
            self.raw_field("", &text);
        }
    }

    fn known(&mut self, report: &Report, it: &Broken<'_>) {
        self.head(Ink::Doubt, "known", it);
        self.field("accepted", accepted(report, &it.best()).as_deref());
    }

    fn warning(&mut self, report: &Report, it: &Broken<'_>) {
        self.head(Ink::Doubt, "warning", it);
        let best = it.best();
        self.seen(&best);
        self.field("at", best.check.place().as_deref());
        self.raw_rows(&best);
        if let Some(requirement) = it.requirement {
            self.field("mend", Some(&requirement.fix));
        }
        if self.style.verbose > 0
            && let Some(exchange) = best.exchange()
        {
            self.exchange(report, &best, exchange);
        }
    }

    fn note(&mut self, it: &Broken<'_>) {
        self.head(Ink::Faint, "note", it);
    }

    /// The headline of a broken requirement, and how often it is seen.
    fn head(&mut self, ink: Ink, word: &str, it: &Broken<'_>) {
        self.paint(ink, word);
        self.paint(Ink::Plain, " ");
        let text = headline(it);
        let text = wrapped(&text, self.style.width, word.len() + 1, "  ");
        self.paint(Ink::Strong, &text);
        self.end();
        let cases = many(it.sightings.len(), "case");
        let text = format!("{} · {} · in {cases}", visible(it.id), it.level.name());
        self.prose(&text, "  ", "  ");
    }
}

/// Where else an audit has seen it.
fn also_at(it: &Broken<'_>) -> Option<String> {
    let best = it.best();
    let others = it
        .sightings
        .iter()
        .filter(|other| other.case.id != best.case.id);
    let places: Vec<String> = others
        .filter(|other| other.exchange().is_none())
        .filter_map(|other| Some(format!("{} ({})", other.check.place()?, other.case.id)))
        .collect();
    let places: Vec<&str> = places.iter().map(String::as_str).collect();
    (!places.is_empty()).then(|| list(&places, MOST_IDS))
}

/// Whether a run ended before anything was seen: why it did is all there is to tell.
fn ended_before_it_began(report: &Report) -> bool {
    report.run.halted.is_some() && !saw_something(report)
}

/// Whether this requirement stands among the broken ones, with how much cannot be told because of it.
fn told_with(report: &Report, id: &str) -> bool {
    let mut causes = report.causes.iter();
    causes.any(|it| it.requirement == id && it.undecided > 0)
}

/// What was sent, on a line.
fn request_line(case: &CaseResult, exchange: &Exchange) -> String {
    let sent = &exchange.sent;
    let client = match case.clients.get(&sent.client) {
        Some(id) => format!("{} = {}", visible(&sent.client), visible(id)),
        None => visible(&sent.client).into_owned(),
    };
    let oddity = sent.oddity().unwrap_or_default();
    let oddity = visible(&oddity);
    let oddity = if oddity.is_empty() {
        String::new()
    } else {
        format!(" · {oddity}")
    };
    format!("{} · client {client}{oddity}", visible(&sent.line()))
}

/// What came, on a line.
fn answer_line(exchange: &Exchange) -> String {
    let time = seconds(exchange.elapsed_us() / 1000);
    match &exchange.outcome {
        Ok(reply) => {
            let kind = reply.content_type.as_deref().unwrap_or("no content type");
            format!(
                "{} · {} · {} bytes · {time}",
                reply.status,
                visible(kind),
                number(reply.bytes)
            )
        }
        Err(trouble) => format!("none: {} · {time}", visible(&trouble.to_string())),
    }
}
