//! Whether the user share that a recovery gets is asked for by the method that it recovers with.

use super::expr::{Expr, What};
use super::facts::Facts;
use super::names::Names;
use super::seen::{Asking, Seen};
use super::{seen, sight};
use crate::place::Lines;
use std::collections::BTreeSet;
use tree_sitter::Node;

/// The SDK's calls that need the user share.
const CALLS: [&str; 3] = ["recoverWallet", "provisionWallet", "legacyRecover"];

/// The recoveries of a file.
pub(super) fn seen(facts: &Facts<'_>, names: &Names, lines: &Lines<'_>, folder: &str) -> Vec<Seen> {
    let mut found = Vec::new();
    for node in &facts.calls {
        let callee = facts.language.callee(facts.text, *node);
        if !callee.last().is_some_and(|it| CALLS.contains(&it.as_str())) {
            continue;
        }
        let lowered = facts.lower(*node);
        let Some(call) = lowered.call() else { continue };
        let portal = call
            .callee
            .iter()
            .any(|it| it.to_ascii_lowercase().contains("portal"));
        if call.callee.len() < 2 || call.args.is_empty() || !(portal || names.vendor) {
            continue;
        }
        let labelled = ["withCipherText", "cipherText", "backupShare"]
            .into_iter()
            .find_map(|it| call.labelled(it));
        let swift = matches!(facts.language, super::language::Language::Swift);
        let share = labelled.or_else(|| call.args.first().map(|it| &it.value).filter(|_| !swift));
        let asking = share.map_or(Asking::Portal, |it| asking(facts, it));
        found.push(sight(
            folder,
            lines.at(node.start_byte()),
            names.sdk,
            seen::What::Recovers(asking),
        ));
    }
    found
}

fn asking(facts: &Facts<'_>, share: &Expr) -> Asking {
    let settled = facts.settle(share);
    let empty = settled
        .text()
        .and_then(|it| super::endpoint::plain(facts, it))
        .is_some_and(|it| it.is_empty());
    if empty || matches!(settled.what, What::Null) {
        return Asking::Portal;
    }
    let mut names = BTreeSet::new();
    if let What::Name(path) = &share.what {
        names.extend(path.first().cloned());
    }
    if let Some(call) = share.call() {
        let by_argument = call.args.iter().any(
            |it| matches!(&it.value.what, What::Name(path) if path.iter().any(|it| is_method(it))),
        );
        let by_name = call
            .callee
            .iter()
            .any(|it| it.to_ascii_lowercase().contains("bymethod"));
        if by_argument || by_name {
            return Asking::Method;
        }
    }
    // From variable to variable, as far as this file shows: `share` ← `data` ← `response` ← the request.
    for _ in 0..4 {
        let values: Vec<Node<'_>> = names
            .iter()
            .filter_map(|name| facts.binding(name, share.at).and_then(|it| it.value))
            .collect();
        if values.iter().any(|it| is_method(facts.slice(*it))) {
            return Asking::Method;
        }
        for value in values {
            names.extend(words(facts.slice(value)));
        }
    }
    Asking::Hand
}

/// Whether a text names a backup method; `method: 'GET'` of a request is another.
fn is_method(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    if lower.contains("backupmethod") || lower.contains("backup_method") {
        return true;
    }
    let verbs = ["get", "post", "put", "patch"];
    lower.match_indices("method").any(|(at, _)| {
        let behind = lower
            .get(at + 6..)
            .unwrap_or_default()
            .trim_start_matches([':', ' ', '"', '\'', '=']);
        !verbs.iter().any(|it| behind.starts_with(it))
    })
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|it: char| !it.is_alphanumeric() && it != '_')
        .filter(|it| !it.is_empty())
        .take(64)
        .map(str::to_owned)
}
