//! Drift for people: in lines for the verdict, and as a diff, case by case. Takes what `model::behaviour` found.

use super::Style;
use super::page::{Ink, Page};
use super::visible::visible;
use super::words::{list, many, number};
use crate::model::behaviour::{Changed, Drift, FreeChange};
use similar::{ChangeTag, TextDiff};

/// How many unchanged lines are shown around a changed one.
const CONTEXT: usize = 2;
/// How many lines of the diff are shown for each case that is shown.
const LINES: usize = 4;
/// How many ids are listed in one place.
const MOST_IDS: usize = 4;

/// What has drifted from the snapshot of this name, a line each.
pub fn reasons(drift: &Drift, name: &str) -> Vec<String> {
    let counted = |changes: &[Changed], what: &str| {
        let ids: Vec<&str> = changes.iter().map(|it| it.id.as_str()).collect();
        the_ids(&ids).map(|ids| format!("{} {what} {name}: {ids}", many(changes.len(), "case")))
    };
    let free = drift.free.iter().map(|change| {
        let told = |answer: &Option<String>| answer.clone().unwrap_or_else(|| "nothing".to_owned());
        let FreeChange {
            what,
            approved,
            now,
        } = change;
        format!(
            "{what}: approved is “{}”, now “{}”",
            told(approved),
            told(now)
        )
    });
    let clients = drift.other_clients.then(|| {
        format!(
            "{name} was approved with other clients (made up, or given) and cannot be compared: approve anew"
        )
    });
    let nothing = drift.nothing_in_common.then(|| {
        format!("no case of this run is in {name}, so nothing was compared: approve anew")
    });
    let cases = [
        counted(&drift.worse, "got worse than in"),
        counted(&drift.changed, "changed since"),
    ];
    clients
        .into_iter()
        .chain(nothing)
        .chain(free)
        .chain(cases.into_iter().flatten())
        .collect()
}

/// What there is to say of cases that could not be compared: they are new, or the suite is another one.
pub fn not_compared(drift: &Drift, name: &str) -> Option<String> {
    if drift.other_suite {
        return Some(format!(
            "the suite changed since {name} was approved ({} new, {} rewritten, {} gone); only what both have was \
             compared: approve anew",
            many(drift.new.len(), "case"),
            drift.rewritten.len(),
            drift.gone.len()
        ));
    }
    let ids: Vec<&str> = drift.new.iter().map(String::as_str).collect();
    the_ids(&ids).map(|told| {
        let count = many(ids.len(), "case");
        format!("not yet in {name} and so not compared: {count} ({told}); approve anew to hold them, too")
    })
}

/// The diff, with so many cases at the most.
pub fn diff(drift: &Drift, name: &str, style: &Style, most: usize) -> String {
    let mut page = Page::new(style);
    for change in &drift.free {
        page.bullet(Ink::Doubt, "free", &visible(&change.what));
        page.removed_and_added(change);
    }
    let worse = drift.worse.iter().map(|case| (Ink::Bad, "worse", case));
    let changed = drift
        .changed
        .iter()
        .map(|case| (Ink::Doubt, "changed", case));
    for (ink, word, case) in worse.chain(changed).take(most) {
        page.case(ink, word, case, most.saturating_mul(LINES));
    }
    let total = drift.worse.len() + drift.changed.len();
    if total > most {
        page.line(&format!(
            "and {} more cases: sharecheck snapshot diff {name}",
            number(total - most)
        ));
    }
    for (word, ids) in [
        ("new", &drift.new),
        ("rewritten", &drift.rewritten),
        ("gone", &drift.gone),
    ] {
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        if let Some(told) = the_ids(&ids) {
            page.bullet(
                Ink::Faint,
                word,
                &format!("{} cases: {told}", number(ids.len())),
            );
        }
    }
    if drift.other_clients {
        page.bullet(
            Ink::Doubt,
            "clients",
            "made up in one, given in the other: nothing can be compared",
        );
    }
    page.text()
}

fn the_ids(ids: &[&str]) -> Option<String> {
    (!ids.is_empty()).then(|| list(ids, MOST_IDS))
}

impl Page {
    fn removed_and_added(&mut self, change: &FreeChange) {
        for (ink, sign, answer) in [
            (Ink::Bad, '-', &change.approved),
            (Ink::Good, '+', &change.now),
        ] {
            if let Some(answer) = answer {
                self.paint(ink, &format!("  {sign} {}", visible(answer)));
                self.end();
            }
        }
    }

    fn case(&mut self, ink: Ink, word: &str, case: &Changed, most: usize) {
        self.paint(ink, word);
        self.line(&format!(" {}: {}", visible(&case.id), visible(&case.title)));
        let approved: Vec<&str> = case.approved.iter().map(String::as_str).collect();
        let now: Vec<&str> = case.now.iter().map(String::as_str).collect();
        let diff = TextDiff::from_slices(&approved, &now);
        let mut left = most;
        for (at, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
            if at > 0 {
                self.paint(Ink::Faint, "  …");
                self.end();
            }
            for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
                if left == 0 {
                    self.paint(Ink::Faint, "  …");
                    return self.end();
                }
                left -= 1;
                let (ink, sign) = match change.tag() {
                    ChangeTag::Equal => (Ink::Plain, ' '),
                    ChangeTag::Delete => (Ink::Bad, '-'),
                    ChangeTag::Insert => (Ink::Good, '+'),
                };
                self.paint(ink, &format!("  {sign} {}", visible(change.value())));
                self.end();
            }
        }
    }
}
