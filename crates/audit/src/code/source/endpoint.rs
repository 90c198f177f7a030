//! How Portal is told that a user share was stored: by which endpoint, or by which call of the SDK.

use super::expr::{Entry, Expr, Piece, What};
use super::facts::Facts;
use super::names::Names;
use super::seen::{Seen, Telling};
use super::{seen, sight};
use crate::place::Lines;
use std::collections::BTreeMap;
use tree_sitter::Node;

/// The last part of the endpoint's path.
const PATH: &str = "stored-client-backup-share";

/// How many places of one file are followed: no file that is written by hand has more.
const MOST: usize = 100;

/// Stands for what a text holds and nobody here knows.
const HOLE: char = '\u{fffc}';

/// Calls that only make an address out of texts.
const ADDRESSES: [&str; 12] = [
    "URL",
    "URI",
    "Uri",
    "parse",
    "create",
    "join",
    "resolve",
    "concat",
    "format",
    "toHttpUrl",
    "appendingPathComponent",
    "appending",
];

/// Calls that tell people of an address and send nothing there.
const REPORTS: [&str; 12] = [
    "track", "log", "info", "debug", "warn", "warning", "error", "trace", "logEvent", "capture",
    "print", "println",
];

/// A text without holes; null where it has one.
pub(super) fn plain(facts: &Facts<'_>, pieces: &[Piece]) -> Option<String> {
    let text: String = parts(facts, pieces, 0)
        .into_iter()
        .map(|(it, _)| it)
        .collect();
    (!text.contains(HOLE)).then_some(text)
}

/// The parts of a text, variables followed, each with the byte that it stems from.
fn parts(facts: &Facts<'_>, pieces: &[Piece], depth: usize) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Text(text, at) => found.push((text.clone(), *at)),
            Piece::Hole(expr) => match facts.settle(expr).text() {
                Some(inner) if depth < 8 => found.extend(parts(facts, inner, depth + 1)),
                Some(_) | None => found.push((HOLE.to_string(), expr.at)),
            },
        }
    }
    found
}

/// A text that names the endpoint.
struct Named {
    /// The byte of the name.
    origin: usize,
    /// The text's own node.
    start: usize,
    end: usize,
    /// The version of the API in it.
    version: Option<u32>,
    /// Whether it is an address of somebody else's.
    foreign: bool,
}

/// What a file tells Portal.
pub(super) fn seen(facts: &Facts<'_>, names: &Names, lines: &Lines<'_>, folder: &str) -> Vec<Seen> {
    let mut found = Vec::new();
    if facts.text.contains(PATH) {
        // One text may stand in another: what knows the version says more.
        let mut by_origin: BTreeMap<usize, Named> = BTreeMap::new();
        let texts: Vec<(Node<'_>, String, Option<Named>)> = facts
            .texts
            .iter()
            .filter_map(|it| text(facts, *it))
            .collect();
        let base = base(&texts);
        for named in texts.into_iter().filter_map(|(_, _, named)| named) {
            let known = by_origin
                .get(&named.origin)
                .is_some_and(|it| it.version.is_some());
            if !known {
                by_origin.insert(named.origin, named);
            }
        }
        by_origin.retain(|_, it| !is_reported(facts, it));
        for (count, named) in by_origin.into_values().enumerate() {
            let telling = match named.version.or(base) {
                _ if named.foreign => {
                    Telling::Hand("the address is not one of Portal's".to_owned())
                }
                _ if count >= MOST => Telling::Hand("the file names it too often".to_owned()),
                Some(1) => Telling::First,
                Some(_) => body(facts, &named),
                None => Telling::Hand("which version of the API it is stands elsewhere".to_owned()),
            };
            found.push(sight(
                folder,
                lines.at(named.origin),
                names.sdk,
                seen::What::Told(telling),
            ));
        }
    }
    for node in &facts.calls {
        if let Some(telling) = told(facts, names, *node) {
            found.push(sight(
                folder,
                lines.at(node.start_byte()),
                names.sdk,
                seen::What::Told(telling),
            ));
        }
    }
    found
}

/// Whether the call that gets a text only reports it.
fn is_reported(facts: &Facts<'_>, named: &Named) -> bool {
    let around = facts
        .calls
        .iter()
        .filter(|it| it.start_byte() <= named.start && named.end <= it.end_byte());
    let nearest = around.min_by_key(|it| it.byte_range().len());
    nearest.is_some_and(|it| {
        let callee = facts.language.callee(facts.text, *it);
        callee
            .last()
            .is_some_and(|it| REPORTS.contains(&it.as_str()))
    })
}

/// A text node, what it comes to, and whether that names the endpoint.
fn text<'t>(facts: &Facts<'t>, node: Node<'t>) -> Option<(Node<'t>, String, Option<Named>)> {
    let parts = parts(facts, facts.lower(node).text()?, 0);
    let whole: String = parts.iter().map(|(it, _)| it.as_str()).collect();
    let named = whole.find(PATH).filter(|at| {
        let behind = whole
            .get(at + PATH.len()..)
            .and_then(|it| it.chars().next());
        let longer = behind.is_some_and(|it| it.is_alphanumeric() || matches!(it, '-' | '_'));
        // A sentence that tells of it, such as a line for a log, calls nothing.
        !longer && !whole.trim().contains(char::is_whitespace)
    });
    let named = named.and_then(|at| {
        let mut before = 0;
        let origin = parts.iter().find_map(|(part, origin)| {
            before += part.len();
            (before > at).then_some(*origin)
        })?;
        let version = whole.get(..at).and_then(version);
        let foreign = is_foreign(&whole);
        Some(Named {
            origin,
            start: node.start_byte(),
            end: node.end_byte(),
            version,
            foreign,
        })
    });
    Some((node, whole, named))
}

/// Whether an address names a host, and that is not Portal's: teams have routes of the same name of their own.
fn is_foreign(address: &str) -> bool {
    let host = address
        .split_once("://")
        .and_then(|(_, it)| it.split('/').next());
    host.is_some_and(|it| !it.contains(HOLE) && !it.to_ascii_lowercase().contains("portal"))
}

/// The version of the API in a path: the last part that is one.
fn version(path: &str) -> Option<u32> {
    let mut parts = path.rsplit('/').map(|it| it.trim_matches(HOLE));
    parts.find_map(|it| it.strip_prefix('v')?.parse().ok())
}

/// The version in the one base address of the API that a file has: `https://api.portalhq.io/api/v1`.
fn base(texts: &[(Node<'_>, String, Option<Named>)]) -> Option<u32> {
    let mut versions = texts
        .iter()
        .filter(|(_, _, named)| named.is_none())
        .filter_map(|(_, text, _)| {
            let text = text.trim_end_matches([HOLE, '/']);
            let foreign = is_foreign(text);
            let (before, last) = text.rsplit_once('/')?;
            let api = before.ends_with("api") && !foreign;
            api.then(|| last.strip_prefix('v')?.parse().ok()).flatten()
        });
    let first = versions.next()?;
    versions.all(|it| it == first).then_some(first)
}

/// Whether the call that gets the address also gets the method.
fn body(facts: &Facts<'_>, named: &Named) -> Telling {
    let by_hand = |why: &str| Telling::Hand(why.to_owned());
    let mut calls = around(facts, named.start, named.end);
    if calls.is_empty() {
        // The address is in a variable: whatever is called with that.
        let holder = facts.bindings.iter().find(|it| {
            it.value
                .is_some_and(|it| it.start_byte() <= named.start && named.end <= it.end_byte())
        });
        let Some(holder) = holder else {
            return by_hand("who calls it is not in this file");
        };
        let uses = facts.calls.iter().filter(|it| {
            holder.scope.contains(&it.start_byte())
                && arguments(facts, **it).iter().any(
                    |it| matches!(&it.what, What::Name(path) if path.last() == Some(&holder.name)),
                )
        });
        calls = uses.copied().collect();
    }
    let mut answers = calls.into_iter().map(|it| with_method(facts, it));
    let Some(first) = answers.next() else {
        return by_hand("who calls it is not in this file");
    };
    answers.fold(first, |a, b| if a == Telling::Right { b } else { a })
}

/// The smallest call around a text, without those that only make an address.
fn around<'t>(facts: &Facts<'t>, start: usize, end: usize) -> Vec<Node<'t>> {
    let mut around: Vec<Node<'t>> = facts
        .calls
        .iter()
        .copied()
        .filter(|it| it.start_byte() <= start && end <= it.end_byte())
        .collect();
    around.sort_by_key(|it| it.byte_range().len());
    let sends = |it: &Node<'t>| {
        facts.lower(*it).call().is_some_and(|call| {
            let last = call.callee.iter().rev().find(|it| *it != "init");
            !ADDRESSES.contains(&last.map_or("", String::as_str))
        })
    };
    // A call that is given a function with the address in it, such as a component or a wrapper, is not the one that sends.
    let near = |it: &Node<'t>| {
        let within = |function: &std::ops::Range<usize>| {
            function.contains(&start)
                && function.start >= it.start_byte()
                && function.end <= it.end_byte()
        };
        !facts.functions.iter().any(within)
    };
    around
        .into_iter()
        .filter(near)
        .find(sends)
        .into_iter()
        .collect()
}

fn arguments<'t>(facts: &Facts<'t>, node: Node<'t>) -> Vec<Expr> {
    let lowered = facts.lower(node);
    let args = lowered
        .call()
        .map(|it| it.args.as_slice())
        .unwrap_or_default();
    args.iter().map(|it| it.value.clone()).collect()
}

fn with_method<'t>(facts: &Facts<'t>, node: Node<'t>) -> Telling {
    // `put(url).send(body)`: what is called on the answer is part of it.
    let chain = facts
        .calls
        .iter()
        .filter(|it| it.start_byte() == node.start_byte())
        .max_by_key(|it| it.end_byte());
    let node = chain.copied().unwrap_or(node);
    let names_method = |text: &str| {
        let text = text.to_ascii_lowercase();
        text.contains("backupmethod")
            || text.contains("backup_method")
            || text.contains("backupsharepairids")
    };
    if names_method(facts.slice(node)) {
        return Telling::Right;
    }
    let mut success = false;
    let given: Vec<Expr> = facts
        .calls
        .iter()
        .filter(|it| it.start_byte() >= node.start_byte() && it.end_byte() <= node.end_byte())
        .flat_map(|it| arguments(facts, *it))
        .collect();
    for it in &given {
        match holds(facts, it, 0) {
            Holds::Method => return Telling::Right,
            Holds::Success => success = true,
            Holds::Nothing => {}
        }
    }
    if success {
        Telling::NoMethod
    } else {
        Telling::Hand("what its body holds stands elsewhere".to_owned())
    }
}

/// What an argument holds.
enum Holds {
    /// The method.
    Method,
    /// The success and no method, with nothing that could hide one.
    Success,
    /// Neither, or nothing that could be followed.
    Nothing,
}

fn holds(facts: &Facts<'_>, expr: &Expr, depth: usize) -> Holds {
    if depth > 6 {
        return Holds::Nothing;
    }
    let settled = facts.settle(expr);
    let mut found = Holds::Nothing;
    for it in settled
        .call()
        .map(|it| it.args.as_slice())
        .unwrap_or_default()
    {
        match holds(facts, &it.value, depth + 1) {
            Holds::Method => return Holds::Method,
            Holds::Success => found = Holds::Success,
            Holds::Nothing => {}
        }
    }
    let mut hidden = false;
    for entry in settled.object().unwrap_or_default() {
        match entry {
            Entry::Pair(key, _) if matches!(key.as_str(), "backupMethod" | "backup_method") => {
                return Holds::Method;
            }
            Entry::Pair(key, value) => match holds(facts, value, depth + 1) {
                Holds::Method => return Holds::Method,
                Holds::Success => found = Holds::Success,
                Holds::Nothing if key == "success" => found = Holds::Success,
                Holds::Nothing => {}
            },
            Entry::Spread(_) | Entry::Odd => hidden = true,
        }
    }
    if hidden { Holds::Nothing } else { found }
}

/// `storedClientBackupShare(true)` on a Portal: the method is missing.
fn told(facts: &Facts<'_>, names: &Names, node: Node<'_>) -> Option<Telling> {
    const NAME: &str = "storedClientBackupShare";
    if facts.language.callee(facts.text, node).last()? != NAME {
        return None;
    }
    let lowered = facts.language.lower(facts.text, node, 0);
    let call = lowered.call()?;
    let portal = call
        .callee
        .iter()
        .any(|it| it.to_ascii_lowercase().contains("portal"));
    if call.callee.len() < 2 || !(portal || names.vendor) {
        return None;
    }
    if call.args.iter().any(|it| it.spread) {
        return Some(Telling::Hand(
            "its arguments are spread from elsewhere".to_owned(),
        ));
    }
    let given = call
        .args
        .iter()
        .filter(|it| it.label.as_deref() != Some("completion"));
    Some(if given.count() == 1 {
        Telling::Alone
    } else {
        Telling::Right
    })
}
