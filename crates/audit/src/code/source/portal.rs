//! The places that construct Portal: which flag and which version of the MPC each gives.

use super::expr::{Call, Expr, What};
use super::facts::{Facts, Found};
use super::names::Names;
use super::seen::{Flag, Mpc, Seen};
use super::{seen, sight};
use crate::place::{Lines, Place};
use tree_sitter::Node;

/// The flag's name, in every language.
const FLAG: &str = "isMultiBackupEnabled";

/// Options that no other vendor's `Portal` takes.
const TELLING: [&str; 5] = [
    "gatewayConfig",
    "rpcConfig",
    "autoApprove",
    "keychain",
    "featureFlags",
];

/// A value, as far as it could be followed.
enum Value {
    Bool(bool, usize),
    Text(String, usize),
    Left,
    Hand(String),
}

/// What a file constructs.
pub(super) fn seen(facts: &Facts<'_>, names: &Names, lines: &Lines<'_>, folder: &str) -> Vec<Seen> {
    let mut found = Vec::new();
    let mut inside = Vec::new();
    for node in &facts.calls {
        let callee = facts.language.callee(facts.text, *node);
        let maybe = callee.iter().any(|it| it == "super" || it == "Portal")
            || names.portal(&callee).is_some();
        let Some(call) = maybe.then(|| called(facts, *node)).flatten() else {
            continue;
        };
        let Some(sdk) = makes_portal(facts, names, *node, &call) else {
            continue;
        };
        let (flag, mpc) = if facts.language.is_script() {
            options(facts, &call)
        } else {
            labels(facts, names, &call)
        };
        let off = |at: usize| Flag::Off(lines.at(at));
        let flag = match flag {
            Value::Bool(true, _) => Flag::On,
            Value::Bool(false, at) => off(at),
            Value::Left => Flag::Left,
            Value::Hand(says) => Flag::Hand(says),
            Value::Text(text, _) => Flag::Hand(text),
        };
        let mpc = match mpc {
            Value::Left => Mpc::Six,
            Value::Text(text, _) if text == "v6" => Mpc::Six,
            Value::Text(text, at) => Mpc::Other(text, lines.at(at)),
            Value::Hand(says) => Mpc::Hand(says),
            Value::Bool(..) => Mpc::Hand("a flag".to_owned()),
        };
        inside.push(node.byte_range());
        found.push(sight(
            folder,
            lines.at(node.start_byte()),
            sdk,
            seen::What::Portal(flag, mpc),
        ));
    }
    let known: Vec<Place> = found.iter().filter_map(|it| it.off().cloned()).collect();
    let elsewhere = elsewhere(facts, names, lines, folder, &inside).into_iter();
    found.extend(elsewhere.filter(|it| !known.contains(&it.place)));
    found
}

fn called(facts: &Facts<'_>, node: Node<'_>) -> Option<Call> {
    facts.language.lower(facts.text, node, 0).call().cloned()
}

/// Whether a call constructs Portal, and the SDK where the file says it.
#[expect(
    clippy::option_option,
    reason = "that it does, and that the SDK is not known, are two things"
)]
fn makes_portal(
    facts: &Facts<'_>,
    names: &Names,
    node: Node<'_>,
    call: &Call,
) -> Option<Option<crate::code::sdk::Sdk>> {
    if facts.language.is_script() {
        if node.kind() == "call_expression" {
            // `super(…)` in a class that extends it.
            let sdk = || {
                let class = facts
                    .classes
                    .iter()
                    .rfind(|it| it.range.contains(&node.start_byte()))?;
                let path: Vec<String> = class.extends.split('.').map(str::to_owned).collect();
                names.portal(&path)
            };
            return (call.callee == ["super"]).then(sdk).flatten().map(Some);
        }
        return names
            .portal(&call.callee)
            .map(Some)
            .or_else(|| reexported(facts, call).then_some(None));
    }
    // `Portal(…) { … }` nests a call in a call: the inner one is the construction.
    let nested = node
        .named_child(0)
        .is_some_and(|it| it.kind() == "call_expression");
    let makes = node.kind() != "method_invocation" && !nested;
    makes
        .then(|| names.portal(&call.callee))
        .flatten()
        .map(Some)
}

/// Whether it is a class of that name from another file of the team's, given what only the SDK takes.
fn reexported(facts: &Facts<'_>, call: &Call) -> bool {
    let [.., last] = call.callee.as_slice() else {
        return false;
    };
    let import = facts
        .imports
        .iter()
        .find(|it| Some(&it.local) == call.callee.first());
    let own = import.is_some_and(|it| {
        it.module.starts_with(['.', '~', '#'])
            || it.module.starts_with("@/")
            || it.module.starts_with("src/")
    });
    let options = call.args.first().map(|it| facts.settle(&it.value));
    let has = |options: &Expr, key: &str| matches!(facts.entry(options, key, 0), Found::Here(_));
    let telling =
        options.is_some_and(|it| has(&it, "apiKey") && TELLING.iter().any(|key| has(&it, key)));
    last == "Portal" && own && telling
}

/// Flag and version in the options of TypeScript.
fn options(facts: &Facts<'_>, call: &Call) -> (Value, Value) {
    let Some(first) = call.args.first() else {
        return (Value::Left, Value::Left);
    };
    let options = facts.settle(&first.value);
    if first.spread || !matches!(options.what, What::Object(_)) {
        let hand = || Value::Hand("the options come from elsewhere".to_owned());
        return (hand(), hand());
    }
    let flag = match facts.entry(&options, "featureFlags", 0) {
        Found::Nowhere => Value::Left,
        Found::Hidden => Value::Hand("the options are spread from elsewhere".to_owned()),
        Found::Here(flags) => {
            let flags = facts.settle(&flags);
            match (&flags.what, facts.entry(&flags, FLAG, 0)) {
                (What::Null, _) | (What::Object(_), Found::Nowhere) => Value::Left,
                (What::Object(_), Found::Here(it)) => value(facts, &it),
                _ => Value::Hand("the feature flags come from elsewhere".to_owned()),
            }
        }
    };
    let version =
        ["version", "mpcVersion"]
            .into_iter()
            .find_map(|key| match facts.entry(&options, key, 0) {
                Found::Here(it) => Some(value(facts, &it)),
                Found::Nowhere | Found::Hidden => None,
            });
    let hidden = matches!(facts.entry(&options, "version", 0), Found::Hidden);
    let unknown = if hidden {
        Value::Hand("the options are spread from elsewhere".to_owned())
    } else {
        Value::Left
    };
    (flag, version.unwrap_or(unknown))
}

/// Flag and version in the arguments of Swift, Kotlin and Java.
fn labels(facts: &Facts<'_>, names: &Names, call: &Call) -> (Value, Value) {
    let bare = || call.args.iter().filter(|it| it.label.is_none());
    let settled: Vec<Expr> = bare().map(|it| facts.settle(&it.value)).collect();
    let by_place = settled
        .iter()
        .find(|it| matches!(&it.what, What::Call(call) if names.makes_flags(&call.callee)));
    let flag = match call.labelled("featureFlags") {
        Some(it) => flags(facts, names, it),
        None => match by_place {
            Some(it) => flags(facts, names, it),
            // What stands by its place alone may be the flags: the key is the first.
            None if settled
                .iter()
                .skip(1)
                .any(|it| matches!(it.what, What::Name(_) | What::Other | What::Call(_))) =>
            {
                Value::Hand("an argument comes from elsewhere".to_owned())
            }
            None => Value::Left,
        },
    };
    let version = ["version", "mpcVersion"]
        .into_iter()
        .find_map(|it| call.labelled(it));
    let version = match version {
        Some(it) => value(facts, it),
        None => settled
            .iter()
            .find_map(|it| version_text(facts, it))
            .unwrap_or(Value::Left),
    };
    (flag, version)
}

/// A text such as `v5`, which only a version looks like.
fn version_text(facts: &Facts<'_>, expr: &Expr) -> Option<Value> {
    let Value::Text(text, at) = value(facts, expr) else {
        return None;
    };
    let number = text
        .strip_prefix('v')
        .is_some_and(|it| !it.is_empty() && it.chars().all(|it| it.is_ascii_digit()));
    number.then_some(Value::Text(text, at))
}

fn flags(facts: &Facts<'_>, names: &Names, expr: &Expr) -> Value {
    let settled = facts.settle(expr);
    if matches!(settled.what, What::Null) {
        return Value::Left;
    }
    let Some(call) = settled.call().filter(|it| names.makes_flags(&it.callee)) else {
        return Value::Hand("the feature flags come from elsewhere".to_owned());
    };
    if let Some(it) = call.labelled(FLAG) {
        return value(facts, it);
    }
    // By their places alone: the order of the flags changed between versions, so only what all of them say counts.
    let mut bare = call
        .args
        .iter()
        .filter(|it| it.label.is_none())
        .map(|it| value(facts, &it.value));
    match bare.next() {
        None => Value::Left,
        Some(Value::Bool(first, at))
            if bare.all(|it| matches!(it, Value::Bool(other, _) if other == first)) =>
        {
            Value::Bool(first, at)
        }
        Some(_) => Value::Hand("which of the flags is which is not written".to_owned()),
    }
}

fn value(facts: &Facts<'_>, expr: &Expr) -> Value {
    let settled = facts.settle(expr);
    match &settled.what {
        What::Bool(it) => Value::Bool(*it, settled.at),
        What::Null => Value::Left,
        What::Text(pieces) => match super::endpoint::plain(facts, pieces) {
            Some(text) => Value::Text(text, settled.at),
            None => Value::Hand("a text that is put together elsewhere".to_owned()),
        },
        What::Either(a, b) => match (value(facts, a), value(facts, b)) {
            (Value::Bool(a, at), Value::Bool(b, _)) if a == b => Value::Bool(a, at),
            _ => Value::Hand("it depends on a condition".to_owned()),
        },
        What::Name(path) => Value::Hand(format!("`{}` comes from elsewhere", path.join("."))),
        What::Call(call) if !call.callee.is_empty() => {
            Value::Hand(format!("`{}()` decides", call.callee.join(".")))
        }
        What::Call(_) | What::Object(_) | What::Other => Value::Hand("it is computed".to_owned()),
    }
}

/// The flag, false, where no construction could be followed to it.
fn elsewhere(
    facts: &Facts<'_>,
    names: &Names,
    lines: &Lines<'_>,
    folder: &str,
    inside: &[std::ops::Range<usize>],
) -> Vec<Seen> {
    let mut found = Vec::new();
    // What a variable begins with is nothing where it is changed later.
    let changed = |at: usize| {
        facts.bindings.iter().any(|it| {
            it.value.is_some_and(|it| it.byte_range().contains(&at))
                && facts.is_changed(std::slice::from_ref(&it.name))
        })
    };
    let outside = |at: usize| !inside.iter().any(|it| it.contains(&at)) && !changed(at);
    if facts.language.is_script() {
        for at in facts.off.iter().copied().filter(|it| outside(*it)) {
            found.push(sight(folder, lines.at(at), names.sdk, seen::What::Loose));
        }
        return found;
    }
    for node in &facts.calls {
        let callee = facts.language.callee(facts.text, *node);
        let flags = callee.last().is_some_and(|it| names.flags.contains(it));
        if !flags || !outside(node.start_byte()) {
            continue;
        }
        let Some(call) = called(facts, *node) else {
            continue;
        };
        if let Some(Value::Bool(false, at)) = call.labelled(FLAG).map(|it| value(facts, it)) {
            found.push(sight(folder, lines.at(at), names.sdk, seen::What::Off));
        }
    }
    found
}
