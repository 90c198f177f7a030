//! The languages that are read: how each writes what all of them have.
//!
//! A new language is a file here and a line in each function of `Language`.

mod java;
mod kotlin;
mod script;
mod swift;

use super::expr::{Expr, What};
use super::facts::{Class, Facts, Stand};
use tree_sitter::Node;

/// How deep an expression is followed: what is written by hand goes nowhere near.
const DEEPEST: usize = 24;

/// A language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Language {
    /// TypeScript.
    TypeScript,
    /// JavaScript, and both with JSX.
    Tsx,
    /// Swift.
    Swift,
    /// Kotlin.
    Kotlin,
    /// Java.
    Java,
}

/// The kinds of a grammar's nodes that matter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grammar {
    /// What has variables of its own.
    pub(super) scopes: &'static [&'static str],
    /// Classes, and what else has members.
    pub(super) classes: &'static [&'static str],
    /// The bodies of those.
    pub(super) bodies: &'static [&'static str],
    /// Functions, closures among them.
    pub(super) functions: &'static [&'static str],
    /// Calls.
    pub(super) calls: &'static [&'static str],
    /// Texts, and what puts them together.
    pub(super) texts: &'static [&'static str],
    /// What is no evidence with all that it holds: comments, stubs of other people's modules, types.
    pub(super) ignored: &'static [&'static str],
}

impl Language {
    /// That of a file; null for one that is only named.
    pub(super) fn of(name: &str) -> Option<Self> {
        match name.rsplit_once('.')?.1 {
            "ts" | "mts" | "cts" => Some(Self::TypeScript),
            "tsx" | "jsx" | "js" | "mjs" | "cjs" => Some(Self::Tsx),
            "swift" => Some(Self::Swift),
            "kt" | "kts" => Some(Self::Kotlin),
            "java" => Some(Self::Java),
            _ => None,
        }
    }

    /// Whether it is one of the two that npm's packages are written in.
    pub(super) fn is_script(self) -> bool {
        matches!(self, Self::TypeScript | Self::Tsx)
    }

    /// Its grammar.
    pub(super) fn parser(self) -> tree_sitter::Language {
        match self {
            Self::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
            Self::Tsx => tree_sitter_typescript::LANGUAGE_TSX.into(),
            Self::Swift => tree_sitter_swift::LANGUAGE.into(),
            Self::Kotlin => tree_sitter_kotlin_ng::LANGUAGE.into(),
            Self::Java => tree_sitter_java::LANGUAGE.into(),
        }
    }

    /// The kinds of its nodes.
    pub(super) fn grammar(self) -> Grammar {
        match self {
            Self::TypeScript | Self::Tsx => script::GRAMMAR,
            Self::Swift => swift::GRAMMAR,
            Self::Kotlin => kotlin::GRAMMAR,
            Self::Java => java::GRAMMAR,
        }
    }

    /// Takes note of imports, variables, changes and classes.
    pub(super) fn visit<'t>(self, facts: &mut Facts<'t>, node: Node<'t>, stand: &Stand) {
        match self {
            Self::TypeScript | Self::Tsx => script::visit(facts, node, stand),
            Self::Swift => swift::visit(facts, node, stand),
            Self::Kotlin => kotlin::visit(facts, node, stand),
            Self::Java => java::visit(facts, node, stand),
        }
    }

    /// What a call's node calls, through members and calls; empty where that has no name.
    pub(super) fn callee(self, text: &str, node: Node<'_>) -> Vec<String> {
        match self {
            Self::TypeScript | Self::Tsx => script::path(text, node, 0),
            Self::Swift => swift::path(text, node, 0),
            Self::Kotlin => kotlin::path(text, node, 0),
            Self::Java => java::path(text, node, 0),
        }
    }

    /// A node as an expression.
    pub(super) fn lower(self, text: &str, node: Node<'_>, depth: usize) -> Expr {
        if depth > DEEPEST {
            return Expr::other(node.start_byte());
        }
        let what = match self {
            Self::TypeScript | Self::Tsx => script::lower(text, node, depth),
            Self::Swift => swift::lower(text, node, depth),
            Self::Kotlin => kotlin::lower(text, node, depth),
            Self::Java => java::lower(text, node, depth),
        };
        match what {
            Ok(what) => Expr {
                at: node.start_byte(),
                what,
            },
            Err(inner) => inner,
        }
    }
}

/// What a node comes to, or the expression inside of it that counts for it.
type Lowered = Result<What, Expr>;

/// The text of a node.
fn slice<'t>(text: &'t str, node: Node<'_>) -> &'t str {
    text.get(node.byte_range()).unwrap_or_default()
}

/// The named children of a node.
fn named(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).collect()
}

/// The first named child.
fn first(node: Node<'_>) -> Option<Node<'_>> {
    node.named_child(0)
}

/// The most texts that are put together: more is no address.
const LONGEST: usize = 64;

/// A sum as a text: `a + b + c` nests to the left, and may do so deeper than anything else.
fn sum<'t>(
    language: Language,
    text: &str,
    node: Node<'t>,
    depth: usize,
    parts: impl Fn(Node<'t>) -> Option<(Node<'t>, Node<'t>)>,
) -> What {
    let operands = operands(node, parts).into_iter();
    What::Text(
        operands
            .flat_map(|it| language.lower(text, it, depth + 1).into_pieces())
            .collect(),
    )
}

/// The operands of a sum, in order.
fn operands<'t>(
    node: Node<'t>,
    parts: impl Fn(Node<'t>) -> Option<(Node<'t>, Node<'t>)>,
) -> Vec<Node<'t>> {
    let mut operands = Vec::new();
    let mut at = node;
    while let Some((left, right)) = parts(at).filter(|_| operands.len() < LONGEST) {
        operands.push(right);
        at = left;
    }
    operands.push(at);
    operands.reverse();
    operands
}

/// A class by the name that stands in it, without what it extends.
fn class(text: &str, node: Node<'_>) -> Class {
    let name = node.child_by_field_name("name");
    Class {
        name: name.map_or("", |it| slice(text, it)).to_owned(),
        extends: String::new(),
        range: node.byte_range(),
    }
}

/// Takes down what an assignment changes.
fn changed(
    facts: &mut Facts,
    text: &str,
    node: Node<'_>,
    path: fn(&str, Node<'_>, usize) -> Vec<String>,
) {
    let target = node.child_by_field_name("left").or_else(|| first(node));
    let path = target.map(|it| path(text, it, 0)).unwrap_or_default();
    if !path.is_empty() {
        facts.changed.push(path);
    }
}
