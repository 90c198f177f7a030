//! Drift for people: what the runs come to, then each change in a line, however many cases show it. Takes what
//! `model::behaviour` found.

use super::Style;
use super::lead::{Lead, Stand};
use super::page::{Ink, Page};
use super::visible::visible;
use super::words::{list, many};
use crate::model::behaviour::{Apart, Change, Drift, Example, What};
use similar::{ChangeTag, TextDiff};

/// How many unchanged lines are shown around a changed one.
const CONTEXT: usize = 1;
/// How many lines of an example are shown.
const MOST_LINES: usize = 10;
/// How many ids are listed in one place.
const MOST_IDS: usize = 4;

/// What has drifted from the snapshot of this name, a line each.
pub fn reasons(drift: &Drift, name: &str) -> Vec<String> {
    let changes = drift.changes.iter().filter(|it| it.is_the_custodians());
    let changes = changes.map(|it| format!("not as in {name}: {}", line(it)));
    let apart = drift.apart.map(|it| apart(it, name));
    apart.into_iter().chain(changes).collect()
}

/// What there is to say of cases that could not be compared: they are new, or the suite is another one.
pub fn not_compared(drift: &Drift, name: &str) -> Option<String> {
    let [new, rewritten, gone] = drift.of_the_suite();
    if drift.other_suite {
        return Some(format!(
            "the suite changed since {name} was approved ({} new, {} rewritten, {} gone); only what both have was \
             compared: approve anew",
            many(new.len(), "case"),
            rewritten.len(),
            gone.len()
        ));
    }
    (!new.is_empty()).then(|| {
        let (told, count) = (list(&new, MOST_IDS), many(new.len(), "case"));
        format!("not yet in {name} and so not compared: {count} ({told}); approve anew to hold them, too")
    })
}

/// What the two runs come to, or why they cannot be compared.
pub fn conclusion(drift: &Drift, name: &str, style: &Style) -> String {
    let mut page = Page::new(style);
    head(&mut page, drift, name);
    page.text()
}

/// What is different, a line each, with so many changes at the most.
pub fn changes(drift: &Drift, name: &str, style: &Style, most: usize) -> String {
    let mut page = Page::new(style);
    head(&mut page, drift, name);
    for it in drift.changes.iter().take(most) {
        told(&mut page, it);
    }
    let left = drift.changes.len().saturating_sub(most);
    if left > 0 {
        let more = format!(
            "and {}: sharecheck snapshot diff {name}",
            many(left, "more change")
        );
        page.line(&more);
    }
    page.text()
}

/// The same with an example of each change.
pub fn examples(drift: &Drift, name: &str, style: &Style) -> String {
    let mut page = Page::new(style);
    head(&mut page, drift, name);
    for it in &drift.changes {
        told(&mut page, it);
        page.example(it);
    }
    page.text()
}

/// One change with an example of it, and its number among all.
pub fn change(it: &Change, number: usize, of: usize, style: &Style) -> String {
    let mut page = Page::new(style);
    page.paint(Ink::Faint, &format!("change {number} of {of}"));
    page.end();
    told(&mut page, it);
    page.example(it);
    page.text()
}

fn head(page: &mut Page, drift: &Drift, name: &str) {
    if let Some([was, is]) = &drift.concluded {
        page.lead(&Lead::of(
            &Stand::from(was),
            &Stand::from(is),
            "as approved",
        ));
    }
    if let Some(it) = drift.apart {
        page.row(Ink::Doubt, "apart", &apart(it, name));
    }
    page.gap();
}

fn apart(it: Apart, name: &str) -> String {
    match it {
        Apart::OtherClients => format!(
            "{name} was approved with other clients (made up, or given) and cannot be compared: approve anew"
        ),
        Apart::NothingInCommon => {
            format!("no case of this run is in {name}, so nothing was compared: approve anew")
        }
    }
}

fn told(page: &mut Page, it: &Change) {
    let (ink, word) = match &it.what {
        What::Verdict { worse: true, .. } => (Ink::Bad, "worse"),
        What::Verdict { worse: false, .. }
        | What::Answer { .. }
        | What::Shares { .. }
        | What::Course
        | What::Order { .. } => (Ink::Doubt, "changed"),
        What::New => (Ink::Faint, "new"),
        What::Rewritten => (Ink::Faint, "rewritten"),
        What::Gone => (Ink::Faint, "gone"),
    };
    page.row(ink, word, &line(it));
}

/// A change in a line, without a word for what it comes to.
fn line(it: &Change) -> String {
    let ids = it.cases();
    let cases = many(ids.len(), "case");
    match &it.what {
        What::Verdict {
            requirement,
            was,
            is,
            ..
        } => format!(
            "{}: {} → {}, {cases}",
            visible(requirement),
            visible(was),
            visible(is)
        ),
        What::Answer { who, was, is, .. } => {
            format!("{who}: {} → {} ({cases})", visible(was), visible(is))
        }
        What::Shares { who } => format!("{who}: other shares than approved ({cases})"),
        What::Course => format!(
            "other requests follow from what came: {} ({})",
            list(&ids, MOST_IDS),
            cases
        ),
        What::Order { was, is } => format!("order of shares: {} → {}", visible(was), visible(is)),
        What::New | What::Rewritten | What::Gone => {
            format!("{cases}: {}", list(&ids, MOST_IDS))
        }
    }
}

impl Page {
    /// The first case that shows a change: where it differs, and what stands around that.
    fn example(&mut self, it: &Change) {
        let Some(example) = it.example.as_ref().filter(|_| it.is_the_custodians()) else {
            return;
        };
        let Example {
            id,
            title,
            approved,
            now,
        } = example;
        let such = match it.cases().len() {
            1 => "in",
            _ => "such as",
        };
        self.prose(
            &format!("{such} {}: {}", visible(id), visible(title)),
            "  ",
            "  ",
        );
        let approved: Vec<&str> = approved.iter().map(String::as_str).collect();
        let now: Vec<&str> = now.iter().map(String::as_str).collect();
        let diff = TextDiff::from_slices(&approved, &now);
        let mut left = MOST_LINES;
        for (at, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
            if at > 0 {
                self.paint(Ink::Faint, "    …");
                self.end();
            }
            for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
                if left == 0 {
                    self.paint(Ink::Faint, "    …");
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
