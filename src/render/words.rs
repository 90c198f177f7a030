//! What a report says in sentences, the same in every form that people read: the stage, the
//! answer to the team's question, the verdict.

use super::audited;
use super::broken::{Broken, Sighting, broken};
use super::rehearsed;
use super::visible::visible;
use super::wallets::together;
use crate::contract::Contract;
use crate::model::finding::{Standing, Status};
use crate::model::report::{Held, Report, RequirementResult, Ruling, Stage};
use crate::model::requirement::Level;

/// The verdict and the counts on one line.
pub(super) fn last_line(report: &Report, broken: &[Broken<'_>]) -> String {
    let with = |status| report.counts.requirements_with(status);
    let standing = |standing| broken.iter().filter(|it| it.standing == standing).count();
    let part = |count: usize, words: String| (count > 0).then_some(words);
    let [counted, known, warnings, notes] = [
        Standing::Counted,
        Standing::Known,
        Standing::Warning,
        Standing::Note,
    ]
    .map(standing);
    let required = broken
        .iter()
        .filter(|it| it.standing == Standing::Counted)
        .all(|it| it.level == Level::Required);
    let what = if required {
        "required requirement"
    } else {
        "requirement"
    };
    let passed = with(Status::Passed);
    let [errored, undecided, skipped] =
        [Status::Errored, Status::Undecided, Status::Skipped].map(with);
    let nothing = counted + known + errored + undecided + passed == 0;
    let (but, known) = if report.outcome.verdict == Ruling::Conforms && known > 0 {
        (format!(" but for {}", many(known, "known failure")), 0)
    } else {
        (String::new(), known)
    };
    let parts: Vec<String> = [
        part(counted, format!("{} broken", many(counted, what))),
        part(errored, format!("{} not testable", number(errored))),
        part(undecided, format!("{} undecided", number(undecided))),
        Some(match counted + errored + undecided {
            0 if nothing => "nothing tested".to_owned(),
            0 => format!("{} passed", many(passed, "requirement")),
            _ => format!("{} passed", number(passed)),
        }),
        part(known, many(known, "known failure")),
        part(warnings, many(warnings, "warning")),
        part(notes, many(notes, "note")),
        part(skipped, format!("{} skipped", number(skipped))),
    ]
    .into_iter()
    .flatten()
    .collect();
    let part = report
        .run
        .shard
        .map_or_else(String::new, |part| format!(" ({})", part.shard));
    let requests = if report.run.webhooks {
        format!(", {}", many(report.run.requests, "request"))
    } else {
        String::new()
    };
    format!(
        "{}{part}{but}: {} · {}{requests} in {} · exit {}",
        report.outcome.verdict.words(),
        parts.join(", "),
        many(report.cases.len(), "case"),
        seconds(report.run.duration_ms),
        report.outcome.exit_code
    )
}

/// The stage as a sentence.
pub(super) fn stage(report: &Report) -> String {
    if let Some(rehearsal) = &report.rehearsal {
        if report.cases.is_empty() {
            return "Nothing was seen of either version.".to_owned();
        }
        return rehearsed::versions(rehearsal);
    }
    let Some(stage) = report.outcome.stage else {
        if let Some(part) = report.run.shard {
            return format!(
                "Stage: not known; this is {}. Merge the reports of all {} for a verdict: sharecheck merge.",
                part.shard, part.shard.of
            );
        }
        if !report.run.webhooks {
            return "Stage: not known; an audit does not call the webhooks.".to_owned();
        }
        return "Stage: not known; too little was seen of the custodian.".to_owned();
    };
    let means = match stage {
        Stage::None => "it gives neither the answers of v5 nor those of v6",
        Stage::V5 => "it keeps one share per client and answers as v5",
        Stage::V6WriteOnly => {
            "it takes v6 stores but still answers as v5, so that no v6 backup can be recovered"
        }
        Stage::V6BreaksV5 => "it answers as v6, but refuses or loses what older apps (v5) store",
        Stage::V6Partial => "it answers as v6, but breaks what v6 requires",
        Stage::V6 => "it keeps the multi-backup contract",
    };
    format!("Stage {}: {means}.", stage.name())
}

/// The question that a team runs this for.
pub(super) const QUESTION: &str = "May we set isMultiBackupEnabled?";

/// What a report answers: a rehearsal has a question of its own.
pub(super) fn question(report: &Report) -> &'static str {
    let rehearsal = report.rehearsal.as_ref();
    rehearsal.map_or(QUESTION, |it| it.phase.question())
}

/// Whether its answer is a Yes; none where it cannot be told.
pub(super) fn is_yes(report: &Report) -> Option<bool> {
    match &report.rehearsal {
        Some(_) => rehearsed::is_yes(report),
        None => report.outcome.multi_backup_safe,
    }
}

/// Its answer in a word, and why; with how many wallets were put together again, where that was looked at.
pub(super) fn answer(report: &Report) -> (&'static str, String) {
    let (word, mut why) = answered(report);
    if let Some(together) = together(report) {
        why.push(' ');
        why.push_str(&sentence(&together));
    }
    (word, why)
}

fn answered(report: &Report) -> (&'static str, String) {
    if let Some(rehearsal) = &report.rehearsal {
        return rehearsed::answer(report, rehearsal);
    }
    let ids = |level: Option<Level>, status: Status| -> Vec<&str> {
        report
            .requirements
            .iter()
            .filter(|it| level.is_none_or(|level| it.level == level) && it.status == status)
            .map(|it| it.id.as_str())
            .collect()
    };
    let first = || {
        let reason = report.outcome.reasons.first();
        reason.map_or_else(String::new, |reason| format!(": {}", visible(reason)))
    };
    match (report.outcome.multi_backup_safe, report.run.contract) {
        (Some(true), Contract::V5 | Contract::V6) => {
            let unseen = ids(None, Status::Skipped);
            let but = if unseen.is_empty() {
                String::new()
            } else {
                format!(" Not looked at: {}.", list(&unseen, 4))
            };
            let word = if missed(report).is_empty() {
                "Yes."
            } else {
                "Yes, as far as it was looked at."
            };
            let why = format!("Every required requirement that was tested is kept.{but}");
            (word, why)
        }
        (Some(false), Contract::V5) => (
            "No.",
            "The custodian was held to contract v5 only. Hold it to v6 before you set it."
                .to_owned(),
        ),
        (Some(false), Contract::V6) => {
            let broken = ids(Some(Level::Required), Status::Failed);
            let verb = if broken.len() == 1 { "is" } else { "are" };
            let what = many(broken.len(), "required requirement");
            let known = match known(report) {
                0 => String::new(),
                count => format!(" ({} accepted for now)", number(count)),
            };
            let why = format!("{what} {verb} broken: {}{known}.", list(&broken, 4));
            ("No.", why)
        }
        (None, Contract::V5 | Contract::V6) => {
            let why = match report.outcome.verdict {
                Ruling::Refused => "The run was stopped for safety.".to_owned(),
                Ruling::Interrupted => "The run was stopped before its end.".to_owned(),
                Ruling::CouldNotTest => "The custodian could not be tested.".to_owned(),
                Ruling::InternalError => format!("sharecheck itself failed{}.", first()),
                Ruling::Conforms | Ruling::Drift | Ruling::DoesNotConform | Ruling::Undecided => {
                    unproved(report, &ids(Some(Level::Required), Status::Undecided))
                }
            };
            ("Cannot be told.", why)
        }
    }
}

/// What is required and was not looked at.
pub(super) fn missed(report: &Report) -> Vec<&RequirementResult> {
    let all = report.requirements.iter();
    all.filter(|it| it.level == Level::Required && it.status == Status::Skipped)
        .collect()
}

/// Why a run that went to its end does not tell, with the required requirements that are undecided.
fn unproved(report: &Report, open: &[&str]) -> String {
    if let Some(part) = report.run.shard {
        return format!("Only {} was run.", part.shard);
    }
    if !saw_something(report) {
        return "Nothing was tested.".to_owned();
    }
    if open.is_empty() {
        if let Some(unseen) = audited::unseen(report) {
            return format!("Nothing required was seen to be broken. {unseen}");
        }
        return "Nothing required is broken, but not all of the contract was tested.".to_owned();
    }
    let verb = if open.len() == 1 { "is" } else { "are" };
    let what = many(open.len(), "required requirement");
    format!("{what} {verb} undecided: {}.", list(open, 4))
}

/// Whether the custodian was seen to keep or to break anything.
pub(super) fn saw_something(report: &Report) -> bool {
    [Status::Passed, Status::Failed]
        .into_iter()
        .any(|status| report.counts.requirements_with(status) > 0)
}

/// How many required requirements are broken in a way that a team has accepted for now.
fn known(report: &Report) -> usize {
    broken(report)
        .iter()
        .filter(|it| it.standing == Standing::Known && it.level == Level::Required)
        .count()
}

/// Who has accepted a failed check, until when, and why.
pub(super) fn accepted(report: &Report, it: &Sighting<'_>) -> Option<String> {
    let entry = report.accepted(&it.case.id, it.check)?;
    Some(format!(
        "by {} until {}: {}",
        entry.owner, entry.expires, entry.reason
    ))
}

/// A fragment as a sentence of its own.
pub(super) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let Some(first) = chars.next() else {
        return String::new();
    };
    let stop = if text.ends_with(['.', '!', '?', '…']) {
        ""
    } else {
        "."
    };
    // An id at the start keeps its case.
    let word = text.split(' ').next().unwrap_or_default();
    if word.contains(['.', '-', '/', '_']) || word.chars().skip(1).any(char::is_uppercase) {
        return format!("{text}{stop}");
    }
    format!("{}{}{stop}", first.to_uppercase(), chars.as_str())
}

/// What is wrong with a requirement, in one sentence: its headline. A report of an older version has none, and says what
/// the most telling check says.
pub(super) fn headline(it: &Broken<'_>) -> String {
    match it.requirement.map(|it| it.breach.as_str()) {
        None | Some("") => sentence(&visible(&it.best().check.message)),
        Some(breach) => visible(breach).into_owned(),
    }
}

/// The first few of some ids, and how many there are beside them.
pub(super) fn list(ids: &[&str], most: usize) -> String {
    // To name one more takes no more room than to say that there is one more.
    let shown = if ids.len() <= most + 1 {
        ids.len()
    } else {
        most
    };
    let names: Vec<_> = ids[..shown].iter().map(|id| visible(id)).collect();
    match ids.len() - shown {
        0 => names.join(", "),
        more => format!("{} and {} more", names.join(", "), number(more)),
    }
}

/// What the custodian had to keep until the end of the run, where it was looked at again.
pub(super) fn held(report: &Report) -> Option<String> {
    let Held { clients, bytes } = report.run.held?;
    let kilobytes = bytes.div_ceil(1000);
    Some(format!(
        "{} were looked at again at the end, which had {} kB of stores to keep: more clients, or more time, were not tried",
        many(clients, "client"),
        number(kilobytes)
    ))
}

/// A count with its noun, which takes an s in the plural.
pub(super) fn many(count: usize, noun: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{} {noun}{s}", number(count))
}

/// A number with commas.
pub(super) fn number(count: usize) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Milliseconds as people say them.
pub(super) fn seconds(ms: u64) -> String {
    match ms {
        0..100 => format!("{ms} ms"),
        100..60_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        _ => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(number),
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(
            [7, 940, 61_000].map(seconds),
            ["7 ms", "0.9 s", "1 min 1 s"]
        );
        assert_eq!(
            (many(1, "case"), many(2, "case")),
            ("1 case".to_owned(), "2 cases".to_owned())
        );
    }

    #[test]
    fn a_list_is_not_cut_for_the_sake_of_one() {
        assert_eq!(list(&["a", "b", "c"], 2), "a, b, c");
        assert_eq!(list(&["a", "b", "c", "d"], 2), "a, b and 2 more");
    }

    #[test]
    fn a_fragment_becomes_a_sentence_and_an_id_stays() {
        assert_eq!(sentence("connection refused"), "Connection refused.");
        assert_eq!(
            sentence("replace.same-method broke"),
            "replace.same-method broke."
        );
    }
}
