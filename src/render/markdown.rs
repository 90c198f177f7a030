//! A page in GitHub's Markdown, for a job's summary: the answer first, then what did not pass, then details
//! that can be opened. No longer than GitHub takes.

use super::audited::parts;
use super::broken::{Broken, broken};
use super::causes::{of_cases, of_requirements};
use super::happened::happened;
use super::methods::extent;
use super::rehearsed::{lines, sum};
use super::repeat::repeat;
use super::story::Story;
use super::suspects::{likenesses, unexplained};
use super::visible::visible;
use super::wallets::{Grid, Seen, half_told_at_length};
use super::words::{accepted, answer, headline, last_line, list, many, question, sentence, stage};
use crate::contract::wallet::Curve;
use crate::model::finding::{Standing, Status};
use crate::model::remedy::Remedy;
use crate::model::report::{Report, Ruling};
use std::fmt::Write as _;

/// GitHub takes a mebibyte.
const MOST: usize = 1 << 20;
/// The bytes that are kept free for the note that something was cut.
const NOTE: usize = 1024;
/// How long a line of a story is at the most, in characters.
const ROOM: usize = 100;
/// How many ids are listed in one place.
const MOST_IDS: usize = 6;

pub(super) fn render(report: &Report) -> String {
    summary(report, MOST)
}

/// The page in at most so many bytes: whole sections, and a note if there was no room for all. Empty where not
/// even the note has room.
pub fn summary(report: &Report, most: usize) -> String {
    let Some(most) = most.checked_sub(NOTE) else {
        return String::new();
    };
    let all = broken(report);
    let mut parts = vec![
        head(report, &all),
        table(report, &all),
        wallets(report),
        suspects(report),
    ];
    parts.extend(all.iter().map(|it| details(report, it)));
    parts.push(left_out(report));
    join(&parts, most)
}

/// Whole parts, as many as fit, and a note if they did not all.
fn join(parts: &[String], most: usize) -> String {
    let mut out = String::new();
    for (index, part) in parts.iter().enumerate() {
        if out.len() + part.len() > most {
            let _ = writeln!(
                out,
                "\n> **Cut here:** this page would be too long; {} left out. The other reports have everything.",
                many(parts.len() - index, "section")
            );
            break;
        }
        out.push_str(part);
    }
    out
}

fn head(report: &Report, all: &[Broken<'_>]) -> String {
    let sign = match report.outcome.verdict {
        Ruling::Conforms if all.iter().any(|it| it.standing == Standing::Known) => "⚠️",
        Ruling::Conforms => "✅",
        Ruling::DoesNotConform | Ruling::Refused | Ruling::InternalError => "❌",
        Ruling::CouldNotTest | Ruling::Undecided | Ruling::Drift | Ruling::Interrupted => "⚠️",
    };
    let (word, why) = answer(report);
    let build = report.run.build.as_deref();
    let build = build.map(|it| format!(" · build {}", code(it)));
    let seed = report
        .run
        .webhooks
        .then(|| format!(" · seed {}", report.run.seed));
    let mut out = format!(
        "## {sign} {} {word}\n\n{}\n\n{}\n\n**{}**\n\nTarget {}{} · contract {}{}\n",
        question(report),
        text(&why),
        text(&stage(report)),
        text(&last_line(report, all)),
        code(&report.run.target),
        build.unwrap_or_default(),
        report.run.contract.name(),
        seed.unwrap_or_default(),
    );
    out.push_str(&audited(report));
    out.push_str(&timeline(report));
    if let Some(half) = half_told_at_length(report) {
        // It is ours, and names what is typed as code.
        let _ = write!(out, "\n{half}\n");
    }
    if let Some(first) = all.iter().find(|it| it.standing == Standing::Counted) {
        out.push_str(&seen(report, first));
    }
    for paragraph in happened(report) {
        match paragraph.strip_prefix("$ ") {
            Some(command) => {
                let _ = write!(out, "\n{}", block(command));
            }
            None => {
                let _ = write!(out, "\n{}\n", text(&paragraph));
            }
        }
    }
    out
}

/// How requests were served while a new version came, and what else there is to know of a rehearsal.
fn timeline(report: &Report) -> String {
    let mut out = String::new();
    let Some(rehearsal) = &report.rehearsal else {
        return out;
    };
    let line = rehearsal.timeline.as_ref();
    if let Some(line) = line.filter(|it| !it.pieces.is_empty()) {
        let lines: Vec<String> = lines(line).into_iter().map(|(_, text)| text).collect();
        let _ = write!(
            out,
            "\n{}\n\n{}",
            text(&sum(line)),
            block(&lines.join("\n"))
        );
    }
    for (at, fact) in report.facts.iter().chain(&report.notices).enumerate() {
        let lead = if at == 0 { "\n" } else { "" };
        let _ = writeln!(out, "{lead}* {}", text(fact));
    }
    out
}

/// What each part of the migration comes to, and what was looked at for that.
fn audited(report: &Report) -> String {
    let mut out = String::new();
    for it in parts(report) {
        let sign = match it.kept {
            Some(true) => "✅",
            Some(false) => "❌",
            None => "❔",
        };
        let lead = if out.is_empty() { "\n" } else { "" };
        let _ = writeln!(out, "{lead}* {sign} {}", text(&it.line()));
    }
    for it in &report.audited {
        let _ = writeln!(out, "\nAudited {}:", code(&it.target));
        let missing = it.missing.iter().map(|it| format!("in vain: {it}"));
        let notes = it.notes.iter().map(|it| format!("note: {it}"));
        let lines = it.found.iter().cloned().chain(missing).chain(notes);
        for (at, line) in lines.enumerate() {
            let lead = if at == 0 { "\n" } else { "" };
            let _ = writeln!(out, "{lead}* {}", text(&line));
        }
    }
    out
}

/// What is wrong in the first place, and what happened in the plainest case that shows it.
fn seen(report: &Report, it: &Broken<'_>) -> String {
    let best = it.best();
    let extent = extent(report, it.id);
    let extent = extent.map_or_else(String::new, |it| format!(" {}", text(&it)));
    let mut out = format!(
        "\n**{}** Seen in {}: {}.{extent}\n",
        text(&headline(it)),
        code(&best.case.id),
        text(&best.check.message)
    );
    if let Some(story) = Story::of(&best) {
        let (mut lines, _) = story.lines(ROOM);
        lines.extend(story.said.map(|it| format!("  {it}")));
        let _ = write!(out, "\n{}", block(&lines.join("\n")));
    }
    out
}

fn table(report: &Report, all: &[Broken<'_>]) -> String {
    let mut out = String::new();
    let mut row = |cells: [&str; 4]| {
        if out.is_empty() {
            out.push_str("\n| requirement | level | result | what was seen |\n|---|---|---|---|\n");
        }
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    };
    for it in all {
        let seen = format!(
            "{} ({})",
            text(&headline(it)),
            many(it.sightings.len(), "case")
        );
        row([&code(it.id), it.level.name(), word(it.standing), &seen]);
    }
    for (status, what) in [
        (Status::Errored, "not testable"),
        (Status::Undecided, "undecided"),
    ] {
        for cause in of_requirements(report, status) {
            let ids: Vec<String> = cause.ids.iter().take(MOST_IDS).map(|id| code(id)).collect();
            let more = cause.ids.len().saturating_sub(MOST_IDS);
            let more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            row([
                &format!("{}{more}", ids.join(", ")),
                cause.level.name(),
                what,
                &text(&cause.message),
            ]);
        }
    }
    out
}

/// By which methods wallets were put together again, and on which curves.
fn wallets(report: &Report) -> String {
    let Some(grid) = Grid::of(report).filter(|it| !it.rows.is_empty()) else {
        return String::new();
    };
    let curves = grid.curves.map(Curve::name);
    let mut out = format!(
        "\n| wallets put together again by | {} |\n|---|---|---|\n",
        curves.join(" | ")
    );
    for (method, cells) in &grid.rows {
        let cells = cells
            .each_ref()
            .map(|it| it.as_ref().map_or_else(String::new, Seen::text));
        let _ = writeln!(out, "| {} | {} |", code(method), cells.join(" | "));
    }
    out
}

fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Counted => "**broken**",
        Standing::Known => "known failure",
        Standing::Warning => "warning",
        Standing::Note => "note",
    }
}

/// The faults that the run looks like, each with its remedies to open.
fn suspects(report: &Report) -> String {
    let mut out = String::new();
    for it in likenesses(report) {
        let _ = writeln!(out, "\n**{}** {}", it.word, text(&it.text));
        for remedy in &it.diagnosis.remedies {
            out.push_str(&remedied(remedy));
        }
    }
    if let Some(left) = unexplained(report) {
        let _ = writeln!(out, "\n{left}");
    }
    out
}

fn remedied(remedy: &Remedy) -> String {
    let mut out = format!("\n<details><summary>{}</summary>\n", html(&remedy.title));
    for fix in &remedy.fixes {
        let applies = fix.applies.as_deref();
        let applies = applies.map_or_else(String::new, |it| format!(" ({})", text(it)));
        let _ = writeln!(out, "\n{}{applies}\n", fix.stack.title());
        let lines: Vec<_> = fix.code.lines().map(visible).collect();
        out.push_str(&block(&lines.join("\n")));
    }
    out.push('\n');
    for sentence in &remedy.mind {
        let _ = writeln!(out, "* {}", text(sentence));
    }
    out.push_str("\n</details>\n");
    out
}

fn details(report: &Report, it: &Broken<'_>) -> String {
    let best = it.best();
    let cases: Vec<&str> = it.sightings.iter().map(|it| it.case.id.as_str()).collect();
    let mut out = format!(
        "\n<details><summary><code>{}</code> ({}): {}</summary>\n\n",
        html(it.id),
        it.level.name(),
        html(&headline(it))
    );
    let mut item = |name: &str, value: &str| {
        let _ = writeln!(out, "* **{name}** {value}");
    };
    item("Seen", &text(&sentence(&best.check.message)));
    for (name, value) in [
        ("Expected", &best.check.expected),
        ("Came", &best.check.observed),
        ("At", &best.check.place()),
    ] {
        if let Some(value) = value {
            item(name, &text(value));
        }
    }
    if let Some(query) = &best.check.rows {
        item("Rows", &text(query));
    }
    if let Some(by) = accepted(report, &best) {
        item("Accepted", &text(&by));
    }
    if let Some(requirement) = it.requirement {
        item("For a wallet", &text(&requirement.consequence));
        item("How to mend it", &text(&requirement.fix));
    }
    item(
        "Seen in",
        &format!(
            "{}: {}",
            many(cases.len(), "case"),
            text(&list(&cases, MOST_IDS))
        ),
    );
    if let Some(exchange) = best.exchange() {
        let came = match &exchange.outcome {
            Ok(reply) => {
                let kind = reply.content_type.as_deref().unwrap_or("no content type");
                format!("{} {kind}\n{}", reply.status, visible(&reply.body))
            }
            Err(trouble) => trouble.to_string(),
        };
        out.push('\n');
        let lines = [
            exchange.sent.line(),
            visible(&exchange.sent.body).into_owned(),
            String::new(),
            came,
        ];
        out.push_str(&block(&lines.join("\n")));
        let commands = repeat(report, best.case, best.check.exchange().unwrap_or_default());
        out.push_str("\nTo repeat it:\n\n");
        out.push_str(&block(&commands.join("\n")));
    }
    out.push_str("\n</details>\n");
    out
}

fn left_out(report: &Report) -> String {
    let mut out = String::new();
    for cause in of_cases(report, Status::Skipped) {
        let ids = list(&cause.ids, MOST_IDS);
        let _ = writeln!(
            out,
            "\nSkipped, {}: {} ({}).",
            text(&cause.message),
            many(cause.ids.len(), "case"),
            text(&ids)
        );
    }
    for notice in &report.notices {
        let _ = writeln!(out, "\nNotice: {}", text(&sentence(notice)));
    }
    out
}

/// A text that means nothing to Markdown, to HTML or to a table, and is still read well as it stands: only what would mean
/// something where it stands is escaped.
pub(super) fn text(text: &str) -> String {
    let text = visible(text);
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let next = rest.peek().copied().unwrap_or(' ');
        let inside = before.is_alphanumeric() && next.is_alphanumeric();
        match c {
            '&' if next == '#' || next.is_alphanumeric() => out.push_str("&amp;"),
            // A mention would call somebody.
            '@' => out.push_str("&#64;"),
            // A bare address would become a link.
            ':' if next == '/' => out.push_str("\\:"),
            '#' | '>' | '+' | '-' if out.is_empty() => {
                out.push('\\');
                out.push(c);
            }
            '_' if inside => out.push(c),
            '\\' | '`' | '*' | '_' | '[' | '|' | '~' | '$' | '<' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
        before = c;
    }
    out
}

/// A text inside HTML.
fn html(text: &str) -> String {
    let text = visible(text);
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// A text as code within a line, also in a table.
pub(super) fn code(text: &str) -> String {
    let text = visible(text);
    if text.contains(['`', '|', '\\']) || text.trim() != text || text.is_empty() {
        let text = html(&text).replace('|', "&#124;").replace('`', "&#96;");
        return format!("<code>{text}</code>");
    }
    format!("`{text}`")
}

/// A text as a block of code; its fence is longer than any in it.
fn block(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}text\n{text}\n{fence}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_too_long_is_cut_between_sections_and_says_so() {
        let parts = vec!["a".repeat(10), "b".repeat(10), "c".repeat(10)];
        let page = join(&parts, 25);
        assert!(page.starts_with(&format!("{}{}", parts[0], parts[1])));
        assert!(
            page.contains("1 section left out") && !page.contains("ccc"),
            "{page}"
        );
    }

    #[test]
    fn a_text_is_read_as_it_stands_and_means_nothing() {
        assert_eq!(
            text("7 broken: replace.same-method (see user_id, backup_method)!"),
            "7 broken: replace.same-method (see user_id, backup_method)!"
        );
        assert_eq!(
            text("http://a.example <b> [x](y) a|b *c* _d_ `e` &lt; @f"),
            "http\\://a.example \\<b> \\[x](y) a\\|b \\*c\\* \\_d\\_ \\`e\\` &amp;lt; &#64;f"
        );
        assert_eq!(text("# heading"), "\\# heading");
        assert_eq!(
            [code("a.b"), code("a`b|c")],
            ["`a.b`", "<code>a&#96;b&#124;c</code>"]
        );
    }

    #[test]
    fn code_cannot_end_its_own_block() {
        assert_eq!(block("a ```` b"), "`````text\na ```` b\n`````\n");
    }
}
