//! A fault of the reference custodian, and what to do about one in yours.

use super::sheet::Sheet;
use sharecheck::model::finding::Status;
use sharecheck::model::remedy::{Fix, Remedy, Stack};
use sharecheck::model::signature::{Extent, Signature};
use sharecheck::pipeline::load::Suite;
use sharecheck::reference::Fault;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How many requirements are named.
const MOST_BROKEN: usize = 6;

/// How many lines an explanation has at the most where nobody has asked for a stack.
const SCREEN: usize = 30;
/// How many of them stand around the code.
const AROUND: usize = 6;

pub(super) fn describe_fault(fault: Fault, suite: &Suite) -> String {
    let name = fault.name();
    let mut sheet = Sheet::new(&format!("fault {name}"));
    sheet.prose(&format!("The custodian {}.", fault.claim()));
    for signature in suite.signatures.iter().filter(|it| it.fault == name) {
        describe_signature(&mut sheet, signature);
    }
    sheet.field("see it", &format!("sharecheck run --reference {name}"));
    sheet.text()
}

/// The requirements that the fault breaks, and where it shows.
fn describe_signature(sheet: &mut Sheet, signature: &Signature) {
    let mut broken: BTreeMap<&str, usize> = BTreeMap::new();
    for mark in &signature.checks {
        if mark.status == Status::Failed {
            *broken.entry(&mark.requirement).or_default() += 1;
        }
    }
    let more = broken.len().saturating_sub(MOST_BROKEN);
    let named = broken.iter().take(MOST_BROKEN).map(|(id, count)| {
        let s = if *count == 1 { "" } else { "s" };
        format!("{id} ({count} case{s})")
    });
    let mut named = named.collect::<Vec<_>>().join(", ");
    if more > 0 {
        let _ = write!(named, " and {more} more");
    }
    sheet.field(&format!("breaks {}", signature.contract), &named);
    match signature.extent {
        Extent::Races => sheet.field("", "and by chance more, in cases that race"),
        Extent::Load => sheet.field("", "and by chance more, as much is under way at once"),
        Extent::Whole | Extent::Alone => {}
    }
}

/// An explanation, and what to do: all of it for one stack, or the first code if there is room, and how to get the rest.
pub(super) fn with_remedies(
    mut text: String,
    id: &str,
    remedies: &[&Remedy],
    stack: Option<Stack>,
) -> String {
    match (stack, remedies) {
        (Some(stack), _) => remedies
            .iter()
            .for_each(|it| text.push_str(&whole(it, stack))),
        (None, [first, ..]) => {
            let room = SCREEN.saturating_sub(text.lines().count());
            text.push_str(&brief(id, first, remedies, room));
        }
        (None, []) => {}
    }
    text
}

fn whole(remedy: &Remedy, stack: Stack) -> String {
    let mut sheet = Sheet::new(&format!("\nTo mend it: {}", remedy.title));
    for fix in remedy.fixes.iter().filter(|fix| fix.stack == stack) {
        sheet.gap();
        code(&mut sheet, fix);
    }
    sheet.gap();
    for sentence in &remedy.mind {
        sheet.item("*", sentence);
    }
    sheet.text()
}

fn brief(id: &str, first: &Remedy, all: &[&Remedy], room: usize) -> String {
    let mut sheet = Sheet::new(&format!("\nTo mend it: {}", first.title));
    let fits = |fix: &&Fix| fix.code.lines().count() + AROUND <= room;
    if let Some(fix) = first.fixes.first().filter(fits) {
        code(&mut sheet, fix);
    }
    let has = |stack: &Stack| {
        all.iter()
            .any(|it| it.fixes.iter().any(|fix| fix.stack == *stack))
    };
    let stacks: Vec<&str> = Stack::ALL
        .into_iter()
        .filter(has)
        .map(Stack::name)
        .collect();
    sheet.prose(&format!(
        "All of it: sharecheck explain {id} --stack {}",
        stacks.join("|")
    ));
    sheet.text()
}

fn code(sheet: &mut Sheet, fix: &Fix) {
    let applies = fix.applies.as_deref();
    let applies = applies.map_or_else(String::new, |it| format!(" ({it})"));
    sheet.prose(&format!("{}{applies}", fix.stack.title()));
    sheet.code(&fix.code);
}
